//! `policy check | test | show | diff | fmt | schema` through the built binary.

use std::fs;

use crate::bureau::{Bureau, lay, repository};

fn edited(bureau: &Bureau, file: &str, old: &str, new: &str) {
    let path = bureau.path().join("policy").join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(old), "{old}");
    fs::write(path, text.replacen(old, new, 1)).unwrap();
}

#[test]
fn the_default_pack_passes_and_a_broken_one_is_shown_at_its_line() {
    let bureau = Bureau::empty("2023-02");
    let said = bureau.must(0, &["--json", "policy", "check"]).json();
    assert_eq!((&said["counts"]["programmes"], &said["counts"]["clauses"]), (&14.into(), &15.into()));
    assert_eq!(said["findings"], serde_json::json!([]));
    let said = bureau.must(0, &["--json", "policy", "test"]).json();
    assert_eq!(said["differences"], serde_json::json!([]));
    assert_eq!(said["coverage"]["clauses"], said["coverage"]["clauses_both_ways"]);
    assert_eq!(said["coverage"]["entries"], said["coverage"]["entries_used"]);

    edited(&bureau, "programmes-elderly.toml", "reaches(80)'", "reches(80)'");
    let said = bureau.must(3, &["policy", "check"]);
    assert!(said.stderr.contains("policy-unknown-function"), "{}", said.stderr);
    assert!(said.stderr.contains("programmes-elderly.toml:25"), "{}", said.stderr);
}

#[test]
fn a_case_that_comes_out_otherwise_is_a_row_of_the_table_and_exit_1() {
    let bureau = Bureau::empty("2023-02");
    edited(&bureau, "values.toml", "amount = 600\n", "amount = 601\n");
    let said = bureau.must(1, &["policy", "test"]);
    assert!(said.stdout.contains("entitled 600.00  entitled 601.00"), "{}", said.stdout);
}

#[test]
fn show_says_the_figures_of_its_month_and_diff_the_clause_that_changed() {
    let bureau = Bureau::empty("2023-02");
    let show = |month: &str| {
        bureau.must(0, &["--json", "policy", "show", "--month", month, "--programme", "old-age"]).json()
    };
    assert_eq!(show("2016-12")["programmes"][0]["in_force"], false);
    let said = show("2023-02");
    assert_eq!(said["programmes"][0]["clauses"][0]["condition"], "month ≥ reaches(80)");
    assert_eq!(said["programmes"][0]["values"][1]["written"], "600 元/月");
    let other = bureau.path().join("other");
    lay(&bureau.path().join("policy"), &other);
    let other = other.to_str().unwrap();
    bureau.must(0, &["policy", "diff", other]);
    edited(&bureau, "programmes-elderly.toml", "'age ≥ 70'", "'age ≥ 65'");
    let said = bureau.must(0, &["--json", "policy", "diff", other]).json();
    let [difference] = said["differences"].as_array().unwrap().as_slice() else { panic!("{said}") };
    assert_eq!(
        (&difference["kind"], &difference["place"], &difference["part"]),
        (&"clause".into(), &"meals".into(), &"age".into())
    );
    assert_eq!((&difference["before"], &difference["after"]), (&"age ≥ 65".into(), &"age ≥ 70".into()));
    let said = bureau.must(0, &["--json", "policy", "diff", "--from", "2022-05", "--to", "2022-06"]).json();
    assert_eq!(said["differences"].as_array().unwrap().len(), 3, "{said}");
    bureau.must(2, &["policy", "diff"]);
}

#[test]
fn fmt_changes_form_only_and_the_shipped_pack_is_in_form() {
    let bureau = Bureau::empty("2023-02");
    bureau.must(0, &["policy", "fmt", "--check"]);
    let digest =
        |bureau: &Bureau| bureau.must(0, &["--json", "policy", "test"]).json()["expected"].as_u64().unwrap();
    let before = digest(&bureau);
    edited(&bureau, "stacking.toml", "kind = \"bars\"", "kind=\"bars\"   ");
    let said = bureau.must(1, &["--json", "policy", "fmt", "--check"]).json();
    let changed = said["changed"].to_string();
    assert_eq!(changed, "[\"stacking.toml\"]");
    bureau.must(0, &["policy", "fmt"]);
    bureau.must(0, &["policy", "fmt", "--check"]);
    assert_eq!(digest(&bureau), before);
    let text = fs::read_to_string(bureau.path().join("policy/stacking.toml")).unwrap();
    assert!(text.contains("kind = \"bars\"\n") && text.starts_with("# What one person"), "{text}");
}

#[test]
fn the_schema_offers_the_pack_s_codes_and_needs_no_workspace() {
    let bureau = Bureau::empty("2023-02");
    let said = bureau.must(0, &["--json", "policy", "schema"]).json();
    let offered = said["schema"]["$defs"]["roster_code"]["enum"].to_string();
    assert!(offered.contains("old-age"), "{offered}");
    let pack = repository().join("fixtures/xincheng/policy");
    let elsewhere = tempfile::tempdir().unwrap();
    let output = assert_cmd::Command::cargo_bin("disburse")
        .unwrap()
        .arg("-C")
        .arg(elsewhere.path())
        .args(["policy", "check"])
        .arg(&pack)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn other_countries_rules_come_out_as_their_own_cases_say() {
    let packs = repository().join("fixtures/packs");
    let mut seen = 0;
    for entry in fs::read_dir(&packs).unwrap() {
        let folder = entry.unwrap().path();
        if !folder.is_dir() {
            continue;
        }
        let output = assert_cmd::Command::cargo_bin("disburse")
            .unwrap()
            .args(["--lang", "en", "--json", "policy", "test"])
            .arg(&folder)
            .output()
            .unwrap();
        let said: serde_json::Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("{}\n{}", folder.display(), String::from_utf8_lossy(&output.stderr)));
        assert_eq!(said["differences"], serde_json::json!([]), "{}", folder.display());
        let coverage = &said["coverage"];
        assert_eq!(coverage["clauses"], coverage["clauses_both_ways"], "{}: {coverage}", folder.display());
        seen += said["cases"].as_u64().unwrap();
    }
    // 29 + 11 + 34 + 32 of theirs, and a few of ours.
    assert!(seen >= 106, "{seen}");
}
