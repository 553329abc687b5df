use super::rulebook::{AID, DIBAO, DISABILITY, OLD_AGE, rulebook};
use crate::domain::{Fault, Files, Money, Month, Severity, Township};
use crate::intake::{Cell, Input, Registers, Rejection, RosterRead, RowStatus, read_roster, roster_of};
use crate::policy::{Canonical, RosterId};

fn cycle() -> Month {
    Month::new(2023, 2).unwrap()
}

fn read_files(roster: RosterId, inputs: &[(&str, &[u8])]) -> (Result<RosterRead, Fault>, Files) {
    let inputs: Vec<Input<'_>> = inputs.iter().map(|(name, bytes)| Input { name, bytes }).collect();
    let mut files = Files::default();
    let read = read_roster(&rulebook(), roster, cycle(), cycle(), &inputs, &Registers::default(), &mut files);
    (read, files)
}

fn read(roster: RosterId, text: &str) -> RosterRead {
    let read = read_files(roster, &[("list.csv", text.as_bytes())]).0.unwrap();
    assert!(read.border.balances(), "{:?}", read.border);
    read
}

/// Code, row, column of everything but what is said for the record.
fn said(read: &RosterRead) -> Vec<(&'static str, u32, String)> {
    read.findings
        .iter()
        .filter(|finding| finding.severity != Severity::Info)
        .map(|finding| (finding.code, finding.place.row, finding.place.column.to_string()))
        .collect()
}

const HEADER: &str =
    "身份证号,姓名,乡镇街道,最初享受月份,停发月份,状态,核定金额,开户银行,银行账号,账户名称\n";

fn old_age(rows: &str) -> RosterRead {
    read(OLD_AGE, &format!("{HEADER}{rows}"))
}

#[test]
fn a_plain_roster_becomes_claims() {
    let read = old_age(
        "150199195208020135,赵超军,西街街道,2019-06,,正常,100.00,内蒙古银行,050000000000017,赵超军\n\
         150199194309280134,孙学祥,保合少镇,2022-06,2023-01,停发,,内蒙古银行,6299990000000109672,孙学祥\n",
    );
    assert_eq!(said(&read), []);
    let claim = &read.claims[0];
    assert_eq!(claim.rejected, None);
    assert_eq!(claim.resident.unwrap().to_string(), "150199195208020135");
    assert_eq!((claim.name.as_str(), &claim.township), ("赵超军", &Township::Known(0)));
    assert_eq!(claim.first_month, Cell::Month(Month::new(2019, 6).unwrap()));
    assert_eq!((&claim.last_month, claim.status), (&Cell::Empty, Some(RowStatus::Active)));
    assert_eq!(claim.declared_amount, Cell::Money(Money::from_fen(10_000)));
    assert_eq!(claim.account.number, "050000000000017");
    let second = &read.claims[1];
    assert_eq!((second.status, second.source.row), (Some(RowStatus::Stopped), 3));
    assert_eq!(second.last_month, Cell::Month(Month::new(2023, 1).unwrap()));
    assert_eq!((read.border.entered.count, read.border.out.count), (2, 2));
}

#[test]
fn a_wrong_number_a_blank_status_and_a_bad_month_reject_the_row_each_with_its_place() {
    let read = old_age(
        "150199195208020136,赵超军,西街街道,2019-06,,正常,,,,\n\
         150199195208020135,赵超军,西街街道,2019-06,, ,,,,\n\
         150199195208020135,赵超军,西街街道,二〇一九年,,正常,,,,\n\
         ,赵超军,西街街道,2019-06,,正常,,,,\n",
    );
    let rejected: Vec<Option<Rejection>> = read.claims.iter().map(|claim| claim.rejected).collect();
    assert_eq!(
        rejected,
        [
            Some(Rejection::IdentityNumber),
            Some(Rejection::Field(Canonical::Status.id())),
            Some(Rejection::Field(Canonical::FirstMonth.id())),
            Some(Rejection::IdentityNumber),
        ]
    );
    assert_eq!(
        said(&read),
        [
            ("identity-check-digit", 2, "A 身份证号".to_owned()),
            ("needed-blank", 3, "F 状态".to_owned()),
            ("date-unreadable", 4, "D 最初享受月份".to_owned()),
            ("identity-blank", 5, "A 身份证号".to_owned()),
        ]
    );
    assert_eq!(read.claims[0].id_written, "150199195208020136");
    assert_eq!((read.border.entered.count, read.border.out.count), (4, 0));
}

