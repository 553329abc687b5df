//! A reconciliation written down: `reconcile.json`, CSV files, the workbook into which people type
//! their decisions, and a plain page. In: a [`Reconciliation`] or a [`Year`]. Out: bytes by file name.

mod book;
mod json;
mod page;
mod tables;
mod year_book;
mod year_page;

use std::io;

use chrono::NaiveDate;

use crate::domain::{Programme, Text};
use crate::reconcile::year::Year;
use crate::reconcile::{ProgrammeFacts, Reconciliation};
use crate::words::{self, Language};

/// What every file of a reconciliation needs beside it.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// The bureau's name.
    pub bureau: &'a str,
    /// The day.
    pub today: NaiveDate,
    /// Language of page and workbook.
    pub language: Language,
    /// Programmes by position.
    pub programmes: &'a [ProgrammeFacts],
}

impl Shown<'_> {
    pub(super) fn code(&self, programme: Programme) -> &str {
        self.programmes.get(usize::from(programme.0)).map_or("", |programme| &programme.code)
    }

    pub(super) fn name(&self, programme: Programme) -> &str {
        self.programmes.get(usize::from(programme.0)).map_or("", |programme| &programme.name)
    }

    fn fund(&self, programme: Programme) -> &str {
        self.programmes.get(usize::from(programme.0)).map_or("", |programme| &programme.fund)
    }

    fn fund_name(&self, programme: Programme) -> &str {
        self.programmes.get(usize::from(programme.0)).map_or("", |programme| &programme.fund_name)
    }

    /// The words of `reconcile-<code>`.
    fn say(&self, code: &str) -> String {
        words::say(self.language, &format!("reconcile-{code}"), &[])
    }

    fn say_with(&self, code: &str, blanks: &[(&'static str, Text)]) -> String {
        words::say(self.language, &format!("reconcile-{code}"), blanks)
    }

    /// The words of an item class, or the word itself.
    fn class(&self, class: &str) -> String {
        let code = format!("class-{class}");
        if words::knows(&code) { words::say(self.language, &code, &[]) } else { class.to_owned() }
    }
}

/// The files of a cycle.
///
/// # Errors
/// What workbook, page or JSON refuse; a bug.
pub fn month(shown: &Shown<'_>, result: &Reconciliation) -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut files = tables::month(shown, result)?;
    files.push(("exceptions.xlsx".to_owned(), book::exceptions(shown, result)?));
    files.push(("reconcile.json".to_owned(), json::month(shown, result)?));
    files.push(("reconcile.html".to_owned(), page::month(shown, result)?));
    Ok(files)
}

/// The files of a year.
///
/// # Errors
/// As [`month`].
pub fn year(shown: &Shown<'_>, result: &Year) -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut files = tables::year(shown, result)?;
    files.push(("reconcile.json".to_owned(), json::year(shown, result)?));
    files.push(("reconcile.xlsx".to_owned(), year_book::book(shown, result)?));
    files.push(("reconcile.html".to_owned(), year_page::page(shown, result)?));
    Ok(files)
}
