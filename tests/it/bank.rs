//! Out to the bank and back for a year: released files, a simulated bank that fails, stays silent, names
//! other amounts and other names and says things twice, decisions of persons read back from the exported
//! workbook, and a reconciliation that closes every month.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use calamine::Reader;

use crate::bureau::{Bureau, Row, accepting, read_csv};

const MONTHS: [&str; 12] = [
    "2023-01", "2023-02", "2023-03", "2023-04", "2023-05", "2023-06", "2023-07", "2023-08", "2023-09",
    "2023-10", "2023-11", "2023-12",
];

/// A generated bureau whose banks want files of different shapes.
fn generated(lines: &str) -> Bureau {
    let bureau = Bureau::empty("2023-01");
    let settings = std::fs::read_to_string(bureau.path().join("disburse.toml")).unwrap();
    let mut bank = String::new();
    let settings: Vec<String> = settings
        .lines()
        .map(|line| {
            if let Some(name) = line.strip_prefix("[banks.") {
                bank = name.trim_matches(['"', ']']).to_owned();
            }
            match (line.starts_with("profile ="), bank.as_str()) {
                (true, "中国工商银行") => "profile = \"icbc-workbook\"".to_owned(),
                (true, "中国农业银行") => "profile = \"fixed-width\"".to_owned(),
                (true, "中国邮政储蓄银行") => "profile = \"pipe-trailer\"".to_owned(),
                _ => line.to_owned(),
            }
        })
        .collect();
    bureau.write("disburse.toml", settings.join("\n"));
    let population = tempfile::tempdir().unwrap();
    let folder = population.path().join("new");
    let generate =
        ["generate", folder.to_str().unwrap(), "--seed", "11", "--lines", lines, "--month", "2023-01"];
    bureau.must(0, &[&generate[..], &["--through", "2023-12"]].concat());
    bureau.lay(&folder);
    bureau
}

/// Drafts and releases a cycle as its operator and reviewer would; the run's number.
fn release(bureau: &Bureau, cycle: &str) -> String {
    let today = format!("{cycle}-03");
    let mut arguments: Vec<String> =
        ["run", "--month", cycle, "--today", &today, "--by", "operator", "--json"]
            .map(str::to_owned)
            .to_vec();
    let drafted = loop {
        let said = bureau.give(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
        let answer = said.json();
        let missing = answer["missing"].as_array().filter(|missing| said.exit == 3 && !missing.is_empty());
        let Some(missing) = missing else {
            assert!(said.exit <= 1, "{cycle}\n{}\n{}", said.stdout, said.stderr);
            break answer;
        };
        for place in missing {
            arguments.extend(["--without".to_owned(), format!("{}=seen", place.as_str().unwrap())]);
        }
    };
    let run = drafted["run"].as_u64().unwrap().to_string();
    let total = drafted["total"].as_str().unwrap();
    let mut approve = vec!["approve", &run, "--total", total, "--today", &today, "--by", "reviewer"];
    let accepted = accepting(&drafted);
    approve.extend(accepted.iter().map(String::as_str));
    bureau.must(0, &approve);
    run
}

/// Reconciles a cycle: it must close. The answer, and the folder written.
fn reconcile(bureau: &Bureau, cycle: &str, today: &str) -> (serde_json::Value, PathBuf) {
    let said = bureau.give(&["reconcile", "--month", cycle, "--today", today, "--json"]);
    assert!(said.exit <= 1, "{cycle}\n{}\n{}", said.stdout, said.stderr);
    let answer = said.json();
    assert_eq!(answer["closes"], true, "{answer}");
    assert_eq!(answer["unexplained"], "0.00");
    let folder = bureau.path().join(answer["folder"].as_str().unwrap());
    (answer, folder)
}

fn fen(text: &str) -> i64 {
    if text.is_empty() { 0 } else { text.replace('.', "").parse().unwrap() }
}

fn sum(rows: &[Row], column: &str) -> i64 {
    rows.iter().map(|row| fen(&row[column])).sum()
}

/// Types a decision into every row of the exported workbook and saves it, as a person would.
fn typed(folder: &Path, to: &Path) -> usize {
    let classes: BTreeMap<String, Row> = read_csv(&folder.join("exceptions.csv"))
        .into_iter()
        .map(|row| (row["payment_id"].clone(), row))
        .collect();
    let mut book: calamine::Xlsx<_> = calamine::open_workbook(folder.join("exceptions.xlsx")).unwrap();
    let mut saved = rust_xlsxwriter::Workbook::new();
    let mut decided: BTreeMap<String, ()> = BTreeMap::new();
    for name in book.sheet_names() {
        let range = book.worksheet_range(&name).unwrap();
        let sheet = saved.add_worksheet();
        sheet.set_name(&name).unwrap();
        let rows: Vec<Vec<String>> =
            range.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect();
        let (first, _) = range.start().unwrap();
        let header = rows.iter().position(|row| row[0].starts_with("payment_id"));
        for (number, row) in rows.iter().enumerate() {
            let mut row = row.clone();
            let id = row[0].clone();
            if let Some(header) = header.filter(|header| number > *header && !id.is_empty())
                && (id.starts_with("150102-") || id.starts_with("item-"))
            {
                let column =
                    |title: &str| rows[header].iter().position(|cell| cell.starts_with(title)).unwrap();
                let exception = classes.get(&id);
                let class = exception.map_or("missing", |row| row["class"].as_str());
                // One decision a payment: the first row of several says it.
                if decided.insert(id.clone(), ()).is_none() {
                    let (kind, amount) = match class {
                        "amount-differs" | "statement-differs" => {
                            ("bank-difference", exception.unwrap()["bank_amount"].clone())
                        }
                        "altered" => ("confirmed-not-paid", String::new()),
                        "missing" if id.ends_with(['1', '3', '5']) => ("confirmed-paid", String::new()),
                        "missing" => ("confirmed-not-paid", String::new()),
                        _ => ("close", String::new()),
                    };
                    row[column("decision")] = kind.to_owned();
                    row[column("amount")] = amount;
                    row[column("document")] = "对账函〔2023〕1号".to_owned();
                    row[column("reason")] = "电话核实".to_owned();
                }
            }
            for (at, cell) in row.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
                sheet.write_string(first + number as u32, at as u16, cell).unwrap();
            }
        }
    }
    saved.save(to).unwrap();
    decided.len()
}

