//! pain.002, the bank's report on our pain.001, versions .03 to .15 by local name. Statuses stand at
//! three levels; what a payment does not say by itself it inherits from its batch, then its message.

use super::xml::Node;
use super::{Answer, AnswerSource, AnswerStatus, ReadAnswers, figures, place};
use crate::domain::Text;

/// Where a status stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Payment,
    Batch,
}

/// What a status code says. `ACSC` is money in the account only of a single payment: of a batch it
/// says no more than that the payer's account was debited. `PART` says nothing of one payment.
fn meaning(code: &str, reason: &str, level: Level) -> Option<AnswerStatus> {
    Some(match (code, level) {
        ("ACCC", _) | ("ACSC", Level::Payment) => AnswerStatus::Paid,
        ("RJCT" | "CANC", _) => AnswerStatus::Failed(if reason.is_empty() { code } else { reason }.into()),
        ("ACTC" | "ACCP" | "ACSP" | "ACSC" | "ACFC" | "ACWC" | "ACWP" | "RCVD" | "PDNG" | "PATC", _) => {
            AnswerStatus::Pending
        }
        ("PART", Level::Batch) => return None,
        _ => AnswerStatus::Unknown(format!("{code} {reason}").trim().into()),
    })
}

struct Status {
    code: String,
    reason: String,
}

#[derive(Default)]
pub(super) struct Pain002 {
    payments: Vec<Draft>,
    batches: Vec<Batch>,
}

struct Draft {
    own: Option<Status>,
    /// Position in `batches`, of the batch that was open.
    batch: Option<usize>,
    answer: Answer,
    /// An amount stood there that cannot be read.
    amount_lost: bool,
}

struct Batch {
    id: Option<Text>,
    status: Option<Status>,
}

impl Pain002 {
    pub(super) fn take(
        &mut self,
        node: Node,
        above: &[Node],
        read: &mut ReadAnswers,
        file: &str,
    ) -> Option<Node> {
        match node.name.as_str() {
            "TxInfAndSts" => {
                let inside = above.iter().any(|node| node.name == "OrgnlPmtInfAndSts");
                read.rows += 1;
                let draft = self.payment(&node, inside.then_some(self.batches.len()), read, file);
                self.payments.push(draft);
                None
            }
            "OrgnlPmtInfAndSts" => {
                self.check_counts(&node, read, file);
                let id = node.text_at(&["OrgnlPmtInfId"]).map(Text::from);
                self.batches.push(Batch { id, status: status(&node, "PmtInfSts") });
                None
            }
            "CstmrPmtStsRpt" => {
                self.finish(&node, read, file);
                None
            }
            _ => Some(node),
        }
    }

    fn payment(&self, node: &Node, batch: Option<usize>, read: &mut ReadAnswers, file: &str) -> Draft {
        let row = self.payments.len() as u32 + 1;
        let original = node.child("OrgnlTxRef").cloned().unwrap_or_default();
        let sum = original.down(&["Amt", "InstdAmt"]);
        let amount = sum.and_then(|sum| figures::message_amount(&sum.text));
        if sum.is_some() && amount.is_none() {
            let value = sum.map_or("", |sum| &sum.text);
            read.warn("answer-amount-unreadable", place(file, row, "OrgnlTxRef/Amt"), value);
        }
        for info in node.all("StsRsnInf").flat_map(|info| info.all("AddtlInf")) {
            if info.text.chars().count() > 105 {
                read.warn("answer-xml-too-long", place(file, row, "AddtlInf"), "105");
            }
        }
        let id = node.first_text(&[&["OrgnlEndToEndId"], &["OrgnlInstrId"]]);
        if id.is_none() {
            read.warn("answer-id-missing", place(file, row, "OrgnlEndToEndId"), "");
        }
        let accepted = node.text_at(&["AccptncDtTm"]);
        let date = accepted.and_then(figures::date);
        if let (Some(accepted), None) = (accepted, date) {
            read.warn("answer-date-unreadable", place(file, row, "AccptncDtTm"), accepted);
        }
        Draft {
            own: status(node, "TxSts"),
            batch,
            amount_lost: sum.is_some() && amount.is_none(),
            answer: Answer {
                payment_id: id.map(Text::from),
                batch: None,
                whole_batch: false,
                account_no: text(
                    &original,
                    &[&["CdtrAcct", "Id", "Othr", "Id"], &["CdtrAcct", "Id", "IBAN"]],
                ),
                account_name: text(&original, &[&["Cdtr", "Nm"], &["Cdtr", "Pty", "Nm"]]),
                amount,
                status: AnswerStatus::Pending,
                date,
                source: AnswerSource::StatusReport,
                reference: text(node, &[&["AcctSvcrRef"]]),
                message: Text::default(),
                place: place(file, row, ""),
            },
        }
    }

