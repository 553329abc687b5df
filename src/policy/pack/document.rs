//! A TOML file as tables whose every part knows its place. Reading a key marks it as known; what is
//! left over when a table is done is an unknown key.

use std::ops::Range;

use rust_decimal::Decimal;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::super::diagnostic::PackFaults;
use super::super::types::nearest;
use crate::domain::Month;

/// A value and its place.
#[derive(Debug, Clone)]
pub(super) struct Located<'a, T> {
    pub value: T,
    pub file: &'a str,
    pub span: Range<usize>,
}

impl<'a, T> Located<'a, T> {
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Located<'a, U> {
        Located { value: change(self.value), file: self.file, span: self.span }
    }
}

/// A kind of value that a key may hold.
pub(super) trait Read<'a>: Sized {
    /// Reads it, or says by a catalogue code what was expected.
    fn read(value: &'a DeValue<'a>) -> Result<Self, &'static str>;
}

impl<'a> Read<'a> for &'a str {
    fn read(value: &'a DeValue<'a>) -> Result<&'a str, &'static str> {
        value.as_str().ok_or("@policy-expected-text")
    }
}

impl<'a> Read<'a> for bool {
    fn read(value: &'a DeValue<'a>) -> Result<bool, &'static str> {
        value.as_bool().ok_or("@policy-expected-flag")
    }
}

impl<'a> Read<'a> for i64 {
    fn read(value: &'a DeValue<'a>) -> Result<i64, &'static str> {
        value
            .as_integer()
            .and_then(|integer| i64::from_str_radix(integer.as_str(), integer.radix()).ok())
            .ok_or("@policy-expected-integer")
    }
}

impl<'a> Read<'a> for Month {
    fn read(value: &'a DeValue<'a>) -> Result<Month, &'static str> {
        value.as_str().and_then(|text| text.parse().ok()).ok_or("@policy-expected-month")
    }
}

/// A number as the pack writes it: `790`, `0.5`, `"30%"`. Read exactly; never as a float.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Figure {
    pub number: Decimal,
    pub percent: bool,
}

impl<'a> Read<'a> for Figure {
    fn read(value: &'a DeValue<'a>) -> Result<Figure, &'static str> {
        let expected = "@policy-expected-figure";
        let plain = |text: &str| Decimal::from_str_exact(text).map_err(|_| expected);
        match value {
            DeValue::Integer(integer) if integer.radix() == 10 => {
                Ok(Figure { number: plain(integer.as_str())?, percent: false })
            }
            DeValue::Float(float) => Ok(Figure { number: plain(float.as_str())?, percent: false }),
            DeValue::String(text) => match text.trim().strip_suffix(['%', '％']) {
                Some(percent) => {
                    let number = plain(percent.trim())?.checked_div(Decimal::ONE_HUNDRED).ok_or(expected)?;
                    Ok(Figure { number, percent: true })
                }
                None => Ok(Figure { number: plain(text.trim())?, percent: false }),
            },
            _ => Err(expected),
        }
    }
}

/// A table of a file.
#[derive(Debug)]
pub(super) struct Table<'a> {
    pub file: &'a str,
    pub span: Range<usize>,
    entries: &'a DeTable<'a>,
    asked: Vec<String>,
}

