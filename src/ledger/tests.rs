use chrono::NaiveDate;
use proptest::prelude::*;
use rusqlite::Connection;

use super::*;
use crate::assess::decision::Digests;
use crate::domain::*;
use crate::intake::Origin;
use crate::settle::*;

mod as_of;

fn month(text: &str) -> Month {
    text.parse().unwrap()
}

fn today() -> NaiveDate {
    "2023-02-06".parse().unwrap()
}

/// The `n`th synthetic person.
fn person(n: u32) -> ResidentId {
    let first = format!("1501991940010{}{:03}", n % 9 + 1, n);
    let latest = month("2023-02");
    (0..10)
        .map(|check| format!("{first}{check}"))
        .chain([format!("{first}X")])
        .find_map(|text| ResidentId::parse(&text, latest).ok())
        .unwrap()
}

fn line(n: u32, text: &str) -> Line {
    Line {
        programme: Programme(0),
        beneficiary: Beneficiary::Person(person(n)),
        month: month(text),
        case_no: Text::default(),
    }
}

fn account(n: u32) -> Account {
    Account {
        bank: "内蒙古银行".into(), number: format!("62{n:06}").into(), name: format!("某{n}").into()
    }
}

fn payee(n: u32) -> Payee {
    Payee { id: Some(person(n)), name: format!("某{n}").into(), organisation: false, account: account(n) }
}

fn settled(line: &Line, n: u32, amount: i64) -> SettledLine {
    SettledLine {
        line: line.clone(),
        outcome: "entitled".into(),
        reason: Text::default(),
        clause: Text::default(),
        amount: Money::from_fen(amount),
        source: format!("old-age.csv:{}", n + 2).into(),
        resident: Some(person(n)),
        name: format!("某{n}").into(),
        township: "150102101".into(),
        origin: Origin::Own,
        digests: Digests { row: u64::from(n), policy: 7, ..Digests::default() },
        payee: Some(payee(n).into()),
        members: vec![person(n), person(n + 1)],
    }
}

fn posting(line: &Line, kind: PostingKind, amount: i64, payment: Option<u32>) -> PlannedPosting {
    PlannedPosting {
        line: line.clone(),
        kind,
        amount: Money::from_fen(amount),
        cause: kind.is_entitlement().then_some(Cause::Row),
        corrects: None,
        payment,
    }
}

/// A plan that pays `amount` to each of these people for a month.
fn plan(people: &[u32], text: &str, amount: i64) -> Plan {
    let mut people = people.to_vec();
    people.sort_by_key(|n| person(*n));
    let mut plan = Plan::default();
    for (position, n) in people.into_iter().enumerate() {
        let line = line(n, text);
        plan.postings.push(posting(&line, PostingKind::Current, amount, None));
        plan.postings.push(posting(&line, PostingKind::Payment, -amount, Some(position as u32)));
        plan.settled.push(settled(&line, n, amount));
        plan.payments.push(PlannedPayment {
            programme: Programme(0),
            payee: payee(n).into(),
            beneficiary: Some(line.beneficiary.clone()),
            beneficiaries: 1,
            current: Money::from_fen(amount),
            arrears: Money::ZERO,
            advance: Money::ZERO,
            reissued: Money::ZERO,
            offset: Money::ZERO,
            amount: Money::from_fen(amount),
            replaces: None,
            items: vec![(line, Money::from_fen(amount))],
        });
    }
    plan
}

fn codes() -> Vec<Text> {
    vec!["old-age".into(), "temporary-aid".into()]
}

fn draft(ledger: &Ledger, plan: Plan, cycle: &str) -> DraftRecord {
    let mut meta = DraftMeta {
        run: 0,
        kind: RunKind::Monthly,
        cycle: month(cycle),
        first_month: month("2023-02"),
        last_month: month(cycle),
        drafted_by: "operator".into(),
        today: today(),
        os_user: "u".into(),
        host: "h".into(),
        head_before: ledger.head().unwrap(),
        codes: codes().iter().map(ToString::to_string).collect(),
        district: "150199".into(),
        plan_digest: plan_digest(&plan, &codes()),
        policy_digest: "p".into(),
        rules_version: 3,
        pay_on: "2023-02-09".parse().unwrap(),
        total: plan.total(),
        payments: plan.payments.len() as u32,
        inputs: vec![InputDigest {
            name: "rosters/2023-02/old-age.csv".into(),
            sha256: "ab".into(),
            rows: 3,
            month: Some(month(cycle)),
        }],
        bases: vec![Basis { month: month(cycle), key: "policy".into(), digest: "p".into() }],
        bank_files: vec![BankFile {
            name: "a.csv".into(),
            sha256: "cd".into(),
            count: plan.payments.len() as u64,
            total: plan.total(),
            profile: "name = \"general\"".into(),
        }],
        limits: Vec::new(),
        asked: Default::default(),
        budget: Vec::new(),
        counts: None,
        language: Default::default(),
        details: "{}".into(),
    };
    meta.run = ledger.number_for(&meta).unwrap().run;
    let places = (1..).map(|row| (0, row)).take(plan.payments.len()).collect();
    DraftRecord { meta, plan, places }
}

