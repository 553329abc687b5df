//! The columns `reason` and `clause` of `decisions.csv` (DESIGN §12): a refusal's own words, or the
//! bare code of DESIGN §9. Settled lines in the ledger keep the same texts.

use std::borrow::Cow;

use crate::assess::{Decision, Reason};
use crate::policy::{Missing, Rulebook};

/// Why, as written to files: the clause's own words for a refusal by a clause, else the code that
/// DESIGN §9 puts in brackets; for `barred` the programme that bars; empty where there is nothing
/// to add.
pub fn reason<'a>(rulebook: &'a Rulebook, decision: &Decision) -> Cow<'a, str> {
    match decision.reason {
        Reason::None => Cow::Borrowed(""),
        Reason::Clause(position) => Cow::Borrowed(
            rulebook
                .rule(decision.programme)
                .clauses
                .get(usize::from(position))
                .map_or("", |clause| clause.words.as_str()),
        ),
        Reason::Death => Cow::Borrowed("death"),
        Reason::CaseRepeated => Cow::Borrowed("case-repeated"),
        Reason::NoMembers => Cow::Borrowed("no-members"),
        Reason::By(programme) => Cow::Borrowed(rulebook.rule(programme).code.as_str()),
        Reason::Duplicate => Cow::Borrowed("duplicate"),
        Reason::Head => Cow::Borrowed("head"),
        Reason::Member => Cow::Borrowed("member"),
        Reason::Undecided(programme) | Reason::Incomplete(Missing::Programme(programme)) => {
            Cow::Owned(format!("undecided:{}", rulebook.rule(programme).code))
        }
        Reason::Incomplete(_) => Cow::Borrowed("incomplete"),
        Reason::LinkNeeded => Cow::Borrowed("link-needed"),
        Reason::DeclaredDiffers => Cow::Borrowed("declared-differs"),
        Reason::Rejected(rejection) => Cow::Borrowed(rejection.word()),
    }
}

/// The id of the clause that refused; empty where none did.
pub fn clause<'a>(rulebook: &'a Rulebook, decision: &Decision) -> &'a str {
    match decision.reason {
        Reason::Clause(position) => rulebook
            .rule(decision.programme)
            .clauses
            .get(usize::from(position))
            .map_or("", |clause| clause.id.as_str()),
        _ => "",
    }
}
