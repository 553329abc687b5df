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
    let sample = Sample::new(5_000);
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
    let started = std::time::Instant::now();
    for (name, bytes) in written(&sample, Extent::Everything) {
        std::fs::write(folder.join(name), bytes).unwrap();
    }
    let rows = sample.rows();
    let mut vouchers = Vec::new();
    super::voucher::vouchers(&sample.facts(&rows), |_| "人民币贰万零伍佰壹拾元整".into(), &mut vouchers)
        .unwrap();
    std::fs::write(folder.join("vouchers.html"), vouchers).unwrap();
    eprintln!("{people} × 3 people: {:?}", started.elapsed());
}