fn approval(run: u32) -> Approval {
    Approval {
        run,
        by: "reviewer".into(),
        today: today(),
        os_user: "u".into(),
        host: "h".into(),
        accepted: vec![("budget".into(), "批".into())],
    }
}

fn act(kind: EntryKind) -> Act {
    Act {
        kind,
        today: today(),
        by: "operator".into(),
        second: Text::default(),
        os_user: "u".into(),
        host: "h".into(),
        note: Text::default(),
    }
}

fn opened() -> (tempfile::TempDir, Ledger) {
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(&folder.path().join("ledger.db")).unwrap();
    (folder, ledger)
}

/// A ledger with run 1 released: three people, 100.00 each, for 2023-02.
fn released() -> (tempfile::TempDir, Ledger) {
    let (folder, mut ledger) = opened();
    let record = draft(&ledger, plan(&[1, 2, 3], "2023-02", 10_000), "2023-02");
    ledger.save_draft(&record).unwrap();
    ledger.release(&approval(1)).unwrap();
    (folder, ledger)
}

fn id(sequence: u32) -> PaymentId {
    PaymentId::new("150199", month("2023-02"), 1, sequence)
}

fn answer(sequence: u32, status: AnswerStatus) -> NewAnswer {
    NewAnswer {
        payment: id(sequence),
        status,
        reason: if status == AnswerStatus::Failed { "AC01".into() } else { Text::default() },
        amount: Some(Money::from_fen(10_000)),
        date: Some(today()),
        class: "matched".into(),
        source: "ef".into(),
    }
}

fn new_posting(line: Line, kind: PostingKind, amount: i64, payment: Option<PaymentId>) -> NewPosting {
    NewPosting {
        line,
        kind,
        amount: Money::from_fen(amount),
        corrects: None,
        payment,
        document: "文1".into(),
    }
}

fn decision(kind: DecisionKind, n: u32, programme: Option<u16>) -> NewDecision {
    NewDecision {
        kind,
        beneficiary: Some(Beneficiary::Person(person(n))),
        programme: programme.map(Programme),
        month: None,
        case_no: Text::default(),
        payment: None,
        amount: None,
        document: Text::default(),
        why: "查".into(),
    }
}

fn found(ledger: &Ledger, heads: &[Head]) -> Vec<(&'static str, String)> {
    ledger
        .verify(heads)
        .unwrap()
        .into_iter()
        // Whoever tampers here has thrown off the triggers; that is asked apart.
        .filter(|finding| finding.code != "ledger-schema-altered")
        .map(|finding| {
            let table = finding.arguments.iter().find(|(blank, _)| *blank == "table");
            (finding.code, table.map_or_else(String::new, |(_, table)| table.to_string()))
        })
        .collect()
}

/// A connection that has thrown off the triggers.
fn tampering(ledger: &Ledger) -> Connection {
    let connection = Connection::open(ledger.path()).unwrap();
    let triggers: Vec<String> = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    for trigger in triggers {
        connection.execute_batch(&format!("DROP TRIGGER {trigger}")).unwrap();
    }
    connection
}

#[test]
fn a_draft_comes_back_as_it_was_and_a_release_becomes_lines() {
    let (_folder, mut ledger) = opened();
    assert_eq!(ledger.head().unwrap(), Head::empty());
    let mut record = draft(&ledger, plan(&[1, 2, 3], "2023-02", 10_000), "2023-02");
    let held = line(9, "2023-02");
    record.plan.postings.push(posting(&held, PostingKind::Current, 500, None));
    record.plan.postings.sort_by(|a, b| a.line.cmp(&b.line));
    record.plan.held.push(HeldLine {
        line: held.clone(),
        amount: Money::from_fen(500),
        hold: Hold::NoAccount,
        since: month("2023-02"),
    });
    record.meta.plan_digest = plan_digest(&record.plan, &codes());
    ledger.save_draft(&record).unwrap();
    assert_eq!(ledger.open_draft().unwrap().as_ref(), Some(&record));
    let head = ledger.release(&approval(1)).unwrap();
    assert_eq!(head.number, 1);
    assert_eq!(ledger.open_draft_meta().unwrap(), None);

    let codes = ledger.programme_codes(&codes()).unwrap();
    let lines = ledger.month_lines(month("2023-02"), &codes).unwrap();
    assert_eq!(lines.len(), 4);
    assert!(lines.is_sorted_by(|a, b| a.line < b.line));
    let first = &lines[lines.iter().position(|found| found.line == line(1, "2023-02")).unwrap()];
    assert_eq!(first.entitlement, Money::from_fen(10_000));
    assert_eq!(first.balance, Money::ZERO);
    assert_eq!(first.settled.as_ref(), Some(&settled(&line(1, "2023-02"), 1, 10_000)));
    assert_eq!((first.rules_version, first.unanswered, first.returned), (3, true, false));
    assert_eq!(first.paid_to.as_deref(), Some(""));
    let open = ledger.open_lines(month("2023-03")..=month("2023-04"), &codes).unwrap();
    assert_eq!(open.len(), 1);
    assert_eq!((&open[0].line, open[0].held_since), (&held, Some(month("2023-02"))));
    assert!(ledger.open_lines(month("2023-02")..=month("2023-04"), &codes).unwrap().is_empty());
    assert_eq!(ledger.held_of_run(1, &codes).unwrap(), record.plan.held);
    assert_eq!(ledger.month_span().unwrap(), Some((month("2023-02"), month("2023-02"))));

    let run = ledger.released_run(1).unwrap().unwrap();
    assert_eq!(run.meta, record.meta);
    let payments: Vec<PlannedPayment> = run.payments.iter().map(|payment| payment.payment.clone()).collect();
    assert_eq!(payments, record.plan.payments);
    assert_eq!(run.payments[1].id.to_string(), "150199-202302-R0001-0000002");
    assert_eq!((run.payments[1].file, run.payments[1].row), (0, 2));
    assert_eq!(ledger.runs().unwrap()[0].state, RunState::Released);
    assert_eq!(ledger.latest_released_cycle().unwrap(), Some(month("2023-02")));
    assert_eq!(ledger.month_basis(month("2023-02")).unwrap(), [("policy".to_owned(), "p".to_owned())]);
    assert_eq!(found(&ledger, &[head]), []);
}

