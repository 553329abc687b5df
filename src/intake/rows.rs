//! One data row → one claim and its findings.

use super::claim::{Cell, Claim, Rejection, RowStatus};
use super::fields::{Fields, Origin};
use super::header::Header;
use super::unread::Unread;
use super::values::Trouble;
use super::values::dates::{Day, read_day};
use super::values::identity::{cleaned, read_certificate};
use super::values::texts::squeezed;
use crate::domain::{FileId, Finding, Place, Severity, Source, Text};
use crate::formats::{self, Row, RowState};
use crate::policy::{Blank, Canonical, FieldId, FieldKind};
use rustc_hash::FxHashSet;

/// A column in the order in which it is read: identity number and name first, so that findings can
/// say whom they concern.
#[derive(Debug, Clone)]
struct Plan {
    field: FieldId,
    index: usize,
    /// Further columns of the same field (READING 9).
    doubles: Vec<usize>,
    origin: Origin,
    blank: Blank,
    /// 万元 over whole numbers from 100 on: the column is not read (READING 14).
    implausible: bool,
}

/// Where a sheet's rows stand.
#[derive(Debug, Clone, Copy)]
pub struct Stand<'a> {
    /// The file.
    pub file: FileId,
    /// Its name.
    pub file_name: &'a str,
    /// Sheet number, 0 for delimited text.
    pub sheet: u16,
    /// Its name.
    pub sheet_name: &'a str,
    /// Whether the file is delimited text.
    pub delimited: bool,
}

impl Stand<'_> {
    /// A place in it.
    pub fn place(&self, row: u32, column: Text) -> Place {
        Place { file: self.file_name.into(), sheet: self.sheet_name.into(), row, column }
    }
}

/// How the rows under one header are read.
#[derive(Debug, Clone)]
pub struct Table<'a> {
    fields: Fields<'a>,
    stand: Stand<'a>,
    header: Header,
    plans: Vec<Plan>,
    unread: Unread,
    absent: Vec<(FieldId, Blank)>,
    absent_needed: Option<FieldId>,
    /// A claim with what absent columns leave in it.
    template: Claim,
    certificate: Option<(usize, FieldId, FieldId)>,
}

