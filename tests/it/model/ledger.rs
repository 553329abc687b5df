//! The model's ledger and its settling (DESIGN §10), in plain maps, written from the design alone.

use std::collections::{BTreeMap, BTreeSet};

use super::rules::{Key, Programme, Verdict, decide, head};
use super::world::{Month, PROVIDERS, Roster, World, month_text, yuan};

/// Programme, beneficiary, benefit month, case.
pub type Line = (Programme, String, Month, String);

#[derive(Clone, Default)]
pub struct Account {
    pub entitlement: i64,
    pub balance: i64,
    pub written_off: i64,
    /// The month of the list it was last settled from.
    pub origin: Option<Month>,
    /// Who got its latest payment: a provider's name, or nothing for the beneficiary.
    pub paid_to: Option<String>,
    /// Payments returned after its latest payment, also those paid after all.
    pub returned: BTreeSet<usize>,
    pub held_since: Option<Month>,
}

/// A released payment.
#[derive(Clone)]
pub struct Payment {
    pub programme: Programme,
    /// Account number.
    pub account: String,
    pub items: Vec<(Line, i64)>,
    /// Latest answer: paid or failed.
    pub answer: Option<bool>,
}

/// Who is paid for a line.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Payee {
    debtor: String,
    account: Option<String>,
    dead: bool,
    /// A household that has no one head in its latest month.
    headless: bool,
}

#[derive(Clone, Default)]
pub struct Ledger {
    pub lines: BTreeMap<Line, Account>,
    /// Case to the first month that decided it.
    pub decided: BTreeMap<String, Month>,
    /// By run, in no order that matters.
    pub payments: Vec<(u64, Payment)>,
    pub confirmed: BTreeSet<Line>,
    pub held_by_hand: BTreeSet<String>,
    /// Months after their cycle that have been paid for in advance.
    advanced: BTreeSet<Month>,
    payees: BTreeMap<(Programme, String), (usize, Option<usize>, bool)>,
}

/// What a run is expected to write, as lines of text.
#[derive(Default)]
pub struct Expected {
    pub postings: Vec<String>,
    pub payments: Vec<String>,
    pub held: Vec<String>,
    pub balances: Vec<String>,
    pub released: Vec<Payment>,
}

fn text(line: &Line) -> String {
    let (programme, beneficiary, month, case) = line;
    format!("{},{beneficiary},{},{case}", programme.code(), month_text(*month))
}

impl Ledger {
    fn debtor(&self, line: &Line) -> String {
        match self.lines.get(line).and_then(|account| account.paid_to.clone()) {
            Some(provider) if !provider.is_empty() => provider,
            _ => line.1.clone(),
        }
    }

    /// §9: from the latest month up to the cycle in which the beneficiary has a row.
    fn payee(&mut self, world: &World, cycle: Month, programme: Programme, beneficiary: &str) -> Payee {
        let roster = programme.roster();
        let mut found = None;
        for ((of, month), rows) in &world.rows {
            if *of != roster || *month > cycle {
                continue;
            }
            let of_it = |row: &&super::world::Row| world.beneficiary(roster, row) == beneficiary;
            let provider = |row: &super::world::Row| (roster == Roster::HomeCare).then_some(row.provider);
            let Some(row) = rows.iter().find(of_it) else { continue };
            found = Some(match roster {
                Roster::Dibao => match head(world, *month, rows, row.household) {
                    Some(head) => (head, None, false),
                    None => (row.person, None, true),
                },
                _ => (row.person, provider(row), false),
            });
        }
        let key = (programme, beneficiary.to_owned());
        if let Some(found) = found {
            self.payees.insert(key.clone(), found);
        }
        let (person, provider, headless) = self.payees[&key];
        match provider {
            Some(provider) => {
                let (name, account) = PROVIDERS[provider];
                Payee { debtor: name.to_owned(), account: Some(account.to_owned()), dead: false, headless }
            }
            None => Payee {
                debtor: beneficiary.to_owned(),
                account: world.account(person, cycle),
                dead: world.deaths.get(&person).is_some_and(|died| *died < cycle),
                headless,
            },
        }
    }

