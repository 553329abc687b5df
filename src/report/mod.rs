//! What happened, written down for people and programs (DESIGN §12). In: a borrowed [`RunFacts`],
//! which a conductor fills. Out: bytes into writers that the caller hands in. It decides nothing,
//! computes no entitlement and opens no file.
//!
//! | part | what it writes |
//! |---|---|
//! | [`facts`] | the input: everything that is known about a run |
//! | [`tables`] | the eight CSV files, columns and order fixed |
//! | [`encode`] | CSV cells: quoting, amounts, the apostrophe guard of READING 22 |
//! | [`reason`] | the words of the columns `reason` and `clause` |
//! | [`beside`] | two lists side by side: another system's, another month's |
//! | [`reconciled`] | a reconciliation: JSON, CSV, the workbook for decisions, a plain page |
//! | [`page`] | `reconciliation.html`: first screen, sections, lists, pictures; words in [`label`] |
//! | [`workbook`], [`sheets`] | `reconciliation.xlsx`: mechanics, contents |
//! | [`fix_list`] | rows that need work, to send back to a township |
//! | [`notice`], [`notice_page`] | public lists, masked: what may stand on them, and their pages |
//! | [`payroll`] | lists to sign, by township |
//! | [`voucher`] | payment vouchers for signature |
//! | [`table`] | tables for terminals, Chinese aligned |
//! | [`json`] | `manifest.json`, `reconciliation.json` |
//! | [`people`] | who a beneficiary is: name and township by merge with the decisions |
//! | [`rests`] | assumed and example figures, with the money that rests on them |
//! | [`slip`] | the decision slip of `explain`: text and page |
//! | [`statistics`] | monthly statistics: CSV and the published form as a workbook |
//! | [`summary`] | the figures that JSON, page and workbook share |
//! | [`whatif`] | two packs on the same rosters |
//! | [`mod@write`] | all files of a run into a sink, with their digests |

pub mod answers;
pub mod beside;
pub mod cells;
pub mod declared;
pub mod encode;
pub mod facts;
pub mod fix_list;
pub mod json;
pub mod label;
pub mod notice;
pub mod notice_page;
mod package;
pub mod page;
pub mod payroll;
pub mod people;
pub mod reason;
pub mod reconciled;
pub mod rests;
mod sheet_lists;
pub mod sheets;
pub mod slip;
pub mod statistics;
pub mod summary;
pub mod table;
pub mod tables;
pub mod voucher;
pub mod whatif;
pub mod workbook;
pub mod write;

pub use answers::{AnswerPosting, answer_postings};
pub use facts::*;
pub use summary::Summary;
pub use write::{Extent, InMemory, Sink, write_run};

#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;
