//! The register of a release's vouchers, as CSV and as a workbook.

use std::io;

use crate::domain::Money;

use super::super::encode::{BOM, Row};
use super::super::workbook::{Book, Cell, Column};

use super::{Release, VoucherFile, month, shown};

/// Columns of `vouchers.csv`.
pub const COLUMNS: [&str; 23] = [
    "voucher",
    "state",
    "programme",
    "programme_name",
    "fund",
    "budget_year",
    "sources",
    "payer",
    "payer_account",
    "bank",
    "purpose",
    "pay_on",
    "count",
    "amount",
    "amount_words",
    "recalled_count",
    "recalled",
    "files",
    "sha256",
    "drafted_by",
    "approved_by",
    "ledger_entry",
    "ledger_head",
];

/// The register, one row a voucher, in order; several files are joined by `;`.
pub fn register(release: &Release, capital_words: impl Fn(Money) -> String) -> Vec<u8> {
    let mut bytes = BOM.to_vec();
    let mut header = Row::new(&mut bytes);
    COLUMNS.iter().for_each(|column| {
        header.word(column);
    });
    header.end();
    for voucher in &release.vouchers {
        let (released, payable) = (voucher.released(), voucher.payable());
        let joined =
            |text: fn(&VoucherFile) -> &str| voucher.files.iter().map(text).collect::<Vec<_>>().join(";");
        let mut row = Row::new(&mut bytes);
        row.text(&voucher.number).word(voucher.state()).word(&voucher.code).text(&voucher.programme);
        row.text(&voucher.fund);
        match voucher.budget_year {
            Some(year) => row.number(u64::from(year.unsigned_abs())),
            None => row.empty(),
        };
        row.text(&release.sources(voucher)).text(&release.payer).text(&release.payer_account);
        row.text(&voucher.bank).text(&release.purpose(voucher)).word(&release.pay_on.to_string());
        row.number(released.count).money(released.money).text(&capital_words(released.money));
        row.number(released.count - payable.count).money(released.money - payable.money);
        row.text(&joined(|file| &file.name)).word(&joined(|file| &file.sha256));
        row.text(&release.drafted.0).text(&release.approved.0);
        row.number(release.entry.0).word(&release.entry.1).end();
    }
    bytes
}

/// The register as a workbook: a sheet of vouchers with a signature block, and one of files.
///
/// # Errors
/// What the format refuses.
pub fn workbook(release: &Release, capital_words: impl Fn(Money) -> String) -> io::Result<Vec<u8>> {
    let say = |code: &str| release.say(code, &[]);
    let title = release.say(
        "voucher-register-title",
        &[("month", &month(release.language, release.cycle)), ("run", &release.run.to_string())],
    );
    let subtitle = format!("{} · {} {}", release.bureau, say("voucher-entry"), release.entry.0);
    let mut book = Book::new(&title, subtitle, say("total"), release.approved.1).map_err(io::Error::other)?;
    let columns = [
        Column::new(say("voucher-number-head"), 24),
        Column::new(say("programme"), 26),
        Column::new(say("fund"), 28),
        Column::new(say("paying-bank"), 22),
        Column::new(say("count"), 9).summed(),
        Column::new(say("amount"), 16).summed(),
        Column::new(say("voucher-recalled-money"), 16).summed(),
        Column::new(say("voucher-payable"), 16).summed(),
        Column::new(say("voucher-payable-words"), 40),
        Column::new(say("voucher-state"), 12),
    ];
    let rows: Vec<Vec<Cell>> = release
        .vouchers
        .iter()
        .map(|voucher| {
            let (released, payable) = (voucher.released(), voucher.payable());
            vec![
                Cell::text(voucher.number.as_str()),
                Cell::text(voucher.programme.as_str()),
                Cell::text(voucher.fund.as_str()),
                Cell::text(voucher.bank.as_str()),
                Cell::Count(released.count),
                Cell::Money(released.money),
                Cell::Money(released.money - payable.money),
                Cell::Money(payable.money),
                Cell::text(capital_words(payable.money)),
                Cell::text(say(&format!("voucher-state-{}", voucher.state()))),
            ]
        })
        .collect();
    let below = book.table(&say("voucher-register"), &title, &columns, rows).map_err(io::Error::other)? + 2;
    book.signatures(
        below,
        &[
            (0, say("sign-drafted")),
            (2, say("sign-checked")),
            (5, say("sign-approved")),
            (8, say("sign-date")),
        ],
    );
    let columns = [
        Column::new(say("voucher-number-head"), 24),
        Column::new(say("file"), 44),
        Column::new(say("count"), 9).summed(),
        Column::new(say("amount"), 16).summed(),
        Column::new(say("digest"), 68),
        Column::new(say("voucher-state"), 44),
    ];
    let rows: Vec<Vec<Cell>> = release
        .vouchers
        .iter()
        .flat_map(|voucher| {
            let shown = shown(release, voucher, &capital_words);
            voucher.files.iter().zip(shown.files).map(|(file, shown)| {
                vec![
                    Cell::text(voucher.number.as_str()),
                    Cell::text(file.name.as_str()),
                    Cell::Count(file.total.count),
                    Cell::Money(file.total.money),
                    Cell::text(file.sha256.as_str()),
                    if shown.recalled.is_empty() { Cell::Empty } else { Cell::text(shown.recalled) },
                ]
            })
        })
        .collect();
    book.table(&say("voucher-files"), &title, &columns, rows).map_err(io::Error::other)?;
    book.bytes()
}
