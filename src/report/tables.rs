//! The eight CSV files of a run (DESIGN §12, columns and order fixed). Each writer takes the facts
//! and a place to write to, sorts where the input is not in its order already, and says how many
//! rows and how much money the file holds.

use std::cmp::Ordering;
use std::io::{self, Write};

use rayon::prelude::*;

use crate::assess::Outcome;
use crate::domain::{Hold, Line, Money, Text};
use crate::words;

use super::encode::write_rows;
use super::facts::{ReportedDecision, RunFacts, Wrote};
use super::reason;

/// Columns of `decisions.csv`.
pub const DECISIONS: &[&str] = &[
    "benefit_month",
    "programme",
    "beneficiary",
    "case_no",
    "resident_id",
    "name",
    "township",
    "outcome",
    "amount",
    "reason",
    "clause",
    "source",
];
/// Columns of `findings.csv`.
pub const FINDINGS: &[&str] =
    &["code", "severity", "file", "sheet", "row", "column", "resident_id", "name", "message", "action"];
/// Columns of `postings.csv` (and of `answers.csv`).
pub const POSTINGS: &[&str] = &[
    "posting_id",
    "programme",
    "beneficiary",
    "benefit_month",
    "case_no",
    "kind",
    "amount",
    "cause",
    "corrects",
    "payment_id",
    "document",
];
/// Columns of `payments.csv`.
pub const PAYMENTS: &[&str] = &[
    "payment_id",
    "programme",
    "bank",
    "account_no",
    "account_name",
    "payee_id",
    "beneficiary",
    "beneficiaries",
    "amount",
    "current",
    "arrears",
    "advance",
    "reissued",
    "offset",
    "replaces",
    "file",
    "line",
];
/// Columns of `payment_items.csv`.
pub const PAYMENT_ITEMS: &[&str] = &["payment_id", "beneficiary", "benefit_month", "case_no", "amount"];
/// Columns of `held.csv`.
pub const HELD: &[&str] =
    &["programme", "beneficiary", "benefit_month", "case_no", "amount", "hold", "since", "action"];
/// Columns of `balances.csv`.
pub const BALANCES: &[&str] =
    &["programme", "beneficiary", "benefit_month", "case_no", "entitlement", "balance", "debtor"];
/// Columns of `changes.csv`.
pub const CHANGES: &[&str] =
    &["programme", "beneficiary", "name", "township", "change", "amount_before", "amount_now", "reason"];

/// The rows in the order asked for: as they are where they are sorted already (the usual case), else
/// through a stable sort, which is quick where the rows are a few sorted runs (payments come by bank).
pub(super) fn ordered<T: Sync>(rows: &[T], order: impl Fn(&T, &T) -> Ordering + Sync) -> Vec<&T> {
    let mut sorted: Vec<&T> = rows.iter().collect();
    if !rows.is_sorted_by(|a, b| order(a, b) != Ordering::Greater) {
        sorted.par_sort_by(|a, b| order(a, b));
    }
    sorted
}

/// The order of decisions: line, then source rows.
pub fn decision_order(a: &ReportedDecision<'_>, b: &ReportedDecision<'_>) -> Ordering {
    let (a, b) = (a.decision, b.decision);
    a.programme
        .cmp(&b.programme)
        .then_with(|| a.beneficiary.cmp(&b.beneficiary))
        .then_with(|| a.month.cmp(&b.month))
        .then_with(|| a.case_no.cmp(&b.case_no))
        .then_with(|| a.sources.cmp(&b.sources))
}

/// `decisions.csv`.
///
/// # Errors
/// What the writer says.
pub fn decisions(facts: &RunFacts<'_>, out: &mut (dyn Write + Send)) -> io::Result<Wrote> {
    let rulebook = facts.rulebook;
    let rows = ordered(facts.decisions, decision_order);
    write_rows(out, DECISIONS, &rows, |row, cells| {
        let ReportedDecision { decision, claim } = row;
        cells.month(decision.month).word(&rulebook.rule(decision.programme).code);
        cells.beneficiary(&decision.beneficiary).text(&decision.case_no);
        match claim.resident {
            Some(resident) => cells.resident(resident),
            None => cells.text(&claim.id_written),
        };
        cells.text(&claim.name).text(rulebook.divisions.name(&decision.township));
        cells.word(decision.outcome.word());
        match decision.outcome {
            Outcome::Entitled | Outcome::Nil => cells.money(decision.amount),
            _ => cells.empty(),
        };
        cells.text(&reason::reason(rulebook, decision)).text(reason::clause(rulebook, decision));
        cells.text(&facts.files.show_all(&decision.sources));
    })?;
    let amount = facts
        .decisions
        .iter()
        .filter(|row| row.decision.outcome == Outcome::Entitled)
        .map(|row| row.decision.amount)
        .sum();
    Ok(Wrote { rows: rows.len() as u64, amount })
}

