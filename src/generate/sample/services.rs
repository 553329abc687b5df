//! Home care, meals, and what is paid once.

use super::planting::{CaseWriter, Planting, Who};
use crate::domain::Month;
use crate::generate::month::organisation;
use crate::generate::names;
use crate::generate::row::Roster::{HomeCare, Meals, Pilot, TemporaryAid};

/// Plants them.
pub fn plant(planting: &mut Planting) {
    planting.section('L', "Home care, paid to the provider");
    home_care(planting);
    planting.section('M', "Meals (a file with tabs)");
    meals(planting);
    planting.section('N', "What is paid once per case");
    once(planting);
}

/// A row of the home-care roster.
fn care(c: &mut CaseWriter<'_>, who: &Who, group: &str, provider: usize, said: &[(&str, &str)]) -> usize {
    let name = names::PROVIDERS[provider];
    let account = organisation(name);
    let sound = [
        ("服务对象类别", group),
        ("服务机构", name),
        ("开户银行", account.bank),
        ("银行账号", &account.number),
        ("账户名称", name),
    ];
    c.row(HomeCare, who, &[&sound[..], said].concat())
}

fn home_care(planting: &mut Planting) {
    for (title, group, born, amount, why) in [
        ("tekun65: reaches 65 in the cycle month", "特困65", "1958-02-01", "80.00", "from the month of 65"),
        ("tekun65: reaches 65 a month later", "特困65", "1958-03-01", "", "64 in 2023-02"),
        ("dibao80: reaches 80 in the cycle month", "低保80", "1943-02-01", "80.00", "from the month of 80"),
        ("dibao80: reaches 80 a month later", "低保80", "1943-03-02", "", "79 in 2023-02"),
        ("alone70: reaches 70 in the cycle month", "独居70", "1953-02-01", "70.00", "from the month of 70"),
        ("alone70: reaches 70 a month later", "独居70", "1953-03-01", "", "69 in 2023-02"),
        ("moderate disability, any age", "中度失能", "1969-04-02", "150.00", "no age is asked"),
        ("severe disability, any age", "重度失能", "1969-05-03", "200.00", "no age is asked"),
    ] {
        planting.case(title, |c| {
            let who = c.person(born);
            let row = care(c, &who, group, 0, &[]);
            if amount.is_empty() {
                c.none(&[row], "home-care", "refused", "age", why);
            } else {
                c.paid(&[row], "home-care", amount, why);
            }
        });
    }
    planting.case("two groups, no choice", |c| {
        let who = c.person("1950-06-04");
        let low = care(c, &who, "独居70", 0, &[]);
        let high = care(c, &who, "重度失能", 1, &[]);
        c.none(&[low], "home-care", "barred", "home-care", "70 is less than 200");
        c.paid(&[high], "home-care", "200.00", "the higher stays; to the second provider");
    });
    planting.case("two groups, the lower one chosen", |c| {
        let who = c.person("1950-07-05");
        let low = care(c, &who, "独居70", 0, &[("选择享受", "独居70")]);
        let high = care(c, &who, "重度失能", 1, &[("选择享受", "独居70")]);
        c.paid(&[low], "home-care", "70.00", "the recipient's recorded choice goes before the higher amount");
        c.none(&[high], "home-care", "barred", "home-care", "not chosen");
    });
    planting.case("two groups of the same amount", |c| {
        let who = c.person("1940-08-06");
        let second = care(c, &who, "低保80", 1, &[]);
        let first = care(c, &who, "特困65", 0, &[]);
        c.none(&[second], "home-care", "barred", "home-care", "80 and 80: the first listed group stays");
        c.paid(&[first], "home-care", "80.00", "特困65 is listed before 低保80");
    });
    planting.case("two groups, one too young for", |c| {
        let who = c.person("1953-03-07");
        let young = care(c, &who, "独居70", 0, &[]);
        let other = care(c, &who, "中度失能", 1, &[]);
        c.none(&[young], "home-care", "refused", "age", "69: each row is decided by itself");
        c.paid(&[other], "home-care", "150.00", "the only one left");
    });
    planting.case("one group twice with different providers", |c| {
        let who = c.person("1940-09-08");
        let one = care(c, &who, "低保80", 0, &[]);
        let two = care(c, &who, "低保80", 1, &[]);
        c.none(&[one], "home-care", "deferred", "duplicate", "same person and group, different facts");
        c.none(&[two], "home-care", "deferred", "duplicate", "same person and group, different facts");
    });
    planting.case("no provider", |c| {
        let who = c.person("1940-10-09");
        let row = care(c, &who, "低保80", 0, &[("服务机构", "")]);
        c.held(&[row], "home-care", "80.00", "no-payee", "owed, and nobody named to pay it to");
    });
    planting.case("group blank", |c| {
        let who = c.person("1940-11-10");
        let row = care(c, &who, "", 0, &[]);
        c.none(&[row], "home-care", "deferred", "incomplete", "the amount needs the group");
    });
    planting.case("group unknown", |c| {
        let who = c.person("1940-12-11");
        let row = care(c, &who, "失能老人", 0, &[]);
        c.none(&[row], "home-care", "deferred", "incomplete", "a word that is not in the table");
    });
}

