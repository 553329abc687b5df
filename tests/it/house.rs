//! The house's rules (DESIGN §3), held against the source: which rooms may touch the world, that every word
//! said to a person stands in the catalogue, that no file is forgotten, and that nobody real is in the repository.

use std::fs;
use std::path::{Path, PathBuf};

use disburse::words::{self, Language};

use crate::bureau::repository;

/// Source files below `src`, as path within it and text without tests and comments.
pub fn sources() -> Vec<(String, String)> {
    let root = repository().join("src");
    let mut files = Vec::new();
    collect(&root, &root, &mut files);
    files.sort();
    files
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path: PathBuf = entry.unwrap().path();
        let name = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
        if path.is_dir() {
            collect(root, &path, files);
        } else if name.ends_with(".rs") && !name.contains("tests") {
            let text = fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]\nmod ").next().unwrap();
            let plain = code.lines().filter(|line| !line.trim_start().starts_with("//"));
            files.push((name, plain.collect::<Vec<_>>().join("\n")));
        }
    }
}

fn room(path: &str) -> &str {
    path.split('/').next().unwrap().trim_end_matches(".rs")
}

/// Uses of a word outside the rooms that may have it.
fn uses(words: &[&str], rooms: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for (path, code) in sources() {
        if rooms.contains(&room(&path)) {
            continue;
        }
        for word in words {
            for line in code.lines().filter(|line| line.contains(word)) {
                found.push(format!("{path}: {}", line.trim()));
            }
        }
    }
    found
}

