//! Households and people put together (READING 24).

use std::collections::{BTreeMap, BTreeSet};

use super::row::{Household, Person};
use super::{Export, ExportRead};
use crate::domain::{Finding, Place, Severity, Text, Township};
use crate::formats;
use crate::intake::claim::{Cell, Claim, Rejection};
use crate::intake::fields::Fields;
use crate::intake::values::identity::read_identity;
use crate::intake::values::names::read_name;
use crate::policy::{Blank, Canonical, Part, RosterProfile};

/// 照料人 as the payee of the row, only where the profile says so (READING 24).
pub(super) fn take_carer(
    profile: &RosterProfile,
    fields: Fields<'_>,
    claim: &mut Claim,
    carer: &(Text, Text),
) {
    if !profile.carer_is_payee || claim.payee_id.is_some() || !claim.payee_name.is_empty() {
        return;
    }
    let cell = formats::Cell::Text(carer.0.as_str().into());
    claim.payee_id = read_identity(&cell, fields.cycle, fields.confirmed).resident;
    let name = formats::Cell::Text(carer.1.as_str().into());
    claim.payee_name = read_name(&name, &mut Vec::new()).ok().flatten().unwrap_or_default();
}

/// Households and people put together.
pub(super) struct Joint<'r, 'd> {
    pub(super) fields: Fields<'d>,
    pub(super) profile: &'r RosterProfile,
    pub(super) exports: &'r [Export<'d>],
    pub(super) read: ExportRead,
}

impl Joint<'_, '_> {
    pub(super) fn join(&mut self, households: Vec<Household>, people: Vec<Person>) {
        let mut by_key: BTreeMap<Text, Vec<usize>> = BTreeMap::new();
        for (at, household) in households.iter().enumerate() {
            if !household.key.is_empty() {
                by_key.entry(household.key.clone()).or_default().push(at);
            }
        }
        let has = |part: Part| self.exports.iter().any(|export| export.kind.part == part);
        let (has_households, has_people) = (has(Part::Household), has(Part::Person));
        let mut of_household: Vec<Vec<Person>> = households.iter().map(|_| Vec::new()).collect();
        for person in people {
            match by_key.get(&person.key).map(Vec::as_slice) {
                Some([one]) => of_household[*one].push(person),
                Some(several) if !several.is_empty() => {
                    let places: Vec<String> = several
                        .iter()
                        .map(|at| {
                            format!(
                                "{}:{}",
                                self.exports[households[*at].file].name, households[*at].claim.source.row
                            )
                        })
                        .collect();
                    let finding =
                        Finding::new("person-of-two-households", Severity::Error, person.place.clone());
                    self.say(&person.claim, finding.with("other", places.join("; ")));
                    let first = several[0];
                    let mut person = person;
                    person.claim.incomplete = true;
                    of_household[first].push(person);
                }
                _ => {
                    let mut claim = person.claim;
                    if has_households {
                        let finding = Finding::new("person-without-household", Severity::Error, person.place);
                        self.say(&claim, finding);
                    }
                    claim.incomplete = true;
                    take_carer(self.profile, self.fields, &mut claim, &person.carer);
                    self.finish(claim);
                }
            }
        }
        for export in self.exports {
            let lacks = match export.kind.part {
                Part::Person => !has_households,
                Part::Household | Part::List => false,
            };
            if lacks {
                self.read.findings.push(Finding::new(
                    "file-of-people-alone",
                    Severity::Error,
                    Place { file: export.name.into(), ..Place::default() },
                ));
            }
        }
        for (household, people) in households.into_iter().zip(of_household) {
            self.household(household, people, has_people);
        }
        let order = |claim: &Claim| (claim.source.file, claim.source.sheet, claim.source.row);
        self.read.claims.sort_by_key(order);
    }

    fn say(&mut self, claim: &Claim, finding: Finding) {
        self.read.findings.push(finding.about(claim.resident, &claim.name));
    }

    fn household(&mut self, household: Household, people: Vec<Person>, has_people: bool) {
        let source = household.claim.source;
        // A row that is set aside as a whole speaks for nobody; only a wrong number of the head does not
        // make its other cells wrong.
        let unusable = household
            .claim
            .rejected
            .is_some_and(|rejection| !matches!(rejection, Rejection::IdentityNumber | Rejection::Field(_)));
        let mut claims: Vec<Claim> = Vec::new();
        if people.is_empty() {
            claims = self.members(&household);
            let listed = household.members.iter().any(|(id, _)| *id == household.key);
            self.read.rows += household.members.len() as u64 + u64::from(!listed);
        } else {
            for mut person in people {
                self.complete(&mut person, &household);
                take_carer(self.profile, self.fields, &mut person.claim, &person.carer);
                take_carer(self.profile, self.fields, &mut person.claim, &household.carer);
                self.read.beside.push((person.claim.source, source));
                claims.push(person.claim);
            }
        }
        let lone = claims.is_empty();
        if lone {
            let code = if has_people || household.insured.is_some() {
                "household-without-people"
            } else {
                "file-of-households-alone"
            };
            let place = Place { column: Text::default(), ..household.insured_place.clone() };
            self.say(&household.claim, Finding::new(code, Severity::Error, place));
            let mut head = household.claim.clone();
            head.relation = "户主".into();
            head.head = true;
            head.incomplete = true;
            claims.push(head);
        }
        self.instead(&mut claims);
        let different: BTreeSet<&Text> = claims.iter().map(|claim| &claim.id_written).collect();
        let listed = different.len() as i64;
        let differs = !lone && household.insured.is_some_and(|insured| insured != listed);
        if differs {
            let finding =
                Finding::new("household-count-differs", Severity::Error, household.insured_place.clone())
                    .with("declared", household.insured.unwrap_or(0).to_string())
                    .with("listed", listed.to_string());
            self.say(&household.claim, finding);
        }
        // The household's total beside one person's amount would compare what is not the same.
        let several = claims.len() > 1;
        for mut claim in claims {
            claim.incomplete |= differs || unusable || household.insured_unreadable;
            if several && (!self.fields.roster.household || !claim.head) {
                claim.declared_amount = Cell::Empty;
            }
            self.finish(claim);
        }
    }

