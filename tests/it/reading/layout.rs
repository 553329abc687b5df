//! READING 5–9: where the header is, which sheets and rows count, merged cells, sections, two columns for one field.

use disburse::intake::{Rejection, roster_of};
use rust_xlsxwriter::{Format, Workbook};

use super::{
    In, ONE, TWO, csv, fill, plain_row, read, rulebook, said, t, texts, try_read, value, with_cell, xlsx,
};

fn header() -> Vec<In> {
    with_cell("old-age", "resident_id", t(ONE), None)[0].clone()
}

fn row(id: &str, name: &str) -> Vec<In> {
    let mut row = with_cell("old-age", "resident_id", t(id), None)[1].clone();
    row[1] = t(name);
    row[9] = t(name);
    row
}

fn amount(mut row: Vec<In>, amount: &str) -> Vec<In> {
    row[6] = t(amount);
    row
}

fn note(text: &str) -> Vec<In> {
    let mut row = vec![In::Blank; 11];
    row[0] = t(text);
    row
}

/// Rows and names of the claims that were read, in both forms.
fn names(rows: &[Vec<In>]) -> (Vec<(u32, String)>, Vec<&'static str>) {
    let of = |read: disburse::intake::RosterRead| {
        let rows: Vec<(u32, String)> = read
            .claims
            .iter()
            .map(|claim| {
                let aside = if claim.rejected.is_some() { "!" } else { "" };
                (claim.source.row, format!("{aside}{}", claim.name))
            })
            .collect();
        (rows, said(&read.findings))
    };
    let text = of(read("old-age.csv", &csv(rows)));
    let book = of(read("old-age.xlsx", &xlsx(rows)));
    assert_eq!(text, book, "as text and as a workbook");
    text
}

fn two(first: u32, second: u32) -> Vec<(u32, String)> {
    vec![(first, "赵超军".to_owned()), (second, "孙学祥".to_owned())]
}

#[test]
fn rule_5_a_header_below_titles_units_and_column_numbers() {
    let numbers: Vec<In> = (1..=11).map(|number| t(&number.to_string())).collect();
    let gaps = texts(&["1", "2", "5", "6", "", "7", "8", "9", "11", "12", ""]);
    let letters = texts(&["甲", "乙", "丙", "1", "", "2", "3", "4", "5", "6", ""]);
    for under in [numbers, gaps, letters] {
        let rows = [
            note("新城区2023年2月高龄津贴发放花名册"),
            texts(&["填报单位：西街街道", "", "", "", "", "", "", "", "", "单位：元", ""]),
            header(),
            under,
            row(ONE, "赵超军"),
            row(TWO, "孙学祥"),
        ];
        assert_eq!(names(&rows), (two(5, 6), vec![]));
    }
}

#[test]
fn rule_5_a_header_of_two_and_of_three_rows() {
    let plain: Vec<&str> = plain_row("old-age").iter().map(|(_, written)| *written).collect();
    let two_rows = [
        texts(&["基本信息", "", "", "享受情况", "", "", "", "开户信息", "", "", ""]),
        texts(&[
            "身份证号",
            "姓名",
            "乡镇街道",
            "最初享受月份",
            "停发月份",
            "状态",
            "核定金额",
            "开户银行",
            "银行账号",
            "账户名称",
            "备注",
        ]),
        texts(&plain),
    ];
    assert_eq!(names(&two_rows), (vec![(3, "赵超军".to_owned())], vec![]));
    let three_rows = [
        texts(&["身份证号", "姓名", "所在地", "享受情况", "", "", "", "开户信息", "", "", ""]),
        texts(&["", "", "", "月份", "", "状态", "核定金额", "开户银行", "账户", "", "备注"]),
        texts(&["", "", "乡镇街道", "最初享受月份", "停发月份", "", "", "", "银行账号", "账户名称", ""]),
        texts(&plain),
    ];
    let read = read("old-age.xlsx", &xlsx(&three_rows));
    let roster = roster_of(rulebook(), "old-age.csv").unwrap();
    let all: Vec<String> =
        ["resident_id", "name", "township", "first_month", "status", "bank", "account_no", "account_name"]
            .iter()
            .map(|field| value(roster, &read.claims[0], field))
            .collect();
    assert_eq!(
        all,
        [ONE, "赵超军", "西街街道", "2019-06", "active", "内蒙古银行", "6299990000000109672", "赵超军"]
    );
    assert_eq!(names(&three_rows).0, [(4, "赵超军".to_owned())]);
}

