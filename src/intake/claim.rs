//! What a roster row is after reading.

use chrono::NaiveDate;
use rustc_hash::FxHashMap;

use crate::domain::{Account, Beneficiary, FileId, Money, Month, ResidentId, Source, Text, Township};
use crate::policy::{Canonical, FieldId, Missing, RegisterId, RosterId, Value};

/// A cell after reading by its field's kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Cell {
    /// Left blank where the field is optional on this roster, or the column is not there.
    #[default]
    Empty,
    /// Blank where it is needed, or filled and unreadable (a finding says which).
    Missing,
    /// Yes or no.
    Flag(bool),
    /// A whole number.
    Integer(i64),
    /// Yuan, exact to the fen.
    Money(Money),
    /// A day.
    Date(NaiveDate),
    /// A month.
    Month(Month),
    /// Position in the field's code table.
    Code(u16),
    /// Text, cleaned by READING 15–16.
    Text(Text),
}

impl Cell {
    /// The cell as an expression sees it.
    pub fn value(&self, field: FieldId) -> Value<'_> {
        match self {
            Cell::Empty => Value::Empty,
            Cell::Missing => Value::Missing(Missing::Field(field)),
            Cell::Flag(flag) => Value::Flag(*flag),
            Cell::Integer(number) => Value::Integer(*number),
            Cell::Money(money) => Value::Decimal(money.yuan()),
            Cell::Date(date) => Value::Date(*date),
            Cell::Month(month) => Value::Month(*month),
            Cell::Code(code) => Value::Code(*code),
            Cell::Text(text) => Value::Text(text),
        }
    }

    /// The text, or nothing.
    pub fn text(&self) -> &str {
        match self {
            Cell::Text(text) => text,
            _ => "",
        }
    }
}

/// The row's status column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowStatus {
    /// 正常
    Active,
    /// 暂停
    Suspended,
    /// 停发
    Stopped,
}

/// Why a row cannot be read as a claim (DESIGN §9.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rejection {
    /// No valid identity number.
    IdentityNumber,
    /// An always needed field is blank or unreadable.
    Field(FieldId),
    /// Another number of cells than the header.
    CellCount,
    /// Bytes that fit no encoding.
    Encoding,
    /// Hidden or filtered in the workbook.
    Hidden,
    /// Struck through in the workbook.
    Struck,
    /// Two columns of one field differ.
    ColumnsDiffer,
    /// The disability certificate carries another identity number.
    Certificate,
    /// A row of a fix list whose original row is not there as the list says.
    FixList,
}

impl Rejection {
    /// The reason in `decisions.csv`.
    pub fn word(self) -> &'static str {
        match self {
            Rejection::IdentityNumber => "identity number",
            Rejection::Field(_) => "needed field",
            Rejection::CellCount => "number of cells",
            Rejection::Encoding => "encoding",
            Rejection::Hidden => "hidden row",
            Rejection::Struck => "struck-through row",
            Rejection::ColumnsDiffer => "columns differ",
            Rejection::Certificate => "certificate",
            Rejection::FixList => "fix list",
        }
    }
}

/// One roster row after reading. Fields that could not be read are [`Cell::Missing`]; where that
/// makes the whole row unusable, `rejected` says so and the other fields hold what could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Where it stands.
    pub source: Source,
    /// Why it cannot be a claim.
    pub rejected: Option<Rejection>,
    /// The person.
    pub resident: Option<ResidentId>,
    /// The identity number after cleaning (READING 11), as written where it is wrong; empty if blank.
    pub id_written: Text,
    /// 姓名, cleaned (READING 16); empty where unreadable.
    pub name: Text,
    /// 家庭编号
    pub household_id: Text,
    /// 与户主关系 as written.
    pub relation: Text,
    /// Whether the relation marks the head (户主, 本人).
    pub head: bool,
    /// 户口性质
    pub hukou: Cell,
    /// 乡镇街道
    pub township: Township,
    /// 社区村
    pub community: Text,
    /// 最初享受月份: Month; Empty only on `once` rosters; Missing there if unreadable.
    pub first_month: Cell,
    /// 停发月份: Month, Empty, or Missing if unreadable.
    pub last_month: Cell,
    /// 状态; `None` only where rejected.
    pub status: Option<RowStatus>,
    /// 核定金额: Money, Empty, or Missing.
    pub declared_amount: Cell,
    /// 开户银行, 银行账号, 账户名称, cleaned; a part that is blank or unusable is empty, which holds
    /// the payment (READING 17).
    pub account: Account,
    /// 领款人身份证号: `None` where blank or wrong.
    pub payee_id: Option<ResidentId>,
    /// 领款人姓名
    pub payee_name: Text,
    /// 审批编号: Text, Empty or Missing.
    pub case_no: Text,
    /// 选择享受: the programme code as resolved from code or name; empty where blank.
    pub choice: Text,
    /// Values of [`crate::policy::Roster::extra`], by slot.
    pub extra: Box<[Cell]>,
    /// The claim is deferred whole: the certificate disagrees with the row in kind or grade, or the files
    /// of households and of people disagree about the household (READING 24).
    pub incomplete: bool,
}

