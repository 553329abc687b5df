//! READING 10–17: one cell, one value.

use super::{In, ONE, as_read, csv, edited, t, table, texts, with_cell, xlsx};

#[test]
fn rule_10_numbers_that_lost_digits_are_refused_by_their_type() {
    table(
        "old-age",
        "resident_id",
        &[
            (In::N(150_199_195_208_020_135.0), "? !identity-number-cell"),
            // 150199195208020000 would need the check digit of its own; this one has it and is refused all the same.
            (In::N(110_105_194_912_310_000.0), "? !identity-number-cell"),
            (In::F(150_199_195_208_020_135.0, "0"), "? !identity-number-cell"),
            (In::N(150_199_520_802_013.0), "? !identity-number-cell"),
            (In::N(12_345.0), "? !identity-number-cell"),
            (In::Flag(true), "? !identity-number-cell"),
            (In::Formula("=A9", "A1"), "? !identity-length"),
            // A cached number is a number.
            (In::Formula("=A9", ONE), "? !identity-number-cell"),
            (t("1.50199E+17"), "? !identity-length"),
        ],
    );
    table(
        "old-age",
        "account_no",
        &[
            (In::N(1_234_567_890_123_456.0), " !account-number-cell"),
            (In::N(6_299_990_000_000_109_672.0), " !account-number-cell"),
            (In::N(123_456_789_012_345.0), "123456789012345 ~account-number-cell-short"),
            (In::N(1_234_567_890.0), "1234567890 ~account-number-cell-short"),
            (In::N(12_345_678_901.5), " !account-number-cell"),
            (In::N(-1_234_567_890.0), " !account-number-cell"),
            (t("6299 9900 0000 0109 672"), "6299990000000109672"),
            (t("６２９９９９００００００００１０９６７２"), "62999900000000109672"),
            (t("'050000000000017"), "050000000000017"),
            (t("=\"050000000000017\""), "050000000000017"),
            // A letter that looks like a digit stands for one nobody can be sure of; letters of a bank are kept.
            (t("622848000000012O"), " !account-letter-for-digit"),
            (t("622848000000012l"), " !account-letter-for-digit"),
            (t("I22848000000012"), " !account-letter-for-digit"),
            (t("OSA622848000000012"), "OSA622848000000012 ~account-with-letters"),
            (t("622848000000012A"), "622848000000012A ~account-with-letters"),
            (t("622848E13"), " !account-unreadable"),
            (t("现金"), " !account-unreadable"),
            (t("6.29999E+18"), " !account-unreadable"),
            (t("6299****0672"), " !account-unreadable"),
            (t("6299990000000109672\n"), "6299990000000109672"),
            // Two accounts are not one.
            (t("050000000000017\n050000000000025"), " !account-unreadable"),
            (t("050000000000017 050000000000025"), " !account-unreadable"),
            (t("050000000000017、050000000000025"), " !account-unreadable"),
            (t(""), ""),
        ],
    );
}

#[test]
fn rule_11_identity_numbers() {
    let x = "11010519491231002X";
    let mut cases: Vec<(In, String)> = Vec::new();
    for good in [
        "11010519491231002X",
        "11010519491231002x",
        "１１０１０５１９４９１２３１００２ｘ",
        " 110105 19491231 002X ",
        "110105\u{3000}19491231\u{A0}002X",
        "110105\n19491231\r\n002X",
        "110105\t19491231\t002X",
        "110105\u{200B}19491231\u{FEFF}002\u{2060}X",
        "110105-19491231-002X",
        "110105—19491231–002X",
        "身份证：11010519491231002X",
        "身份证号: 11010519491231002X",
        "身份证号码：11010519491231002X",
        "'11010519491231002X",
        "=\"11010519491231002X\"",
    ] {
        cases.push((t(good), x.to_owned()));
    }
    for (bad, code) in [
        ("11010519491231002*", "identity-characters"),
        ("110105********002X", "identity-characters"),
        ("11010519491231002×", "identity-characters"),
        ("11010519491231002Х", "identity-characters"),
        ("11O10519491231002X", "identity-characters"),
        ("110105194912310021", "identity-check-digit"),
        ("110105194902300021", "identity-date"),
        ("110105189912310020", "identity-date"),
        ("110105230301010027", "identity-date"),
        ("110105491231002", "identity-fifteen"),
        ("11010519491231002", "identity-length"),
        ("11010519491231002X1", "identity-length"),
        ("无", "identity-length"),
        ("护照E12345678", "identity-length"),
    ] {
        cases.push((t(bad), format!("? !{code}")));
    }
    for permit in ["810000199408230021", "830000199201300022"] {
        cases.push((t(permit), permit.to_owned()));
    }
    cases.push((In::Blank, "? !identity-blank".to_owned()));
    cases.push((t(" \u{200B}\u{3000}"), "? !identity-blank".to_owned()));
    let cases: Vec<(In, &str)> =
        cases.iter().map(|(cell, expected)| (cell.clone(), expected.as_str())).collect();
    table("old-age", "resident_id", &cases);
}

