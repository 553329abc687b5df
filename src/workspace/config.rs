//! `disburse.toml`. Unknown keys are mistakes, and every mistake is shown with its line.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::domain::{Exit, Fault, Finding, Money, Month, Place, Severity};
use crate::words;

use super::CONFIG;

/// The whole file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// No benefit month before it is ever assessed (DESIGN §10). A run without it is refused.
    pub first_month: Option<Month>,
    /// How many months before the cycle are assessed again.
    #[serde(default = "twelve")]
    pub lookback_months: u32,
    /// The bureau.
    pub bureau: Bureau,
    /// Who may do what.
    #[serde(default)]
    pub people: Vec<Person>,
    /// Stop limits.
    #[serde(default)]
    pub limits: Limits,
    /// Pay-by dates.
    #[serde(default)]
    pub pay: PayRule,
    /// Banks as rosters write them.
    #[serde(default)]
    pub banks: BTreeMap<String, Bank>,
    /// Appropriations. None: the budget is not watched.
    #[serde(default)]
    pub budget: Vec<Appropriation>,
}

/// The bureau.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bureau {
    /// Its name.
    pub name: String,
    /// The account payments are made from.
    #[serde(default)]
    pub payer: crate::pay::Payer,
}

/// A person who works with the program.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// As given by `--by`.
    pub name: String,
    /// What the person may do.
    pub roles: Vec<Role>,
}

/// What a person may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Draft runs, take in answers, ask for recoveries and holds.
    Draft,
    /// Approve what others drafted or asked for.
    Approve,
}

impl Role {
    /// The word in `disburse.toml`.
    pub fn word(self) -> &'static str {
        match self {
            Role::Draft => "draft",
            Role::Approve => "approve",
        }
    }
}

/// Stop limits (DESIGN §10): figures over them stop the approval until they are accepted.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Beneficiaries paid to one account before `account-shared` holds them.
    pub account_people: u32,
    /// Recoveries in one programme × township: per cent of its beneficiaries …
    pub recoveries_percent: u32,
    /// … and people.
    pub recoveries_people: u32,
    /// Beneficiaries against last month per programme × township: per cent …
    pub beneficiaries_percent: u32,
    /// … and people.
    pub beneficiaries_people: u32,
    /// A programme's total against last month: per cent.
    pub programme_total_percent: u32,
    /// One payment.
    pub single_payment: Money,
    /// A township with so many people on a roster last month may not be gone without a word.
    pub roster_people: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            account_people: 1,
            recoveries_percent: 5,
            recoveries_people: 20,
            beneficiaries_percent: 20,
            beneficiaries_people: 20,
            programme_total_percent: 30,
            single_payment: Money::from_fen(5_000_000),
            roster_people: 5,
        }
    }
}

/// When payments must be there.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PayRule {
    /// Working days between handing a file to the bank and the money in the account.
    pub lead_days: u32,
    /// Whether "before the 10th" includes the 10th.
    pub includes_tenth: bool,
    /// The profile of banks that `[banks]` does not know.
    pub fallback_profile: String,
}

impl Default for PayRule {
    fn default() -> PayRule {
        PayRule { lead_days: 0, includes_tenth: true, fallback_profile: "general".to_owned() }
    }
}

/// A bank.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bank {
    /// The bank profile that serves it, by name (`policy/banks/*.toml`).
    pub profile: String,
    /// Other ways in which rosters write it.
    #[serde(default)]
    pub aliases: Vec<String>,
}

/// What one source of a fund may pay in a year.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Appropriation {
    /// Calendar year.
    pub year: i32,
    /// The fund's code in the pack.
    pub fund: String,
    /// The source's name in the pack.
    pub source: String,
    /// How much.
    pub amount: Money,
}

fn twelve() -> u32 {
    12
}

impl Config {
    /// Reads the file.
    ///
    /// # Errors
    /// Exit 3 with every mistake: text that is no TOML, an unknown key, a wrong value; a person, an
    /// appropriation or a bank's name that stands twice.
    pub fn parse(bytes: &[u8]) -> Result<Config, Fault> {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let refused = |findings: Vec<Finding>| Fault::new(Exit::Refused, "config-refused").found(findings);
        let text = std::str::from_utf8(bytes).map_err(|fault| {
            let line = bytes[..fault.valid_up_to()].iter().filter(|&&b| b == b'\n').count() as u32 + 1;
            refused(vec![mistake(line, "config-encoding", "")])
        })?;
        let config: Config = toml::from_str(text).map_err(|fault| {
            let mut refused = refused(vec![words::settings::finding(CONFIG, text, &fault)]);
            // The line and a mark under it; the words are our own.
            let excerpt: Vec<String> = fault
                .to_string()
                .lines()
                .filter(|line| {
                    line.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ').starts_with('|')
                })
                .map(str::to_owned)
                .collect();
            refused.shown = excerpt.join("\n");
            refused
        })?;
        let mistakes = config.mistakes(text);
        if mistakes.is_empty() { Ok(config) } else { Err(refused(mistakes)) }
    }

