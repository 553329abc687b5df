//! The columns `reason` and `clause` of `decisions.csv` (DESIGN §12): a refusal's own words, or the
//! bare code of DESIGN §9. Settled lines in the ledger keep the same texts.

use std::borrow::Cow;

use crate::assess::Decision;
use crate::policy::Rulebook;

/// Why, as written to files: the clause's own words for a refusal by a clause, else the code that
/// DESIGN §9 puts in brackets; for `barred` the programme that bars; empty where there is nothing
/// to add.
pub fn reason<'a>(rulebook: &'a Rulebook, decision: &Decision) -> Cow<'a, str> {
    decision.reason_words(rulebook).1
}

/// The id of the clause that refused; empty where none did.
pub fn clause<'a>(rulebook: &'a Rulebook, decision: &Decision) -> &'a str {
    decision.reason_words(rulebook).0
}
