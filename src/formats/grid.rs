//! What the three workbook readers have in common: cells at positions become rows.

use super::cell::Cell;
use super::document::{DocumentFault, GridRow, RowState};
use crate::domain::Text;

/// More cells than this in one sheet, blank ones between filled ones counted, are no list of people: a
/// million rows of thirty columns are fewer.
pub const MOST_CELLS: usize = 32_000_000;

/// The fault of a sheet with more.
pub fn too_many() -> DocumentFault {
    DocumentFault::TooLarge(Text::from(format!("{MOST_CELLS} cells")))
}

/// A cell at its place (row and column from 0).
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    /// From 0.
    pub row: u32,
    /// From 0.
    pub column: u32,
    /// What it holds.
    pub cell: Cell<'static>,
    /// Whether it is struck through, wholly or in part.
    pub struck: Struck,
}

/// How much of a cell is struck through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Struck {
    /// Nothing.
    No,
    /// Single characters.
    Part,
    /// The cell's own font.
    Whole,
}

impl Struck {
    /// Of the cell's font, and of its characters.
    pub fn of(font: bool, characters: bool) -> Struck {
        match (font, characters) {
            (true, _) => Struck::Whole,
            (false, true) => Struck::Part,
            (false, false) => Struck::No,
        }
    }
}

/// A merged range, ends included, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Merged {
    /// First row.
    pub top: u32,
    /// Last row.
    pub bottom: u32,
    /// First column.
    pub left: u32,
}

/// Rows in order, blank ones left out. A merged range's value holds for each of its rows, in its first
/// column (READING 6); only rows that hold something else too are filled, so that a range over the
/// whole sheet makes no rows.
///
/// # Errors
/// What the rows would take is more than [`MOST_CELLS`]: cells far to the right of all others make rows of a
/// size that no memory has. Two cells that differ at one place.
pub fn rows(
    mut cells: Vec<Placed>,
    merged: &[Merged],
    hidden: impl Fn(u32) -> bool,
) -> Result<Vec<GridRow>, DocumentFault> {
    let mut places = 0_usize;
    cells.retain(|placed| placed.cell != Cell::Empty);
    cells.sort_by_key(|placed| (placed.row, placed.column));
    let same = |a: &Placed, b: &Placed| (a.row, a.column) == (b.row, b.column);
    let twice = cells.windows(2).find(|two| same(&two[0], &two[1]) && two[0].cell != two[1].cell);
    // Which of two cells at one place is meant, the file does not say; a row would be lost either way.
    if let Some(two) = twice.filter(|two| two.iter().all(|placed| !placed.cell.is_blank())) {
        let place = format!("row {}, column {}: two cells", two[0].row + 1, two[0].column + 1);
        return Err(DocumentFault::Damaged(place.as_str().into()));
    }
    let mut rows: Vec<GridRow> = Vec::new();
    let mut struck: Vec<(usize, usize)> = Vec::new();
    for placed in cells {
        let number = placed.row + 1;
        if rows.last().is_none_or(|row| row.number != number) {
            let state = if hidden(placed.row) { RowState::Hidden } else { RowState::Plain };
            rows.push(GridRow { number, state, cells: Vec::new(), struck: Vec::new() });
            struck.push((0, 0));
        }
        let (Some(row), Some(counts)) = (rows.last_mut(), struck.last_mut()) else { continue };
        let column = placed.column as usize;
        widen(row, column, &mut places)?;
        if !placed.cell.is_blank() {
            counts.0 += 1;
            counts.1 += usize::from(placed.struck == Struck::Whole);
            if placed.struck != Struck::No {
                row.struck.push(placed.column);
            }
        }
        row.cells[column] = placed.cell;
    }
    for (row, (filled, struck)) in rows.iter_mut().zip(&struck) {
        if *filled > 0 && filled == struck && row.state == RowState::Plain {
            row.state = RowState::Struck;
        }
    }
    for range in merged.iter().filter(|range| range.bottom > range.top) {
        let first = rows.partition_point(|row| row.number <= range.top);
        let column = range.left as usize;
        let Some(top) = rows.get(first).filter(|row| row.number == range.top + 1) else { continue };
        let Some(value) = top.cells.get(column).filter(|cell| **cell != Cell::Empty).cloned() else {
            continue;
        };
        let struck = top.struck.contains(&range.left);
        for row in rows[first + 1..].iter_mut().take_while(|row| row.number <= range.bottom + 1) {
            widen(row, column, &mut places)?;
            // What a covered cell still holds, nobody sees.
            row.cells[column] = value.clone();
            if struck && !row.struck.contains(&range.left) {
                row.struck.push(range.left);
            }
        }
    }
    Ok(rows)
}

/// Makes a row reach to a column; `places` counts what all rows of the sheet take.
fn widen(row: &mut GridRow, column: usize, places: &mut usize) -> Result<(), DocumentFault> {
    if row.cells.len() <= column {
        *places += column + 1 - row.cells.len();
        if *places > MOST_CELLS {
            return Err(too_many());
        }
        row.cells.resize(column + 1, Cell::Empty);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed(row: u32, column: u32, text: &'static str, struck: bool) -> Placed {
        Placed { row, column, cell: Cell::Text(text.into()), struck: Struck::of(struck, false) }
    }

    #[test]
    fn a_merged_value_holds_for_each_row_and_a_blank_is_never_filled_otherwise() {
        let cells = vec![
            placed(0, 0, "H1", false),
            placed(0, 1, "a", false),
            placed(1, 1, "b", false),
            placed(3, 1, "c", false),
        ];
        let merged = [Merged { top: 0, bottom: 1, left: 0 }];
        let rows = rows(cells, &merged, |_| false).unwrap();
        let first: Vec<String> = rows.iter().map(|row| row.cells[0].shown().into_owned()).collect();
        assert_eq!(first, ["H1", "H1", ""]);
        assert_eq!(rows.iter().map(|row| row.number).collect::<Vec<_>>(), [1, 2, 4]);
    }

    #[test]
    fn two_cells_at_one_place_are_no_list() {
        let two = |second: &'static str| {
            rows(vec![placed(1, 0, "a", false), placed(1, 0, second, false)], &[], |_| false)
        };
        assert!(matches!(two("b"), Err(DocumentFault::Damaged(_))));
        assert!(two("a").is_ok() && two(" ").is_ok());
    }

    #[test]
    fn a_row_is_struck_when_every_filled_cell_is() {
        let cells = vec![
            placed(0, 0, "a", true),
            placed(0, 1, "b", true),
            placed(1, 0, "a", true),
            placed(1, 1, "b", false),
        ];
        let rows = rows(cells, &[], |row| row == 9).unwrap();
        assert_eq!(rows.iter().map(|row| row.state).collect::<Vec<_>>(), [RowState::Struck, RowState::Plain]);
    }
}
