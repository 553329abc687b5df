//! Payment vouchers (财务支付单): what a released run asks the treasury to pay, one voucher per
//! programme and bank. In: a [`Release`], filled by the conductor from the ledger alone. Out: one page
//! for printing (a register, then each voucher on a sheet of its own), the register as CSV and as a
//! workbook. It computes sums and nothing else; the amount in capital words comes from `pay`.
//!
//! A voucher speaks of what was released. A file that was recalled later stays on it, marked, and what is
//! still to be paid is shown beside; a voucher all of whose files were recalled is void.

use std::io;

use chrono::{Datelike, NaiveDate};
use minijinja::context;
use serde::Serialize;

use crate::domain::{Money, Month, Tally, Text};
use crate::words::Language;

use super::label::sentence;
use super::page::{render, serde};
use super::people::{grouped, grouped_count};

mod register;

pub use register::{COLUMNS, register, workbook};

const TEMPLATE: &str = include_str!("voucher.html");

/// A released run and its vouchers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// The language it was drafted in.
    pub language: Language,
    /// The bureau's name.
    pub bureau: Text,
    /// The payer's account name.
    pub payer: Text,
    /// The account that is debited; empty where the bureau states none.
    pub payer_account: Text,
    /// The payer's bank; empty where the bureau states none.
    pub payer_bank: Text,
    /// The run's number.
    pub run: u32,
    /// Cycle month.
    pub cycle: Month,
    /// Execution date of the payments.
    pub pay_on: NaiveDate,
    /// Who drafted, and when.
    pub drafted: (Text, NaiveDate),
    /// Who approved, and when.
    pub approved: (Text, NaiveDate),
    /// The ledger entry of the release: its number and hash (hex).
    pub entry: (u64, String),
    /// By programme (pack order) and bank.
    pub vouchers: Vec<Voucher>,
}

/// What is paid for one programme through one bank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voucher {
    /// `<division>-<yyyymm>-R<run>-V<number>`.
    pub number: Text,
    /// Programme code.
    pub code: Text,
    /// Programme name.
    pub programme: Text,
    /// The fund's name, or its code where the name was not kept.
    pub fund: Text,
    /// Budget year; `None` where it was not kept.
    pub budget_year: Option<i32>,
    /// Who feeds the fund: source and share as a decimal (`0.7`).
    pub sources: Vec<(Text, Text)>,
    /// The bank.
    pub bank: Text,
    /// What the recipient reads on the statement; empty: the programme's name.
    pub remark: Text,
    /// Its bank files, in the run's order.
    pub files: Vec<VoucherFile>,
}

/// A bank file under a voucher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoucherFile {
    /// Name.
    pub name: Text,
    /// sha256 of its bytes (hex).
    pub sha256: Text,
    /// Payments and their sum.
    pub total: Tally,
    /// Taken back.
    pub recalled: Option<Recalled>,
}

/// How a file was taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recalled {
    /// Document number.
    pub document: Text,
    /// Why.
    pub why: Text,
    /// The day.
    pub on: NaiveDate,
    /// Who asked, and who approved.
    pub by: (Text, Text),
}

impl Voucher {
    /// What it was released for.
    pub fn released(&self) -> Tally {
        self.sum(|_| true)
    }

    /// What is still to be paid: without files taken back.
    pub fn payable(&self) -> Tally {
        self.sum(|file| file.recalled.is_none())
    }

    /// Whether any file of it was taken back.
    pub fn touched(&self) -> bool {
        self.files.iter().any(|file| file.recalled.is_some())
    }

    fn sum(&self, counts: impl Fn(&VoucherFile) -> bool) -> Tally {
        self.files.iter().filter(|file| counts(file)).fold(Tally::default(), |sum, file| sum + file.total)
    }

    /// `issued`, `part-recalled` or `void`.
    pub fn state(&self) -> &'static str {
        match (self.touched(), self.payable().count) {
            (false, _) => "issued",
            (true, 0) => "void",
            (true, _) => "part-recalled",
        }
    }
}

impl Release {
    /// What was released in all.
    pub fn released(&self) -> Tally {
        self.vouchers.iter().fold(Tally::default(), |sum, voucher| sum + voucher.released())
    }

    /// What is still to be paid in all.
    pub fn payable(&self) -> Tally {
        self.vouchers.iter().fold(Tally::default(), |sum, voucher| sum + voucher.payable())
    }