    /// Accounts of which a payment's latest answer is failed, and none of a later run was paid.
    fn failed(&self) -> BTreeSet<String> {
        let paid_later = |run: u64, account: &str| {
            self.payments.iter().any(|(later, payment)| {
                *later > run && payment.account == account && payment.answer == Some(true)
            })
        };
        self.payments
            .iter()
            .filter(|(run, payment)| payment.answer == Some(false) && !paid_later(*run, &payment.account))
            .map(|(_, payment)| payment.account.clone())
            .collect()
    }

    /// Settles a cycle: the ledger as it is after the release, and what the run must write.
    pub fn run(&self, world: &World, cycle: Month, through: Month, lookback: i32) -> (Ledger, Expected) {
        let mut after = self.clone();
        let mut expected = Expected::default();
        let post = |expected: &mut Expected, line: &Line, kind: &str, amount: i64| {
            if amount != 0 {
                expected.postings.push(format!("{},{kind},{}", text(line), yuan(amount)));
            }
        };

        // Entitlement differences.
        let first = world.first_month.max(cycle - lookback);
        let posted =
            self.lines.iter().filter(|(_, account)| account.origin.is_some()).map(|(line, _)| line.2);
        let last = posted.max().unwrap_or(cycle).max(cycle).max(through);
        for benefit in first..=last {
            let of = benefit.min(cycle);
            let verdicts = decide(world, cycle, benefit, of, &after.decided);
            let known: BTreeSet<Key> = self
                .lines
                .keys()
                .filter(|line| line.2 == benefit)
                .map(|line| (line.0, line.1.clone(), line.3.clone()))
                .chain(verdicts.keys().cloned())
                .collect();
            for key in known {
                let line = (key.0, key.1.clone(), benefit, key.2.clone());
                let account = after.lines.get(&line).cloned().unwrap_or_default();
                let target = match verdicts.get(&key) {
                    Some(verdict) => {
                        if key.0 == Programme::Aid
                            && matches!(verdict, Verdict::Entitled(_) | Verdict::Refused)
                        {
                            let by = after.decided.entry(key.2.clone()).or_insert(benefit);
                            *by = benefit.min(*by);
                        }
                        verdict.amount()
                    }
                    // Absence is not evidence for a line settled from the month's own list.
                    None if account.origin == Some(benefit) => None,
                    None => Some(0),
                };
                let Some(target) = target else { continue };
                let difference = target - account.entitlement;
                let kind = match difference {
                    _ if difference < 0 => "recovery",
                    _ if benefit == cycle => "current",
                    _ if benefit > cycle => "advance",
                    _ => "arrears",
                };
                if difference == 0 && account.entitlement == 0 && account.origin.is_none() {
                    continue;
                }
                // docs/decisions.md: a line of a later month of which nothing is posted is paid through `--through`,
                // or where that month has been paid in advance for everybody.
                let begun = account.origin.is_some() || self.advanced.contains(&benefit);
                if benefit > cycle.max(through) && !begun {
                    continue;
                }
                if kind == "advance" && benefit <= through {
                    after.advanced.insert(benefit);
                }
                post(&mut expected, &line, kind, difference);
                let account = after.lines.entry(line).or_default();
                account.entitlement = target;
                account.balance += difference;
                if verdicts.contains_key(&key) {
                    account.origin = Some(of);
                }
            }
        }

        // A write-off is undone first.
        for (line, account) in &mut after.lines {
            let undone = account.balance.max(0).min(account.written_off);
            account.balance -= undone;
            account.written_off -= undone;
            post(&mut expected, line, "write-off-reversed", -undone);
        }

        // Holds: how much of each line above nought is not payable now.
        let failed = self.failed();
        let owed: Vec<Line> = after
            .lines
            .iter()
            .filter(|(_, account)| account.balance > 0)
            .map(|(line, _)| line.clone())
            .collect();
        let mut free: BTreeMap<Line, (i64, Payee)> = BTreeMap::new();
        for line in &owed {
            let payee = after.payee(world, cycle, line.0, &line.1);
            let balance = after.lines[line].balance;
            let mirrored = after.mirror(line, cycle).min(balance);
            let (held, hold) = match &payee.account {
                _ if payee.headless => (balance, "no-payee"),
                None => (balance, "no-account"),
                Some(account) if failed.contains(account) => (balance, "account-failed"),
                Some(_) if payee.dead => (balance, "payee-dead"),
                Some(_) if mirrored == balance => (balance, "mirrored"),
                Some(_) if self.held_by_hand.contains(&line.1) => (balance, "by-hand"),
                Some(_) => (mirrored, "mirrored"),
            };
            if held > 0 {
                let since = self.lines.get(line).and_then(|account| account.held_since).unwrap_or(cycle);
                expected.held.push(format!("{},{},{hold},{}", text(line), yuan(held), month_text(since)));
            }
            if held < balance {
                free.insert(line.clone(), (balance - held, payee));
            }
            let since = &mut after.lines.get_mut(line).unwrap().held_since;
            *since = if held > 0 { Some(since.unwrap_or(cycle)) } else { None };
        }
        for (line, account) in &mut after.lines {
            if !owed.contains(line) {
                account.held_since = None;
            }
        }

        // Offsets, by programme and debtor.
        let before = free.clone();
        let debtors: BTreeSet<(Programme, String)> =
            free.iter().map(|(line, (_, payee))| (line.0, payee.debtor.clone())).collect();
        for (programme, debtor) in &debtors {
            let due = |free: &BTreeMap<Line, (i64, Payee)>| {
                let mut due: Vec<Line> = free
                    .iter()
                    .filter(|(line, (left, payee))| {
                        line.0 == *programme && payee.debtor == *debtor && *left > 0
                    })
                    .map(|(line, _)| line.clone())
                    .collect();
                due.sort_by_key(|line| (line.2, line.1.clone(), line.3.clone()));
                due
            };
            let sum: i64 = due(&free).iter().map(|line| free[line].0).sum();
            let mut most = if *programme == Programme::Dibao { sum * 30 / 100 } else { sum };
            let mut receivables: Vec<Line> = after
                .lines
                .iter()
                .filter(|(line, account)| line.0 == *programme && account.balance < 0)
                .filter(|(line, _)| after.debtor(line) == *debtor)
                .filter(|(line, _)| *programme != Programme::Dibao || self.confirmed.contains(line))
                .map(|(line, _)| line.clone())
                .collect();
            receivables.sort_by_key(|line| (line.2, line.1.clone(), line.3.clone()));
            for line in receivables {
                for from in due(&free) {
                    let wanted = -after.lines[&line].balance;
                    let taken = wanted.min(free[&from].0).min(most);
                    if taken == 0 {
                        continue;
                    }
                    most -= taken;
                    free.get_mut(&from).unwrap().0 -= taken;
                    after.lines.get_mut(&from).unwrap().balance -= taken;
                    after.lines.get_mut(&line).unwrap().balance += taken;
                    // Sums a pair of lines may have; the run writes each pair.
                    post(&mut expected, &from, "offset", -taken);
                    post(&mut expected, &line, "offset", taken);
                }
            }
        }

        // Payments, by programme and account, and by beneficiary where it is a person's own.
        let mut groups: BTreeMap<(Programme, String, String), Vec<Line>> = BTreeMap::new();
        for (line, (_, payee)) in &free {
            let account = payee.account.clone().unwrap();
            groups.entry((line.0, payee.debtor.clone(), account)).or_default().push(line.clone());
        }
        for ((programme, debtor, account), lines) in groups {
            let mut parts = [0; 4];
            let mut items = Vec::new();
            for line in &lines {
                let column = match &after.lines[line] {
                    known if !known.returned.is_empty() => 3,
                    _ if line.2 < cycle => 1,
                    _ if line.2 > cycle => 2,
                    _ => 0,
                };
                parts[column] += before[line].0;
                if free[line].0 > 0 {
                    items.push((line.clone(), free[line].0));
                }
            }
            let amount: i64 = items.iter().map(|(_, amount)| amount).sum();
            if amount == 0 {
                continue;
            }
            let offset = parts.iter().sum::<i64>() - amount;
            for (line, amount) in &items {
                post(&mut expected, line, "payment", -amount);
                let known = after.lines.get_mut(line).unwrap();
                known.balance -= amount;
                known.returned.clear();
                known.paid_to =
                    Some(if programme == Programme::HomeCare { debtor.clone() } else { String::new() });
            }
            let [current, arrears, advance, reissued] = parts.map(yuan);
            expected.payments.push(format!(
                "{},{account},{},{current},{arrears},{advance},{reissued},{}",
                programme.code(),
                yuan(amount),
                yuan(offset)
            ));
            expected.released.push(Payment { programme, account, items, answer: None });
        }
        for (line, account) in &after.lines {
            if account.balance != 0 {
                let debtor = if account.balance < 0 { after.debtor(line) } else { String::new() };
                let (entitled, balance) = (yuan(account.entitlement), yuan(account.balance));
                expected.balances.push(format!("{},{entitled},{balance},{debtor}", text(line)));
            }
        }
        (after, expected)
    }

