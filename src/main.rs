//! Parses, dispatches, exits.

use std::process::ExitCode;

fn main() -> ExitCode {
    disburse::cli::main()
}
