//! Which payment an answer could be of: by id, else by batch, account, amount and name.

use rustc_hash::FxHashMap;

use super::ReleasedPayment;
use crate::domain::fold_name;
use crate::returns::Answer;

/// How an answer's name compares with ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    Same,
    Folded,
    Other,
}

impl Name {
    pub(super) fn compare(ours: &str, theirs: &str) -> Name {
        if theirs.is_empty() || ours == theirs {
            return Name::Same;
        }
        if comparable(ours) == comparable(theirs) { Name::Folded } else { Name::Other }
    }
}

/// A name without what writing habits add: separators, blanks, width, capitals.
pub(super) fn comparable(name: &str) -> String {
    fold_name(name)
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '·' | '.' | '．'))
        .flat_map(char::to_uppercase)
        .collect()
}

/// Equal, not given, or masked by the bank in the middle.
pub(super) fn same_account(ours: &str, theirs: &str) -> bool {
    let theirs: String = theirs.chars().filter(|c| !c.is_whitespace()).collect();
    if theirs.is_empty() || theirs == ours {
        return true;
    }
    let Some((head, rest)) = theirs.split_once('*') else { return false };
    let tail = rest.trim_start_matches('*');
    // At least the four digits that a person would compare.
    tail.len() >= 4 && !tail.contains('*') && ours.starts_with(head) && ours.ends_with(tail)
}

pub(super) enum Target {
    One(u32),
    Several(Vec<u32>),
    None,
}

pub(super) struct Index<'a> {
    pub(super) by_id: FxHashMap<&'a str, u32>,
    pub(super) by_account: std::cell::OnceCell<FxHashMap<&'a str, Vec<u32>>>,
    pub(super) payments: &'a [ReleasedPayment],
}

impl<'a> Index<'a> {
    pub(super) fn of(payments: &'a [ReleasedPayment]) -> Index<'a> {
        let by_id = payments.iter().zip(0..).map(|(payment, at)| (payment.payment_id.as_str(), at)).collect();
        Index { by_id, by_account: std::cell::OnceCell::new(), payments }
    }

    pub(super) fn with_account(&self, account: &str) -> &[u32] {
        let by_account = self.by_account.get_or_init(|| {
            let mut index: FxHashMap<&str, Vec<u32>> = FxHashMap::default();
            for (payment, at) in self.payments.iter().zip(0..) {
                index.entry(&payment.account_no).or_default().push(at);
            }
            index
        });
        by_account.get(account).map_or(&[], Vec::as_slice)
    }

    pub(super) fn batch(&self, payments: &[ReleasedPayment], batch: &str) -> Vec<u32> {
        (0..).zip(payments).filter(|(_, payment)| is_of_batch(payment, batch)).map(|(at, _)| at).collect()
    }

    pub(super) fn resolve(&self, payments: &[ReleasedPayment], answer: &Answer) -> Target {
        if let Some(id) = &answer.payment_id {
            if let Some(&payment) = self.by_id.get(id.as_str()) {
                return Target::One(payment);
            }
            // An id of our form that we never gave is somebody else's, or a lost ledger's.
            if is_payment_id(id) {
                return Target::None;
            }
        }
        let account: String = answer.account_no.chars().filter(|c| !c.is_whitespace()).collect();
        if account.is_empty() {
            return Target::None;
        }
        let batch = answer.batch.as_deref().or_else(|| batch_in(&answer.place.file));
        let agrees = |&&at: &&u32| {
            let payment = &payments[at as usize];
            batch.is_none_or(|batch| is_of_batch(payment, batch))
                && answer.amount.is_none_or(|amount| amount == payment.amount)
                && Name::compare(&payment.account_name, &answer.account_name) != Name::Other
        };
        let candidates: Vec<u32> = self.with_account(&account).iter().filter(agrees).copied().collect();
        let complete = batch.is_some() && answer.amount.is_some() && !answer.account_name.is_empty();
        match candidates.as_slice() {
            [] => Target::None,
            [only] if complete => Target::One(*only),
            _ => Target::Several(candidates),
        }
    }
}

pub(super) fn is_of_batch(payment: &ReleasedPayment, batch: &str) -> bool {
    payment.batch == batch || payment.file == batch
}

/// `<division>-<yyyymm>-R<run>-<sequence>`
pub(super) fn is_payment_id(id: &str) -> bool {
    let mut parts = id.rsplitn(4, '-');
    let digits = |text: &str, length: usize| text.len() >= length && text.bytes().all(|b| b.is_ascii_digit());
    let (sequence, run, month, division) = (parts.next(), parts.next(), parts.next(), parts.next());
    sequence.is_some_and(|text| digits(text, 7))
        && run.and_then(|text| text.strip_prefix('R')).is_some_and(|text| digits(text, 4))
        && month.is_some_and(|text| text.len() == 6 && digits(text, 6))
        && division.is_some_and(|text| digits(text, 1))
}

/// The batch id within an answer file's name, where the bank kept ours.
pub(super) fn batch_in(file: &str) -> Option<&str> {
    let digits = |text: &str, least: usize| text.len() >= least && text.bytes().all(|b| b.is_ascii_digit());
    for token in file.split(|c: char| !c.is_ascii_alphanumeric() && c != '-') {
        let parts: Vec<&str> = token.split('-').collect();
        for at in 0..parts.len().saturating_sub(3) {
            let found = digits(parts[at], 1)
                && parts[at + 1].len() == 6
                && digits(parts[at + 1], 6)
                && parts[at + 2].strip_prefix('R').is_some_and(|text| digits(text, 4))
                && parts[at + 3].strip_prefix('F').is_some_and(|text| digits(text, 4));
            if found {
                let before: usize = parts[..at].iter().map(|part| part.len() + 1).sum();
                let length: usize = parts[at..at + 4].iter().map(|part| part.len() + 1).sum::<usize>() - 1;
                return token.get(before..before + length);
            }
        }
    }
    None
}
