//! One payment while its answers come in: what each is, seen from what was heard before.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::candidates::{Name, same_account};
use super::{Class, Effect, Item, KnownAnswer, PaymentState, ReleasedPayment};
use crate::domain::Text;
use crate::returns::{Answer, AnswerSource, AnswerStatus};

/// What has been heard of a payment.
#[derive(Debug, Clone)]
pub(super) struct Heard {
    pub(super) word: &'static str,
    pub(super) date: Option<NaiveDate>,
    pub(super) source: AnswerSource,
    pub(super) reference: Text,
    pub(super) message: Text,
    pub(super) file: Text,
}

impl Heard {
    pub(super) fn known(answer: &KnownAnswer) -> Heard {
        let word = ["paid", "failed", "pending"].into_iter().find(|word| answer.status == *word);
        Heard {
            word: word.unwrap_or("unknown"),
            date: answer.date,
            source: answer.source,
            reference: answer.reference.clone(),
            message: answer.message.clone(),
            file: Text::default(),
        }
    }

    pub(super) fn new(answer: &Answer) -> Heard {
        Heard {
            word: answer.status.word(),
            date: answer.date,
            source: answer.source,
            reference: answer.reference.clone(),
            message: answer.message.clone(),
            file: answer.place.file.clone(),
        }
    }

    /// Both report one and the same booking: the bank's reference says so, or a notification and a
    /// statement name the same day.
    pub(super) fn is_same_booking(&self, other: &Heard) -> bool {
        if !self.source.is_booking() || !other.source.is_booking() || self.word != other.word {
            return false;
        }
        match self.reference.is_empty() || other.reference.is_empty() {
            false if self.reference == other.reference => self.date == other.date,
            _ => self.source != other.source && self.date.is_some() && self.date == other.date,
        }
    }

    pub(super) fn is_same_message_or_day(&self, other: &Heard) -> bool {
        let message = !self.message.is_empty() && self.message == other.message && self.file == other.file;
        message || (self.date.is_some() && self.date == other.date)
    }
}

/// One payment while its answers come in.
pub(super) struct Story<'a> {
    pub(super) payment: u32,
    pub(super) released: &'a ReleasedPayment,
    pub(super) state: PaymentState,
    pub(super) history: Vec<Heard>,
    pub(super) items: Vec<Item>,
}

