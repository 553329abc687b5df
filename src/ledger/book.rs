use std::path::{Path, PathBuf};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use rustc_hash::FxHashMap;

use crate::crash;
use crate::domain::{Beneficiary, Fault, Line, Month, PaymentId, Programme, Text};
use crate::workspace::private;

use super::fault::{damaged, sql};
use super::record::{Act, Entry, EntryKind, Head};
use super::schema;

/// The ledger of a bureau. One writer at a time: the workspace's lock is taken before it is opened to
/// write.
#[derive(Debug)]
pub struct Ledger {
    pub(super) connection: Connection,
    pub(super) path: PathBuf,
}

/// Pages of 8 KiB a step of a backup copies.
const PAGES_A_STEP: i32 = 4096;
/// How often a backup is begun again before it no longer lets writers in between.
const BEGINNINGS: u32 = 5;
/// How often a backup waits for a writer's commit, 10 ms each.
const PATIENCE: u32 = 1000;
/// How many prepared statements are kept.
const STATEMENTS: usize = 64;

impl Ledger {
    /// Opens (or makes) a ledger to write in, and brings its schema up to date. The file is readable
    /// by its owner alone.
    ///
    /// # Errors
    /// A disk that cannot be written (exit 4), a file that is no ledger or is damaged (exit 5), a
    /// ledger of a newer version (exit 3).
    pub fn open(path: &Path) -> Result<Ledger, Fault> {
        private::create_file_if_missing(path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(path, flags).map_err(sql)?;
        prepare(&connection)?;
        schema::migrate(&mut connection)?;
        Ok(Ledger { connection, path: path.to_owned() })
    }

    /// Opens a ledger to read. A missing one reads as empty and is not made. After a crash the
    /// interrupted transaction is rolled back first, which needs to write.
    ///
    /// # Errors
    /// As [`Ledger::open`].
    pub fn open_read_only(path: &Path) -> Result<Ledger, Fault> {
        if private::length(path).is_none_or(|length| length == 0) {
            let mut connection = Connection::open_in_memory().map_err(sql)?;
            prepare(&connection)?;
            schema::migrate(&mut connection)?;
            return Ok(Ledger { connection, path: path.to_owned() });
        }
        let mut journal = path.as_os_str().to_owned();
        journal.push("-journal");
        if private::length(Path::new(&journal)).is_some_and(|length| length > 0) {
            // A journal left by a crash; reading the file through a writing connection plays it back.
            drop(Ledger::open(path)?);
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(sql)?;
        prepare(&connection)?;
        match schema::usable_version(&connection)? {
            0 => Err(damaged("no tables")),
            version if version < schema::newest_version() => {
                // An older schema: brought up to date by a writing connection, which changes no row.
                drop(connection);
                drop(Ledger::open(path)?);
                Ledger::open_read_only(path)
            }
            _ => Ok(Ledger { connection, path: path.to_owned() }),
        }
    }

    /// The end of the chain.
    ///
    /// # Errors
    /// Database faults, as everywhere in this room.
    pub fn head(&self) -> Result<Head, Fault> {
        head(&self.connection)
    }

    /// The entry of a number.
    pub fn entry(&self, number: u64) -> Result<Option<Entry>, Fault> {
        Ok(self.entries_from(number)?.into_iter().next().filter(|entry| entry.number == number))
    }

    /// All entries from a number on, in order.
    pub fn entries_from(&self, number: u64) -> Result<Vec<Entry>, Fault> {
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT number, kind, today, made_by, second, os_user, host, note, content, hash \
                 FROM entry WHERE number >= ? ORDER BY number",
            )
            .map_err(sql)?;
        let mut rows = statement.query([number as i64]).map_err(sql)?;
        let mut entries = Vec::new();
        while let Some(row) = rows.next().map_err(sql)? {
            let text = |column| row.get::<_, String>(column).map(Text::from).map_err(sql);
            entries.push(Entry {
                number: row.get::<_, i64>(0).map_err(sql)? as u64,
                act: Act {
                    kind: EntryKind::from_word(&text(1)?).ok_or_else(|| damaged("entry: kind"))?,
                    today: text(2)?.parse().map_err(|_| damaged("entry: day"))?,
                    by: text(3)?,
                    second: text(4)?,
                    os_user: text(5)?,
                    host: text(6)?,
                    note: text(7)?,
                },
                content: row.get(8).map_err(sql)?,
                hash: row.get(9).map_err(sql)?,
            });
        }
        Ok(entries)
    }

    /// The id the next posting will get.
    pub fn next_posting_id(&self) -> Result<i64, Fault> {
        Ok(last_posting(&self.connection)? + 1)
    }

    /// The pack's codes, followed by those that only the ledger knows, sorted: what
    /// [`Programme`] means for everything this ledger yields.
    pub fn programme_codes(&self, pack: &[Text]) -> Result<Vec<Text>, Fault> {
        let mut codes = pack.to_vec();
        let mut statement =
            self.connection.prepare_cached("SELECT code FROM programme ORDER BY code").map_err(sql)?;
        let stored = statement.query_map([], |row| row.get::<_, String>(0)).map_err(sql)?;
        for code in stored {
            let code = Text::from(code.map_err(sql)?);
            if !pack.contains(&code) {
                codes.push(code);
            }
        }
        Ok(codes)
    }

    /// First and last benefit month that have a line; `None` for an empty ledger.
    pub fn month_span(&self) -> Result<Option<(Month, Month)>, Fault> {
        let (first, last): (Option<i32>, Option<i32>) = self
            .connection
            .query_row(
                "SELECT (SELECT month FROM line ORDER BY month LIMIT 1), \
                        (SELECT month FROM line ORDER BY month DESC LIMIT 1)",
                [],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .map_err(sql)?;
        Ok(first.zip(last).map(|(first, last)| (Month::from_index(first), Month::from_index(last))))
    }

    /// Last benefit month that has a posting.
    pub fn last_posted_month(&self) -> Result<Option<Month>, Fault> {
        // A line without postings (a case decided at 0.00) has never been entitled nor paid.
        let month = self
            .connection
            .query_row(
                "SELECT month FROM line WHERE EXISTS (SELECT 1 FROM posting WHERE posting.line = line.id) \
                 ORDER BY month DESC LIMIT 1",
                [],
                |row| row.get(0),
            )
            .optional()
            .map_err(sql)?;
        Ok(month.map(Month::from_index))
    }

    /// Writes a consistent copy of the ledger to a file that must not exist, while others work: a few
    /// pages at a time, begun again where another command has written meanwhile; after some such
    /// beginnings the rest goes in one step, for which a writer waits.
    ///
    /// # Errors
    /// The file exists, or the disk cannot hold it; no part of it is left.
    pub fn backup(&self, destination: &Path) -> Result<(), Fault> {
        if private::length(destination).is_some() {
            return Err(Fault::new(crate::domain::Exit::Refused, "backup-exists")
                .with("path", destination.display().to_string()));
        }
        private::create_file_if_missing(destination)?;
        let copied = self.copy_pages(destination).and_then(|()| private::sync_file(destination));
        if copied.is_err() {
            private::discard(destination);
        }
        copied
    }

    fn copy_pages(&self, destination: &Path) -> Result<(), Fault> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut to = Connection::open_with_flags(destination, flags).map_err(sql)?;
        // Nobody looks at the copy before it is whole and synced.
        to.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;").map_err(sql)?;
        let backup = Backup::new(&self.connection, &mut to).map_err(sql)?;
        let mut begun_again = 0;
        let mut waited = 0;
        let mut remaining = i32::MAX;
        loop {
            let pages = if begun_again < BEGINNINGS { PAGES_A_STEP } else { -1 };
            match backup.step(pages).map_err(sql)? {
                StepResult::Done => return Ok(()),
                StepResult::More => {
                    let now = backup.progress().remaining;
                    begun_again += u32::from(now > remaining);
                    remaining = now;
                    crash::point("backup-pages");
                }
                _ if waited < PATIENCE => {
                    waited += 1;
                    std::thread::sleep(std::time::Duration::from_millis(10));
                }
                _ => {
                    return Err(
                        Fault::new(crate::domain::Exit::Locked, "ledger-busy").with("detail", "backup")
                    );
                }
            }
        }
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

pub(super) fn prepare(connection: &Connection) -> Result<(), Fault> {
    connection.busy_timeout(std::time::Duration::from_secs(5)).map_err(sql)?;
    connection
        .execute_batch(
            "PRAGMA page_size = 8192; PRAGMA journal_mode = DELETE; PRAGMA synchronous = FULL; \
             PRAGMA foreign_keys = ON; PRAGMA recursive_triggers = ON; PRAGMA trusted_schema = OFF; \
             PRAGMA cell_size_check = ON; PRAGMA cache_size = -196608; PRAGMA temp_store = MEMORY;",
        )
        .map_err(sql)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(())
}

pub(super) fn head(connection: &Connection) -> Result<Head, Fault> {
    let head = connection
        .prepare_cached("SELECT number, hash FROM entry ORDER BY number DESC LIMIT 1")
        .and_then(|mut statement| {
            statement
                .query_row([], |row| Ok(Head { number: row.get::<_, i64>(0)? as u64, hash: row.get(1)? }))
                .optional()
        })
        .map_err(sql)?;
    Ok(head.unwrap_or_else(Head::empty))
}

pub(super) fn last_posting(connection: &Connection) -> Result<i64, Fault> {
    let last = connection
        .query_row("SELECT last_posting FROM entry ORDER BY number DESC LIMIT 1", [], |row| row.get(0))
        .optional()
        .map_err(sql)?;
    Ok(last.unwrap_or(0))
}

/// What the numbers in rows stand for: programmes, words, runs. Read once per question.
pub(super) struct Names {
    words: FxHashMap<i64, Text>,
    /// Stored programme id → position in the caller's codes.
    programmes: FxHashMap<i64, Programme>,
    /// Run → district and cycle, for payment ids.
    runs: FxHashMap<u32, (Text, Month)>,
}

impl Names {
    pub fn read(connection: &Connection, codes: &[Text]) -> Result<Names, Fault> {
        let mut names = Names {
            words: FxHashMap::default(),
            programmes: FxHashMap::default(),
            runs: FxHashMap::default(),
        };
        let mut statement = connection.prepare_cached("SELECT id, text FROM word").map_err(sql)?;
        let mut rows = statement.query([]).map_err(sql)?;
        while let Some(row) = rows.next().map_err(sql)? {
            names
                .words
                .insert(row.get(0).map_err(sql)?, row.get_ref(1).map_err(sql)?.as_str().unwrap_or("").into());
        }
        let mut statement = connection.prepare_cached("SELECT id, code FROM programme").map_err(sql)?;
        let mut rows = statement.query([]).map_err(sql)?;
        while let Some(row) = rows.next().map_err(sql)? {
            let code: String = row.get(1).map_err(sql)?;
            if let Some(position) = codes.iter().position(|known| *known == code) {
                names.programmes.insert(row.get(0).map_err(sql)?, Programme(position as u16));
            }
        }
        let mut statement =
            connection.prepare_cached("SELECT run, district, cycle FROM release").map_err(sql)?;
        let mut rows = statement.query([]).map_err(sql)?;
        while let Some(row) = rows.next().map_err(sql)? {
            let district = Text::from(row.get::<_, String>(1).map_err(sql)?);
            names
                .runs
                .insert(row.get(0).map_err(sql)?, (district, Month::from_index(row.get(2).map_err(sql)?)));
        }
        Ok(names)
    }

    pub fn word(&self, id: i64) -> Result<Text, Fault> {
        self.words.get(&id).cloned().ok_or_else(|| damaged("a word is missing"))
    }

    pub fn programme(&self, id: i64) -> Result<Programme, Fault> {
        self.programmes.get(&id).copied().ok_or_else(|| damaged("a programme is missing"))
    }

    /// Stored ids of programmes, in the caller's order.
    pub fn in_order(&self) -> Vec<(Programme, i64)> {
        let mut all: Vec<(Programme, i64)> =
            self.programmes.iter().map(|(id, position)| (*position, *id)).collect();
        all.sort_unstable();
        all
    }

    pub fn payment_id(&self, number: i64) -> Result<PaymentId, Fault> {
        let (run, sequence) = payment_parts(number)?;
        let (district, cycle) = self.runs.get(&run).ok_or_else(|| damaged("a payment's run is missing"))?;
        Ok(PaymentId { district: district.clone(), cycle: *cycle, run, sequence })
    }

    /// The stored number of a payment id, if a released run of this ledger has that name.
    pub fn payment_number(&self, id: &PaymentId) -> Option<i64> {
        let (district, cycle) = self.runs.get(&id.run)?;
        (*district == id.district && *cycle == id.cycle).then(|| payment_number(id.run, id.sequence))
    }
}

/// run × 10,000,000 + sequence.
pub(super) fn payment_number(run: u32, sequence: u32) -> i64 {
    i64::from(run) * 10_000_000 + i64::from(sequence)
}

fn payment_parts(number: i64) -> Result<(u32, u32), Fault> {
    let run = u32::try_from(number / 10_000_000).map_err(|_| damaged("payment number"))?;
    let sequence = u32::try_from(number % 10_000_000).map_err(|_| damaged("payment number"))?;
    Ok((run, sequence))
}

/// A line from its stored columns.
pub(super) fn line(
    programme: Programme,
    beneficiary: &str,
    month: i32,
    case_no: &str,
) -> Result<Line, Fault> {
    Ok(Line {
        programme,
        beneficiary: Beneficiary::parse(beneficiary).ok_or_else(|| damaged("line: beneficiary"))?,
        month: Month::from_index(month),
        case_no: case_no.into(),
    })
}
