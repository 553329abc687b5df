//! The registers that the program knows, and the headers of their columns.

use crate::policy::FieldId;

/// The registers the program itself knows, in the order in which they are read: confirmed numbers
/// first, because the others may hold them.
pub(super) const KNOWN: [&str; 6] = ["confirmed", "deaths", "accounts", "changes", "links", "payees"];

/// The columns of the registers, as positions that headers are mapped to.
pub(super) mod column {
    use crate::policy::FieldId;

    pub const PERSON: FieldId = FieldId(0);
    pub const DIED: FieldId = FieldId(1);
    pub const BANK: FieldId = FieldId(2);
    pub const NUMBER: FieldId = FieldId(3);
    pub const HOLDER: FieldId = FieldId(4);
    pub const FROM: FieldId = FieldId(5);
    pub const UNTIL: FieldId = FieldId(6);
    pub const FIELD: FieldId = FieldId(7);
    pub const VALUE: FieldId = FieldId(8);
    pub const DOCUMENT: FieldId = FieldId(9);
    pub const KIND: FieldId = FieldId(10);
    pub const OLD: FieldId = FieldId(11);
    pub const NEW: FieldId = FieldId(12);
    pub const KEY: FieldId = FieldId(13);
    pub const PAYEE: FieldId = FieldId(14);
    pub const PAYEE_NAME: FieldId = FieldId(15);
    /// Columns that a pack's register declares follow.
    pub const FURTHER: u16 = 100;
}

/// Headers of the known registers' columns; the first is DESIGN §7's.
pub(super) const HEADERS: [(FieldId, &[&str]); 16] = [
    (column::PERSON, &["身份证号", "身份证号码", "公民身份号码", "证件号码", "resident_id"]),
    (column::DIED, &["死亡日期", "死亡时间", "去世日期", "died_on"]),
    (column::BANK, &["开户银行", "开户行", "银行名称", "bank"]),
    (column::NUMBER, &["银行账号", "账号", "卡号", "银行卡号", "account_no"]),
    (column::HOLDER, &["账户名称", "户名", "账户名", "开户名", "account_name"]),
    (column::FROM, &["起始月份", "生效月份", "开始月份", "from"]),
    (column::UNTIL, &["终止月份", "截止月份", "结束月份", "until"]),
    (column::FIELD, &["字段", "field"]),
    (column::VALUE, &["新值", "value"]),
    (column::DOCUMENT, &["文号", "依据文号", "document"]),
    (column::KIND, &["类别", "kind"]),
    (column::OLD, &["旧编号", "old"]),
    (column::NEW, &["新编号", "new"]),
    (column::KEY, &["编号", "key"]),
    (column::PAYEE, &["领款人身份证号", "payee_id"]),
    (column::PAYEE_NAME, &["领款人姓名", "payee_name"]),
];

/// Which columns a register needs, the first of which finds its header.
pub(super) fn needed(register: &str) -> &'static [FieldId] {
    use column::*;
    match register {
        "deaths" => &[PERSON, DIED],
        "accounts" => &[PERSON, BANK, NUMBER, HOLDER, FROM],
        "changes" => &[PERSON, FIELD, VALUE, FROM],
        "links" => &[OLD, KIND, NEW, FROM],
        "payees" => &[KEY, PAYEE_NAME, BANK, NUMBER, HOLDER, FROM],
        "confirmed" => &[KEY, KIND],
        _ => &[PERSON],
    }
}
