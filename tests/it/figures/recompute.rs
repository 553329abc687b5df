//! The figures, computed from files alone. Amounts are whole fen; texts are written as the page writes them.

use std::collections::{BTreeMap, BTreeSet};

use super::rosters::{RosterRow, rejection};
pub use super::run::{Run, fen};
use crate::bureau::Row;

/// An amount with thousands separators.
pub fn grouped(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", counted(fen.unsigned_abs() / 100), fen.unsigned_abs() % 100)
}

pub fn counted(number: u64) -> String {
    let digits: Vec<char> = number.to_string().chars().rev().collect();
    let groups: Vec<String> = digits.chunks(3).map(|group| group.iter().collect()).collect();
    groups.join(",").chars().rev().collect()
}

pub fn signed(fen: i64) -> String {
    if fen > 0 { format!("+{}", grouped(fen)) } else { grouped(fen) }
}

fn some_money(fen: i64) -> String {
    if fen == 0 { String::new() } else { grouped(fen) }
}

fn some_count(count: u64) -> String {
    if count == 0 { String::new() } else { counted(count) }
}

/// A part of a whole in per cent, half-up to one decimal.
fn share(part: i64, whole: i64) -> String {
    if whole <= 0 {
        return String::new();
    }
    let permille = (part * 2000 / whole + 1) / 2;
    format!("{}.{}%", permille / 10, permille % 10)
}

/// A change in per cent, half away from zero to one decimal.
fn percent(before: i64, now: i64) -> String {
    if before == 0 {
        return String::new();
    }
    let twice = (i128::from(now) - i128::from(before)) * 2000 / i128::from(before);
    let permille = (twice + twice.signum()) / 2;
    let sign = ["-", "", "+"][(permille.signum() + 1) as usize];
    format!("{sign}{}.{}%", permille.abs() / 10, permille.abs() % 10)
}

#[derive(Default)]
pub struct Figures(BTreeMap<String, String>);

impl Figures {
    fn put(&mut self, id: impl Into<String>, text: impl Into<String>) {
        let (id, text) = (id.into(), text.into());
        assert!(self.0.insert(id.clone(), text).is_none(), "{id} twice");
    }

    fn tally(&mut self, id: &str, count: u64, money: i64) {
        self.put(format!("{id}.count"), counted(count));
        self.put(format!("{id}.money"), some_money(money));
    }
}

fn sum<'a>(rows: impl Iterator<Item = &'a Row>, column: &str) -> i64 {
    rows.map(|row| fen(&row[column])).sum()
}

fn distinct<'a>(texts: impl Iterator<Item = &'a str>) -> u64 {
    texts.collect::<BTreeSet<_>>().len() as u64
}

/// Everything the page should say.
pub fn figures(run: &Run) -> BTreeMap<String, String> {
    let mut figures = Figures::default();
    programmes(run, &mut figures);
    borders(run, &mut figures);
    todo(run, &mut figures);
    months(run, &mut figures);
    changes(run, &mut figures);
    ages(run, &mut figures);
    declared(run, &mut figures);
    budgets(run, &mut figures);
    places(run, &mut figures);
    super::outside::figures(run, |id, text| figures.put(id, text));
    figures.0
}