impl<'a> Table<'a> {
    pub fn new(file: &'a str, span: Range<usize>, entries: &'a DeTable<'a>) -> Table<'a> {
        Table { file, span, entries, asked: Vec::new() }
    }

    /// The raw value of a key.
    pub fn raw(&mut self, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        if !self.asked.iter().any(|asked| asked == key) {
            self.asked.push(key.to_owned());
        }
        self.entries.get(key)
    }

    /// All keys and values, in order of place, for tables whose keys are the pack's own names.
    pub fn own_keys(&self) -> Vec<(Located<'a, &'a str>, &'a Spanned<DeValue<'a>>)> {
        let mut keys: Vec<_> = self
            .entries
            .iter()
            .map(|(key, value)| {
                let name: &'a str = key.get_ref();
                (Located { value: name, file: self.file, span: key.span() }, value)
            })
            .collect();
        keys.sort_by_key(|(key, _)| key.span.start);
        keys
    }

    /// Where a key stands, or the table's head.
    pub fn key_span(&self, key: &str) -> Range<usize> {
        self.entries
            .iter()
            .find(|(name, _)| name.get_ref() == key)
            .map_or(self.span.clone(), |(name, _)| name.span())
    }

    fn located<T: Read<'a>>(
        &self,
        value: &'a Spanned<DeValue<'a>>,
        faults: &mut PackFaults,
    ) -> Option<Located<'a, T>> {
        read(self.file, value, faults)
    }

    /// A key that may be absent.
    pub fn maybe<T: Read<'a>>(&mut self, key: &str, faults: &mut PackFaults) -> Option<Located<'a, T>> {
        let value = self.raw(key)?;
        self.located(value, faults)
    }

    /// A key that must be there.
    pub fn needed<T: Read<'a>>(&mut self, key: &str, faults: &mut PackFaults) -> Option<Located<'a, T>> {
        match self.raw(key) {
            Some(value) => self.located(value, faults),
            None => {
                self.missing(key, faults);
                None
            }
        }
    }

    /// Says that a key is missing.
    pub fn missing(&self, key: &str, faults: &mut PackFaults) {
        faults.add("policy-missing-key", self.file, self.span.clone()).with("key", key);
    }

    /// A list; empty where absent.
    pub fn list<T: Read<'a>>(&mut self, key: &str, faults: &mut PackFaults) -> Vec<Located<'a, T>> {
        let Some(value) = self.raw(key) else { return Vec::new() };
        match value.get_ref().as_array() {
            Some(array) => array.iter().filter_map(|item| self.located(item, faults)).collect(),
            None => {
                wrong(self.file, value, "@policy-expected-list", faults);
                Vec::new()
            }
        }
    }

    /// A table under a key, where there is one.
    pub fn table(&mut self, key: &str, faults: &mut PackFaults) -> Option<Table<'a>> {
        let value = self.raw(key)?;
        as_table(self.file, value, faults)
    }

    /// A list of tables; empty where absent.
    pub fn tables(&mut self, key: &str, faults: &mut PackFaults) -> Vec<Table<'a>> {
        let Some(value) = self.raw(key) else { return Vec::new() };
        match value.get_ref().as_array() {
            Some(array) => array.iter().filter_map(|item| as_table(self.file, item, faults)).collect(),
            None => {
                wrong(self.file, value, "@policy-expected-tables", faults);
                Vec::new()
            }
        }
    }

    /// A key with one of a few words.
    pub fn word<T: Copy>(
        &mut self,
        key: &str,
        words: &[(&'static str, T)],
        faults: &mut PackFaults,
    ) -> Option<Located<'a, T>> {
        let written: Located<'a, &str> = self.maybe(key, faults)?;
        one_of(written, words, faults)
    }

    /// Says which keys nobody asked for.
    pub fn done(self, faults: &mut PackFaults) {
        for (key, _) in self.own_keys() {
            if !self.asked.iter().any(|asked| asked == key.value) {
                let fault = faults.add("policy-unknown-key", self.file, key.span);
                fault.with("key", key.value).with("known", self.asked.join(", "));
                if let Some(near) = nearest(key.value, self.asked.iter().map(String::as_str)) {
                    fault.help("policy-help-nearest", &[("name", near)]);
                }
            }
        }
    }
}

/// Reads a value, or says what was expected.
pub(super) fn read<'a, T: Read<'a>>(
    file: &'a str,
    value: &'a Spanned<DeValue<'a>>,
    faults: &mut PackFaults,
) -> Option<Located<'a, T>> {
    match T::read(value.get_ref()) {
        Ok(read) => Some(Located { value: read, file, span: value.span() }),
        Err(expected) => {
            wrong(file, value, expected, faults);
            None
        }
    }
}

/// A value as a table, or a fault.
pub(super) fn as_table<'a>(
    file: &'a str,
    value: &'a Spanned<DeValue<'a>>,
    faults: &mut PackFaults,
) -> Option<Table<'a>> {
    match value.get_ref().as_table() {
        Some(entries) => Some(Table::new(file, value.span(), entries)),
        None => {
            wrong(file, value, "@policy-expected-table", faults);
            None
        }
    }
}

fn wrong(file: &str, value: &Spanned<DeValue<'_>>, expected: &str, faults: &mut PackFaults) {
    faults.add("policy-wrong-value", file, value.span()).with("expected", expected);
}

/// The meaning of one of a few words, or a fault that lists them.
pub(super) fn one_of<'a, T: Copy>(
    written: Located<'a, &'a str>,
    words: &[(&'static str, T)],
    faults: &mut PackFaults,
) -> Option<Located<'a, T>> {
    if let Some((_, meaning)) = words.iter().find(|(word, _)| *word == written.value) {
        return Some(written.map(|_| *meaning));
    }
    let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    let fault = faults.add("policy-unknown-word", written.file, written.span.clone());
    fault.with("written", written.value).with("known", known.join(", "));
    if let Some(near) = nearest(written.value, known) {
        fault.help("policy-help-nearest", &[("name", near)]);
    }
    None
}

/// The position of a code in a list, or a fault with the nearest code.
pub(super) fn position<'c>(
    written: &Located<'_, &str>,
    codes: impl Iterator<Item = &'c str> + Clone,
    fault_code: &'static str,
    faults: &mut PackFaults,
) -> Option<usize> {
    let found = codes.clone().position(|code| code == written.value);
    if found.is_none() {
        let fault = faults.add(fault_code, written.file, written.span.clone());
        fault.with("name", written.value);
        if let Some(near) = nearest(written.value, codes) {
            fault.help("policy-help-nearest", &[("name", near)]);
        }
    }
    found
}

/// Checks the form of a code: ASCII letters, digits and one kind of joint.
pub(super) fn check_code(code: &Located<'_, &str>, joint: char, faults: &mut PackFaults) {
    let sound = code.value.starts_with(|first: char| first.is_ascii_lowercase())
        && code.value.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == joint);
    if !sound {
        faults
            .add("policy-bad-code", code.file, code.span.clone())
            .with("written", code.value)
            .with("joint", joint.to_string());
    }
}
