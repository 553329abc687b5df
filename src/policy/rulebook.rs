//! The loaded pack. Plain data: whoever holds a rulebook can read every rule in it.

use std::borrow::Cow;

use rust_decimal::Decimal;

use crate::domain::{Divisions, Month, Programme, Text};

use super::dated::Rounding;
use super::expression::Expression;
use super::profiles::RosterProfile;

/// A field, as its position in [`Rulebook::fields`]. The canonical fields of DESIGN §7 come first,
/// in the order of [`Canonical`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldId(pub u16);

/// A roster, as its position in [`Rulebook::rosters`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RosterId(pub u16);

/// A register, as its position in [`Rulebook::registers`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegisterId(pub u16);

/// A dated value, as its position in [`Rulebook::values`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ValueId(pub u16);

/// The fields of DESIGN §7 that the program itself knows. Their [`FieldId`] is their position here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u16)]
pub enum Canonical {
    /// 身份证号
    ResidentId,
    /// 姓名
    Name,
    /// 家庭编号
    HouseholdId,
    /// 与户主关系
    Relation,
    /// 户口性质
    Hukou,
    /// 乡镇街道
    Township,
    /// 社区村
    Community,
    /// 最初享受月份
    FirstMonth,
    /// 停发月份
    LastMonth,
    /// 状态
    Status,
    /// 核定金额
    DeclaredAmount,
    /// 开户银行
    Bank,
    /// 银行账号
    AccountNo,
    /// 账户名称
    AccountName,
    /// 领款人身份证号
    PayeeId,
    /// 领款人姓名
    PayeeName,
    /// 审批编号
    CaseNo,
    /// 选择享受
    Choice,
}

impl Canonical {
    /// All, in order; position = [`FieldId`].
    pub const ALL: [Canonical; 18] = {
        use Canonical::*;
        [
            ResidentId,
            Name,
            HouseholdId,
            Relation,
            Hukou,
            Township,
            Community,
            FirstMonth,
            LastMonth,
            Status,
            DeclaredAmount,
            Bank,
            AccountNo,
            AccountName,
            PayeeId,
            PayeeName,
            CaseNo,
            Choice,
        ]
    };

    /// The fixed code.
    pub fn code(self) -> &'static str {
        use Canonical::*;
        match self {
            ResidentId => "resident_id",
            Name => "name",
            HouseholdId => "household_id",
            Relation => "relation",
            Hukou => "hukou",
            Township => "township",
            Community => "community",
            FirstMonth => "first_month",
            LastMonth => "last_month",
            Status => "status",
            DeclaredAmount => "declared_amount",
            Bank => "bank",
            AccountNo => "account_no",
            AccountName => "account_name",
            PayeeId => "payee_id",
            PayeeName => "payee_name",
            CaseNo => "case_no",
            Choice => "choice",
        }
    }

    /// Its id in every rulebook.
    pub const fn id(self) -> FieldId {
        FieldId(self as u16)
    }
}

/// The loaded pack.
#[derive(Debug, Clone)]
pub struct Rulebook {
    /// Short name of the pack, e.g. `xincheng`.
    pub name: Text,
    /// The district's six digits, the first part of payment ids.
    pub district: Text,
    /// sha256 (hex) over every pack file's path and bytes.
    pub digest: String,
    /// Townships and streets.
    pub divisions: Divisions,
    /// All fields; canonical ones first.
    pub fields: Vec<Field>,
    /// All rosters.
    pub rosters: Vec<Roster>,
    /// How files of other systems are read; a file belongs to the first that its name fits.
    pub profiles: Vec<RosterProfile>,
    /// All registers that expressions may ask.
    pub registers: Vec<RegisterRule>,
    /// All dated values.
    pub values: Vec<DatedValue>,
    /// All programmes in pack order; position = [`Programme`].
    pub programmes: Vec<ProgrammeRule>,
    /// The order in which programmes are assessed: who is asked comes before who asks.
    pub order: Vec<Programme>,
    /// Stacking between programmes, in written order.
    pub stacking: Vec<Stacking>,
    /// Where each of these rules comes from, by position.
    pub stacking_citations: Vec<Citation>,
    /// Funds and their sources.
    pub funds: Vec<Fund>,
}