    /// Arrears wait while the same person owes for the same month in a programme of the same roster: the
    /// other disability programme, another case.
    fn mirror(&self, line: &Line, cycle: Month) -> i64 {
        if line.2 >= cycle {
            return 0;
        }
        let owed = self.lines.iter().filter(|(other, account)| {
            let same = other.0.roster() == line.0.roster() && other.1 == line.1 && other.2 == line.2;
            same && account.balance < 0
        });
        -owed.map(|(_, account)| account.balance).sum::<i64>()
    }

    /// A bank's word on a payment, the postings it makes.
    pub fn answer(&mut self, payment: usize, paid: bool) -> Vec<String> {
        let number = payment;
        let payment = &mut self.payments[number].1;
        let before = payment.answer.replace(paid);
        let (kind, sign) = match (before, paid) {
            (None | Some(true), false) => ("return", 1),
            (Some(false), true) => ("paid-after-all", -1),
            _ => return Vec::new(),
        };
        let mut postings = Vec::new();
        for (line, amount) in &payment.items {
            postings.push(format!("{},{kind},{}", text(line), yuan(sign * amount)));
            let account = self.lines.get_mut(line).unwrap();
            account.balance += sign * amount;
            if !paid {
                account.returned.insert(number);
            }
        }
        postings
    }

