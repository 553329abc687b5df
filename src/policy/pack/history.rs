//! Static checks of a dated value's history: two values for one date and key, a hole between two
//! values of a key, bands with a gap or an overlap, each shown with an example.

use std::ops::Range;

use super::super::diagnostic::PackFaults;
use super::super::rulebook::{DatedEntry, Field, FieldKind, KeyPart, ValueKey};
use super::values::Drafted;
use crate::domain::Month;

/// Checks one value. Entries are sorted by key, then `from`.
pub(super) fn check(draft: &Drafted<'_>, fields: &[Field], faults: &mut PackFaults) {
    let entries = &draft.value.entries;
    let before = faults.faults().len();
    for (index, pair) in entries.windows(2).enumerate() {
        if pair[0].key == pair[1].key {
            consecutive(draft, index, fields, faults);
        }
    }
    if faults.faults().len() == before && draft.value.keys.contains(&ValueKey::Band) {
        bands(draft, fields, faults);
    }
}

/// Two entries of one key that follow each other.
fn consecutive(draft: &Drafted<'_>, index: usize, fields: &[Field], faults: &mut PackFaults) {
    let (earlier, later) = (&draft.value.entries[index], &draft.value.entries[index + 1]);
    let places = (draft.places[index].clone(), draft.places[index + 1].clone());
    let key = shown(draft, &earlier.key, fields);
    if earlier.from == later.from {
        faults
            .add("policy-two-values", draft.file, places.1)
            .with("value", &draft.value.code)
            .with("key", key)
            .with("month", later.from.to_string())
            .beside(draft.file, places.0);
        return;
    }
    let Some(until) = earlier.until else { return };
    if until >= later.from {
        faults
            .add("policy-two-values", draft.file, places.1)
            .with("value", &draft.value.code)
            .with("key", key)
            .with("month", later.from.to_string())
            .beside(draft.file, places.0);
    } else if until.plus(1) < later.from {
        faults
            .add("policy-hole", draft.file, places.1)
            .with("value", &draft.value.code)
            .with("key", key)
            .with("month", until.plus(1).to_string())
            .with("last", later.from.plus(-1).to_string())
            .beside(draft.file, places.0);
    }
}

/// The last month in which an entry holds: its own end, or the month before the next of its key.
fn holds_until(entries: &[DatedEntry], index: usize) -> Option<Month> {
    let entry = &entries[index];
    let next = entries.get(index + 1).filter(|next| next.key == entry.key).map(|next| next.from.plus(-1));
    match (entry.until, next) {
        (Some(until), Some(next)) => Some(until.min(next)),
        (until, next) => until.or(next),
    }
}

/// In each month in which something begins or ends, the bands in force must join without gap and
/// without overlap, for every combination of the other keys.
fn bands(draft: &Drafted<'_>, fields: &[Field], faults: &mut PackFaults) {
    let entries = &draft.value.entries;
    let mut turns: Vec<Month> = entries
        .iter()
        .enumerate()
        .flat_map(|(index, entry)| [Some(entry.from), holds_until(entries, index).map(|until| until.plus(1))])
        .flatten()
        .collect();
    turns.sort_unstable();
    turns.dedup();
    if hole_between_bands(draft, &turns, fields, faults) {
        return;
    }
    for (axis, _) in draft.value.keys.iter().enumerate().filter(|(_, key)| **key == ValueKey::Band) {
        for month in &turns {
            if axis_at(draft, axis, *month, fields, faults) {
                return;
            }
        }
    }
}

