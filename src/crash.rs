//! Points at which a test may make the process die, to prove that the same command given again
//! finishes the work (DESIGN §2.4). They are in every build, so that what is tested is what is
//! shipped, and inert in it: one relaxed load each. `cli` arms one of them; nothing else does.
//!
//! A point stands at every step border: before and after each sync, rename and commit, and in the
//! middle of a file's bytes.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

/// How many more points to pass; 0: inert.
static LEFT: AtomicU32 = AtomicU32::new(0);
/// Whether points are listed on standard error instead.
static LISTED: AtomicBool = AtomicBool::new(false);

/// Arms the point with this number, counted from 1 in the order reached; `list` names every point as
/// it is passed. Any other text arms nothing.
pub fn arm(text: &str) {
    if text == "list" {
        LISTED.store(true, Ordering::Relaxed);
    } else if let Ok(number) = text.parse() {
        LEFT.store(number, Ordering::Relaxed);
    }
}

/// Whether this is the point to die at.
fn due(name: &str) -> bool {
    if LISTED.load(Ordering::Relaxed) {
        eprintln!("point {name}");
    }
    if LEFT.load(Ordering::Relaxed) == 0 {
        return false;
    }
    LEFT.fetch_sub(1, Ordering::Relaxed) == 1
}

/// A step border.
pub(crate) fn point(name: &'static str) {
    if due(name) {
        std::process::abort();
    }
}

/// Writes bytes; at the armed point only the first half of them, and the process dies.
pub(crate) fn write_all(out: &mut impl Write, name: &'static str, bytes: &[u8]) -> io::Result<()> {
    if due(name) {
        out.write_all(&bytes[..bytes.len() / 2])?;
        out.flush()?;
        std::process::abort();
    }
    out.write_all(bytes)
}
