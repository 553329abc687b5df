//! What persons decide and record outside a run: cut-over, recoveries, holds, recalls. Where two
//! persons are asked for, the first command records a request, and the identical command by another
//! person completes it; until then nothing is posted (DESIGN §6, §10).

use rustc_hash::FxHashMap;

use crate::crash;
use crate::domain::{Beneficiary, Exit, Fault, Line, Money, Month, PaymentId, PostingKind, Programme, Text};
use crate::ledger::{
    Act, AnswerFile, AnswerStatus, Batch, DecisionKind, EntryKind, Ledger, NewAnswer, NewDecision,
    NewPosting, PaymentState, ReleasedRun,
};
use crate::settle::LedgerLine;
use crate::workspace::config::Role;
use crate::workspace::{Config, Workspace, sha256_hex};

use super::Session;
use super::answers::File;

/// What became of a command that two persons give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decided {
    /// The request is recorded and waits for another person.
    Waiting {
        /// Who asked.
        by: Text,
    },
    /// Done before: the identical command again, after a crash or by mistake. Nothing has changed.
    Before {
        /// Where its postings are listed.
        folder: Option<String>,
    },
    /// Posted.
    Posted {
        /// Where the postings are listed.
        folder: Option<String>,
        /// How many postings.
        postings: usize,
        /// Their sum.
        amount: Money,
    },
}

/// Who acts, and on which ledger.
pub struct Desk<'a> {
    /// The workspace.
    pub workspace: &'a Workspace,
    /// Its settings.
    pub config: &'a Config,
    /// The ledger.
    pub ledger: &'a mut Ledger,
    /// The day, the user, the host.
    pub session: &'a Session,
    /// The pack's programme codes.
    pub codes: Vec<Text>,
}