#[test]
fn a_year_of_cycles_closes_every_month() {
    let bureau = generated("260");
    let mut paid_in_files = 0;
    let mut classes: BTreeMap<String, u64> = BTreeMap::new();
    for (number, cycle) in MONTHS.iter().enumerate() {
        let run = release(&bureau, cycle);
        let folder = bureau.path().join(format!("out/{cycle}/run-{:04}", run.parse::<u32>().unwrap()));
        let in_files = sum(&read_csv(&folder.join("payments.csv")), "amount");
        paid_in_files += in_files;

        // Before any answer everything is unanswered, and that explains all.
        let today = format!("{cycle}-03");
        let (answer, _) = reconcile(&bureau, cycle, &today);
        assert_eq!(
            (fen(answer["ledger"].as_str().unwrap()), answer["bank"].as_str()),
            (in_files, Some("0.00"))
        );

        let format = ["profile", "camt.054", "pain.002", "neutral"][number % 4];
        let answered = format!("{cycle}-10");
        let seed = (number + 5).to_string();
        let rates = ["--fail", "40", "--closed", "15", "--silent", "25", "--pending", "25", "--differ", "15"];
        let more = ["--twice", "30", "--rename", "15", "--today", &answered, "--json"];
        let generate = ["generate", "--answers", &run, "--format", format, "--seed", &seed];
        let said = bureau.must(0, &[&generate[..], &rates, &more].concat());
        let files: Vec<String> = said.json()["files"]
            .as_array()
            .unwrap()
            .iter()
            .map(|file| file.as_str().unwrap().to_owned())
            .collect();
        // Files in a bank's own layout are read by their profile, one kind at a time.
        let mut kinds: BTreeMap<Option<String>, Vec<&str>> = BTreeMap::new();
        for file in &files {
            let stem = Path::new(file).file_stem().unwrap().to_str().unwrap();
            let of_profile = ["general", "icbc-workbook", "fixed-width", "pipe-trailer"]
                .into_iter()
                .find(|profile| stem.ends_with(profile));
            kinds.entry(of_profile.map(str::to_owned)).or_default().push(file);
        }
        for (profile, files) in &kinds {
            let mut arguments = vec!["returns"];
            arguments.extend(files);
            arguments.extend(["--today", &answered, "--by", "operator"]);
            if let Some(profile) = profile {
                arguments.extend(["--format", profile]);
            }
            let said = bureau.give(&arguments);
            assert!(said.exit <= 1, "{cycle} {format}\n{}\n{}", said.stdout, said.stderr);
            // The same files again change nothing.
            bureau.must(0, &arguments);
        }

        // A month later persons decide on what is left, from the workbook, in one go.
        let later = format!("{cycle}-25");
        let (_, exported) = reconcile(&bureau, cycle, &later);
        let mut open = read_csv(&exported.join("exceptions.csv"));
        for row in &open {
            *classes.entry(row["class"].clone()).or_default() += 1;
        }
        let typed_file = bureau.path().join("decided.xlsx");
        if typed(&exported, &typed_file) > 0 {
            let file = typed_file.to_str().unwrap();
            let decide = |who: &str| {
                bureau
                    .must(0, &["returns", "--decisions", file, "--today", &later, "--by", who, "--json"])
                    .json()
            };
            assert_eq!(decide("operator")["waiting"], true);
            assert_eq!(decide("operator")["waiting"], true, "one person is not two");
            assert_eq!(decide("reviewer")["waiting"], false);
        }
        let (answer, after) = reconcile(&bureau, cycle, &later);
        assert_eq!(answer["unanswered"], 0, "{cycle} {format} {answer}");
        open = read_csv(&after.join("exceptions.csv"));
        assert!(open.is_empty(), "{cycle} {format} {open:?}");

        // By the files alone: what was posted is what is in the file, line by line; the bank's word is the
        // ledger's; and the first folder is as it was.
        let items = read_csv(&after.join("items.csv"));
        assert!(items.iter().all(|item| item["posted"] == item["in_file"]));
        assert!(items.iter().all(|item| item["ledger"] == item["bank_moved"]), "{cycle} {format}");
        assert_eq!(sum(&items, "in_file"), in_files);
        let failed = read_csv(&after.join("failed.csv"));
        assert_eq!(sum(&items, "back"), sum(&failed, "amount"));
        let groups = read_csv(&after.join("balance.csv"));
        let (total, groups) = groups.split_last().unwrap();
        assert_eq!(total["programme"], "total");
        assert_eq!(sum(groups, "in_file"), in_files);
        assert!(groups.iter().all(|group| group["unexplained"] == "0.00"));
        assert!(exported.join("reconcile.html").exists() && exported != after);
    }
    // The year has met what it was meant to meet.
    for class in ["amount-differs", "altered", "missing"] {
        assert!(classes.contains_key(class), "{classes:?}");
    }

    let said = bureau.must(0, &["reconcile", "--year", "2023", "--today", "2024-01-05", "--json"]);
    let year = read_csv(&bureau.path().join(said.json()["folder"].as_str().unwrap()).join("year.csv"));
    let of_year: Vec<Row> = year.into_iter().filter(|row| row["cycle"] == "2023").collect();
    assert_eq!(sum(&of_year, "paid"), paid_in_files);
    // Every posting that any file lists, added up by hand, is what the year says is still owed either way.
    let mut all = 0;
    for cycle in MONTHS {
        for entry in std::fs::read_dir(bureau.path().join("out").join(cycle)).unwrap() {
            let folder = entry.unwrap().path();
            for file in ["postings.csv", "answers.csv"] {
                if folder.join(file).exists() {
                    all += sum(&read_csv(&folder.join(file)), "amount");
                }
            }
        }
    }
    assert_eq!(sum(&of_year, "payable") - sum(&of_year, "receivable"), all);
    bureau.must(0, &["status", "--today", "2024-01-05"]);
    let ledger = disburse::ledger::Ledger::open_read_only(&bureau.path().join("ledger.db")).unwrap();
    assert_eq!(ledger.verify(&[]).unwrap(), []);
}

