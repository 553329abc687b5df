//! Parses, dispatches, exits.

use std::process::ExitCode;

/// A run allocates some millions of short texts and rows on several threads; the system's allocator
/// spends a third of the time of a dry run on them.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    keep_memory();
    disburse::cli::main()
}

/// Makes the allocator keep what is freed until the process ends. Otherwise it gives pages back to the
/// system while one stage ends and asks for them again, cleared, as the next begins: that took a third
/// of the time of a run. It reads its settings from the environment alone, before `main`, so the program
/// takes its own place once, with the setting; where that cannot be done it goes on as it is.
#[cfg(unix)]
fn keep_memory() {
    use std::os::unix::process::CommandExt;
    const SETTING: &str = "MIMALLOC_PURGE_DELAY";
    if std::env::var_os(SETTING).is_some() {
        return;
    }
    let mut arguments = std::env::args_os();
    if let (Ok(program), Some(name)) = (std::env::current_exe(), arguments.next()) {
        // It comes back only with an error.
        let _ = std::process::Command::new(program).arg0(name).args(arguments).env(SETTING, "-1").exec();
    }
}

#[cfg(not(unix))]
fn keep_memory() {}
