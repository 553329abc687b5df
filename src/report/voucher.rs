//! Payment vouchers (财务支付单): one page per programme and bank, for signatures and the treasury's
//! files. The amount in capital words comes from `pay`, handed in by the conductor.

use std::collections::BTreeMap;
use std::io::{self, Write};

use minijinja::context;
use serde::Serialize;

use crate::domain::{Money, Programme, Tally};
use crate::words::Language;

use super::facts::{BankFile, RunFacts};
use super::label::sentence;
use super::page::{render, serde};
use super::people::{grouped, grouped_count};

const TEMPLATE: &str = include_str!("voucher.html");

#[derive(Serialize)]
struct Voucher {
    number: String,
    programme: String,
    fund: String,
    bank: String,
    purpose: String,
    count: String,
    total: String,
    words: String,
    files: Vec<(String, String, String, String)>,
}

/// Writes all vouchers of a run as one page for printing, one voucher a sheet. Amounts agree with the
/// bank files by construction: they are their sums.
///
/// # Errors
/// What the writer says.
pub fn vouchers(
    facts: &RunFacts<'_>,
    capital_words: impl Fn(Money) -> String,
    out: &mut dyn Write,
) -> io::Result<()> {
    let language = facts.language;
    let mut groups: BTreeMap<(Programme, &str), Vec<&BankFile>> = BTreeMap::new();
    for file in facts.bank_files {
        groups.entry((file.programme, &file.bank)).or_default().push(file);
    }
    let vouchers: Vec<Voucher> = groups
        .iter()
        .enumerate()
        .map(|(position, ((programme, bank), files))| {
            let rule = facts.rulebook.rule(*programme);
            let total = files.iter().fold(Tally::default(), |sum, file| sum + file.total);
            let fund = facts.rulebook.funds.get(usize::from(rule.fund));
            Voucher {
                number: format!("{}-R{:04}-{:02}", facts.cycle.compact(), facts.run, position + 1),
                programme: rule.name.to_string(),
                fund: fund.map_or(String::new(), |fund| fund.name.to_string()),
                bank: (*bank).to_owned(),
                purpose: if rule.remark.is_empty() { rule.name.to_string() } else { rule.remark.to_string() },
                count: grouped_count(total.count),
                total: grouped(total.money),
                words: capital_words(total.money),
                files: files
                    .iter()
                    .map(|file| {
                        (
                            file.name.to_string(),
                            grouped_count(file.total.count),
                            grouped(file.total.money),
                            file.sha256.clone(),
                        )
                    })
                    .collect(),
            }
        })
        .collect();
    let context = context! {
        lang => if language == Language::Zh { "zh-CN" } else { "en" },
        title => sentence(language, "voucher", &[]),
        bureau => facts.bureau,
        cycle => facts.cycle.to_string(),
        run => facts.run,
        today => facts.today.to_string(),
        pay_by => facts.pay_by.date.to_string(),
        by => facts.by,
        ledger_head => facts.ledger_head,
        vouchers => serde(vouchers),
    };
    render(language, "voucher.html", TEMPLATE, context, out)
}