fn meals(planting: &mut Planting) {
    for (title, born, count, amount, why) in [
        ("no meal", "1950-01-01", "0", "0.00", "0 × 3"),
        ("22 meals", "1950-01-02", "22", "66.00", "22 × 3"),
        ("23 meals", "1950-01-03", "23", "66.00", "at most 22 count: 22 × 3"),
        ("reaches 90 in the cycle month", "1933-02-04", "22", "110.00", "22 × 5"),
        ("reaches 90 a month later", "1933-03-05", "22", "66.00", "89: 22 × 3"),
        ("reaches 70 in the cycle month", "1953-02-06", "10", "30.00", "10 × 3"),
        ("full-width digits", "1950-01-08", "１２", "36.00", "12 × 3"),
    ] {
        planting.case(title, |c| {
            let who = c.person(born);
            let row = c.row(Meals, &who, &[("助餐次数", count)]);
            if amount == "0.00" {
                c.nil(&[row], "meals", why);
            } else {
                c.paid(&[row], "meals", amount, why);
            }
        });
    }
    planting.case("reaches 70 a month later", |c| {
        let who = c.person("1953-03-07");
        let row = c.row(Meals, &who, &[("助餐次数", "10")]);
        c.none(&[row], "meals", "refused", "age", "69 in 2023-02");
    });
    for (title, count, why) in [
        ("count blank", "", "no default"),
        ("count negative", "-3", "not an integer of 0 or more"),
        ("count with a half", "7.5", "not a whole number"),
    ] {
        planting.case(title, |c| {
            let who = c.person("1950-02-09");
            let row = c.row(Meals, &who, &[("助餐次数", count)]);
            c.none(&[row], "meals", "deferred", "incomplete", why);
        });
    }
}

/// A row of the roster of one-off help.
fn aid(c: &mut CaseWriter<'_>, who: &Who, case: &str, amount: &str, persons: &str, special: &str) -> usize {
    let said = [
        ("审批编号", case),
        ("批准金额", amount),
        ("批准日期", "2023-01-28"),
        ("救助人数", persons),
        ("一事一议", special),
    ];
    c.row(TemporaryAid, who, &said)
}

