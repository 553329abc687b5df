//! Every figure of DESIGN §15 on both sides of its dates.

use super::facts::*;
use crate::domain::Month;
use crate::policy::{Arrears, Status, Value};

/// The figure in a month, as known in a cycle.
fn figure(value: &str, key: &[Value<'_>], at: &str, cycle: &str) -> Option<String> {
    let value = &PACK.values[usize::from(value_id(value).0)];
    value.candidates(key, month(at), month(cycle)).next().map(|entry| entry.amount.normalize().to_string())
}

/// Checks a history: in the month before the first date nothing, then each figure from its date to
/// the month before the next, in a cycle long after.
fn history(value: &str, key: &[Value<'_>], figures: &[(&str, &str)]) {
    let before = |text: &str| -> Month { month(text).plus(-1) };
    let late = "2030-01";
    assert_eq!(figure(value, key, &before(figures[0].0).to_string(), late), None, "{value}");
    for (position, (from, expected)) in figures.iter().enumerate() {
        assert_eq!(figure(value, key, from, late).as_deref(), Some(*expected), "{value} {from}");
        let last = figures.get(position + 1).map_or(month(late), |next| before(next.0));
        assert_eq!(figure(value, key, &last.to_string(), late).as_deref(), Some(*expected), "{value} {last}");
    }
}

#[test]
fn every_figure_holds_from_its_date_and_not_a_month_before() {
    let code = |position: u16| [Value::Code(position)];
    let number = |number: i64| [Value::Integer(number)];
    history("orphan_standard", &code(0), &[("2019-01", "1288"), ("2023-01", "1400")]);
    history("orphan_standard", &code(1), &[("2019-01", "1530"), ("2023-01", "1660")]);
    history("dibao_standard", &code(0), &[("2021-01", "790"), ("2022-01", "841")]);
    history("dibao_standard", &code(1), &[("2020-01", "542"), ("2021-01", "575"), ("2022-01", "621")]);
    history("dibao_floor", &code(0), &[("2020-01", "50")]);
    history("dibao_floor", &code(1), &[("2020-01", "33.33")]);
    history("tekun_rural", &[], &[("2020-01", "705"), ("2021-01", "748"), ("2022-01", "807.33")]);
    history("tekun_factor", &[], &[("2020-01", "1.3")]);
    history("tekun_care_rate", &code(0), &[("2020-01", "1066"), ("2021-01", "1144"), ("2022-01", "1265")]);
    history("tekun_care_rate", &code(1), &[("2020-01", "430"), ("2022-01", "494")]);
    history("tekun_care_rate", &code(2), &[("2020-01", "0")]);
    history("uplift_illness", &[], &[("2020-01", "0.3")]);
    history("uplift_disability", &[], &[("2020-01", "0.2")]);
    history("uplift_aged", &[], &[("2020-01", "0.1")]);
    history("uplift_minor", &[], &[("2020-01", "0.1")]);
    history("disability_rate", &[], &[("2019-01", "100"), ("2021-01", "108"), ("2024-07", "125")]);
    for age in [80, 99] {
        history("old_age_rate", &number(age), &[("2017-01", "100")]);
    }
    history("old_age_rate", &number(100), &[("2017-01", "600")]);
    history("aged_rate", &[], &[("2022-01", "50")]);
    history("sanmin_rate", &[], &[("2018-01", "900")]);
    history("temporary_aid_multiple", &[], &[("2020-01", "12")]);
    for (group, rate) in [(0, "80"), (1, "80"), (2, "150"), (3, "200"), (4, "70")] {
        history("home_care_rate", &code(group), &[("2022-10", rate)]);
    }
    for (age, rate) in [(70, "3"), (89, "3"), (90, "5")] {
        history("meal_rate", &number(age), &[("2020-01", rate)]);
    }
    history("meals_most", &[], &[("2020-01", "22")]);
    assert_eq!(figure("old_age_rate", &number(79), "2023-02", "2023-02"), None);
    assert_eq!(figure("meal_rate", &number(69), "2023-02", "2023-02"), None);
}

#[test]
fn backdated_values_are_known_from_the_cycle_of_their_announcement() {
    for (value, key, at, announced, before, after, arrears) in [
        ("dibao_standard", Some(0), "2022-01", "2022-06", "790", "841", Arrears::StillEntitled),
        ("dibao_standard", Some(1), "2022-05", "2022-06", "575", "621", Arrears::StillEntitled),
        ("tekun_rural", None, "2022-03", "2022-06", "748", "807.33", Arrears::StillEntitled),
        ("orphan_standard", Some(0), "2023-01", "2023-05", "1288", "1400", Arrears::All),
        ("orphan_standard", Some(1), "2023-04", "2023-05", "1530", "1660", Arrears::All),
    ] {
        let key: Vec<Value<'_>> = key.into_iter().map(Value::Code).collect();
        let known = month(announced);
        assert_eq!(figure(value, &key, at, &known.plus(-1).to_string()).as_deref(), Some(before), "{value}");
        assert_eq!(figure(value, &key, at, announced).as_deref(), Some(after), "{value}");
        let value = &PACK.values[usize::from(value_id(value).0)];
        let both: Vec<_> = value.candidates(&key, month(at), known).collect();
        assert!(both.len() >= 2);
        assert_eq!(both[0].arrears, arrears);
        assert_eq!(both[1].amount.normalize().to_string(), before);
    }
    // Announced with its own date, everything else.
    let late: Vec<(&str, Month)> = PACK
        .values
        .iter()
        .flat_map(|value| value.entries.iter().map(move |entry| (value, entry)))
        .filter(|(_, entry)| entry.announced != entry.from)
        .map(|(value, entry)| (value.code.as_str(), entry.announced))
        .collect();
    assert_eq!(late.len(), 5, "{late:?}");
}

#[test]
fn figures_carry_the_status_that_the_design_gives_them() {
    let statuses = |code: &str| -> Vec<Status> {
        let value = &PACK.values[usize::from(value_id(code).0)];
        value.entries.iter().map(|entry| entry.citation.status).collect()
    };
    use Status::{Assumed, Example, Verified};
    assert_eq!(statuses("dibao_standard"), [Verified; 5]);
    assert_eq!(statuses("dibao_floor"), [Assumed; 2]);
    assert_eq!(statuses("uplift_illness"), [Example]);
    assert_eq!(statuses("orphan_standard"), [Verified; 4]);
    assert_eq!(statuses("tekun_rural"), [Verified; 3]);
    assert_eq!(statuses("tekun_factor"), [Assumed]);
    assert_eq!(statuses("tekun_care_rate")[..3], [Verified; 3]);
    assert_eq!(statuses("tekun_care_rate")[3..5], [Assumed; 2]);
    assert_eq!(statuses("disability_rate"), [Verified, Verified, Assumed]);
    assert_eq!(statuses("old_age_rate"), [Verified; 2]);
    assert_eq!(statuses("aged_rate"), [Verified]);
    assert_eq!(statuses("sanmin_rate"), [Assumed]);
    assert_eq!(statuses("home_care_rate"), [Assumed; 5]);
    assert_eq!(statuses("meal_rate"), [Example; 2]);
}

#[test]
fn an_ended_value_does_not_come_back_and_the_one_before_it_neither() {
    let text = "[[value]]\ncode = \"trial\"\nname = \"试行\"\nunit = \"money\"\ncitation = \"x\"\nstatus = \"assumed\"\n\
        history = [{ from = \"2020-01\", amount = 1 }, { from = \"2021-01\", until = \"2021-12\", amount = 2 }]\n";
    let mut files = crate::policy::pack::xincheng();
    files.push(("trial.toml".into(), text.into()));
    let (rulebook, findings) = crate::policy::pack::load(&files).unwrap();
    let value = rulebook.values.iter().find(|value| value.code == "trial").unwrap();
    let known = |at: &str| {
        value
            .candidates(&[], month(at), month("2023-01"))
            .map(|entry| entry.amount.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(known("2019-12"), Vec::<String>::new());
    assert_eq!(known("2020-12"), ["1"]);
    assert_eq!(known("2021-12"), ["2", "1"]);
    assert_eq!(known("2022-01"), Vec::<String>::new());
    assert_eq!(findings.iter().map(|finding| finding.code).collect::<Vec<_>>(), ["policy-value-unused"]);
    assert_eq!(findings[0].place.row, 1);
}
