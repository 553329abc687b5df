//! ISO 20022 pain.001, versions .03, .09 and .13: written strictly, and read back by local name.
//!
//! China fits the standard so: the account is `Othr/Id` with scheme `BBAN`, the bank a clearing
//! system member `CNAPS`, the person's identity number `NIDN`; the category purpose is `SSBE`, a
//! government's payment to support individuals. Creditor, account and agent are optional in the
//! schema; here they are needed.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::escape::escape;
use quick_xml::events::Event;

use super::delimited::{Cells, does_not_fit, must_fit};
use super::profile::{Field, Format};
use super::read_back::{NotOfProfile, Seen, Stated, Visitor};
use super::render::FilePlan;
use super::{BankPayment, FileMeta};
use crate::domain::{Exit, Fault};

/// Message of a file.
pub(super) fn render(plan: &FilePlan, payments: &[BankPayment], meta: &FileMeta) -> Result<Vec<u8>, Fault> {
    let cells = Cells::new(plan, payments, meta);
    check_payer(plan, meta)?;
    let mut xml = Xml { text: String::with_capacity(plan.payments.len() * 900 + 4096), open: Vec::new() };
    let version = match plan.profile.format {
        Format::Pain03 => "03",
        Format::Pain13 => "13",
        _ => "09",
    };
    xml.text.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    xml.text.push_str(&format!("<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.001.001.{version}\">"));
    xml.open("CstmrCdtTrfInitn");
    xml.open("GrpHdr");
    xml.leaf("MsgId", &plan.batch);
    xml.leaf("CreDtTm", &meta.drafted_on.format("%Y-%m-%dT00:00:00").to_string());
    xml.leaf("NbOfTxs", &plan.payments.len().to_string());
    xml.leaf("CtrlSum", &plan.total.to_string());
    xml.open("InitgPty");
    xml.leaf("Nm", &meta.payer.name);
    xml.close(2);
    xml.open("PmtInf");
    xml.leaf("PmtInfId", &plan.batch);
    xml.leaf("PmtMtd", "TRF");
    xml.leaf("BtchBookg", "true");
    xml.leaf("NbOfTxs", &plan.payments.len().to_string());
    xml.leaf("CtrlSum", &plan.total.to_string());
    xml.open("PmtTpInf");
    xml.open("CtgyPurp");
    xml.leaf("Cd", &plan.profile.category_purpose);
    xml.close(2);
    let date = meta.pay_on.format("%Y-%m-%d").to_string();
    // From .09 on a choice of day or moment.
    if version == "03" {
        xml.leaf("ReqdExctnDt", &date);
    } else {
        xml.open("ReqdExctnDt");
        xml.leaf("Dt", &date);
        xml.close(1);
    }
    xml.open("Dbtr");
    xml.leaf("Nm", &meta.payer.name);
    xml.close(1);
    account(&mut xml, "DbtrAcct", &meta.payer.account_no, "");
    agent(&mut xml, "DbtrAgt", &meta.payer.bank_code, &meta.payer.bank);
    for &position in &plan.payments {
        transaction(&mut xml, plan, &cells, &payments[position as usize])?;
    }
    xml.close(2);
    xml.text.push_str("</Document>\n");
    Ok(xml.text.into_bytes())
}

fn check_payer(plan: &FilePlan, meta: &FileMeta) -> Result<(), Fault> {
    let payer = &meta.payer;
    let missing = |field: &str| {
        Fault::new(Exit::Refused, "payer-incomplete").with("profile", &plan.profile.name).with("field", field)
    };
    if payer.name.trim().is_empty() || payer.name.chars().count() > 140 {
        return Err(missing("name"));
    }
    if payer.account_no.is_empty() || payer.account_no.len() > 34 {
        return Err(missing("account_no"));
    }
    let code = !payer.bank_code.is_empty();
    if code && !super::bank_code_is_valid(&payer.bank_code) {
        return Err(missing("bank_code"));
    }
    if !code && (payer.bank.trim().is_empty() || payer.bank.chars().count() > 140) {
        return Err(missing("bank"));
    }
    if [&payer.name, &payer.account_no, &payer.bank].iter().any(|text| text.chars().any(char::is_control)) {
        return Err(missing("name"));
    }
    Ok(())
}

fn transaction(xml: &mut Xml, plan: &FilePlan, cells: &Cells, payment: &BankPayment) -> Result<(), Fault> {
    let unfit = |field: Field, text: &str| does_not_fit(plan, Some(payment), field, text);
    must_fit(plan, payment)?;
    let remark = cells.remark(payment);
    if remark.chars().count() > 140 || remark.chars().any(char::is_control) {
        return Err(unfit(Field::Remark, remark));
    }
    if payment.payee_id.len() > 35 || payment.payee_id.chars().any(char::is_control) {
        return Err(unfit(Field::PayeeId, &payment.payee_id));
    }
    xml.open("CdtTrfTxInf");
    xml.open("PmtId");
    xml.leaf("InstrId", &payment.payment_id);
    xml.leaf("EndToEndId", &payment.payment_id);
    xml.close(1);
    xml.open("Amt");
    xml.text.push_str("<InstdAmt Ccy=\"CNY\">");
    xml.text.push_str(&payment.amount.to_string());
    xml.text.push_str("</InstdAmt>");
    xml.close(1);
    agent(xml, "CdtrAgt", cells.bank_code(&payment.bank), &payment.bank);
    xml.open("Cdtr");
    xml.leaf("Nm", &payment.account_name);
    if !payment.payee_id.is_empty() {
        xml.open("Id");
        xml.open("PrvtId");
        xml.open("Othr");
        xml.leaf("Id", &payment.payee_id);
        xml.open("SchmeNm");
        xml.leaf("Cd", "NIDN");
        xml.close(4);
    }
    xml.close(1);
    account(xml, "CdtrAcct", &payment.account_no, "");
    if !remark.is_empty() {
        xml.open("RmtInf");
        xml.leaf("Ustrd", remark);
        xml.close(1);
    }
    xml.close(1);
    Ok(())
}