#[test]
fn the_same_draft_keeps_its_number_and_another_supersedes_it() {
    let (_folder, mut ledger) = opened();
    let record = draft(&ledger, plan(&[1], "2023-02", 10_000), "2023-02");
    ledger.save_draft(&record).unwrap();
    assert_eq!(ledger.number_for(&record.meta).unwrap(), DraftNumber { run: 1, identical: true });
    ledger.save_draft(&record).unwrap();
    let other = draft(&ledger, plan(&[1], "2023-02", 20_000), "2023-02");
    assert_eq!(other.meta.run, 2);
    ledger.save_draft(&other).unwrap();
    ledger.reject(2, today(), "reviewer", "错").unwrap();
    let states: Vec<RunState> = ledger.runs().unwrap().iter().map(|run| run.state).collect();
    assert_eq!(states, [RunState::Superseded, RunState::Rejected]);
    assert_eq!(ledger.release(&approval(1)).unwrap_err().code, "draft-not-open");
    assert_eq!(ledger.next_run().unwrap(), 3);
}

#[test]
fn who_drafts_does_not_approve() {
    let (_folder, mut ledger) = opened();
    ledger.save_draft(&draft(&ledger, plan(&[1], "2023-02", 10_000), "2023-02")).unwrap();
    let own = Approval { by: "operator".into(), ..approval(1) };
    assert_eq!(ledger.release(&own).unwrap_err().exit, Exit::Refused);
    assert_eq!(ledger.head().unwrap().number, 0);
}

#[test]
fn a_draft_that_does_not_add_up_is_not_released() {
    let (_folder, mut ledger) = opened();
    let mut record = draft(&ledger, plan(&[1], "2023-02", 10_000), "2023-02");
    record.plan.postings[1].amount = Money::from_fen(-9_999);
    record.meta.plan_digest = plan_digest(&record.plan, &codes());
    ledger.save_draft(&record).unwrap();
    assert_eq!(ledger.release(&approval(1)).unwrap_err().code, "draft-unbalanced");
    assert!(ledger.month_span().unwrap().is_none());
}

#[test]
fn a_draft_is_stale_only_if_what_it_uses_was_touched() {
    let touch = |touch: &dyn Fn(&mut Ledger)| {
        let (_folder, mut ledger) = released();
        ledger.save_draft(&draft(&ledger, plan(&[1, 2], "2023-03", 10_000), "2023-03")).unwrap();
        touch(&mut ledger);
        ledger.release(&approval(2)).map_err(|fault| (fault.exit, fault.code))
    };
    let post = |ledger: &mut Ledger, batch: Batch| {
        drop(ledger.post(&act(EntryKind::Hold), &batch, &codes()).unwrap())
    };
    let stale = Err((Exit::Locked, "draft-stale"));
    let hold = |n| Batch { decisions: vec![decision(DecisionKind::Hold, n, None)], ..Batch::default() };
    let paid = |n| Batch { answers: vec![answer(n, AnswerStatus::Paid)], ..Batch::default() };
    let failed = |n| Batch { answers: vec![answer(n, AnswerStatus::Failed)], ..Batch::default() };
    let opening = |n| Batch {
        postings: vec![new_posting(line(n, "2023-03"), PostingKind::OpeningEntitled, 5, None)],
        ..Batch::default()
    };
    assert!(touch(&|_| {}).is_ok());
    assert!(touch(&|ledger| post(ledger, hold(3))).is_ok());
    assert_eq!(touch(&|ledger| post(ledger, hold(1))), stale);
    assert!(touch(&|ledger| post(ledger, paid(sequence_of(3)))).is_ok());
    // An account is touched by a failure and by its end; that the bank paid there says nothing new.
    assert!(touch(&|ledger| post(ledger, paid(sequence_of(1)))).is_ok());
    assert_eq!(touch(&|ledger| post(ledger, failed(sequence_of(1)))), stale);
    assert!(touch(&|ledger| post(ledger, failed(sequence_of(3)))).is_ok());
    assert_eq!(touch(&|ledger| post(ledger, opening(1))), stale);
    assert!(touch(&|ledger| post(ledger, opening(7))).is_ok());
}