fn programmes(run: &Run, figures: &mut Figures) {
    let total = sum(run.payments.iter(), "amount");
    let compared = run.earlier.iter().any(|earlier| earlier.cycle == run.before);
    let was = |code: Option<&str>| {
        let of = run.earlier.iter().filter(|earlier| earlier.cycle == run.before);
        let rows = of.flat_map(|earlier| &earlier.payments);
        sum(rows.filter(|row| code.is_none_or(|code| row["programme"] == code)), "amount")
    };
    figures.put("total.money", grouped(total));
    figures.put("total.payments", counted(run.payments.len() as u64));
    if compared {
        figures.put("total.difference", signed(total - was(None)));
        figures.put("total.percent", percent(was(None), total));
    }
    let mut people_in_all = 0;
    for programme in &run.programmes {
        let code = programme.code.as_str();
        let of = |row: &&Row| row["programme"] == code;
        let payments: Vec<&Row> = run.payments.iter().filter(of).collect();
        let people = distinct(run.items_of(code).map(|item| item["beneficiary"].as_str()));
        people_in_all += people;
        let (held, owed) = (run.held.iter().filter(of), run.receivables().filter(of));
        let recoveries = run.postings.iter().filter(of).filter(|row| row["kind"] == "recovery");
        let decided = run.decisions.iter().filter(of).any(|row| row["benefit_month"] == run.cycle);
        let (held, owed, recovered) = (sum(held, "amount"), sum(owed, "balance"), sum(recoveries, "amount"));
        let paid = sum(payments.iter().copied(), "amount");
        let before = was(Some(code));
        if decided || paid != 0 || held != 0 || owed != 0 || recovered != 0 || before != 0 {
            let id = |part: &str| format!("programme.{code}.{part}");
            row(figures, code, people, &payments, compared.then_some(before), total);
            figures.put(id("recovery"), some_money(recovered));
            figures.put(id("held"), some_money(held));
            figures.put(id("receivable"), some_money(owed));
        }
    }
    let all: Vec<&Row> = run.payments.iter().collect();
    row(figures, "total", people_in_all, &all, compared.then(|| was(None)), total);
    let recoveries = run.postings.iter().filter(|row| row["kind"] == "recovery");
    figures.put("programme.total.recovery", some_money(sum(recoveries, "amount")));
    figures.put("programme.total.held", some_money(sum(run.held.iter(), "amount")));
    figures.put("programme.total.receivable", some_money(sum(run.receivables(), "balance")));
}

fn row(figures: &mut Figures, code: &str, people: u64, payments: &[&Row], before: Option<i64>, whole: i64) {
    let id = |part: &str| format!("programme.{code}.{part}");
    let paid = sum(payments.iter().copied(), "amount");
    figures.put(id("people"), counted(people));
    figures.put(id("payments"), counted(payments.len() as u64));
    figures.put(id("paid"), grouped(paid));
    match before {
        None => figures.put(id("share"), share(paid, whole)),
        Some(before) => {
            figures.put(id("before"), grouped(before));
            figures.put(id("difference"), signed(paid - before));
            figures.put(id("percent"), percent(before, paid));
        }
    }
    for part in ["current", "arrears", "advance", "reissued", "offset"] {
        figures.put(id(part), some_money(sum(payments.iter().copied(), part)));
    }
}

/// One border: in, and what is set aside by reason; what goes out is the rest.
struct Border {
    entered: (u64, i64),
    aside: Vec<(String, u64, i64)>,
}

impl Border {
    fn aside(&self) -> (u64, i64) {
        self.aside.iter().fold((0, 0), |sum, (_, count, money)| (sum.0 + count, sum.1 + money))
    }

    fn sides(&self, figures: &mut Figures, id: &str) {
        let (count, money) = self.aside();
        figures.tally(&format!("border.{id}.in"), self.entered.0, self.entered.1);
        figures.tally(&format!("border.{id}.out"), self.entered.0 - count, self.entered.1 - money);
        figures.tally(&format!("border.{id}.aside"), count, money);
    }

    fn alone(&self, figures: &mut Figures, id: &str) {
        self.sides(figures, id);
        for (reason, count, money) in &self.aside {
            figures.put(format!("border.{id}.{reason}.count"), counted(*count));
            if *money != 0 {
                figures.put(format!("border.{id}.{reason}.money"), grouped(*money));
            }
        }
    }
}

fn together<'a>(borders: impl Iterator<Item = &'a Border>) -> Border {
    let mut whole = Border { entered: (0, 0), aside: Vec::new() };
    for border in borders {
        whole.entered = (whole.entered.0 + border.entered.0, whole.entered.1 + border.entered.1);
        for (reason, count, money) in &border.aside {
            match whole.aside.iter_mut().find(|(known, ..)| known == reason) {
                Some(sum) => (sum.1, sum.2) = (sum.1 + count, sum.2 + money),
                None => whole.aside.push((reason.clone(), *count, *money)),
            }
        }
    }
    whole
}