fn account(xml: &mut Xml, tag: &'static str, number: &str, name: &str) {
    xml.open(tag);
    xml.open("Id");
    xml.open("Othr");
    xml.leaf("Id", number);
    xml.open("SchmeNm");
    xml.leaf("Cd", "BBAN");
    xml.close(3);
    if !name.is_empty() {
        xml.leaf("Nm", name);
    }
    xml.close(1);
}

/// The bank by its code where that is known, else by its name.
fn agent(xml: &mut Xml, tag: &'static str, code: &str, name: &str) {
    xml.open(tag);
    xml.open("FinInstnId");
    if !code.is_empty() {
        xml.open("ClrSysMmbId");
        xml.open("ClrSysId");
        xml.leaf("Cd", "CNAPS");
        xml.close(1);
        xml.leaf("MmbId", code);
        xml.close(1);
    }
    if !name.is_empty() {
        xml.leaf("Nm", name);
    }
    xml.close(2);
}

struct Xml {
    text: String,
    open: Vec<&'static str>,
}

impl Xml {
    fn open(&mut self, tag: &'static str) {
        self.text.push('<');
        self.text.push_str(tag);
        self.text.push('>');
        self.open.push(tag);
    }

    fn leaf(&mut self, tag: &str, text: &str) {
        let text = escape(text);
        for part in ["<", tag, ">", &text, "</", tag, ">"] {
            self.text.push_str(part);
        }
    }

    /// Closes so many elements.
    fn close(&mut self, elements: usize) {
        for tag in (0..elements).filter_map(|_| self.open.pop()) {
            for part in ["</", tag, ">"] {
                self.text.push_str(part);
            }
        }
    }
}

/// Reads a message that [`render`] wrote, or another of the same kind. Creditor, account and agent
/// must be there.
pub(super) fn visit(bytes: &[u8], visitor: Visitor<'_>) -> Result<Stated, NotOfProfile> {
    let document = std::str::from_utf8(bytes).map_err(|_| NotOfProfile { row: 0, what: "not UTF-8" })?;
    let mut reader = Reader::from_str(document);
    let mut stated = Stated::default();
    let mut path: Vec<String> = Vec::new();
    let mut text = String::new();
    let mut row = 0;
    let mut transaction = Transaction::default();
    loop {
        let wrong = |what| NotOfProfile { row, what };
        match reader.read_event().map_err(|_| wrong("not XML"))? {
            Event::Start(start) => {
                let local = start.local_name().as_ref().to_owned();
                if local == "CdtTrfTxInf" {
                    row += 1;
                    transaction = Transaction::default();
                }
                path.push(local);
                text.clear();
            }
            Event::Text(part) => {
                text.push_str(&part.xml10_content());
            }
            Event::GeneralRef(reference) => match reference.resolve_char_ref() {
                Ok(Some(character)) => text.push(character),
                _ => {
                    let known = quick_xml::escape::resolve_predefined_entity(&reference);
                    text.push_str(known.ok_or(wrong("an entity that XML does not have"))?);
                }
            },
            Event::End(_) => {
                let of = |steps: &[&str]| {
                    path.len() >= steps.len()
                        && path.iter().rev().zip(steps.iter().rev()).all(|(have, want)| have == *want)
                };
                if of(&["GrpHdr", "NbOfTxs"]) || of(&["PmtInf", "NbOfTxs"]) {
                    stated.count(text.parse().map_err(|_| wrong("NbOfTxs is no number"))?);
                } else if of(&["GrpHdr", "CtrlSum"]) || of(&["PmtInf", "CtrlSum"]) {
                    stated.total(text.parse().map_err(|_| wrong("CtrlSum is no amount"))?);
                } else if of(&["PmtId", "EndToEndId"]) {
                    transaction.id = std::mem::take(&mut text);
                } else if of(&["Amt", "InstdAmt"]) {
                    transaction.amount = std::mem::take(&mut text);
                } else if of(&["Cdtr", "Nm"]) {
                    transaction.name = std::mem::take(&mut text);
                } else if of(&["CdtrAcct", "Id", "Othr", "Id"]) {
                    transaction.account = std::mem::take(&mut text);
                } else if of(&["CdtrAgt", "FinInstnId", "Nm"])
                    || of(&["CdtrAgt", "FinInstnId", "ClrSysMmbId", "MmbId"])
                {
                    transaction.agent = !text.is_empty();
                } else if of(&["CdtTrfTxInf"]) {
                    if transaction.name.is_empty() || transaction.account.is_empty() || !transaction.agent {
                        return Err(wrong("creditor, account or agent missing"));
                    }
                    visitor(Seen {
                        payment_id: Some(Cow::Borrowed(&transaction.id)),
                        account_no: Cow::Borrowed(&transaction.account),
                        account_name: Cow::Borrowed(&transaction.name),
                        amount: transaction.amount.parse().map_err(|_| wrong("amount is no amount"))?,
                    })
                    .map_err(wrong)?;
                }
                path.pop();
                text.clear();
            }
            Event::Eof => break,
            _ => {}
        }
    }
    if !path.is_empty() || stated.count.is_none() || stated.total.is_none() {
        return Err(NotOfProfile { row: 0, what: "message incomplete" });
    }
    Ok(stated)
}

#[derive(Default)]
struct Transaction {
    id: String,
    amount: String,
    name: String,
    account: String,
    agent: bool,
}
