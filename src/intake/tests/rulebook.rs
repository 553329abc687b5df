//! A rulebook with three rosters and no programmes: enough to read by.

use crate::domain::{Division, Divisions, Text};
use crate::policy::{
    Blank, Canonical, CodeEntry, Field, FieldId, FieldKind, RegisterRule, Roster, RosterId, Rulebook,
};

fn texts(words: &[&str]) -> Vec<Text> {
    words.iter().map(|word| (*word).into()).collect()
}

fn entry(code: &str, words: &[&str]) -> CodeEntry {
    CodeEntry { code: code.into(), words: texts(words) }
}

fn canonical(field: Canonical) -> Field {
    use Canonical::*;
    let (headers, kind, blank): (&[&str], FieldKind, Blank) = match field {
        ResidentId => (&["身份证号", "身份证号码", "公民身份号码"], FieldKind::ResidentId, Blank::Rejects),
        Name => (&["姓名"], FieldKind::Name, Blank::Missing),
        HouseholdId => (&["家庭编号"], FieldKind::Text, Blank::Empty),
        Relation => (&["与户主关系"], FieldKind::Text, Blank::Empty),
        Hukou => (
            &["户口性质"],
            FieldKind::Code(vec![entry("urban", &["城镇", "城市"]), entry("rural", &["农村"])]),
            Blank::Missing,
        ),
        Township => (&["乡镇街道"], FieldKind::Text, Blank::Empty),
        Community => (&["社区村"], FieldKind::Text, Blank::Empty),
        FirstMonth => (&["最初享受月份"], FieldKind::Month, Blank::Rejects),
        LastMonth => (&["停发月份"], FieldKind::Month, Blank::Empty),
        Status => (
            &["状态"],
            FieldKind::Code(vec![
                entry("active", &["正常"]),
                entry("suspended", &["暂停"]),
                entry("stopped", &["停发", "已停发"]),
            ]),
            Blank::Rejects,
        ),
        DeclaredAmount => (&["核定金额"], FieldKind::Money, Blank::Empty),
        Bank => (&["开户银行"], FieldKind::Text, Blank::Empty),
        AccountNo => (&["银行账号"], FieldKind::Text, Blank::Empty),
        AccountName => (&["账户名称"], FieldKind::Name, Blank::Empty),
        PayeeId => (&["领款人身份证号"], FieldKind::ResidentId, Blank::Empty),
        PayeeName => (&["领款人姓名"], FieldKind::Name, Blank::Empty),
        CaseNo => (&["审批编号"], FieldKind::Text, Blank::Empty),
        Choice => (&["选择享受"], FieldKind::Text, Blank::Empty),
    };
    Field { code: field.code().into(), headers: texts(headers), kind, blank }
}

fn roster(code: &str, names: &[&str], extra: &[u16]) -> Roster {
    Roster {
        code: code.into(),
        name: code.into(),
        file_names: texts(names),
        extra: extra.iter().map(|field| FieldId(*field)).collect(),
        blanks: Vec::new(),
        key: vec![Canonical::ResidentId.id()],
        once: false,
        household: false,
    }
}

pub(crate) const OLD_AGE: RosterId = RosterId(0);
pub(crate) const DIBAO: RosterId = RosterId(1);
pub(crate) const DISABILITY: RosterId = RosterId(2);
pub(crate) const AID: RosterId = RosterId(3);

pub(crate) fn rulebook() -> Rulebook {
    let mut fields: Vec<Field> = Canonical::ALL.iter().map(|field| canonical(*field)).collect();
    let first = fields.len() as u16;
    let field = |code: &str, header: &[&str], kind: FieldKind, blank: Blank| Field {
        code: code.into(),
        headers: texts(header),
        kind,
        blank,
    };
    let kinds = ["视力", "听力", "言语", "肢体", "智力", "精神", "多重"];
    let kinds: Vec<CodeEntry> =
        kinds.iter().map(|word| entry(word, &[word, &format!("{word}残疾")])).collect();
    let grades = [("一级", 1), ("二级", 2), ("三级", 3), ("四级", 4)];
    let grades = grades.iter().map(|(word, number)| ((*word).into(), *number)).collect();
    fields.push(field("monthly_income", &["月收入"], FieldKind::Money, Blank::Missing));
    fields.push(field(
        "student",
        &["在校"],
        FieldKind::Flag { yes: texts(&["是"]), no: texts(&["否"]) },
        Blank::Default(0),
    ));
    fields.push(field("disability_kind", &["残疾类别"], FieldKind::Code(kinds), Blank::Missing));
    fields.push(field(
        "disability_grade",
        &["残疾等级"],
        FieldKind::Integer { least: 1, most: 4, words: grades },
        Blank::Missing,
    ));
    let kind = FieldId(first + 2);
    let grade = FieldId(first + 3);
    fields.push(field("certificate_no", &["残疾证号"], FieldKind::Certificate { kind, grade }, Blank::Empty));
    fields.push(field("certificate_until", &["证件有效期至"], FieldKind::Date, Blank::Empty));
    fields.push(field("approved_amount", &["批准金额"], FieldKind::Money, Blank::Missing));

    let mut dibao = roster("dibao", &["低保"], &[first, first + 1]);
    dibao.household = true;
    let mut aid = roster("temporary-aid", &[], &[first + 6]);
    aid.once = true;
    let division = |code: &str, name: &str| Division {
        code: code.into(),
        name: name.into(),
        aliases: Vec::new(),
        quarterly: false,
    };
    Rulebook {
        name: "test".into(),
        district: "150102".into(),
        digest: String::new(),
        divisions: Divisions::new(vec![division("150102005", "西街街道"), division("150102101", "保合少镇")]),
        fields,
        profiles: Vec::new(),
        rosters: vec![
            roster("old-age", &["高龄"], &[]),
            dibao,
            roster("disability", &[], &[first + 2, first + 3, first + 4, first + 5]),
            aid,
        ],
        registers: vec![RegisterRule {
            code: "work-injury-nursing".into(),
            name: "工伤护理".into(),
            id_headers: texts(&["身份证号"]),
            from_headers: texts(&["起始月份"]),
            until_headers: texts(&["终止月份"]),
            columns: Vec::new(),
        }],
        values: Vec::new(),
        programmes: Vec::new(),
        order: Vec::new(),
        stacking: Vec::new(),
        stacking_citations: Vec::new(),
        funds: Vec::new(),
    }
}
