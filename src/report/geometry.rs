//! Lengths of bars for the page's inline pictures. Whole numbers only: amounts never become floats.

use serde::Serialize;

use super::label::permille;

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

/// A column chart of amounts in fen, the last being this run's.
pub fn columns(amounts: &[(String, i64)]) -> Vec<Bar> {
    let largest = amounts.iter().map(|(_, fen)| *fen).max().unwrap_or(0);
    let last = amounts.len().saturating_sub(1);
    amounts
        .iter()
        .enumerate()
        .map(|(position, (title, fen))| {
            let height = u32::from(permille(*fen, largest)) * COLUMN_HEIGHT / 1000;
            let height = if *fen > 0 { height.max(1) } else { 0 };
            Bar {
                x: position as u32 * COLUMN_STEP,
                y: COLUMN_HEIGHT - height,
                height,
                title: title.clone(),
                now: position == last,
            }
        })
        .collect()
}

/// One segment of a stacked bar of 1000 units.
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
pub struct Segment {
    /// Left edge, 0–1000.
    pub x: u32,
    /// Width, 0–1000.
    pub width: u32,
    /// Class of its colour.
    pub class: &'static str,
    /// Words.
    pub label: String,
    /// The figure, for people.
    pub count: String,
}

/// A stacked bar; the segments fill exactly 1000 units, however they round.
pub fn stacked(parts: &[(&'static str, String, u64, String)]) -> Vec<Segment> {
    let whole: u64 = parts.iter().map(|(_, _, count, _)| count).sum();
    let mut so_far: u64 = 0;
    parts
        .iter()
        .filter(|(_, _, count, _)| *count > 0)
        .map(|(class, label, count, shown)| {
            let at = |value: u64| (u128::from(value) * 1000 / u128::from(whole.max(1))) as u32;
            let x = at(so_far);
            so_far += count;
            Segment { x, width: at(so_far) - x, class, label: label.clone(), count: shown.clone() }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stacked_bar_is_filled_exactly() {
        let parts: Vec<_> = [1, 1, 1].map(|count| ("a", String::new(), count, String::new())).to_vec();
        let segments = stacked(&parts);
        assert_eq!(segments.iter().map(|segment| segment.width).sum::<u32>(), 1000);
    }

    #[test]
    fn the_highest_column_is_as_high_as_the_chart_and_nothing_has_no_height() {
        let bars = columns(&[("a".into(), 0), ("b".into(), 5), ("c".into(), 10_000)]);
        assert_eq!(bars.iter().map(|bar| bar.height).collect::<Vec<_>>(), [0, 1, COLUMN_HEIGHT]);
    }
}