impl Desk<'_> {
    /// Whether the person is one of the bureau's.
    pub(super) fn must_be_known(&self, name: &str) -> Result<(), Fault> {
        if self.config.may(name, Role::Draft) || self.config.may(name, Role::Approve) {
            return Ok(());
        }
        Err(super::lacks_role(self.config, name, Role::Draft))
    }

    pub(super) fn act(&self, kind: EntryKind, by: &str, second: &str, note: &str) -> Act {
        Act {
            kind,
            today: self.session.today,
            by: by.into(),
            second: second.into(),
            os_user: self.session.os_user.as_str().into(),
            host: self.session.host.as_str().into(),
            note: note.into(),
        }
    }

    fn post(&mut self, act: &Act, batch: &Batch) -> Result<Option<String>, Fault> {
        let codes = self.ledger.programme_codes(&self.codes)?;
        self.post_and_list(act, batch, &codes)
    }

    /// Posts an entry, writes the head down, lists what was posted; says where.
    pub(super) fn post_and_list(
        &mut self,
        act: &Act,
        batch: &Batch,
        codes: &[Text],
    ) -> Result<Option<String>, Fault> {
        let posted = self.ledger.post(act, batch, codes)?;
        super::heads::write_down(self.workspace, self.ledger)?;
        tracing::info!(
            entry = posted.head.number,
            kind = act.kind.word(),
            postings = batch.postings.len(),
            "posted"
        );
        crash::point("posted");
        super::lists::write(self.workspace, self.ledger, &posted, &batch.postings, codes)
    }

    /// Whether two persons have completed this very command before.
    pub(super) fn done_before(&self, kind: EntryKind, body: &str) -> Result<Option<Decided>, Fault> {
        match self.ledger.completed_request(kind.word(), body)? {
            None => Ok(None),
            Some(done) => Ok(Some(Decided::Before { folder: super::lists::place(self.ledger, done.entry)? })),
        }
    }

    /// Records the request of a first person, or lets a second one complete it: then the act to post
    /// with, and the request's number.
    pub(super) fn second_person(
        &mut self,
        kind: EntryKind,
        body: &str,
        by: &str,
        note: &str,
    ) -> Result<Result<(Act, i64), Decided>, Fault> {
        self.must_be_known(by)?;
        let Some(waiting) = self.ledger.find_request(kind.word(), body)? else {
            let act = self.act(kind, by, "", note);
            self.ledger.add_request(kind.word(), body, &act)?;
            return Ok(Err(Decided::Waiting { by: by.into() }));
        };
        if waiting.by == by {
            return Ok(Err(Decided::Waiting { by: waiting.by }));
        }
        if !self.config.may(by, Role::Approve) {
            return Err(super::lacks_role(self.config, by, Role::Approve));
        }
        Ok(Ok((self.act(kind, &waiting.by, by, note), waiting.id)))
    }

    fn programme(&self, code: &str) -> Result<Programme, Fault> {
        let codes = self.ledger.programme_codes(&self.codes)?;
        let position = codes.iter().position(|known| known == code);
        let position =
            position.ok_or_else(|| Fault::new(Exit::Usage, "programme-unknown").with("programme", code))?;
        Ok(Programme(position as u16))
    }

    /// A beneficiary's lines of a programme, in line order.
    fn lines(&self, programme: Programme, beneficiary: &Beneficiary) -> Result<Vec<LedgerLine>, Fault> {
        let codes = self.ledger.programme_codes(&self.codes)?;
        let mut lines = self.ledger.beneficiary_lines(beneficiary, &codes)?;
        lines.retain(|line| line.line.programme == programme);
        lines.sort_by(|a, b| (a.line.month, &a.line.case_no).cmp(&(b.line.month, &b.line.case_no)));
        Ok(lines)
    }

    /// `recover`: a decision or money on what is owed.
    ///
    /// # Errors
    /// Exit 2: unknown programme or beneficiary; exit 3: nothing is owed there, or less than the amount.
    pub fn recover(&mut self, recovery: &Recovery, by: &str) -> Result<Decided, Fault> {
        let programme = self.programme(&recovery.programme)?;
        let body = recovery.canonical();
        if let Some(before) = self.done_before(EntryKind::Recover, &body)? {
            return Ok(before);
        }
        let owed: Vec<LedgerLine> = self
            .lines(programme, &recovery.beneficiary)?
            .into_iter()
            .filter(|line| line.balance.is_negative())
            .filter(|line| recovery.month.is_none_or(|month| line.line.month == month))
            .filter(|line| recovery.case_no.as_ref().is_none_or(|case| line.line.case_no == *case))
            .collect();
        let sum: Money = owed.iter().map(|line| -line.balance).sum();
        let amount = recovery.amount.unwrap_or(sum);
        if owed.is_empty() || amount > sum || !amount.is_positive() {
            if owed.is_empty() {
                return Err(Fault::new(Exit::Refused, "nothing-owed-there"));
            }
            return Err(Fault::new(Exit::Refused, "nothing-owed")
                .with("owed", sum.to_string())
                .with("amount", amount.to_string()));
        }
        let mut batch = Batch::default();
        let mut left = amount;
        let document = recovery.document.clone();
        for line in &owed {
            let part = left.min(-line.balance);
            if !part.is_positive() {
                break;
            }
            left -= part;
            let post = |line: &Line, kind: PostingKind, amount: Money| NewPosting {
                line: line.clone(),
                kind,
                amount,
                corrects: line_entitlement(&owed, line),
                payment: None,
                document: document.clone(),
            };
            match recovery.action {
                RecoveryAction::Confirm => {}
                RecoveryAction::Repay => batch.postings.push(post(&line.line, PostingKind::Repayment, part)),
                RecoveryAction::WriteOff => {
                    batch.postings.push(post(&line.line, PostingKind::WriteOff, part))
                }
                RecoveryAction::Transfer => {
                    let to = self.transfer_target(recovery, &line.line, part)?;
                    batch.postings.push(post(&to, PostingKind::Transfer, -part));
                    batch.postings.push(post(&line.line, PostingKind::Transfer, part));
                }
            }
            batch.decisions.push(NewDecision {
                kind: recovery.action.decision(),
                beneficiary: Some(line.line.beneficiary.clone()),
                programme: Some(programme),
                month: Some(line.line.month),
                case_no: line.line.case_no.clone(),
                payment: None,
                amount: (recovery.action != RecoveryAction::Confirm).then_some(part),
                document: document.clone(),
                why: Text::default(),
            });
        }
        let (act, request) = match self.second_person(EntryKind::Recover, &body, by, &recovery.document)? {
            Ok(act) => act,
            Err(waiting) => return Ok(waiting),
        };
        batch.request = Some(request);
        let folder = self.post(&act, &batch)?;
        let postings = batch.postings.len();
        Ok(Decided::Posted {
            folder,
            postings,
            amount: if recovery.action == RecoveryAction::Confirm { sum } else { amount },
        })
    }

    /// The line money is moved from: it must hold that much due money, and not be put into a file.
    fn transfer_target(&self, recovery: &Recovery, owed: &Line, amount: Money) -> Result<Line, Fault> {
        let to = Line {
            programme: self.programme(recovery.to_programme.as_deref().unwrap_or(&recovery.programme))?,
            beneficiary: owed.beneficiary.clone(),
            month: recovery.to_month.unwrap_or(owed.month),
            case_no: recovery.to_case.clone().unwrap_or_default(),
        };
        let due = self
            .lines(to.programme, &to.beneficiary)?
            .into_iter()
            .find(|line| line.line == to)
            .map_or(Money::ZERO, |line| line.balance);
        if due < amount {
            return Err(Fault::new(Exit::Refused, "transfer-exceeds-due")
                .with("due", due.to_string())
                .with("amount", amount.to_string()));
        }
        Ok(to)
    }

    /// `hold` and `clear`; whether the ledger knows the beneficiary.
    ///
    /// # Errors
    /// Exit 2: unknown person or programme.
    pub fn hold(
        &mut self,
        hold: bool,
        beneficiary: &Beneficiary,
        programme: Option<&str>,
        why: &str,
        by: &str,
    ) -> Result<bool, Fault> {
        self.must_be_known(by)?;
        let programme = programme.map(|code| self.programme(code)).transpose()?;
        let codes = self.ledger.programme_codes(&self.codes)?;
        let is_known = !self.ledger.beneficiary_lines(beneficiary, &codes)?.is_empty();
        let (entry, kind) = if hold {
            (EntryKind::Hold, DecisionKind::Hold)
        } else {
            (EntryKind::Clear, DecisionKind::Clear)
        };
        if let Some(latest) = self.ledger.latest_hold(beneficiary, programme, &codes)?
            && latest.decision.kind == kind
            && latest.decision.why == why
            && let Some(entry) = self.ledger.entry(latest.entry)?
            && entry.act.by == by
            && entry.act.today == self.session.today
        {
            // The same command again, after a crash or by mistake: it stands already.
            return Ok(is_known);
        }
        let batch = Batch {
            decisions: vec![NewDecision {
                kind,
                beneficiary: Some(beneficiary.clone()),
                programme,
                month: None,
                case_no: Text::default(),
                payment: None,
                amount: None,
                document: Text::default(),
                why: why.into(),
            }],
            ..Batch::default()
        };
        let act = self.act(entry, by, "", why);
        self.post(&act, &batch)?;
        Ok(is_known)
    }

    /// `opening`: what the old system was to pay and paid, line by line.
    ///
    /// # Errors
    /// Exit 3: a row that cannot be read, or a line the ledger knows already; nothing is written.
    pub fn opening(&mut self, file: &File, rows: &[Opening], by: &str) -> Result<Decided, Fault> {
        self.must_be_known(by)?;
        let sha256 = sha256_hex(&file.bytes);
        if let Some(entry) = self.ledger.entry_of_file(&sha256)? {
            return Ok(Decided::Before { folder: super::lists::place(self.ledger, entry)? });
        }
        let file_taken = AnswerFile { sha256, name: file.name.clone(), rows: rows.len() as u64 };
        let mut batch = Batch { files: vec![file_taken], ..Batch::default() };
        let mut amount = Money::ZERO;
        let mut lines: Vec<Line> = Vec::with_capacity(rows.len());
        for row in rows {
            lines.push(Line {
                programme: self.programme(&row.programme)?,
                beneficiary: row.beneficiary.clone(),
                month: row.month,
                case_no: row.case_no.clone(),
            });
        }
        self.must_be_new(file, rows, &lines)?;
        for (row, line) in rows.iter().zip(&lines) {
            let mut post = |kind, amount: Money| {
                if !amount.is_zero() {
                    batch.postings.push(NewPosting {
                        line: line.clone(),
                        kind,
                        amount,
                        corrects: None,
                        payment: None,
                        document: Text::default(),
                    });
                }
            };
            post(PostingKind::OpeningEntitled, row.entitled);
            post(PostingKind::OpeningPaid, -row.paid);
            amount += row.entitled - row.paid;
        }
        if batch.postings.is_empty() {
            return Err(Fault::new(Exit::Refused, "opening-empty"));
        }
        self.workspace.archive_put(&file.bytes)?;
        let act = self.act(EntryKind::Opening, by, "", "");
        let folder = self.post(&act, &batch)?;
        Ok(Decided::Posted { folder, postings: batch.postings.len(), amount })
    }

    /// A line is opened once, and before a run has posted on it: what is known is corrected by runs and by
    /// decisions.
    fn must_be_new(&self, file: &File, rows: &[Opening], lines: &[Line]) -> Result<(), Fault> {
        let codes = self.ledger.programme_codes(&self.codes)?;
        let refuse = |code: &'static str, position: usize| {
            Fault::new(Exit::Refused, code)
                .with("file", &file.name)
                .with("line", rows[position].row.to_string())
                .with("beneficiary", lines[position].beneficiary.masked())
                .with("month", lines[position].month.to_string())
        };
        let mut first: FxHashMap<&Line, usize> = FxHashMap::default();
        for (position, line) in lines.iter().enumerate() {
            if let Some(other) = first.insert(line, position) {
                return Err(refuse("opening-row-twice", position).with("other", rows[other].row.to_string()));
            }
        }
        match self.ledger.known_lines(lines, &codes)?.first() {
            None => Ok(()),
            Some(position) => Err(refuse("opening-line-known", *position)),
        }
    }

    /// `recall`: a released file, or all files of a run, taken back before the bank acted. They leave the
    /// outbox, so that nobody hands them to the bank again.
    ///
    /// # Errors
    /// Exit 2: not released, no such file; exit 3: the bank has answered.
    pub fn recall(&mut self, recall: &Recall, by: &str) -> Result<Decided, Fault> {
        let Some(run) = self.ledger.released_run(recall.run)? else {
            return Err(super::not_released(self.ledger, recall.run));
        };
        let body = format!(
            "recall\n{}\n{}\n{}\n{}",
            recall.run,
            recall.file.as_deref().unwrap_or(""),
            recall.document,
            recall.why
        );
        if let Some(before) = self.done_before(EntryKind::Recall, &body)? {
            // A crash may have come before its files left the outbox.
            self.withdraw(&run)?;
            return Ok(before);
        }
        let file = match &recall.file {
            None => None,
            Some(name) => {
                let position = run.meta.bank_files.iter().position(|file| file.name == *name);
                Some(position.ok_or_else(|| Fault::new(Exit::Usage, "file-unknown").with("file", name))?
                    as u32)
            }
        };
        let mut batch = Batch::default();
        let mut amount = Money::ZERO;
        for payment in run.payments.iter().filter(|payment| file.is_none_or(|file| payment.file == file)) {
            if payment.state != PaymentState::Released {
                return Err(
                    Fault::new(Exit::Refused, "payment-answered").with("payment", payment.id.to_string())
                );
            }
            returned(&mut batch, &payment.id, &payment.payment.items, &recall.document);
            batch.answers.push(NewAnswer {
                payment: payment.id.clone(),
                status: AnswerStatus::Recalled,
                reason: recall.why.clone(),
                amount: Some(payment.payment.amount),
                date: Some(self.session.today),
                class: "recalled".into(),
                source: recall.document.clone(),
            });
            amount += payment.payment.amount;
        }
        let (act, request) = match self.second_person(EntryKind::Recall, &body, by, &recall.document)? {
            Ok(act) => act,
            Err(waiting) => return Ok(waiting),
        };
        batch.request = Some(request);
        let folder = self.post(&act, &batch)?;
        self.withdraw(&run)?;
        Ok(Decided::Posted { folder, postings: batch.postings.len(), amount })
    }

    /// Recalled files leave the outbox, and the vouchers say so.
    fn withdraw(&self, run: &ReleasedRun) -> Result<(), Fault> {
        super::approve::withdraw(self.workspace, self.ledger, &run.meta)?;
        crash::point("files-withdrawn");
        super::vouchers::publish(self.workspace, self.ledger, &run.meta, &run.released)?;
        Ok(())
    }
}