#[test]
fn a_record_with_another_number_of_cells_is_set_aside_unless_the_surplus_is_empty() {
    let read = old_age(
        "150199195208020135,赵超军,西街街道,2019-06,,正常,100,,\n\
         150199195208020135,赵超军,西街街道,2019-06,,正常,1,000,,,,x\n\
         150199195208020135,赵超军,西街街道,2019-06,,正常,100,,,,,\n",
    );
    let rejected: Vec<Option<Rejection>> = read.claims.iter().map(|claim| claim.rejected).collect();
    assert_eq!(rejected, [Some(Rejection::CellCount), Some(Rejection::CellCount), None]);
}

#[test]
fn an_unreadable_optional_field_is_missing_with_an_error() {
    let read = old_age("150199195208020135,赵超军,某镇,2019-06,停了,正常,1E3,,,\n");
    let claim = &read.claims[0];
    assert_eq!(
        (claim.rejected, &claim.last_month, &claim.declared_amount),
        (None, &Cell::Missing, &Cell::Missing)
    );
    assert_eq!(claim.township, Township::Unknown("某镇".into()));
    assert_eq!(
        said(&read),
        [
            ("township-unknown", 2, "C 乡镇街道".to_owned()),
            ("date-unreadable", 2, "E 停发月份".to_owned()),
            ("amount-unreadable", 2, "G 核定金额".to_owned()),
        ]
    );
}

#[test]
fn totals_are_compared_and_never_read_as_people() {
    let read = old_age(
        "150199195208020135,赵超军,西街街道,2019-06,,正常,100,,,\n\
         150199194309280134,孙学祥,保合少镇,2022-06,,正常,100.5,,,\n\
         合计,2人,,,,,200.50,,,\n\
         150199194309280134,孙学祥,保合少镇,2022-06,,正常,1,,,\n\
         合计,,,,,,2,,,\n",
    );
    assert_eq!(read.claims.len(), 3);
    assert_eq!(said(&read), [("total-differs", 6, "G 核定金额".to_owned())]);
    let agreed = read.findings.iter().filter(|finding| finding.code == "total-agrees").count();
    assert_eq!(agreed, 2);
}

#[test]
fn totals_follow_their_own_header() {
    let read = read(
        OLD_AGE,
        "姓名,身份证号,最初享受月份,状态,核定金额\n赵超军,150199195208020135,2019-06,正常,5\n小计,,,,5\n\
         核定金额,身份证号,最初享受月份,状态,姓名\n7,150199194309280134,2019-06,正常,孙学祥\n小计,1人,,,\n7,合计,,,\n",
    );
    assert!(said(&read).iter().all(|(code, _, _)| *code == "column-missing"), "{:?}", said(&read));
    assert_eq!(read.findings.iter().filter(|finding| finding.code == "total-agrees").count(), 3);
}

#[test]
fn rows_under_a_refusing_title_are_no_claims_and_one_finding_counts_them() {
    let read = old_age(
        "150199195208020135,赵超军,西街街道,2019-06,,正常,100,,,\n\
         二、不予保障人员,,,,,,,,,\n\
         150199194309280134,孙学祥,保合少镇,2022-06,,正常,100,,,\n\
         三、新增人员,,,,,,,,,\n\
         150199194309280134,孙学祥,保合少镇,2022-06,,正常,100,,,\n",
    );
    assert_eq!(read.claims.iter().map(|claim| claim.source.row).collect::<Vec<_>>(), [2, 6]);
    let refused = read.findings.iter().find(|finding| finding.code == "section-refused").unwrap();
    assert_eq!((refused.place.row, refused.arguments[1].1.as_str()), (3, "1"));
}

#[test]
fn a_header_again_may_move_its_columns() {
    let read = read(
        OLD_AGE,
        "姓名,身份证号,最初享受月份,状态\n\
         赵超军,150199195208020135,2019-06,正常\n\
         姓名,身份证号,状态,最初享受月份\n\
         孙学祥,150199194309280134,正常,2019-07\n",
    );
    assert_eq!(read.claims.len(), 2);
    assert_eq!(read.claims[1].first_month, Cell::Month(Month::new(2019, 7).unwrap()));
    assert_eq!(read.claims[1].rejected, None);
}

