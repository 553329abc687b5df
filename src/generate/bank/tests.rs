use std::collections::BTreeMap;

use super::*;
use crate::pay::BankProfile;
use crate::returns::{self, AnswerStatus};

fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2023, 2, 10).unwrap()
}

fn file(count: u32) -> SentFile {
    let payments = (1..=count)
        .map(|number| SentPayment {
            id: format!("150102-202302-R0001-{number:07}").into(),
            amount: Money::from_fen(10_000 + i64::from(number)),
            account_no: format!("6299990000{number:09}").into(),
            account_name: "斯琴·巴特尔".into(),
        })
        .collect();
    SentFile { batch: "150102-202302-R0001-F0001".into(), payments }
}

const RATES: AnswerRates = AnswerRates {
    closed_accounts: 20_000,
    failed: 150_000,
    pending: 80_000,
    missing: 80_000,
    amount_differs: 40_000,
    duplicate: 30_000,
    altered_names: 40_000,
};

fn profiles() -> Vec<BankProfile> {
    let texts = [
        include_str!("../../../fixtures/xincheng/policy/banks/general.toml"),
        include_str!("../../../fixtures/xincheng/policy/banks/icbc-workbook.toml"),
        include_str!("../../../fixtures/xincheng/policy/banks/fixed-width.toml"),
        include_str!("../../../fixtures/xincheng/policy/banks/pipe-trailer.toml"),
        include_str!("../../../fixtures/xincheng/policy/banks/abc-own-other.toml"),
        include_str!("../../../fixtures/xincheng/policy/banks/livelihood-platform.toml"),
    ];
    texts.iter().map(|text| BankProfile::parse("x.toml", text).unwrap()).collect()
}

/// What a reader makes of it: status, amount, name by payment; the first answer where there are two.
fn read(bytes: &[u8], format: Option<&str>) -> BTreeMap<Text, (AnswerStatus, Option<Money>, Text)> {
    let read = returns::read("answers", bytes, format, &profiles()).unwrap();
    assert_eq!(read.set_aside, 0);
    let mut answers = BTreeMap::new();
    for answer in read.answers.into_iter().filter(|answer| !answer.whole_batch) {
        let id = answer.payment_id.unwrap();
        // Of a debit and its return the return is what became of it.
        let came_back = matches!(answer.status, AnswerStatus::Failed(_));
        if came_back || !answers.contains_key(&id) {
            answers.insert(id, (answer.status, answer.amount, answer.account_name));
        }
    }
    answers
}

#[test]
fn every_form_says_of_every_payment_what_the_bank_decided() {
    let file = file(400);
    let mut forms: Vec<(AnswerForm<'_>, Option<String>)> =
        vec![(AnswerForm::Neutral, None), (AnswerForm::StatusReport, None), (AnswerForm::Notification, None)];
    let profiles = profiles();
    for profile in &profiles {
        forms.push((AnswerForm::Layout(profile.result.as_ref().unwrap()), Some(profile.name.clone())));
    }
    for (form, format) in &forms {
        let bytes = answer_file(&file, *form, &RATES, 7, day()).unwrap();
        assert_eq!(bytes, answer_file(&file, *form, &RATES, 7, day()).unwrap());
        let heard = read(&bytes, format.as_deref());
        for payment in &file.payments {
            let (outcome, _) =
                outcome(&payment.id, &payment.account_no, &payment.account_name, payment.amount, &RATES, 7);
            let answer = heard.get(&payment.id);
            let place = format!("{format:?} {form:?} {outcome:?}");
            let can_say_pending = !matches!(form, AnswerForm::Layout(layout)
                if layout.codes.values().all(|code| code.status != crate::pay::profile::ResultStatus::Pending));
            match outcome {
                Outcome::Silent => assert_eq!(answer, None, "{place}"),
                Outcome::Pending if !can_say_pending => assert_eq!(answer, None, "{place}"),
                Outcome::Pending => assert_eq!(answer.unwrap().0, AnswerStatus::Pending, "{place}"),
                Outcome::Failed(_) => {
                    let status = &answer.unwrap().0;
                    assert!(matches!(status, AnswerStatus::Failed(_)), "{place} {status:?}");
                }
                other => {
                    let (status, amount, name) = answer.unwrap();
                    assert_eq!(*status, AnswerStatus::Paid, "{place}");
                    assert_eq!(*amount, Some(other.amount(payment.amount)), "{place}");
                    assert!(name.is_empty() || name == other.name(&payment.account_name), "{place}");
                }
            }
        }
    }
}

#[test]
fn messages_are_valid_against_their_schemas() {
    for (form, schema) in [
        (AnswerForm::StatusReport, include_str!("../../../tests/data/iso20022/xsd/pain.002.001.10.xsd")),
        (AnswerForm::Notification, include_str!("../../../tests/data/iso20022/xsd/camt.054.001.08.xsd")),
    ] {
        let bytes = answer_file(&file(60), form, &RATES, 3, day()).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let schema = uppsala::parse(schema).unwrap();
        let validator = uppsala::XsdValidator::from_schema(&schema).unwrap();
        let document = uppsala::parse(&text).unwrap();
        let faults = validator.validate(&document);
        assert!(faults.is_empty(), "{faults:?}");
    }
}
