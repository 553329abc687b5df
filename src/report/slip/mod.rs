//! The decision slip: why a person or household gets this amount, or none, for one month. In: what
//! `explain` found. Out: one serialisable form in one language, and its two looks: text for a
//! terminal and a page for printing. For a terminal names and numbers are masked; the printed slip
//! is a file for its owner and shows them.

use std::io::{self, Write};

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde::Serialize;

use crate::assess::explain::Explained;
use crate::domain::{Beneficiary, Files, Month, PaymentId, Text};
use crate::ledger::{Answer, Decided, Entry, LineHistory};
use crate::policy::{Rulebook, Speaker};
use crate::settle::{HeldLine, PlannedPosting};
use crate::words::{self, Language};

mod claim;
mod form;
mod history;
mod writer;

pub use form::*;
use writer::Writer;

const TEXT: &str = include_str!("slip.txt");
const PAGE: &str = include_str!("slip.html");

/// What a slip is written from.
pub struct SlipFacts<'a> {
    /// The pack.
    pub rulebook: &'a Rulebook,
    /// Names behind sources.
    pub files: &'a Files,
    /// The bureau's name.
    pub bureau: &'a str,
    /// Whom.
    pub whom: &'a Beneficiary,
    /// The benefit month.
    pub month: Month,
    /// The cycle whose knowledge counts.
    pub cycle: Month,
    /// What today's rosters, registers and policy say.
    pub explained: &'a Explained,
    /// What the ledger holds.
    pub history: &'a [LineHistory],
    /// Entries it names.
    pub entries: &'a [Entry],
    /// Answers to its payments.
    pub answers: &'a [Answer],
    /// People's decisions.
    pub decisions: &'a [Decided],
    /// What the open draft would do to these lines.
    pub drafted: Option<&'a Drafted>,
    /// Programme codes, those only the ledger knows included.
    pub codes: &'a [Text],
    /// The language.
    pub language: Language,
    /// Whether names and numbers are masked.
    pub masked: bool,
}

/// The part of an open draft that speaks of a beneficiary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drafted {
    /// The run's number.
    pub run: u32,
    /// Postings of its lines, with the id the payment will have.
    pub postings: Vec<(PlannedPosting, Option<PaymentId>)>,
    /// Its money on hold.
    pub held: Vec<HeldLine>,
}

/// A slip in one language.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Slip {
    /// The bureau's name.
    pub bureau: String,
    /// Whom, as a beneficiary text.
    pub whom: String,
    /// Benefit month.
    pub month: String,
    /// The cycle whose knowledge counts.
    pub cycle: String,
    /// Pack name.
    pub pack: String,
    /// Pack digest, sha256.
    pub policy_digest: String,
    /// Claims.
    pub claims: Vec<SlipClaim>,
    /// Programmes without a claim.
    pub absent: Vec<SlipAbsent>,
    /// What the ledger holds.
    pub ledger: Vec<SlipLine>,
    /// People's decisions.
    pub decisions: Vec<SlipDecision>,
    /// What the open draft would do.
    pub draft: Option<SlipDraft>,
}

impl Slip {
    /// Puts the facts in words.
    pub fn new(facts: &SlipFacts<'_>) -> Slip {
        let writer =
            Writer { facts, speaker: Speaker { rulebook: facts.rulebook, language: facts.language } };
        Slip {
            bureau: facts.bureau.to_owned(),
            whom: writer.beneficiary(facts.whom),
            month: facts.month.to_string(),
            cycle: facts.cycle.to_string(),
            pack: facts.rulebook.name.to_string(),
            policy_digest: facts.rulebook.digest.clone(),
            claims: facts.explained.claims.iter().map(|claim| writer.claim(claim)).collect(),
            absent: facts
                .explained
                .absent
                .iter()
                .map(|absent| {
                    let rule = facts.rulebook.rule(absent.programme);
                    SlipAbsent {
                        programme: rule.code.to_string(),
                        programme_name: rule.name.to_string(),
                        roster_missing: absent.roster_missing,
                    }
                })
                .collect(),
            ledger: facts.history.iter().map(|line| writer.line(line)).collect(),
            decisions: facts.decisions.iter().map(|decided| writer.decision(decided)).collect(),
            draft: facts.drafted.map(|drafted| writer.draft(drafted)),
        }
    }

    /// For a terminal.
    ///
    /// # Errors
    /// A mistake in the template itself.
    pub fn text(&self, language: Language) -> io::Result<String> {
        self.render(language, "slip.txt", TEXT)
    }

    /// For printing: one page without anything beside it.
    ///
    /// # Errors
    /// What the writer says; a mistake in the template itself.
    pub fn page(&self, language: Language, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(self.render(language, "slip.html", PAGE)?.as_bytes())
    }

    fn render(&self, language: Language, name: &'static str, template: &'static str) -> io::Result<String> {
        let mut environment = Environment::new();
        environment.set_auto_escape_callback(|name| {
            if name.ends_with(".html") { AutoEscape::Html } else { AutoEscape::None }
        });
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.add_function("t", move |code: String| words::say(language, &format!("slip-{code}"), &[]));
        let template = without_tag_lines(template);
        environment.add_template(name, &template).map_err(io::Error::other)?;
        let lang = match language {
            Language::Zh => "zh",
            Language::En => "en",
        };
        environment
            .get_template(name)
            .and_then(|template| template.render(minijinja::context! { slip => Serde(self), lang => lang }))
            .map_err(io::Error::other)
    }
}

/// The template without the line ends that stand after tags, and without the indentation of lines
/// that hold nothing but a tag, so that tags leave no empty lines.
fn without_tag_lines(template: &str) -> String {
    let mut text = String::with_capacity(template.len());
    for line in template.lines() {
        let bare = line.trim();
        let tag_only = bare.starts_with("{%") && bare.ends_with("%}") && bare.matches("{%").count() == 1;
        text.push_str(if tag_only { bare } else { line });
        if !bare.ends_with("%}") {
            text.push('\n');
        }
    }
    text
}

/// A formula over several lines, on one.
pub fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
