//! `returns --decisions`: two persons decide what became of a payment that no bank answers, what the
//! bank moved where it was another amount than ours, and which exceptions are closed (DESIGN §10, §13).
//! Each decision has a document number and a reason.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{Exit, Fault, Line, Money, PaymentId, PostingKind, Text};
use crate::ledger::{
    AnswerStatus, Batch, DecisionKind, EntryKind, LedgerPayment, NewAnswer, NewDecision, NewPosting,
    PaymentState, StrayId,
};

use super::decisions::{Decided, Desk, returned};

/// What a decision speaks of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// A payment.
    Payment(PaymentId),
    /// An item of a bank's answer that belongs to no one payment: `item-<entry>-<number>`.
    Stray(StrayId),
}

impl Target {
    /// Reads what stands under `payment_id` in a file of decisions.
    pub fn parse(text: &str) -> Option<Target> {
        PaymentId::parse(text).map(Target::Payment).or_else(|| StrayId::parse(text).map(Target::Stray))
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Target::Payment(payment) => payment.fmt(f),
            Target::Stray(stray) => stray.fmt(f),
        }
    }
}

/// A person's decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemDecision {
    /// On what.
    pub target: Target,
    /// `confirmed-paid`, `confirmed-not-paid`, `bank-difference` or `close`.
    pub kind: DecisionKind,
    /// For `bank-difference`: what the bank moved for the payment in all.
    pub amount: Option<Money>,
    /// Document number.
    pub document: Text,
    /// Why.
    pub reason: Text,
}

impl ItemDecision {
    /// The kinds that a file of decisions may name.
    pub const KINDS: [DecisionKind; 4] = [
        DecisionKind::ConfirmedPaid,
        DecisionKind::ConfirmedNotPaid,
        DecisionKind::BankDifference,
        DecisionKind::Close,
    ];
}

