//! What a pack says in one month, in plain words: each programme's conditions, amount, stacking, and
//! the figures in force as a cycle of that month knows them.

use serde::Serialize;

use super::dated::{Rounding, RoundingMode};
use super::rulebook::{
    Citation, DatedEntry, DatedValue, Declared, Frequency, PayeeRule, ProgrammeRule, Stacking, Status, Unit,
    ValueId,
};
use super::trace::Speaker;
use crate::domain::{Money, Month, Programme, Text};
use crate::words;

/// A pack in one month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// The month.
    pub month: String,
    /// The pack's name.
    pub pack: String,
    /// Its digest.
    pub digest: String,
    /// Programmes, in pack order.
    pub programmes: Vec<ShownProgramme>,
    /// How files of other systems are read; empty where one programme was asked for.
    pub profiles: Vec<String>,
}

/// One programme.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShownProgramme {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Whether it exists in the month.
    pub in_force: bool,
    /// Sentences about its frame.
    pub frame: Vec<String>,
    /// Which rows are its claims.
    pub selection: Option<String>,
    /// Conditions.
    pub clauses: Vec<ShownClause>,
    /// The amount.
    pub amount: String,
    /// The amount as the pack writes it.
    pub formula: String,
    /// Rounding, floor, cap.
    pub then: Vec<String>,
    /// What it has to do with others.
    pub stacking: Vec<String>,
    /// Figures it uses.
    pub values: Vec<ShownValue>,
    /// Where it comes from.
    pub citation: String,
    /// How sure.
    pub status: String,
}

/// One condition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShownClause {
    /// Id.
    pub id: String,
    /// In plain words.
    pub condition: String,
    /// As the pack writes it.
    pub written: String,
    /// The refusal's words.
    pub words: String,
    /// Where it comes from.
    pub citation: String,
    /// How sure.
    pub status: String,
}

/// One figure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShownValue {
    /// Code.
    pub code: String,
    /// Name with its key.
    pub name: String,
    /// As the pack writes it.
    pub written: String,
    /// As rules compute with it.
    pub amount: String,
    /// Since when.
    pub from: String,
    /// Where it comes from.
    pub citation: String,
    /// How sure.
    pub status: String,
}

/// The word of a status.
pub fn status_word(status: Status) -> &'static str {
    match status {
        Status::Verified => "verified",
        Status::Assumed => "assumed",
        Status::Example => "example",
    }
}

/// An amount as rules compute with it.
pub fn amount_of(value: &DatedValue, entry: &DatedEntry) -> String {
    match value.unit {
        Unit::Money => {
            Money::half_up(entry.amount).map_or_else(|_| entry.amount.to_string(), |money| money.to_string())
        }
        Unit::Ratio | Unit::Integer => entry.amount.normalize().to_string(),
    }
}

impl DatedValue {
    /// The entries in force in a month as a cycle knows them, one a key.
    pub fn in_force(&self, month: Month, cycle: Month) -> Vec<&DatedEntry> {
        let mut newest: Vec<&DatedEntry> = Vec::new();
        for entry in &self.entries {
            if entry.from > month || entry.announced > cycle {
                continue;
            }
            match newest.iter_mut().find(|known| known.key == entry.key) {
                Some(known) if known.from < entry.from => *known = entry,
                Some(_) => {}
                None => newest.push(entry),
            }
        }
        newest.retain(|entry| entry.until.is_none_or(|until| month <= until));
        newest
    }
}