#[test]
fn rule_11_a_birth_date_column_that_differs_is_a_warning() {
    for (cell, expected) in [
        (t("1952-08-02"), ONE.to_owned()),
        (t("1952.8"), ONE.to_owned()),
        (t(""), ONE.to_owned()),
        (In::Day("1952-08-02", "yyyy-mm-dd"), ONE.to_owned()),
        (t("1952-08-03"), format!("{ONE} ~birth-differs")),
        (t("1952.9"), format!("{ONE} ~birth-differs")),
        (In::Day("1952-08-12", "yyyy-mm-dd"), format!("{ONE} ~birth-differs")),
    ] {
        let mut rows = with_cell("old-age", "resident_id", t(ONE), None);
        rows[0].push(t("出生日期"));
        rows[1].push(cell.clone());
        assert_eq!(as_read("old-age", "resident_id", "old-age.xlsx", &xlsx(&rows)), expected, "{cell:?}");
    }
}

#[test]
fn rule_12_months_and_days() {
    let mut cases: Vec<(In, String)> = Vec::new();
    for month in [
        "2022.2",
        "2022.02",
        "2022-2",
        "2022-02",
        "2022/2",
        "2022/02",
        "2022年2月",
        "2022年02月",
        "202202",
        "２０２２．２",
        "２０２２年２月",
        " 2022 年 2 月 ",
        "2022 . 2",
        "2022.2.15",
        "2022-02-15",
        "2022/2/15",
        "2022年2月15日",
        "20220215",
        "2022-02-15 00:00:00",
        "2022/2/15 0:00:00",
        "2022-02-15T00:00:00",
    ] {
        cases.push((t(month), "2022-02".to_owned()));
    }
    cases.push((t("2022.1"), "2022-01 [csv] ~date-point-month".to_owned()));
    cases.push((t("2022.10"), "2022-10 [csv] ~date-point-month".to_owned()));
    for (number, format, read) in [
        (2022.1, "General", "? !date-ambiguous"),
        (2022.1, "0.0", "? !date-ambiguous"),
        (2022.1, "0.00", "2022-10"),
        (2022.01, "General", "2022-01"),
        (2022.02, "0.00", "2022-02"),
        (2022.2, "General", "2022-02"),
        (2022.12, "General", "2022-12"),
        (2022.13, "General", "? !date-unreadable"),
        (2022.2, "0.00", "? !date-unreadable"),
        (202_202.0, "General", "2022-02"),
        (20_220_215.0, "General", "2022-02"),
        (44_607.0, "General", "? !date-unreadable"),
        (2022.0, "General", "? !date-unreadable"),
    ] {
        cases.push((In::F(number, format), read.to_owned()));
    }
    for format in
        ["yyyy-mm-dd", "yyyy\"年\"m\"月\"", "yyyy/m", "m/d/yyyy", "yyyy\\.mm", "mmm-yy", "yyyy-mm-dd hh:mm"]
    {
        cases.push((In::Day("2022-02-15", format), "2022-02".to_owned()));
    }
    // A day cell that holds nothing but a nought.
    cases.push((In::F(0.0, "yyyy-mm-dd"), "? !date-unreadable".to_owned()));
    for bad in [
        "22.2",
        "22年2月",
        "2022",
        "2022年",
        "44607",
        "二〇二二年二月",
        "二零二二年2月",
        "Feb-22",
        "2月",
        "2022.1-2022.5",
        "2022-02至2022-05",
        "2022.13",
        "2022-00",
        "2022-02-30",
        "2022.2.15.1",
        "2022-02-15 08:30:00",
        "长期",
        "至今",
        "-",
        "/",
        "1899-12",
        "2022?02",
        "20220230",
        "2022022",
    ] {
        cases.push((t(bad), "? !date-unreadable".to_owned()));
    }
    cases.push((In::Blank, "? !needed-blank".to_owned()));
    let cases: Vec<(In, &str)> = cases.iter().map(|(cell, read)| (cell.clone(), read.as_str())).collect();
    table("old-age", "first_month", &cases);
}

