//! How a bank wants its file. There is no national standard, so layouts are data, one TOML file a
//! profile, and each is an example until the bank has confirmed it.

use std::collections::BTreeMap;

use serde::Deserialize;

/// A bank's layout.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BankProfile {
    /// Name by which `disburse.toml` speaks of it: `a-z 0-9 -`.
    pub name: String,
    /// Name for people.
    #[serde(default)]
    pub title: String,
    /// Whether the bank has confirmed it.
    pub status: ProfileStatus,
    /// The agent bank, where one bank takes files for all others.
    #[serde(default)]
    pub agent: String,
    /// Beginnings of bank names, as rosters write them, that mean the agent bank itself.
    #[serde(default)]
    pub own: Vec<String>,
    /// Own-bank and other-bank payments in one file or in two.
    #[serde(default)]
    pub split: Split,
    /// Delimited, fixed width, workbook or message.
    pub format: Format,
    /// Encoding of text formats; workbooks and messages have their own.
    #[serde(default)]
    pub encoding: FileEncoding,
    /// Whether a UTF-8 file begins with a byte order mark.
    #[serde(default)]
    pub byte_order_mark: bool,
    /// Between cells of a delimited file.
    #[serde(default = "comma")]
    pub delimiter: char,
    /// Whether a cell that holds the delimiter may stand in double quotes. Without quotes such a
    /// name cannot be written and its payment is held.
    #[serde(default)]
    pub quotes: bool,
    /// End of line.
    #[serde(default)]
    pub line_ending: LineEnding,
    /// Whether the last line ends too.
    #[serde(default = "yes")]
    pub last_line_ends: bool,
    /// File name with blanks, e.g. `{batch}-{programme}{kind}.txt`.
    pub file_name: String,
    /// Most payments in one file; 0: no limit but the format's.
    #[serde(default)]
    pub row_limit: u32,
    /// Sheet name of a workbook.
    #[serde(default)]
    pub sheet: String,
    /// Whether the columns' titles stand above them.
    #[serde(default)]
    pub titles: bool,
    /// Rows above.
    #[serde(default)]
    pub header: Vec<Vec<Column>>,
    /// The payment's row.
    #[serde(default)]
    pub columns: Vec<Column>,
    /// Rows below.
    #[serde(default)]
    pub trailer: Vec<Vec<Column>>,
    /// Remark text.
    #[serde(default)]
    pub remark: Remark,
    /// 12-digit bank codes by bank name as written.
    #[serde(default)]
    pub bank_codes: BTreeMap<String, String>,
    /// Category purpose code of pain.001.
    #[serde(default = "social_security_benefit")]
    pub category_purpose: String,
    /// How the bank answers, where it answers in its own layout.
    pub result: Option<ResultProfile>,
}

fn comma() -> char {
    ','
}

fn yes() -> bool {
    true
}

fn social_security_benefit() -> String {
    "SSBE".to_owned()
}

/// Whether a layout is known to be right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProfileStatus {
    /// An example, to be checked with the bank before first use.
    Example,
    /// The bank has taken a test file.
    Confirmed,
}

/// Forms of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Format {
    /// Cells between delimiters.
    #[serde(rename = "delimited")]
    Delimited,
    /// Cells of fixed width in bytes.
    #[serde(rename = "fixed")]
    Fixed,
    /// XLSX, all cells text.
    #[serde(rename = "workbook")]
    Workbook,
    /// ISO 20022, 2009.
    #[serde(rename = "pain.001.001.03")]
    Pain03,
    /// ISO 20022, 2019: the default.
    #[serde(rename = "pain.001.001.09")]
    Pain09,
    /// ISO 20022, 2026.
    #[serde(rename = "pain.001.001.13")]
    Pain13,
}

impl Format {
    /// Delimited or fixed width.
    pub fn is_text(self) -> bool {
        matches!(self, Format::Delimited | Format::Fixed)
    }

    /// A pain.001 message.
    pub fn is_message(self) -> bool {
        matches!(self, Format::Pain03 | Format::Pain09 | Format::Pain13)
    }
}

/// Encodings a bank may ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Default)]
pub enum FileEncoding {
    /// UTF-8.
    #[serde(rename = "UTF-8")]
    Utf8,
    /// The national standard, with its four-byte characters.
    #[default]
    #[serde(rename = "GB18030")]
    Gb18030,
    /// Two-byte characters only.
    #[serde(rename = "GBK")]
    Gbk,
}

/// Ends of lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum LineEnding {
    /// CR LF.
    #[default]
    Crlf,
    /// LF.
    Lf,
}

impl LineEnding {
    /// The characters.
    pub fn text(self) -> &'static str {
        match self {
            LineEnding::Crlf => "\r\n",
            LineEnding::Lf => "\n",
        }
    }
}

