//! Which accounts the latest answers call failed, as answers come in.

use rusqlite::{Connection, params};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::domain::Fault;

use super::super::fault::sql;
use super::super::record::PaymentState;
use super::super::write::Writer;

/// Bank word, number, name.
pub(super) type AccountKey = (i64, String, String);

/// Failed payments by account, and which of them a later payment there has made good: an account is
/// good again when a payment of a later run to it is answered paid (DESIGN §10, `account-failed`).
pub(super) struct Failures {
    failed: FxHashMap<AccountKey, Vec<(u32, i64)>>,
    fresh: FxHashSet<AccountKey>,
    lifted: Vec<i64>,
}

impl Failures {
    pub(super) fn read(connection: &Connection) -> Result<Failures, Fault> {
        let mut failures =
            Failures { failed: FxHashMap::default(), fresh: FxHashSet::default(), lifted: Vec::new() };
        let mut statement = connection
            .prepare(
                "SELECT id, bank_word, account_no, coalesce(account_name, payee_name) FROM payment \
                 WHERE state = 2 AND lifted IS NULL",
            )
            .map_err(sql)?;
        let mut rows = statement.query([]).map_err(sql)?;
        while let Some(row) = rows.next().map_err(sql)? {
            let number: i64 = row.get(0).map_err(sql)?;
            let account = (row.get(1).map_err(sql)?, row.get(2).map_err(sql)?, row.get(3).map_err(sql)?);
            failures.failed.entry(account).or_default().push(((number / 10_000_000) as u32, number));
        }
        Ok(failures)
    }

    pub(super) fn answer(&mut self, number: i64, run: u32, account: AccountKey, state: PaymentState) {
        if let Some(failed) = self.failed.get_mut(&account) {
            failed.retain(|(_, other)| *other != number);
            if state == PaymentState::Paid {
                failed.retain(|(other, number)| {
                    let made_good = *other < run;
                    if made_good {
                        self.lifted.push(*number);
                    }
                    !made_good
                });
            }
        }
        self.lifted.retain(|other| *other != number);
        if state == PaymentState::Failed {
            self.fresh.insert(account.clone());
            self.failed.entry(account).or_default().push((run, number));
        }
    }

    /// Marks what was made good. A failure told late, after a later run's payment there was already
    /// paid, is looked up among the later runs' payments; there are none in the usual order of things.
    pub(super) fn lift(mut self, writer: &Writer<'_>) -> Result<(), Fault> {
        let fresh = std::mem::take(&mut self.fresh);
        let first = self.failed.iter().filter(|(account, _)| fresh.contains(*account));
        let first = first.flat_map(|(_, failed)| failed.iter().map(|(run, _)| *run)).min();
        if let Some(first) = first {
            let mut statement = writer
                .connection
                .prepare(
                    "SELECT id, bank_word, account_no, coalesce(account_name, payee_name) FROM payment \
                     WHERE id >= ? AND state = 1",
                )
                .map_err(sql)?;
            let mut rows = statement.query([i64::from(first + 1) * 10_000_000]).map_err(sql)?;
            while let Some(row) = rows.next().map_err(sql)? {
                let run = (row.get::<_, i64>(0).map_err(sql)? / 10_000_000) as u32;
                let account = (row.get(1).map_err(sql)?, row.get(2).map_err(sql)?, row.get(3).map_err(sql)?);
                if let Some(failed) = self.failed.get(&account) {
                    self.lifted
                        .extend(failed.iter().filter(|(other, _)| *other < run).map(|(_, number)| *number));
                }
            }
        }
        let mut update =
            writer.connection.prepare("UPDATE payment SET lifted = ? WHERE id = ?").map_err(sql)?;
        for number in self.lifted {
            update.execute(params![writer.entry, number]).map_err(sql)?;
        }
        Ok(())
    }
}
