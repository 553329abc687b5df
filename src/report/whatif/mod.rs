//! What two packs make of the same rosters, written down: `summary.csv` by programme, township, kind
//! and clause; `months.csv`; `changes.csv`, line by line; a workbook and a page with the same.

use crate::domain::{Beneficiary, Money, Month, Tally, Text};
use crate::policy::Rulebook;

mod files;

/// How many of the largest changes the page shows.
pub const LARGEST: usize = 100;

/// What becomes of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Nothing before, something now.
    Enters,
    /// Something before, nothing now.
    Leaves,
    /// More.
    Gains,
    /// Less.
    Loses,
    /// Decided on one side only.
    Undecided,
}

impl Kind {
    /// All, in the order in which they are shown.
    pub const ALL: [Kind; 5] = [Kind::Enters, Kind::Leaves, Kind::Gains, Kind::Loses, Kind::Undecided];

    /// The word in files.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Enters => "enters",
            Kind::Leaves => "leaves",
            Kind::Gains => "gains",
            Kind::Loses => "loses",
            Kind::Undecided => "undecided",
        }
    }
}

/// One line that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Programme code.
    pub programme: Text,
    /// Whose.
    pub beneficiary: Beneficiary,
    /// Case.
    pub case_no: Text,
    /// Name (of the head).
    pub name: Text,
    /// Township.
    pub township: Text,
    /// What becomes of it.
    pub kind: Kind,
    /// The clause or reason on the side without money.
    pub clause: Text,
    /// Persons: 1, or the counted members of a household.
    pub persons: u64,
    /// Before.
    pub before: Money,
    /// After.
    pub after: Money,
}

/// Lines that differ in the same way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Programme code.
    pub programme: Text,
    /// Township.
    pub township: Text,
    /// What becomes of them.
    pub kind: Kind,
    /// Clause or reason.
    pub clause: Text,
    /// How many lines.
    pub lines: u64,
    /// How many persons.
    pub persons: u64,
    /// Sum before.
    pub before: Money,
    /// Sum after.
    pub after: Money,
}

/// A programme in a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthCost {
    /// The benefit month.
    pub month: Month,
    /// Before the month asked about: its difference would be arrears or recoveries.
    pub past: bool,
    /// After it: an estimate from the same rosters.
    pub future: bool,
    /// Programme code.
    pub programme: Text,
    /// Entitlements before.
    pub before: Tally,
    /// Entitlements after.
    pub after: Tally,
    /// Lines decided on one side only.
    pub undecided: u64,
}

/// The comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WhatIfReport {
    /// The benefit month.
    pub month: Month,
    /// Digest of the pack before.
    pub digest_before: String,
    /// Digest of the pack after.
    pub digest_after: String,
    /// Cycle whose knowledge the first is read with.
    pub known_before: Month,
    /// The same for the second.
    pub known_after: Month,
    /// Programme codes and names, those of the pack after first.
    pub programmes: Vec<(Text, Text)>,
    /// Rosters that the month does not have.
    pub missing: Vec<String>,
    /// Cells and rows of the month that could not be read.
    pub unread: usize,
    /// By month and programme.
    pub months: Vec<MonthCost>,
    /// Lines of the month that differ.
    pub changes: Vec<Change>,
    /// The same, in sums.
    pub groups: Vec<Group>,
}

/// Sums of the comparison: the month, arrears, the rest of the year; before, after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Costs {
    /// The month.
    pub month: (Money, Money),
    /// Months before it, inside the look-back.
    pub past: (Money, Money),
    /// Months after it, to the end of the year.
    pub future: (Money, Money),
}

impl WhatIfReport {
    /// Nothing compared yet.
    pub fn new(
        before: &Rulebook,
        after: &Rulebook,
        known_before: Month,
        known_after: Month,
        month: Month,
    ) -> WhatIfReport {
        let named = |rulebook: &Rulebook| {
            rulebook.programmes.iter().map(|rule| (rule.code.clone(), rule.name.clone())).collect::<Vec<_>>()
        };
        let mut programmes = named(after);
        for (code, name) in named(before) {
            if !programmes.iter().any(|(known, _)| *known == code) {
                programmes.push((code, name));
            }
        }
        WhatIfReport {
            month,
            digest_before: before.digest.clone(),
            digest_after: after.digest.clone(),
            known_before,
            known_after,
            programmes,
            missing: Vec::new(),
            unread: 0,
            months: Vec::new(),
            changes: Vec::new(),
            groups: Vec::new(),
        }
    }

    /// Puts everything in the order of programmes that reports use.
    pub fn in_pack_order(&mut self) {
        let order: Vec<Text> = self.programmes.iter().map(|(code, _)| code.clone()).collect();
        let place = |code: &Text| order.iter().position(|known| known == code);
        self.months.sort_by_key(|cost| (cost.month, place(&cost.programme)));
        self.changes.sort_by_key(|change| place(&change.programme));
        self.groups.sort_by_key(|group| place(&group.programme));
    }

    /// Before and after in sums.
    pub fn costs(&self) -> Costs {
        let mut costs = Costs::default();
        for cost in &self.months {
            let of = match (cost.past, cost.future) {
                (true, _) => &mut costs.past,
                (_, true) => &mut costs.future,
                _ => &mut costs.month,
            };
            of.0 += cost.before.money;
            of.1 += cost.after.money;
        }
        costs
    }

    /// A programme's name.
    pub fn name<'a>(&'a self, code: &'a str) -> &'a str {
        self.programmes.iter().find(|(known, _)| known == code).map_or(code, |(_, name)| name)
    }

    /// The largest changes, by their size, then in line order.
    pub fn largest(&self) -> Vec<&Change> {
        let mut largest: Vec<&Change> = self.changes.iter().collect();
        largest.sort_by_key(|change| std::cmp::Reverse((change.after - change.before).fen().unsigned_abs()));
        largest.truncate(LARGEST);
        largest
    }

    /// How many lines and persons of each kind.
    pub fn kinds(&self) -> Vec<(Kind, u64, u64, Money)> {
        Kind::ALL
            .into_iter()
            .map(|kind| {
                let of = self.groups.iter().filter(|group| group.kind == kind);
                of.fold((kind, 0, 0, Money::ZERO), |(kind, lines, persons, money), group| {
                    (kind, lines + group.lines, persons + group.persons, money + group.after - group.before)
                })
            })
            .collect()
    }
}