/// A roster's rows, and which of them cannot be read as a claim.
fn roster_border(run: &Run, month: &str, rows: &[RosterRow]) -> Border {
    let mut border = Border { entered: (rows.len() as u64, 0), aside: Vec::new() };
    for row in rows {
        let money = row.declared().unwrap_or(0);
        border.entered.1 += money;
        // The cycle month's decisions name the reason, but for a member of a household.
        let reason = if month != run.cycle || run.members.contains(&row.source) {
            rejection(row, &run.cycle)
        } else {
            run.rejected.get(&row.source).cloned()
        };
        if let Some(reason) = reason {
            match border.aside.iter_mut().find(|(known, ..)| *known == reason) {
                Some(sum) => (sum.1, sum.2) = (sum.1 + 1, sum.2 + money),
                None => border.aside.push((reason, 1, money)),
            }
        }
    }
    border
}

fn borders(run: &Run, figures: &mut Figures) {
    let registers: Vec<(String, Border)> = run
        .registers
        .iter()
        .map(|(name, rows)| (name.clone(), Border { entered: (*rows, 0), aside: Vec::new() }))
        .collect();
    for (name, border) in &registers {
        border.alone(figures, &format!("register-rows/{name}"));
    }
    together(registers.iter().map(|(_, border)| border)).sides(figures, "register-rows");

    let mut of_cycle = Vec::new();
    let mut of_past = Vec::new();
    for (month, rosters) in &run.rosters {
        let borders: Vec<(&String, Border)> =
            rosters.iter().map(|(code, rows)| (code, roster_border(run, month, rows))).collect();
        if *month == run.cycle {
            for (code, border) in borders {
                border.alone(figures, &format!("rows-claims/{code}"));
                of_cycle.push(border);
            }
        } else {
            let month_of = together(borders.iter().map(|(_, border)| border));
            month_of.alone(figures, &format!("rows-claims/{month}"));
            of_past.push(month_of);
        }
    }
    let read = together(of_cycle.iter());
    read.sides(figures, "rows-claims");
    if !of_past.is_empty() {
        together(of_past.iter()).sides(figures, "rows-claims/past");
    }

    // Every row once, by the first decision it stands behind.
    let mut behind: BTreeMap<&str, &str> = BTreeMap::new();
    for row in run.of_cycle() {
        for source in row["source"].split(';') {
            behind.entry(source).or_insert(&row["outcome"]);
        }
    }
    let waiting = |word: &str| behind.values().filter(|outcome| **outcome == word).count() as u64;
    let mut decided = Border { entered: (behind.len() as u64, 0), aside: Vec::new() };
    for word in ["deferred", "rejected"] {
        if waiting(word) > 0 {
            decided.aside.push((word.to_owned(), waiting(word), 0));
        }
    }
    decided.alone(figures, "claims-decisions/");
    decided.sides(figures, "claims-decisions");

    let paid_lines: BTreeSet<[&str; 4]> = run.item_lines().collect();
    let mut due =
        Border { entered: (run.items.len() as u64, sum(run.items.iter(), "amount")), aside: Vec::new() };
    let mut held: BTreeMap<&str, (u64, i64)> = BTreeMap::new();
    for row in &run.held {
        let sum = held.entry(&row["hold"]).or_default();
        sum.0 += u64::from(!paid_lines.contains(&Run::line(row)));
        sum.1 += fen(&row["amount"]);
    }
    due.aside.extend(held.iter().map(|(hold, (count, money))| ((*hold).to_owned(), *count, *money)));
    let offsets = run.postings.iter().filter(|row| row["kind"] == "offset" && row["amount"].starts_with('-'));
    let used_up = offsets.clone().filter(|row| !paid_lines.contains(&Run::line(row))).count() as u64;
    let offset = -sum(offsets, "amount");
    if offset != 0 {
        due.aside.push(("offset".to_owned(), used_up, offset));
    }
    let (aside_count, aside_money) = due.aside();
    due.entered = (due.entered.0 + aside_count, due.entered.1 + aside_money);
    due.alone(figures, "due-payments/");
    due.sides(figures, "due-payments");

    let files = Border {
        entered: (run.payments.len() as u64, sum(run.payments.iter(), "amount")),
        aside: Vec::new(),
    };
    files.alone(figures, "payments-files/");
    files.sides(figures, "payments-files");
    flow(run, figures, read.entered.0, &decided, &due);
}

