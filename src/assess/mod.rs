//! Claims and rulebook become decisions. Pure: same claims, registers, rulebook and cycle, same
//! decisions, in any order of rows and with any number of threads.
//!
//! In: the rosters of each benefit month assessed, the registers, the rulebook, the cycle. Out: one
//! [`Decision`] for each claim, in line order. Months are assessed from the latest to the earliest,
//! because a value announced late asks who is still entitled in the month it was announced; within
//! a month programmes follow the pack's dependency order.

pub mod coverage;
pub mod crossed;
pub mod decision;
pub mod declared;
mod digest;
pub mod explain;
mod facts;
mod household;
mod links;
mod month;
mod person;
mod rows;
mod standing;
mod values;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

pub use decision::{Decision, Digests, Outcome, Reason};
pub use links::Links;

use crate::domain::{Beneficiary, Files, Month, Programme, Text};
use crate::intake::{Registers, RosterMonth};
use crate::policy::{Arrears, Rulebook, Stacking};

use month::MonthContext;
pub use rows::Alike;
use rows::Rows;
use standing::{Decided, EntitledIn, PersonStanding, Tri};
use values::ValuesInForce;

/// The rosters of one benefit month.
#[derive(Debug, Clone)]
pub struct MonthRosters {
    /// The benefit month.
    pub month: Month,
    /// By roster of the rulebook; `None` where the month has no such roster.
    pub rosters: Vec<Option<RosterMonth>>,
    /// By roster: rows that may be somebody the ledger knows under another key (DESIGN §7).
    pub link_needed: Vec<Vec<u32>>,
    /// By roster: people of townships left out by `--without`; what asks about them is undecided.
    pub left_out: Vec<Vec<u64>>,
    /// By roster, sorted: who vanished while somebody very like them appeared; they keep what they have.
    pub vanished: Vec<Vec<Beneficiary>>,
}

/// What every month of a run is assessed with.
#[derive(Clone, Copy)]
pub struct Assessor<'a> {
    /// The pack.
    pub rulebook: &'a Rulebook,
    /// Registers as known today.
    pub registers: &'a Registers,
    /// Links between keys.
    pub links: &'a Links,
    /// File names for rows that nothing else names.
    pub files: &'a Files,
    /// The cycle: which values are known.
    pub cycle: Month,
}

/// One benefit month, decided.
#[derive(Debug, Clone)]
pub struct MonthDecisions {
    /// The benefit month.
    pub month: Month,
    /// In line order; several decisions of one line stand in the order of their rows.
    pub decisions: Vec<Decision>,
    /// Rows of counted members by household decision: (programme, beneficiary row) → rows.
    pub counted: FxHashMap<(Programme, u32), Vec<u32>>,
    /// By roster: rows under one key.
    pub alike: Vec<Alike>,
}