impl Rulebook {
    /// The programme with this code.
    pub fn programme(&self, code: &str) -> Option<Programme> {
        self.programmes.iter().position(|rule| rule.code == code).map(|position| Programme(position as u16))
    }

    /// The rulebook with programmes that the pack no longer has, after its own. They decide nothing: they give
    /// reports, bank files and budgets a name for money the ledger still speaks of.
    pub fn with_retired(&self, retired: &[RetiredProgramme]) -> Cow<'_, Rulebook> {
        if retired.is_empty() {
            return Cow::Borrowed(self);
        }
        let mut all = self.clone();
        for programme in retired {
            let fund = self.funds.iter().position(|fund| fund.code == programme.fund);
            let fund = fund.map_or(u16::MAX, |fund| fund as u16);
            all.programmes.push(ProgrammeRule::retired(programme, fund));
        }
        Cow::Owned(all)
    }

    /// The dated value with this code.
    pub fn value(&self, code: &str) -> Option<(ValueId, &DatedValue)> {
        let position = self.values.iter().position(|value| value.code == code)?;
        Some((ValueId(position as u16), &self.values[position]))
    }

    /// Programmes paid once per case, in pack order.
    pub fn once_programmes(&self) -> Vec<Programme> {
        (0..)
            .map(Programme)
            .zip(&self.programmes)
            .filter(|(_, rule)| rule.frequency == Frequency::Once)
            .map(|(programme, _)| programme)
            .collect()
    }

    /// The later months whose entitlements decide, in a cycle, which values hold in a benefit month:
    /// those in which values were announced that go to who is still entitled then.
    pub fn still_entitled_months(&self, month: Month, cycle: Month) -> Vec<Month> {
        self.values
            .iter()
            .flat_map(|value| &value.entries)
            .filter(|entry| entry.arrears == Arrears::StillEntitled && entry.from <= month)
            .map(|entry| entry.announced)
            .filter(|announced| month < *announced && *announced <= cycle)
            .collect()
    }

    /// A programme's rule.
    pub fn rule(&self, programme: Programme) -> &ProgrammeRule {
        &self.programmes[usize::from(programme.0)]
    }

    /// A roster.
    pub fn roster(&self, roster: RosterId) -> &Roster {
        &self.rosters[usize::from(roster.0)]
    }

    /// A field.
    pub fn field(&self, field: FieldId) -> &Field {
        &self.fields[usize::from(field.0)]
    }

    /// Programmes fed by a roster, in pack order.
    pub fn programmes_of(&self, roster: RosterId) -> impl Iterator<Item = (Programme, &ProgrammeRule)> {
        self.programmes
            .iter()
            .enumerate()
            .filter(move |(_, rule)| rule.roster == roster)
            .map(|(position, rule)| (Programme(position as u16), rule))
    }

    /// Whether a stacking rule joins two programmes (in either direction), or they share a roster:
    /// the pairs that mirror holds look at (DESIGN §10).
    pub fn joined(&self, a: Programme, b: Programme) -> bool {
        self.rule(a).roster == self.rule(b).roster
            || self.stacking.iter().any(|stacking| match stacking {
                Stacking::Bars { holder, barred } => {
                    (*holder == a && barred.contains(&b)) || (*holder == b && barred.contains(&a))
                }
                Stacking::HigherOf { programmes } => programmes.contains(&a) && programmes.contains(&b),
                Stacking::Difference { payer, less } => {
                    (*payer == a && less.contains(&b)) || (*payer == b && less.contains(&a))
                }
            })
    }
}

/// How sure a figure or a rule is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Read in a statute, an official text or a report of it.
    Verified,
    /// Inferred, recalled or supposed.
    Assumed,
    /// Another place's figure.
    Example,
}

/// Where a rule or a figure comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Citation {
    /// Document, number, article.
    pub text: Text,
    /// How sure.
    pub status: Status,
}

/// A column that rosters may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// ASCII code, e.g. `monthly_income`.
    pub code: Text,
    /// Headers by which it is found; the first is its Chinese name in expressions and messages.
    pub headers: Vec<Text>,
    /// What its cells hold.
    pub kind: FieldKind,
    /// What a blank cell means.
    pub blank: Blank,
}

