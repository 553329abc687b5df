//! What a person's row takes from its household's row, and where the two contradict each other.
//!
//! A cell of the person's own row stands before the household's. A household's row speaks of its head, or of its only
//! person: what both rows then say must agree, else neither is used (READING 9 has the same rule for two columns of
//! one file). An account of which nobody knows which is right holds the money (READING 17); anything else defers.

use super::join::Joint;
use super::row::{Base, Household, Person};
use crate::domain::{Finding, Place, Severity, Text, Township, fold_name};
use crate::intake::claim::{Cell, Claim, Rejection, RowStatus};
use crate::intake::fields::{Fields, canonical};
use crate::intake::values::shortened;
use crate::intake::values::texts::{squeezed, trimmed};
use crate::policy::{Blank, Canonical, FieldId, Helper};

/// The parts of an account.
const ACCOUNT: [FieldId; 3] = [Canonical::Bank.id(), Canonical::AccountNo.id(), Canonical::AccountName.id()];

/// What two rows say of a field.
enum Both {
    Agree,
    Differ,
    /// One of the two cells cannot be read, so that nobody can say whether they agree; its own finding stands.
    Unreadable,
}

impl<'d> Joint<'_, 'd> {
    /// The fields as they are read before both files have spoken.
    pub(super) fn joined(&self) -> Fields<'d> {
        Fields { joined: true, ..self.fields }
    }

    /// Fields of a household's row that are one person's.
    pub(super) fn personal(&self, base: &Base) -> Vec<FieldId> {
        let shared = &self.exports[base.file].kind.shared;
        let own = self.fields.roster.extra.iter().copied();
        own.filter(|field| !shared.contains(field) && !self.profile.instead.iter().any(|(of, _)| of == field))
            .collect()
    }

    /// Says of each of these fields that the household's row fills it and nobody knows for whom. Gives whether there
    /// is one.
    pub(super) fn of_one(&mut self, household: &Household, fields: &[FieldId]) -> bool {
        let mut found = false;
        for field in fields.iter().copied().filter(|field| household.base.has(*field)) {
            let value = value(self.fields, &household.base.claim, field);
            if value == Some(Cell::Flag(false)) {
                continue;
            }
            found = true;
            if let Some((place, written)) = self.cell(&household.base, field)
                && self.said.insert(place.clone())
            {
                let finding = Finding::new("household-cell-of-one", Severity::Error, place);
                self.say(&household.base.claim, finding.with("written", shortened(&written)));
            }
        }
        found
    }

    /// What a person's row lacks and the household's row has; contradictions set the person aside.
    pub(super) fn complete(&mut self, person: &mut Person, household: &Household, several: bool) {
        let of = &household.base;
        let is_head = person.base.claim.id_written == household.key;
        let speaks = is_head || !several;
        let personal = self.personal(of);
        let mut unsure = Vec::new();
        for field in self.fields.all().filter(|field| !ACCOUNT.contains(field)) {
            match (person.base.has(field), of.has(field)) {
                (false, true) if personal.contains(&field) && !speaks => unsure.push(field),
                (false, true) => take(self.fields, &mut person.base, of, field, is_head),
                (true, true) if self.must_agree(person, of, field, speaks, is_head) => {
                    match self.both(&person.base.claim, &of.claim, field) {
                        Both::Differ if field == Canonical::Name.id() => self.two_names(&person.base, of),
                        Both::Agree => {}
                        Both::Differ => {
                            self.say_differ(&person.base, of, field);
                            set_aside(&mut person.base.claim, field);
                        }
                        // A name is shown and compared; the person's own row has it.
                        Both::Unreadable if field == Canonical::Name.id() => {}
                        Both::Unreadable => set_aside(&mut person.base.claim, field),
                    }
                }
                _ => {}
            }
        }
        if self.of_one(household, &unsure) {
            person.base.claim.incomplete = true;
        }
        // A household is one by its township and number, whatever its people's rows say.
        if self.fields.roster.household && of.has(Canonical::Township.id()) {
            person.base.claim.township = of.claim.township.clone();
        }
        self.account(person, household, speaks);
        self.carers(person, household);
        self.head(person, household, is_head);
    }

    /// Whether the two rows must say the same of a field that both fill.
    fn must_agree(&self, person: &Person, of: &Base, field: FieldId, speaks: bool, is_head: bool) -> bool {
        let (own, its) = (&person.base.claim, &of.claim);
        match canonical(field) {
            Some(Canonical::Name) => is_head,
            Some(Canonical::ResidentId | Canonical::Relation | Canonical::Community) => false,
            Some(Canonical::HouseholdId) => true,
            // Where one of the two is no township of the district it has its own warning and is still paid.
            Some(Canonical::Township) => {
                matches!((&own.township, &its.township), (Township::Known(_), Township::Known(_)))
            }
            // Who has left a household that goes on has his own status and his own last month.
            Some(Canonical::Status) => speaks || its.status != Some(RowStatus::Active),
            Some(Canonical::LastMonth) => speaks || its.last_month < own.last_month,
            Some(Canonical::Hukou) => speaks || !self.fields.roster.household,
            Some(_) => speaks,
            None => speaks || self.exports[of.file].kind.shared.contains(&field),
        }
    }

    fn both(&self, own: &Claim, its: &Claim, field: FieldId) -> Both {
        match (value(self.fields, own, field), value(self.fields, its, field)) {
            (Some(one), Some(other)) if one == other => Both::Agree,
            // A bank with and without its branch.
            (Some(Cell::Text(one)), Some(Cell::Text(other)))
                if field == Canonical::Bank.id() && (one.contains(&*other) || other.contains(&*one)) =>
            {
                Both::Agree
            }
            (Some(_), Some(_)) => Both::Differ,
            _ => Both::Unreadable,
        }
    }

    /// Account, bank and name: the parts are one account. A household is paid to its head's.
    fn account(&mut self, person: &mut Person, household: &Household, speaks: bool) {
        let of = &household.base;
        let (of_household, head) = (self.fields.roster.household, person.base.claim.head);
        if of_household && !head || !ACCOUNT.iter().any(|part| person.base.has(*part)) {
            person.base.claim.account = of.claim.account.clone();
            return;
        }
        if !speaks && !of_household {
            return;
        }
        for field in ACCOUNT {
            match (person.base.has(field), of.has(field)) {
                (false, true) => take(self.fields, &mut person.base, of, field, true),
                (true, true) => {
                    match self.both(&person.base.claim, &of.claim, field) {
                        Both::Agree => continue,
                        Both::Differ => self.say_differ(&person.base, of, field),
                        Both::Unreadable => {}
                    }
                    set_aside(&mut person.base.claim, field);
                }
                _ => {}
            }
        }
    }

    /// Two carers, where the carer is paid.
    fn carers(&mut self, person: &mut Person, household: &Household) {
        let (own, its) = (&person.base.carer, &household.base.carer);
        let differ = |one: &Text, other: &Text| !one.is_empty() && !other.is_empty() && one != other;
        if !self.profile.carer_is_payee || !(differ(&own.0, &its.0) || differ(&own.1, &its.1)) {
            return;
        }
        let place = |base: &Base| {
            let header = self.surveys[base.file].header_of(&base.task);
            let helpers = [Helper::CarerId, Helper::CarerName];
            let index = helpers.into_iter().find_map(|helper| header.helpers(helper).next());
            self.surveys[base.file].place_of(&base.task, index)
        };
        let places = [place(&person.base), place(&household.base)];
        let texts = [own, its].map(|(id, name)| format!("{name} {id}").trim().to_owned());
        self.differ(&person.base.claim.clone(), &places, [&texts[0], &texts[1]]);
        person.base.claim.incomplete = true;
    }

    /// Who is marked as the head must be the one whose number the household's row has, and he alone.
    fn head(&mut self, person: &mut Person, household: &Household, is_head: bool) {
        let claim = &person.base.claim;
        let agree = claim.head == is_head || claim.relation.is_empty();
        if !self.fields.roster.household || agree || claim.rejected.is_some() {
            return;
        }
        let place = self.cell(&person.base, Canonical::Relation.id()).map(|(place, _)| place);
        let finding =
            Finding::new("head-differs", Severity::Error, place.unwrap_or_else(|| person.place.clone()))
                .with("written", shortened(&claim.relation))
                .with("other", self.shown(&self.row_place(&household.base)))
                .with("there", shortened(&household.key));
        self.say(&claim.clone(), finding);
        person.base.claim.incomplete = true;
    }

    /// One identity number under two names is looked at and paid, as between rosters.
    fn two_names(&mut self, own: &Base, its: &Base) {
        let field = Canonical::Name.id();
        let (Some((here, written)), Some((there, other))) = (self.cell(own, field), self.cell(its, field))
        else {
            return;
        };
        let finding = Finding::new("person-of-two-names", Severity::Warning, here)
            .with("here", shortened(&written))
            .with("other", self.shown(&there))
            .with("there", shortened(&other));
        self.say(&own.claim, finding);
    }

    fn say_differ(&mut self, own: &Base, its: &Base, field: FieldId) {
        let (Some((here, written)), Some((there, other))) = (self.cell(own, field), self.cell(its, field))
        else {
            return;
        };
        self.differ(&own.claim, &[here, there], [&written, &other]);
    }

    /// One finding at each of the two places, naming the other (READING 20).
    fn differ(&mut self, claim: &Claim, places: &[Place; 2], texts: [&str; 2]) {
        for (here, there) in [(0, 1), (1, 0)] {
            let finding = Finding::new("files-differ", Severity::Error, places[here].clone())
                .with("written", shortened(texts[here]))
                .with("other", self.shown(&places[there]))
                .with("there", shortened(texts[there]));
            self.say(claim, finding);
        }
    }

    /// The filled cell of a field in a row, and what it shows.
    pub(super) fn cell(&self, base: &Base, field: FieldId) -> Option<(Place, String)> {
        let survey = &self.surveys[base.file];
        let header = survey.header_of(&base.task);
        let mut own = Vec::new();
        let cells = survey.cells_of(&base.task, &mut own);
        let second = (field == Canonical::AccountNo.id()).then(|| header.helpers(Helper::SecondAccount));
        let columns = header.columns_of(field).map(|column| column.index).chain(second.into_iter().flatten());
        let filled =
            |index: usize| cells.get(index).filter(|cell| !cell.is_blank()).map(|cell| (index, cell));
        columns.into_iter().find_map(filled).map(|(index, cell)| {
            (survey.place_of(&base.task, Some(index)), trimmed(&cell.shown()).to_owned())
        })
    }

    /// The place of a field's column in a row, whether or not it is filled.
    fn column(&self, base: &Base, field: FieldId) -> Option<Place> {
        let survey = &self.surveys[base.file];
        let column = survey.header_of(&base.task).column(field)?;
        Some(survey.place_of(&base.task, Some(column.index)))
    }

    /// A row's place.
    pub(super) fn row_place(&self, base: &Base) -> Place {
        self.surveys[base.file].place_of(&base.task, None)
    }

    /// A place as messages show it.
    pub(super) fn shown(&self, place: &Place) -> String {
        let sheet = if place.sheet.is_empty() { String::new() } else { format!("!{}", place.sheet) };
        format!("{}{sheet}:{} {}", place.file, place.row, place.column).trim_end().to_owned()
    }

    /// The header that a field is sought by.
    pub(super) fn header_of(&self, field: FieldId) -> Text {
        self.fields.rulebook.field(field).headers.first().cloned().unwrap_or_default()
    }

    /// What is needed is asked for once both files have spoken. `relieved` lists fields that nobody asks for because the
    /// household's figure stands for them; `whole` says whether the household and its people have found each other.
    pub(super) fn finish(
        &mut self,
        mut claim: Claim,
        own: &Base,
        household: Option<&Base>,
        relieved: &[FieldId],
        whole: bool,
    ) {
        let needed = self.fields;
        for field in needed.all() {
            let blank = match needed.blank(field) {
                blank @ (Blank::Rejects | Blank::Missing) => blank.clone(),
                _ => continue,
            };
            if field == Canonical::ResidentId.id()
                || relieved.contains(&field)
                || value(needed, &claim, field).is_some()
            {
                continue;
            }
            let filled = own.has(field) || household.is_some_and(|household| household.has(field));
            if blank == Blank::Rejects {
                claim.rejected.get_or_insert(Rejection::Field(field));
            }
            needed.set_blank(&mut claim, field, &Blank::Missing);
            if filled {
                continue;
            }
            // A household's figure would do as well.
            let instead = self.profile.instead.iter().find(|(_, own)| *own == field).map(|(of, _)| *of);
            let sought = [Some(field), instead].into_iter().flatten();
            let bases = || [Some(own), household].into_iter().flatten();
            let column = sought.flat_map(|field| bases().map(move |base| (base, field)));
            match column.into_iter().find_map(|(base, field)| self.column(base, field)) {
                // A cell of the household's row is named once for all its people.
                Some(place) => {
                    if self.said.insert(place.clone()) {
                        self.say(&claim, Finding::new("needed-blank", Severity::Error, place));
                    }
                }
                // What is missing of a household that is not whole is said already.
                None if !whole => {}
                None => {
                    self.absent.insert((own.file, field));
                }
            }
        }
        self.read.claims.push(claim);
    }
}

