//! The stored form of a plan: compact, canonical (one plan, one byte string), versioned. Lines are
//! written once, in order, and named by position; beneficiaries stand in their text forms but for
//! identity numbers, which are packed.
//!
//! Bytes leave in parts that end between records, so that a reader never holds more than one part.

use rustc_hash::FxHashMap;
use sha2::{Digest, Sha256};

use crate::assess::decision::Digests;
use crate::domain::{
    Account, Beneficiary, Cause, Fault, Hold, Line, Money, Month, PostingKind, Programme, ResidentId, Text,
};
use crate::intake::Origin;
use crate::settle::{HeldLine, LineBalance, Payee, Plan, PlannedPayment, PlannedPosting, SettledLine};

use super::fault::damaged;

/// First byte of the form.
const VERSION: u8 = 1;
/// Parts are cut after the record that passes this size.
const PART: usize = 4 << 20;

/// The digest of a plan: sha256 over its canonical form, hexadecimal. It does not depend on the
/// run's number. `codes` say what the programmes' positions mean.
pub fn plan_digest(plan: &Plan, codes: &[Text]) -> String {
    let mut hasher = Sha256::new();
    let Ok(()) = encode(plan, codes, |part| {
        hasher.update(&part);
        Ok::<(), std::convert::Infallible>(())
    });
    crate::domain::hexadecimal(&hasher.finalize())
}

/// Writes a plan; `part` gets the bytes in order.
pub(super) fn encode<E>(
    plan: &Plan,
    codes: &[Text],
    part: impl FnMut(Vec<u8>) -> Result<(), E>,
) -> Result<(), E> {
    let lines = lines_of(plan);
    let index: FxHashMap<&Line, u64> = lines.iter().copied().zip(0..).collect();
    let mut form = Writer { bytes: vec![VERSION], part, previous: 0 };
    form.count(codes.len());
    codes.iter().for_each(|code| form.text(code));
    form.count(lines.len());
    for line in &lines {
        form.line(line);
        form.cut()?;
    }
    // Every line of the plan stands in `lines`.
    let of = |line: &Line| index.get(line).copied().unwrap_or(u64::MAX);

    form.section(plan.postings.len());
    for posting in &plan.postings {
        form.reference(of(&posting.line));
        form.number(posting.kind as u64);
        form.signed(posting.amount.fen());
        form.number(posting.cause.map_or(0, |cause| cause as u64 + 1));
        form.maybe(posting.corrects.map(i64::unsigned_abs));
        form.maybe(posting.payment.map(u64::from));
        form.cut()?;
    }
    form.section(plan.payments.len());
    for payment in &plan.payments {
        form.number(u64::from(payment.programme.0));
        form.payee(&payment.payee);
        match &payment.beneficiary {
            Some(beneficiary) => form.beneficiary(beneficiary),
            None => form.bytes.push(NOBODY),
        }
        form.number(u64::from(payment.beneficiaries));
        for money in [
            payment.current,
            payment.arrears,
            payment.advance,
            payment.reissued,
            payment.offset,
            payment.amount,
        ] {
            form.signed(money.fen());
        }
        form.text(payment.replaces.as_deref().unwrap_or(""));
        form.count(payment.items.len());
        for (line, money) in &payment.items {
            form.reference(of(line));
            form.signed(money.fen());
        }
        form.cut()?;
    }
    form.section(plan.settled.len());
    for settled in &plan.settled {
        form.reference(of(&settled.line));
        for text in [&settled.outcome, &settled.reason, &settled.clause, &settled.source] {
            form.text(text);
        }
        form.signed(settled.amount.fen());
        form.maybe(settled.resident.map(ResidentId::packed));
        form.text(&settled.name);
        form.text(&settled.township);
        form.signed(origin_number(settled.origin));
        form.bytes.extend_from_slice(&digest_bytes(&settled.digests));
        form.bytes.push(u8::from(settled.payee.is_some()));
        if let Some(payee) = &settled.payee {
            form.payee(payee);
        }
        form.count(settled.members.len());
        settled.members.iter().for_each(|member| form.number(member.packed()));
        form.cut()?;
    }
    form.section(plan.held.len());
    for held in &plan.held {
        form.reference(of(&held.line));
        form.signed(held.amount.fen());
        form.number(held.hold as u64);
        form.signed(i64::from(held.since.index()));
        form.cut()?;
    }
    form.section(plan.balances.len());
    for balance in &plan.balances {
        form.reference(of(&balance.line));
        form.signed(balance.entitlement.fen());
        form.signed(balance.balance.fen());
        form.text(&balance.debtor);
        form.cut()?;
    }
    form.finish()
}

