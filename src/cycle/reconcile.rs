//! `reconcile`: the records of a cycle, or of a year, are brought together, compared, and the result
//! written to a folder of its own that is never written again (DESIGN §6, §13).

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use chrono::NaiveDate;

use crate::calendar::Calendar;
use crate::domain::{Exit, Fault, Money, Month, PaymentId, Programme, Tally, Text};
use crate::ledger::{Answer, Decided, Flow, Ledger, LedgerPayment, PaymentState, RunSummary, StrayId};
use crate::pay;
use crate::policy::Rulebook;
use crate::reconcile::statistics::Statistics;
use crate::reconcile::year::{CycleFacts, FundFacts, Year, YearFacts};
use crate::reconcile::{
    self, Facts, FileFacts, Outbox, PaymentFacts, ProgrammeFacts, Reconciliation, RunFacts,
};
use crate::workspace::{Existing, Workspace, sha256_hex, write_folder_atomically};

use super::{Bureau, Session};

/// Whoever reconciles: what the bureau says, and its ledger.
pub struct Reconciler<'a> {
    /// The bureau.
    pub bureau: &'a Bureau,
    /// Its ledger.
    pub ledger: &'a Ledger,
    /// The day, the language.
    pub session: &'a Session,
}

/// A span of entries: from a cycle's first release to just before the next cycle's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    cycle: Month,
    first: u64,
    last: u64,
}

/// The spans of all released cycles, in order; they follow each other without a gap, up to the head.
fn spans(runs: &[RunSummary], head: u64) -> Vec<Span> {
    let mut firsts: BTreeMap<Month, u64> = BTreeMap::new();
    for run in runs {
        if let Some(released) = &run.released {
            let first = firsts.entry(run.cycle).or_insert(released.entry);
            *first = (*first).min(released.entry);
        }
    }
    let mut spans: Vec<Span> =
        firsts.into_iter().map(|(cycle, first)| Span { cycle, first, last: head }).collect();
    for position in 1..spans.len() {
        spans[position - 1].last = spans[position].first - 1;
    }
    spans
}

/// A cycle, reconciled.
#[derive(Debug)]
pub struct CycleResult {
    /// Ledger, files and bank against each other.
    pub reconciliation: Reconciliation,
    /// Its monthly statistics.
    pub statistics: Statistics,
}

/// What a command says of a reconciliation.
#[derive(Debug)]
pub struct Reconciled<T> {
    /// The result.
    pub result: T,
    /// Where it was written, inside the workspace.
    pub folder: String,
}

