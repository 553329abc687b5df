//! Finer checks of a pack that loads (DESIGN §8): what is allowed and probably not meant. Each says
//! what it found with an example, and where it cannot decide it says that instead of nothing.

use rust_decimal::Decimal;

use super::expression::{Aggregate, Expression, Node, Type};
use super::pack::constant;
use super::rulebook::{FieldKind, Frequency, ProgrammeRule, Rulebook, Stacking, Status};
use super::syntax::Binary;
use super::value::Value;
use crate::domain::{Finding, Place, Programme, Severity};

/// What a pack holds, and what the checks say about it.
#[derive(Debug, Clone)]
pub struct Checked {
    /// Counts, by catalogue code.
    pub counts: Vec<(&'static str, usize)>,
    /// Figures and rules by how sure they are: verified, assumed, example.
    pub statuses: [(Status, usize); 3],
    /// What to look at.
    pub findings: Vec<Finding>,
    /// Pairs of programmes one person may have together that no rule mentions.
    pub unmentioned: Vec<(Programme, Programme)>,
}

/// Checks a rulebook that has loaded.
pub fn check(rulebook: &Rulebook) -> Checked {
    let mut findings = Vec::new();
    for rule in &rulebook.programmes {
        negative(rulebook, rule, &mut findings);
        reached(rulebook, rule, &mut findings);
    }
    selections(rulebook, &mut findings);
    Checked {
        counts: vec![
            ("check-programmes", rulebook.programmes.len()),
            ("check-clauses", rulebook.programmes.iter().map(|rule| rule.clauses.len()).sum()),
            ("check-values", rulebook.values.len()),
            ("check-entries", rulebook.values.iter().map(|value| value.entries.len()).sum()),
            ("check-stacking", rulebook.stacking.len()),
            ("check-rosters", rulebook.rosters.len()),
            ("check-profiles", rulebook.profiles.len()),
            ("check-registers", rulebook.registers.len()),
            ("check-fields", rulebook.fields.len()),
            ("check-divisions", rulebook.divisions.rows().len()),
        ],
        statuses: statuses(rulebook),
        findings,
        unmentioned: unmentioned(rulebook),
    }
}

fn statuses(rulebook: &Rulebook) -> [(Status, usize); 3] {
    let mut counts = [(Status::Verified, 0), (Status::Assumed, 0), (Status::Example, 0)];
    let entries = rulebook.values.iter().flat_map(|value| &value.entries).map(|entry| &entry.citation);
    let rules = rulebook.programmes.iter().flat_map(|rule| {
        std::iter::once(&rule.citation).chain(rule.clauses.iter().map(|clause| &clause.citation))
    });
    for citation in entries.chain(rules) {
        for (status, count) in &mut counts {
            *count += usize::from(*status == citation.status);
        }
    }
    counts
}

fn advice(code: &'static str, severity: Severity, rule: &ProgrammeRule) -> Finding {
    Finding::new(code, severity, Place::default()).with("programme", &rule.code)
}

/// The numbers something can be; `None` is without bound.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Interval {
    least: Option<Decimal>,
    most: Option<Decimal>,
}

const ANY: Interval = Interval { least: None, most: None };
const NOT_NEGATIVE: Interval = Interval { least: Some(Decimal::ZERO), most: None };

impl Interval {
    fn point(number: Decimal) -> Interval {
        Interval { least: Some(number), most: Some(number) }
    }

    fn whole(least: i64, most: i64) -> Interval {
        Interval { least: Some(Decimal::from(least)), most: Some(Decimal::from(most)) }
    }

    fn joined(self, other: Interval) -> Interval {
        Interval {
            least: self.least.zip(other.least).map(|(a, b)| a.min(b)),
            most: self.most.zip(other.most).map(|(a, b)| a.max(b)),
        }
    }

    fn is_not_negative(self) -> bool {
        self.least.is_some_and(|least| least >= Decimal::ZERO)
    }
}

fn both(
    a: Option<Decimal>,
    b: Option<Decimal>,
    of: fn(Decimal, Decimal) -> Option<Decimal>,
) -> Option<Decimal> {
    a.zip(b).and_then(|(a, b)| of(a, b))
}

