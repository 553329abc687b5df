//! Two packs, or one pack in two months, clause by clause: what came, what went, what is said
//! otherwise. Same words on both sides mean the same rule: expressions are compared as compiled, with
//! definitions written out, not as typed.

use serde::Serialize;

use super::rulebook::{Arrears, Citation, DatedEntry, FieldKind, ProgrammeRule, Rulebook, ValueId};
use super::show::status_word;
use super::trace::Speaker;
use crate::domain::Month;
use crate::words::Language;

/// One difference. `before` empty: it came; `after` empty: it went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// What kind of thing: `programme`, `clause`, `amount`, `frame`, `value`, `stacking`, `field`,
    /// `roster`, `register`, `fund`, `division`, `citation`.
    pub kind: &'static str,
    /// Where: programme code, value code, field code …
    pub place: String,
    /// Which part of it: a clause id, a key and month.
    pub part: String,
    /// As it was.
    pub before: String,
    /// As it is.
    pub after: String,
}

struct Comparison<'a> {
    before: Speaker<'a>,
    after: Speaker<'a>,
    found: Vec<Difference>,
}

/// Everything in which `after` differs from `before`.
pub fn packs(before: &Rulebook, after: &Rulebook, language: Language) -> Vec<Difference> {
    let mut comparison = Comparison {
        before: Speaker { rulebook: before, language },
        after: Speaker { rulebook: after, language },
        found: Vec::new(),
    };
    comparison.programmes();
    comparison.values();
    comparison.lists();
    comparison.found
}

/// What is otherwise in `to` than in `from`, each as a cycle of its own month knows it: programmes
/// that exist in one of them alone, figures that differ.
pub fn months(rulebook: &Rulebook, from: Month, to: Month, language: Language) -> Vec<Difference> {
    let speaker = Speaker { rulebook, language };
    let mut found = Vec::new();
    for rule in &rulebook.programmes {
        if (rule.from <= from) != (rule.from <= to) {
            let told = |month: Month| if rule.from <= month { rule.name.to_string() } else { String::new() };
            found.push(Difference {
                kind: "programme",
                place: rule.code.to_string(),
                part: String::new(),
                before: told(from),
                after: told(to),
            });
        }
    }
    for (position, value) in rulebook.values.iter().enumerate() {
        let id = ValueId(position as u16);
        let (old, new) = (value.in_force(from, from), value.in_force(to, to));
        let mut keys: Vec<_> = old.iter().chain(&new).map(|entry| &entry.key).collect();
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            let of =
                |entries: &[&DatedEntry]| entries.iter().find(|entry| entry.key == *key).copied().cloned();
            let (old, new) = (of(&old), of(&new));
            if old.as_ref().map(|entry| entry.amount) == new.as_ref().map(|entry| entry.amount) {
                continue;
            }
            let told = |entry: &Option<DatedEntry>| entry.as_ref().map(figure).unwrap_or_default();
            found.push(Difference {
                kind: "value",
                place: value.code.to_string(),
                part: speaker.key(id, key),
                before: told(&old),
                after: told(&new),
            });
        }
    }
    found
}

fn figure(entry: &DatedEntry) -> String {
    let mut told = format!("{} {}", entry.written, entry.from);
    if let Some(until) = entry.until {
        told.push_str(&format!("…{until}"));
    }
    if entry.announced != entry.from {
        let arrears = match entry.arrears {
            Arrears::All => "all",
            Arrears::StillEntitled => "still-entitled",
        };
        told.push_str(&format!(" (announced {}, {arrears})", entry.announced));
    }
    told
}

fn cited(citation: &Citation) -> String {
    format!("{} ({})", citation.text, status_word(citation.status))
}