/// A field's value as it is compared; `None` where there is none that can be used.
fn value(fields: Fields<'_>, claim: &Claim, field: FieldId) -> Option<Cell> {
    let text = |text: &str| Some(Cell::Text(squeezed(text).as_ref().into())).filter(|_| !text.is_empty());
    let read = |cell: &Cell| match cell {
        Cell::Empty | Cell::Missing => None,
        Cell::Text(written) => text(written),
        other => Some(other.clone()),
    };
    match canonical(field) {
        None => read(&claim.extra[fields.roster.slot(field)?]),
        Some(Canonical::ResidentId) => text(&claim.id_written),
        Some(Canonical::Name) => text(&fold_name(&claim.name)),
        Some(Canonical::HouseholdId) => text(&claim.household_id),
        Some(Canonical::Relation) => text(&claim.relation),
        Some(Canonical::Hukou) => read(&claim.hukou),
        Some(Canonical::Township) => match &claim.township {
            Township::Known(row) => Some(Cell::Integer(i64::from(*row))),
            Township::Unknown(written) => text(written),
        },
        Some(Canonical::Community) => text(&claim.community),
        Some(Canonical::FirstMonth) => read(&claim.first_month),
        Some(Canonical::LastMonth) => read(&claim.last_month),
        Some(Canonical::Status) => claim.status.map(|status| Cell::Code(status as u16)),
        Some(Canonical::DeclaredAmount) => read(&claim.declared_amount),
        Some(Canonical::Bank) => text(&claim.account.bank),
        Some(Canonical::AccountNo) => text(&claim.account.number),
        Some(Canonical::AccountName) => text(&fold_name(&claim.account.name)),
        Some(Canonical::PayeeId) => claim.payee_id.map(|id| Cell::Text(id.to_string().into())),
        Some(Canonical::PayeeName) => text(&fold_name(&claim.payee_name)),
        Some(Canonical::CaseNo) => text(&claim.case_no),
        Some(Canonical::Choice) => text(&claim.choice),
    }
}

