use std::fs;

use super::config::Role;
use super::*;
use crate::ledger::Head;

const XINCHENG: &str = include_str!("../../fixtures/xincheng/disburse.toml");

fn opened() -> (tempfile::TempDir, Workspace) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(CONFIG), XINCHENG).unwrap();
    let workspace = Workspace::open(folder.path()).unwrap();
    (folder, workspace)
}

#[test]
fn the_xincheng_settings_are_read() {
    let config = Config::parse(XINCHENG.as_bytes()).unwrap();
    assert_eq!(config.first_month.unwrap().to_string(), "2023-02");
    assert_eq!(config.lookback_months, 12);
    assert!(config.may("operator", Role::Draft) && !config.may("operator", Role::Approve));
    assert!(config.may("reviewer", Role::Approve) && !config.may("nobody", Role::Draft));
    assert_eq!(config.limits, config::Limits::default());
    assert_eq!(config.bank("农行"), Some("中国农业银行"));
    assert_eq!(config.bank("中国农业银行新城支行"), Some("中国农业银行"));
    assert_eq!(config.bank("内蒙古农村信用社"), Some("内蒙古农村信用社"));
    assert_eq!(config.bank("某外省银行"), None);
    for line in ["first_month = \"2023-02\"", "lookback_months = 12"] {
        assert!(XINCHENG.lines().any(|written| written == line), "{line}");
    }
}

#[test]
fn mistakes_are_shown_with_their_lines() {
    let lines_of = |text: &str| -> Vec<u32> {
        let fault = Config::parse(text.as_bytes()).unwrap_err();
        assert_eq!((fault.exit, fault.code), (Exit::Refused, "config-refused"));
        fault.findings.iter().map(|finding| finding.place.row).collect()
    };
    assert_eq!(lines_of("lookback_month = 3\n[bureau]\nname = \"x\"\n"), [1]);
    assert_eq!(lines_of("[bureau]\nname = \"x\"\n[limits]\naccount_person = 2\n"), [4]);
    assert_eq!(lines_of("first_month = \"2023-2\"\n[bureau]\nname = \"x\"\n"), [1]);
    let twice = "[bureau]\nname = \"x\"\n[[people]]\nname = \"甲\"\nroles = []\n[[people]]\nname = \"甲\"\nroles = []\n";
    assert_eq!(lines_of(twice), [7]);
    assert_eq!(Config::parse(b"[bureau]\nname = \"\xff\"").unwrap_err().findings[0].place.row, 2);
}

#[test]
fn a_folder_without_settings_is_no_workspace() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(Workspace::open(folder.path()).unwrap_err().code, "workspace-missing");
}

#[test]
fn listings_are_sorted_and_pass_over_what_offices_leave_behind() {
    let (folder, workspace) = opened();
    let rosters = folder.path().join("rosters/2023-02");
    fs::create_dir_all(rosters.join("子目录")).unwrap();
    for name in
        ["old-age.csv", "dibao-保合少镇.XLSX", "~$old-age.xlsx", ".DS_Store", "Thumbs.db", "说明.docx"]
    {
        fs::write(rosters.join(name), "x").unwrap();
    }
    let month = "2023-02".parse().unwrap();
    let listing = workspace.rosters(month).unwrap();
    let names: Vec<&str> = listing.files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["rosters/2023-02/dibao-保合少镇.XLSX", "rosters/2023-02/old-age.csv"]);
    assert_eq!(listing.files[0].stem(), "dibao-保合少镇");
    let aside: Vec<(&str, &str)> =
        listing.findings.iter().map(|finding| (finding.code, finding.place.file.as_str())).collect();
    assert_eq!(
        aside,
        [("file-not-read", "rosters/2023-02/子目录"), ("file-not-read", "rosters/2023-02/说明.docx")]
    );
    assert_eq!(workspace.roster_months().unwrap(), [month]);
    assert_eq!(workspace.registers().unwrap(), Listing::default());
}

