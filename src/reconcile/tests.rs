use std::collections::BTreeMap;

use chrono::NaiveDate;
use proptest::prelude::*;

use super::*;
use crate::domain::{Account, Beneficiary, Line, PaymentId, PostingKind, Tally};
use crate::ledger::{
    Answer, AnswerStatus, Booking, Decided, DecisionKind, Flow, LedgerPayment, NewAnswer, NewBooking,
    NewDecision, NewSaid, NewStatement, NewStray, PaymentMovement, PaymentState, Statement, StrayId,
};
use crate::settle::{Payee, PlannedPayment};

fn day(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2023, 2, day).unwrap()
}

fn cycle() -> Month {
    "2023-02".parse().unwrap()
}

fn line(month: &str) -> Line {
    Line {
        programme: Programme(0),
        beneficiary: Beneficiary::parse("person:150199194001010007").unwrap(),
        month: month.parse().unwrap(),
        case_no: Text::default(),
    }
}

/// A payment of 1.00 for January and 2.00 for February.
fn payment(sequence: u32) -> PaymentFacts {
    let id = PaymentId::new("150102", cycle(), 1, sequence);
    let items = vec![(line("2023-01"), Money::from_fen(100)), (line("2023-02"), Money::from_fen(200))];
    let account = Account { bank: "银行".into(), number: "6299990000000001309".into(), name: "甲".into() };
    let movements = items
        .iter()
        .map(|(line, amount)| PaymentMovement {
            payment: id.clone(),
            line: line.clone(),
            kind: PostingKind::Payment,
            amount: -*amount,
            entry: 1,
        })
        .collect();
    let planned = PlannedPayment {
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
        items,
    };
    let payment =
        LedgerPayment { id, payment: planned, file: 0, row: sequence, state: PaymentState::Released };
    PaymentFacts { payment, movements, answers: Vec::new(), decisions: Vec::new(), replaced_by: None }
}

impl PaymentFacts {
    fn says(mut self, entry: u64, status: AnswerStatus, class: &str, fen: Option<i64>) -> PaymentFacts {
        self.answers.push(Answer {
            entry,
            number: 0,
            said: None,
            answer: NewAnswer {
                payment: self.payment.id.clone(),
                status,
                reason: Text::default(),
                amount: fen.map(Money::from_fen),
                date: Some(day(10)),
                class: class.into(),
                source: "digest".into(),
            },
        });
        self.payment.state = match status {
            AnswerStatus::Paid => PaymentState::Paid,
            AnswerStatus::Failed => PaymentState::Failed,
            AnswerStatus::Recalled => PaymentState::Recalled,
            _ => self.payment.state,
        };
        self
    }

    /// The latest answer was a booking of the statement.
    fn booked(mut self, word: &str, reference: &str) -> PaymentFacts {
        if let Some(answer) = self.answers.last_mut() {
            answer.said = Some(NewSaid {
                answer: 0,
                word: word.into(),
                source: "camt.053".into(),
                reference: reference.into(),
                message: "S1".into(),
                row: 1,
                second_debit: false,
                given_back: false,
            });
        }
        self
    }

    fn extra(mut self, second_debit: bool) -> PaymentFacts {
        let said = self.answers.last_mut().and_then(|answer| answer.said.as_mut()).unwrap();
        (said.second_debit, said.given_back) = (second_debit, !second_debit);
        self
    }

    fn posts(mut self, kind: PostingKind, amounts: [i64; 2]) -> PaymentFacts {
        for ((line, _), fen) in self.payment.payment.items.clone().into_iter().zip(amounts) {
            if fen != 0 {
                let payment = self.payment.id.clone();
                self.movements.push(PaymentMovement {
                    payment,
                    line,
                    kind,
                    amount: Money::from_fen(fen),
                    entry: 2,
                });
            }
        }
        self
    }

    fn decided(mut self, entry: u64, kind: DecisionKind) -> PaymentFacts {
        self.decisions.push(Decided {
            entry,
            decision: NewDecision {
                kind,
                beneficiary: None,
                programme: None,
                month: None,
                case_no: Text::default(),
                payment: Some(self.payment.id.clone()),
                amount: None,
                document: "d".into(),
                why: "w".into(),
            },
        });
        self
    }
}