/// Sees a decided month: its context, decisions by programme, rows of counted members.
type Observer<'o> =
    dyn FnMut(&MonthContext<'_>, &[Vec<Decision>], &FxHashMap<(Programme, u32), Vec<u32>>) + 'o;

impl Assessor<'_> {
    /// Decides all months. `decided_cases` are the cases the ledger holds as decided, with the month
    /// that decided them.
    pub fn assess(
        &self,
        months: &[MonthRosters],
        decided_cases: &[(Programme, Text, Month)],
    ) -> Vec<MonthDecisions> {
        self.assess_observed(months, decided_cases, &mut |_, _, _| {})
    }

    /// As [`Assessor::assess`]; `observe` sees each month when all its programmes are decided, for
    /// [`explain`].
    fn assess_observed(
        &self,
        months: &[MonthRosters],
        decided_cases: &[(Programme, Text, Month)],
        observe: &mut Observer<'_>,
    ) -> Vec<MonthDecisions> {
        let announced = self.announced_months();
        let mut entitled_in = EntitledIn::default();
        let mut order: Vec<usize> = (0..months.len()).collect();
        order.sort_by_key(|position| std::cmp::Reverse(months[*position].month));
        let mut decided: Vec<MonthDecisions> = Vec::with_capacity(months.len());
        for position in order {
            let month = self.assess_month(&months[position], &mut entitled_in, &announced, observe);
            decided.push(month);
        }
        decided.reverse();
        self.repeat_cases(&mut decided, decided_cases);
        decided
    }

    /// Months whose entitlements later values ask for, by the programmes that read those values.
    fn announced_months(&self) -> Vec<(Month, Programme)> {
        let mut announced = Vec::new();
        for (position, rule) in self.rulebook.programmes.iter().enumerate() {
            for value in &rule.asks.values {
                for entry in &self.rulebook.values[usize::from(value.0)].entries {
                    if entry.arrears == Arrears::StillEntitled && entry.announced <= self.cycle {
                        announced.push((entry.announced, Programme(position as u16)));
                    }
                }
            }
        }
        announced.sort_unstable();
        announced.dedup();
        announced
    }

    fn assess_month(
        &self,
        input: &MonthRosters,
        entitled_in: &mut EntitledIn,
        announced: &[(Month, Programme)],
        observe: &mut Observer<'_>,
    ) -> MonthDecisions {
        let rulebook = self.rulebook;
        let rows: Vec<Option<Rows<'_>>> = input
            .rosters
            .par_iter()
            .enumerate()
            .map(|(roster, month)| {
                let link_needed = input.link_needed.get(roster).map_or(&[][..], Vec::as_slice);
                month.as_ref().map(|month| Rows::new(rulebook, month, self.links, link_needed))
            })
            .collect();
        let decided = rulebook
            .programmes
            .iter()
            .map(|rule| Decided {
                roster_missing: rows[usize::from(rule.roster.0)].is_none(),
                persons: input.left_out[usize::from(rule.roster.0)]
                    .iter()
                    .map(|person| (*person, PersonStanding::UNDECIDED))
                    .collect(),
                unidentified: FxHashSet::default(),
            })
            .collect();
        let mut context = MonthContext {
            rulebook,
            registers: self.registers,
            links: self.links,
            files: self.files,
            month: input.month,
            cycle: self.cycle,
            rows,
            values: ValuesInForce::new(rulebook, input.month, self.cycle),
            decided,
            entitled_in,
        };
        let mut by_programme: Vec<Vec<Decision>> = vec![Vec::new(); rulebook.programmes.len()];
        let mut counted = FxHashMap::default();
        for (step, programme) in rulebook.order.iter().enumerate() {
            let decisions = if context.is_household(*programme) {
                let households = household::assess(&context, *programme);
                let unidentified = unidentified(&context, *programme, None);
                let record = &mut context.decided[usize::from(programme.0)];
                record.unidentified = unidentified;
                let mut decisions = Vec::with_capacity(households.len());
                for household in households {
                    household.record(record);
                    if !household.counted.is_empty() {
                        counted.insert((*programme, household.decision.claim), household.counted);
                    }
                    decisions.push(household.decision);
                }
                decisions
            } else {
                let mut decisions = person::assess(&context, *programme);
                person::higher_of_rows(&context, *programme, &mut decisions);
                if is_asked(rulebook, *programme) {
                    let unidentified = unidentified(&context, *programme, Some(&decisions));
                    let record = &mut context.decided[usize::from(programme.0)];
                    record.unidentified = unidentified;
                    record_persons(record, &decisions);
                }
                decisions
            };
            by_programme[usize::from(programme.0)] = decisions;
            higher_of_programmes(&mut context, &rulebook.order[..=step], *programme, &mut by_programme);
        }
        observe(&context, &by_programme, &counted);
        let roster_missing: Vec<bool> =
            context.decided.iter().map(|decided| decided.roster_missing).collect();
        let alike =
            context.rows.iter().map(|rows| rows.as_ref().map(Rows::alike).unwrap_or_default()).collect();
        drop(context);
        for (month, programme) in announced.iter().filter(|(month, _)| *month == input.month) {
            entitled_in.record(*month, *programme, roster_missing[usize::from(programme.0)]);
            for decision in &by_programme[usize::from(programme.0)] {
                let entitled = match decision.outcome {
                    Outcome::Entitled => Tri::Yes,
                    outcome if outcome.is_decision() => Tri::No,
                    _ => Tri::Undecided,
                };
                entitled_in.add(*month, *programme, &decision.beneficiary, entitled);
            }
        }
        by_programme.par_iter_mut().for_each(|decisions| {
            decisions.par_sort_unstable_by(|a, b| {
                (&a.beneficiary, &a.case_no, a.claim).cmp(&(&b.beneficiary, &b.case_no, b.claim))
            });
        });
        let mut decisions = Vec::with_capacity(by_programme.iter().map(Vec::len).sum());
        for mut of_programme in by_programme {
            decisions.append(&mut of_programme);
        }
        MonthDecisions { month: input.month, decisions, counted, alike }
    }

    /// Step 2 for `once` programmes: a case is decided by the first month in which it was entitled,
    /// nil or refused by a clause; in later months it is `refused(case-repeated)`. A month that the
    /// ledger holds as having decided a case keeps it decided, unless its row is no longer in force.
    fn repeat_cases(&self, months: &mut [MonthDecisions], decided_before: &[(Programme, Text, Month)]) {
        let once = self.rulebook.once_programmes();
        if once.is_empty() {
            return;
        }
        let mut first: FxHashMap<(Programme, Text), Month> = FxHashMap::default();
        let mut note = |programme: Programme, case: &Text, month: Month| {
            first
                .entry((programme, case.clone()))
                .and_modify(|before| *before = month.min(*before))
                .or_insert(month);
        };
        for (programme, case, month) in decided_before {
            let overturned = months
                .iter()
                .filter(|decided| decided.month == *month)
                .flat_map(|decided| &decided.decisions)
                .any(|decision| {
                    decision.programme == *programme
                        && decision.case_no == *case
                        && decision.outcome == Outcome::NotCurrent
                });
            if !overturned {
                note(*programme, case, *month);
            }
        }
        for month in months.iter() {
            for decision in month.decisions.iter().filter(|decision| once.contains(&decision.programme)) {
                let decides = matches!(decision.outcome, Outcome::Entitled | Outcome::Nil)
                    || matches!(decision.reason, Reason::Clause(_));
                if decides && !decision.case_no.is_empty() {
                    note(decision.programme, &decision.case_no, month.month);
                }
            }
        }
        for month in months.iter_mut() {
            for decision in month.decisions.iter_mut().filter(|decision| once.contains(&decision.programme)) {
                let repeated = !matches!(decision.outcome, Outcome::Rejected | Outcome::NotCurrent)
                    && first
                        .get(&(decision.programme, decision.case_no.clone()))
                        .is_some_and(|first| *first < month.month);
                if repeated {
                    person::set(
                        decision,
                        (Outcome::Refused, Reason::CaseRepeated, crate::domain::Money::ZERO),
                    );
                }
            }
        }
    }
}

