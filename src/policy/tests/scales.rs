//! Scales, tapers, ranks, values of other months, days: what other countries' rules need.

use super::facts::*;
use crate::policy::{Missing, Type, Value};

fn day(text: &str) -> Value<'static> {
    Value::Date(text.parse().unwrap())
}

#[test]
fn whole_steps_are_counted_down_and_never_below_none() {
    let person = Person::born("1950-02").with("monthly_income", yuan("31.99"));
    for (text, expected) in [
        ("steps(monthly_income, 8元) × 1元", "3"),
        ("steps(monthly_income − 40元, 8元) × 1元", "0"),
        ("steps(monthly_income − 23.99元, 8元) × 1元", "1"),
        ("steps(monthly_income − 24元, 8元) × 1元", "0"),
    ] {
        assert_eq!(amount("dibao", text, &person), yuan(expected), "{text}");
    }
    // A step of nothing is no step.
    assert_eq!(
        amount("dibao", "steps(50元, monthly_income − monthly_income) × 1元", &person),
        Value::Missing(Missing::Arithmetic)
    );
    assert_eq!(complaints("dibao", "steps(monthly_income, 8) × 1元", Type::Money), Vec::<&str>::new());
    assert_eq!(complaints("dibao", "steps(monthly_income, 8%) × 1元", Type::Money), ["policy-wrong-type"]);
}

#[test]
fn a_member_s_place_is_counted_from_the_largest_and_of_equals_the_first_is_larger() {
    let member = |birth: &str| Person::born(birth).with("monthly_income", yuan("0"));
    let household =
        Person::household(vec![member("1980-01"), member("2015-05"), member("2015-05"), member("2010-01")]);
    for (text, expected) in
        [("count(rank(age) = 1)", 1), ("count(rank(age) ≤ 3)", 3), ("count(age < 18 and rank(age) ≥ 3)", 2)]
    {
        assert_eq!(truth("dibao", &format!("{text} = {expected}"), &household), Value::Flag(true), "{text}");
    }
    assert_eq!(complaints("dibao", "rank(age) = 1", Type::Boolean), ["policy-outside-members"]);
    assert_eq!(complaints("dibao", "any(rank(serious_illness) = 1)", Type::Boolean), ["policy-no-order"]);
}

#[test]
fn a_value_can_be_read_in_another_month_than_the_benefit_month() {
    let person = Person::born("1950-02").in_month("2022-06");
    // January of the year, whatever the benefit month.
    let january = "at(month − month_number(month) + 1, dibao_standard(\"rural\"))";
    assert_eq!(amount("tekun", january, &person), yuan("621"));
    assert_eq!(amount("tekun", "at(month − 12, dibao_standard(\"rural\"))", &person), yuan("575"));
    assert_eq!(complaints("tekun", "at(month, 5元)", Type::Money), ["policy-not-a-value"]);
    assert_eq!(complaints("tekun", "at(5, tekun_rural)", Type::Money), ["policy-wrong-type"]);
    let missing = amount("tekun", "at(\"2019-12\", tekun_rural)", &person);
    assert_eq!(missing, Value::Missing(Missing::Value(value_id("tekun_rural"))));
}

#[test]
fn days_move_by_months_under_a_stated_rule_and_by_days() {
    let person = Person::born("1950-02").with("certificate_until", day("2012-01-31"));
    for (text, expected) in [
        ("later(certificate_until, 1, \"last-day\")", "2012-02-29"),
        ("later(certificate_until, 1, \"next-month\")", "2012-03-01"),
        ("推后(certificate_until, 13, \"月末\")", "2013-02-28"),
        ("later(certificate_until, 2, \"last-day\")", "2012-03-31"),
        ("certificate_until + 1", "2012-02-01"),
        ("certificate_until − 31", "2011-12-31"),
        ("last_day(month_of(certificate_until) + 1)", "2012-02-29"),
        ("first_day(month_of(certificate_until))", "2012-01-01"),
    ] {
        let text = format!("not empty(certificate_until) and {text} = \"{expected}\"");
        assert_eq!(truth("disability", &text, &person), Value::Flag(true), "{text}");
    }
    // No default for a day that does not exist.
    let without = "not empty(certificate_until) and later(certificate_until, 1) > first_day(month)";
    assert_eq!(complaints("disability", without, Type::Boolean), ["policy-argument-count"]);
    let other = "not empty(certificate_until) and later(certificate_until, 1, \"last\") > first_day(month)";
    assert_eq!(complaints("disability", other, Type::Boolean), ["policy-unknown-word"]);
    assert_eq!(
        truth("disability", "not empty(certificate_until) and certificate_until − born() > 22000", &person),
        Value::Flag(true)
    );
}

#[test]
fn whole_years_between_days_are_kept_apart_from_ages_counted_in_months() {
    // Born on 15 February 1980: 35 in the month, 34 on its first day.
    let person = Person { birth: month("1980-02"), ..Person::born("1980-02") }.in_month("2015-02");
    assert_eq!(truth("old-age", "age = 35", &person), Value::Flag(true));
    // The map of facts knows the first of the month only; a real claim knows the day.
    assert_eq!(truth("old-age", "years(born(), first_day(month)) = 35", &person), Value::Flag(true));
    assert_eq!(truth("old-age", "years(born() + 14, first_day(month)) = 34", &person), Value::Flag(true));
    assert_eq!(truth("old-age", "years(born() + 14, first_day(month + 1)) = 35", &person), Value::Flag(true));
    let leap = Person::born("1980-02").in_month("2015-02");
    assert_eq!(truth("old-age", "years(born() + 28, last_day(month)) = 34", &leap), Value::Flag(true));
    assert_eq!(truth("old-age", "years(born() + 28, last_day(month) + 1) = 35", &leap), Value::Flag(true));
}

#[test]
fn only_a_scale_of_shares_in_one_band_is_marginal() {
    assert_eq!(
        complaints("dibao", "marginal(dibao_floor, monthly_income)", Type::Money),
        ["policy-not-a-scale"]
    );
    assert_eq!(
        complaints("dibao", "marginal(uplift_aged, monthly_income)", Type::Money),
        ["policy-not-a-scale"]
    );
}
