//! Public notice lists (公示): who receives what, as far as the rules let it be posted
//! (`facts/policy.md` §13): masked name, township, community, amount. Never an identity number, an
//! account or an address; nobody under 18; no programme whose rule says that names are not posted.
//!
//! Whatever a roster holds in its columns, what leaves here went through [`public_name`] and
//! [`community`], which let no run of digits pass.

use crate::assess::{Decision, Outcome};
use chrono::{Datelike, NaiveDate};

use crate::domain::{Money, Month, Programme, ResidentId, Township};
use crate::intake::Claim;
use crate::policy::Rulebook;

use super::summary::Summary;

/// A row of a public list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeRow {
    /// Programme.
    pub programme: Programme,
    /// Division's name; empty where the row matches none.
    pub township: String,
    /// Village or community, without what looks like an address.
    pub community: String,
    /// Masked name.
    pub name: String,
    /// How many members of the household are counted; none where a person is paid.
    pub members: Option<u32>,
    /// Entitlement of the cycle month.
    pub amount: Money,
}

/// Age in years from which a name may be posted, counted to the day of the list.
const OF_AGE: i32 = 18;

/// A name for public lists: of two characters the last is hidden, of more all but the first and the
/// last, of one that one. A hidden character is `*`. Digits are always hidden.
pub fn public_name(name: &str) -> String {
    let characters: Vec<char> = name.trim().chars().filter(|character| !character.is_control()).collect();
    let last = characters.len().saturating_sub(1);
    let shown = |position: usize| match characters.len() {
        0 | 1 => false,
        2 => position == 0,
        _ => position == 0 || position == last,
    };
    characters
        .iter()
        .enumerate()
        .map(
            |(position, character)| {
                if shown(position) && !character.is_numeric() { *character } else { '*' }
            },
        )
        .collect()
}

/// The community's name out of what the roster says: up to the word that ends such a name (社区, 村,
/// 嘎查, 居委会, 村委会); nothing where there is none, or where what is before it holds digits in a
/// row, for it may be an address or a number.
pub fn community(written: &str) -> String {
    const ENDS: [&str; 5] = ["居委会", "村委会", "社区", "嘎查", "村"];
    let end = ENDS.iter().filter_map(|word| written.find(word).map(|start| start + word.len())).min();
    let name = match end {
        Some(end) => written[..end].trim(),
        None => return String::new(),
    };
    let mut run = 0;
    let longest = name
        .chars()
        .map(|character| {
            run = if character.is_numeric() { run + 1 } else { 0 };
            run
        })
        .max()
        .unwrap_or(0);
    let address = ["号", "栋", "单元", "室", "楼"].iter().any(|word| name.contains(word));
    if longest > 2 || address || name.chars().count() > 16 { String::new() } else { name.to_owned() }
}

/// Whether somebody may be named on a list of that day: the eighteenth birthday has come. Who was born on
/// 29 February waits for 1 March where the year has no such day.
fn of_age(resident: ResidentId, on: NaiveDate) -> bool {
    let birth = resident.birth();
    (birth.year() + OF_AGE, birth.month(), birth.day()) <= (on.year(), on.month(), on.day())
}

/// The public list of a cycle, dated the day it is drafted: its entitlements in programmes that are posted, by programme,
/// township, community and name.
pub fn notice(summary: &Summary<'_>) -> Vec<NoticeRow> {
    let decisions = summary.people.decisions().iter().map(|row| (row.decision, row.claim));
    rows(summary.facts.rulebook, summary.facts.cycle, summary.facts.today, decisions, |_| None)
}

