//! Lengths of bars for the page's inline pictures. Whole numbers only: amounts never become floats.

use serde::Serialize;

use super::super::label::permille;

/// One bar of a small column chart.
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
pub struct Bar {
    /// Left edge.
    pub x: u32,
    /// Upper edge.
    pub y: u32,
    /// Height.
    pub height: u32,
    /// What the bar says when pointed at.
    pub title: String,
    /// The month this run pays.
    pub now: bool,
}

/// Height of a small column chart.
pub const COLUMN_HEIGHT: u32 = 20;
/// Distance between two bars.
const COLUMN_STEP: u32 = 8;

/// A column chart of amounts in fen, the last being this run's; a month that is not known has no bar.
pub fn columns(amounts: &[(String, Option<i64>)]) -> Vec<Bar> {
    let largest = amounts.iter().filter_map(|(_, fen)| *fen).max().unwrap_or(0);
    let last = amounts.len().saturating_sub(1);
    (0..)
        .zip(amounts)
        .filter_map(|(position, (title, fen))| {
            let fen = (*fen)?;
            let height = u32::from(permille(fen, largest)) * COLUMN_HEIGHT / 1000;
            let height = if fen > 0 { height.max(1) } else { 0 };
            Some(Bar {
                x: position * COLUMN_STEP,
                y: COLUMN_HEIGHT - height,
                height,
                title: title.clone(),
                now: position as usize == last,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_column_is_as_high_as_the_chart_and_a_month_not_known_has_none() {
        let bars = columns(&[
            ("a".into(), None),
            ("b".into(), Some(5)),
            ("c".into(), Some(0)),
            ("d".into(), Some(10_000)),
        ]);
        assert_eq!(bars.iter().map(|bar| bar.height).collect::<Vec<_>>(), [1, 0, COLUMN_HEIGHT]);
    }
}