fn is_asked(rulebook: &Rulebook, programme: Programme) -> bool {
    rulebook.programmes.iter().any(|rule| {
        rule.asks.programmes.contains(&programme) || rule.excludes_entitled_to.contains(&programme)
    }) || rulebook.stacking.iter().any(|stacking| match stacking {
        Stacking::Bars { holder, .. } => *holder == programme,
        Stacking::Difference { less, .. } => less.contains(&programme),
        Stacking::HigherOf { programmes } => programmes.contains(&programme),
    })
}

/// Name and birth date as written of a programme's rows that were rejected for their identity number:
/// whoever has both is undecided there. A person programme's claims are those of its decisions, so that a
/// row whose selection can be read speaks of no other programme.
fn unidentified(
    context: &MonthContext<'_>,
    programme: Programme,
    decisions: Option<&[Decision]>,
) -> FxHashSet<(Text, u32)> {
    let Some(rows) = &context.rows[usize::from(context.rulebook.rule(programme).roster.0)] else {
        return FxHashSet::default();
    };
    let named = |row: u32| {
        let claim = rows.claim(row);
        let birth = if claim.resident.is_none() { claim.birth_written() } else { None };
        birth.filter(|_| !claim.name.is_empty()).map(|birth| (claim.name.clone(), birth))
    };
    match decisions {
        None => (0..rows.month.claims.len() as u32).filter_map(named).collect(),
        Some(decisions) => decisions
            .iter()
            .filter(|decision| decision.outcome == Outcome::Rejected)
            .filter_map(|decision| named(decision.claim))
            .collect(),
    }
}

