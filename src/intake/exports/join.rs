//! Households and people put together (READING 24).

use std::collections::{BTreeMap, BTreeSet};

use super::row::{Base, Household, Person, hukou_of_name};
use super::{Export, ExportRead};
use crate::domain::{Finding, Place, Severity, Text, Township};
use crate::formats;
use crate::intake::claim::{Cell, Claim, Rejection};
use crate::intake::fields::Fields;
use crate::intake::survey::Survey;
use crate::intake::values::Trouble;
use crate::intake::values::identity::read_identity;
use crate::intake::values::names::read_name;
use crate::policy::{Canonical, FieldId, Helper, Part, RosterProfile};

/// How many places one message names.
const MOST_PLACES: usize = 20;

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
    pub(super) surveys: &'r [Survey<'d>],
    pub(super) read: ExportRead,
    /// Needed fields that neither file of a household has a column for, by file of the people.
    pub(super) absent: BTreeSet<(usize, FieldId)>,
    /// Heads of households of which a correction was refused.
    pub(super) doubted: BTreeSet<Text>,
    /// Heads of several households.
    pub(super) shared_heads: BTreeSet<Text>,
    /// Cells of which it was said that they are blank, or that nobody knows whom they are about.
    pub(super) said: BTreeSet<Place>,
}

impl Joint<'_, '_> {
    pub(super) fn join(&mut self, households: Vec<Household>, people: Vec<Person>) {
        let households = self.without_repeats(households);
        let mut by_key: BTreeMap<Text, Vec<usize>> = BTreeMap::new();
        for (at, household) in households.iter().enumerate() {
            if !household.key.is_empty() {
                by_key.entry(household.key.clone()).or_default().push(at);
            }
        }
        let heads = by_key.iter().filter(|(_, several)| several.len() > 1).map(|(key, _)| key.clone());
        self.shared_heads = heads.collect();
        let has = |part: Part| self.exports.iter().any(|export| export.kind.part == part);
        let (has_households, has_people) = (has(Part::Household), has(Part::Person));
        let mut of_household: Vec<Vec<Person>> = households.iter().map(|_| Vec::new()).collect();
        for mut person in people {
            match by_key.get(&person.key).map(Vec::as_slice) {
                Some([one]) => of_household[*one].push(person),
                Some([first, others @ ..]) => {
                    let places: Vec<String> = std::iter::once(first)
                        .chain(others)
                        .take(MOST_PLACES)
                        .map(|at| self.shown(&self.row_place(&households[*at].base)))
                        .collect();
                    let finding =
                        Finding::new("person-of-two-households", Severity::Error, person.place.clone());
                    self.say(&person.base.claim, finding.with("other", places.join("; ")));
                    person.base.claim.incomplete = true;
                    of_household[*first].push(person);
                }
                _ => {
                    if has_households {
                        let finding =
                            Finding::new("person-without-household", Severity::Error, person.place.clone());
                        self.say(&person.base.claim, finding);
                    }
                    person.base.claim.incomplete = true;
                    self.name_gives_hukou(&mut person.base, None);
                    let mut claim = person.base.claim.clone();
                    take_carer(self.profile, self.fields, &mut claim, &person.base.carer);
                    self.finish(claim, &person.base, None, &[], false);
                }
            }
        }
        for (export, survey) in self.exports.iter().zip(self.surveys) {
            if export.kind.part != Part::Person {
                continue;
            }
            let place = Place { file: export.name.into(), ..Place::default() };
            if !has_households {
                let finding = Finding::new("file-of-people-alone", Severity::Error, place);
                self.read.findings.push(finding);
            } else if survey.headers().any(|header| header.helpers(Helper::HeadId).next().is_none()) {
                let named = export.kind.columns.iter().find(|(helper, _)| *helper == Helper::HeadId);
                let named = named.and_then(|(_, headers)| headers.first()).cloned().unwrap_or_default();
                let finding = Finding::new("column-missing", Severity::Error, place);
                self.read.findings.push(finding.with("field", named));
            }
        }
        for several in by_key.values().filter(|several| several.len() > 1) {
            self.say_each(&households, several, Canonical::ResidentId.id(), "households-of-one-head");
        }
        let mut by_number: BTreeMap<(Township, Text), Vec<usize>> = BTreeMap::new();
        for (at, household) in households.iter().enumerate() {
            let claim = &household.base.claim;
            let number = (claim.township.clone(), claim.household_id.clone());
            if self.fields.roster.household && !number.1.is_empty() {
                by_number.entry(number).or_default().push(at);
            }
        }
        for several in by_number.values().filter(|several| several.len() > 1) {
            let one = &households[several[0]].key;
            if several.iter().any(|at| households[*at].key != *one) {
                let number = Canonical::HouseholdId.id();
                self.say_each(&households, several, number, "households-of-one-number");
            }
        }
        for (household, people) in households.into_iter().zip(of_household) {
            self.household(household, people, has_people);
        }
        for (file, field) in std::mem::take(&mut self.absent) {
            let place = Place { file: self.exports[file].name.into(), ..Place::default() };
            let finding = Finding::new("column-missing", Severity::Error, place);
            self.read.findings.push(finding.with("field", self.header_of(field)));
        }
        let order = |claim: &Claim| (claim.source.file, claim.source.sheet, claim.source.row);
        self.read.claims.sort_by_key(order);
    }