/// `findings.csv`, by place, then code.
///
/// # Errors
/// What the writer says.
pub fn findings(facts: &RunFacts<'_>, out: &mut (dyn Write + Send)) -> io::Result<Wrote> {
    let rows = ordered(facts.findings, |a, b| {
        a.sort_key().cmp(&b.sort_key()).then_with(|| (a.resident, &a.name).cmp(&(b.resident, &b.name)))
    });
    write_rows(out, FINDINGS, &rows, |finding, cells| {
        let (message, action) = words::finding(facts.language, finding);
        cells.word(finding.code).word(finding.severity.word());
        cells.text(&finding.place.file).text(&finding.place.sheet);
        match finding.place.row {
            0 => cells.empty(),
            row => cells.number(u64::from(row)),
        };
        cells.text(&finding.place.column);
        match finding.resident {
            Some(resident) => cells.resident(resident),
            None => cells.empty(),
        };
        cells.text(&finding.name).text(&message).text(&action);
    })?;
    Ok(Wrote { rows: rows.len() as u64, amount: Money::ZERO })
}

/// `postings.csv`. A drafted posting's id is `<run>-<number>`, its number in line order, so that it
/// is the same in every rendering of the draft.
///
/// # Errors
/// What the writer says.
pub fn postings(facts: &RunFacts<'_>, out: &mut (dyn Write + Send)) -> io::Result<Wrote> {
    let sorted = ordered(&facts.plan.postings, |a, b| a.line.cmp(&b.line));
    let rows: Vec<_> = sorted.into_iter().enumerate().collect();
    write_rows(out, POSTINGS, &rows, |(position, posting), cells| {
        cells.word(&format!("{}-{}", facts.run, position + 1));
        cells.word(facts.code(posting.line.programme));
        cells.beneficiary(&posting.line.beneficiary).month(posting.line.month).text(&posting.line.case_no);
        cells.word(posting.kind.word()).money(posting.amount);
        cells.word(posting.cause.map_or("", |cause| cause.word()));
        match posting.corrects {
            Some(id) => cells.word(&id.to_string()),
            None => cells.empty(),
        };
        cells.word(posting.payment.map_or("", |payment| facts.payment_id(payment))).empty();
    })?;
    let amount = facts.plan.postings.iter().map(|posting| posting.amount).sum();
    Ok(Wrote { rows: rows.len() as u64, amount })
}

/// `payments.csv`. Sorted by programme and beneficiary as every file is (payments for several first,
/// their beneficiary being empty), then in the sequence of their ids.
///
/// # Errors
/// What the writer says.
pub fn payments(facts: &RunFacts<'_>, out: &mut (dyn Write + Send)) -> io::Result<Wrote> {
    let numbered: Vec<_> = facts.plan.payments.iter().enumerate().collect();
    let rows = ordered(&numbered, |(place_a, a), (place_b, b)| {
        (a.programme, &a.beneficiary, place_a).cmp(&(b.programme, &b.beneficiary, place_b))
    });
    let nowhere = super::PaymentPlace::default();
    write_rows(out, PAYMENTS, &rows, |(position, payment), cells| {
        let place = facts.payments.get(*position).unwrap_or(&nowhere);
        let account = &payment.payee.account;
        cells.word(&place.id).word(facts.code(payment.programme));
        cells.text(&account.bank).text(&account.number).text(&account.name);
        match payment.payee.id {
            Some(resident) => cells.resident(resident),
            None => cells.empty(),
        };
        match &payment.beneficiary {
            Some(beneficiary) => cells.beneficiary(beneficiary),
            None => cells.empty(),
        };
        cells.number(u64::from(payment.beneficiaries)).money(payment.amount);
        cells.money(payment.current).money(payment.arrears).money(payment.advance);
        cells.money(payment.reissued).money(payment.offset);
        cells.word(payment.replaces.as_deref().unwrap_or("")).text(&place.file);
        match place.line {
            0 => cells.empty(),
            line => cells.number(u64::from(line)),
        };
    })?;
    Ok(Wrote { rows: rows.len() as u64, amount: facts.plan.total() })
}

