//! One cell → one field of a claim, by the field's kind. Used for rosters' rows and for change sheets.

use rustc_hash::FxHashMap;

use super::claim::{Cell, Claim, RowStatus};
use super::values::amounts::{Units, read_amount, read_integer};
use super::values::codes::{find_township, read_code, read_flag};
use super::values::dates::{read_date, read_month};
use super::values::identity::{read_certificate, read_identity};
use super::values::names::{read_account_name, read_account_number, read_name};
use super::values::texts::{read_label, read_text, squeezed};
use super::values::{Reading, Trouble};
use crate::domain::{Month, Text, Township};
use crate::formats;
use crate::policy::{Blank, Canonical, FieldId, FieldKind, Roster, RosterId, Rulebook};

/// What a roster's fields are read by.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'a> {
    /// The pack.
    pub rulebook: &'a Rulebook,
    /// The roster.
    pub roster: &'a Roster,
    /// The cycle month: nobody is born after it.
    pub cycle: Month,
    /// Identity numbers with a wrong check digit that are real.
    pub confirmed: &'a [Text],
    /// The division table by every name, where many rows are read.
    pub townships: Option<&'a Townships>,
    /// A profile says that who is listed is active where there is no column 状态.
    pub active: bool,
    /// Rows get what they lack from another file; what is needed is asked for after that.
    pub joined: bool,
}

/// The division table by code, name and alias.
#[derive(Debug, Clone, Default)]
pub struct Townships(FxHashMap<Text, u16>);

impl Townships {
    /// Of several rows with one name the first, as [`crate::domain::Divisions::find`] has it.
    pub fn new(divisions: &crate::domain::Divisions) -> Townships {
        let mut townships = FxHashMap::default();
        for (row, division) in divisions.rows().iter().enumerate() {
            for name in [&division.code, &division.name].into_iter().chain(&division.aliases) {
                townships.entry(name.clone()).or_insert(row as u16);
            }
        }
        Townships(townships)
    }
}

/// Where a cell comes from, as far as it changes how it is read.
#[derive(Debug, Clone, Copy, Default)]
pub struct Origin {
    /// Units outside the cell.
    pub units: Units,
    /// Whether it stands in delimited text.
    pub text_file: bool,
}

/// The position of a canonical field, if it is one.
pub fn canonical(field: FieldId) -> Option<Canonical> {
    Canonical::ALL.get(usize::from(field.0)).copied()
}