/// The sequence in run 1 of a person's payment.
fn sequence_of(n: u32) -> u32 {
    let mut people = [1, 2, 3];
    people.sort_by_key(|n| person(*n));
    people.iter().position(|other| *other == n).unwrap() as u32 + 1
}

#[test]
fn a_failed_payment_comes_back_to_its_line_and_its_account_is_known_to_fail() {
    let (_folder, mut ledger) = released();
    let codes = codes();
    let failing = sequence_of(2);
    let batch = Batch {
        answers: (1..=3)
            .map(|n| answer(n, if n == failing { AnswerStatus::Failed } else { AnswerStatus::Paid }))
            .collect(),
        postings: vec![new_posting(line(2, "2023-02"), PostingKind::Return, 10_000, Some(id(failing)))],
        files: vec![AnswerFile { sha256: "ef".into(), name: "r.csv".into(), rows: 3 }],
        ..Batch::default()
    };
    let posted = ledger.post(&act(EntryKind::Answers), &batch, &codes).unwrap();
    assert_eq!(posted.posting_ids, [7]);
    let lines = ledger.month_lines(month("2023-02"), &codes).unwrap();
    let back = lines.iter().find(|found| found.line == line(2, "2023-02")).unwrap();
    assert_eq!((back.balance, back.returned, back.unanswered), (Money::from_fen(10_000), true, false));
    assert_eq!(back.returned_payment.as_deref(), Some(id(failing).to_string().as_str()));
    assert_eq!(ledger.runs().unwrap()[0].state, RunState::Settled);
    let failure = posted.head.number;
    assert_eq!(ledger.standing(&codes, &[]).unwrap().failed_accounts, [(account(2), failure)]);
    assert_eq!(ledger.payment(&id(failing), &codes).unwrap().unwrap().state, PaymentState::Failed);
    assert_eq!(ledger.answers_of_run(1).unwrap().len(), 3);
    assert_eq!(found(&ledger, &[]), []);

    // The same file twice changes nothing; nor can more come back than went out.
    assert!(ledger.answer_file_known("ef").unwrap());
    assert_eq!(
        ledger.post(&act(EntryKind::Answers), &batch, &codes).unwrap_err().code,
        "return-above-payment"
    );
    assert_eq!(ledger.head().unwrap(), posted.head);

    // A person lets one beneficiary's money go; the account stays what it is for the others paid there.
    let clear = Batch { decisions: vec![decision(DecisionKind::Clear, 2, None)], ..Batch::default() };
    let cleared = ledger.post(&act(EntryKind::Clear), &clear, &codes).unwrap().head.number;
    let standing = ledger.standing(&codes, &[]).unwrap();
    assert_eq!(standing.failed_accounts, [(account(2), failure)]);
    assert_eq!(standing.let_go, [(Beneficiary::Person(person(2)).to_string().into(), None, cleared)]);
    // The bank says it once more, and then that it was paid after all.
    let batch = Batch { answers: vec![answer(failing, AnswerStatus::Failed)], ..Batch::default() };
    let again = ledger.post(&act(EntryKind::Answers), &batch, &codes).unwrap().head.number;
    assert_eq!(ledger.standing(&codes, &[]).unwrap().failed_accounts, [(account(2), again)]);
    let batch = Batch {
        answers: vec![answer(failing, AnswerStatus::Paid)],
        postings: vec![new_posting(
            line(2, "2023-02"),
            PostingKind::PaidAfterAll,
            -10_000,
            Some(id(failing)),
        )],
        ..Batch::default()
    };
    ledger.post(&act(EntryKind::Answers), &batch, &codes).unwrap();
    let standing = ledger.standing(&codes, &[]).unwrap();
    assert!(standing.failed_accounts.is_empty());
    assert_eq!(found(&ledger, &[]), []);
}

#[test]
fn a_later_payment_answered_paid_makes_an_account_good_again_in_either_order_of_answers() {
    for late in [false, true] {
        let (_folder, mut ledger) = released();
        let codes = codes();
        ledger.save_draft(&draft(&ledger, plan(&[1], "2023-03", 10_000), "2023-03")).unwrap();
        ledger.release(&approval(2)).unwrap();
        let second = PaymentId::new("150199", month("2023-03"), 2, 1);
        let failed =
            Batch { answers: vec![answer(sequence_of(1), AnswerStatus::Failed)], ..Batch::default() };
        let paid = NewAnswer { payment: second, ..answer(1, AnswerStatus::Paid) };
        let paid = Batch { answers: vec![paid], ..Batch::default() };
        let order = if late { [paid, failed] } else { [failed, paid] };
        for batch in &order {
            ledger.post(&act(EntryKind::Answers), batch, &codes).unwrap();
        }
        assert!(ledger.standing(&codes, &[]).unwrap().failed_accounts.is_empty(), "{late}");
    }
}

