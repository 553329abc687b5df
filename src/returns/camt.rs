//! camt.053 and camt.054, the bank's bookings on the payer's account, versions .02 to .14 by local
//! name. A booked debit says paid; money that comes back (a reversal, a return, a credit that names
//! our payment) says failed. Matching pairs a debit with its return (READING 25).

use super::xml::Node;
use super::{Answer, AnswerSource, AnswerStatus, Booking, ReadAnswers, StatementBalance, figures, place};
use crate::domain::{Money, Text};

pub(super) struct Camt {
    pub(super) source: AnswerSource,
    entries: u32,
    /// Booked credits less booked debits since the statement began.
    moved: Money,
}

/// What all details of an entry share.
struct Entry {
    debit: Option<bool>,
    reversal: bool,
    status: String,
    date: Option<chrono::NaiveDate>,
    reference: Text,
    message: Text,
    currency: Option<String>,
    row: u32,
}

impl Camt {
    pub(super) fn new(source: AnswerSource) -> Camt {
        Camt { source, entries: 0, moved: Money::ZERO }
    }

    pub(super) fn take(
        &mut self,
        node: Node,
        above: &[Node],
        read: &mut ReadAnswers,
        file: &str,
    ) -> Option<Node> {
        match node.name.as_str() {
            "Ntry" => {
                let id = above.last().and_then(|parent| parent.text_at(&["Id"])).unwrap_or("");
                self.entry(&node, id, read, file);
                None
            }
            "Stmt" | "Ntfctn" => {
                self.close_statement(&node, read, file);
                None
            }
            _ => Some(node),
        }
    }

    fn entry(&mut self, node: &Node, message: &str, read: &mut ReadAnswers, file: &str) {
        self.entries += 1;
        let row = self.entries;
        let sum = node.child("Amt");
        let amount = sum.and_then(|sum| money(sum, read, file, row));
        let entry = Entry {
            debit: direction(node),
            reversal: node.text_at(&["RvslInd"]).is_some_and(|text| text == "true" || text == "1"),
            status: node.first_text(&[&["Sts", "Cd"], &["Sts", "Prtry"], &["Sts"]]).unwrap_or("").to_owned(),
            date: day(node, "BookgDt").or_else(|| day(node, "ValDt")),
            reference: node.first_text(&[&["AcctSvcrRef"], &["NtryRef"]]).unwrap_or("").into(),
            message: message.into(),
            currency: sum.and_then(|sum| sum.currency.clone()),
            row,
        };
        for (needed, there) in [("CdtDbtInd", entry.debit.is_some()), ("Sts", !entry.status.is_empty())] {
            if !there {
                read.warn("answer-xml-element-missing", place(file, row, "Ntry"), needed);
            }
        }
        let details: Vec<&Node> = node
            .all("NtryDtls")
            .flat_map(|details| details.children.iter().filter(|d| d.name == "TxDtls"))
            .collect();
        let batch = node
            .all("NtryDtls")
            .find_map(|details| details.first_text(&[&["Btch", "PmtInfId"], &["Btch", "MsgId"]]))
            .map(Text::from);
        let booked = entry.status == "BOOK";
        let signed = amount.unwrap_or(Money::ZERO);
        let debit = if entry.debit == Some(false) { -signed } else { signed };
        if booked {
            self.moved -= debit;
        }
        let mut listed = Money::ZERO;
        let mut all_listed = !details.is_empty();
        let mut only_id = Text::default();
        for detail in &details {
            read.rows += 1;
            let own = [&["Amt"][..], &["AmtDtls", "TxAmt", "Amt"], &["AmtDtls", "InstdAmt", "Amt"]]
                .iter()
                .find_map(|path| detail.down(path));
            let amount_here = match own {
                Some(sum) => money(sum, read, file, row),
                None if details.len() == 1 => amount,
                None => None,
            };
            match amount_here {
                Some(amount) => listed += amount,
                None => all_listed = false,
            }
            let mut answer = self.answer(detail, &entry, batch.clone(), amount_here, read, file);
            // Amounts must be equal, so a booking whose amount is not known decides nothing.
            if amount_here.is_none() && !matches!(answer.status, AnswerStatus::Unknown(_)) {
                read.warn("answer-amount-missing", place(file, row, "TxDtls/Amt"), "");
                answer.status = AnswerStatus::Unknown("Amt".into());
            }
            if details.len() == 1 {
                only_id = answer.payment_id.clone().unwrap_or_default();
            }
            read.answers.push(answer);
        }
        if all_listed && amount.is_some_and(|amount| amount != listed) {
            let value = format!("{signed} / {listed}");
            read.warn("answer-sum-differs", place(file, row, "Ntry"), &value);
        }
        if details.is_empty() {
            read.rows += 1;
            // A batch booked in one sum is a booking and says nothing of one payment; an entry that
            // names nothing of ours is listed as unexpected.
            if batch.is_none() {
                let answer = self.answer(node, &entry, None, amount, read, file);
                read.answers.push(answer);
            }
        }
        let listed = if entry.debit == Some(false) { -listed } else { listed };
        // Where all details name one batch, the entry is of that batch.
        let of_details = |read: &ReadAnswers| {
            let own = &read.answers[read.answers.len().saturating_sub(details.len())..];
            let first = own.first()?.batch.clone()?;
            own.iter().all(|answer| answer.batch.as_ref() == Some(&first)).then_some(first)
        };
        let batch = batch.or_else(|| of_details(read)).unwrap_or_default();
        read.bookings.push(Booking {
            batch,
            payment_id: only_id,
            debit,
            booked,
            date: entry.date,
            reference: entry.reference,
            statement: entry.message,
            source: self.source,
            details: details.len() as u32,
            listed: all_listed.then_some(listed),
            place: place(file, row, ""),
        });
    }

