//! `explain`: why this amount, or none. The rosters on disk (or in the archive) are read and assessed
//! as a run would do it today, and told beside what the ledger holds. Nothing is written.

use crate::assess::explain::{Asking, Explained};
use crate::assess::{Assessor, Links};
use crate::domain::{Beneficiary, Exit, Fault, Files, Line, Month, PaymentId, Programme, Text};
use crate::ledger::{Answer, Decided, Entry, Ledger, LineHistory};
use crate::policy::Rulebook;
use crate::report::slip::Drafted;
use crate::words::Language;

use super::Bureau;
use super::inputs::{Exceptions, Gatherer, Window, beneficiary_of};

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// An identity number, or a beneficiary text.
    pub whom: String,
    /// The benefit month.
    pub month: Month,
    /// The cycle whose knowledge counts: the benefit month, or a later one that has been run.
    pub cycle: Month,
    /// One programme only.
    pub programme: Option<String>,
    /// The language of names and values.
    pub language: Language,
}

/// All that is known.
pub struct Explanation {
    /// Whom.
    pub whom: Beneficiary,
    /// The benefit month.
    pub month: Month,
    /// The cycle whose knowledge counts.
    pub cycle: Month,
    /// What today's rosters, registers and policy say.
    pub explained: Explained,
    /// Names behind sources.
    pub files: Files,
    /// The ledger's lines of the beneficiary, and of the households asked about, in that month.
    pub history: Vec<LineHistory>,
    /// Entries that the history names, by number.
    pub entries: Vec<Entry>,
    /// Answers to payments that the history names.
    pub answers: Vec<Answer>,
    /// People's decisions about them.
    pub decisions: Vec<Decided>,
    /// What the open draft would do to their lines of the month.
    pub drafted: Option<Drafted>,
    /// Codes of programmes, those that only the ledger knows included.
    pub codes: Vec<Text>,
}

/// The benefit month asked about where none is given, and the cycle whose knowledge counts.
///
/// # Errors
/// Exit 2: no run, and no roster on disk.
pub fn months(ledger: &Ledger, on_disk: &[Month], asked: Option<Month>) -> Result<(Month, Month), Fault> {
    let latest = ledger.runs()?.iter().map(|run| run.cycle).max();
    let month = asked
        .or(latest)
        .or(on_disk.last().copied())
        .ok_or_else(|| Fault::new(Exit::Usage, "no-roster-month"))?;
    Ok((month, latest.map_or(month, |latest| latest.max(month))))
}

/// Explains.
///
/// # Errors
/// Exit 2: nobody is named so, an unknown programme; exit 3: a roster that cannot be read; the ledger.
pub fn explain(bureau: &Bureau, ledger: &Ledger, question: &Question) -> Result<Explanation, Fault> {
    // A number that fails its check is the very row somebody asks about.
    let written = || {
        let plain = question.whom.len() == 18 && question.whom.bytes().all(|b| b.is_ascii_alphanumeric());
        plain.then(|| Beneficiary::parse(&format!("person:{}", question.whom.to_uppercase()))).flatten()
    };
    let whom = beneficiary_of(&question.whom)
        .or_else(written)
        .ok_or_else(|| Fault::new(Exit::Usage, "whom-unreadable").with("text", &question.whom))?;
    let rulebook = &bureau.rulebook;
    let codes = ledger.programme_codes(&bureau.codes())?;
    let programme = match &question.programme {
        None => None,
        Some(asked) => Some(programme(rulebook, &codes, asked)?),
    };
    let (month, cycle) = (question.month, question.cycle);
    let needed = needed_months(bureau, month, cycle);
    let mut archived = Vec::new();
    for month in &needed {
        archived.extend(ledger.month_inputs(*month)?);
    }
    let mut gathered = Gatherer {
        workspace: &bureau.workspace,
        rulebook,
        registers: &bureau.registers,
        window: Window { first: month, cycle, last: cycle },
        exceptions: &Exceptions::default(),
        archived: &archived,
        last: &[],
        shelf: super::inputs::Shelf::Folders,
    }
    .gather_months(&needed)?;
    let once = rulebook.once_programmes();
    let standing = ledger.standing(&codes, &once)?;
    let links = Links::new(&bureau.registers.links);
    let mut lines = Vec::with_capacity(needed.len());
    for read in &gathered.months {
        lines.push(ledger.month_lines(read.month, &codes)?);
    }
    super::compute::mark_link_needed(bureau, ledger, &links, &codes, &mut gathered, &lines)?;
    let assessor =
        Assessor { rulebook, registers: &bureau.registers, links: &links, files: &gathered.files, cycle };
    let in_pack = programme.filter(|programme| usize::from(programme.0) < rulebook.programmes.len());
    let asking = Asking { month, whom: &whom, programme: in_pack, language: question.language };
    // A programme that only the ledger knows has no rule to explain by.
    let explained = if programme.is_some() && in_pack.is_none() {
        Explained::default()
    } else {
        assessor.explain(&gathered.months, &standing.decided_cases, &asking)
    };

    let mut beneficiaries = vec![match &whom {
        Beneficiary::Person(person) => Beneficiary::Person(links.person(*person, month)),
        other => links.household(other.clone(), month),
    }];
    for claim in &explained.claims {
        if !beneficiaries.contains(&claim.decision.beneficiary) {
            beneficiaries.push(claim.decision.beneficiary.clone());
        }
    }
    let mut history = Vec::new();
    for beneficiary in &beneficiaries {
        history.extend(ledger.history(beneficiary, programme, Some(month), &codes)?);
    }
    let (entries, answers) = beside(ledger, &history)?;
    let decisions = decisions(ledger, &codes, &beneficiaries, programme, month)?;
    let drafted = drafted(bureau, ledger, &codes, &beneficiaries, programme, month)?;
    Ok(Explanation {
        whom,
        month,
        cycle,
        explained,
        files: gathered.files,
        history,
        entries,
        answers,
        decisions,
        drafted,
        codes,
    })
}