#[test]
fn two_columns_for_one_field_are_read_where_they_agree() {
    let read = read(
        OLD_AGE,
        "姓名,身份证号,身份证号码,最初享受月份,状态\n\
         赵超军,150199195208020135,'150199195208020135,2019-06,正常\n\
         孙学祥,150199194309280134,150199195208020135,2019-06,正常\n",
    );
    assert_eq!(read.claims[0].rejected, None);
    assert_eq!(read.claims[1].rejected, Some(Rejection::ColumnsDiffer));
}

#[test]
fn rows_swallowed_between_two_stray_marks_are_set_aside_each_on_its_own() {
    let read = old_age(
        "150199195208020135,\"赵超军,西街街道,2019-06,,正常,100,,,\n\
         150199194309280134,孙学祥,保合少镇,2022-06,,正常,1,,,\n\
         150199194309280134,孙学祥\",保合少镇,2022-06,,正常,1,,,\n\
         150199194309280134,孙学祥,\"保合\n少镇\",2022-06,,正常,1,,\n",
    );
    let rows: Vec<(u32, Option<Rejection>)> =
        read.claims.iter().map(|claim| (claim.source.row, claim.rejected)).collect();
    let aside = Some(Rejection::CellCount);
    assert_eq!(rows, [(2, aside), (3, aside), (4, aside), (5, aside)]);
    let broken = old_age("\"150199\n195208020135\",赵超军,西街街道,2019-06,,正常,100,,,\n");
    assert_eq!((broken.claims.len(), broken.claims[0].rejected), (1, None));
}

#[test]
fn a_second_column_of_a_field_that_is_empty_throughout_is_none() {
    let read = read(
        OLD_AGE,
        "姓名,身份证号,银行账号,一卡通账号,最初享受月份,状态,银行账号\n赵超军,150199195208020135,0588,,2019-06,正常,\n",
    );
    assert_eq!((read.claims[0].rejected, read.claims[0].account.number.as_str()), (None, "0588"));
}

#[test]
fn after_a_total_only_rows_of_somebody_are_rows() {
    let read = old_age(
        "150199195208020135,赵超军,西街街道,2019-06,,正常,100,,,\n\
         合计,,,,,,100,,,\n\
         ,经办人 李四,,2023-02,,,,,,\n\
         150199194309280134,孙学祥,保合少镇,2022-06,,正常,1,,,\n\
         ,周行,保合少镇,2022-06,,正常,1,内蒙古银行,0588,周行\n",
    );
    assert_eq!(read.claims.iter().map(|claim| claim.source.row).collect::<Vec<_>>(), [2, 5, 6]);
    assert_eq!(read.claims[2].rejected, Some(Rejection::IdentityNumber));
}

#[test]
fn tables_side_by_side_and_lists_without_identity_are_refused() {
    let refused = |text: &str| read_files(OLD_AGE, &[("list.csv", text.as_bytes())]).0.unwrap_err().code;
    assert_eq!(refused("姓名,身份证号,状态,姓名,身份证号,状态\n"), "file-side-by-side");
    assert_eq!(refused("姓名,身份证号,姓名,身份证号\n"), "file-side-by-side");
    assert_eq!(refused("姓名,状态,最初享受月份\n张三,正常,2019-06\n"), "file-no-identity-column");
    assert_eq!(refused("镇,户数,人数,合计\n西街,1,2,3\n"), "file-summary");
    assert_eq!(refused("你好\n"), "file-no-header");
    assert_eq!(refused(""), "file-empty");
    assert_eq!(refused("<html><table></table></html>"), "file-html");
}

#[test]
fn a_header_without_rows_is_an_empty_list_with_a_warning() {
    let read = old_age("");
    assert_eq!((read.claims.len(), said(&read)), (0, vec![("file-no-rows", 0, String::new())]));
}

