//! Runs: where each stands, and released ones whole.

use rusqlite::{OptionalExtension, Row, params};

use crate::domain::{Account, Beneficiary, Fault, Line, Money, Month, Text};
use crate::settle::{HeldLine, Payee, PlannedPayment, RunKind};

use super::Ledger;
use super::book::{self, Names, payment_number};
use super::fault::{damaged, sql};
use super::lines::{maybe_text, money, resident, text};
use super::record::{DraftMeta, LedgerPayment, PaymentState, ReleaseNote, ReleasedRun, RunState, RunSummary};

const PAYMENT: &str = "SELECT p.id, p.programme, p.payee_id, p.payee_name, p.organisation, p.bank_word, \
    p.account_no, p.account_name, p.beneficiary, p.beneficiaries, p.current, p.arrears, p.advance, \
    p.reissued, p.offset_used, p.amount, p.replaces, p.file, p.row, p.line, p.state, \
    l.programme, l.beneficiary, l.month, l.case_no \
    FROM payment p LEFT JOIN line l ON l.id = p.line";

/// Where a run stands of whose files some were recalled: it is gone only when all are, for the others are
/// with the bank.
fn state_after_recall((recalled, files): (u64, u64), unanswered: i64) -> RunState {
    if recalled >= files {
        RunState::Recalled
    } else if unanswered == 0 {
        RunState::Settled
    } else {
        RunState::Released
    }
}

