//! Public lists of a whole run of the sample bureau, through the built binary: no identity number,
//! account, phone number, address or whole name of any roster can be found in what is posted.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use calamine::Reader;

use crate::bureau::{Bureau, Row, accepting, read_csv, repository};

const DAY: [&str; 2] = ["--today", "2023-02-03"];
/// What may stand on a public list.
const COLUMNS: [&str; 8] =
    ["amount", "community", "members", "month", "name", "programme", "programme_name", "township"];
/// Programmes of children, and one that its rule says is not posted.
const NEVER: [&str; 3] = ["orphan", "unattended-child", "sanmin"];
/// More digits in a row than a year are somebody's number.
const LONGEST_RUN: usize = 4;

/// A text as somebody searching for a number would read it: full-width digits folded, and what writing
/// habits put between digits taken out.
fn folded(text: &str) -> String {
    text.chars()
        .filter(|character| !character.is_whitespace() && !"-\u{200b}'".contains(*character))
        .map(|character| match character {
            '０'..='９' => char::from(b'0' + (character as u32 - '０' as u32) as u8),
            'ｘ' | 'Ｘ' | 'x' => 'X',
            other => other,
        })
        .collect()
}

/// Numbers of six and more digits in a text, with the X of identity numbers.
fn numbers(text: &str) -> Vec<String> {
    folded(text)
        .split(|character: char| !character.is_ascii_digit() && character != 'X')
        .filter(|run| run.chars().filter(char::is_ascii_digit).count() >= 6)
        .map(str::to_owned)
        .collect()
}

/// What must not be found.
#[derive(Default)]
struct Secrets {
    numbers: BTreeSet<String>,
    texts: BTreeSet<String>,
}

impl Secrets {
    /// Everything that stands in the cells of a bureau's rosters and registers.
    fn of(bureau: &Path) -> Secrets {
        let mut secrets = Secrets::default();
        for folder in ["rosters/2023-02", "registers"] {
            for entry in fs::read_dir(bureau.join(folder)).unwrap() {
                let path = entry.unwrap().path();
                if path.extension().is_some_and(|ending| ending == "xlsx") {
                    let mut workbook = calamine::open_workbook_auto(&path).unwrap();
                    for (_, range) in workbook.worksheets() {
                        range.rows().flatten().for_each(|cell| secrets.cell(&cell.to_string()));
                    }
                } else {
                    let bytes = fs::read(&path).unwrap();
                    let text = match String::from_utf8(bytes) {
                        Ok(text) => text,
                        Err(fault) => encoding_rs::GB18030.decode(fault.as_bytes()).0.into_owned(),
                    };
                    text.split(['\n', ',', '\t', '"']).for_each(|cell| secrets.cell(cell));
                }
            }
        }
        secrets
    }

    fn cell(&mut self, cell: &str) {
        self.numbers.extend(numbers(cell));
        // An address, wherever it is written; a township of that name is none.
        let has_number = folded(cell).contains(|character: char| character.is_ascii_digit());
        if has_number && ["号楼", "单元", "室", "大街", "小区"].iter().any(|word| cell.contains(word))
        {
            self.texts.insert(folded(cell));
        }
    }

    /// What of these can be found in a text.
    fn found_in(&self, text: &str) -> Vec<String> {
        let folded = folded(text);
        let mut found: Vec<String> = numbers(text)
            .into_iter()
            .filter(|run| self.numbers.iter().any(|secret| run.contains(secret) || secret.contains(run)))
            .collect();
        found.extend(self.texts.iter().filter(|secret| folded.contains(secret.as_str())).cloned());
        found
    }
}

/// The words of a page, without its tags and style.
fn words_of(page: &str) -> String {
    let body = page.split("<body>").nth(1).unwrap_or(page);
    let mut text = String::new();
    for piece in body.split('<') {
        text.push('\n');
        text.push_str(piece.split_once('>').map_or(piece, |(_, words)| words));
    }
    text
}

fn longest_run(text: &str) -> usize {
    let folded = folded(text);
    folded.split(|character: char| !character.is_ascii_digit()).map(str::len).max().unwrap_or(0)
}

