use super::{Finding, Text};

/// The exit codes (DESIGN §6, fixed).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Exit {
    /// Done. What was set aside is printed.
    Done = 0,
    /// Done, and someone must look before going on.
    Look = 1,
    /// The command line is wrong.
    Usage = 2,
    /// Input or policy refused, or a stop limit not accepted; nothing written.
    Refused = 3,
    /// Locked or stale; nothing written, safe to run again.
    Locked = 4,
    /// Does not balance or does not verify; nothing released.
    Unbalanced = 5,
    /// A bug.
    Bug = 70,
}

/// An error about the run. The words stand in the catalogue under the code, as for findings; the
/// exit code says what it means for the caller, the message says what was and was not written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}")]
pub struct Fault {
    /// How the command ends.
    pub exit: Exit,
    /// Stable code in the catalogue.
    pub code: &'static str,
    /// Values for the blanks of the message.
    pub arguments: Vec<(&'static str, Text)>,
    /// What was found on the way; shown before the message.
    pub findings: Vec<Finding>,
    /// Text already rendered (policy diagnostics with carets), shown before the message.
    pub shown: String,
    /// Things by name that are missing (rosters, `roster/township`), for programs that read `--json`.
    pub missing: Vec<String>,
}

impl Fault {
    /// A fault with no values yet.
    pub fn new(exit: Exit, code: &'static str) -> Fault {
        Fault {
            exit,
            code,
            arguments: Vec::new(),
            findings: Vec::new(),
            shown: String::new(),
            missing: Vec::new(),
        }
    }

    /// Fills a blank of the message.
    #[must_use]
    pub fn with(mut self, blank: &'static str, value: impl AsRef<str>) -> Fault {
        self.arguments.push((blank, value.as_ref().into()));
        self
    }

    /// Adds findings.
    #[must_use]
    pub fn found(mut self, findings: Vec<Finding>) -> Fault {
        self.findings.extend(findings);
        self
    }
}