#[cfg(unix)]
#[test]
fn links_out_of_the_workspace_are_not_followed() {
    let (folder, workspace) = opened();
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret.csv"), "x").unwrap();
    let rosters = folder.path().join("rosters/2023-02");
    fs::create_dir_all(&rosters).unwrap();
    std::os::unix::fs::symlink(outside.path().join("secret.csv"), rosters.join("old-age.csv")).unwrap();
    std::os::unix::fs::symlink(outside.path(), folder.path().join("registers")).unwrap();
    let listing = workspace.rosters("2023-02".parse().unwrap()).unwrap();
    assert!(listing.files.is_empty());
    assert_eq!(listing.findings[0].code, "link-outside");
    let registers = workspace.registers().unwrap();
    assert!(registers.files.is_empty());
    assert_eq!(registers.findings[0].code, "link-outside");
}

#[test]
fn the_pack_is_read_with_its_folders_in_order() {
    let (folder, workspace) = opened();
    fs::create_dir_all(folder.path().join("policy/banks")).unwrap();
    fs::write(folder.path().join("policy/values.toml"), "\u{FEFF}b = 1").unwrap();
    fs::write(folder.path().join("policy/banks/general.toml"), "a = 1").unwrap();
    fs::write(folder.path().join("policy/README.md"), "x").unwrap();
    let pack = workspace.policy().unwrap();
    assert_eq!(
        pack,
        [
            ("banks/general.toml".to_owned(), "a = 1".to_owned()),
            ("values.toml".to_owned(), "b = 1".to_owned())
        ]
    );
    fs::write(folder.path().join("policy/gbk.toml"), b"a = \"\xb5\xcd\"").unwrap();
    assert_eq!(workspace.policy().unwrap_err().code, "pack-encoding");
}

#[test]
fn the_lock_is_held_by_one_and_goes_with_its_holder() {
    let (_folder, workspace) = opened();
    let held = workspace.lock().unwrap();
    let second = workspace.lock().unwrap_err();
    assert_eq!((second.exit, second.code), (Exit::Locked, "workspace-locked"));
    drop(held);
    workspace.lock().unwrap();
}

#[test]
fn the_archive_gives_back_what_it_was_given_or_says_why_not() {
    let (folder, workspace) = opened();
    let digest = workspace.archive_put("名册".as_bytes()).unwrap();
    assert_eq!(workspace.archive_put("名册".as_bytes()).unwrap(), digest);
    assert_eq!(workspace.archive_get(&digest).unwrap(), "名册".as_bytes());
    assert_eq!(workspace.archive_get(&"0".repeat(64)).unwrap_err().exit, Exit::Unbalanced);
    assert_eq!(workspace.archive_get("../../etc/passwd").unwrap_err().code, "archive-damaged");
    let path = folder.path().join("archive").join(&digest[..2]).join(format!("{digest}.zst"));
    fs::write(path, zstd::bulk::compress(b"other", 1).unwrap()).unwrap();
    assert_eq!(workspace.archive_get(&digest).unwrap_err().code, "archive-damaged");
}

#[test]
fn heads_are_appended_and_a_line_cut_short_by_a_crash_does_not_count() {
    let (folder, workspace) = opened();
    let head = |number: u64| Head { number, hash: format!("{number:064x}") };
    assert_eq!(workspace.heads().unwrap(), []);
    workspace.append_heads(&[head(1)]).unwrap();
    let path = folder.path().join("archive/heads.log");
    let whole = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{whole}2 00000")).unwrap();
    assert_eq!(workspace.heads().unwrap(), [head(1)]);
    workspace.append_heads(&[head(2), head(3)]).unwrap();
    assert_eq!(workspace.heads().unwrap(), [head(1), head(2), head(3)]);
    fs::write(&path, "nonsense\n").unwrap();
    assert_eq!(workspace.heads().unwrap_err().code, "heads-damaged");
}

