//! Where a long command stands. Conductors say it as they go from room to room; whoever shows it
//! listens. It is told through `tracing` under a target of its own, because files are read and written
//! on many threads and nothing else is passed to all of them.

/// The target of these events.
pub const TARGET: &str = "disburse::stage";

/// A part of a command's work that takes long where there are many rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Rosters are read.
    Reading,
    /// Claims are decided.
    Deciding,
    /// Decisions are settled against the ledger.
    Settling,
    /// Bank files are made.
    BankFiles,
    /// Draft and reports are written.
    Writing,
    /// A draft is read from the ledger and made into bank files again.
    Checking,
    /// A release is posted.
    Posting,
    /// Bank files and vouchers of a release are written.
    Emitting,
    /// The chain is computed again.
    Chain,
}

impl Stage {
    /// All of them.
    pub const ALL: [Stage; 9] = [
        Stage::Reading,
        Stage::Deciding,
        Stage::Settling,
        Stage::BankFiles,
        Stage::Writing,
        Stage::Checking,
        Stage::Posting,
        Stage::Emitting,
        Stage::Chain,
    ];

    /// Its word in the catalogue, after `stage-`.
    pub fn word(self) -> &'static str {
        match self {
            Stage::Reading => "reading",
            Stage::Deciding => "deciding",
            Stage::Settling => "settling",
            Stage::BankFiles => "bank-files",
            Stage::Writing => "writing",
            Stage::Checking => "checking",
            Stage::Posting => "posting",
            Stage::Emitting => "emitting",
            Stage::Chain => "chain",
        }
    }

    /// Which part of its command's time it takes, from and to in thousandths, as measured on large
    /// bureaus: what the time left is guessed from.
    fn share(self) -> (u64, u64) {
        match self {
            Stage::Reading => (0, 150),
            Stage::Deciding => (150, 280),
            Stage::Settling => (280, 520),
            Stage::BankFiles => (520, 600),
            Stage::Writing => (600, 1000),
            Stage::Checking => (0, 350),
            Stage::Posting => (350, 850),
            Stage::Emitting => (850, 1000),
            Stage::Chain => (0, 1000),
        }
    }

    /// Begins the stage: `of` pieces of work (bytes, rows, files) are before it.
    pub(super) fn begin(self, of: u64) {
        let (from, to) = self.share();
        tracing::trace!(target: TARGET, stage = self.word(), of, from, to);
    }
}

/// So many pieces of the stage's work are done, and so many rows with them.
pub(super) fn advance(pieces: u64, rows: u64) {
    tracing::trace!(target: TARGET, pieces, rows);
}
