//! The command line: arguments in, a conductor called, words out. One file a command.

use std::path::PathBuf;

use clap::{Args, FromArgMatches, Parser, Subcommand, ValueEnum};

use chrono::NaiveDate;

use crate::domain::Month;
use crate::words::Language;
use crate::workspace::config::Role;

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
        /// Your name, as in [[people]] of disburse.toml; another than the drafter's.
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
        /// Your name, as in [[people]] of disburse.toml.
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
        /// Your name, as in [[people]] of disburse.toml.
        #[arg(long, value_name = "NAME")]
        by: String,
    },
    /// Cut-over: what the old system paid and owed.
    Opening {
        /// CSV: programme, beneficiary, benefit_month, case_no, entitled, paid.
        file: PathBuf,
        /// Your name, as in [[people]] of disburse.toml.
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
        /// Your name, as in [[people]] of disburse.toml.
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

/// Arguments of `run`.
#[derive(Debug, Clone, Args)]
pub struct RunArgs {
    /// The cycle month.
    #[arg(long)]
    pub month: Month,
    /// Pay in advance through this month.
    #[arg(long, value_name = "MONTH")]
    pub through: Option<Month>,
    /// The scheduled monthly run, or one more in the same month.
    #[arg(long, value_enum, default_value_t = Kind::Monthly)]
    pub kind: Kind,
    /// Only try: leave the ledger alone, write to out/MONTH/dry-run.
    #[arg(long)]
    pub dry_run: bool,
    /// Assess a roster's absent townships, or all of it, from the month before.
    #[arg(long, value_name = "ROSTER")]
    pub carry_forward: Vec<String>,
    /// Go on without a roster, or one township of it; its lines stay as posted.
    #[arg(long, value_name = "ROSTER[/TOWNSHIP]=REASON")]
    pub without: Vec<String>,
    /// Execution date; default: the pay-by date.
    #[arg(long, value_name = "DATE")]
    pub pay_on: Option<NaiveDate>,
    /// Your name, as in [[people]] of disburse.toml.
    #[arg(long, value_name = "NAME")]
    pub by: String,
}

/// Kinds of runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// The scheduled monthly run.
    Monthly,
    /// A recomputation after roster changes.
    Adhoc,
}

/// Arguments of `recover`.
#[derive(Debug, Clone, Args)]
pub struct RecoverArgs {
    /// confirm: let it be offset; repay: it came back; write-off: give it up; transfer: settle it against money due elsewhere.
    #[arg(value_enum)]
    pub action: RecoverAction,
    /// Programme code, as old-age.
    #[arg(long, value_name = "PROGRAMME")]
    pub programme: String,
    /// person:ID, or household:TOWNSHIP CODE:HOUSEHOLD NUMBER.
    #[arg(long, value_name = "BENEFICIARY")]
    pub beneficiary: String,
    /// Benefit month.
    #[arg(long)]
    pub month: Option<Month>,
    /// Case number.
    #[arg(long, value_name = "CASE")]
    pub case: Option<String>,
    /// Amount in yuan; default: all that is owed.
    #[arg(long, value_name = "YUAN")]
    pub amount: Option<String>,
    /// Transfer to this programme.
    #[arg(long, value_name = "PROGRAMME")]
    pub to_programme: Option<String>,
    /// Transfer to this benefit month.
    #[arg(long, value_name = "MONTH")]
    pub to_month: Option<Month>,
    /// Transfer to this case.
    #[arg(long, value_name = "CASE")]
    pub to_case: Option<String>,
    /// Number of the document that orders it.
    #[arg(long, value_name = "NUMBER")]
    pub document: String,
    /// Your name, as in [[people]] of disburse.toml.
    #[arg(long, value_name = "NAME")]
    pub by: String,
}

/// What to do about a recovery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RecoverAction {
    /// Let it be offset.
    Confirm,
    /// It came back.
    Repay,
    /// Give it up.
    WriteOff,
    /// Settle it against money due elsewhere.
    Transfer,
}

impl RecoverAction {
    /// The word on the command line.
    pub fn word(self) -> &'static str {
        match self {
            RecoverAction::Confirm => "confirm",
            RecoverAction::Repay => "repay",
            RecoverAction::WriteOff => "write-off",
            RecoverAction::Transfer => "transfer",
        }
    }
}

/// Arguments of `hold` and `clear`.
#[derive(Debug, Clone, Args)]
pub struct HoldArgs {
    /// Identity number, or person:ID, or household:TOWNSHIP CODE:HOUSEHOLD NUMBER.
    pub whom: String,
    /// One programme only.
    #[arg(long, value_name = "PROGRAMME")]
    pub programme: Option<String>,
    /// The reason, in your own words.
    #[arg(long, value_name = "TEXT")]
    pub why: String,
    /// Your name, as in [[people]] of disburse.toml.
    #[arg(long, value_name = "NAME")]
    pub by: String,
}