impl Reconciler<'_> {
    /// Reconciles a cycle and writes `out/M/reconcile-NNNN`.
    ///
    /// # Errors
    /// Exit 2: no run of the cycle was released; the ledger, the disk.
    pub fn month(&self, cycle: Month) -> Result<Reconciled<CycleResult>, Fault> {
        let facts = self.facts(cycle)?;
        let result = reconcile::reconcile(&facts);
        let out = self.workspace().out_folder(cycle, "reconcile");
        let folder = self.workspace().next_numbered(out.parent().unwrap_or(Path::new("")), "reconcile")?;
        let shown = crate::report::reconciled::Shown {
            bureau: &self.workspace().config.bureau.name,
            today: self.session.today,
            language: self.session.language,
            programmes: &facts.programmes,
        };
        let mut files = crate::report::reconciled::month(&shown, &result).map_err(failed)?;
        let statistics = self.statistics(cycle, &facts.programmes)?;
        files.extend(crate::report::statistics::files(&shown, &statistics).map_err(failed)?);
        publish(&folder, &files)?;
        let result = CycleResult { reconciliation: result, statistics };
        Ok(Reconciled { result, folder: format!("out/{cycle}/{}", name_of(&folder)) })
    }

    /// The monthly statistics of a cycle.
    fn statistics(&self, cycle: Month, programmes: &[ProgrammeFacts]) -> Result<Statistics, Fault> {
        let codes = self.ledger.programme_codes(&self.bureau.codes())?;
        let rulebook = &self.bureau.rulebook;
        let facts = super::statistics::facts(self.ledger, cycle, rulebook, programmes.to_vec(), &codes)?;
        Ok(reconcile::statistics::statistics(&facts))
    }

    /// Puts a year together and writes `out/Y/reconcile-NNNN`.
    ///
    /// # Errors
    /// Exit 2: no run of the year was released; the ledger, the disk.
    pub fn year(&self, year: i32) -> Result<Reconciled<Year>, Fault> {
        let facts = self.year_facts(year)?;
        let programmes = facts.programmes.clone();
        let result = reconcile::year::year(facts);
        let out = self.workspace().out_year_folder(year, "reconcile");
        let folder = self.workspace().next_numbered(out.parent().unwrap_or(Path::new("")), "reconcile")?;
        let shown = crate::report::reconciled::Shown {
            bureau: &self.workspace().config.bureau.name,
            today: self.session.today,
            language: self.session.language,
            programmes: &programmes,
        };
        let files = crate::report::reconciled::year(&shown, &result).map_err(failed)?;
        publish(&folder, &files)?;
        Ok(Reconciled { result, folder: format!("out/{year:04}/{}", name_of(&folder)) })
    }

    fn workspace(&self) -> &Workspace {
        &self.bureau.workspace
    }

    /// Everything about a cycle, as values.
    ///
    /// # Errors
    /// As [`Reconciler::month`].
    pub fn facts(&self, cycle: Month) -> Result<Facts, Fault> {
        let codes = self.ledger.programme_codes(&self.bureau.codes())?;
        let runs = self.ledger.runs()?;
        let head = self.ledger.head()?.number;
        let spans = spans(&runs, head);
        let Some(position) = spans.iter().position(|span| span.cycle == cycle) else {
            return Err(
                Fault::new(Exit::Usage, "reconcile-nothing-released").with("month", cycle.to_string())
            );
        };
        let span = spans[position];
        let decisions = self.ledger.decisions(&codes)?;
        let replacements = self.ledger.replacements()?;
        let mut released = Vec::new();
        for run in runs.iter().filter(|run| run.cycle == cycle && run.released.is_some()) {
            released.push(self.run(run, &codes, &decisions, &replacements)?);
        }
        let ends = [span.first - 1, span.last];
        let mut flows = self.ledger.flows(&ends, &codes)?;
        let mut before = BTreeMap::new();
        let mut during = BTreeMap::new();
        for ((programme, part), flow) in std::mem::take(&mut flows) {
            if part == 0 {
                before.insert(programme, flow.payable.money + flow.receivable.money);
            } else {
                during.insert(programme, flow);
            }
        }
        Ok(Facts {
            cycle,
            runs: released,
            programmes: programmes(&*self.rulebook(&codes)?, &codes),
            bookings: self.ledger.bookings()?,
            statements: self.ledger.statements()?,
            answer_files: self.ledger.answer_files()?,
            strays: self.strays(span)?,
            before,
            flows: during,
            balances: if span.last == head { Some(self.ledger.balances(&codes)?) } else { None },
        })
    }

    /// Items of no payment that came in during a span.
    fn strays(&self, span: Span) -> Result<Vec<reconcile::facts::StrayFacts>, Fault> {
        let closed: BTreeSet<StrayId> =
            self.ledger.stray_decisions()?.into_iter().map(|(id, _)| id).collect();
        Ok(self
            .ledger
            .strays()?
            .into_iter()
            .filter(|(id, _)| (span.first..=span.last).contains(&id.entry))
            .map(|(id, stray)| reconcile::facts::StrayFacts { id, stray, closed: closed.contains(&id) })
            .collect())
    }

    fn run(
        &self,
        summary: &RunSummary,
        codes: &[Text],
        decisions: &[Decided],
        replacements: &BTreeMap<Text, PaymentId>,
    ) -> Result<RunFacts, Fault> {
        let missing =
            || Fault::new(Exit::Unbalanced, "draft-unreadable").with("run", summary.number.to_string());
        let (meta, released, _) = self.ledger.release_meta(summary.number)?.ok_or_else(missing)?;
        let profiles = super::rendering::Rendering::read(&meta)?.profiles()?;
        let recalled = self.ledger.recalled_files(summary.number)?;
        let mut files = Vec::new();
        for (position, file) in meta.bank_files.iter().enumerate() {
            let bytes = self.workspace().outbox_file(summary.cycle, summary.number, &file.name)?;
            let outbox = match bytes {
                None if recalled.contains(&(position as u32)) => Outbox::Withdrawn,
                None => Outbox::Missing,
                Some(bytes) if sha256_hex(&bytes) != file.sha256 => Outbox::Altered,
                Some(bytes) => {
                    let profile = profiles.named_profile(&file.profile);
                    match profile.map(|profile| pay::read_back(profile, &bytes)) {
                        Some(Ok(read)) => Outbox::Read {
                            count: read.rows.len() as u64,
                            total: read.rows.iter().map(|row| row.amount).sum(),
                            stated_count: read.count,
                            stated_total: read.total,
                        },
                        _ => Outbox::Altered,
                    }
                }
            };
            let run_id = format!("{}-{}-R{:04}", meta.district, meta.cycle.compact(), meta.run);
            files.push(FileFacts {
                name: file.name.as_str().into(),
                batch: format!("{run_id}-F{:04}", position + 1).into(),
                profile: file.profile.as_str().into(),
                count: file.count,
                total: file.total,
                outbox,
            });
        }
        let mut movements =
            by_payment(self.ledger.payment_movements(summary.number, codes)?, |of| &of.payment);
        let mut answers =
            by_payment(self.ledger.answers_of_run(summary.number)?, |of: &Answer| &of.answer.payment);
        let of_run = decisions.iter().filter(|decided| {
            decided.decision.payment.as_ref().is_some_and(|payment| payment.run == summary.number)
        });
        let mut decided: BTreeMap<PaymentId, Vec<Decided>> = BTreeMap::new();
        for one in of_run {
            if let Some(payment) = &one.decision.payment {
                decided.entry(payment.clone()).or_default().push(one.clone());
            }
        }
        let payments = self
            .ledger
            .payments_of_run(summary.number, codes)?
            .into_iter()
            .map(|payment: LedgerPayment| PaymentFacts {
                movements: movements.remove(&payment.id).unwrap_or_default(),
                answers: answers.remove(&payment.id).unwrap_or_default(),
                decisions: decided.remove(&payment.id).unwrap_or_default(),
                replaced_by: replacements.get(payment.id.to_string().as_str()).cloned(),
                payment,
            })
            .collect();
        Ok(RunFacts {
            number: summary.number,
            released_on: released.on,
            pay_on: meta.pay_on,
            age: age(&self.bureau.calendar, released.on, self.session.today),
            files,
            payments,
        })
    }

    fn year_facts(&self, year: i32) -> Result<YearFacts, Fault> {
        let codes = self.ledger.programme_codes(&self.bureau.codes())?;
        let runs = self.ledger.runs()?;
        let spans = spans(&runs, self.ledger.head()?.number);
        if !spans.iter().any(|span| span.cycle.year() == year) {
            return Err(Fault::new(Exit::Usage, "reconcile-nothing-released").with("month", year.to_string()));
        }
        let before = spans.first().map_or(0, |span| span.first - 1);
        let ends: Vec<u64> = std::iter::once(before).chain(spans.iter().map(|span| span.last)).collect();
        let mut by_span: BTreeMap<usize, BTreeMap<Programme, Flow>> = BTreeMap::new();
        for ((programme, part), flow) in self.ledger.flows(&ends, &codes)? {
            by_span.entry(part).or_default().insert(programme, flow);
        }
        let mut cycles = Vec::new();
        for (position, span) in spans.iter().enumerate().filter(|(_, span)| span.cycle.year() == year) {
            let mut in_files: BTreeMap<Programme, Tally> = BTreeMap::new();
            let mut unanswered: BTreeMap<Programme, Tally> = BTreeMap::new();
            for run in runs.iter().filter(|run| run.cycle == span.cycle && run.released.is_some()) {
                for payment in self.ledger.payments_of_run(run.number, &codes)? {
                    let programme = payment.payment.programme;
                    in_files.entry(programme).or_default().add(payment.payment.amount);
                    if payment.state == PaymentState::Released {
                        unanswered.entry(programme).or_default().add(payment.payment.amount);
                    }
                }
            }
            let flows = by_span.remove(&(position + 1)).unwrap_or_default();
            cycles.push(CycleFacts { cycle: span.cycle, flows, in_files, unanswered });
        }
        let rulebook = self.rulebook(&codes)?;
        let funds = self.funds(year, &rulebook, &codes)?;
        Ok(YearFacts { year, programmes: programmes(&rulebook, &codes), cycles, funds })
    }

    /// The pack's rulebook with the programmes that are retired.
    fn rulebook(&self, codes: &[Text]) -> Result<Cow<'_, Rulebook>, Fault> {
        let retired = super::retired::of(&self.bureau.rulebook, self.ledger, codes)?;
        Ok(self.bureau.rulebook.with_retired(&retired))
    }

    fn funds(&self, year: i32, rulebook: &Rulebook, codes: &[Text]) -> Result<Vec<FundFacts>, Fault> {
        let charged = self.ledger.paid_in_year(year, codes)?;
        let restored = self.ledger.restored_in_year(year, codes)?;
        let fund_of = |programme: &Programme| {
            rulebook.programmes.get(usize::from(programme.0)).map(|rule| usize::from(rule.fund))
        };
        Ok(rulebook
            .funds
            .iter()
            .enumerate()
            .map(|(position, fund)| FundFacts {
                code: fund.code.clone(),
                name: fund.name.clone(),
                appropriation: fund
                    .sources
                    .iter()
                    .map(|(source, _)| self.workspace().config.appropriation(year, &fund.code, source))
                    .sum(),
                partial: {
                    let known = |source: &str| {
                        self.workspace().config.appropriation(year, &fund.code, source).is_some()
                    };
                    fund.sources.iter().any(|(source, _)| known(source))
                        && !fund.sources.iter().all(|(source, _)| known(source))
                },
                charged: charged
                    .iter()
                    .filter(|(_, programme, _)| fund_of(programme) == Some(position))
                    .map(|(_, _, paid)| *paid)
                    .sum(),
                restored: restored
                    .iter()
                    .filter(|(programme, _)| fund_of(programme) == Some(position))
                    .map(|(_, back)| *back)
                    .sum::<Money>(),
            })
            .collect())
    }
}

