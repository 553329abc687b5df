//! Whether a bank's file can hold a name and an account. The planner asks before it makes a payment;
//! what does not fit is held (`unencodable`), never bent to fit (DESIGN §11).

use super::profile::{Align, BankProfile, Column, Field, FileEncoding, Format};
use crate::domain::Account;

/// Why a text cannot stand in a bank's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfit {
    /// Nothing there.
    Empty,
    /// The encoding lacks this character, or it is a control or private character.
    Character(char),
    /// It begins with `= + - @`, which a spreadsheet would compute.
    Formula,
    /// It holds the delimiter, and the bank does not read quotes.
    Delimiter,
    /// More bytes than the field holds.
    TooLong {
        /// Its length in bytes (characters for messages).
        length: usize,
        /// The most that fits.
        most: usize,
    },
}

/// Whether a name can be written exactly by a profile.
pub fn encodable(profile: &BankProfile, name: &str) -> bool {
    text_unfit(profile, Field::AccountName, name).is_none()
}

/// Why a payment to this account cannot be written by a profile; `None` where it can. Covers what
/// [`encodable`] covers, the account number, and the bank's name where the layout carries it.
pub fn unfit(profile: &BankProfile, account: &Account) -> Option<Unfit> {
    first_unfit(profile, &account.bank, &account.number, &account.name).map(|(_, unfit)| unfit)
}

/// As [`unfit`], with the field. Renderers ask it again, so that what was never asked is not written.
pub(super) fn first_unfit(
    profile: &BankProfile,
    bank: &str,
    account_no: &str,
    account_name: &str,
) -> Option<(Field, Unfit)> {
    let carries_bank = profile.format.is_message() || column(profile, Field::Bank).is_some();
    let of = |field: Field, unfit: Option<Unfit>| unfit.map(|unfit| (field, unfit));
    of(Field::AccountName, text_unfit(profile, Field::AccountName, account_name))
        .or_else(|| of(Field::AccountNo, number_unfit(profile, account_no)))
        .or_else(|| of(Field::Bank, text_unfit(profile, Field::Bank, bank)).filter(|_| carries_bank))
}

fn number_unfit(profile: &BankProfile, account_no: &str) -> Option<Unfit> {
    match account_no.chars().find(|c| !c.is_ascii_alphanumeric() && *c != '-') {
        Some(character) => Some(Unfit::Character(character)),
        None => text_unfit(profile, Field::AccountNo, account_no),
    }
}

/// The encoding in which a profile counts and writes: workbooks and messages hold any character, but
/// a workbook's bank reads on with a two-byte system where the profile says so.
pub(super) fn encoding_of(profile: &BankProfile) -> FileEncoding {
    if profile.format.is_message() { FileEncoding::Utf8 } else { profile.encoding }
}

pub(super) fn column(profile: &BankProfile, field: Field) -> Option<&Column> {
    profile.columns.iter().find(|column| column.field == field)
}

/// Whether a shorter value is filled up to the column's width.
pub(super) fn is_filled(profile: &BankProfile, column: &Column) -> bool {
    profile.format == Format::Fixed
        || (profile.format == Format::Delimited && column.width > 0 && column.pad != ' ')
}

/// A cell without its filling.
pub(super) fn taken_off<'a>(column: &Column, text: &'a str) -> &'a str {
    match column.align {
        Align::Left => text.trim_end_matches(column.pad),
        Align::Right => text.trim_start_matches(column.pad),
    }
}

fn text_unfit(profile: &BankProfile, field: Field, text: &str) -> Option<Unfit> {
    if text.trim().is_empty() {
        return Some(Unfit::Empty);
    }
    if text.starts_with(['=', '+', '-', '@']) {
        return Some(Unfit::Formula);
    }
    let forbidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{FFFD}'..='\u{FFFF}' | '\u{2028}' | '\u{2029}' | '\u{F0000}'..)
    };
    if let Some(character) = text.chars().find(|&c| forbidden(c)) {
        return Some(Unfit::Character(character));
    }
    let encoding = encoding_of(profile);
    let length = match encoding.length(text) {
        Ok(length) => length,
        Err(lacking) => return Some(Unfit::Character(lacking.0)),
    };
    if profile.format == Format::Delimited && !profile.quotes && text.contains([profile.delimiter, '"']) {
        return Some(Unfit::Delimiter);
    }
    // The filling is taken off again by who reads it.
    if let Some(column) = column(profile, field).filter(|column| is_filled(profile, column))
        && taken_off(column, text) != text
    {
        return Some(Unfit::Character(column.pad));
    }
    if profile.format.is_message() {
        let (length, most) = (text.chars().count(), if field == Field::AccountNo { 34 } else { 140 });
        return (length > most).then_some(Unfit::TooLong { length, most });
    }
    let most = column(profile, field).map_or(0, |column| column.width);
    (most > 0 && length > most).then_some(Unfit::TooLong { length, most })
}
