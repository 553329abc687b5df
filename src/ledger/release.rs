//! Release: the draft becomes ledger rows in one transaction.

use rusqlite::{Connection, TransactionBehavior};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::crash;
use crate::domain::{Account, Beneficiary, Exit, Fault, Line, PaymentId, PostingKind, Text};
use crate::settle::{Payee, PlannedPayment, SettledLine};

use super::Ledger;
use super::book::{Names, payment_number};
use super::chain::Cell;
use super::draft::{clear, event, not_open};
use super::fault::{damaged, misuse, sql};
use super::lines::{ACCOUNT_NAME_SAME, ID_SAME, NAME_SAME, ORGANISATION, PAYEE, text};
use super::plan_form::{digest_bytes, lines_of, origin_number};
use super::record::{Act, Approval, DraftRecord, EntryKind, Head, PaymentState, RunState};
use super::schema::Chained;
use super::write::{Lines, PostingRow, Writer, sign_fits, store_postings};

impl Ledger {
    /// Releases the open draft: entry, lines, postings, payments, what lines are settled from, holds,
    /// bank files, inputs; and the draft is gone. All of it or none.
    ///
    /// # Errors
    /// Not the open draft, or drafted by the approver (exit 3); a line, hold or account that the plan
    /// uses was touched since the draft (exit 4); the draft is damaged or does not add up (exit 5).
    pub fn release(&mut self, approval: &Approval) -> Result<Head, Fault> {
        let draft = self.open_draft()?.filter(|draft| draft.meta.run == approval.run);
        let draft = draft.ok_or_else(|| not_open(approval.run))?;
        if draft.meta.drafted_by == approval.by.as_str() {
            return Err(Fault::new(Exit::Refused, "same-person").with("name", &approval.by));
        }
        check(&draft)?;
        let codes: Vec<Text> = draft.meta.codes.iter().map(Text::from).collect();
        let transaction =
            self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(sql)?;
        stale(&transaction, &draft, &codes)?;
        let mut writer = Writer::begin(&transaction, &codes)?;
        let entry = writer.entry;
        write_release(&mut writer, &draft, approval)?;
        let act = Act {
            kind: EntryKind::Release,
            today: approval.today,
            by: draft.meta.drafted_by.as_str().into(),
            second: approval.by.clone(),
            os_user: approval.os_user.clone(),
            host: approval.host.clone(),
            note: format!("run {}", approval.run).into(),
        };
        let head = writer.finish(&act)?;
        let today = approval.today.to_string();
        event(&transaction, approval.run, RunState::Released, &today, &approval.by, "", Some(entry))?;
        if draft.meta.payments == 0 {
            event(&transaction, approval.run, RunState::Settled, &today, &approval.by, "", Some(entry))?;
        }
        clear(&transaction, approval.run)?;
        crash::point("release-written");
        transaction.commit().map_err(sql)?;
        crash::point("release-committed");
        Ok(head)
    }
}

/// The draft adds up: payments to their items and postings, and to the total that was approved.
fn check(draft: &DraftRecord) -> Result<(), Fault> {
    let unbalanced = |what: String| Fault::new(Exit::Unbalanced, "draft-unbalanced").with("what", what);
    let plan = &draft.plan;
    if plan.total() != draft.meta.total || plan.payments.len() != draft.meta.payments as usize {
        return Err(unbalanced("total".to_owned()));
    }
    if plan.payments.len() > PaymentId::LAST_SEQUENCE as usize {
        return Err(unbalanced("payments".to_owned()));
    }
    let mut posted: FxHashMap<u32, i64> = FxHashMap::default();
    for posting in &plan.postings {
        if !sign_fits(posting.kind, posting.amount) {
            return Err(unbalanced(format!("{} {}", posting.kind, posting.amount)));
        }
        match (posting.kind, posting.payment) {
            (PostingKind::Payment, Some(payment)) => {
                *posted.entry(payment).or_default() += posting.amount.fen()
            }
            (PostingKind::Payment, None) | (_, Some(_)) => return Err(unbalanced(posting.kind.to_string())),
            _ => {}
        }
    }
    for (position, payment) in (0u32..).zip(&plan.payments) {
        let items: i64 = payment.items.iter().map(|(_, money)| money.fen()).sum();
        let columns = payment.current + payment.arrears + payment.advance + payment.reissued;
        let posted = posted.get(&position).copied().unwrap_or(0);
        if items != payment.amount.fen() || posted != -items || columns - payment.offset != payment.amount {
            return Err(unbalanced(format!("payment {}", position + 1)));
        }
    }
    Ok(())
}

