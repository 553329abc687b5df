//! The loaded pack. Plain data: whoever holds a rulebook can read every rule in it.

use std::borrow::Cow;

use crate::domain::{Divisions, Month, Programme, Text};

use super::profiles::RosterProfile;

mod programmes;
mod rosters;
mod values;

pub use programmes::*;
pub use rosters::*;
pub use values::*;

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