impl Claim {
    /// Any field as an expression sees it. `slot` is the field's place in `extra` where it is not
    /// canonical.
    pub fn field(&self, field: FieldId, slot: Option<usize>) -> Value<'_> {
        if let Some(slot) = slot {
            return self.extra.get(slot).map_or(Value::Empty, |cell| cell.value(field));
        }
        macro_rules! written {
            ($text:expr) => {
                if $text.is_empty() { Value::Empty } else { Value::Text(&$text) }
            };
        }
        match Canonical::ALL.get(usize::from(field.0)) {
            Some(Canonical::Name) => written!(self.name),
            Some(Canonical::HouseholdId) => written!(self.household_id),
            Some(Canonical::Relation) => written!(self.relation),
            Some(Canonical::Hukou) => self.hukou.value(field),
            Some(Canonical::Community) => written!(self.community),
            Some(Canonical::FirstMonth) => self.first_month.value(field),
            Some(Canonical::LastMonth) => self.last_month.value(field),
            Some(Canonical::Status) => {
                self.status.map_or(Value::Missing(Missing::Field(field)), |status| Value::Code(status as u16))
            }
            Some(Canonical::DeclaredAmount) => self.declared_amount.value(field),
            Some(Canonical::Bank) => written!(self.account.bank),
            Some(Canonical::AccountNo) => written!(self.account.number),
            Some(Canonical::AccountName) => written!(self.account.name),
            Some(Canonical::PayeeName) => written!(self.payee_name),
            Some(Canonical::CaseNo) => written!(self.case_no),
            Some(Canonical::Choice) => written!(self.choice),
            Some(Canonical::Township | Canonical::ResidentId | Canonical::PayeeId) | None => Value::Empty,
        }
    }

    /// Digits 7–14 of the number as written, where they are digits: what a row with a wrong number
    /// is compared by (DESIGN §9).
    pub fn birth_written(&self) -> Option<u32> {
        let digits = self.id_written.as_bytes().get(6..14)?;
        digits
            .iter()
            .all(u8::is_ascii_digit)
            .then(|| digits.iter().fold(0, |sum, b| sum * 10 + u32::from(b - b'0')))
    }

    /// The beneficiary text of a person's claim (DESIGN §12): the person, the number as written where
    /// 18 characters could be read, else the row.
    pub fn person(&self, shown: impl FnOnce() -> String) -> Beneficiary {
        match self.resident {
            Some(resident) => Beneficiary::Person(resident),
            None if self.id_written.chars().count() == 18 => {
                Beneficiary::UnverifiedPerson(self.id_written.clone())
            }
            None => Beneficiary::Row(shown().into()),
        }
    }
}

/// Where a month's rows of a roster come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// The month's own files.
    Own,
    /// The archived files the month was last settled from; its own are gone.
    Archived,
    /// Another month's files: an advance month read from the cycle's, or a roster carried forward.
    Other(Month),
}

