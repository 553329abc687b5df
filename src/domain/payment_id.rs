use std::fmt;

use super::{Month, Text};

/// The id of one payment, which travels to the bank and back. Its text form is fixed (DESIGN §11):
/// `<district>-<cycle yyyymm>-R<run 4 digits>-<sequence 7 digits>`, at most 35 of `A-Z a-z 0-9 -`.
/// Runs are numbered for ever, so an id is never used twice.
///
/// ```
/// use disburse::domain::PaymentId;
/// let id = PaymentId::new("150102", "2023-02".parse().unwrap(), 1, 42);
/// assert_eq!(id.to_string(), "150102-202302-R0001-0000042");
/// assert_eq!(PaymentId::parse("150102-202302-R0001-0000042"), Some(id));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PaymentId {
    /// The district's six digits.
    pub district: Text,
    /// The month in which the run pays.
    pub cycle: Month,
    /// The run.
    pub run: u32,
    /// From 1, in the order programme, bank, beneficiary.
    pub sequence: u32,
}

impl PaymentId {
    /// The largest sequence that seven digits hold.
    pub const LAST_SEQUENCE: u32 = 9_999_999;

    /// The id of the payment at `sequence` (from 1) of a run.
    pub fn new(district: &str, cycle: Month, run: u32, sequence: u32) -> PaymentId {
        PaymentId { district: district.into(), cycle, run, sequence }
    }

    /// Reads the fixed text form back; `None` for any other text.
    pub fn parse(text: &str) -> Option<PaymentId> {
        let mut parts = text.split('-');
        let (district, cycle, run, sequence) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if parts.next().is_some() || cycle.len() != 6 || !digits(cycle) {
            return None;
        }
        let run = run.strip_prefix('R').filter(|run| run.len() >= 4 && digits(run))?;
        if sequence.len() != 7 || !digits(sequence) || district.is_empty() {
            return None;
        }
        let cycle = Month::new(cycle[..4].parse().ok()?, cycle[4..].parse().ok()?)?;
        let id = PaymentId::new(district, cycle, run.parse().ok()?, sequence.parse().ok()?);
        (id.to_string() == text).then_some(id)
    }
}

impl fmt::Display for PaymentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-R{:04}-{:07}", self.district, self.cycle.compact(), self.run, self.sequence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_texts_are_no_payment_ids() {
        for wrong in [
            "",
            "150102-202302-R0001-000042",
            "150102-202302-R001-0000042",
            "150102-202302-0001-0000042",
            "150102-202313-R0001-0000042",
            "150102-202302-R0001-0000042-1",
            "150102-202302-R00001-0000042",
        ] {
            assert_eq!(PaymentId::parse(wrong), None, "{wrong}");
        }
        assert!(PaymentId::parse("150102-202302-R12345-0000042").is_some());
    }
}