/// A statement in one page: opening and closing balance, entries as (amount, direction, batch, payment).
fn statement(opening: &str, closing: &str, entries: &[(String, &str, &str, &str)]) -> String {
    let mut text = String::from(
        "<?xml version=\"1.0\"?><Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.08\">\
         <BkToCstmrStmt><GrpHdr><MsgId>M</MsgId><CreDtTm>2023-01-11T08:00:00</CreDtTm></GrpHdr><Stmt>\
         <Id>S1</Id><Acct><Id><Othr><Id>15010200000001</Id></Othr></Id></Acct>",
    );
    for (code, amount) in [("OPBD", opening), ("CLBD", closing)] {
        text.push_str(&format!(
            "<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy=\"CNY\">{amount}</Amt>\
             <CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2023-01-10</Dt></Dt></Bal>"
        ));
    }
    for (number, (amount, direction, batch, payment)) in entries.iter().enumerate() {
        let refs = match payment.is_empty() {
            true => format!("<Btch><PmtInfId>{batch}</PmtInfId></Btch>"),
            false => format!(
                "<TxDtls><Refs><EndToEndId>{payment}</EndToEndId></Refs><Amt Ccy=\"CNY\">{amount}</Amt></TxDtls>"
            ),
        };
        text.push_str(&format!(
            "<Ntry><Amt Ccy=\"CNY\">{amount}</Amt><CdtDbtInd>{direction}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>\
             <BookgDt><Dt>2023-01-10</Dt></BookgDt><AcctSvcrRef>E{number}</AcctSvcrRef>\
             <BkTxCd><Prtry><Cd>X</Cd></Prtry></BkTxCd><NtryDtls>{refs}</NtryDtls></Ntry>"
        ));
    }
    text.push_str("</Stmt></BkToCstmrStmt></Document>");
    text
}

