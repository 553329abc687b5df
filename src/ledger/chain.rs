//! The hash chain. A row is hashed as it is bound, by value and type, so that `verify` gets the same
//! bytes from the stored row; an entry's content is the hash over its tables' hashes, and an entry's
//! hash covers its own words, its content and the hash before it.

use rusqlite::types::ValueRef;
use sha2::{Digest, Sha256};

use super::record::{Act, Head};
use super::schema::TABLES;
use crate::domain::hexadecimal;

/// One value of a row.
#[derive(Debug, Clone, Copy)]
pub(super) enum Cell<'a> {
    Null,
    Int(i64),
    Text(&'a str),
    Blob(&'a [u8]),
}

impl<'a> Cell<'a> {
    /// A number, or nothing.
    pub fn maybe(number: Option<i64>) -> Cell<'a> {
        number.map_or(Cell::Null, Cell::Int)
    }

    /// The value as SQLite gives it back.
    pub fn value(&self) -> ValueRef<'_> {
        match self {
            Cell::Null => ValueRef::Null,
            Cell::Int(number) => ValueRef::Integer(*number),
            Cell::Text(text) => ValueRef::Text(text.as_bytes()),
            Cell::Blob(bytes) => ValueRef::Blob(bytes),
        }
    }

    /// A text, or nothing.
    pub fn text(text: Option<&'a str>) -> Cell<'a> {
        text.map_or(Cell::Null, Cell::Text)
    }
}

impl rusqlite::ToSql for Cell<'_> {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        use rusqlite::types::{Null, ToSqlOutput, Value};
        Ok(match self {
            Cell::Null => ToSqlOutput::from(Null),
            Cell::Int(number) => ToSqlOutput::Owned(Value::Integer(*number)),
            Cell::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Cell::Blob(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
        })
    }
}

/// The running hash over one entry's rows in one table.
#[derive(Clone, Default)]
pub(super) struct Section {
    hasher: Sha256,
    buffer: Vec<u8>,
    rows: u64,
}

impl Section {
    /// Adds a row's values, then its end.
    pub fn cell(&mut self, cell: &ValueRef<'_>) {
        let sized = |tag: u8, bytes: &[u8], buffer: &mut Vec<u8>| {
            buffer.push(tag);
            buffer.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
            buffer.extend_from_slice(bytes);
        };
        match cell {
            ValueRef::Null => self.buffer.push(0),
            ValueRef::Integer(number) => {
                self.buffer.push(1);
                self.buffer.extend_from_slice(&number.to_le_bytes());
            }
            ValueRef::Real(number) => sized(2, &number.to_bits().to_le_bytes(), &mut self.buffer),
            ValueRef::Text(text) => sized(3, text, &mut self.buffer),
            ValueRef::Blob(bytes) => sized(4, bytes, &mut self.buffer),
        }
    }

    /// Ends a row.
    pub fn end_row(&mut self) {
        self.rows += 1;
        if self.buffer.len() >= 1 << 16 {
            self.hasher.update(&self.buffer);
            self.buffer.clear();
        }
    }

    fn finish(mut self) -> [u8; 32] {
        self.hasher.update(&self.buffer);
        self.hasher.finalize().into()
    }
}

/// What an entry wrote: a line a table in table order, with the number of rows and their hash; tables
/// without rows are left out. Kept beside the content hash, so that `verify` can name the table.
pub(super) fn sections_text(sections: Vec<Section>) -> String {
    let mut text = String::new();
    for (section, table) in sections.into_iter().zip(&TABLES) {
        if section.rows > 0 {
            let rows = section.rows;
            text.push_str(&format!("{} {rows} {}\n", table.name, hexadecimal(&section.finish())));
        }
    }
    text
}

/// The content hash of an entry: over what its sections say.
pub(super) fn content(sections: &str) -> String {
    hexadecimal(&Sha256::digest(sections.as_bytes()))
}

/// The hash of an entry.
pub(super) fn entry_hash(number: u64, act: &Act, last_posting: i64, content: &str, previous: &str) -> String {
    let mut hasher = Sha256::new();
    let mut add = |text: &str| {
        hasher.update((text.len() as u32).to_le_bytes());
        hasher.update(text.as_bytes());
    };
    add("disburse ledger 1");
    add(&number.to_string());
    add(act.kind.word());
    add(&act.today.to_string());
    for text in [&act.by, &act.second, &act.os_user, &act.host, &act.note] {
        add(text);
    }
    add(&last_posting.to_string());
    add(content);
    add(previous);
    hexadecimal(&hasher.finalize())
}

impl Head {
    /// The head of an empty ledger.
    pub fn empty() -> Head {
        Head { number: 0, hash: "0".repeat(64) }
    }
}