    /// Where a batch says how many payments have a status and lists some of them, it lists them all.
    fn check_counts(&self, node: &Node, read: &mut ReadAnswers, file: &str) {
        let here = Some(self.batches.len());
        for stated in node.all("NbOfTxsPerSts") {
            let (Some(code), Some(count)) = (stated.text_at(&["DtldSts"]), stated.text_at(&["DtldNbOfTxs"]))
            else {
                continue;
            };
            let listed = self
                .payments
                .iter()
                .filter(|draft| draft.batch == here && draft.own.as_ref().is_some_and(|own| own.code == code))
                .count();
            if listed > 0 && count.parse() != Ok(listed) {
                let value = format!("{code}: {count} / {listed}");
                read.warn("answer-count-differs", place(file, 0, "NbOfTxsPerSts"), &value);
            }
        }
    }

    fn finish(&mut self, node: &Node, read: &mut ReadAnswers, file: &str) {
        let group = node.child("OrgnlGrpInfAndSts").cloned().unwrap_or_default();
        let group_status = status(&group, "GrpSts");
        let message_id = group.text_at(&["OrgnlMsgId"]).map(Text::from);
        for needed in ["OrgnlMsgId", "OrgnlMsgNmId"] {
            if group.text_at(&[needed]).is_none() {
                read.warn("answer-xml-element-missing", place(file, 0, "OrgnlGrpInfAndSts"), needed);
            }
        }
        let created = node.text_at(&["GrpHdr", "CreDtTm"]);
        let date = created.and_then(figures::date);
        if let (Some(created), None) = (created, date) {
            read.warn("answer-date-unreadable", place(file, 0, "CreDtTm"), created);
        }
        let message: Text = node.text_at(&["GrpHdr", "MsgId"]).unwrap_or("").into();
        let of_batch = |batch: Option<&Batch>| {
            let status = batch.and_then(|batch| batch.status.as_ref()).or(group_status.as_ref());
            status.map(|status| (status.code.clone(), status.reason.clone()))
        };
        for draft in std::mem::take(&mut self.payments) {
            let batch = draft.batch.and_then(|position| self.batches.get(position));
            let mut answer = draft.answer;
            let status = match &draft.own {
                Some(own) => meaning(&own.code, &own.reason, Level::Payment),
                None => of_batch(batch).and_then(|(code, reason)| meaning(&code, &reason, Level::Batch)),
            };
            answer.status = status.unwrap_or_else(|| {
                read.warn("answer-status-missing", answer.place.clone(), "TxSts");
                AnswerStatus::Unknown(Text::default())
            });
            if draft.amount_lost {
                answer.status = AnswerStatus::Unknown("Amt".into());
            }
            answer.batch = message_id.clone().or_else(|| batch.and_then(|batch| batch.id.clone()));
            answer.date = answer.date.or(date);
            answer.message.clone_from(&message);
            read.answers.push(answer);
        }
        let mut wide = |id: Option<&Text>, status: Option<(String, String)>| {
            let Some(status) = status.and_then(|(code, reason)| meaning(&code, &reason, Level::Batch)) else {
                return;
            };
            read.rows += 1;
            read.answers.push(Answer {
                payment_id: None,
                batch: id.cloned(),
                whole_batch: true,
                account_no: Text::default(),
                account_name: Text::default(),
                amount: None,
                status,
                date,
                source: AnswerSource::StatusReport,
                reference: Text::default(),
                message: message.clone(),
                place: place(file, 0, if id.is_some() { "PmtInfSts" } else { "GrpSts" }),
            });
        };
        for batch in &self.batches {
            wide(batch.id.as_ref().or(message_id.as_ref()), of_batch(Some(batch)));
        }
        if self.batches.is_empty() {
            wide(message_id.as_ref(), of_batch(None));
        }
        if read.answers.is_empty() {
            read.warn("answer-status-missing", place(file, 0, ""), "GrpSts");
        }
    }
}

fn text(node: &Node, paths: &[&[&str]]) -> Text {
    node.first_text(paths).unwrap_or("").into()
}

/// A status with its reasons: `AC04 closed`.
fn status(node: &Node, name: &str) -> Option<Status> {
    let code = node.text_at(&[name])?.to_owned();
    let mut parts: Vec<&str> = Vec::new();
    for info in node.all("StsRsnInf") {
        parts.extend(info.first_text(&[&["Rsn", "Cd"], &["Rsn", "Prtry"]]));
        parts.extend(info.all("AddtlInf").map(|text| text.text.as_str()).filter(|text| !text.is_empty()));
    }
    Some(Status { code, reason: parts.join(" ") })
}
