//! The default pack's programmes: their frame, and their rules on both sides of each threshold.

use super::facts::*;
use crate::domain::Programme;
use crate::policy::{
    BenefitUnit, Blank, Canonical, Declared, Expression, FieldKind, Frequency, PayeeRule, ProgrammeRule,
    Rounding, Stacking, Value,
};

fn rule(code: &str) -> &'static ProgrammeRule {
    PACK.rule(PACK.programme(code).unwrap())
}

fn clause(programme: &str, id: &str) -> &'static Expression {
    &rule(programme).clauses.iter().find(|clause| clause.id == id).unwrap().condition
}

fn holds(programme: &str, id: &str, person: &Person) -> Value<'static> {
    clause(programme, id).evaluate(&View(person))
}

/// The amount as the assess room would round and bound it.
fn paid(programme: &str, person: &Person) -> String {
    let rule = rule(programme);
    match rule.amount.evaluate(&View(person)) {
        Value::Decimal(yuan) => {
            let rounded = rule.rounding.apply(yuan).unwrap();
            let floor = rule.floor.map_or(rounded, |floor| rounded.max(rule.rounding.apply(floor).unwrap()));
            floor.to_string()
        }
        other => format!("{other:?}"),
    }
}

const YES: Value<'static> = Value::Flag(true);
const NO: Value<'static> = Value::Flag(false);

#[test]
fn programmes_stand_in_the_design_s_order_and_are_assessed_after_those_they_ask() {
    let codes: Vec<&str> = PACK.programmes.iter().map(|rule| rule.code.as_str()).collect();
    assert_eq!(
        codes,
        [
            "orphan",
            "tekun-living",
            "tekun-care",
            "dibao",
            "disability-living",
            "disability-nursing",
            "unattended-child",
            "old-age",
            "aged-70-79",
            "sanmin",
            "temporary-aid",
            "home-care",
            "meals",
            "pilot-home-care-2022",
        ]
    );
    assert_eq!(PACK.order.len(), 14);
    let place = |code: &str| {
        let programme = PACK.programme(code).unwrap();
        PACK.order.iter().position(|ordered| *ordered == programme).unwrap()
    };
    for (first, then) in [
        ("orphan", "tekun-living"),
        ("orphan", "tekun-care"),
        ("orphan", "dibao"),
        ("tekun-living", "dibao"),
        ("orphan", "disability-living"),
        ("tekun-living", "disability-nursing"),
        ("dibao", "disability-living"),
        ("disability-living", "unattended-child"),
        ("dibao", "aged-70-79"),
    ] {
        assert!(place(first) < place(then), "{first} before {then}");
    }
    let asks = |code: &str| -> Vec<&str> {
        rule(code).asks.programmes.iter().map(|programme| PACK.rule(*programme).code.as_str()).collect()
    };
    assert_eq!(asks("dibao"), ["orphan", "tekun-living"]);
    assert_eq!(asks("disability-living"), ["orphan", "tekun-living", "dibao"]);
    assert_eq!(asks("unattended-child"), ["tekun-living", "dibao", "disability-living"]);
    assert_eq!(asks("old-age"), Vec::<&str>::new());
}

