//! What the room promises as a whole: whole files, whole runs.

use super::sample::{Sample, resident};
use super::tables::FILES;
use super::{Extent, InMemory, write_run};

fn written(sample: &Sample, extent: Extent) -> Vec<(String, Vec<u8>)> {
    let rows = sample.rows();
    let mut sink = InMemory::default();
    write_run(&sample.facts(&rows), extent, &mut sink).unwrap();
    sink.0
}

fn file(files: &[(String, Vec<u8>)], name: &str) -> String {
    let (_, bytes) = files.iter().find(|(other, _)| other == name).unwrap();
    String::from_utf8(bytes.clone()).unwrap()
}

#[test]
fn every_header_is_the_one_of_the_design() {
    let files = written(&Sample::new(3), Extent::Tables);
    let headers = [
        (
            "decisions.csv",
            "benefit_month,programme,beneficiary,case_no,resident_id,name,township,outcome,amount,reason,clause,source",
        ),
        ("findings.csv", "code,severity,file,sheet,row,column,resident_id,name,message,action"),
        (
            "postings.csv",
            "posting_id,programme,beneficiary,benefit_month,case_no,kind,amount,cause,corrects,payment_id,document",
        ),
        (
            "payments.csv",
            "payment_id,programme,bank,account_no,account_name,payee_id,beneficiary,beneficiaries,amount,current,\
             arrears,advance,reissued,offset,replaces,file,line",
        ),
        ("payment_items.csv", "payment_id,beneficiary,benefit_month,case_no,amount"),
        ("held.csv", "programme,beneficiary,benefit_month,case_no,amount,hold,since,action"),
        ("balances.csv", "programme,beneficiary,benefit_month,case_no,entitlement,balance,debtor"),
        ("changes.csv", "programme,beneficiary,name,township,change,amount_before,amount_now,reason"),
    ];
    assert_eq!(FILES.len(), headers.len());
    for (name, header) in headers {
        let text = file(&files, name);
        assert_eq!(text.lines().next().unwrap(), format!("\u{FEFF}{header}"), "{name}");
        assert!(text.ends_with('\n') && !text.contains('\r'), "{name}");
    }
}

#[test]
fn every_table_as_a_whole() {
    let files = written(&Sample::new(26), Extent::Tables);
    for (name, bytes) in &files {
        let text = String::from_utf8(bytes.clone()).unwrap();
        insta::assert_snapshot!(name.as_str(), text.trim_start_matches('\u{FEFF}'));
    }
}

#[test]
fn every_row_of_every_table_has_as_many_cells_as_its_header() {
    for (name, columns, _) in FILES {
        let files = written(&Sample::new(60), Extent::Tables);
        let text = file(&files, name);
        let mut reader = csv::ReaderBuilder::new().flexible(false).from_reader(text.as_bytes());
        for record in reader.records() {
            assert_eq!(record.unwrap().len(), columns.len(), "{name}");
        }
    }
}

#[test]
fn the_same_facts_in_another_order_or_by_one_thread_are_the_same_bytes() {
    let sample = Sample::new(1_500);
    let once = written(&sample, Extent::Everything);
    assert!(once == written(&sample, Extent::Everything));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    assert!(once == pool.install(|| written(&sample, Extent::Everything)));
    let mut rows = sample.rows();
    rows.reverse();
    let mut sink = InMemory::default();
    write_run(&sample.facts(&rows), Extent::Everything, &mut sink).unwrap();
    assert!(once == sink.0);
}

#[test]
fn totals_of_all_tables_agree_with_the_plan() {
    let sample = Sample::new(200);
    let rows = sample.rows();
    let facts = sample.facts(&rows);
    let summary = super::Summary::new(&facts);
    let total = sample.plan.total();
    assert!(total.is_positive());
    assert_eq!(summary.total.money, total);
    assert_eq!(summary.cells.iter().map(|cell| cell.paid.money).sum::<crate::domain::Money>(), total);
    assert_eq!(summary.by_bank().iter().map(|(_, tally)| tally.money).sum::<crate::domain::Money>(), total);
    assert_eq!(
        summary.by_township().iter().map(|(_, tally)| tally.money).sum::<crate::domain::Money>(),
        total
    );
    assert_eq!(
        summary.programmes.iter().map(|figures| figures.paid.money).sum::<crate::domain::Money>(),
        total
    );
    let mut outputs = InMemory::default();
    let outputs = write_run(&facts, Extent::Tables, &mut outputs).unwrap();
    for name in ["payments.csv", "payment_items.csv"] {
        assert_eq!(outputs.iter().find(|output| output.name == name).unwrap().wrote.amount, total);
    }
    assert_eq!(outputs.last().unwrap().name, "manifest.json");
    assert!(resident(1).to_string().starts_with("150199"));
}

