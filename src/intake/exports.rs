//! Files that are read by a roster profile (READING 24): households and people in files of their own,
//! joined by the head's identity number; members in the cells of a household's row; lists with a layout
//! of their own.
//!
//! In: a profile's files of one month. Out: one claim a person, findings, and which rows stand behind
//! the claim of another (READING 21).

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use super::claim::{Cell, Claim, Rejection};
use super::fields::Fields;
use super::header::Names;
use super::roster::names_of;
use super::survey::{Survey, Task, survey_document};
use super::values::amounts::read_integer;
use super::values::identity::{cleaned, read_identity};
use super::values::names::{read_account_number, read_name};
use super::values::{Trouble, shortened};
use crate::domain::{Fault, FileId, Finding, Place, Severity, Source, Text, Township};
use crate::formats::cell::is_space;
use crate::formats::{self, Document};
use crate::policy::{
    Blank, Canonical, FieldKind, Helper, Part, ProfileFile, RosterId, RosterProfile, Rulebook,
};

/// A file of a profile, opened.
pub struct Export<'d> {
    /// Its name.
    pub name: &'d str,
    /// Its number.
    pub file: FileId,
    /// Its content.
    pub document: &'d Document<'d>,
    /// Which file of the profile it is.
    pub kind: &'d ProfileFile,
}

/// What a profile's files were read as.
#[derive(Debug, Default)]
pub struct ExportRead {
    /// One claim a person, in order of file and row.
    pub claims: Vec<Claim>,
    /// What was noticed.
    pub findings: Vec<Finding>,
    /// People counted where they were met.
    pub rows: u64,
    /// Rows of refused sections.
    pub refused_rows: u64,
    /// Rows that stand behind another row's claim.
    pub beside: Vec<(Source, Source)>,
}

/// A household's row.
struct Household {
    claim: Claim,
    file: usize,
    key: Text,
    insured: Option<i64>,
    /// The figure is there and cannot be read.
    insured_unreadable: bool,
    insured_place: Place,
    /// Members in its cells: identity number and name.
    members: Vec<(Text, Text)>,
    carer: (Text, Text),
}

/// A person's row.
struct Person {
    claim: Claim,
    key: Text,
    place: Place,
    carer: (Text, Text),
    /// Fields whose cell is filled, by slot: these the household's row does not touch.
    filled: Vec<bool>,
}

/// Names by which the headers of a profile's file are found: the profile's own first.
pub fn profile_names(rulebook: &Rulebook, roster: RosterId, kind: &ProfileFile) -> Names {
    let identity = Canonical::ResidentId.id();
    let mut names = Names::new(identity);
    for (field, headers) in &kind.aliases {
        for header in headers {
            names.add(header, *field);
        }
    }
    names.join(names_of(rulebook, roster));
    for (helper, headers) in &kind.columns {
        for header in headers {
            match (helper, kind.part) {
                // In a household's row the head's number is whose row it is.
                (Helper::HeadId, Part::Household) => {}
                _ => names.add_helper(header, *helper),
            }
        }
    }
    if kind.part == Part::Household {
        names.forget(identity);
        let heads = kind.columns.iter().filter(|(helper, _)| *helper == Helper::HeadId);
        for header in heads.flat_map(|(_, headers)| headers) {
            names.add(header, identity);
        }
    }
    for header in &kind.ignored {
        names.ignore(header);
    }
    names
}