/// Bands may be cut otherwise from one month on; then a hole lies between different keys.
fn hole_between_bands(
    draft: &Drafted<'_>,
    turns: &[Month],
    fields: &[Field],
    faults: &mut PackFaults,
) -> bool {
    let entries = &draft.value.entries;
    let codes = |entry: &DatedEntry| -> Vec<KeyPart> {
        entry.key.iter().filter(|part| matches!(part, KeyPart::Code(_))).cloned().collect()
    };
    for month in turns {
        for (index, next) in entries.iter().enumerate().filter(|(_, entry)| entry.from > *month) {
            let group = codes(next);
            let mut same = entries.iter().enumerate().filter(|(_, entry)| codes(entry) == group);
            let in_force = same.clone().any(|(index, entry)| {
                entry.from <= *month && holds_until(entries, index).is_none_or(|until| *month <= until)
            });
            let earlier = same.find(|(_, entry)| entry.from < *month);
            if let (false, Some((before, _))) = (in_force, earlier) {
                faults
                    .add("policy-hole", draft.file, draft.places[index].clone())
                    .with("value", &draft.value.code)
                    .with("key", shown(draft, &next.key, fields))
                    .with("month", month.to_string())
                    .with("last", next.from.plus(-1).to_string())
                    .beside(draft.file, draft.places[before].clone());
                return true;
            }
        }
    }
    false
}

/// Checks the bands of one key in one month; says whether something was wrong.
fn axis_at(
    draft: &Drafted<'_>,
    axis: usize,
    month: Month,
    fields: &[Field],
    faults: &mut PackFaults,
) -> bool {
    let entries = &draft.value.entries;
    let mut in_force: Vec<usize> = (0..entries.len())
        .filter(|index| {
            entries[*index].from <= month && holds_until(entries, *index).is_none_or(|until| month <= until)
        })
        .collect();
    let others = |index: usize| -> Vec<&KeyPart> {
        entries[index].key.iter().enumerate().filter(|(at, _)| *at != axis).map(|(_, part)| part).collect()
    };
    let band = |index: usize| match entries[index].key[axis] {
        KeyPart::Band(from, below) => (from, below),
        KeyPart::Code(_) => (None, None),
    };
    // Without lower bound sorts first, as `None` does.
    in_force.sort_by(|a, b| others(*a).cmp(&others(*b)).then(band(*a).0.cmp(&band(*b).0)));
    for pair in in_force.windows(2) {
        if others(pair[0]) != others(pair[1]) {
            continue;
        }
        let (below, from) = (band(pair[0]).1, band(pair[1]).0);
        let (code, example, places): (_, i64, (Range<usize>, Range<usize>)) = match (below, from) {
            (Some(below), Some(from)) if below < from => {
                ("policy-band-gap", below, (draft.places[pair[1]].clone(), draft.places[pair[0]].clone()))
            }
            (Some(below), Some(from)) if below == from => continue,
            (below, from) => {
                // The larger of the two lower bounds lies in both; without one, what is just below.
                let example = from.or(below.map(|below| below.saturating_sub(1))).unwrap_or(0);
                (
                    "policy-band-overlap",
                    example,
                    (draft.places[pair[1]].clone(), draft.places[pair[0]].clone()),
                )
            }
        };
        faults
            .add(code, draft.file, places.0)
            .with("value", &draft.value.code)
            .with("example", example.to_string())
            .with("month", month.to_string())
            .with("first", shown(draft, &entries[pair[0]].key, fields))
            .with("second", shown(draft, &entries[pair[1]].key, fields))
            .beside(draft.file, places.1);
        return true;
    }
    false
}

/// A key as messages show it.
fn shown(draft: &Drafted<'_>, key: &[KeyPart], fields: &[Field]) -> String {
    let parts: Vec<String> = key
        .iter()
        .zip(&draft.value.keys)
        .map(|(part, key)| match (part, key) {
            (KeyPart::Code(code), ValueKey::Code(field)) => {
                match fields.get(usize::from(field.0)).map(|field| &field.kind) {
                    Some(FieldKind::Code(table)) => {
                        table.get(usize::from(*code)).map_or_else(String::new, |entry| entry.code.to_string())
                    }
                    _ => String::new(),
                }
            }
            (KeyPart::Band(Some(from), Some(below)), _) if below.saturating_sub(1) == *from => {
                from.to_string()
            }
            (KeyPart::Band(Some(from), Some(below)), _) => format!("{from}–{}", below.saturating_sub(1)),
            (KeyPart::Band(Some(from), None), _) => format!("≥ {from}"),
            (KeyPart::Band(None, Some(below)), _) => format!("< {below}"),
            _ => "*".to_owned(),
        })
        .collect();
    format!("({})", parts.join(", "))
}
