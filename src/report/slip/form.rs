//! The parts of a slip, as they are serialised and given to the templates: text and amounts in words, nothing computed.

use serde::Serialize;

/// An open draft.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SlipDraft {
    /// The run's number.
    pub run: u32,
    /// What it would do, in line order.
    pub events: Vec<SlipPlanned>,
}

/// A posting or hold of a draft.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SlipPlanned {
    /// Programme code.
    pub programme: String,
    /// Its name.
    pub programme_name: String,
    /// Beneficiary text.
    pub beneficiary: String,
    /// Posting kind, or `held`.
    pub kind: String,
    /// For people.
    pub words: String,
    /// Yuan.
    pub amount: String,
    /// The id the payment will have.
    pub payment: String,
}

/// One claim.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SlipClaim {
    /// Programme code.
    pub programme: String,
    /// Its name.
    pub programme_name: String,
    /// Where the programme comes from.
    pub citation: SlipCitation,
    /// Beneficiary text.
    pub beneficiary: String,
    /// Person of the row.
    pub resident_id: String,
    /// Name.
    pub name: String,
    /// Case.
    pub case_no: String,
    /// Outcome word.
    pub outcome: String,
    /// Outcome for people.
    pub outcome_words: String,
    /// Reason as in `decisions.csv`.
    pub reason: String,
    /// Reason for people.
    pub reason_words: String,
    /// Clause id.
    pub clause: String,
    /// Yuan.
    pub amount: Option<String>,
    /// Source rows.
    pub source: String,
    /// Month of death.
    pub death: String,
    /// Facts.
    pub facts: Vec<SlipFact>,
    /// Clauses.
    pub clauses: Vec<SlipClause>,
    /// The amount.
    pub computation: Option<SlipAmount>,
    /// Stacking, a sentence each.
    pub stacking: Vec<String>,
    /// Dated values.
    pub values: Vec<SlipValue>,
    /// Household members.
    pub members: Vec<SlipMember>,
    /// A counted member's share.
    pub share: Option<String>,
}

/// Where a rule comes from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SlipCitation {
    /// Document, article.
    pub text: String,
    /// `verified`, `assumed`, `example`.
    pub status: String,
    /// The same for people.
    pub status_words: String,
}

/// A fact.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SlipFact {
    /// Whose: empty for the row itself.
    pub of: String,
    /// Name.
    pub name: String,
    /// Value.
    pub value: String,
    /// Source row, register, or document of the change sheet.
    pub source: String,
}

/// A clause.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SlipClause {
    /// Id.
    pub id: String,
    /// As the pack writes it.
    pub condition: String,
    /// `true`, `false` or none.
    pub holds: Option<bool>,
    /// Verdict for people.
    pub verdict: String,
    /// Whether it decided.
    pub decides: bool,
    /// The refusal's words.
    pub words: String,
    /// Computations.
    pub steps: Vec<String>,
    /// Comparisons.
    pub comparisons: Vec<SlipComparison>,
    /// Where it comes from.
    pub citation: SlipCitation,
}

/// A comparison.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SlipComparison {
    /// Both sides with their values.
    pub text: String,
    /// The answer.
    pub holds: Option<bool>,
    /// For people.
    pub verdict: String,
}

/// An amount.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SlipAmount {
    /// As the pack writes it.
    pub formula: String,
    /// Choices made on the way.
    pub comparisons: Vec<SlipComparison>,
    /// Computations.
    pub steps: Vec<String>,
    /// What the formula gives.
    pub computed: String,
    /// Rounding, floor, cap, declared amount: a sentence each.
    pub then: Vec<String>,
}

/// A dated value in force.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SlipValue {
    /// Code.
    pub code: String,
    /// Name for people, with its key.
    pub name: String,
    /// The figure as the pack writes it.
    pub written: String,
    /// What rules compute with: yuan a month, a share, a number.
    pub amount: String,
    /// First month.
    pub from: String,
    /// First cycle that knows it.
    pub announced: String,
    /// Where it comes from.
    pub citation: SlipCitation,
}

/// A member.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SlipMember {
    /// How facts name this member; empty where not counted.
    pub label: String,
    /// Name.
    pub name: String,
    /// Identity number.
    pub resident_id: String,
    /// Relation.
    pub relation: String,
    /// Source row.
    pub source: String,
    /// Counted.
    pub counted: bool,
    /// Head, asked about, or why not counted.
    pub remark: String,
    /// Share.
    pub share: String,
}

/// A programme without a claim.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SlipAbsent {
    /// Code.
    pub programme: String,
    /// Name.
    pub programme_name: String,
    /// The month has no such roster.
    pub roster_missing: bool,
}

/// A ledger line.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SlipLine {
    /// Programme code.
    pub programme: String,
    /// Name for people.
    pub programme_name: String,
    /// Beneficiary text.
    pub beneficiary: String,
    /// Case.
    pub case_no: String,
    /// Entitlement posted.
    pub entitlement: String,
    /// Balance.
    pub balance: String,
    /// What happened, in order.
    pub events: Vec<SlipEvent>,
}

/// Something that happened to a line.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SlipEvent {
    /// Ledger entry.
    pub entry: u64,
    /// Its day.
    pub date: String,
    /// `settled`, a posting kind, `held`, `answer`.
    pub kind: String,
    /// For people.
    pub words: String,
    /// Yuan.
    pub amount: String,
    /// Posting id.
    pub posting: Option<i64>,
    /// Payment id.
    pub payment: String,
}

/// A person's decision.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SlipDecision {
    /// Ledger entry.
    pub entry: u64,
    /// Kind.
    pub kind: String,
    /// The same for people.
    pub words: String,
    /// Programme code; empty for all.
    pub programme: String,
    /// Its name.
    pub programme_name: String,
    /// Yuan.
    pub amount: String,
    /// Document number.
    pub document: String,
    /// Why.
    pub why: String,
}