/// Working days for which something has not been answered.
pub fn age(calendar: &Calendar, released_on: NaiveDate, today: NaiveDate) -> u32 {
    calendar.working_days_between(released_on, today)
}

fn by_payment<T>(all: Vec<T>, of: impl Fn(&T) -> &PaymentId) -> BTreeMap<PaymentId, Vec<T>> {
    let mut grouped: BTreeMap<PaymentId, Vec<T>> = BTreeMap::new();
    for one in all {
        grouped.entry(of(&one).clone()).or_default().push(one);
    }
    grouped
}

/// Programmes by position, with their funds.
fn programmes(rulebook: &Rulebook, codes: &[Text]) -> Vec<ProgrammeFacts> {
    codes
        .iter()
        .map(|code| {
            let rule = rulebook.programmes.iter().find(|rule| rule.code == *code);
            let fund = rule.and_then(|rule| rulebook.funds.get(usize::from(rule.fund)));
            ProgrammeFacts {
                code: code.clone(),
                name: rule.map_or_else(|| code.clone(), |rule| rule.name.clone()),
                fund: fund.map_or_else(Text::default, |fund| fund.code.clone()),
                fund_name: fund.map_or_else(Text::default, |fund| fund.name.clone()),
            }
        })
        .collect()
}

fn failed(fault: impl std::fmt::Display) -> Fault {
    Fault::new(Exit::Bug, "report-failed").with("fault", fault.to_string())
}

fn publish(folder: &Path, files: &[(String, Vec<u8>)]) -> Result<(), Fault> {
    write_folder_atomically(
        folder,
        files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())),
        Existing::MustEqual,
    )
}

fn name_of(folder: &Path) -> String {
    folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
