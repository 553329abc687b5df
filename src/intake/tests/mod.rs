//! The room as a whole: small files in, claims and findings out, with a rulebook made by hand.

mod rosters;
mod rulebook;
