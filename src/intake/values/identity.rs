//! Identity numbers (READING 10, 11) and disability certificates (`facts/payments.md` §3).

use std::borrow::Cow;

use super::texts::{broken, fold_width, unguarded};
use super::{Reading, Trouble};
use crate::domain::{IdentityFault, Month, ResidentId, Text};
use crate::formats::Cell;
use crate::formats::cell::is_space;

/// An identity number cell after cleaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The number, if it holds.
    pub resident: Option<ResidentId>,
    /// Cleaned text; as written where it is wrong.
    pub written: Text,
    /// Why it does not hold; `None` also where the cell is blank.
    pub trouble: Option<Trouble>,
}

const PREFIXES: [&str; 9] = [
    "居民身份证号码",
    "公民身份号码",
    "居民身份证号",
    "身份证号码",
    "身份证件号",
    "身份证号",
    "身份号码",
    "身份证",
    "证件号码",
];

/// Spaces, line breaks, characters of no width, hyphens, a prefix, a leading apostrophe and `="…"`
/// are taken off; full-width digits and lower-case x folded. Nothing else is repaired.
pub fn cleaned(text: &str) -> Cow<'_, str> {
    let plain = |byte: u8| byte.is_ascii_digit() || byte == b'X';
    if !text.is_empty() && text.bytes().all(plain) {
        return Cow::Borrowed(text);
    }
    let mut inner = unguarded(text);
    for prefix in PREFIXES {
        if let Some(rest) = inner.strip_prefix(prefix) {
            let rest = rest.trim_start_matches(is_space);
            if let Some(rest) = rest.strip_prefix([':', '：']) {
                inner = unguarded(rest);
            } else if rest.starts_with(|c: char| fold_width(c).is_ascii_digit()) {
                inner = rest;
            }
            break;
        }
    }
    let hyphen = |c: char| matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FF0D}');
    Cow::Owned(
        inner
            .chars()
            .filter(|c| !is_space(*c) && !hyphen(*c))
            .map(|c| match fold_width(c) {
                'x' => 'X',
                folded => folded,
            })
            .collect(),
    )
}

/// Reads an identity number. `latest` is the last month a birth may lie in; `confirmed` holds the
/// numbers whose wrong check digit a person has confirmed.
pub fn read_identity(cell: &Cell<'_>, latest: Month, confirmed: &[Text]) -> Identity {
    let text = match cell {
        Cell::Text(text) => cleaned(text),
        Cell::Empty => Cow::Borrowed(""),
        Cell::Error(_) => {
            return Identity { resident: None, written: Text::default(), trouble: Some(broken(cell)) };
        }
        other => {
            // Excel keeps 15 digits of a number; also when the rest happens to pass the check.
            let written: Text = other.shown().as_ref().into();
            let trouble = Some(Trouble::written("identity-number-cell", &written));
            return Identity { resident: None, written, trouble };
        }
    };
    let written: Text = text.as_ref().into();
    if text.is_empty() {
        return Identity { resident: None, written, trouble: None };
    }
    let fault = match ResidentId::parse(&text, latest) {
        Ok(resident) => return Identity { resident: Some(resident), written, trouble: None },
        Err(fault) => fault,
    };
    if fault == IdentityFault::CheckDigit
        && confirmed.contains(&written)
        && let Some(resident) = ResidentId::confirmed(&text, latest)
    {
        return Identity { resident: Some(resident), written, trouble: None };
    }
    let code = match fault {
        IdentityFault::CheckDigit => "identity-check-digit",
        IdentityFault::Date => "identity-date",
        IdentityFault::NotEighteen => {
            let characters = text.chars().count();
            if characters == 15 {
                "identity-fifteen"
            } else if characters != 18 {
                "identity-length"
            } else {
                "identity-characters"
            }
        }
    };
    let trouble = Trouble::written(code, &text).with("length", text.chars().count().to_string());
    Identity { resident: None, written, trouble: Some(trouble) }
}

/// A disability certificate number: identity number, kind, grade, and for a re-issued one a suffix
/// of `B` and a digit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// Cleaned text.
    pub number: Text,
    /// Its first 18 characters.
    pub identity: Text,
    /// 1 视力 … 7 多重.
    pub kind: u8,
    /// 1–4.
    pub grade: u8,
}

