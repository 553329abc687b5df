//! The conductors. Each reads like the picture in [`crate`]: open a door, check the tally, open the
//! next. Here rooms meet; no room calls another's conductor.

pub mod answers;
pub mod approve;
pub mod backup;
mod budget;
pub mod bureau;
pub mod check;
pub mod compare;
mod compute;
pub mod decisions;
pub mod draft;
pub mod exceptions;
pub mod explain;
pub mod heads;
pub mod init;
pub mod inputs;
pub mod lists;
pub mod notices;
pub mod payroll;
pub mod policy;
pub mod policy_test;
pub mod recompute;
pub mod reconcile;
pub mod rendering;
mod reports;
mod retired;
pub mod simulate;
pub mod stage;
mod statistics;
pub mod verify;
mod vouchers;
pub mod warnings;
pub mod whatif;

use crate::domain::{Exit, Fault};
use crate::ledger::Ledger;
use crate::workspace::config::{Config, Role};

pub use bureau::{Bureau, Session};

/// There is nothing released under this number: no such run, or one that was not approved.
fn not_released(ledger: &Ledger, run: u32) -> Fault {
    let code = match ledger.runs() {
        Err(fault) => return fault,
        Ok(runs) if runs.iter().any(|known| known.number == run) => "run-not-released",
        Ok(_) => "run-unknown",
    };
    Fault::new(Exit::Usage, code).with("run", run.to_string())
}

/// Somebody may not do this; who may is said with it.
fn lacks_role(config: &Config, name: &str, role: Role) -> Fault {
    let fault = |code: &'static str, people: String| {
        let people = if people.is_empty() { "-".to_owned() } else { people };
        Fault::new(Exit::Usage, code).with("name", name).with("people", people)
    };
    let known = config.people.iter().any(|person| person.name == name);
    let able: Vec<&str> = config
        .people
        .iter()
        .filter(|person| person.roles.contains(&role))
        .map(|person| person.name.as_str())
        .collect();
    match (known, role) {
        (false, _) => fault("person-unknown", config.people_and_roles()),
        (true, Role::Draft) => fault("person-may-not-draft", able.join(", ")),
        (true, Role::Approve) => fault("person-may-not-approve", able.join(", ")),
    }
}