    /// What a person's row lacks and the household's row has.
    fn complete(&self, person: &mut Person, household: &Household) {
        let (claim, of) = (&mut person.claim, &household.claim);
        if claim.household_id.is_empty() {
            claim.household_id.clone_from(&of.household_id);
        }
        if matches!(claim.hukou, Cell::Empty)
            || !matches!(of.hukou, Cell::Empty | Cell::Missing) && claim.hukou == Cell::Missing
        {
            claim.hukou = of.hukou.clone();
        }
        let unknown = matches!(&claim.township, Township::Unknown(written) if written.is_empty());
        if self.fields.roster.household || unknown {
            claim.township = of.township.clone();
        }
        if claim.community.is_empty() {
            claim.community.clone_from(&of.community);
        }
        if claim.first_month == Cell::Empty {
            claim.first_month = of.first_month.clone();
        }
        if claim.account.bank.is_empty() && claim.account.number.is_empty() && claim.account.name.is_empty() {
            claim.account = of.account.clone();
        }
        if claim.declared_amount == Cell::Empty {
            claim.declared_amount = of.declared_amount.clone();
        }
        for (slot, value) in of.extra.iter().enumerate() {
            let said = !matches!(value, Cell::Empty | Cell::Missing | Cell::Flag(false));
            if said && !person.filled[slot] {
                claim.extra[slot] = value.clone();
            }
        }
    }

    /// People in the cells of a household's row, the head among them.
    fn members(&mut self, household: &Household) -> Vec<Claim> {
        if household.members.is_empty() {
            return Vec::new();
        }
        let head = household.key.clone();
        let mut claims = Vec::new();
        let listed = household.members.iter().any(|(id, _)| *id == head);
        let first = (!listed).then(|| (head.clone(), household.claim.name.clone()));
        for (id, name) in first.into_iter().chain(household.members.iter().cloned()) {
            let mut claim = household.claim.clone();
            claim.head = id == head;
            claim.relation = if claim.head { "户主".into() } else { "家庭成员".into() };
            if !claim.head {
                let cell = formats::Cell::Text(id.as_str().into());
                let identity = read_identity(&cell, self.fields.cycle, self.fields.confirmed);
                claim.resident = identity.resident;
                claim.id_written = identity.written;
                claim.rejected =
                    household.claim.rejected.filter(|rejection| *rejection != Rejection::IdentityNumber);
                let written = formats::Cell::Text(name.as_str().into());
                claim.name = read_name(&written, &mut Vec::new()).ok().flatten().unwrap_or_default();
                if let Some(trouble) = identity.trouble {
                    claim.rejected.get_or_insert(Rejection::IdentityNumber);
                    let place = Place { column: Text::default(), ..household.insured_place.clone() };
                    let mut finding = Finding::new(trouble.code, Severity::Error, place);
                    finding.arguments = trouble.arguments;
                    self.say(&claim, finding);
                }
            }
            claims.push(claim);
        }
        claims
    }

    /// A household's figure stands only where none of its people has his own.
    fn instead(&self, claims: &mut [Claim]) {
        for (field, own) in &self.profile.instead {
            let (Some(field), Some(own)) = (self.fields.roster.slot(*field), self.fields.roster.slot(*own))
            else {
                continue;
            };
            let filled = claims.iter().any(|claim| !matches!(claim.extra[own], Cell::Empty | Cell::Missing));
            if filled {
                claims.iter_mut().for_each(|claim| claim.extra[field] = Cell::Empty);
            }
        }
    }

    /// What is needed is asked for once both files have spoken.
    fn finish(&mut self, mut claim: Claim) {
        let needed = Fields { joined: false, ..self.fields };
        let lacks = |field: Canonical, blank: bool| {
            (blank && needed.blank(field.id()) == Blank::Rejects).then_some(field.id())
        };
        let first_blank = matches!(claim.first_month, Cell::Empty | Cell::Missing);
        let lacking = [
            lacks(Canonical::HouseholdId, claim.household_id.is_empty()),
            lacks(Canonical::Relation, claim.relation.is_empty()),
            lacks(Canonical::FirstMonth, first_blank),
        ];
        for field in lacking.into_iter().flatten() {
            if claim.rejected.is_none() {
                claim.rejected = Some(Rejection::Field(field));
                let name = self.fields.rulebook.field(field).headers.first().cloned().unwrap_or_default();
                let export = self.exports.iter().find(|export| export.file == claim.source.file);
                let sheet = export.and_then(|export| {
                    let sheet = usize::from(claim.source.sheet).checked_sub(1)?;
                    export.document.sheets.get(sheet).map(|sheet| sheet.name.clone())
                });
                let place = Place {
                    file: export.map_or("", |export| export.name).into(),
                    sheet: sheet.unwrap_or_default(),
                    row: claim.source.row,
                    column: name,
                };
                self.say(&claim, Finding::new("needed-blank", Severity::Error, place));
            }
        }
        if claim.hukou == Cell::Empty && needed.blank(Canonical::Hukou.id()) == Blank::Missing {
            claim.hukou = Cell::Missing;
        }
        self.read.claims.push(claim);
    }
}