#[test]
fn rule_12_a_date_field_needs_its_day_and_an_open_end_is_no_end() {
    table(
        "old-age",
        "verified_on",
        &[
            (t("2022.2.15"), "2022-02-15"),
            (t("2022年2月15日"), "2022-02-15"),
            (t("20220215"), "2022-02-15"),
            (In::Day("2022-02-15", "yyyy-mm-dd"), "2022-02-15"),
            (In::N(20_220_215.0), "2022-02-15"),
            (t("2022.2"), "? !date-without-day"),
            (t("202202"), "? !date-without-day"),
            // Not an end date.
            (t("长期"), "? !date-unreadable"),
        ],
    );
    table(
        "old-age",
        "last_month",
        &[
            (t("长期"), ""),
            (t("至今"), ""),
            (t(" 长 期 "), ""),
            (t(""), ""),
            (t("2023.1"), "2023-01 [csv] ~date-point-month"),
            (t("无"), "? !date-unreadable"),
            (t("停"), "? !date-unreadable"),
        ],
    );
    table(
        "disability",
        "certificate_until",
        &[(t("长期"), ""), (t("2030-01-31"), "2030-01-31"), (t("2030-01"), "? !date-without-day")],
    );
    table("children", "in_school_until", &[(t("至今"), ""), (t("2024.6"), "2024-06")]);
}

#[test]
fn rule_12_day_cells_of_a_workbook_that_counts_from_1904() {
    let rows = with_cell("old-age", "first_month", In::F(43_145.0, "yyyy-mm-dd"), None);
    let bytes = edited(&xlsx(&rows), "xl/workbook.xml", |text| {
        text.replace("<workbookPr", "<workbookPr date1904=\"1\"")
    });
    // 43145 days after 1904-01-01.
    assert_eq!(as_read("old-age", "first_month", "old-age.xlsx", &bytes), "2022-02");
    let bytes = xlsx(&rows);
    assert_eq!(as_read("old-age", "first_month", "old-age.xlsx", &bytes), "2018-02");
}

#[test]
fn rule_12_day_cells_of_an_old_workbook_that_counts_from_1904() {
    let mut bytes =
        std::fs::read(crate::bureau::repository().join("fixtures/forms/old-age-forms.xls")).unwrap();
    let days = |bytes: &[u8]| -> Vec<String> {
        let roster = disburse::intake::roster_of(super::rulebook(), "old-age.xls").unwrap();
        let read = super::read("old-age.xls", bytes);
        // The rows whose first month stands in a day cell, and the one with a day of certification.
        let of = |row: u32, field: &str| {
            let claim = read.claims.iter().find(|claim| claim.source.row == row).unwrap();
            super::value(roster, claim, field)
        };
        vec![of(11, "first_month"), of(12, "first_month"), of(22, "verified_on")]
    };
    assert_eq!(days(&bytes), ["2022-02", "2022-02", "2022-02-15"]);
    // The record DATEMODE says from which year the workbook counts: the same numbers are 1,462 days later.
    let record = [0x22, 0, 2, 0, 0, 0];
    let at = bytes.windows(record.len()).position(|window| window == record).unwrap();
    bytes[at + 4] = 1;
    assert_eq!(days(&bytes), ["2026-02", "2026-02", "2026-02-16"]);
}