/// How files are split by bank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum Split {
    /// One file a bank.
    #[default]
    Bank,
    /// One file for all banks that the profile serves.
    Together,
    /// The agent bank's own accounts in one file, all others in another.
    OwnOther,
}

/// One cell of a row.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// Title, where titles are written.
    #[serde(default)]
    pub title: String,
    /// What stands in it.
    pub field: Field,
    /// The text of a `text` cell, with blanks.
    #[serde(default)]
    pub text: String,
    /// Width in bytes: exact in fixed width, elsewhere the most that fits; 0: no limit.
    #[serde(default)]
    pub width: usize,
    /// Where a shorter value stands.
    #[serde(default)]
    pub align: Align,
    /// What fills the rest: one ASCII character.
    #[serde(default = "space")]
    pub pad: char,
    /// Yuan with two decimals, or fen.
    #[serde(default)]
    pub unit: Unit,
}

fn space() -> char {
    ' '
}

/// What a cell holds. `count` and `total` belong into header and trailer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Field {
    /// Number of the payment in its file, from 1.
    Sequence,
    /// Payment id.
    PaymentId,
    /// Account number.
    AccountNo,
    /// Account name.
    AccountName,
    /// Amount of the payment.
    Amount,
    /// The payee's bank.
    Bank,
    /// Its 12-digit code, empty where not known.
    BankCode,
    /// The payee's identity number, empty for organisations.
    PayeeId,
    /// Remark.
    Remark,
    /// A text with blanks.
    Text,
    /// Number of payments in the file.
    Count,
    /// Sum of the file.
    Total,
}

impl Field {
    /// Whether it belongs to one payment.
    pub fn is_of_payment(self) -> bool {
        !matches!(self, Field::Text | Field::Count | Field::Total)
    }

    /// The word the profile writes.
    pub fn word(self) -> &'static str {
        match self {
            Field::Sequence => "sequence",
            Field::PaymentId => "payment-id",
            Field::AccountNo => "account-no",
            Field::AccountName => "account-name",
            Field::Amount => "amount",
            Field::Bank => "bank",
            Field::BankCode => "bank-code",
            Field::PayeeId => "payee-id",
            Field::Remark => "remark",
            Field::Text => "text",
            Field::Count => "count",
            Field::Total => "total",
        }
    }
}

/// Which side a value stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum Align {
    /// Value first.
    #[default]
    Left,
    /// Filling first.
    Right,
}

/// Units of amounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Default)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// `1234.50`
    #[default]
    Yuan,
    /// `123450`
    Fen,
}

/// The text that goes with payments.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct Remark {
    /// For programmes that have no text of their own, here or in the pack.
    pub text: String,
    /// Most bytes in the file's encoding; a longer text is cut between characters. 0: no limit.
    pub bytes: usize,
    /// By programme code.
    pub programmes: BTreeMap<String, String>,
}

/// A bank's own result file.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResultProfile {
    /// Delimited, fixed width or workbook.
    pub format: Format,
    /// Encoding; a valid UTF-8 file or one with a byte order mark is read as such all the same.
    #[serde(default)]
    pub encoding: FileEncoding,
    /// Between cells.
    #[serde(default = "comma")]
    pub delimiter: char,
    /// Lines above the first answer.
    #[serde(default)]
    pub header_rows: usize,
    /// Lines below the last answer.
    #[serde(default)]
    pub trailer_rows: usize,
    /// Cells in order.
    pub columns: Vec<ResultColumn>,
    /// What the bank's result codes mean. A code that does not stand here is an unknown status.
    pub codes: BTreeMap<String, ResultCode>,
}

/// One cell of a result row.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResultColumn {
    /// What stands in it.
    pub field: ResultField,
    /// Width in bytes of a fixed-width file.
    #[serde(default)]
    pub width: usize,
    /// Unit of an amount.
    #[serde(default)]
    pub unit: Unit,
}

/// What a cell of a result row holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResultField {
    /// Payment id.
    PaymentId,
    /// Batch id.
    Batch,
    /// Account number.
    AccountNo,
    /// Account name.
    AccountName,
    /// Amount moved, or asked for where nothing moved.
    Amount,
    /// Result code.
    Code,
    /// The bank's words.
    Reason,
    /// Day, as `2023-02-10` or `20230210`.
    Date,
    /// Not used.
    Skip,
}

/// What a result code means.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResultCode {
    /// `paid`, `failed` or `pending`.
    pub status: ResultStatus,
    /// ISO 20022 reason code of a failure.
    #[serde(default)]
    pub reason: String,
    /// In words.
    #[serde(default)]
    pub text: String,
}

/// The three things a bank can say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResultStatus {
    /// The money is in the account.
    Paid,
    /// It is not, and will not be.
    Failed,
    /// Not yet known.
    Pending,
}
