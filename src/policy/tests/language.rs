use super::facts::*;
use crate::policy::{Missing, Type, Value};

const YES: Value<'static> = Value::Flag(true);
const NO: Value<'static> = Value::Flag(false);

#[test]
fn chinese_and_ascii_spellings_are_one_language() {
    let person = Person::born("1943-03").with("disability_grade", Value::Integer(2));
    for text in [
        "disability_grade <= 2 and age >= 79",
        "残疾等级 ≤ 2 且 年龄 ≥ 79",
        "（残疾等级＜＝２）且（年龄＞＝７９）",
        "not (disability_grade > 2 or age < 79)",
        "非 （残疾等级 ＞ 2 或 年龄 ＜ 79）",
        "若 残疾等级 = 3 则 假，否则 年龄 ≥ 79",
        "if disability_grade = 3 then false else age >= 79",
        "disability_grade in (1, 2)",
        "残疾等级 属于 （1、2）",
        "残疾等级 不属于 (3, 4)",
        "残疾等级 not in (3, 4)",
        "残疾等级 × 2 ÷ 2 = 2",
        "残疾等级 != 3 and 残疾等级 <> 4 and 残疾等级 ≠ 1",
        "本月 < 满龄月(80) and month >= reaches(79)",
    ] {
        assert_eq!(truth("disability", text, &person), YES, "{text}");
    }
}

#[test]
fn codes_are_compared_by_code_and_by_word() {
    let person = Person::born("1980-01").with("hukou", Value::Code(1)).with("self_care", Value::Code(0));
    for text in [
        "hukou = \"rural\"",
        "户口性质 = “农村”",
        "hukou ≠ \"城镇\"",
        "自理能力 in (\"全护理\", \"partial\")",
    ] {
        assert_eq!(truth("tekun", text, &person), YES, "{text}");
    }
    assert_eq!(complaints("tekun", "hukou = \"suburb\"", Type::Boolean), ["policy-unknown-code"]);
    assert_eq!(complaints("tekun", "hukou = self_care", Type::Boolean), ["policy-types-differ"]);
    assert_eq!(complaints("tekun", "hukou < \"urban\"", Type::Boolean), ["policy-no-order"]);
}

#[test]
fn missing_decides_nothing_unless_the_other_side_does() {
    let person = Person::born("1943-03").with("disability_grade", missing("disability_grade"));
    let unknown = missing("disability_grade");
    for (text, expected) in [
        ("disability_grade ≤ 2", unknown),
        ("not disability_grade ≤ 2", unknown),
        ("disability_grade ≤ 2 or age ≥ 79", YES),
        ("age ≥ 79 or disability_grade ≤ 2", YES),
        ("disability_grade ≤ 2 or age ≥ 80", unknown),
        ("disability_grade ≤ 2 and age ≥ 80", NO),
        ("age ≥ 80 and disability_grade ≤ 2", NO),
        ("disability_grade ≤ 2 and age ≥ 79", unknown),
        ("if disability_grade ≤ 2 then true else true", unknown),
        ("if age ≥ 79 then true else disability_grade ≤ 2", YES),
        ("disability_grade in (1, 2)", unknown),
        ("max(disability_grade, 3) > 2", unknown),
        ("disability_grade × 0 = 0", unknown),
    ] {
        assert_eq!(truth("disability", text, &person), expected, "{text}");
    }
}

#[test]
fn what_is_named_is_the_first_missing_value_on_the_way() {
    let person = Person::born("1943-03")
        .with("disability_grade", missing("disability_grade"))
        .with("disability_kind", missing("disability_kind"));
    let text = "disability_kind = \"智力\" and disability_grade ≤ 2";
    assert_eq!(truth("disability", text, &person), missing("disability_kind"));
}

