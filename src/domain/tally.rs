use super::Money;

/// One side of a border: how many, and how much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Tally {
    /// How many rows, claims, lines or payments.
    pub count: u64,
    /// Their money, where they carry any.
    pub money: Money,
}

impl Tally {
    /// Adds one item.
    pub fn add(&mut self, money: Money) {
        self.count += 1;
        self.money += money;
    }
}

impl std::ops::Add for Tally {
    type Output = Tally;
    fn add(self, other: Tally) -> Tally {
        Tally { count: self.count + other.count, money: self.money + other.money }
    }
}

/// A door between two rooms: what goes in must come out or be set aside with a reason.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct Border {
    /// Stable name, e.g. `rows-claims`.
    pub name: &'static str,
    /// Which of the doors of that name: the register's or the roster's code, a roster of an earlier month
    /// as `2023-01/dibao`; empty where there is only one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub of: String,
    /// What entered.
    #[serde(rename = "in")]
    pub entered: Tally,
    /// What left by the door.
    pub out: Tally,
    /// What was set aside, by reason, in a stated order.
    pub set_aside: Vec<(String, Tally)>,
}

impl Border {
    /// Whether in = out + set aside, in count and in fen.
    pub fn balances(&self) -> bool {
        let aside = self.set_aside.iter().fold(Tally::default(), |sum, (_, tally)| sum + *tally);
        self.entered == self.out + aside
    }
}
