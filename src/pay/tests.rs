use std::collections::BTreeMap;

use super::*;
use crate::domain::{Account, Exit};

const BANKS: &[(&str, &str)] = &[
    ("general.toml", include_str!("../../fixtures/xincheng/policy/banks/general.toml")),
    ("icbc-workbook.toml", include_str!("../../fixtures/xincheng/policy/banks/icbc-workbook.toml")),
    ("abc-own-other.toml", include_str!("../../fixtures/xincheng/policy/banks/abc-own-other.toml")),
    ("fixed-width.toml", include_str!("../../fixtures/xincheng/policy/banks/fixed-width.toml")),
    ("pipe-trailer.toml", include_str!("../../fixtures/xincheng/policy/banks/pipe-trailer.toml")),
    ("iso20022.toml", include_str!("../../fixtures/xincheng/policy/banks/iso20022.toml")),
    (
        "livelihood-platform.toml",
        include_str!("../../fixtures/xincheng/policy/banks/livelihood-platform.toml"),
    ),
];

fn profiles(fallback: &str) -> Profiles {
    Profiles::load(BANKS, &BTreeMap::new(), fallback).unwrap()
}

fn meta() -> FileMeta {
    FileMeta {
        division: "150102".into(),
        cycle: "2023-02".parse().unwrap(),
        run: 1,
        pay_on: NaiveDate::from_ymd_opt(2023, 2, 10).unwrap(),
        drafted_on: NaiveDate::from_ymd_opt(2023, 2, 6).unwrap(),
        payer: Payer {
            name: "新城区财政局".to_owned(),
            account_no: "0500123456789012".to_owned(),
            bank: "中国农业银行".to_owned(),
            bank_code: "103100000026".to_owned(),
            agreement: "AG001".to_owned(),
        },
    }
}

fn payment(number: usize, programme: &str, bank: &str, name: &str, fen: i64) -> BankPayment {
    BankPayment {
        payment_id: format!("150102-202302-R0001-{number:07}").into(),
        programme: programme.into(),
        programme_name: "高龄津贴".into(),
        bank: bank.into(),
        account_no: format!("62284800{number:011}").into(),
        account_name: name.into(),
        payee_id: "150199194501010011".into(),
        amount: Money::from_fen(fen),
        remark: "".into(),
    }
}

fn account_of(payment: &BankPayment) -> Account {
    Account {
        bank: payment.bank.clone(),
        number: payment.account_no.clone(),
        name: payment.account_name.clone(),
    }
}

fn payments() -> Vec<BankPayment> {
    vec![
        payment(1, "dibao", "中国农业银行", "欧阳娜娜", 85_450),
        payment(2, "dibao", "中国农业银行", "阿拉坦·其其格", 1),
        payment(3, "dibao", "中国工商银行", "䶮龑", 123_456_789),
        payment(4, "old-age", "中国工商银行", "张三", 10_000),
        payment(5, "old-age", "某村镇银行", "李四", 60_000),
    ]
}

#[test]
fn the_general_file_has_header_rows_and_trailer_and_reads_back() {
    let files = render(&payments(), &profiles("general"), &meta()).unwrap();
    assert_eq!(files.len(), 4);
    let file = &files[0];
    assert_eq!(file.name, "150102-202302-R0001-F0001-dibao-中国农业银行.csv");
    let text = encoding_rs::GB18030.decode(&file.bytes).0;
    assert_eq!(
        text.split("\r\n").collect::<Vec<_>>(),
        [
            "批次号,150102-202302-R0001-F0001,付款账号,0500123456789012,付款日期,20230210,总笔数,2,总金额,854.51",
            "序号,支付编号,收款账号,收款户名,开户银行,金额,附言",
            "1,150102-202302-R0001-0000001,6228480000000000001,欧阳娜娜,中国农业银行,854.50,高龄津贴2023-02",
            "2,150102-202302-R0001-0000002,6228480000000000002,阿拉坦·其其格,中国农业银行,0.01,高龄津贴2023-02",
            "合计,2,854.51,捌佰伍拾肆元伍角壹分",
            "",
        ]
    );
    let rows: Vec<_> = file.payment_rows(&payments()).map(|(id, row)| (id.to_owned(), row)).collect();
    assert_eq!(rows[1], ("150102-202302-R0001-0000002".to_owned(), 4));
    let read = read_back(profiles("general").of("x"), &file.bytes).unwrap();
    assert_eq!((read.count, read.total), (Some(2), Some(Money::from_fen(85_451))));
    assert_eq!(read.rows[1].account_name, "阿拉坦·其其格");
}