impl<'a> Fields<'a> {
    /// The fields of a roster.
    pub fn new(rulebook: &'a Rulebook, roster: RosterId, cycle: Month, confirmed: &'a [Text]) -> Fields<'a> {
        Fields {
            rulebook,
            roster: rulebook.roster(roster),
            cycle,
            confirmed,
            townships: None,
            active: false,
            joined: false,
        }
    }

    /// The fields of the roster, in the order of its usual header.
    pub fn all(&self) -> impl Iterator<Item = FieldId> + use<'a> {
        Canonical::ALL.iter().map(|field| field.id()).chain(self.roster.extra.iter().copied())
    }

    /// What a blank cell means: DESIGN §7's always needed fields, else what the pack says.
    pub fn blank(&self, field: FieldId) -> Blank {
        if self.joined && field != Canonical::ResidentId.id() {
            // The other file may have it: what is needed is asked for once both have spoken.
            return match self.roster.blank(field, self.rulebook) {
                Blank::Default(number) => Blank::Default(*number),
                _ => Blank::Empty,
            };
        }
        match canonical(field) {
            Some(Canonical::ResidentId | Canonical::Status) => Blank::Rejects,
            Some(Canonical::FirstMonth) if self.roster.once => Blank::Empty,
            Some(Canonical::FirstMonth) => Blank::Rejects,
            Some(Canonical::HouseholdId | Canonical::Relation) if self.roster.household => Blank::Rejects,
            Some(Canonical::LastMonth) => Blank::Empty,
            _ => self.roster.blank(field, self.rulebook).clone(),
        }
    }

    /// A claim with nothing in it.
    pub fn empty_claim(&self, source: crate::domain::Source) -> Claim {
        Claim {
            source,
            rejected: None,
            resident: None,
            id_written: Text::default(),
            name: Text::default(),
            household_id: Text::default(),
            relation: Text::default(),
            head: false,
            hukou: Cell::Empty,
            township: Township::Unknown(Text::default()),
            community: Text::default(),
            first_month: Cell::Empty,
            last_month: Cell::Empty,
            status: None,
            declared_amount: Cell::Empty,
            account: crate::domain::Account::default(),
            payee_id: None,
            payee_name: Text::default(),
            case_no: Text::default(),
            choice: Text::default(),
            extra: vec![Cell::Empty; self.roster.extra.len()].into_boxed_slice(),
            incomplete: false,
        }
    }

    /// Reads a cell into a field. `Ok(false)`: the cell is blank, the field is left as it was.
    /// On trouble the field is emptied, or [`Cell::Missing`].
    ///
    /// # Errors
    /// The trouble with the cell.
    pub fn set(
        &self,
        claim: &mut Claim,
        field: FieldId,
        cell: &formats::Cell<'_>,
        origin: Origin,
        notes: &mut Vec<Trouble>,
    ) -> Result<bool, Trouble> {
        match canonical(field) {
            Some(canonical) => self.set_canonical(claim, canonical, cell, origin, notes),
            None => {
                let Some(slot) = self.roster.slot(field) else { return Ok(true) };
                let reading = self.read(field, cell, origin, notes);
                put(&mut claim.extra[slot], reading)
            }
        }
    }

    fn set_canonical(
        &self,
        claim: &mut Claim,
        field: Canonical,
        cell: &formats::Cell<'_>,
        origin: Origin,
        notes: &mut Vec<Trouble>,
    ) -> Result<bool, Trouble> {
        match field {
            Canonical::ResidentId => {
                let identity = read_identity(cell, self.cycle, self.confirmed);
                claim.resident = identity.resident;
                claim.id_written = identity.written;
                match identity.trouble {
                    Some(trouble) => Err(trouble),
                    None => Ok(claim.resident.is_some()),
                }
            }
            Canonical::PayeeId => {
                let identity = read_identity(cell, self.cycle, self.confirmed);
                claim.payee_id = identity.resident;
                match identity.trouble {
                    Some(trouble) => Err(trouble),
                    None => Ok(claim.payee_id.is_some()),
                }
            }
            Canonical::Name => write(&mut claim.name, read_name(cell, notes)),
            Canonical::PayeeName => write(&mut claim.payee_name, read_name(cell, notes)),
            Canonical::AccountName => write(&mut claim.account.name, read_account_name(cell, notes)),
            Canonical::AccountNo => write(&mut claim.account.number, read_account_number(cell, notes)),
            Canonical::Bank => write(&mut claim.account.bank, read_text(cell)),
            Canonical::Community => write(&mut claim.community, read_text(cell)),
            Canonical::HouseholdId => write(&mut claim.household_id, read_label(cell)),
            Canonical::CaseNo => write(&mut claim.case_no, read_label(cell)),
            Canonical::Relation => {
                let filled = write(&mut claim.relation, read_text(cell))?;
                claim.head = self.is_head(&claim.relation);
                Ok(filled)
            }
            Canonical::Township => {
                if let (Some(townships), formats::Cell::Text(text)) = (self.townships, cell)
                    && let Some(row) = townships.0.get(text.as_ref())
                {
                    claim.township = Township::Known(*row);
                    return Ok(true);
                }
                let written = read_text(cell)?.unwrap_or_default();
                claim.township = find_township(&written, &self.rulebook.divisions);
                if let Township::Unknown(written) = &claim.township {
                    notes.push(Trouble::written("township-unknown", written));
                }
                Ok(true)
            }
            Canonical::Hukou => put(&mut claim.hukou, self.read(field.id(), cell, origin, notes)),
            Canonical::FirstMonth => {
                let reading =
                    read_month(cell, false, origin.text_file, notes).map(|month| month.map(Cell::Month));
                put(&mut claim.first_month, reading)
            }
            Canonical::LastMonth => {
                let reading =
                    read_month(cell, true, origin.text_file, notes).map(|month| month.map(Cell::Month));
                put(&mut claim.last_month, reading)
            }
            Canonical::DeclaredAmount => {
                let reading = read_amount(cell, origin.units, notes).map(|amount| amount.map(Cell::Money));
                put(&mut claim.declared_amount, reading)
            }
            Canonical::Status => {
                claim.status = None;
                let FieldKind::Code(table) = &self.rulebook.field(field.id()).kind else { return Ok(false) };
                let Some(code) = read_code(cell, table)? else { return Ok(false) };
                claim.status = table.get(usize::from(code)).and_then(|entry| match entry.code.as_str() {
                    "active" => Some(RowStatus::Active),
                    "suspended" => Some(RowStatus::Suspended),
                    "stopped" => Some(RowStatus::Stopped),
                    _ => None,
                });
                Ok(claim.status.is_some())
            }
            Canonical::Choice => {
                claim.choice = Text::default();
                let Some(written) = read_text(cell)? else { return Ok(false) };
                claim.choice =
                    self.programme_code(&written).or_else(|| self.row_code(&written)).ok_or_else(|| {
                        let known: Vec<&str> = self
                            .rulebook
                            .programmes
                            .iter()
                            .map(|programme| programme.name.as_str())
                            .collect();
                        Trouble::written("choice-unknown", &written).with("known", known.join("、"))
                    })?;
                Ok(true)
            }
        }
    }

    /// The programme that a recorded choice names, by code or name.
    fn programme_code(&self, written: &str) -> Option<Text> {
        let written = squeezed(written);
        let programmes = &self.rulebook.programmes;
        let named = |programme: &&crate::policy::ProgrammeRule| {
            programme.code.eq_ignore_ascii_case(&written) || squeezed(&programme.name) == written
        };
        programmes.iter().find(named).map(|programme| programme.code.clone())
    }

    /// The code of the rows that a recorded choice names where rows of one person compete within a
    /// programme of this roster (home care: 独居70).
    fn row_code(&self, written: &str) -> Option<Text> {
        let cell = formats::Cell::Text(written.into());
        let of_roster = |programme: &&crate::policy::ProgrammeRule| {
            self.rulebook.roster(programme.roster).code == self.roster.code
        };
        self.rulebook.programmes.iter().filter(of_roster).find_map(|programme| {
            let FieldKind::Code(table) = &self.rulebook.field(programme.higher_of_rows?).kind else {
                return None;
            };
            let position = read_code(&cell, table).ok()??;
            table.get(usize::from(position)).map(|entry| entry.code.clone())
        })
    }

    /// Whether a relation marks the head: 户主, 本人, alone or together.
    fn is_head(&self, relation: &str) -> bool {
        let text = squeezed(relation);
        let bare: String =
            text.chars().filter(|character| !matches!(character, '(' | ')' | '/' | '、')).collect();
        if matches!(bare.as_str(), "户主" | "本人" | "户主本人" | "本人户主" | "head") {
            return true;
        }
        match &self.rulebook.field(Canonical::Relation.id()).kind {
            FieldKind::Code(table) => table
                .iter()
                .any(|entry| entry.code == "head" && entry.words.iter().any(|word| squeezed(word) == text)),
            _ => false,
        }
    }

    /// Reads a cell by a field's kind.
    pub fn read(
        &self,
        field: FieldId,
        cell: &formats::Cell<'_>,
        origin: Origin,
        notes: &mut Vec<Trouble>,
    ) -> Reading<Cell> {
        let rule = self.rulebook.field(field);
        let open_end = is_end(&rule.code) && *self.roster.blank(field, self.rulebook) == Blank::Empty;
        read_kind(&rule.kind, cell, open_end, origin, self.cycle, notes)
    }

    /// What a blank cell of a field leaves in the claim.
    pub fn default_cell(&self, field: FieldId, blank: &Blank) -> Cell {
        match blank {
            Blank::Empty => Cell::Empty,
            Blank::Missing | Blank::Rejects => Cell::Missing,
            Blank::Default(number) => match &self.rulebook.field(field).kind {
                FieldKind::Flag { .. } => Cell::Flag(*number != 0),
                FieldKind::Code(_) => Cell::Code(u16::try_from(*number).unwrap_or(0)),
                FieldKind::Money => {
                    crate::domain::Money::half_up((*number).into()).map_or(Cell::Missing, Cell::Money)
                }
                _ => Cell::Integer(*number),
            },
        }
    }

    /// Fills a field whose cell is blank or whose column is not there.
    pub fn set_blank(&self, claim: &mut Claim, field: FieldId, blank: &Blank) {
        let cell = self.default_cell(field, blank);
        match canonical(field) {
            None => {
                if let Some(slot) = self.roster.slot(field) {
                    claim.extra[slot] = cell;
                }
            }
            Some(Canonical::Hukou) => claim.hukou = cell,
            Some(Canonical::FirstMonth) => claim.first_month = cell,
            Some(Canonical::LastMonth) => claim.last_month = cell,
            Some(Canonical::DeclaredAmount) => claim.declared_amount = cell,
            Some(_) => {}
        }
    }
}

