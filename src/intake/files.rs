//! Which roster a file belongs to (DESIGN §5), and which files are passed over (READING 1).

use crate::policy::{ProfileFile, RosterId, RosterProfile, Rulebook};

/// Endings of files that are lists.
pub const ENDINGS: [&str; 6] = ["csv", "tsv", "txt", "xlsx", "xls", "ods"];

/// Stem and ending (lower case) of a list file; `None` for any other ending.
pub fn split_ending(name: &str) -> Option<(&str, String)> {
    let (stem, ending) = name.rsplit_once('.')?;
    let ending = ending.to_ascii_lowercase();
    (ENDINGS.contains(&ending.as_str()) && !stem.is_empty()).then_some((stem, ending))
}

/// Whether a stem is `code`, or `code` followed by `-`, `_` or a space.
pub fn begins_with(stem: &str, code: &str) -> bool {
    stem.strip_prefix(code)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_', ' ', '\u{3000}', '—', '－', '＿']))
}

/// The profile by which a file of a roster is read, and which of its files it is.
pub fn profile_of<'a>(
    rulebook: &'a Rulebook,
    roster: RosterId,
    file_name: &str,
) -> Option<(usize, &'a RosterProfile, &'a ProfileFile)> {
    let (stem, _) = split_ending(file_name)?;
    rulebook.profiles.iter().enumerate().filter(|(_, profile)| profile.roster == roster).find_map(
        |(position, profile)| profile.file_of(stem).map(|file| (position, profile, &profile.files[file])),
    )
}

/// The roster of a file: the longest roster code that its stem begins with, followed by the stem's
/// end, `-`, `_` or a space; failing that, the profile whose pattern it fits; failing that, the longest of
/// the rosters' other file names that it begins with. `None`: no roster's file (READING 1: a warning).
pub fn roster_of(rulebook: &Rulebook, file_name: &str) -> Option<RosterId> {
    let (stem, _) = split_ending(file_name)?;
    let rosters = || rulebook.rosters.iter().enumerate();
    let by_code = rosters()
        .filter(|(_, roster)| begins_with(stem, &roster.code))
        .max_by_key(|(_, roster)| roster.code.len());
    if by_code.is_none()
        && let Some(profile) = rulebook.profiles.iter().find(|profile| profile.file_of(stem).is_some())
    {
        return Some(profile.roster);
    }
    by_code
        .or_else(|| {
            rosters()
                .filter_map(|(position, roster)| {
                    let names = roster.file_names.iter().filter(|name| stem.starts_with(name.as_str()));
                    names.map(|name| name.len()).max().map(|length| (length, position, roster))
                })
                .max_by_key(|(length, position, _)| (*length, std::cmp::Reverse(*position)))
                .map(|(_, position, roster)| (position, roster))
        })
        .map(|(position, _)| RosterId(position as u16))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_must_end_where_the_word_ends() {
        assert!(begins_with("dibao", "dibao"));
        assert!(begins_with("dibao-保合少镇", "dibao"));
        assert!(begins_with("dibao 2", "dibao"));
        assert!(!begins_with("dibaohu", "dibao"));
        assert_eq!(split_ending("a.b.XLSX"), Some(("a.b", "xlsx".to_owned())));
        assert_eq!(split_ending("notes.docx"), None);
    }
}