impl Desk<'_> {
    /// Records what two persons decide on payments and exceptions.
    ///
    /// # Errors
    /// Exit 2: an unknown payment or item; exit 3: the payment has its answer, two decisions on one
    /// payment, an amount that makes no difference. Nothing is written then.
    pub fn decide_payments(&mut self, decisions: &[ItemDecision], by: &str) -> Result<Decided, Fault> {
        let codes = self.ledger.programme_codes(&self.codes)?;
        let moved = self.moved_otherwise(&codes)?;
        let strays: BTreeSet<StrayId> = self.ledger.strays()?.into_iter().map(|(id, _)| id).collect();
        let mut batch = Batch::default();
        let body = canonical(decisions);
        if let Some(before) = self.done_before(EntryKind::Decision, &body)? {
            return Ok(before);
        }
        let mut seen: BTreeSet<&Target> = BTreeSet::new();
        for decision in decisions {
            let refused = |code: &'static str| {
                Fault::new(Exit::Refused, code).with("payment", decision.target.to_string())
            };
            if !seen.insert(&decision.target) {
                return Err(refused("decided-twice"));
            }
            let unknown = || {
                Fault::new(Exit::Usage, "decided-payment-unknown")
                    .with("payment", decision.target.to_string())
            };
            let payment = match &decision.target {
                Target::Payment(id) => {
                    let known = self.ledger.payment(id, &codes)?.ok_or_else(unknown)?;
                    self.decide_payment(&mut batch, decision, &known, moved.get(id))?;
                    Some(known.id)
                }
                Target::Stray(id) => {
                    if !strays.contains(id) {
                        return Err(unknown());
                    }
                    if decision.kind != DecisionKind::Close {
                        return Err(refused("decided-stray-close-only"));
                    }
                    batch.stray_decisions.push((batch.decisions.len() as u32, *id));
                    None
                }
            };
            batch.decisions.push(NewDecision {
                kind: decision.kind,
                beneficiary: None,
                programme: None,
                month: None,
                case_no: Text::default(),
                payment,
                amount: decision.amount,
                document: decision.document.clone(),
                why: decision.reason.clone(),
            });
        }
        if batch.decisions.is_empty() {
            return Err(Fault::new(Exit::Refused, "decisions-empty"));
        }
        let (act, request) = match self.second_person(EntryKind::Decision, &body, by, "")? {
            Ok(act) => act,
            Err(waiting) => return Ok(waiting),
        };
        batch.request = Some(request);
        let folder = self.post_and_list(&act, &batch, &codes)?;
        Ok(Decided::Posted {
            folder,
            postings: batch.postings.len(),
            amount: batch.postings.iter().map(|posting| posting.amount).sum(),
        })
    }

    /// What one decision answers and posts.
    fn decide_payment(
        &self,
        batch: &mut Batch,
        decision: &ItemDecision,
        known: &LedgerPayment,
        moved: Option<&BTreeMap<Line, Money>>,
    ) -> Result<(), Fault> {
        let refused =
            |code: &'static str| Fault::new(Exit::Refused, code).with("payment", known.id.to_string());
        let is_open = known.state == PaymentState::Released;
        let is_confirmed =
            matches!(decision.kind, DecisionKind::ConfirmedPaid | DecisionKind::ConfirmedNotPaid);
        if is_confirmed && decision.amount.is_some_and(|amount| amount != known.payment.amount) {
            return Err(refused("decided-amount-differs"));
        }
        let (status, amount) = match decision.kind {
            _ if is_confirmed && !is_open => return Err(refused("payment-answered")),
            DecisionKind::ConfirmedPaid => (AnswerStatus::Paid, known.payment.amount),
            DecisionKind::ConfirmedNotPaid => {
                returned(batch, &known.id, &known.payment.items, &decision.document);
                (AnswerStatus::Failed, known.payment.amount)
            }
            DecisionKind::BankDifference => {
                let amount = decision.amount.filter(|amount| amount.is_positive());
                let amount = amount.ok_or_else(|| refused("bank-difference-needs-amount"))?;
                let postings = difference(known, moved, amount, &decision.document);
                if postings.is_empty() {
                    return Err(refused("bank-difference-none"));
                }
                batch.postings.extend(postings);
                (AnswerStatus::Paid, amount)
            }
            _ => return Ok(()),
        };
        batch.answers.push(NewAnswer {
            payment: known.id.clone(),
            status,
            reason: decision.reason.clone(),
            amount: Some(amount),
            date: Some(self.session.today),
            class: decision.kind.word().into(),
            source: decision.document.clone(),
        });
        Ok(())
    }
}

/// Decisions in one text: the identical file has the identical text.
fn canonical(decisions: &[ItemDecision]) -> String {
    let mut text = String::from("decisions");
    for decision in decisions {
        text.push_str(&format!(
            "\n{},{},{},{},{}",
            decision.target,
            decision.kind.word(),
            decision.amount.map(|amount| amount.to_string()).unwrap_or_default(),
            decision.document,
            decision.reason
        ));
    }
    text
}

