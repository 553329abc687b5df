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
use crate::workspace::config::{Config, Role};

pub use bureau::{Bureau, Session};

/// Somebody may not do this; who may is said with it.
fn lacks_role(config: &Config, name: &str, role: Role) -> Fault {
    Fault::new(Exit::Usage, "person-lacks-role")
        .with("name", name)
        .with("role", role.word())
        .with("people", config.people_and_roles())
}