impl Ledger {
    /// All runs by number.
    pub fn runs(&self) -> Result<Vec<RunSummary>, Fault> {
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT r.number, r.kind, r.cycle, r.drafted_by, r.drafted_on, r.total, r.payments, \
                   (SELECT event FROM run_event e WHERE e.run = r.number ORDER BY e.id DESC LIMIT 1), \
                   x.entry, x.approved_by, n.today, x.unanswered, \
                   EXISTS (SELECT 1 FROM run_event e WHERE e.run = r.number AND e.event = 'recalled') \
                 FROM run r LEFT JOIN release x ON x.run = r.number LEFT JOIN entry n ON n.number = x.entry \
                 ORDER BY r.number",
            )
            .map_err(sql)?;
        let mut rows = statement.query([]).map_err(sql)?;
        let mut runs = Vec::new();
        while let Some(row) = rows.next().map_err(sql)? {
            let entry: Option<i64> = row.get(8).map_err(sql)?;
            let number: u32 = row.get(0).map_err(sql)?;
            let mut state = RunState::from_word(&text(row, 7)?).ok_or_else(|| damaged("run: state"))?;
            let mut recalled = (0, 0);
            if row.get(12).map_err(sql)? {
                let unanswered: i64 = row.get(11).map_err(sql)?;
                recalled = (self.recalled_files(number)?.len() as u64, self.file_count_of_run(number)?);
                state = state_after_recall(recalled, unanswered);
            }
            runs.push(RunSummary {
                number,
                kind: run_kind(&text(row, 1)?)?,
                cycle: Month::from_index(row.get(2).map_err(sql)?),
                drafted_by: text(row, 3)?,
                drafted_on: text(row, 4)?.parse().map_err(|_| damaged("run: day"))?,
                total: money(row, 5)?,
                payments: row.get(6).map_err(sql)?,
                state,
                recalled,
                released: match entry {
                    None => None,
                    Some(entry) => Some(ReleaseNote {
                        entry: entry as u64,
                        approved_by: text(row, 9)?,
                        on: text(row, 10)?.parse().map_err(|_| damaged("entry: day"))?,
                        unanswered: row.get::<_, i64>(11).map_err(sql)? as u64,
                    }),
                },
            });
        }
        Ok(runs)
    }

    /// How many bank files the payments of a released run stand in.
    fn file_count_of_run(&self, run: u32) -> Result<u64, Fault> {
        let span = [payment_number(run, 0), payment_number(run + 1, 0) - 1];
        let count: i64 = self
            .connection
            .prepare_cached("SELECT count(DISTINCT file) FROM payment WHERE id BETWEEN ? AND ?")
            .and_then(|mut statement| statement.query_row(span, |row| row.get(0)))
            .map_err(sql)?;
        Ok(count as u64)
    }

    /// The latest cycle of which a run was released.
    pub fn latest_released_cycle(&self) -> Result<Option<Month>, Fault> {
        let cycle: Option<i32> =
            self.connection.query_row("SELECT max(cycle) FROM release", [], |row| row.get(0)).map_err(sql)?;
        Ok(cycle.map(Month::from_index))
    }

    /// Whether a monthly run of a cycle was released.
    pub fn monthly_released(&self, cycle: Month) -> Result<bool, Fault> {
        self.connection
            .prepare_cached("SELECT 1 FROM release WHERE cycle = ? AND kind = 'monthly'")
            .and_then(|mut statement| statement.exists([cycle.index()]))
            .map_err(sql)
    }

    /// A released run, from the ledger alone; `None` if it was never released. Programmes count by the
    /// codes of the run's own [`DraftMeta::codes`].
    pub fn released_run(&self, run: u32) -> Result<Option<ReleasedRun>, Fault> {
        let Some((meta, released, accepted)) = self.release_meta(run)? else { return Ok(None) };
        let codes: Vec<Text> = meta.codes.iter().map(Text::from).collect();
        let payments = self.payments_of_run(run, &codes)?;
        Ok(Some(ReleasedRun { meta, released, accepted, payments }))
    }

    /// About a released run, without its payments.
    #[allow(clippy::type_complexity)]
    pub fn release_meta(
        &self,
        run: u32,
    ) -> Result<Option<(DraftMeta, ReleaseNote, Vec<(String, String)>)>, Fault> {
        let found = self
            .connection
            .query_row(
                "SELECT x.meta, x.accepted, x.entry, x.approved_by, n.today, x.unanswered \
                 FROM release x JOIN entry n ON n.number = x.entry WHERE x.run = ?",
                [run],
                |row| {
                    Ok((
                        row.get::<_, String>(0)?,
                        row.get::<_, String>(1)?,
                        row.get::<_, i64>(2)?,
                        row.get::<_, String>(3)?,
                        row.get::<_, String>(4)?,
                        row.get::<_, i64>(5)?,
                    ))
                },
            )
            .optional()
            .map_err(sql)?;
        let Some((meta, accepted, entry, approved_by, on, unanswered)) = found else { return Ok(None) };
        let json = |fault: serde_json::Error| damaged(&format!("release: {fault}"));
        Ok(Some((
            serde_json::from_str(&meta).map_err(json)?,
            ReleaseNote {
                entry: entry as u64,
                approved_by: approved_by.into(),
                on: on.parse().map_err(|_| damaged("entry: day"))?,
                unanswered: unanswered as u64,
            },
            serde_json::from_str(&accepted).map_err(json)?,
        )))
    }

    /// A released run's payments in sequence.
    pub fn payments_of_run(&self, run: u32, codes: &[Text]) -> Result<Vec<LedgerPayment>, Fault> {
        let names = Names::read(&self.connection, codes)?;
        let range = (payment_number(run, 0), payment_number(run + 1, 0));
        let mut statement = self
            .connection
            .prepare_cached(&format!("{PAYMENT} WHERE p.id >= ? AND p.id < ? ORDER BY p.id"))
            .map_err(sql)?;
        let mut rows = statement.query(range).map_err(sql)?;
        let mut payments = Vec::new();
        while let Some(row) = rows.next().map_err(sql)? {
            payments.push(payment(row, &names)?);
        }
        self.fill_shares(range, &names, &mut payments)?;
        Ok(payments)
    }

    /// One payment.
    pub fn payment(
        &self,
        id: &crate::domain::PaymentId,
        codes: &[Text],
    ) -> Result<Option<LedgerPayment>, Fault> {
        let names = Names::read(&self.connection, codes)?;
        let Some(number) = names.payment_number(id) else { return Ok(None) };
        let mut payments = Vec::new();
        let mut statement =
            self.connection.prepare_cached(&format!("{PAYMENT} WHERE p.id = ?")).map_err(sql)?;
        let mut rows = statement.query([number]).map_err(sql)?;
        while let Some(row) = rows.next().map_err(sql)? {
            payments.push(payment(row, &names)?);
        }
        self.fill_shares((number, number + 1), &names, &mut payments)?;
        Ok(payments.pop())
    }

    /// Items of payments that pay several lines, in line order.
    fn fill_shares(
        &self,
        range: (i64, i64),
        names: &Names,
        payments: &mut [LedgerPayment],
    ) -> Result<(), Fault> {
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT s.payment, l.programme, l.beneficiary, l.month, l.case_no, s.amount \
                 FROM payment_share s JOIN line l ON l.id = s.line \
                 WHERE s.payment >= ? AND s.payment < ? ORDER BY s.payment",
            )
            .map_err(sql)?;
        let mut rows = statement.query(range).map_err(sql)?;
        let mut position = 0;
        while let Some(row) = rows.next().map_err(sql)? {
            let number: i64 = row.get(0).map_err(sql)?;
            let is = |payment: &LedgerPayment| payment_number(payment.id.run, payment.id.sequence);
            while payments.get(position).is_some_and(|payment| is(payment) < number) {
                position += 1;
            }
            let payment = payments
                .get_mut(position)
                .filter(|payment| is(payment) == number)
                .ok_or_else(|| damaged("an item without a payment"))?;
            payment.payment.items.push((line(row, 1, names)?, money(row, 5)?));
        }
        payments.iter_mut().for_each(|payment| payment.payment.items.sort_unstable());
        Ok(())
    }

    /// What a release left on hold, in line order.
    pub fn held_of_run(&self, run: u32, codes: &[Text]) -> Result<Vec<HeldLine>, Fault> {
        let names = Names::read(&self.connection, codes)?;
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT l.programme, l.beneficiary, l.month, l.case_no, h.amount, h.hold_word, h.since \
                 FROM release x JOIN held h ON h.entry = x.entry JOIN line l ON l.id = h.line WHERE x.run = ?",
            )
            .map_err(sql)?;
        let mut rows = statement.query([run]).map_err(sql)?;
        let mut held = Vec::new();
        while let Some(row) = rows.next().map_err(sql)? {
            let hold = names.word(row.get(5).map_err(sql)?)?;
            held.push(HeldLine {
                line: line(row, 0, &names)?,
                amount: money(row, 4)?,
                hold: crate::domain::Hold::from_word(&hold).ok_or_else(|| damaged("hold"))?,
                since: Month::from_index(row.get(6).map_err(sql)?),
            });
        }
        held.sort_unstable_by(|a, b| a.line.cmp(&b.line));
        Ok(held)
    }

    /// What a benefit month was last settled from: the newest digest of each part.
    pub fn month_basis(&self, month: Month) -> Result<Vec<(String, String)>, Fault> {
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT key, digest FROM basis b WHERE month = ?1 AND entry = \
                   (SELECT max(entry) FROM basis WHERE month = ?1 AND key = b.key) ORDER BY key",
            )
            .map_err(sql)?;
        let rows =
            statement.query_map(params![month.index()], |row| Ok((row.get(0)?, row.get(1)?))).map_err(sql)?;
        rows.collect::<Result<_, _>>().map_err(sql)
    }

    /// Files a benefit month was last settled from: those of the latest release that read any for it.
    pub fn month_inputs(&self, month: Month) -> Result<Vec<super::InputDigest>, Fault> {
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT name, sha256, rows FROM input WHERE month = ?1 AND entry = \
                   (SELECT max(entry) FROM input WHERE month = ?1) ORDER BY number",
            )
            .map_err(sql)?;
        let rows = statement
            .query_map(params![month.index()], |row| {
                Ok(super::InputDigest {
                    name: row.get(0)?,
                    sha256: row.get(1)?,
                    rows: row.get::<_, i64>(2)? as u64,
                    month: Some(month),
                })
            })
            .map_err(sql)?;
        rows.collect::<Result<_, _>>().map_err(sql)
    }

    /// sha256 of every input of every release, for `verify` and `backup`.
    pub fn archived_digests(&self) -> Result<Vec<String>, Fault> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT DISTINCT sha256 FROM input ORDER BY sha256")
            .map_err(sql)?;
        let rows = statement.query_map([], |row| row.get(0)).map_err(sql)?;
        rows.collect::<Result<_, _>>().map_err(sql)
    }

    /// Money paid by releases of a calendar year (by day of approval), per run and programme: payments,
    /// and what of them came back in the same year. For the budget's cash basis (DESIGN §10).
    pub fn paid_in_year(
        &self,
        year: i32,
        codes: &[Text],
    ) -> Result<Vec<(u32, crate::domain::Programme, Money)>, Fault> {
        let names = Names::read(&self.connection, codes)?;
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT x.run, p.programme, sum(p.amount) FROM release x JOIN entry n ON n.number = x.entry \
                 JOIN payment p ON p.id >= x.run * 10000000 AND p.id < (x.run + 1) * 10000000 \
                 WHERE substr(n.today, 1, 4) = ? GROUP BY x.run, p.programme ORDER BY x.run, p.programme",
            )
            .map_err(sql)?;
        let mut rows = statement.query([format!("{year:04}")]).map_err(sql)?;
        let mut paid = Vec::new();
        while let Some(row) = rows.next().map_err(sql)? {
            let programme = names.programme(row.get(1).map_err(sql)?)?;
            paid.push((row.get(0).map_err(sql)?, programme, money(row, 2)?));
        }
        Ok(paid)
    }
}

