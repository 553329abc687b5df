//! The decision slip: why a person or household gets this amount, or none, for one month. In: what
//! `explain` found. Out: one serialisable form in one language, and its two looks: text for a
//! terminal and a page for printing. For a terminal names and numbers are masked; the printed slip
//! is a file for its owner and shows them.

use std::io::{self, Write};

use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde::Serialize;

use crate::assess::Outcome;
use crate::assess::explain::{ClaimTrace, Explained, Fact, MemberOut, MemberTrace, StackingTrace};
use crate::domain::{Beneficiary, Files, Money, Month, PaymentId, Programme, ResidentId, Text};
use crate::ledger::{Answer, Decided, Entry, LineHistory};
use crate::policy::trace::{Asked, Comparison, Of, Step};
use crate::policy::{Citation, Declared, RoundingMode, Rulebook, Speaker, Status, Unit};
use crate::settle::{HeldLine, PlannedPosting};
use crate::words::{self, Language};

use super::label::label;
use super::notice::public_name;

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

/// An open draft.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SlipDraft {
    /// The run's number.
    pub run: u32,
    /// What it would do, in line order.
    pub events: Vec<SlipPlanned>,
}

/// A posting or hold of a draft.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SlipPlanned {
    /// Programme code.
    pub programme: String,
    /// Beneficiary text.
    pub beneficiary: String,
    /// Posting kind, or `held`.
    pub kind: String,
    /// For people.
    pub words: String,
    /// Yuan.
    pub amount: String,
    /// The id the payment will have.
    pub payment: String,
}

/// One claim.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SlipClaim {
    /// Programme code.
    pub programme: String,
    /// Its name.
    pub programme_name: String,
    /// Where the programme comes from.
    pub citation: SlipCitation,
    /// Beneficiary text.
    pub beneficiary: String,
    /// Person of the row.
    pub resident_id: String,
    /// Name.
    pub name: String,
    /// Case.
    pub case_no: String,
    /// Outcome word.
    pub outcome: String,
    /// Outcome for people.
    pub outcome_words: String,
    /// Reason as in `decisions.csv`.
    pub reason: String,
    /// Reason for people.
    pub reason_words: String,
    /// Clause id.
    pub clause: String,
    /// Yuan.
    pub amount: Option<String>,
    /// Source rows.
    pub source: String,
    /// Month of death.
    pub death: String,
    /// Facts.
    pub facts: Vec<SlipFact>,
    /// Clauses.
    pub clauses: Vec<SlipClause>,
    /// The amount.
    pub computation: Option<SlipAmount>,
    /// Stacking, a sentence each.
    pub stacking: Vec<String>,
    /// Dated values.
    pub values: Vec<SlipValue>,
    /// Household members.
    pub members: Vec<SlipMember>,
    /// A counted member's share.
    pub share: Option<String>,
}

/// Where a rule comes from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SlipCitation {
    /// Document, article.
    pub text: String,
    /// `verified`, `assumed`, `example`.
    pub status: String,
    /// The same for people.
    pub status_words: String,
}

/// A fact.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SlipFact {
    /// Whose: empty for the row itself.
    pub of: String,
    /// Name.
    pub name: String,
    /// Value.
    pub value: String,
    /// Source row, register, or document of the change sheet.
    pub source: String,
}

/// A clause.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SlipClause {
    /// Id.
    pub id: String,
    /// As the pack writes it.
    pub condition: String,
    /// `true`, `false` or none.
    pub holds: Option<bool>,
    /// Verdict for people.
    pub verdict: String,
    /// Whether it decided.
    pub decides: bool,
    /// The refusal's words.
    pub words: String,
    /// Computations.
    pub steps: Vec<String>,
    /// Comparisons.
    pub comparisons: Vec<SlipComparison>,
    /// Where it comes from.
    pub citation: SlipCitation,
}

/// A comparison.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SlipComparison {
    /// Both sides with their values.
    pub text: String,
    /// The answer.
    pub holds: Option<bool>,
    /// For people.
    pub verdict: String,
}