#[test]
fn pending_and_altered_answers_leave_a_payment_unanswered() {
    let (_folder, mut ledger) = released();
    let batch = Batch {
        answers: vec![answer(1, AnswerStatus::Pending), answer(2, AnswerStatus::Open)],
        ..Batch::default()
    };
    ledger.post(&act(EntryKind::Answers), &batch, &codes()).unwrap();
    assert_eq!(ledger.runs().unwrap()[0].released.as_ref().unwrap().unanswered, 3);
    assert!(ledger.month_lines(month("2023-02"), &codes()).unwrap().iter().all(|line| line.unanswered));
}

#[test]
fn holds_by_hand_last_until_they_are_let_go_programme_by_programme() {
    let (_folder, mut ledger) = opened();
    let codes = codes();
    let mut decide = |decision: NewDecision| {
        let batch = Batch { decisions: vec![decision], ..Batch::default() };
        ledger.post(&act(EntryKind::Hold), &batch, &codes).unwrap();
        ledger.standing(&codes, &[]).unwrap()
    };
    let whom = Text::from(Beneficiary::Person(person(1)).to_string());
    let standing = decide(decision(DecisionKind::Hold, 1, None));
    assert_eq!(standing.held_by_hand, [(whom.clone(), None)]);
    let standing = decide(decision(DecisionKind::Clear, 1, Some(0)));
    assert_eq!(standing.held_by_hand, [(whom.clone(), Some(Programme(1)))]);
    assert_eq!(standing.cleared, [(whom.clone(), Some(Programme(0)))]);
    let standing = decide(decision(DecisionKind::Clear, 1, None));
    assert!(standing.held_by_hand.is_empty());
    let standing = decide(decision(DecisionKind::Hold, 1, None));
    assert!(standing.cleared.is_empty());
    let confirm =
        NewDecision { month: Some(month("2023-02")), ..decision(DecisionKind::Confirm, 1, Some(0)) };
    assert_eq!(decide(confirm).confirmed, [line(1, "2023-02")]);
}

#[test]
fn a_case_is_decided_by_its_earliest_decided_month() {
    let (_folder, mut ledger) = opened();
    let mut plan = Plan::default();
    for (month_text, case, outcome, reason) in [
        ("2023-01", "A", "refused", "case-repeated"),
        ("2023-02", "A", "nil", ""),
        ("2023-03", "A", "entitled", ""),
        ("2023-02", "B", "not-current", ""),
        ("2023-02", "C", "refused", "超过封顶"),
    ] {
        let line = Line { programme: Programme(1), case_no: case.into(), ..line(1, month_text) };
        plan.settled.push(SettledLine {
            outcome: outcome.into(),
            reason: reason.into(),
            ..settled(&line, 1, 0)
        });
    }
    plan.settled.sort_by(|a, b| a.line.cmp(&b.line));
    ledger.save_draft(&draft(&ledger, plan, "2023-03")).unwrap();
    ledger.release(&approval(1)).unwrap();
    let mut old = line(2, "2022-12");
    old.programme = Programme(1);
    old.case_no = "OLD".into();
    let batch = Batch {
        postings: vec![
            new_posting(old.clone(), PostingKind::OpeningEntitled, 5, None),
            new_posting(old, PostingKind::OpeningPaid, -5, None),
        ],
        ..Batch::default()
    };
    ledger.post(&act(EntryKind::Opening), &batch, &codes()).unwrap();
    let decided = ledger.standing(&codes(), &[Programme(1)]).unwrap().decided_cases;
    let expected: Vec<(Programme, Text, Month)> = [("A", "2023-02"), ("C", "2023-02"), ("OLD", "2022-12")]
        .map(|(case, text)| (Programme(1), case.into(), month(text)))
        .to_vec();
    assert_eq!(decided, expected);
    assert_eq!(ledger.post(&act(EntryKind::Opening), &batch, &codes()).unwrap_err().code, "opening-twice");
}

#[test]
fn a_repayment_goes_up_to_what_is_owed_and_not_above() {
    let (_folder, mut ledger) = opened();
    let codes = codes();
    let owed = line(1, "2023-01");
    let post = |ledger: &mut Ledger, kind, amount| {
        let postings = vec![new_posting(owed.clone(), kind, amount, None)];
        ledger.post(&act(EntryKind::Recover), &Batch { postings, ..Batch::default() }, &codes)
    };
    assert_eq!(post(&mut ledger, PostingKind::Repayment, 1).unwrap_err().code, "line-unknown");
    post(&mut ledger, PostingKind::OpeningPaid, -1_000).unwrap();
    assert_eq!(post(&mut ledger, PostingKind::Repayment, 1_001).unwrap_err().code, "repayment-above-zero");
    post(&mut ledger, PostingKind::WriteOff, 400).unwrap();
    post(&mut ledger, PostingKind::Repayment, 600).unwrap();
    let lines = ledger.month_lines(month("2023-01"), &codes).unwrap();
    assert_eq!((lines[0].balance, lines[0].written_off), (Money::ZERO, Money::from_fen(400)));
    assert_eq!(post(&mut ledger, PostingKind::Current, 1).unwrap_err().exit, Exit::Bug);
    assert_eq!(post(&mut ledger, PostingKind::Transfer, 1).unwrap_err().exit, Exit::Bug);
}

