use rusqlite::ErrorCode;

use crate::domain::{Exit, Fault};

/// What a database error means for the run. Whatever the error, SQLite has rolled the transaction
/// back: nothing is half done.
pub(super) fn sql(error: rusqlite::Error) -> Fault {
    let code = error.sqlite_error_code();
    let (exit, name) = match code {
        Some(ErrorCode::DiskFull) => (Exit::Locked, "disk-full"),
        Some(ErrorCode::ReadOnly) => (Exit::Locked, "disk-read-only"),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => (Exit::Locked, "ledger-busy"),
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => (Exit::Locked, "ledger-cannot-open"),
        Some(ErrorCode::SystemIoFailure) => (Exit::Locked, "disk-error"),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => (Exit::Unbalanced, "ledger-damaged"),
        // The statements are fixed: one that does not fit the tables, or a value that is not of its
        // column's kind, was not written by this program.
        Some(ErrorCode::Unknown | ErrorCode::TypeMismatch) => (Exit::Unbalanced, "ledger-damaged"),
        None if stored_otherwise(&error) => (Exit::Unbalanced, "ledger-damaged"),
        _ => (Exit::Bug, "ledger-bug"),
    };
    Fault::new(exit, name).with("what", "ledger.db").with("detail", error.to_string())
}

/// Whether a stored value is not what its column holds.
fn stored_otherwise(error: &rusqlite::Error) -> bool {
    use rusqlite::Error::{
        FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType, SqlInputError, Utf8Error,
    };
    matches!(
        error,
        FromSqlConversionFailure(..)
            | IntegralValueOutOfRange(..)
            | InvalidColumnType(..)
            | SqlInputError { .. }
            | Utf8Error(..)
    )
}

/// A row holds what this program never writes.
pub(super) fn damaged(what: &str) -> Fault {
    Fault::new(Exit::Unbalanced, "ledger-damaged").with("what", "ledger.db").with("detail", what)
}

/// A caller asked for what the ledger's rules forbid: a bug, and nothing is written.
pub(super) fn misuse(what: impl AsRef<str>) -> Fault {
    Fault::new(Exit::Bug, "ledger-bug").with("what", "ledger.db").with("detail", what)
}