    /// Households without the rows that say the same of one again: one warning at the first, which names the others.
    fn without_repeats(&mut self, households: Vec<Household>) -> Vec<Household> {
        let mut kept: Vec<Household> = Vec::with_capacity(households.len());
        let mut known: BTreeMap<(Text, u64), usize> = BTreeMap::new();
        let mut others: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        for household in households {
            let first = match household.key.is_empty() {
                true => None,
                false => {
                    let next = kept.len();
                    let at = *known.entry((household.key.clone(), household.facts())).or_insert(next);
                    (at < next).then_some(at)
                }
            };
            let Some(first) = first else {
                kept.push(household);
                continue;
            };
            let source = household.base.claim.source;
            kept[first].again.push(source);
            if !self.read.repeated.contains(&source.file) {
                let others = others.entry(first).or_default();
                if others.len() < MOST_PLACES {
                    others.push(self.shown(&self.row_place(&household.base)));
                }
            }
        }
        for (first, others) in others {
            let base = &kept[first].base;
            let finding = Finding::new("row-repeated", Severity::Warning, self.row_place(base));
            self.say(&base.claim, finding.with("other", others.join("; ")));
        }
        kept
    }

    /// Households that cannot be told apart: a finding at each, at the cell of a field, that names the others.
    fn say_each(&mut self, households: &[Household], several: &[usize], field: FieldId, code: &'static str) {
        for at in several {
            let base = &households[*at].base;
            let others: Vec<String> = several
                .iter()
                .filter(|other| *other != at)
                .take(MOST_PLACES)
                .map(|other| self.shown(&self.row_place(&households[*other].base)))
                .collect();
            let place = self.cell(base, field).map_or_else(|| self.row_place(base), |(place, _)| place);
            let finding = Finding::new(code, Severity::Error, place);
            self.say(&base.claim, finding.with("other", others.join("; ")));
        }
    }

    pub(super) fn say(&mut self, claim: &Claim, finding: Finding) {
        self.read.findings.push(finding.about(claim.resident, &claim.name));
    }

