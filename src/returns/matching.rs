//! Answers meet the payments they speak of (DESIGN §13, READING 25). Pure and total: every answer
//! gets an item of exactly one class, every payment without an answer is listed as missing.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use rustc_hash::FxHashMap;

use super::{Answer, AnswerSource, AnswerStatus};
use crate::domain::{Money, Text, fold_name};

/// Where a released payment stands before these answers, by the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PaymentState {
    /// Released, nothing heard.
    Unanswered,
    /// The bank has it, the outcome is open.
    Pending,
    /// Paid, by an answer or by two persons' decision.
    Paid,
    /// Failed, by an answer or by two persons' decision; its money was posted back.
    Failed,
    /// Taken back before the bank acted; its money was posted back.
    Recalled,
}

/// A payment in a released bank file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleasedPayment {
    /// Payment id.
    pub payment_id: Text,
    /// Batch id of its file ([`crate::pay::BankFile::batch`]).
    pub batch: Text,
    /// Name of its file.
    pub file: Text,
    /// Account number.
    pub account_no: Text,
    /// Account name.
    pub account_name: Text,
    /// Amount.
    pub amount: Money,
    /// Where it stands.
    pub state: PaymentState,
}

/// An answer that the ledger already holds, of any class that named its payment and agreed in
/// amount, second debits included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownAnswer {
    /// Payment id.
    pub payment_id: Text,
    /// `paid`, `failed` or `pending`: the word of [`AnswerStatus::word`].
    pub status: Text,
    /// Its day.
    pub date: Option<NaiveDate>,
    /// What kind of message said it.
    pub source: AnswerSource,
    /// The bank's reference of the booking.
    pub reference: Text,
    /// Message id.
    pub message: Text,
}

macro_rules! classes {
    ($($(#[$inner:meta])* $variant:ident = $text:literal,)*) => {
        /// What an answer is to its payment; the words are those of reports and ledger, and codes of
        /// the catalogue with `class-` before them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Class { $($(#[$inner])* $variant,)* }

        impl Class {
            /// All, in the order of reports.
            pub const ALL: &'static [Class] = &[$(Class::$variant,)*];

            /// The word.
            pub fn word(self) -> &'static str {
                match self { $(Class::$variant => $text,)* }
            }

            /// The class of a word.
            pub fn from_word(word: &str) -> Option<Class> {
                Class::ALL.iter().copied().find(|class| class.word() == word)
            }
        }
    };
}

classes! {
    /// Paid, and everything agrees.
    Matched = "matched",
    /// Paid; the name agrees after folding.
    MatchedNormalised = "matched-normalised",
    /// Not paid; the reason is the answer's.
    Failed = "failed",
    /// Outcome open.
    Pending = "pending",
    /// No answer yet.
    Missing = "missing",
    /// Names no payment of ours.
    Unexpected = "unexpected",
    /// Says again what is known; of bookings, see [`Item::second_debit`].
    Duplicate = "duplicate",
    /// Another amount than ours.
    AmountDiffers = "amount-differs",
    /// Success, but to another account or name: neither paid nor failed.
    Altered = "altered",
    /// Paid and later returned, or failed and later paid.
    Conflict = "conflict",
    /// Could be of several payments.
    Ambiguous = "ambiguous",
    /// A status that means nothing to us.
    UnknownStatus = "unknown-status",
}

impl Class {
    /// Whether a person must look (exit code 1).
    pub fn is_exception(self) -> bool {
        use Class::{Duplicate, Failed, Matched, MatchedNormalised, Pending};
        !matches!(self, Matched | MatchedNormalised | Failed | Pending | Duplicate)
    }
}

/// What to record and to post for an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Nothing but the answer itself.
    Nothing,
    /// The payment becomes pending.
    Pending,
    /// The payment becomes paid; nothing is posted.
    Paid,
    /// The payment becomes failed: post `return` on each of its lines.
    Return,
    /// The payment becomes paid after its money was posted back: post `paid-after-all`.
    PaidAfterAll,
}

/// One answer and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Position of the answer.
    pub answer: u32,
    /// Answers that it takes with it: the debit of a payment returned in the same message or on the
    /// same booking day.
    pub with: Vec<u32>,
    /// Position of the payment.
    pub payment: Option<u32>,
    /// Payments it could be of, where it is ambiguous.
    pub candidates: Vec<u32>,
    /// Class.
    pub class: Class,
    /// What to post.
    pub effect: Effect,
    /// The bank debited the payment a second time: the three-way difference is open by its amount.
    pub second_debit: bool,
    /// The bank gave a second debit back: that difference is closed.
    pub given_back: bool,
}

/// The outcome of matching.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Matched {
    /// By answer, then payment.
    pub items: Vec<Item>,
    /// Payments of which nothing has been heard, these answers included.
    pub missing: Vec<u32>,
}