/// Takes a field from the household's row.
fn take(fields: Fields<'_>, own: &mut Base, of: &Base, field: FieldId, is_head: bool) {
    let (has_payee, claim, its) =
        (own.has(Canonical::PayeeId.id()) || own.has(Canonical::PayeeName.id()), &mut own.claim, &of.claim);
    match canonical(field) {
        None => {
            if let Some(slot) = fields.roster.slot(field) {
                claim.extra[slot] = its.extra[slot].clone();
            }
        }
        Some(Canonical::Name) if is_head => claim.name.clone_from(&its.name),
        Some(Canonical::HouseholdId) => claim.household_id.clone_from(&its.household_id),
        Some(Canonical::Hukou) => claim.hukou = its.hukou.clone(),
        Some(Canonical::Township) => claim.township = its.township.clone(),
        Some(Canonical::Community) => claim.community.clone_from(&its.community),
        Some(Canonical::FirstMonth) => claim.first_month = its.first_month.clone(),
        Some(Canonical::LastMonth) => claim.last_month = its.last_month.clone(),
        Some(Canonical::Status) => claim.status = its.status,
        Some(Canonical::DeclaredAmount) => claim.declared_amount = its.declared_amount.clone(),
        Some(Canonical::CaseNo) => claim.case_no.clone_from(&its.case_no),
        Some(Canonical::Choice) => claim.choice.clone_from(&its.choice),
        Some(Canonical::PayeeId) if !has_payee => claim.payee_id = its.payee_id,
        Some(Canonical::PayeeName) if !has_payee => claim.payee_name.clone_from(&its.payee_name),
        Some(Canonical::Bank) => claim.account.bank.clone_from(&its.account.bank),
        Some(Canonical::AccountNo) => claim.account.number.clone_from(&its.account.number),
        Some(Canonical::AccountName) => claim.account.name.clone_from(&its.account.name),
        Some(_) => {}
    }
}

/// A field of which two rows say different things is used from neither.
fn set_aside(claim: &mut Claim, field: FieldId) {
    match canonical(field) {
        Some(Canonical::Bank) => claim.account.bank = Text::default(),
        Some(Canonical::AccountNo) => claim.account.number = Text::default(),
        Some(Canonical::AccountName) => claim.account.name = Text::default(),
        // Compared and, by the pack, paid: as where it cannot be read.
        Some(Canonical::DeclaredAmount) => claim.declared_amount = Cell::Missing,
        _ => claim.incomplete = true,
    }
}
