//! What bank files are rendered from: taken from the bureau at the draft, kept in the ledger, read back at
//! approval. Draft and release therefore turn payments into bank rows by the same code from the same data.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::domain::{Exit, Fault, PaymentId};
use crate::ledger::DraftMeta;
use crate::pay::{self, BankFile, BankPayment, FileMeta, Payer, Profiles};
use crate::policy::Rulebook;
use crate::settle::PlannedPayment;

use super::Bureau;

/// What bank files are rendered from, kept in the ledger so that a released run needs nothing else.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Rendering {
    /// Bank profiles: file name and text.
    pub profiles: Vec<(String, String)>,
    /// Bank name to profile name.
    pub banks: BTreeMap<String, String>,
    /// The profile of banks without one.
    pub fallback: String,
    /// Programme code to name and remark.
    pub programmes: BTreeMap<String, (String, String)>,
    /// Who pays.
    pub payer: Payer,
    /// The bureau's name; empty in drafts made before it was kept.
    #[serde(default)]
    pub bureau: String,
    /// Fund code to name; empty in drafts made before it was kept.
    #[serde(default)]
    pub funds: BTreeMap<String, String>,
}

impl Rendering {
    /// As the bureau's files say today; the rulebook is its own with the programmes that are retired.
    pub(super) fn of(bureau: &Bureau, rulebook: &Rulebook) -> Rendering {
        let config = &bureau.workspace.config;
        Rendering {
            profiles: bureau.profile_texts.clone(),
            banks: config.bank_profiles(),
            fallback: config.pay.fallback_profile.clone(),
            programmes: rulebook
                .programmes
                .iter()
                .map(|rule| (rule.code.to_string(), (rule.name.to_string(), rule.remark.to_string())))
                .collect(),
            payer: config.bureau.payer.clone(),
            bureau: config.bureau.name.clone(),
            funds: rulebook.funds.iter().map(|fund| (fund.code.to_string(), fund.name.to_string())).collect(),
        }
    }

    /// As the ledger keeps it with a draft or a release.
    ///
    /// # Errors
    /// Exit 5: the record cannot be read.
    pub(super) fn read(meta: &DraftMeta) -> Result<Rendering, Fault> {
        serde_json::from_str(&meta.details)
            .map_err(|_| Fault::new(Exit::Unbalanced, "draft-unreadable").with("run", meta.run.to_string()))
    }

    /// Its bank profiles, ready for use.
    ///
    /// # Errors
    /// Exit 3: a profile that cannot be read.
    pub(super) fn profiles(&self) -> Result<Profiles, Fault> {
        let texts: Vec<(&str, &str)> =
            self.profiles.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        Profiles::load(&texts, &self.banks, &self.fallback)
    }

    /// Renders the bank files of a draft or a release.
    ///
    /// # Errors
    /// As [`pay::render()`].
    pub(super) fn render<'p>(
        &self,
        profiles: &Profiles,
        meta: &DraftMeta,
        payments: impl Iterator<Item = (PaymentId, &'p PlannedPayment)>,
    ) -> Result<Vec<BankFile>, Fault> {
        let payments: Vec<(PaymentId, &PlannedPayment)> = payments.collect();
        let payments: Vec<BankPayment> =
            payments.par_iter().map(|(id, payment)| self.bank_payment(&meta.codes, id, payment)).collect();
        let file_meta = FileMeta {
            division: meta.district.as_str().into(),
            cycle: meta.cycle,
            run: meta.run,
            pay_on: meta.pay_on,
            drafted_on: meta.today,
            payer: self.payer.clone(),
        };
        pay::render(&payments, profiles, &file_meta)
    }

    fn bank_payment(&self, codes: &[String], id: &PaymentId, payment: &PlannedPayment) -> BankPayment {
        let code = codes.get(usize::from(payment.programme.0)).map_or("", String::as_str);
        let (name, remark) =
            self.programmes.get(code).map_or(("", ""), |(name, remark)| (name.as_str(), remark.as_str()));
        let account = &payment.payee.account;
        BankPayment {
            payment_id: id.to_string().into(),
            programme: code.into(),
            programme_name: name.into(),
            bank: account.bank.clone(),
            account_no: account.number.clone(),
            account_name: account.name.clone(),
            payee_id: payment.payee.id.map(|id| id.to_string().into()).unwrap_or_default(),
            amount: payment.amount,
            remark: remark.into(),
        }
    }
}

/// A draft's payments with the ids they get under its number.
pub(super) fn numbered<'p>(
    meta: &'p DraftMeta,
    payments: &'p [PlannedPayment],
) -> impl Iterator<Item = (PaymentId, &'p PlannedPayment)> {
    (0..).zip(payments).map(|(position, payment)| (payment_id(meta, position), payment))
}

/// The id that the payment at a position of the plan gets under the draft's number.
pub(super) fn payment_id(meta: &DraftMeta, position: u32) -> PaymentId {
    PaymentId::new(&meta.district, meta.cycle, meta.run, position + 1)
}