/// Matches answers with payments: by payment id, else by batch, account, amount and name where that
/// is unique, else ambiguous.
pub fn match_answers(payments: &[ReleasedPayment], known: &[KnownAnswer], answers: &[Answer]) -> Matched {
    let index = Index::of(payments);
    let mut items: Vec<Item> = Vec::new();
    // Per payment: positions of answers in order.
    let mut heard: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    let mut listed: BTreeSet<(u32, &str, &str)> = BTreeSet::new();
    for (position, answer) in answers.iter().enumerate().filter(|(_, answer)| !answer.whole_batch) {
        let position = position as u32;
        match index.resolve(payments, answer) {
            Target::One(payment) => {
                heard.entry(payment).or_default().push(position);
                listed.insert((payment, &answer.place.file, &answer.message));
            }
            Target::Several(candidates) => {
                items.push(Item { candidates, ..Item::new(position, None, Class::Ambiguous) });
            }
            Target::None => items.push(Item::new(position, None, Class::Unexpected)),
        }
    }
    for (position, answer) in answers.iter().enumerate().filter(|(_, answer)| answer.whole_batch) {
        let position = position as u32;
        let members = answer.batch.as_ref().map(|batch| index.batch(payments, batch)).unwrap_or_default();
        if members.is_empty() {
            items.push(Item::new(position, None, Class::Unexpected));
        }
        if matches!(answer.status, AnswerStatus::Unknown(_)) && !members.is_empty() {
            items.push(Item::new(position, None, Class::UnknownStatus));
            continue;
        }
        for payment in members {
            // What is listed by itself has its own answer; an interim word adds nothing to a final one.
            let own = listed.contains(&(payment, answer.place.file.as_str(), answer.message.as_str()));
            let interim = answer.status == AnswerStatus::Pending
                && payments[payment as usize].state != PaymentState::Unanswered;
            if !own && !interim {
                heard.entry(payment).or_default().push(position);
            }
        }
    }
    let mut histories: FxHashMap<&str, Vec<Heard>> = FxHashMap::default();
    let wanted: rustc_hash::FxHashSet<&str> =
        heard.keys().map(|&payment| payments[payment as usize].payment_id.as_str()).collect();
    for answer in known.iter().filter(|answer| wanted.contains(answer.payment_id.as_str())) {
        histories.entry(&answer.payment_id).or_default().push(Heard::known(answer));
    }
    let mut answered: BTreeSet<u32> = BTreeSet::new();
    for (payment, positions) in heard {
        let released = &payments[payment as usize];
        let history = histories.remove(released.payment_id.as_str()).unwrap_or_default();
        let mut story = Story { payment, released, state: released.state, history, items: Vec::new() };
        story.hear(answers, &positions);
        if story.state != PaymentState::Unanswered {
            answered.insert(payment);
        }
        items.append(&mut story.items);
    }
    items.sort_by_key(|item| (item.answer, item.payment));
    let missing = (0_u32..)
        .zip(payments)
        .filter(|(position, payment)| {
            payment.state == PaymentState::Unanswered && !answered.contains(position)
        })
        .map(|(position, _)| position)
        .collect();
    Matched { items, missing }
}

impl Item {
    fn new(answer: u32, payment: Option<u32>, class: Class) -> Item {
        Item {
            answer,
            with: Vec::new(),
            payment,
            candidates: Vec::new(),
            class,
            effect: Effect::Nothing,
            second_debit: false,
            given_back: false,
        }
    }
}

/// What has been heard of a payment.
#[derive(Debug, Clone)]
struct Heard {
    word: &'static str,
    date: Option<NaiveDate>,
    source: AnswerSource,
    reference: Text,
    message: Text,
    file: Text,
}

