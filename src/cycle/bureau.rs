//! What every conductor starts from: the bureau's settings, pack, registers, calendar and profiles.

use chrono::NaiveDate;

use crate::calendar::Calendar;
use crate::domain::{Border, Exit, Fault, Finding, Month, Place, Severity, Text};
use crate::intake::{self, Input, Registers};
use crate::ledger::InputDigest;
use crate::pay::Profiles;
use crate::policy::{self, Rulebook};
use crate::words::Language;
use crate::workspace::config::Role;
use crate::workspace::{Workspace, sha256_hex};

use super::inputs::ReadInput;

/// Who acts, when, from where. Read by `main` and `cli` alone and passed down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The day.
    pub today: NaiveDate,
    /// The operating system's user.
    pub os_user: String,
    /// The host.
    pub host: String,
    /// Language of reports.
    pub language: Language,
}

/// The bureau as its files say it is.
pub struct Bureau {
    /// Where things lie.
    pub workspace: Workspace,
    /// The pack.
    pub rulebook: Rulebook,
    /// Bank profiles.
    pub profiles: Profiles,
    /// Their texts, as the ledger keeps them.
    pub profile_texts: Vec<(String, String)>,
    /// Working days.
    pub calendar: Calendar,
    /// Registers.
    pub registers: Registers,
    /// What reading all this found.
    pub findings: Vec<Finding>,
    /// Borders of the registers.
    pub borders: Vec<Border>,
    /// Digests of the files read.
    pub inputs: Vec<InputDigest>,
    /// Their bytes, for the archive.
    pub bytes: Vec<Vec<u8>>,
}

/// The files a bureau is read from, beside its settings.
pub struct Sources {
    /// The pack: path within `policy/` and text.
    pub policy: Vec<(String, String)>,
    /// The calendar: file name and text.
    pub calendar: Vec<(String, String)>,
    /// Registers.
    pub registers: Vec<ReadInput>,
    /// What listing them found.
    pub findings: Vec<Finding>,
}

impl Sources {
    /// The workspace's folders as they are.
    ///
    /// # Errors
    /// The disk; a text that is no UTF-8 (exit 3).
    pub fn folders(workspace: &Workspace) -> Result<Sources, Fault> {
        let listing = workspace.registers()?;
        Ok(Sources {
            policy: workspace.policy()?,
            calendar: workspace.calendar()?,
            registers: listing.files.iter().map(ReadInput::read).collect::<Result<_, _>>()?,
            findings: listing.findings,
        })
    }

    /// The archived files that an earlier run read.
    ///
    /// # Errors
    /// One is not there or damaged (exit 5).
    pub fn archived(workspace: &Workspace, inputs: &[InputDigest]) -> Result<Sources, Fault> {
        let mut sources =
            Sources { policy: Vec::new(), calendar: Vec::new(), registers: Vec::new(), findings: Vec::new() };
        for input in inputs.iter().filter(|input| input.month.is_none()) {
            let within = |folder: &str| input.name.strip_prefix(folder).map(str::to_owned);
            let text = || -> Result<String, Fault> {
                Ok(String::from_utf8_lossy(&workspace.archive_get(&input.sha256)?).into_owned())
            };
            if let Some(name) = within("policy/") {
                sources.policy.push((name, text()?));
            } else if let Some(name) = within("calendar/") {
                sources.calendar.push((name, text()?));
            } else if within("registers/").is_some() {
                sources.registers.push(ReadInput::archived(workspace, input)?);
            }
        }
        Ok(sources)
    }
}

/// The name of the settings among a run's inputs.
pub const SETTINGS: &str = "disburse.toml";

impl Bureau {
    /// Reads everything but rosters.
    ///
    /// # Errors
    /// Exit 3: settings, pack, registers or profiles refused; every mistake is shown.
    pub fn open(workspace: Workspace, cycle: Month, language: Language) -> Result<Bureau, Fault> {
        let sources = Sources::folders(&workspace)?;
        Bureau::read(workspace, sources, cycle, language)
    }

