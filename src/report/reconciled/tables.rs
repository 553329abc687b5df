//! The CSV files.

use std::io;

use super::Shown;
use crate::domain::{Month, Tally};
use crate::reconcile::year::{Year, YearCell};
use crate::reconcile::{Exception, Judged, Key, Reconciliation, Standing, Sums, Why};
use crate::report::encode::{Row, write_rows};

type Files = Vec<(String, Vec<u8>)>;

fn file<T: Sync>(
    files: &mut Files,
    name: &str,
    columns: &[&str],
    rows: &[T],
    render: impl Fn(&T, &mut Row<'_>) + Sync,
) -> io::Result<()> {
    let mut bytes = Vec::new();
    write_rows(&mut bytes, columns, rows, render)?;
    files.push((name.to_owned(), bytes));
    Ok(())
}

fn tally(row: &mut Row<'_>, tally: Tally) {
    row.number(tally.count).money(tally.money);
}

fn day(row: &mut Row<'_>, day: Option<chrono::NaiveDate>) {
    match day {
        Some(day) => row.word(&day.to_string()),
        None => row.empty(),
    };
}

fn number(row: &mut Row<'_>, number: Option<u32>) {
    match number {
        Some(number) => row.number(u64::from(number)),
        None => row.empty(),
    };
}

/// The columns into which people type their decisions, last in the exceptions.
pub(super) const TYPED: [&str; 4] = ["decision", "amount", "document", "reason"];

pub(super) fn month(shown: &Shown<'_>, result: &Reconciliation) -> io::Result<Files> {
    let mut files = Files::new();
    balance(shown, result, &mut files)?;
    let items: Vec<(&Judged, usize)> = result
        .payments
        .iter()
        .flat_map(|judged| (0..judged.lines.len()).map(move |line| (judged, line)))
        .collect();
    file(
        &mut files,
        "items.csv",
        &[
            "payment_id",
            "run",
            "file",
            "row",
            "programme",
            "fund",
            "bank",
            "beneficiary",
            "benefit_month",
            "case_no",
            "posted",
            "in_file",
            "back",
            "bank_difference",
            "ledger",
            "bank_moved",
            "standing",
            "class",
            "reason",
            "date",
        ],
        &items,
        |(judged, line), row| {
            let line = &judged.lines[*line];
            row.word(&judged.id.to_string()).number(u64::from(judged.run)).text(&judged.file_name);
            row.number(u64::from(judged.row)).word(shown.code(judged.programme));
            row.word(shown.fund(judged.programme)).text(&judged.bank_name);
            row.beneficiary(&line.line.beneficiary).month(line.line.month).text(&line.line.case_no);
            for money in [line.posted, line.in_file, line.back, line.difference, line.ledger(), line.bank] {
                row.money(money);
            }
            row.word(judged.standing.word()).word(&judged.class).text(&judged.reason);
            day(row, judged.day);
        },
    )?;
    exceptions(shown, result, &mut files)?;
    file(
        &mut files,
        "failed.csv",
        &[
            "payment_id",
            "programme",
            "bank",
            "file",
            "account_no",
            "account_name",
            "payee_id",
            "beneficiary",
            "amount",
            "code",
            "reason",
            "actor",
            "date",
            "replaced_by",
        ],
        &result.failed,
        |failed, row| {
            row.word(&failed.payment)
                .word(shown.code(failed.programme))
                .text(&failed.bank)
                .text(&failed.file);
            row.text(&failed.account_no).text(&failed.account_name);
            match failed.payee {
                Some(payee) => row.resident(payee),
                None => row.empty(),
            };
            match &failed.beneficiary {
                Some(beneficiary) => row.beneficiary(beneficiary),
                None => row.empty(),
            };
            row.money(failed.amount).word(failed.code).text(&failed.reason).word(failed.actor.word());
            day(row, failed.day);
            row.word(failed.replaced_by.as_deref().unwrap_or(""));
        },
    )?;
    file(
        &mut files,
        "unanswered.csv",
        &[
            "payment_id",
            "programme",
            "bank",
            "file",
            "account_no",
            "account_name",
            "amount",
            "standing",
            "released_on",
            "working_days",
            "band",
        ],
        &result.unanswered,
        |open, row| {
            row.word(&open.payment).word(shown.code(open.programme)).text(&open.bank).text(&open.file);
            row.text(&open.account_no).text(&open.account_name).money(open.amount).word(open.standing.word());
            day(row, Some(open.released_on));
            row.number(u64::from(open.age)).word(open.band());
        },
    )?;
    Ok(files)
}

/// One row a group, and the total: the balance statement.
fn balance(shown: &Shown<'_>, result: &Reconciliation, files: &mut Files) -> io::Result<()> {
    let mut columns: Vec<String> =
        ["programme", "bank", "run", "file", "fund", "payments", "posted", "in_file"]
            .map(str::to_owned)
            .to_vec();
    for standing in Standing::ALL {
        columns.push(format!("{}_count", standing.word()));
        columns.push(standing.word().to_owned());
    }
    columns.extend(["back", "bank_difference", "ledger", "bank_moved"].map(str::to_owned));
    let why = |of_ledger: bool| Why::ALL.into_iter().filter(move |why| why.is_of_ledger() == of_ledger);
    let column = |why: Why| format!("between_{}", why.word().replace('-', "_"));
    columns.extend(why(true).map(column));
    columns.push("unexplained".to_owned());
    columns.extend(["statement_payments", "statement_bank", "statement"].map(str::to_owned));
    columns.extend(why(false).map(column));
    columns.push("unexplained_statement".to_owned());
    let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
    let mut rows: Vec<(Option<&Key>, &Sums)> =
        result.groups.iter().map(|group| (Some(&group.key), &group.sums)).collect();
    rows.push((None, &result.total));
    file(files, "balance.csv", &columns, &rows, |(key, sums), row| {
        match key {
            Some(key) => {
                row.word(shown.code(key.programme)).text(&key.bank).number(u64::from(key.run));
                row.text(&key.file).word(&key.fund);
            }
            None => {
                row.word("total").empty().empty().empty().empty();
            }
        }
        tally(row, sums.posted);
        row.money(sums.in_file.money);
        for standing in Standing::ALL {
            tally(row, sums.standing(standing));
        }
        row.money(sums.back).money(sums.difference).money(sums.ledger).money(sums.bank);
        let between = |why: Why| sums.between.get(&why).copied().unwrap_or_default().money;
        for why in why(true) {
            row.money(between(why));
        }
        row.money(sums.unexplained());
        tally(row, sums.stated);
        row.money(sums.statement);
        for why in why(false) {
            row.money(between(why));
        }
        row.money(sums.unexplained_statement());
    })
}

fn exceptions(shown: &Shown<'_>, result: &Reconciliation, files: &mut Files) -> io::Result<()> {
    let mut columns = vec![
        "payment_id",
        "class",
        "programme",
        "bank",
        "run",
        "file",
        "account_no",
        "account_name",
        "our_amount",
        "bank_amount",
        "said",
        "place",
        "date",
        "working_days",
        "candidates",
    ];
    columns.extend(TYPED);
    file(files, "exceptions.csv", &columns, &result.exceptions, |one: &Exception, row| {
        row.word(&one.key).word(&one.class);
        row.word(one.programme.map_or("", |programme| shown.code(programme))).text(&one.bank);
        number(row, (one.run > 0).then_some(one.run));
        row.text(&one.file).text(&one.account_no).text(&one.account_name);
        row.optional_money(one.ours).optional_money(one.theirs).text(&one.said).text(&one.place);
        day(row, one.day);
        number(row, one.age);
        row.text(&one.candidates.join(" "));
        for _ in TYPED {
            row.empty();
        }
    })
}

pub(super) fn year(shown: &Shown<'_>, result: &Year) -> io::Result<Files> {
    let mut files = Files::new();
    let mut rows: Vec<(&str, String, &YearCell)> = Vec::new();
    for row in &result.rows {
        for (month, cell) in (1..).zip(&row.months) {
            let month = Month::new(result.year, month).map(|month| month.to_string()).unwrap_or_default();
            rows.extend(cell.as_ref().map(|cell| (shown.code(row.programme), month, cell)));
        }
        rows.push((shown.code(row.programme), result.year.to_string(), &row.total));
    }
    file(
        &mut files,
        "year.csv",
        &[
            "programme",
            "cycle",
            "payments",
            "paid",
            "returned",
            "bank_difference",
            "repaid",
            "offset",
            "written_off",
            "payable",
            "receivable",
            "unanswered_count",
            "unanswered",
        ],
        &rows,
        |(programme, cycle, cell), row| {
            row.word(programme).word(cycle);
            tally(row, cell.paid);
            for money in [
                cell.returned,
                cell.difference,
                cell.repaid,
                cell.offset,
                cell.written_off,
                cell.payable,
                cell.receivable,
            ] {
                row.money(money);
            }
            tally(row, cell.unanswered);
        },
    )?;
    file(
        &mut files,
        "budget.csv",
        &["fund", "name", "appropriation", "charged", "restored", "left"],
        &result.funds,
        |fund, row| {
            row.word(&fund.code).text(&fund.name);
            row.optional_money(fund.appropriation).money(fund.charged).money(fund.restored);
            row.optional_money(fund.left());
        },
    )?;
    Ok(files)
}
