//! Amounts and days as banks and people write them in answers.

use chrono::NaiveDate;

use super::text::narrow;
use crate::domain::Money;

/// Yuan with at most two decimals, not negative; `¥`, `元` and well-placed thousands separators are
/// taken off.
pub(super) fn amount(text: &str) -> Option<Money> {
    let text = narrow(text);
    let text = text.trim().trim_start_matches(['¥', '￥', '\u{A5}']).trim_end_matches('元').trim();
    let amount: Money = match text.split_once('.').map_or(text, |(whole, _)| whole).contains(',') {
        false => text.parse().ok()?,
        true => {
            let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
            let mut groups = whole.split(',');
            let first = groups.next()?;
            if first.is_empty() || first.len() > 3 || groups.any(|group| group.len() != 3) {
                return None;
            }
            text.replace(',', "").parse().ok()?
        }
    };
    (!amount.is_negative()).then_some(amount)
}

/// ISO 20022 decimals: up to five places, exact to the fen only where the rest is zero.
pub(super) fn message_amount(text: &str) -> Option<Money> {
    let amount: Money = text.trim().parse().ok()?;
    (!amount.is_negative()).then_some(amount)
}

/// `2023-02-10`, `2023/2/10`, `20230210`, `2023.2.10`, `2023年2月10日`, each also with a time behind.
pub(super) fn date(text: &str) -> Option<NaiveDate> {
    let text = narrow(text);
    let text = text.trim();
    let day = text.split(['T', ' ']).next().unwrap_or(text);
    if day.len() == 8 && day.bytes().all(|byte| byte.is_ascii_digit()) {
        return NaiveDate::from_ymd_opt(
            day[..4].parse().ok()?,
            day[4..6].parse().ok()?,
            day[6..].parse().ok()?,
        );
    }
    let day = day.trim_end_matches('日').trim_end_matches('Z').replace(['/', '.', '年', '月'], "-");
    // An XML date may carry its zone: 2023-02-10+08:00.
    let day = day.split('+').next().unwrap_or("");
    let mut parts = day.splitn(3, '-');
    let (year, month, rest) = (parts.next()?, parts.next()?, parts.next()?);
    let whole = |text: &str, most: usize| {
        (!text.is_empty() && text.len() <= most && text.bytes().all(|byte| byte.is_ascii_digit()))
            .then_some(())
    };
    whole(year, 4).filter(|()| year.len() == 4)?;
    whole(month, 2)?;
    whole(rest, 2)?;
    NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, rest.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_exactly_or_not_at_all() {
        for (text, fen) in [("1234.50", 123_450), ("1,234.50", 123_450), ("¥12", 1_200), ("１２.５元", 1_250)]
        {
            assert_eq!(amount(text), Some(Money::from_fen(fen)), "{text}");
        }
        for wrong in ["", "-", "-1", "1,23", ",123", "1.005", "1e3", "1 2"] {
            assert_eq!(amount(wrong), None, "{wrong}");
        }
        assert_eq!(message_amount("3.10000"), Some(Money::from_fen(310)));
        assert_eq!(message_amount("3.10001"), None);
    }

    #[test]
    fn days_are_read_in_the_forms_that_banks_use() {
        let day = NaiveDate::from_ymd_opt(2023, 2, 10);
        for text in [
            "2023-02-10",
            "20230210",
            "2023/2/10",
            "2023年2月10日",
            "2023-02-10T12:30:00+08:00",
            "2023-02-10+08:00",
            "2023-02-10 00:00:00",
        ] {
            assert_eq!(date(text), day, "{text}");
        }
        for wrong in ["", "2023-02-30", "YYYY-MM-DD", "23-2-10", "2023-2", "1999123x", "20231301"] {
            assert_eq!(date(wrong), None, "{wrong}");
        }
    }
}
