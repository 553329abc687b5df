//! Why payments fail: a neutral code from a bank's code or words, and who must act.

/// Who can mend a failed payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Actor {
    /// The township corrects name or account in the roster.
    Township,
    /// The holder goes to the bank's counter.
    Holder,
    /// The bureau: the file was wrong, or sent twice.
    Bureau,
    /// The bank must say more.
    Bank,
}

impl Actor {
    /// Stable word; also a code of the catalogue, with `actor-` before it.
    pub fn word(self) -> &'static str {
        match self {
            Actor::Township => "township",
            Actor::Holder => "holder",
            Actor::Bureau => "bureau",
            Actor::Bank => "bank",
        }
    }
}

/// A reason code of ISO 20022 with the words that mean it and who must act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reason {
    /// ISO 20022 external reason code.
    pub code: &'static str,
    /// Who must act.
    pub actor: Actor,
    words: &'static [&'static str],
}

const REASONS: &[Reason] = &[
    reason("BE01", Actor::Township, &["户名不符", "户名错", "姓名不符", "名称不符", "户名与账号不符"]),
    reason("BE17", Actor::Township, &["证件号码错", "证件不符", "身份证不符"]),
    reason("AC04", Actor::Township, &["销户", "已结清", "卡已销毁", "账户已关闭"]),
    reason(
        "AC01",
        Actor::Township,
        &["账号不存在", "帐号不存在", "无此账号", "无此帐号", "账号错", "卡号错", "账号有误", "卡号有误"],
    ),
    reason(
        "AC06",
        Actor::Holder,
        &["冻结", "止付", "挂失", "没收", "不动户", "久悬", "睡眠户", "未激活", "状态不正常", "状态异常"],
    ),
    reason("AM21", Actor::Holder, &["超限额", "超过限额", "二类户", "三类户", "Ⅱ类", "Ⅲ类"]),
    reason("AG01", Actor::Holder, &["储种不能", "种类不对", "类别卡不允许", "未加办代收付"]),
    reason("RC01", Actor::Township, &["行号错", "行号有误", "联行号"]),
    reason("AM05", Actor::Bureau, &["重复"]),
    reason("AM10", Actor::Bureau, &["总金额不符", "总笔数不符", "合计不符"]),
    reason("FF01", Actor::Bureau, &["格式错", "格式不符", "特殊字符"]),
    reason("AC03", Actor::Township, &[]),
    reason("AC07", Actor::Township, &[]),
    reason("AC08", Actor::Township, &[]),
    reason("AC14", Actor::Township, &[]),
    reason("AC16", Actor::Holder, &[]),
    reason("AM02", Actor::Holder, &[]),
    reason("AM23", Actor::Holder, &[]),
    reason("AM01", Actor::Bureau, &[]),
    reason("AM04", Actor::Bureau, &["余额不足"]),
    reason("AM09", Actor::Bureau, &[]),
    reason("AM18", Actor::Bureau, &[]),
    reason("AM19", Actor::Bureau, &[]),
    reason("AM20", Actor::Bureau, &[]),
    reason("BE04", Actor::Township, &[]),
    reason("BE06", Actor::Township, &[]),
    reason("BE22", Actor::Township, &[]),
    reason("DT01", Actor::Bureau, &[]),
    reason("DU01", Actor::Bureau, &[]),
    reason("DU02", Actor::Bureau, &[]),
    reason("DU03", Actor::Bureau, &[]),
    reason("DU04", Actor::Bureau, &[]),
    reason("DU05", Actor::Bureau, &[]),
    reason("DUPL", Actor::Bureau, &[]),
    reason("FOCR", Actor::Bureau, &[]),
    reason("MD07", Actor::Township, &["死亡", "去世"]),
    reason("MS02", Actor::Bank, &[]),
    reason("MS03", Actor::Bank, &[]),
    reason("RR04", Actor::Bank, &[]),
    reason("TM01", Actor::Bureau, &[]),
    reason("NARR", Actor::Bank, &[]),
];

const fn reason(code: &'static str, actor: Actor, words: &'static [&'static str]) -> Reason {
    Reason { code, actor, words }
}

/// The reason behind a failure's text: the ISO code it begins with, else the words it holds, else
/// `NARR`, told in the bank's own words.
///
/// ```
/// use disburse::returns::reasons::{Actor, reason_of};
/// assert_eq!(reason_of("37 户名不符").code, "BE01");
/// assert_eq!(reason_of("AC06 卡户未激活").actor, Actor::Holder);
/// assert_eq!(reason_of("???").code, "NARR");
/// ```
pub fn reason_of(text: &str) -> Reason {
    let first: String = text.trim().chars().take_while(char::is_ascii_alphanumeric).collect();
    let coded =
        REASONS.iter().find(|reason| reason.code.eq_ignore_ascii_case(&first) && reason.code != "NARR");
    let worded = || REASONS.iter().find(|reason| reason.words.iter().any(|words| text.contains(words)));
    *coded.or_else(worded).unwrap_or(&NARRATIVE)
}

const NARRATIVE: Reason = reason("NARR", Actor::Bank, &[]);