fn flow(run: &Run, figures: &mut Figures, rows: u64, decided: &Border, due: &Border) {
    let outcome = |word: &str| run.of_cycle().filter(|row| row["outcome"] == word).count() as u64;
    figures.put("flow.rows", counted(rows));
    for (word, count, _) in &decided.aside {
        figures.put(format!("flow.rows.{word}"), counted(*count));
    }
    figures.put("flow.decided", counted(decided.entered.0 - decided.aside().0));
    let claimed = ["entitled", "not-current", "refused", "barred", "nil"].map(outcome);
    figures.put("flow.claims", counted(claimed.iter().sum()));
    figures.put("flow.entitled", counted(outcome("entitled")));
    for word in ["not-current", "refused", "barred", "nil"] {
        if outcome(word) > 0 {
            figures.put(format!("flow.entitled.{word}"), counted(outcome(word)));
        }
    }
    figures.put("flow.due", counted(due.entered.0));
    let held: u64 =
        due.aside.iter().filter(|(reason, ..)| reason != "offset").map(|(_, count, _)| count).sum();
    if held > 0 {
        figures.put("flow.due.held", counted(held));
    }
    if let Some((_, count, _)) = due.aside.iter().find(|(reason, count, _)| reason == "offset" && *count > 0)
    {
        figures.put("flow.due.offset", counted(*count));
    }
    figures.put("flow.paid", counted(run.items.len() as u64));
}

fn todo(run: &Run, figures: &mut Figures) {
    type Group<'a> = (BTreeMap<&'a str, u64>, i64);
    let mut groups: BTreeMap<String, Group<'_>> = BTreeMap::new();
    let mut add = |what: String, who: &'static str, months: u64, money: i64| {
        let group = groups.entry(what).or_default();
        let longest = group.0.entry(who).or_default();
        *longest = months.max(*longest);
        group.1 += money;
    };
    let keep = |text: &str| -> &'static str { Box::leak(text.to_owned().into_boxed_str()) };
    for row in run.decisions.iter().filter(|row| ["deferred", "rejected"].contains(&row["outcome"].as_str()))
    {
        let what = format!("{}.{}", row["outcome"], row["reason"].replace(' ', "-"));
        add(what, keep(&row["beneficiary"]), run.age(&row["benefit_month"]), 0);
    }
    for row in &run.held {
        let what = format!("held.{}", row["hold"]);
        add(what, keep(&row["beneficiary"]), run.age(&row["since"]), fen(&row["amount"]));
    }
    for row in run.receivables() {
        let months = run.age(&row["benefit_month"]);
        add("receivable".to_owned(), keep(&row["beneficiary"]), months, fen(&row["balance"]));
    }
    for returned in run.returned() {
        let who = if returned.beneficiary.is_empty() { &returned.id } else { &returned.beneficiary };
        add("returned".to_owned(), keep(who), run.age(&returned.cycle), returned.amount);
    }
    let everybody: BTreeSet<&str> = groups.values().flat_map(|(people, _)| people.keys().copied()).collect();
    figures.put("todo.people", counted(everybody.len() as u64));
    for (what, (people, money)) in &groups {
        figures.put(format!("todo.{what}.people"), counted(people.len() as u64));
        figures.put(format!("todo.{what}.months"), counted(people.values().sum()));
        figures.put(format!("todo.{what}.oldest"), counted(people.values().copied().max().unwrap()));
        figures.put(format!("todo.{what}.money"), some_money(*money));
    }
}

fn months(run: &Run, figures: &mut Figures) {
    let mut paid: BTreeMap<(&str, &str), i64> = BTreeMap::new();
    let mut cycles: BTreeSet<&str> = BTreeSet::new();
    let recent = |cycle: &str| run.age(cycle) <= 12;
    for earlier in run.earlier.iter().filter(|earlier| recent(&earlier.cycle) && earlier.cycle != run.cycle) {
        for row in &earlier.payments {
            cycles.insert(&earlier.cycle);
            *paid.entry((&earlier.cycle, &row["programme"])).or_default() += fen(&row["amount"]);
        }
    }
    if cycles.is_empty() {
        return;
    }
    cycles.insert(&run.cycle);
    for row in &run.payments {
        *paid.entry((&run.cycle, &row["programme"])).or_default() += fen(&row["amount"]);
    }
    for cycle in &cycles {
        let total: i64 = paid.iter().filter(|((of, _), _)| of == cycle).map(|(_, money)| money).sum();
        figures.put(format!("month.{cycle}.total"), grouped(total));
        for programme in paid.keys().map(|(_, programme)| *programme).collect::<BTreeSet<_>>() {
            let money = paid.get(&(*cycle, programme)).copied().unwrap_or(0);
            figures.put(format!("month.{cycle}.{programme}"), some_money(money));
        }
    }
}