/// Arguments of `generate`.
#[derive(Debug, Clone, Args)]
pub struct GenerateArgs {
    /// The folder to write to; for answers the default is returns/MONTH.
    pub dir: Option<PathBuf>,
    /// Seed; the same seed makes the same bytes.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// About how many roster rows a month.
    #[arg(long, default_value_t = 3000, conflicts_with = "answers")]
    pub lines: u64,
    /// First month.
    #[arg(long, conflicts_with = "answers")]
    pub month: Option<Month>,
    /// Last month; default: the first.
    #[arg(long, value_name = "MONTH", conflicts_with = "answers")]
    pub through: Option<Month>,
    /// Write what becomes known month by month under stages/CYCLE.
    #[arg(long, conflicts_with = "answers")]
    pub staged: bool,
    /// Plant faults in the rows, as often as a district sees them.
    #[arg(long, conflicts_with = "answers")]
    pub faults: bool,
    /// Instead: what a bank would answer to this released run.
    #[arg(long, value_name = "RUN")]
    pub answers: Option<u32>,
    /// Form of the answers: neutral, pain.002, camt.054, profile (each file's own), or a profile's name.
    #[arg(long, value_name = "FORMAT", default_value = "neutral", requires = "answers")]
    pub format: String,
    /// Of a thousand payments: failed this once.
    #[arg(long, value_name = "N", default_value_t = 0, requires = "answers")]
    pub fail: u32,
    /// Of a thousand accounts: closed, so that every payment there fails.
    #[arg(long, value_name = "N", default_value_t = 0, requires = "answers")]
    pub closed: u32,
    /// Of a thousand payments: not decided yet.
    #[arg(long, value_name = "N", default_value_t = 0, requires = "answers")]
    pub pending: u32,
    /// Of a thousand payments: no answer.
    #[arg(long, value_name = "N", default_value_t = 0, requires = "answers")]
    pub silent: u32,
    /// Of a thousand payments: paid with another amount.
    #[arg(long, value_name = "N", default_value_t = 0, requires = "answers")]
    pub differ: u32,
    /// Of a thousand payments: answered twice.
    #[arg(long, value_name = "N", default_value_t = 0, requires = "answers")]
    pub twice: u32,
    /// Of a thousand payments: paid to an altered name.
    #[arg(long, value_name = "N", default_value_t = 0, requires = "answers")]
    pub rename: u32,
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

mod answer;
mod approve;
mod columns;
mod context;
mod decisions_file;
mod desk;
mod explain;
mod generate;
mod help;
mod look;
mod man;
mod policy;
mod progress;
mod reconcile;
mod run;
mod status;
mod verify;
mod whatif;

use std::process::ExitCode;

use crate::cycle::Session;
use crate::domain::{Exit, Fault};
use answer::Answer;
use context::Context;

/// Parses the command line, gives the command, says its answer.
pub fn main() -> ExitCode {
    let arguments: Vec<std::ffi::OsString> = std::env::args_os().collect();
    // What is wrong with the command line is said in the language that it asks for.
    let language = help::asked_language(&arguments).unwrap_or_else(locale_language);
    let parsed = help::command(language)
        .try_get_matches_from(&arguments)
        .and_then(|matches| Cli::from_arg_matches(&matches));
    let cli = match parsed {
        Ok(cli) => cli,
        Err(fault) => return ExitCode::from(help::print(&fault, language) as u8),
    };
    let progress = log(&cli.common, language);
    if let Ok(point) = std::env::var("DISBURSE_ABORT_AT") {
        crate::crash::arm(&point);
    }
    if let Some(threads) = cli.common.threads {
        // A second set-up in one process is refused; the first stands.
        let _ = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
    }
    let context = Context {
        folder: cli.common.workspace.clone(),
        session: Session {
            today: cli.common.today.unwrap_or_else(|| chrono::Local::now().date_naive()),
            os_user: whoami::username().unwrap_or_default(),
            host: gethostname::gethostname().to_string_lossy().into_owned(),
            language,
        },
    };
    let done = dispatch(&context, cli.command);
    if let Some(progress) = progress {
        progress.finish();
    }
    let ended = match done {
        Ok(mut answer) => {
            answer.next = named(&context, answer.next);
            answer.print(cli.common.json, language).map(|()| answer.exit)
        }
        Err(fault) => answer::print_fault(&fault, cli.common.json, language).map(|()| fault.exit),
    };
    // Whoever closed our output has what they wanted of it.
    ExitCode::from(ended.unwrap_or(Exit::Done) as u8)
}

fn dispatch(context: &Context, command: Option<Command>) -> Result<Answer, Fault> {
    match command {
        None | Some(Command::Status) => status::status(context),
        Some(Command::Run(arguments)) => run::run(context, &arguments),
        Some(Command::Approve { run, total, by, accept }) => {
            approve::approve(context, run, &total, by, &accept)
        }
        Some(Command::Reject { run, why, by }) => approve::reject(context, run, &why, &by),
        Some(Command::Emit { run, payroll, notices }) => approve::emit(context, run, payroll, notices),
        Some(Command::Returns { files, format, decisions, by }) => {
            desk::returns(context, &files, format.as_deref(), decisions.as_deref(), &by)
        }
        Some(Command::Generate(arguments)) => generate::generate(context, &arguments),
        Some(Command::Reconcile { month, year }) => reconcile::reconcile(context, month, year),
        Some(Command::Opening { file, by }) => desk::opening(context, &file, &by),
        Some(Command::Recover(arguments)) => desk::recover(context, &arguments),
        Some(Command::Hold(arguments)) => desk::hold(context, &arguments, true),
        Some(Command::Clear(arguments)) => desk::hold(context, &arguments, false),
        Some(Command::Recall { run, file, document, why, by }) => {
            desk::recall(context, run, file, &document, &why, &by)
        }
        Some(Command::Verify { run, head, by }) => {
            verify::verify(context, run, head.as_deref(), by.as_deref())
        }
        Some(Command::Backup { dest }) => verify::backup(context, &dest),
        Some(Command::Init { dir }) => look::init(context, &dir),
        Some(Command::Check { month, explain_columns: Some(file), fix_lists: None }) => {
            columns::explain(context, &file, month)
        }
        Some(Command::Check { month, explain_columns: None, fix_lists }) => {
            look::check(context, month, fix_lists.as_deref())
        }
        // Better refused than answered with something else.
        Some(Command::Check { .. }) => Err(Fault::new(Exit::Usage, "command-not-there")),
        Some(Command::Changes { month, against }) => look::changes(context, month, against),
        Some(Command::Compare { month, list }) => look::compare(context, month, &list),
        Some(Command::Explain { person, month, programme, html }) => {
            explain::explain(context, &person, month, programme.as_deref(), html.as_deref())
        }
        Some(Command::Whatif { policy, month, known_in }) => {
            whatif::whatif(context, policy.as_deref(), month, known_in)
        }
        Some(Command::Policy { command }) => policy::policy(context, &command),
        Some(Command::Calendar { year }) => look::calendar(context, year),
        Some(Command::Completions { shell }) => help::completions(shell, context.session.language),
        Some(Command::Man { name, to }) => man::man(&name, to.as_deref(), context.session.language),
    }
}

/// The next command with the name of whoever gives it, where only one person of the bureau may.
fn named(context: &Context, next: String) -> String {
    if !next.contains("--by NAME") {
        return next;
    }
    let role = if next.contains(" approve ") { Role::Approve } else { Role::Draft };
    let Ok(workspace) = context.workspace() else { return next };
    match workspace.config.only(role) {
        Some(name) => next.replacen("--by NAME", &format!("--by {name}"), 1),
        None => next,
    }
}

/// zh unless the locale says another language.
fn locale_language() -> Language {
    let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
        .unwrap_or_default();
    if locale.starts_with("en") { Language::En } else { Language::Zh }
}

/// Sets up the log and, on a terminal that no log is written to, the progress bar.
fn log(common: &Common, language: Language) -> Option<progress::Progress> {
    use tracing_subscriber::filter::{LevelFilter, filter_fn};
    use tracing_subscriber::prelude::*;
    let level = match (common.quiet, common.verbose) {
        (true, _) => LevelFilter::OFF,
        (false, 0) => LevelFilter::WARN,
        (false, 1) => LevelFilter::INFO,
        (false, _) => LevelFilter::DEBUG,
    };
    let stages = |metadata: &tracing::Metadata<'_>| metadata.target() == crate::cycle::stage::TARGET;
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false);
    let lines = match common.log_format {
        LogFormat::Text => lines.without_time().boxed(),
        LogFormat::Json => lines.json().boxed(),
    };
    let shows = !common.quiet && common.verbose == 0;
    let progress = shows.then(|| progress::Progress::on_terminal(language)).flatten();
    let _ = tracing_subscriber::registry()
        .with(lines.with_filter(level).with_filter(filter_fn(move |metadata| !stages(metadata))))
        .with(progress.clone().with_filter(filter_fn(stages)))
        .try_init();
    progress
}

/// How many working days remain to the pay-by date; loudly once it has passed.
fn pay_by_line(answer: &mut Answer, language: Language, pay_by: NaiveDate, left: i32) {
    let arguments =
        [("date", pay_by.to_string().as_str().into()), ("days", left.abs().to_string().as_str().into())];
    answer.say(language, if left < 0 { "pay-by-passed" } else { "pay-by" }, &arguments);
}
