//! All files of a run, one after the other, into writers that the caller opens.

use std::io::{self, BufWriter, Write};

use sha2::{Digest, Sha256};

use super::facts::{OutputFile, RunFacts, Wrote};
use super::summary::Summary;
use super::{json, page, sheets, tables};

/// A writer that digests what passes through it.
pub struct Hashing<W: Write> {
    inner: W,
    digest: Sha256,
}

impl<W: Write> Hashing<W> {
    /// Around a writer.
    pub fn new(inner: W) -> Hashing<W> {
        Hashing { inner, digest: Sha256::new() }
    }

    /// The writer, and the sha256 (hex) of everything written.
    pub fn finish(self) -> (W, String) {
        let sha256 = crate::domain::hexadecimal(&self.digest.finalize());
        (self.inner, sha256)
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.digest.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Where files go: a new file of that name in the run's folder, or a buffer.
pub trait Sink {
    /// What a file is written to.
    type Out: Write + Send;
    /// Opens a file by its bare name.
    ///
    /// # Errors
    /// What the disk says.
    fn open(&mut self, name: &str) -> io::Result<Self::Out>;
    /// Ends a file: sync, rename, whatever makes it whole.
    ///
    /// # Errors
    /// What the disk says.
    fn close(&mut self, name: &str, out: Self::Out) -> io::Result<()>;
}

/// Files in memory, in the order written.
#[derive(Debug, Default)]
pub struct InMemory(pub Vec<(String, Vec<u8>)>);

impl Sink for InMemory {
    type Out = Vec<u8>;

    fn open(&mut self, _name: &str) -> io::Result<Vec<u8>> {
        Ok(Vec::new())
    }

    fn close(&mut self, name: &str, out: Vec<u8>) -> io::Result<()> {
        self.0.push((name.to_owned(), out));
        Ok(())
    }
}

const WORKBOOK: &str = "reconciliation.xlsx";

/// Which files to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// The CSV files, `reconciliation.json` and `manifest.json`.
    Tables,
    /// These and the page.
    Page,
    /// These and the workbook.
    Everything,
}

fn one<S: Sink>(
    sink: &mut S,
    outputs: &mut Vec<OutputFile>,
    name: &str,
    write: impl FnOnce(&mut (dyn Write + Send)) -> io::Result<Wrote>,
) -> io::Result<()> {
    let mut hashing = Hashing::new(BufWriter::with_capacity(1 << 16, sink.open(name)?));
    let wrote = write(&mut hashing)?;
    hashing.flush()?;
    close(sink, outputs, name, hashing, wrote)
}

fn close<S: Sink>(
    sink: &mut S,
    outputs: &mut Vec<OutputFile>,
    name: &str,
    out: Hashing<BufWriter<S::Out>>,
    wrote: Wrote,
) -> io::Result<()> {
    let (buffered, sha256) = out.finish();
    sink.close(name, buffered.into_inner().map_err(io::IntoInnerError::into_error)?)?;
    outputs.push(OutputFile { name: name.to_owned(), sha256, wrote });
    Ok(())
}

/// Writes a run's files in a fixed order, the manifest last: where it stands, all of them do.
/// Returns what was written, the manifest included.
///
/// # Errors
/// What the sink says; files written before stay with the caller, who writes into a folder that is
/// renamed only when whole.
pub fn write_run<S: Sink + Send>(
    facts: &RunFacts<'_>,
    extent: Extent,
    sink: &mut S,
) -> io::Result<Vec<OutputFile>> {
    let mut outputs = Vec::new();
    let mut workbook = match extent {
        Extent::Everything => Some(Hashing::new(BufWriter::with_capacity(1 << 16, sink.open(WORKBOOK)?))),
        Extent::Tables | Extent::Page => None,
    };
    // What is added up, and the workbook, is made beside the tables: it is one thread's work.
    let (tables, added) = rayon::join(
        || {
            tables::FILES
                .iter()
                .try_for_each(|(name, _, write)| one(sink, &mut outputs, name, |out| write(facts, out)))
        },
        || -> io::Result<(Wrote, Vec<u8>, Vec<u8>)> {
            let summary = Summary::new(facts);
            let (mut json, mut html) = (Vec::new(), Vec::new());
            json::reconciliation(&summary, &mut json)?;
            if extent != Extent::Tables {
                page::page(&summary, &mut html)?;
            }
            if let Some(out) = &mut workbook {
                sheets::workbook(&summary, out)?;
                out.flush()?;
            }
            let whole = Wrote { rows: summary.total.count, amount: summary.total.money };
            Ok((whole, json, html))
        },
    );
    tables?;
    let (whole, json, html) = added?;
    one(sink, &mut outputs, "reconciliation.json", |out| out.write_all(&json).map(|()| whole))?;
    if extent != Extent::Tables {
        one(sink, &mut outputs, "reconciliation.html", |out| out.write_all(&html).map(|()| whole))?;
    }
    if let Some(workbook) = workbook {
        close(sink, &mut outputs, WORKBOOK, workbook, whole)?;
    }
    let before = outputs.clone();
    one(sink, &mut outputs, "manifest.json", |out| {
        json::manifest(facts, &before, out).map(|()| Wrote::default())
    })?;
    Ok(outputs)
}
