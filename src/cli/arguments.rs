//! What can be said on the command line. English help stands here, beside each definition; Chinese and the examples
//! of both languages in `words/help.toml`.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::domain::Month;
use crate::words::Language;

use super::desk::{HoldArgs, RecoverArgs};
use super::generate::GenerateArgs;
use super::run::RunArgs;

/// Benefit payments of a district finance bureau: rosters in, policy applied, settled against what was
/// paid, bank files out, every fen accounted for.
#[derive(Debug, Parser)]
#[command(name = "disburse", version, disable_help_subcommand = true)]
pub struct Cli {
    /// Settings every command takes.
    #[command(flatten)]
    pub common: Common,
    /// What to do; none: say where the cycle stands and which command comes next.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Settings every command takes.
#[derive(Debug, Clone, Args)]
pub struct Common {
    /// The bureau's folder.
    #[arg(short = 'C', long, global = true, default_value = ".", value_name = "DIR")]
    pub workspace: PathBuf,
    /// The day to act as of; default: the computer's date.
    #[arg(long, global = true, value_name = "DATE")]
    pub today: Option<NaiveDate>,
    /// Answer as one JSON object on standard output.
    #[arg(long, global = true)]
    pub json: bool,
    /// Threads to use; the results are the same with any number.
    #[arg(long, global = true, value_name = "N")]
    pub threads: Option<usize>,
    /// Say more on standard error; twice for still more.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Say only the answer.
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Form of the log on standard error.
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,
    /// Language; default from the locale, else zh.
    #[arg(long, global = true, value_enum)]
    pub lang: Option<Lang>,
}

/// Form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Language of messages and reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Lang {
    /// 中文
    Zh,
    /// English
    En,
}

