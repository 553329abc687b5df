//! Each room alone and the whole run, over one generated month (DESIGN §14).
//!
//! `cargo bench` prints the figures; `python3 benches/keep.py` writes the latest of them to
//! `benches/runs/`. Rooms that split their work among threads use all there are; `one core` in a name
//! means a pool of one, for comparing with what is single-threaded by nature.

mod month;
mod person;

use std::hint::black_box;
use std::time::Duration;

use criterion::{BatchSize, BenchmarkGroup, Criterion, SamplingMode, Throughput, measurement::WallTime};
use disburse::cycle::draft::draft;
use disburse::domain::{Files, Programme, Tally};
use disburse::formats::document;
use disburse::intake::{Input, read_roster};
use disburse::ledger::Ledger;
use disburse::pay::{self, BankFile};
use disburse::report::{self, Extent, InMemory, PayBy, PaymentPlace, ReportedDecision, RunFacts};
use disburse::settle::{self, Payee, RULES_VERSION, Settled, Settlement};

use month::{GeneratedMonth, LINES};
use person::Person;

/// The program's own allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Evaluations of every expression of the pack in one pass.
const EVALUATIONS: u64 = 1_000;

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3))
        .configure_from_args();
    let month = GeneratedMonth::new();
    let mut group = criterion.benchmark_group(format!("rooms-{LINES}"));
    group.sampling_mode(SamplingMode::Flat);
    group.bench_function("open, settings, pack and registers", |bencher| {
        bencher.iter_with_large_drop(|| month.reopened());
    });
    reading(&mut group, &month);
    group.throughput(Throughput::Elements(month.rows()));
    rules(&mut group, &month);
    group.throughput(Throughput::Elements(month.rows()));
    money(&mut group, &month);
    whole(&mut group, &month);
    group.finish();
    criterion.final_summary();
}

type Group<'c> = BenchmarkGroup<'c, WallTime>;

/// Bytes to claims, and beside it what no reader can do without: the bare record loop of the `csv` crate.
fn reading(group: &mut Group<'_>, month: &GeneratedMonth) {
    group.throughput(Throughput::Bytes(month.bytes()));
    group.bench_function("csv crate, bare record loop", |bencher| {
        bencher.iter(|| {
            let mut cells = 0;
            for file in &month.rosters {
                let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(&file.bytes[..]);
                let mut record = csv::ByteRecord::new();
                while reader.read_byte_record(&mut record).expect("a record") {
                    cells += record.len();
                }
            }
            black_box(cells)
        });
    });
    group.bench_function("read, records of all rosters", |bencher| {
        bencher.iter(|| {
            let mut cells = 0;
            for file in &month.rosters {
                let document = document::open(&file.bytes).expect("a document");
                for sheet in &document.sheets {
                    let mut rows = sheet.rows(sheet.whole());
                    while let Some(row) = rows.next_row() {
                        cells += row.cells.len();
                    }
                }
            }
            black_box(cells)
        });
    });
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool");
    group.bench_function("check, rosters to claims, one core", |bencher| {
        bencher.iter_with_large_drop(|| one.install(|| checked(month)));
    });
    group.bench_function("check, rosters to claims", |bencher| {
        bencher.iter_with_large_drop(|| checked(month));
    });
}

fn checked(month: &GeneratedMonth) -> Vec<disburse::intake::RosterRead> {
    let mut files = Files::default();
    let read = |file: &month::RosterFile| {
        let input = Input { name: &file.name, bytes: &file.bytes };
        let bureau = &month.bureau;
        read_roster(
            &bureau.rulebook,
            file.roster,
            month.cycle,
            month.cycle,
            &[input],
            &bureau.registers,
            &mut files,
        )
    };
    month.rosters.iter().map(read).collect::<Result<_, _>>().expect("rosters")
}

/// Decisions, and the expressions alone.
fn rules(group: &mut Group<'_>, month: &GeneratedMonth) {
    let rulebook = &month.bureau.rulebook;
    group.bench_function("assess, claims to decisions", |bencher| {
        bencher.iter_with_large_drop(|| month.assessor().assess(&month.gathered.months, &[]));
    });
    let expressions: Vec<_> = rulebook
        .programmes
        .iter()
        .flat_map(|rule| rule.clauses.iter().map(|clause| &clause.condition).chain([&rule.amount]))
        .collect();
    let person = Person::new(rulebook, month.cycle);
    group.throughput(Throughput::Elements(EVALUATIONS * expressions.len() as u64));
    group.bench_function("expressions, every clause and amount", |bencher| {
        bencher.iter(|| {
            for _ in 0..EVALUATIONS {
                for expression in &expressions {
                    black_box(expression.evaluate(&black_box(&person)));
                }
            }
        });
    });
}

