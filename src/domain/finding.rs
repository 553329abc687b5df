use super::{ResidentId, Text};

/// How a finding bears on the data (READING 20).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The cell is unused, or the row, household or file is set aside.
    Error,
    /// Used; someone should look.
    Warning,
    /// Said for the record.
    Info,
}

impl Severity {
    /// The fixed word.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        }
    }
}

/// Where a finding is: file, sheet, row, column. All but the file may be unknown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Place {
    /// File name, with the month's folder where it is not the cycle's own roster file.
    pub file: Text,
    /// Sheet name; empty for delimited text.
    pub sheet: Text,
    /// Row as the spreadsheet shows it, or line; 0 for the whole file.
    pub row: u32,
    /// `<letter> <header as written>`; empty for the whole row.
    pub column: Text,
}

impl Place {
    /// The first place of a source as `decisions.csv` writes it: `<file>[!<sheet>]:<row>`, several joined
    /// by `;` (READING 19). A text of another form is the file's name.
    pub fn of_source(source: &str) -> Place {
        let first = source.split(';').next().unwrap_or(source);
        let (file, row) = first.rsplit_once(':').unwrap_or((first, ""));
        let (file, sheet) = file.split_once('!').unwrap_or((file, ""));
        Place {
            file: file.into(),
            sheet: sheet.into(),
            row: row.parse().unwrap_or(0),
            column: Text::default(),
        }
    }
}

/// Something about someone's data. The words stand in the catalogue under the code, in each
/// language; `arguments` fill their blanks. Built by every room that judges data, rendered by
/// `report` and `cli` alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Stable code; never reused, never renamed. Each stands in the catalogue and in `docs/findings.md`.
    pub code: &'static str,
    /// What it means for the data.
    pub severity: Severity,
    /// Where.
    pub place: Place,
    /// Whom it concerns, where that is known.
    pub resident: Option<ResidentId>,
    /// The name as written, or empty.
    pub name: Text,
    /// Values for the blanks of the message and the action, by name.
    pub arguments: Vec<(&'static str, Text)>,
}

impl Finding {
    /// A finding with no person and no values yet.
    pub fn new(code: &'static str, severity: Severity, place: Place) -> Finding {
        Finding { code, severity, place, resident: None, name: Text::default(), arguments: Vec::new() }
    }

    /// Names the person it concerns.
    #[must_use]
    pub fn about(mut self, resident: Option<ResidentId>, name: &str) -> Finding {
        self.resident = resident;
        self.name = name.into();
        self
    }

    /// Fills a blank of the message.
    #[must_use]
    pub fn with(mut self, blank: &'static str, value: impl AsRef<str>) -> Finding {
        self.arguments.push((blank, value.as_ref().into()));
        self
    }

    /// The order in `findings.csv`: place, then code.
    pub fn sort_key(&self) -> (&Place, &'static str, &[(&'static str, Text)]) {
        (&self.place, self.code, &self.arguments)
    }
}