    /// Money on a receivable, by hand.
    pub fn by_hand(&mut self, line: &Line, kind: &str, amount: i64) -> Vec<String> {
        let account = self.lines.get_mut(line).unwrap();
        account.balance += amount;
        if kind == "write-off" {
            account.written_off += amount;
        }
        vec![format!("{},{kind},{}", text(line), yuan(amount))]
    }

    pub fn receivables(&self) -> Vec<(Line, i64)> {
        let owed = self.lines.iter().filter(|(_, account)| account.balance < 0);
        owed.map(|(line, account)| (line.clone(), -account.balance)).collect()
    }
}

impl Ledger {
    /// Whether only a hold by hand would be lifted by clearing this person: no failed payment was for them
    /// or to them, and no mirror hold can stand.
    pub fn may_be_cleared(&self, world: &World, beneficiary: &str) -> bool {
        let failed = self.failed();
        let person = world.people.iter().position(|person| beneficiary.ends_with(&person.id));
        let own = |account: &String| {
            person.is_some_and(|person| {
                world.people[person].account.as_ref() == Some(account)
                    || world.accounts.iter().any(|(who, _, number)| *who == person && number == account)
            })
        };
        let theirs = |payment: &Payment| payment.items.iter().any(|(line, _)| line.1 == beneficiary);
        !failed.iter().any(own)
            && !self.payments.iter().any(|(_, payment)| failed.contains(&payment.account) && theirs(payment))
            && !self.lines.iter().any(|(line, account)| line.1 == beneficiary && account.balance < 0)
    }
}