/// The posting a correction of this line names.
fn line_entitlement(owed: &[LedgerLine], line: &Line) -> Option<i64> {
    owed.iter().find(|known| known.line == *line).and_then(|known| known.latest_entitlement)
}

/// The money of a payment goes back to its lines.
pub(super) fn returned(batch: &mut Batch, payment: &PaymentId, items: &[(Line, Money)], document: &Text) {
    for (line, amount) in items {
        batch.postings.push(NewPosting {
            line: line.clone(),
            kind: PostingKind::Return,
            amount: *amount,
            corrects: None,
            payment: Some(payment.clone()),
            document: document.clone(),
        });
    }
}

/// What `recover` does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecoveryAction {
    /// Let it be offset.
    Confirm,
    /// It came back.
    Repay,
    /// Give it up.
    WriteOff,
    /// Settle it from money due elsewhere.
    Transfer,
}

impl RecoveryAction {
    fn decision(self) -> DecisionKind {
        match self {
            RecoveryAction::Confirm => DecisionKind::Confirm,
            RecoveryAction::Repay => DecisionKind::Repay,
            RecoveryAction::WriteOff => DecisionKind::WriteOff,
            RecoveryAction::Transfer => DecisionKind::Transfer,
        }
    }
}

/// A `recover` command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovery {
    /// What.
    pub action: RecoveryAction,
    /// Programme code of what is owed.
    pub programme: String,
    /// Whose.
    pub beneficiary: Beneficiary,
    /// Which month; all owed, oldest first, without it.
    pub month: Option<Month>,
    /// Which case.
    pub case_no: Option<Text>,
    /// How much; all that is owed without it.
    pub amount: Option<Money>,
    /// Programme with the money due, for a transfer.
    pub to_programme: Option<String>,
    /// Its month.
    pub to_month: Option<Month>,
    /// Its case.
    pub to_case: Option<Text>,
    /// Document number.
    pub document: Text,
}

impl Recovery {
    /// The command in one text: the identical command has the identical text.
    fn canonical(&self) -> String {
        format!(
            "{:?}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}",
            self.action,
            self.programme,
            self.beneficiary,
            self.month.map(|month| month.to_string()).unwrap_or_default(),
            self.case_no.as_deref().unwrap_or(""),
            self.amount.map(|amount| amount.to_string()).unwrap_or_default(),
            self.to_programme.as_deref().unwrap_or(""),
            self.to_month.map(|month| month.to_string()).unwrap_or_default(),
            self.to_case.as_deref().unwrap_or(""),
            self.document
        )
    }
}

/// A row of the opening file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// The line of the file on which it stands.
    pub row: u64,
    /// Programme code.
    pub programme: String,
    /// Whose.
    pub beneficiary: Beneficiary,
    /// Which month.
    pub month: Month,
    /// Which case.
    pub case_no: Text,
    /// What the old system granted.
    pub entitled: Money,
    /// What it paid.
    pub paid: Money,
}

/// A `recall` command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recall {
    /// The run.
    pub run: u32,
    /// One file of it.
    pub file: Option<String>,
    /// Document number.
    pub document: Text,
    /// Why.
    pub why: Text,
}
