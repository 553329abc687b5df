//! `generate --answers`: what a bank would answer to a released run, for tests and training. It reads
//! the ledger and writes answer files; nothing is taken in.

use crate::domain::{Exit, Fault, Month, Text};
use crate::generate::AnswerRates;
use crate::generate::bank::{AnswerForm, SentFile, SentPayment, answer_file};
use crate::ledger::{Ledger, PaymentState};
use crate::pay::profile::Format;

use super::Session;

/// What the bank is to answer, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Simulation {
    /// The run.
    pub run: u32,
    /// `neutral`, `pain.002`, `camt.054`, `profile` (each file in its own profile's result layout, else
    /// neutral) or the name of a profile.
    pub format: String,
    /// How often what happens.
    pub rates: AnswerRates,
    /// Seed.
    pub seed: u64,
}

/// What the bank answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// The run's cycle.
    pub cycle: Month,
    /// Answers by file name, one a bank file.
    pub files: Vec<(String, Vec<u8>)>,
}

/// Answers a released run.
///
/// # Errors
/// Exit 2: the run is not released, no such form; exit 3: the form cannot say the answers.
pub fn answers(ledger: &Ledger, simulation: &Simulation, session: &Session) -> Result<Answered, Fault> {
    let run =
        ledger.released_run(simulation.run)?.ok_or_else(|| super::not_released(ledger, simulation.run))?;
    let profiles = super::rendering::Rendering::read(&run.meta)?.profiles()?;
    let mut files: Vec<SentFile> = run
        .meta
        .bank_files
        .iter()
        .map(|_| SentFile { batch: Text::default(), payments: Vec::new() })
        .collect();
    // What was taken back the bank never saw.
    for payment in run.payments.iter().filter(|payment| payment.state != PaymentState::Recalled) {
        let Some(file) = files.get_mut(payment.file as usize) else { continue };
        file.batch = super::answers::batch_of(payment);
        let account = &payment.payment.payee.account;
        file.payments.push(SentPayment {
            id: payment.id.to_string().into(),
            amount: payment.payment.amount,
            account_no: account.number.clone(),
            account_name: account.name.clone(),
        });
    }
    let mut answered = Vec::new();
    for (file, sent) in run.meta.bank_files.iter().zip(&files).filter(|(_, sent)| !sent.payments.is_empty()) {
        let layout = |name: &str| profiles.named_profile(name).and_then(|profile| profile.result.as_ref());
        let unknown =
            || Fault::new(Exit::Usage, "generate-profile-without-result").with("format", &simulation.format);
        let form = match simulation.format.as_str() {
            "neutral" => AnswerForm::Neutral,
            "pain.002" => AnswerForm::StatusReport,
            "camt.054" => AnswerForm::Notification,
            "profile" => layout(&file.profile).map_or(AnswerForm::Neutral, AnswerForm::Layout),
            name => AnswerForm::Layout(layout(name).ok_or_else(unknown)?),
        };
        let bytes =
            answer_file(sent, form, &simulation.rates, simulation.seed, session.today).map_err(|fault| {
                Fault::new(Exit::Refused, "generate-refused").with("fault", fault.to_string())
            })?;
        let (word, ending) = match form {
            AnswerForm::Neutral => ("neutral", "csv"),
            AnswerForm::StatusReport => ("pain002", "xml"),
            AnswerForm::Notification => ("camt054", "xml"),
            AnswerForm::Layout(layout) if layout.format == Format::Workbook => {
                (file.profile.as_str(), "xlsx")
            }
            AnswerForm::Layout(_) => (file.profile.as_str(), "txt"),
        };
        answered.push((format!("{}-{word}.{ending}", sent.batch), bytes));
    }
    Ok(Answered { cycle: run.meta.cycle, files: answered })
}