#[test]
fn a_request_is_completed_by_another_person_once() {
    let (_folder, mut ledger) = opened();
    let request = ledger.add_request("hold", "hold person:1", &act(EntryKind::Hold)).unwrap();
    let body = Batch {
        decisions: vec![decision(DecisionKind::Hold, 1, None)],
        request: Some(request),
        ..Batch::default()
    };
    let by = |second: &str| Act { second: second.into(), ..act(EntryKind::Hold) };
    assert_eq!(ledger.post(&by("operator"), &body, &codes()).unwrap_err().code, "same-person");
    assert_eq!(ledger.find_request("hold", "hold person:1").unwrap().unwrap().id, request);
    ledger.post(&by("reviewer"), &body, &codes()).unwrap();
    assert_eq!(ledger.open_requests().unwrap(), []);
    assert_eq!(ledger.post(&by("reviewer"), &body, &codes()).unwrap_err().code, "request-not-waiting");
}

#[test]
fn rows_can_neither_be_changed_nor_deleted() {
    let (_folder, ledger) = released();
    for statement in [
        "UPDATE posting SET amount = 1",
        "DELETE FROM posting",
        "UPDATE line SET beneficiary = 'x'",
        "DELETE FROM line",
        "UPDATE payment SET amount = 1",
        "DELETE FROM entry",
        "UPDATE entry SET made_by = 'x'",
        "DELETE FROM run_event",
        "UPDATE release SET total = 0",
        "INSERT OR REPLACE INTO word (id, entry, text) VALUES (1, 1, 'x')",
    ] {
        assert!(ledger.connection.execute(statement, []).is_err(), "{statement}");
    }
}

#[test]
fn whatever_is_altered_behind_the_ledgers_back_is_named() {
    let expect: &[(&str, &[(&str, &str)])] = &[
        (
            "UPDATE posting SET amount = amount + 1 WHERE id = 1",
            &[("ledger-rows-altered", "posting"), ("ledger-sum-differs", "")],
        ),
        ("DELETE FROM settled WHERE line = 1", &[("ledger-rows-altered", "settled")]),
        ("UPDATE settled SET digests = zeroblob(40) WHERE line = 2", &[("ledger-rows-altered", "settled")]),
        ("UPDATE line SET balance = 5 WHERE id = 1", &[("ledger-sum-differs", "")]),
        ("UPDATE line SET settled = NULL WHERE id = 1", &[("ledger-state-differs", "line")]),
        ("UPDATE line SET unanswered = 0 WHERE id = 1", &[("ledger-state-differs", "line")]),
        ("UPDATE line SET returned = 10000001 WHERE id = 1", &[("ledger-state-differs", "line")]),
        ("UPDATE line SET held_since = 24277 WHERE id = 1", &[("ledger-state-differs", "line")]),
        ("UPDATE payment SET state = 1 WHERE id = 10000001", &[("ledger-state-differs", "payment")]),
        ("UPDATE payment SET lifted = 1 WHERE id = 10000001", &[("ledger-state-differs", "payment")]),
        ("UPDATE release SET unanswered = 0", &[("ledger-state-differs", "release")]),
        ("UPDATE run SET total = 0", &[("ledger-run-differs", "")]),
        ("DELETE FROM run_event WHERE event = 'released'", &[("ledger-run-differs", "")]),
        ("UPDATE run_event SET made_by = 'x' WHERE event = 'released'", &[("ledger-run-differs", "")]),
        ("UPDATE run_event SET today = 'x' WHERE entry IS NOT NULL", &[("ledger-run-differs", "")]),
        ("UPDATE run_event SET made_by = 'x' WHERE event = 'drafted'", &[("ledger-run-differs", "")]),
        (
            "INSERT INTO run_event (run, event, today, made_by, why) VALUES (1, 'rejected', '', '', '')",
            &[("ledger-run-differs", "")],
        ),
        ("UPDATE word SET text = 'nil' WHERE text = 'entitled'", &[("ledger-rows-altered", "word")]),
        ("UPDATE payment SET account_no = '1' WHERE id = 10000002", &[("ledger-rows-altered", "payment")]),
        ("UPDATE entry SET second = 'operator'", &[("ledger-chain-broken", "")]),
        ("UPDATE entry SET sections = ''", &[("ledger-chain-broken", "")]),
        (
            "INSERT INTO decision (entry, number, kind, document, why) VALUES (9, 0, 'clear', '', '')",
            &[("ledger-rows-foreign", "decision")],
        ),
        (
            "DELETE FROM payment WHERE id = 10000001",
            &[("ledger-rows-altered", "payment"), ("ledger-payment-differs", "")],
        ),
    ];
    for (statement, findings) in expect {
        let (_folder, ledger) = released();
        assert_eq!(found(&ledger, &[]), []);
        assert!(tampering(&ledger).execute(statement, []).unwrap() > 0, "{statement}");
        let found = found(&ledger, &[]);
        for (code, table) in *findings {
            assert!(
                found.iter().any(|(found, of)| found == code && (table.is_empty() || of == table)),
                "{statement}: {found:?}"
            );
        }
    }
}