    fn mistakes(&self, text: &str) -> Vec<Finding> {
        // The line on which a value last stands: that is the second of two.
        let line_of = |value: &str| {
            text.lines()
                .enumerate()
                .filter(|(_, line)| line.contains(value))
                .last()
                .map_or(0, |(at, _)| at as u32 + 1)
        };
        let mut mistakes = Vec::new();
        let mut twice = |kind: &str, names: &mut dyn Iterator<Item = String>| {
            let mut seen: Vec<String> = Vec::new();
            for name in names {
                if seen.contains(&name) {
                    mistakes.push(mistake(line_of(&name), "config-twice", &format!("{kind} {name}")));
                }
                seen.push(name);
            }
        };
        twice("people", &mut self.people.iter().map(|person| person.name.clone()));
        twice(
            "banks",
            &mut self
                .banks
                .iter()
                .flat_map(|(name, bank)| std::iter::once(name).chain(&bank.aliases).cloned()),
        );
        twice(
            "budget",
            &mut self.budget.iter().map(|row| format!("{} {} {}", row.year, row.fund, row.source)),
        );
        if self.lookback_months > 1200 {
            mistakes.push(mistake(line_of("lookback_months"), "config-mistake", "lookback_months > 1200"));
        }
        for row in self.budget.iter().filter(|row| row.amount.is_negative()) {
            mistakes.push(mistake(line_of(&row.fund), "config-mistake", &format!("amount = {}", row.amount)));
        }
        if self.limits.single_payment.is_negative() {
            mistakes.push(mistake(line_of("single_payment"), "config-mistake", "single_payment < 0"));
        }
        mistakes
    }

    /// Whether a person has a role. Names are compared as written.
    pub fn may(&self, name: &str, role: Role) -> bool {
        self.people.iter().any(|person| person.name == name && person.roles.contains(&role))
    }

    /// The one person who has a role; `None` where nobody has it, or several, or a name that a command line
    /// would need quotes for.
    pub fn only(&self, role: Role) -> Option<&str> {
        let mut able = self.people.iter().filter(|person| person.roles.contains(&role));
        let name = able.next()?.name.as_str();
        (able.next().is_none() && name.chars().all(char::is_alphanumeric)).then_some(name)
    }

    /// Who may do what, for the message that somebody may not: `operator (draft), reviewer (approve)`.
    pub fn people_and_roles(&self) -> String {
        let person = |person: &Person| {
            let roles: Vec<&str> = person.roles.iter().map(|role| role.word()).collect();
            format!("{} ({})", person.name, roles.join(" "))
        };
        self.people.iter().map(person).collect::<Vec<_>>().join(", ")
    }

    /// The bank a roster means: its name or an alias, exactly, else the longest name or alias that the
    /// written text begins with (`中国农业银行新城支行`). `None`: no bank of this bureau.
    pub fn bank(&self, written: &str) -> Option<&str> {
        let written = written.trim();
        let all = || {
            self.banks.iter().flat_map(|(name, bank)| {
                std::iter::once(name).chain(&bank.aliases).map(move |alias| (alias.as_str(), name.as_str()))
            })
        };
        let exact = all().find(|(alias, _)| *alias == written);
        let begun = || {
            all()
                .filter(|(alias, _)| !alias.is_empty() && written.starts_with(alias))
                .max_by_key(|(alias, _)| alias.len())
        };
        exact.or_else(begun).map(|(_, name)| name)
    }

    /// Bank name, and alias, to profile name: what `pay` asks.
    pub fn bank_profiles(&self) -> BTreeMap<String, String> {
        self.banks
            .iter()
            .flat_map(|(name, bank)| {
                std::iter::once(name).chain(&bank.aliases).map(|alias| (alias.clone(), bank.profile.clone()))
            })
            .collect()
    }

    /// The stop limits as settle looks at them.
    pub fn stop_limits(&self) -> crate::settle::limits::Limits {
        crate::settle::limits::Limits {
            recoveries_percent: self.limits.recoveries_percent,
            recoveries_people: self.limits.recoveries_people,
            beneficiaries_percent: self.limits.beneficiaries_percent,
            beneficiaries_people: self.limits.beneficiaries_people,
            programme_total_percent: self.limits.programme_total_percent,
            single_payment: self.limits.single_payment,
        }
    }

    /// What a source may pay in a year; `None` where the budget says nothing of it.
    pub fn appropriation(&self, year: i32, fund: &str, source: &str) -> Option<Money> {
        self.budget
            .iter()
            .find(|row| row.year == year && row.fund == fund && row.source == source)
            .map(|row| row.amount)
    }
}

fn mistake(line: u32, code: &'static str, detail: &str) -> Finding {
    let place = Place { file: CONFIG.into(), row: line, ..Place::default() };
    Finding::new(code, Severity::Error, place).with("detail", detail)
}