fn interval(rulebook: &Rulebook, node: &Node) -> Interval {
    let of = |node: &Node| interval(rulebook, node);
    match node {
        Node::Constant(Value::Integer(number)) => Interval::point(Decimal::from(*number)),
        Node::Constant(Value::Decimal(number)) => Interval::point(*number),
        Node::Field(field) | Node::HeadField(field) => match &rulebook.field(*field).kind {
            FieldKind::Money => NOT_NEGATIVE,
            FieldKind::Integer { least, most, .. } => Interval::whole(*least, *most),
            _ => ANY,
        },
        Node::Age => Interval::whole(0, 150),
        Node::MonthNumber(_) => Interval::whole(1, 12),
        Node::MemberCount => Interval { least: Some(Decimal::ONE), most: None },
        Node::Amount(_) | Node::Share(_) => NOT_NEGATIVE,
        Node::Steps(_) | Node::Rank(_) => NOT_NEGATIVE,
        Node::Marginal(value, amount) => {
            let entries = rulebook.values[usize::from(value.0)].entries.iter();
            let rates =
                entries.map(|entry| Interval::point(entry.amount)).reduce(Interval::joined).unwrap_or(ANY);
            arithmetic(Binary::Times, Interval { least: Some(Decimal::ZERO), ..of(amount) }, rates)
        }
        Node::Dated { value, .. } | Node::DatedAt { value, .. } => {
            let entries = rulebook.values[usize::from(value.0)].entries.iter();
            entries.map(|entry| Interval::point(entry.amount)).reduce(Interval::joined).unwrap_or(ANY)
        }
        Node::If(parts) => of(&parts.1).joined(of(&parts.2)),
        Node::Negative(inner) => {
            let inner = of(inner);
            Interval { least: inner.most.map(|most| -most), most: inner.least.map(|least| -least) }
        }
        Node::Least(parts) => Interval {
            least: parts
                .iter()
                .map(|part| of(part).least)
                .reduce(|a, b| both(a, b, |a, b| Some(a.min(b))))
                .flatten(),
            most: parts.iter().filter_map(|part| of(part).most).min(),
        },
        Node::Greatest(parts) => Interval {
            least: parts.iter().filter_map(|part| of(part).least).max(),
            most: parts
                .iter()
                .map(|part| of(part).most)
                .reduce(|a, b| both(a, b, |a, b| Some(a.max(b))))
                .flatten(),
        },
        Node::Arithmetic(_, operator, sides) => arithmetic(*operator, of(&sides.0), of(&sides.1)),
        Node::Members(Aggregate::Count, _) => NOT_NEGATIVE,
        Node::Members(Aggregate::Sum | Aggregate::SumIntegers, body) => {
            if of(body).is_not_negative() {
                NOT_NEGATIVE
            } else {
                ANY
            }
        }
        Node::Members(_, body) => of(body),
        _ => ANY,
    }
}

fn arithmetic(operator: Binary, a: Interval, b: Interval) -> Interval {
    match operator {
        Binary::Plus => Interval {
            least: both(a.least, b.least, Decimal::checked_add),
            most: both(a.most, b.most, Decimal::checked_add),
        },
        Binary::Minus => Interval {
            least: both(a.least, b.most, Decimal::checked_sub),
            most: both(a.most, b.least, Decimal::checked_sub),
        },
        Binary::Times if a.is_not_negative() && b.is_not_negative() => Interval {
            least: both(a.least, b.least, Decimal::checked_mul),
            most: both(a.most, b.most, Decimal::checked_mul),
        },
        Binary::Over if a.is_not_negative() && b.least.is_some_and(|least| least > Decimal::ZERO) => {
            Interval {
                least: both(a.least, b.most, Decimal::checked_div).or(Some(Decimal::ZERO)),
                most: both(a.most, b.least, Decimal::checked_div),
            }
        }
        _ => ANY,
    }
}

/// An amount that can fall below zero: such a line would be deferred, and nobody meant that.
fn negative(rulebook: &Rulebook, rule: &ProgrammeRule, findings: &mut Vec<Finding>) {
    if rule.floor.is_some_and(|floor| floor >= Decimal::ZERO)
        || interval(rulebook, &rule.amount.root).is_not_negative()
    {
        return;
    }
    let mut example: Option<(Interval, Interval)> = None;
    rule.amount.visit(&mut |node| {
        if let Node::Arithmetic(_, Binary::Minus, sides) = node {
            let (left, right) = (interval(rulebook, &sides.0), interval(rulebook, &sides.1));
            if left.least.is_some() && !arithmetic(Binary::Minus, left, right).is_not_negative() {
                example.get_or_insert((left, right));
            }
        }
    });
    match example {
        Some((Interval { least: Some(least), .. }, right)) => {
            // A subtrahend without bound can be one more than what it is taken from.
            let taken = right.most.unwrap_or(least + Decimal::ONE).max(least);
            let told = |number: Decimal| number.normalize().to_string();
            findings.push(
                advice("pack-may-be-negative", Severity::Warning, rule)
                    .with("least", told(least))
                    .with("taken", told(taken))
                    .with("result", told(least - taken)),
            );
        }
        _ => findings.push(advice("pack-sign-undecided", Severity::Info, rule)),
    }
}

