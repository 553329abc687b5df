//! Tables for terminals: columns aligned by display width, in which a Chinese character is two.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::words::{self, Language};

/// Which edge of a column is straight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Text.
    Left,
    /// Numbers.
    Right,
}

/// A table in the making.
#[derive(Debug, Clone, Default)]
pub struct Table {
    heads: Vec<(String, Align)>,
    rows: Vec<Vec<String>>,
    rules_before: Vec<usize>,
}

const GAP: &str = "  ";

impl Table {
    /// A table whose columns are named by code: `column-<code>` of the catalogue.
    pub fn said(language: Language, columns: &[(&str, Align)]) -> Table {
        let said: Vec<(String, Align)> = columns
            .iter()
            .map(|(code, align)| (words::say(language, &format!("column-{code}"), &[]), *align))
            .collect();
        let columns: Vec<(&str, Align)> = said.iter().map(|(text, align)| (text.as_str(), *align)).collect();
        Table::new(&columns)
    }

    /// A table with these columns.
    pub fn new(columns: &[(&str, Align)]) -> Table {
        let heads = columns.iter().map(|(head, align)| ((*head).to_owned(), *align)).collect();
        Table { heads, rows: Vec::new(), rules_before: Vec::new() }
    }

    /// Adds a row; cells that are missing are empty, cells beyond the columns are left out.
    pub fn row<T: Into<String>>(&mut self, cells: impl IntoIterator<Item = T>) -> &mut Table {
        let mut row: Vec<String> = cells.into_iter().map(Into::into).take(self.heads.len()).collect();
        row.resize(self.heads.len(), String::new());
        self.rows.push(row);
        self
    }

    /// Draws a rule before the next row, for totals.
    pub fn rule(&mut self) -> &mut Table {
        self.rules_before.push(self.rows.len());
        self
    }

    /// The text, no line longer than `width` columns where one is given: the widest left-aligned column
    /// is shortened with `…` first. Lines end in `\n`, without spaces before it.
    pub fn render(&self, width: Option<usize>) -> String {
        let mut widths: Vec<usize> = (0..self.heads.len())
            .map(|column| {
                let cells = self.rows.iter().map(|row| row[column].width());
                cells.chain([self.heads[column].0.width()]).max().unwrap_or(0)
            })
            .collect();
        if let Some(width) = width {
            self.shrink(&mut widths, width);
        }
        let mut text = String::new();
        let heads: Vec<&str> = self.heads.iter().map(|(head, _)| head.as_str()).collect();
        self.push_row(&mut text, &heads, &widths);
        self.push_rule(&mut text, &widths);
        for (position, row) in self.rows.iter().enumerate() {
            if self.rules_before.contains(&position) {
                self.push_rule(&mut text, &widths);
            }
            let cells: Vec<&str> = row.iter().map(String::as_str).collect();
            self.push_row(&mut text, &cells, &widths);
        }
        text
    }

    fn shrink(&self, widths: &mut [usize], width: usize) {
        loop {
            let all = widths.iter().sum::<usize>() + GAP.len() * widths.len().saturating_sub(1);
            let widest = (0..widths.len())
                .filter(|column| self.heads[*column].1 == Align::Left && widths[*column] > 4)
                .max_by_key(|column| widths[*column]);
            match widest {
                Some(column) if all > width => widths[column] -= 1,
                _ => return,
            }
        }
    }

    fn push_row(&self, text: &mut String, cells: &[&str], widths: &[usize]) {
        let mut line = String::new();
        for (column, cell) in cells.iter().enumerate() {
            if column > 0 {
                line.push_str(GAP);
            }
            line.push_str(&match self.heads[column].1 {
                Align::Right => padded_left(cell, widths[column]),
                Align::Left => padded(cell, widths[column]),
            });
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }

    fn push_rule(&self, text: &mut String, widths: &[usize]) {
        let rules: Vec<String> = widths.iter().map(|width| "─".repeat(*width)).collect();
        text.push_str(&rules.join(GAP));
        text.push('\n');
    }
}

/// The text in exactly so many columns: filled up at the end, or cut with `…`.
pub fn padded(text: &str, width: usize) -> String {
    let text = cut(text, width);
    let fill = width.saturating_sub(text.width());
    text + &" ".repeat(fill)
}

/// The text in exactly so many columns: filled up before it, or cut with `…`.
pub fn padded_left(text: &str, width: usize) -> String {
    let text = cut(text, width);
    " ".repeat(width.saturating_sub(text.width())) + &text
}

/// The text in at most so many columns.
pub fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 0;
    for character in text.chars() {
        let wide = character.width().unwrap_or(0);
        if used + wide + 1 > width {
            break;
        }
        used += wide;
        kept.push(character);
    }
    if width > 0 {
        kept.push('…');
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Table {
        let mut table =
            Table::new(&[("项目", Align::Left), ("people", Align::Right), ("金额", Align::Right)]);
        table.row(["高龄津贴", "12", "1,200.00"]).row(["dibao", "3", "90.00"]);
        table.rule().row(["合计", "15", "1,290.00"]);
        table
    }

    #[test]
    fn chinese_and_latin_columns_stand_below_each_other() {
        let text = sample().render(None);
        assert_eq!(
            text,
            "项目      people      金额\n\
             ────────  ──────  ────────\n\
             高龄津贴      12  1,200.00\n\
             dibao          3     90.00\n\
             ────────  ──────  ────────\n\
             合计          15  1,290.00\n"
        );
    }

    #[test]
    fn a_narrow_terminal_shortens_text_never_numbers() {
        for line in sample().render(Some(24)).lines() {
            assert!(line.width() <= 24, "{line}");
        }
        assert!(sample().render(Some(24)).contains("1,200.00"));
        assert_eq!(cut("高龄津贴", 5), "高龄…");
        assert_eq!(cut("高龄津贴", 8), "高龄津贴");
    }
}