/// Whether anything the plan uses was touched since the draft. The budget is the conductor's to ask
/// again.
fn stale(connection: &Connection, draft: &DraftRecord, codes: &[Text]) -> Result<(), Fault> {
    let head = super::book::head(connection)?;
    let before = &draft.meta.head_before;
    if head == *before {
        return Ok(());
    }
    let known: Option<String> = if before.number == 0 {
        Some(before.hash.clone())
    } else {
        rusqlite::OptionalExtension::optional(connection.query_row(
            "SELECT hash FROM entry WHERE number = ?",
            [before.number as i64],
            |row| row.get(0),
        ))
        .map_err(sql)?
    };
    if known.as_ref() != Some(&before.hash) {
        return Err(Fault::new(Exit::Unbalanced, "ledger-other-chain"));
    }
    let fault = |what: &str| {
        Err(Fault::new(Exit::Locked, "draft-stale")
            .with("run", draft.meta.run.to_string())
            .with("what", what))
    };
    let since = before.number as i64;
    let names = Names::read(connection, codes)?;
    let used: FxHashSet<&Line> = lines_of(&draft.plan).into_iter().collect();

    // Lines: those that later entries posted on, settled or answered for.
    let mut statement = connection
        .prepare(
            "SELECT programme, beneficiary, month, case_no FROM line WHERE id IN ( \
               SELECT line FROM posting WHERE entry > ?1 UNION SELECT line FROM settled WHERE entry > ?1 \
               UNION SELECT item.line FROM answer JOIN payment_item item ON item.payment = answer.payment \
                     WHERE answer.entry > ?1)",
        )
        .map_err(sql)?;
    let mut rows = statement.query([since]).map_err(sql)?;
    while let Some(row) = rows.next().map_err(sql)? {
        let Ok(programme) = names.programme(row.get(0).map_err(sql)?) else { continue };
        let line = super::book::line(programme, &text(row, 1)?, row.get(2).map_err(sql)?, &text(row, 3)?)?;
        if used.contains(&line) {
            return fault("line");
        }
    }
    // Holds and other decisions of people.
    let paid = draft.plan.settled.iter().filter_map(|settled| settled.payee.as_ref()?.id);
    let paid = paid.chain(draft.plan.payments.iter().filter_map(|payment| payment.payee.id));
    let beneficiaries: FxHashSet<Text> = used
        .iter()
        .map(|line| line.beneficiary.to_string().into())
        .chain(paid.map(|person| Beneficiary::Person(person).to_string().into()))
        .collect();
    let mut statement = connection
        .prepare("SELECT beneficiary FROM decision WHERE entry > ? AND beneficiary IS NOT NULL")
        .map_err(sql)?;
    let mut rows = statement.query([since]).map_err(sql)?;
    while let Some(row) = rows.next().map_err(sql)? {
        if beneficiaries.contains(&text(row, 0)?) {
            return fault("hold");
        }
    }
    // Accounts to which a payment failed, or whose failure ended. That a bank paid says nothing new.
    let plan = &draft.plan;
    let accounts: FxHashSet<&Account> = plan
        .payments
        .iter()
        .map(|payment| &payment.payee.account)
        .chain(plan.settled.iter().filter_map(|settled| settled.payee.as_ref().map(|payee| &payee.account)))
        .collect();
    let mut statement = connection
        .prepare(
            "SELECT DISTINCT p.bank_word, p.account_no, coalesce(p.account_name, p.payee_name) FROM payment p \
             WHERE p.lifted > ?1 OR (p.id IN (SELECT payment FROM answer WHERE entry > ?1) AND EXISTS ( \
               SELECT 1 FROM answer f JOIN word w ON w.id = f.status_word \
               WHERE f.payment = p.id AND w.text = 'failed'))",
        )
        .map_err(sql)?;
    let mut rows = statement.query([since]).map_err(sql)?;
    while let Some(row) = rows.next().map_err(sql)? {
        let account = Account {
            bank: names.word(row.get(0).map_err(sql)?)?,
            number: text(row, 1)?,
            name: text(row, 2)?,
        };
        if accounts.contains(&account) {
            return fault("account");
        }
    }
    Ok(())
}

