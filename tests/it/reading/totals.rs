//! READING 18: declared totals beside the rows.

use disburse::domain::Severity;

use super::{In, ONE, TWO, csv, read, t, texts, xlsx};

/// `姓名, 身份证号, 状态, 最初享受月份, 核定金额` and whatever follows.
fn list(rows: &[&[&str]]) -> Vec<Vec<In>> {
    let mut all = vec![texts(&["姓名", "身份证号", "状态", "最初享受月份", "核定金额"])];
    all.extend(rows.iter().map(|row| texts(row)));
    all
}

const A: [&str; 5] = ["赵超军", ONE, "正常", "2019-06", "100"];
const B: [&str; 5] = ["孙学祥", TWO, "正常", "2019-06", "100.50"];
const BAD: [&str; 5] = ["周吴", "150199194403011011", "正常", "2019-06", "50"];

/// What is said of totals: sign of the code, place and the two figures.
fn judged(rows: &[Vec<In>]) -> Vec<String> {
    let of = |name: &str, bytes: &[u8]| -> Vec<String> {
        let read = read(name, bytes);
        read.findings
            .iter()
            .filter(|finding| finding.code.starts_with("total-"))
            .map(|finding| {
                let argument = |blank: &str| {
                    finding
                        .arguments
                        .iter()
                        .find(|(name, _)| *name == blank)
                        .map_or("", |(_, value)| value.as_str())
                };
                let mark = if finding.severity == Severity::Info { "" } else { "~" };
                format!(
                    "{mark}{} {}{} {} {}",
                    finding.code.trim_start_matches("total-"),
                    finding.place.column.split(' ').next().unwrap_or(""),
                    finding.place.row,
                    argument("declared"),
                    argument("counted")
                )
            })
            .collect()
    };
    let text = of("old-age.csv", &csv(rows));
    assert_eq!(text, of("old-age.xlsx", &xlsx(rows)));
    text
}

#[test]
fn a_total_agrees_or_both_figures_are_said() {
    assert_eq!(judged(&list(&[&A, &B, &["合计", "", "", "", "200.50"]])), ["agrees E4 200.50 200.5"]);
    assert_eq!(judged(&list(&[&A, &B, &["合　 计", "", "", "", "200.5元"]])), ["agrees E4 200.5元 200.5"]);
    assert_eq!(judged(&list(&[&A, &B, &["总计：", "", "", "", "201"]])), ["~differs E4 201 200.5"]);
    assert_eq!(
        judged(&list(&[&A, &B, &["合计", "", "", "", "0.02005万元"]])),
        ["agrees E4 0.02005万元 200.5"]
    );
    assert_eq!(judged(&list(&[&A, &B, &["合计", "", "", "", "0.02万元"]])), ["~differs E4 0.02万元 200.5"]);
}

#[test]
fn rows_set_aside_count_too() {
    assert_eq!(
        judged(&list(&[&A, &BAD, &["合计", "2人", "", "", "150"]])),
        ["agrees B4 2人 2", "agrees E4 150 150"]
    );
    assert_eq!(
        judged(&list(&[&A, &BAD, &["合计", "1人", "", "", "100"]])),
        ["~differs B4 1人 2", "~differs E4 100 150"]
    );
}

#[test]
fn a_subtotal_is_over_its_block_and_a_grand_total_over_all_since_the_last() {
    let rows = list(&[
        &A,
        &["小计", "", "", "", "100"],
        &B,
        &["小计", "", "", "", "100.5"],
        &["合计", "2人", "", "", "200.5"],
        &A,
        &["合计", "1人", "", "", "100"],
        &["总计", "3人", "", "", "300.5"],
    ]);
    assert!(judged(&rows).iter().all(|said| said.starts_with("agrees")), "{:?}", judged(&rows));
    let rows = list(&[&A, &["小计", "", "", "", "100"], &B, &["小计", "", "", "", "200.5"]]);
    assert_eq!(judged(&rows), ["agrees E3 100 100", "~differs E5 200.5 100.5"]);
}

#[test]
fn a_total_that_stands_under_no_column_of_numbers_is_said_and_is_no_mismatch() {
    // The row of a total has fewer cells: everything stands one column to the left.
    let rows = list(&[&A, &B, &["合计", "", "", "200.50", ""]]);
    assert_eq!(judged(&rows), ["~unplaced D4 200.50 "]);
    // Even under the identity numbers it is nobody's.
    let rows = list(&[&A, &B, &["合计", "116724", "", "", ""]]);
    assert_eq!(judged(&rows), ["~unplaced B4 116724 "]);
    let read = read("old-age.csv", &csv(&rows));
    assert_eq!(read.claims.len(), 2);
}

#[test]
fn a_count_and_a_sum_in_one_cell_are_both_looked_at() {
    let said = |label: &str| judged(&list(&[&A, &B, &[label, "", "", "", ""]]));
    assert_eq!(said("合计：2人 200.50元"), ["agrees A4 合计:2人200.50元 2"]);
    assert_eq!(
        said("合计：2人，共300元"),
        ["agrees A4 合计:2人,共300元 2", "~unplaced A4 合计:2人,共300元 "]
    );
    assert_eq!(said("合计：3人 200.50元"), ["~differs A4 合计:3人200.50元 2"]);
}

#[test]
fn a_total_row_is_found_where_its_word_is_not_in_the_first_column() {
    let mut rows = list(&[&A, &B]);
    rows.push(vec![In::Blank, t("合计"), In::Blank, In::Blank, t("200.50")]);
    assert_eq!(judged(&rows), ["agrees E4 200.50 200.5"]);
    for word in ["合计（大写）", "总 计", "共计", "本页小计", "合计人数", "西街街道小计"]
    {
        let rows = list(&[&A, &B, &[word, "", "", "", "200.50"]]);
        assert_eq!(judged(&rows), ["agrees E4 200.50 200.5"], "{word}");
    }
}

#[test]
fn a_column_of_no_field_is_summed_too() {
    let mut rows = list(&[&A, &B, &["合计", "", "", "", "200.50"]]);
    for (row, more) in rows.iter_mut().zip(["户数", "1", "2", "4"]) {
        row.push(t(more));
    }
    assert_eq!(judged(&rows), ["agrees E4 200.50 200.5", "~differs F4 4 3"]);
}

#[test]
fn the_total_below_a_refused_section_is_not_left_unsaid() {
    let rows = list(&[&A, &["二、停发人员", "", "", "", ""], &B, &["合计", "", "", "", "999"]]);
    assert_eq!(judged(&rows).len(), 1);
    assert!(judged(&rows)[0].starts_with("~differs E5 999"), "{:?}", judged(&rows));
    let rows = list(&[&A, &["二、停发人员", "", "", "", ""], &B, &["合计", "", "", "", "200.5"]]);
    assert_eq!(judged(&rows), ["agrees E5 200.5 200.5"]);
    // Or over those alone who are to be paid.
    let rows = list(&[&A, &["二、停发人员", "", "", "", ""], &B, &["合计", "", "", "", "100"]]);
    assert_eq!(judged(&rows), ["agrees E5 100 100"]);
}