#[test]
fn rule_13_amounts() {
    table(
        "old-age",
        "declared_amount",
        &[
            (t("841"), "841.00"),
            (t("841.5"), "841.50"),
            (t("841.50"), "841.50"),
            (t("841.500"), "841.50"),
            (t("1,234.50"), "1234.50"),
            (t("1，234.50"), "1234.50"),
            (t("1,234,567.89"), "1234567.89"),
            (t("１，２３４．５"), "1234.50"),
            (t("¥841"), "841.00"),
            (t("￥841.00"), "841.00"),
            (t("¥ 841"), "841.00"),
            (t("841元"), "841.00"),
            (t("841 元"), "841.00"),
            (t(" 841 "), "841.00"),
            (t("841\u{200B}"), "841.00"),
            (t("0"), "0.00"),
            (t("0.00"), "0.00"),
            (t(""), ""),
            (t("12.485万元"), "124850.00"),
            (t("12.485 万元"), "124850.00"),
            (t("887+2674"), "3561.00 ~amount-sum"),
            (t("691090+52281"), "743371.00 ~amount-sum"),
            (t("887 + 2674"), "3561.00 ~amount-sum"),
            (t("100.5＋0.25"), "100.75 ~amount-sum"),
            (In::N(841.0), "841.00"),
            (In::N(841.1), "841.10"),
            (In::N(0.1 + 0.2), "0.30"),
            (In::N(1234.56), "1234.56"),
            (In::F(1234.5, "#,##0.00"), "1234.50"),
            (In::F(1234.5, "¥#,##0.00"), "1234.50"),
            (In::F(12.485, "0.000\"万元\""), "124850.00"),
            // A guard of a spreadsheet comes off; what the format turns into another figure is neither.
            (t("'1000"), "1000.00"),
            (t("=\"1000\""), "1000.00"),
            (In::F(8.41, "0%"), "? !number-shown-otherwise"),
            (In::F(8.41, "0.00%"), "? !number-shown-otherwise"),
            (In::F(841_000.0, "#,##0,"), "? !number-shown-otherwise"),
            (In::F(8410.0, "0!.0"), "? !number-shown-otherwise"),
            (In::F(841.0, "#,##0.00_);[Red]\\(#,##0.00\\)"), "841.00"),
            (In::F(841.0, "_ * #,##0.00_ ;_ * \\-#,##0.00_ ;_ * \"-\"??_ ;_ @_ "), "841.00"),
            (In::F(841.0, "\"¥\"#,##0.00"), "841.00"),
            (In::F(841.0, "0.00\"元\""), "841.00"),
            (In::Formula("=400+441", "841"), "841.00"),
            (In::Formula("=A9*1.1", "0.1"), "0.10"),
            // Shows two decimals and holds three.
            (In::F(841.125, "0.00"), "? !amount-precision"),
            (In::F(841.001, "0"), "? !amount-precision"),
            (t("841.125"), "? !amount-precision"),
            (t("0.0000015万元"), "? !amount-precision"),
            (t("-5"), "? !amount-negative"),
            (t("−5"), "? !amount-negative"),
            (t("(5)"), "? !amount-negative"),
            (In::N(-5.0), "? !amount-negative"),
            (t("1E3"), "? !amount-unreadable"),
            (t("1e3"), "? !amount-unreadable"),
            (t("-"), "? !amount-unreadable"),
            (t("—"), "? !amount-unreadable"),
            (t("无"), "? !amount-unreadable"),
            (t("12,34"), "? !amount-unreadable"),
            (t("1,2345"), "? !amount-unreadable"),
            (t("841.5.0"), "? !amount-unreadable"),
            (t("10-3"), "? !amount-unreadable"),
            (t("10*3"), "? !amount-unreadable"),
            (t("10×3"), "? !amount-unreadable"),
            (t("5+"), "? !amount-unreadable"),
            (t("+5"), "? !amount-unreadable"),
            (t("5+-3"), "? !amount-unreadable"),
            (t("2342补差"), "? !amount-unreadable"),
            (t("约841"), "? !amount-unreadable"),
            // Two figures in one cell are not one figure.
            (t("887 2674"), "? !amount-unreadable"),
            (t("887\n2674"), "? !amount-unreadable"),
            (t("1 234.50"), "? !amount-unreadable"),
            (t("1.5+2万元"), "? !amount-unreadable"),
            (In::Day("2022-02-15", "yyyy-mm-dd"), "? !amount-unreadable"),
            (In::Flag(true), "? !amount-unreadable"),
            (In::Formula("=1/0", "#DIV/0!"), "? !cell-error"),
        ],
    );
    table(
        "dibao",
        "monthly_income",
        &[
            (t("0"), "0.00"),
            (t(""), "? !needed-blank"),
            (t("-"), "? !amount-unreadable"),
            (t("无"), "? !amount-unreadable"),
        ],
    );
}