impl Story<'_> {
    pub(super) fn hear(&mut self, answers: &[Answer], positions: &[u32]) {
        let mut open: Vec<u32> = Vec::new();
        for &position in positions {
            let answer = &answers[position as usize];
            match self.fault(answer) {
                Some(class) => self.items.push(Item::new(position, Some(self.payment), class)),
                None => open.push(position),
            }
        }
        // Where every answer has its day, days are the order; else the order of the files is.
        if open.iter().all(|&position| answers[position as usize].date.is_some()) {
            open.sort_by_key(|&position| {
                let answer = &answers[position as usize];
                let comes_back = answer.source.is_booking() && answer.status != AnswerStatus::Paid;
                (answer.date, comes_back)
            });
        }
        let gross = self.gross(answers, &open);
        for &position in &open {
            if gross.values().any(|&debit| debit == position) {
                continue;
            }
            let answer = &answers[position as usize];
            let with: Vec<u32> = gross.get(&position).copied().into_iter().collect();
            let mut item = if with.is_empty() {
                self.judge(answer)
            } else {
                self.returned_at_once(answer, &answers[with[0] as usize])
            };
            item.answer = position;
            item.with = with;
            self.state = match item.effect {
                Effect::Nothing => self.state,
                Effect::Pending => PaymentState::Pending,
                Effect::Paid | Effect::PaidAfterAll => PaymentState::Paid,
                Effect::Return => PaymentState::Failed,
            };
            self.history.push(Heard::new(answer));
            self.items.push(item);
        }
    }

    /// What makes an answer decide nothing, whatever was heard before.
    pub(super) fn fault(&self, answer: &Answer) -> Option<Class> {
        if matches!(answer.status, AnswerStatus::Unknown(_)) {
            return Some(Class::UnknownStatus);
        }
        if answer.amount.is_some_and(|amount| amount != self.released.amount) {
            return Some(Class::AmountDiffers);
        }
        let success = answer.status == AnswerStatus::Paid;
        let account = same_account(&self.released.account_no, &answer.account_no);
        let name = Name::compare(&self.released.account_name, &answer.account_name);
        (success && (!account || name == Name::Other)).then_some(Class::Altered)
    }

    /// Debits booked and returned in one message or on one booking day: return → debit. Only where
    /// nothing stays debited after all: a return beside two debits gives the second one back.
    pub(super) fn gross(&self, answers: &[Answer], open: &[u32]) -> BTreeMap<u32, u32> {
        let fresh: Vec<(u32, Heard)> = open
            .iter()
            .map(|&position| (position, Heard::new(&answers[position as usize])))
            .filter(|(_, heard)| heard.source.is_booking())
            .filter(|(_, heard)| !self.history.iter().any(|before| before.is_same_booking(heard)))
            .collect();
        let count = |word: &str| fresh.iter().filter(|(_, heard)| heard.word == word).count() as i64;
        let mut pairs = BTreeMap::new();
        if self.standing() + count("paid") - count("failed") > 0 {
            return pairs;
        }
        for (back, returned) in fresh.iter().filter(|(_, heard)| heard.word == "failed") {
            let taken: BTreeSet<u32> = pairs.values().copied().collect();
            let debit = fresh.iter().find(|(position, heard)| {
                heard.word == "paid" && !taken.contains(position) && heard.is_same_message_or_day(returned)
            });
            if let Some((debit, _)) = debit {
                pairs.insert(*back, *debit);
            }
        }
        pairs
    }

    /// Debits less returns among the bookings heard so far, each booking once.
    pub(super) fn standing(&self) -> i64 {
        let mut net = 0;
        for (position, heard) in
            self.history.iter().enumerate().filter(|(_, heard)| heard.source.is_booking())
        {
            if self.history[..position].iter().any(|before| before.is_same_booking(heard)) {
                continue;
            }
            net += match heard.word {
                "paid" => 1,
                "failed" => -1,
                _ => 0,
            };
        }
        net
    }

    pub(super) fn item(&self, class: Class, effect: Effect) -> Item {
        Item { effect, ..Item::new(0, Some(self.payment), class) }
    }

    pub(super) fn returned_at_once(&mut self, answer: &Answer, debit: &Answer) -> Item {
        self.history.push(Heard::new(debit));
        match self.state {
            PaymentState::Unanswered | PaymentState::Pending => self.item(Class::Failed, Effect::Return),
            // An answer had said paid.
            PaymentState::Paid if !self.is_older(answer, "paid") => {
                self.item(Class::Conflict, Effect::Return)
            }
            PaymentState::Paid => self.item(Class::Conflict, Effect::Nothing),
            PaymentState::Failed | PaymentState::Recalled => self.item(Class::Failed, Effect::Nothing),
        }
    }

    pub(super) fn judge(&self, answer: &Answer) -> Item {
        let heard = Heard::new(answer);
        if self.history.iter().any(|before| before.is_same_booking(&heard)) {
            return self.item(Class::Duplicate, Effect::Nothing);
        }
        match answer.status {
            AnswerStatus::Paid => self.paid(answer, &heard),
            AnswerStatus::Failed(_) => self.failed(answer, &heard),
            _ => match self.state {
                PaymentState::Unanswered | PaymentState::Pending => {
                    self.item(Class::Pending, Effect::Pending)
                }
                _ => self.item(Class::Duplicate, Effect::Nothing),
            },
        }
    }

    /// Whether the same kind of voice has said the same before.
    pub(super) fn is_said(&self, heard: &Heard) -> bool {
        self.history.iter().any(|before| {
            before.word == heard.word && before.source.is_booking() == heard.source.is_booking()
        })
    }

    /// Whether the same words with the same day are known already: a file sent again under a new name.
    pub(super) fn is_repeated(&self, heard: &Heard) -> bool {
        !heard.source.is_booking()
            && heard.date.is_some()
            && self.history.iter().any(|before| {
                before.word == heard.word && before.date == heard.date && !before.source.is_booking()
            })
    }

    /// Whether an answer's day lies before the day on which the opposite was said.
    pub(super) fn is_older(&self, answer: &Answer, opposite: &str) -> bool {
        let latest =
            self.history.iter().filter(|heard| heard.word == opposite).filter_map(|heard| heard.date).max();
        matches!((answer.date, latest), (Some(day), Some(latest)) if day < latest)
    }

    pub(super) fn paid(&self, answer: &Answer, heard: &Heard) -> Item {
        let class = match Name::compare(&self.released.account_name, &answer.account_name) {
            Name::Folded => Class::MatchedNormalised,
            _ => Class::Matched,
        };
        match self.state {
            PaymentState::Unanswered | PaymentState::Pending => self.item(class, Effect::Paid),
            PaymentState::Paid if heard.source.is_booking() && self.standing() > 0 => {
                Item { second_debit: true, ..self.item(Class::Duplicate, Effect::Nothing) }
            }
            // The statement bears out what an answer said, or the other way round.
            PaymentState::Paid if !self.is_said(heard) => self.item(class, Effect::Nothing),
            PaymentState::Paid => self.item(Class::Duplicate, Effect::Nothing),
            PaymentState::Failed if self.is_repeated(heard) => self.item(Class::Duplicate, Effect::Nothing),
            PaymentState::Failed if self.is_older(answer, "failed") => {
                self.item(Class::Conflict, Effect::Nothing)
            }
            PaymentState::Failed | PaymentState::Recalled => self.item(Class::Conflict, Effect::PaidAfterAll),
        }
    }

    pub(super) fn failed(&self, answer: &Answer, heard: &Heard) -> Item {
        let standing = self.standing();
        match self.state {
            PaymentState::Unanswered | PaymentState::Pending => self.item(Class::Failed, Effect::Return),
            PaymentState::Paid if heard.source.is_booking() && standing > 1 => {
                Item { given_back: true, ..self.item(Class::Duplicate, Effect::Nothing) }
            }
            PaymentState::Paid if self.is_repeated(heard) => self.item(Class::Duplicate, Effect::Nothing),
            PaymentState::Paid if self.is_older(answer, "paid") => {
                self.item(Class::Conflict, Effect::Nothing)
            }
            PaymentState::Paid => {
                // Booked gross: what said paid was the debit of the same day, and nothing else.
                let gross = heard.source.is_booking()
                    && self
                        .history
                        .iter()
                        .filter(|before| before.word == "paid")
                        .all(|before| before.source.is_booking() && before.is_same_message_or_day(heard))
                    && standing == 1;
                self.item(if gross { Class::Failed } else { Class::Conflict }, Effect::Return)
            }
            PaymentState::Failed | PaymentState::Recalled if !self.is_said(heard) => {
                self.item(Class::Failed, Effect::Nothing)
            }
            PaymentState::Failed | PaymentState::Recalled => self.item(Class::Duplicate, Effect::Nothing),
        }
    }
}