/// Reads a profile's files.
///
/// # Errors
/// Exit 3 for a file that has no header of the profile (READING 3).
pub fn read_exports(
    rulebook: &Rulebook,
    fields: Fields<'_>,
    roster: RosterId,
    profile: &RosterProfile,
    exports: &[Export<'_>],
) -> Result<ExportRead, Fault> {
    let names: Vec<Names> =
        exports.iter().map(|export| profile_names(rulebook, roster, export.kind)).collect();
    let fields_of = |export: &Export<'_>| Fields {
        active: profile.active,
        joined: export.kind.part != Part::List,
        ..fields
    };
    let mut surveys = Vec::with_capacity(exports.len());
    for (export, names) in exports.iter().zip(&names) {
        surveys.push(survey_document(
            fields_of(export),
            names,
            export.name,
            export.file,
            export.document,
            Some(export.kind),
        )?);
    }
    let mut read = ExportRead::default();
    let mut households: Vec<Household> = Vec::new();
    let mut people: Vec<Person> = Vec::new();
    for (at, (export, survey)) in exports.iter().zip(&mut surveys).enumerate() {
        read.findings.append(&mut survey.findings);
        read.refused_rows += survey.refused_rows;
        let reader = Reader { fields: fields_of(export), profile, export, survey };
        let each = |task: &Task| {
            let mut findings = Vec::new();
            let read = reader.row(at, task, &mut findings);
            (read, findings)
        };
        let rows: Vec<(RowRead, Vec<Finding>)> = reader.survey.tasks.par_iter().map(each).collect();
        for (row, mut findings) in rows {
            read.findings.append(&mut findings);
            match row {
                RowRead::Alone(claim) => {
                    read.rows += 1;
                    read.claims.push(*claim);
                }
                RowRead::Household(household) => households.push(*household),
                RowRead::Person(person) => {
                    read.rows += 1;
                    people.push(*person);
                }
            }
        }
    }
    let mut joint = Joint { fields, profile, exports, read };
    joint.join(households, people);
    Ok(joint.read)
}

/// A row of a profile's file.
enum RowRead {
    Alone(Box<Claim>),
    Household(Box<Household>),
    Person(Box<Person>),
}

struct Reader<'r, 'd> {
    fields: Fields<'d>,
    profile: &'r RosterProfile,
    export: &'r Export<'d>,
    survey: &'r Survey<'d>,
}

