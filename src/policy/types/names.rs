use rustc_hash::FxHashMap;

use super::super::expression::{Node, Type};
use super::super::rulebook::{
    Canonical, DatedValue, Field, FieldId, FieldKind, RegisterId, RegisterRule, Roster, Unit, ValueId,
};
use super::super::syntax::{BINDING_WORDS, Complaint, Span, Tree, WORDS};
use super::{Checked, Checker, leaves_empty};
use crate::domain::{Programme, Text};

/// Everything an expression may name.
#[derive(Debug)]
pub struct Names<'a> {
    fields: &'a [Field],
    values: &'a [DatedValue],
    registers: &'a [RegisterRule],
    programmes: &'a [ProgrammeName],
    value_by_name: FxHashMap<&'a str, ValueId>,
}

/// A programme as other programmes name it.
#[derive(Debug, Clone)]
pub struct ProgrammeName {
    /// Code.
    pub code: Text,
    /// Name for people.
    pub name: Text,
    /// Paid once per case: nobody may ask about it.
    pub once: bool,
    /// Decided for households: its amount can be shared among members.
    pub household: bool,
}

impl<'a> Names<'a> {
    /// The names of a pack.
    pub fn new(
        fields: &'a [Field],
        values: &'a [DatedValue],
        registers: &'a [RegisterRule],
        programmes: &'a [ProgrammeName],
    ) -> Names<'a> {
        let mut value_by_name = FxHashMap::default();
        for (position, value) in values.iter().enumerate() {
            value_by_name.insert(value.code.as_str(), ValueId(position as u16));
            value_by_name.insert(value.name.as_str(), ValueId(position as u16));
        }
        Names { fields, values, registers, programmes, value_by_name }
    }

    /// A field.
    pub fn field(&self, field: FieldId) -> Option<&'a Field> {
        self.fields.get(usize::from(field.0))
    }

    /// Whether a name already means something on a roster.
    pub fn knows(&self, roster: &Roster, name: &str) -> bool {
        self.value(name).is_some() || self.field_on(roster, name).is_some()
    }

    pub(super) fn value(&self, name: &str) -> Option<(ValueId, &'a DatedValue)> {
        let id = *self.value_by_name.get(name)?;
        Some((id, self.values.get(usize::from(id.0))?))
    }

    pub(super) fn register(&self, name: &str) -> Option<(RegisterId, &'a RegisterRule)> {
        let position = self.registers.iter().position(|rule| rule.code == name || rule.name == name)?;
        Some((RegisterId(position as u16), &self.registers[position]))
    }

    pub(super) fn registers(&self) -> impl Iterator<Item = &'a str> {
        self.registers.iter().flat_map(|rule| [rule.code.as_str(), rule.name.as_str()])
    }

    pub(super) fn programme(&self, name: &str) -> Option<(Programme, &'a ProgrammeName)> {
        let position = self.programmes.iter().position(|rule| rule.code == name || rule.name == name)?;
        Some((Programme(position as u16), &self.programmes[position]))
    }

    pub(super) fn programmes(&self) -> impl Iterator<Item = &'a str> {
        self.programmes.iter().flat_map(|rule| [rule.code.as_str(), rule.name.as_str()])
    }

    fn field_named(&self, field: &Field, name: &str) -> bool {
        field.code == name || field.headers.first().is_some_and(|header| header == name)
    }

    fn any_field(&self, name: &str) -> Option<&'a Field> {
        self.fields.iter().find(|field| self.field_named(field, name))
    }

    fn field_on(&self, roster: &Roster, name: &str) -> Option<(FieldId, &'a Field)> {
        self.fields
            .iter()
            .enumerate()
            .map(|(position, field)| (FieldId(position as u16), field))
            .filter(|(id, _)| usize::from(id.0) < Canonical::ALL.len() || roster.extra.contains(id))
            .find(|(_, field)| self.field_named(field, name))
    }

    pub(super) fn fields_on(&self, roster: &'a Roster) -> impl Iterator<Item = &'a str> {
        let fields = self.fields;
        (0..fields.len())
            .filter(|position| {
                *position < Canonical::ALL.len() || roster.extra.contains(&FieldId(*position as u16))
            })
            .flat_map(move |position| {
                let field = &fields[position];
                std::iter::once(field.code.as_str()).chain(field.headers.first().map(Text::as_str))
            })
    }
}

/// A part of a programme's expressions that has a name of its own; written out where it is used.
#[derive(Debug, Clone)]
pub struct Definition {
    /// Its name.
    pub name: Text,
    /// Its tree; `None` where it could not be read (said once, where it stands).
    pub tree: Option<Tree>,
}

/// What an expression can see from where it stands.
#[derive(Debug)]
pub struct Scope<'a> {
    /// The programme's roster.
    pub roster: &'a Roster,
    /// Whether it is decided for households: aggregates and `head.` make sense.
    pub household: bool,
    /// The programme's definitions.
    pub definitions: &'a [Definition],
}

