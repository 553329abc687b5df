//! Two processes at once, a disk that is full or may not be written, and who may read what.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::small::*;

fn start(folder: &Path, arguments: &[&str]) -> Child {
    command(folder, arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Starts commands at once; how each ended.
fn race(folder: &Path, commands: &[&[&str]]) -> Vec<i32> {
    let children: Vec<Child> = commands.iter().map(|arguments| start(folder, arguments)).collect();
    children
        .into_iter()
        .zip(commands)
        .map(|(child, arguments)| {
            let output = child.wait_with_output().unwrap();
            let exit = output.status.code().unwrap_or(-1);
            // A backup that comes after another to the same place is refused; it overwrites nothing.
            let late = arguments[0] == "backup" && exit == 3;
            assert!(late || [0, 1, 4].contains(&exit), "{exit}: {}", String::from_utf8_lossy(&output.stderr));
            exit
        })
        .collect()
}

fn entries(folder: &Path) -> u64 {
    must(folder, &[0], &["verify", "--json"]).json()["entries"].as_u64().unwrap()
}

#[test]
fn two_at_once_do_the_work_of_one() {
    let bureau = bureau();
    for _ in 0..3 {
        let folder = copy(bureau.path());
        let path = folder.path();
        let day = "2023-01-03";
        let draft = ["run", "--month", "2023-01", "--by", "operator", "--today", day];
        let ended = race(path, &[&draft, &draft, &["status"], &draft]);
        assert!(ended.contains(&0));
        let runs = must(path, &[0], &["status", "--json"]).json()["runs"].as_array().unwrap().len();
        assert_eq!(runs, 1, "{ended:?}");
        let approve = ["approve", "1", "--total", "6300.00", "--by", "reviewer", "--today", day];
        let ended = race(path, &[&approve, &draft, &approve, &["status"], &approve]);
        if !must(path, &[0], &["status"]).stdout.contains("released") {
            // The draft came first each time; nothing was half done.
            assert!(ended.contains(&4));
            must(path, &[0], &approve);
        }
        assert_eq!(entries(path), 1);
        fs::write(path.join("answers.csv"), answers(path, "2023-01", 1, &[103])).unwrap();
        let returns = ["returns", "answers.csv", "--by", "operator", "--today", "2023-01-09"];
        race(path, &[&returns, &returns, &["verify"], &["backup", "copy"], &["backup", "copy-2"]]);
        must(path, &[0], &returns);
        assert_eq!(entries(path), 2);
        assert_eq!(
            walk(&path.join("out/2023-01")).iter().filter(|name| name.starts_with("answers")).count(),
            1
        );
    }
}

#[test]
fn a_backup_made_while_others_work_fits_together() {
    let folder = copy(bureau().path());
    let path = folder.path();
    release(path, "2023-01");
    let backups: Vec<String> = (0..6).map(|number| format!("copy-{number}")).collect();
    std::thread::scope(|threads| {
        threads.spawn(|| {
            let whom = format!("person:{}", identity(101));
            for number in 0..12 {
                let verb = if number % 2 == 0 { "hold" } else { "clear" };
                let why = number.to_string();
                while give(path, &[verb, &whom, "--why", &why, "--by", "operator"]).exit == 4 {}
            }
        });
        for backup in &backups {
            must(path, &[0], &["backup", backup]);
        }
    });
    for backup in &backups {
        let restored = copy(bureau_files(path).path());
        crate::bureau::lay(&path.join(backup), restored.path());
        must(restored.path(), &[0], &["verify", "1"]);
    }
}

/// A workspace's settings and pack alone.
fn bureau_files(path: &Path) -> tempfile::TempDir {
    let folder = empty();
    for part in ["policy", "calendar"] {
        crate::bureau::lay(&path.join(part), &folder.path().join(part));
    }
    fs::copy(path.join("disburse.toml"), folder.path().join("disburse.toml")).unwrap();
    folder
}

/// A command whose files may not grow beyond so many blocks of 512 bytes: a disk that is full.
fn with_room(folder: &Path, blocks: u32, arguments: &[&str]) -> crate::bureau::Said {
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; ulimit -f \"$0\"; exec \"$@\""]).arg(blocks.to_string());
    shell.arg(binary()).args(["--lang", "en"]).args(arguments).current_dir(folder);
    shell.output().unwrap().into()
}