fn facts(payments: Vec<PaymentFacts>) -> Facts {
    let total: Money = payments.iter().map(|payment| payment.payment.payment.amount).sum();
    let mut flow = Flow::default();
    for movement in payments.iter().flat_map(|payment| &payment.movements) {
        flow.kinds.entry(movement.kind).or_default().add(movement.amount);
    }
    // The entitlement behind the payments, so that balances come out as what was posted back.
    flow.kinds.entry(PostingKind::Current).or_default().add(total);
    let left: Money = flow.kinds.values().map(|tally| tally.money).sum();
    let side = if left.is_negative() { &mut flow.receivable } else { &mut flow.payable };
    *side = Tally { count: 1, money: left };
    let file = FileFacts {
        name: "f.csv".into(),
        batch: "150102-202302-R0001-F0001".into(),
        profile: "general".into(),
        count: payments.len() as u64,
        total,
        outbox: Outbox::Read {
            count: payments.len() as u64,
            total,
            stated_count: Some(payments.len() as u64),
            stated_total: Some(total),
        },
    };
    let run =
        RunFacts { number: 1, released_on: day(3), pay_on: day(10), age: 5, files: vec![file], payments };
    Facts {
        cycle: cycle(),
        runs: vec![run],
        programmes: vec![ProgrammeFacts {
            code: "old-age".into(),
            fund: "old-age".into(),
            ..Default::default()
        }],
        bookings: Vec::new(),
        statements: Vec::new(),
        answer_files: BTreeMap::new(),
        strays: Vec::new(),
        before: BTreeMap::new(),
        flows: BTreeMap::from([(Programme(0), flow)]),
        balances: None,
    }
}

fn one(payment: PaymentFacts) -> Reconciliation {
    reconcile(&facts(vec![payment]))
}

fn classes(result: &Reconciliation) -> Vec<&str> {
    result.exceptions.iter().map(|exception| exception.class.as_str()).collect()
}

fn fen(money: Money) -> i64 {
    money.fen()
}

#[test]
fn what_is_not_answered_explains_itself_and_is_an_exception_after_three_working_days() {
    let result = one(payment(1));
    assert!(result.closes());
    assert_eq!((fen(result.total.ledger), fen(result.total.bank)), (300, 0));
    assert_eq!(fen(result.total.between[&Why::Unanswered].money), 300);
    assert_eq!((classes(&result), result.unanswered[0].band()), (vec!["missing"], "4-7"));
    let mut facts = facts(vec![payment(1)]);
    facts.runs[0].age = open::MISSING_AFTER;
    let result = reconcile(&facts);
    assert_eq!((classes(&result), result.unanswered[0].band()), (vec![], "2-3"));
}

#[test]
fn a_paid_payment_leaves_nothing_and_a_failed_one_comes_back() {
    let paid = one(payment(1).says(2, AnswerStatus::Paid, "matched", Some(300)));
    assert!(paid.closes() && paid.exceptions.is_empty() && paid.unanswered.is_empty());
    assert_eq!((fen(paid.total.ledger), fen(paid.total.bank)), (300, 300));
    let failed =
        payment(1).says(2, AnswerStatus::Failed, "failed", None).posts(PostingKind::Return, [100, 200]);
    let failed = one(failed);
    assert!(failed.closes());
    assert_eq!((fen(failed.total.ledger), fen(failed.total.bank)), (0, 0));
    assert_eq!((failed.failed.len(), failed.failed[0].code), (1, "NARR"));
}

#[test]
fn a_failure_without_its_return_does_not_close() {
    let result = one(payment(1).says(2, AnswerStatus::Failed, "failed", None));
    let what: Vec<&str> = result.disagreements.iter().map(|one| one.what).collect();
    assert_eq!((what, fen(result.unexplained())), (vec!["ledger-bank"], 300));
    // Half of it is no better.
    let half = payment(1).says(2, AnswerStatus::Failed, "failed", None).posts(PostingKind::Return, [100, 0]);
    assert_eq!(fen(one(half).unexplained()), 200);
}