impl Speaker<'_> {
    fn sentence(&self, code: &str, blanks: &[(&'static str, &str)]) -> String {
        let blanks: Vec<(&'static str, Text)> =
            blanks.iter().map(|(name, value)| (*name, Text::from(*value))).collect();
        words::say(self.language, code, &blanks)
    }

    /// The pack in one month; of one programme, if asked.
    pub fn show(&self, month: Month, only: Option<Programme>) -> Shown {
        let programmes = (0..self.rulebook.programmes.len() as u16)
            .map(Programme)
            .filter(|programme| only.is_none_or(|only| only == *programme))
            .map(|programme| self.show_programme(programme, month))
            .collect();
        Shown {
            month: month.to_string(),
            pack: self.rulebook.name.to_string(),
            digest: self.rulebook.digest.clone(),
            programmes,
            profiles: if only.is_none() { self.profiles() } else { Vec::new() },
        }
    }

    /// One sentence for each roster profile.
    fn profiles(&self) -> Vec<String> {
        let sentence = |profile: &super::RosterProfile| {
            let patterns: Vec<&str> = profile
                .files
                .iter()
                .flat_map(|file| &file.patterns)
                .map(|pattern| pattern.as_str())
                .collect();
            let roster = self.rulebook.roster(profile.roster);
            self.sentence(
                "show-profile",
                &[
                    ("profile", &format!("{} {}", profile.name, profile.code)),
                    ("roster", &format!("{} {}", roster.name, roster.code)),
                    ("patterns", &patterns.join("、")),
                ],
            )
        };
        self.rulebook.profiles.iter().map(sentence).collect()
    }

    fn show_programme(&self, programme: Programme, month: Month) -> ShownProgramme {
        let rule = self.rulebook.rule(programme);
        let cited = |citation: &Citation| citation.text.to_string();
        ShownProgramme {
            code: rule.code.to_string(),
            name: rule.name.to_string(),
            in_force: rule.from <= month,
            frame: self.frame(rule),
            selection: rule.selection.as_ref().map(|selection| self.plain(selection)),
            clauses: rule
                .clauses
                .iter()
                .map(|clause| ShownClause {
                    id: clause.id.to_string(),
                    condition: self.plain(&clause.condition),
                    written: clause.condition.text().to_owned(),
                    words: clause.words.to_string(),
                    citation: cited(&clause.citation),
                    status: status_word(clause.citation.status).to_owned(),
                })
                .collect(),
            amount: self.plain(&rule.amount),
            formula: rule.amount.text().to_owned(),
            then: self.then(rule),
            stacking: self.stacking(programme),
            values: rule.asks.values.iter().flat_map(|value| self.values_in(*value, month)).collect(),
            citation: cited(&rule.citation),
            status: status_word(rule.citation.status).to_owned(),
        }
    }

    fn values_in(&self, id: ValueId, month: Month) -> Vec<ShownValue> {
        let value = &self.rulebook.values[usize::from(id.0)];
        value
            .in_force(month, month)
            .into_iter()
            .map(|entry| ShownValue {
                code: value.code.to_string(),
                name: self.value_name(id, entry),
                written: entry.written.to_string(),
                amount: amount_of(value, entry),
                from: entry.from.to_string(),
                citation: entry.citation.text.to_string(),
                status: status_word(entry.citation.status).to_owned(),
            })
            .collect()
    }

    /// A dated value's name with the key of an entry.
    pub fn value_name(&self, id: ValueId, entry: &DatedEntry) -> String {
        let key = self.key(id, &entry.key);
        let name = self.value(id);
        if key.is_empty() { name } else { format!("{name}({key})") }
    }

    /// Sentences about a programme's frame.
    pub fn frame(&self, rule: &ProgrammeRule) -> Vec<String> {
        let roster = self.rulebook.roster(rule.roster);
        let unit = match rule.unit {
            super::BenefitUnit::Person => "show-person",
            super::BenefitUnit::Household => "show-household",
        };
        let frequency = match rule.frequency {
            Frequency::Monthly => "show-monthly",
            Frequency::Quarterly => "show-quarterly",
            Frequency::Once => "show-once",
        };
        let payee = match &rule.payee {
            PayeeRule::Person => self.sentence("show-payee-person", &[]),
            PayeeRule::Head => self.sentence("show-payee-head", &[]),
            PayeeRule::Carer => self.sentence("show-payee-carer", &[]),
            PayeeRule::Organisation(field) => {
                self.sentence("show-payee-organisation", &[("field", &self.field(*field))])
            }
            PayeeRule::OrganisationIf { field, condition } => self.sentence(
                "show-payee-if",
                &[("field", &self.field(*field)), ("condition", &self.plain(condition))],
            ),
        };
        let fund = self.rulebook.funds.get(usize::from(rule.fund)).map_or("", |fund| &fund.name);
        let mut frame = vec![
            self.sentence(
                "show-frame",
                &[
                    ("unit", &self.sentence(unit, &[])),
                    ("roster", &format!("{} {}", roster.name, roster.code)),
                    ("frequency", &self.sentence(frequency, &[])),
                    ("from", &rule.from.to_string()),
                    ("fund", fund),
                ],
            ),
            payee,
        ];
        if !rule.excludes_entitled_to.is_empty() {
            let names: Vec<String> =
                rule.excludes_entitled_to.iter().map(|other| self.programme(*other)).collect();
            frame.push(self.sentence("show-excludes", &[("programmes", &names.join("、"))]));
        }
        if rule.stops_after_death && rule.frequency != Frequency::Once {
            frame.push(self.sentence("show-death", &[]));
        }
        if let Some(field) = rule.higher_of_rows {
            frame.push(self.sentence("show-higher-of-rows", &[("field", &self.field(field))]));
        }
        match rule.declared {
            Declared::PayComputed => {}
            Declared::PayDeclared => frame.push(self.sentence("show-pay-declared", &[])),
            Declared::DeferIfDifferent => frame.push(self.sentence("show-defer-declared", &[])),
        }
        let share = (rule.recovery.share * rust_decimal::Decimal::ONE_HUNDRED).normalize().to_string();
        let recovery = if rule.recovery.confirmed { "show-recovery-confirmed" } else { "show-recovery" };
        frame.push(self.sentence(recovery, &[("share", &share)]));
        frame
    }

    fn rounding(&self, rounding: Rounding) -> String {
        let mode = match rounding.mode {
            RoundingMode::HalfUp => "slip-rounding-half-up",
            RoundingMode::Up => "slip-rounding-up",
            RoundingMode::Down => "slip-rounding-down",
        };
        let to = match rounding.fen {
            1 => "slip-to-fen",
            10 => "slip-to-jiao",
            _ => "slip-to-yuan",
        };
        self.sentence(
            "show-rounding",
            &[("mode", &self.sentence(mode, &[])), ("to", &self.sentence(to, &[]))],
        )
    }

    /// What happens to the amount afterwards.
    pub fn then(&self, rule: &ProgrammeRule) -> Vec<String> {
        let mut then = vec![self.rounding(rule.rounding)];
        if let Some(floor) = rule.floor {
            then.push(self.sentence("show-floor", &[("amount", &floor.normalize().to_string())]));
        }
        if let Some(cap) = &rule.cap {
            then.push(self.sentence("show-cap", &[("formula", &self.plain(cap))]));
        }
        then
    }

    /// A stacking rule in words.
    pub fn stacking_rule(&self, stacking: &Stacking) -> String {
        let names = |programmes: &[Programme]| {
            programmes.iter().map(|programme| self.programme(*programme)).collect::<Vec<_>>().join("、")
        };
        match stacking {
            Stacking::Bars { holder, barred } => self
                .sentence("show-bars", &[("holder", &self.programme(*holder)), ("barred", &names(barred))]),
            Stacking::HigherOf { programmes } => {
                self.sentence("show-higher-of", &[("programmes", &names(programmes))])
            }
            Stacking::Difference { payer, less } => self
                .sentence("show-difference", &[("payer", &self.programme(*payer)), ("less", &names(less))]),
        }
    }

    /// A stacking rule's authority, as people read it.
    pub fn stacking_citation(&self, rule: usize) -> String {
        match self.rulebook.stacking_citations.get(rule) {
            Some(citation) => {
                let status = format!("report-status-{}", status_word(citation.status));
                format!("{}（{}）", citation.text, words::say(self.language, &status, &[]))
            }
            None => String::new(),
        }
    }

    fn stacking(&self, programme: Programme) -> Vec<String> {
        self.rulebook
            .stacking
            .iter()
            .enumerate()
            .filter(|(_, stacking)| match stacking {
                Stacking::Bars { holder, barred } => *holder == programme || barred.contains(&programme),
                Stacking::HigherOf { programmes } => programmes.contains(&programme),
                Stacking::Difference { payer, less } => *payer == programme || less.contains(&programme),
            })
            .map(|(rule, stacking)| {
                format!("{}  {}", self.stacking_rule(stacking), self.stacking_citation(rule))
            })
            .collect()
    }
}