    fn answer(
        &self,
        detail: &Node,
        entry: &Entry,
        batch: Option<Text>,
        amount: Option<Money>,
        read: &mut ReadAnswers,
        file: &str,
    ) -> Answer {
        let at = |column| place(file, entry.row, column);
        let returned = detail.child("RtrInf");
        let own = direction(detail);
        let id = detail.first_text(&[&["Refs", "EndToEndId"], &["Refs", "InstrId"]]);
        let id = id.filter(|id| *id != "NOTPROVIDED");
        let batch = detail.first_text(&[&["Refs", "PmtInfId"], &["Refs", "MsgId"]]).map(Text::from).or(batch);
        for text in detail.all("RmtInf").flat_map(|info| info.all("Ustrd")) {
            if text.text.chars().count() > 140 {
                read.warn("answer-xml-too-long", at("Ustrd"), "140");
            }
        }
        let foreign = [&["Amt"][..], &["AmtDtls", "TxAmt", "Amt"]]
            .iter()
            .find_map(|path| detail.down(path))
            .and_then(|sum| sum.currency.as_deref())
            .or(entry.currency.as_deref())
            .filter(|currency| *currency != "CNY");
        let reason = || {
            let mut parts: Vec<&str> = Vec::new();
            for info in detail.all("RtrInf") {
                parts.extend(info.first_text(&[&["Rsn", "Cd"], &["Rsn", "Prtry"]]));
                parts.extend(info.all("AddtlInf").map(|text| text.text.as_str()));
            }
            if parts.is_empty() {
                parts.push("NARR");
                parts.extend(detail.first_text(&[&["AddtlTxInf"], &["AddtlNtryInf"]]));
            }
            Text::from(parts.join(" "))
        };
        let status = match (entry.status.as_str(), entry.debit) {
            _ if foreign.is_some() => {
                read.warn("answer-currency", at("Ccy"), foreign.unwrap_or(""));
                AnswerStatus::Unknown(foreign.unwrap_or("").into())
            }
            (_, None) => AnswerStatus::Unknown("CdtDbtInd".into()),
            // An entry that a detail contradicts could mean either.
            (_, Some(debit)) if own.is_some_and(|own| own != debit) => {
                read.warn("answer-direction-differs", at("CdtDbtInd"), "");
                AnswerStatus::Unknown("CdtDbtInd".into())
            }
            ("PDNG" | "FUTR" | "INFO", _) => AnswerStatus::Pending,
            ("BOOK", Some(true)) if returned.is_some() && !entry.reversal => {
                // A debit that carries a return reason: somebody else's money went back from us.
                AnswerStatus::Unknown(reason())
            }
            ("BOOK", Some(true)) => AnswerStatus::Paid,
            ("BOOK", Some(false)) => AnswerStatus::Failed(reason()),
            (other, _) => AnswerStatus::Unknown(other.into()),
        };
        let failed = matches!(status, AnswerStatus::Failed(_));
        let party = |paths: &[&[&str]]| {
            // In a return the parties may stand the other way round.
            if failed { Text::default() } else { detail.first_text(paths).unwrap_or("").into() }
        };
        Answer {
            payment_id: id.map(Text::from),
            batch,
            whole_batch: false,
            account_no: party(&[
                &["RltdPties", "CdtrAcct", "Id", "Othr", "Id"],
                &["RltdPties", "CdtrAcct", "Id", "IBAN"],
            ]),
            account_name: party(&[&["RltdPties", "Cdtr", "Nm"], &["RltdPties", "Cdtr", "Pty", "Nm"]]),
            amount,
            status,
            date: entry.date,
            source: self.source,
            reference: detail
                .first_text(&[&["Refs", "AcctSvcrRef"]])
                .map_or(entry.reference.clone(), Text::from),
            message: entry.message.clone(),
            place: at(""),
        }
    }

