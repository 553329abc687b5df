//! A claim on the slip: facts, clauses, the amount step by step, stacking, values, household members.

use crate::assess::Outcome;
use crate::assess::explain::{ClaimTrace, Fact, MemberOut, MemberTrace, StackingTrace};
use crate::domain::Money;
use crate::policy::trace::{Asked, Comparison, Of, Step};
use crate::policy::{Declared, RoundingMode, Unit};
use crate::words::{self, Language};

use super::super::label::label;
use super::super::notice::public_name;
use super::writer::Writer;
use super::{SlipAmount, SlipClaim, SlipClause, SlipComparison, SlipFact, SlipMember, SlipValue, one_line};

impl Writer<'_, '_> {
    pub(super) fn claim(&self, claim: &ClaimTrace) -> SlipClaim {
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
}