#[test]
fn a_full_disk_leaves_nothing_half_done() {
    let bureau = bureau();
    let draft = ["run", "--month", "2023-01", "--by", "operator", "--today", "2023-01-03"];
    let approve = ["approve", "1", "--total", "6300.00", "--by", "reviewer", "--today", "2023-01-03"];
    let clean = copy(bureau.path());
    must(clean.path(), &[0], &draft);
    let drafted = copy(clean.path());
    must(clean.path(), &[0], &approve);
    let expected = written(clean.path());
    let mut refused = 0;
    for (before, arguments) in [(bureau.path(), &draft[..]), (drafted.path(), &approve[..])] {
        for blocks in [0, 1, 2, 4, 16, 64, 200, 420, 460] {
            let folder = copy(before);
            let said = with_room(folder.path(), blocks, arguments);
            if said.exit != 0 {
                assert_eq!(said.exit, 4, "{blocks}: {}{}", said.stdout, said.stderr);
                assert!(said.stderr.contains("what to do"), "{}", said.stderr);
                refused += 1;
            }
            must(folder.path(), &[0], arguments);
            must(folder.path(), &[0], &approve);
            let found = written(folder.path());
            assert!(found == expected, "{blocks}: {:?}", found.differences(&expected));
        }
    }
    assert!(refused > 8, "only {refused} were refused");
}

/// A command by somebody who is not root, where the test runs as root: root may write anywhere.
fn as_nobody(folder: &Path, arguments: &[&str]) -> Option<crate::bureau::Said> {
    let root = fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    if !root {
        return Some(give(folder, arguments));
    }
    // The binary where others may reach it.
    let reachable = folder.join(".binary");
    fs::copy(binary(), &reachable).unwrap();
    let owned = Command::new("chown").args(["-R", "65534:65534"]).arg(folder).status();
    if !owned.is_ok_and(|status| status.success()) {
        return None;
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(&reachable);
    command.args(["--lang", "en"]).args(arguments).current_dir(folder);
    command.output().ok().map(Into::into)
}

#[test]
fn a_folder_that_may_not_be_written_says_so() {
    use std::os::unix::fs::PermissionsExt;
    let folder = copy(bureau().path());
    let path = folder.path();
    let draft = ["run", "--month", "2023-01", "--by", "operator", "--today", "2023-01-03"];
    must(path, &[0], &draft);
    let before = written(path);
    let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    mode(&path.join(".lock"), 0o444);
    mode(&path.join("ledger.db"), 0o444);
    mode(path, 0o555);
    let approve = ["approve", "1", "--total", "6300.00", "--by", "reviewer", "--today", "2023-01-03"];
    for arguments in [&draft[..], &approve, &["backup", "copy"]] {
        let Some(said) = as_nobody(path, arguments) else { return };
        assert_eq!(said.exit, 4, "{arguments:?}: {}{}", said.stdout, said.stderr);
        assert!(said.stderr.contains("ermission"), "{}", said.stderr);
    }
    // An auditor may look all the same.
    let Some(said) = as_nobody(path, &["verify", "1"]) else { return };
    assert_eq!(said.exit, 0, "{}{}", said.stdout, said.stderr);
    mode(path, 0o755);
    let _ = fs::remove_file(path.join(".binary"));
    assert!(written(path) == before);
}

#[test]
fn personal_data_is_readable_by_the_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = copy(bureau().path());
    let path = folder.path();
    release(path, "2023-01");
    fs::write(path.join("answers.csv"), answers(path, "2023-01", 1, &[103])).unwrap();
    must(path, &[0], &["returns", "answers.csv", "--by", "operator", "--today", "2023-01-09"]);
    must(path, &[0, 1], &["run", "--month", "2023-02", "--by", "operator", "--dry-run"]);
    must(path, &[0], &["backup", "copy"]);
    let mut looked_at = 0;
    for part in ["ledger.db", ".lock", "archive", "out", "outbox", "copy"] {
        let below = walk(&path.join(part)).into_iter().map(|name| format!("{part}/{name}"));
        for name in below.chain([part.to_owned()]) {
            let mut at = path.join(&name);
            while at != path {
                let mode = fs::metadata(&at).unwrap().permissions().mode();
                assert_eq!(mode & 0o077, 0, "{}: {mode:o}", at.display());
                at = at.parent().unwrap().to_owned();
            }
            looked_at += 1;
        }
    }
    assert!(looked_at > 50);
}