    /// Opening + credits − debits = closing, where the statement says both.
    fn close_statement(&mut self, node: &Node, read: &mut ReadAnswers, file: &str) {
        let moved = std::mem::replace(&mut self.moved, Money::ZERO);
        let balance = |code: &str| -> Option<(Money, Option<chrono::NaiveDate>)> {
            let found = node.all("Bal").find(|balance| {
                balance
                    .first_text(&[&["Tp", "CdOrPrtry", "Cd"], &["Tp", "Cd"]])
                    .is_some_and(|text| text == code)
            })?;
            let amount = figures::message_amount(found.text_at(&["Amt"])?)?;
            let amount = if direction(found) == Some(true) { -amount } else { amount };
            Some((amount, day(found, "Dt")))
        };
        let opening = balance("OPBD").or_else(|| balance("PRCD")).map(|(amount, _)| amount);
        let (closing, day) = balance("CLBD").map_or((None, None), |(amount, day)| (Some(amount), day));
        let statement: Text = node.text_at(&["Id"]).unwrap_or("").into();
        if let (Some(opening), Some(closing)) = (opening, closing)
            && opening + moved != closing
        {
            let value = format!("{opening} + {moved} ≠ {closing}");
            read.warn("answer-balance-differs", place(file, 0, "Bal"), &value);
        }
        if self.source == AnswerSource::Statement {
            let account = node
                .first_text(&[&["Acct", "Id", "Othr", "Id"], &["Acct", "Id", "IBAN"]])
                .unwrap_or("")
                .into();
            read.balances.push(StatementBalance { account, statement, opening, closing, day });
        }
    }
}

/// `true`: debit.
fn direction(node: &Node) -> Option<bool> {
    match node.text_at(&["CdtDbtInd"])? {
        "DBIT" => Some(true),
        "CRDT" => Some(false),
        _ => None,
    }
}

fn day(node: &Node, name: &str) -> Option<chrono::NaiveDate> {
    node.first_text(&[&[name, "Dt"], &[name, "DtTm"]]).and_then(figures::date)
}

fn money(sum: &Node, read: &mut ReadAnswers, file: &str, row: u32) -> Option<Money> {
    let amount = figures::message_amount(&sum.text);
    if amount.is_none() {
        read.warn("answer-amount-unreadable", place(file, row, "Amt"), &sum.text);
    }
    amount
}