#[test]
fn an_older_copy_or_a_cut_chain_is_seen_by_the_heads_written_down() {
    let (_folder, mut ledger) = released();
    let first = ledger.head().unwrap();
    let batch = Batch { decisions: vec![decision(DecisionKind::Hold, 1, None)], ..Batch::default() };
    let second = ledger.post(&act(EntryKind::Hold), &batch, &codes()).unwrap().head;
    assert_eq!(ledger.check_heads(&[]).unwrap(), [first.clone(), second.clone()]);
    let missing = ledger.check_heads(std::slice::from_ref(&first)).unwrap();
    assert_eq!(missing.as_slice(), std::slice::from_ref(&second));
    let heads = [first.clone(), second.clone()];
    assert_eq!(ledger.check_heads(&heads).unwrap(), []);
    let other = Head { hash: "f".repeat(64), ..second };
    assert_eq!(ledger.check_heads(&[other]).unwrap_err().exit, Exit::Unbalanced);
    tampering(&ledger).execute_batch("DELETE FROM entry WHERE number = 2; DELETE FROM decision;").unwrap();
    assert_eq!(found(&ledger, &[]), [], "the chain alone cannot know its end");
    assert_eq!(found(&ledger, &heads), [("ledger-entry-missing", String::new())]);
    assert_eq!(ledger.check_heads(&heads).unwrap_err().code, "ledger-older");
}

#[test]
fn a_missing_ledger_reads_as_empty_and_is_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let ledger = Ledger::open_read_only(&path).unwrap();
    assert_eq!(ledger.head().unwrap(), Head::empty());
    assert_eq!(ledger.runs().unwrap(), []);
    assert!(!path.exists());
}

#[test]
fn a_reader_sees_what_was_written_and_cannot_write() {
    let (_folder, ledger) = released();
    let mut reader = Ledger::open_read_only(ledger.path()).unwrap();
    assert_eq!(reader.head().unwrap(), ledger.head().unwrap());
    let batch = Batch { decisions: vec![decision(DecisionKind::Hold, 1, None)], ..Batch::default() };
    assert_eq!(reader.post(&act(EntryKind::Hold), &batch, &codes()).unwrap_err().exit, Exit::Locked);
}

#[test]
fn after_a_power_cut_in_the_middle_of_a_transaction_the_ledger_is_as_before() {
    let (folder, mut ledger) = released();
    let head = ledger.head().unwrap();
    // A transaction so big for its cache that it has reached the file, and is then cut off.
    ledger.connection.execute_batch("PRAGMA cache_size = 2").unwrap();
    let path = ledger.path().to_owned();
    let cut = folder.path().join("cut.db");
    let transaction = ledger.connection.transaction().unwrap();
    for n in 1000..4000 {
        transaction.execute("INSERT INTO word VALUES (?, 2, hex(randomblob(100)))", [n]).unwrap();
    }
    std::fs::copy(&path, &cut).unwrap();
    std::fs::copy(path.with_file_name("ledger.db-journal"), cut.with_file_name("cut.db-journal")).unwrap();
    drop(transaction);
    let length = |path: &std::path::Path| std::fs::metadata(path).unwrap().len();
    assert!(length(&cut) > length(&path), "nothing had reached the file");
    let after = Ledger::open_read_only(&cut).unwrap();
    assert_eq!(after.head().unwrap(), head);
    assert_eq!(found(&after, &[head]), []);
}

#[test]
fn another_programs_database_and_other_bytes_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let foreign = folder.path().join("foreign.db");
    Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE t (a)").unwrap();
    assert_eq!(Ledger::open(&foreign).unwrap_err().code, "ledger-not-ours");
    let bytes = folder.path().join("bytes.db");
    std::fs::write(&bytes, "not a database, but long enough to look like something".repeat(40)).unwrap();
    assert_eq!(Ledger::open(&bytes).unwrap_err().code, "ledger-damaged");
}

#[test]
fn a_backup_is_a_whole_ledger_and_never_overwrites() {
    let (folder, ledger) = released();
    let copy = folder.path().join("copy.db");
    ledger.backup(&copy).unwrap();
    let restored = Ledger::open_read_only(&copy).unwrap();
    assert_eq!(restored.head().unwrap(), ledger.head().unwrap());
    assert_eq!(found(&restored, &[]), []);
    assert_eq!(ledger.backup(&copy).unwrap_err().code, "backup-exists");
}

