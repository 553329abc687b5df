use super::rulebook::{OLD_AGE, rulebook};
use crate::domain::{Fault, Files, Finding, Money, Month};
use crate::intake::{Cell, Input, Registers, Rejection, apply_changes, read_registers, read_roster};
use crate::policy::{Canonical, RegisterId};

fn cycle() -> Month {
    Month::new(2023, 2).unwrap()
}

type Said = (Registers, Vec<(&'static str, u32)>);

fn read(files: &[(&str, &str)]) -> Result<Said, Fault> {
    let inputs: Vec<Input<'_>> =
        files.iter().map(|(name, text)| Input { name, bytes: text.as_bytes() }).collect();
    let (registers, findings, borders) = read_registers(&rulebook(), cycle(), &inputs)?;
    assert!(borders.iter().all(crate::domain::Border::balances));
    let place = |finding: &Finding| (finding.code, finding.place.row);
    Ok((registers, findings.iter().map(place).collect()))
}

#[test]
fn the_earliest_of_several_deaths_holds_and_bad_rows_are_set_aside() {
    let (registers, findings) = read(&[(
        "deaths.csv",
        "身份证号,死亡日期\n150199195209010131,2023-02-15\n150199195209010131,2023-01-15\n\
         150199195209010132,2023-01-15\n150199194309280134,2023.1\n150199194309280134,1940-01-01\n",
    )])
    .unwrap();
    assert_eq!(registers.deaths.len(), 1);
    assert_eq!(registers.deaths.values().next().unwrap().to_string(), "2023-01-15");
    assert_eq!(findings, [("identity-check-digit", 4), ("date-without-day", 5), ("death-before-birth", 6)]);
}

#[test]
fn accounts_are_sorted_by_month_and_a_declared_register_lists_people() {
    let (registers, _) = read(&[
        (
            "accounts.csv",
            "身份证号,开户银行,银行账号,账户名称,生效月份\n\
             150199195404160135,中国工商银行,0588,田富,2023-03\n\
             150199195404160135,中国邮政储蓄银行,0577,田富,2023-01\n",
        ),
        ("work-injury-nursing.csv", "身份证号,起始月份\n150199195404160135,2022-11\n"),
    ])
    .unwrap();
    let (person, accounts) = registers.accounts.iter().next().unwrap();
    assert_eq!(accounts.iter().map(|(from, _)| from.to_string()).collect::<Vec<_>>(), ["2023-01", "2023-03"]);
    assert_eq!(registers.account(*person, cycle()).unwrap().number, "0577");
    let november = Month::new(2022, 11).unwrap();
    assert!(registers.row(RegisterId(0), *person, november).is_some());
    assert!(registers.row(RegisterId(0), *person, november.plus(-1)).is_none());
}

#[test]
fn a_register_without_its_columns_or_with_a_strange_name_is_not_passed_over_in_silence() {
    assert_eq!(read(&[("deaths.csv", "身份证号,日子\n")]).unwrap_err().code, "register-column-missing");
    assert_eq!(read(&[("deaths.csv", "你好\n")]).unwrap_err().code, "register-no-header");
    assert_eq!(read(&[("dead.csv", "身份证号,死亡日期\n")]).unwrap().1, [("register-unknown", 0)]);
}

#[test]
fn links_payees_and_confirmed_numbers_are_read() {
    let (registers, findings) = read(&[
        ("confirmed.csv", "类别,编号,文号\n身份证号,150199195208020136,民〔2023〕1号\n账号,6299 9900,\n"),
        ("links.csv", "类别,旧编号,新编号,起始月份,文号\n家庭,西街街道:H1,150102005:H2,2023-01,x\n"),
        (
            "payees.csv",
            "编号,领款人身份证号,领款人姓名,开户银行,银行账号,账户名称,起始月份,文号\n\
             person:150199195208020136,150199194309280134,孙学祥,工商银行,058800001,孙学祥,2023-01,x\n\
             household:西街街道:H1,,孙学祥,工商银行,058800001,孙学祥,2023-01,x\n\
             谁,,孙学祥,工商银行,058800001,孙学祥,2023-01,x\n",
        ),
    ])
    .unwrap();
    assert_eq!(registers.confirmed_ids, ["150199195208020136"]);
    assert_eq!(registers.shared_accounts, ["62999900"]);
    assert_eq!(registers.links[0].old, "150102005:H1");
    assert!(registers.payees.contains_key("person:150199195208020136"));
    assert!(registers.payees.contains_key("household:150102005:H1"));
    assert_eq!(findings, [("beneficiary-unreadable", 4)]);
}

#[test]
fn an_entry_that_cannot_be_read_never_leaves_the_old_value_paid() {
    let (registers, findings) = read(&[
        (
            "changes.csv",
            "身份证号,字段,新值,起始月份,终止月份,文号\n\
             150199195208020135,银行账号,6.2E+18,2023-02,,x\n\
             150199195208020135,停发月份,22.12,2023-02,,x\n\
             150199194309280134,状态,死亡,2023-02,,x\n",
        ),
        (
            "accounts.csv",
            "身份证号,开户银行,银行账号,账户名称,生效月份\n\
             150199194309280134,工商银行,6.2E+18,孙学祥,2023-01\n",
        ),
        ("deaths.csv", "身份证号,死亡日期\n150199195208020135,2022-12\n150199194403011010,\n"),
    ])
    .unwrap();
    assert_eq!(findings.len(), 6, "{findings:?}");
    let text = "身份证号,姓名,最初享受月份,停发月份,状态,开户银行,银行账号,账户名称\n\
                150199195208020135,赵超军,2019-06,,正常,工商银行,0588,赵超军\n\
                150199194309280134,孙学祥,2019-06,,正常,工商银行,0577,孙学祥\n";
    let rulebook = rulebook();
    let input = Input { name: "old-age.csv", bytes: text.as_bytes() };
    let mut claims =
        read_roster(&rulebook, OLD_AGE, cycle(), cycle(), &[input], &registers, &mut Files::default())
            .unwrap()
            .claims;
    apply_changes(&mut claims, OLD_AGE, cycle(), cycle(), &registers, &rulebook);
    assert_eq!((claims[0].account.number.as_str(), &claims[0].last_month), ("", &Cell::Missing));
    assert_eq!((claims[0].incomplete, claims[1].incomplete), (true, false));
    assert_eq!(claims[1].rejected, Some(Rejection::Field(Canonical::Status.id())));
    let person = claims[1].resident.unwrap();
    assert_eq!(registers.account(person, cycle()).unwrap().number, "");
    // In a month before the cycle nobody's payment is taken back for it.
    claims[0].incomplete = false;
    apply_changes(&mut claims, OLD_AGE, cycle().plus(-1), cycle(), &registers, &rulebook);
    assert!(!claims[0].incomplete);
}

#[test]
fn change_sheets_correct_rows_from_their_month_on() {
    let (registers, findings) = read(&[(
        "changes.csv",
        "身份证号,字段,新值,起始月份,终止月份,文号\n\
         150199195208020135,状态,停发,2023-02,,x\n\
         150199195208020135,核定金额,80,2023-01,2023-01,x\n\
         150199195208020135,状态,不知道,2023-02,,x\n\
         150199195208020135,颜色,红,2023-02,,x\n\
         150199194309280134,first_month,2020-01,2020-01,,x\n",
    )])
    .unwrap();
    assert_eq!(findings, [("code-unknown", 4), ("change-field-unknown", 5)]);
    let text = "身份证号,姓名,最初享受月份,状态,核定金额\n\
                150199195208020135,赵超军,2019-06,正常,100\n150199194309280134,孙学祥,,正常,100\n";
    let rulebook = rulebook();
    let input = Input { name: "old-age.csv", bytes: text.as_bytes() };
    let mut claims =
        read_roster(&rulebook, OLD_AGE, cycle(), cycle(), &[input], &registers, &mut Files::default())
            .unwrap()
            .claims;
    assert_eq!(claims[1].rejected, Some(Rejection::Field(Canonical::FirstMonth.id())));
    let mut january = claims.clone();
    apply_changes(&mut january, OLD_AGE, cycle().plus(-1), cycle(), &registers, &rulebook);
    assert_eq!(january[0].declared_amount, Cell::Money(Money::from_fen(8_000)));
    apply_changes(&mut claims, OLD_AGE, cycle(), cycle(), &registers, &rulebook);
    // The later entry cannot be read: neither the earlier one nor the old status is taken for it.
    assert_eq!(claims[0].rejected, Some(Rejection::Field(Canonical::Status.id())));
    assert_eq!(claims[0].declared_amount, Cell::Money(Money::from_fen(10_000)));
    assert_eq!(claims[1].rejected, None);
    // Of one of them some field was to change from February on, and which is not known: nothing is decided.
    let waits =
        |claims: &[crate::intake::Claim]| claims.iter().map(|claim| claim.incomplete).collect::<Vec<_>>();
    assert_eq!((waits(&january), waits(&claims)), (vec![false, false], vec![true, false]));
}

#[test]
fn a_struck_entry_is_set_aside_and_one_struck_in_part_is_unreadable() {
    use rust_xlsxwriter::{Format, Workbook};
    let line = Format::new().set_font_strikethrough();
    let plain = Format::new();
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let (one, two) = ("150199195208020135", "150199194309280134");
    sheet.write_row(0, 0, ["身份证号", "死亡日期"]).unwrap();
    sheet.write_row(1, 0, [one, ""]).unwrap();
    sheet.write_rich_string(1, 1, &[(&line, "2022-12-01"), (&plain, "2023-01-05")]).unwrap();
    sheet.write_row_with_format(2, 0, [two, "2022-12-01"], &line).unwrap();
    let bytes = book.save_to_buffer().unwrap();
    let inputs = [Input { name: "deaths.xlsx", bytes: &bytes }];
    let (registers, findings, borders) = read_registers(&rulebook(), cycle(), &inputs).unwrap();
    let said: Vec<(&str, u32)> = findings.iter().map(|finding| (finding.code, finding.place.row)).collect();
    assert_eq!(said, [("row-struck", 2), ("row-struck", 3)]);
    // Of the first it is not known when; the second was taken out.
    assert!(registers.deaths.is_empty());
    let undated: Vec<String> = registers.deaths_undated.iter().map(ToString::to_string).collect();
    assert_eq!(undated, [one]);
    assert!(borders.iter().all(crate::domain::Border::balances));
}