    fn household(&mut self, mut household: Household, mut people: Vec<Person>, has_people: bool) {
        let source = household.base.claim.source;
        // A row that cannot be read as a claim speaks for nobody, nor does a number of its head that is none.
        let unusable = household.base.claim.rejected.is_some() || self.doubted.contains(&household.key);
        let relieved = self.instead(&mut household, &people);
        let mut unlisted = false;
        // Each claim with the row it comes from: its own, or the household's.
        let mut claims: Vec<(Claim, Option<Base>)> = Vec::new();
        if people.is_empty() {
            self.name_gives_hukou(&mut household.base, None);
            claims.extend(self.members(&household).into_iter().map(|claim| (claim, None)));
            self.read.rows += household.claims_in_cells();
        } else {
            let own: BTreeSet<Text> =
                people.iter().map(|person| person.base.claim.id_written.clone()).collect();
            let several = own.len() > 1;
            unlisted = self.members_beside(&household, &own);
            for person in &mut people {
                self.complete(person, &household, several);
                self.name_gives_hukou(&mut person.base, Some(&household.base));
            }
            for person in people {
                let mut claim = person.base.claim.clone();
                take_carer(self.profile, self.fields, &mut claim, &person.base.carer);
                take_carer(self.profile, self.fields, &mut claim, &household.base.carer);
                self.read.beside.push((claim.source, source));
                claims.push((claim, Some(person.base)));
            }
        }
        let lone = claims.is_empty();
        if lone && !self.shared_heads.contains(&household.key) {
            let code = if has_people || household.insured.is_some() {
                "household-without-people"
            } else {
                "file-of-households-alone"
            };
            let place = Place { column: Text::default(), ..household.insured_place.clone() };
            self.say(&household.base.claim, Finding::new(code, Severity::Error, place));
        }
        if lone {
            let mut head = household.base.claim.clone();
            head.relation = "户主".into();
            head.head = true;
            head.incomplete = true;
            claims.push((head, None));
        }
        let different: BTreeSet<&Text> = claims.iter().map(|(claim, _)| &claim.id_written).collect();
        let listed = different.len() as i64;
        let differs = !lone && household.insured.is_some_and(|insured| insured != listed);
        if differs {
            let finding =
                Finding::new("household-count-differs", Severity::Error, household.insured_place.clone())
                    .with("declared", household.insured.unwrap_or(0).to_string())
                    .with("listed", listed.to_string());
            self.say(&household.base.claim, finding);
        }
        // The household's total beside one person's amount would compare what is not the same.
        let several = claims.len() > 1;
        for source in &household.again {
            self.read.beside.extend(claims.iter().map(|(claim, _)| (claim.source, *source)));
        }
        for (mut claim, base) in claims {
            claim.incomplete |= differs || unusable || unlisted || household.insured_unreadable;
            if several && (!self.fields.roster.household || !claim.head) {
                claim.declared_amount = Cell::Empty;
            }
            match base {
                Some(base) => self.finish(claim, &base, Some(&household.base), &relieved, true),
                None => self.finish(claim, &household.base, None, &relieved, !lone),
            }
        }
    }

    /// A household's figure stands only where none of its people has a cell filled with his own, readable or not:
    /// what cannot be read is not replaced. Gives the fields of people that nobody asks for then.
    fn instead(&self, household: &mut Household, people: &[Person]) -> Vec<FieldId> {
        let mut relieved = Vec::new();
        for (field, own) in &self.profile.instead {
            let Some(slot) = self.fields.roster.slot(*field) else { continue };
            let filled = household.base.has(*own) || people.iter().any(|person| person.base.has(*own));
            if filled {
                household.base.claim.extra[slot] = Cell::Empty;
            } else if household.base.has(*field) {
                relieved.push(*own);
            }
        }
        relieved
    }

