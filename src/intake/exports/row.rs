//! A row of a profile's file as far as it can be read alone: a household, a person, a line of a list.

use std::collections::BTreeSet;

use super::Export;
use super::packed::{Member, Members};
use crate::domain::{Finding, Place, Severity, Source, Text};
use crate::formats;
use crate::intake::claim::{Cell, Claim, Rejection};
use crate::intake::fields::Fields;
use crate::intake::fix_lists::Standing;
use crate::intake::header::Header;
use crate::intake::roster::facts_digest;
use crate::intake::survey::{Survey, Task};
use crate::intake::values::amounts::read_integer;
use crate::intake::values::identity::{cleaned, read_identity};
use crate::intake::values::names::read_account_number;
use crate::intake::values::texts;
use crate::intake::values::{Trouble, shortened};
use crate::policy::{Canonical, FieldId, FieldKind, Helper, Part, RosterProfile};

/// A row as read, and where it stands among the files.
pub(super) struct Base {
    /// Its claim.
    pub(super) claim: Claim,
    /// Position of its file.
    pub(super) file: usize,
    /// Position of the file whose name speaks of it: the original's, for a row of a fix list.
    pub(super) named_by: usize,
    /// Its row in the file's survey.
    pub(super) task: Task,
    /// Fields of which a cell is filled, whether or not it could be read.
    pub(super) filled: Vec<FieldId>,
    /// 照料人: identity number and name.
    pub(super) carer: (Text, Text),
}

impl Base {
    /// Whether a cell of the field is filled.
    pub(super) fn has(&self, field: FieldId) -> bool {
        self.filled.contains(&field)
    }
}

/// A household's row.
pub(super) struct Household {
    /// The row.
    pub(super) base: Base,
    /// The head's identity number as written.
    pub(super) key: Text,
    /// 保障人口
    pub(super) insured: Option<i64>,
    /// The figure is there and cannot be read.
    pub(super) insured_unreadable: bool,
    /// Where it stands.
    pub(super) insured_place: Place,
    /// Members in its cells.
    pub(super) members: Vec<Member>,
    /// Rows elsewhere that say the same of it.
    pub(super) again: Vec<Source>,
}

impl Household {
    /// All that it says, as one number.
    pub(super) fn facts(&self) -> u64 {
        use std::hash::{BuildHasher, Hash, Hasher};
        let mut hasher = rustc_hash::FxBuildHasher.build_hasher();
        (facts_digest(&self.base.claim), &self.base.carer, &self.base.filled).hash(&mut hasher);
        (&self.key, self.insured, self.insured_unreadable).hash(&mut hasher);
        for member in &self.members {
            (&member.identity.written, &member.name, member.identity.trouble.is_some()).hash(&mut hasher);
        }
        hasher.finish()
    }
}

/// A person's row.
pub(super) struct Person {
    /// The row.
    pub(super) base: Base,
    /// The head's identity number as written.
    pub(super) key: Text,
    /// Where it stands.
    pub(super) place: Place,
}

/// A row of a profile's file.
pub(super) enum RowRead {
    Alone(Box<Base>),
    Household(Box<Household>),
    Person(Box<Person>),
}

impl RowRead {
    fn base(&self) -> &Base {
        match self {
            RowRead::Alone(base) => base,
            RowRead::Household(household) => &household.base,
            RowRead::Person(person) => &person.base,
        }
    }

    fn base_mut(&mut self) -> &mut Base {
        match self {
            RowRead::Alone(base) => base,
            RowRead::Household(household) => &mut household.base,
            RowRead::Person(person) => &mut person.base,
        }
    }
}

impl Standing for RowRead {
    fn claim(&self) -> &Claim {
        &self.base().claim
    }

    fn claim_mut(&mut self) -> &mut Claim {
        &mut self.base_mut().claim
    }

    fn facts(&self) -> u64 {
        use std::hash::{BuildHasher, Hash, Hasher};
        let mut hasher = rustc_hash::FxBuildHasher.build_hasher();
        match self {
            RowRead::Household(household) => return household.facts(),
            RowRead::Alone(_) => {}
            RowRead::Person(person) => person.key.hash(&mut hasher),
        }
        (facts_digest(self.claim()), &self.base().carer).hash(&mut hasher);
        hasher.finish()
    }

    fn counts(&self) -> bool {
        // A household's people are counted where they are met.
        !matches!(self, RowRead::Household(_))
    }

    fn stand_for(&mut self, file: usize) {
        self.base_mut().named_by = file;
    }

    fn named_by(&self) -> usize {
        self.base().named_by
    }
}

/// Reads the rows of one file.
pub(super) struct Reader<'r, 'd> {
    pub(super) fields: Fields<'d>,
    pub(super) profile: &'r RosterProfile,
    pub(super) export: &'r Export<'d>,
    pub(super) survey: &'r Survey<'d>,
    /// Position of the file.
    pub(super) file: usize,
}

