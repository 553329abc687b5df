use super::Text;

/// One row of the division table: a township or street office with its 9-digit code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Division {
    /// Nine digits: district (6) and township (3).
    pub code: Text,
    /// The official name.
    pub name: Text,
    /// Other names rosters use for it.
    pub aliases: Vec<Text>,
    /// Paid quarterly, in advance (DESIGN §10 pay months).
    pub quarterly: bool,
}

/// The division table of a bureau, in the pack's order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Divisions(Vec<Division>);

/// A township as a row has it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Township {
    /// Position in the division table.
    Known(u16),
    /// As written: it matches no division, and is reported under 未识别.
    Unknown(Text),
}

impl Divisions {
    /// A table of these rows.
    pub fn new(rows: Vec<Division>) -> Divisions {
        Divisions(rows)
    }

    /// All rows.
    pub fn rows(&self) -> &[Division] {
        &self.0
    }

    /// Matches a cleaned cell: a 9-digit code, a name, or an alias; also a name written with the
    /// district before it (`新城区保合少镇`).
    pub fn find(&self, written: &str) -> Township {
        let matches = |text: &str| {
            self.0.iter().position(|division| {
                division.code == text
                    || division.name == text
                    || division.aliases.iter().any(|alias| alias == text)
            })
        };
        match matches(written) {
            Some(row) => Township::Known(row as u16),
            None => Township::Unknown(written.into()),
        }
    }

    /// The row of a known township.
    pub fn get(&self, township: &Township) -> Option<&Division> {
        match township {
            Township::Known(row) => self.0.get(usize::from(*row)),
            Township::Unknown(_) => None,
        }
    }

    /// The code that a household's beneficiary text carries: nine digits, or the name as written.
    pub fn code<'a>(&'a self, township: &'a Township) -> &'a str {
        match township {
            Township::Known(row) => {
                self.0.get(usize::from(*row)).map_or("", |division| division.code.as_str())
            }
            Township::Unknown(written) => written,
        }
    }

    /// The name reports show: the official one, or as written.
    pub fn name<'a>(&'a self, township: &'a Township) -> &'a str {
        match township {
            Township::Known(row) => {
                self.0.get(usize::from(*row)).map_or("", |division| division.name.as_str())
            }
            Township::Unknown(written) => written,
        }
    }
}