impl<'a> Table<'a> {
    /// A table under a header. `implausible` lists columns that are not read.
    pub fn new(fields: Fields<'a>, stand: Stand<'a>, header: Header, implausible: &[usize]) -> Table<'a> {
        let mut plans: Vec<Plan> = Vec::new();
        for column in &header.columns {
            let Some(field) = column.field else { continue };
            if let Some(plan) = plans.iter_mut().find(|plan| plan.field == field) {
                plan.doubles.push(column.index);
                continue;
            }
            plans.push(Plan {
                field,
                index: column.index,
                doubles: Vec::new(),
                origin: Origin { units: header.units(column), text_file: stand.delimited },
                blank: fields.blank(field),
                implausible: implausible.contains(&column.index),
            });
        }
        let rank = |field: FieldId| match super::fields::canonical(field) {
            Some(Canonical::ResidentId) => 0,
            Some(Canonical::Name) => 1,
            _ => 2,
        };
        plans.sort_by_key(|plan| (rank(plan.field), plan.index));
        let all = Canonical::ALL.iter().map(|field| field.id()).chain(fields.roster.extra.iter().copied());
        let absent: Vec<(FieldId, Blank)> = all
            .filter(|field| !plans.iter().any(|plan| plan.field == *field))
            .map(|field| match super::fields::canonical(field) {
                Some(Canonical::Status) if fields.active => (field, Blank::Empty),
                _ => (field, fields.blank(field)),
            })
            .collect();
        let absent_needed =
            absent.iter().find(|(_, blank)| *blank == Blank::Rejects).map(|(field, _)| *field);
        let certificate = fields.roster.extra.iter().enumerate().find_map(|(slot, field)| {
            match fields.rulebook.field(*field).kind {
                FieldKind::Certificate { kind, grade } => Some((slot, kind, grade)),
                _ => None,
            }
        });
        let nowhere = Source { file: stand.file, sheet: stand.sheet, row: 0 };
        let mut template = fields.empty_claim(nowhere);
        if fields.active && absent.iter().any(|(field, _)| *field == Canonical::Status.id()) {
            template.status = Some(RowStatus::Active);
        }
        for (field, blank) in &absent {
            fields.set_blank(&mut template, *field, blank);
        }
        let unread = Unread::new(&header);
        Table { fields, stand, header, plans, unread, absent, absent_needed, template, certificate }
    }

    /// Where its rows stand.
    pub fn stand(&self) -> Stand<'a> {
        self.stand
    }

    /// The header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The columns of a field in the order in which they are read, and whether they are read at all.
    pub fn columns_of(&self, field: FieldId) -> Option<(impl Iterator<Item = usize>, Origin, bool)> {
        let plan = self.plans.iter().find(|plan| plan.field == field)?;
        let columns = std::iter::once(plan.index).chain(plan.doubles.iter().copied());
        Some((columns, plan.origin, !plan.implausible))
    }

    /// One finding for each needed column that is not there, and for each field with two columns.
    pub fn header_findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let place = |column: Text| self.stand.place(self.header.row, column);
        for (field, blank) in &self.absent {
            let own = self.fields.roster.slot(*field).is_some()
                || self.fields.roster.blanks.iter().any(|(needed, _)| needed == field);
            let severity = match (blank, super::fields::canonical(*field)) {
                (Blank::Rejects, _) => Severity::Error,
                // The other file has it, or says that it has not.
                _ if self.fields.joined => continue,
                (Blank::Missing, _) if own => Severity::Error,
                (_, Some(Canonical::Township | Canonical::Name)) => Severity::Warning,
                _ => continue,
            };
            let name = self.fields.rulebook.field(*field).headers.first().map_or("", Text::as_str);
            findings
                .push(Finding::new("column-missing", severity, place(Text::default())).with("field", name));
        }
        for plan in self.plans.iter().filter(|plan| !plan.doubles.is_empty()) {
            let others: Vec<Text> = plan.doubles.iter().map(|index| self.header.label(*index)).collect();
            findings.push(
                Finding::new(
                    "columns-for-one-field",
                    Severity::Warning,
                    place(self.header.label(plan.index)),
                )
                .with("other", others.join("; ")),
            );
        }
        let known = [self.header.birth, self.header.serial];
        let unread: Vec<Text> = self
            .header
            .columns
            .iter()
            .filter(|column| column.field.is_none() && column.helper.is_none())
            .filter(|column| !known.contains(&Some(column.index)))
            .filter(|column| !super::fix_lists::is_own_column(&column.written))
            .map(|column| super::header::label(column.index, &super::values::shortened(&column.written)))
            .collect();
        if !unread.is_empty() {
            // Thousands of stray columns are said by their number.
            let shown = unread.len().min(40);
            let more = if unread.len() > shown { format!("; … ({})", unread.len()) } else { String::new() };
            // A column that says when or that somebody's payments end is not passed over in silence.
            let ends = |column: &Text| {
                ["停发", "停止享受"].iter().any(|word| column.contains(word))
                    && !["原因", "依据", "文号", "备注", "说明"].iter().any(|word| column.contains(word))
            };
            // Nor is another number of somebody: 身份证号2.
            let person = |column: &Text| {
                let bare = column.trim_end_matches(|sign: char| sign.is_ascii_digit());
                bare.len() < column.len()
                    && ["身份证号", "身份证号码"].iter().any(|name| bare.ends_with(name))
            };
            let notable = unread.iter().any(|column| ends(column) || person(column));
            let severity = if notable { Severity::Warning } else { Severity::Info };
            let finding = Finding::new("columns-not-read", severity, place(Text::default()));
            findings.push(finding.with("columns", format!("{}{more}", unread[..shown].join("; "))));
        }
        findings.extend(self.near_names());
        for plan in self.plans.iter().filter(|plan| plan.implausible) {
            findings.push(Finding::new(
                "unit-implausible",
                Severity::Error,
                place(self.header.label(plan.index)),
            ));
        }
        findings
    }

    /// One finding for each column that nothing reads and whose header is almost that of a field without a column:
    /// one sign more, less or other.
    fn near_names(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        if self.fields.joined {
            return findings;
        }
        let names: Vec<(&Text, Text)> = self
            .absent
            .iter()
            .flat_map(|(field, _)| &self.fields.rulebook.field(*field).headers)
            .map(|name| (name, super::header::normalised(name)))
            .collect();
        // A table may have a million columns: each is looked at once.
        let remarks: FxHashSet<usize> = self.unread.remarks().iter().copied().collect();
        for column in self.header.columns.iter().filter(|column| remarks.contains(&column.index)) {
            let text = super::header::normalised(&column.written);
            if text.chars().count() < 3 {
                continue;
            }
            if let Some((name, _)) = names.iter().find(|(_, name)| strsim::levenshtein(name, &text) == 1) {
                let label = super::header::label(column.index, &column.written);
                let place = self.stand.place(self.header.row, label);
                findings.push(Finding::new("column-near", Severity::Warning, place).with("field", name));
            }
        }
        findings
    }

    /// Whether a row's own status says that it has ended.
    pub fn says_ended(&self, row: &Row<'_, '_>) -> bool {
        let Some(column) = self.header.column(Canonical::Status.id()) else { return false };
        let Some(cell) = row.cells.get(column.index) else { return false };
        let mut claim = self.template.clone();
        let read =
            self.fields.set(&mut claim, Canonical::Status.id(), cell, Origin::default(), &mut Vec::new());
        read == Ok(true) && claim.status != Some(RowStatus::Active)
    }

    /// Whether a record has another number of cells than the header (READING 4): surplus cells must
    /// be empty.
    pub fn cell_count_differs(&self, row: &Row<'_, '_>) -> bool {
        if !self.stand.delimited || row.cells.len() == self.header.cells {
            return false;
        }
        if row.cells.len() < self.header.width {
            return true;
        }
        row.cells[self.header.width.min(row.cells.len())..].iter().any(|cell| !cell.is_blank())
    }

    /// Reads a row.
    pub fn read(&self, row: &Row<'_, '_>, findings: &mut Vec<Finding>) -> Claim {
        let mut claim = self.template.clone();
        claim.source.row = row.number;
        let aside = match row.state {
            RowState::Undecodable => Some((Rejection::Encoding, "line-encoding")),
            RowState::OpenQuote => Some((Rejection::CellCount, "quotation-mark-open")),
            RowState::Hidden => Some((Rejection::Hidden, "row-hidden")),
            RowState::Struck => Some((Rejection::Struck, "row-struck")),
            RowState::Plain if self.struck_column(row).is_some() => Some((Rejection::Struck, "row-struck")),
            RowState::Plain if self.cell_count_differs(row) => Some((Rejection::CellCount, "record-cells")),
            RowState::Plain => None,
        };
        let silent = aside.is_some();
        let mut notes: Vec<Trouble> = Vec::new();
        let empty = formats::Cell::Empty;
        for plan in &self.plans {
            let cell = row.cells.get(plan.index).unwrap_or(&empty);
            let outcome = if plan.implausible && !cell.is_blank() {
                self.fields.set_blank(&mut claim, plan.field, &Blank::Missing);
                if plan.blank == Blank::Rejects {
                    claim.rejected.get_or_insert(Rejection::Field(plan.field));
                }
                continue;
            } else {
                self.fields.set(&mut claim, plan.field, cell, plan.origin, &mut notes)
            };
            match outcome {
                Ok(true) => {}
                Ok(false) => {
                    self.fields.set_blank(&mut claim, plan.field, &plan.blank);
                    if plan.blank == Blank::Rejects {
                        claim.rejected.get_or_insert(self.rejection(plan.field));
                    }
                    if matches!(plan.blank, Blank::Rejects | Blank::Missing) && !silent {
                        findings.push(self.finding(
                            &claim,
                            row,
                            plan.index,
                            Severity::Error,
                            blank_trouble(plan.field),
                        ));
                    }
                }
                Err(trouble) => {
                    if plan.blank == Blank::Rejects {
                        claim.rejected.get_or_insert(self.rejection(plan.field));
                    }
                    if !silent {
                        findings.push(self.finding(&claim, row, plan.index, Severity::Error, trouble));
                    }
                }
            }
            if !notes.is_empty() {
                for note in notes.drain(..).filter(|_| !silent) {
                    findings.push(self.finding(&claim, row, plan.index, Severity::Warning, note));
                }
            }
        }
        if let Some(field) = self.absent_needed {
            claim.rejected.get_or_insert(Rejection::Field(field));
        }
        if let Some((rejection, code)) = aside {
            claim.rejected = Some(rejection);
            let trouble = Trouble { code, arguments: Vec::new() }
                .with("cells", row.cells.len().to_string())
                .with("expected", self.header.cells.to_string());
            findings.push(match self.struck_column(row) {
                Some(column) if row.state == RowState::Plain => {
                    self.finding(&claim, row, column, Severity::Error, trouble)
                }
                _ => self.row_finding(&claim, row, Severity::Error, trouble),
            });
            return claim;
        }
        self.compare_doubles(&mut claim, row, findings);
        self.compare_birth(&claim, row, findings);
        self.compare_certificate(&mut claim, row, findings);
        for stray in self.unread.look(row, &claim, self.fields.cycle) {
            let mut finding = self.finding(&claim, row, stray.index, stray.severity, stray.trouble);
            if stray.severity == Severity::Error {
                finding.resident = stray.person;
                finding.name = finding.arguments.first().map(|(_, name)| name.clone()).unwrap_or_default();
            }
            findings.push(finding);
        }
        claim
    }

    /// The first struck-through cell, wholly or in part, of a column that says who is paid, how much or where to:
    /// what is left of such a cell is not what its writer meant (READING 5).
    pub fn struck_column(&self, row: &Row<'_, '_>) -> Option<usize> {
        let says = |plan: &&Plan| match super::fields::canonical(plan.field) {
            Some(Canonical::Township | Canonical::Community | Canonical::CaseNo) => false,
            Some(_) => true,
            None => matches!(
                self.fields.rulebook.field(plan.field).kind,
                FieldKind::Money | FieldKind::Integer { .. } | FieldKind::ResidentId
            ),
        };
        let struck = |index: usize| row.struck.iter().any(|column| *column as usize == index);
        if row.struck.is_empty() {
            return None;
        }
        self.plans
            .iter()
            .filter(says)
            .flat_map(|plan| std::iter::once(plan.index).chain(plan.doubles.iter().copied()))
            .find(|index| struck(*index))
    }

    fn rejection(&self, field: FieldId) -> Rejection {
        if field == Canonical::ResidentId.id() { Rejection::IdentityNumber } else { Rejection::Field(field) }
    }

    fn finding(
        &self,
        claim: &Claim,
        row: &Row<'_, '_>,
        index: usize,
        severity: Severity,
        trouble: Trouble,
    ) -> Finding {
        let place = self.stand.place(row.number, self.header.label(index));
        let mut finding = Finding::new(trouble.code, severity, place).about(claim.resident, &claim.name);
        finding.arguments = trouble.arguments;
        finding
    }

    fn row_finding(&self, claim: &Claim, row: &Row<'_, '_>, severity: Severity, trouble: Trouble) -> Finding {
        let place = self.stand.place(row.number, Text::default());
        let mut finding = Finding::new(trouble.code, severity, place).about(claim.resident, &claim.name);
        finding.arguments = trouble.arguments;
        finding
    }

    /// The word of a certificate's kind of disability, else its number.
    fn kind_word(&self, field: FieldId, kind: u8) -> String {
        let entries = match &self.fields.rulebook.field(field).kind {
            FieldKind::Code(entries) => entries.as_slice(),
            _ => &[],
        };
        let entry = usize::from(kind).checked_sub(1).and_then(|position| entries.get(position));
        entry.and_then(|entry| entry.words.first()).map_or_else(|| kind.to_string(), ToString::to_string)
    }

    /// READING 9: rows where two columns of one field differ are set aside.
    fn compare_doubles(&self, claim: &mut Claim, row: &Row<'_, '_>, findings: &mut Vec<Finding>) {
        for plan in self.plans.iter().filter(|plan| !plan.doubles.is_empty()) {
            let text = |index: usize| {
                row.cells.get(index).map_or(String::new(), |cell| {
                    let shown = cell.shown();
                    if plan.field == Canonical::ResidentId.id() {
                        cleaned(&shown).into_owned()
                    } else {
                        squeezed(&shown).into_owned()
                    }
                })
            };
            let first = text(plan.index);
            // 农村特困 and 农业 are two words of one code, 1200 a year and 100 a month one amount.
            let code = super::fields::canonical(plan.field).is_none() || plan.field == Canonical::Hukou.id();
            let read = |index: usize| {
                let column = self.header.columns.iter().find(|column| column.index == index)?;
                let origin = Origin { units: self.header.units(column), text_file: self.stand.delimited };
                let cell = row.cells.get(index)?;
                self.fields.read(plan.field, cell, origin, &mut Vec::new()).ok().flatten()
            };
            let same = |other: usize| {
                text(other) == first || code && read(plan.index).is_some_and(|one| read(other) == Some(one))
            };
            for other in plan.doubles.iter().copied().filter(|other| !same(*other)) {
                claim.rejected.get_or_insert(Rejection::ColumnsDiffer);
                let trouble = Trouble::written("columns-differ", &first)
                    .with("other", self.header.label(other))
                    .with("there", super::values::shortened(&text(other)));
                findings.push(self.finding(claim, row, plan.index, Severity::Error, trouble));
            }
        }
    }

    /// READING 11: a birth date column that differs from the identity number is a warning.
    fn compare_birth(&self, claim: &Claim, row: &Row<'_, '_>, findings: &mut Vec<Finding>) {
        let (Some(index), Some(resident)) = (self.header.birth, claim.resident) else { return };
        let Some(cell) = row.cells.get(index) else { return };
        let agrees = match read_day(cell, false, false, &mut Vec::new()) {
            Ok(None) => true,
            Ok(Some(Day::Date(date))) => date == resident.birth(),
            Ok(Some(Day::Month(month))) => month == resident.birth_month(),
            Err(_) => false,
        };
        if !agrees {
            let trouble = Trouble::written("birth-differs", &cell.shown())
                .with("expected", resident.birth().format("%Y-%m-%d").to_string());
            findings.push(self.finding(claim, row, index, Severity::Warning, trouble));
        }
    }

    /// DESIGN §7: a certificate that carries another identity number rejects the row; one that
    /// carries another kind or grade defers it.
    fn compare_certificate(&self, claim: &mut Claim, row: &Row<'_, '_>, findings: &mut Vec<Finding>) {
        let Some((slot, kind, grade)) = self.certificate else { return };
        let number = claim.extra[slot].text();
        if number.is_empty() {
            return;
        }
        let cell = formats::Cell::Text(number.into());
        let Ok(Some(certificate)) = read_certificate(&cell) else { return };
        let field = self.fields.roster.extra[slot];
        let index = self.plans.iter().find(|plan| plan.field == field).map_or(0, |plan| plan.index);
        if claim.resident.is_some() && certificate.identity != claim.id_written {
            claim.rejected.get_or_insert(Rejection::Certificate);
            let trouble = Trouble::written("certificate-identity", &certificate.number);
            findings.push(self.finding(claim, row, index, Severity::Error, trouble));
            return;
        }
        let of =
            |field: FieldId| self.fields.roster.slot(field).map_or(&Cell::Empty, |slot| &claim.extra[slot]);
        let kind_differs = matches!(of(kind), Cell::Code(code) if code + 1 != u16::from(certificate.kind));
        let grade_differs =
            matches!(of(grade), Cell::Integer(number) if *number != i64::from(certificate.grade));
        if kind_differs || grade_differs {
            claim.incomplete = true;
            let trouble = Trouble::written("certificate-differs", &certificate.number)
                .with("kind", self.kind_word(kind, certificate.kind))
                .with("grade", certificate.grade.to_string());
            findings.push(self.finding(claim, row, index, Severity::Error, trouble));
        }
    }
}

/// Which blank it is.
fn blank_trouble(field: FieldId) -> Trouble {
    let code = if field == Canonical::ResidentId.id() { "identity-blank" } else { "needed-blank" };
    Trouble { code, arguments: Vec::new() }
}