/// Faults of a public list's rows.
fn faults(rows: &[Row], secrets: &Secrets, names: &BTreeSet<String>) -> Vec<String> {
    let mut faults = Vec::new();
    for row in rows {
        let columns: Vec<&str> = row.keys().map(String::as_str).collect();
        if columns != COLUMNS {
            faults.push(format!("columns {columns:?}"));
        }
        if NEVER.contains(&row["programme"].as_str()) {
            faults.push(format!("{} is not posted", row["programme"]));
        }
        if names.contains(&row["name"]) || !row["name"].contains('*') {
            faults.push(format!("whole name {}", row["name"]));
        }
        for column in ["name", "township", "community"] {
            if longest_run(&row[column]) > LONGEST_RUN {
                faults.push(format!("a number in {column}: {}", row[column]));
            }
        }
        // Month and amount are what they must be; everything else is searched.
        let cents = row["amount"].rsplit_once('.').map_or(0, |(_, cents)| cents.len());
        if row["month"] != "2023-02"
            || row["amount"].parse::<disburse::domain::Money>().is_err()
            || cents != 2
        {
            faults.push(format!("{} {}", row["month"], row["amount"]));
        }
        let others = row.iter().filter(|(column, _)| !["month", "amount"].contains(&column.as_str()));
        let all = others.map(|(_, cell)| cell.clone()).collect::<Vec<_>>().join("\n");
        faults.extend(secrets.found_in(&all).into_iter().map(|secret| format!("found {secret}")));
    }
    faults
}

/// The sample bureau, with what people really type into the column of the community.
fn bureau() -> Bureau {
    let bureau = Bureau::empty("2023-02");
    bureau.lay(&repository().join("fixtures/xincheng"));
    let path = bureau.path().join("rosters/2023-02/dibao.csv");
    let text = fs::read_to_string(&path).unwrap();
    let header = text.lines().find(|line| line.contains("身份证号")).unwrap();
    let place = header.split(',').position(|name| name == "社区村").unwrap();
    let planted = [
        "第2社区3号楼2单元501室",
        "第3社区 13800138000",
        "兴安北路小区12号",
        "6217000012345678901村",
        "第４社区 联系电话：１３９００１３９０００",
    ];
    let mut turn = 0;
    let lines: Vec<String> = text
        .lines()
        .map(|line| {
            let mut cells: Vec<&str> = line.split(',').collect();
            if line == header || cells.len() <= place {
                return line.to_owned();
            }
            if turn % 7 == 0 {
                cells[place] = planted[turn / 7 % planted.len()];
            }
            turn += 1;
            cells.join(",")
        })
        .collect();
    fs::write(path, lines.join("\n")).unwrap();
    bureau
}