fn yuan(fen: i64) -> String {
    format!("{}.{:02}", fen / 100, fen % 100)
}

#[test]
fn a_statement_is_the_fourth_side() {
    let bureau = generated("40");
    let run = release(&bureau, "2023-01");
    let payments = read_csv(&bureau.path().join("out/2023-01/run-0001/payments.csv"));
    let total = sum(&payments, "amount");
    let (failed, doubtful) = (&payments[0], &payments[1]);
    let answers = {
        let mut text = String::from("payment_id,status,amount,reason,date\n");
        for payment in &payments {
            let status = if payment["payment_id"] == failed["payment_id"] { "failed" } else { "paid" };
            let amount = match payment["payment_id"] == doubtful["payment_id"] {
                true => yuan(fen(&payment["amount"]) - 1),
                false => payment["amount"].clone(),
            };
            text.push_str(&format!("{},{status},{amount},AC04,2023-01-10\n", payment["payment_id"]));
        }
        text
    };
    bureau.write("returns/answers.csv", answers);
    // Each file is debited in one sum; the failed payment comes back; somebody else's money moves too.
    let mut batches: BTreeMap<String, i64> = BTreeMap::new();
    let manifest = std::fs::read(bureau.path().join("out/2023-01/run-0001/manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
    let names: Vec<&str> = manifest["bank_files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file["name"].as_str().or(file["file"].as_str()).unwrap())
        .collect();
    for payment in &payments {
        let number = names.iter().position(|name| *name == payment["file"]).unwrap() + 1;
        *batches.entry(format!("150102-202301-R0001-F{number:04}")).or_default() += fen(&payment["amount"]);
    }
    let mut entries: Vec<(String, &str, &str, &str)> =
        batches.iter().map(|(batch, fen)| (yuan(*fen), "DBIT", batch.as_str(), "")).collect();
    entries.push((failed["amount"].clone(), "CRDT", "", &failed["payment_id"]));
    entries.push(("12.34".to_owned(), "DBIT", "", "SOMEBODY-ELSE"));
    let closing = 100_000_000 - total + fen(&failed["amount"]) - 1234;
    bureau.write("returns/good.xml", statement("1000000.00", &yuan(closing), &entries));
    bureau.write("returns/wrong.xml", statement("1000000.00", &yuan(closing + 1), &entries[..1]));
    let take = |file: &str, exit: i32| {
        let path = bureau.path().join("returns").join(file);
        let arguments =
            ["returns", path.to_str().unwrap(), "--today", "2023-01-11", "--by", "operator", "--json"];
        bureau.must(exit, &arguments).json()
    };
    take("answers.csv", 1);
    take("good.xml", 1);
    let (_, folder) = reconcile(&bureau, "2023-01", "2023-01-11");
    let exceptions = read_csv(&folder.join("exceptions.csv"));
    let found: Vec<(&str, &str)> =
        exceptions.iter().map(|row| (row["class"].as_str(), row["bank_amount"].as_str())).collect();
    let said = yuan(fen(&doubtful["amount"]) - 1);
    assert_eq!(
        found,
        [
            ("amount-differs", said.as_str()),
            ("statement-differs", &doubtful["amount"]),
            ("unexpected", "12.34")
        ]
    );
    let balance = read_csv(&folder.join("balance.csv"));
    let all = balance.last().unwrap();
    assert_eq!(fen(&all["statement"]), total - fen(&failed["amount"]));
    assert_eq!(
        (all["between_booked_otherwise"].as_str(), all["unexplained_statement"].as_str()),
        ("-0.01", "0.00")
    );

    // The statement bears out that the whole amount left: two persons say so, and close the rest.
    let stray = &exceptions[2]["payment_id"];
    bureau.write(
        "decided.csv",
        format!(
            "payment_id,decision,amount,document,reason\n{},confirmed-paid,,函1,对账单\n{stray},close,,函2,他户\n",
            doubtful["payment_id"]
        ),
    );
    let file = bureau.path().join("decided.csv");
    for by in ["operator", "reviewer"] {
        let decide = ["returns", "--decisions", file.to_str().unwrap(), "--today", "2023-01-12", "--by", by];
        bureau.must(0, &decide);
    }
    let (answer, _) = reconcile(&bureau, "2023-01", "2023-01-12");
    assert_eq!(
        (answer["exceptions"].as_u64(), answer["unanswered"].as_u64()),
        (Some(0), Some(0)),
        "{answer}"
    );

    // A statement whose page is missing says so, and so does the month.
    take("wrong.xml", 1);
    let (_, folder) = reconcile(&bureau, "2023-01", "2023-01-13");
    let exceptions = read_csv(&folder.join("exceptions.csv"));
    assert!(exceptions.iter().any(|row| row["class"] == "statement-balance-differs"), "{exceptions:?}");

    // A batch of nobody's, and one of ours booked with another sum, are listed.
    let batch = batches.keys().next().unwrap();
    let odd = [("0.07".to_owned(), "DBIT", batch.as_str(), ""), ("5.00".to_owned(), "DBIT", "OTHER", "")];
    bureau.write("returns/odd.xml", statement("10.00", "4.93", &odd));
    take("odd.xml", 1);
    let (_, folder) = reconcile(&bureau, "2023-01", "2023-01-13");
    let classes: Vec<String> =
        read_csv(&folder.join("exceptions.csv")).iter().map(|row| row["class"].clone()).collect();
    for class in ["statement-batch-differs", "unexpected"] {
        assert!(classes.iter().any(|found| found == class), "{classes:?}");
    }

    // A bank file altered in the outbox does not close the month; written again, it does.
    let outbox = bureau.path().join(format!("outbox/2023-01/run-{:04}", run.parse::<u32>().unwrap()));
    let file = std::fs::read_dir(&outbox).unwrap().next().unwrap().unwrap().path();
    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(&file, [&bytes[..], b"x"].concat()).unwrap();
    let said = bureau.must(5, &["reconcile", "--month", "2023-01", "--today", "2023-01-13"]);
    assert!(said.stdout.contains("altered"), "{}", said.stdout);
    std::fs::remove_file(&file).unwrap();
    bureau.must(1, &["reconcile", "--month", "2023-01", "--today", "2023-01-13"]);
    bureau.must(2, &["reconcile", "--month", "2023-02", "--today", "2023-01-13"]);
    bureau.must(2, &["reconcile"]);
}
