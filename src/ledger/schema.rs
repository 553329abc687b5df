//! The schema, and which rows the chain covers. The tables are described in `schema.sql`; the
//! append-only triggers are made from the list here, so that no table can be forgotten.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;

use crate::crash;
use crate::domain::{Exit, Fault};

use super::fault::sql;

/// "DSBR", so that another program's database is not taken for a ledger.
pub(super) const APPLICATION: i32 = 0x4453_4252;

/// A chained table: its hashed columns in order, and the columns that only move.
pub(super) struct Table {
    pub name: &'static str,
    /// Hashed, never changed; `entry` is one of them.
    pub columns: &'static [&'static str],
    /// Derived; may be updated.
    pub derived: &'static [&'static str],
    /// The primary key: the order in which an entry's rows are written and hashed.
    pub key: &'static str,
}

/// Positions in [`TABLES`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Chained {
    Word,
    Programme,
    Line,
    Posting,
    Settled,
    Payment,
    PaymentShare,
    Held,
    Release,
    Input,
    Basis,
    BankFile,
    Answer,
    AnswerFile,
    Stray,
    Decision,
    Said,
    Booking,
    Statement,
    StrayDecision,
}

/// How many of [`TABLES`] the first version has.
const FIRST_TABLES: usize = 16;

/// Every chained table. Order, names and columns are part of the content hash: append only.
pub(super) const TABLES: [Table; 20] = [
    Table { name: "word", columns: &["id", "entry", "text"], derived: &[], key: "id" },
    Table { name: "programme", columns: &["id", "entry", "code"], derived: &[], key: "id" },
    Table {
        name: "line",
        columns: &["id", "entry", "month", "programme", "beneficiary", "case_no"],
        derived: &[
            "entitlement",
            "balance",
            "written_off",
            "latest_entitlement",
            "settled",
            "payment",
            "paid_to_word",
            "returned",
            "unanswered",
            "held_since",
        ],
        key: "id",
    },
    Table {
        name: "posting",
        columns: &[
            "line",
            "id",
            "entry",
            "kind_word",
            "amount",
            "cause_word",
            "corrects",
            "payment",
            "document",
        ],
        derived: &[],
        key: "line, id",
    },
    Table {
        name: "settled",
        columns: &[
            "line",
            "entry",
            "outcome_word",
            "reason_word",
            "clause_word",
            "amount",
            "source",
            "resident",
            "name",
            "township_word",
            "origin",
            "digests",
            "flags",
            "payee_id",
            "payee_name",
            "bank_word",
            "account_no",
            "account_name",
            "members",
        ],
        derived: &[],
        key: "line, entry",
    },
    Table {
        name: "payment",
        columns: &[
            "id",
            "entry",
            "programme",
            "payee_id",
            "payee_name",
            "organisation",
            "bank_word",
            "account_no",
            "account_name",
            "beneficiary",
            "beneficiaries",
            "current",
            "arrears",
            "advance",
            "reissued",
            "offset_used",
            "amount",
            "replaces",
            "file",
            "row",
            "line",
        ],
        derived: &["state", "lifted"],
        key: "id",
    },
    Table {
        name: "payment_share",
        columns: &["payment", "line", "entry", "amount"],
        derived: &[],
        key: "payment, line",
    },
    Table {
        name: "held",
        columns: &["entry", "line", "amount", "hold_word", "since"],
        derived: &[],
        key: "entry, line",
    },
    Table {
        name: "release",
        columns: &[
            "entry",
            "run",
            "kind",
            "cycle",
            "first_month",
            "last_month",
            "drafted_by",
            "approved_by",
            "district",
            "rules_version",
            "policy_digest",
            "plan_digest",
            "pay_on",
            "payments",
            "total",
            "meta",
            "accepted",
        ],
        derived: &["unanswered"],
        key: "entry",
    },
    Table {
        name: "input",
        columns: &["entry", "number", "name", "sha256", "rows", "month"],
        derived: &[],
        key: "entry, number",
    },
    Table {
        name: "basis",
        columns: &["entry", "month", "key", "digest"],
        derived: &[],
        key: "entry, month, key",
    },
    Table {
        name: "bank_file",
        columns: &["entry", "number", "name", "sha256", "count", "total", "profile"],
        derived: &[],
        key: "entry, number",
    },
    Table {
        name: "answer",
        columns: &[
            "payment",
            "entry",
            "number",
            "status_word",
            "reason",
            "amount",
            "day",
            "class_word",
            "source",
        ],
        derived: &[],
        key: "payment, entry, number",
    },
    Table {
        name: "answer_file",
        columns: &["entry", "number", "sha256", "name", "rows"],
        derived: &[],
        key: "entry, number",
    },
    Table {
        name: "stray",
        columns: &["entry", "number", "class", "source", "amount", "details"],
        derived: &[],
        key: "entry, number",
    },
    Table {
        name: "decision",
        columns: &[
            "entry",
            "number",
            "kind",
            "programme",
            "beneficiary",
            "month",
            "case_no",
            "payment",
            "amount",
            "document",
            "why",
        ],
        derived: &[],
        key: "entry, number",
    },
    Table {
        name: "said",
        columns: &[
            "payment",
            "entry",
            "number",
            "word",
            "source_word",
            "reference",
            "message",
            "row",
            "second_debit",
            "given_back",
        ],
        derived: &[],
        key: "payment, entry, number",
    },
    Table {
        name: "booking",
        columns: &[
            "entry",
            "number",
            "file",
            "source_word",
            "statement",
            "batch",
            "payment",
            "debit",
            "booked",
            "day",
            "reference",
            "details",
            "listed",
            "row",
        ],
        derived: &[],
        key: "entry, number",
    },
    Table {
        name: "statement",
        columns: &["entry", "number", "file", "account", "statement", "opening", "closing", "day"],
        derived: &[],
        key: "entry, number",
    },
    Table {
        name: "stray_decision",
        columns: &["entry", "number", "stray_entry", "stray_number"],
        derived: &[],
        key: "entry, number",
    },
];

