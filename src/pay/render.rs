//! Which payment goes into which file; names, totals, digests.

use std::collections::BTreeSet;

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use sha2::{Digest, Sha256};

use super::profile::{BankProfile, Format, Split};
use super::{
    BankFile, BankPayment, FileMeta, FileRow, Profiles, checks, delimited, pain001, read_back, template,
    workbook,
};
use crate::domain::{Exit, Fault, Money, Text, hexadecimal};

/// A file before it is rendered: which payments, and what it is called. Rendering file by file keeps
/// memory at one file's size.
#[derive(Debug, Clone)]
pub struct FilePlan<'a> {
    /// The layout.
    pub profile: &'a BankProfile,
    /// File name.
    pub name: String,
    /// Batch id.
    pub batch: String,
    /// Bank, or the agent bank.
    pub bank: Text,
    /// 本行 or 跨行, where files are split so.
    pub kind: &'static str,
    /// Number among the files of one programme, bank and kind, from 1.
    pub part: usize,
    /// Positions in the list of payments, in sequence.
    pub payments: Vec<u32>,
    /// Sum.
    pub total: Money,
}

/// Renders all files of a run: split by programme, bank, own or other bank, and row limit, in the
/// order in which the payments' sequence first meets them. Every file has been read back and
/// compared; counts and sums of the files equal those of the payments.
///
/// # Errors
/// Exit 3 for a payment or particulars that a layout cannot hold (the planner should have held it),
/// exit 5 where files and payments do not agree. Nothing has been written in either case.
pub fn render(
    payments: &[BankPayment],
    profiles: &Profiles,
    meta: &FileMeta,
) -> Result<Vec<BankFile>, Fault> {
    let plans = plan_files(payments, profiles, meta)?;
    let files: Vec<BankFile> =
        plans.par_iter().map(|plan| render_file(plan, payments, meta)).collect::<Result<_, _>>()?;
    let count: u64 = files.iter().map(|file| file.count).sum();
    let total: Money = files.iter().map(|file| file.total).sum();
    if count != payments.len() as u64 || total != payments.iter().map(|payment| payment.amount).sum() {
        return Err(Fault::new(Exit::Unbalanced, "bank-files-unbalanced")
            .with("files", format!("{count} / {total}"))
            .with("payments", payments.len().to_string()));
    }
    Ok(files)
}

/// Distributes payments over files.
///
/// # Errors
/// Exit 3: an amount not above 0.00, an id that is not one or stands twice.
pub fn plan_files<'a>(
    payments: &[BankPayment],
    profiles: &'a Profiles,
    meta: &FileMeta,
) -> Result<Vec<FilePlan<'a>>, Fault> {
    check_payments(payments)?;
    let mut positions: FxHashMap<(&str, &str, &str, &str), usize> = FxHashMap::default();
    let mut groups: Vec<FilePlan> = Vec::new();
    let mut parts: Vec<FilePlan> = Vec::new();
    // Payments come sorted by programme and bank: the group of the last is mostly that of the next.
    let mut last: Option<(&BankPayment, usize)> = None;
    for (payment, position) in payments.iter().zip(0..) {
        if let Some((before, group)) = last
            && before.bank == payment.bank
            && before.programme == payment.programme
        {
            groups[group].payments.push(position);
            continue;
        }
        let profile = profiles.of(&payment.bank);
        let (bank, kind) = match profile.split {
            Split::Bank => (payment.bank.as_str(), ""),
            Split::Together => (profile.agent.as_str(), ""),
            Split::OwnOther if profile.is_own(&payment.bank) => (profile.agent.as_str(), "本行"),
            Split::OwnOther => (profile.agent.as_str(), "跨行"),
        };
        let key = (payment.programme.as_str(), profile.name.as_str(), bank, kind);
        let group = *positions.entry(key).or_insert_with(|| {
            groups.push(FilePlan::new(profile, bank, kind));
            groups.len() - 1
        });
        groups[group].payments.push(position);
        last = Some((payment, group));
    }
    let mut names = BTreeSet::new();
    for group in groups {
        for (part, chunk) in group.payments.chunks(group.profile.most_rows().max(1)).enumerate() {
            let mut total = Money::ZERO;
            for &position in chunk {
                total = total
                    .checked_add(payments[position as usize].amount)
                    .ok_or_else(|| Fault::new(Exit::Refused, "bank-file-total-too-large"))?;
            }
            let batch = format!("{}-F{:04}", meta.run_id(), parts.len() + 1);
            if batch.len() > 35 || !batch.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
                return Err(Fault::new(Exit::Refused, "bank-batch-id-invalid").with("batch", batch));
            }
            let mut plan = FilePlan {
                batch,
                part: part + 1,
                payments: chunk.to_vec(),
                total,
                ..FilePlan::new(group.profile, &group.bank, group.kind)
            };
            plan.name = file_name(&plan, payments, meta, &mut names);
            parts.push(plan);
        }
    }
    Ok(parts)
}