fn changes(run: &Run, figures: &mut Figures) {
    let difference = |row: &Row| fen(&row["amount_now"]) - fen(&row["amount_before"]);
    let mut programmes: BTreeSet<&str> = run.changes.iter().map(|row| row["programme"].as_str()).collect();
    programmes.insert("total");
    for code in programmes {
        let of = || run.changes.iter().filter(|row| code == "total" || row["programme"] == code);
        for kind in ["new", "stopped", "changed", "resumed", "moved-account"] {
            let count = of().filter(|row| row["change"] == kind).count() as u64;
            figures.put(format!("change.{code}.{kind}"), some_count(count));
        }
        figures.put(format!("change.{code}.difference"), signed(of().map(difference).sum()));
    }
    let mut reasons: BTreeMap<(&str, &str), (u64, i64)> = BTreeMap::new();
    for row in &run.changes {
        let sum = reasons.entry((&row["change"], &row["reason"])).or_default();
        *sum = (sum.0 + 1, sum.1 + difference(row));
    }
    for ((kind, reason), (count, money)) in reasons {
        figures.put(format!("change-reason.{kind}.{reason}.count"), counted(count));
        figures.put(format!("change-reason.{kind}.{reason}.difference"), signed(money));
    }
    let mut causes: BTreeMap<(&str, &str, &str), (u64, i64)> = BTreeMap::new();
    for row in
        run.postings.iter().filter(|row| ["advance", "arrears", "recovery"].contains(&row["kind"].as_str()))
    {
        let sum = causes.entry((&row["kind"], &row["programme"], &row["cause"])).or_default();
        *sum = (sum.0 + 1, sum.1 + fen(&row["amount"]));
    }
    for ((kind, programme, cause), (count, money)) in causes {
        figures.put(format!("cause.{kind}.{programme}.{cause}.lines"), counted(count));
        figures.put(format!("cause.{kind}.{programme}.{cause}.money"), grouped(money));
    }
}

fn ages(run: &Run, figures: &mut Figures) {
    let mut ages: BTreeMap<String, Vec<(u64, i64)>> = BTreeMap::new();
    for row in &run.held {
        ages.entry(row["hold"].clone()).or_default().push((run.age(&row["since"]), fen(&row["amount"])));
    }
    for row in run.receivables() {
        let item = (run.age(&row["benefit_month"]), fen(&row["balance"]));
        ages.entry("receivable".to_owned()).or_default().push(item);
    }
    for returned in run.returned() {
        ages.entry("returned".to_owned()).or_default().push((run.age(&returned.cycle), returned.amount));
    }
    let bands = [("1", 1, 1), ("2–3", 2, 3), ("4–6", 4, 6), ("7–12", 7, 12), ("≥ 13", 13, u64::MAX)];
    for (what, items) in ages {
        for (band, first, last) in bands {
            let count = items.iter().filter(|(months, _)| (first..=last).contains(months)).count() as u64;
            figures.put(format!("age.{what}.{band}"), some_count(count));
        }
        figures.put(format!("age.{what}.count"), counted(items.len() as u64));
        figures.put(format!("age.{what}.money"), grouped(items.iter().map(|(_, money)| money).sum()));
        figures.put(
            format!("age.{what}.oldest"),
            counted(items.iter().map(|(months, _)| *months).max().unwrap()),
        );
    }
}

