//! Facts in small maps, and expressions compiled against the default pack.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use rust_decimal::Decimal;

use crate::domain::{Month, Programme, ResidentId};
use crate::policy::types::{Definition, Names, ProgrammeName, Scope, compile};
use crate::policy::{
    BenefitUnit, Expression, Facts, FieldId, Frequency, Missing, RegisterId, Rulebook, Type, Value, ValueId,
    pack,
};
use crate::words::Language;

pub static PACK: LazyLock<Rulebook> = LazyLock::new(|| match pack::load(&pack::xincheng()) {
    Ok((rulebook, _)) => rulebook,
    Err(faults) => panic!("{}", faults.render(Language::En)),
});

pub fn month(text: &str) -> Month {
    text.parse().unwrap()
}

pub fn yuan(text: &str) -> Value<'static> {
    Value::Decimal(Decimal::from_str_exact(text).unwrap())
}

pub fn field(code: &str) -> FieldId {
    FieldId(PACK.fields.iter().position(|field| field.code == code).unwrap() as u16)
}

pub fn value_id(code: &str) -> ValueId {
    ValueId(PACK.values.iter().position(|value| value.code == code).unwrap() as u16)
}

pub fn missing(code: &str) -> Value<'static> {
    Value::Missing(Missing::Field(field(code)))
}

/// A person or a household. Fields that were not set are empty.
#[derive(Debug, Clone)]
pub struct Person {
    pub month: Month,
    pub cycle: Month,
    pub birth: Month,
    pub fields: BTreeMap<FieldId, Value<'static>>,
    pub programmes: BTreeMap<Programme, (Value<'static>, Value<'static>, Value<'static>)>,
    pub listed: Value<'static>,
    pub members: Vec<Person>,
    /// The member's own place, and the members it stands among.
    pub position: usize,
    pub head: BTreeMap<FieldId, Value<'static>>,
}

impl Person {
    pub fn born(birth: &str) -> Person {
        Person {
            month: month("2023-02"),
            cycle: month("2023-02"),
            birth: month(birth),
            fields: BTreeMap::new(),
            programmes: BTreeMap::new(),
            listed: Value::Flag(false),
            members: Vec::new(),
            position: 0,
            head: BTreeMap::new(),
        }
    }

    pub fn with(mut self, code: &str, value: Value<'static>) -> Person {
        self.fields.insert(field(code), value);
        self
    }

    pub fn in_month(mut self, text: &str) -> Person {
        self.month = month(text);
        self
    }

    pub fn programme(mut self, code: &str, entitled: bool, amount: &str, share: &str) -> Person {
        let programme = PACK.programme(code).unwrap();
        self.programmes.insert(programme, (Value::Flag(entitled), yuan(amount), yuan(share)));
        self
    }

    /// A household of these members, whose head is the first.
    pub fn household(members: Vec<Person>) -> Person {
        let mut household = members[0].clone();
        household.head = household.fields.clone();
        household.members = members;
        let others = household.members.clone();
        for (position, member) in household.members.iter_mut().enumerate() {
            member.head.clone_from(&household.head);
            member.members.clone_from(&others);
            member.position = position;
        }
        household
    }
}

#[derive(Debug, Clone, Copy)]
pub struct View<'p>(pub &'p Person);

impl View<'_> {
    fn programme(&self, programme: Programme) -> (Value<'static>, Value<'static>, Value<'static>) {
        let none = (Value::Flag(false), yuan("0"), yuan("0"));
        self.0.programmes.get(&programme).copied().unwrap_or(none)
    }
}

impl Facts for View<'_> {
    type Member<'m>
        = View<'m>
    where
        Self: 'm;

    fn field(&self, field: FieldId) -> Value<'_> {
        self.0.fields.get(&field).copied().unwrap_or(Value::Empty)
    }

    fn head_field(&self, field: FieldId) -> Value<'_> {
        self.0.head.get(&field).copied().unwrap_or(Value::Empty)
    }

    fn month(&self) -> Month {
        self.0.month
    }

    fn birth_month(&self) -> Month {
        self.0.birth
    }

    fn resident(&self) -> Option<ResidentId> {
        None
    }

    fn dated(&self, value: ValueId, keys: &[Value<'_>]) -> Value<'static> {
        PACK.values[usize::from(value.0)]
            .candidates(keys, self.0.month, self.0.cycle)
            .next()
            .map_or(Value::Missing(Missing::Value(value)), |entry| Value::Decimal(entry.amount))
    }

    fn dated_at(&self, value: ValueId, keys: &[Value<'_>], month: Month) -> Value<'static> {
        View(&Person { month, ..self.0.clone() }).dated(value, keys)
    }

    fn position(&self) -> usize {
        self.0.position
    }

    fn listed(&self, _: RegisterId) -> Value<'static> {
        self.0.listed
    }

    fn register_column(&self, _: RegisterId, _: u16) -> Value<'_> {
        Value::Empty
    }

    fn entitled(&self, programme: Programme) -> Value<'static> {
        self.programme(programme).0
    }

    fn amount(&self, programme: Programme) -> Value<'static> {
        self.programme(programme).1
    }

    fn share(&self, programme: Programme) -> Value<'static> {
        self.programme(programme).2
    }

    fn member_count(&self) -> usize {
        self.0.members.len().max(1)
    }

    fn member(&self, index: usize) -> View<'_> {
        View(&self.0.members[index])
    }
}

/// Compiles against a roster of the default pack, with definitions.
pub fn compiled(
    roster: &str,
    definitions: &[(&str, &str)],
    text: &str,
    wanted: Type,
) -> Result<Expression, Vec<crate::policy::syntax::Complaint>> {
    let programmes: Vec<ProgrammeName> = PACK
        .programmes
        .iter()
        .map(|rule| ProgrammeName {
            code: rule.code.clone(),
            name: rule.name.clone(),
            once: rule.frequency == Frequency::Once,
            household: rule.unit == BenefitUnit::Household,
        })
        .collect();
    let names = Names::new(&PACK.fields, &PACK.values, &PACK.registers, &programmes);
    let roster = PACK.rosters.iter().find(|candidate| candidate.code == roster).unwrap();
    let definitions: Vec<Definition> = definitions
        .iter()
        .map(|(name, text)| Definition {
            name: (*name).into(),
            tree: crate::policy::syntax::parse(text).ok(),
        })
        .collect();
    let scope = Scope { roster, household: roster.household, definitions: &definitions };
    compile(&names, &scope, text, wanted)
}

/// What a condition gives for a person.
pub fn truth(roster: &str, text: &str, person: &Person) -> Value<'static> {
    match compiled(roster, &[], text, Type::Boolean) {
        Ok(expression) => expression.evaluate(&View(person)),
        Err(complaints) => panic!("{text}: {complaints:#?}"),
    }
}

/// What an amount gives for a person.
pub fn amount(roster: &str, text: &str, person: &Person) -> Value<'static> {
    match compiled(roster, &[], text, Type::Money) {
        Ok(expression) => expression.evaluate(&View(person)),
        Err(complaints) => panic!("{text}: {complaints:#?}"),
    }
}

/// The codes of what is complained of.
pub fn complaints(roster: &str, text: &str, wanted: Type) -> Vec<&'static str> {
    match compiled(roster, &[], text, wanted) {
        Ok(_) => Vec::new(),
        Err(complaints) => complaints.into_iter().map(|complaint| complaint.code).collect(),
    }
}