impl Reader<'_, '_> {
    fn row(&self, file: usize, task: &Task, findings: &mut Vec<Finding>) -> RowRead {
        let mut cells = Vec::with_capacity(48);
        let mut claim = self.survey.read(task, &mut cells, findings);
        let mut own = Vec::with_capacity(48);
        let cells = self.survey.cells_of(task, &mut own);
        let header = self.survey.header_of(task);
        let cell = |helper: Helper| {
            header
                .helpers(helper)
                .find_map(|index| cells.get(index).filter(|cell| !cell.is_blank()).map(|cell| (index, cell)))
        };
        let text = |helper: Helper| cell(helper).map_or_else(Text::default, |(_, cell)| trimmed(cell));
        let silent = claim.rejected.is_some_and(|rejection| {
            matches!(
                rejection,
                Rejection::CellCount | Rejection::Encoding | Rejection::Hidden | Rejection::Struck
            )
        });
        let mut say = |index: usize, severity: Severity, trouble: Trouble, claim: &Claim| {
            if !silent {
                let place = self.survey.place_of(task, Some(index));
                let mut finding =
                    Finding::new(trouble.code, severity, place).about(claim.resident, &claim.name);
                finding.arguments = trouble.arguments;
                findings.push(finding);
            }
        };
        let undecided = matches!(claim.hukou, Cell::Empty)
            && header
                .column(Canonical::Hukou.id())
                .is_none_or(|column| cells.get(column.index).is_none_or(formats::Cell::is_blank));
        if self.profile.hukou_from_name && undecided {
            claim.hukou = self.hukou_of_name();
        }
        if let Some((field, words)) = &self.profile.illness
            && let Some(slot) = self.fields.roster.slot(*field)
            && words_of(&text(Helper::Illness)).any(|word| words.iter().any(|serious| *serious == word))
        {
            claim.extra[slot] = Cell::Flag(true);
        }
        // A second column of account numbers serves where the first is blank; two that differ are set
        // aside (READING 9).
        if let Some((index, second)) = cell(Helper::SecondAccount) {
            match read_account_number(second, &mut Vec::new()) {
                Ok(Some(number)) if claim.account.number.is_empty() => claim.account.number = number,
                Ok(Some(number)) if number != claim.account.number => {
                    let other = header
                        .column(Canonical::AccountNo.id())
                        .map_or_else(Text::default, |column| header.label(column.index));
                    let trouble = Trouble::written("columns-differ", &trimmed(second))
                        .with("other", other)
                        .with("there", shortened(&claim.account.number));
                    say(index, Severity::Error, trouble, &claim);
                    claim.rejected.get_or_insert(Rejection::ColumnsDiffer);
                }
                Ok(_) => {}
                Err(trouble) => say(index, Severity::Warning, trouble, &claim),
            }
        }
        let mut carer = (text(Helper::CarerId), text(Helper::CarerName));
        if self.profile.carer_is_payee
            && let Some((index, written)) = cell(Helper::CarerId)
        {
            let identity = read_identity(written, self.fields.cycle, self.fields.confirmed);
            carer.0 = identity.resident.map_or_else(Text::default, |_| identity.written);
            if let Some(trouble) = identity.trouble {
                say(index, Severity::Error, trouble, &claim);
            }
        }
        let filled = (0..self.fields.roster.extra.len())
            .map(|slot| {
                header
                    .column(self.fields.roster.extra[slot])
                    .is_some_and(|column| cells.get(column.index).is_some_and(|cell| !cell.is_blank()))
            })
            .collect();
        match self.export.kind.part {
            Part::List => {
                take_carer(self.profile, self.fields, &mut claim, &carer);
                RowRead::Alone(Box::new(claim))
            }
            Part::Person => {
                let key = text(Helper::HeadId);
                let key = if key.is_empty() && claim.head {
                    claim.id_written.clone()
                } else {
                    Text::from(cleaned(&key).as_ref())
                };
                let index = header.helpers(Helper::HeadId).next();
                let place = self.survey.place_of(task, index);
                RowRead::Person(Box::new(Person { claim, key, place, carer, filled }))
            }
            Part::Household => {
                let mut insured = None;
                let mut insured_unreadable = false;
                let mut insured_place = self.survey.place_of(task, None);
                if let Some((index, cell)) = cell(Helper::Insured) {
                    insured_place = self.survey.place_of(task, Some(index));
                    match read_integer(cell, 0, 999, &[]) {
                        Ok(number) => insured = number,
                        Err(trouble) => {
                            insured_unreadable = true;
                            say(index, Severity::Error, trouble, &claim);
                        }
                    }
                }
                let of = |helper: Helper| -> Vec<Text> {
                    member_columns(header, helper)
                        .filter_map(|index| cells.get(index))
                        .flat_map(|cell| pieces(cell, helper))
                        .collect()
                };
                let (ids, called) = (of(Helper::MemberIds), of(Helper::MemberNames));
                let paired = called.len() == ids.len();
                if !paired
                    && !called.is_empty()
                    && let Some(index) = header.helpers(Helper::MemberNames).next()
                {
                    let trouble = Trouble::written("member-names-differ", &called.join("、"))
                        .with("names", called.len().to_string())
                        .with("numbers", ids.len().to_string());
                    say(index, Severity::Warning, trouble, &claim);
                }
                let members = ids
                    .into_iter()
                    .enumerate()
                    .map(|(at, id)| (id, if paired { called[at].clone() } else { Text::default() }))
                    .collect();
                let key = claim.id_written.clone();
                RowRead::Household(Box::new(Household {
                    claim,
                    file,
                    key,
                    insured,
                    insured_unreadable,
                    insured_place,
                    members,
                    carer,
                }))
            }
        }
    }

