//! `out/M/answers-NNNN/answers.csv`: what an entry outside a run posted, M being the latest cycle
//! released before it. The number follows from the ledger, so that a list that a crash prevented is
//! written again by the next command, under the same name and with the same bytes.

use crate::domain::{Fault, Line, Month, Programme, Text};
use crate::ledger::{Ledger, NewPosting, Posted};
use crate::report::{AnswerPosting, answer_postings};
use crate::workspace::{Existing, Workspace, write_folder_atomically};

/// Writes the list of an entry just made, and says where; `None` for an entry that has none.
///
/// # Errors
/// The ledger, the disk; a folder of that name with other contents (exit 5).
pub fn write(
    workspace: &Workspace,
    ledger: &Ledger,
    posted: &Posted,
    postings: &[NewPosting],
    codes: &[Text],
) -> Result<Option<String>, Fault> {
    let entry = posted.head.number;
    let Some((month, number)) = ledger.listed_as(entry)? else { return Ok(None) };
    let order = ledger.codes_of_latest_release(entry)?;
    let listed: Vec<(Line, &NewPosting, i64)> = postings
        .iter()
        .zip(&posted.posting_ids)
        .map(|(posting, id)| {
            let code = codes.get(usize::from(posting.line.programme.0));
            let position = code.and_then(|code| order.iter().position(|known| known == code));
            // Every programme that is posted on is in the ledger, and so among the codes.
            let programme = Programme(position.unwrap_or(order.len()) as u16);
            (Line { programme, ..posting.line.clone() }, posting, *id)
        })
        .collect();
    let rows: Vec<AnswerPosting<'_>> = listed
        .iter()
        .map(|(line, posting, id)| AnswerPosting {
            id: *id,
            programme: code_of(&order, line),
            line,
            kind: posting.kind,
            amount: posting.amount,
            corrects: posting.corrects,
            payment: posting.payment.as_ref().map(ToString::to_string).unwrap_or_default(),
            document: &posting.document,
        })
        .collect();
    publish(workspace, month, number, &rows).map(Some)
}

/// Writes the list of the latest entry if it is not there: a crash came between ledger and list.
///
/// # Errors
/// As [`write()`].
pub fn complete(workspace: &Workspace, ledger: &Ledger) -> Result<(), Fault> {
    let latest = ledger.head()?.number;
    let Some((month, number)) = ledger.listed_as(latest)? else { return Ok(()) };
    if workspace.has_out_folder(month, &folder_name(number)) {
        return Ok(());
    }
    let order = ledger.codes_of_latest_release(latest)?;
    let postings = ledger.postings_of_entries(latest, latest, &order)?;
    let rows: Vec<AnswerPosting<'_>> = postings
        .iter()
        .map(|posting| AnswerPosting {
            id: posting.id,
            programme: code_of(&order, &posting.line),
            line: &posting.line,
            kind: posting.kind,
            amount: posting.amount,
            corrects: posting.corrects,
            payment: posting.payment.as_ref().map(ToString::to_string).unwrap_or_default(),
            document: &posting.document,
        })
        .collect();
    publish(workspace, month, number, &rows).map(|_| ())
}

fn publish(
    workspace: &Workspace,
    month: Month,
    number: u32,
    rows: &[AnswerPosting<'_>],
) -> Result<String, Fault> {
    let bytes = answer_postings(rows);
    write_folder_atomically(
        &workspace.out_folder(month, &folder_name(number)),
        [("answers.csv", bytes.as_slice())],
        Existing::MustEqual,
    )?;
    Ok(path(month, number))
}

fn code_of<'c>(order: &'c [Text], line: &Line) -> &'c str {
    order.get(usize::from(line.programme.0)).map_or("", Text::as_str)
}

/// Where the list of an entry lies, inside the workspace; `None` for an entry that has none.
///
/// # Errors
/// The ledger.
pub fn place(ledger: &Ledger, entry: u64) -> Result<Option<String>, Fault> {
    Ok(ledger.listed_as(entry)?.map(|(month, number)| path(month, number)))
}

fn folder_name(number: u32) -> String {
    format!("answers-{number:04}")
}

fn path(month: Month, number: u32) -> String {
    format!("out/{month}/{}", folder_name(number))
}