fn once(planting: &mut Planting) {
    for (title, number, amount, persons, special, paid, why) in [
        ("at the cap for one", "LS-样例-01", "10092.00", "1", "否", "10092.00", "12 × 841 × 1 = 10,092"),
        ("one fen over the cap", "LS-样例-02", "10092.01", "1", "否", "", "over 10,092, and never cut down"),
        ("at the cap for two", "LS-样例-03", "20184.00", "2", "否", "20184.00", "12 × 841 × 2"),
        (
            "over the cap by special approval",
            "LS-样例-04",
            "12000.00",
            "1",
            "是",
            "12000.00",
            "一事一议 lifts the cap",
        ),
        (
            "amount in ten thousands",
            "LS-样例-05",
            "1.5万元",
            "2",
            "",
            "15000.00",
            "15,000 of 20,184; blank 一事一议 is 否",
        ),
    ] {
        planting.case(title, |c| {
            let who = c.person("1979-01-01");
            let row = aid(c, &who, number, amount, persons, special);
            if paid.is_empty() {
                c.none(&[row], "temporary-aid", "refused", "limit", why);
            } else {
                c.paid(&[row], "temporary-aid", paid, why);
            }
        });
    }
    planting.case("amount blank", |c| {
        let who = c.person("1979-02-02");
        let row = aid(c, &who, "LS-样例-06", "", "1", "否");
        c.none(&[row], "temporary-aid", "deferred", "incomplete", "nothing to pay is named");
    });
    planting.case("one case for two people", |c| {
        let (one, two) = (c.person("1979-03-03"), c.person("1980-03-03"));
        let first = aid(c, &one, "LS-样例-07", "2000.00", "1", "否");
        let second = aid(c, &two, "LS-样例-07", "2000.00", "1", "否");
        c.none(&[first], "temporary-aid", "deferred", "duplicate", "a case belongs to one person");
        c.none(&[second], "temporary-aid", "deferred", "duplicate", "a case belongs to one person");
    });
    planting.case("two cases of one person", |c| {
        let who = c.person("1979-04-04");
        let first = aid(c, &who, "LS-样例-08", "1500.00", "1", "否");
        let second = aid(c, &who, "LS-样例-09", "1600.00", "1", "否");
        c.paid(&[first], "temporary-aid", "1500.00", "each case by itself");
        c.paid(&[second], "temporary-aid", "1600.00", "each case by itself");
    });
    planting.case("the same case twice, alike", |c| {
        let who = c.person("1979-05-05");
        let first = aid(c, &who, "LS-样例-10", "1700.00", "1", "否");
        let second = aid(c, &who, "LS-样例-10", "1700.00", "1", "否");
        c.paid(&[first, second], "temporary-aid", "1700.00", "same facts: one claim");
    });
    planting.case("died before it is paid", |c| {
        let who = c.person("1979-06-06");
        let row = aid(c, &who, "LS-样例-11", "1800.00", "1", "否");
        c.died(&who, "2023-01-30");
        let why =
            "death does not refuse what is paid once, but the payee is dead: held until heirs are named";
        c.held(&[row], "temporary-aid", "1800.00", "payee-dead", why);
    });
    planting.case("a case that stood on the January roster", |c| {
        let who = c.person("1979-07-07");
        if let Some(january) = Month::new(2023, 1) {
            let said = [
                ("审批编号", "LS-样例-12"),
                ("批准金额", "1900.00"),
                ("批准日期", "2022-12-28"),
                ("救助人数", "1"),
                ("一事一议", "否"),
            ];
            c.row_in(january, TemporaryAid, &who, &said);
        }
        let row = aid(c, &who, "LS-样例-12", "1900.00", "1", "否");
        let why = "first_month is 2023-02: nothing decided it before. After `disburse opening opening.csv` it is \
                   refused as case-repeated: the old system paid it";
        c.paid(&[row], "temporary-aid", "1900.00", why);
    });
    planting.case("pilot of 2022", |c| {
        let who = c.person("1941-08-08");
        let row = c.row(Pilot, &who, &[("审批编号", "SD-样例-01"), ("批准金额", "3175.00")]);
        c.paid(&[row], "pilot-home-care-2022", "3175.00", "the approved amount");
    });
    planting.case("pilot of 2022, amount of zero", |c| {
        let who = c.person("1941-09-09");
        let row = c.row(Pilot, &who, &[("审批编号", "SD-样例-02"), ("批准金额", "0.00")]);
        c.nil(&[row], "pilot-home-care-2022", "the case is decided, at 0.00");
    });
    planting.case("pilot of 2022, one case for two people", |c| {
        let (one, two) = (c.person("1941-10-10"), c.person("1942-10-10"));
        let said = [("审批编号", "SD-样例-03"), ("批准金额", "800.00")];
        let first = c.row(Pilot, &one, &said);
        let second = c.row(Pilot, &two, &said);
        c.none(&[first], "pilot-home-care-2022", "deferred", "duplicate", "a case belongs to one person");
        c.none(&[second], "pilot-home-care-2022", "deferred", "duplicate", "a case belongs to one person");
    });
}
