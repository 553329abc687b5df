//! The payment vouchers of a released run, in `out/M/run-NNNN-vouchers/`: computed from the ledger alone,
//! so that whoever writes them again, whenever, gets the same bytes until a file is recalled. A recall
//! marks them; that is the one thing that changes them.

use std::collections::BTreeMap;

use crate::domain::{Exit, Fault, Programme, Tally, Text};
use crate::ledger::{DraftMeta, FundFigures, Ledger, ReleaseNote};
use crate::pay::capital_words;
use crate::report::voucher::{self, Recalled, Release, Voucher, VoucherFile};
use crate::workspace::{Existing, Workspace, run_folder, write_folder_atomically};

use super::rendering::Rendering;

/// Writes the vouchers of a released run; where they lie, inside the workspace.
///
/// # Errors
/// Exit 5: they do not add up to what was released, or the folder is there with other contents; the
/// ledger, the disk.
pub(super) fn publish(
    workspace: &Workspace,
    ledger: &Ledger,
    meta: &DraftMeta,
    released: &ReleaseNote,
) -> Result<String, Fault> {
    let release = release(ledger, meta, released)?;
    let files = files(&release)?;
    let name = folder_name(meta.run);
    // Nobody has written into them but this program, until a file is recalled and they are marked.
    let marked = release.vouchers.iter().any(Voucher::touched);
    write_folder_atomically(
        &workspace.out_folder(meta.cycle, &name),
        files.iter().map(|(name, bytes)| (*name, bytes.as_slice())),
        if marked { Existing::Replace } else { Existing::MustEqual },
    )?;
    Ok(format!("out/{}/{name}", meta.cycle))
}

/// A released run's vouchers as they must be: file name and bytes.
///
/// # Errors
/// Exit 5: they do not add up to what was released; the ledger.
pub(super) fn of_run(
    ledger: &Ledger,
    meta: &DraftMeta,
    released: &ReleaseNote,
) -> Result<[(&'static str, Vec<u8>); 3], Fault> {
    files(&release(ledger, meta, released)?)
}

/// The folder of a run's vouchers.
pub(super) fn folder_name(run: u32) -> String {
    format!("{}-vouchers", run_folder(run))
}

/// The files, in the order written.
///
/// # Errors
/// A report that cannot be made (a bug).
fn files(release: &Release) -> Result<[(&'static str, Vec<u8>); 3], Fault> {
    let failed =
        |fault: std::io::Error| Fault::new(Exit::Bug, "report-failed").with("fault", fault.to_string());
    Ok([
        ("vouchers.csv", voucher::register(release, capital_words)),
        ("vouchers.html", voucher::page(release, capital_words).map_err(failed)?),
        ("vouchers.xlsx", voucher::workbook(release, capital_words).map_err(failed)?),
    ])
}

/// What the ledger says of a released run, voucher by voucher.
///
/// # Errors
/// Exit 5: the vouchers do not add up to the run; the ledger.
fn release(ledger: &Ledger, meta: &DraftMeta, released: &ReleaseNote) -> Result<Release, Fault> {
    let rendering = Rendering::read(meta)?;
    let codes: Vec<Text> = meta.codes.iter().map(Text::from).collect();
    let places = ledger.files_of_run(meta.run, &codes)?;
    let recalls = ledger.recalls_of_run(meta.run)?;
    let mut groups: BTreeMap<(Programme, Text), Vec<VoucherFile>> = BTreeMap::new();
    for (position, file) in (0..).zip(&meta.bank_files) {
        let Some((programme, bank)) = places.get(&position) else {
            return Err(Fault::new(Exit::Unbalanced, "draft-unreadable").with("run", meta.run.to_string()));
        };
        groups.entry((*programme, bank.clone())).or_default().push(VoucherFile {
            name: file.name.as_str().into(),
            sha256: file.sha256.as_str().into(),
            total: Tally { count: file.count, money: file.total },
            recalled: recalls.get(&position).map(|recall| Recalled {
                document: recall.document.clone(),
                why: recall.why.clone(),
                on: recall.on,
                by: (recall.by.clone(), recall.second.clone()),
            }),
        });
    }
    let vouchers = (1..).zip(groups).map(|(number, ((programme, bank), files))| {
        let code = meta.codes.get(usize::from(programme.0)).map_or("", String::as_str);
        let (name, remark) =
            rendering.programmes.get(code).map_or((code, ""), |(name, remark)| (name, remark));
        let fund = meta.budget.iter().find(|fund| fund.programmes.iter().any(|known| known == code));
        Voucher {
            number: format!("{}-{}-R{:04}-V{number:02}", meta.district, meta.cycle.compact(), meta.run)
                .into(),
            code: code.into(),
            programme: name.into(),
            fund: fund.map_or("", |fund| rendering.funds.get(&fund.fund).unwrap_or(&fund.fund)).into(),
            budget_year: fund.map(|fund| fund.year),
            sources: fund.map(sources).unwrap_or_default(),
            bank,
            remark: remark.into(),
            files,
        }
    });
    let payer = &rendering.payer;
    let bureau = if rendering.bureau.is_empty() { &payer.name } else { &rendering.bureau };
    let entry = ledger.entry(released.entry)?;
    let entry = entry
        .ok_or_else(|| Fault::new(Exit::Unbalanced, "draft-unreadable").with("run", meta.run.to_string()))?;
    let release = Release {
        language: meta.language,
        bureau: bureau.as_str().into(),
        payer: if payer.name.is_empty() { bureau.as_str().into() } else { payer.name.as_str().into() },
        payer_account: payer.account_no.as_str().into(),
        payer_bank: payer.bank.as_str().into(),
        run: meta.run,
        cycle: meta.cycle,
        pay_on: meta.pay_on,
        drafted: (meta.drafted_by.as_str().into(), meta.today),
        approved: (released.approved_by.clone(), released.on),
        entry: (released.entry, entry.hash),
        vouchers: vouchers.collect(),
    };
    let whole = Tally { count: u64::from(meta.payments), money: meta.total };
    if release.released() != whole {
        return Err(Fault::new(Exit::Unbalanced, "vouchers-differ")
            .with("run", meta.run.to_string())
            .with("released", whole.money.to_string())
            .with("vouchers", release.released().money.to_string()));
    }
    Ok(release)
}

fn sources(fund: &FundFigures) -> Vec<(Text, Text)> {
    let source = |(source, share): (&String, &String)| (source.as_str().into(), share.as_str().into());
    fund.sources.iter().zip(&fund.shares).map(source).collect()
}