#[test]
fn rule_5_merged_headers_as_people_draw_them() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let centre = Format::new();
    sheet.merge_range(0, 0, 0, 10, "高龄津贴发放花名册", &centre).unwrap();
    for (column, text) in
        ["身份证号", "姓名", "乡镇街道", "最初享受月份", "停发月份", "状态", "核定金额"].iter().enumerate()
    {
        sheet.merge_range(1, column as u16, 2, column as u16, text, &centre).unwrap();
    }
    sheet.merge_range(1, 7, 1, 9, "开户信息", &centre).unwrap();
    for (column, text) in ["开户银行", "银行账号", "账户名称"].iter().enumerate() {
        sheet.write(2, 7 + column as u16, *text).unwrap();
    }
    for (column, (_, text)) in plain_row("old-age").iter().enumerate() {
        super::put(sheet, 3, column as u16, &t(text));
    }
    let read = read("old-age.xlsx", &book.save_to_buffer().unwrap());
    assert_eq!(said(&read.findings), Vec::<&str>::new());
    assert_eq!((read.claims.len(), read.claims[0].account.number.as_str()), (1, "6299990000000109672"));
}

#[test]
fn rule_5_header_blocks_repeated_inside_a_sheet() {
    let rows = [
        note("第一页"),
        header(),
        row(ONE, "赵超军"),
        note("2023年2月高龄津贴发放花名册"),
        header(),
        row(TWO, "孙学祥"),
    ];
    assert_eq!(names(&rows), (two(3, 6), vec![]));
    // A second block of another unit.
    let mut second = header();
    second[6] = t("核定金额");
    let rows = [
        note("单位：元"),
        header(),
        amount(row(ONE, "赵超军"), "100"),
        note("单位：万元"),
        second,
        amount(row(TWO, "孙学祥"), "0.01"),
    ];
    let read = read("old-age.xlsx", &xlsx(&rows));
    let roster = roster_of(rulebook(), "old-age.csv").unwrap();
    let amounts: Vec<String> =
        read.claims.iter().map(|claim| value(roster, claim, "declared_amount")).collect();
    assert_eq!(amounts, ["100.00", "100.00"]);
    // And 万元 over whole numbers there is as implausible as in the first.
    let rows = [
        header(),
        amount(row(ONE, "赵超军"), "100"),
        note("单位：万元"),
        header(),
        amount(row(TWO, "孙学祥"), "100"),
    ];
    assert_eq!(names(&rows).1, ["unit-implausible"]);
}

fn amounts_read(rows: &[Vec<In>]) -> Vec<String> {
    let read = read("old-age.xlsx", &xlsx(rows));
    let roster = roster_of(rulebook(), "old-age.csv").unwrap();
    read.claims.iter().map(|claim| value(roster, claim, "declared_amount")).collect()
}

#[test]
fn rule_14_a_unit_row_under_the_header_and_the_end_of_a_unit() {
    let mut units = vec![In::Blank; 11];
    units[6] = t("（万元）");
    let rows = [header(), units.clone(), amount(row(ONE, "赵超军"), "0.01")];
    assert_eq!(amounts_read(&rows), ["100.00"]);
    assert_eq!(names(&rows), (vec![(3, "赵超军".to_owned())], vec![]));
    units[6] = t("（元）");
    assert_eq!(amounts_read(&[header(), units.clone(), amount(row(ONE, "赵超军"), "100")]), ["100.00"]);
    // Other columns' units beside it; the same below the rows is not what they were read in.
    units[6] = t("（万元）");
    (units[1], units[10]) = (t("（人）"), t("(次)"));
    assert_eq!(amounts_read(&[header(), units, amount(row(ONE, "赵超军"), "0.01")]), ["100.00"]);
    let below = |text: &str| {
        placed(&read("old-age.csv", &csv(&[header(), amount(row(ONE, "赵超军"), "1.5"), note(text)])))
    };
    assert_eq!(below("注：以上金额单位：万元"), ["warning unit-below 3"]);
    assert_eq!(below("注：以上金额单位：元"), Vec::<String>::new());
    // 万元 of one list does not hold for the next with its own title; a title printed again is no other list.
    let title = || note("2023年2月高龄津贴发放表");
    let blocks = |second: Vec<In>, figure: &str| {
        let first = amount(row(ONE, "赵超军"), "0.01");
        let below = amount(row(TWO, "孙学祥"), figure);
        amounts_read(&[title(), note("单位：万元"), header(), first, second, header(), below])
    };
    assert_eq!(blocks(note("2023年2月第二批高龄津贴发放表"), "100"), ["100.00", "100.00"]);
    assert_eq!(blocks(title(), "0.01"), ["100.00", "100.00"]);
    assert_eq!(blocks(note("2023年2月第二批高龄津贴发放表（万元）"), "0.01"), ["100.00", "100.00"]);
}