fn write_release(writer: &mut Writer<'_>, draft: &DraftRecord, approval: &Approval) -> Result<(), Fault> {
    let plan = &draft.plan;
    let run = approval.run;
    let entry = writer.entry;
    let mut lines = Lines::find(writer, lines_of(plan))?;
    let number = |position: usize| payment_number(run, position as u32 + 1);

    // Postings, numbered in the plan's order.
    let mut postings = Vec::with_capacity(plan.postings.len());
    for planned in &plan.postings {
        let position = lines.position(&planned.line)?;
        let id = writer.next_posting();
        let payment = match planned.payment {
            None => None,
            Some(payment) if (payment as usize) < plan.payments.len() => Some(number(payment as usize)),
            Some(_) => return Err(damaged("draft: a posting's payment")),
        };
        let touched = &mut lines.all[position];
        touched.state.apply(id, planned.kind, planned.amount, payment)?;
        postings.push(PostingRow {
            line: touched.id,
            id,
            kind_word: writer.word(planned.kind.word())?,
            amount: planned.amount,
            cause_word: planned.cause.map(|cause| writer.word(cause.word())).transpose()?,
            corrects: planned.corrects,
            payment,
            document: "",
        });
    }
    for payment in &plan.payments {
        let organisation = if payment.payee.organisation { payment.payee.name.as_str() } else { "" };
        let paid_to = writer.word(organisation)?;
        for (line, _) in &payment.items {
            let position = lines.position(line)?;
            lines.all[position].state.paid_to_word = Some(paid_to);
            lines.all[position].state.unanswered += 1;
        }
    }
    clear_holds(writer, &mut lines)?;
    for held in &plan.held {
        let position = lines.position(&held.line)?;
        lines.all[position].state.held_since = Some(i64::from(held.since.index()));
    }
    for settled in &plan.settled {
        let position = lines.position(&settled.line)?;
        lines.all[position].state.settled = Some(entry);
    }

    lines.store(writer)?;
    store_postings(writer, postings)?;
    let mut settled: Vec<(i64, &SettledLine)> = Vec::with_capacity(plan.settled.len());
    for line in &plan.settled {
        settled.push((lines.all[lines.position(&line.line)?].id, line));
    }
    settled.sort_unstable_by_key(|(id, _)| *id);
    for (id, line) in settled {
        write_settled(writer, id, line)?;
    }
    for (position, (payment, place)) in plan.payments.iter().zip(&draft.places).enumerate() {
        write_payment(writer, number(position), payment, *place, &lines)?;
    }
    let mut held = Vec::with_capacity(plan.held.len());
    for hold in &plan.held {
        held.push((lines.all[lines.position(&hold.line)?].id, hold));
    }
    held.sort_by_key(|(id, _)| *id);
    for (id, hold) in held {
        let word = writer.word(hold.hold.word())?;
        writer.insert(
            Chained::Held,
            &[
                Cell::Int(entry),
                Cell::Int(id),
                Cell::Int(hold.amount.fen()),
                Cell::Int(word),
                Cell::Int(i64::from(hold.since.index())),
            ],
        )?;
    }
    write_meta(writer, draft, approval)
}

