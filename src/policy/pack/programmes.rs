//! Programmes: the frame in TOML, conditions and amounts in the expression language.

use std::ops::Range;

use rust_decimal::Decimal;
use toml::Spanned;
use toml::de::DeValue;

use super::super::diagnostic::PackFaults;
use super::super::expression::{Expression, Node, Type};
use super::super::rulebook::{
    Asks, BenefitUnit, Citation, Clause, DatedValue, Declared, Field, FieldId, FieldKind, Frequency, Fund,
    PayeeRule, ProgrammeRule, Recovery, RegisterRule, Roster, RosterId,
};
use super::super::syntax::{Complaint, parse};
use super::super::types::{Definition, Names, ProgrammeName, Scope, compile};
use super::constant;
use super::document::{Figure, Located, Table, as_table, check_code, position, read};
use super::fields::field_id;
use super::values::{citation, rounding};
use crate::domain::{Month, Programme, Text};

/// Everything a programme may refer to.
pub(super) struct World<'w> {
    pub fields: &'w [Field],
    pub rosters: &'w [Roster],
    pub registers: &'w [RegisterRule],
    pub values: &'w [DatedValue],
    pub funds: &'w [Fund],
    pub programmes: &'w [ProgrammeName],
}

impl World<'_> {
    /// The programme of this code, or a fault.
    pub fn programme(&self, written: &Located<'_, &str>, faults: &mut PackFaults) -> Option<Programme> {
        let codes = self.programmes.iter().map(|programme| programme.code.as_str());
        position(written, codes, "policy-unknown-programme", faults)
            .map(|position| Programme(position as u16))
    }
}

/// A text of the pack that holds an expression: literal strings map byte by byte to the file, so
/// that a caret can stand under the very word.
#[derive(Debug, Clone)]
pub(super) struct Script<'a> {
    file: &'a str,
    text: String,
    span: Range<usize>,
    /// Where the text's first byte stands in the file, if it stands there as it is.
    start: Option<usize>,
}

impl<'a> Script<'a> {
    fn read(
        file: &'a str,
        source: &str,
        value: &'a Spanned<DeValue<'a>>,
        faults: &mut PackFaults,
    ) -> Option<Script<'a>> {
        let written: Located<'a, &str> = read(file, value, faults)?;
        let start = source
            .get(written.span.clone())
            .and_then(|raw| raw.find(written.value))
            .map(|offset| written.span.start + offset);
        Some(Script { file, text: written.value.to_owned(), span: written.span, start })
    }

    fn place(&self, span: &Range<usize>) -> Range<usize> {
        match self.start {
            Some(start) => start + span.start..start + span.end,
            None => self.span.clone(),
        }
    }
}

/// What the expressions of one programme share.
struct Desk<'d, 'a> {
    names: &'d Names<'d>,
    roster: &'d Roster,
    household: bool,
    definitions: Vec<Definition>,
    scripts: Vec<Script<'a>>,
}

impl<'a> Desk<'_, 'a> {
    fn compile(&self, script: &Script<'a>, wanted: Type, faults: &mut PackFaults) -> Option<Expression> {
        let scope = Scope { roster: self.roster, household: self.household, definitions: &self.definitions };
        match compile(self.names, &scope, &script.text, wanted) {
            Ok(expression) => Some(expression),
            Err(complaints) => {
                for complaint in complaints {
                    self.complain(complaint, script, faults);
                }
                None
            }
        }
    }

    fn complain(&self, complaint: Complaint, script: &Script<'a>, faults: &mut PackFaults) {
        let script = match complaint.script.checked_sub(1) {
            Some(definition) => self.scripts.get(definition).unwrap_or(script),
            None => script,
        };
        let place = script.place(&complaint.span);
        faults.complain(complaint, script.file, place);
    }
}

/// A programme with the place of its head, for the checks between programmes.
pub(super) struct Placed<'a> {
    pub rule: ProgrammeRule,
    pub file: &'a str,
    pub span: Range<usize>,
}