/// Every line a plan names, in line order.
pub(super) fn lines_of(plan: &Plan) -> Vec<&Line> {
    let mut lines: Vec<&Line> = Vec::with_capacity(plan.postings.len().max(plan.settled.len()));
    let mut add = |line| {
        if lines.last() != Some(&line) {
            lines.push(line);
        }
    };
    plan.postings.iter().for_each(|posting| add(&posting.line));
    plan.settled.iter().for_each(|settled| add(&settled.line));
    plan.held.iter().for_each(|held| add(&held.line));
    plan.balances.iter().for_each(|balance| add(&balance.line));
    plan.payments.iter().for_each(|payment| payment.items.iter().for_each(|(line, _)| add(line)));
    lines.sort_unstable();
    lines.dedup();
    lines
}

/// 0 own files, −1 archived files, else the month whose files.
pub(super) fn origin_number(origin: Origin) -> i64 {
    match origin {
        Origin::Own => 0,
        Origin::Archived => -1,
        Origin::Other(month) => i64::from(month.index()),
    }
}

/// The origin of a stored number.
pub(super) fn origin_of(number: i64) -> Option<Origin> {
    Some(match number {
        0 => Origin::Own,
        -1 => Origin::Archived,
        month => Origin::Other(Month::from_index(i32::try_from(month).ok()?)),
    })
}

/// Five digests of 8 bytes.
pub(super) fn digest_bytes(digests: &Digests) -> [u8; 40] {
    let mut bytes = [0; 40];
    let all = [digests.row, digests.register, digests.link, digests.policy, digests.stacking];
    for (place, digest) in bytes.chunks_exact_mut(8).zip(all) {
        place.copy_from_slice(&digest.to_le_bytes());
    }
    bytes
}

/// The digests of stored bytes.
pub(super) fn digests_of(bytes: &[u8]) -> Option<Digests> {
    let at = |place: usize| Some(u64::from_le_bytes(bytes.get(place * 8..place * 8 + 8)?.try_into().ok()?));
    Some(Digests { row: at(0)?, register: at(1)?, link: at(2)?, policy: at(3)?, stacking: at(4)? })
}

const PERSON: u8 = 0;
const HOUSEHOLD: u8 = 1;
const UNVERIFIED: u8 = 2;
const ROW: u8 = 3;
const NOBODY: u8 = 4;

struct Writer<P> {
    bytes: Vec<u8>,
    part: P,
    previous: u64,
}

impl<E, P: FnMut(Vec<u8>) -> Result<(), E>> Writer<P> {
    fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.bytes.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.bytes.push(number as u8);
    }

    fn signed(&mut self, number: i64) {
        self.number(((number << 1) ^ (number >> 63)) as u64);
    }

    fn maybe(&mut self, number: Option<u64>) {
        match number {
            None => self.number(0),
            Some(number) => self.number(number + 1),
        }
    }

    fn count(&mut self, count: usize) {
        self.number(count as u64);
    }

    fn section(&mut self, count: usize) {
        self.previous = 0;
        self.count(count);
    }

    fn text(&mut self, text: &str) {
        self.count(text.len());
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// A line's position, as the step from the one before.
    fn reference(&mut self, position: u64) {
        self.signed(position.wrapping_sub(self.previous) as i64);
        self.previous = position;
    }

    fn beneficiary(&mut self, beneficiary: &Beneficiary) {
        let (tag, text) = match beneficiary {
            Beneficiary::Person(resident) => {
                self.bytes.push(PERSON);
                return self.number(resident.packed());
            }
            Beneficiary::Household(text) => (HOUSEHOLD, text),
            Beneficiary::UnverifiedPerson(text) => (UNVERIFIED, text),
            Beneficiary::Row(text) => (ROW, text),
        };
        self.bytes.push(tag);
        self.text(text);
    }

    fn line(&mut self, line: &Line) {
        self.number(u64::from(line.programme.0));
        self.beneficiary(&line.beneficiary);
        self.signed(i64::from(line.month.index()));
        self.text(&line.case_no);
    }

    fn payee(&mut self, payee: &Payee) {
        self.maybe(payee.id.map(ResidentId::packed));
        self.text(&payee.name);
        self.bytes.push(u8::from(payee.organisation));
        for text in [&payee.account.bank, &payee.account.number, &payee.account.name] {
            self.text(text);
        }
    }

    fn cut(&mut self) -> Result<(), E> {
        if self.bytes.len() < PART { Ok(()) } else { (self.part)(std::mem::take(&mut self.bytes)) }
    }

    fn finish(mut self) -> Result<(), E> {
        (self.part)(std::mem::take(&mut self.bytes))
    }
}