/// What the cells of a field hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldKind {
    /// Identity number.
    ResidentId,
    /// A person's name (READING 16).
    Name,
    /// Any text.
    Text,
    /// Yuan; cells are read exactly to the fen.
    Money,
    /// Whole number within bounds, with words for some numbers (一级 → 1).
    Integer {
        /// Smallest allowed.
        least: i64,
        /// Largest allowed.
        most: i64,
        /// Words that stand for numbers.
        words: Vec<(Text, i64)>,
    },
    /// A day.
    Date,
    /// A month.
    Month,
    /// One of a table of codes.
    Code(Vec<CodeEntry>),
    /// 是/否, with the words that mean each.
    Flag {
        /// Words for yes.
        yes: Vec<Text>,
        /// Words for no.
        no: Vec<Text>,
    },
    /// A disability certificate number: identity number, kind digit, grade digit; checked against
    /// the row's identity number and the fields named.
    Certificate {
        /// The code field that holds the kind, in the order of the certificate's digit from 1.
        kind: FieldId,
        /// The integer field that holds the grade.
        grade: FieldId,
    },
}

/// One entry of a code table; its position is the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeEntry {
    /// ASCII code, or the word itself where the design fixes only the word.
    pub code: Text,
    /// Words rosters use; the first is shown to people.
    pub words: Vec<Text>,
}

/// What a blank cell means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Blank {
    /// Without it the row cannot be read as a claim: `rejected`.
    Rejects,
    /// Missing: undecided wherever a rule reaches it.
    Missing,
    /// The condition does not apply.
    Empty,
    /// A stated default: no for a flag, the first code of a table, or a number.
    Default(i64),
}

/// A roster: the list of one programme family for one month.
#[derive(Debug, Clone)]
pub struct Roster {
    /// Code, with which its files' names begin.
    pub code: Text,
    /// Name for people.
    pub name: Text,
    /// Other beginnings of file names that mean this roster (e.g. 低保).
    pub file_names: Vec<Text>,
    /// Its fields beyond the canonical ones; position = slot in a claim's `extra`.
    pub extra: Vec<FieldId>,
    /// Canonical fields that are needed beyond DESIGN §7's always needed ones, and blanks that
    /// differ on this roster.
    pub blanks: Vec<(FieldId, Blank)>,
    /// What identifies a row: default `resident_id`.
    pub key: Vec<FieldId>,
    /// Whether its programmes are paid once per case.
    pub once: bool,
    /// Whether its rows are members of households.
    pub household: bool,
}

impl Roster {
    /// The slot of one of its extra fields.
    pub fn slot(&self, field: FieldId) -> Option<usize> {
        self.extra.iter().position(|extra| *extra == field)
    }

    /// What a blank cell of a field means on this roster.
    pub fn blank<'a>(&'a self, field: FieldId, rulebook: &'a Rulebook) -> &'a Blank {
        self.blanks
            .iter()
            .find(|(id, _)| *id == field)
            .map_or(&rulebook.field(field).blank, |(_, blank)| blank)
    }
}

/// A register that expressions may ask about a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterRule {
    /// File stem under `registers/`.
    pub code: Text,
    /// Name for people and expressions.
    pub name: Text,
    /// Header aliases of the identity number column.
    pub id_headers: Vec<Text>,
    /// Header aliases of the month from which a row holds; none: always.
    pub from_headers: Vec<Text>,
    /// Header aliases of the last month in which a row holds; none: without end.
    pub until_headers: Vec<Text>,
    /// Further columns expressions may read, as fields.
    pub columns: Vec<FieldId>,
}

/// A parameter of policy with a history.
#[derive(Debug, Clone)]
pub struct DatedValue {
    /// ASCII code, e.g. `dibao_standard`.
    pub code: Text,
    /// Chinese name in expressions.
    pub name: Text,
    /// What its keys are, in order: a code field's id, or a band over an integer.
    pub keys: Vec<ValueKey>,
    /// What it measures.
    pub unit: Unit,
    /// Its history; sorted by key, then `from`.
    pub entries: Vec<DatedEntry>,
}

/// One key of a dated value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValueKey {
    /// One entry per code of a field's table.
    Code(FieldId),
    /// Bands over an integer (age, grade, count).
    Band,
}