#[test]
fn rule_13_a_formula_that_was_never_computed_is_an_error() {
    let rows = with_cell("old-age", "declared_amount", In::Formula("=400+441", "841"), None);
    let bare = |text: String| text.replace("<v>841</v>", "");
    let bytes = edited(&xlsx(&rows), "xl/worksheets/sheet1.xml", bare);
    assert_eq!(as_read("old-age", "declared_amount", "old-age.xlsx", &bytes), "? !formula-without-value");
    let rows = with_cell("old-age", "resident_id", In::Formula("=A9", ONE), None);
    let bare = |text: String| text.replace(&format!("<v>{ONE}</v>"), "");
    let bytes = edited(&xlsx(&rows), "xl/worksheets/sheet1.xml", bare);
    assert_eq!(as_read("old-age", "resident_id", "old-age.xlsx", &bytes), "? !formula-without-value");
}

#[test]
fn rule_14_units_of_cell_header_and_row() {
    let judge = |header: &str, above: Option<&str>, cell: In, expected: &str| {
        let mut rows = with_cell("dibao", "monthly_income", cell.clone(), Some(header));
        if let Some(above) = above {
            // The findings' row is then 3.
            rows.insert(0, texts(&["", above]));
        }
        let found = {
            let read = super::read("dibao.xlsx", &xlsx(&rows));
            let roster = disburse::intake::roster_of(super::rulebook(), "dibao.xlsx").unwrap();
            let said = super::said(&read.findings);
            let value = super::value(roster, &read.claims[0], "monthly_income");
            if said.is_empty() { value } else { format!("{value} {}", said.join(" ")) }
        };
        assert_eq!(found, expected, "{header} / {above:?} / {cell:?}");
    };
    judge("月收入", None, t("1.5万元"), "15000.00");
    judge("月收入（元）", None, t("841"), "841.00");
    judge("月收入（万元）", None, t("0.0841"), "841.00");
    judge("月收入(万元)", None, In::N(0.0841), "841.00");
    judge("月收入", Some("单位：万元"), t("0.0841"), "841.00");
    judge("月收入", Some("单位:元"), t("841"), "841.00");
    judge("月收入", Some("（单位：人、元）"), t("841"), "841.00");
    judge(
        "月收入",
        Some("填报单位：新城区民政局   金额单位：万元   填报日期：2023年2月"),
        t("0.0841"),
        "841.00",
    );
    judge("月收入（万元）", None, t("0.0841万元"), "841.00");
    judge("月收入（万元）", Some("单位：万元"), t("0.0841"), "841.00");
    // Two that disagree.
    judge("月收入（万元）", None, t("841元"), "? unit-disagrees");
    judge("月收入（元）", None, t("0.0841万元"), "? unit-disagrees");
    judge("月收入（万元）", Some("单位：元"), t("0.0841"), "? unit-disagrees");
    judge("月收入（元）", Some("单位：万元"), t("0.0841"), "? unit-disagrees");
    judge("月收入（元）", None, In::F(0.0841, "0.0000\"万元\""), "? unit-disagrees");
    judge("月收入（元/月）", Some("单位：元/年"), t("841"), "? unit-disagrees");
    // A year's amount becomes a month's, half-up to the fen.
    judge("年收入（元）", None, t("1000"), "83.33");
    judge("年收入（元）", None, t("9688"), "807.33");
    judge("月收入（元/年）", None, t("1000"), "83.33");
    judge("年收入（万元）", None, t("0.1"), "83.33");
    judge("年收入", None, t("0.1万元"), "83.33");
    // A unit in a title, alone in brackets, without its colon.
    for above in ["2023年2月低保金发放表（万元）", "（万元）", "单位 万元", "单位：人、万元"]
    {
        judge("月收入", Some(above), t("0.0841"), "841.00");
    }
    judge("月收入", Some("2023年2月低保金发放表（元）"), t("841"), "841.00");
    // Neither 元 nor 万元 for certain: nothing is guessed, except where the column says it itself.
    for above in ["单位：千元", "单位：元、万元", "发放表（千元）"] {
        judge("月收入", Some(above), t("0.0841"), "? unit-disagrees");
    }
    judge("月收入（万元）", Some("单位：元、万元"), t("0.0841"), "841.00");
    judge("月收入（千元）", None, t("0.841"), "? unit-disagrees");
    judge("月收入（元）", Some("单位：千元"), t("841"), "? unit-disagrees");
    // A format that scales what it shows says nothing certain of the cell.
    judge("月收入", None, In::F(0.0841, "#,##0.0000\"万元\""), "841.00");
    for format in ["0!.0,\"万元\"", "0\\.0,\"万\"", "[>=10000]0!.0,\"万\";0", "0\"千元\"", "0,\"万\""]
    {
        judge("月收入", None, In::F(12345.0, format), "? unit-disagrees");
    }
    // 万元 over whole numbers from 100 on.
    judge("月收入（万元）", None, t("841"), "? unit-implausible");
    judge("月收入（万元）", None, t("99"), "990000.00");
    judge("月收入", Some("单位：万元"), t("100"), "? unit-implausible");
    judge("月收入", Some("单位：万元"), t("100.5"), "1005000.00");
}