#[test]
fn every_example_profile_renders_and_the_files_hold_all_the_money() {
    let payments = payments();
    for (file, _) in BANKS {
        let profiles = profiles(file.trim_end_matches(".toml"));
        let files = render(&payments, &profiles, &meta()).unwrap_or_else(|fault| panic!("{file}: {fault:?}"));
        assert_eq!(files.iter().map(|file| file.count).sum::<u64>(), 5, "{file}");
        assert_eq!(files, render(&payments, &profiles, &meta()).unwrap(), "{file}: the same bytes twice");
        let mut placed: Vec<u32> =
            files.iter().flat_map(|file| file.rows.iter().map(|row| row.payment)).collect();
        placed.sort_unstable();
        assert_eq!(placed, [0, 1, 2, 3, 4], "{file}");
    }
}

#[test]
fn an_agent_banks_own_accounts_and_others_go_to_two_files() {
    let files = render(&payments(), &profiles("abc-own-other"), &meta()).unwrap();
    let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "20230210-150102-202302-R0001-F0001-dibao-本行.txt",
            "20230210-150102-202302-R0001-F0002-dibao-跨行.txt",
            "20230210-150102-202302-R0001-F0003-old-age-跨行.txt",
        ]
    );
    assert_eq!(files[2].count, 2);
}

#[test]
fn fixed_width_is_counted_in_bytes_and_amounts_in_fen() {
    let files = render(&payments(), &profiles("fixed-width"), &meta()).unwrap();
    let lines: Vec<&[u8]> = files[0].bytes.split(|&byte| byte == b'\n').collect();
    assert_eq!(lines.len(), 4);
    for line in &lines[..2] {
        assert_eq!(line.len(), 8 + 35 + 32 + 60 + 12 + 20 + 1);
    }
    assert_eq!(&lines[0][135..147], b"000000085450");
    assert!(lines[2].starts_with(b"T00000002000000000085451"));
}

#[test]
fn a_row_limit_splits_a_file_and_names_stay_unique() {
    let text = BANKS[0].1.replace("row_limit = 0", "row_limit = 2").replace("{batch}-", "");
    let profiles = Profiles::load(&[("general.toml", &text)], &BTreeMap::new(), "general").unwrap();
    let payments: Vec<BankPayment> =
        (1..=5).map(|number| payment(number, "old-age", "A/B银行", "张三", 100)).collect();
    let files = render(&payments, &profiles, &meta()).unwrap();
    let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["old-age-A_B银行.csv", "old-age-A_B银行-2.csv", "old-age-A_B银行-3.csv"]);
    assert_eq!(files.iter().map(|file| file.count).collect::<Vec<_>>(), [2, 2, 1]);
}

#[test]
fn names_that_a_file_cannot_hold_are_known_before_rendering_and_refused_in_it() {
    let profiles = profiles("general");
    let general = profiles.of("");
    let pipe = profiles.named_profile("pipe-trailer").unwrap();
    let gbk = profiles.named_profile("fixed-width").unwrap();
    for name in ["=1+1", "+张三", "-张三", "@张三", "", " ", "张\n三", "张\u{E000}", "张\u{FFFD}"] {
        assert!(!encodable(general, name), "{name:?}");
    }
    assert!(encodable(general, "张三,李四") && !encodable(pipe, "张三|李四"));
    assert!(encodable(general, "张𬎆") && !encodable(gbk, "张𬎆"));
    // 60 bytes are thirty characters.
    assert!(encodable(gbk, &"张".repeat(30)) && !encodable(gbk, &"张".repeat(31)));
    let account =
        |bank: &str, number: &str| Account {
            bank: bank.into(), number: number.into(), name: "张三".into()
        };
    assert_eq!(unfit(gbk, &account("某银行", "6228 48")), Some(Unfit::Character(' ')));
    assert_eq!(unfit(gbk, &account("某银行", "")), Some(Unfit::Empty));
    // The bank's name matters only where it is written.
    assert_eq!(unfit(gbk, &account("=银行", "622848")), None);
    assert_eq!(unfit(general, &account("=银行", "622848")), Some(Unfit::Formula));
    let bad = [payment(1, "dibao", "某银行", "张𬎆", 100)];
    let gbk_only = Profiles::load(BANKS, &BTreeMap::new(), "fixed-width").unwrap();
    let fault = render(&bad, &gbk_only, &meta()).unwrap_err();
    assert_eq!((fault.exit, fault.code), (Exit::Refused, "bank-field-unfit"));
}