impl Comparison<'_> {
    fn note(
        &mut self,
        kind: &'static str,
        place: &str,
        part: &str,
        before: Option<String>,
        after: Option<String>,
    ) {
        if before != after {
            self.found.push(Difference {
                kind,
                place: place.to_owned(),
                part: part.to_owned(),
                before: before.unwrap_or_default(),
                after: after.unwrap_or_default(),
            });
        }
    }

    fn programmes(&mut self) {
        let (before, after) = (self.before.rulebook, self.after.rulebook);
        for old in &before.programmes {
            match after.programmes.iter().find(|new| new.code == old.code) {
                Some(new) => self.programme(old, new),
                None => self.note("programme", &old.code, "", Some(old.name.to_string()), None),
            }
        }
        for new in &after.programmes {
            if !before.programmes.iter().any(|old| old.code == new.code) {
                self.note("programme", &new.code, "", None, Some(new.name.to_string()));
                for clause in &new.clauses {
                    let told = self.after.plain(&clause.condition);
                    self.note("clause", &new.code, &clause.id, None, Some(told));
                }
                let amount = self.after.plain(&new.amount);
                self.note("amount", &new.code, "", None, Some(amount));
            }
        }
    }

    fn programme(&mut self, old: &ProgrammeRule, new: &ProgrammeRule) {
        let code = old.code.as_str();
        self.note("frame", code, "name", Some(old.name.to_string()), Some(new.name.to_string()));
        let frame = |speaker: Speaker<'_>, rule: &ProgrammeRule| {
            let mut frame = speaker.frame(rule);
            frame.extend(rule.selection.as_ref().map(|selection| speaker.plain(selection)));
            frame.push(rule.remark.to_string());
            frame.push(format!("{:?}", rule.public_notice));
            frame.push(format!("{:?}", rule.verification));
            frame
        };
        let (old_frame, new_frame) = (frame(self.before, old), frame(self.after, new));
        for sentence in old_frame.iter().filter(|sentence| !new_frame.contains(sentence)) {
            self.note("frame", code, "", Some(sentence.clone()), None);
        }
        for sentence in new_frame.iter().filter(|sentence| !old_frame.contains(sentence)) {
            self.note("frame", code, "", None, Some(sentence.clone()));
        }
        for clause in &old.clauses {
            let before = Some(self.before.plain(&clause.condition));
            match new.clauses.iter().find(|other| other.id == clause.id) {
                None => self.note("clause", code, &clause.id, before, None),
                Some(other) => {
                    let after = Some(self.after.plain(&other.condition));
                    self.note("clause", code, &clause.id, before, after);
                    let part = format!("{} words", clause.id);
                    let words = (Some(clause.words.to_string()), Some(other.words.to_string()));
                    self.note("clause", code, &part, words.0, words.1);
                    let cites = (Some(cited(&clause.citation)), Some(cited(&other.citation)));
                    self.note("citation", code, &clause.id, cites.0, cites.1);
                }
            }
        }
        for clause in &new.clauses {
            if !old.clauses.iter().any(|other| other.id == clause.id) {
                let after = Some(self.after.plain(&clause.condition));
                self.note("clause", code, &clause.id, None, after);
            }
        }
        let order = |rule: &ProgrammeRule, other: &ProgrammeRule| {
            let ids = rule.clauses.iter().map(|clause| clause.id.as_str());
            let both = ids.filter(|id| other.clauses.iter().any(|clause| clause.id == *id));
            both.collect::<Vec<_>>().join(", ")
        };
        self.note("clause", code, "order", Some(order(old, new)), Some(order(new, old)));
        let amounts = (Some(self.before.plain(&old.amount)), Some(self.after.plain(&new.amount)));
        self.note("amount", code, "", amounts.0, amounts.1);
        let then = (self.before.then(old).join("；"), self.after.then(new).join("；"));
        self.note("amount", code, "then", Some(then.0), Some(then.1));
        self.note("citation", code, "", Some(cited(&old.citation)), Some(cited(&new.citation)));
    }

    fn values(&mut self) {
        let (before, after) = (self.before.rulebook, self.after.rulebook);
        let mut codes: Vec<&str> = before.values.iter().map(|value| value.code.as_str()).collect();
        codes.extend(
            after.values.iter().map(|value| value.code.as_str()).filter(|code| before.value(code).is_none()),
        );
        for code in codes {
            let (old, new) = (before.value(code), after.value(code));
            // Entries are known by key and month; keys are compared in words, for code tables may differ.
            let entries = |speaker: Speaker<'_>, of: Option<(ValueId, &super::DatedValue)>| {
                let mut told = Vec::new();
                if let Some((id, value)) = of {
                    for entry in &value.entries {
                        let key = speaker.key(id, &entry.key);
                        let figure = figure(entry);
                        let rests = cited(&entry.citation);
                        told.push((format!("{key} {}", entry.from).trim().to_owned(), figure, rests));
                    }
                }
                told
            };
            let (old, new) = (entries(self.before, old), entries(self.after, new));
            for (part, figure, rests) in &old {
                let other = new.iter().find(|(other, ..)| other == part);
                self.note(
                    "value",
                    code,
                    part,
                    Some(figure.clone()),
                    other.map(|(_, figure, _)| figure.clone()),
                );
                if let Some((.., other)) = other {
                    self.note("citation", code, part, Some(rests.clone()), Some(other.clone()));
                }
            }
            for (part, figure, _) in &new {
                if !old.iter().any(|(other, ..)| other == part) {
                    self.note("value", code, part, None, Some(figure.clone()));
                }
            }
        }
    }

    /// What is only listed: stacking, fields, rosters, registers, funds, divisions.
    fn lists(&mut self) {
        let stacking = |speaker: Speaker<'_>| {
            let rules = speaker.rulebook.stacking.iter().enumerate();
            rules
                .map(|(position, rule)| {
                    let told = speaker.stacking_rule(rule);
                    let cited = format!("{told}  {}", speaker.stacking_citation(position));
                    (told, cited)
                })
                .collect()
        };
        self.list("stacking", stacking(self.before), stacking(self.after));
        let fields = |rulebook: &Rulebook| {
            let told = rulebook.fields.iter().map(|field| {
                let kind = match &field.kind {
                    FieldKind::Code(table) => {
                        let codes =
                            table.iter().map(|entry| format!("{}={}", entry.code, entry.words.join("/")));
                        codes.collect::<Vec<_>>().join(", ")
                    }
                    other => format!("{other:?}"),
                };
                (field.code.to_string(), format!("{} | {kind} | {:?}", field.headers.join("/"), field.blank))
            });
            told.collect()
        };
        self.list("field", fields(self.before.rulebook), fields(self.after.rulebook));
        let rosters = |rulebook: &Rulebook| {
            let told = rulebook.rosters.iter().map(|roster| {
                let names = |fields: &[super::FieldId]| {
                    fields
                        .iter()
                        .map(|field| rulebook.field(*field).code.to_string())
                        .collect::<Vec<_>>()
                        .join(", ")
                };
                let text = format!(
                    "{} | {} | {} | {} | {:?} {:?}",
                    roster.name,
                    roster.file_names.join("/"),
                    names(&roster.extra),
                    names(&roster.key),
                    roster.once,
                    roster.household
                );
                (roster.code.to_string(), text)
            });
            told.collect()
        };
        self.list("roster", rosters(self.before.rulebook), rosters(self.after.rulebook));
        let registers = |rulebook: &Rulebook| {
            let told = rulebook.registers.iter().map(|rule| (rule.code.to_string(), format!("{rule:?}")));
            told.collect()
        };
        self.list("register", registers(self.before.rulebook), registers(self.after.rulebook));
        let funds = |rulebook: &Rulebook| {
            let told = rulebook.funds.iter().map(|fund| {
                let shares = fund.sources.iter().map(|(name, share)| format!("{name} {}", share.normalize()));
                (fund.code.to_string(), format!("{}: {}", fund.name, shares.collect::<Vec<_>>().join(", ")))
            });
            told.collect()
        };
        self.list("fund", funds(self.before.rulebook), funds(self.after.rulebook));
        let divisions = |rulebook: &Rulebook| {
            let told = rulebook.divisions.rows().iter().map(|division| {
                (division.code.to_string(), format!("{} {:?}", division.name, division.quarterly))
            });
            told.collect()
        };
        self.list("division", divisions(self.before.rulebook), divisions(self.after.rulebook));
    }

    fn list(&mut self, kind: &'static str, before: Vec<(String, String)>, after: Vec<(String, String)>) {
        let shown =
            |(place, text): &(String, String)| if text.is_empty() { place.clone() } else { text.clone() };
        for old in &before {
            let new = after.iter().find(|new| new.0 == old.0).map(shown);
            self.note(kind, &old.0, "", Some(shown(old)), new);
        }
        for new in &after {
            if !before.iter().any(|old| old.0 == new.0) {
                self.note(kind, &new.0, "", None, Some(shown(new)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::pack;

    fn loaded(change: impl Fn(&str, &str) -> String) -> Rulebook {
        let files: Vec<(String, String)> =
            pack::xincheng().iter().map(|(path, text)| (path.clone(), change(path, text))).collect();
        pack::load(&files).map(|(rulebook, _)| rulebook).unwrap_or_else(|faults| {
            panic!("{}", faults.render(Language::En));
        })
    }

    fn told(found: &[Difference]) -> Vec<String> {
        let line = |one: &Difference| {
            format!("{} {} {}: {} -> {}", one.kind, one.place, one.part, one.before, one.after)
        };
        found.iter().map(line).collect()
    }

    #[test]
    fn a_pack_beside_itself_has_no_difference_however_it_is_typed() {
        let pack = loaded(|_, text| text.to_owned());
        let retyped = loaded(|_, text| {
            text.replace("'month ≥ reaches(80)'", "'本月 >= 满龄月( 80 )'").replace("per = \"month\"\n", "")
        });
        assert_eq!(told(&packs(&pack, &retyped, Language::En)), Vec::<String>::new());
    }

    #[test]
    fn each_change_is_named_at_its_clause_figure_or_frame() {
        let pack = loaded(|_, text| text.to_owned());
        let other = loaded(|path, text| match path {
            "programmes-elderly.toml" => text
                .replace("condition = 'age ≥ 70'", "condition = 'age ≥ 65'")
                .replace("remark = \"助餐补贴\"", "remark = \"午餐\""),
            "values.toml" => text.replace("amount = 600\n", "amount = 700\n"),
            "stacking.toml" => text.replace("\"tekun-care\", ", ""),
            _ => text.to_owned(),
        });
        let found = told(&packs(&pack, &other, Language::En));
        assert!(found.contains(&"clause meals age: age ≥ 70 -> age ≥ 65".to_owned()), "{found:#?}");
        assert!(found.contains(&"frame meals : 助餐补贴 -> ".to_owned()), "{found:#?}");
        assert!(
            found.contains(
                &"value old_age_rate ≥ 100 2017-01: 600 元/月 2017-01 -> 700 元/月 2017-01".to_owned()
            ),
            "{found:#?}"
        );
        assert_eq!(found.iter().filter(|line| line.starts_with("stacking")).count(), 2, "{found:#?}");
        assert_eq!(found.len(), 6, "{found:#?}");
    }

    #[test]
    fn between_two_months_figures_change_when_a_cycle_knows_them() {
        let pack = loaded(|_, text| text.to_owned());
        let between = |from: &str, to: &str| {
            told(&months(&pack, from.parse().unwrap(), to.parse().unwrap(), Language::En))
        };
        assert_eq!(between("2022-01", "2022-05"), Vec::<String>::new());
        let found = between("2022-05", "2022-06");
        assert_eq!(found.len(), 3, "{found:#?}");
        assert!(
            found[0].starts_with("value dibao_standard urban: 790 元/月 2021-01 -> 841 元/月"),
            "{found:#?}"
        );
        assert!(between("2022-09", "2022-10")[0].starts_with("programme home-care : "));
    }
}