impl<'a> FilePlan<'a> {
    fn new(profile: &'a BankProfile, bank: &str, kind: &'static str) -> FilePlan<'a> {
        FilePlan {
            profile,
            name: String::new(),
            batch: String::new(),
            bank: bank.into(),
            kind,
            part: 0,
            payments: Vec::new(),
            total: Money::ZERO,
        }
    }

    /// The text with its blanks filled for this file.
    pub(super) fn fill(&self, text: &str, payments: &[BankPayment], meta: &FileMeta) -> String {
        let first = self.payments.first().and_then(|&position| payments.get(position as usize));
        template::fill(text, &|blank| match blank {
            "division" => meta.division.to_string(),
            "cycle" => meta.cycle.to_string(),
            "yyyymm" => meta.cycle.compact(),
            "run" => format!("{:04}", meta.run),
            "batch" => self.batch.clone(),
            "programme" => first.map_or(String::new(), |payment| payment.programme.to_string()),
            "programme_name" => first.map_or(String::new(), |payment| payment.programme_name.to_string()),
            "bank" => self.bank.to_string(),
            "kind" => self.kind.to_owned(),
            "part" => self.part.to_string(),
            "date" => meta.pay_on.format("%Y-%m-%d").to_string(),
            "yyyymmdd" => meta.pay_on.format("%Y%m%d").to_string(),
            "payer_name" => meta.payer.name.clone(),
            "payer_account" => meta.payer.account_no.clone(),
            "payer_bank" => meta.payer.bank.clone(),
            "agreement" => meta.payer.agreement.clone(),
            "count" => self.payments.len().to_string(),
            "total" => self.total.to_string(),
            "total_fen" => self.total.fen().to_string(),
            "total_words" => checks::capital_words(self.total),
            _ => String::new(),
        })
    }
}

/// Renders one file, reads it back and compares it.
///
/// # Errors
/// As [`render`].
pub fn render_file(plan: &FilePlan, payments: &[BankPayment], meta: &FileMeta) -> Result<BankFile, Fault> {
    let (bytes, first_row) = match plan.profile.format {
        Format::Delimited | Format::Fixed => delimited::render(plan, payments, meta)?,
        Format::Workbook => workbook::render(plan, payments, meta)?,
        Format::Pain03 | Format::Pain09 | Format::Pain13 => (pain001::render(plan, payments, meta)?, 1),
    };
    read_back::compare(plan, payments, &bytes)?;
    let sha256 = hexadecimal(&Sha256::digest(&bytes));
    let rows =
        plan.payments.iter().zip(first_row..).map(|(&payment, row)| FileRow { payment, row }).collect();
    let programme =
        plan.payments.first().map_or(Text::default(), |&p| payments[p as usize].programme.clone());
    Ok(BankFile {
        name: plan.name.as_str().into(),
        batch: plan.batch.as_str().into(),
        profile: plan.profile.name.as_str().into(),
        programme,
        bank: plan.bank.clone(),
        bytes,
        sha256,
        count: plan.payments.len() as u64,
        total: plan.total,
        rows,
    })
}

fn check_payments(payments: &[BankPayment]) -> Result<(), Fault> {
    // In sequence order ids rise; only a list in another order needs the set.
    let rising = payments.windows(2).all(|pair| pair[0].payment_id < pair[1].payment_id);
    let mut ids = rustc_hash::FxHashSet::default();
    for payment in payments {
        let id = payment.payment_id.as_str();
        let plain = id.len() <= 35 && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if id.is_empty() || !plain {
            return Err(Fault::new(Exit::Refused, "payment-id-invalid").with("payment", id));
        }
        if !rising && !ids.insert(id) {
            return Err(Fault::new(Exit::Unbalanced, "payment-id-twice").with("payment", id));
        }
        if !payment.amount.is_positive() {
            return Err(Fault::new(Exit::Unbalanced, "payment-not-positive")
                .with("payment", id)
                .with("amount", payment.amount.to_string()));
        }
    }
    Ok(())
}

/// A file name that every operating system takes and that no other file of the run bears, also where
/// capitals do not count.
fn file_name(
    plan: &FilePlan,
    payments: &[BankPayment],
    meta: &FileMeta,
    taken: &mut BTreeSet<String>,
) -> String {
    let wanted = plan.fill(&plan.profile.file_name, payments, meta);
    let mut clean: String = wanted
        .chars()
        .map(|c| if c.is_control() || r#"<>:"/\|?*"#.contains(c) || c.is_whitespace() { '_' } else { c })
        .collect();
    let kept = clean.trim_end_matches(['.', '_']).len();
    clean.truncate(kept);
    let (stem, ending) = match clean.rfind('.') {
        Some(dot) if dot > 0 && clean.len() - dot <= 6 => (clean[..dot].to_owned(), clean[dot..].to_owned()),
        _ => (clean, String::new()),
    };
    // A bank's name may be a sentence; most file systems end at 255 bytes.
    let mut stem: String = stem.trim_start_matches('.').to_owned();
    while stem.len() > 180 {
        stem.pop();
    }
    let device = ["con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "lpt1", "lpt2", "lpt3"];
    if stem.is_empty() || device.contains(&stem.to_lowercase().as_str()) {
        stem = plan.batch.clone();
    }
    let mut name = format!("{stem}{ending}");
    let mut number = plan.part.max(2);
    while !taken.insert(name.to_lowercase()) {
        name = format!("{stem}-{number}{ending}");
        number += 1;
    }
    name
}
