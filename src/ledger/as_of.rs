//! The ledger as it was after an earlier entry: its chained rows copied into a temporary database that
//! SQLite removes by itself, and the derived columns computed from them. Everything this room can be
//! asked can be asked of it; nothing written to it lasts.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use crate::domain::Fault;

use super::Ledger;
use super::book::prepare;
use super::derive::Derived;
use super::fault::sql;
use super::schema::{self, TABLES};

impl Ledger {
    /// The ledger after the entry of this number; 0: before the first.
    ///
    /// # Errors
    /// Database faults; no room for the temporary database (exit 4).
    pub fn as_of(&self, entry: u64) -> Result<Ledger, Fault> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_URI;
        // An empty name is a database of its own, without a name on the disk.
        let mut connection = Connection::open_with_flags("", flags).map_err(sql)?;
        prepare(&connection)?;
        schema::migrate(&mut connection)?;
        if entry > 0 {
            connection.execute("ATTACH ? AS ledger", [read_only_address(&self.path)]).map_err(sql)?;
            copy(&mut connection, entry as i64)?;
            connection.execute("DETACH ledger", []).map_err(sql)?;
        }
        Ok(Ledger { connection, path: self.path.clone() })
    }
}

fn copy(connection: &mut Connection, entry: i64) -> Result<(), Fault> {
    let transaction = connection.transaction().map_err(sql)?;
    transaction
        .execute(
            "INSERT INTO main.entry SELECT * FROM ledger.entry WHERE number <= ? ORDER BY number",
            [entry],
        )
        .map_err(sql)?;
    // Runs are not chained; those released by then are what anything here may ask of.
    transaction
        .execute(
            "INSERT INTO main.run SELECT * FROM ledger.run WHERE number IN \
               (SELECT run FROM ledger.release WHERE entry <= ?) ORDER BY number",
            [entry],
        )
        .map_err(sql)?;
    transaction
        .execute(
            "INSERT INTO main.run_event SELECT * FROM ledger.run_event WHERE run IN (SELECT number FROM main.run) \
             AND (entry IS NULL OR entry <= ?) ORDER BY id",
            [entry],
        )
        .map_err(sql)?;
    for table in &TABLES {
        let columns = table.columns.join(",");
        let derived: String = table.derived.iter().map(|column| format!(",{column}")).collect();
        let blanks: String = table.derived.iter().map(|column| format!(",{}", blank(column))).collect();
        let question = format!(
            "INSERT INTO main.{name} ({columns}{derived}) SELECT {columns}{blanks} FROM ledger.{name} \
             WHERE entry <= ? ORDER BY {key}",
            name = table.name,
            key = table.key
        );
        transaction.execute(&question, [entry]).map_err(sql)?;
    }
    Derived::read(&transaction)?.store(&transaction)?;
    transaction.commit().map_err(sql)
}

/// What a derived column holds until it is computed.
fn blank(column: &str) -> &'static str {
    match column {
        "entitlement" | "balance" | "written_off" | "unanswered" | "state" => "0",
        _ => "NULL",
    }
}

/// A path as an SQLite address that opens it to read and never makes it.
fn read_only_address(path: &Path) -> String {
    let mut address = String::from("file:");
    let text = path.to_string_lossy();
    let text = if cfg!(windows) { text.replace('\\', "/") } else { text.into_owned() };
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'_' | b'-' => {
                address.push(char::from(byte))
            }
            _ => address.push_str(&format!("%{byte:02X}")),
        }
    }
    address + "?mode=ro"
}