impl Checker<'_> {
    pub(super) fn name(&mut self, name: &str, span: &Span) -> Option<Checked> {
        match name {
            "month" | "本月" => return Some(Checked::known(Node::Month, Type::Month, span)),
            "age" | "年龄" => return Some(Checked::known(Node::Age, Type::Integer, span)),
            _ => {}
        }
        if let Some(position) = self.scope.definitions.iter().position(|definition| definition.name == name) {
            return self.definition(position, span);
        }
        if let Some((id, field)) = self.names.field_on(self.scope.roster, name) {
            return self.field(id, field, Node::Field(id), span);
        }
        if let Some((_, value)) = self.names.value(name) {
            return if value.keys.is_empty() {
                self.dated(name, &[], span)
            } else {
                let complaint = Complaint::new("policy-value-needs-keys", span.clone())
                    .with("name", name)
                    .with("keys", self.keys_shown(value));
                self.complain(complaint)
            };
        }
        self.unknown(name, span)
    }

    pub(super) fn of_head(&mut self, name: &str, span: &Span) -> Option<Checked> {
        if !self.scope.household {
            return self
                .complain(Complaint::new("policy-not-household", span.clone()).with("name", "head / 户主"));
        }
        match self.names.field_on(self.scope.roster, name) {
            Some((id, field)) => self.field(id, field, Node::HeadField(id), span),
            None => self.unknown(name, span),
        }
    }

    fn field(&mut self, id: FieldId, field: &Field, node: Node, span: &Span) -> Option<Checked> {
        let kind = field_type(id, &field.kind);
        let unreachable = [Canonical::ResidentId, Canonical::Township, Canonical::PayeeId]
            .iter()
            .any(|canonical| canonical.id() == id);
        match kind {
            Some(kind) if !unreachable => {
                let blank = self
                    .scope
                    .roster
                    .blanks
                    .iter()
                    .find(|(field, _)| *field == id)
                    .map_or(&field.blank, |(_, blank)| blank);
                let optional = leaves_empty(blank) && !self.present.contains(&node);
                Some(Checked::known(node, kind, span).or_empty(optional))
            }
            _ => self.complain(
                Complaint::new("policy-field-not-for-rules", span.clone()).with("field", &field.code),
            ),
        }
    }

    /// Writes a definition out; what is wrong in it is shown where it stands.
    fn definition(&mut self, position: usize, span: &Span) -> Option<Checked> {
        let definition = &self.scope.definitions[position];
        if self.open.contains(&position) {
            return self.complain(
                Complaint::new("policy-definition-cycle", span.clone()).with("name", &definition.name),
            );
        }
        let tree = definition.tree.as_ref()?;
        let outer = std::mem::replace(&mut self.script, position + 1);
        self.open.push(position);
        let checked = self.check(tree);
        self.open.pop();
        self.script = outer;
        checked.map(|checked| Checked { span: span.clone(), ..checked })
    }

    pub(super) fn unknown<T>(&mut self, name: &str, span: &Span) -> Option<T> {
        let names = self.names;
        if let Some(field) = names.any_field(name) {
            return self.complain(
                Complaint::new("policy-field-not-on-roster", span.clone())
                    .with("field", &field.code)
                    .with("roster", &self.scope.roster.code),
            );
        }
        if let Some(word) = self.glued(name) {
            return self.complain(
                Complaint::new("policy-glued-operator", span.clone()).with("name", name).with("word", word),
            );
        }
        // Names that can be used here first; then those of other rosters, which lead to the next step.
        let elsewhere = names.fields.iter().map(|field| field.code.as_str());
        let near = super::nearest(name, self.all_names()).or_else(|| super::nearest(name, elsewhere));
        let complaint = Complaint::new("policy-unknown-name", span.clone()).with("name", name);
        let complaint = match near {
            Some(near) => complaint.help("policy-help-nearest", &[("name", near)]),
            None => complaint,
        };
        self.complain(complaint)
    }

    /// The operator word that was written into a name without a space: it stands in the middle, or
    /// what is left beside it is a known name.
    fn glued(&self, name: &str) -> Option<&'static str> {
        BINDING_WORDS.into_iter().find(|word| {
            let Some((before, after)) = name.split_once(*word) else { return false };
            let inside = !before.is_empty() && !after.is_empty();
            inside || [before, after].iter().any(|rest| !rest.is_empty() && self.is_known(rest))
        })
    }

    fn is_known(&self, name: &str) -> bool {
        self.all_names().contains(&name)
    }

    fn all_names(&self) -> Vec<&str> {
        let definitions = self.scope.definitions.iter().map(|definition| definition.name.as_str());
        definitions
            .chain(self.names.fields_on(self.scope.roster))
            .chain(self.names.value_by_name.keys().copied())
            .chain(WORDS[WORDS.len() - 4..].iter().copied())
            .collect()
    }
}

/// The type of a field in expressions.
fn field_type(id: FieldId, kind: &FieldKind) -> Option<Type> {
    Some(match kind {
        FieldKind::ResidentId => return None,
        FieldKind::Name | FieldKind::Text | FieldKind::Certificate { .. } => Type::Text,
        FieldKind::Money => Type::Money,
        FieldKind::Integer { .. } => Type::Integer,
        FieldKind::Date => Type::Date,
        FieldKind::Month => Type::Month,
        FieldKind::Code(_) => Type::Code(id),
        FieldKind::Flag { .. } => Type::Boolean,
    })
}

/// The type of a register's column.
pub(super) fn column_type(id: FieldId, kind: &FieldKind) -> Option<Type> {
    field_type(id, kind)
}

/// The type of a dated value.
pub(super) fn unit_type(unit: Unit) -> Type {
    match unit {
        Unit::Money => Type::Money,
        Unit::Ratio => Type::Ratio,
        Unit::Integer => Type::Integer,
    }
}