#[test]
fn nothing_is_rendered_for_an_amount_of_zero_or_an_id_that_stands_twice() {
    let zero = [payment(1, "dibao", "某银行", "张三", 0)];
    assert_eq!(render(&zero, &profiles("general"), &meta()).unwrap_err().code, "payment-not-positive");
    let twice = [payment(1, "dibao", "某银行", "张三", 1), payment(1, "dibao", "某银行", "张三", 1)];
    assert_eq!(render(&twice, &profiles("general"), &meta()).unwrap_err().code, "payment-id-twice");
}

#[test]
fn a_bank_is_known_by_its_name_or_by_its_longest_known_beginning() {
    let banks = BTreeMap::from([
        ("中国农业银行".to_owned(), "abc-own-other".to_owned()),
        ("中国".to_owned(), "pipe-trailer".to_owned()),
    ]);
    let profiles = Profiles::load(BANKS, &banks, "general").unwrap();
    assert_eq!(profiles.of("中国农业银行呼和浩特新城支行").name, "abc-own-other");
    assert_eq!(profiles.of("中国银行").name, "pipe-trailer");
    assert_eq!(profiles.of("农商行").name, "general");
    assert!(!profiles.knows("农商行"));
}

#[test]
fn all_faults_of_profiles_are_reported_at_once() {
    let text = r#"
name = "Bad Name"
status = "example"
format = "fixed"
file_name = "{nothing}"
columns = [{ field = "account-no" }, { field = "amount", width = 5, pad = "0" }, { field = "total", width = 3 }]
"#;
    let banks = BTreeMap::from([("某银行".to_owned(), "missing".to_owned())]);
    let fault =
        Profiles::load(&[("bad.toml", text), ("worse.toml", "name = ")], &banks, "general").unwrap_err();
    let mut codes: Vec<&str> = fault.findings.iter().map(|finding| finding.code).collect();
    codes.dedup();
    assert_eq!(
        codes,
        [
            "bank-profile-name",
            "bank-profile-column-needed",
            "bank-profile-field-misplaced",
            "bank-profile-width-needed",
            "bank-profile-pad",
            "bank-profile-blank-unknown",
            "settings-form",
            "bank-profile-unknown",
        ]
    );
    assert!(codes.iter().all(|code| crate::words::knows(code)));
}

#[test]
fn a_changed_byte_is_found_when_a_file_is_read_back() {
    let payments = payments();
    for (file, _) in BANKS.iter().filter(|(file, _)| *file != "icbc-workbook.toml") {
        let profiles = profiles(file.trim_end_matches(".toml"));
        let plans = plan_files(&payments, &profiles, &meta()).unwrap();
        let rendered = render_file(&plans[0], &payments, &meta()).unwrap();
        let account = b"6228480000000000001";
        let at = rendered.bytes.windows(account.len()).position(|window| window == account).unwrap();
        let mut changed = rendered.bytes.clone();
        changed[at + 18] = b'9';
        let fault = read_back::compare(&plans[0], &payments, &changed).unwrap_err();
        assert_eq!((fault.exit, fault.code), (Exit::Unbalanced, "bank-file-read-back"), "{file}");
    }
}

/// Errors of a message against its schema, by a validator that knows nothing of this program.
fn schema_errors(version: &str, bytes: &[u8]) -> Vec<String> {
    let schema = match version {
        "03" => include_str!("../../tests/data/iso20022/xsd/pain.001.001.03.xsd"),
        "09" => include_str!("../../tests/data/iso20022/xsd/pain.001.001.09.xsd"),
        _ => include_str!("../../tests/data/iso20022/xsd/pain.001.001.13.xsd"),
    };
    let schema = uppsala::parse(schema).unwrap();
    let validator = uppsala::XsdValidator::from_schema(&schema).unwrap();
    let text = std::str::from_utf8(bytes).unwrap();
    match uppsala::parse(text) {
        Ok(document) => validator.validate(&document).iter().map(ToString::to_string).collect(),
        Err(fault) => vec![fault.to_string()],
    }
}

fn iso(version: &str) -> Profiles {
    let text = BANKS[5].1.replace("\"pain.001.001.09\"", &format!("\"pain.001.001.{version}\""));
    Profiles::load(&[("iso20022.toml", &text)], &BTreeMap::new(), "iso20022").unwrap()
}

