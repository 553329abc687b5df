//! Roster profiles: how the files of a system that has its own idea of a list are read (DESIGN §7).
//! Plain data, as the pack says it.

use super::rulebook::{FieldId, RosterId};
use crate::domain::{Text, fixed_words};

/// One system's export: its files and what its columns mean.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RosterProfile {
    /// Code.
    pub code: Text,
    /// Name for people.
    pub name: Text,
    /// The roster its files belong to.
    pub roster: RosterId,
    /// Its files; a file belongs to the first whose pattern its name fits.
    pub files: Vec<ProfileFile>,
    /// Whether who is listed is active where no column says so.
    pub active: bool,
    /// Whether 户口性质 is taken from the file's name where no cell says so.
    pub hukou_from_name: bool,
    /// A flag that the text of a column sets where it holds one of the words listed.
    pub illness: Option<(FieldId, Vec<Text>)>,
    /// Fields of a household that stand only where none of its people has the second filled.
    pub instead: Vec<(FieldId, FieldId)>,
    /// Whether the carer named in a row is the payee of it.
    pub carer_is_payee: bool,
}

/// What the rows of a file are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Part {
    /// Rows as on every roster.
    #[default]
    List,
    /// A row is a household; its people stand in another file, or in cells of the row.
    Household,
    /// A row is a person of a household of another file.
    Person,
}

/// One kind of file of a profile.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProfileFile {
    /// What its rows are.
    pub part: Part,
    /// Patterns of its name without the ending; `*` stands for any text, `?` for one sign.
    pub patterns: Vec<Text>,
    /// The only sheet that is read.
    pub sheet: Option<Text>,
    /// First row of the header.
    pub header_row: Option<u32>,
    /// Rows of the header.
    pub header_rows: Option<usize>,
    /// Unit of its amounts where neither cell, header nor a row above says one: 元, 万元, 元/年.
    pub unit: Option<Text>,
    /// Headers of fields beyond those that the pack's fields have; they come first.
    pub aliases: Vec<(FieldId, Vec<Text>)>,
    /// Headers of columns that only profiles know.
    pub columns: Vec<(Helper, Vec<Text>)>,
    /// Headers that are passed over though a field has them.
    pub ignored: Vec<Text>,
    /// Fields of the roster's own that a household's row says for each of its people. The others are one
    /// person's: the head's, or the only one's.
    pub shared: Vec<FieldId>,
}

fixed_words! {
    /// A column that is no field of a roster and that a profile reads by. The words are the pack's keys.
    Helper {
        /// 户主身份证号: what households and people are joined by.
        HeadId = "head_id",
        /// 保障人口: how many people the household's row speaks of.
        Insured = "insured",
        /// 家庭成员姓名: one cell, or one column each.
        MemberNames = "member_names",
        /// 家庭成员身份证号: one cell, or one column each.
        MemberIds = "member_ids",
        /// 患病病种
        Illness = "illness",
        /// 照料人姓名
        CarerName = "carer_name",
        /// 照料人身份证号
        CarerId = "carer_id",
        /// 一卡通账号: an account number that serves where the first is blank.
        SecondAccount = "second_account",
    }
}

impl RosterProfile {
    /// Which of its files a name without ending is.
    pub fn file_of(&self, stem: &str) -> Option<usize> {
        self.files.iter().position(|file| file.patterns.iter().any(|pattern| fits(pattern, stem)))
    }
}

/// Whether a name fits a pattern of `*` and `?`.
pub fn fits(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut at, mut in_name) = (0, 0);
    // The last star met, and how much of the name it has taken.
    let mut star: Option<(usize, usize)> = None;
    while in_name < name.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, in_name));
                at += 1;
            }
            Some(sign) if *sign == '?' || *sign == name[in_name] => {
                at += 1;
                in_name += 1;
            }
            _ => match &mut star {
                Some((before, taken)) => {
                    *taken += 1;
                    at = *before + 1;
                    in_name = *taken;
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|sign| *sign == '*')
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_star_is_any_text_and_a_question_mark_one_sign() {
        assert!(fits("*低保家庭查询*", "农村低保家庭查询_20230201"));
        assert!(fits("*低保家庭查询*", "低保家庭查询"));
        assert!(!fits("*低保家庭查询*", "农村低保人员查询_20230201"));
        assert!(fits("*特困*人员查询*", "特困人员查询_1"));
        assert!(!fits("*特困*人员查询*", "特困人员家庭查询_1"));
        assert!(fits("备案?.*", "备案表.二月"));
        assert!(!fits("备案?", "备案"));
    }
}
