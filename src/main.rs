//! Parses, dispatches, exits.

use std::process::ExitCode;

/// A run allocates some millions of short texts and rows on several threads; the system's allocator
/// spends a third of the time of a dry run on them and gives pages back only to ask for them again.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    disburse::cli::main()
}