/// What a dated value measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Yuan a month, a case or a piece.
    Money,
    /// A share; 0.3 for 30 %.
    Ratio,
    /// A plain whole number.
    Integer,
}

/// One value of a history.
#[derive(Debug, Clone, PartialEq)]
pub struct DatedEntry {
    /// The key it is for, one part per [`DatedValue::keys`].
    pub key: Vec<KeyPart>,
    /// First month in which it holds.
    pub from: Month,
    /// Last month in which it holds; `None`: until the next of the same key.
    pub until: Option<Month>,
    /// Yuan a month already converted and rounded where the pack gave a yearly figure.
    pub amount: Decimal,
    /// The figure and unit as the pack wrote them, for people.
    pub written: Text,
    /// First cycle that knows it.
    pub announced: Month,
    /// Who gets the arrears of months before `announced`.
    pub arrears: Arrears,
    /// Where it comes from.
    pub citation: Citation,
}

/// One part of a key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyPart {
    /// Position in the code table.
    Code(u16),
    /// From (inclusive) up to (exclusive); `None`: without bound.
    Band(Option<i64>, Option<i64>),
}

/// Who gets the difference of a value announced after its `from`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrears {
    /// Everybody entitled in the month.
    All,
    /// Only who is entitled in the month `announced`, on its own.
    StillEntitled,
}

/// Who the amount is decided for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BenefitUnit {
    /// Each person.
    Person,
    /// Each household.
    Household,
}

/// How often a programme pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frequency {
    /// Every benefit month.
    Monthly,
    /// In advance for the quarter, in its first month.
    Quarterly,
    /// Once per case.
    Once,
}

/// Whose account gets the money.
#[derive(Debug, Clone, PartialEq)]
pub enum PayeeRule {
    /// The person, or the guardian the row names.
    Person,
    /// The head of the household.
    Head,
    /// An organisation named in a field, always (provider of home care).
    Organisation(FieldId),
    /// An organisation named in `field` where `condition` holds (centralised support); else the person.
    OrganisationIf {
        /// Which.
        field: FieldId,
        /// When.
        condition: Expression,
    },
    /// The person named in the payee fields (a carer), else the person.
    Carer,
}

/// What to do with an amount the sending office computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Declared {
    /// Ours; a difference is a warning.
    PayComputed,
    /// Theirs.
    PayDeclared,
    /// Neither, until it is settled.
    DeferIfDifferent,
}

/// How money paid too much comes back.
#[derive(Debug, Clone, PartialEq)]
pub struct Recovery {
    /// Whether offsets wait for a person's confirmation.
    pub confirmed: bool,
    /// The share of what is due that may be offset; 1 for all.
    pub share: Decimal,
    /// What must stay payable, in yuan.
    pub leave_at_least: Decimal,
}

/// One condition of a programme, in written order.
#[derive(Debug, Clone)]
pub struct Clause {
    /// Stable id, e.g. `income`.
    pub id: Text,
    /// Must be true.
    pub condition: Expression,
    /// The refusal's own words.
    pub words: Text,
    /// Where it comes from.
    pub citation: Citation,
}

/// A programme's whole rule.
#[derive(Debug, Clone)]
pub struct ProgrammeRule {
    /// Code, e.g. `old-age`.
    pub code: Text,
    /// Name for people.
    pub name: Text,
    /// Person or household.
    pub unit: BenefitUnit,
    /// The roster it reads.
    pub roster: RosterId,
    /// Which rows of the roster are claims of it; `None`: all.
    pub selection: Option<Expression>,
    /// The field the selection hangs on, for rows where it is missing.
    pub selecting_field: Option<FieldId>,
    /// First month in which it exists.
    pub from: Month,
    /// How often.
    pub frequency: Frequency,
    /// Paid for the month of death, not after. Ignored by `once` programmes.
    pub stops_after_death: bool,
    /// For households: programmes whose entitled persons are not counted as members.
    pub excludes_entitled_to: Vec<Programme>,
    /// Conditions in order.
    pub clauses: Vec<Clause>,
    /// The amount in yuan.
    pub amount: Expression,
    /// How the amount is rounded, before floor and cap.
    pub rounding: Rounding,
    /// The smallest result; `None`: no floor.
    pub floor: Option<Decimal>,
    /// The largest result; `None`: no cap.
    pub cap: Option<Expression>,
    /// Payee.
    pub payee: PayeeRule,
    /// Declared amounts.
    pub declared: Declared,
    /// Recoveries.
    pub recovery: Recovery,
    /// Position in [`Rulebook::funds`].
    pub fund: u16,
    /// Rows of one person compete: only the highest stays (home care), first by this field's table.
    pub higher_of_rows: Option<FieldId>,
    /// Months after which a life verification is too old, with its date field.
    pub verification: Option<(FieldId, i32)>,
    /// Whether names may be posted in public.
    pub public_notice: bool,
    /// The text that goes with the payment.
    pub remark: Text,
    /// Where it comes from.
    pub citation: Citation,
    /// Programmes, values and registers its expressions ask, for digests and `explain`.
    pub asks: Asks,
}