fn run_kind(word: &str) -> Result<RunKind, Fault> {
    match word {
        "monthly" => Ok(RunKind::Monthly),
        "adhoc" => Ok(RunKind::Adhoc),
        _ => Err(damaged("run: kind")),
    }
}

fn line(row: &Row<'_>, first: usize, names: &Names) -> Result<Line, Fault> {
    let programme = names.programme(row.get(first).map_err(sql)?)?;
    book::line(programme, &text(row, first + 1)?, row.get(first + 2).map_err(sql)?, &text(row, first + 3)?)
}

fn payment(row: &Row<'_>, names: &Names) -> Result<LedgerPayment, Fault> {
    let payee_name = text(row, 3)?;
    let single: Option<i64> = row.get(19).map_err(sql)?;
    let amount = money(row, 15)?;
    let single = single.map(|_| line(row, 21, names)).transpose()?;
    let beneficiary = match (maybe_text(row, 8)?, &single) {
        (Some(text), _) => Some(Beneficiary::parse(&text).ok_or_else(|| damaged("payment: beneficiary"))?),
        (None, Some(line)) => Some(line.beneficiary.clone()),
        (None, None) => None,
    };
    Ok(LedgerPayment {
        id: names.payment_id(row.get(0).map_err(sql)?)?,
        file: row.get(17).map_err(sql)?,
        row: row.get(18).map_err(sql)?,
        state: PaymentState::from_number(row.get(20).map_err(sql)?)
            .ok_or_else(|| damaged("payment: state"))?,
        payment: PlannedPayment {
            programme: names.programme(row.get(1).map_err(sql)?)?,
            payee: Payee {
                id: resident(row, 2)?,
                organisation: row.get(4).map_err(sql)?,
                account: Account {
                    bank: names.word(row.get(5).map_err(sql)?)?,
                    number: text(row, 6)?,
                    name: maybe_text(row, 7)?.unwrap_or_else(|| payee_name.clone()),
                },
                name: payee_name,
            }
            .into(),
            beneficiary,
            beneficiaries: row.get(9).map_err(sql)?,
            current: money(row, 10)?,
            arrears: money(row, 11)?,
            advance: money(row, 12)?,
            reissued: money(row, 13)?,
            offset: money(row, 14)?,
            amount,
            replaces: maybe_text(row, 16)?,
            items: single.map(|line| vec![(line, amount)]).unwrap_or_default(),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_recalled_when_the_last_of_its_files_is_and_not_before() {
        for (recalled, unanswered, state) in [
            ((1, 62), 2_000, RunState::Released),
            ((61, 62), 1, RunState::Released),
            ((61, 62), 0, RunState::Settled),
            ((62, 62), 0, RunState::Recalled),
        ] {
            assert_eq!(state_after_recall(recalled, unanswered), state);
        }
    }
}