#[test]
fn a_posting_that_is_not_the_files_does_not_close() {
    let mut wrong = payment(1).says(2, AnswerStatus::Paid, "matched", Some(300));
    wrong.movements[0].amount = Money::from_fen(-150);
    wrong.movements[1].amount = Money::from_fen(-150);
    let result = one(wrong);
    assert!(result.disagreements.iter().all(|one| one.what == "posting-item"));
    assert_eq!(result.disagreements.len(), 2);
}

#[test]
fn the_ledgers_state_and_what_was_said_must_be_one() {
    let mut wrong = payment(1);
    wrong.payment.state = PaymentState::Paid;
    assert_eq!(one(wrong).disagreements[0].what, "state-answers");
}

#[test]
fn another_amount_is_open_until_persons_say_what_was_moved() {
    let said = || payment(1).says(2, AnswerStatus::Open, "amount-differs", Some(299)).booked("paid", "b1");
    let open = one(said());
    assert!(open.closes());
    assert_eq!((classes(&open), fen(open.total.bank)), (vec!["amount-differs"], 299));
    assert_eq!(fen(open.total.between[&Why::Open].money), 1);
    let decided = said()
        .says(3, AnswerStatus::Paid, "bank-difference", Some(299))
        .posts(PostingKind::BankDifference, [0, 1])
        .decided(3, DecisionKind::BankDifference);
    let decided = one(decided);
    assert!(decided.closes() && decided.exceptions.is_empty(), "{:?}", decided.exceptions);
    assert_eq!((fen(decided.total.ledger), fen(decided.total.bank)), (299, 299));
    let banks: Vec<i64> = decided.payments[0].lines.iter().map(|line| fen(line.bank)).collect();
    assert_eq!(banks, [100, 199]);
}

#[test]
fn an_altered_name_stays_open_until_a_person_or_a_final_word_settles_it() {
    let altered = || payment(1).says(2, AnswerStatus::Open, "altered", Some(300)).booked("paid", "");
    assert_eq!(classes(&one(altered())), ["altered"]);
    let later = altered().says(3, AnswerStatus::Paid, "matched", Some(300));
    assert_eq!(classes(&one(later)), Vec::<&str>::new());
    // Closing the exception does not answer the payment: it grows old.
    let closed = altered().decided(3, DecisionKind::Close);
    let closed = one(closed);
    assert_eq!((classes(&closed), closed.unanswered[0].standing), (vec![], Standing::Open));
}

#[test]
fn a_conflict_is_listed_until_a_person_closes_it() {
    let conflict = payment(1)
        .says(2, AnswerStatus::Paid, "matched", Some(300))
        .says(3, AnswerStatus::Failed, "conflict", Some(300))
        .posts(PostingKind::Return, [100, 200]);
    let result = one(conflict.clone());
    assert!(result.closes());
    assert_eq!(classes(&result), ["conflict"]);
    assert_eq!(classes(&one(conflict.decided(4, DecisionKind::Close))), Vec::<&str>::new());
}

#[test]
fn a_second_debit_opens_a_difference_of_its_amount_until_it_is_given_back() {
    let twice = || {
        payment(1)
            .says(2, AnswerStatus::Paid, "matched", Some(300))
            .booked("paid", "b1")
            .says(3, AnswerStatus::Open, "duplicate", Some(300))
            .booked("paid", "b2")
            .extra(true)
    };
    let result = one(twice());
    assert!(result.closes());
    assert_eq!(
        (fen(result.total.ledger), fen(result.total.bank), fen(result.total.statement)),
        (300, 600, 600)
    );
    assert_eq!(fen(result.total.between[&Why::SecondDebit].money), -300);
    assert_eq!(classes(&result), ["second-debit"]);
    // A person's word does not bring the money back.
    assert_eq!(classes(&one(twice().decided(4, DecisionKind::Close))), ["second-debit"]);
    let back =
        twice().says(5, AnswerStatus::Open, "duplicate", Some(300)).booked("failed", "b3").extra(false);
    let back = one(back);
    assert_eq!((classes(&back), fen(back.total.bank), fen(back.total.statement)), (vec![], 300, 300));
}