#[test]
fn a_certificate_of_somebody_else_rejects_and_of_another_grade_defers() {
    let read = read(
        DISABILITY,
        "身份证号,姓名,乡镇街道,最初享受月份,状态,残疾类别,残疾等级,残疾证号\n\
         150199195208020135,赵超军,西街街道,2019-06,正常,肢体残疾,三级,15019919520802013543\n\
         150199195208020135,赵超军,西街街道,2019-06,正常,肢体,二级,15019919520802013543\n\
         150199195208020135,赵超军,西街街道,2019-06,正常,视力,3,15019919520802013543\n\
         150199195208020135,赵超军,西街街道,2019-06,正常,肢体,3,15019919430928013443\n",
    );
    let seen: Vec<(Option<Rejection>, bool)> =
        read.claims.iter().map(|claim| (claim.rejected, claim.incomplete)).collect();
    assert_eq!(seen, [(None, false), (None, true), (None, true), (Some(Rejection::Certificate), false)]);
}

#[test]
fn households_need_their_number_and_once_rosters_no_first_month() {
    let dibao = read(
        DIBAO,
        "身份证号,姓名,乡镇街道,最初享受月份,状态,家庭编号,与户主关系,户口性质,月收入,在校\n\
         150199195208020135,赵超军,西街街道,2019-06,正常,H 01,户主,城市,\"1,000.5\",\n\
         150199194309280134,孙学祥,西街街道,2019-06,正常,,之妻,城市,0,是\n",
    );
    let head = &dibao.claims[0];
    assert_eq!((head.household_id.as_str(), head.head, &head.hukou), ("H01", true, &Cell::Code(0)));
    assert_eq!(head.extra.as_ref(), [Cell::Money(Money::from_fen(100_050)), Cell::Flag(false)]);
    assert_eq!(dibao.claims[1].rejected, Some(Rejection::Field(Canonical::HouseholdId.id())));
    let aid = read(
        AID,
        "身份证号,姓名,乡镇街道,状态,审批编号,批准金额\n150199195208020135,赵超军,西街街道,正常,LS-1,\n",
    );
    assert_eq!((aid.claims[0].rejected, &aid.claims[0].first_month), (None, &Cell::Empty));
    assert_eq!((aid.claims[0].case_no.as_str(), &aid.claims[0].extra[0]), ("LS-1", &Cell::Missing));
}

#[test]
fn a_file_repeated_in_another_is_one_warning() {
    let row = "150199195208020135,赵超军,西街街道,2019-06,,正常,100,,,\n";
    let all = format!("{HEADER}{row}150199194309280134,孙学祥,保合少镇,2022-06,,正常,100,,,\n");
    let part = format!("{HEADER}{row}");
    let (read, files) =
        read_files(OLD_AGE, &[("old-age.csv", all.as_bytes()), ("old-age-2.csv", part.as_bytes())]);
    let read = read.unwrap();
    assert_eq!(read.repeated.iter().map(|file| files.name(*file)).collect::<Vec<_>>(), ["old-age-2.csv"]);
    assert_eq!(said(&read), [("file-repeated", 0, String::new())]);
}

#[test]
fn files_find_their_roster_by_the_longest_code() {
    let rulebook = rulebook();
    for (name, roster) in [
        ("old-age.csv", Some(OLD_AGE)),
        ("old-age-保合少镇.XLSX", Some(OLD_AGE)),
        ("dibao 2.ods", Some(DIBAO)),
        ("低保花名册.xls", Some(DIBAO)),
        ("old-ages.csv", None),
        ("notes.docx", None),
    ] {
        assert_eq!(roster_of(&rulebook, name), roster, "{name}");
    }
}

#[test]
fn the_pieces_of_a_large_file_give_what_one_reading_gives() {
    let mut text = HEADER.to_owned();
    let row = "150199195208020135,赵超军,西街街道,2019-06,,正常,1,内蒙古银行,050000000000017,赵超军\n";
    let rows = 60_000;
    for _ in 0..rows {
        text.push_str(row);
    }
    text.push_str(&format!("合计,,,,,,{rows},,,\n"));
    let read = old_age(&text[HEADER.len()..]);
    assert_eq!(read.claims.len(), rows);
    assert!(read.claims.iter().enumerate().all(|(index, claim)| claim.source.row == index as u32 + 2));
    assert_eq!(read.findings.iter().filter(|finding| finding.code == "total-agrees").count(), 1);
}