/// One programme. `source` is the text of its file.
pub(super) fn programme<'a>(
    mut table: Table<'a>,
    source: &str,
    world: &World<'_>,
    names: &Names<'_>,
    faults: &mut PackFaults,
) -> Option<Placed<'a>> {
    let (file, span) = (table.file, table.span.clone());
    let code = table.needed::<&str>("code", faults);
    if let Some(code) = &code {
        check_code(code, '-', faults);
    }
    let name = table.needed::<&str>("name", faults);
    needs(&mut table, "unit", faults);
    let unit =
        table.word("unit", &[("person", BenefitUnit::Person), ("household", BenefitUnit::Household)], faults);
    let roster = table.needed::<&str>("roster", faults);
    let roster_id = roster.as_ref().and_then(|written| {
        let codes = world.rosters.iter().map(|roster| roster.code.as_str());
        position(written, codes, "policy-unknown-roster", faults)
    });
    let from = table.needed::<Month>("from", faults);
    needs(&mut table, "frequency", faults);
    let frequency = table.word(
        "frequency",
        &[("monthly", Frequency::Monthly), ("quarterly", Frequency::Quarterly), ("once", Frequency::Once)],
        faults,
    );
    let stops_after_death = needed_flag(&mut table, "stops_after_death", faults);
    let excluding = table.list::<&str>("excludes_entitled_to", faults);
    let excludes_entitled_to: Vec<Programme> =
        excluding.iter().filter_map(|written| world.programme(written, faults)).collect();
    needs(&mut table, "declared", faults);
    let declared = table.word(
        "declared",
        &[
            ("pay-computed", Declared::PayComputed),
            ("pay-declared", Declared::PayDeclared),
            ("defer-if-different", Declared::DeferIfDifferent),
        ],
        faults,
    );
    let fund = table.needed::<&str>("fund", faults).and_then(|written| {
        let codes = world.funds.iter().map(|fund| fund.code.as_str());
        position(&written, codes, "policy-unknown-fund", faults).map(|position| position as u16)
    });
    let public_notice = needed_flag(&mut table, "public_notice", faults);
    let remark = table.needed::<&str>("remark", faults);
    let cited = citation(&mut table, faults);
    let recovery = table.table("recovery", faults).and_then(|table| recovery(table, faults));

    // Everything below needs the roster: its fields are what expressions can see.
    let roster_rule = roster_id.and_then(|id| world.rosters.get(id));
    if let (Some(roster), Some(written), Some(unit)) = (roster_rule, &roster, &unit)
        && unit.value == BenefitUnit::Household
        && !roster.household
    {
        faults.add("policy-roster-not-household", unit.file, unit.span.clone()).with("roster", written.value);
    }
    if let (Some(roster), Some(frequency)) = (roster_rule, &frequency)
        && (frequency.value == Frequency::Once) != roster.once
    {
        faults.add("policy-once-roster", frequency.file, frequency.span.clone()).with("roster", &roster.code);
    }
    if let (Some(unit), Some(first)) = (&unit, excluding.first())
        && unit.value == BenefitUnit::Person
    {
        faults
            .add("policy-not-household", first.file, first.span.clone())
            .with("name", "excludes_entitled_to");
    }
    let mut desk = Desk {
        names,
        roster: roster_rule?,
        household: unit.as_ref().is_some_and(|unit| unit.value == BenefitUnit::Household),
        definitions: Vec::new(),
        scripts: Vec::new(),
    };
    definitions(&mut table, source, &mut desk, faults);
    let selection = table.raw("selection").map(|value| {
        let script = Script::read(file, source, value, faults)?;
        let expression = desk.compile(&script, Type::Boolean, faults)?;
        let field = selecting_field(&expression, &script, faults)?;
        Some((expression, field))
    });
    let clauses = clauses(&mut table, source, &desk, world, cited.as_ref(), faults);
    let amount = amount(&mut table, source, &desk, faults);
    let payee = payee(&mut table, source, &desk, world, faults);
    let higher_of_rows = table.maybe::<&str>("higher_of_rows", faults).and_then(|written| {
        let id = roster_field(&written, &desk, world, faults)?;
        if !matches!(world.fields[usize::from(id.0)].kind, FieldKind::Code(_)) {
            faults.add("policy-key-not-code", file, written.span).with("field", written.value);
        }
        Some(id)
    });
    let verification = table.table("verification", faults).and_then(|mut table| {
        let field = table.needed::<&str>("field", faults);
        let months = table.needed::<i64>("months", faults);
        table.done(faults);
        let id = roster_field(&field?, &desk, world, faults)?;
        Some((id, i32::try_from(months?.value).ok()?))
    });
    table.done(faults);

    let (amount, rounding, floor, cap) = amount?;
    let selection = match selection {
        Some(selection) => Some(selection?),
        None => None,
    };
    let rule = ProgrammeRule {
        code: code?.value.into(),
        name: name?.value.into(),
        unit: unit?.value,
        roster: RosterId(roster_id? as u16),
        selecting_field: selection.as_ref().map(|(_, field)| *field),
        selection: selection.map(|(expression, _)| expression),
        from: from?.value,
        frequency: frequency?.value,
        stops_after_death: stops_after_death?,
        excludes_entitled_to,
        clauses: clauses?,
        amount,
        rounding,
        floor,
        cap,
        payee: payee?,
        declared: declared?.value,
        recovery: recovery.unwrap_or(Recovery {
            confirmed: false,
            share: Decimal::ONE,
            leave_at_least: Decimal::ZERO,
        }),
        fund: fund?,
        higher_of_rows,
        verification,
        public_notice: public_notice?,
        remark: remark?.value.into(),
        citation: cited?,
        asks: Asks::default(),
    };
    Some(Placed { rule, file, span })
}