/// The cells of a row that no field has, and what was said of it.
struct Beside<'r, 'c, 'd> {
    survey: &'r Survey<'d>,
    task: &'r Task,
    header: &'r Header,
    cells: &'c [formats::Cell<'d>],
    /// Nothing is said of the cells of a row that is set aside as a whole.
    silent: bool,
    findings: &'c mut Vec<Finding>,
}

impl<'c, 'd> Beside<'_, 'c, 'd> {
    /// The filled cells of the columns that a profile reads by this.
    fn all(&self, helper: Helper) -> Vec<(usize, &'c formats::Cell<'d>)> {
        let filled =
            |index: usize| self.cells.get(index).filter(|cell| !cell.is_blank()).map(|cell| (index, cell));
        self.header.helpers(helper).filter_map(filled).collect()
    }

    fn first(&self, helper: Helper) -> Option<(usize, &'c formats::Cell<'d>)> {
        self.all(helper).first().copied()
    }

    /// Whether the columns of a helper that stands more than once say the same (READING 9); said where they do not.
    fn agree(&mut self, helper: Helper, claim: &Claim) -> bool {
        let all = self.all(helper);
        let Some(((first, one), others)) = all.split_first() else { return true };
        let text = |cell: &formats::Cell<'_>| Text::from(cleaned(&cell.shown()).as_ref());
        let Some((index, other)) = others.iter().find(|(_, other)| text(other) != text(one)) else {
            return true;
        };
        let trouble = Trouble::written("columns-differ", &trimmed(other))
            .with("other", self.header.label(*first))
            .with("there", shortened(&trimmed(one)));
        self.say(*index, Severity::Error, trouble, claim);
        false
    }

    fn text(&self, helper: Helper) -> Text {
        self.first(helper).map_or_else(Text::default, |(_, cell)| trimmed(cell))
    }

    fn is_filled(&self, index: usize) -> bool {
        self.cells.get(index).is_some_and(|cell| !cell.is_blank())
    }

    fn say(&mut self, index: usize, severity: Severity, trouble: Trouble, claim: &Claim) {
        if !self.silent {
            let place = self.survey.place_of(self.task, Some(index));
            let mut finding = Finding::new(trouble.code, severity, place).about(claim.resident, &claim.name);
            finding.arguments = trouble.arguments;
            self.findings.push(finding);
        }
    }
}

impl Reader<'_, '_> {
    /// Reads it.
    pub(super) fn row(&self, task: &Task, findings: &mut Vec<Finding>) -> RowRead {
        let mut own = Vec::with_capacity(48);
        let mut claim = self.survey.read(task, &mut own, findings);
        let mut own = Vec::with_capacity(48);
        let cells = self.survey.cells_of(task, &mut own);
        let header = self.survey.header_of(task);
        let silent = claim.rejected.is_some_and(|rejection| {
            matches!(
                rejection,
                Rejection::CellCount | Rejection::Encoding | Rejection::Hidden | Rejection::Struck
            )
        });
        let mut beside = Beside { survey: self.survey, task, header, cells, silent, findings };
        let named = header.columns.iter().filter_map(|column| Some((column.field?, column.index)));
        let mut filled: Vec<FieldId> =
            named.filter(|(_, index)| beside.is_filled(*index)).map(|(field, _)| field).collect();
        filled.extend(self.illness(&mut claim, &beside));
        filled.extend(second_account(&mut claim, &mut beside));
        let carer = self.carer(&claim, &mut beside);
        let mut base = Base { claim, file: self.file, named_by: self.file, task: *task, filled, carer };
        match self.export.kind.part {
            Part::List => {
                self.hukou_of_name(&mut base);
                RowRead::Alone(Box::new(base))
            }
            Part::Person => self.person(base, &mut beside),
            Part::Household => self.household(base, &mut beside),
        }
    }

    /// An illness of the pack's list sets its flag; gives the flag's field then.
    fn illness(&self, claim: &mut Claim, beside: &Beside<'_, '_, '_>) -> Option<FieldId> {
        let (field, words) = self.profile.illness.as_ref()?;
        let slot = self.fields.roster.slot(*field)?;
        let texts: Vec<Text> =
            beside.all(Helper::Illness).into_iter().map(|(_, cell)| trimmed(cell)).collect();
        let mut named = texts.iter().flat_map(|text| words_of(text));
        if !named.any(|word| words.iter().any(|serious| *serious == word)) {
            return None;
        }
        claim.extra[slot] = Cell::Flag(true);
        Some(*field)
    }

    fn carer(&self, claim: &Claim, beside: &mut Beside<'_, '_, '_>) -> (Text, Text) {
        let mut carer = (beside.text(Helper::CarerId), beside.text(Helper::CarerName));
        if self.profile.carer_is_payee
            && let Some((index, written)) = beside.first(Helper::CarerId)
        {
            let identity = read_identity(written, self.fields.cycle, self.fields.confirmed);
            carer.0 = identity.resident.map_or_else(Text::default, |_| identity.written);
            if let Some(trouble) = identity.trouble {
                beside.say(index, Severity::Error, trouble, claim);
            }
        }
        carer
    }

