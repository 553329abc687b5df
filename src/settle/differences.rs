//! Decisions of one benefit month merged with the ledger's lines of that month: what each line is
//! entitled to now, less what was posted, is a posting (DESIGN §10). Both streams are sorted by
//! line, so that memory holds one month at a time.

use std::cmp::Ordering;
use std::ops::Range;
use std::sync::OnceLock;

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use crate::assess::{Decision, Outcome, Reason};
use crate::domain::{
    Beneficiary, Cause, Finding, Line, Money, Month, Place, PostingKind, Programme, ResidentId, Severity,
    Township,
};
use crate::intake::{Origin, RosterMonth};
use crate::policy::{Frequency, RosterId, Rulebook};

use super::payees::Payees;
use super::plan::{LedgerLine, PlannedPosting, SettledLine};

/// The version of the rules this program computes by. Another version makes cause `engine` possible.
pub const RULES_VERSION: u32 = 1;

/// Decisions merged by one task.
const PART: usize = 8192;

/// One line after the entitlement differences of this run.
#[derive(Debug, Clone)]
pub(crate) struct Moved {
    pub(crate) line: Line,
    /// Boxed: most lines of a first settlement have none, and lines are sorted and moved about.
    pub(crate) before: Option<Box<LedgerLine>>,
    pub(crate) entitlement: Money,
    pub(crate) balance: Money,
    /// Position of its first decision in its month, where it has one: saves looking for it again.
    pub(crate) at: Option<u32>,
}

/// What the merge of one month yields.
#[derive(Debug, Default)]
pub(crate) struct Differences {
    pub(crate) postings: Vec<PlannedPosting>,
    pub(crate) settled: Vec<SettledLine>,
    /// Lines of the month that the run knows anything about.
    pub(crate) lines: Vec<Moved>,
    pub(crate) findings: Vec<Finding>,
    /// Lines that keep their amount because a row is gone.
    pub(crate) rows_gone: u32,
    /// Positions of decisions whose entitlement is posted, or whose outcome differs from before.
    pub(crate) noteworthy: Vec<usize>,
}

/// Everything the merge of one month needs.
pub(crate) struct MonthMerge<'a> {
    pub(crate) rulebook: &'a Rulebook,
    pub(crate) cycle: Month,
    pub(crate) month: Month,
    pub(crate) decisions: &'a [Decision],
    pub(crate) ledger: Vec<LedgerLine>,
    pub(crate) rosters: &'a [Option<RosterMonth>],
    pub(crate) payees: &'a Payees<'a>,
    /// Through which month this run pays in advance.
    pub(crate) through: Month,
    /// Whether an earlier run paid the month in advance for everybody.
    pub(crate) paid_ahead: bool,
    /// By roster: who vanished while somebody very like them appeared.
    pub(crate) vanished: &'a [Vec<Beneficiary>],
    /// By roster: people who have a row, once somebody has asked.
    pub(crate) listed: Vec<OnceLock<FxHashSet<u64>>>,
}