#[test]
fn rule_5_every_visible_sheet_with_a_header_and_no_hidden_one() {
    let mut book = Workbook::new();
    let hidden = book.add_worksheet().set_name("旧名册").unwrap();
    fill(hidden, &[header(), row("150199194403011010", "旧人")]);
    hidden.set_hidden(true);
    book.add_worksheet().set_name("空").unwrap();
    let first = book.add_worksheet().set_name("一村").unwrap();
    fill(first, &[header(), row(ONE, "赵超军")]);
    // A hidden sheet cannot be the one that opens.
    first.set_active(true).set_first_tab(true);
    let very = book.add_worksheet().set_name("很隐").unwrap();
    fill(very, &[header(), row("150199194403011010", "旧人")]);
    very.set_very_hidden(true);
    fill(book.add_worksheet().set_name("二村").unwrap(), &[note("二村"), header(), row(TWO, "孙学祥")]);
    fill(
        book.add_worksheet().set_name("汇总").unwrap(),
        &[texts(&["乡镇", "人数", "合计"]), texts(&["西街", "2", "200"])],
    );
    book.add_worksheet().set_name("三村").unwrap();
    let bytes = book.save_to_buffer().unwrap();
    let read = read("old-age.xlsx", &bytes);
    let seen: Vec<(u16, u32)> =
        read.claims.iter().map(|claim| (claim.source.sheet, claim.source.row)).collect();
    assert_eq!(seen, [(3, 2), (5, 3)]);
    assert_eq!(said(&read.findings), ["sheet-hidden", "sheet-hidden"]);
    let place = |code: &str| {
        read.findings.iter().filter(|f| f.code == code).map(|f| f.place.sheet.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(place("sheet-hidden"), ["旧名册", "很隐"]);
    assert_eq!(place("sheet-read"), ["一村", "二村"]);
    assert_eq!(place("sheet-passed-over"), ["汇总"]);
}

#[test]
fn rule_5_a_sheet_of_people_without_an_identity_column_is_not_passed_over_in_silence() {
    let mut book = Workbook::new();
    fill(book.add_worksheet().set_name("一村").unwrap(), &[header(), row(ONE, "赵超军")]);
    let mut other = header();
    other[0] = t("身份证明");
    fill(book.add_worksheet().set_name("二村").unwrap(), &[other, row(TWO, "孙学祥")]);
    let read = read("old-age.xlsx", &book.save_to_buffer().unwrap());
    assert_eq!(said(&read.findings), ["sheet-without-identity-column"]);
}

#[test]
fn rule_5_hidden_filtered_and_struck_rows_are_set_aside() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let rows = [header(), row(ONE, "赵超军"), row(TWO, "孙学祥"), row(TWO, "孙学祥"), row(TWO, "孙学祥")];
    fill(sheet, &rows);
    sheet.set_row_hidden(2).unwrap();
    sheet.set_row_height(3, 0).unwrap();
    let struck = Format::new().set_font_strikethrough();
    for (column, cell) in rows[4].iter().enumerate() {
        if let In::T(text) = cell {
            sheet.write_with_format(4, column as u16, text, &struck).unwrap();
        }
    }
    let read = read("old-age.xlsx", &book.save_to_buffer().unwrap());
    let aside: Vec<Option<Rejection>> = read.claims.iter().map(|claim| claim.rejected).collect();
    assert_eq!(aside, [None, Some(Rejection::Hidden), Some(Rejection::Hidden), Some(Rejection::Struck)]);
}

#[test]
fn rule_6_a_merged_value_holds_for_its_rows_and_a_blank_is_never_filled_from_above() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let rows = [header(), row(ONE, "赵超军"), row(TWO, "孙学祥"), row("150199194403011010", "周吴")];
    let mut bare = rows.clone();
    for cells in &mut bare[1..] {
        cells[2] = In::Blank;
        cells[3] = In::Blank;
    }
    fill(sheet, &bare);
    let plain = Format::new();
    sheet.merge_range(1, 2, 2, 2, "保合少镇", &plain).unwrap();
    sheet.merge_range(1, 3, 3, 3, "2022.5", &plain).unwrap();
    let read = read("old-age.xlsx", &book.save_to_buffer().unwrap());
    let roster = roster_of(rulebook(), "old-age.csv").unwrap();
    let of = |field: &str| read.claims.iter().map(|claim| value(roster, claim, field)).collect::<Vec<_>>();
    assert_eq!(of("township"), ["保合少镇", "保合少镇", "?"]);
    assert_eq!(of("first_month"), ["2022-05", "2022-05", "2022-05"]);
    // Without the merging, nothing is filled.
    let read = super::read("old-age.csv", &csv(&[header(), row(ONE, "赵超军"), bare[2].clone()]));
    assert!(read.claims[1].rejected.is_some());
    assert_eq!(said(&read.findings), ["needed-blank", "township-unknown"]);
}

/// `fields` of one row struck through by the cell's font, or a cell with a struck-through run before the rest.
fn struck(fields: &[&str], part: Option<(&str, &str, &str)>) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let rows = [header(), row(ONE, "赵超军"), row(TWO, "孙学祥")];
    fill(sheet, &rows);
    let line = Format::new().set_font_strikethrough();
    let plain = plain_row("old-age");
    for (column, (code, written)) in plain.iter().enumerate() {
        if fields.contains(code) {
            sheet.write_with_format(1, column as u16, *written, &line).unwrap();
        }
        if let Some((field, old, new)) = part
            && field == *code
        {
            let plain = Format::new();
            sheet.write_rich_string(1, column as u16, &[(&line, old), (&plain, new)]).unwrap();
        }
    }
    book.save_to_buffer().unwrap()
}