/// One roster in one benefit month.
#[derive(Debug, Clone)]
pub struct RosterMonth {
    /// Which roster.
    pub roster: RosterId,
    /// Which benefit month.
    pub month: Month,
    /// From where.
    pub origin: Origin,
    /// Files whose rows come from elsewhere than the rest: townships carried forward.
    pub carried: Vec<(FileId, Month)>,
    /// All data rows in order of file and row.
    pub claims: Vec<Claim>,
}

impl RosterMonth {
    /// Where a row comes from.
    pub fn origin_of(&self, source: Option<&Source>) -> Origin {
        let file = source.map(|source| source.file);
        match self.carried.iter().find(|(carried, _)| Some(*carried) == file) {
            Some((_, month)) => Origin::Other(*month),
            None => self.origin,
        }
    }
}

/// One row of a register that expressions ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterRow {
    /// First month in which it holds; `None`: always held.
    pub from: Option<Month>,
    /// Last month in which it holds.
    pub until: Option<Month>,
    /// Further columns, by position in the rule's columns.
    pub columns: Box<[Cell]>,
}

/// A correction applied over past and present rosters (register `changes`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Whose rows.
    pub resident: ResidentId,
    /// Which field.
    pub field: FieldId,
    /// The new value as written; read by the field's kind.
    pub value: Text,
    /// The entry cannot be read: the field is unreadable from its month on, the old value no longer holds.
    pub unreadable: bool,
    /// From this benefit month.
    pub from: Month,
    /// To this one.
    pub until: Option<Month>,
    /// Document number.
    pub document: Text,
}

/// One beneficiary or case under two keys (register `links`): the ledger keeps speaking of the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// `person`, `household` or `case`.
    pub kind: Text,
    /// The key the ledger knows: an identity number, `township code:household number`, or a case number.
    pub old: Text,
    /// The key rosters use from `from` on.
    pub new: Text,
    /// From this benefit month.
    pub from: Month,
    /// Document number.
    pub document: Text,
}

/// A payee named for a beneficiary (register `payees`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedPayee {
    /// Who.
    pub id: Option<ResidentId>,
    /// Name.
    pub name: Text,
    /// Where to.
    pub account: Account,
    /// From this cycle.
    pub from: Month,
    /// Document number.
    pub document: Text,
}

/// All registers of a bureau, as known today.
#[derive(Debug, Clone, Default)]
pub struct Registers {
    /// Earliest date of death by person.
    pub deaths: FxHashMap<ResidentId, NaiveDate>,
    /// People said to be dead on a day that cannot be read.
    pub deaths_undated: rustc_hash::FxHashSet<ResidentId>,
    /// Registers that the pack declares, by [`RegisterId`].
    pub listed: Vec<FxHashMap<ResidentId, Vec<RegisterRow>>>,
    /// Accounts that replace the roster's, by payee, sorted by month from which they hold.
    pub accounts: FxHashMap<ResidentId, Vec<(Month, Account)>>,
    /// Change sheets, in file order.
    pub changes: Vec<Change>,
    /// People of whom a change sheet says something in some months, and which field, it does not say.
    pub unclear: Vec<(ResidentId, Month, Option<Month>)>,
    /// Links, in file order.
    pub links: Vec<Link>,
    /// Payees by beneficiary text, sorted by month from which they hold.
    pub payees: FxHashMap<Text, Vec<NamedPayee>>,
    /// Identity numbers with a wrong check digit that are real.
    pub confirmed_ids: Vec<Text>,
    /// Accounts (`number`) that may serve several people.
    pub shared_accounts: Vec<Text>,
}

impl Registers {
    /// The row of a register in force for a person in a month: the latest by `from`.
    pub fn row(&self, register: RegisterId, resident: ResidentId, month: Month) -> Option<&RegisterRow> {
        self.listed
            .get(usize::from(register.0))?
            .get(&resident)?
            .iter()
            .filter(|row| {
                row.from.is_none_or(|from| from <= month) && row.until.is_none_or(|until| month <= until)
            })
            .max_by_key(|row| row.from)
    }

    /// The account that replaces a payee's in a cycle.
    pub fn account(&self, payee: ResidentId, cycle: Month) -> Option<&Account> {
        self.accounts.get(&payee)?.iter().rev().find(|(from, _)| *from <= cycle).map(|(_, account)| account)
    }
}
