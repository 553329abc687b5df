//! A profile read from TOML, with every fault that would write a file that cannot be read back.

use super::checks::bank_code_is_valid;
use super::profile::{Align, BankProfile, Field, FileEncoding, Format, ResultField, Split};
use super::template;
use crate::domain::{Finding, Place, Severity};

impl BankProfile {
    /// Reads a profile. `file` is its name for messages.
    ///
    /// # Errors
    /// Every fault found, as findings: what cannot be read, and what would write a file that cannot
    /// be read back.
    pub fn parse(file: &str, text: &str) -> Result<BankProfile, Vec<Finding>> {
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        let profile: BankProfile = toml::from_str(text)
            .map_err(|fault| vec![crate::words::settings::finding(file, text, &fault)])?;
        let faults = profile.faults(file);
        if faults.is_empty() { Ok(profile) } else { Err(faults) }
    }

    /// Whether a bank is the agent bank itself.
    pub fn is_own(&self, bank: &str) -> bool {
        self.own.iter().chain([&self.agent]).any(|own| !own.is_empty() && bank.starts_with(own.as_str()))
    }

    /// The largest number of payments a file may hold.
    pub fn most_rows(&self) -> usize {
        let of_format = match self.format {
            // The sheet's 1,048,576 rows, less header, titles and trailer.
            Format::Workbook => 1_048_576 - self.header.len() - self.trailer.len() - usize::from(self.titles),
            _ => 9_999_999,
        };
        match self.row_limit {
            0 => of_format,
            limit => (limit as usize).min(of_format),
        }
    }

    fn faults(&self, file: &str) -> Vec<Finding> {
        let mut faults = Vec::new();
        let mut fault = |code: &'static str, value: &str| {
            faults.push(Finding::new(code, Severity::Error, place(file, 0)).with("value", value));
        };
        let plain =
            |text: &str| text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if self.name.is_empty() || !plain(&self.name) {
            fault("bank-profile-name", &self.name);
        }
        if !self.format.is_message() {
            for needed in [Field::AccountNo, Field::AccountName, Field::Amount] {
                if self.columns.iter().filter(|column| column.field == needed).count() != 1 {
                    fault("bank-profile-column-needed", needed.word());
                }
            }
        }
        let outside = self.header.iter().chain(&self.trailer).flatten();
        for column in outside.clone().filter(|column| column.field.is_of_payment()) {
            fault("bank-profile-field-misplaced", column.field.word());
        }
        for column in self.columns.iter().filter(|c| matches!(c.field, Field::Count | Field::Total)) {
            fault("bank-profile-field-misplaced", column.field.word());
        }
        for column in outside.chain(&self.columns) {
            if self.format == Format::Fixed && column.width == 0 {
                fault("bank-profile-width-needed", column.field.word());
            }
            if !column.pad.is_ascii() || column.pad.is_ascii_control() {
                fault("bank-profile-pad", &column.pad.to_string());
            }
            // A left-aligned number filled with digits would be another number.
            let number =
                matches!(column.field, Field::Amount | Field::Total | Field::Count | Field::Sequence);
            let digits = column.pad.is_ascii_digit();
            if digits && !(number && column.align == Align::Right && column.pad == '0') {
                fault("bank-profile-pad", &column.pad.to_string());
            }
        }
        let texts = self.header.iter().chain(&self.trailer).flatten().chain(&self.columns);
        let texts = texts.map(|column| &column.text).chain(self.remark.programmes.values());
        for text in texts.chain([&self.file_name, &self.remark.text]) {
            if let Err(blank) = template::check(text) {
                fault("bank-profile-blank-unknown", &blank);
            }
            if text.chars().any(char::is_control) {
                fault("bank-profile-control-character", text.escape_default().to_string().as_str());
            }
        }
        if self.format == Format::Delimited
            && (!self.delimiter.is_ascii()
                || self.delimiter.is_ascii_alphanumeric()
                || matches!(self.delimiter, '"' | '.' | '-' | '\r' | '\n' | '\0'))
        {
            fault("bank-profile-delimiter", &self.delimiter.to_string());
        }
        if self.byte_order_mark && self.encoding != FileEncoding::Utf8 {
            fault("bank-profile-byte-order-mark", "");
        }
        if self.split == Split::OwnOther && self.agent.is_empty() {
            fault("bank-profile-agent-needed", "");
        }
        if self.file_name.is_empty() {
            fault("bank-profile-file-name-needed", "");
        }
        for (bank, code) in &self.bank_codes {
            if !bank_code_is_valid(code) {
                fault("bank-code-invalid", &format!("{bank} {code}"));
            }
        }
        if let Some(result) = &self.result {
            let has = |field| result.columns.iter().any(|column| column.field == field);
            if !has(ResultField::Code) {
                fault("bank-profile-result-field-needed", "code");
            }
            let known_by_account = has(ResultField::AccountNo) && has(ResultField::Amount);
            if !(has(ResultField::PaymentId) || known_by_account) {
                fault("bank-profile-result-field-needed", "payment-id");
            }
            if result.format.is_message() {
                fault("bank-profile-result-format", "");
            }
            if result.format == Format::Fixed && result.columns.iter().any(|column| column.width == 0) {
                fault("bank-profile-width-needed", "result");
            }
            if !result.delimiter.is_ascii() {
                fault("bank-profile-delimiter", &result.delimiter.to_string());
            }
        }
        faults
    }
}

fn place(file: &str, row: u32) -> Place {
    Place { file: file.into(), row, ..Place::default() }
}