fn condition(root: Node) -> Expression {
    Expression { root, kind: Type::Boolean, text: Default::default() }
}

/// Clauses that contradict the ones before them, or add nothing to them.
fn reached(rulebook: &Rulebook, rule: &ProgrammeRule, findings: &mut Vec<Finding>) {
    let roster = rulebook.roster(rule.roster);
    let truth =
        |parts: Vec<Node>| constant::truth(&condition(Node::And(parts.into())), roster, &rulebook.fields);
    let mut before: Vec<Node> = rule.selection.iter().map(|selection| selection.root.clone()).collect();
    for clause in &rule.clauses {
        let own = clause.condition.root.clone();
        let with = |part: Node| before.iter().cloned().chain([part]).collect::<Vec<_>>();
        if !before.is_empty() && truth(with(own.clone())) == Some(false) {
            findings.push(
                advice("pack-programme-never-reached", Severity::Warning, rule).with("clause", &clause.id),
            );
            return;
        }
        if !before.is_empty() && truth(with(Node::Not(Box::new(own.clone())))) == Some(false) {
            findings
                .push(advice("pack-clause-adds-nothing", Severity::Warning, rule).with("clause", &clause.id));
        }
        before.push(own);
    }
}

/// Codes of a selecting field that no programme of the roster selects: such rows would be nobody's.
fn selections(rulebook: &Rulebook, findings: &mut Vec<Finding>) {
    for (position, roster) in rulebook.rosters.iter().enumerate() {
        let rules: Vec<&ProgrammeRule> =
            rulebook.programmes.iter().filter(|rule| usize::from(rule.roster.0) == position).collect();
        let Some(first) = rules.first() else {
            findings.push(
                Finding::new("pack-roster-unused", Severity::Warning, Place::default())
                    .with("roster", &roster.code),
            );
            continue;
        };
        let Some(field) = first.selecting_field else { continue };
        let FieldKind::Code(table) = &rulebook.field(field).kind else { continue };
        if rules.iter().any(|rule| rule.selecting_field != Some(field)) {
            continue;
        }
        for (code, entry) in table.iter().enumerate() {
            let is_code = Node::Compare(
                Binary::Equal,
                Box::new((Node::Field(field), Node::Constant(Value::Code(code as u16)))),
            );
            let taken = rules.iter().any(|rule| {
                let Some(selection) = &rule.selection else { return true };
                let parts = vec![is_code.clone(), selection.root.clone()];
                constant::truth(&condition(Node::And(parts.into())), roster, &rulebook.fields) != Some(false)
            });
            if !taken {
                findings.push(
                    Finding::new("pack-code-reached-by-none", Severity::Warning, Place::default())
                        .with("roster", &roster.code)
                        .with("field", &rulebook.field(field).code)
                        .with("code", &entry.code),
                );
            }
        }
    }
}

