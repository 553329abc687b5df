//! What a run rests on (DESIGN §2.8): every assumed or example figure or rule that its entitlements
//! reach, with the money that rests on it.
//!
//! The money is the sum of the cycle month's entitlements whose programme asks the figure and whose
//! row has its code keys (`hukou`, grade …). Where a key is a band or belongs to a member of the
//! household it is not narrowed down, so the money is an upper bound; it is never too small.

use rustc_hash::FxHashMap;

use crate::assess::Outcome;
use crate::domain::{Month, Tally};
use crate::intake::Claim;
use crate::policy::{
    Citation, DatedValue, FieldId, KeyPart, ProgrammeRule, Rulebook, Status, Value, ValueKey,
};

use super::facts::{ReportedDecision, RunFacts};

/// A figure or rule that is not verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rests<'a> {
    /// Code of the dated value, or `programme.clause`, or the programme's code.
    pub code: String,
    /// Name for people.
    pub name: &'a str,
    /// Its key, in the pack's codes (`urban`), empty where it has none.
    pub key: String,
    /// Its key in words (`城镇`, `70–89`).
    pub key_words: String,
    /// The figure as the pack wrote it, or the clause's words.
    pub written: &'a str,
    /// From when.
    pub from: Month,
    /// How sure.
    pub status: Status,
    /// Where it comes from.
    pub citation: &'a str,
    /// Entitlements of the cycle month that rest on it.
    pub money: Tally,
}

/// One entry in force that is not verified.
struct Open<'a> {
    value: &'a DatedValue,
    entry: usize,
    money: Tally,
}

/// Lists them: dated values in pack order, then clauses and programmes.
pub fn rests<'a>(facts: &RunFacts<'a>, decisions: &[&'a ReportedDecision<'a>]) -> Vec<Rests<'a>> {
    let rulebook = facts.rulebook;
    let cycle = facts.cycle;
    let mut open: Vec<Open<'a>> = Vec::new();
    let mut by_value: FxHashMap<u16, Vec<usize>> = FxHashMap::default();
    for (position, value) in rulebook.values.iter().enumerate() {
        for entry in in_force(value, cycle) {
            if value.entries[entry].citation.status != Status::Verified {
                by_value.entry(position as u16).or_default().push(open.len());
                open.push(Open { value, entry, money: Tally::default() });
            }
        }
    }
    let mut sums = vec![Tally::default(); rulebook.programmes.len()];
    for row in decisions {
        let decision = row.decision;
        if decision.month != cycle || decision.outcome != Outcome::Entitled {
            continue;
        }
        let rule = rulebook.rule(decision.programme);
        sums[usize::from(decision.programme.0)].add(decision.amount);
        for value in &rule.asks.values {
            for place in by_value.get(&value.0).into_iter().flatten() {
                let found = &mut open[*place];
                if may_apply(rulebook, rule, found.value, found.entry, row.claim) {
                    found.money.add(decision.amount);
                }
            }
        }
    }
    let mut listed: Vec<Rests<'a>> = open
        .iter()
        .filter(|open| open.money.count > 0)
        .map(|open| {
            let entry = &open.value.entries[open.entry];
            Rests {
                code: open.value.code.to_string(),
                name: &open.value.name,
                key: key_text(rulebook, open.value, &entry.key, false),
                key_words: key_text(rulebook, open.value, &entry.key, true),
                written: &entry.written,
                from: entry.from,
                status: entry.citation.status,
                citation: &entry.citation.text,
                money: open.money,
            }
        })
        .collect();
    for (position, rule) in rulebook.programmes.iter().enumerate() {
        let money = sums[position];
        if money.count == 0 {
            continue;
        }
        let mut push = |code: String, written: &'a str, citation: &'a Citation| {
            if citation.status != Status::Verified {
                listed.push(Rests {
                    code,
                    name: &rule.name,
                    key: String::new(),
                    key_words: String::new(),
                    written,
                    from: rule.from,
                    status: citation.status,
                    citation: &citation.text,
                    money,
                });
            }
        };
        push(rule.code.to_string(), "", &rule.citation);
        for clause in &rule.clauses {
            push(format!("{}.{}", rule.code, clause.id), &clause.words, &clause.citation);
        }
    }
    listed
}

/// The entries of a value that a month knows: of each key the latest announced by then.
fn in_force(value: &DatedValue, month: Month) -> Vec<usize> {
    let mut latest: Vec<usize> = Vec::new();
    for (position, entry) in value.entries.iter().enumerate() {
        let holds =
            entry.from <= month && entry.announced <= month && entry.until.is_none_or(|until| month <= until);
        if !holds {
            continue;
        }
        match latest.iter_mut().find(|other| value.entries[**other].key == entry.key) {
            Some(other) if value.entries[*other].from <= entry.from => *other = position,
            Some(_) => {}
            None => latest.push(position),
        }
    }
    latest
}

/// Whether a row's own codes leave room for an entry. Keys that the row does not decide (bands,
/// fields it has not, members of its household) do.
fn may_apply(
    rulebook: &Rulebook,
    rule: &ProgrammeRule,
    value: &DatedValue,
    entry: usize,
    claim: &Claim,
) -> bool {
    value.keys.iter().zip(&value.entries[entry].key).all(|(key, part)| match (key, part) {
        (ValueKey::Code(field), KeyPart::Code(code)) => {
            let slot = rulebook.roster(rule.roster).slot(*field);
            let own = slot.is_some() || usize::from(field.0) < crate::policy::Canonical::ALL.len();
            match own.then(|| claim.field(*field, slot)) {
                Some(Value::Code(written)) => written == *code,
                _ => true,
            }
        }
        _ => true,
    })
}

fn key_text(rulebook: &Rulebook, value: &DatedValue, key: &[KeyPart], words: bool) -> String {
    let parts: Vec<String> = value
        .keys
        .iter()
        .zip(key)
        .map(|(kind, part)| match (kind, part) {
            (ValueKey::Code(field), KeyPart::Code(code)) => code_word(rulebook, *field, *code, words),
            (_, KeyPart::Code(code)) => code.to_string(),
            (_, KeyPart::Band(from, to)) if words => match (from, to.map(|to| to - 1)) {
                (Some(from), Some(last)) if *from == last => from.to_string(),
                (Some(from), Some(last)) => format!("{from}–{last}"),
                (Some(from), None) => format!("≥ {from}"),
                (None, Some(last)) => format!("≤ {last}"),
                (None, None) => String::new(),
            },
            (_, KeyPart::Band(from, to)) => {
                let bound = |bound: &Option<i64>| bound.map_or(String::new(), |bound| bound.to_string());
                format!("[{}, {})", bound(from), bound(to))
            }
        })
        .collect();
    parts.join(" ")
}

fn code_word(rulebook: &Rulebook, field: FieldId, code: u16, words: bool) -> String {
    match &rulebook.field(field).kind {
        crate::policy::FieldKind::Code(entries) => {
            entries.get(usize::from(code)).map_or(String::new(), |entry| {
                entry.words.first().filter(|_| words).unwrap_or(&entry.code).to_string()
            })
        }
        _ => code.to_string(),
    }
}