#[test]
fn rule_14_noughts_do_not_make_a_column_of_ten_thousands_plausible() {
    let mut rows = with_cell("dibao", "monthly_income", t("841"), Some("月收入（万元）"));
    let mut second = rows[1].clone();
    second[0] = t(super::TWO);
    let income = rows[0].iter().position(|cell| *cell == t("月收入（万元）")).unwrap();
    second[income] = t("0");
    rows.push(second);
    let read = super::read("dibao.csv", &csv(&rows));
    assert_eq!(super::said(&read.findings), ["unit-implausible"]);
}

#[test]
fn rule_15_words_of_the_field() {
    table(
        "dibao",
        "hukou",
        &[
            (t("城镇"), "urban"),
            (t("城市"), "urban"),
            (t("非农业"), "urban"),
            (t("农业"), "rural"),
            (t("农村"), "rural"),
            (t(" 农 村 "), "rural"),
            (t("农村\u{200B}"), "rural"),
            (t("rural"), "rural"),
            (t("ｕｒｂａｎ"), "urban"),
            (t("郊区"), "? !code-unknown"),
            (t(""), "? !needed-blank"),
        ],
    );
    table(
        "old-age",
        "status",
        &[
            (t("正常"), "active"),
            (t("active"), "active"),
            (t("已停发"), "stopped"),
            (t("暂停"), "suspended"),
            (t(""), "? !needed-blank"),
            (t(" "), "? !needed-blank"),
            (t("√"), "? !code-unknown"),
            (In::N(1.0), "? !code-unknown"),
        ],
    );
    table(
        "tekun",
        "support",
        &[
            (t("分散供养"), "dispersed"),
            (t("集中供养"), "centralised"),
            (t("centralised"), "centralised"),
            (t("其他"), "? !code-unknown"),
        ],
    );
    table(
        "dibao",
        "disability_kind",
        &[(t("肢体残疾"), "肢体"), (t("肢体"), "肢体"), (t("肢残"), "? !code-unknown")],
    );
    table(
        "dibao",
        "disability_grade",
        &[
            (t("1级"), "1"),
            (t("壹级"), "1"),
            (t("一级"), "1"),
            (t("１级"), "1"),
            (t("4"), "4"),
            (In::N(4.0), "4"),
            (t("5"), "? !number-bounds"),
            (t("0"), "? !number-bounds"),
            (t("重度"), "? !number-unreadable"),
            (t("1 2"), "? !number-unreadable"),
            (t(""), ""),
        ],
    );
    table(
        "meals",
        "meals",
        &[
            (t("22"), "22"),
            (t("22次"), "? !number-unreadable"),
            (In::N(22.0), "22"),
            (In::N(22.5), "? !number-unreadable"),
            (t("-1"), "? !number-unreadable"),
            (t("2 2"), "? !number-unreadable"),
        ],
    );
    table(
        "dibao",
        "serious_illness",
        &[
            (t("是"), "是"),
            (t("否"), "否"),
            (t(""), "否"),
            (In::Flag(true), "是"),
            (t("可能"), "? !code-unknown"),
        ],
    );
    table(
        "dibao",
        "relation",
        &[
            (t("户主"), "户主!"),
            (t("本人"), "本人!"),
            (t("配偶"), "配偶"),
            (t("户 主"), "户 主!"),
            (t(""), " !needed-blank"),
        ],
    );
}