impl MonthMerge<'_> {
    /// Merges the month, in parts that end between two lines: parts know nothing of one another, and what
    /// they yield is put together in their order, so that the number of threads shows nowhere.
    pub(crate) fn merge(mut self) -> Differences {
        if self.month > self.cycle {
            self.paid_ahead = paid_ahead(self.rulebook, &self.ledger);
        }
        let parts = self.parts();
        let this = &self;
        let merged: Vec<Differences> =
            parts.into_par_iter().map(|(range, ledger)| this.merge_part(range, ledger)).collect();
        // Room for all at once: lists of this size would be copied again and again while they grow.
        let room = |length: fn(&Differences) -> usize| merged.iter().map(length).sum();
        let mut whole = Differences {
            postings: Vec::with_capacity(room(|part| part.postings.len())),
            settled: Vec::with_capacity(room(|part| part.settled.len())),
            lines: Vec::with_capacity(room(|part| part.lines.len())),
            ..Differences::default()
        };
        for part in merged {
            whole.postings.extend(part.postings);
            whole.settled.extend(part.settled);
            whole.lines.extend(part.lines);
            whole.findings.extend(part.findings);
            whole.rows_gone += part.rows_gone;
            whole.noteworthy.extend(part.noteworthy);
        }
        whole
    }

    /// Ranges of decisions, and the ledger's lines up to the end of each range's last line.
    fn parts(&mut self) -> Vec<(Range<usize>, Vec<LedgerLine>)> {
        let decisions = self.decisions;
        let mut rest = std::mem::take(&mut self.ledger);
        let mut parts = Vec::new();
        let mut end = decisions.len();
        while end > PART {
            let mut start = end - PART;
            // Back to the first decision of its line.
            while start > 0 && same_line(&decisions[start - 1], &decisions[start]) {
                start -= 1;
            }
            if start == 0 {
                break;
            }
            let first = &decisions[start];
            let at = rest.partition_point(|line| compare(first, &line.line) == Ordering::Greater);
            parts.push((start..end, rest.split_off(at)));
            end = start;
        }
        parts.push((0..end, rest));
        parts.reverse();
        parts
    }

    fn merge_part(&self, range: Range<usize>, ledger: Vec<LedgerLine>) -> Differences {
        let mut differences = Differences::default();
        let decisions = &self.decisions[..range.end];
        let mut ledger = ledger.into_iter().peekable();
        let mut next = range.start;
        loop {
            let group = group_of(decisions, next);
            let order = match (group.first(), ledger.peek()) {
                (None, None) => break,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(decision), Some(line)) => compare(decision, &line.line),
            };
            let before = if order == Ordering::Less { None } else { ledger.next().map(Box::new) };
            if order == Ordering::Greater {
                if let Some(before) = before {
                    self.without_decision(before, &mut differences);
                }
                continue;
            }
            self.with_decisions(group, next, before, &mut differences);
            next += group.len();
        }
        differences
    }

    fn with_decisions(
        &self,
        group: &[Decision],
        at: usize,
        before: Option<Box<LedgerLine>>,
        out: &mut Differences,
    ) {
        let line = line_of(&group[0]);
        if let Some(undecided) = group.iter().position(|decision| !decision.outcome.is_decision()) {
            let decision = &group[undecided];
            let changed = before
                .as_ref()
                .and_then(|before| before.settled.as_ref())
                .is_some_and(|settled| settled.outcome != decision.outcome.word());
            if changed {
                out.noteworthy.extend(at..at + group.len());
            }
            if let Some(before) = before {
                out.lines.push(kept(before));
            }
            return;
        }
        let entitled: Money = group.iter().map(|decision| decision.amount).sum();
        // The decision that speaks for the line: the entitled one, else one in force, else any.
        let speaker = group
            .iter()
            .min_by_key(|decision| {
                (decision.outcome != Outcome::Entitled, decision.outcome == Outcome::NotCurrent)
            })
            .unwrap_or(&group[0]);
        let once = self.rulebook.rule(line.programme).frequency == Frequency::Once;
        let decides_case = once
            && (matches!(speaker.outcome, Outcome::Entitled | Outcome::Nil)
                || matches!(speaker.reason, Reason::Clause(_)));
        if before.is_none() && ((entitled.is_zero() && !decides_case) || !self.pays_ahead(speaker)) {
            return;
        }
        let settled = self.settled(&line, speaker, entitled);
        let was = before.as_ref().and_then(|before| before.settled.as_ref());
        let as_before = was.is_some_and(|was| was.outcome == settled.outcome)
            && before.as_ref().is_some_and(|before| before.entitlement == entitled);
        if !as_before {
            out.noteworthy.extend(at..at + group.len());
        }
        out.findings.extend(was.and_then(|was| self.members_gone(was, &settled)));
        self.move_to(line, before, entitled, Some(settled), Some(at as u32), out);
    }

    /// Whether a line of a month after the cycle, of which nothing is posted, is paid now: through the
    /// month asked for, where the programme or the township is paid by the quarter, or where an earlier
    /// run has paid that month in advance for everybody (DESIGN §10, pay months).
    fn pays_ahead(&self, decision: &Decision) -> bool {
        if self.month <= self.through.max(self.cycle) || self.paid_ahead {
            return true;
        }
        by_the_quarter(self.rulebook, decision.programme, &decision.township)
            && self.month <= quarter_end(self.cycle)
    }

    /// A ledger line that no decision of the month speaks about.
    fn without_decision(&self, before: Box<LedgerLine>, out: &mut Differences) {
        let retired = usize::from(before.line.programme.0) >= self.rulebook.programmes.len();
        if retired || before.entitlement.is_zero() {
            out.lines.push(kept(before));
            return;
        }
        let rule = self.rulebook.rule(before.line.programme);
        let Some(roster) = self.rosters.get(usize::from(rule.roster.0)).and_then(Option::as_ref) else {
            // No roster at all: whoever left it out has said why; the lines stay as posted.
            out.lines.push(kept(before));
            return;
        };
        match self.payees.row_standing(&before.line, roster) {
            RowStanding::Unselected => {
                self.move_to(before.line.clone(), Some(before), Money::ZERO, None, None, out)
            }
            RowStanding::Unreadable => out.lines.push(kept(before)),
            RowStanding::Absent => {
                let own = self.vanished(&before.line)
                    || before
                        .settled
                        .as_ref()
                        .is_none_or(|settled| !matches!(settled.origin, Origin::Other(_)));
                if own {
                    out.rows_gone += 1;
                    out.findings.push(self.row_gone(&before));
                    out.lines.push(kept(before));
                } else {
                    self.move_to(before.line.clone(), Some(before), Money::ZERO, None, None, out);
                }
            }
        }
    }

    /// Whether somebody very like the line's beneficiary appeared while it vanished: then it keeps what it
    /// has (DESIGN §7), whatever roster the line was read from.
    fn vanished(&self, line: &Line) -> bool {
        let roster = usize::from(self.rulebook.rule(line.programme).roster.0);
        self.vanished.get(roster).is_some_and(|vanished| vanished.contains(&line.beneficiary))
    }

    /// A household that the month's own list was settled with, fewer of whose people have a row there now:
    /// decided from those who have, and said.
    fn members_gone(&self, was: &SettledLine, now: &SettledLine) -> Option<Finding> {
        if was.members == now.members || was.origin != Origin::Own || now.origin != Origin::Own {
            return None;
        }
        let rule = self.rulebook.rule(now.line.programme);
        let known = |resident: ResidentId| self.payees.links.person(resident, self.month);
        let mut gone: Vec<ResidentId> = was.members.iter().map(|member| known(*member)).collect();
        gone.retain(|member| now.members.iter().all(|other| known(*other) != *member));
        // Whoever has a row in another household has moved.
        if !gone.is_empty() {
            let listed = self.listed(rule.roster)?;
            gone.retain(|member| !listed.contains(&member.packed()));
        }
        (!gone.is_empty()).then(|| {
            Finding::new("member-row-gone", Severity::Warning, Place::of_source(&now.source))
                .about(now.resident, &now.name)
                .with("programme", &rule.name)
                .with("month", self.month.to_string())
                .with("count", gone.len().to_string())
                .with("before", was.amount.to_string())
                .with("now", now.amount.to_string())
        })
    }

    /// Everybody with a row in a roster of the month; gathered for the first who asks.
    fn listed(&self, roster: RosterId) -> Option<&FxHashSet<u64>> {
        let position = usize::from(roster.0);
        let month = self.rosters.get(position)?.as_ref()?;
        let people = || {
            let residents = month.claims.iter().filter_map(|claim| claim.resident);
            residents.map(|resident| self.payees.links.person(resident, self.month).packed()).collect()
        };
        Some(self.listed.get(position)?.get_or_init(people))
    }

    fn row_gone(&self, before: &LedgerLine) -> Finding {
        let settled = before.settled.as_ref();
        let place = Place::of_source(settled.map_or("", |settled| settled.source.as_str()));
        Finding::new("row-gone", Severity::Warning, place)
            .about(
                settled.and_then(|settled| settled.resident),
                settled.map_or("", |settled| settled.name.as_str()),
            )
            .with("programme", &self.rulebook.rule(before.line.programme).name)
            .with("month", self.month.to_string())
            .with("amount", before.entitlement.to_string())
    }

    fn move_to(
        &self,
        line: Line,
        before: Option<Box<LedgerLine>>,
        entitled: Money,
        settled: Option<SettledLine>,
        at: Option<u32>,
        out: &mut Differences,
    ) {
        let posted = before.as_ref().map_or(Money::ZERO, |before| before.entitlement);
        let difference = entitled - posted;
        if !difference.is_zero() {
            let kind = if difference.is_negative() {
                PostingKind::Recovery
            } else {
                match line.month.cmp(&self.cycle) {
                    Ordering::Less => PostingKind::Arrears,
                    Ordering::Equal => PostingKind::Current,
                    Ordering::Greater => PostingKind::Advance,
                }
            };
            out.postings.push(PlannedPosting {
                line: line.clone(),
                kind,
                amount: difference,
                cause: Some(cause(before.as_deref(), settled.as_ref())),
                corrects: before.as_ref().and_then(|before| before.latest_entitlement),
                payment: None,
            });
        }
        if let Some(settled) = settled {
            let same = before.as_ref().and_then(|before| before.settled.as_ref()).is_some_and(|was| {
                was.outcome == settled.outcome
                    && was.amount == settled.amount
                    && was.digests == settled.digests
                    && was.origin == settled.origin
                    && was.payee == settled.payee
            });
            if !same {
                out.settled.push(settled);
            }
        } else if let Some(was) = before.as_ref().and_then(|before| before.settled.clone()) {
            out.settled.push(SettledLine {
                outcome: Outcome::NotCurrent.word().into(),
                reason: "".into(),
                clause: "".into(),
                amount: Money::ZERO,
                ..was
            });
        }
        let balance = before.as_ref().map_or(Money::ZERO, |before| before.balance) + difference;
        out.lines.push(Moved { line, before, entitlement: entitled, balance, at });
    }

    fn settled(&self, line: &Line, decision: &Decision, entitled: Money) -> SettledLine {
        let (clause, reason) = decision.reason_words(self.rulebook);
        let rule = self.rulebook.rule(line.programme);
        let roster = self.rosters.get(usize::from(rule.roster.0)).and_then(Option::as_ref);
        let claim = roster.and_then(|roster| roster.claims.get(decision.claim as usize));
        SettledLine {
            line: line.clone(),
            outcome: decision.outcome.word().into(),
            reason: reason.as_ref().into(),
            clause: clause.into(),
            amount: entitled,
            source: self.payees.show_sources(&decision.sources).into(),
            resident: claim.and_then(|claim| claim.resident),
            name: claim.map(|claim| claim.name.clone()).unwrap_or_default(),
            township: self.rulebook.divisions.code(&decision.township).into(),
            origin: roster.map_or(Origin::Own, |roster| roster.origin_of(decision.sources.first())),
            digests: decision.digests,
            payee: match (roster, claim) {
                (Some(roster), Some(claim)) => {
                    Some(self.payees.of_claim(line.programme, &line.beneficiary, roster.roster, claim).payee)
                }
                _ => None,
            },
            members: self.payees.members(decision, roster),
        }
    }
}