#[test]
fn an_empty_field_makes_comparisons_false_and_min_and_max_pass_over_it() {
    let empty = Person::born("2005-03");
    for (text, expected) in [
        ("disability_grade ≤ 2", NO),
        ("disability_grade > 2", NO),
        ("disability_grade ≠ 2", NO),
        ("not disability_grade ≤ 2", YES),
        ("empty(disability_grade)", YES),
        ("未填(残疾等级) or 残疾等级 ≤ 2", YES),
        ("disability_kind in (\"智力\")", NO),
        ("max(disability_grade, 1) = 1", YES),
    ] {
        assert_eq!(truth("dibao", text, &empty), expected, "{text}");
    }
    let school = |until| Person::born("2005-01").with("in_school_until", until);
    let text = "month ≤ max(reaches(18), in_school_until)";
    assert_eq!(truth("children", text, &school(Value::Empty)), NO);
    assert_eq!(truth("children", text, &school(Value::Empty).in_month("2023-01")), YES);
    assert_eq!(truth("children", text, &school(Value::Month(month("2023-02")))), YES);
    assert_eq!(truth("children", text, &school(Value::Month(month("2022-02")))), NO);
    assert_eq!(truth("children", text, &school(missing("in_school_until"))), missing("in_school_until"));
}

#[test]
fn an_amount_that_may_be_empty_is_refused_until_the_rule_asks() {
    assert_eq!(complaints("dibao", "household_income × 2", Type::Money), ["policy-may-be-empty"]);
    assert_eq!(complaints("dibao", "max(household_income, 0)", Type::Money), Vec::<&str>::new());
    assert_eq!(
        complaints("dibao", "if empty(household_income) then 0 else household_income", Type::Money),
        Vec::<&str>::new()
    );
    assert_eq!(
        complaints("dibao", "if not empty(household_income) then household_income else 0", Type::Money),
        Vec::<&str>::new()
    );
    assert_eq!(
        complaints("dibao", "if empty(household_income) then household_income else 0", Type::Money),
        ["policy-may-be-empty"]
    );
    assert_eq!(complaints("meals", "empty(meals)", Type::Boolean), ["policy-never-empty"]);
}

#[test]
fn ages_are_whole_years_counted_in_months_also_for_29_february() {
    // Born 29 February 1944: the day plays no part, the month does.
    let person = |at: &str| Person::born("1944-02").in_month(at);
    for (at, reached, age) in [("2024-01", NO, 79), ("2024-02", YES, 80), ("2024-03", YES, 80)] {
        assert_eq!(truth("old-age", "month ≥ reaches(80)", &person(at)), reached, "{at}");
        assert_eq!(truth("old-age", "age ≥ 80", &person(at)), reached, "{at}");
        assert_eq!(truth("old-age", &format!("age = {age}"), &person(at)), YES, "{at}");
    }
    assert_eq!(truth("old-age", "age = 0", &Person::born("2023-02")), YES);
}

#[test]
fn months_and_days_are_kept_apart_and_can_be_computed_with() {
    let day = chrono::NaiveDate::from_ymd_opt(2023, 1, 31).unwrap();
    let person = Person::born("1980-01").with("certificate_until", Value::Date(day));
    for (text, expected) in [
        ("month ≤ month_of(certificate_until)", NO),
        ("month − 1 = 所在月(certificate_until)", YES),
        ("month − month_of(certificate_until) = 1", YES),
        ("year_of(month) = 2023 and month_number(month) = 2", YES),
        ("certificate_until ≥ \"2023-01-31\"", YES),
        ("certificate_until > \"2023-01-31\"", NO),
        ("month ≥ \"2023-02\" and month < \"2023-03\"", YES),
    ] {
        assert_eq!(truth("disability", text, &person), expected, "{text}");
    }
    assert_eq!(complaints("disability", "month ≤ certificate_until", Type::Boolean), ["policy-types-differ"]);
    // A day and a number is another day, and still no month.
    assert_eq!(
        complaints("disability", "certificate_until + 1 > month", Type::Boolean),
        ["policy-types-differ"]
    );
    assert_eq!(complaints("disability", "certificate_until × 30% > 0", Type::Boolean), ["policy-wrong-type"]);
    assert_eq!(complaints("disability", "month ≥ \"2023-13\"", Type::Boolean), ["policy-not-a-date"]);
}