/// Reads a certificate number: 20 characters, or 22 with a suffix.
pub fn read_certificate(cell: &Cell<'_>) -> Reading<Certificate> {
    if cell.is_blank() {
        return Ok(None);
    }
    let Cell::Text(text) = cell else {
        return Err(if matches!(cell, Cell::Error(_)) {
            broken(cell)
        } else {
            Trouble::written("certificate-number-cell", &cell.shown())
        });
    };
    let number = cleaned(text);
    let wrong = || Trouble::written("certificate-unreadable", &number);
    let bytes = number.as_bytes();
    let suffix = bytes.get(20..).unwrap_or(&[]);
    let suffixed = matches!(suffix, [] | [b'B' | b'b', b'0'..=b'9']);
    if bytes.len() < 20 || !suffixed || !bytes[..17].iter().all(u8::is_ascii_digit) {
        return Err(wrong());
    }
    if !(bytes[17].is_ascii_digit() || bytes[17] == b'X') {
        return Err(wrong());
    }
    match (bytes[18], bytes[19]) {
        (kind @ b'1'..=b'7', grade @ b'1'..=b'4') => Ok(Some(Certificate {
            number: number.as_ref().into(),
            identity: number[..18].into(),
            kind: kind - b'0',
            grade: grade - b'0',
        })),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Identity {
        let cell = Cell::Text(Cow::Borrowed(text));
        read_identity(&cell, Month::new(2023, 2).unwrap(), &[])
    }

    #[test]
    fn what_may_be_taken_off_is_taken_off() {
        for written in [
            "11010519491231002X",
            "11010519491231002x",
            " 110105 19491231 002X\n",
            "１１０１０５１９４９１２３１００２Ｘ",
            "'11010519491231002X",
            "=\"11010519491231002X\"",
            "身份证：11010519491231002X",
            "身份证号: 110105-19491231-002X",
            "110105\u{200B}19491231\t002X",
        ] {
            let identity = read(written);
            assert!(identity.resident.is_some(), "{written}: {:?}", identity.trouble);
            assert_eq!(identity.written, "11010519491231002X");
        }
    }

    #[test]
    fn what_may_not_be_repaired_is_refused_with_its_reason() {
        for (written, code) in [
            ("110105194912310021", "identity-check-digit"),
            ("110105194913310021", "identity-date"),
            ("1101051949123100*X", "identity-characters"),
            ("11O10519491231002X", "identity-characters"),
            ("11010519491231002Х", "identity-characters"),
            ("11010519491231002×", "identity-characters"),
            ("110105491231002", "identity-fifteen"),
            ("11010519491231002", "identity-length"),
            ("KAZ110090123105", "identity-fifteen"),
        ] {
            let identity = read(written);
            assert_eq!(
                (identity.resident, identity.trouble.map(|t| t.code)),
                (None, Some(code)),
                "{written}"
            );
        }
    }

    #[test]
    fn a_number_cell_is_refused_by_its_type() {
        let number = crate::formats::Number { digits: "110105194912310000".into(), format: "0".into() };
        let cell = Cell::Number(Box::new(number));
        let identity = read_identity(&cell, Month::new(2023, 2).unwrap(), &[]);
        assert_eq!(identity.trouble.unwrap().code, "identity-number-cell");
    }

    #[test]
    fn a_confirmed_number_holds_with_its_wrong_check_digit() {
        let cell = Cell::Text(Cow::Borrowed("110105194912310021"));
        let identity = read_identity(&cell, Month::new(2023, 2).unwrap(), &["110105194912310021".into()]);
        assert_eq!(identity.resident.unwrap().to_string(), "110105194912310021");
    }

    #[test]
    fn a_certificate_is_identity_kind_and_grade() {
        let read = |text: &str| read_certificate(&Cell::Text(Cow::Owned(text.to_owned())));
        let certificate = read("11010519491231002x43").unwrap().unwrap();
        assert_eq!(
            (certificate.identity.as_str(), certificate.kind, certificate.grade),
            ("11010519491231002X", 4, 3)
        );
        assert!(read("11010519491231002X43B1").is_ok());
        assert!(read("11010519491231002X83").is_err());
        assert!(read("11010519491231002X4").is_err());
        assert_eq!(read(" "), Ok(None));
    }
}