/// Whether a field says until when: there 长期 and 至今 mean that no end is set (READING 12).
pub fn is_end(code: &str) -> bool {
    code.ends_with("_until") || code == "last_month"
}

/// Reads a cell by a kind.
pub fn read_kind(
    kind: &FieldKind,
    cell: &formats::Cell<'_>,
    open_end: bool,
    origin: Origin,
    cycle: Month,
    notes: &mut Vec<Trouble>,
) -> Reading<Cell> {
    Ok(match kind {
        FieldKind::Money => read_amount(cell, origin.units, notes)?.map(Cell::Money),
        FieldKind::Integer { least, most, words } => {
            read_integer(cell, *least, *most, words)?.map(Cell::Integer)
        }
        FieldKind::Date => read_date(cell, open_end, origin.text_file)?.map(Cell::Date),
        FieldKind::Month => read_month(cell, open_end, origin.text_file, notes)?.map(Cell::Month),
        FieldKind::Code(table) => read_code(cell, table)?.map(Cell::Code),
        FieldKind::Flag { yes, no } => read_flag(cell, yes, no)?.map(Cell::Flag),
        FieldKind::Name => read_name(cell, notes)?.map(Cell::Text),
        FieldKind::Text => read_text(cell)?.map(Cell::Text),
        FieldKind::Certificate { .. } => {
            read_certificate(cell)?.map(|certificate| Cell::Text(certificate.number))
        }
        FieldKind::ResidentId => {
            let identity = read_identity(cell, cycle, &[]);
            match identity.trouble {
                Some(trouble) => return Err(trouble),
                None => identity.resident.map(|_| Cell::Text(identity.written)),
            }
        }
    })
}

fn put(target: &mut Cell, reading: Reading<Cell>) -> Result<bool, Trouble> {
    match reading {
        Ok(Some(cell)) => {
            *target = cell;
            Ok(true)
        }
        Ok(None) => Ok(false),
        Err(trouble) => {
            *target = Cell::Missing;
            Err(trouble)
        }
    }
}

fn write(target: &mut Text, reading: Reading<Text>) -> Result<bool, Trouble> {
    match reading {
        Ok(Some(text)) => {
            *target = text;
            Ok(true)
        }
        Ok(None) => {
            *target = Text::default();
            Ok(false)
        }
        Err(trouble) => {
            *target = Text::default();
            Err(trouble)
        }
    }
}