#[test]
fn a_folder_is_there_whole_or_not_at_all() {
    let (_folder, workspace) = opened();
    let month = "2023-02".parse().unwrap();
    let last = workspace.outbox_folder(month, 1);
    let temporary = last.parent().unwrap().join(".run-0001.tmp");
    // What a crash left under the temporary name goes.
    fs::create_dir_all(&temporary).unwrap();
    fs::write(temporary.join("half"), "x").unwrap();
    let files: [(&str, &[u8]); 2] = [("a.txt", b"1"), ("b.txt", b"2")];
    write_folder_atomically(&last, files, Existing::MustEqual).unwrap();
    assert_eq!(listing::names(&last).unwrap(), ["a.txt", "b.txt"]);
    assert!(!temporary.exists());
    // Again with the same bytes: nothing happens. With other bytes: refused.
    write_folder_atomically(&last, files, Existing::MustEqual).unwrap();
    let other: [(&str, &[u8]); 1] = [("a.txt", b"1")];
    let refused = write_folder_atomically(&last, other, Existing::MustEqual).unwrap_err();
    assert_eq!((refused.exit, refused.code), (Exit::Unbalanced, "folder-differs"));
    assert_eq!(fs::read(last.join("b.txt")).unwrap(), b"2");
    write_folder_atomically(&last, other, Existing::Replace).unwrap();
    assert_eq!(listing::names(&last).unwrap(), ["a.txt"]);
    assert_eq!(listing::names(last.parent().unwrap()).unwrap(), ["run-0001"]);
    assert_eq!(workspace.outbox_runs().unwrap(), [(month, 1)]);
    let writer = FolderWriter::begin(&workspace.outbox_folder(month, 2), Existing::MustEqual).unwrap();
    assert_eq!(writer.file("../evil", |_| Ok(())).unwrap_err().code, "file-name-refused");
    drop(writer);
    assert_eq!(listing::names(last.parent().unwrap()).unwrap(), ["run-0001"]);
}

#[test]
fn numbered_folders_count_on() {
    let (folder, workspace) = opened();
    let parent = folder.path().join("out/2023-02");
    assert!(workspace.next_numbered(&parent, "reconcile").unwrap().ends_with("reconcile-0001"));
    fs::create_dir_all(parent.join("reconcile-0007")).unwrap();
    fs::create_dir_all(parent.join("reconcile-x")).unwrap();
    fs::create_dir_all(parent.join(".reconcile-0009.tmp")).unwrap();
    assert!(workspace.next_numbered(&parent, "reconcile").unwrap().ends_with("reconcile-0008"));
}

#[cfg(unix)]
#[test]
fn what_is_written_is_readable_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, workspace) = opened();
    let last = workspace.out_folder("2023-02".parse().unwrap(), "run-0001");
    write_folder_atomically(&last, [("a", &b"1"[..])], Existing::MustEqual).unwrap();
    drop(crate::ledger::Ledger::open(&workspace.ledger_path()).unwrap());
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&last), 0o700);
    assert_eq!(mode(&last.join("a")), 0o600);
    assert_eq!(mode(&folder.path().join("out")), 0o700);
    assert_eq!(mode(&workspace.ledger_path()), 0o600);
}

#[test]
fn a_copy_of_the_archive_says_that_it_is_one() {
    let (_folder, workspace) = opened();
    let digest = workspace.archive_put(b"x").unwrap();
    let head = |number| Head { number, hash: "a".repeat(64) };
    workspace.append_heads(&[head(1), head(2)]).unwrap();
    let destination = tempfile::tempdir().unwrap();
    let mark = BackupMark { head: head(1), day: "2023-02-03".to_owned(), stamp: "1 0 0".to_owned() };
    workspace.copy_archive(destination.path(), &[head(1)], &mark).unwrap();
    fs::write(destination.path().join(CONFIG), XINCHENG).unwrap();
    let copy = Workspace::open(destination.path()).unwrap();
    assert_eq!(copy.archive_get(&digest).unwrap(), b"x");
    assert_eq!(copy.heads().unwrap(), [head(1)]);
    assert_eq!(copy.backup_mark().unwrap(), Some(mark));
    copy.remove_backup_mark().unwrap();
    copy.remove_backup_mark().unwrap();
    assert_eq!((copy.backup_mark().unwrap(), workspace.backup_mark().unwrap()), (None, None));
}

#[test]
fn the_archive_names_what_does_not_belong_in_it() {
    let (folder, workspace) = opened();
    let digest = workspace.archive_put(b"x").unwrap();
    let archive = folder.path().join("archive");
    fs::write(archive.join("note.txt"), "x").unwrap();
    fs::write(archive.join(&digest[..2]).join("short.zst"), "x").unwrap();
    fs::write(archive.join(&digest[..2]).join(".half.tmp"), "x").unwrap();
    let (digests, strays) = workspace.archive_files().unwrap();
    assert_eq!(digests, std::slice::from_ref(&digest));
    assert_eq!(strays, [format!("{}/short.zst", &digest[..2]), "note.txt".to_owned()]);
}