/// Rows that declare an amount, beside the sum of what their programmes give them.
fn declared(run: &Run, figures: &mut Figures) {
    let mut totals: BTreeMap<(&str, &str), (u64, u64, i64, i64)> = BTreeMap::new();
    for (roster, rows) in &run.rosters[&run.cycle] {
        for row in rows {
            let Some(declared) = row.declared() else { continue };
            // The row that speaks for a household is its head's.
            let head = ["户主", "本人"].contains(&row.cell("与户主关系"));
            let decisions: Vec<&Row> = run
                .of_cycle()
                .filter(|decision| {
                    let mut sources = decision["source"].split(';');
                    let household = decision["beneficiary"].starts_with("household:");
                    sources.any(|source| source == row.source) && (!household || head)
                })
                .collect();
            let waits = |row: &&&Row| ["deferred", "rejected"].contains(&row["outcome"].as_str());
            if decisions.is_empty() || decisions.iter().any(|row| waits(&row)) {
                continue;
            }
            let computed: i64 = decisions.iter().map(|row| fen(&row["amount"])).sum();
            let township = decisions[0]["township"].as_str();
            let known = if run.townships.contains(township) { township } else { "" };
            let total = totals.entry((roster, known)).or_default();
            total.0 += 1;
            total.1 += u64::from(declared != computed);
            total.2 += declared;
            total.3 += computed;
        }
    }
    for ((roster, township), (rows, differing, declared, computed)) in totals {
        let id = |part: &str| format!("declared.{roster}.{township}.{part}");
        figures.put(id("rows"), counted(rows));
        figures.put(id("differing"), some_count(differing));
        figures.put(id("declared"), grouped(declared));
        figures.put(id("computed"), grouped(computed));
        figures.put(id("difference"), signed(declared - computed));
    }
}

fn budgets(run: &Run, figures: &mut Figures) {
    for fund in &run.funds {
        let (charged, now) = (run.charged(fund), run.paid_of(fund));
        // The fund is watched where every source of it is.
        let stated: Option<i64> = fund.sources.iter().map(|(source, _)| run.appropriated(fund, source)).sum();
        let id = |part: &str| format!("budget.{}.{part}", fund.code);
        figures.put(id("appropriation"), stated.map_or("not stated".to_owned(), grouped));
        figures.put(id("charged"), grouped(charged));
        figures.put(id("run"), grouped(now));
        figures.put(id("left"), stated.map_or(String::new(), |stated| grouped(stated - charged - now)));
        figures.put(id("used"), stated.map_or(String::new(), |stated| share(charged + now, stated)));
    }
}

fn places(run: &Run, figures: &mut Figures) {
    let whole = sum(run.payments.iter(), "amount");
    let mut paid: BTreeMap<String, i64> = BTreeMap::new();
    let mut people: BTreeMap<String, BTreeSet<(&str, &str, &str)>> = BTreeMap::new();
    for item in &run.items {
        let payment = run.payment(&item["payment_id"]);
        let (programme, beneficiary) = (payment["programme"].as_str(), item["beneficiary"].as_str());
        let township = run.township(programme, beneficiary);
        *paid.entry(township.clone()).or_default() += fen(&item["amount"]);
        people.entry(township).or_default().insert((programme, beneficiary, &payment["bank"]));
    }
    let mut waiting: BTreeMap<String, u64> = BTreeMap::new();
    for row in run.of_cycle().filter(|row| ["deferred", "rejected"].contains(&row["outcome"].as_str())) {
        let known = run.townships.contains(&row["township"]);
        *waiting.entry(if known { row["township"].clone() } else { String::new() }).or_default() += 1;
    }
    for township in paid.keys().chain(waiting.keys()).collect::<BTreeSet<_>>() {
        let id = |part: &str| format!("township.{township}.{part}");
        let money = paid.get(township).copied().unwrap_or(0);
        figures.put(id("people"), counted(people.get(township).map_or(0, |people| people.len() as u64)));
        figures.put(id("money"), grouped(money));
        figures.put(id("share"), share(money, whole));
        figures.put(id("undecided"), some_count(waiting.get(township).copied().unwrap_or(0)));
    }
    for bank in run.payments.iter().map(|row| row["bank"].as_str()).collect::<BTreeSet<_>>() {
        let of = || run.payments.iter().filter(|row| row["bank"] == bank);
        figures.put(format!("bank.{bank}.people"), counted(of().count() as u64));
        figures.put(format!("bank.{bank}.money"), grouped(sum(of(), "amount")));
        figures.put(format!("bank.{bank}.share"), share(sum(of(), "amount"), whole));
    }
}
