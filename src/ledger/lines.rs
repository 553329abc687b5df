//! What a run reads: lines in sorted order, and what people and banks have decided.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, ToSql};

use crate::domain::{Account, Beneficiary, Fault, Line, Money, Month, Programme, ResidentId, Text};
use crate::settle::{LedgerLine, Payee, SettledLine, Standing};

use super::Ledger;
use super::book::{self, Names};
use super::fault::{damaged, sql};
use super::plan_form::{digests_of, origin_of};
use super::record::DecisionKind;

/// Columns of a line with what it was settled from; `l` and `s` joined.
const COLUMNS: &str = "l.beneficiary, l.month, l.case_no, l.entitlement, l.balance, l.written_off, \
    l.latest_entitlement, l.paid_to_word, l.returned, l.unanswered, l.held_since, l.settled, \
    s.outcome_word, s.reason_word, s.clause_word, s.amount, s.source, s.resident, s.name, s.township_word, \
    s.origin, s.digests, s.flags, s.payee_id, s.payee_name, s.bank_word, s.account_no, s.account_name, \
    s.members";
/// Where the settled columns begin.
const SETTLED: usize = 12;

impl Ledger {
    /// Every line of a benefit month, in line order. `codes` as from [`Ledger::programme_codes`].
    ///
    /// # Errors
    /// Database faults; a stored row this program never writes.
    pub fn month_lines(&self, month: Month, codes: &[Text]) -> Result<Vec<LedgerLine>, Fault> {
        let names = Names::read(&self.connection, codes)?;
        let rules = self.rules_versions()?;
        let mut lines = Vec::new();
        for (programme, id) in names.in_order() {
            self.read_lines(
                "l.month = ? AND l.programme = ? ORDER BY l.beneficiary, l.case_no",
                &[&month.index(), &id],
                programme,
                &names,
                &rules,
                &mut lines,
            )?;
        }
        Ok(lines)
    }

    /// Every line outside a span of months whose balance is not 0.00, in line order.
    pub fn open_lines(
        &self,
        outside: RangeInclusive<Month>,
        codes: &[Text],
    ) -> Result<Vec<LedgerLine>, Fault> {
        let names = Names::read(&self.connection, codes)?;
        let rules = self.rules_versions()?;
        let mut lines = Vec::new();
        for (programme, id) in names.in_order() {
            self.read_lines(
                "l.balance <> 0 AND l.programme = ? AND (l.month < ? OR l.month > ?) \
                 ORDER BY l.beneficiary, l.month, l.case_no",
                &[&id, &outside.start().index(), &outside.end().index()],
                programme,
                &names,
                &rules,
                &mut lines,
            )?;
        }
        Ok(lines)
    }

    /// Lines of the latest settled state of one beneficiary, in line order.
    pub fn beneficiary_lines(
        &self,
        beneficiary: &Beneficiary,
        codes: &[Text],
    ) -> Result<Vec<LedgerLine>, Fault> {
        let Some((first, last)) = self.month_span()? else { return Ok(Vec::new()) };
        let names = Names::read(&self.connection, codes)?;
        let rules = self.rules_versions()?;
        let text = beneficiary.to_string();
        let mut lines = Vec::new();
        for (programme, id) in names.in_order() {
            for month in first.through(last) {
                self.read_lines(
                    "l.month = ? AND l.programme = ? AND l.beneficiary = ? ORDER BY l.case_no",
                    &[&month.index(), &id, &text],
                    programme,
                    &names,
                    &rules,
                    &mut lines,
                )?;
            }
        }
        Ok(lines)
    }

    fn read_lines(
        &self,
        condition: &str,
        values: &[&dyn ToSql],
        programme: Programme,
        names: &Names,
        rules: &[(i64, u32)],
        lines: &mut Vec<LedgerLine>,
    ) -> Result<(), Fault> {
        let text = format!(
            "SELECT {COLUMNS} FROM line l LEFT JOIN settled s ON s.line = l.id AND s.entry = l.settled \
             WHERE {condition}"
        );
        let mut statement = self.connection.prepare_cached(&text).map_err(sql)?;
        let mut rows = statement.query(values).map_err(sql)?;
        while let Some(row) = rows.next().map_err(sql)? {
            lines.push(ledger_line(row, programme, names, rules)?);
        }
        Ok(())
    }