#[test]
fn a_payment_for_several_lines_keeps_its_items() {
    let (_folder, mut ledger) = opened();
    let mut plan = plan(&[1, 2], "2023-02", 10_000);
    let second = plan.payments.pop().unwrap();
    let payment = &mut plan.payments[0];
    payment.items.extend(second.items);
    payment.beneficiary = None;
    payment.beneficiaries = 2;
    payment.payee =
        Payee { organisation: true, id: None, name: "某服务部".into(), account: account(8) }.into();
    payment.amount = Money::from_fen(20_000);
    payment.current = payment.amount;
    plan.postings.iter_mut().for_each(|posting| posting.payment = posting.payment.map(|_| 0));
    let record = draft(&ledger, plan, "2023-02");
    ledger.save_draft(&record).unwrap();
    ledger.release(&approval(1)).unwrap();
    let run = ledger.released_run(1).unwrap().unwrap();
    assert_eq!(run.payments[0].payment, record.plan.payments[0]);
    let lines = ledger.month_lines(month("2023-02"), &codes()).unwrap();
    assert!(lines.iter().all(|line| line.paid_to.as_deref() == Some("某服务部")));
    assert_eq!(found(&ledger, &[]), []);
    let batch = Batch { answers: vec![answer(1, AnswerStatus::Paid)], ..Batch::default() };
    ledger.post(&act(EntryKind::Answers), &batch, &codes()).unwrap();
    assert!(ledger.month_lines(month("2023-02"), &codes()).unwrap().iter().all(|line| !line.unanswered));
}

#[test]
fn explain_finds_every_posting_of_a_line() {
    let (_folder, ledger) = released();
    let histories =
        ledger.history(&Beneficiary::Person(person(1)), Some(Programme(0)), None, &codes()).unwrap();
    assert_eq!(histories.len(), 1);
    let kinds: Vec<PostingKind> = histories[0].postings.iter().map(|posting| posting.kind).collect();
    assert_eq!(kinds, [PostingKind::Current, PostingKind::Payment]);
    assert_eq!(histories[0].postings[1].payment, Some(id(sequence_of(1))));
    assert_eq!(histories[0].settled.len(), 1);
    let all = ledger.postings_of_entries(1, 1, &codes()).unwrap();
    assert_eq!(all.iter().map(|posting| posting.id).collect::<Vec<i64>>(), [1, 2, 3, 4, 5, 6]);
    assert_eq!(ledger.next_posting_id().unwrap(), 7);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whatever is posted by hand, derived balances are the sums of postings and the chain holds.
    #[test]
    fn derived_balances_are_sums_of_postings(
        steps in proptest::collection::vec((0u32..6, 0usize..4, 1i64..5_000), 1..24)
    ) {
        let (_folder, mut ledger) = opened();
        let codes = codes();
        let mut sums = std::collections::BTreeMap::<Line, i64>::new();
        for (n, kind, amount) in steps {
            let line = line(n, "2023-01");
            let (kind, amount) = [
                (PostingKind::OpeningEntitled, amount),
                (PostingKind::OpeningPaid, -amount),
                (PostingKind::Repayment, amount),
                (PostingKind::WriteOff, amount),
            ][kind];
            let postings = vec![new_posting(line.clone(), kind, amount, None)];
            let posted = ledger.post(&act(EntryKind::Recover), &Batch { postings, ..Batch::default() }, &codes);
            if posted.is_ok() {
                *sums.entry(line).or_default() += amount;
            }
        }
        let lines = ledger.month_lines(month("2023-01"), &codes).unwrap();
        let found: std::collections::BTreeMap<Line, i64> =
            lines.iter().map(|line| (line.line.clone(), line.balance.fen())).collect();
        prop_assert_eq!(found, sums);
        prop_assert!(ledger.verify(&[]).unwrap().is_empty());
    }

    /// A draft of any shape is read back as it was written.
    #[test]
    fn any_plan_is_read_back(
        people in proptest::collection::btree_set(0u32..200, 0..60),
        amount in 1i64..1_000_000,
        texts in proptest::collection::vec("\\PC{0,12}", 4),
    ) {
        let people: Vec<u32> = people.into_iter().collect();
        let mut plan = plan(&people, "2023-02", amount);
        for (settled, text) in plan.settled.iter_mut().zip(texts.iter().cycle()) {
            settled.reason = text.into();
            settled.source = text.into();
            settled.origin = Origin::Other(month("2023-01"));
        }
        for text in &texts {
            for beneficiary in [
                Beneficiary::household("150102101", text),
                Beneficiary::UnverifiedPerson(text.into()),
                Beneficiary::Row(text.into()),
            ] {
                let line = Line { programme: Programme(1), beneficiary, month: month("2023-02"), case_no: text.into() };
                plan.balances.push(LineBalance {
                    line,
                    entitlement: Money::from_fen(-amount),
                    balance: Money::from_fen(amount),
                    debtor: text.into(),
                });
            }
        }
        let (_folder, mut ledger) = opened();
        let record = draft(&ledger, plan, "2023-02");
        ledger.save_draft(&record).unwrap();
        prop_assert_eq!(ledger.open_draft().unwrap(), Some(record));
    }
}

#[test]
fn a_schema_that_was_changed_is_named() {
    let (_folder, ledger) = released();
    let connection = Connection::open(ledger.path()).unwrap();
    connection.execute_batch("DROP TRIGGER posting_keep; DROP INDEX line_case;").unwrap();
    let named: Vec<String> = ledger
        .verify(&[])
        .unwrap()
        .iter()
        .map(|finding| format!("{} {}", finding.code, finding.arguments.last().unwrap().1))
        .collect();
    assert_eq!(
        named,
        ["ledger-schema-altered index line_case", "ledger-schema-altered trigger posting_keep"]
    );
}