    /// The code whose longest word stands in the file's name.
    fn hukou_of_name(&self) -> Cell {
        let FieldKind::Code(table) = &self.fields.rulebook.field(Canonical::Hukou.id()).kind else {
            return Cell::Missing;
        };
        let words = table.iter().enumerate().flat_map(|(code, entry)| {
            entry
                .words
                .iter()
                .filter(|word| self.export.name.contains(word.as_str()))
                .map(move |word| (word.len(), code as u16))
        });
        let found: BTreeSet<(usize, u16)> = words.collect();
        let longest = found.last().map_or(0, |(length, _)| *length);
        let mut codes = found.iter().filter(|(length, _)| *length == longest).map(|(_, code)| *code);
        match (codes.next(), codes.next()) {
            // 城乡 names neither.
            (Some(code), None) => Cell::Code(code),
            _ => Cell::Missing,
        }
    }
}

/// The columns of members: those named so, and those without a header to the right of one.
pub(super) fn member_columns(
    header: &super::header::Header,
    helper: Helper,
) -> impl Iterator<Item = usize> + '_ {
    header.helpers(helper).flat_map(move |first| {
        let next = header.columns.iter().map(|column| column.index).find(|index| *index > first);
        first..next.unwrap_or(first + 8)
    })
}

/// The people that a cell names.
fn pieces(cell: &formats::Cell<'_>, helper: Helper) -> Vec<Text> {
    let shown = cell.shown();
    let strong = |sign: char| "、，,;；/|\n\r\t".contains(sign);
    let split: Vec<&str> = shown.split(strong).map(str::trim).filter(|piece| !piece.is_empty()).collect();
    if helper != Helper::MemberIds {
        return split.into_iter().map(Text::from).collect();
    }
    // White space may part two numbers, or stand inside one: what is too short to be one is put together again.
    let mut pieces: Vec<Text> = Vec::new();
    let mut open = String::new();
    let close = |open: &mut String, pieces: &mut Vec<Text>| {
        let signs: Vec<char> = std::mem::take(open).chars().collect();
        match signs.len() {
            0 => {}
            length if length.is_multiple_of(18) => {
                pieces.extend(signs.chunks(18).map(|chunk| chunk.iter().collect::<Text>()));
            }
            _ => pieces.push(signs.iter().collect()),
        }
    };
    for piece in shown.split(|sign: char| "、，,;；/|".contains(sign)) {
        for token in piece.split(is_space).map(cleaned) {
            if token.chars().count() >= 15 {
                close(&mut open, &mut pieces);
            }
            open.push_str(&token);
            if open.chars().count() >= 18 {
                close(&mut open, &mut pieces);
            }
        }
        close(&mut open, &mut pieces);
    }
    pieces
}

fn trimmed(cell: &formats::Cell<'_>) -> Text {
    super::values::texts::trimmed(&cell.shown()).into()
}

fn words_of(text: &str) -> impl Iterator<Item = &str> {
    text.split(|sign: char| "、，,;；/| \u{3000}\n".contains(sign))
        .map(str::trim)
        .filter(|word| !word.is_empty())
}

/// 照料人 as the payee of the row, only where the profile says so (READING 24).
fn take_carer(profile: &RosterProfile, fields: Fields<'_>, claim: &mut Claim, carer: &(Text, Text)) {
    if !profile.carer_is_payee || claim.payee_id.is_some() || !claim.payee_name.is_empty() {
        return;
    }
    let cell = formats::Cell::Text(carer.0.as_str().into());
    claim.payee_id = read_identity(&cell, fields.cycle, fields.confirmed).resident;
    let name = formats::Cell::Text(carer.1.as_str().into());
    claim.payee_name = read_name(&name, &mut Vec::new()).ok().flatten().unwrap_or_default();
}

/// Households and people put together.
struct Joint<'r, 'd> {
    fields: Fields<'d>,
    profile: &'r RosterProfile,
    exports: &'r [Export<'d>],
    read: ExportRead,
}

impl Joint<'_, '_> {
    fn join(&mut self, households: Vec<Household>, people: Vec<Person>) {
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