/// Tables whose rows are events: never changed, not chained (what a draft says moves no money).
const EVENTS: [&str; 5] = ["entry", "run", "run_event", "request", "request_event"];

impl Table {
    /// `INSERT` of one row: hashed columns, then derived ones.
    pub fn insert(&self) -> String {
        let columns: Vec<&str> = self.columns.iter().chain(self.derived).copied().collect();
        let blanks = vec!["?"; columns.len()].join(",");
        format!("INSERT INTO {} ({}) VALUES ({blanks})", self.name, columns.join(","))
    }

    /// `SELECT` of the hashed columns in key order.
    pub fn select(&self) -> String {
        format!("SELECT {} FROM {} ORDER BY {}", self.columns.join(","), self.name, self.key)
    }

    /// Where `entry` stands among the columns.
    pub fn entry_column(&self) -> usize {
        self.columns.iter().position(|column| *column == "entry").unwrap_or(0)
    }
}

/// The triggers that make a table append-only; `columns` are those that must not be updated, all if empty.
fn append_only(name: &str, columns: &[&str]) -> String {
    let of = if columns.is_empty() { String::new() } else { format!("OF {} ", columns.join(", ")) };
    format!(
        "CREATE TRIGGER {name}_keep BEFORE DELETE ON {name} BEGIN \
           SELECT RAISE(ABORT, '{name}: rows are never deleted'); END;\n\
         CREATE TRIGGER {name}_fixed BEFORE UPDATE {of}ON {name} BEGIN \
           SELECT RAISE(ABORT, '{name}: rows are never changed'); END;\n"
    )
}

fn first_version() -> String {
    let mut script = include_str!("schema.sql").to_owned();
    for table in &TABLES[..FIRST_TABLES] {
        script += &append_only(table.name, if table.derived.is_empty() { &[] } else { table.columns });
    }
    for name in EVENTS {
        script += &append_only(name, &[]);
    }
    script
}

/// What bank messages say beyond an answer: for reconciliation.
fn second_version() -> String {
    let mut script = include_str!("schema_2.sql").to_owned();
    for table in &TABLES[FIRST_TABLES..] {
        script += &append_only(table.name, &[]);
    }
    script
}

/// Numbered migrations; position + 1 is the version. Only ever appended.
fn migrations() -> Vec<String> {
    vec![first_version(), second_version()]
}

/// Brings a database to the newest version, each step in its own transaction.
///
/// # Errors
/// A database of another program, or of a newer version of this one.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), Fault> {
    let version = usable_version(connection)?;
    let migrations = migrations();
    for (position, script) in migrations.iter().enumerate().skip(version) {
        let transaction =
            connection.transaction_with_behavior(rusqlite::TransactionBehavior::Exclusive).map_err(sql)?;
        transaction.execute_batch(script).map_err(sql)?;
        transaction.pragma_update(None, "application_id", APPLICATION).map_err(sql)?;
        transaction.pragma_update(None, "user_version", position as i64 + 1).map_err(sql)?;
        crash::point("migrated");
        transaction.commit().map_err(sql)?;
        crash::point("migration-committed");
    }
    Ok(())
}

/// The newest version.
pub(super) fn newest_version() -> usize {
    migrations().len()
}

/// Tables, indices, views and triggers that are not as this program makes them, by name.
///
/// # Errors
/// Database faults.
pub(super) fn altered(connection: &Connection) -> Result<Vec<String>, Fault> {
    let read = |connection: &Connection| -> rusqlite::Result<BTreeMap<String, String>> {
        let mut statement = connection
            .prepare("SELECT type || ' ' || name, tbl_name || ' ' || coalesce(sql, '') FROM sqlite_schema")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, bare(&row.get::<_, String>(1)?))))?;
        rows.collect()
    };
    let mut fresh = Connection::open_in_memory().map_err(sql)?;
    migrate(&mut fresh)?;
    let (should, is) = (read(&fresh).map_err(sql)?, read(connection).map_err(sql)?);
    let names: BTreeSet<&String> = should.keys().chain(is.keys()).collect();
    Ok(names.into_iter().filter(|name| should.get(*name) != is.get(*name)).cloned().collect())
}

/// A statement without comments and with single spaces: what it says, however it is laid out.
fn bare(statement: &str) -> String {
    let code = statement.lines().map(|line| line.split("--").next().unwrap_or(""));
    code.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

/// The version of a ledger, 0 for an empty database.
pub(super) fn usable_version(connection: &Connection) -> Result<usize, Fault> {
    let number = |pragma: &str| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let version = number("user_version").map_err(sql)? as usize;
    let application = number("application_id").map_err(sql)?;
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(sql)?;
    if tables > 0 && application != i64::from(APPLICATION) {
        return Err(Fault::new(Exit::Unbalanced, "ledger-not-ours"));
    }
    if version == 0 && tables > 0 {
        return Err(super::fault::damaged("user_version"));
    }
    if version > migrations().len() {
        // A newer program's ledger has something that this one does not know.
        if altered(connection)?.is_empty() {
            return Err(super::fault::damaged("user_version"));
        }
        return Err(Fault::new(Exit::Refused, "ledger-too-new")
            .with("version", version.to_string())
            .with("known", migrations().len().to_string()));
    }
    Ok(version)
}
