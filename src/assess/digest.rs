//! Short stable digests of what a decision rests on. They only name the cause of a difference
//! (DESIGN §10); integrity is the ledger's chain.

use crate::domain::Month;
use crate::policy::Value;

/// FNV-1a, 64 bits: the same on every machine and in every version of this program.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Digest(u64);

impl Digest {
    pub(crate) fn new() -> Digest {
        Digest(0xcbf2_9ce4_8422_2325)
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        // A length-free separator no UTF-8 text contains, so that ("ab","c") differs from ("a","bc").
        self.0 = (self.0 ^ 0xff).wrapping_mul(0x0000_0100_0000_01b3);
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    pub(crate) fn number(&mut self, number: i64) {
        self.bytes(&number.to_le_bytes());
    }

    pub(crate) fn month(&mut self, month: Option<Month>) {
        self.number(month.map_or(i64::MIN, |month| i64::from(month.index())));
    }

    pub(crate) fn value(&mut self, value: &Value<'_>) {
        match value {
            Value::Missing(_) => self.text("?"),
            Value::Empty => self.text(""),
            Value::Flag(flag) => self.number(i64::from(*flag)),
            Value::Integer(number) => self.number(*number),
            Value::Decimal(decimal) => self.text(&decimal.normalize().to_string()),
            Value::Date(date) => self.text(&date.to_string()),
            Value::Month(month) => self.month(Some(*month)),
            Value::Text(text) => self.text(text),
            Value::Code(code) => self.number(i64::from(*code)),
        }
    }

    pub(crate) fn finish(self) -> u64 {
        self.0
    }
}