fn booking(batch: &str, fen: i64, details: u32, source: &str) -> Booking {
    Booking {
        entry: 2,
        file: "s.xml".into(),
        booking: NewBooking {
            file: 0,
            source: source.into(),
            statement: "S1".into(),
            batch: batch.into(),
            payment: Text::default(),
            debit: Money::from_fen(fen),
            booked: true,
            date: Some(day(10)),
            reference: Text::default(),
            details,
            listed: (details > 0).then_some(Money::from_fen(fen)),
            row: 1,
        },
    }
}

const BATCH: &str = "150102-202302-R0001-F0001";

#[test]
fn a_batch_booked_in_one_sum_books_each_of_its_payments() {
    let payments = || {
        vec![
            payment(1).says(2, AnswerStatus::Paid, "matched", Some(300)),
            payment(2).says(2, AnswerStatus::Failed, "failed", None).posts(PostingKind::Return, [100, 200]),
            payment(3),
        ]
    };
    let mut known = facts(payments());
    known.bookings = vec![booking(BATCH, 900, 0, "camt.053")];
    let result = reconcile(&known);
    assert!(result.closes());
    assert_eq!((fen(result.total.bank), fen(result.total.statement)), (300, 900));
    assert_eq!(fen(result.total.between[&Why::ReturnNotBooked].money), -300);
    assert_eq!(fen(result.total.between[&Why::BookedUnanswered].money), -300);
    assert!(result.total.unexplained_statement().is_zero());
    // The same booking in a second file, and its details in a notification, are told once.
    known.bookings.push(booking(BATCH, 900, 0, "camt.053"));
    assert_eq!(fen(reconcile(&known).total.statement), 900);
    known.bookings.push(booking(BATCH, 900, 3, "camt.054"));
    assert_eq!(fen(reconcile(&known).total.statement), 0);
}

#[test]
fn statements_promise_balances_and_details() {
    let statement = |opening: i64, closing: i64, day_of: u32| Statement {
        entry: 2,
        file: "s.xml".into(),
        statement: NewStatement {
            file: 0,
            account: "A".into(),
            statement: "S1".into(),
            opening: Some(Money::from_fen(opening)),
            closing: Some(Money::from_fen(closing)),
            day: Some(day(day_of)),
        },
    };
    let mut wrong = booking(BATCH, 900, 2, "camt.053").booking;
    wrong.listed = Some(Money::from_fen(899));
    let faults = statement::faults(&[wrong], &[statement(1000, 101, 10).statement]);
    let found: Vec<(&str, i64)> = faults.iter().map(|fault| (fault.class, fen(fault.difference))).collect();
    assert_eq!(found, [("statement-details-differ", -1), ("statement-balance-differs", -1)]);
    let right = booking(BATCH, 900, 2, "camt.053").booking;
    assert_eq!(statement::faults(&[right], &[statement(1000, 100, 10).statement]), []);

    let mut known = facts(vec![payment(1)]);
    known.bookings = vec![booking(BATCH, 900, 2, "camt.053")];
    let mut next = statement(90, 90, 13);
    (next.entry, next.statement.statement) = (3, "S2".into());
    known.statements = vec![next, statement(1000, 100, 10)];
    let checks = reconcile(&known).statements;
    assert_eq!((checks[0].holds, checks[0].follows), (Some(true), None));
    assert_eq!((checks[1].holds, checks[1].follows), (Some(true), Some(false)));
}

