//! Derived columns are moved entry by entry by one piece of code and computed from chained rows by
//! another; over random histories both must say the same, at the end and after every entry.

use super::*;

/// Every derived column of a ledger.
fn derived_columns(connection: &Connection) -> Vec<String> {
    let mut columns = Vec::new();
    for table in super::schema::TABLES.iter().filter(|table| !table.derived.is_empty()) {
        let parts: Vec<String> =
            table.derived.iter().map(|column| format!("coalesce({column}, 'none') || ''")).collect();
        let question = format!(
            "SELECT '{}', {} FROM {} ORDER BY {}",
            table.name,
            parts.join(" || ' ' || "),
            table.name,
            table.key
        );
        let mut statement = connection.prepare(&question).unwrap();
        let rows = statement
            .query_map([], |row| Ok(format!("{} {}", row.get::<_, String>(0)?, row.get::<_, String>(1)?)));
        columns.extend(rows.unwrap().map(Result::unwrap));
    }
    columns
}

/// A step of a history: who, and what becomes of it.
#[derive(Debug, Clone)]
enum Step {
    /// Release the month after, for these people.
    Release(Vec<u32>),
    /// Answers to payments by position among all released, with statuses.
    Answer(Vec<(usize, AnswerStatus)>),
    /// A person's money is let go: for one programme, or all.
    Clear(u32, Option<u16>),
    /// Held by hand.
    Hold(u32),
}

fn step() -> impl proptest::strategy::Strategy<Value = Step> {
    use AnswerStatus::{Failed, Open, Paid, Pending, Recalled};
    let status =
        prop_oneof![Just(Paid), Just(Failed), Just(Failed), Just(Recalled), Just(Pending), Just(Open)];
    prop_oneof![
        3 => proptest::sample::subsequence(vec![1u32, 2, 3, 4], 1..=4).prop_map(Step::Release),
        4 => proptest::collection::vec((0usize..40, status), 1..6).prop_map(Step::Answer),
        1 => (1u32..5, proptest::option::of(0u16..2)).prop_map(|(n, programme)| Step::Clear(n, programme)),
        1 => (1u32..5).prop_map(Step::Hold),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn what_is_derived_is_what_was_moved_after_every_entry(steps in proptest::collection::vec(step(), 1..14)) {
        let (_folder, mut ledger) = opened();
        let mut payments: Vec<PaymentId> = Vec::new();
        let mut cycle = month("2023-02");
        let mut moved = Vec::new();
        for step in steps {
            match step {
                Step::Release(people) => {
                    let text = cycle.to_string();
                    let mut record = draft(&ledger, plan(&people, &text, 10_000), &text);
                    let run = ledger.number_for(&record.meta).unwrap().run;
                    record.meta.run = run;
                    ledger.save_draft(&record).unwrap();
                    ledger.release(&approval(run)).unwrap();
                    payments.extend((1..=people.len() as u32).map(|sequence| PaymentId {
                        run,
                        cycle,
                        ..id(sequence)
                    }));
                    cycle = cycle.plus(1);
                }
                Step::Answer(answers) => {
                    let answers: Vec<NewAnswer> = answers
                        .into_iter()
                        .filter_map(|(position, status)| {
                            let payment = payments.get(position)?.clone();
                            Some(NewAnswer { payment, ..answer(1, status) })
                        })
                        .collect();
                    if answers.is_empty() {
                        continue;
                    }
                    let batch = Batch { answers, ..Batch::default() };
                    ledger.post(&act(EntryKind::Answers), &batch, &codes()).unwrap();
                }
                Step::Clear(n, programme) => {
                    let batch = Batch {
                        decisions: vec![decision(DecisionKind::Clear, n, programme)],
                        ..Batch::default()
                    };
                    ledger.post(&act(EntryKind::Clear), &batch, &codes()).unwrap();
                }
                Step::Hold(n) => {
                    let batch =
                        Batch { decisions: vec![decision(DecisionKind::Hold, n, None)], ..Batch::default() };
                    ledger.post(&act(EntryKind::Hold), &batch, &codes()).unwrap();
                }
            }
            moved.push((ledger.head().unwrap(), derived_columns(&ledger.connection)));
        }
        prop_assert_eq!(found(&ledger, &[]), []);
        for (head, columns) in moved {
            let then = ledger.as_of(head.number).unwrap();
            prop_assert_eq!(then.head().unwrap(), head);
            prop_assert_eq!(derived_columns(&then.connection), columns);
            prop_assert_eq!(found(&then, &[]), []);
        }
    }
}

#[test]
fn before_the_first_entry_there_is_nothing() {
    let (_folder, ledger) = released();
    let then = ledger.as_of(0).unwrap();
    assert_eq!(then.head().unwrap(), Head::empty());
    assert_eq!(then.month_lines(month("2023-02"), &codes()).unwrap(), []);
    assert_eq!(then.runs().unwrap(), []);
}
