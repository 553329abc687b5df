//! Members in the cells of a household's row: several in one cell, or in columns to the right.

use crate::domain::Text;
use crate::formats;
use crate::formats::cell::is_space;
use crate::intake::header::Header;
use crate::intake::values::identity::cleaned;
use crate::policy::Helper;

/// The columns of members: those named so, and those without a header to the right of one.
pub(super) fn member_columns(header: &Header, helper: Helper) -> impl Iterator<Item = usize> + '_ {
    header.helpers(helper).flat_map(move |first| {
        let next = header.columns.iter().map(|column| column.index).find(|index| *index > first);
        first..next.unwrap_or(first + 8)
    })
}

/// The people that a cell names.
pub(super) fn pieces(cell: &formats::Cell<'_>, helper: Helper) -> Vec<Text> {
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
