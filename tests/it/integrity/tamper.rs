//! Whatever is altered behind the program's back is found and named: bytes of ledger, archive, heads and
//! outbox; rows; whole files put back from an earlier day.

use std::fs;
use std::path::Path;

use rusqlite::Connection;

use super::small::*;

/// A bureau with two released months and the answers of the first.
fn two_months() -> tempfile::TempDir {
    let folder = copy(bureau().path());
    release(folder.path(), "2023-01");
    fs::write(folder.path().join("answers.csv"), answers(folder.path(), "2023-01", 1, &[103])).unwrap();
    must(folder.path(), &[0], &["returns", "answers.csv", "--by", "operator", "--today", "2023-01-09"]);
    release(folder.path(), "2023-02");
    folder
}

/// Numbers that are the same on every run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end.max(1)
    }
}

/// What `verify` finds, by code; the exit code must fit.
fn codes(folder: &Path) -> Vec<String> {
    let said = must(folder, &[0, 5], &["verify", "--json"]);
    let json = said.json();
    // Where the ledger cannot be read at all, the fault itself says so.
    let Some(findings) = json["findings"].as_array().filter(|_| json.get("clean").is_some()) else {
        assert_eq!(said.exit, 5);
        return vec![json["error"].as_str().unwrap().to_owned()];
    };
    let codes: Vec<String> = findings
        .iter()
        .filter(|finding| finding["severity"] == "error")
        .map(|finding| finding["code"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(said.exit, if codes.is_empty() { 0 } else { 5 }, "{}", said.stdout);
    codes
}

#[test]
fn a_flipped_byte_anywhere_is_found_or_changes_nothing() {
    let folder = two_months();
    let path = folder.path();
    assert_eq!(codes(path), [""; 0]);
    let before = written(path);
    let mut random = Random(7);
    let mut silent = 0;
    let mut flip = |name: &str, offset: usize, bit: u8| {
        let file = path.join(name);
        let whole = fs::read(&file).unwrap();
        let mut bytes = whole.clone();
        bytes[offset] ^= 1 << bit;
        fs::write(&file, &bytes).unwrap();
        let found = codes(path);
        if found.is_empty() {
            // Not found: then it stands where nothing is stored, and every row is as it was.
            assert_eq!(name, "ledger.db", "{name} byte {offset} bit {bit} was not found");
            assert_eq!(written(path).rows, before.rows, "ledger.db byte {offset} bit {bit} was not found");
            silent += 1;
        }
        fs::write(&file, &whole).unwrap();
    };
    // Most of a small ledger is room that nothing stands in yet.
    let ledger = fs::read(path.join("ledger.db")).unwrap();
    let used: Vec<usize> = (0..ledger.len()).filter(|offset| ledger[*offset] != 0).collect();
    for _ in 0..150 {
        let (offset, bit) = (used[random.below(used.len())], random.below(8) as u8);
        flip("ledger.db", offset, bit);
    }
    // The first page says what the file is.
    for offset in (0..100).step_by(9) {
        flip("ledger.db", offset, (offset % 8) as u8);
    }
    for file in walk(&path.join("outbox")) {
        let name = format!("outbox/{file}");
        let length = fs::metadata(path.join(&name)).unwrap().len() as usize;
        flip(&name, random.below(length), random.below(8) as u8);
    }
    for file in walk(&path.join("archive")) {
        let name = format!("archive/{file}");
        let length = fs::metadata(path.join(&name)).unwrap().len() as usize;
        let offset = match file.as_str() {
            "heads.log" => length - 1,
            // Behind the frame's header, some bits of which mean nothing.
            _ => 12 + random.below(length - 12),
        };
        flip(&name, offset, random.below(8) as u8);
    }
    for _ in 0..12 {
        let length = fs::metadata(path.join("archive/heads.log")).unwrap().len() as usize;
        flip("archive/heads.log", random.below(length), random.below(8) as u8);
    }
    assert_eq!(codes(path), [""; 0]);
    eprintln!("{silent} flips in the ledger hit what a draft left, or unused header bytes");
    assert!(silent < 75, "{silent} of 162 flips in the ledger hit nothing");
}

/// A connection that has thrown off the triggers, as a tamperer would, and puts them back.
fn tamper(path: &Path, statement: &str) {
    let connection = Connection::open(path.join("ledger.db")).unwrap();
    let triggers: Vec<(String, String)> = connection
        .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    connection.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
    for (name, _) in &triggers {
        connection.execute_batch(&format!("DROP TRIGGER {name}")).unwrap();
    }
    assert!(connection.execute(statement, []).unwrap() > 0, "{statement}");
    for (_, sql) in &triggers {
        connection.execute_batch(sql).unwrap();
    }
}

#[test]
fn an_edited_or_deleted_row_is_named() {
    let folder = two_months();
    for (statement, code) in [
        ("UPDATE posting SET amount = amount + 100 WHERE id = 3", "ledger-rows-altered"),
        ("DELETE FROM posting WHERE id = 3", "ledger-rows-altered"),
        ("UPDATE payment SET account_no = '1' WHERE id = 10000002", "ledger-rows-altered"),
        ("UPDATE answer SET amount = 1", "ledger-rows-altered"),
        ("UPDATE bank_file SET sha256 = 'x'", "ledger-rows-altered"),
        ("UPDATE input SET sha256 = 'x' WHERE number = 1", "ledger-rows-altered"),
        ("UPDATE entry SET second = 'operator' WHERE number = 1", "ledger-chain-broken"),
        ("DELETE FROM entry WHERE number = 2", "ledger-entry-missing"),
        ("DELETE FROM entry WHERE number = 3", "ledger-entry-missing"),
        ("UPDATE line SET balance = 90000 WHERE id = 1", "ledger-sum-differs"),
        ("UPDATE line SET unanswered = 0", "ledger-state-differs"),
        ("UPDATE payment SET state = 3 WHERE id = 10000003", "ledger-state-differs"),
        ("UPDATE run SET drafted_by = 'reviewer' WHERE number = 1", "ledger-run-differs"),
        ("DELETE FROM run_event WHERE event = 'released' AND run = 1", "ledger-run-differs"),
    ] {
        let copy = copy(folder.path());
        tamper(copy.path(), statement);
        let found = codes(copy.path());
        assert!(found.iter().any(|found| found == code), "{statement}: {found:?}");
    }
}

#[test]
fn a_draft_that_was_altered_is_not_released() {
    let folder = copy(bureau().path());
    let path = folder.path();
    let draft = ["run", "--month", "2023-01", "--by", "operator", "--today", "2023-01-03"];
    must(path, &[0], &draft);
    let bytes: Vec<u8> = {
        let connection = Connection::open(path.join("ledger.db")).unwrap();
        connection.query_row("SELECT bytes FROM draft_part LIMIT 1", [], |row| row.get(0)).unwrap()
    };
    let plan = zstd::stream::decode_all(bytes.as_slice()).unwrap();
    let mut altered = plan.clone();
    let account = account(101);
    let at = plan.windows(account.len()).position(|window| window == account.as_bytes()).unwrap();
    altered[at + account.len() - 1] ^= 1;
    let pressed = zstd::bulk::compress(&altered, 1).unwrap();
    let connection = Connection::open(path.join("ledger.db")).unwrap();
    connection.execute("UPDATE draft_part SET bytes = ? WHERE part = 0", [pressed]).unwrap();
    drop(connection);
    assert_eq!(codes(path), ["ledger-draft-damaged"]);
    let approve = ["approve", "1", "--total", "6300.00", "--by", "reviewer", "--today", "2023-01-03"];
    must(path, &[5], &approve);
    assert!(!path.join("outbox").exists());
}

#[test]
fn published_files_are_compared_with_the_ledger() {
    let folder = two_months();
    let month = "outbox/2023-01/run-0001";
    let first = walk(&folder.path().join(month))[0].clone();
    let file = format!("{month}/{first}");
    type Case<'c> = (&'c str, &'c str, &'c dyn Fn(&Path));
    let vouchers = "out/2023-01/run-0001-vouchers";
    let cases: [Case<'_>; 7] = [
        ("a voucher", "voucher-altered", &|path| {
            let page = path.join(vouchers).join("vouchers.html");
            let text = fs::read_to_string(&page).unwrap();
            fs::write(&page, text.replace("元整", "万元整")).unwrap();
        }),
        ("changed", "outbox-file-altered", &|path| fs::write(path.join(&file), "x").unwrap()),
        ("gone", "outbox-file-missing", &|path| fs::remove_file(path.join(&file)).unwrap()),
        ("one more", "outbox-file-foreign", &|path| {
            fs::write(path.join(month).join("more.csv"), "x").unwrap();
        }),
        ("the whole folder", "outbox-run-missing", &|path| fs::remove_dir_all(path.join(month)).unwrap()),
        ("another run", "outbox-run-unknown", &|path| {
            fs::rename(path.join(month), path.join("outbox/2023-01/run-0009")).unwrap();
        }),
        ("a stray", "outbox-stray", &|path| fs::write(path.join("outbox/2023-01/list.csv"), "x").unwrap()),
    ];
    for (what, code, alter) in cases {
        let copy = copy(folder.path());
        alter(copy.path());
        let found = codes(copy.path());
        assert!(found.iter().any(|found| found == code), "{what}: {found:?}");
    }
    // A changed file is not overwritten in silence; moved away, it is written again.
    let copy = copy(folder.path());
    let whole = fs::read(copy.path().join(&file)).unwrap();
    fs::write(copy.path().join(&file), "x").unwrap();
    must(copy.path(), &[5], &["emit", "1"]);
    fs::remove_dir_all(copy.path().join(month)).unwrap();
    let said = must(copy.path(), &[0], &["status"]);
    assert!(said.stdout.ends_with("disburse emit 1\n"), "{}", said.stdout);
    must(copy.path(), &[0], &["emit", "1"]);
    assert_eq!(fs::read(copy.path().join(&file)).unwrap(), whole);
    assert_eq!(codes(copy.path()), [""; 0]);
}

#[test]
fn an_archived_input_that_was_changed_or_is_gone_is_named() {
    let folder = two_months();
    let file = walk(&folder.path().join("archive")).into_iter().find(|name| name.ends_with(".zst")).unwrap();
    for alter in [
        (|path: &Path| fs::remove_file(path).unwrap()) as fn(&Path),
        |path| fs::write(path, "x").unwrap(),
        |path| fs::write(path, zstd::bulk::compress(b"another input", 3).unwrap()).unwrap(),
    ] {
        let copy = copy(folder.path());
        alter(&copy.path().join("archive").join(&file));
        assert!(codes(copy.path()).contains(&"archive-damaged".to_owned()));
    }
}

#[test]
fn an_older_ledger_put_back_is_refused_by_every_command() {
    let folder = copy(bureau().path());
    let path = folder.path();
    release(path, "2023-01");
    let old = copy(path);
    release(path, "2023-02");
    // The ledger alone: the heads know better.
    let ledger = copy(path);
    fs::copy(old.path().join("ledger.db"), ledger.path().join("ledger.db")).unwrap();
    // Ledger and archive: the outbox knows better.
    let both = copy(path);
    fs::copy(old.path().join("ledger.db"), both.path().join("ledger.db")).unwrap();
    fs::copy(old.path().join("archive/heads.log"), both.path().join("archive/heads.log")).unwrap();
    // No ledger at all.
    let none = copy(path);
    fs::remove_file(none.path().join("ledger.db")).unwrap();
    for folder in [&ledger, &both, &none] {
        for command in [
            &["status"][..],
            &["run", "--month", "2023-03", "--by", "operator", "--today", "2023-03-03"],
            &["run", "--month", "2023-03", "--by", "operator", "--today", "2023-03-03", "--dry-run"],
            &["approve", "2", "--total", "6300.00", "--by", "reviewer", "--today", "2023-02-03"],
            &["emit", "1"],
            &["verify"],
            &["backup", "copy"],
        ] {
            must(folder.path(), &[5], command);
        }
        assert!(!folder.path().join("copy").exists());
    }
}

#[test]
fn a_head_written_down_must_stand_in_the_chain() {
    let folder = two_months();
    let head = must(folder.path(), &[0], &["verify", "--json"]).json()["head"].as_str().unwrap().to_owned();
    must(folder.path(), &[0], &["verify", "--head", &head]);
    must(folder.path(), &[0], &["verify", "--head", &head.to_uppercase()]);
    let other: String = head.chars().rev().collect();
    must(folder.path(), &[5], &["verify", "--head", &other]);
    must(folder.path(), &[2], &["verify", "--head", "abc"]);
    // An older ledger, with everything beside it made to fit, is known by the head alone.
    let old = copy(bureau().path());
    release(old.path(), "2023-01");
    must(old.path(), &[0], &["verify"]);
    must(old.path(), &[5], &["verify", "--head", &head]);
}

#[test]
fn a_run_is_computed_again_from_the_archive_alone() {
    let folder = two_months();
    let path = folder.path();
    // Nothing of what the runs read lies where it was.
    for part in ["rosters", "registers", "policy", "calendar"] {
        let _ = fs::remove_dir_all(path.join(part));
    }
    let settings = fs::read_to_string(path.join("disburse.toml")).unwrap();
    fs::write(path.join("disburse.toml"), settings.replace("lookback_months = 12", "lookback_months = 0"))
        .unwrap();
    for run in ["1", "2"] {
        let said = must(path, &[0], &["verify", run, "--json"]);
        assert_eq!(said.json()["recomputed"]["same"], true);
    }
    must(path, &[2], &["verify", "7"]);
}

#[test]
fn under_other_rules_differences_are_told_and_under_these_they_are_faults() {
    for (rules, exit) in [(0, 0), (1, 5)] {
        let folder = copy(bureau().path());
        let path = folder.path();
        must(path, &[0], &["run", "--month", "2023-01", "--by", "operator", "--today", "2023-01-03"]);
        // A draft that says it was asked for something else than what its plan holds.
        let connection = Connection::open(path.join("ledger.db")).unwrap();
        let other = "json_set(meta, '$.rules_version', ?, '$.asked.through', '2023-02')";
        connection.execute(&format!("UPDATE draft SET meta = {other}"), [rules]).unwrap();
        drop(connection);
        must(
            path,
            &[0],
            &["approve", "1", "--total", "6300.00", "--by", "reviewer", "--today", "2023-01-03"],
        );
        must(path, &[0], &["verify"]);
        let said = must(path, &[exit], &["verify", "1", "--json"]).json();
        assert_eq!(said["recomputed"]["same"], false);
        // Seven people are paid a month in advance: seven postings, seven payments of one more line.
        assert!(said["recomputed"]["differences"].as_u64().unwrap() >= 14, "{said}");
        let severities: std::collections::BTreeSet<&str> = said["findings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|finding| finding["severity"].as_str().unwrap())
            .collect();
        let severity = if exit == 0 { "warning" } else { "error" };
        assert_eq!(severities.into_iter().collect::<Vec<_>>(), [severity]);
    }
}

#[test]
fn reports_that_are_gone_are_said_to_be() {
    let folder = two_months();
    fs::remove_dir_all(folder.path().join("out/2023-01/run-0001-vouchers")).unwrap();
    let said = must(folder.path(), &[0], &["verify"]);
    assert!(said.stdout.contains("the payment vouchers of run 1"), "{}", said.stdout);
    must(folder.path(), &[0], &["emit", "1"]);
    let said = must(folder.path(), &[0], &["verify"]);
    assert!(!said.stdout.contains("vouchers"), "{}", said.stdout);
    fs::remove_dir_all(folder.path().join("out/2023-01/run-0001")).unwrap();
    let said = must(folder.path(), &[0], &["verify"]);
    assert!(said.stdout.contains("the reports of run 1"), "{}", said.stdout);
    let said = must(folder.path(), &[0], &["emit", "1"]);
    assert!(said.stdout.contains("the reports of run 1"), "{}", said.stdout);
}

#[test]
fn a_restored_backup_is_used_only_after_a_recorded_step() {
    let folder = two_months();
    let path = folder.path();
    must(path, &[0], &["backup", "copy", "--today", "2023-02-10"]);
    must(path, &[0], &["backup", "copy", "--today", "2023-02-10"]);
    fs::create_dir(path.join("other")).unwrap();
    fs::write(path.join("other/x"), "x").unwrap();
    must(path, &[3], &["backup", "other"]);
    let head = must(path, &[0], &["verify", "--json"]).json()["head"].as_str().unwrap().to_owned();
    // Later the disk is lost: settings, policy and rosters come back from elsewhere.
    let restored = copy(bureau().path());
    for part in ["ledger.db", "archive"] {
        let from = path.join("copy").join(part);
        if from.is_dir() {
            crate::bureau::lay(&from, &restored.path().join(part));
        } else {
            fs::copy(from, restored.path().join(part)).unwrap();
        }
    }
    let restored = restored.path();
    let said = must(restored, &[0], &["status"]);
    assert!(said.stdout.contains("restored backup"), "{}", said.stdout);
    let draft = ["run", "--month", "2023-03", "--by", "operator", "--today", "2023-03-03"];
    must(restored, &[5], &draft);
    must(restored, &[5], &["hold", &format!("person:{}", identity(101)), "--why", "x", "--by", "operator"]);
    must(restored, &[0], &["verify"]);
    must(restored, &[2], &["verify", "--head", &head, "--by", "nobody"]);
    let other: String = head.chars().rev().collect();
    must(restored, &[5], &["verify", "--head", &other, "--by", "operator"]);
    must(restored, &[5], &draft);
    must(restored, &[0], &["verify", "--head", &head, "--by", "operator", "--today", "2023-02-11"]);
    // It is in the chain who took the copy into use.
    let connection = Connection::open(restored.join("ledger.db")).unwrap();
    let entry: (String, String, String) = connection
        .query_row("SELECT kind, made_by, today FROM entry ORDER BY number DESC LIMIT 1", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .unwrap();
    assert_eq!(entry, ("restore".to_owned(), "operator".to_owned(), "2023-02-11".to_owned()));
    must(restored, &[2], &["verify", "--head", &head, "--by", "operator"]);
    for run in ["1", "2"] {
        must(restored, &[0], &["emit", run]);
    }
    must(restored, &[0], &["verify"]);
    must(restored, &[0, 1], &draft);
}