/// Reads a plan back from its parts, with the codes it was written with.
pub(super) fn decode(
    parts: impl Iterator<Item = Result<Vec<u8>, Fault>>,
) -> Result<(Plan, Vec<Text>), Fault> {
    let mut form = Reader { bytes: Vec::new(), at: 0, parts, previous: 0 };
    form.next_part()?;
    if form.byte()? != VERSION {
        return Err(damaged("draft: unknown version"));
    }
    let codes = (0..form.number()?).map(|_| form.text()).collect::<Result<Vec<Text>, Fault>>()?;
    let mut lines = Vec::new();
    for _ in 0..form.number()? {
        form.next_part()?;
        lines.push(form.line()?);
    }
    let lines = lines.as_slice();
    let mut plan = Plan::default();
    for _ in 0..form.section()? {
        form.next_part()?;
        plan.postings.push(PlannedPosting {
            line: form.reference(lines)?,
            kind: form.word(PostingKind::ALL)?,
            amount: form.money()?,
            cause: match form.number()? {
                0 => None,
                cause => Some(*Cause::ALL.get(cause as usize - 1).ok_or_else(broken)?),
            },
            corrects: form.maybe()?.map(|number| number as i64),
            payment: form.maybe()?.map(u32::try_from).transpose().map_err(|_| broken())?,
        });
    }
    for _ in 0..form.section()? {
        form.next_part()?;
        plan.payments.push(form.payment(lines)?);
    }
    for _ in 0..form.section()? {
        form.next_part()?;
        plan.settled.push(form.settled(lines)?);
    }
    for _ in 0..form.section()? {
        form.next_part()?;
        plan.held.push(HeldLine {
            line: form.reference(lines)?,
            amount: form.money()?,
            hold: form.word(Hold::ALL)?,
            since: form.month()?,
        });
    }
    for _ in 0..form.section()? {
        form.next_part()?;
        plan.balances.push(LineBalance {
            line: form.reference(lines)?,
            entitlement: form.money()?,
            balance: form.money()?,
            debtor: form.text()?,
        });
    }
    form.next_part()?;
    if form.at < form.bytes.len() {
        return Err(broken());
    }
    Ok((plan, codes))
}

fn broken() -> Fault {
    damaged("draft: its stored plan cannot be read")
}

struct Reader<P> {
    bytes: Vec<u8>,
    at: usize,
    parts: P,
    previous: u64,
}

impl<P: Iterator<Item = Result<Vec<u8>, Fault>>> Reader<P> {
    /// Parts end between records: asked before each record.
    fn next_part(&mut self) -> Result<(), Fault> {
        while self.at == self.bytes.len() {
            let Some(part) = self.parts.next() else { return Ok(()) };
            self.bytes = part?;
            self.at = 0;
        }
        Ok(())
    }

    fn byte(&mut self) -> Result<u8, Fault> {
        let byte = *self.bytes.get(self.at).ok_or_else(broken)?;
        self.at += 1;
        Ok(byte)
    }

    fn number(&mut self) -> Result<u64, Fault> {
        let mut number = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(broken())
    }