#[test]
fn each_programme_has_the_frame_of_the_design() {
    for (code, from, clauses) in [
        ("orphan", "2019-01", &["age"][..]),
        ("tekun-living", "2020-01", &[]),
        ("tekun-care", "2020-01", &[]),
        ("dibao", "2020-01", &["income"]),
        ("disability-living", "2019-01", &["dibao", "certificate", "work-injury"]),
        ("disability-nursing", "2019-01", &["grade", "certificate", "work-injury"]),
        ("unattended-child", "2020-01", &["age"]),
        ("old-age", "2017-01", &["age"]),
        ("aged-70-79", "2022-01", &["age", "dibao"]),
        ("sanmin", "2018-01", &[]),
        ("temporary-aid", "2020-01", &["limit"]),
        ("home-care", "2022-10", &["age"]),
        ("meals", "2020-01", &["age"]),
        ("pilot-home-care-2022", "2020-01", &[]),
    ] {
        let rule = rule(code);
        assert_eq!(rule.from, month(from), "{code}");
        let ids: Vec<&str> = rule.clauses.iter().map(|clause| clause.id.as_str()).collect();
        assert_eq!(ids, clauses, "{code}");
        assert_eq!(rule.rounding, Rounding::FEN, "{code}");
        assert_eq!(rule.declared, Declared::PayComputed, "{code}");
        let confirmed = ["dibao", "tekun-living", "tekun-care", "orphan", "unattended-child"].contains(&code);
        assert_eq!(rule.recovery.confirmed, confirmed, "{code}");
        assert_eq!(rule.recovery.share.to_string(), if confirmed { "0.30" } else { "1" }, "{code}");
        assert!(rule.recovery.leave_at_least.is_zero());
        assert_eq!(rule.public_notice, !["orphan", "unattended-child", "sanmin"].contains(&code), "{code}");
        let once = ["temporary-aid", "pilot-home-care-2022"].contains(&code);
        assert_eq!(rule.frequency == Frequency::Once, once, "{code}");
        assert_eq!(PACK.roster(rule.roster).once, once, "{code}");
        assert_eq!(rule.unit == BenefitUnit::Household, code == "dibao");
        assert!(rule.verification.is_none());
    }
    let payee_field = |code: &str| match &rule(code).payee {
        PayeeRule::Organisation(id) | PayeeRule::OrganisationIf { field: id, .. } => {
            PACK.field(*id).code.as_str()
        }
        PayeeRule::Head => "head",
        PayeeRule::Person => "person",
        PayeeRule::Carer => "carer",
    };
    assert_eq!(payee_field("dibao"), "head");
    assert_eq!(payee_field("tekun-living"), "institution");
    assert_eq!(payee_field("tekun-care"), "institution");
    assert_eq!(payee_field("orphan"), "payee_name");
    assert_eq!(payee_field("unattended-child"), "payee_name");
    assert_eq!(payee_field("home-care"), "provider");
    assert_eq!(payee_field("old-age"), "person");
    assert_eq!(rule("home-care").higher_of_rows, Some(field("care_group")));
    assert_eq!(rule("orphan").selecting_field, Some(field("child_kind")));
    assert_eq!(rule("unattended-child").selecting_field, Some(field("child_kind")));
    assert_eq!(rule("unattended-child").floor.map(|floor| floor.to_string()).as_deref(), Some("0"));
}

