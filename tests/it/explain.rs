//! `explain` on the sample bureau: before a run and after a release, refusals, households, privacy.

use std::fs;

use serde_json::Value;

use crate::bureau::{Bureau, accepting, repository};

fn sample() -> Bureau {
    let bureau = Bureau::empty("2023-02");
    let sample = repository().join("fixtures/xincheng");
    crate::bureau::lay(&sample.join("rosters"), &bureau.path().join("rosters"));
    crate::bureau::lay(&sample.join("registers"), &bureau.path().join("registers"));
    bureau
}

fn explained(bureau: &Bureau, arguments: &[&str]) -> Value {
    let mut all = vec!["--today", "2023-02-03", "--json", "explain"];
    all.extend(arguments);
    bureau.must(0, &all).json()
}

fn draft(bureau: &Bureau) -> Value {
    bureau.give(&["--today", "2023-02-03", "--json", "run", "--month", "2023-02", "--by", "operator"]).json()
}

fn release(bureau: &Bureau, drafted: &Value) {
    let run = drafted["run"].to_string();
    let mut approve =
        vec!["--today", "2023-02-03", "approve", &run, "--total", drafted["total"].as_str().unwrap()];
    approve.extend(["--by", "reviewer"]);
    let accepted = accepting(drafted);
    approve.extend(accepted.iter().map(String::as_str));
    bureau.must(0, &approve);
}

#[test]
fn a_household_is_told_with_its_members_its_clauses_its_steps_and_its_postings() {
    let bureau = sample();
    // Before any run: from the rosters on disk alone.
    let before = explained(&bureau, &["--person", "household:150102006:9013"]);
    assert_eq!(before["ledger"], serde_json::json!([]));
    let drafted = draft(&bureau);
    // Drafted and not released: what would be done, with the id the payment will have.
    let open = explained(&bureau, &["--person", "household:150102006:9013"]);
    assert_eq!(open["ledger"], serde_json::json!([]));
    let planned = &open["draft"]["events"];
    assert_eq!((&planned[0]["kind"], &planned[0]["amount"]), (&"current".into(), &"3284.50".into()));
    release(&bureau, &drafted);
    let slip = explained(&bureau, &["--person", "household:150102006:9013"]);
    assert_eq!(slip["claims"], before["claims"]);
    let claim = &slip["claims"][0];
    assert_eq!((claim["outcome"].as_str(), claim["amount"].as_str()), (Some("entitled"), Some("3284.50")));
    assert_eq!(claim["members"].as_array().unwrap().len(), 4);
    assert_eq!(claim["members"][1]["share"], "821.13");
    assert_eq!(claim["clauses"][0]["comparisons"][1]["text"], "500.00 < 3364.00");
    let steps = claim["computation"]["steps"].to_string();
    assert!(steps.contains("dibao_standard(urban) [841.00] × count() [4] = 3364.00"), "{steps}");
    assert!(
        steps.contains("member 2: max(uplift_illness [30%], uplift_disability [20%], 0, 0) = 30%"),
        "{steps}"
    );
    let standard = &claim["values"][0];
    assert_eq!(standard["code"], "dibao_standard");
    assert_eq!(standard["written"], "841 元/月");
    assert_eq!(
        (standard["from"].as_str(), standard["announced"].as_str()),
        (Some("2022-01"), Some("2022-06"))
    );
    assert_eq!(standard["citation"]["status"], "verified");
    let kinds: Vec<&str> = slip["ledger"][0]["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["settled", "current", "payment"]);
    let payment = slip["ledger"][0]["events"][2]["payment"].as_str().unwrap();
    assert!(payment.starts_with("150102-202302-R0001-"), "{payment}");
    assert_eq!(payment, planned[1]["payment"]);
    assert_eq!(slip["draft"], Value::Null);
    assert_eq!(slip["policy_digest"].as_str().unwrap().len(), 64);
    // A member asks: the household's decision, and what was posted for it.
    let text = fs::read_to_string(repository().join("fixtures/xincheng/rosters/2023-02/dibao.csv")).unwrap();
    let member = text.lines().nth(17).unwrap().split(',').next().unwrap();
    let of_member = explained(&bureau, &["--person", member, "--programme", "dibao"]);
    assert_eq!(of_member["claims"][0]["members"][1]["remark"], "the person asked about");
    assert_eq!(of_member["ledger"][0]["beneficiary"], "household:150102006:9013");
}

#[test]
fn a_refusal_shows_every_clause_and_who_is_asked_about_stays_masked_except_on_paper() {
    let bureau = sample();
    let person = "15019919860606900X";
    let slip = explained(&bureau, &["--person", person]);
    let refused = &slip["claims"][0];
    assert_eq!(refused["clause"], "dibao");
    let verdicts: Vec<Option<bool>> =
        refused["clauses"].as_array().unwrap().iter().map(|clause| clause["holds"].as_bool()).collect();
    assert_eq!(verdicts, [Some(false), Some(true), Some(true)]);
    assert_eq!(refused["amount"], Value::Null);
    // What is not known is told as not known, and does not hide what is.
    let nursing = &slip["claims"][1];
    assert_eq!(nursing["outcome"], "entitled");
    assert_eq!(nursing["clauses"][0]["comparisons"][2]["holds"], Value::Null);

    // A bar is told with where it comes from.
    assert!(nursing["stacking"][0].as_str().unwrap().contains("国发〔2015〕52号"), "{nursing}");

    let page = bureau.path().join("slip.html");
    let said = bureau.must(0, &["explain", "--person", person, "--html", page.to_str().unwrap()]);
    assert!(said.stdout.contains("当月不是低保家庭成员"), "{}", said.stdout);
    assert!(!said.stdout.contains(person), "{}", said.stdout);
    let page = fs::read_to_string(page).unwrap();
    assert!(page.contains(person) && page.contains("Decision slip"));
    assert!(!page.contains("http"), "the page needs no network");
}

#[test]
fn nobody_unknown_programme_and_a_text_that_names_no_one() {
    let bureau = sample();
    let slip = explained(&bureau, &["--person", "15019919500101001X"]);
    assert_eq!(slip["claims"], serde_json::json!([]));
    assert_eq!(slip["absent"].as_array().unwrap().len(), 14);
    bureau.must(2, &["explain", "--person", "somebody"]);
    bureau.must(2, &["explain", "--person", "15019919500101001X", "--programme", "old-ag"]);
}