#[test]
fn nothing_personal_of_any_roster_can_be_found_in_what_is_posted() {
    let bureau = bureau();
    let run = ["run", "--month", "2023-02", "--by", "operator", "--json"];
    let drafted = bureau.give(&[&run[..], &DAY].concat()).json();
    let total = drafted["total"].as_str().unwrap().to_owned();
    let accepted = accepting(&drafted);
    let mut approve = vec!["approve", "1", "--total", &total, "--by", "reviewer"];
    approve.extend(DAY);
    approve.extend(accepted.iter().map(String::as_str));
    bureau.must(0, &approve);
    bureau.must(0, &["emit", "1", "--notices"]);

    let secrets = Secrets::of(bureau.path());
    assert!(secrets.numbers.len() > 5_000, "{}", secrets.numbers.len());
    assert!(secrets.numbers.contains("13900139000") && secrets.texts.len() > 1);
    let folder = bureau.path().join("out/2023-02/run-0001");
    let decisions = read_csv(&folder.join("decisions.csv"));
    let payments = read_csv(&folder.join("payments.csv"));
    let names: BTreeSet<String> = decisions
        .iter()
        .map(|row| row["name"].clone())
        .chain(payments.iter().map(|row| row["account_name"].clone()))
        .filter(|name| !name.is_empty())
        .collect();

    let posted = bureau.path().join("out/2023-02/run-0001-notices");
    let rows = read_csv(&posted.join("notices.csv"));
    let found = faults(&rows, &secrets, &names);
    assert!(found.is_empty(), "{} faults: {:?}", found.len(), &found[..found.len().min(20)]);
    // The community is there where the roster names one, so that the list can be posted where it belongs.
    assert!(rows.iter().filter(|row| !row["community"].is_empty()).count() * 10 > rows.len() * 9);

    // Every page, whatever its layout: no number longer than a year, no secret, no whole name.
    let mut pages = BTreeSet::new();
    for entry in fs::read_dir(&posted).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let Some(code) = name.strip_suffix(".html") else {
            assert_eq!(name, "notices.csv");
            continue;
        };
        assert!(!NEVER.contains(&code), "{name}");
        let text = words_of(&fs::read_to_string(&path).unwrap());
        // The month and the day of the release are said; they are nobody's number.
        let text = text.replace("2023-02-03", "").replace("2023-02", "");
        for line in text.lines() {
            assert_eq!(secrets.found_in(line), Vec::<String>::new(), "{name}: {line}");
        }
        assert!(text.lines().all(|line| longest_run(line) <= LONGEST_RUN), "{name}");
        let whole: Vec<&str> = text.lines().map(str::trim).filter(|line| names.contains(*line)).collect();
        assert!(whole.is_empty(), "{name}: {whole:?}");
        pages.insert(code.to_owned());
    }
    let listed: BTreeSet<String> = rows.iter().map(|row| row["programme"].clone()).collect();
    assert_eq!(pages, listed);

    // Who stands there: everyone entitled in a programme that is posted and of age, and nobody else.
    let mut expected: BTreeMap<&str, usize> = BTreeMap::new();
    let mut minors = 0;
    for row in decisions.iter().filter(|row| {
        row["benefit_month"] == "2023-02"
            && row["outcome"] == "entitled"
            && !NEVER.contains(&row["programme"].as_str())
    }) {
        // 20230203, the day of the notice, less the day of birth, in years, months and days.
        if row["resident_id"][6..14].parse::<u32>().unwrap() + 180_000 <= 20_230_203 {
            *expected.entry(&row["programme"]).or_default() += 1;
        } else {
            minors += 1;
        }
    }
    assert!(minors > 0, "nobody under 18 is entitled in a programme that is posted: nothing is proved");
    let mut listed: BTreeMap<&str, usize> = BTreeMap::new();
    for row in &rows {
        *listed.entry(&row["programme"]).or_default() += 1;
    }
    assert_eq!(listed, expected);

    // Persons covered, where a household is posted: as many as the amount was granted for, at least one.
    for row in &rows {
        let members = row["members"].parse::<u32>().unwrap_or(0);
        assert_eq!(row["programme"] == "dibao", members > 0, "{row:?}");
    }
    assert!(rows.iter().any(|row| row["members"] != "1" && !row["members"].is_empty()));
    let page = fs::read_to_string(posted.join("dibao.html")).unwrap();
    assert!(page.contains(">Members<") && !page.contains("paid") && !page.contains("发放"));

    // The sheet of the run's workbook, made from the same lists.
    let mut workbook: calamine::Xlsx<_> =
        calamine::open_workbook(folder.join("reconciliation.xlsx")).unwrap();
    let sheet = workbook.worksheet_range("公示").or_else(|_| workbook.worksheet_range("Notice"));
    let text: Vec<String> = sheet.unwrap().rows().flatten().map(ToString::to_string).collect();
    assert!(text.len() > rows.len());
    for cell in &text {
        // The title says the month.
        let cell = &cell.replace("2023-02", "");
        assert_eq!(secrets.found_in(cell), Vec::<String>::new(), "{cell}");
        assert!(!names.contains(cell), "{cell}");
    }
}

#[test]
fn the_proof_fails_where_something_leaks() {
    let mut secrets = Secrets::default();
    for cell in ["150199194001010007", "6217000012345678901", "13800138000", "第2社区3号楼2单元501室"]
    {
        secrets.cell(cell);
    }
    let names = BTreeSet::from(["王秀英".to_owned(), "李永".to_owned()]);
    let row = |name: &str, community: &str| -> Row {
        COLUMNS
            .iter()
            .map(|column| {
                let value = match *column {
                    "name" => name,
                    "community" => community,
                    "programme" => "old-age",
                    "month" => "2023-02",
                    "amount" => "12345.00",
                    _ => "",
                };
                ((*column).to_owned(), value.to_owned())
            })
            .collect()
    };
    let clean = |row: Row| faults(&[row], &secrets, &names).is_empty();
    assert!(clean(row("王*英", "第2社区")) && clean(row("李*", "")));
    for community in [
        "第2社区3号楼2单元501室",
        "150199 1940 0101 0007",
        "１５０１９９１９４００１０１０００７",
        "6217-0000-1234-5678-901",
        "电话13800138000",
        // A part of a number is a leak too.
        "19400101",
        "第12345社区",
    ] {
        assert!(!clean(row("王*英", community)), "{community}");
    }
    assert!(!clean(row("王秀英", "")) && !clean(row("张三丰", "")));
    let mut child = row("王*英", "");
    child.insert("programme".to_owned(), "orphan".to_owned());
    assert!(!clean(child));
    let mut more = row("王*英", "");
    more.insert("resident_id".to_owned(), String::new());
    assert!(!clean(more));
    assert_eq!(secrets.found_in(&words_of("<body><p title=\"x\">甲 13800138000</p>")), ["13800138000"]);
}