    /// Rules version by release entry.
    fn rules_versions(&self) -> Result<Vec<(i64, u32)>, Fault> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT entry, rules_version FROM release ORDER BY entry")
            .map_err(sql)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).map_err(sql)?;
        rows.collect::<Result<_, _>>().map_err(sql)
    }

    /// What people and banks have decided that a run must heed. `once` are the programmes paid once
    /// per case.
    ///
    /// A case counts as decided by the earliest month in which its line is settled as `entitled`, `nil`
    /// or refused by a clause (DESIGN §9.2); a case that the old system paid counts too.
    pub fn standing(&self, codes: &[Text], once: &[Programme]) -> Result<Standing, Fault> {
        let names = Names::read(&self.connection, codes)?;
        let mut standing =
            Standing { failed_accounts: failed_accounts(&self.connection, &names)?, ..Standing::default() };
        let mut held: BTreeSet<(Text, Option<Programme>)> = BTreeSet::new();
        let mut cleared: BTreeSet<(Text, Option<Programme>)> = BTreeSet::new();
        let mut confirmed: BTreeSet<Line> = BTreeSet::new();
        for decided in
            self.decisions_where("kind IN ('hold', 'clear', 'confirm') ORDER BY entry, number", &[], &names)?
        {
            let decision = decided.decision;
            let Some(beneficiary) = decision.beneficiary else { continue };
            let whom = (Text::from(beneficiary.to_string()), decision.programme);
            match decision.kind {
                DecisionKind::Hold => {
                    cleared.retain(|other| !covers(&whom, other));
                    held.insert(whom);
                }
                DecisionKind::Clear => {
                    // A hold on everything of which one programme is let go stays on the others.
                    if let (text, Some(let_go)) = &whom
                        && held.remove(&(text.clone(), None))
                    {
                        let others = (0..codes.len() as u16).map(Programme).filter(|other| other != let_go);
                        held.extend(others.map(|other| (text.clone(), Some(other))));
                    }
                    held.retain(|other| !covers(&whom, other));
                    standing.let_go.push((whom.0.clone(), whom.1, decided.entry));
                    cleared.insert(whom);
                }
                _ => {
                    if let (Some(programme), Some(month)) = (decision.programme, decision.month) {
                        confirmed.insert(Line { programme, beneficiary, month, case_no: decision.case_no });
                    }
                }
            }
        }
        standing.held_by_hand = held.into_iter().collect();
        standing.cleared = cleared.into_iter().collect();
        standing.confirmed = confirmed.into_iter().collect();
        standing.decided_cases = self.decided_cases(&names, once)?;
        Ok(standing)
    }

    fn decided_cases(
        &self,
        names: &Names,
        once: &[Programme],
    ) -> Result<Vec<(Programme, Text, Month)>, Fault> {
        let mut decided = Vec::new();
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT l.case_no, min(l.month) FROM line l \
                 LEFT JOIN settled s ON s.line = l.id AND s.entry = l.settled \
                 LEFT JOIN word outcome ON outcome.id = s.outcome_word \
                 LEFT JOIN word reason ON reason.id = s.reason_word \
                 WHERE l.programme = ? AND l.case_no <> '' AND ( \
                   (s.line IS NULL AND l.latest_entitlement IS NOT NULL) \
                   OR outcome.text IN ('entitled', 'nil') \
                   OR (outcome.text = 'refused' AND reason.text <> 'case-repeated')) \
                 GROUP BY l.case_no ORDER BY l.case_no",
            )
            .map_err(sql)?;
        for (programme, id) in names.in_order().into_iter().filter(|(programme, _)| once.contains(programme))
        {
            let mut rows = statement.query([id]).map_err(sql)?;
            while let Some(row) = rows.next().map_err(sql)? {
                let case: String = row.get(0).map_err(sql)?;
                decided.push((programme, case.into(), Month::from_index(row.get(1).map_err(sql)?)));
            }
        }
        Ok(decided)
    }
}

/// Whether a decision on `wide` also speaks of `other`: same beneficiary, and all programmes or that one.
fn covers(wide: &(Text, Option<Programme>), other: &(Text, Option<Programme>)) -> bool {
    wide.0 == other.0 && (wide.1.is_none() || wide.1 == other.1)
}

/// Accounts whose latest answer is failed and which no later payment has made good, sorted, with the entry
/// of the latest failure.
fn failed_accounts(connection: &Connection, names: &Names) -> Result<Vec<(Account, u64)>, Fault> {
    let mut statement = connection
        .prepare_cached(
            "SELECT bank_word, account_no, coalesce(account_name, payee_name), ( \
               SELECT max(a.entry) FROM answer a JOIN word w ON w.id = a.status_word \
               WHERE a.payment = payment.id AND w.text = 'failed') \
             FROM payment WHERE state = 2 AND lifted IS NULL",
        )
        .map_err(sql)?;
    let mut rows = statement.query([]).map_err(sql)?;
    let mut accounts: BTreeMap<Account, u64> = BTreeMap::new();
    while let Some(row) = rows.next().map_err(sql)? {
        let account = Account {
            bank: names.word(row.get(0).map_err(sql)?)?,
            number: text(row, 1)?,
            name: text(row, 2)?,
        };
        let failure = row.get::<_, i64>(3).map_err(sql)?.unsigned_abs();
        accounts.entry(account).and_modify(|latest| *latest = failure.max(*latest)).or_insert(failure);
    }
    Ok(accounts.into_iter().collect())
}

/// A text column.
pub(super) fn text(row: &Row<'_>, column: usize) -> Result<Text, Fault> {
    row.get_ref(column).map_err(sql)?.as_str().map(Text::from).map_err(|_| damaged("a text is missing"))
}