#[test]
fn rule_5_a_struck_cell_that_says_who_how_much_or_where_to_sets_its_row_aside() {
    let judge = |bytes: &[u8]| {
        let read = read("old-age.xlsx", bytes);
        assert_eq!(read.claims[1].rejected, None);
        let said: Vec<String> = read
            .findings
            .iter()
            .filter(|finding| finding.severity != disburse::domain::Severity::Info)
            .map(|finding| format!("{} {} {}", finding.code, finding.place.row, finding.place.column))
            .collect();
        (read.claims[0].rejected, said.join("; "))
    };
    let aside = |column: &str| (Some(Rejection::Struck), format!("row-struck 2 {column}"));
    for (fields, column) in [
        (vec!["resident_id", "name"], "A 身份证号"),
        (vec!["name"], "B 姓名"),
        (vec!["account_no"], "I 银行账号"),
        (vec!["status"], "F 状态"),
    ] {
        assert_eq!(judge(&struck(&fields, None)), aside(column), "{fields:?}");
    }
    for (part, column) in [
        (("account_no", "622848000", "6217000000"), "I 银行账号"),
        (("declared_amount", "100", "200"), "G 核定金额"),
        (("name", "赵", "赵超军"), "B 姓名"),
    ] {
        assert_eq!(judge(&struck(&[], Some(part))), aside(column), "{part:?}");
    }
    // Who lives where pays nobody; a line over nothing but a space strikes nothing.
    assert_eq!(judge(&struck(&["township"], None)), (None, String::new()));
    assert_eq!(judge(&struck(&[], Some(("name", " ", "赵超军")))), (None, String::new()));
}

#[test]
fn rule_6_what_a_covered_cell_of_a_merged_range_still_holds_is_not_read() {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    fill(sheet, &[header(), row(ONE, "赵超军"), row(TWO, "孙学祥")]);
    sheet.merge_range(1, 8, 2, 8, "6217000000000012345", &Format::new()).unwrap();
    sheet.write(2, 8, "6228480000000099999").unwrap();
    let read = read("old-age.xlsx", &book.save_to_buffer().unwrap());
    let numbers: Vec<&str> = read.claims.iter().map(|claim| claim.account.number.as_str()).collect();
    assert_eq!(numbers, ["6217000000000012345"; 2]);
}

#[test]
fn rule_7_titles_above_the_header_and_beside_other_cells_that_refuse() {
    let beside = |first: &str, last: &str| {
        let mut row = note(first);
        row[3] = t(last);
        row
    };
    for title in [
        beside("2023年2月停发人员名单", "单位：西街街道"),
        note("2023年2月高龄津贴停发人员名单（单位：元）"),
        note("附件2：停发人员名单"),
        note("2023年1月死亡人员名单"),
    ] {
        let rows = [title.clone(), note("西街街道"), header(), row(ONE, "赵超军")];
        assert_eq!(names(&rows), (vec![], vec!["section-refused"]), "{title:?}");
    }
    for title in ["2023年2月死亡人员丧葬补助名单", "剔除死亡人员后的名单", "高龄津贴发放表（不含死亡人员）"]
    {
        let rows = [note(title), header(), row(ONE, "赵超军")];
        assert_eq!(names(&rows), (vec![(3, "赵超军".to_owned())], vec![]), "{title}");
    }
    for section in
        [beside("停发人员", "共2人"), note("二、减少人员"), note("三、死亡人员"), note("四、不再享受人员")]
    {
        let rows = [header(), row(ONE, "赵超军"), section.clone(), row(TWO, "孙学祥")];
        assert_eq!(names(&rows), (vec![(2, "赵超军".to_owned())], vec!["section-refused"]), "{section:?}");
    }
}

#[test]
fn rule_7_a_remark_refuses_nobody_and_a_granting_list_ends_what_was_refused() {
    let mut remark = vec![In::Blank; 12];
    remark[11] = t("停发");
    let mut wide = header();
    wide.push(In::Blank);
    wide[11] = t("备注");
    let rows = [wide, row(ONE, "赵超军"), remark, row(TWO, "孙学祥")];
    let read = read("old-age.xlsx", &xlsx(&rows));
    let paid: Vec<u32> =
        read.claims.iter().filter(|claim| claim.rejected.is_none()).map(|claim| claim.source.row).collect();
    assert_eq!(paid, [2, 4]);
    let lists = |title: &str| {
        let refused = [note("停发人员名单"), header(), row(ONE, "赵超军"), note(title), header()];
        names(&[&refused[..], &[row(TWO, "孙学祥")]].concat())
    };
    let read = vec![(6, "孙学祥".to_owned())];
    assert_eq!(lists("2023年2月高龄津贴新增人员发放名单"), (read, vec!["section-refused"]));
    assert_eq!(lists("2023年2月高龄津贴名单"), (vec![], vec!["section-refused"]));
}

