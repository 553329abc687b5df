//! One generated month, taken through every room once, so that each room can be measured alone.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use disburse::assess::{Assessor, Links, MonthDecisions, MonthRosters};
use disburse::cycle::draft::{Request, draft};
use disburse::cycle::inputs::{Exceptions, Gathered, Gatherer, Shelf, Window};
use disburse::cycle::{Bureau, Session, init};
use disburse::domain::{Month, PaymentId, Text};
use disburse::generate::{GenerateOptions, generate};
use disburse::intake::roster_of;
use disburse::ledger::{Approval, DraftRecord, Ledger};
use disburse::pay::{BankPayment, FileMeta};
use disburse::policy::RosterId;
use disburse::settle::{RunKind, Standing};
use disburse::words::Language;
use disburse::workspace::Workspace;

/// About so many roster rows.
pub const LINES: u64 = 30_000;
const SEED: u64 = 11;
const DRAFTER: &str = "operator";

/// A roster file as it lies in its folder.
pub struct RosterFile {
    pub roster: RosterId,
    pub name: String,
    pub bytes: Vec<u8>,
}

/// The month and what every room made of it.
pub struct GeneratedMonth {
    /// Holds the bureau's folder for as long as the month lives.
    folder: tempfile::TempDir,
    pub cycle: Month,
    pub session: Session,
    pub bureau: Bureau,
    pub rosters: Vec<RosterFile>,
    pub gathered: Gathered,
    pub links: Links,
    pub decided: Vec<MonthDecisions>,
    pub standing: Standing,
    /// The draft as the ledger keeps it.
    pub record: DraftRecord,
}

impl GeneratedMonth {
    /// Lays a bureau, generates its rosters, drafts the month.
    pub fn new() -> GeneratedMonth {
        let folder = tempfile::tempdir().expect("a folder for a generated bureau");
        let root = folder.path().join("bureau");
        let cycle = Month::new(2023, 2).expect("a month");
        let session = Session {
            today: NaiveDate::from_ymd_opt(2023, 2, 3).expect("a day"),
            os_user: "bench".into(),
            host: "bench".into(),
            language: Language::En,
        };
        init::init(&root).expect("a workspace");
        let files = generate(&GenerateOptions::month(SEED, LINES, cycle)).expect("a generated month");
        let mut rosters = Vec::new();
        for (path, bytes) in &files {
            let path = root.join(path.as_str());
            fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            fs::write(path, bytes).expect("a file");
        }
        let bureau = open(&root, cycle);
        for (path, bytes) in files {
            let name = path.rsplit('/').next().unwrap_or_default().to_owned();
            if let Some(roster) = roster_of(&bureau.rulebook, &name).filter(|_| path.starts_with("rosters/"))
            {
                rosters.push(RosterFile { roster, name, bytes });
            }
        }
        let mut ledger = Ledger::open(&bureau.workspace.ledger_path()).expect("a ledger");
        draft(&bureau, &mut ledger, &request(cycle, false), &session).expect("a draft");
        let record = ledger.open_draft().expect("the draft kept").expect("a draft");
        let gathered = Gatherer {
            workspace: &bureau.workspace,
            shelf: Shelf::Folders,
            rulebook: &bureau.rulebook,
            registers: &bureau.registers,
            window: Window { first: cycle, cycle, last: cycle },
            exceptions: &Exceptions::default(),
            archived: &[],
            last: &[],
        }
        .gather()
        .expect("rosters");
        let links = Links::new(&bureau.registers.links);
        let standing = Standing::default();
        let mut month = GeneratedMonth {
            folder,
            cycle,
            session,
            bureau,
            rosters,
            gathered,
            links,
            decided: Vec::new(),
            standing,
            record,
        };
        month.decided = month.assessor().assess(&month.gathered.months, &[]);
        month
    }

