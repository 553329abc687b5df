//! The lists of `reconciliation.xlsx`: 变动 补发追回 暂缓 退票, 名单 for each programme, 公示. A row is made when
//! its turn comes to be written.

use crate::domain::{Beneficiary, PostingKind, Programme};

use super::label::{self, label, sentence};
use super::notice;
use super::sheets::{List, Sheets, programme_name, widest};
use super::summary::Summary;
use super::workbook::{Cell, Column, Layout, Rows};

/// Name, township and text form of a beneficiary.
fn who<'s>(summary: &'s Summary<'_>, programme: Programme, beneficiary: &Beneficiary) -> [Cell<'s>; 3] {
    let person = summary.people.find(programme, beneficiary);
    [
        Cell::text(person.map_or("", |person| person.name)),
        Cell::text(person.map_or("", |person| person.township)),
        Cell::text(beneficiary.to_string()),
    ]
}

impl<'s> Sheets<'s, '_> {
    pub(super) fn changes(&self) -> List<'s> {
        let summary = self.summary;
        let facts = summary.facts;
        let amounts = widest(facts.changes.iter().flat_map(|change| [change.before, change.now]).flatten());
        let columns = vec![
            self.column("change", 12),
            self.programmes(),
            self.column("name", 14),
            self.column("township", 20),
            self.column("beneficiary", 34),
            self.column("before", 14).summed().fitting(amounts),
            self.column("now", 14).summed().fitting(amounts),
            self.column("difference", 14).summed().fitting(amounts),
            self.column("reason", 30),
        ];
        let changes = super::tables::ordered(facts.changes, |a, b| {
            (a.programme, &a.beneficiary, a.change).cmp(&(b.programme, &b.beneficiary, b.change))
        });
        let rows = Rows::of(changes, move |change| {
            let (before, now) = (change.before.unwrap_or_default(), change.now.unwrap_or_default());
            vec![
                Cell::text(label(facts.language, "change", change.change.word())),
                programme_name(summary, change.programme),
                Cell::text(change.name.as_str()),
                Cell::text(change.township.as_str()),
                Cell::text(change.beneficiary.to_string()),
                Cell::money(change.before),
                Cell::money(change.now),
                Cell::Money(now - before),
                Cell::text(label::reason(summary, &change.reason)),
            ]
        });
        List {
            sheet: self.sheet_word("changes"),
            title: self.word("changes"),
            columns,
            rows,
            layout: Layout::default(),
            signed: false,
        }
    }

    pub(super) fn differences(&self) -> List<'s> {
        let summary = self.summary;
        let facts = summary.facts;
        let mut postings = super::tables::ordered(&facts.plan.postings, |a, b| a.line.cmp(&b.line));
        postings.retain(|posting| matches!(posting.kind, PostingKind::Arrears | PostingKind::Recovery));
        let columns = vec![
            self.column("kind", 10),
            self.programmes(),
            self.column("name", 14),
            self.column("township", 20),
            self.column("beneficiary", 34),
            self.column("month", 11),
            self.column("amount", 15).summed().fitting(widest(postings.iter().map(|one| one.amount))),
            self.column("cause", 20),
        ];
        let rows = Rows::of(postings, move |posting| {
            let [name, township, beneficiary] =
                who(summary, posting.line.programme, &posting.line.beneficiary);
            let cause = posting.cause.map(|cause| label(facts.language, "cause", cause.word()));
            vec![
                Cell::text(label(facts.language, "kind", posting.kind.word())),
                programme_name(summary, posting.line.programme),
                name,
                township,
                beneficiary,
                Cell::Month(posting.line.month),
                Cell::Money(posting.amount),
                Cell::text(cause.unwrap_or_default()),
            ]
        });
        List {
            sheet: self.sheet_word("differences"),
            title: self.word("differences"),
            columns,
            rows,
            layout: Layout::default(),
            signed: false,
        }
    }

    pub(super) fn held(&self) -> List<'s> {
        let summary = self.summary;
        let facts = summary.facts;
        let columns = vec![
            self.programmes(),
            self.column("name", 14),
            self.column("township", 20),
            self.column("beneficiary", 34),
            self.column("month", 11),
            self.column("amount", 14)
                .summed()
                .fitting(widest(facts.plan.held.iter().map(|held| held.amount))),
            self.column("hold", 32),
            self.column("since", 11),
            self.column("action", 60),
        ];
        let held = super::tables::ordered(&facts.plan.held, |a, b| (&a.line, a.hold).cmp(&(&b.line, b.hold)));
        let rows = Rows::of(held, move |held| {
            let [name, township, beneficiary] = who(summary, held.line.programme, &held.line.beneficiary);
            vec![
                programme_name(summary, held.line.programme),
                name,
                township,
                beneficiary,
                Cell::Month(held.line.month),
                Cell::Money(held.amount),
                Cell::text(label(facts.language, "hold", held.hold.word())),
                Cell::Month(held.since),
                Cell::text(super::tables::hold_action(facts, held.hold)),
            ]
        });
        List {
            sheet: self.sheet_word("held"),
            title: self.word("held-long"),
            columns,
            rows,
            layout: Layout::default(),
            signed: false,
        }
    }

    pub(super) fn returned(&self) -> List<'s> {
        let summary = self.summary;
        let facts = summary.facts;
        let columns = vec![
            self.column("payment", 32),
            self.programmes(),
            self.column("name", 14),
            self.column("beneficiary", 34),
            self.column("bank", 16),
            self.column("amount", 14)
                .summed()
                .fitting(widest(facts.returned.iter().map(|returned| returned.amount))),
            self.column("reason", 26),
            self.column("cycle", 11),
        ];
        let returned = super::tables::ordered(facts.returned, |a, b| (a.cycle, &a.id).cmp(&(b.cycle, &b.id)));
        let rows = Rows::of(returned, move |returned| {
            let beneficiary = returned.beneficiary.as_ref();
            vec![
                Cell::text(returned.id.as_str()),
                programme_name(summary, returned.programme),
                Cell::text(returned.name.as_str()),
                Cell::text(beneficiary.map_or(String::new(), ToString::to_string)),
                Cell::text(returned.bank.as_str()),
                Cell::Money(returned.amount),
                Cell::text(label::bank_reason(facts.language, &returned.reason)),
                Cell::Month(returned.cycle),
            ]
        });
        List {
            sheet: self.sheet_word("returned"),
            title: self.word("returned"),
            columns,
            rows,
            layout: Layout::default(),
            signed: false,
        }
    }

    /// 名单: one row per payment of a programme, with room to sign.
    pub(super) fn payroll(&self, programme: Programme) -> List<'s> {
        let summary = self.summary;
        let facts = summary.facts;
        let figures = &summary.programmes[usize::from(programme.0)];
        let columns = vec![
            self.column("number", 7),
            self.column("name", 13),
            self.column("resident", 20),
            self.column("township", 18),
            self.column("community", 14),
            self.column("people", 8).summed(),
            Column::new(self.word("current"), 12).summed().fitting(figures.current),
            Column::new(self.word("arrears"), 11).summed().fitting(figures.arrears),
            Column::new(self.word("advance"), 11).summed().fitting(figures.advance),
            Column::new(self.word("reissued"), 11).summed().fitting(figures.reissued),
            Column::new(self.word("offset"), 11).summed().fitting(figures.offset),
            self.column("amount", 13).summed().fitting(figures.paid.money),
            self.column("bank", 18),
            self.column("account", 22),
            self.column("payment", 29),
        ];
        let payments = facts.plan.payments.iter().enumerate();
        let payments: Vec<(u32, u32)> = payments
            .filter(|(_, payment)| payment.programme == programme)
            .enumerate()
            .map(|(number, (position, _))| (number as u32 + 1, position as u32))
            .collect();
        let rows = Rows::of(payments, move |&(number, position)| {
            let payment = &facts.plan.payments[position as usize];
            let person = payment
                .beneficiary
                .as_ref()
                .and_then(|beneficiary| summary.people.find(programme, beneficiary));
            let resident = payment.payee.id.or(person.and_then(|person| person.resident));
            vec![
                Cell::Count(u64::from(number)),
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
                Cell::text(facts.payment_id(position)),
            ]
        });
        let name = facts.rulebook.rule(programme).name.as_str();
        let cycle = facts.cycle.to_string();
        let blanks = [("programme", name), ("cycle", cycle.as_str())];
        List {
            sheet: self.list_name(programme),
            title: sentence(facts.language, "payroll", &blanks),
            columns,
            rows,
            layout: Layout { frozen: 2, ..Layout::default() },
            signed: true,
        }
    }

    pub(super) fn notice(&self) -> List<'s> {
        let columns = vec![
            self.programmes(),
            self.column("township", 20),
            self.column("community", 20),
            self.column("name", 16),
            self.column("monthly", 14),
        ];
        let summary = self.summary;
        let rows = Rows::of(notice::notice(summary), move |row| {
            vec![
                programme_name(summary, row.programme),
                Cell::text(row.township.clone()),
                Cell::text(row.community.clone()),
                Cell::text(row.name.clone()),
                Cell::Money(row.amount),
            ]
        });
        let cycle = summary.facts.cycle.to_string();
        List {
            sheet: self.sheet_word("notice"),
            title: sentence(summary.facts.language, "notice", &[("cycle", &cycle)]),
            columns,
            rows,
            layout: Layout { upright: true, ..Layout::default() },
            signed: false,
        }
    }
}