fn needs(table: &mut Table<'_>, key: &str, faults: &mut PackFaults) {
    if table.raw(key).is_none() {
        table.missing(key, faults);
    }
}

fn needed_flag(table: &mut Table<'_>, key: &str, faults: &mut PackFaults) -> Option<bool> {
    table.needed::<bool>(key, faults).map(|flag| flag.value)
}

fn roster_field(
    written: &Located<'_, &str>,
    desk: &Desk<'_, '_>,
    world: &World<'_>,
    faults: &mut PackFaults,
) -> Option<FieldId> {
    let id = field_id(written, world.fields, faults)?;
    let canonical = usize::from(id.0) < super::super::rulebook::Canonical::ALL.len();
    if canonical || desk.roster.extra.contains(&id) {
        return Some(id);
    }
    faults
        .add("policy-field-not-on-roster", written.file, written.span.clone())
        .with("field", written.value)
        .with("roster", &desk.roster.code);
    None
}

fn definitions<'a>(table: &mut Table<'a>, source: &str, desk: &mut Desk<'_, 'a>, faults: &mut PackFaults) {
    let Some(list) = table.table("define", faults) else { return };
    for (name, value) in list.own_keys() {
        let Some(script) = Script::read(list.file, source, value, faults) else { continue };
        let tree = match parse(&script.text) {
            Ok(tree) => Some(tree),
            Err(complaint) => {
                let place = script.place(&complaint.span);
                faults.complain(complaint, script.file, place);
                None
            }
        };
        if super::super::syntax::WORDS.contains(&name.value) {
            faults.add("policy-reserved-name", name.file, name.span.clone()).with("name", name.value);
        }
        if desk.names.knows(desk.roster, name.value) {
            faults.add("policy-twice", name.file, name.span.clone()).with("name", name.value);
        }
        desk.definitions.push(Definition { name: name.value.into(), tree });
        desk.scripts.push(script);
    }
}

/// The one field a selection hangs on: where it is missing, the row could be a claim of each
/// programme it selects between.
fn selecting_field(expression: &Expression, script: &Script<'_>, faults: &mut PackFaults) -> Option<FieldId> {
    let mut fields: Vec<FieldId> = Vec::new();
    let mut asks_more = false;
    expression.visit(&mut |node| match node {
        Node::Field(field) => fields.push(*field),
        Node::Constant(_) | Node::Text(_) | Node::Compare(..) | Node::Among { .. } => {}
        Node::Not(_) | Node::And(_) | Node::Or(_) => {}
        _ => asks_more = true,
    });
    fields.sort_unstable();
    fields.dedup();
    match fields.as_slice() {
        [field] if !asks_more => Some(*field),
        _ => {
            faults.add("policy-selection-field", script.file, script.span.clone());
            None
        }
    }
}

fn clauses<'a>(
    table: &mut Table<'a>,
    source: &str,
    desk: &Desk<'_, 'a>,
    world: &World<'_>,
    programme: Option<&Citation>,
    faults: &mut PackFaults,
) -> Option<Vec<Clause>> {
    let mut clauses: Vec<Clause> = Vec::new();
    let mut complete = true;
    for mut row in table.tables("clause", faults) {
        let file = row.file;
        let id = row.needed::<&str>("id", faults);
        let words = row.needed::<&str>("words", faults);
        let own = row.raw("citation").is_some() || row.raw("status").is_some();
        let cited = if own { citation(&mut row, faults) } else { programme.cloned() };
        needs(&mut row, "condition", faults);
        let condition = row.raw("condition").and_then(|value| {
            let script = Script::read(file, source, value, faults)?;
            let expression = desk.compile(&script, Type::Boolean, faults)?;
            if let Some(always) = constant::truth(&expression, desk.roster, world.fields) {
                let code = if always { "policy-never-fails" } else { "policy-never-holds" };
                faults.add(code, file, script.place(&(0..script.text.len())));
            }
            Some(expression)
        });
        row.done(faults);
        if let Some(id) = &id {
            check_code(id, '-', faults);
            if clauses.iter().any(|clause| clause.id == id.value) {
                faults.add("policy-twice", id.file, id.span.clone()).with("name", id.value);
            }
        }
        match (id, words, condition, cited) {
            (Some(id), Some(words), Some(condition), Some(citation)) => {
                clauses.push(Clause { id: id.value.into(), condition, words: words.value.into(), citation })
            }
            _ => complete = false,
        }
    }
    complete.then_some(clauses)
}

