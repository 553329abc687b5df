//! Two-person requests: the first command waits here until the identical command of another person.

use rusqlite::{OptionalExtension, Transaction, params};

use crate::crash;
use crate::domain::{Exit, Fault};

use super::Ledger;
use super::fault::{damaged, sql};
use super::record::{Act, Request};

const OPEN: &str = "SELECT id, kind, body, made_by, today FROM request \
    WHERE NOT EXISTS (SELECT 1 FROM request_event e WHERE e.request = request.id)";

impl Ledger {
    /// Records a request and gives its number. `body` is the command in a canonical text.
    pub fn add_request(&mut self, kind: &str, body: &str, act: &Act) -> Result<i64, Fault> {
        self.connection
            .execute(
                "INSERT INTO request (kind, body, today, made_by, os_user, host) VALUES (?, ?, ?, ?, ?, ?)",
                params![
                    kind,
                    body,
                    act.today.to_string(),
                    act.by.as_str(),
                    act.os_user.as_str(),
                    act.host.as_str()
                ],
            )
            .map_err(sql)?;
        crash::point("request-committed");
        Ok(self.connection.last_insert_rowid())
    }

    /// Requests that wait, oldest first.
    pub fn open_requests(&self) -> Result<Vec<Request>, Fault> {
        let mut statement = self.connection.prepare_cached(&format!("{OPEN} ORDER BY id")).map_err(sql)?;
        let mut rows = statement.query([]).map_err(sql)?;
        let mut requests = Vec::new();
        while let Some(row) = rows.next().map_err(sql)? {
            requests.push(Request {
                id: row.get(0).map_err(sql)?,
                kind: row.get::<_, String>(1).map_err(sql)?.into(),
                body: row.get(2).map_err(sql)?,
                by: row.get::<_, String>(3).map_err(sql)?.into(),
                today: row.get::<_, String>(4).map_err(sql)?.parse().map_err(|_| damaged("request: day"))?,
            });
        }
        Ok(requests)
    }

    /// The waiting request with this very text, if any.
    pub fn find_request(&self, kind: &str, body: &str) -> Result<Option<Request>, Fault> {
        Ok(self.open_requests()?.into_iter().find(|request| request.kind == kind && request.body == body))
    }

    /// Drops a waiting request.
    ///
    /// # Errors
    /// No such request waits (exit 3).
    pub fn drop_request(&mut self, id: i64, act: &Act) -> Result<(), Fault> {
        if !self.open_requests()?.iter().any(|request| request.id == id) {
            return Err(not_waiting(id));
        }
        self.connection
            .execute(
                "INSERT INTO request_event (request, event, today, made_by) VALUES (?, 'dropped', ?, ?)",
                params![id, act.today.to_string(), act.by.as_str()],
            )
            .map_err(sql)?;
        Ok(())
    }
}

fn not_waiting(id: i64) -> Fault {
    Fault::new(Exit::Refused, "request-not-waiting").with("request", id.to_string())
}

/// Marks a request as completed by an entry, whose second person is not the one who asked.
pub(super) fn complete(transaction: &Transaction<'_>, id: i64, act: &Act, entry: i64) -> Result<(), Fault> {
    let by: Option<String> = transaction
        .query_row(&format!("SELECT made_by FROM ({OPEN}) WHERE id = ?"), [id], |row| row.get(0))
        .optional()
        .map_err(sql)?;
    let by = by.ok_or_else(|| not_waiting(id))?;
    if act.second.is_empty() || by == act.second.as_str() {
        return Err(Fault::new(Exit::Refused, "same-person").with("name", by));
    }
    transaction
        .execute(
            "INSERT INTO request_event (request, event, today, made_by, entry) VALUES (?, 'completed', ?, ?, ?)",
            params![id, act.today.to_string(), act.second.as_str(), entry],
        )
        .map_err(sql)?;
    Ok(())
}