#[test]
fn rule_16_names() {
    table(
        "old-age",
        "name",
        &[
            (t("赵超军"), "赵超军"),
            (t(" 赵超军\n"), "赵超军"),
            (t("赵\n超军"), "赵超军"),
            (t("赵超\u{200B}军"), "赵超军"),
            (t("张 三"), "张三"),
            (t("张\u{3000}三"), "张三"),
            (t("张\u{A0}三"), "张三"),
            (t("王 小明"), "王小明"),
            (t("欧阳 小明"), "欧阳·小明"),
            (t("阿拉坦 萨仁"), "阿拉坦·萨仁"),
            (t("阿拉坦•萨仁"), "阿拉坦·萨仁"),
            (t("阿拉坦・萨仁"), "阿拉坦·萨仁"),
            (t("阿拉坦‧萨仁"), "阿拉坦·萨仁"),
            (t("阿拉坦．萨仁"), "阿拉坦·萨仁"),
            (t("阿拉坦.萨仁"), "阿拉坦·萨仁"),
            (t("阿拉坦·萨仁"), "阿拉坦·萨仁"),
            (t("J.Smith"), "J.Smith"),
            (t("John Smith"), "John Smith"),
            (t("㼆䶮"), "㼆䶮"),
            (t("𠮷田"), "𠮷田"),
            (t("张三（监护人）"), "张三（监护人） ~name-brackets"),
            (t("张三(监护人)"), "张三(监护人) ~name-brackets"),
            (t("张*"), " !name-masked"),
            (t("张＊三"), " !name-masked"),
            (t("张某"), " !name-masked"),
            (t("张某某"), " !name-masked"),
            (t("张?"), " !name-unreadable"),
            (t("张？三"), " !name-unreadable"),
            (t("张\u{E863}"), " !name-unreadable"),
            (t("张\u{FFFD}"), " !name-unreadable"),
            (t(""), " !needed-blank"),
            (In::N(12.0), " !name-unreadable"),
        ],
    );
    // What Excel writes for a carriage return in a cell.
    let rows = with_cell("old-age", "name", t("赵超军QQQ"), None);
    let bytes = edited(&xlsx(&rows), "xl/sharedStrings.xml", |text| text.replace("QQQ", "_x000D_"));
    assert_eq!(as_read("old-age", "name", "old-age.xlsx", &bytes), "赵超军");
    // How a name is said is no part of it.
    let bytes = edited(&xlsx(&rows), "xl/sharedStrings.xml", |text| {
        text.replace(
            "<t>赵超军QQQ</t>",
            "<r><t>赵超</t></r><r><t>军</t></r><rPh sb=\"0\" eb=\"1\"><t>ZHAO</t></rPh>",
        )
    });
    assert_eq!(as_read("old-age", "name", "old-age.xlsx", &bytes), "赵超军");
}

#[test]
fn rule_17_bank_account_and_township() {
    table(
        "old-age",
        "bank",
        &[
            (t("内蒙古银行"), "内蒙古银行"),
            (t(" 内蒙古银行 "), "内蒙古银行"),
            (t("某某信用社"), "某某信用社"),
            (t(""), ""),
        ],
    );
    table(
        "old-age",
        "account_name",
        &[(t("赵超军"), "赵超军"), (t("赵 超军"), "赵 超军"), (t("赵*军"), " !name-masked"), (t(""), "")],
    );
    table(
        "old-age",
        "township",
        &[
            (t("西街街道"), "西街街道"),
            (t("西街街道办事处"), "西街街道"),
            (t("150102005"), "西街街道"),
            (In::N(150_102_005.0), "西街街道"),
            (t("西街 街道"), "西街街道"),
            (t("新城区西街街道"), "西街街道"),
            (t("某某镇"), "?某某镇 ~township-unknown"),
        ],
    );
}
