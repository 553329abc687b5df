//! `answers.csv`: what bank answers and decisions posted outside a run, in the columns of
//! `postings.csv`.

use crate::domain::{Line, Money, PostingKind};

use super::encode::{BOM, Row};
use super::tables::POSTINGS;

/// One posting, with the texts its row needs.
#[derive(Debug, Clone)]
pub struct AnswerPosting<'a> {
    /// The ledger's id.
    pub id: i64,
    /// Programme code.
    pub programme: &'a str,
    /// The line.
    pub line: &'a Line,
    /// Kind.
    pub kind: PostingKind,
    /// Signed amount.
    pub amount: Money,
    /// The posting it corrects.
    pub corrects: Option<i64>,
    /// Payment id, or empty.
    pub payment: String,
    /// Document number.
    pub document: &'a str,
}

/// The file, rows in line order.
pub fn answer_postings(postings: &[AnswerPosting<'_>]) -> Vec<u8> {
    let mut sorted: Vec<&AnswerPosting<'_>> = postings.iter().collect();
    sorted.sort_by(|a, b| (a.line, a.kind, a.id).cmp(&(b.line, b.kind, b.id)));
    let mut bytes = BOM.to_vec();
    let mut header = Row::new(&mut bytes);
    for column in POSTINGS {
        header.word(column);
    }
    header.end();
    for posting in sorted {
        let mut row = Row::new(&mut bytes);
        row.number(posting.id.unsigned_abs()).word(posting.programme).beneficiary(&posting.line.beneficiary);
        row.month(posting.line.month)
            .text(&posting.line.case_no)
            .word(posting.kind.word())
            .money(posting.amount);
        row.empty();
        match posting.corrects {
            Some(corrected) => row.number(corrected.unsigned_abs()),
            None => row.empty(),
        };
        row.word(&posting.payment).text(posting.document).end();
    }
    bytes
}