/// An amount.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SlipAmount {
    /// As the pack writes it.
    pub formula: String,
    /// Choices made on the way.
    pub comparisons: Vec<SlipComparison>,
    /// Computations.
    pub steps: Vec<String>,
    /// What the formula gives.
    pub computed: String,
    /// Rounding, floor, cap, declared amount: a sentence each.
    pub then: Vec<String>,
}

/// A dated value in force.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SlipValue {
    /// Code.
    pub code: String,
    /// Name for people, with its key.
    pub name: String,
    /// The figure as the pack writes it.
    pub written: String,
    /// What rules compute with: yuan a month, a share, a number.
    pub amount: String,
    /// First month.
    pub from: String,
    /// First cycle that knows it.
    pub announced: String,
    /// Where it comes from.
    pub citation: SlipCitation,
}

/// A member.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SlipMember {
    /// How facts name this member; empty where not counted.
    pub label: String,
    /// Name.
    pub name: String,
    /// Identity number.
    pub resident_id: String,
    /// Relation.
    pub relation: String,
    /// Source row.
    pub source: String,
    /// Counted.
    pub counted: bool,
    /// Head, asked about, or why not counted.
    pub remark: String,
    /// Share.
    pub share: String,
}

/// A programme without a claim.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SlipAbsent {
    /// Code.
    pub programme: String,
    /// Name.
    pub programme_name: String,
    /// The month has no such roster.
    pub roster_missing: bool,
}

/// A ledger line.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SlipLine {
    /// Programme code.
    pub programme: String,
    /// Name for people.
    pub programme_name: String,
    /// Beneficiary text.
    pub beneficiary: String,
    /// Case.
    pub case_no: String,
    /// Entitlement posted.
    pub entitlement: String,
    /// Balance.
    pub balance: String,
    /// What happened, in order.
    pub events: Vec<SlipEvent>,
}

/// Something that happened to a line.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SlipEvent {
    /// Ledger entry.
    pub entry: u64,
    /// Its day.
    pub date: String,
    /// `settled`, a posting kind, `held`, `answer`.
    pub kind: String,
    /// For people.
    pub words: String,
    /// Yuan.
    pub amount: String,
    /// Posting id.
    pub posting: Option<i64>,
    /// Payment id.
    pub payment: String,
}

/// A person's decision.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SlipDecision {
    /// Ledger entry.
    pub entry: u64,
    /// Kind.
    pub kind: String,
    /// Programme code; empty for all.
    pub programme: String,
    /// Yuan.
    pub amount: String,
    /// Document number.
    pub document: String,
    /// Why.
    pub why: String,
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

struct Writer<'w, 'a> {
    facts: &'w SlipFacts<'a>,
    speaker: Speaker<'w>,
}

