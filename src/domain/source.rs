use std::collections::BTreeMap;
use std::fmt;

use super::{Place, Text};

/// Position of a file in [`Files`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// Where a row stands: file, sheet (0 for delimited files, else sheet number from 1), and the row
/// the spreadsheet shows, or the line on which a delimited record begins, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Source {
    /// The file.
    pub file: FileId,
    /// 0 for delimited text, else the sheet's number from 1.
    pub sheet: u16,
    /// Row or line, from 1.
    pub row: u32,
}

/// The names behind the numbers in [`Source`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Files {
    files: Vec<FileName>,
    /// Rows that stand behind the rows of another file: a household's row behind its people's.
    beside: BTreeMap<Source, Vec<Source>>,
    /// Rows that were read in place of others (fix lists), with those others.
    stand_ins: BTreeMap<Source, Vec<Source>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct FileName {
    name: Text,
    sheets: Vec<Text>,
}

impl Files {
    /// Registers a file by its name without folder, with its sheets' names in order.
    pub fn add(&mut self, name: &str, sheets: Vec<Text>) -> FileId {
        self.files.push(FileName { name: name.into(), sheets });
        FileId(self.files.len() as u32 - 1)
    }

    /// The number of a file's sheet, from 1, by its name.
    pub fn sheet_number(&self, file: FileId, name: &str) -> Option<u16> {
        let sheets = &self.files.get(file.0 as usize)?.sheets;
        sheets.iter().position(|sheet| sheet == name).map(|position| position as u16 + 1)
    }

    /// Says that a row is read in place of another one, which stays behind it wherever sources are shown.
    pub fn stands_for(&mut self, row: Source, other: Source) {
        self.stand_ins.entry(row).or_default().push(other);
    }

    /// The file's name.
    pub fn name(&self, file: FileId) -> &str {
        self.files.get(file.0 as usize).map_or("", |file| &file.name)
    }

    /// The sheet's name; empty for delimited text.
    pub fn sheet(&self, source: Source) -> &str {
        let sheets = self.files.get(source.file.0 as usize).map_or(&[][..], |file| &file.sheets);
        usize::from(source.sheet).checked_sub(1).and_then(|sheet| sheets.get(sheet)).map_or("", |name| name)
    }

    /// A row's place, without a column.
    pub fn place(&self, source: Source) -> Place {
        Place {
            file: self.name(source.file).into(),
            sheet: self.sheet(source).into(),
            row: source.row,
            column: Text::default(),
        }
    }

    /// Notes that `other` stands behind whatever `source` stands behind.
    pub fn put_beside(&mut self, source: Source, other: Source) {
        let beside = self.beside.entry(source).or_default();
        if source != other && !beside.contains(&other) {
            beside.push(other);
        }
    }

    /// The rows that stand behind the same as `source`.
    pub fn beside(&self, source: Source) -> &[Source] {
        self.beside.get(&source).map_or(&[], Vec::as_slice)
    }

    /// The fixed form `<file>[!<sheet>]:<row>` (READING 19).
    pub fn show(&self, source: Source) -> String {
        Shown(self, source).to_string()
    }

    /// Several places joined by `;`, in the order of the rows, with those that stand beside them, each
    /// once; each is followed by the rows it is read in place of.
    pub fn show_all(&self, sources: &[Source]) -> String {
        let with_others: Vec<Source>;
        let twice = sources.iter().enumerate().any(|(at, source)| sources[..at].contains(source));
        let sources = if self.beside.is_empty() && !twice {
            sources
        } else {
            let mut all: Vec<Source> = Vec::with_capacity(sources.len() + 1);
            for source in sources {
                for one in std::iter::once(source).chain(self.beside(*source)) {
                    if !all.contains(one) {
                        all.push(*one);
                    }
                }
            }
            with_others = all;
            &with_others
        };
        let mut text = String::new();
        for source in sources {
            self.show_into(*source, &mut text);
        }
        text
    }

    fn show_into(&self, source: Source, text: &mut String) {
        use std::fmt::Write;
        let separator = if text.is_empty() { "" } else { ";" };
        let _ = write!(text, "{separator}{}", Shown(self, source));
        for other in self.stand_ins.get(&source).into_iter().flatten() {
            self.show_into(*other, text);
        }
    }
}

struct Shown<'a>(&'a Files, Source);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name(self.1.file))?;
        if self.1.sheet > 0 {
            write!(f, "!{}", self.0.sheet(self.1))?;
        }
        write!(f, ":{}", self.1.row)
    }
}