/// Writes the page of a sample run to a folder named in `REPORT_SAMPLE`, for looking at it.
#[test]
#[ignore = "writes files for a person to look at"]
fn write_a_sample_for_looking() {
    let folder = std::path::PathBuf::from(std::env::var("REPORT_SAMPLE").unwrap());
    let people = std::env::var("REPORT_PEOPLE").ok().and_then(|text| text.parse().ok()).unwrap_or(260);
    let mut sample = Sample::new(people);
    if std::env::var("REPORT_LANG").is_ok_and(|language| language == "en") {
        sample.language = crate::words::Language::En;
    }
    let rows = sample.rows();
    let mut sink = Timed { folder: folder.clone(), started: std::time::Instant::now() };
    eprintln!("{people} × 3 people, {}", memory());
    write_run(&sample.facts(&rows), Extent::Everything, &mut sink).unwrap();
    eprintln!("{}", memory());
}

fn sheets(sample: &Sample) -> Vec<(String, Vec<Vec<calamine::Data>>)> {
    use calamine::Reader;
    let files = written(sample, Extent::Everything);
    let (_, bytes) = files.iter().find(|(name, _)| name == "reconciliation.xlsx").unwrap();
    let mut workbook: calamine::Xlsx<_> =
        calamine::open_workbook_from_rs(std::io::Cursor::new(bytes)).unwrap();
    workbook
        .worksheets()
        .into_iter()
        .map(|(name, range)| (name, range.rows().map(<[calamine::Data]>::to_vec).collect()))
        .collect()
}

#[test]
fn the_workbook_has_its_sheets_and_reads_back_the_plans_total() {
    let sample = Sample::new(200);
    let sheets = sheets(&sample);
    let names: Vec<&str> = sheets.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "汇总",
            "核对",
            "乡镇与银行",
            "变动",
            "补发追回",
            "暂缓",
            "退票",
            "名单-城乡最低生活保障",
            "名单-高龄津贴",
            "名单-孤儿基本生活费",
            "公示"
        ]
    );
    let total: f64 = sample.plan.total().to_string().parse().unwrap();
    let cached = |sheet: usize, column: usize| {
        let rows = &sheets[sheet].1;
        let row = rows.iter().find(|row| row[0] == calamine::Data::String("合计".into())).unwrap();
        match row[column] {
            calamine::Data::Float(value) => value,
            ref other => panic!("{other:?}"),
        }
    };
    assert_eq!(cached(0, 8), total);
    let cents = |value: f64| (value * 100.0).round() as i64;
    assert_eq!((7..10).map(|sheet| cents(cached(sheet, 11))).sum::<i64>(), cents(total));
    // A month is a date, an account number is text.
    let dates =
        sheets[4].1.iter().flatten().filter(|cell| matches!(cell, calamine::Data::DateTime(_))).count();
    assert!(dates > 0);
    assert!(sheets[7].1[3].iter().any(|cell| *cell == calamine::Data::String("6217000000000000000".into())));
}

#[test]
fn a_public_list_holds_no_number_no_child_programme_and_no_whole_name() {
    let sheets = sheets(&Sample::new(200));
    let (_, rows) = sheets.last().unwrap();
    let text: Vec<String> = rows
        .iter()
        .flatten()
        .filter_map(|cell| match cell {
            calamine::Data::String(text) => Some(text.clone()),
            _ => None,
        })
        .collect();
    assert!(text.len() > 300);
    assert!(!text.iter().any(|text| text.contains("孤儿")));
    for cell in text.iter().skip(2) {
        let longest = cell.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or(0);
        assert!(longest <= 4, "{cell}");
    }
    assert!(text.iter().any(|text| text == "王*英"));
    assert!(!text.iter().any(|text| text == "王秀英"));
}