fn none(found: &[String]) {
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn only_the_ledger_speaks_sql() {
    none(&uses(&["rusqlite::", "SELECT ", "INSERT INTO"], &["ledger"]));
}

#[test]
fn only_main_and_cli_read_the_clock_the_user_and_the_environment() {
    none(&uses(&["Local::now", "Utc::now", "SystemTime::now", "Instant::now"], &["main", "cli"]));
    none(&uses(&["env::var(", "whoami::", "gethostname::"], &["main", "cli", "workspace", "crash"]));
}

#[test]
fn only_workspace_ledger_and_cli_open_files() {
    // `cli` opens the files that are named on the command line; the ledger opens its database.
    none(&uses(&["std::fs", "fs::read", "File::open", "File::create"], &["workspace", "ledger", "cli"]));
}

#[test]
fn pure_rooms_do_not_log() {
    none(&uses(
        &["tracing::", "println!", "eprintln!", "log::"],
        &["main", "cli", "crash", "cycle", "ledger", "workspace"],
    ));
}

#[test]
fn a_room_does_not_call_forward() {
    let order = ["domain", "words", "calendar", "policy", "intake", "assess", "settle"];
    let mut found = Vec::new();
    for (path, code) in sources() {
        let Some(own) = order.iter().position(|known| *known == room(&path)) else { continue };
        for later in &order[own + 1..] {
            // The catalogue speaks of the domain's faults and findings and of nothing later.
            let forward = format!("crate::{later}::");
            for line in code.lines().filter(|line| line.contains(&forward)) {
                let words_of_policy = room(&path) == "domain";
                if !words_of_policy || !line.contains("crate::words") {
                    found.push(format!("{path}: {}", line.trim()));
                }
            }
        }
    }
    none(&found);
}

#[test]
fn no_binary_float_comes_near_money() {
    // Formats look at a workbook's number once, to turn it into decimal text; a workbook of ours is drawn.
    let may = [
        "formats/cell.rs",
        "formats/xlsx.rs",
        "report/workbook.rs",
        "report/fix_list.rs",
        "report/statistics/book.rs",
    ];
    let found = uses(&["f64", "f32"], &[]);
    let found: Vec<String> =
        found.into_iter().filter(|line| !may.iter().any(|path| line.starts_with(path))).collect();
    none(&found);
}

/// Literals that stand right after a call that takes a code: `Finding::new("row-gone"`.
fn codes_after(call: &str, skip: impl Fn(&str) -> &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (path, code) in sources() {
        for rest in code.split(call).skip(1) {
            let literal = skip(rest).trim_start().strip_prefix('"').and_then(|rest| rest.split_once('"'));
            found.extend(literal.map(|(literal, _)| (path.clone(), literal.to_owned())));
        }
    }
    assert!(found.len() > 20, "{call}");
    found
}

/// Codes of findings, and of faults, as the source makes them.
fn codes_made() -> [Vec<(String, String)>; 2] {
    let after_exit = |rest: &str| -> usize { rest.find(',').map_or(0, |at| at + 1) };
    [codes_after("Finding::new(", |rest| rest), codes_after("Fault::new(", |rest| &rest[after_exit(rest)..])]
}

#[test]
fn every_finding_and_fault_has_words_and_says_what_to_do_next() {
    // Said for the record, or a heading: there is nothing to do.
    let nothing_to_do = ["encoding-seen", "row-note", "sheet-read"];
    let mut wrong = Vec::new();
    for (path, code) in codes_made().into_iter().flatten() {
        for language in [Language::Zh, Language::En] {
            let silent = !nothing_to_do.contains(&code.as_str())
                && words::knows(&code)
                && words::action(language, &code, &[]).trim().is_empty();
            if !words::knows(&code) || silent {
                wrong.push(format!("{path}: {code}: {}", if silent { "no action" } else { "no words" }));
            }
        }
    }
    none(&wrong);
}

#[test]
fn no_words_are_kept_for_what_nobody_says() {
    // Put together at run time from a kind and a word.
    let composed = [
        "report-",
        "reconcile-",
        "slip-",
        "whatif-",
        "policy-",
        "column-",
        "class-",
        "actor-",
        "finding-",
        "explain-",
    ];
    let mut said = String::new();
    let root = repository().join("src");
    for path in walk(&root) {
        if !path.ends_with(".toml") {
            said.push_str(&fs::read_to_string(root.join(&path)).unwrap_or_default());
        }
    }
    let unsaid: Vec<String> = words::codes()
        .into_iter()
        .filter(|code| !composed.iter().any(|prefix| code.starts_with(prefix)))
        .filter(|code| !said.contains(&format!("\"{code}\"")))
        .map(str::to_owned)
        .collect();
    none(&unsaid);
}

#[test]
fn one_meaning_has_one_word() {
    // What a clerk would take for another thing than the word beside it (DESIGN §4), and that word.
    let retired = [
        ("读不成", "无法读取"),
        ("不在册", "不在期"),
        ("因其他待遇停发", "不能兼得"),
        ("提醒", "提示"),
        ("花名册", "名册"),
        ("未回盘", "未答复"),
        ("回音", "答复"),
        ("银行回复", "银行答复"),
        ("发件箱", "outbox"),
        ("登记册", "登记簿"),
        ("算例", "用例"),
        ("试例", "用例"),
        ("停发限额", "停止线"),
        ("链头", "链尾"),
        ("应收未收", "待追回"),
        ("付款编号", "支付编号"),
        ("批次月份", "发放月份"),
        ("周期", "发放月份"),
        ("待遇月份", "享受月份"),
        ("最迟付款日", "最迟送银行日"),
        ("民生补贴", "惠民补贴"),
        ("调账", "抵转"),
        ("接账", "期初"),
    ];
    let mut found = Vec::new();
    let words = repository().join("src/words");
    let mut pages: Vec<PathBuf> = walk(&words).iter().map(|page| words.join(page)).collect();
    for page in [
        "README.zh-CN.md",
        "docs/guide.zh-CN.md",
        "docs/integrity.zh-CN.md",
        "fixtures/xincheng/disburse.toml",
    ] {
        pages.push(repository().join(page));
    }
    for page in pages {
        let text = fs::read_to_string(&page).unwrap();
        for (number, line) in text.lines().enumerate() {
            // The name of a sheet in a township's own file is the township's word.
            let line = line.replace("!花名册:", "");
            for (word, instead) in retired.iter().filter(|(word, _)| line.contains(word)) {
                found.push(format!("{}:{}: {word}: say {instead}", page.display(), number + 1));
            }
        }
    }
    none(&found);
}

#[test]
fn every_finding_is_documented() {
    // The manual's page of findings: one section a code.
    let Ok(page) = fs::read_to_string(repository().join("docs/findings.md")) else { return };
    let [findings, _] = codes_made();
    let missing: Vec<String> = findings
        .into_iter()
        .filter(|(_, code)| !page.contains(&format!("`{code}`")))
        .map(|(path, code)| format!("docs/findings.md says nothing of {code} ({path})"))
        .collect();
    none(&missing);
}

#[test]
fn no_source_file_is_forgotten() {
    let mut forgotten = Vec::new();
    for root in ["src", "tests/it", "tests/model"] {
        let folder = repository().join(root);
        for path in walk(&folder).into_iter().filter(|path| path.ends_with(".rs")) {
            let stem = path.trim_end_matches(".rs").trim_end_matches("/mod");
            let (above, name) = stem.rsplit_once('/').unwrap_or(("", stem));
            if ["main", "lib"].contains(&stem) {
                continue;
            }
            let parents = match above {
                "" => vec!["lib.rs".to_owned(), "main.rs".to_owned()],
                above => vec![format!("{above}/mod.rs"), format!("{above}.rs")],
            };
            let declared = parents.iter().any(|parent| {
                let text = fs::read_to_string(folder.join(parent)).unwrap_or_default();
                text.lines().any(|line| line.trim_end().ends_with(&format!("mod {name};")))
            });
            if !declared {
                forgotten.push(format!("{root}/{path}: no `mod {name};` above it"));
            }
        }
    }
    let catalogue = fs::read_to_string(repository().join("src/words/mod.rs")).unwrap();
    for path in walk(&repository().join("src/words")).into_iter().filter(|path| path.ends_with(".toml")) {
        // The help of the command line is no catalogue of codes: `cli/help.rs` reads it.
        if path != "help.toml" && !catalogue.contains(&format!("include_str!(\"{path}\")")) {
            forgotten.push(format!("src/words/{path}: not in the catalogue"));
        }
    }
    none(&forgotten);
}

/// Paths of all files below a folder, within it.
fn walk(folder: &Path) -> Vec<String> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        match path.is_dir() {
            true => paths.extend(walk(&path).into_iter().map(|inner| format!("{name}/{inner}"))),
            false => paths.push(name),
        }
    }
    paths.sort();
    paths
}