/// As [`notice`], from the decisions of a cycle and the rows that speak for them, for a list dated `on`;
/// `members` counts those of a household.
pub fn rows<'d>(
    rulebook: &Rulebook,
    cycle: Month,
    on: NaiveDate,
    decisions: impl Iterator<Item = (&'d Decision, &'d Claim)>,
    members: impl Fn(&Decision) -> Option<u32>,
) -> Vec<NoticeRow> {
    let divisions = &rulebook.divisions;
    let mut rows: Vec<(usize, NoticeRow)> = decisions
        .filter(|(decision, claim)| {
            decision.month == cycle
                && decision.outcome == Outcome::Entitled
                && rulebook.rule(decision.programme).public_notice
                && claim.resident.is_some_and(|resident| of_age(resident, on))
        })
        .map(|(decision, claim)| {
            let known = divisions.get(&decision.township);
            let place = match &decision.township {
                Township::Known(position) => usize::from(*position),
                Township::Unknown(_) => divisions.rows().len(),
            };
            let listed = NoticeRow {
                programme: decision.programme,
                township: known.map_or(String::new(), |division| division.name.to_string()),
                community: community(&claim.community),
                name: public_name(&claim.name),
                members: members(decision),
                amount: decision.amount,
            };
            (place, listed)
        })
        .collect();
    rows.sort_by(|(place_a, a), (place_b, b)| {
        (a.programme, place_a, &a.community, &a.name, a.amount).cmp(&(
            b.programme,
            place_b,
            &b.community,
            &b.name,
            b.amount,
        ))
    });
    rows.into_iter().map(|(_, row)| row).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_masked_as_notices_do() {
        for (name, masked) in [
            ("王秀英", "王*英"),
            ("李永", "李*"),
            ("云", "*"),
            ("斯琴·巴特尔", "斯****尔"),
            ("", ""),
            ("150199194001010007", "******************"),
        ] {
            assert_eq!(public_name(name), masked);
        }
    }

    #[test]
    fn a_name_is_posted_from_the_eighteenth_birthday_on_and_not_a_day_before() {
        for (birth, on, posted) in [
            ("20050207", (2023, 2, 3), false),
            ("20050207", (2023, 2, 6), false),
            ("20050207", (2023, 2, 7), true),
            ("20050228", (2023, 3, 1), true),
            ("20040229", (2022, 2, 28), false),
            ("20040229", (2022, 3, 1), true),
            ("19400101", (2023, 2, 3), true),
        ] {
            let (year, month, day) = on;
            let on = NaiveDate::from_ymd_opt(year, month, day).unwrap();
            // One of the eleven check digits is right.
            let resident = "0123456789X"
                .chars()
                .find_map(|digit| ResidentId::parse(&format!("150199{birth}001{digit}"), Month::of(on)).ok())
                .unwrap();
            assert_eq!(of_age(resident, on), posted, "{birth} {on}");
        }
    }

    #[test]
    fn a_community_is_named_and_an_address_is_not() {
        for (written, shown) in [
            ("第2社区", "第2社区"),
            ("野马图村三组", "野马图村"),
            ("迎新路社区3号楼2单元501室", "迎新路社区"),
            ("迎新路12号院社区", ""),
            ("新华大街47号", ""),
            ("150199194001010007村", ""),
            ("", ""),
        ] {
            assert_eq!(community(written), shown, "{written}");
        }
    }

    fn longest_run(text: &str) -> usize {
        text.split(|character: char| !character.is_numeric())
            .map(|run| run.chars().count())
            .max()
            .unwrap_or(0)
    }

    proptest! {
        #[test]
        fn no_identity_number_or_account_passes_whatever_the_roster_holds(
            before in "\\PC{0,6}", digits in "[0-9０-９]{6,19}[Xx]?", after in "\\PC{0,6}"
        ) {
            let written = format!("{before}{digits}{after}");
            prop_assert_eq!(longest_run(&public_name(&written)), 0);
            prop_assert!(longest_run(&community(&written)) <= 2);
            let village = format!("{written}社区");
            prop_assert!(longest_run(&community(&village)) <= 2);
        }

        #[test]
        fn at_most_the_first_and_the_last_character_of_a_name_are_shown(name in "\\PC{0,12}") {
            let masked = public_name(&name);
            let shown = masked.chars().filter(|character| *character != '*').count();
            prop_assert!(shown <= 2);
            prop_assert!(masked.chars().count() < 3 || shown < masked.chars().count());
        }
    }
}