    fn person(&self, mut base: Base, beside: &mut Beside<'_, '_, '_>) -> RowRead {
        let index = beside.header.helpers(Helper::HeadId).next();
        let mut place = self.survey.place_of(&base.task, index);
        let key = match beside.first(Helper::HeadId) {
            Some((_, formats::Cell::Text(text))) => Text::from(cleaned(text).as_ref()),
            Some((index, cell)) => {
                // Whose household it is was said by a number that may have lost digits (READING 10).
                let identity = read_identity(cell, self.fields.cycle, self.fields.confirmed);
                place = self.survey.place_of(&base.task, Some(index));
                base.claim.incomplete = true;
                if let Some(trouble) = identity.trouble {
                    beside.say(index, Severity::Error, trouble, &base.claim);
                }
                identity.written
            }
            None if base.claim.head => base.claim.id_written.clone(),
            None => Text::default(),
        };
        base.claim.incomplete |= !beside.agree(Helper::HeadId, &base.claim);
        RowRead::Person(Box::new(Person { base, key, place }))
    }

    fn household(&self, base: Base, beside: &mut Beside<'_, '_, '_>) -> RowRead {
        let mut insured = None;
        let mut insured_unreadable = !beside.agree(Helper::Insured, &base.claim);
        let mut insured_place = self.survey.place_of(&base.task, None);
        if let Some((index, cell)) = beside.first(Helper::Insured) {
            insured_place = self.survey.place_of(&base.task, Some(index));
            match read_integer(cell, 0, 999, &[]) {
                Ok(number) => insured = number,
                Err(trouble) => {
                    insured_unreadable = true;
                    beside.say(index, Severity::Error, trouble, &base.claim);
                }
            }
        } else if let Some(index) = beside.header.helpers(Helper::Insured).next() {
            let trouble = Trouble { code: "household-count-blank", arguments: Vec::new() };
            beside.say(index, Severity::Warning, trouble, &base.claim);
        }
        let read = Members::read(beside.header, beside.cells, self.fields);
        for (index, severity, trouble) in read.troubles {
            beside.say(index, severity, trouble, &base.claim);
        }
        let key = base.claim.id_written.clone();
        let members = read.members;
        RowRead::Household(Box::new(Household {
            base,
            key,
            insured,
            insured_unreadable,
            insured_place,
            members,
            again: Vec::new(),
        }))
    }

    /// 户口性质 by the file's name, where no cell of the row says so.
    pub(super) fn hukou_of_name(&self, base: &mut Base) {
        if self.profile.hukou_from_name && !base.has(Canonical::Hukou.id()) {
            base.claim.hukou = hukou_of_name(self.fields, self.export.name);
        }
    }
}

/// Further columns of account numbers serve where the first is blank. Two that differ are set aside (READING 9);
/// where one cannot be read, nobody can say that they agree, and the payment is held (READING 17).
fn second_account(claim: &mut Claim, beside: &mut Beside<'_, '_, '_>) -> Option<FieldId> {
    let field = Canonical::AccountNo.id();
    let first = beside.header.column(field).map(|column| column.index);
    let mut told = first.filter(|index| beside.is_filled(*index));
    let all = beside.all(Helper::SecondAccount);
    let mut notes = Vec::new();
    for (index, cell) in &all {
        let read = read_account_number(cell, &mut notes);
        for note in notes.drain(..) {
            beside.say(*index, Severity::Warning, note, claim);
        }
        match (read, told) {
            (Ok(None), _) => continue,
            (Ok(Some(number)), None) => claim.account.number = number,
            (Ok(Some(number)), Some(other)) => {
                if !claim.account.number.is_empty() && number != claim.account.number {
                    let trouble = Trouble::written("columns-differ", &trimmed(cell))
                        .with("other", beside.header.label(other))
                        .with("there", shortened(&claim.account.number));
                    beside.say(*index, Severity::Error, trouble, claim);
                    claim.rejected.get_or_insert(Rejection::ColumnsDiffer);
                }
            }
            (Err(trouble), _) => {
                claim.account.number = Text::default();
                beside.say(*index, Severity::Error, trouble, claim);
            }
        }
        told = told.or(Some(*index));
    }
    told.filter(|_| !all.is_empty()).map(|_| field)
}

/// The code whose longest word stands in a file's name.
pub(super) fn hukou_of_name(fields: Fields<'_>, file: &str) -> Cell {
    let FieldKind::Code(table) = &fields.rulebook.field(Canonical::Hukou.id()).kind else {
        return Cell::Missing;
    };
    let words = table.iter().enumerate().flat_map(|(code, entry)| {
        entry
            .words
            .iter()
            .filter(|word| file.contains(word.as_str()))
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

fn trimmed(cell: &formats::Cell<'_>) -> Text {
    texts::trimmed(&cell.shown()).into()
}

fn words_of(text: &str) -> impl Iterator<Item = &str> {
    text.split(|sign: char| "、，,;；/| \u{3000}\n".contains(sign))
        .map(str::trim)
        .filter(|word| !word.is_empty())
}