#[test]
fn stacking_is_the_design_s() {
    let named = |programme: &Programme| PACK.rule(*programme).code.as_str();
    let told: Vec<(&str, Vec<&str>)> = PACK
        .stacking
        .iter()
        .map(|stacking| match stacking {
            Stacking::Bars { holder, barred } => (named(holder), barred.iter().map(named).collect()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        told,
        [
            ("orphan", vec!["tekun-living", "tekun-care", "disability-living"]),
            ("tekun-living", vec!["disability-living", "disability-nursing"]),
        ]
    );
}

#[test]
fn rosters_have_the_design_s_fields_keys_and_blanks() {
    let roster = |code: &str| PACK.rosters.iter().find(|roster| roster.code == code).unwrap();
    let codes = |ids: &[crate::policy::FieldId]| -> Vec<&str> {
        ids.iter().map(|id| PACK.field(*id).code.as_str()).collect()
    };
    assert_eq!(codes(&roster("disability").key), ["resident_id"]);
    assert_eq!(codes(&roster("dibao").key), ["household_id", "resident_id"]);
    assert_eq!(codes(&roster("home-care").key), ["resident_id", "care_group"]);
    assert_eq!(codes(&roster("temporary-aid").key), ["resident_id", "case_no"]);
    assert_eq!(codes(&roster("pilot-home-care-2022").key), ["resident_id", "case_no"]);
    assert_eq!(PACK.rosters.len(), 11);
    let blank = |on: &str, code: &str| roster(on).blank(field(code), &PACK).clone();
    for on in PACK.rosters.iter().map(|roster| roster.code.as_str()) {
        assert_eq!(blank(on, "resident_id"), Blank::Rejects);
        assert_eq!(blank(on, "status"), Blank::Rejects);
        let once = roster(on).once;
        assert_eq!(blank(on, "first_month"), if once { Blank::Empty } else { Blank::Rejects }, "{on}");
        let rejects = if on == "dibao" { Blank::Rejects } else { Blank::Empty };
        assert_eq!(blank(on, "household_id"), rejects, "{on}");
        assert_eq!(blank(on, "relation"), rejects, "{on}");
    }
    assert_eq!(blank("dibao", "monthly_income"), Blank::Missing);
    assert_eq!(blank("dibao", "serious_illness"), Blank::Default(0));
    assert_eq!(blank("dibao", "disability_grade"), Blank::Empty);
    assert_eq!(blank("disability", "disability_grade"), Blank::Missing);
    assert_eq!(blank("disability", "certificate_until"), Blank::Empty);
    assert_eq!(blank("tekun", "institution"), Blank::Empty);
    assert_eq!(blank("temporary-aid", "special_approval"), Blank::Default(0));
}

#[test]
fn canonical_fields_come_first_with_the_design_s_headers() {
    let headers = [
        "身份证号",
        "姓名",
        "家庭编号",
        "与户主关系",
        "户口性质",
        "乡镇街道",
        "社区村",
        "最初享受月份",
        "停发月份",
        "状态",
        "核定金额",
        "开户银行",
        "银行账号",
        "账户名称",
        "领款人身份证号",
        "领款人姓名",
        "审批编号",
        "选择享受",
    ];
    for (canonical, header) in Canonical::ALL.into_iter().zip(headers) {
        let field = PACK.field(canonical.id());
        assert_eq!(field.code, canonical.code());
        assert_eq!(field.headers[0], header);
    }
    for (code, header) in [
        ("monthly_income", "月收入"),
        ("serious_illness", "重病"),
        ("student", "在校"),
        ("disability_kind", "残疾类别"),
        ("disability_grade", "残疾等级"),
        ("certificate_no", "残疾证号"),
        ("certificate_until", "证件有效期至"),
        ("support", "供养方式"),
        ("self_care", "自理能力"),
        ("institution", "供养机构"),
        ("child_kind", "儿童类别"),
        ("placement", "安置方式"),
        ("in_school_until", "在校至"),
        ("verified_on", "生存认证日期"),
        ("approved_amount", "批准金额"),
        ("approved_on", "批准日期"),
        ("persons", "救助人数"),
        ("special_approval", "一事一议"),
        ("care_group", "服务对象类别"),
        ("provider", "服务机构"),
        ("meals", "助餐次数"),
    ] {
        assert_eq!(PACK.field(field(code)).headers[0], header);
    }
    let table = |code: &str| match &PACK.field(field(code)).kind {
        FieldKind::Code(table) => table.iter().map(|entry| entry.code.to_string()).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!(table("status"), ["active", "suspended", "stopped"]);
    assert_eq!(table("hukou"), ["urban", "rural"]);
    assert_eq!(table("disability_kind"), ["视力", "听力", "言语", "肢体", "智力", "精神", "多重"]);
    assert_eq!(table("self_care"), ["full", "partial", "able"]);
    assert_eq!(table("care_group"), ["tekun65", "dibao80", "moderate", "severe", "alone70"]);
    let FieldKind::Certificate { kind, grade } = PACK.field(field("certificate_no")).kind else { panic!() };
    assert_eq!((kind, grade), (field("disability_kind"), field("disability_grade")));
}

#[test]
fn townships_are_the_thirteen_of_the_district() {
    assert_eq!(PACK.divisions.rows().len(), 13);
    assert_eq!(PACK.district, "150102");
    let code = |written: &str| PACK.divisions.code(&PACK.divisions.find(written)).to_owned();
    for written in ["保合少镇", "150102101", "新城区保合少镇", "呼和浩特市新城区保合少镇", "保合少镇政府"]
    {
        assert_eq!(code(written), "150102101", "{written}");
    }
    assert_eq!(code("新城区鸿盛高科技园区"), "150102400");
    assert_eq!(code("东街办事处"), "150102004");
    assert_eq!(code("回民区"), "回民区");
}

#[test]
fn dibao_pays_the_gap_or_the_floor_and_the_highest_uplift_of_each() {
    let member = |birth: &str, income: &str| {
        Person::born(birth)
            .with("monthly_income", yuan(income))
            .with("serious_illness", NO)
            .with("hukou", Value::Code(0))
    };
    // 841 × 2 − 1,000 = 682; nobody has an uplift.
    let two = |income: &str| Person::household(vec![member("1980-01", income), member("1981-01", "500")]);
    assert_eq!(paid("dibao", &two("500")), "682.00");
    // Exactly the standard is not below it; a fen less is, and the floor of 50 each applies.
    assert_eq!(holds("dibao", "income", &two("1182.00")), NO);
    assert_eq!(holds("dibao", "income", &two("1181.99")), YES);
    assert_eq!(paid("dibao", &two("1181.99")), "100.00");
    // Illness 30 % beats grade 20 % and age 10 %, which are not added.
    let ill =
        member("1940-01", "841").with("serious_illness", YES).with("disability_grade", Value::Integer(1));
    assert_eq!(paid("dibao", &Person::household(vec![ill])), "302.30");
    for (birth, grade, expected) in [
        ("1953-02", Value::Empty, "134.10"),
        ("1953-03", Value::Empty, "50.00"),
        ("2005-03", Value::Empty, "134.10"),
        ("2005-02", Value::Empty, "50.00"),
        ("1980-01", Value::Integer(2), "218.20"),
        ("1980-01", Value::Integer(3), "50.00"),
    ] {
        let one = member(birth, "841").with("disability_grade", grade);
        assert_eq!(paid("dibao", &Person::household(vec![one])), expected, "{birth}");
    }
    let rural = member("1980-01", "620.99").with("hukou", Value::Code(1));
    assert_eq!(paid("dibao", &Person::household(vec![rural])), "33.33");
    // The head's hukou counts for all, also for a member's uplift.
    let mixed =
        Person::household(vec![member("1980-01", "0"), member("2010-01", "0").with("hukou", Value::Code(1))]);
    assert_eq!(paid("dibao", &mixed), "1766.10");
    let unknown = two("500").with("monthly_income", missing("monthly_income"));
    let unknown = Person::household(vec![unknown]);
    assert_eq!(holds("dibao", "income", &unknown), missing("monthly_income"));
    // A household's own income stands for the members'.
    let stated = Person::household(vec![
        member("1980-01", "0")
            .with("household_income", yuan("800"))
            .with("monthly_income", missing("monthly_income")),
    ]);
    assert_eq!(paid("dibao", &stated), "50.00");
}

#[test]
fn tekun_is_1_3_times_dibao_in_towns_and_its_own_figure_outside() {
    let person = Person::born("1950-01").with("hukou", Value::Code(0)).with("self_care", Value::Code(1));
    assert_eq!(paid("tekun-living", &person), "1093.30");
    assert_eq!(paid("tekun-living", &person.clone().in_month("2021-12")), "1027.00");
    assert_eq!(paid("tekun-living", &person.clone().with("hukou", Value::Code(1))), "807.33");
    assert_eq!(paid("tekun-care", &person), "494.00");
    assert_eq!(paid("tekun-care", &person.with("self_care", Value::Code(2))), "0.00");
}

#[test]
fn disability_clauses_hold_to_the_month_of_expiry_and_by_grade_and_kind() {
    let until = |text: &str| Value::Date(text.parse().unwrap());
    let person = Person::born("1980-01");
    for programme in ["disability-living", "disability-nursing"] {
        assert_eq!(holds(programme, "certificate", &person), YES);
        let with = |value| person.clone().with("certificate_until", value);
        assert_eq!(holds(programme, "certificate", &with(until("2023-02-01"))), YES);
        assert_eq!(holds(programme, "certificate", &with(until("2023-01-31"))), NO);
        let unreadable = missing("certificate_until");
        assert_eq!(holds(programme, "certificate", &with(unreadable)), unreadable);
        assert_eq!(holds(programme, "work-injury", &person), YES);
        assert_eq!(holds(programme, "work-injury", &Person { listed: YES, ..person.clone() }), NO);
        assert_eq!(paid(programme, &person), "108.00");
    }
    // Kinds by position: 3 肢体, 4 智力, 5 精神, 6 多重.
    for (grade, kind, expected) in
        [(1, 3, YES), (2, 6, YES), (3, 3, NO), (3, 4, YES), (3, 5, YES), (3, 6, NO), (4, 4, NO)]
    {
        let person = person
            .clone()
            .with("disability_grade", Value::Integer(grade))
            .with("disability_kind", Value::Code(kind));
        assert_eq!(holds("disability-nursing", "grade", &person), expected, "{grade} {kind}");
    }
    assert_eq!(holds("disability-living", "dibao", &person), NO);
    assert_eq!(holds("disability-living", "dibao", &person.programme("dibao", true, "1", "1")), YES);
}

#[test]
fn an_unattended_child_gets_the_rest_also_in_an_institution() {
    let child = Person::born("2012-01")
        .with("placement", Value::Code(1))
        .with("child_kind", Value::Code(1))
        .programme("dibao", true, "1500.00", "500.25")
        .programme("disability-living", true, "108.00", "0");
    let rule = rule("unattended-child");
    assert_eq!(rule.selection.as_ref().unwrap().evaluate(&View(&child)), YES);
    assert_eq!(paid("unattended-child", &child), "679.75");
    let rich = child.programme("tekun-living", true, "1400.00", "0");
    assert_eq!(paid("unattended-child", &rich), "0.00");
}

#[test]
fn the_old_enter_and_leave_in_the_month_of_their_birthday() {
    for (birth, old_age, seventies) in
        [("1943-02", YES, NO), ("1943-03", NO, YES), ("1953-02", NO, YES), ("1953-03", NO, NO)]
    {
        let person = Person::born(birth);
        assert_eq!(holds("old-age", "age", &person), old_age, "{birth}");
        assert_eq!(holds("aged-70-79", "age", &person), seventies, "{birth}");
        assert_eq!(holds("meals", "age", &person), if birth == "1953-03" { NO } else { YES });
    }
    assert_eq!(paid("old-age", &Person::born("1923-03")), "100.00");
    assert_eq!(paid("old-age", &Person::born("1923-02")), "600.00");
    assert_eq!(paid("aged-70-79", &Person::born("1950-02")), "50.00");
    for (birth, meals, expected) in [
        ("1950-01", 0, "0.00"),
        ("1950-01", 22, "66.00"),
        ("1950-01", 23, "66.00"),
        ("1933-02", 27, "110.00"),
        ("1933-03", 1, "3.00"),
    ] {
        assert_eq!(paid("meals", &Person::born(birth).with("meals", Value::Integer(meals))), expected);
    }
}

#[test]
fn home_care_groups_have_their_own_ages() {
    for (group, birth, expected, rate) in [
        (0, "1958-02", YES, "80.00"),
        (0, "1958-03", NO, "80.00"),
        (1, "1943-02", YES, "80.00"),
        (1, "1943-03", NO, "80.00"),
        (2, "1990-01", YES, "150.00"),
        (3, "1990-01", YES, "200.00"),
        (4, "1953-02", YES, "70.00"),
        (4, "1953-03", NO, "70.00"),
    ] {
        let person = Person::born(birth).with("care_group", Value::Code(group));
        assert_eq!(holds("home-care", "age", &person), expected, "{group} {birth}");
        assert_eq!(paid("home-care", &person), rate);
    }
    let unknown = Person::born("1940-01").with("care_group", missing("care_group"));
    assert_eq!(holds("home-care", "age", &unknown), missing("care_group"));
}

#[test]
fn temporary_aid_is_refused_above_its_limit_and_never_cut_down() {
    let aid = |amount: &str, persons, special| {
        Person::born("1980-01")
            .with("approved_amount", yuan(amount))
            .with("persons", persons)
            .with("special_approval", Value::Flag(special))
    };
    // 12 × 841 × 2 = 20,184.
    assert_eq!(holds("temporary-aid", "limit", &aid("20184.00", Value::Integer(2), false)), YES);
    assert_eq!(holds("temporary-aid", "limit", &aid("20184.01", Value::Integer(2), false)), NO);
    assert_eq!(holds("temporary-aid", "limit", &aid("20184.01", Value::Integer(2), true)), YES);
    let unknown = missing("persons");
    assert_eq!(holds("temporary-aid", "limit", &aid("1", unknown, false)), unknown);
    assert_eq!(holds("temporary-aid", "limit", &aid("1", unknown, true)), YES);
    assert_eq!(paid("temporary-aid", &aid("20184.01", Value::Integer(1), true)), "20184.01");
    assert!(rule("temporary-aid").cap.is_none());
}
