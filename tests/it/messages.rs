//! What the commands tell the person who gave them: that nothing said is wrong, useless or missing.

use std::fs;

use crate::integrity::small;

#[test]
fn an_account_of_the_payer_that_is_not_filled_in_is_said_before_a_bank_file_is_written() {
    let bureau = small::bureau();
    let run = ["run", "--month", "2023-01", "--by", "operator", "--today", "2023-01-03"];
    let word = "account_no is not filled in: the bank files (profile general)";
    for command in [&["status"][..], &run] {
        let said = bureau.give(command);
        assert!(said.stdout.contains(word), "{}", said.stdout);
    }
    let path = bureau.path().join("disburse.toml");
    let settings = fs::read_to_string(&path).unwrap();
    fs::write(&path, settings.replace("account_no = \"\"", "account_no = \"050101010000012\"")).unwrap();
    for command in [&["status"][..], &run] {
        let said = bureau.give(command);
        assert!(!said.stdout.contains("not filled in"), "{}", said.stdout);
    }
}
