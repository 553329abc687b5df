//! What every part of a slip says in the same way: sentences of the catalogue, masked names and numbers, citations.

use crate::domain::{Beneficiary, Programme, ResidentId, Text};
use crate::policy::{Citation, Speaker, Status};
use crate::words;

use super::super::label::label;
use super::super::notice::public_name;
use super::{SlipCitation, SlipFacts};

/// Facts of a slip, and who says them.
pub(super) struct Writer<'w, 'a> {
    pub(super) facts: &'w SlipFacts<'a>,
    pub(super) speaker: Speaker<'w>,
}

impl Writer<'_, '_> {
    pub(super) fn say(&self, code: &str, blanks: &[(&'static str, &str)]) -> String {
        let blanks: Vec<(&'static str, Text)> =
            blanks.iter().map(|(name, value)| (*name, Text::from(*value))).collect();
        words::say(self.facts.language, &format!("slip-{code}"), &blanks)
    }

    pub(super) fn beneficiary(&self, beneficiary: &Beneficiary) -> String {
        if self.facts.masked { beneficiary.masked() } else { beneficiary.to_string() }
    }

    pub(super) fn resident(&self, resident: Option<ResidentId>) -> String {
        match resident {
            None => String::new(),
            Some(resident) if self.facts.masked => resident.masked(),
            Some(resident) => resident.to_string(),
        }
    }

    pub(super) fn name(&self, name: &str) -> String {
        if self.facts.masked { public_name(name) } else { name.to_owned() }
    }

    pub(super) fn citation(&self, citation: &Citation) -> SlipCitation {
        let status = match citation.status {
            Status::Verified => "verified",
            Status::Assumed => "assumed",
            Status::Example => "example",
        };
        SlipCitation {
            text: citation.text.to_string(),
            status: status.to_owned(),
            status_words: label(self.facts.language, "status", status),
        }
    }

    pub(super) fn programme_name(&self, programme: Programme) -> String {
        self.speaker.programme(programme)
    }

    pub(super) fn verdict(&self, holds: Option<bool>) -> String {
        self.say(
            match holds {
                Some(true) => "holds",
                Some(false) => "fails",
                None => "unknown",
            },
            &[],
        )
    }
}
