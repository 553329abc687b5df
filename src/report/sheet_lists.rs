//! The lists of `reconciliation.xlsx`: 变动 补发追回 暂缓 退票, 名单 for each programme, 公示. Where the
//! workbook has no room for a list (`fits` is false), its sheet keeps its head and no rows.

use crate::domain::{Beneficiary, PostingKind, Programme};

use super::label::{self, label, sentence};
use super::notice;
use super::sheets::{Draft, Sheets};
use super::workbook::{Cell, Column};

impl Sheets<'_, '_> {
    fn who(&self, programme: Programme, beneficiary: &Beneficiary) -> [Cell; 3] {
        let person = self.summary.people.find(programme, beneficiary);
        [
            Cell::text(person.map_or("", |person| person.name)),
            Cell::text(person.map_or("", |person| person.township)),
            Cell::text(beneficiary.to_string()),
        ]
    }

    pub(super) fn changes(&self, fits: bool) -> Draft {
        let facts = self.summary.facts;
        let columns = vec![
            self.column("change", 12),
            self.column("programme", 26),
            self.column("name", 14),
            self.column("township", 20),
            self.column("beneficiary", 34),
            self.column("before", 14).summed(),
            self.column("now", 14).summed(),
            self.column("difference", 14).summed(),
            self.column("reason", 30),
        ];
        let changes = if fits { facts.changes } else { &[] };
        let rows = super::tables::ordered(changes, |a, b| {
            (a.programme, &a.beneficiary, a.change).cmp(&(b.programme, &b.beneficiary, b.change))
        })
        .into_iter()
        .map(|change| {
            let (before, now) = (change.before.unwrap_or_default(), change.now.unwrap_or_default());
            vec![
                Cell::text(label(facts.language, "change", change.change.word())),
                self.programme(change.programme),
                Cell::text(change.name.as_str()),
                Cell::text(change.township.as_str()),
                Cell::text(change.beneficiary.to_string()),
                Cell::money(change.before),
                Cell::money(change.now),
                Cell::Money(now - before),
                Cell::text(label::reason(self.summary, &change.reason)),
            ]
        })
        .collect();
        (self.word("changes"), columns, rows)
    }

    pub(super) fn differences(&self, fits: bool) -> Draft {
        let facts = self.summary.facts;
        let columns = vec![
            self.column("kind", 10),
            self.column("programme", 26),
            self.column("name", 14),
            self.column("township", 20),
            self.column("beneficiary", 34),
            self.column("month", 11),
            self.column("amount", 15).summed(),
            self.column("cause", 20),
        ];
        let postings = if fits { &facts.plan.postings[..] } else { &[] };
        let rows = super::tables::ordered(postings, |a, b| a.line.cmp(&b.line))
            .into_iter()
            .filter(|posting| matches!(posting.kind, PostingKind::Arrears | PostingKind::Recovery))
            .map(|posting| {
                let [name, township, beneficiary] =
                    self.who(posting.line.programme, &posting.line.beneficiary);
                let cause = posting.cause.map(|cause| label(facts.language, "cause", cause.word()));
                vec![
                    Cell::text(label(facts.language, "kind", posting.kind.word())),
                    self.programme(posting.line.programme),
                    name,
                    township,
                    beneficiary,
                    Cell::Month(posting.line.month),
                    Cell::Money(posting.amount),
                    Cell::text(cause.unwrap_or_default()),
                ]
            })
            .collect();
        (self.word("differences"), columns, rows)
    }

    pub(super) fn held(&self, fits: bool) -> Draft {
        let facts = self.summary.facts;
        let columns = vec![
            self.column("programme", 26),
            self.column("name", 14),
            self.column("township", 20),
            self.column("beneficiary", 34),
            self.column("month", 11),
            self.column("amount", 14).summed(),
            self.column("hold", 26),
            self.column("since", 11),
            self.column("action", 60),
        ];
        let held = if fits { &facts.plan.held[..] } else { &[] };
        let rows = super::tables::ordered(held, |a, b| (&a.line, a.hold).cmp(&(&b.line, b.hold)))
            .into_iter()
            .map(|held| {
                let [name, township, beneficiary] = self.who(held.line.programme, &held.line.beneficiary);
                vec![
                    self.programme(held.line.programme),
                    name,
                    township,
                    beneficiary,
                    Cell::Month(held.line.month),
                    Cell::Money(held.amount),
                    Cell::text(label(facts.language, "hold", held.hold.word())),
                    Cell::Month(held.since),
                    Cell::text(super::tables::hold_action(facts, held.hold)),
                ]
            })
            .collect();
        (self.word("held-long"), columns, rows)
    }