fn record_persons(record: &mut Decided, decisions: &[Decision]) {
    for decision in decisions {
        let Some(person) = decision.beneficiary.person() else { continue };
        match decision.outcome {
            Outcome::Entitled => {
                let (amount, share) = (decision.amount, decision.amount);
                record.add(person.packed(), PersonStanding { entitled: Tri::Yes, amount, share });
            }
            Outcome::Deferred | Outcome::Rejected => record.add(person.packed(), PersonStanding::UNDECIDED),
            Outcome::Nil | Outcome::Refused | Outcome::Barred | Outcome::NotCurrent => {}
        }
    }
}

/// Step 7, `higher-of` between programmes: settled when the last of the group has been assessed.
/// The recipient's recorded choice first, then the higher, then the first listed.
fn higher_of_programmes(
    context: &mut MonthContext<'_>,
    assessed: &[Programme],
    latest: Programme,
    by_programme: &mut [Vec<Decision>],
) {
    let rulebook = context.rulebook;
    for stacking in &rulebook.stacking {
        let Stacking::HigherOf { programmes } = stacking else { continue };
        let complete =
            programmes.contains(&latest) && programmes.iter().all(|programme| assessed.contains(programme));
        if !complete {
            continue;
        }
        let mut people: Vec<(u64, usize, usize)> = Vec::new();
        for (place, programme) in programmes.iter().enumerate() {
            for (position, decision) in by_programme[usize::from(programme.0)].iter().enumerate() {
                let competes = decision.outcome == Outcome::Entitled || !decision.outcome.is_decision();
                if let (true, Some(person)) = (competes, decision.beneficiary.person()) {
                    people.push((person.packed(), place, position));
                }
            }
        }
        people.sort_unstable();
        for group in people.chunk_by(|a, b| a.0 == b.0).filter(|group| group.len() > 1) {
            let at = |entry: &(u64, usize, usize)| (usize::from(programmes[entry.1].0), entry.2);
            let undecided = group.iter().find(|entry| {
                let (programme, position) = at(entry);
                !by_programme[programme][position].outcome.is_decision()
            });
            let undecided = undecided.map(|entry| programmes[entry.1]);
            let choice: Option<Programme> = group.iter().find_map(|entry| {
                let (programme, position) = at(entry);
                let rows = context.rows[usize::from(rulebook.programmes[programme].roster.0)].as_ref()?;
                rulebook.programme(&rows.claim(by_programme[programme][position].claim).choice)
            });
            let stays = group
                .iter()
                .filter(|entry| {
                    let (programme, position) = at(entry);
                    by_programme[programme][position].outcome == Outcome::Entitled
                })
                .min_by_key(|entry| {
                    let (programme, position) = at(entry);
                    let amount = by_programme[programme][position].amount;
                    (choice != Some(programmes[entry.1]), std::cmp::Reverse(amount), entry.1, entry.2)
                })
                .copied();
            for entry in group {
                let (programme, position) = at(entry);
                let decision = &mut by_programme[programme][position];
                if decision.outcome != Outcome::Entitled {
                    continue;
                }
                let verdict = match (undecided, stays) {
                    (Some(waiting), _) => (Outcome::Deferred, Reason::Undecided(waiting)),
                    (None, Some(stays)) if stays != *entry => {
                        (Outcome::Barred, Reason::By(programmes[stays.1]))
                    }
                    _ => continue,
                };
                person::set(decision, (verdict.0, verdict.1, crate::domain::Money::ZERO));
            }
        }
        for programme in programmes {
            let record = &mut context.decided[usize::from(programme.0)];
            record.persons.retain(|_, standing| standing.entitled == Tri::Undecided);
            record_persons(record, &by_programme[usize::from(programme.0)]);
        }
    }
}