#[test]
fn logs_and_terminal_name_nobody() {
    let folder = sample();
    let path = folder.path();
    let mut said = String::new();
    let mut give = |language: &str, arguments: &[&str]| {
        let output = Command::new(binary())
            .current_dir(path)
            .args(["-vv", "--lang", language])
            .args(arguments)
            .output()
            .unwrap();
        said.push_str(&String::from_utf8_lossy(&output.stdout));
        said.push_str(&String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let day = ["--today", "2023-02-03"];
    give("zh", &["check", "--month", "2023-02"]);
    give("en", &["run", "--month", "2023-02", "--by", "operator", "--dry-run", day[0], day[1]]);
    let drafted = give("zh", &["run", "--month", "2023-02", "--by", "operator", "--json", day[0], day[1]]);
    let drafted: serde_json::Value = serde_json::from_str(&drafted).unwrap();
    let total = drafted["total"].as_str().unwrap();
    let mut approve = vec!["approve", "1", "--total", total, "--by", "reviewer", day[0], day[1]];
    let accepted = crate::bureau::accepting(&drafted);
    approve.extend(accepted.iter().map(String::as_str));
    give("zh", &approve);
    let payments = crate::bureau::read_csv(&path.join("out/2023-02/run-0001/payments.csv"));
    let mut answers = String::from("payment_id,status,amount,reason,date\n");
    for (number, row) in payments.iter().enumerate() {
        // Some failed, some of another amount, some of a payment nobody knows.
        let status = if number % 9 == 0 { "failed" } else { "paid" };
        let amount = if number % 50 == 0 { "1.00" } else { &row["amount"] };
        let id = if number % 77 == 0 { row["account_no"].as_str() } else { row["payment_id"].as_str() };
        answers.push_str(&format!("{id},{status},{amount},{},2023-02-08\n", row["account_name"]));
    }
    fs::write(path.join("answers.csv"), answers).unwrap();
    give("zh", &["returns", "answers.csv", "--by", "operator", "--today", "2023-02-09"]);
    let person = payments.iter().map(|row| row["payee_id"].clone()).find(|id| id.len() == 18).unwrap();
    for language in ["zh", "en"] {
        give(language, &["hold", &person, "--why", "x", "--by", "operator", "--programme", "old-age"]);
        give(language, &["clear", &person, "--why", "x", "--by", "operator", "--programme", "old-age"]);
        give(language, &["hold", &person[..17], "--why", "x", "--by", "operator"]);
        give(language, &["explain", "--person", &person, "--month", "2023-02"]);
        give(language, &["status"]);
    }
    give("en", &["changes", "--month", "2023-02"]);
    give("zh", &["verify", "1"]);
    let beneficiary = format!("person:{person}");
    let recover = ["recover", "repay", "--programme", "old-age", "--beneficiary", &beneficiary];
    give("zh", &[&recover[..], &["--amount", "5.00", "--document", "d", "--by", "operator"]].concat());

    let decisions = crate::bureau::read_csv(&path.join("out/2023-02/run-0001/decisions.csv"));
    let mut secrets: std::collections::BTreeSet<String> = std::collections::BTreeSet::new();
    for row in &payments {
        secrets.extend([&row["account_no"], &row["payee_id"], &row["account_name"]].map(String::clone));
    }
    for row in &decisions {
        secrets.extend([&row["resident_id"], &row["name"]].map(String::clone));
        secrets.extend(row["beneficiary"].strip_prefix("person:").map(str::to_owned));
    }
    // Organisations are no persons, and one name is the beginning of the city's.
    let organisation =
        |text: &str| ["公司", "中心", "院", "服务", "站"].iter().any(|part| text.contains(part));
    secrets.retain(|text| {
        text.chars().count() > 1 && !organisation(text) && !"呼和浩特市新城区".contains(text.as_str())
    });
    assert!(secrets.len() > 4000, "{}", secrets.len());
    assert!(said.contains("DEBUG"), "nothing was logged");
    let told: Vec<&String> = secrets.iter().filter(|secret| said.contains(secret.as_str())).collect();
    assert!(told.is_empty(), "{} told: {:?}", told.len(), &told[..told.len().min(5)]);
}