/// What is left of a programme that the pack no longer has: as its last release had it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetiredProgramme {
    /// Its code.
    pub code: Text,
    /// Its name; the code where no release knows it.
    pub name: Text,
    /// The text that went with its payments.
    pub remark: Text,
    /// Code of the fund it was paid from; empty where no release knows it.
    pub fund: Text,
}

impl ProgrammeRule {
    /// A programme that is no longer in the pack: names and a fund, no rule.
    fn retired(programme: &RetiredProgramme, fund: u16) -> ProgrammeRule {
        ProgrammeRule {
            code: programme.code.clone(),
            name: programme.name.clone(),
            unit: BenefitUnit::Person,
            roster: RosterId(u16::MAX),
            selection: None,
            selecting_field: None,
            from: Month::of(chrono::NaiveDate::MAX),
            frequency: Frequency::Monthly,
            stops_after_death: true,
            excludes_entitled_to: Vec::new(),
            clauses: Vec::new(),
            amount: Expression::nothing(),
            rounding: Rounding::FEN,
            floor: None,
            cap: None,
            payee: PayeeRule::Person,
            declared: Declared::PayComputed,
            recovery: Recovery { confirmed: true, share: Decimal::ONE, leave_at_least: Decimal::ZERO },
            fund,
            higher_of_rows: None,
            verification: None,
            public_notice: false,
            remark: programme.remark.clone(),
            citation: Citation { text: Text::default(), status: Status::Verified },
            asks: Asks::default(),
        }
    }

    /// The rule as one text, for the digest that tells whether the rule changed. Stable within a
    /// version of the program; another version is another rules version anyway.
    pub fn rule_text(&self) -> String {
        format!(
            "{:?}{:?}{:?}{:?}{:?}{:?}{:?}",
            self.clauses,
            self.amount,
            self.floor,
            self.cap,
            self.selection,
            self.from,
            self.excludes_entitled_to
        )
    }
}

/// What a programme's expressions reach.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asks {
    /// Programmes asked by `entitled`, `amount`, `share`, and those that bar it or displace it.
    pub programmes: Vec<Programme>,
    /// Dated values.
    pub values: Vec<ValueId>,
    /// Those of them that are read in other months than the benefit month.
    pub values_elsewhere: Vec<ValueId>,
    /// Registers.
    pub registers: Vec<RegisterId>,
}

/// Stacking between programmes on one person (DESIGN §9.7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stacking {
    /// Being entitled to `holder` bars these.
    Bars {
        /// Whose entitlement bars.
        holder: Programme,
        /// What is barred.
        barred: Vec<Programme>,
    },
    /// Only the highest stays.
    HigherOf {
        /// Among these, in listed order.
        programmes: Vec<Programme>,
    },
    /// `payer` pays its amount less what `less` pay.
    Difference {
        /// Who pays the rest.
        payer: Programme,
        /// What is taken off.
        less: Vec<Programme>,
    },
}

/// A fund and the sources that feed it.
#[derive(Debug, Clone, PartialEq)]
pub struct Fund {
    /// Code.
    pub code: Text,
    /// Name for people.
    pub name: Text,
    /// Sources in pack order with their shares, which add to 1.
    pub sources: Vec<(Text, Decimal)>,
}