impl From<Lang> for Language {
    fn from(lang: Lang) -> Language {
        match lang {
            Lang::Zh => Language::Zh,
            Lang::En => Language::En,
        }
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make a workspace with the Xincheng pack.
    Init {
        /// The folder to make.
        dir: PathBuf,
    },
    /// Read and judge everything; write nothing.
    Check {
        /// The month whose rosters to read; default: the latest with a folder.
        #[arg(long)]
        month: Option<Month>,
        /// Show how each column of a file was understood.
        #[arg(long, value_name = "FILE")]
        explain_columns: Option<PathBuf>,
        /// Write, per township, the rows that need work.
        #[arg(long, value_name = "DIR")]
        fix_lists: Option<PathBuf>,
    },
    /// Draft a cycle.
    Run(RunArgs),
    /// Release a draft: bank files go to the outbox.
    Approve {
        /// The run's number.
        run: u32,
        /// The draft's total in yuan, typed by the approver.
        #[arg(long, value_name = "YUAN")]
        total: String,
        /// Your name, as disburse.toml has it; another than the drafter's.
        #[arg(long, value_name = "NAME")]
        by: String,
        /// A stop limit that was reached, and why it is accepted.
        #[arg(long, value_name = "LIMIT=REASON")]
        accept: Vec<String>,
    },
    /// Drop a draft.
    Reject {
        /// The run's number.
        run: u32,
        /// The reason, in your own words.
        #[arg(long, value_name = "TEXT")]
        why: String,
        /// Your name, as disburse.toml has it.
        #[arg(long, value_name = "NAME")]
        by: String,
    },
    /// Write a released run's bank files again from the ledger.
    Emit {
        /// The run's number.
        run: u32,
        /// Also write lists to sign, by township and community.
        #[arg(long)]
        payroll: bool,
        /// Also write public lists to be posted, by programme and community.
        #[arg(long)]
        notices: bool,
    },
    /// Take a released file back before the bank acted (two persons).
    Recall {
        /// The run's number.
        run: u32,
        /// One file of it; default: all.
        #[arg(long, value_name = "FILE")]
        file: Option<String>,
        /// Number of the document that orders it.
        #[arg(long, value_name = "NUMBER")]
        document: String,
        /// The reason, in your own words.
        #[arg(long, value_name = "TEXT")]
        why: String,
        /// Your name, as disburse.toml has it.
        #[arg(long, value_name = "NAME")]
        by: String,
    },
    /// Cut-over: what the old system paid and owed.
    Opening {
        /// CSV: programme, beneficiary, benefit_month, case_no, entitled, paid.
        file: PathBuf,
        /// Your name, as disburse.toml has it.
        #[arg(long, value_name = "NAME")]
        by: String,
    },
    /// Take in bank answers, or a person's decisions on exceptions.
    Returns {
        /// The bank's answer files.
        files: Vec<PathBuf>,
        /// Form of the files; default: recognised by their content.
        #[arg(long, value_name = "FORMAT")]
        format: Option<String>,
        /// CSV: payment_id, decision, amount, document, reason.
        #[arg(long, value_name = "FILE")]
        decisions: Option<PathBuf>,
        /// Your name, as disburse.toml has it.
        #[arg(long, value_name = "NAME")]
        by: String,
    },
    /// Three-way reconciliation.
    Reconcile {
        /// Reconcile this cycle, as 2023-02.
        #[arg(long, conflicts_with = "year")]
        month: Option<Month>,
        /// Reconcile this whole year.
        #[arg(long)]
        year: Option<i32>,
    },
    /// Decisions and money on recoveries (two persons).
    Recover(RecoverArgs),
    /// Hold money by hand.
    Hold(HoldArgs),
    /// Let held money go.
    Clear(HoldArgs),
    /// Why this amount, or none.
    Explain {
        /// Identity number, or person:ID, or household:TOWNSHIP CODE:HOUSEHOLD NUMBER.
        #[arg(long, value_name = "ID")]
        person: String,
        /// Benefit month; default: the latest cycle.
        #[arg(long)]
        month: Option<Month>,
        /// One programme only.
        #[arg(long, value_name = "PROGRAMME")]
        programme: Option<String>,
        /// Write a page for printing.
        #[arg(long, value_name = "FILE")]
        html: Option<PathBuf>,
    },
    /// Who is new, stopped, changed, and why.
    Changes {
        /// The cycle to look at, as 2023-03.
        #[arg(long)]
        month: Month,
        /// Against this one; default: the month before.
        #[arg(long, value_name = "MONTH")]
        against: Option<Month>,
    },
    /// Our payments beside another system's list.
    Compare {
        /// The cycle whose payments are compared, as 2023-02.
        #[arg(long)]
        month: Month,
        /// CSV: programme, beneficiary, amount.
        #[arg(long, value_name = "FILE")]
        list: PathBuf,
    },
    /// The policy pack: check, test, show, compare, format.
    Policy {
        /// What to do with it.
        #[command(subcommand)]
        command: PolicyCommand,
    },
    /// Another pack, or a later cycle's knowledge, on the same rosters: who gains, who loses, what it
    /// costs.
    Whatif {
        /// The other pack's folder.
        #[arg(long, value_name = "DIR")]
        policy: Option<PathBuf>,
        /// The benefit month, whose rosters are used.
        #[arg(long)]
        month: Month,
        /// Read the other side's values as this cycle knows them; default: the month's.
        #[arg(long, value_name = "MONTH")]
        known_in: Option<Month>,
    },
    /// Pay-by dates.
    Calendar {
        /// The year; default: this year.
        year: Option<i32>,
    },
    /// Where each cycle stands, what is due by which working day.
    Status,
    /// Verify chain, balances and file digests; with RUN, compute it again from the archive.
    Verify {
        /// One run; default: everything.
        run: Option<u32>,
        /// The head somebody wrote down; it must stand in the chain.
        #[arg(long, value_name = "HEAD")]
        head: Option<String>,
        /// After restoring a backup: who takes the copy into use.
        #[arg(long, value_name = "NAME", requires = "head")]
        by: Option<String>,
    },
    /// A consistent copy of ledger and archive.
    Backup {
        /// The folder to make; new or empty, on another disk.
        dest: PathBuf,
    },
    /// Synthetic rosters, months and bank answers at any size.
    Generate(GenerateArgs),
    /// Completions for a shell.
    Completions {
        /// The shell.
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Man pages, one a command.
    Man {
        /// The command whose page to show; default: the program's.
        name: Vec<String>,
        /// Write all pages into this folder.
        #[arg(long, value_name = "DIR", conflicts_with = "name")]
        to: Option<PathBuf>,
    },
}

/// What to do with the policy pack. Without a folder: the workspace's own.
#[derive(Debug, Clone, Subcommand)]
pub enum PolicyCommand {
    /// Static checks.
    Check {
        /// The pack's folder.
        folder: Option<PathBuf>,
    },
    /// Run the pack's cases; show differences and which parts of the pack they reach.
    Test {
        /// The pack's folder.
        folder: Option<PathBuf>,
        /// Also: what the rosters of this month reach of the workspace's pack.
        #[arg(long, value_name = "MONTH", conflicts_with = "folder")]
        month: Option<Month>,
    },
    /// Values and rules in force, in plain words.
    Show {
        /// The pack's folder.
        folder: Option<PathBuf>,
        /// In this month; default: today's.
        #[arg(long, value_name = "MONTH")]
        month: Option<Month>,
        /// One programme only.
        #[arg(long, value_name = "PROGRAMME")]
        programme: Option<String>,
    },
    /// Two packs, or one pack in two months, clause by clause.
    Diff {
        /// The pack before, and the pack after; one folder or none with --from and --to.
        #[arg(num_args = 0..=2)]
        folders: Vec<PathBuf>,
        /// Compare what holds in this month …
        #[arg(long, value_name = "MONTH", requires = "to")]
        from: Option<Month>,
        /// … with what holds in this one.
        #[arg(long, value_name = "MONTH", requires = "from")]
        to: Option<Month>,
    },
    /// Put the pack's files in one form; comments stay.
    Fmt {
        /// The pack's folder.
        folder: Option<PathBuf>,
        /// Change nothing; exit 1 if something would change.
        #[arg(long)]
        check: bool,
    },
    /// JSON Schema of the frame, for editors.
    Schema {
        /// The pack's folder, whose codes are offered.
        folder: Option<PathBuf>,
    },
}