/// Whether a programme, or a township, is paid by the quarter.
pub(crate) fn by_the_quarter(rulebook: &Rulebook, programme: Programme, township: &Township) -> bool {
    rulebook.rule(programme).frequency == Frequency::Quarterly
        || (rulebook.rule(programme).frequency == Frequency::Monthly
            && rulebook.divisions.get(township).is_some_and(|division| division.quarterly))
}

/// The last month of a month's quarter.
pub fn quarter_end(month: Month) -> Month {
    month.plus(2 - (month.month() as i32 - 1) % 3)
}

/// Whether a later month has a posted line that paying by the quarter does not explain.
fn paid_ahead(rulebook: &Rulebook, lines: &[LedgerLine]) -> bool {
    lines
        .iter()
        .filter(|line| line.entitlement.is_positive())
        .filter(|line| usize::from(line.line.programme.0) < rulebook.programmes.len())
        .any(|line| {
            let township = line.settled.as_ref().map_or("", |settled| settled.township.as_str());
            !by_the_quarter(rulebook, line.line.programme, &rulebook.divisions.find(township))
        })
}

/// Whether a beneficiary that no decision speaks about has a row in the roster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowStanding {
    /// No row.
    Absent,
    /// A row that could be read, which no longer selects the programme: a decision.
    Unselected,
    /// A row that could not be read: no decision.
    Unreadable,
}

