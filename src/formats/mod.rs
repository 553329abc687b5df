//! Bytes become records, with no meaning: whatever a township sends (`.csv`, `.tsv`, `.txt`, `.xlsx`,
//! `.xls`, `.ods`) leaves this room as [`Sheet`]s of rows and cells with the place each row has in
//! the file. What a header or a cell means is the intake's business.
//!
//! | part | what it is |
//! |---|---|
//! | [`encoding`] | bytes → text: BOM, UTF-8, UTF-16, GB18030; which lines fit none |
//! | [`delimited`] | text → records, borrowed from the text, in pieces that can be read in parallel |
//! | [`cell`] | what a cell holds, before anybody knows its column |
//! | [`grid`], `xlsx`, `xls`, `ods` | workbooks → rows |
//! | `days` | days in the workbooks that we write |
//! | [`document`] | the one door: content decides the form, not the ending (READING 2) |
//!
//! It never rounds, never fills a blank, never drops a row: hidden, struck-through and undecodable
//! rows are delivered with their [`RowState`].

pub mod cell;
mod days;
pub mod delimited;
pub mod document;
pub mod encoding;
pub mod grid;
mod ods;
mod ole;
mod package;
mod xls;
mod xlsx;

pub use cell::{Cell, Number};
pub use days::{excel_day, excel_serial, made_on};
pub use document::{Document, DocumentFault, Form, Row, RowState, Rows, Sheet, Span, Unseen};
pub use encoding::Encoding;