#[test]
fn rule_5_a_column_that_ends_payments_is_read_or_warned_of() {
    for head in [
        "停发时间",
        "停发日期",
        "停发年月",
        "停止享受月",
        "终止时间",
        "停发月份（没有不填）",
        "停发月份(年月)",
    ] {
        let mut rows = with_cell("old-age", "last_month", t("2022-12"), None);
        rows[0][4] = t(head);
        let read = read("old-age.csv", &csv(&rows));
        let roster = roster_of(rulebook(), "old-age.csv").unwrap();
        assert_eq!(value(roster, &read.claims[0], "last_month"), "2022-12", "{head}");
        assert_eq!(said(&read.findings), Vec::<&str>::new(), "{head}");
    }
    for (head, expected) in [
        ("停发月分", vec!["column-near", "columns-not-read"]),
        ("停发原因", vec![]),
        ("停发月份分", vec!["column-near", "columns-not-read"]),
    ] {
        let mut rows = with_cell("old-age", "last_month", t("2022-12"), None);
        rows[0][4] = t(head);
        assert_eq!(said(&read("old-age.csv", &csv(&rows)).findings), expected, "{head}");
    }
}

#[test]
fn rule_7_sections_that_refuse() {
    for title in [
        "不予保障申请家庭",
        "二、不予保障人员",
        "（二）停发人员名单",
        "停发人员：",
        "取消待遇人员",
        "保合少镇停发人员名单",
        "2023年2月停止发放人员明细表",
        "2023年2月普惠高龄津贴停止人员明细表",
        "本月终止人员（1人）",
        "拟取消对象",
    ] {
        let rows = [
            header(),
            row(ONE, "赵超军"),
            note(title),
            row(TWO, "孙学祥"),
            note("三、新增人员"),
            row(TWO, "孙学祥"),
        ];
        let (read, codes) = names(&rows);
        assert_eq!(read, two(2, 6), "{title}");
        assert_eq!(codes, ["section-refused"], "{title}");
        // With a header of its own.
        let rows = [
            note("拟纳入保障申请家庭"),
            header(),
            row(ONE, "赵超军"),
            note(title),
            header(),
            row(TWO, "孙学祥"),
        ];
        assert_eq!(names(&rows), (vec![(3, "赵超军".to_owned())], vec!["section-refused"]), "{title}");
        // As the title of the whole list, above its header.
        let rows = [note(title), header(), row(ONE, "赵超军"), row(TWO, "孙学祥")];
        assert_eq!(names(&rows), (vec![], vec!["file-no-rows", "section-refused"]).into_codes(), "{title}");
    }
    for title in [
        "拟纳入保障申请家庭",
        "一、新增人员",
        "2023年2月高龄津贴发放花名册",
        "新增、停发人员名单",
        "停发说明：以上人员均正常",
    ] {
        let rows = [header(), row(ONE, "赵超军"), note(title), row(TWO, "孙学祥")];
        assert_eq!(names(&rows), (two(2, 4), vec![]), "{title}");
    }
}