    fn signed(&mut self) -> Result<i64, Fault> {
        let number = self.number()?;
        Ok((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    fn maybe(&mut self) -> Result<Option<u64>, Fault> {
        Ok(self.number()?.checked_sub(1))
    }

    /// Counts follow a whole record, where a part may end.
    fn section(&mut self) -> Result<u64, Fault> {
        self.next_part()?;
        self.previous = 0;
        self.number()
    }

    fn money(&mut self) -> Result<Money, Fault> {
        Ok(Money::from_fen(self.signed()?))
    }

    fn month(&mut self) -> Result<Month, Fault> {
        Ok(Month::from_index(i32::try_from(self.signed()?).map_err(|_| broken())?))
    }

    fn take(&mut self, length: usize) -> Result<&[u8], Fault> {
        let end = self.at.checked_add(length).filter(|&end| end <= self.bytes.len()).ok_or_else(broken)?;
        let bytes = &self.bytes[self.at..end];
        self.at = end;
        Ok(bytes)
    }

    fn text(&mut self) -> Result<Text, Fault> {
        let length = usize::try_from(self.number()?).map_err(|_| broken())?;
        Ok(std::str::from_utf8(self.take(length)?).map_err(|_| broken())?.into())
    }

    fn word<T: Copy>(&mut self, all: &[T]) -> Result<T, Fault> {
        let position = usize::try_from(self.number()?).map_err(|_| broken())?;
        all.get(position).copied().ok_or_else(broken)
    }

    fn resident(&mut self) -> Result<Option<ResidentId>, Fault> {
        match self.maybe()? {
            None => Ok(None),
            Some(packed) => Ok(Some(ResidentId::from_packed(packed).ok_or_else(broken)?)),
        }
    }

    fn programme(&mut self) -> Result<Programme, Fault> {
        Ok(Programme(u16::try_from(self.number()?).map_err(|_| broken())?))
    }

    fn beneficiary(&mut self) -> Result<Option<Beneficiary>, Fault> {
        Ok(Some(match self.byte()? {
            PERSON => Beneficiary::Person(ResidentId::from_packed(self.number()?).ok_or_else(broken)?),
            HOUSEHOLD => Beneficiary::Household(self.text()?),
            UNVERIFIED => Beneficiary::UnverifiedPerson(self.text()?),
            ROW => Beneficiary::Row(self.text()?),
            NOBODY => return Ok(None),
            _ => return Err(broken()),
        }))
    }

    fn line(&mut self) -> Result<Line, Fault> {
        Ok(Line {
            programme: self.programme()?,
            beneficiary: self.beneficiary()?.ok_or_else(broken)?,
            month: self.month()?,
            case_no: self.text()?,
        })
    }

    fn reference(&mut self, lines: &[Line]) -> Result<Line, Fault> {
        self.previous = self.previous.wrapping_add(self.signed()? as u64);
        usize::try_from(self.previous)
            .ok()
            .and_then(|position| lines.get(position))
            .cloned()
            .ok_or_else(broken)
    }

    fn payee(&mut self) -> Result<Payee, Fault> {
        Ok(Payee {
            id: self.resident()?,
            name: self.text()?,
            organisation: self.byte()? == 1,
            account: Account { bank: self.text()?, number: self.text()?, name: self.text()? },
        })
    }

    fn payment(&mut self, lines: &[Line]) -> Result<PlannedPayment, Fault> {
        let mut payment = PlannedPayment {
            programme: self.programme()?,
            payee: self.payee()?.into(),
            beneficiary: self.beneficiary()?,
            beneficiaries: u32::try_from(self.number()?).map_err(|_| broken())?,
            current: self.money()?,
            arrears: self.money()?,
            advance: self.money()?,
            reissued: self.money()?,
            offset: self.money()?,
            amount: self.money()?,
            replaces: Some(self.text()?).filter(|text| !text.is_empty()),
            items: Vec::new(),
        };
        for _ in 0..self.number()? {
            payment.items.push((self.reference(lines)?, self.money()?));
        }
        Ok(payment)
    }

    fn settled(&mut self, lines: &[Line]) -> Result<SettledLine, Fault> {
        let line = self.reference(lines)?;
        let (outcome, reason, clause, source) = (self.text()?, self.text()?, self.text()?, self.text()?);
        let amount = self.money()?;
        let resident = self.resident()?;
        let (name, township) = (self.text()?, self.text()?);
        let origin = origin_of(self.signed()?).ok_or_else(broken)?;
        let digests = digests_of(self.take(40)?).ok_or_else(broken)?;
        let payee = if self.byte()? == 1 { Some(self.payee()?) } else { None };
        let mut members = Vec::new();
        for _ in 0..self.number()? {
            members.push(ResidentId::from_packed(self.number()?).ok_or_else(broken)?);
        }
        Ok(SettledLine {
            line,
            outcome,
            reason,
            clause,
            amount,
            source,
            resident,
            name,
            township,
            origin,
            digests,
            payee: payee.map(Into::into),
            members,
        })
    }
}