/// Lines that were on hold are so no more unless the plan says it again.
fn clear_holds(writer: &Writer<'_>, lines: &mut Lines<'_>) -> Result<(), Fault> {
    writer
        .connection
        .execute("UPDATE line SET held_since = NULL WHERE held_since IS NOT NULL", [])
        .map_err(sql)?;
    lines.all.iter_mut().for_each(|touched| touched.state.held_since = None);
    Ok(())
}

fn write_settled(writer: &mut Writer<'_>, id: i64, line: &SettledLine) -> Result<(), Fault> {
    let digests = digest_bytes(&line.digests);
    let members: Vec<u8> = line.members.iter().flat_map(|member| member.packed().to_le_bytes()).collect();
    let outcome = writer.word(&line.outcome)?;
    let reason = writer.word(&line.reason)?;
    let clause = writer.word(&line.clause)?;
    let township = writer.word(&line.township)?;
    let mut cells = [Cell::Null; 19];
    cells[..13].copy_from_slice(&[
        Cell::Int(id),
        Cell::Int(writer.entry),
        Cell::Int(outcome),
        Cell::Int(reason),
        Cell::Int(clause),
        Cell::Int(line.amount.fen()),
        Cell::Text(&line.source),
        Cell::maybe(line.resident.map(|resident| resident.packed() as i64)),
        Cell::Text(&line.name),
        Cell::Int(township),
        Cell::Int(origin_number(line.origin)),
        Cell::Blob(&digests),
        Cell::Int(0),
    ]);
    if let Some(payee) = &line.payee {
        let Payee { id, name, organisation, account } = payee.as_ref();
        let bank = writer.word(&account.bank)?;
        let mut flags = PAYEE;
        let mut same = |flag: i64, is: bool| {
            flags |= if is { flag } else { 0 };
            is
        };
        if !same(ID_SAME, *id == line.resident) {
            cells[13] = Cell::maybe(id.map(|id| id.packed() as i64));
        }
        if !same(NAME_SAME, *name == line.name) {
            cells[14] = Cell::Text(name);
        }
        cells[15] = Cell::Int(bank);
        cells[16] = Cell::Text(&account.number);
        if !same(ACCOUNT_NAME_SAME, account.name == *name) {
            cells[17] = Cell::Text(&account.name);
        }
        same(ORGANISATION, *organisation);
        cells[12] = Cell::Int(flags);
    }
    if !members.is_empty() {
        cells[18] = Cell::Blob(&members);
    }
    writer.insert(Chained::Settled, &cells)
}