#[test]
fn money_counts_and_shares_do_not_mix() {
    for (text, expected) in [
        ("approved_amount + persons", vec!["policy-units"]),
        ("approved_amount + 1", vec!["policy-units"]),
        ("approved_amount + 1元", vec![]),
        ("approved_amount + 30%", vec!["policy-units"]),
        ("approved_amount × approved_amount", vec!["policy-units"]),
        ("persons ÷ approved_amount × 1元", vec!["policy-units"]),
        ("approved_amount × persons × 30% ÷ 2", vec![]),
        ("approved_amount ÷ approved_amount × 5元", vec![]),
        ("max(approved_amount, persons)", vec!["policy-wrong-type"]),
        ("max(approved_amount, 0)", vec![]),
        ("if special_approval then approved_amount else persons", vec!["policy-wrong-type"]),
        ("persons", vec!["policy-wrong-type"]),
        ("special_approval", vec!["policy-wrong-type"]),
        ("approved_amount ÷ 0", vec!["policy-division-by-zero"]),
        ("if special_approval then 5 else 3", vec!["policy-untyped"]),
        ("if special_approval then 5元 else 3", vec![]),
        ("5 × 3", vec![]),
    ] {
        assert_eq!(complaints("temporary-aid", text, Type::Money), expected, "{text}");
    }
    assert_eq!(complaints("temporary-aid", "approved_amount > persons", Type::Boolean), ["policy-units"]);
    assert_eq!(complaints("temporary-aid", "approved_amount > 500", Type::Boolean), Vec::<&str>::new());
    assert_eq!(complaints("temporary-aid", "persons > 1.5", Type::Boolean), ["policy-not-whole"]);
}

#[test]
fn numbers_are_exact_and_leaving_their_range_is_missing_never_a_panic() {
    let person = Person::born("1980-01")
        .with("approved_amount", yuan("0.1"))
        .with("persons", Value::Integer(i64::MAX));
    assert_eq!(amount("temporary-aid", "approved_amount × 3 + 0.2元", &person), yuan("0.5"));
    let lost = Value::Missing(Missing::Arithmetic);
    assert_eq!(truth("temporary-aid", "persons × persons > 0", &person), lost);
    assert_eq!(truth("temporary-aid", "persons + 1 > 0", &person), lost);
    assert_eq!(truth("temporary-aid", "−persons − 2 > 0", &person), lost);
    assert_eq!(truth("temporary-aid", "month ≥ reaches(persons)", &person), lost);
    assert_eq!(truth("temporary-aid", "month + persons > month", &person), lost);
    let zero = person.with("approved_amount", yuan("0"));
    assert_eq!(amount("temporary-aid", "5元 ÷ (approved_amount ÷ 1元)", &zero), lost);
    let huge = zero.with("approved_amount", Value::Decimal(rust_decimal::Decimal::MAX));
    assert_eq!(amount("temporary-aid", "approved_amount × 12", &huge), lost);
}

#[test]
fn aggregates_see_each_member_and_head_fields_the_head() {
    let member = |birth: &str, income: &str, ill: bool| {
        Person::born(birth)
            .with("monthly_income", yuan(income))
            .with("serious_illness", Value::Flag(ill))
            .with("hukou", Value::Code(1))
    };
    let head = member("1950-05", "100.50", false).with("hukou", Value::Code(0));
    let household =
        Person::household(vec![head, member("2010-01", "0", true), member("1985-07", "200", false)]);
    for (text, expected) in [
        ("count() = 3 and 人数() = 3", YES),
        ("count(serious_illness) = 1", YES),
        ("any(age < 18) and not all(age < 18)", YES),
        ("sum(monthly_income) = 300.5", YES),
        ("合计(若 重病 则 1元 否则 0) = 1", YES),
        ("max(age) = 72 and min(age) = 13", YES),
        ("count(hukou = \"urban\") = 1", YES),
        ("count(head.hukou = \"urban\") = 3", YES),
        ("人数(户主.户口性质 = “城镇”) = 3", YES),
        ("hukou = \"urban\"", YES),
        ("sum(dibao_standard(head.hukou)) = 3 × dibao_standard(\"urban\")", YES),
        ("sum(if serious_illness then 1 × disability_grade else 0) = 0", YES),
    ] {
        assert_eq!(truth("dibao", text, &household), expected, "{text}");
    }
    let mut unknown = household;
    unknown.members[1].fields.insert(field("monthly_income"), missing("monthly_income"));
    assert_eq!(truth("dibao", "sum(monthly_income) < 1000", &unknown), missing("monthly_income"));
    assert_eq!(truth("dibao", "any(monthly_income = 200)", &unknown), YES);
    assert_eq!(truth("dibao", "all(monthly_income = 200)", &unknown), NO);

    assert_eq!(complaints("old-age", "count() > 1", Type::Boolean), ["policy-not-household"]);
    assert_eq!(complaints("old-age", "head.hukou = \"urban\"", Type::Boolean), ["policy-not-household"]);
    assert_eq!(complaints("dibao", "sum(count(age > 3)) > 1", Type::Boolean), ["policy-nested-members"]);
    assert_eq!(complaints("dibao", "sum(age > 3) > 1", Type::Boolean), ["policy-wrong-type"]);
}