    fn say(&self, code: &str, blanks: &[(&'static str, &str)]) -> String {
        sentence(self.language, code, blanks)
    }

    /// `2023年2月低保金`, for whoever files it a year later.
    fn purpose(&self, voucher: &Voucher) -> String {
        let what = if voucher.remark.is_empty() { &voucher.programme } else { &voucher.remark };
        self.say("voucher-for", &[("month", &month(self.language, self.cycle)), ("what", what)])
    }

    /// `中央和自治区 70%、市级 10%`.
    fn sources(&self, voucher: &Voucher) -> String {
        let shown: Vec<String> =
            voucher.sources.iter().map(|(source, share)| format!("{source} {}", percent(share))).collect();
        shown.join(if self.language == Language::Zh { "、" } else { ", " })
    }
}

/// A share as written in the ledger (`0.7`), in per cent; as it is where it is no decimal.
fn percent(share: &str) -> String {
    match share.parse::<rust_decimal::Decimal>() {
        Ok(share) => format!("{}%", (share * rust_decimal::Decimal::ONE_HUNDRED).normalize()),
        Err(_) => share.to_owned(),
    }
}

/// A month as people write it.
pub(super) fn month(language: Language, month: Month) -> String {
    match language {
        Language::Zh => format!("{}年{}月", month.year(), month.month()),
        Language::En => month.to_string(),
    }
}

/// A day as people write it.
pub(super) fn day(language: Language, day: NaiveDate) -> String {
    match language {
        Language::Zh => format!("{}年{}月{}日", day.year(), day.month(), day.day()),
        Language::En => day.to_string(),
    }
}

#[derive(Serialize)]
struct Shown {
    number: String,
    programme: String,
    fund: String,
    year: String,
    sources: String,
    bank: String,
    purpose: String,
    state: &'static str,
    state_words: String,
    count: String,
    total: String,
    words: String,
    payable_count: String,
    payable: String,
    payable_words: String,
    files: Vec<ShownFile>,
}

#[derive(Serialize)]
struct ShownFile {
    name: String,
    count: String,
    total: String,
    sha256: String,
    recalled: String,
}

fn shown(release: &Release, voucher: &Voucher, capital_words: &impl Fn(Money) -> String) -> Shown {
    let (released, payable) = (voucher.released(), voucher.payable());
    let files = voucher.files.iter().map(|file| ShownFile {
        name: file.name.to_string(),
        count: grouped_count(file.total.count),
        total: grouped(file.total.money),
        sha256: file.sha256.to_string(),
        recalled: file.recalled.as_ref().map_or(String::new(), |recalled| {
            let by = [recalled.by.0.as_str(), recalled.by.1.as_str()];
            let by = by.into_iter().filter(|name| !name.is_empty()).collect::<Vec<_>>().join(" / ");
            release.say(
                "voucher-recalled",
                &[
                    ("day", &day(release.language, recalled.on)),
                    ("document", &recalled.document),
                    ("why", &recalled.why),
                    ("by", &by),
                ],
            )
        }),
    });
    Shown {
        number: voucher.number.to_string(),
        programme: voucher.programme.to_string(),
        fund: voucher.fund.to_string(),
        year: voucher.budget_year.map_or(String::new(), |year| year.to_string()),
        sources: release.sources(voucher),
        bank: voucher.bank.to_string(),
        purpose: release.purpose(voucher),
        state: voucher.state(),
        state_words: release.say(&format!("voucher-state-{}", voucher.state()), &[]),
        count: grouped_count(released.count),
        total: grouped(released.money),
        words: capital_words(released.money),
        payable_count: grouped_count(payable.count),
        payable: grouped(payable.money),
        payable_words: capital_words(payable.money),
        files: files.collect(),
    }
}

/// The page for printing: the register, then each voucher on a sheet of its own.
///
/// # Errors
/// A mistake in the template.
pub fn page(release: &Release, capital_words: impl Fn(Money) -> String) -> io::Result<Vec<u8>> {
    let language = release.language;
    let vouchers: Vec<Shown> =
        release.vouchers.iter().map(|voucher| shown(release, voucher, &capital_words)).collect();
    let (released, payable) = (release.released(), release.payable());
    let context = context! {
        lang => if language == Language::Zh { "zh-CN" } else { "en" },
        bureau => release.bureau.as_str(),
        payer => release.payer.as_str(),
        payer_account => release.payer_account.as_str(),
        payer_bank => release.payer_bank.as_str(),
        cycle => month(language, release.cycle),
        run => release.run,
        pay_on => day(language, release.pay_on),
        drafted_by => release.drafted.0.as_str(),
        drafted_on => day(language, release.drafted.1),
        approved_by => release.approved.0.as_str(),
        approved_on => day(language, release.approved.1),
        entry => release.entry.0,
        head => release.entry.1.as_str(),
        count => grouped_count(released.count),
        total => grouped(released.money),
        words => capital_words(released.money),
        touched => released != payable,
        payable_count => grouped_count(payable.count),
        payable => grouped(payable.money),
        payable_words => capital_words(payable.money),
        vouchers => serde(vouchers),
    };
    let mut page = Vec::new();
    render(language, "voucher.html", TEMPLATE, context, &mut page)?;
    Ok(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, count: u64, fen: i64) -> VoucherFile {
        VoucherFile {
            name: name.into(),
            sha256: "ab".repeat(32).into(),
            total: Tally { count, money: Money::from_fen(fen) },
            recalled: None,
        }
    }

    fn release() -> Release {
        let day = |day| NaiveDate::from_ymd_opt(2023, 2, day).unwrap();
        let voucher = |number: &str, code: &str, files| Voucher {
            number: number.into(),
            code: code.into(),
            programme: "高龄津贴".into(),
            fund: "高龄津贴补助资金".into(),
            budget_year: Some(2023),
            sources: vec![("自治区".into(), "0.3".into()), ("区级".into(), "0.700".into())],
            bank: "=中国农业银行<b>".into(),
            remark: Text::default(),
            files,
        };
        Release {
            language: Language::Zh,
            bureau: "呼和浩特市新城区财政局".into(),
            payer: "呼和浩特市新城区财政局".into(),
            payer_account: Text::default(),
            payer_bank: Text::default(),
            run: 1,
            cycle: Month::new(2023, 2).unwrap(),
            pay_on: day(10),
            drafted: ("甲".into(), day(3)),
            approved: ("乙".into(), day(6)),
            entry: (4, "cd".repeat(32)),
            vouchers: vec![
                voucher(
                    "150102-202302-R0001-V01",
                    "old-age",
                    vec![file("a.csv", 2, 20_000), file("b.csv", 1, 60_000)],
                ),
                voucher("150102-202302-R0001-V02", "meals", vec![file("c.csv", 3, 1_905)]),
            ],
        }
    }

    fn recalled() -> Option<Recalled> {
        Some(Recalled {
            document: "函〔2023〕2号".into(),
            why: "重号".into(),
            on: NaiveDate::from_ymd_opt(2023, 2, 7).unwrap(),
            by: ("甲".into(), "乙".into()),
        })
    }

    fn page_of(release: &Release) -> String {
        String::from_utf8(page(release, |money| format!("大写{money}")).unwrap()).unwrap()
    }

    #[test]
    fn a_voucher_states_sum_words_fund_sources_and_digest_and_asks_for_what_is_missing() {
        let page = page_of(&release());
        for said in [
            "¥800.00",
            "大写800.00",
            "2023年2月高龄津贴",
            "自治区 30%、区级 70%",
            "2023年2月10日",
            "高龄津贴补助资金",
            &"ab".repeat(32),
            &"cd".repeat(32),
            "disburse.toml",
            "大写819.05",
        ] {
            assert!(page.contains(said), "{said}");
        }
        assert!(!page.contains("report-page-") && !page.contains("<b>"));
        assert!(!page.contains("作废") && !page.contains("撤回"));
    }

    #[test]
    fn a_voucher_of_a_recalled_file_shows_what_is_left_and_one_of_which_nothing_is_left_is_void() {
        let mut part = release();
        part.vouchers[0].files[0].recalled = recalled();
        assert_eq!(part.vouchers[0].state(), "part-recalled");
        let shown = page_of(&part);
        assert!(
            shown.contains("大写600.00") && shown.contains("函〔2023〕2号") && shown.contains("部分撤回")
        );
        assert!(shown.contains("大写619.05") && !shown.contains("大写819.05"));
        part.vouchers[0].files[1].recalled = recalled();
        assert_eq!(part.vouchers[0].state(), "void");
        assert!(page_of(&part).contains("作废") && page_of(&part).contains("大写0.00"));
        assert_eq!(part.vouchers[1].state(), "issued");
    }

    #[test]
    fn the_register_has_a_row_a_voucher_and_its_sums_are_the_runs() {
        let text = String::from_utf8(register(&release(), |money| format!("大写{money}"))).unwrap();
        let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), 2);
        assert_eq!((&rows[0][9], &rows[0][13], &rows[0][17]), ("'=中国农业银行<b>", "800.00", "a.csv;b.csv"));
        assert_eq!((&rows[1][1], &rows[1][13]), ("issued", "19.05"));
    }
}