/// A text column that may be NULL.
pub(super) fn maybe_text(row: &Row<'_>, column: usize) -> Result<Option<Text>, Fault> {
    match row.get_ref(column).map_err(sql)? {
        ValueRef::Null => Ok(None),
        _ => text(row, column).map(Some),
    }
}

/// A person column that may be NULL.
pub(super) fn resident(row: &Row<'_>, column: usize) -> Result<Option<ResidentId>, Fault> {
    match row.get::<_, Option<i64>>(column).map_err(sql)? {
        None => Ok(None),
        Some(packed) => {
            ResidentId::from_packed(packed as u64).map(Some).ok_or_else(|| damaged("identity number"))
        }
    }
}

/// An amount column.
pub(super) fn money(row: &Row<'_>, column: usize) -> Result<Money, Fault> {
    row.get(column).map(Money::from_fen).map_err(sql)
}

fn ledger_line(
    row: &Row<'_>,
    programme: Programme,
    names: &Names,
    rules: &[(i64, u32)],
) -> Result<LedgerLine, Fault> {
    let as_text = |column: usize| row.get_ref(column).map_err(sql)?.as_str().map_err(|_| damaged("line"));
    let line = book::line(programme, as_text(0)?, row.get(1).map_err(sql)?, as_text(2)?)?;
    let entry: Option<i64> = row.get(11).map_err(sql)?;
    let settled = match entry {
        None => None,
        Some(_) => Some(settled_line(row, SETTLED, line.clone(), names)?),
    };
    let rules_version = entry
        .and_then(|entry| rules.binary_search_by_key(&entry, |(entry, _)| *entry).ok())
        .map_or(0, |position| rules[position].1);
    let returned: Option<i64> = row.get(8).map_err(sql)?;
    let paid_to: Option<i64> = row.get(7).map_err(sql)?;
    let held_since: Option<i32> = row.get(10).map_err(sql)?;
    Ok(LedgerLine {
        line,
        entitlement: money(row, 3)?,
        balance: money(row, 4)?,
        written_off: money(row, 5)?,
        latest_entitlement: row.get(6).map_err(sql)?,
        settled,
        rules_version,
        paid_to: paid_to.map(|word| names.word(word)).transpose()?,
        returned: returned.is_some(),
        returned_payment: match returned {
            None => None,
            Some(number) => Some(names.payment_id(number)?.to_string().into()),
        },
        unanswered: row.get::<_, i64>(9).map_err(sql)? > 0,
        held_since: held_since.map(Month::from_index),
    })
}

/// What a line was settled from; its columns begin at `first`.
pub(super) fn settled_line(
    row: &Row<'_>,
    first: usize,
    line: Line,
    names: &Names,
) -> Result<SettledLine, Fault> {
    let word = |column: usize| names.word(row.get(first + column).map_err(sql)?);
    let bytes = |column: usize| -> Result<&[u8], Fault> {
        match row.get_ref(first + column).map_err(sql)? {
            ValueRef::Null => Ok(&[]),
            value => value.as_blob().map_err(|_| damaged("settled: bytes")),
        }
    };
    let person = resident(row, first + 5)?;
    let name = text(row, first + 6)?;
    let flags: i64 = row.get(first + 10).map_err(sql)?;
    let payee = if flags & PAYEE == 0 {
        None
    } else {
        let payee_name = if flags & NAME_SAME == 0 { text(row, first + 12)? } else { name.clone() };
        Some(Payee {
            id: if flags & ID_SAME == 0 { resident(row, first + 11)? } else { person },
            organisation: flags & ORGANISATION != 0,
            account: Account {
                bank: word(13)?,
                number: text(row, first + 14)?,
                name: if flags & ACCOUNT_NAME_SAME == 0 {
                    text(row, first + 15)?
                } else {
                    payee_name.clone()
                },
            },
            name: payee_name,
        })
    };
    let mut members = Vec::new();
    for packed in bytes(16)?.chunks(8) {
        let packed = u64::from_le_bytes(packed.try_into().map_err(|_| damaged("settled: members"))?);
        members.push(ResidentId::from_packed(packed).ok_or_else(|| damaged("settled: members"))?);
    }
    Ok(SettledLine {
        line,
        outcome: word(0)?,
        reason: word(1)?,
        clause: word(2)?,
        amount: money(row, first + 3)?,
        source: text(row, first + 4)?,
        resident: person,
        name,
        township: word(7)?,
        origin: origin_of(row.get(first + 8).map_err(sql)?).ok_or_else(|| damaged("settled: origin"))?,
        digests: digests_of(bytes(9)?).ok_or_else(|| damaged("settled: digests"))?,
        payee: payee.map(Into::into),
        members,
    })
}

/// There is a payee.
pub(super) const PAYEE: i64 = 1;
/// The payee is the resident.
pub(super) const ID_SAME: i64 = 2;
/// The payee's name is the name.
pub(super) const NAME_SAME: i64 = 4;
/// The account is in the payee's name.
pub(super) const ACCOUNT_NAME_SAME: i64 = 8;
/// The payee is an organisation.
pub(super) const ORGANISATION: i64 = 16;