#[test]
fn messages_of_three_versions_are_valid_by_their_schemas() {
    let mut payments = payments();
    payments[1].account_name = "A & B <“'\">·𬎆".into();
    payments[2].payee_id = "".into();
    for version in ["03", "09", "13"] {
        let files = render(&payments, &iso(version), &meta()).unwrap();
        assert_eq!(files.len(), 2);
        for file in &files {
            assert_eq!(schema_errors(version, &file.bytes), Vec::<String>::new(), "{version} {}", file.name);
        }
        // With the payer's bank known by name only.
        let mut by_name = meta();
        by_name.payer.bank_code.clear();
        let files = render(&payments, &iso(version), &by_name).unwrap();
        assert_eq!(schema_errors(version, &files[0].bytes), Vec::<String>::new(), "{version}");
        // The validator does find faults: the other version's schema does not take it.
        let other = if version == "03" { "09" } else { "03" };
        assert_ne!(schema_errors(other, &files[0].bytes), Vec::<String>::new());
    }
}

#[test]
fn a_message_needs_creditor_account_and_agent_though_the_schema_does_not() {
    let payments = payments();
    let profiles = iso("09");
    let plans = plan_files(&payments, &profiles, &meta()).unwrap();
    let file = render_file(&plans[0], &payments, &meta()).unwrap();
    let text = String::from_utf8(file.bytes).unwrap();
    for (element, end) in [("<CdtrAgt>", "</CdtrAgt>"), ("<Cdtr>", "</Cdtr>"), ("<CdtrAcct>", "</CdtrAcct>")]
    {
        let (from, to) = (text.find(element).unwrap(), text.find(end).unwrap() + end.len());
        let without = format!("{}{}", &text[..from], &text[to..]);
        assert_eq!(schema_errors("09", without.as_bytes()), Vec::<String>::new(), "{element}");
        let fault = read_back::compare(&plans[0], &payments, without.as_bytes()).unwrap_err();
        assert_eq!(fault.code, "bank-file-read-back");
    }
}

#[test]
fn a_message_without_a_whole_payer_or_bank_is_refused() {
    let without = |change: &dyn Fn(&mut Payer)| {
        let mut meta = meta();
        change(&mut meta.payer);
        render(&payments(), &iso("09"), &meta).unwrap_err().code
    };
    assert_eq!(without(&|payer| payer.name.clear()), "payer-incomplete");
    assert_eq!(without(&|payer| payer.account_no.clear()), "payer-incomplete");
    assert_eq!(without(&|payer| payer.bank_code = "103100000027".to_owned()), "payer-incomplete");
    let mut no_bank = payments();
    no_bank[0].bank = "".into();
    assert_eq!(render(&no_bank, &iso("09"), &meta()).unwrap_err().code, "bank-field-unfit");
}

#[test]
fn a_workbook_changed_in_one_cell_is_found_when_read_back() {
    let payments = payments();
    let profiles = profiles("icbc-workbook");
    let plans = plan_files(&payments, &profiles, &meta()).unwrap();
    let mut other = payments.clone();
    other[0].amount = Money::from_fen(85_451);
    let changed = render_file(&plans[0], &other, &meta());
    // The sum of the plan is the first payment's old one, so the rendering itself is refused …
    assert!(changed.is_err());
    // … and a file of other payments is told from ours.
    let file = render_file(&plans[0], &payments, &meta()).unwrap();
    assert!(read_back::compare(&plans[0], &other, &file.bytes).is_err());
    assert_eq!(read_back(profiles.of(""), &file.bytes).unwrap().rows.len() as u64, file.count);
}

proptest::proptest! {
    #[test]
    fn whatever_fits_a_profile_is_read_back_as_it_was(
        name in "\\PC{1,12}",
        bank in "\\PC{0,8}",
        fen in 1_i64..100_000_000,
        account in "[0-9]{9,30}",
        which in 0_usize..6,
    ) {
        let profiles = profiles(BANKS[which].0.trim_end_matches(".toml"));
        let profile = profiles.of("某银行");
        let mut one = payment(1, "old-age", &bank, &name, fen);
        one.account_no = account.as_str().into();
        let fits = unfit(profile, &account_of(&one)).is_none();
        let rendered = render(std::slice::from_ref(&one), &profiles, &meta());
        if fits {
            let file = rendered.unwrap().remove(0);
            let row = read_back(profile, &file.bytes).unwrap().rows.remove(0);
            proptest::prop_assert_eq!(row.account_name.as_str(), name.as_str());
            proptest::prop_assert_eq!(row.amount, one.amount);
        } else {
            proptest::prop_assert_eq!(rendered.unwrap_err().code, "bank-field-unfit");
        }
    }

    #[test]
    fn bytes_that_are_no_bank_file_are_refused_and_never_panic(
        bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200),
        which in 0_usize..6,
    ) {
        let profiles = profiles(BANKS[which].0.trim_end_matches(".toml"));
        let _ = read_back(profiles.of(""), &bytes);
    }
}