    pub(super) fn returned(&self, fits: bool) -> Draft {
        let facts = self.summary.facts;
        let columns = vec![
            self.column("payment", 32),
            self.column("programme", 26),
            self.column("name", 14),
            self.column("beneficiary", 34),
            self.column("bank", 16),
            self.column("amount", 14).summed(),
            self.column("reason", 26),
            self.column("cycle", 11),
        ];
        let returned = if fits { facts.returned } else { &[] };
        let rows = super::tables::ordered(returned, |a, b| (a.cycle, &a.id).cmp(&(b.cycle, &b.id)))
            .into_iter()
            .map(|returned| {
                let beneficiary = returned.beneficiary.as_ref();
                vec![
                    Cell::text(returned.id.as_str()),
                    self.programme(returned.programme),
                    Cell::text(returned.name.as_str()),
                    Cell::text(beneficiary.map_or(String::new(), ToString::to_string)),
                    Cell::text(returned.bank.as_str()),
                    Cell::Money(returned.amount),
                    Cell::text(returned.reason.as_str()),
                    Cell::Month(returned.cycle),
                ]
            })
            .collect();
        (self.word("returned"), columns, rows)
    }

    /// 名单: one row per payment of a programme, with room to sign.
    pub(super) fn payroll(&self, programme: Programme, fits: bool) -> Draft {
        let facts = self.summary.facts;
        let columns = vec![
            self.column("number", 7),
            self.column("name", 16),
            self.column("resident", 21),
            self.column("township", 20),
            self.column("community", 18),
            self.column("people", 9).summed(),
            Column::new(self.word("current"), 13).summed(),
            Column::new(self.word("arrears"), 12).summed(),
            Column::new(self.word("advance"), 12).summed(),
            Column::new(self.word("reissued"), 12).summed(),
            Column::new(self.word("offset"), 12).summed(),
            self.column("amount", 14).summed(),
            self.column("bank", 16),
            self.column("account", 22),
            self.column("payment", 30),
        ];
        let payments = facts.plan.payments.iter().enumerate();
        let rows = payments
            .filter(|(_, payment)| fits && payment.programme == programme)
            .enumerate()
            .map(|(number, (position, payment))| {
                let person = payment
                    .beneficiary
                    .as_ref()
                    .and_then(|beneficiary| self.summary.people.find(programme, beneficiary));
                let resident = payment.payee.id.or(person.and_then(|person| person.resident));
                vec![
                    Cell::Count(number as u64 + 1),
                    Cell::text(payment.payee.name.as_str()),
                    Cell::text(resident.map_or(String::new(), |resident| resident.to_string())),
                    Cell::text(person.map_or("", |person| person.township)),
                    Cell::text(person.map_or("", |person| person.community)),
                    Cell::Count(u64::from(payment.beneficiaries)),
                    Cell::Money(payment.current),
                    Cell::Money(payment.arrears),
                    Cell::Money(payment.advance),
                    Cell::Money(payment.reissued),
                    Cell::Money(payment.offset),
                    Cell::Money(payment.amount),
                    Cell::text(payment.payee.account.bank.as_str()),
                    Cell::text(payment.payee.account.number.as_str()),
                    Cell::text(facts.payment_id(position as u32)),
                ]
            })
            .collect();
        let name = facts.rulebook.rule(programme).name.as_str();
        let cycle = facts.cycle.to_string();
        let blanks = [("programme", name), ("cycle", cycle.as_str())];
        (sentence(facts.language, "payroll", &blanks), columns, rows)
    }

    pub(super) fn notice(&self, fits: bool) -> Draft {
        let columns = vec![
            self.column("programme", 30),
            self.column("township", 20),
            self.column("community", 20),
            self.column("name", 16),
            self.column("monthly", 14),
        ];
        let listed = if fits { notice::notice(self.summary) } else { Vec::new() };
        let rows = listed
            .into_iter()
            .map(|row| {
                vec![
                    self.programme(row.programme),
                    Cell::text(row.township),
                    Cell::text(row.community),
                    Cell::text(row.name),
                    Cell::Money(row.amount),
                ]
            })
            .collect();
        let cycle = self.summary.facts.cycle.to_string();
        (sentence(self.summary.facts.language, "notice", &[("cycle", &cycle)]), columns, rows)
    }
}