fn settled(month: &GeneratedMonth) -> Settled {
    let bureau = &month.bureau;
    let encodable = |_: Programme, payee: &Payee| {
        pay::unfit(bureau.profiles.of(&payee.account.bank), &payee.account).is_none()
    };
    settle::settle(Settlement {
        rulebook: &bureau.rulebook,
        registers: &bureau.registers,
        links: &month.links,
        files: &month.gathered.files,
        cycle: month.cycle,
        rosters: &month.gathered.months,
        months: &month.decided,
        ledger: month.decided.iter().map(|_| Vec::new()).collect(),
        open: Vec::new(),
        standing: &month.standing,
        account_people: bureau.workspace.config.limits.account_people,
        through: month.cycle,
        encodable: &encodable,
    })
}

/// Decisions to a plan, the plan into bank files, reports and the ledger.
fn money(group: &mut Group<'_>, month: &GeneratedMonth) {
    group.bench_function("settle, decisions to a plan", |bencher| {
        bencher.iter_with_large_drop(|| settled(month));
    });
    let (payments, meta) = month.bank_payments();
    let profiles = &month.bureau.profiles;
    group.bench_function("pay, the plan to bank files", |bencher| {
        bencher.iter_with_large_drop(|| pay::render(&payments, profiles, &meta).expect("bank files"));
    });
    let files = pay::render(&payments, profiles, &meta).expect("bank files");
    report_files(group, month, &files);
    group.bench_function("ledger, the draft kept", |bencher| {
        bencher.iter_batched(
            || month.empty_ledger(),
            |(folder, mut ledger)| {
                ledger.save_draft(&month.record).expect("a draft");
                (ledger, folder)
            },
            BatchSize::PerIteration,
        );
    });
    group.bench_function("ledger, the release, durable", |bencher| {
        bencher.iter_batched(
            || month.drafted_ledger(),
            |(folder, mut ledger)| {
                ledger.release(&month.approval()).expect("a release");
                (ledger, folder)
            },
            BatchSize::PerIteration,
        );
    });
}

fn report_files(group: &mut Group<'_>, month: &GeneratedMonth, files: &[BankFile]) {
    let bureau = &month.bureau;
    let record = &month.record;
    let settled = settled(month);
    let rosters = &month.gathered.months[0];
    let decisions: Vec<ReportedDecision<'_>> = month.decided[0]
        .decisions
        .iter()
        .filter_map(|decision| {
            let roster = bureau.rulebook.rule(decision.programme).roster;
            let read = rosters.rosters[usize::from(roster.0)].as_ref()?;
            Some(ReportedDecision { decision, claim: read.claims.get(decision.claim as usize)? })
        })
        .collect();
    let payments: Vec<PaymentPlace> = (1..)
        .zip(&record.places)
        .map(|(sequence, (file, line))| PaymentPlace {
            id: month::payment_id(record.meta.run, month.cycle, &record.meta.district, sequence),
            file: files[*file as usize].name.clone(),
            line: *line,
        })
        .collect();
    let bank_files: Vec<report::BankFile> = files
        .iter()
        .map(|file| report::BankFile {
            name: file.name.clone(),
            programme: bureau.rulebook.programme(&file.programme).expect("a programme of the pack"),
            bank: file.bank.clone(),
            sha256: file.sha256.clone(),
            total: Tally { count: file.count, money: file.total },
        })
        .collect();
    let facts = RunFacts {
        bureau: &bureau.workspace.config.bureau.name,
        rulebook: &bureau.rulebook,
        files: &month.gathered.files,
        run: record.meta.run,
        kind: record.meta.kind,
        cycle: month.cycle,
        months: &[month.cycle],
        today: month.session.today,
        by: &record.meta.drafted_by,
        rules_version: RULES_VERSION,
        decisions: &decisions,
        findings: &month.gathered.findings,
        plan: &settled.plan,
        earlier: &[],
        payments: &payments,
        borders: &settled.borders,
        limits: &[],
        inputs: &[],
        bank_files: &bank_files,
        ledger_head: &record.meta.head_before.hash,
        pay_by: PayBy { date: record.meta.pay_on, working_days_left: 5, table_known: true },
        history: &[],
        changes: &[],
        budgets: &[],
        returned: &[],
        language: month.session.language,
    };
    for (name, extent) in [
        ("report, tables in memory", Extent::Tables),
        ("report, tables, page and workbook in memory", Extent::Everything),
    ] {
        group.bench_function(name, |bencher| {
            bencher.iter_with_large_drop(|| {
                let mut sink = InMemory::default();
                report::write_run(&facts, extent, &mut sink).expect("reports");
                sink
            });
        });
    }
}

/// `run --dry-run`, as a user has it: from the folder to the folder.
fn whole(group: &mut Group<'_>, month: &GeneratedMonth) {
    group.bench_function("whole, run --dry-run", |bencher| {
        bencher.iter_batched(
            || month.empty_ledger(),
            |(folder, mut ledger): (_, Ledger)| {
                let bureau = month.reopened();
                draft(&bureau, &mut ledger, &month.dry_run(), &month.session).expect("a dry run");
                (ledger, folder)
            },
            BatchSize::PerIteration,
        );
    });
}