    pub fn rows(&self) -> u64 {
        let claims = |month: &MonthRosters| -> usize {
            month.rosters.iter().flatten().map(|roster| roster.claims.len()).sum()
        };
        self.gathered.months.iter().map(claims).sum::<usize>() as u64
    }

    pub fn bytes(&self) -> u64 {
        self.rosters.iter().map(|file| file.bytes.len() as u64).sum()
    }

    pub fn assessor(&self) -> Assessor<'_> {
        Assessor {
            rulebook: &self.bureau.rulebook,
            registers: &self.bureau.registers,
            links: &self.links,
            files: &self.gathered.files,
            cycle: self.cycle,
        }
    }

    /// The bureau read again: settings, pack, calendar, registers, bank profiles.
    pub fn reopened(&self) -> Bureau {
        open(self.bureau.workspace.root(), self.cycle)
    }

    /// A ledger of its own in which nothing has happened.
    pub fn empty_ledger(&self) -> (tempfile::TempDir, Ledger) {
        self.ledger(None)
    }

    /// A copy of the ledger that holds the draft.
    pub fn drafted_ledger(&self) -> (tempfile::TempDir, Ledger) {
        self.ledger(Some(self.bureau.workspace.ledger_path()))
    }

    fn ledger(&self, copied: Option<PathBuf>) -> (tempfile::TempDir, Ledger) {
        let folder = tempfile::tempdir_in(self.folder.path()).expect("a folder");
        let path = folder.path().join("ledger.db");
        if let Some(from) = copied {
            fs::copy(from, &path).expect("a copy of the ledger");
        }
        let ledger = Ledger::open(&path).expect("a ledger");
        (folder, ledger)
    }

    /// What a second person says to the draft.
    pub fn approval(&self) -> Approval {
        let accepted =
            self.record.meta.limits.iter().map(|hit| (hit.limit.clone(), "measured".to_owned())).collect();
        Approval {
            run: self.record.meta.run,
            by: "reviewer".into(),
            today: self.session.today,
            os_user: "bench".into(),
            host: "bench".into(),
            accepted,
        }
    }

    pub fn dry_run(&self) -> Request {
        request(self.cycle, true)
    }

    /// The plan's payments as the bank files carry them.
    pub fn bank_payments(&self) -> (Vec<BankPayment>, FileMeta) {
        let meta = &self.record.meta;
        let payments = (1..).zip(&self.record.plan.payments).map(|(sequence, payment)| {
            let rule = self.bureau.rulebook.rule(payment.programme);
            let account = &payment.payee.account;
            BankPayment {
                payment_id: payment_id(meta.run, meta.cycle, &meta.district, sequence),
                programme: rule.code.clone(),
                programme_name: rule.name.clone(),
                bank: account.bank.clone(),
                account_no: account.number.clone(),
                account_name: account.name.clone(),
                payee_id: payment.payee.id.map(|id| id.to_string().into()).unwrap_or_default(),
                amount: payment.amount,
                remark: rule.remark.clone(),
            }
        });
        let file_meta = FileMeta {
            division: meta.district.as_str().into(),
            cycle: meta.cycle,
            run: meta.run,
            pay_on: meta.pay_on,
            drafted_on: meta.today,
            payer: self.bureau.workspace.config.bureau.payer.clone(),
        };
        (payments.collect(), file_meta)
    }
}

/// The id of the payment at a place of the plan, from 1.
pub fn payment_id(run: u32, cycle: Month, district: &str, sequence: u32) -> Text {
    PaymentId::new(district, cycle, run, sequence).to_string().into()
}

fn request(cycle: Month, dry_run: bool) -> Request {
    Request {
        cycle,
        through: None,
        kind: RunKind::Monthly,
        dry_run,
        exceptions: Exceptions::default(),
        pay_on: None,
        by: DRAFTER.to_owned(),
    }
}

fn open(root: &Path, cycle: Month) -> Bureau {
    let workspace = Workspace::open(root).expect("the workspace");
    Bureau::open(workspace, cycle, Language::En).expect("the bureau")
}