/// A programme by code or name.
fn programme(rulebook: &Rulebook, codes: &[Text], asked: &str) -> Result<Programme, Fault> {
    let by_name = rulebook.programmes.iter().position(|rule| rule.name == asked);
    let position = codes.iter().position(|code| code == asked).or(by_name);
    position
        .map(|position| Programme(position as u16))
        .ok_or_else(|| Fault::new(Exit::Usage, "programme-unknown").with("programme", asked))
}

/// The month itself; the month before, against which rows that appear are held; and the months in which
/// values were announced that go to who was entitled then.
fn needed_months(bureau: &Bureau, month: Month, cycle: Month) -> Vec<Month> {
    let mut months = bureau.rulebook.still_entitled_months(month, cycle);
    months.push(month);
    if bureau.workspace.config.first_month.is_some_and(|first| first < month) {
        months.push(month.plus(-1));
    }
    months.sort_unstable();
    months.dedup();
    months
}

/// Entries and answers that postings and payments of a history name.
fn beside(ledger: &Ledger, history: &[LineHistory]) -> Result<(Vec<Entry>, Vec<Answer>), Fault> {
    let mut numbers: Vec<u64> = Vec::new();
    let mut payments = Vec::new();
    for line in history {
        numbers.extend(line.postings.iter().map(|posting| posting.entry));
        numbers.extend(line.settled.iter().map(|(entry, _)| *entry));
        numbers.extend(line.held.iter().map(|(entry, ..)| *entry));
        payments.extend(line.postings.iter().filter_map(|posting| posting.payment.clone()));
    }
    payments.sort_unstable();
    payments.dedup();
    let mut answers = Vec::new();
    for payment in &payments {
        answers.extend(ledger.answers_of_payment(payment)?);
    }
    numbers.extend(answers.iter().map(|answer| answer.entry));
    numbers.sort_unstable();
    numbers.dedup();
    let mut entries = Vec::new();
    for number in numbers {
        entries.extend(ledger.entry(number)?);
    }
    Ok((entries, answers))
}

/// The open draft's postings and holds of these lines. A draft knows programmes by its own list of codes.
fn drafted(
    bureau: &Bureau,
    ledger: &Ledger,
    codes: &[Text],
    beneficiaries: &[Beneficiary],
    programme: Option<Programme>,
    month: Month,
) -> Result<Option<Drafted>, Fault> {
    let Some(draft) = ledger.open_draft()? else { return Ok(None) };
    let same_codes = draft.meta.codes.iter().map(String::as_str).eq(codes.iter().map(Text::as_str));
    if !same_codes {
        return Ok(None);
    }
    let concerned = |line: &Line| {
        line.month == month
            && beneficiaries.contains(&line.beneficiary)
            && programme.is_none_or(|programme| programme == line.programme)
    };
    let id = |position: u32| {
        PaymentId::new(&bureau.rulebook.district, draft.meta.cycle, draft.meta.run, position + 1)
    };
    let of_lines = draft.plan.postings.iter().filter(|posting| concerned(&posting.line));
    let postings: Vec<_> = of_lines.map(|posting| (posting.clone(), posting.payment.map(id))).collect();
    let held: Vec<_> = draft.plan.held.iter().filter(|held| concerned(&held.line)).cloned().collect();
    let none = postings.is_empty() && held.is_empty();
    Ok((!none).then_some(Drafted { run: draft.meta.run, postings, held }))
}

fn decisions(
    ledger: &Ledger,
    codes: &[Text],
    beneficiaries: &[Beneficiary],
    programme: Option<Programme>,
    month: Month,
) -> Result<Vec<Decided>, Fault> {
    let mut decisions = ledger.decisions(codes)?;
    decisions.retain(|decided| {
        let decision = &decided.decision;
        decision.beneficiary.as_ref().is_some_and(|beneficiary| beneficiaries.contains(beneficiary))
            && (programme.is_none() || decision.programme.is_none() || decision.programme == programme)
            && decision.month.is_none_or(|of| of == month)
    });
    Ok(decisions)
}