trait Codes {
    fn into_codes(self) -> (Vec<(u32, String)>, Vec<&'static str>);
}

impl Codes for (Vec<(u32, String)>, Vec<&'static str>) {
    /// Rows in a refused section are no reason to say that the list is empty.
    fn into_codes(mut self) -> Self {
        self.1.retain(|code| *code != "file-no-rows");
        self
    }
}

#[test]
fn rule_8_a_total_ends_a_block_and_not_the_sheet() {
    let total = texts(&["合 计", "", "", "", "", "", "200", "", "", "", ""]);
    let rows = [
        header(),
        amount(row(ONE, "赵超军"), "200"),
        total,
        note("制表人：李四"),
        note("注：以上标准为每月100元"),
        row(TWO, "孙学祥"),
    ];
    assert_eq!(names(&rows), (two(2, 6), vec![]));
}

#[test]
fn rule_8_rows_without_a_number_below_a_total_are_errors_or_named_and_signatures_are_notes() {
    let total = texts(&["合计", "", "", "", "", "", "100", "", "", "", ""]);
    let below = |row: Vec<In>| {
        let list = [header(), amount(row_of_one(), "100"), total.clone(), row];
        let (text, book) = (read("old-age.csv", &csv(&list)), read("old-age.xlsx", &xlsx(&list)));
        assert_eq!(placed(&text), placed(&book));
        placed(&text)
    };
    let at = |cells: &[(usize, &str)]| {
        let mut row = vec![In::Blank; 11];
        cells.iter().for_each(|(column, text)| row[*column] = t(text));
        row
    };
    // A name and what only people of the list have: a person without a number.
    for cells in
        [&[(1, "孙学祥"), (5, "正常")][..], &[(1, "孙学祥"), (6, "100")], &[(1, "孙学祥"), (2, "西街街道")]]
    {
        let said = below(at(cells));
        assert!(said.contains(&"error identity-blank 4 A 身份证号".to_owned()), "{cells:?} {said:?}");
    }
    // It may be somebody, or not.
    for cells in [&[(2, "西街街道"), (6, "100")][..], &[(1, "壹佰元整"), (6, "100")]] {
        assert_eq!(below(at(cells)), ["warning row-after-total 4"], "{cells:?}");
    }
    for cells in [
        &[(0, "制表人：李四"), (4, "审核人：王五"), (8, "2023年2月1日")][..],
        &[(0, "制表人"), (1, "李四"), (4, "审核人"), (5, "王五")],
        &[(1, "负责人：李四")],
        &[(8, "2023年2月10日")],
    ] {
        assert_eq!(below(at(cells)), Vec::<String>::new(), "{cells:?}");
    }
}

fn row_of_one() -> Vec<In> {
    row(ONE, "赵超军")
}

#[test]
fn somebody_called_like_a_total_is_somebody() {
    // With a number, and without one.
    let (read, codes) = names(&[header(), row(ONE, "王小计"), row("", "王小计")]);
    assert_eq!(
        (read, codes),
        (vec![(2, "王小计".to_owned()), (3, "!王小计".to_owned())], vec!["identity-blank"])
    );
    let mut bare = vec![In::Blank; 11];
    bare[1] = t("王小计");
    assert_eq!(names(&[header(), row(ONE, "赵超军"), bare]).0[1], (3, "!王小计".to_owned()));
    let mut subtotal = vec![In::Blank; 11];
    (subtotal[1], subtotal[6]) = (t("西街街道小计"), t("100"));
    let rows = [header(), amount(row(ONE, "赵超军"), "100"), subtotal];
    assert_eq!(names(&rows), (vec![(2, "赵超军".to_owned())], vec![]));
}

#[test]
fn rule_18_a_total_written_into_one_cell_is_placed_or_named() {
    let rows = |column: usize, text: &str| {
        let mut total = vec![In::Blank; 11];
        total[column] = t(text);
        placed(&read("old-age.csv", &csv(&[header(), amount(row(ONE, "赵超军"), "500"), total])))
    };
    assert_eq!(rows(8, "合计500元"), ["warning total-unplaced 3 I 银行账号"]);
    assert_eq!(rows(6, "合计500元"), Vec::<String>::new());
    assert_eq!(rows(6, "合计600元"), ["warning total-differs 3 G 核定金额"]);
}

#[test]
fn rule_5_a_row_of_rising_numbers_that_do_not_begin_with_one_is_no_row_of_column_numbers() {
    let numbers = |first: u32| (first..first + 11).map(|number| t(&number.to_string())).collect::<Vec<In>>();
    assert_eq!(names(&[header(), numbers(1), row(ONE, "赵超军")]), (vec![(3, "赵超军".to_owned())], vec![]));
    let read = read("old-age.csv", &csv(&[header(), row(ONE, "赵超军"), numbers(7)]));
    assert_eq!(read.claims.len(), 2);
    assert!(placed(&read).iter().any(|said| said.starts_with("error identity-length 3")));
}

#[test]
fn rule_8_tables_side_by_side_are_refused() {
    let side = [
        texts(&["姓名", "身份证号", "状态", "最初享受月份", "", "姓名", "身份证号", "状态", "最初享受月份"]),
        texts(&["赵超军", ONE, "正常", "2019-06", "", "孙学祥", TWO, "正常", "2019-06"]),
    ];
    for fault in [
        try_read("old-age.csv", &csv(&side)).unwrap_err(),
        try_read("old-age.xlsx", &xlsx(&side)).unwrap_err(),
    ] {
        assert_eq!(fault.code, "file-side-by-side");
        let columns = fault.arguments.iter().find(|(blank, _)| *blank == "columns").unwrap();
        assert_eq!(columns.1, "B 身份证号; G 身份证号");
    }
}

/// Findings but those for the record, as `severity code row column`.
fn placed(read: &disburse::intake::RosterRead) -> Vec<String> {
    let shown = |finding: &disburse::domain::Finding| {
        let place = format!("{} {}", finding.place.row, finding.place.column);
        format!("{} {} {}", finding.severity.word(), finding.code, place.trim_end())
    };
    let noted = read.findings.iter().filter(|finding| finding.severity != disburse::domain::Severity::Info);
    noted.map(shown).collect()
}

/// A row of the list and what stands to the right of it.
fn with_right(row: Vec<In>, right: &[(usize, &str)]) -> Vec<In> {
    let mut row = row;
    for (column, text) in right {
        row.resize(row.len().max(column + 1), In::Blank);
        row[*column] = t(text);
    }
    row
}

#[test]
fn rule_21_a_note_under_no_header_is_named_and_one_that_says_ended_says_so() {
    // The list has eleven columns, A to K; the note stands in L or further out.
    for (column, letter) in [(11, "L"), (14, "O")] {
        for (note, code) in [
            ("已死亡，停发", "remark-says-ended"),
            ("停发", "remark-says-ended"),
            ("死亡", "remark-says-ended"),
            ("独居", "cell-without-header"),
            ("配偶去世", "cell-without-header"),
            ("100", "cell-without-header"),
        ] {
            let noted = with_right(row(ONE, "赵超军"), &[(column, note)]);
            let read = read("old-age.xlsx", &xlsx(&[header(), noted, row(TWO, "孙学祥")]));
            assert_eq!(placed(&read), [format!("warning {code} 2 {letter}")], "{note}");
            assert!(read.claims.iter().all(|claim| claim.rejected.is_none()));
        }
    }
    // In a text file a surplus cell sets its record aside (rule 4); under an empty header it is a cell like others.
    let noted = with_right(row(ONE, "赵超军"), &[(11, "死亡")]);
    let beyond = read("old-age.csv", &csv(&[header(), noted.clone(), row(TWO, "孙学祥")]));
    assert_eq!(placed(&beyond), ["error record-cells 2"]);
    let empty = with_right(header(), &[(11, "")]);
    let wide = with_right(row(TWO, "孙学祥"), &[(11, "")]);
    assert_eq!(placed(&read("old-age.csv", &csv(&[empty, noted, wide]))), ["warning remark-says-ended 2 L"]);
}

#[test]
fn rule_21_a_column_of_remarks_says_when_somebody_is_paid_no_more() {
    let remarks = |text: &str, status: &str| {
        let mut noted = with_right(row(ONE, "赵超军"), &[(11, text)]);
        noted[5] = t(status);
        placed(&read("old-age.csv", &csv(&[with_right(header(), &[(11, "备注")]), noted])))
    };
    assert_eq!(remarks("2023年1月去世", "正常"), ["warning remark-says-ended 2 L 备注"]);
    assert_eq!(remarks("2023年1月去世", "停发"), Vec::<String>::new());
    assert_eq!(remarks("配偶去世", "正常"), Vec::<String>::new());
    assert_eq!(remarks("低保户", "正常"), Vec::<String>::new());
    // In brackets behind the name.
    let named = placed(&read("old-age.csv", &csv(&[header(), row(ONE, "赵超军（已故）")])));
    assert!(named.contains(&"warning remark-says-ended 2 B 姓名".to_owned()), "{named:?}");
}

#[test]
fn rule_7_names_of_files_and_sheets_that_say_ended_are_named_where_rows_say_otherwise() {
    let list = |status: &str| {
        let mut one = row(ONE, "赵超军");
        one[5] = t(status);
        [header(), one, row(TWO, "孙学祥")]
    };
    for name in ["old-age-西街街道-停发.csv", "高龄津贴停止人员明细表.csv", "old-age-2023年1月死亡名单.csv"]
    {
        let read = read(name, &csv(&list("正常")));
        assert_eq!(placed(&read), ["warning name-says-ended 0"], "{name}");
        assert_eq!(read.claims.len(), 2);
    }
    for name in ["old-age-西街街道.csv", "old-age-2023年2月新增停发明细.csv", "高龄津贴发放表.csv"]
    {
        assert_eq!(placed(&read(name, &csv(&list("正常")))), Vec::<String>::new(), "{name}");
    }
    let mut book = Workbook::new();
    fill(book.add_worksheet().set_name("正常").unwrap(), &[header(), row(TWO, "孙学祥")]);
    fill(book.add_worksheet().set_name("死亡").unwrap(), &[header(), row(ONE, "赵超军")]);
    let read = read("old-age.xlsx", &book.save_to_buffer().unwrap());
    assert_eq!(placed(&read), ["warning name-says-ended 0"]);
    let finding = read.findings.iter().find(|finding| finding.code == "name-says-ended").unwrap();
    assert_eq!((finding.place.sheet.as_str(), finding.arguments[1].1.as_str()), ("死亡", "1"));
    // Where the rows say so too, there is nothing to say.
    let mut ended = list("停发");
    ended[2][5] = t("停发");
    assert_eq!(placed(&super::read("old-age-停发.csv", &csv(&ended))), Vec::<String>::new());
}

#[test]
fn somebody_sent_active_and_again_stopped_is_named_at_both_places() {
    let with = |status: &str, first: &str, last: &str| {
        let mut row = row(ONE, "赵超军");
        (row[3], row[4], row[5]) = (t(first), t(last), t(status));
        row
    };
    let active = with("正常", "2019-06", "");
    for other in
        [with("停发", "2019-06", ""), with("暂停", "2019-06", ""), with("正常", "2019-06", "2022-12")]
    {
        let read = read("old-age.csv", &csv(&[header(), active.clone(), other.clone()]));
        assert_eq!(placed(&read), ["warning person-also-ended 2"], "{other:?}");
        // In a file sent again too.
        let roster = roster_of(rulebook(), "old-age.csv").unwrap();
        let files =
            [("old-age-1.csv", csv(&[header(), active.clone()])), ("old-age-2.csv", csv(&[header(), other]))];
        let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect();
        let read = super::read_all(roster, &files).unwrap();
        let finding = read.findings.iter().find(|finding| finding.code == "person-also-ended").unwrap();
        assert_eq!(
            (finding.place.file.as_str(), finding.arguments[0].1.as_str()),
            ("old-age-1.csv", "old-age-2.csv:2")
        );
    }
    // Who ended in 2021 and began again in 2022 has two rows by right.
    let before = with("停发", "2019-06", "2021-05");
    let again = with("正常", "2022-03", "");
    assert_eq!(placed(&read("old-age.csv", &csv(&[header(), before, again]))), Vec::<String>::new());
}

#[test]
fn rule_21_a_column_under_no_header_is_said_once_and_running_numbers_need_none() {
    let named = |first: &str| {
        let mut rows = vec![header()];
        rows[0].insert(0, In::Blank);
        for _ in 0..30 {
            let mut row = row(ONE, "赵超军");
            row.insert(0, t(first));
            rows.push(row);
        }
        placed(&read("old-age.xlsx", &xlsx(&rows)))
    };
    assert_eq!(named("西街"), ["warning column-without-header 2 A"]);
    assert_eq!(named("7"), Vec::<String>::new());
}

#[test]
fn rule_8_a_person_beside_the_table_is_an_error_at_its_place() {
    let beside = with_right(row(ONE, "赵超军"), &[(13, "孙学祥"), (14, TWO), (15, "西街街道")]);
    let read = read("old-age.xlsx", &xlsx(&[header(), beside, row("150199194403011010", "周吴")]));
    assert_eq!(placed(&read), ["error person-beside-table 2 O"]);
    let error = read.findings.iter().find(|finding| finding.code == "person-beside-table").unwrap();
    assert_eq!(error.resident.unwrap().to_string(), TWO);
    assert_eq!((read.claims.len(), read.claims[0].rejected), (2, None));
    // The row's own number once more is no other person.
    let own = with_right(row(ONE, "赵超军"), &[(13, ONE)]);
    let read = super::read("old-age.xlsx", &xlsx(&[header(), own]));
    assert_eq!(placed(&read), ["warning cell-without-header 2 N"]);
    // An account number of the same length is nobody.
    let account = with_right(row(ONE, "赵超军"), &[(13, "622848000000012345")]);
    let read = super::read("old-age.xlsx", &xlsx(&[header(), account]));
    assert_eq!(placed(&read), ["warning cell-without-header 2 N"]);
}

#[test]
fn rule_8_numbered_headers_beside_the_table_are_a_second_table() {
    let heads = with_right(header(), &[(12, "姓名2"), (13, "身份证号2"), (14, "金额2")]);
    let person = with_right(row(ONE, "赵超军"), &[(12, "孙学祥"), (13, TWO), (14, "100")]);
    for fault in [
        try_read("old-age.csv", &csv(&[heads.clone(), person.clone()])).unwrap_err(),
        try_read("old-age.xlsx", &xlsx(&[heads, person])).unwrap_err(),
    ] {
        assert_eq!(fault.code, "file-side-by-side");
        let columns = fault.arguments.iter().find(|(blank, _)| *blank == "columns").unwrap();
        assert_eq!(columns.1, "A 身份证号; N 身份证号2");
    }
}

#[test]
fn rule_9_two_columns_for_one_field() {
    let mut rows = vec![header(), row(ONE, "赵超军"), row(TWO, "孙学祥"), row("150199194403011010", "周吴")];
    for (cells, second) in
        rows.iter_mut().zip(["一卡通账号", "6299 9900 0000 0109 672", "6299990000000109999", ""])
    {
        cells.push(t(second));
    }
    let (read, codes) = names(&rows);
    assert_eq!(read, [(2, "赵超军".to_owned()), (3, "!孙学祥".to_owned()), (4, "!周吴".to_owned())]);
    assert_eq!(codes, ["columns-differ", "columns-differ", "columns-for-one-field"]);
}

#[test]
fn hundreds_of_empty_columns_and_rows_are_nothing() {
    let mut rows = vec![header(), row(ONE, "赵超军")];
    for cells in &mut rows {
        cells.resize(400, In::Blank);
    }
    rows.extend(std::iter::repeat_n(vec![In::Blank; 400], 300));
    rows.push(row(TWO, "孙学祥"));
    rows[302].resize(400, In::Blank);
    assert_eq!(names(&rows), (two(2, 303), vec![]));
}

#[test]
fn numbers_prepared_for_rows_that_were_not_written_are_no_people() {
    let numbered = |number: &str, mut row: Vec<In>| {
        row.insert(0, t(number));
        row
    };
    let rows = [
        numbered("序号", header()),
        numbered("1", row(ONE, "赵超军")),
        numbered("2", row(TWO, "孙学祥")),
        numbered("3", vec![In::Blank; 11]),
        numbered("4", vec![In::Blank; 11]),
    ];
    assert_eq!(names(&rows), (two(2, 3), vec![]));
}

#[test]
fn a_half_filled_row_is_somebodys() {
    let mut nameless = vec![In::Blank; 11];
    nameless[1] = t("李四");
    let rows = [header(), row(ONE, "赵超军"), nameless, row(TWO, "孙学祥")];
    let (read, _) = names(&rows);
    assert_eq!(read.iter().map(|(row, _)| *row).collect::<Vec<_>>(), [2, 3, 4]);
    assert_eq!(read[1].1, "!李四");
}
