//! A page as a reader of figures sees it: every `data-figure` with its text, and the tables of lists.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// A list's rows: cells by column.
pub type ListRow = BTreeMap<String, String>;

/// What the page says.
pub struct Page {
    /// Figures by name.
    pub figures: BTreeMap<String, String>,
    /// Lists by name.
    pub lists: BTreeMap<String, Vec<ListRow>>,
    /// Number cells outside of lists that carry no name.
    pub unnamed: Vec<String>,
}

fn plain(html: &str) -> String {
    let mut text = String::new();
    let mut inside = false;
    for character in html.chars() {
        match character {
            '<' => inside = true,
            '>' => inside = false,
            other if !inside => text.push(other),
            _ => {}
        }
    }
    for (entity, character) in
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#x27;", "'"), ("&#x2f;", "/"), ("&amp;", "&")]
    {
        text = text.replace(entity, character);
    }
    text
}

/// What stands between two marks, and what follows.
fn between<'a>(text: &'a str, from: &str, to: &str) -> Option<(&'a str, &'a str)> {
    let start = text.find(from)? + from.len();
    let end = start + text[start..].find(to)?;
    Some((&text[start..end], &text[end..]))
}

impl Page {
    pub fn read(path: &Path) -> Page {
        let text = fs::read_to_string(path).unwrap();
        let mut figures: BTreeMap<String, String> = BTreeMap::new();
        let mut rest = text.as_str();
        while let Some((id, after)) = between(rest, "data-figure=\"", "\"") {
            let (shown, after) = between(after, ">", "<").unwrap();
            let (id, shown) = (plain(id), plain(shown));
            if let Some(before) = figures.insert(id.clone(), shown.clone()) {
                assert_eq!(before, shown, "{id} twice");
            }
            rest = after;
        }
        let mut lists = BTreeMap::new();
        let mut outside = String::new();
        let mut rest = text.as_str();
        while let Some(start) = rest.find("<table data-list=") {
            outside.push_str(&rest[..start]);
            let end = start + rest[start..].find("</table>").unwrap();
            let (name, rows) = list(&rest[start..end]);
            lists.insert(name, rows);
            rest = &rest[end..];
        }
        outside.push_str(rest);
        let mut unnamed = Vec::new();
        let mut rest = outside.as_str();
        while let Some((attributes, after)) = between(rest, "<td class=\"n", "</td>") {
            if !attributes.contains("data-figure") {
                unnamed.push(attributes.to_owned());
            }
            rest = after;
        }
        Page { figures, lists, unnamed }
    }
}

fn list(table: &str) -> (String, Vec<ListRow>) {
    let (name, mut rest) = between(table, "data-list=\"", "\"").unwrap();
    let mut columns = Vec::new();
    while let Some((column, after)) = between(rest, "data-column=\"", "\"") {
        columns.push(column.to_owned());
        rest = after;
    }
    let (body, _) = between(table, "<tbody>", "</tbody>").unwrap();
    let rows = body
        .split("</tr>")
        .filter(|row| row.contains("<td"))
        .map(|row| {
            let cells = row.split("</td>").filter(|cell| cell.contains("<td"));
            columns.iter().cloned().zip(cells.map(|cell| plain(cell).trim().to_owned())).collect()
        })
        .collect();
    (name.to_owned(), rows)
}