type Amount = (Expression, super::super::dated::Rounding, Option<Decimal>, Option<Expression>);

/// `[programme.amount]`: formula, rounding, floor, cap.
fn amount<'a>(
    table: &mut Table<'a>,
    source: &str,
    desk: &Desk<'_, 'a>,
    faults: &mut PackFaults,
) -> Option<Amount> {
    let Some(mut table) = table.table("amount", faults) else {
        needs(table, "amount", faults);
        return None;
    };
    let file = table.file;
    let formula = |key: &str, table: &mut Table<'a>, faults: &mut PackFaults| {
        let value = table.raw(key)?;
        let script = Script::read(file, source, value, faults)?;
        Some(desk.compile(&script, Type::Money, faults))
    };
    needs(&mut table, "formula", faults);
    let amount = formula("formula", &mut table, faults);
    let cap = formula("cap", &mut table, faults);
    needs(&mut table, "rounding", faults);
    let rounding = rounding(&mut table, faults);
    let floor = table.maybe::<Figure>("floor", faults).map(|floor| floor.value.number);
    table.done(faults);
    let cap = match cap {
        Some(cap) => Some(cap?),
        None => None,
    };
    Some((amount??, rounding?, floor, cap))
}

fn payee<'a>(
    table: &mut Table<'a>,
    source: &str,
    desk: &Desk<'_, 'a>,
    world: &World<'_>,
    faults: &mut PackFaults,
) -> Option<PayeeRule> {
    needs(table, "payee", faults);
    let value = table.raw("payee")?;
    if value.get_ref().is_str() {
        #[derive(Clone, Copy)]
        enum Word {
            Person,
            Head,
            Carer,
        }
        let words = [("person", Word::Person), ("head", Word::Head), ("carer", Word::Carer)];
        let word = table.word("payee", &words, faults)?;
        if matches!(word.value, Word::Head) && !desk.household {
            faults.add("policy-not-household", word.file, word.span).with("name", "head");
        }
        return Some(match word.value {
            Word::Person => PayeeRule::Person,
            Word::Head => PayeeRule::Head,
            Word::Carer => PayeeRule::Carer,
        });
    }
    let mut rule = as_table(table.file, value, faults)?;
    let field = rule
        .needed::<&str>("organisation", faults)
        .and_then(|written| roster_field(&written, desk, world, faults));
    let when = rule.raw("when").map(|value| {
        let script = Script::read(rule.file, source, value, faults)?;
        desk.compile(&script, Type::Boolean, faults)
    });
    rule.done(faults);
    let field = field?;
    match when {
        Some(condition) => Some(PayeeRule::OrganisationIf { field, condition: condition? }),
        None => Some(PayeeRule::Organisation(field)),
    }
}

/// `[programme.recovery]`: how money paid too much comes back.
fn recovery(mut table: Table<'_>, faults: &mut PackFaults) -> Option<Recovery> {
    needs(&mut table, "offset", faults);
    let confirmed = table.word("offset", &[("automatic", false), ("confirmed", true)], faults);
    let share = table.needed::<Figure>("share", faults);
    let leave = table.maybe::<Figure>("leave_at_least", faults);
    table.done(faults);
    let share = share?;
    if share.value.number.is_sign_negative() || share.value.number > Decimal::ONE {
        faults.add("policy-unit-mismatch", share.file, share.span).with("expected", "@policy-expected-share");
        return None;
    }
    Some(Recovery {
        confirmed: confirmed?.value,
        share: share.value.number,
        leave_at_least: leave.map_or(Decimal::ZERO, |leave| leave.value.number),
    })
}

/// The programmes' names, before their rules are read: they may name each other in any order.
pub(super) fn names_of(tables: &[(Table<'_>, &str)]) -> Vec<ProgrammeName> {
    tables
        .iter()
        .map(|(table, _)| {
            let text = |key: &str| {
                table
                    .own_keys()
                    .into_iter()
                    .find(|(name, _)| name.value == key)
                    .and_then(|(_, value)| value.get_ref().as_str())
                    .unwrap_or_default()
            };
            ProgrammeName {
                code: Text::from(text("code")),
                name: Text::from(text("name")),
                once: text("frequency") == "once",
                household: text("unit") == "household",
            }
        })
        .collect()
}
