//! A cell of a row that needs work, as its fix list carries it.

use super::Carried;
use crate::formats::{self, Cell, RowState};
use crate::intake::fields::Fields;
use crate::intake::survey::Written;
use crate::intake::values::amounts::{Unit, Units, split_unit};
use crate::intake::values::texts::squeezed;
use crate::policy::{Canonical, FieldId, FieldKind};

pub(super) fn birth(written: &Written<'_, '_>) -> Carried {
    let index = written.table.header().birth;
    index.and_then(|index| written.cells.get(index)).map_or(Carried::Empty, as_it_is)
}

/// A field's cell as the list carries it. What cannot be carried so that an untouched list reads as the file
/// did is carried so that it cannot be read: a row is never mended by being copied.
pub(super) fn carried(fields: Fields<'_>, written: &Written<'_, '_>, field: FieldId) -> Carried {
    let doubles: Vec<usize> =
        written.table.columns_of(field).into_iter().flat_map(|(columns, _, _)| columns).collect();
    let differ = |doubles: &[usize]| {
        doubles.iter().any(|index| {
            let of = |index: usize| written.cells.get(index).map_or("".into(), Cell::shown);
            of(*index).trim() != of(doubles[0]).trim()
        })
    };
    if field == Canonical::Status.id() && set_aside(fields, written, differ) {
        return Carried::Empty;
    }
    let Some((mut columns, origin, read)) = written.table.columns_of(field) else { return Carried::Empty };
    let Some(cell) = columns.next().and_then(|index| written.cells.get(index)) else { return Carried::Empty };
    if cell.is_blank() {
        return Carried::Empty;
    }
    if doubles.len() > 1 && differ(&doubles) {
        let texts: Vec<String> = doubles
            .iter()
            .filter_map(|index| Some(written.cells.get(*index)?.shown().into_owned()))
            .collect();
        return Carried::Text(texts.join(" / "));
    }
    carried_as(Some((field, &fields.rulebook.field(field).kind)), cell, origin.units, read)
}

/// A cell as the list carries it, by the field it is read as, where it is one.
pub(super) fn carried_as(
    field: Option<(FieldId, &FieldKind)>,
    cell: &Cell<'_>,
    units: Units,
    read: bool,
) -> Carried {
    // Other fields refuse a number again, or read it as they did.
    let account = field.is_none_or(|(field, _)| field == Canonical::AccountNo.id());
    match (field.map(|(_, kind)| kind), cell) {
        (_, cell) if cell.is_blank() => Carried::Empty,
        (Some(FieldKind::Money), _) if !read => Carried::Text(format!("{}（单位？）", cell.shown())),
        (Some(FieldKind::Money), Cell::Text(_) | Cell::Number(_)) => with_unit(cell, units),
        // Digits beyond the fifteenth are gone: shown as the spreadsheet shows them, which nobody can read as
        // a number of somebody.
        (_, Cell::Number(number)) if account && number.digits.len() > 15 => {
            Carried::Text(scientific(&number.digits))
        }
        (Some(FieldKind::ResidentId | FieldKind::Certificate { .. }), Cell::Number(number)) => {
            Carried::Text(scientific(&number.digits))
        }
        _ => as_it_is(cell),
    }
}

/// Whether a row was set aside for what no single cell shows: its state, two columns that differ. Its list
/// leaves the status blank, so that the township says whether it counts.
pub(super) fn set_aside(
    fields: Fields<'_>,
    written: &Written<'_, '_>,
    differ: impl Fn(&[usize]) -> bool,
) -> bool {
    if written.state != RowState::Plain {
        return true;
    }
    let row = formats::Row {
        number: written.number,
        lines: 1,
        state: written.state,
        span: formats::Span { start: 0, end: 0, row: written.number },
        cells: &written.cells,
        struck: &written.struck,
    };
    written.table.cell_count_differs(&row)
        || written.table.struck_column(&row).is_some()
        || fields.all().any(|field| {
            let doubles: Vec<usize> =
                written.table.columns_of(field).into_iter().flat_map(|(columns, _, _)| columns).collect();
            doubles.len() > 1 && differ(&doubles)
        })
}

/// A cell as its file has it.
pub(super) fn as_it_is(cell: &Cell<'_>) -> Carried {
    match cell {
        Cell::Empty => Carried::Empty,
        Cell::Text(text) => Carried::Text(text.clone().into_owned()),
        Cell::Number(number) => Carried::Number(number.digits.clone(), number.format.clone()),
        Cell::Date(at) => Carried::Day(*at),
        Cell::Flag(flag) => Carried::Flag(*flag),
        Cell::Error(text) => Carried::Error(text.clone()),
    }
}

/// `1.50199194309280E+17`
fn scientific(digits: &str) -> String {
    let plain = digits.trim_start_matches('-');
    if plain.len() < 2 || plain.contains('.') {
        return format!("{digits}E+00");
    }
    format!("{}.{}E+{:02}", &plain[..1], &plain[1..plain.len().min(15)], plain.len() - 1)
}

/// An amount with all that its header, a unit row and its own cell say of it; where they disagree, so that it
/// cannot be read.
fn with_unit(cell: &Cell<'_>, units: Units) -> Carried {
    let outside = units.header.unwrap_or_default().with(units.row.unwrap_or_default());
    if outside.is_some_and(|unit| !unit.is_ten_thousand() && !unit.is_yearly()) {
        return as_it_is(cell);
    }
    let shown = squeezed(&cell.shown()).into_owned();
    let (figure, own) = match cell {
        Cell::Number(number) if number.format.contains('万') => (shown.as_str(), Unit::named("万元")),
        _ => split_unit(&shown),
    };
    match outside.and_then(|unit| unit.with(own.unwrap_or_default())) {
        Some(unit) => Carried::Text(format!("{figure}{}", unit.word())),
        None => Carried::Text(format!(
            "{shown}（单位：{}）",
            units.header.or(units.row).unwrap_or_default().word()
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_lost_its_digits_is_shown_so_that_it_cannot_be_taken_for_one() {
        assert_eq!(scientific("150199194309280000"), "1.50199194309280E+17");
        assert_eq!(scientific("5"), "5E+00");
    }
}