impl Writer<'_, '_> {
    fn say(&self, code: &str, blanks: &[(&'static str, &str)]) -> String {
        let blanks: Vec<(&'static str, Text)> =
            blanks.iter().map(|(name, value)| (*name, Text::from(*value))).collect();
        words::say(self.facts.language, &format!("slip-{code}"), &blanks)
    }

    fn beneficiary(&self, beneficiary: &Beneficiary) -> String {
        if self.facts.masked { beneficiary.masked() } else { beneficiary.to_string() }
    }

    fn resident(&self, resident: Option<ResidentId>) -> String {
        match resident {
            None => String::new(),
            Some(resident) if self.facts.masked => resident.masked(),
            Some(resident) => resident.to_string(),
        }
    }

    fn name(&self, name: &str) -> String {
        if self.facts.masked { public_name(name) } else { name.to_owned() }
    }

    fn citation(&self, citation: &Citation) -> SlipCitation {
        let status = match citation.status {
            Status::Verified => "verified",
            Status::Assumed => "assumed",
            Status::Example => "example",
        };
        SlipCitation {
            text: citation.text.to_string(),
            status: status.to_owned(),
            status_words: label(self.facts.language, "status", status),
        }
    }

    fn claim(&self, claim: &ClaimTrace) -> SlipClaim {
        let decision = &claim.decision;
        let rule = self.facts.rulebook.rule(decision.programme);
        let (clause, reason) = decision.reason_words(self.facts.rulebook);
        let amount = matches!(decision.outcome, Outcome::Entitled | Outcome::Nil);
        SlipClaim {
            programme: rule.code.to_string(),
            programme_name: rule.name.to_string(),
            citation: self.citation(&rule.citation),
            beneficiary: self.beneficiary(&decision.beneficiary),
            resident_id: self.resident(claim.resident),
            name: self.name(&claim.name),
            case_no: decision.case_no.to_string(),
            outcome: decision.outcome.word().to_owned(),
            outcome_words: label(self.facts.language, "outcome", decision.outcome.word()),
            reason_words: self.reason(claim, &reason),
            reason: reason.into_owned(),
            clause: clause.to_owned(),
            amount: amount.then(|| decision.amount.to_string()),
            source: self.facts.files.show_all(&decision.sources),
            death: claim.death.map(|month| month.to_string()).unwrap_or_default(),
            facts: claim.facts.iter().filter_map(|fact| self.fact(fact)).collect(),
            clauses: claim
                .clauses
                .iter()
                .map(|clause| SlipClause {
                    id: clause.id.to_string(),
                    condition: one_line(&clause.traced.written),
                    holds: clause.holds,
                    verdict: self.verdict(clause.holds),
                    decides: clause.decides,
                    words: clause.words.to_string(),
                    steps: self.steps(&clause.traced.steps),
                    comparisons: self.comparisons(&clause.traced.comparisons),
                    citation: self.citation(&clause.citation),
                })
                .collect(),
            computation: claim.amount.as_ref().map(|_| self.amount(claim)).filter(|_| {
                // Without the amount's facts there is nothing to show for a claim refused before.
                !matches!(decision.outcome, Outcome::Rejected)
            }),
            stacking: claim.stacking.iter().map(|stacking| self.stacking(claim, *stacking)).collect(),
            values: claim.values.iter().map(|value| self.value(value)).collect(),
            members: claim.members.iter().map(|member| self.member(member, claim.share)).collect(),
            share: claim.share.map(|share| share.to_string()),
        }
    }

    fn reason(&self, claim: &ClaimTrace, reason: &str) -> String {
        use crate::assess::Reason;
        match claim.decision.reason {
            Reason::Incomplete(missing) => self.speaker.missing(missing),
            Reason::Undecided(programme) => {
                self.speaker.missing(crate::policy::Missing::Programme(programme))
            }
            Reason::By(programme) => self.say("by", &[("programme", &self.programme_name(programme))]),
            Reason::Clause(_) | Reason::None => reason.to_owned(),
            _ => label(self.facts.language, "reason", &reason.replace(' ', "-")),
        }
    }

    fn programme_name(&self, programme: Programme) -> String {
        self.speaker.programme(programme)
    }

    fn verdict(&self, holds: Option<bool>) -> String {
        self.say(
            match holds {
                Some(true) => "holds",
                Some(false) => "fails",
                None => "unknown",
            },
            &[],
        )
    }

    fn of(&self, of: Of) -> String {
        match of {
            Of::Row => String::new(),
            Of::Head => words::say(self.facts.language, "trace-head", &[]),
            Of::Member(index) => words::say(
                self.facts.language,
                "trace-member",
                &[("number", (index + 1).to_string().as_str().into())],
            ),
        }
    }

    fn prefixed(&self, of: Of, text: &str) -> String {
        let of = self.of(of);
        match (of.is_empty(), self.facts.language) {
            (true, _) => text.to_owned(),
            (false, Language::Zh) => format!("{of}：{text}"),
            (false, Language::En) => format!("{of}: {text}"),
        }
    }

    fn steps(&self, steps: &[Step]) -> Vec<String> {
        steps.iter().map(|step| self.prefixed(step.of, &format!("{} = {}", step.text, step.value))).collect()
    }

    fn comparisons(&self, comparisons: &[Comparison]) -> Vec<SlipComparison> {
        comparisons
            .iter()
            .map(|comparison| SlipComparison {
                text: self.prefixed(comparison.of, &comparison.text),
                holds: comparison.holds,
                verdict: self.verdict(comparison.holds),
            })
            .collect()
    }

    fn fact(&self, fact: &Fact) -> Option<SlipFact> {
        let source = match (&fact.asked, fact.source) {
            (Asked::Month | Asked::Members, _) => return None,
            (Asked::Register(_), _) => self.say("register", &[]),
            (Asked::Programme(_), _) => self.say("same-month", &[]),
            (_, Some(source)) => {
                let row = self.facts.files.show(source);
                if fact.document.is_empty() {
                    row
                } else {
                    self.say("changed", &[("row", &row), ("document", &fact.document)])
                }
            }
            (_, None) => String::new(),
        };
        let private = match &fact.asked {
            Asked::Field(field) => {
                matches!(
                    self.facts.rulebook.field(*field).kind,
                    crate::policy::FieldKind::Name | crate::policy::FieldKind::Certificate { .. }
                )
            }
            _ => false,
        };
        let value = if private && self.facts.masked { public_name(&fact.value) } else { fact.value.clone() };
        Some(SlipFact { of: self.of(fact.of), name: fact.name.clone(), value, source })
    }

    fn amount(&self, claim: &ClaimTrace) -> SlipAmount {
        let Some(amount) = &claim.amount else {
            return SlipAmount {
                formula: String::new(),
                comparisons: Vec::new(),
                steps: Vec::new(),
                computed: String::new(),
                then: Vec::new(),
            };
        };
        let mut then = Vec::new();
        if let Some(rounded) = amount.rounded {
            let mode = match amount.rounding.mode {
                RoundingMode::HalfUp => "half-up",
                RoundingMode::Up => "up",
                RoundingMode::Down => "down",
            };
            let to = match amount.rounding.fen {
                1 => "fen",
                10 => "jiao",
                _ => "yuan",
            };
            let mode = self.say(&format!("rounding-{mode}"), &[]);
            let to = self.say(&format!("to-{to}"), &[]);
            then.push(self.say("rounded", &[("mode", &mode), ("to", &to), ("amount", &rounded.to_string())]));
        }
        if let Some((floor, raised)) = amount.floor {
            let code = if raised { "floor-raised" } else { "floor-kept" };
            then.push(self.say(code, &[("amount", &floor.to_string())]));
        }
        if let Some((cap, most, cut)) = &amount.cap {
            then.extend(self.steps(&cap.steps));
            let most = most.map_or_else(|| cap.shown.clone(), |most| most.to_string());
            let code = if *cut { "cap-cut" } else { "cap-kept" };
            then.push(self.say(code, &[("formula", &one_line(&cap.written)), ("amount", &most)]));
        }
        if let Some((declared, rule)) = amount.declared {
            let code = match rule {
                Declared::PayComputed => "declared-computed",
                Declared::PayDeclared => "declared-paid",
                Declared::DeferIfDifferent => "declared-deferred",
            };
            then.push(self.say(code, &[("amount", &declared.to_string())]));
        }
        let (outcome, _, before) = amount.before_stacking;
        if outcome == Outcome::Entitled && before != claim.decision.amount {
            then.push(self.say("before-stacking", &[("amount", &before.to_string())]));
        }
        SlipAmount {
            formula: one_line(&amount.traced.written),
            comparisons: self.comparisons(&amount.traced.comparisons),
            steps: self.steps(&amount.traced.steps),
            computed: if amount.traced.steps.is_empty() && amount.traced.told != amount.traced.shown {
                amount.traced.told.clone()
            } else {
                amount.traced.shown.clone()
            },
            then,
        }
    }

    /// A sentence about a stacking rule, with where the rule comes from.
    fn cited(&self, rule: usize, sentence: String) -> String {
        match self.facts.rulebook.stacking_citations.get(rule) {
            Some(citation) => {
                let citation = self.citation(citation);
                let basis = self.say("basis", &[]);
                format!("{sentence}  {basis} {}（{}）", citation.text, citation.status_words)
            }
            None => sentence,
        }
    }

    fn stacking(&self, claim: &ClaimTrace, stacking: StackingTrace) -> String {
        match stacking {
            StackingTrace::BarredBy { holder, entitled, rule } => {
                let code = match entitled {
                    Some(true) => "barred-by",
                    Some(false) => "not-barred-by",
                    None => "barred-unknown",
                };
                self.cited(rule, self.say(code, &[("programme", &self.programme_name(holder))]))
            }
            StackingTrace::DisplacedBy { programme } if programme == claim.decision.programme => {
                self.say("displaced-by-row", &[])
            }
            StackingTrace::DisplacedBy { programme } => {
                self.say("displaced-by", &[("programme", &self.programme_name(programme))])
            }
            StackingTrace::Displaces { programme } if programme == claim.decision.programme => {
                self.say("displaces-row", &[])
            }
            StackingTrace::Displaces { programme } => {
                self.say("displaces", &[("programme", &self.programme_name(programme))])
            }
            StackingTrace::Less { programme, amount, rule } => {
                let amount = amount.map_or_else(|| self.verdict(None), |amount| amount.to_string());
                let less = [("programme", &*self.programme_name(programme)), ("amount", &*amount)];
                self.cited(rule, self.say("less", &less))
            }
        }
    }

    fn value(&self, traced: &crate::assess::explain::ValueTrace) -> SlipValue {
        let rule = &self.facts.rulebook.values[usize::from(traced.value.0)];
        let key = self.speaker.key(traced.value, &traced.entry.key);
        let name = self.speaker.value(traced.value);
        let amount = traced.entry.amount;
        SlipValue {
            code: rule.code.to_string(),
            name: if key.is_empty() { name } else { format!("{name}({key})") },
            written: traced.entry.written.to_string(),
            amount: match rule.unit {
                Unit::Money => Money::half_up(amount).map_or_else(|_| amount.to_string(), |m| m.to_string()),
                Unit::Ratio | Unit::Integer => amount.normalize().to_string(),
            },
            from: traced.entry.from.to_string(),
            announced: traced.entry.announced.to_string(),
            citation: self.citation(&traced.entry.citation),
        }
    }

    fn member(&self, member: &MemberTrace, share: Option<Money>) -> SlipMember {
        let mut remarks = Vec::new();
        if member.head {
            remarks.push(self.say("head", &[]));
        }
        if member.asked {
            remarks.push(self.say("asked", &[]));
        }
        match member.why {
            MemberOut::No if member.counted => {}
            MemberOut::No => remarks.push(self.say("not-counted", &[])),
            MemberOut::NotCurrent => remarks.push(self.say("member-not-current", &[])),
            MemberOut::Rejected => remarks.push(self.say("member-rejected", &[])),
            MemberOut::Repeated => remarks.push(self.say("member-repeated", &[])),
            MemberOut::Dead => remarks.push(self.say("member-dead", &[])),
            MemberOut::Excluded(programme) => {
                remarks.push(self.say("member-excluded", &[("programme", &self.programme_name(programme))]));
            }
        }
        SlipMember {
            label: member.position.map(|position| self.of(Of::Member(position))).unwrap_or_default(),
            name: self.name(&member.name),
            resident_id: self.resident(member.resident),
            relation: member.relation.to_string(),
            source: self.facts.files.show(member.source),
            counted: member.counted,
            remark: remarks.join(if self.facts.language == Language::Zh { "；" } else { "; " }),
            share: share.filter(|_| member.counted).map(|share| share.to_string()).unwrap_or_default(),
        }
    }

    fn line(&self, line: &LineHistory) -> SlipLine {
        let programme = usize::from(line.line.programme.0);
        let code = self.facts.codes.get(programme).map_or("", |code| code.as_str());
        let name = self.facts.rulebook.programmes.get(programme).map_or(code, |rule| rule.name.as_str());
        let mut events: Vec<SlipEvent> = Vec::new();
        for (entry, settled) in &line.settled {
            let outcome = label(self.facts.language, "outcome", &settled.outcome);
            let words = self.say(
                "settled",
                &[("outcome", &outcome), ("reason", &settled.reason), ("source", &settled.source)],
            );
            events.push(self.event(*entry, "settled", words, settled.amount.to_string()));
        }
        for posting in &line.postings {
            let mut words = self.say(&format!("posting-{}", posting.kind.word()), &[]);
            if let Some(cause) = posting.cause {
                let cause = label(self.facts.language, "cause", cause.word());
                words.push_str(&self.say("cause", &[("cause", &cause)]));
            }
            if !posting.document.is_empty() {
                words.push_str(&self.say("document", &[("document", &posting.document)]));
            }
            let mut event = self.event(posting.entry, posting.kind.word(), words, posting.amount.to_string());
            event.posting = Some(posting.id);
            event.payment = posting.payment.as_ref().map(ToString::to_string).unwrap_or_default();
            events.push(event);
        }
        for (entry, amount, hold) in &line.held {
            let hold = label(self.facts.language, "hold", hold.word());
            events.push(self.event(*entry, "held", self.say("held", &[("hold", &hold)]), amount.to_string()));
        }
        let payments: Vec<_> = line.postings.iter().filter_map(|posting| posting.payment.as_ref()).collect();
        for answer in self.facts.answers.iter().filter(|answer| payments.contains(&&answer.answer.payment)) {
            let status = self.say(&format!("answer-{}", answer.answer.status.word()), &[]);
            let words = self.say("answer", &[("status", &status), ("reason", &answer.answer.reason)]);
            let amount = answer.answer.amount.map(|amount| amount.to_string()).unwrap_or_default();
            let mut event = self.event(answer.entry, "answer", words, amount);
            event.payment = answer.answer.payment.to_string();
            events.push(event);
        }
        events.sort_by_key(|event| (event.entry, event.posting.is_none() && event.kind != "settled"));
        SlipLine {
            programme: code.to_owned(),
            programme_name: name.to_owned(),
            beneficiary: self.beneficiary(&line.line.beneficiary),
            case_no: line.line.case_no.to_string(),
            entitlement: line.entitlement.to_string(),
            balance: line.balance.to_string(),
            events,
        }
    }

    fn event(&self, entry: u64, kind: &str, words: String, amount: String) -> SlipEvent {
        let date = self.facts.entries.iter().find(|known| known.number == entry);
        SlipEvent {
            entry,
            date: date.map(|known| known.act.today.to_string()).unwrap_or_default(),
            kind: kind.to_owned(),
            words,
            amount,
            posting: None,
            payment: String::new(),
        }
    }

    fn code(&self, programme: Programme) -> String {
        self.facts.codes.get(usize::from(programme.0)).map(ToString::to_string).unwrap_or_default()
    }

    fn draft(&self, drafted: &Drafted) -> SlipDraft {
        let mut events: Vec<SlipPlanned> = drafted
            .postings
            .iter()
            .map(|(posting, payment)| {
                let mut words = self.say(&format!("posting-{}", posting.kind.word()), &[]);
                if let Some(cause) = posting.cause {
                    let cause = label(self.facts.language, "cause", cause.word());
                    words.push_str(&self.say("cause", &[("cause", &cause)]));
                }
                SlipPlanned {
                    programme: self.code(posting.line.programme),
                    beneficiary: self.beneficiary(&posting.line.beneficiary),
                    kind: posting.kind.word().to_owned(),
                    words,
                    amount: posting.amount.to_string(),
                    payment: payment.as_ref().map(ToString::to_string).unwrap_or_default(),
                }
            })
            .collect();
        events.extend(drafted.held.iter().map(|held| {
            let hold = label(self.facts.language, "hold", held.hold.word());
            SlipPlanned {
                programme: self.code(held.line.programme),
                beneficiary: self.beneficiary(&held.line.beneficiary),
                kind: "held".to_owned(),
                words: self.say("held", &[("hold", &hold)]),
                amount: held.amount.to_string(),
                payment: String::new(),
            }
        }));
        SlipDraft { run: drafted.run, events }
    }

    fn decision(&self, decided: &Decided) -> SlipDecision {
        let decision = &decided.decision;
        SlipDecision {
            entry: decided.entry,
            kind: decision.kind.word().to_owned(),
            programme: decision.programme.map(|programme| self.code(programme)).unwrap_or_default(),
            amount: decision.amount.map(|amount| amount.to_string()).unwrap_or_default(),
            document: decision.document.to_string(),
            why: decision.why.to_string(),
        }
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
