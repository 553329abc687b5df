//! `cargo test --release --lib intake::tests::speed -- --ignored --nocapture`: how fast a large
//! roster is read, beside the bare record loop of the `csv` crate (DESIGN §14).

use std::fmt::Write as _;
use std::time::Instant;

use super::rulebook::{OLD_AGE, rulebook};
use crate::domain::{Files, Month};
use crate::intake::{Input, Registers, read_roster};

fn roster(rows: usize) -> String {
    let weights = [7_u32, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let mut text = String::from(
        "身份证号,姓名,乡镇街道,社区村,最初享受月份,停发月份,状态,核定金额,开户银行,银行账号,账户名称,生存认证日期\n",
    );
    for row in 0..rows {
        let first =
            format!("150199{:04}{:02}{:02}{:03}", 1920 + row % 25, 1 + row % 12, 1 + row % 28, row % 1000);
        let sum: u32 = first.bytes().zip(weights).map(|(b, w)| u32::from(b - b'0') * w).sum();
        let check = "10X98765432".as_bytes()[sum as usize % 11] as char;
        let _ = writeln!(
            text,
            "{first}{check},赵超军,西街街道,第{}社区,2019-06,,正常,100.00,中国邮政储蓄银行,62999900000{:08},赵超军,2022-10-15",
            row % 12,
            row
        );
    }
    text
}

#[test]
#[ignore = "a measurement"]
fn speed() {
    let rows = 1_000_000;
    let text = roster(rows);
    let megabytes = text.len() as f64 / 1e6;
    let timed = |name: &str, work: &mut dyn FnMut() -> usize| {
        for _ in 0..2 {
            let start = Instant::now();
            let count = work();
            let seconds = start.elapsed().as_secs_f64();
            println!("{name:>12}: {seconds:.3} s, {:.0} MB/s, {count} rows", megabytes / seconds);
        }
    };
    timed("csv crate", &mut || {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
        let mut record = csv::ByteRecord::new();
        let mut count = 0;
        while reader.read_byte_record(&mut record).unwrap() {
            count += record.len();
        }
        count / 12
    });
    timed("records", &mut || {
        let document = crate::formats::document::open(text.as_bytes()).unwrap();
        let sheet = &document.sheets[0];
        let mut rows = sheet.rows(sheet.whole());
        let mut count = 0;
        while let Some(row) = rows.next_row() {
            count += row.cells.len();
        }
        count / 12
    });
    timed("read_roster", &mut || {
        let cycle = Month::new(2023, 2).unwrap();
        let input = Input { name: "old-age.csv", bytes: text.as_bytes() };
        let mut files = Files::default();
        let read =
            read_roster(&rulebook(), OLD_AGE, cycle, cycle, &[input], &Registers::default(), &mut files)
                .unwrap();
        assert!(read.findings.len() < 4, "{:?}", &read.findings[..4]);
        read.claims.len()
    });
    println!("a claim takes {} bytes", std::mem::size_of::<crate::intake::Claim>());
}
