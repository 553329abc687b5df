//! Money that is owed and not payable now (DESIGN §10): of several holds the first in the fixed order.

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::domain::{Account, Beneficiary, Hold, Line, Money, Month, Programme, Text, fold_name};
use crate::policy::Rulebook;

use super::differences::Moved;
use super::payees::{Payees, Resolved};
use super::plan::{Payee, Standing};

/// A line with money due, its payee, and how much of it is on hold.
#[derive(Debug)]
pub(crate) struct Due {
    pub(crate) moved: Moved,
    pub(crate) resolved: Resolved,
    /// Money due before holds and offsets.
    pub(crate) due: Money,
    pub(crate) hold: Option<Hold>,
    pub(crate) held: Money,
}

impl Due {
    /// What may be offset or paid.
    pub(crate) fn payable(&self) -> Money {
        self.due - self.held
    }
}

/// What the holds look at beside the lines.
pub(crate) struct Holding<'a> {
    pub(crate) rulebook: &'a Rulebook,
    pub(crate) payees: &'a Payees<'a>,
    pub(crate) standing: &'a Standing,
    pub(crate) cycle: Month,
    pub(crate) account_people: u32,
    pub(crate) encodable: &'a (dyn Fn(Programme, &Payee) -> bool + Sync),
}

impl Holding<'_> {
    /// Sets the holds of all due lines. `owed` are the lines below zero.
    pub(crate) fn set(&self, due: &mut [Due], owed: &[Moved]) {
        let shared = self.shared_accounts(due);
        let failed: FxHashMap<_, _> =
            self.standing.failed_accounts.iter().map(|(account, entry)| (account, *entry)).collect();
        due.par_iter_mut().for_each(|line| {
            line.hold = self.whole_hold(line, &shared, &failed);
            if line.hold.is_some() {
                line.held = line.due;
            }
        });
        self.mirror(due, owed);
        for line in due.iter_mut() {
            let by_hand = named(&self.standing.held_by_hand, &line.moved.line);
            if by_hand && line.held < line.due {
                line.hold = line.hold.or(Some(Hold::ByHand));
                line.held = line.due;
            }
        }
    }

    fn whole_hold(
        &self,
        line: &Due,
        shared: &FxHashSet<(Text, Text)>,
        failed: &FxHashMap<&Account, u64>,
    ) -> Option<Hold> {
        let Resolved { payee, account_differs, .. } = &line.resolved;
        let account = &payee.account;
        if line.resolved.headless {
            return Some(Hold::NoPayee);
        }
        if account.bank.is_empty() || account.number.is_empty() {
            return Some(Hold::NoAccount);
        }
        // Mostly they are the same text, which needs no folding.
        let same_name = account.name == payee.name || fold_name(&account.name) == fold_name(&payee.name);
        if !payee.name.is_empty() && !same_name {
            return Some(Hold::AccountNameDiffers);
        }
        if *account_differs {
            return Some(Hold::AccountDiffers);
        }
        if !failed.is_empty() && failed.get(account).is_some_and(|failure| !self.let_go(line, *failure)) {
            return Some(Hold::AccountFailed);
        }
        if !shared.is_empty() && shared.contains(&Payees::account_key(account)) {
            return Some(Hold::AccountShared);
        }
        let dead = payee
            .id
            .and_then(|id| self.payees.registers.deaths.get(&id))
            .is_some_and(|date| Month::of(*date) < self.cycle);
        if dead {
            return Some(Hold::PayeeDead);
        }
        if payee.name.is_empty() {
            return Some(Hold::NoPayee);
        }
        if self.payees.verification_overdue(&line.moved.line) {
            return Some(Hold::VerificationOverdue);
        }
        (!(self.encodable)(line.moved.line.programme, payee)).then_some(Hold::Unencodable)
    }

    /// Whether a person has let a line's money go since its account failed: by its beneficiary, or by the
    /// person who is paid for it. Others paid to the same account, a provider's, stay on hold.
    fn let_go(&self, line: &Due, failure: u64) -> bool {
        let since: Vec<_> = self.standing.let_go.iter().filter(|(_, _, entry)| *entry > failure).collect();
        !since.is_empty() && {
            let whom = line.moved.line.beneficiary.to_string();
            let payee = line.resolved.payee.id.map(|id| Beneficiary::Person(id).to_string());
            since.iter().any(|(text, programme, _)| {
                (*text == whom || payee.as_ref().is_some_and(|payee| text == payee))
                    && programme.is_none_or(|programme| programme == line.moved.line.programme)
            })
        }
    }

    /// Accounts that more beneficiaries with money due are paid to than allowed. A household and its
    /// members are one; organisations, accounts confirmed for several, and guardians named on every
    /// one of the rows are apart.
    fn shared_accounts(&self, due: &[Due]) -> FxHashSet<(Text, Text)> {
        let households = self.payees.households();
        let mut served: Vec<(&Text, &Text, &Beneficiary, bool)> = due
            .iter()
            .filter(|line| !line.resolved.payee.organisation)
            .filter(|line| !line.resolved.payee.account.number.is_empty())
            .map(|line| {
                let account = &line.resolved.payee.account;
                let beneficiary = &line.moved.line.beneficiary;
                let one = beneficiary
                    .person()
                    .and_then(|person| households.get(&person.packed()))
                    .unwrap_or(beneficiary);
                (&account.number, &account.bank, one, line.resolved.named)
            })
            .collect();
        served.par_sort_unstable();
        let mut shared = FxHashSet::default();
        for account in served.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)).filter(|served| served.len() > 1) {
            let people = account.chunk_by(|a, b| a.2 == b.2).count();
            let all_named = account.iter().all(|(_, _, _, named)| *named);
            let (number, bank, _, _) = account[0];
            if !all_named
                && people > self.account_people as usize
                && !self.payees.registers.shared_accounts.contains(number)
            {
                shared.insert((bank.clone(), number.clone()));
            }
        }
        shared
    }

    /// Arrears of somebody who owes money for the same month in a joined programme are held up to
    /// what is owed.
    fn mirror(&self, due: &mut [Due], owed: &[Moved]) {
        let mut receivables: FxHashMap<(&Beneficiary, Month), Vec<(Programme, Money)>> = FxHashMap::default();
        for line in owed {
            receivables
                .entry((&line.line.beneficiary, line.line.month))
                .or_default()
                .push((line.line.programme, -line.balance));
        }
        if receivables.is_empty() {
            return;
        }
        for line in due.iter_mut() {
            let Line { programme, beneficiary, month, .. } = &line.moved.line;
            if *month >= self.cycle
                || line.held == line.due
                || named(&self.standing.cleared, &line.moved.line)
            {
                continue;
            }
            let Some(open) = receivables.get_mut(&(beneficiary, *month)) else { continue };
            let mut held = Money::ZERO;
            for (other, amount) in open.iter_mut() {
                let retired = usize::from(other.0.max(programme.0)) >= self.rulebook.programmes.len();
                if retired || !self.rulebook.joined(*programme, *other) {
                    continue;
                }
                let part = (line.due - line.held - held).min(*amount);
                *amount -= part;
                held += part;
            }
            if held.is_positive() {
                line.hold = Some(Hold::Mirrored);
                line.held += held;
            }
        }
    }
}

/// Whether a decision by hand names a line's beneficiary, in its programme or in all.
fn named(decisions: &[(Text, Option<Programme>)], line: &Line) -> bool {
    !decisions.is_empty() && {
        let text = line.beneficiary.to_string();
        decisions.iter().any(|(beneficiary, programme)| {
            *beneficiary == text && programme.is_none_or(|programme| programme == line.programme)
        })
    }
}
