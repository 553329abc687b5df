//! Words of files turned into words for people: outcome, cause, hold, reason, border and limit codes
//! looked up in the catalogue, in the report's language. A code the catalogue lacks speaks for itself.

use std::borrow::Cow;

use crate::domain::{Money, Tally, Text};
use crate::policy::Rulebook;
use crate::words::{self, Language};

use super::people::{grouped, grouped_count};
use super::summary::{Summary, WaitingFor};

/// The words of `report-<kind>-<code>`, or the code.
pub fn label(language: Language, kind: &str, code: &str) -> String {
    let key = format!("report-{kind}-{code}");
    if words::knows(&key) { words::say(language, &key, &[]) } else { code.to_owned() }
}

/// A sentence of the page.
pub fn sentence(language: Language, code: &str, blanks: &[(&'static str, &str)]) -> String {
    let blanks: Vec<(&'static str, Text)> =
        blanks.iter().map(|(blank, value)| (*blank, Text::from(*value))).collect();
    words::say(language, &format!("report-page-{code}"), &blanks)
}

/// A reason as in the column `reason`, or what a border sets aside, for people: codes in words, a programme by its name, a
/// refusal's own words as they are.
pub fn reason<'a>(summary: &Summary<'_>, reason: &'a str) -> Cow<'a, str> {
    reason_words(summary.facts.language, summary.facts.rulebook, reason)
}

/// The same without a run.
pub fn reason_words<'a>(language: Language, rulebook: &Rulebook, reason: &'a str) -> Cow<'a, str> {
    let name =
        |code: &str| rulebook.programme(code).map(|programme| rulebook.rule(programme).name.to_string());
    if let Some(code) = reason.strip_prefix("undecided:") {
        let name = name(code).unwrap_or_else(|| code.to_owned());
        return sentence(language, "undecided-by", &[("programme", &name)]).into();
    }
    for kind in ["reason", "cause", "hold", "outcome"] {
        let key = format!("report-{kind}-{}", reason.replace(' ', "-"));
        if words::knows(&key) {
            return words::say(language, &key, &[]).into();
        }
    }
    name(reason).map_or(Cow::Borrowed(reason), Cow::Owned)
}

/// Why a bank sent money back, for people: a bare code of ISO 20022 with its words beside it; what the bank
/// told in words as it is.
pub fn bank_reason(language: Language, said: &str) -> Cow<'_, str> {
    let key = format!("report-bank-{}", said.trim().to_ascii_uppercase());
    if !words::knows(&key) {
        return Cow::Borrowed(said);
    }
    format!("{} {}", said.trim(), words::say(language, &key, &[])).into()
}

/// What waits, for people.
pub fn waiting(summary: &Summary<'_>, what: &WaitingFor) -> String {
    let facts = summary.facts;
    let (kind, detail) = match what {
        WaitingFor::Held(hold) => ("held", label(facts.language, "hold", hold.word())),
        WaitingFor::Deferred(programme, why) => {
            ("deferred", format!("{} · {}", facts.rulebook.rule(*programme).name, reason(summary, why)))
        }
        WaitingFor::Rejected(programme, why) => {
            ("rejected", format!("{} · {}", facts.rulebook.rule(*programme).name, reason(summary, why)))
        }
        WaitingFor::Receivable(programme) => ("receivable", facts.rulebook.rule(*programme).name.to_string()),
        WaitingFor::Returned => return label(facts.language, "waiting", "returned"),
    };
    format!("{}：{detail}", label(facts.language, "waiting", kind))
}

/// Where the rows of a waiting item stand: file, and place on the page.
pub fn where_to_look(what: &WaitingFor) -> (&'static str, &'static str) {
    match what {
        WaitingFor::Held(_) => ("held.csv", "held"),
        WaitingFor::Deferred(..) | WaitingFor::Rejected(..) => ("decisions.csv", "undecided"),
        WaitingFor::Receivable(_) => ("balances.csv", "receivable"),
        WaitingFor::Returned => ("reconciliation.json", "returned"),
    }
}

/// A signed amount with its sign always shown.
pub fn signed(money: Money) -> String {
    if money.is_positive() { format!("+{}", grouped(money)) } else { grouped(money) }
}

/// How much `now` is above or below `before`, in per cent with one decimal, rounded half away from
/// zero; empty where `before` is zero. Integer arithmetic throughout.
pub fn percent(before: i64, now: i64) -> String {
    if before == 0 {
        return String::new();
    }
    let (before, now) = (i128::from(before), i128::from(now));
    let permille_twice = (now - before) * 2000 / before.abs();
    let permille = (permille_twice + permille_twice.signum()) / 2;
    let sign = if permille > 0 {
        "+"
    } else if permille < 0 {
        "-"
    } else {
        ""
    };
    let permille = permille.unsigned_abs();
    format!("{sign}{}.{}%", permille / 10, permille % 10)
}

/// A part of a whole in thousandths, for the length of a bar; 0–1000.
pub fn permille(part: i64, whole: i64) -> u16 {
    if whole <= 0 || part <= 0 {
        return 0;
    }
    (i128::from(part) * 1000 / i128::from(whole)).clamp(1, 1000) as u16
}

/// Count and money of a tally, for two cells.
pub fn cells(tally: Tally) -> (String, String) {
    (grouped_count(tally.count), grouped(tally.money))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_reason_code_gets_its_words_and_words_stay_as_the_bank_wrote_them() {
        assert_eq!(bank_reason(Language::Zh, "AC04"), "AC04 账户已销户");
        assert_eq!(bank_reason(Language::En, "ac04 "), "ac04 account closed");
        assert_eq!(bank_reason(Language::Zh, "37 户名不符"), "37 户名不符");
        assert_eq!(bank_reason(Language::Zh, ""), "");
    }

    #[test]
    fn per_cents_round_half_away_from_zero() {
        assert_eq!(percent(1000, 1031), "+3.1%");
        assert_eq!(percent(2000, 2001), "+0.1%");
        assert_eq!(percent(2001, 2000), "0.0%");
        assert_eq!(percent(100, 100), "0.0%");
        assert_eq!(percent(3, 2), "-33.3%");
        assert_eq!(percent(0, 5), "");
    }
}