fn write_payment(
    writer: &mut Writer<'_>,
    number: i64,
    payment: &PlannedPayment,
    (file, row): (u32, u32),
    lines: &Lines<'_>,
) -> Result<(), Fault> {
    let programme = writer.programme(payment.programme)?;
    let account = &payment.payee.account;
    let bank = writer.word(&account.bank)?;
    let mut items = Vec::with_capacity(payment.items.len());
    for (line, money) in &payment.items {
        items.push((lines.all[lines.position(line)?].id, *money));
    }
    // Where it pays one line, that line says whom it is for.
    let single = match (&payment.beneficiary, items.as_slice()) {
        (Some(_), [(line, _)]) => Some(*line),
        _ => None,
    };
    let beneficiary = match (&payment.beneficiary, payment.items.as_slice()) {
        (Some(beneficiary), [(line, _)]) if line.beneficiary == *beneficiary => None,
        (beneficiary, _) => beneficiary.as_ref().map(ToString::to_string),
    };
    writer.insert(
        Chained::Payment,
        &[
            Cell::Int(number),
            Cell::Int(writer.entry),
            Cell::Int(programme),
            Cell::maybe(payment.payee.id.map(|id| id.packed() as i64)),
            Cell::Text(&payment.payee.name),
            Cell::Int(i64::from(payment.payee.organisation)),
            Cell::Int(bank),
            Cell::Text(&account.number),
            Cell::text(Some(account.name.as_str()).filter(|name| *name != payment.payee.name)),
            Cell::text(beneficiary.as_deref()),
            Cell::Int(i64::from(payment.beneficiaries)),
            Cell::Int(payment.current.fen()),
            Cell::Int(payment.arrears.fen()),
            Cell::Int(payment.advance.fen()),
            Cell::Int(payment.reissued.fen()),
            Cell::Int(payment.offset.fen()),
            Cell::Int(payment.amount.fen()),
            Cell::text(payment.replaces.as_deref()),
            Cell::Int(i64::from(file)),
            Cell::Int(i64::from(row)),
            Cell::maybe(single),
            Cell::Int(PaymentState::Released.number()),
            Cell::Null,
        ],
    )?;
    if single.is_none() {
        items.sort_unstable();
        for (line, money) in items {
            writer.insert(
                Chained::PaymentShare,
                &[Cell::Int(number), Cell::Int(line), Cell::Int(writer.entry), Cell::Int(money.fen())],
            )?;
        }
    }
    Ok(())
}

fn write_meta(writer: &mut Writer<'_>, draft: &DraftRecord, approval: &Approval) -> Result<(), Fault> {
    let meta = &draft.meta;
    let entry = Cell::Int(writer.entry);
    let json = |value: Result<String, serde_json::Error>| value.map_err(|fault| misuse(fault.to_string()));
    let meta_json = json(serde_json::to_string(meta))?;
    let accepted = json(serde_json::to_string(&approval.accepted))?;
    let pay_on = meta.pay_on.to_string();
    writer.insert(
        Chained::Release,
        &[
            entry,
            Cell::Int(i64::from(meta.run)),
            Cell::Text(meta.kind.word()),
            Cell::Int(i64::from(meta.cycle.index())),
            Cell::Int(i64::from(meta.first_month.index())),
            Cell::Int(i64::from(meta.last_month.index())),
            Cell::Text(&meta.drafted_by),
            Cell::Text(&approval.by),
            Cell::Text(&meta.district),
            Cell::Int(i64::from(meta.rules_version)),
            Cell::Text(&meta.policy_digest),
            Cell::Text(&meta.plan_digest),
            Cell::Text(&pay_on),
            Cell::Int(i64::from(meta.payments)),
            Cell::Int(meta.total.fen()),
            Cell::Text(&meta_json),
            Cell::Text(&accepted),
            Cell::Int(i64::from(meta.payments)),
        ],
    )?;
    for (number, input) in (1..).zip(&meta.inputs) {
        writer.insert(
            Chained::Input,
            &[
                entry,
                Cell::Int(number),
                Cell::Text(&input.name),
                Cell::Text(&input.sha256),
                Cell::Int(input.rows as i64),
                Cell::maybe(input.month.map(|month| i64::from(month.index()))),
            ],
        )?;
    }
    let mut bases: Vec<_> = meta.bases.iter().collect();
    bases.sort_unstable();
    bases.dedup();
    for basis in bases {
        writer.insert(
            Chained::Basis,
            &[
                entry,
                Cell::Int(i64::from(basis.month.index())),
                Cell::Text(&basis.key),
                Cell::Text(&basis.digest),
            ],
        )?;
    }
    for (number, file) in (0..).zip(&meta.bank_files) {
        writer.insert(
            Chained::BankFile,
            &[
                entry,
                Cell::Int(number),
                Cell::Text(&file.name),
                Cell::Text(&file.sha256),
                Cell::Int(file.count as i64),
                Cell::Int(file.total.fen()),
                Cell::Text(&file.profile),
            ],
        )?;
    }
    Ok(())
}