    /// 户口性质 by the name of the file, where no cell of the person's row or of the household's says it: by the
    /// names of both files, if both say it.
    fn name_gives_hukou(&mut self, base: &mut Base, household: Option<&Base>) {
        let field = Canonical::Hukou.id();
        if !self.profile.hukou_from_name || base.has(field) || household.is_some_and(|of| of.has(field)) {
            return;
        }
        let of = |base: &Base| hukou_of_name(self.fields, self.exports[base.named_by].name);
        let own = of(base);
        let other = household.map(of).filter(|other| *other != Cell::Missing);
        base.claim.hukou = match (own, other) {
            (Cell::Missing, Some(other)) => other,
            (own, Some(other)) if own != other => {
                if let Some(household) = household {
                    let names = [base, household].map(|base| self.exports[base.named_by].name);
                    let place = self.row_place(base);
                    let finding = Finding::new("files-differ", Severity::Error, place)
                        .with("written", names[0])
                        .with("other", self.shown(&self.row_place(household)))
                        .with("there", names[1]);
                    self.say(&base.claim, finding);
                }
                base.claim.incomplete = true;
                Cell::Missing
            }
            (own, _) => own,
        };
    }

    /// Members in the cells of a household whose people have rows of their own: the rows are read, and a cell that names
    /// nobody of them is said. Gives whether it cannot be known who belongs to the household: nothing counts them.
    fn members_beside(&mut self, household: &Household, own: &BTreeSet<Text>) -> bool {
        let mut unlisted = false;
        for member in &household.members {
            let written = &member.identity.written;
            let (severity, trouble) = match &member.identity.trouble {
                Some(trouble) => (Severity::Error, trouble.clone()),
                None if own.contains(written) || *written == household.key => continue,
                None if household.insured.is_some() => {
                    (Severity::Warning, Trouble::written("member-without-row", written))
                }
                None => (Severity::Error, Trouble::written("member-without-row", written)),
            };
            unlisted |= household.insured.is_none();
            let base = &household.base;
            let place = self.surveys[base.file].place_of(&base.task, Some(member.index));
            let mut finding = Finding::new(trouble.code, severity, place);
            finding.arguments = trouble.arguments;
            self.read.findings.push(finding.about(member.identity.resident, &member.name));
        }
        unlisted
    }

    /// People in the cells of a household's row, the head among them.
    fn members(&mut self, household: &Household) -> Vec<Claim> {
        let base = &household.base;
        if household.members.is_empty() {
            return Vec::new();
        }
        let mut head = base.claim.clone();
        head.head = true;
        head.relation = "户主".into();
        let others = household.members.iter().any(|member| !household.is_head(member));
        if others {
            // What is one person's, in a row that speaks of several, is nobody's.
            head.incomplete |= self.of_one(household, &self.personal(base));
        }
        let mut claims = Vec::new();
        if !household.lists_head() {
            claims.push(head.clone());
        }
        for member in &household.members {
            if household.is_head(member) {
                claims.push(head.clone());
                continue;
            }
            let mut claim = Claim { head: false, relation: "家庭成员".into(), ..head.clone() };
            claim.resident = member.identity.resident;
            claim.id_written = member.identity.written.clone();
            claim.name = member.name.clone();
            claim.rejected = base.claim.rejected.filter(|rejection| *rejection != Rejection::IdentityNumber);
            for field in self.personal(base) {
                self.fields.set_blank(&mut claim, field, &self.joined().blank(field));
            }
            if let Some(trouble) = &member.identity.trouble {
                claim.rejected.get_or_insert(Rejection::IdentityNumber);
                let place = self.surveys[base.file].place_of(&base.task, Some(member.index));
                let mut finding = Finding::new(trouble.code, Severity::Error, place);
                finding.arguments = trouble.arguments.clone();
                self.say(&claim, finding);
            }
            claims.push(claim);
        }
        claims
    }
}

impl Household {
    /// Whether a member in its cells is its head.
    fn is_head(&self, member: &super::packed::Member) -> bool {
        member.identity.trouble.is_none() && member.identity.written == self.key
    }

    fn lists_head(&self) -> bool {
        self.members.iter().any(|member| self.is_head(member))
    }

    /// How many people its cells name, the head among them.
    fn claims_in_cells(&self) -> u64 {
        self.members.len() as u64 + u64::from(!self.lists_head())
    }
}
