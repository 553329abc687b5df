//! A gallery: each mistake a pack can have, made once in the default pack, and how it is shown.

use std::collections::BTreeSet;

use crate::policy::{PackFaults, pack};
use crate::words::{self, Language};

/// A mistake: what it is called, and how it is made.
struct Broken {
    code: &'static str,
    change: Change,
}

enum Change {
    /// In a file of the default pack: this text becomes that.
    Replace(&'static str, &'static str, &'static str),
    /// A file added to the default pack.
    Add(String),
    /// A file left out of the default pack.
    Remove(&'static str),
}

use Change::{Add, Remove, Replace};

/// A fifteenth programme on the roster `disability`, with one clause and an amount.
fn programme(condition: &str, formula: &str) -> Change {
    let frame = FRAME.replace("CONDITION", condition).replace("FORMULA", formula);
    Add(frame)
}

const FRAME: &str = r#"[[programme]]
code = "heating"
name = "取暖补贴"
unit = "person"
roster = "disability"
from = "2020-01"
frequency = "monthly"
stops_after_death = true
payee = "person"
declared = "pay-computed"
fund = "disability"
remark = "取暖补贴"
public_notice = true
citation = "新政办发〔2020〕1号"
status = "assumed"

[[programme.clause]]
id = "who"
condition = 'CONDITION'
words = "不符合条件"

[programme.amount]
formula = 'FORMULA'
rounding = "half-up"
to = "fen"
"#;

fn value(history: &str) -> Change {
    Add(format!(
        "[[value]]\ncode = \"heating_rate\"\nname = \"取暖标准\"\nunit = \"money\"\nbands = [\"grade\"]\n\
         citation = \"新政办发〔2020〕1号\"\nstatus = \"assumed\"\nhistory = [\n{history}]\n"
    ))
}

fn condition(text: &str) -> Change {
    programme(text, "100元")
}

fn formula(text: &str) -> Change {
    programme("年龄 ≥ 60", text)
}

fn gallery() -> Vec<Broken> {
    let broken = |code, change| Broken { code, change };
    vec![
        // The files
        broken("policy-toml", Replace("funds.toml", "[[fund]]\ncode = \"sanmin\"", "[[fund]\ncode = \"sanmin\"")),
        broken("policy-no-pack-table", Remove("pack.toml")),
        broken("policy-missing-key", Replace("programmes-elderly.toml", "remark = \"高龄津贴\"\n", "")),
        broken("policy-unknown-key", Replace("programmes-elderly.toml", "remark = \"高龄津贴\"", "remark = \"高龄津贴\"\nremarks = \"高龄\"")),
        broken("policy-wrong-value", Replace("values.toml", "from = \"2017-01\"\namount = 600", "from = \"2017-1\"\namount = 600")),
        broken("policy-unknown-word", Replace("values.toml", "amount = 600\nper = \"month\"", "amount = 600\nper = \"mouth\"")),
        broken("policy-bad-code", Replace("stacking.toml", "[[stacking]]\nkind = \"bars\"\nholder = \"tekun", "[[fund]]\ncode = \"New Fund\"\nname = \"新\"\nsources = [{ name = \"区级\", share = 1 }]\n\n[[stacking]]\nkind = \"bars\"\nholder = \"tekun")),
        broken("policy-twice", Add(FRAME.replace("\"heating\"", "\"old-age\"").replace("CONDITION", "age > 3").replace("FORMULA", "5元"))),
        broken("policy-reserved-name", Add("[[field]]\ncode = \"month\"\nheaders = [\"月\"]\nkind = \"month\"\n".into())),
        broken("policy-name-of-field", Add("[[value]]\ncode = \"meals\"\nname = \"餐\"\nunit = \"money\"\ncitation = \"x\"\nstatus = \"example\"\nhistory = [{ from = \"2020-01\", amount = 3 }]\n".into())),
        // Fields, rosters, funds
        broken("policy-canonical-missing", Replace("fields.toml", "code = \"choice\"", "code = \"choise\"")),
        broken("policy-canonical-kind",
            Replace("fields.toml", "\"批准文号\"]\nkind = \"text\"", "\"批准文号\"]\nkind = \"money\""),
        ),
        broken("policy-blank-and-default", Replace("fields.toml", "kind = \"flag\"\ndefault = \"否\"\n\n[[field]]\ncode = \"student\"", "kind = \"flag\"\nblank = \"empty\"\ndefault = \"否\"\n\n[[field]]\ncode = \"student\"")),
        broken("policy-word-twice", Replace("fields.toml", "\"听力\", words = [\"听力\"", "\"听力\", words = [\"听力\", \"盲\"")),
        broken("policy-header-twice", Replace("fields.toml", "headers = [\"在校至\"", "headers = [\"在校至\", \"停发月份\"")),
        broken("policy-shares", Replace("funds.toml", "share = \"30%\"", "share = \"20%\"")),
        broken("policy-unknown-field",
            Replace("rosters.toml", "fields = [\"verified_on\"]", "fields = [\"verified_at\"]"),
        ),
        broken("policy-unknown-roster", Replace("programmes-elderly.toml", "roster = \"meals\"", "roster = \"meal\"")),
        broken("policy-unknown-fund", Replace("programmes-elderly.toml", "fund = \"old-age\"", "fund = \"oldage\"")),
        broken("policy-key-not-code", Replace("programmes-elderly.toml", "higher_of_rows = \"care_group\"", "higher_of_rows = \"provider\"")),
        // Dated values
        broken("policy-no-citation", Replace("values.toml", "citation = \"呼和浩特晚报 2022-07-15；巴财社(2022)734号\"\n", "")),
        broken("policy-unit-mismatch", Replace("values.toml", "amount = 600", "amount = \"60%\"")),
        broken("policy-rounding-needed", Replace("values.toml", "amount = 600\nper = \"month\"", "amount = 600\nper = \"year\"")),
        broken("policy-ends-before", value("  { grade = 1, from = \"2020-01\", until = \"2019-12\", amount = 3 },\n")),
        broken("policy-arrears-without-announced", value("  { grade = 1, from = \"2020-01\", arrears = \"all\", amount = 3 },\n")),
        broken("policy-unknown-key-code", Replace("values.toml", "self_care = \"able\"", "self_care = \"abel\"")),
        broken("policy-too-many-keys", Add("[[value]]\ncode = \"many\"\nname = \"多\"\nunit = \"money\"\nkeys = [\"hukou\", \"placement\", \"support\", \"self_care\", \"care_group\"]\ncitation = \"x\"\nstatus = \"example\"\nhistory = [{ hukou = \"urban\", placement = \"dispersed\", support = \"dispersed\", self_care = \"full\", care_group = \"severe\", from = \"2020-01\", amount = 3 }]\n".into())),
        broken("policy-band-order", value("  { grade = { from = 3, below = 3 }, from = \"2020-01\", amount = 3 },\n")),
        broken("policy-two-values", value("  { grade = 1, from = \"2020-01\", amount = 3 },\n  { grade = 1, from = \"2020-01\", amount = 4 },\n")),
        broken("policy-two-values", value("  { grade = 1, from = \"2020-01\", until = \"2021-06\", amount = 3 },\n  { grade = 1, from = \"2021-01\", amount = 4 },\n")),
        broken("policy-hole", value("  { grade = 1, from = \"2020-01\", until = \"2020-12\", amount = 3 },\n  { grade = 1, from = \"2021-03\", amount = 4 },\n")),
        broken("policy-hole", value("  { grade = 1, from = \"2020-01\", until = \"2020-12\", amount = 3 },\n  { grade = { from = 1, below = 3 }, from = \"2021-03\", amount = 4 },\n")),
        broken("policy-band-gap", value("  { grade = { from = 1, below = 2 }, from = \"2020-01\", amount = 3 },\n  { grade = { from = 3 }, from = \"2020-01\", amount = 4 },\n")),
        broken("policy-band-overlap", value("  { grade = { from = 1, below = 3 }, from = \"2020-01\", amount = 3 },\n  { grade = { from = 2 }, from = \"2021-01\", amount = 4 },\n")),
        // The language
        broken("policy-bad-character", condition("年龄 ≥ 60 && 残疾等级 = 1")),
        broken("policy-bad-sign", condition("残疾等级 == 1")),
        broken("policy-unclosed-text", condition("残疾类别 = “智力")),
        broken("policy-number-too-long", condition("年龄 > 123456789012345678901234567890")),
        broken("policy-glued-number", condition("年龄 ≥ 60且残疾等级 = 1")),
        broken("policy-unexpected-end", condition("若 年龄 ≥ 60 则 残疾等级 = 1")),
        broken("policy-unexpected-word", condition("1 + if 年龄 ≥ 60 then 1 else 2 = 3")),
        broken("policy-too-deep", condition(&format!("{}年龄 ≥ 60{}", "(".repeat(120), ")".repeat(120)))),
        broken("policy-too-long", condition(&"年龄 ≥ 60 且 ".repeat(400))),
        broken("policy-chained-comparison", condition("60 ≤ 年龄 < 70")),
        broken("policy-empty-list", condition("残疾类别 属于 （）")),
        broken("policy-dot", condition("户主们.年龄 > 3")),
        broken("policy-unknown-name", condition("残疾等及 ≤ 2 且 年龄 ≥ 60")),
        broken("policy-glued-operator", condition("低保且年龄 ≥ 60")),
        broken("policy-field-not-on-roster", condition("月收入 < 500")),
        broken("policy-field-not-for-rules", condition("乡镇街道 = \"保合少镇\"")),
        broken("policy-unknown-function", condition("month ≥ reachs(60)")),
        broken("policy-not-callable", condition("残疾等级(3) = 1")),
        broken("policy-argument-count", condition("month ≥ reaches(60, 70)")),
        broken("policy-expected-quoted", condition("entitled(dibao)")),
        broken("policy-unknown-programme", condition("entitled(\"dibaoo\")")),
        broken("policy-unknown-register", condition("在册(\"工伤生活护理\")")),
        broken("policy-unknown-column", condition("register(\"work-injury-nursing\", \"等级\") > 1")),
        broken("policy-value-needs-keys", formula("低保标准")),
        broken("policy-unknown-code", condition("残疾类别 属于 （\"智力\"，\"肢休\"）")),
        broken("policy-not-a-date", condition("本月 ≥ \"2023-13\"")),
        broken("policy-not-whole", condition("年龄 ≥ 59.5")),
        broken("policy-wrong-type", formula("证件有效期至 × 30%")),
        broken("policy-types-differ", condition("本月 ≤ 证件有效期至")),
        broken("policy-units", formula("amount(\"dibao\") + 年龄")),
        broken("policy-no-order", condition("残疾类别 > \"智力\"")),
        broken("policy-untyped", formula("若 年龄 ≥ 90 则 5 否则 3")),
        broken("policy-division-by-zero", formula("100元 ÷ 0")),
        broken("policy-not-household", condition("人数() > 2")),
        broken("policy-nested-members", Replace("programmes-assistance.toml", "condition = '收入 < ", "condition = 'sum(count(age > 3)) > 1 and 收入 < ")),
        broken("policy-outside-members", condition("rank(age) = 1")),
        broken("policy-not-a-value", condition("at(month, 5元) > 3元")),
        broken("policy-not-a-scale", condition("marginal(aged_rate, 5元) > 3元")),
        broken("policy-may-be-empty", Replace("programmes-assistance.toml", "formula = 'max(dibao_standard", "formula = 'household_income + max(dibao_standard")),
        broken("policy-never-empty", condition("未填(残疾等级)")),
        broken("policy-definition-cycle", Replace("programmes-assistance.toml", "\"标准\" = 'dibao_standard(head.hukou)'", "\"标准\" = '标准 × 2'")),
        broken("policy-never-fails", condition("残疾等级 ≤ 4")),
        broken("policy-never-holds", condition("month ≥ reaches(80) and age < 70")),
        broken("policy-profile-no-join", Replace("rosters/national.toml", "[profile.file.columns]\nhead_id = [\"户主身份证号\", \"户主身份证号码\"]\ninsured = [\"保障人口\", \"保障人口数\"]\n", "[profile.file.columns]\n")),
        // Between programmes
        broken("policy-once-asked", condition("amount(\"temporary-aid\") > 0")),
        broken("policy-once-roster", Replace("programmes-elderly.toml", "roster = \"old-age\"\nfrom = \"2017-01\"\nfrequency = \"monthly\"", "roster = \"old-age\"\nfrom = \"2017-01\"\nfrequency = \"once\"")),
        broken("policy-roster-not-household", Replace("programmes-elderly.toml", "unit = \"person\"\nroster = \"old-age\"", "unit = \"household\"\nroster = \"old-age\"")),
        broken("policy-selection-field", Replace("programmes-children.toml", "selection = 'child_kind = \"orphan\"'", "selection = 'child_kind = \"orphan\" and age < 30'")),
        broken("policy-share-of-person", condition("share(\"old-age\") > 0")),
        broken("policy-cycle", Replace("stacking.toml", "barred = [\"disability-living\", \"disability-nursing\"]", "barred = [\"disability-living\", \"disability-nursing\", \"orphan\"]")),
    ]
}

fn faults(change: &Change) -> PackFaults {
    let mut files = pack::xincheng();
    match change {
        Replace(file, from, to) => {
            let (_, text) = files.iter_mut().find(|(path, _)| path == file).unwrap();
            assert_eq!(text.matches(from).count(), 1, "{from} in {file}");
            *text = text.replacen(from, to, 1);
        }
        Remove(file) => files.retain(|(path, _)| path != file),
        Add(text) => files.push(("heating.toml".into(), text.clone())),
    }
    match pack::load(&files) {
        Ok(_) => PackFaults::default(),
        Err(faults) => faults,
    }
}

#[test]
fn every_mistake_is_found_and_nothing_is_said_beside_it() {
    let mut surprises = String::new();
    for broken in gallery() {
        let faults = faults(&broken.change);
        let codes: Vec<&str> = faults.faults().iter().map(|fault| fault.code).collect();
        if codes != [broken.code] {
            surprises += &format!("{}: {codes:?}\n{}", broken.code, faults.render(Language::En));
        }
    }
    assert!(surprises.is_empty(), "{surprises}");
}

#[test]
fn the_gallery_shows_every_code_the_catalogue_has_words_for() {
    let shown: BTreeSet<&str> = gallery().iter().map(|broken| broken.code).collect();
    let kept_apart = ["policy-refused", "policy-value-unused", "policy-key-without-value", "policy-not-utf8"];
    let known: BTreeSet<&str> = words::codes()
        .into_iter()
        .filter(|code| code.starts_with("policy-"))
        .filter(|code| {
            !["policy-type-", "policy-expected-", "policy-help-", "policy-case-", "policy-diff-"]
                .iter()
                .any(|part| code.starts_with(part))
                || *code == "policy-expected-quoted"
        })
        .filter(|code| !kept_apart.contains(code))
        .collect();
    assert_eq!(known, shown);
}

#[test]
fn mistakes_are_shown_at_their_place_in_both_languages() {
    for (name, language) in [("zh", Language::Zh), ("en", Language::En)] {
        let shown: Vec<String> =
            gallery().iter().map(|broken| faults(&broken.change).render(language)).collect();
        insta::assert_snapshot!(format!("gallery-{name}"), shown.join("\n"));
    }
}

#[test]
fn all_mistakes_of_a_pack_are_shown_at_once_in_order_of_place() {
    let mut files = pack::xincheng();
    for (_, text) in &mut files {
        *text = text.replace("fund = \"old-age\"", "fund = \"oldage\"").replace("age ≥ 70'", "aeg ≥ 70'");
    }
    files.push(("heating.toml".into(), FRAME.replace("CONDITION", "低保且年龄").replace("FORMULA", "100 +")));
    let faults = pack::load(&files).unwrap_err();
    let places: Vec<(&str, &str, usize, usize)> = faults
        .faults()
        .iter()
        .map(|fault| (fault.code, fault.file.as_str(), fault.line, fault.column))
        .collect();
    assert_eq!(
        places,
        [
            ("policy-glued-operator", "heating.toml", 19, 14),
            ("policy-unexpected-end", "heating.toml", 23, 17),
            ("policy-unknown-fund", "programmes-elderly.toml", 13, 8),
            ("policy-unknown-name", "programmes-elderly.toml", 119, 14),
        ]
    );
    let fault = faults.into_fault(Language::Zh);
    assert_eq!(fault.exit, crate::domain::Exit::Refused);
    assert!(fault.shown.contains("heating.toml:19:14"));
}

#[test]
fn the_caret_stands_under_the_word_though_chinese_is_two_columns_wide() {
    let shown = faults(&condition("残疾类别 属于 （\"智力\"，\"肢休\"）")).render(Language::Zh);
    let lines: Vec<&str> = shown.lines().collect();
    let at = lines.iter().position(|line| line.contains("肢休\"）")).unwrap();
    let width = |text: &str| unicode_width::UnicodeWidthStr::width(text);
    let before = lines[at].split("\"肢休").next().unwrap();
    let caret = lines[at + 1].split('^').next().unwrap();
    assert_eq!(width(caret), width(before));
    assert_eq!(lines[at + 1].matches('^').count(), width("\"肢休\""));
}
