//! Members in the cells of a household's row: several in one cell, or in columns to the right.

use crate::domain::{Severity, Text};
use crate::formats::Cell;
use crate::formats::cell::is_space;
use crate::intake::fields::Fields;
use crate::intake::header::Header;
use crate::intake::values::Trouble;
use crate::intake::values::identity::{Identity, cleaned, read_identity};
use crate::intake::values::names::read_name;
use crate::policy::Helper;

/// A person named in a household's row.
pub(super) struct Member {
    /// The identity number; its trouble is said where the row's claims are made.
    pub(super) identity: Identity,
    /// The name; empty where it is unreadable or cannot be told whose it is.
    pub(super) name: Text,
    /// The column of the number.
    pub(super) index: usize,
}

/// The members of a row.
#[derive(Default)]
pub(super) struct Members {
    /// In the order of the cells.
    pub(super) members: Vec<Member>,
    /// What there is to say of their names, by column.
    pub(super) troubles: Vec<(usize, Severity, Trouble)>,
}

impl Members {
    /// Reads the cells of members' numbers and names. A number keeps the kind of its cell: digits of a number cell
    /// may be lost (READING 10).
    pub(super) fn read(header: &Header, cells: &[Cell<'_>], fields: Fields<'_>) -> Members {
        let mut read = Members::default();
        let filled = |helper: Helper| {
            columns(header, helper)
                .filter_map(|index| Some((index, cells.get(index)?)))
                .filter(|(_, cell)| !cell.is_blank())
        };
        for (index, cell) in filled(Helper::MemberIds) {
            let mut add = |cell: &Cell<'_>| {
                let identity = read_identity(cell, fields.cycle, fields.confirmed);
                if identity.trouble.is_some() || !identity.written.is_empty() {
                    read.members.push(Member { identity, name: Text::default(), index });
                }
            };
            match cell {
                Cell::Text(text) => {
                    pieces(text).iter().for_each(|piece| add(&Cell::Text(piece.as_str().into())));
                }
                other => add(other),
            }
        }
        let mut names: Vec<(usize, Text)> = Vec::new();
        for (index, cell) in filled(Helper::MemberNames) {
            match cell {
                Cell::Text(text) => names.extend(names_in(text).map(|name| (index, Text::from(name)))),
                other => names.push((index, other.shown().as_ref().into())),
            }
        }
        if names.len() == read.members.len() {
            let mut notes = Vec::new();
            for (member, (index, written)) in read.members.iter_mut().zip(&names) {
                match read_name(&Cell::Text(written.as_str().into()), &mut notes) {
                    Ok(name) => member.name = name.unwrap_or_default(),
                    Err(trouble) => read.troubles.push((*index, Severity::Error, trouble)),
                }
                read.troubles.extend(notes.drain(..).map(|note| (*index, Severity::Warning, note)));
            }
        } else if let Some((index, _)) = names.first() {
            let written: Vec<&str> = names.iter().map(|(_, name)| name.as_str()).collect();
            let trouble = Trouble::written("member-names-differ", &written.join("、"))
                .with("names", names.len().to_string())
                .with("numbers", read.members.len().to_string());
            read.troubles.push((*index, Severity::Warning, trouble));
        }
        read
    }
}

/// The columns of members: those named so, and those without a header to the right of one, eight in all.
pub fn columns(header: &Header, helper: Helper) -> impl Iterator<Item = usize> + '_ {
    header.helpers(helper).flat_map(move |first| {
        let next = header.columns.iter().map(|column| column.index).find(|index| *index > first);
        first..next.unwrap_or(first + 8)
    })
}

fn names_in(text: &str) -> impl Iterator<Item = &str> {
    text.split(|sign: char| "、，,;；/|\n\r\t".contains(sign))
        .map(str::trim)
        .filter(|piece| !piece.is_empty())
}

/// The numbers that a text holds. White space may part two of them, or stand inside one: what is too short to be one
/// is put together again.
fn pieces(text: &str) -> Vec<Text> {
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
    for piece in text.split(|sign: char| "、，,;；/|".contains(sign)) {
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
