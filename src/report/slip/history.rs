//! What the ledger and an open draft hold of a line, on the slip.

use crate::domain::Programme;
use crate::ledger::{Decided, LineHistory};

use super::super::label::label;
use super::writer::Writer;
use super::{Drafted, SlipDecision, SlipDraft, SlipEvent, SlipLine, SlipPlanned};

impl Writer<'_, '_> {
    pub(super) fn line(&self, line: &LineHistory) -> SlipLine {
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

    /// A programme's name; its code where the pack no longer has it.
    fn known_name(&self, programme: Programme) -> String {
        let rule = self.facts.rulebook.programmes.get(usize::from(programme.0));
        rule.map_or_else(|| self.code(programme), |rule| rule.name.to_string())
    }

    pub(super) fn draft(&self, drafted: &Drafted) -> SlipDraft {
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
                    programme_name: self.known_name(posting.line.programme),
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
                programme_name: self.known_name(held.line.programme),
                beneficiary: self.beneficiary(&held.line.beneficiary),
                kind: "held".to_owned(),
                words: self.say("held", &[("hold", &hold)]),
                amount: held.amount.to_string(),
                payment: String::new(),
            }
        }));
        SlipDraft { run: drafted.run, events }
    }

    pub(super) fn decision(&self, decided: &Decided) -> SlipDecision {
        let decision = &decided.decision;
        SlipDecision {
            entry: decided.entry,
            kind: decision.kind.word().to_owned(),
            words: self.say(&format!("decision-{}", decision.kind.word()), &[]),
            programme: decision.programme.map(|programme| self.code(programme)).unwrap_or_default(),
            programme_name: decision
                .programme
                .map(|programme| self.known_name(programme))
                .unwrap_or_default(),
            amount: decision.amount.map(|amount| amount.to_string()).unwrap_or_default(),
            document: decision.document.to_string(),
            why: decision.why.to_string(),
        }
    }
}