#[test]
fn a_list_that_is_too_long_for_a_sheet_goes_on_on_the_next_and_the_last_adds_all_up() {
    use calamine::{Data, Reader};
    let sample = Sample::new(60);
    let rows = sample.rows();
    let facts = sample.facts(&rows);
    let summary = super::Summary::new(&facts);
    let mut bytes = Vec::new();
    super::sheets::split_after(&summary, 17, &mut bytes).unwrap();
    let mut workbook: calamine::Xlsx<_> =
        calamine::open_workbook_from_rs(std::io::Cursor::new(&bytes)).unwrap();
    let names: Vec<String> =
        workbook.sheet_names().into_iter().filter(|name| name.starts_with("名单-高龄津贴")).collect();
    assert_eq!(names, ["名单-高龄津贴-1", "名单-高龄津贴-2", "名单-高龄津贴-3"]);
    let first = workbook.worksheet_range("汇总").unwrap();
    assert!(first.rows().flatten().any(|cell| cell.to_string().contains("“名单-高龄津贴”行数过多")));
    let mut numbers = Vec::new();
    let mut totals = Vec::new();
    for name in &names {
        for row in workbook.worksheet_range(name).unwrap().rows() {
            match &row[0] {
                Data::Float(number) => numbers.push(*number as usize),
                Data::String(word) if word.starts_with("合计") => {
                    totals
                        .push((word.clone(), row[11].to_string().parse::<rust_decimal::Decimal>().unwrap()));
                }
                _ => {}
            }
        }
    }
    let words: Vec<&str> = totals.iter().map(|(word, _)| word.as_str()).collect();
    assert_eq!(words, ["合计 (1/3)", "合计 (2/3)", "合计 (3/3)", "合计"]);
    assert_eq!(totals[0].1 + totals[1].1 + totals[2].1, totals[3].1);
    assert!(numbers.iter().copied().eq(1..=numbers.len()));
    let formulas = workbook.worksheet_formula(&names[2]).unwrap();
    let last = formulas.rows().next_back().unwrap();
    let own = 3 + numbers.len() - 2 * 17 + 1;
    let all = format!("'名单-高龄津贴-1'!L21+'名单-高龄津贴-2'!L21+L{own}");
    assert!(last.contains(&all), "{last:?} {all}");
}

#[test]
fn the_page_stands_alone_escapes_what_people_write_and_stays_small() {
    for language in [crate::words::Language::Zh, crate::words::Language::En] {
        let mut sample = Sample::new(1_500);
        sample.language = language;
        sample.changes[0].name = "<img src=x onerror=alert(1)>".into();
        sample.changes[0].before = Some(crate::domain::Money::from_fen(99_999_999));
        let page = file(&written(&sample, Extent::Everything), "reconciliation.html");
        assert!(page.len() < 1_000_000, "{}", page.len());
        for outside in ["http:", "https:", "src=\"", "<link", "@import", "url("] {
            assert!(!page.contains(outside), "{outside}");
        }
        assert!(page.contains("&lt;img src=x onerror=alert(1)&gt;") && !page.contains("<img"));
        assert!(!page.contains("report-"), "a code without words");
        assert!(page.contains(&super::people::grouped(sample.plan.total())));
        assert!(page.contains("payments.csv") && page.contains("<html lang="));
        assert!(!page.contains(&resident(1).to_string()), "identity numbers are masked");
    }
}

/// A sink of real files that says how long each took.
struct Timed {
    folder: std::path::PathBuf,
    started: std::time::Instant,
}

impl super::Sink for Timed {
    type Out = std::fs::File;

    fn open(&mut self, name: &str) -> std::io::Result<std::fs::File> {
        std::fs::File::create(self.folder.join(name))
    }

    fn close(&mut self, name: &str, _out: std::fs::File) -> std::io::Result<()> {
        eprintln!("{name}: {:?}", self.started.elapsed());
        self.started = std::time::Instant::now();
        Ok(())
    }
}

/// Resident memory now and at its highest, where the system tells.
fn memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().filter(|line| line.starts_with("VmRSS") || line.starts_with("VmHWM")).collect()
}