    /// Reads everything but rosters from these files.
    ///
    /// # Errors
    /// As [`Bureau::open`].
    pub fn read(
        workspace: Workspace,
        sources: Sources,
        cycle: Month,
        language: Language,
    ) -> Result<Bureau, Fault> {
        let mut inputs = Vec::new();
        let mut bytes = Vec::new();
        let mut take = |name: String, content: &[u8]| {
            inputs.push(InputDigest { name, sha256: sha256_hex(content), rows: 0, month: None });
            bytes.push(content.to_vec());
        };
        take(SETTINGS.to_owned(), workspace.settings());
        let mut pack = Vec::new();
        let mut profile_texts = Vec::new();
        for (within, text) in sources.policy {
            take(format!("policy/{within}"), text.as_bytes());
            if let Some(name) = within.strip_prefix("banks/") {
                profile_texts.push((name.to_owned(), text));
            } else {
                pack.push((within, text));
            }
        }
        let (rulebook, mut findings) =
            policy::pack::load(&pack).map_err(|faults| faults.into_fault(language))?;
        findings.extend(budget_findings(&workspace, &rulebook)?);
        let texts: Vec<(&str, &str)> =
            profile_texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let profiles = Profiles::load(
            &texts,
            &workspace.config.bank_profiles(),
            &workspace.config.pay.fallback_profile,
        )?;

        for (name, text) in &sources.calendar {
            take(format!("calendar/{name}"), text.as_bytes());
        }
        let calendar = calendar(&sources.calendar)?;

        findings.extend(sources.findings);
        let registers = sources.registers;
        let named: Vec<Input<'_>> =
            registers.iter().map(|read| Input { name: &read.name, bytes: &read.bytes }).collect();
        let (read, mut found, borders) = intake::read_registers(&rulebook, cycle, &named)?;
        findings.append(&mut found);
        for register in &registers {
            take(register.path.clone(), &register.bytes);
        }
        Ok(Bureau {
            workspace,
            rulebook,
            profiles,
            profile_texts,
            calendar,
            registers: read,
            findings,
            borders,
            inputs,
            bytes,
        })
    }

    /// Whether a person may act in a role.
    ///
    /// # Errors
    /// Exit 2: the name is not among the people of disburse.toml, or lacks the role.
    pub fn must_have(&self, name: &str, role: Role) -> Result<(), Fault> {
        if self.workspace.config.may(name, role) {
            return Ok(());
        }
        Err(super::lacks_role(&self.workspace.config, name, role))
    }

    /// The pack's programme codes.
    pub fn codes(&self) -> Vec<Text> {
        self.rulebook.programmes.iter().map(|rule| rule.code.clone()).collect()
    }
}

/// Whether every appropriation is of a fund and source that the pack has, and whole: a fund of which one
/// source is missing is not watched.
fn budget_findings(workspace: &Workspace, rulebook: &Rulebook) -> Result<Vec<Finding>, Fault> {
    let mut findings = Vec::new();
    let budget = &workspace.config.budget;
    let place = || Place { file: SETTINGS.into(), ..Place::default() };
    for row in budget {
        let fund = rulebook.funds.iter().find(|fund| fund.code == row.fund);
        let Some(fund) = fund.filter(|fund| fund.sources.iter().any(|(source, _)| *source == row.source))
        else {
            let unknown = Finding::new("budget-unknown", Severity::Error, place())
                .with("fund", &row.fund)
                .with("source", &row.source);
            return Err(Fault::new(Exit::Refused, "config-refused").found(vec![unknown]));
        };
        for (source, _) in &fund.sources {
            if workspace.config.appropriation(row.year, &row.fund, source).is_none() {
                let partial = Finding::new("budget-partial", Severity::Warning, place())
                    .with("fund", &row.fund)
                    .with("source", source)
                    .with("year", row.year.to_string());
                if !findings.contains(&partial) {
                    findings.push(partial);
                }
            }
        }
    }
    Ok(findings)
}

/// The calendar of these files, named by their years.
///
/// # Errors
/// As [`Calendar::load`].
pub fn calendar(files: &[(String, String)]) -> Result<Calendar, Fault> {
    let year = |name: &str| name.strip_suffix(".toml").and_then(|year| year.parse().ok());
    let years: Vec<(i32, &str)> =
        files.iter().filter_map(|(name, text)| Some((year(name)?, text.as_str()))).collect();
    Calendar::load(&years)
}