impl Heard {
    fn known(answer: &KnownAnswer) -> Heard {
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

    fn new(answer: &Answer) -> Heard {
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
    fn is_same_booking(&self, other: &Heard) -> bool {
        if !self.source.is_booking() || !other.source.is_booking() || self.word != other.word {
            return false;
        }
        match self.reference.is_empty() || other.reference.is_empty() {
            false if self.reference == other.reference => self.date == other.date,
            _ => self.source != other.source && self.date.is_some() && self.date == other.date,
        }
    }

    fn is_same_message_or_day(&self, other: &Heard) -> bool {
        let message = !self.message.is_empty() && self.message == other.message && self.file == other.file;
        message || (self.date.is_some() && self.date == other.date)
    }
}

/// One payment while its answers come in.
struct Story<'a> {
    payment: u32,
    released: &'a ReleasedPayment,
    state: PaymentState,
    history: Vec<Heard>,
    items: Vec<Item>,
}

impl Story<'_> {
    fn hear(&mut self, answers: &[Answer], positions: &[u32]) {
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
    fn fault(&self, answer: &Answer) -> Option<Class> {
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
    fn gross(&self, answers: &[Answer], open: &[u32]) -> BTreeMap<u32, u32> {
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
    fn standing(&self) -> i64 {
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

    fn item(&self, class: Class, effect: Effect) -> Item {
        Item { effect, ..Item::new(0, Some(self.payment), class) }
    }

    fn returned_at_once(&mut self, answer: &Answer, debit: &Answer) -> Item {
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

    fn judge(&self, answer: &Answer) -> Item {
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
    fn is_said(&self, heard: &Heard) -> bool {
        self.history.iter().any(|before| {
            before.word == heard.word && before.source.is_booking() == heard.source.is_booking()
        })
    }

    /// Whether the same words with the same day are known already: a file sent again under a new name.
    fn is_repeated(&self, heard: &Heard) -> bool {
        !heard.source.is_booking()
            && heard.date.is_some()
            && self.history.iter().any(|before| {
                before.word == heard.word && before.date == heard.date && !before.source.is_booking()
            })
    }

    /// Whether an answer's day lies before the day on which the opposite was said.
    fn is_older(&self, answer: &Answer, opposite: &str) -> bool {
        let latest =
            self.history.iter().filter(|heard| heard.word == opposite).filter_map(|heard| heard.date).max();
        matches!((answer.date, latest), (Some(day), Some(latest)) if day < latest)
    }

    fn paid(&self, answer: &Answer, heard: &Heard) -> Item {
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

    fn failed(&self, answer: &Answer, heard: &Heard) -> Item {
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

/// How an answer's name compares with ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Name {
    Same,
    Folded,
    Other,
}

impl Name {
    fn compare(ours: &str, theirs: &str) -> Name {
        if theirs.is_empty() || ours == theirs {
            return Name::Same;
        }
        if comparable(ours) == comparable(theirs) { Name::Folded } else { Name::Other }
    }
}

/// A name without what writing habits add: separators, blanks, width, capitals.
fn comparable(name: &str) -> String {
    fold_name(name)
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '·' | '.' | '．'))
        .flat_map(char::to_uppercase)
        .collect()
}

/// Equal, not given, or masked by the bank in the middle.
fn same_account(ours: &str, theirs: &str) -> bool {
    let theirs: String = theirs.chars().filter(|c| !c.is_whitespace()).collect();
    if theirs.is_empty() || theirs == ours {
        return true;
    }
    let Some((head, rest)) = theirs.split_once('*') else { return false };
    let tail = rest.trim_start_matches('*');
    // At least the four digits that a person would compare.
    tail.len() >= 4 && !tail.contains('*') && ours.starts_with(head) && ours.ends_with(tail)
}

enum Target {
    One(u32),
    Several(Vec<u32>),
    None,
}

struct Index<'a> {
    by_id: FxHashMap<&'a str, u32>,
    by_account: std::cell::OnceCell<FxHashMap<&'a str, Vec<u32>>>,
    payments: &'a [ReleasedPayment],
}

impl<'a> Index<'a> {
    fn of(payments: &'a [ReleasedPayment]) -> Index<'a> {
        let by_id = payments.iter().zip(0..).map(|(payment, at)| (payment.payment_id.as_str(), at)).collect();
        Index { by_id, by_account: std::cell::OnceCell::new(), payments }
    }

    fn with_account(&self, account: &str) -> &[u32] {
        let by_account = self.by_account.get_or_init(|| {
            let mut index: FxHashMap<&str, Vec<u32>> = FxHashMap::default();
            for (payment, at) in self.payments.iter().zip(0..) {
                index.entry(&payment.account_no).or_default().push(at);
            }
            index
        });
        by_account.get(account).map_or(&[], Vec::as_slice)
    }

    fn batch(&self, payments: &[ReleasedPayment], batch: &str) -> Vec<u32> {
        (0..).zip(payments).filter(|(_, payment)| is_of_batch(payment, batch)).map(|(at, _)| at).collect()
    }

    fn resolve(&self, payments: &[ReleasedPayment], answer: &Answer) -> Target {
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

fn is_of_batch(payment: &ReleasedPayment, batch: &str) -> bool {
    payment.batch == batch || payment.file == batch
}

/// `<division>-<yyyymm>-R<run>-<sequence>`
fn is_payment_id(id: &str) -> bool {
    let mut parts = id.rsplitn(4, '-');
    let digits = |text: &str, length: usize| text.len() >= length && text.bytes().all(|b| b.is_ascii_digit());
    let (sequence, run, month, division) = (parts.next(), parts.next(), parts.next(), parts.next());
    sequence.is_some_and(|text| digits(text, 7))
        && run.and_then(|text| text.strip_prefix('R')).is_some_and(|text| digits(text, 4))
        && month.is_some_and(|text| text.len() == 6 && digits(text, 6))
        && division.is_some_and(|text| digits(text, 1))
}

/// The batch id within an answer file's name, where the bank kept ours.
fn batch_in(file: &str) -> Option<&str> {
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
