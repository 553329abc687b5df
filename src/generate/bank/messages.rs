//! Answers as ISO 20022 messages of the 2019 generation, valid against their schemas.

use chrono::NaiveDate;
use quick_xml::escape::escape;

use super::{Outcome, SentFile, SentPayment};
use crate::domain::Money;

/// Elements one after the other; the caller closes what it opens.
struct Xml(String);

impl Xml {
    fn begin(message: &str) -> Xml {
        Xml(format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:{message}\">\n"
        ))
    }

    fn raw(&mut self, text: &str) -> &mut Xml {
        self.0.push_str(text);
        self
    }

    fn leaf(&mut self, name: &str, text: &str) -> &mut Xml {
        self.0.push_str(&format!("<{name}>{}</{name}>", escape(text)));
        self
    }

    fn amount(&mut self, name: &str, amount: Money) -> &mut Xml {
        self.0.push_str(&format!("<{name} Ccy=\"CNY\">{amount}</{name}>"));
        self
    }

    fn end(mut self) -> Vec<u8> {
        self.0.push_str("\n</Document>\n");
        self.0.into_bytes()
    }
}

fn moment(date: NaiveDate) -> String {
    format!("{date}T12:00:00")
}

/// The sequence of a payment id: short, and unique in its run.
fn sequence(payment: &SentPayment) -> &str {
    payment.id.rsplit('-').next().unwrap_or(&payment.id)
}

/// pain.002.001.10 on one pain.001 of the file's batch.
pub(super) fn status_report(
    file: &SentFile,
    answered: &[(&SentPayment, Outcome)],
    date: NaiveDate,
) -> Vec<u8> {
    let mut xml = Xml::begin("pain.002.001.10");
    xml.raw("<CstmrPmtStsRpt><GrpHdr>").leaf("MsgId", &format!("S{}", file.batch));
    xml.leaf("CreDtTm", &moment(date)).raw("</GrpHdr><OrgnlGrpInfAndSts>");
    xml.leaf("OrgnlMsgId", &file.batch).leaf("OrgnlMsgNmId", "pain.001.001.09");
    xml.raw("</OrgnlGrpInfAndSts><OrgnlPmtInfAndSts>").leaf("OrgnlPmtInfId", &file.batch);
    for (payment, outcome) in answered {
        let (status, reason) = match outcome {
            Outcome::Failed(reason) => ("RJCT", Some(*reason)),
            Outcome::Pending => ("PDNG", None),
            _ => ("ACCC", None),
        };
        xml.raw("\n<TxInfAndSts>").leaf("OrgnlEndToEndId", &payment.id).leaf("TxSts", status);
        if let Some(reason) = reason {
            xml.raw("<StsRsnInf><Rsn>").leaf("Cd", reason).raw("</Rsn></StsRsnInf>");
        }
        xml.leaf("AccptncDtTm", &moment(date)).raw("<OrgnlTxRef><Amt>");
        xml.amount("InstdAmt", outcome.amount(payment.amount)).raw("</Amt><Cdtr><Pty>");
        xml.leaf("Nm", outcome.name(&payment.account_name)).raw("</Pty></Cdtr><CdtrAcct><Id><Othr>");
        xml.leaf("Id", &payment.account_no).raw("</Othr></Id></CdtrAcct></OrgnlTxRef></TxInfAndSts>");
    }
    xml.raw("</OrgnlPmtInfAndSts></CstmrPmtStsRpt>");
    xml.end()
}

/// camt.054.001.08 on the payer's account: one debit of the batch with its details, then one credit for
/// each payment that came back; what is not decided is an entry of its own, only announced.
pub(super) fn notification(
    file: &SentFile,
    answered: &[(&SentPayment, Outcome)],
    date: NaiveDate,
) -> Vec<u8> {
    let mut xml = Xml::begin("camt.054.001.08");
    xml.raw("<BkToCstmrDbtCdtNtfctn><GrpHdr>").leaf("MsgId", &format!("N{}", file.batch));
    xml.leaf("CreDtTm", &moment(date)).raw("</GrpHdr><Ntfctn>").leaf("Id", &format!("N{}", file.batch));
    xml.leaf("CreDtTm", &moment(date)).raw("<Acct><Id><Othr>").leaf("Id", "TREASURY");
    xml.raw("</Othr></Id></Acct>");
    let of =
        |pending: bool| answered.iter().filter(move |(_, outcome)| (*outcome == Outcome::Pending) == pending);
    let booked: Vec<&(&SentPayment, Outcome)> = of(false).collect();
    if !booked.is_empty() {
        let sum = booked.iter().map(|(payment, outcome)| outcome.amount(payment.amount)).sum();
        entry(&mut xml, sum, "DBIT", "BOOK", &format!("D{}", file.batch), date);
        for (payment, outcome) in booked {
            detail(&mut xml, file, payment, outcome, "D", None);
        }
        xml.raw("</NtryDtls></Ntry>");
    }
    for (payment, outcome) in answered {
        if let Outcome::Failed(reason) = outcome {
            entry(&mut xml, payment.amount, "CRDT", "BOOK", &format!("R{}", sequence(payment)), date);
            detail(&mut xml, file, payment, outcome, "R", Some(reason));
            xml.raw("</NtryDtls></Ntry>");
        }
    }
    for (payment, outcome) in of(true) {
        entry(&mut xml, payment.amount, "DBIT", "PDNG", &format!("P{}", sequence(payment)), date);
        detail(&mut xml, file, payment, outcome, "P", None);
        xml.raw("</NtryDtls></Ntry>");
    }
    xml.raw("</Ntfctn></BkToCstmrDbtCdtNtfctn>");
    xml.end()
}

/// An entry, open for its details.
fn entry(xml: &mut Xml, amount: Money, direction: &str, status: &str, reference: &str, date: NaiveDate) {
    xml.raw("\n<Ntry>").amount("Amt", amount).leaf("CdtDbtInd", direction).raw("<Sts>").leaf("Cd", status);
    xml.raw("</Sts><BookgDt>").leaf("Dt", &date.to_string()).raw("</BookgDt>");
    xml.leaf("AcctSvcrRef", reference).raw("<BkTxCd><Domn>").leaf("Cd", "PMNT").raw("<Fmly>");
    xml.leaf("Cd", "ICDT").leaf("SubFmlyCd", "DMCT").raw("</Fmly></Domn></BkTxCd><NtryDtls>");
}

fn detail(
    xml: &mut Xml,
    file: &SentFile,
    payment: &SentPayment,
    outcome: &Outcome,
    kind: &str,
    returned: Option<&str>,
) {
    let direction = if returned.is_some() { "CRDT" } else { "DBIT" };
    xml.raw("<TxDtls><Refs>").leaf("AcctSvcrRef", &format!("{kind}{}", sequence(payment)));
    xml.leaf("PmtInfId", &file.batch).leaf("EndToEndId", &payment.id).raw("</Refs>");
    xml.amount("Amt", outcome.amount(payment.amount)).leaf("CdtDbtInd", direction);
    xml.raw("<RltdPties><Cdtr><Pty>").leaf("Nm", outcome.name(&payment.account_name));
    xml.raw("</Pty></Cdtr><CdtrAcct><Id><Othr>").leaf("Id", &payment.account_no);
    xml.raw("</Othr></Id></CdtrAcct></RltdPties>");
    if let Some(reason) = returned {
        xml.raw("<RtrInf><Rsn>").leaf("Cd", reason).raw("</Rsn></RtrInf>");
    }
    xml.raw("</TxDtls>");
}