#[test]
fn a_stray_stands_in_the_total_until_it_is_closed() {
    let mut known = facts(vec![payment(1).says(2, AnswerStatus::Paid, "matched", Some(300))]);
    let stray = NewStray {
        class: "unexpected".into(),
        source: "digest".into(),
        amount: Some(Money::from_fen(50)),
        details: "{\"status\":\"paid\",\"source\":\"neutral\",\"file\":\"a.csv\",\"row\":2}".to_owned(),
    };
    let id = StrayId { entry: 2, number: 0 };
    known.strays.push(facts::StrayFacts { id, stray, closed: false });
    let result = reconcile(&known);
    assert!(result.closes() && result.total.unexplained().is_zero());
    assert_eq!((fen(result.total.bank), fen(result.total.between[&Why::Stray].money)), (350, -50));
    assert_eq!(
        (result.exceptions[0].key.as_str(), result.exceptions[0].place.as_str()),
        ("item-2-0", "a.csv:2")
    );
    known.strays[0].closed = true;
    assert_eq!(reconcile(&known).exceptions, []);
}

#[test]
fn files_must_say_what_their_lines_say() {
    for (outbox, what) in [
        (Outbox::Altered, Some("file-altered")),
        (Outbox::Missing, None),
        (
            Outbox::Read { count: 1, total: Money::from_fen(301), stated_count: None, stated_total: None },
            Some("file-outbox"),
        ),
        (
            Outbox::Read {
                count: 1,
                total: Money::from_fen(300),
                stated_count: Some(2),
                stated_total: Some(Money::from_fen(300)),
            },
            Some("file-outbox"),
        ),
    ] {
        let mut known = facts(vec![payment(1)]);
        known.runs[0].files[0].outbox = outbox;
        assert_eq!(reconcile(&known).disagreements.first().map(|one| one.what), what);
    }
    let mut known = facts(vec![payment(1)]);
    known.runs[0].files[0].count = 2;
    assert!(reconcile(&known).disagreements.iter().any(|one| one.what == "file-lines"));
}

#[test]
fn balances_that_lines_hold_must_be_the_sums_of_their_postings() {
    let mut known = facts(vec![payment(1)]);
    known.balances = Some(BTreeMap::from([(Programme(0), (Money::from_fen(1), Money::ZERO))]));
    assert_eq!(reconcile(&known).disagreements[0].what, "line-payable");
}

proptest! {
    /// Whatever a bank says in whatever order, as long as the ledger posted what its words ask for, the
    /// month closes; and one posting more or less never goes unseen.
    #[test]
    fn any_history_closes_and_no_posting_can_be_lost(
        words in proptest::collection::vec(0_u8..6, 0..7), harm in 0_u8..2,
    ) {
        let mut known = payment(1);
        // An account of the story that shares nothing with the code under test.
        let (mut paid, mut back) = (None::<bool>, false);
        for (entry, word) in (2..).zip(&words) {
            known = match word {
                0 if paid != Some(true) => {
                    let after_all = back;
                    (paid, back) = (Some(true), false);
                    let said = known.says(entry, AnswerStatus::Paid, "matched", Some(300));
                    if after_all { said.posts(PostingKind::PaidAfterAll, [-100, -200]) } else { said }
                }
                1 if paid != Some(false) => {
                    (paid, back) = (Some(false), true);
                    known.says(entry, AnswerStatus::Failed, "failed", None).posts(PostingKind::Return, [100, 200])
                }
                2 if paid.is_none() => known.says(entry, AnswerStatus::Pending, "pending", None),
                3 => known.says(entry, AnswerStatus::Open, "altered", Some(300)).booked("paid", "r"),
                4 => known.says(entry, AnswerStatus::Open, "unknown-status", None).booked("unknown", ""),
                5 if paid == Some(true) => known.says(entry, AnswerStatus::Open, "conflict", Some(300)),
                _ => known,
            };
        }
        let result = one(known.clone());
        prop_assert!(result.closes(), "{words:?} {:?}", result.disagreements);
        prop_assert!(result.total.unexplained().is_zero() && result.total.unexplained_statement().is_zero());
        prop_assert_eq!(result.total.ledger, Money::from_fen(if back { 0 } else { 300 }));
        match harm {
            0 => drop(known.movements.pop()),
            _ => {
                let again = known.movements.last().cloned().unwrap();
                known.movements.push(again);
            }
        }
        prop_assert!(!one(known).closes(), "{words:?}");
    }
}