/// What a file says in characters: workbooks unpacked, UTF-16 without its zeros.
fn text_of(bytes: Vec<u8>) -> String {
    if !bytes.starts_with(b"PK\x03\x04") {
        let plain: Vec<u8> = bytes.into_iter().filter(|byte| *byte != 0).collect();
        return String::from_utf8_lossy(&plain).into_owned();
    }
    let mut all = String::new();
    // A workbook that is damaged on purpose holds what its bytes say.
    let Ok(mut archive) = zip::ZipArchive::new(std::io::Cursor::new(&bytes)) else {
        return String::from_utf8_lossy(&bytes).into_owned();
    };
    for position in 0..archive.len() {
        let mut inner = Vec::new();
        std::io::Read::read_to_end(&mut archive.by_index(position).unwrap(), &mut inner).unwrap();
        all.push_str(&String::from_utf8_lossy(&inner));
        all.push('\n');
    }
    all
}

/// Whether a number may be a real person's: a right check digit outside the division that does not exist.
fn may_be_a_person(number: &str) -> bool {
    // The examples of the standard GB 11643 itself, and of permits for residents of Hong Kong and Taiwan.
    let examples = ["11010519491231002X", "110105194912310021", "810000199408230021", "830000199201300022"];
    let digits = number.as_bytes();
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: usize =
        digits.iter().zip(weights).map(|(digit, weight)| usize::from(digit - b'0') * weight).sum();
    let year: u32 = number[6..10].parse().unwrap_or(0);
    let month: u32 = number[10..12].parse().unwrap_or(0);
    let day: u32 = number[12..14].parse().unwrap_or(0);
    let dated = (1900..2030).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    // Places are numbered from 11 to 65, 71, 81 to 83.
    let placed = (b'1'..=b'8').contains(&digits[0]);
    placed
        && dated
        && b"10X98765432"[sum % 11] == digits[17].to_ascii_uppercase()
        && !number.starts_with("150199")
        && !examples.contains(&number.to_uppercase().as_str())
}

/// Whether a number may be a real card: a right Luhn digit, and neither of the range that tests use nor mostly
/// zeros.
fn may_be_a_card(number: &str) -> bool {
    let luhn: u32 = number
        .bytes()
        .rev()
        .enumerate()
        .map(|(position, digit)| {
            let digit = u32::from(digit - b'0') * if position % 2 == 1 { 2 } else { 1 };
            digit / 10 + digit % 10
        })
        .sum();
    number.starts_with("62")
        && (16..=19).contains(&number.len())
        && luhn.is_multiple_of(10)
        && !number.starts_with("629999")
        && !number.contains("00000000")
}

#[test]
fn nobody_real_is_in_the_repository() {
    // In two parts, so that the test does not find itself.
    let real = ["150102", "194404200017"].concat();
    assert!(may_be_a_person(&real) && !may_be_a_person(&real.replacen("150102", "150199", 1)));
    let mut found = Vec::new();
    for root in ["src", "tests", "fixtures", "docs", "examples"] {
        let folder = repository().join(root);
        for path in walk(&folder) {
            let text = text_of(fs::read(folder.join(&path)).unwrap());
            let numbers = text.split(|c: char| !c.is_ascii_digit() && !matches!(c, 'X' | 'x'));
            for number in numbers.filter(|number| number.is_ascii()) {
                let digits = number.trim_end_matches(['X', 'x']);
                if digits.bytes().any(|byte| !byte.is_ascii_digit()) {
                    continue;
                }
                let person = number.len() == 18 && digits.len() >= 17 && may_be_a_person(number);
                if person || may_be_a_card(digits) {
                    found.push(format!("{root}/{path}: {number}"));
                }
            }
        }
    }
    found.sort();
    found.dedup();
    none(&found);
}