/// `payment_items.csv`, in line order.
///
/// # Errors
/// What the writer says.
pub fn payment_items(facts: &RunFacts<'_>, out: &mut (dyn Write + Send)) -> io::Result<Wrote> {
    let items: Vec<(&Line, Money, u32)> = facts
        .plan
        .payments
        .iter()
        .enumerate()
        .flat_map(|(position, payment)| {
            payment.items.iter().map(move |(line, amount)| (line, *amount, position as u32))
        })
        .collect();
    let rows = ordered(&items, |a, b| a.0.cmp(b.0).then(a.2.cmp(&b.2)));
    write_rows(out, PAYMENT_ITEMS, &rows, |(line, amount, payment), cells| {
        cells.word(facts.payment_id(*payment)).beneficiary(&line.beneficiary);
        cells.month(line.month).text(&line.case_no).money(*amount);
    })?;
    Ok(Wrote { rows: rows.len() as u64, amount: items.iter().map(|(_, amount, _)| *amount).sum() })
}

/// What to do about money on hold, in words.
pub fn hold_action(facts: &RunFacts<'_>, hold: Hold) -> String {
    words::action(facts.language, &format!("report-hold-{}", hold.word()), &[])
}

/// `held.csv`.
///
/// # Errors
/// What the writer says.
pub fn held(facts: &RunFacts<'_>, out: &mut (dyn Write + Send)) -> io::Result<Wrote> {
    let actions: Vec<(Hold, String)> =
        Hold::ALL.iter().map(|hold| (*hold, hold_action(facts, *hold))).collect();
    let rows = ordered(&facts.plan.held, |a, b| (&a.line, a.hold).cmp(&(&b.line, b.hold)));
    write_rows(out, HELD, &rows, |held, cells| {
        push_line(facts, &held.line, cells);
        cells.money(held.amount).word(held.hold.word()).month(held.since);
        let action = actions.iter().find(|(hold, _)| *hold == held.hold);
        cells.text(action.map_or("", |(_, action)| action));
    })?;
    Ok(Wrote { rows: rows.len() as u64, amount: rows.iter().map(|held| held.amount).sum() })
}

fn push_line(facts: &RunFacts<'_>, line: &Line, cells: &mut super::encode::Row<'_>) {
    cells.word(facts.code(line.programme)).beneficiary(&line.beneficiary);
    cells.month(line.month).text(&line.case_no);
}

/// `balances.csv`: every line not at 0 after the plan.
///
/// # Errors
/// What the writer says.
pub fn balances(facts: &RunFacts<'_>, out: &mut (dyn Write + Send)) -> io::Result<Wrote> {
    let rows = ordered(&facts.plan.balances, |a, b| a.line.cmp(&b.line));
    write_rows(out, BALANCES, &rows, |balance, cells| {
        push_line(facts, &balance.line, cells);
        cells.money(balance.entitlement).money(balance.balance).text(&balance.debtor);
    })?;
    Ok(Wrote { rows: rows.len() as u64, amount: rows.iter().map(|balance| balance.balance).sum() })
}

/// `changes.csv`: who is new, stopped or changed against the month before.
///
/// # Errors
/// What the writer says.
pub fn changes(facts: &RunFacts<'_>, out: &mut (dyn Write + Send)) -> io::Result<Wrote> {
    let rows = ordered(facts.changes, |a, b| {
        (a.programme, &a.beneficiary, a.change).cmp(&(b.programme, &b.beneficiary, b.change))
    });
    write_rows(out, CHANGES, &rows, |change, cells| {
        cells.word(facts.code(change.programme)).beneficiary(&change.beneficiary);
        cells.text(&change.name).text(&change.township).word(change.change.word());
        cells.optional_money(change.before).optional_money(change.now).text(&change.reason);
    })?;
    Ok(Wrote { rows: rows.len() as u64, amount: rows.iter().filter_map(|change| change.now).sum() })
}

/// A writer of one of the files.
pub type Writer = fn(&RunFacts<'_>, &mut (dyn Write + Send)) -> io::Result<Wrote>;

/// The CSV files of a run: name, columns, writer.
pub const FILES: &[(&str, &[&str], Writer)] = &[
    ("decisions.csv", DECISIONS, decisions),
    ("findings.csv", FINDINGS, findings),
    ("postings.csv", POSTINGS, postings),
    ("payments.csv", PAYMENTS, payments),
    ("payment_items.csv", PAYMENT_ITEMS, payment_items),
    ("held.csv", HELD, held),
    ("balances.csv", BALANCES, balances),
    ("changes.csv", CHANGES, changes),
];

/// Text of a township code as settled lines carry it: the division's name, or the text itself.
pub fn township_name<'a>(facts: &RunFacts<'a>, code: &'a Text) -> &'a str {
    let township = facts.rulebook.divisions.rows().iter().find(|division| division.code == *code);
    township.map_or(code.as_str(), |division| division.name.as_str())
}
