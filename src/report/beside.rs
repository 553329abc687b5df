//! Two lists side by side, for people: our payments beside another system's list, and a month beside another.
//! In: what the conductor found. Out: the bytes of one CSV file with whole numbers, and the words of a reason.

use std::io;

use crate::domain::{Beneficiary, Money, Programme, Text};
use crate::policy::Rulebook;
use crate::settle::SettledLine;
use crate::settle::changes::Change;
use crate::words::{self, Language};

use super::encode::write_rows;
use super::label::{label, reason_words};

/// One difference between our payments and another system's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Programme code.
    pub programme: String,
    /// Beneficiary.
    pub beneficiary: Beneficiary,
    /// What we pay in the cycle.
    pub ours: Money,
    /// What the list says.
    pub theirs: Money,
    /// Whether it stands on their list at all.
    pub is_listed: bool,
    /// What we know of the line.
    pub why: Ours,
}

/// What our ledger says of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ours {
    /// Nothing.
    Unknown,
    /// Only what was taken over.
    Opening,
    /// What was decided, and whether the money is on hold.
    Settled {
        /// The decision.
        settled: Box<SettledLine>,
        /// On hold.
        held: bool,
    },
}

impl Difference {
    /// The code of the reason, for programs.
    pub fn code(&self) -> String {
        match &self.why {
            Ours::Unknown => "not-settled".to_owned(),
            Ours::Opening => "opening".to_owned(),
            Ours::Settled { settled, held } => {
                let held = if *held { " held" } else { "" };
                match settled.reason.as_str() {
                    "" => format!("{}{held} {}", settled.outcome, settled.amount),
                    why => format!("{}{held} {why}", settled.outcome),
                }
            }
        }
    }

    /// The reason for a person.
    pub fn words(&self, language: Language, rulebook: &Rulebook) -> String {
        let say = |code: &str, blanks: &[(&'static str, Text)]| words::say(language, code, blanks);
        if !self.is_listed {
            return say("beside-not-listed", &[]);
        }
        let ours = match &self.why {
            Ours::Unknown => return say("beside-unknown", &[]),
            Ours::Opening => say("beside-opening", &[]),
            Ours::Settled { settled, held } => {
                let outcome = label(language, "outcome", &settled.outcome);
                let blanks = [
                    ("amount", Text::from(settled.amount.to_string())),
                    ("outcome", Text::from(outcome)),
                    ("why", Text::from(reason_words(language, rulebook, &settled.reason).into_owned())),
                ];
                let code = match (settled.outcome.as_str(), settled.reason.as_str()) {
                    ("entitled", _) if *held => "beside-held",
                    ("entitled", _) => "beside-entitled",
                    (_, "") => "beside-outcome",
                    _ => "beside-outcome-why",
                };
                say(code, &blanks)
            }
        };
        let more = self.theirs > self.ours;
        let apart = if more { self.theirs - self.ours } else { self.ours - self.theirs };
        let code = if more { "beside-more" } else { "beside-less" };
        say(code, &[("amount", apart.to_string().into()), ("ours", ours.into())])
    }

    fn settled(&self) -> Option<&SettledLine> {
        match &self.why {
            Ours::Settled { settled, .. } => Some(settled),
            Ours::Unknown | Ours::Opening => None,
        }
    }
}

/// `differences.csv`.
///
/// # Errors
/// What the writer says.
pub fn differences(
    differences: &[Difference],
    language: Language,
    rulebook: &Rulebook,
) -> io::Result<Vec<u8>> {
    let columns = ["programme", "beneficiary", "name", "township", "ours", "theirs", "difference", "reason"];
    let mut bytes = Vec::new();
    write_rows(&mut bytes, &columns, differences, |difference, row| {
        let settled = difference.settled();
        row.text(&difference.programme).beneficiary(&difference.beneficiary);
        row.text(settled.map_or("", |settled| settled.name.as_str()));
        row.text(settled.map_or("", |settled| township(rulebook, &settled.township)));
        row.money(difference.ours).money(difference.theirs).money(difference.theirs - difference.ours);
        row.text(&difference.words(language, rulebook));
    })?;
    Ok(bytes)
}

/// `changes.csv`, with the columns of a run's. `codes` are the ledger's programmes.
///
/// # Errors
/// What the writer says.
pub fn changes(changes: &[Change], codes: &[Text], rulebook: &Rulebook) -> io::Result<Vec<u8>> {
    let code = |programme: Programme| codes.get(usize::from(programme.0)).map_or("", |code| code.as_str());
    let mut bytes = Vec::new();
    write_rows(&mut bytes, super::tables::CHANGES, changes, |change, row| {
        row.word(code(change.programme)).beneficiary(&change.beneficiary);
        row.text(&change.name).text(township(rulebook, &change.township)).word(change.kind.word());
        row.money(change.before).money(change.now).text(&change.reason);
    })?;
    Ok(bytes)
}

/// The name behind a township's code.
fn township<'a>(rulebook: &'a Rulebook, code: &'a str) -> &'a str {
    let division = rulebook.divisions.rows().iter().find(|division| division.code == code);
    division.map_or(code, |division| division.name.as_str())
}