fn kept(before: Box<LedgerLine>) -> Moved {
    Moved {
        line: before.line.clone(),
        entitlement: before.entitlement,
        balance: before.balance,
        before: Some(before),
        at: None,
    }
}

pub(crate) fn line_of(decision: &Decision) -> Line {
    Line {
        programme: decision.programme,
        beneficiary: decision.beneficiary.clone(),
        month: decision.month,
        case_no: decision.case_no.clone(),
    }
}

fn compare(decision: &Decision, line: &Line) -> Ordering {
    (decision.programme, &decision.beneficiary, &decision.case_no).cmp(&(
        line.programme,
        &line.beneficiary,
        &line.case_no,
    ))
}

fn group_of(decisions: &[Decision], start: usize) -> &[Decision] {
    let Some(first) = decisions.get(start) else { return &[] };
    let length = decisions[start..].iter().take_while(|decision| same_line(decision, first)).count();
    &decisions[start..start + length]
}

fn same_line(a: &Decision, b: &Decision) -> bool {
    a.programme == b.programme && a.beneficiary == b.beneficiary && a.case_no == b.case_no
}

/// The first of row, register, link, policy, stacking that differs from what the line was last
/// settled from; `engine` where none does. A line that was never settled differs by its row.
fn cause(before: Option<&LedgerLine>, now: Option<&SettledLine>) -> Cause {
    let (Some(was), Some(now)) = (before.and_then(|before| before.settled.as_ref()), now) else {
        return Cause::Row;
    };
    let (was, now) = (&was.digests, &now.digests);
    if was.row != now.row {
        Cause::Row
    } else if was.register != now.register {
        Cause::Register
    } else if was.link != now.link {
        Cause::Link
    } else if was.policy != now.policy {
        Cause::Policy
    } else if was.stacking != now.stacking {
        Cause::Stacking
    } else {
        Cause::Engine
    }
}