/// The postings after which a payment's lines have paid out what the bank moved. What it moved less
/// goes back to the lines, the latest first, none getting more than it paid; what it moved more is
/// taken from the latest line, which then owes it.
fn difference(
    known: &LedgerPayment,
    moved: Option<&BTreeMap<Line, Money>>,
    amount: Money,
    document: &Text,
) -> Vec<NewPosting> {
    let mut postings = Vec::new();
    let mut post = |kind: PostingKind, line: &Line, amount: Money| {
        postings.push(NewPosting {
            line: line.clone(),
            kind,
            amount,
            corrects: None,
            payment: Some(known.id.clone()),
            document: document.clone(),
        });
    };
    let is_back = matches!(known.state, PaymentState::Failed | PaymentState::Recalled);
    let earlier = |line: &Line| match is_back {
        true => Money::ZERO,
        false => moved.and_then(|moved| moved.get(line)).copied().unwrap_or_default(),
    };
    let mut out: Vec<(&Line, Money)> =
        known.payment.items.iter().map(|(line, amount)| (line, *amount - earlier(line))).collect();
    if is_back {
        for (line, amount) in &out {
            post(PostingKind::PaidAfterAll, line, -*amount);
        }
    }
    out.sort_by(|a, b| (b.0.month, b.0).cmp(&(a.0.month, a.0)));
    let mut rest = out.iter().map(|(_, amount)| *amount).sum::<Money>() - amount;
    if rest.is_negative() {
        if let Some((line, _)) = out.first() {
            post(PostingKind::BankDifference, line, rest);
        }
        return postings;
    }
    for (line, paid) in out {
        let part = rest.min(paid);
        if part.is_positive() {
            post(PostingKind::BankDifference, line, part);
            rest -= part;
        }
    }
    postings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Account, Beneficiary, Month, Programme};
    use crate::settle::{Payee, PlannedPayment};

    fn payment(state: PaymentState) -> LedgerPayment {
        let line = |month: i32| Line {
            programme: Programme(0),
            beneficiary: Beneficiary::parse("person:150199194001010007").unwrap(),
            month: Month::from_index(2023 * 12 + month),
            case_no: Text::default(),
        };
        let account = Account { bank: "银行".into(), number: "1".into(), name: "甲".into() };
        LedgerPayment {
            id: PaymentId::new("150102", Month::from_index(2023 * 12 + 1), 1, 1),
            payment: PlannedPayment {
                programme: Programme(0),
                payee: Payee { id: None, name: "甲".into(), organisation: false, account }.into(),
                beneficiary: None,
                beneficiaries: 1,
                current: Money::from_fen(300),
                arrears: Money::ZERO,
                advance: Money::ZERO,
                reissued: Money::ZERO,
                offset: Money::ZERO,
                amount: Money::from_fen(300),
                replaces: None,
                items: vec![(line(0), Money::from_fen(100)), (line(1), Money::from_fen(200))],
            },
            file: 0,
            row: 1,
            state,
        }
    }

    fn moves(
        known: &LedgerPayment,
        moved: Option<&BTreeMap<Line, Money>>,
        fen: i64,
    ) -> Vec<(&'static str, u32, i64)> {
        difference(known, moved, Money::from_fen(fen), &"d".into())
            .into_iter()
            .map(|posting| (posting.kind.word(), posting.line.month.month(), posting.amount.fen()))
            .collect()
    }

    #[test]
    fn what_the_bank_moved_less_goes_back_to_the_latest_lines_first() {
        let paid = payment(PaymentState::Paid);
        assert_eq!(moves(&paid, None, 299), [("bank-difference", 2, 1)]);
        assert_eq!(moves(&paid, None, 50), [("bank-difference", 2, 200), ("bank-difference", 1, 50)]);
        assert_eq!(moves(&paid, None, 300), []);
    }

    #[test]
    fn what_the_bank_moved_more_is_owed_by_the_latest_line() {
        assert_eq!(moves(&payment(PaymentState::Released), None, 600), [("bank-difference", 2, -300)]);
    }

    #[test]
    fn a_second_decision_counts_from_the_first() {
        let paid = payment(PaymentState::Paid);
        let moved = BTreeMap::from([(paid.payment.items[1].0.clone(), Money::from_fen(50))]);
        assert_eq!(moves(&paid, Some(&moved), 300), [("bank-difference", 2, -50)]);
        assert_eq!(moves(&paid, Some(&moved), 250), []);
    }

    #[test]
    fn a_payment_that_came_back_is_paid_after_all_first() {
        let failed = payment(PaymentState::Failed);
        let expected = [("paid-after-all", 1, -100), ("paid-after-all", 2, -200), ("bank-difference", 2, 1)];
        assert_eq!(moves(&failed, None, 299), expected);
    }
}