/// Pairs that one person may have together and that no stacking rule, formula or exclusion mentions.
fn unmentioned(rulebook: &Rulebook) -> Vec<(Programme, Programme)> {
    let lasting: Vec<Programme> = (0..rulebook.programmes.len() as u16)
        .map(Programme)
        .filter(|programme| rulebook.rule(*programme).frequency != Frequency::Once)
        .collect();
    let mentions = |a: Programme, b: Programme| {
        let stacked = rulebook.stacking.iter().any(|stacking| match stacking {
            Stacking::Bars { holder, barred } => {
                (*holder == a && barred.contains(&b)) || (*holder == b && barred.contains(&a))
            }
            Stacking::HigherOf { programmes } => programmes.contains(&a) && programmes.contains(&b),
            Stacking::Difference { payer, less } => {
                (*payer == a && less.contains(&b)) || (*payer == b && less.contains(&a))
            }
        });
        stacked
            || rulebook.rule(a).asks.programmes.contains(&b)
            || rulebook.rule(b).asks.programmes.contains(&a)
    };
    // Two programmes that select different rows of one roster by the same field never meet.
    let apart = |a: Programme, b: Programme| {
        let (a, b) = (rulebook.rule(a), rulebook.rule(b));
        let (Some(one), Some(other)) = (&a.selection, &b.selection) else { return false };
        a.roster == b.roster
            && constant::truth(
                &condition(Node::And([one.root.clone(), other.root.clone()].into())),
                rulebook.roster(a.roster),
                &rulebook.fields,
            ) == Some(false)
    };
    let mut pairs = Vec::new();
    for (position, a) in lasting.iter().enumerate() {
        for b in &lasting[position + 1..] {
            if !mentions(*a, *b) && !apart(*a, *b) {
                pairs.push((*a, *b));
            }
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::pack;
    use crate::words::{self, Language};

    /// The default pack with one text replaced by another.
    fn changed(file: &str, old: &str, new: &str) -> Rulebook {
        let mut files = pack::xincheng();
        let (_, text) = files.iter_mut().find(|(path, _)| path == file).unwrap();
        assert!(text.contains(old), "{old}");
        *text = text.replacen(old, new, 1);
        match pack::load(&files) {
            Ok((rulebook, _)) => rulebook,
            Err(faults) => panic!("{}", faults.render(Language::En)),
        }
    }

    fn said(rulebook: &Rulebook) -> Vec<String> {
        let told = check(rulebook).findings;
        told.iter()
            .map(|finding| format!("{}: {}", finding.code, words::finding(Language::En, finding).0))
            .collect()
    }

    #[test]
    fn the_default_pack_has_nothing_to_say_and_everything_to_count() {
        let (rulebook, _) = pack::load(&pack::xincheng()).unwrap();
        let checked = check(&rulebook);
        assert!(checked.findings.is_empty(), "{:?}", said(&rulebook));
        assert_eq!(checked.counts[0], ("check-programmes", 14));
        let named = |programme: Programme| rulebook.rule(programme).code.as_str();
        let pairs: Vec<_> = checked.unmentioned.iter().map(|(a, b)| (named(*a), named(*b))).collect();
        assert!(pairs.contains(&("dibao", "old-age")));
        // Barred, asked, or never together: not listed.
        assert!(!pairs.contains(&("orphan", "tekun-living")));
        assert!(!pairs.contains(&("dibao", "disability-living")));
        assert!(!pairs.contains(&("orphan", "unattended-child")));
    }

    #[test]
    fn an_amount_that_can_fall_below_zero_is_shown_with_an_example() {
        let rulebook = changed("programmes-children.toml", "to = \"fen\"\nfloor = 0\n", "to = \"fen\"\n");
        let told = said(&rulebook);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].contains("1288") && told[0].contains("1289") && told[0].contains("-1"), "{told:?}");
        let rulebook = changed("programmes-elderly.toml", "'aged_rate'", "'aged_rate − 50元'");
        assert!(said(&rulebook).is_empty());
        let rulebook = changed("programmes-elderly.toml", "'aged_rate'", "'aged_rate − 50.01元'");
        assert!(said(&rulebook)[0].starts_with("pack-may-be-negative"), "{:?}", said(&rulebook));
        let rulebook = changed("programmes-elderly.toml", "'aged_rate'", "'aged_rate × (0 − 1)'");
        assert!(said(&rulebook)[0].starts_with("pack-"), "{:?}", said(&rulebook));
    }

    #[test]
    fn clauses_that_shut_each_other_out_or_repeat_each_other_are_named() {
        let never = changed(
            "programmes-elderly.toml",
            "words = \"未满80周岁\"\n",
            "words = \"未满80周岁\"\n[[programme.clause]]\nid = \"young\"\ncondition = 'age < 80'\nwords = \"年长\"\n",
        );
        assert!(said(&never)[0].starts_with("pack-programme-never-reached"), "{:?}", said(&never));
        let again = changed(
            "programmes-elderly.toml",
            "words = \"未满80周岁\"\n",
            "words = \"未满80周岁\"\n[[programme.clause]]\nid = \"again\"\ncondition = 'age ≥ 79'\nwords = \"年轻\"\n",
        );
        assert!(said(&again)[0].starts_with("pack-clause-adds-nothing"), "{:?}", said(&again));
        // One year further it says something new.
        let further = changed(
            "programmes-elderly.toml",
            "words = \"未满80周岁\"\n",
            "words = \"未满80周岁\"\n[[programme.clause]]\nid = \"more\"\ncondition = 'age ≥ 81'\nwords = \"年轻\"\n",
        );
        assert!(said(&further).is_empty(), "{:?}", said(&further));
    }

    #[test]
    fn a_code_that_no_programme_selects_is_named() {
        let rulebook = changed(
            "programmes-children.toml",
            "selection = 'child_kind = \"unattended\"'",
            "selection = 'child_kind in (\"orphan\", \"orphan\")'",
        );
        let told = said(&rulebook);
        assert!(
            told.iter()
                .any(|told| told.starts_with("pack-code-reached-by-none") && told.contains("unattended")),
            "{told:?}"
        );
    }
}
