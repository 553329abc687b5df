use std::cmp::Ordering;
use std::fmt;

use super::{ResidentId, Text};

/// Whom an amount is for. The text form is fixed (DESIGN §7, §12) and is also the sort order.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Beneficiary {
    /// `person:<identity number>`
    Person(ResidentId),
    /// `household:<township code>:<household number>`; the text after the first colon.
    Household(Text),
    /// `person:<as written>`: 18 characters could be read, but they are no identity number.
    UnverifiedPerson(Text),
    /// `row:<source>`: not even 18 characters could be read.
    Row(Text),
}

impl Beneficiary {
    /// The household a roster numbers so within a township (its code, or its name as written where
    /// it matches no division).
    pub fn household(township: &str, household_id: &str) -> Beneficiary {
        let mut text = Text::with_capacity(township.len() + 1 + household_id.len());
        text.push_str(township);
        text.push(':');
        text.push_str(household_id);
        Beneficiary::Household(text)
    }

    /// Reads the fixed text form back. A `person:` text that is no identity number is kept as
    /// written. `None` for any other text.
    pub fn parse(text: &str) -> Option<Beneficiary> {
        if let Some(id) = text.strip_prefix("person:") {
            let latest = super::Month::new(9999, 12)?;
            return Some(match ResidentId::parse(id, latest) {
                Ok(resident) => Beneficiary::Person(resident),
                Err(_) => Beneficiary::UnverifiedPerson(id.into()),
            });
        }
        if let Some(household) = text.strip_prefix("household:") {
            return household.contains(':').then(|| Beneficiary::Household(household.into()));
        }
        text.strip_prefix("row:").map(|row| Beneficiary::Row(row.into()))
    }

    /// The person, where it is one.
    pub fn person(&self) -> Option<ResidentId> {
        match self {
            Beneficiary::Person(resident) => Some(*resident),
            _ => None,
        }
    }

    /// For terminals and logs: identity numbers hidden but for their ends.
    pub fn masked(&self) -> String {
        match self {
            Beneficiary::Person(resident) => format!("person:{}", resident.masked()),
            // As a number that passes; of another text nothing is shown.
            Beneficiary::UnverifiedPerson(text) if text.len() == 18 && text.is_ascii() => {
                format!("person:{}**********{}", &text[..6], &text[16..])
            }
            Beneficiary::UnverifiedPerson(_) => "person:******************".to_owned(),
            other => other.to_string(),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Beneficiary::Household(_) => 0,
            Beneficiary::Person(_) | Beneficiary::UnverifiedPerson(_) => 1,
            Beneficiary::Row(_) => 2,
        }
    }
}

impl fmt::Display for Beneficiary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Beneficiary::Person(resident) => write!(f, "person:{resident}"),
            Beneficiary::Household(text) => write!(f, "household:{text}"),
            Beneficiary::UnverifiedPerson(text) => write!(f, "person:{text}"),
            Beneficiary::Row(text) => write!(f, "row:{text}"),
        }
    }
}

impl Ord for Beneficiary {
    fn cmp(&self, other: &Beneficiary) -> Ordering {
        use Beneficiary::{Household, Person, Row, UnverifiedPerson};
        match (self, other) {
            (Person(a), Person(b)) => a.cmp(b),
            (Household(a), Household(b)) | (UnverifiedPerson(a), UnverifiedPerson(b)) | (Row(a), Row(b)) => {
                a.cmp(b)
            }
            (Person(a), UnverifiedPerson(b)) => a.to_string().as_str().cmp(b).then(Ordering::Less),
            (UnverifiedPerson(a), Person(b)) => {
                a.as_str().cmp(b.to_string().as_str()).then(Ordering::Greater)
            }
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl PartialOrd for Beneficiary {
    fn partial_cmp(&self, other: &Beneficiary) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_as_its_text_and_reads_back() {
        let mut all: Vec<Beneficiary> = [
            "row:a.csv:2",
            "person:150199199609200130",
            "person:11010519491231002X",
            "household:150102101:0002",
            "household:150102101:0001",
        ]
        .iter()
        .map(|text| Beneficiary::parse(text).unwrap())
        .collect();
        all.sort();
        let mut texts: Vec<String> = all.iter().map(ToString::to_string).collect();
        let sorted = texts.clone();
        texts.sort();
        assert_eq!(texts, sorted);
        assert_eq!(Beneficiary::parse("household:nocolon"), None);
    }
}