#[test]
fn dated_values_take_keys_and_bands() {
    let person = Person::born("1920-03").with("hukou", Value::Code(1)).in_month("2022-07");
    for (text, expected) in [
        ("dibao_standard(hukou)", yuan("621")),
        ("低保标准(\"城镇\")", yuan("790")),
        ("tekun_rural", yuan("748")),
        ("old_age_rate(age)", yuan("600")),
        ("old_age_rate(99)", yuan("100")),
    ] {
        let person = Person {
            cycle: month(if text.contains('城') || text == "tekun_rural" { "2022-05" } else { "2022-07" }),
            ..person.clone()
        };
        assert_eq!(amount("tekun", text, &person), expected, "{text}");
    }
    let young = Value::Missing(Missing::Value(value_id("old_age_rate")));
    assert_eq!(amount("tekun", "old_age_rate(79)", &person), young);
    assert_eq!(
        amount("tekun", "dibao_standard(hukou)", &person.with("hukou", missing("hukou"))),
        missing("hukou")
    );
    for (text, expected) in [
        ("dibao_standard", "policy-value-needs-keys"),
        ("dibao_standard()", "policy-value-needs-keys"),
        ("dibao_standard(\"suburb\")", "policy-unknown-code"),
        ("dibao_standard(age)", "policy-wrong-type"),
        ("old_age_rate(\"80\")", "policy-wrong-type"),
        ("tekun_rural(hukou)", "policy-value-needs-keys"),
    ] {
        assert_eq!(complaints("tekun", text, Type::Money), [expected], "{text}");
    }
}

#[test]
fn other_programmes_and_registers_can_be_asked() {
    let person = Person::born("1980-01").programme("dibao", true, "900.00", "300.00");
    for (text, expected) in [
        ("entitled(\"dibao\")", YES),
        ("享受(\"城乡最低生活保障\")", YES),
        ("amount(\"dibao\") = 900 and 金额(\"dibao\") > 899元", YES),
        ("share(\"dibao\") = 300 and 人均(\"dibao\") = 300", YES),
        ("entitled(\"tekun-living\") or amount(\"tekun-living\") > 0", NO),
        ("listed(\"work-injury-nursing\")", NO),
        ("非 在册(\"工伤生活护理费\")", YES),
    ] {
        assert_eq!(truth("disability", text, &person), expected, "{text}");
    }
    for (text, expected) in [
        ("entitled(\"dibaoo\")", "policy-unknown-programme"),
        ("entitled(dibao)", "policy-expected-quoted"),
        ("entitled(\"temporary-aid\")", "policy-once-asked"),
        ("listed(\"work-injury\")", "policy-unknown-register"),
        ("listed()", "policy-argument-count"),
        ("register(\"work-injury-nursing\", \"level\") > 1", "policy-unknown-column"),
    ] {
        assert_eq!(complaints("disability", text, Type::Boolean), [expected], "{text}");
    }
}

