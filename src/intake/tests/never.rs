//! Whatever a file holds: no panic, no row lost, the same result with any number of threads.

use proptest::prelude::*;

use super::rulebook::{OLD_AGE, rulebook};
use crate::domain::{Files, Month};
use crate::intake::{Input, Registers, RosterRead, read_registers, read_roster};

fn read(bytes: &[u8]) -> Option<RosterRead> {
    let cycle = Month::new(2023, 2).unwrap();
    let input = Input { name: "old-age.csv", bytes };
    let mut files = Files::default();
    let read =
        read_roster(&rulebook(), OLD_AGE, cycle, cycle, &[input], &Registers::default(), &mut files).ok()?;
    assert!(read.border.balances());
    assert!(read.findings.iter().all(|finding| crate::words::knows(finding.code)));
    Some(read)
}

/// Pieces of which strange lists are made.
fn token() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(",".to_owned()),
        Just(",".to_owned()),
        Just("\n".to_owned()),
        Just("\r\n".to_owned()),
        Just("\"".to_owned()),
        Just("'".to_owned()),
        Just("150199195208020135".to_owned()),
        Just("150199195208020136".to_owned()),
        Just("身份证号".to_owned()),
        Just("姓名".to_owned()),
        Just("状态".to_owned()),
        Just("最初享受月份".to_owned()),
        Just("核定金额（万元）".to_owned()),
        Just("合计".to_owned()),
        Just("小计".to_owned()),
        Just("不予保障".to_owned()),
        Just("单位：万元".to_owned()),
        Just("2023.1".to_owned()),
        Just("1,000".to_owned()),
        Just("正常".to_owned()),
        Just("\u{FEFF}".to_owned()),
        Just("\0".to_owned()),
        "[0-9.+¥元 -]{0,6}",
        "\\PC{0,6}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn strange_text_is_read_or_refused(tokens in prop::collection::vec(token(), 0..120)) {
        let body: String = tokens.concat();
        read(body.as_bytes());
        let headed = format!("身份证号,姓名,最初享受月份,状态,核定金额\n{body}");
        read(headed.as_bytes());
    }

    #[test]
    fn strange_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        read(&bytes);
        let headed = ["身份证号,姓名,状态\n".as_bytes(), &bytes].concat();
        read(&headed);
        for magic in [&b"PK\x03\x04"[..], b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"] {
            read(&[magic, &bytes].concat());
        }
    }

    #[test]
    fn a_damaged_workbook_is_read_or_refused(at in 0..9000_usize, byte in any::<u8>()) {
        let whole: [&[u8]; 2] = [
            include_bytes!("../../../fixtures/malformed/old-age.xls"),
            include_bytes!("../../../fixtures/malformed/old-age.ods"),
        ];
        for whole in whole {
            let mut bytes = whole.to_vec();
            let at = at % bytes.len();
            bytes[at] = byte;
            read(&bytes);
            read(&bytes[..at]);
        }
    }

    #[test]
    fn strange_registers_are_read_or_refused(tokens in prop::collection::vec(token(), 0..60)) {
        let body = format!("身份证号,死亡日期\n{}", tokens.concat());
        let cycle = Month::new(2023, 2).unwrap();
        let input = Input { name: "deaths.csv", bytes: body.as_bytes() };
        if let Ok((_, _, borders)) = read_registers(&rulebook(), cycle, &[input]) {
            prop_assert!(borders.iter().all(crate::domain::Border::balances));
        }
    }
}

#[test]
fn one_thread_and_four_read_the_same() {
    let mut text = String::from("身份证号,姓名,最初享受月份,状态,核定金额\n");
    for row in 0..120_000 {
        let person = if row % 7 == 0 { "150199195208020136" } else { "150199195208020135" };
        let amount = if row % 11 == 0 { "1E3" } else { "100.00" };
        text.push_str(&format!("{person},赵超军,2019-06,正常,{amount}\n"));
        if row == 60_000 {
            text.push_str("停发人员,,,,\n身份证号,姓名,状态,最初享受月份,核定金额\n");
        }
        if row == 61_000 {
            text.push_str("续发人员,,,,\n");
        }
    }
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| read(text.as_bytes()).unwrap())
    };
    let (one, four) = (with(1), with(4));
    assert!(one.claims == four.claims && one.findings == four.findings && one.border == four.border);
    assert!(one.claims.len() > 100_000);
}