#[test]
fn what_is_not_the_language_is_refused_at_its_place() {
    for (text, code, place) in [
        ("低保且年龄 ≥ 60", "policy-glued-operator", 0..15),
        ("年龄 ≥ 60且残疾等级 = 1", "policy-glued-number", 13..28),
        ("age >= ", "policy-unexpected-end", 6..6),
        ("age == 3", "policy-bad-sign", 4..6),
        ("age => 3", "policy-bad-sign", 4..6),
        ("age & 3", "policy-bad-character", 4..5),
        ("60 ≤ age < 80", "policy-chained-comparison", 11..12),
        ("disability_kind = \"智力", "policy-unclosed-text", 18..25),
        ("age in ()", "policy-empty-list", 8..9),
        ("age in 3", "policy-unexpected-word", 7..8),
        ("(age > 3", "policy-unexpected-end", 8..8),
        ("age > 3)", "policy-unexpected-word", 7..8),
        ("age > 3 4", "policy-unexpected-word", 8..9),
        ("if age > 3 then true", "policy-unexpected-end", 20..20),
        ("certificate.until > 3", "policy-dot", 0..11),
        ("disabilty_grade = 1", "policy-unknown-name", 0..15),
        ("reches(80) > month", "policy-unknown-function", 0..6),
        ("age(3) = 1", "policy-not-callable", 0..3),
        ("disability_grade(3) = 1", "policy-not-callable", 0..16),
        ("resident_id = \"1\"", "policy-field-not-for-rules", 0..11),
        ("monthly_income > 3", "policy-field-not-on-roster", 0..14),
        ("\"a\" = \"b\"", "policy-untyped", 0..9),
        ("99999999999999999999999999999999 > age", "policy-number-too-long", 0..32),
        ("", "policy-unexpected-end", 0..0),
    ] {
        let complaints = compiled("disability", &[], text, Type::Boolean).unwrap_err();
        assert_eq!((complaints[0].code, complaints[0].span.clone()), (code, place), "{text}");
    }
}

#[test]
fn all_complaints_of_an_expression_come_at_once() {
    let text = "monthly_incme < 5 and meals > 3 and disability_kind = \"智\" and month ≤ certificate_until";
    assert_eq!(
        complaints("disability", text, Type::Boolean),
        ["policy-unknown-name", "policy-field-not-on-roster", "policy-unknown-code", "policy-types-differ"]
    );
}

#[test]
fn nesting_and_doubling_definitions_cannot_use_up_the_stack_or_the_time() {
    let deep = format!("{}age > 3{}", "(".repeat(5_000), ")".repeat(5_000));
    assert_eq!(complaints("disability", &deep, Type::Boolean), ["policy-too-long"]);
    let deep = format!("{}age > 3{}", "(".repeat(300), ")".repeat(300));
    assert_eq!(complaints("disability", &deep, Type::Boolean), ["policy-too-deep"]);
    let long = format!("0 < 1{}", " + 1".repeat(400));
    assert_eq!(complaints("disability", &long, Type::Boolean), ["policy-too-deep"]);
    let nots = format!("{}true", "not ".repeat(300));
    assert_eq!(complaints("disability", &nots, Type::Boolean), ["policy-too-deep"]);

    let names: Vec<(String, String)> = (0..60)
        .map(|step| (format!("step{step}"), format!("step{} + step{}", step + 1, step + 1)))
        .chain([("step60".to_owned(), "age".to_owned())])
        .collect();
    let definitions: Vec<(&str, &str)> =
        names.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let complaints = compiled("disability", &definitions, "step0 > 3", Type::Boolean).unwrap_err();
    assert!(complaints.iter().all(|complaint| complaint.code == "policy-too-long"), "{complaints:?}");
    assert!(complaints.len() < 300, "{}", complaints.len());

    let cycle =
        compiled("disability", &[("a", "b + 1"), ("b", "a + 1")], "a > 3", Type::Boolean).unwrap_err();
    assert_eq!(cycle[0].code, "policy-definition-cycle");
    assert_eq!(cycle[0].script, 2);
}

#[test]
fn definitions_are_written_out_where_they_are_used() {
    let household = Person::household(vec![
        Person::born("1950-01").with("monthly_income", yuan("10")),
        Person::born("2015-01").with("monthly_income", yuan("5")),
    ]);
    let definitions = [("未成年", "age < 18"), ("计入", "if 未成年 then 0 else monthly_income")];
    let expression = compiled("dibao", &definitions, "sum(计入) + monthly_income", Type::Money).unwrap();
    assert_eq!(expression.evaluate(&View(&household)), yuan("20"));
    assert_eq!(expression.text(), "sum(计入) + monthly_income");
}
