//! Extreme hardship, children, home care, meals, and what is paid once.

use super::planting::{CaseWriter, Planting, Who};
use crate::domain::Month;
use crate::generate::identity::certificate;
use crate::generate::month::organisation;
use crate::generate::names;
use crate::generate::row::Roster::{
    Children, Disability, HomeCare, Meals, OldAge, Pilot, Tekun, TemporaryAid,
};

/// Plants them.
pub fn plant(planting: &mut Planting) {
    planting.section('J', "Extreme hardship (tekun): living and care from one row");
    tekun(planting);
    planting.section('K', "Orphans and children without carers");
    orphans(planting);
    unattended(planting);
    planting.section('L', "Home care, paid to the provider");
    home_care(planting);
    planting.section('M', "Meals (a file with tabs)");
    meals(planting);
    planting.section('N', "What is paid once per case");
    once(planting);
}

fn tekun(planting: &mut Planting) {
    planting.case("rural, dispersed, full care", |c| {
        let who = c.person("1956-01-01");
        let row = c.row(Tekun, &who, &[("户口性质", "农村"), ("供养方式", "分散"), ("自理能力", "全护理")]);
        c.paid(&[row], "tekun-living", "807.33", "9,688 a year ÷ 12 = 807.333…");
        c.paid(&[row], "tekun-care", "1265.00", "full care from 2022-01");
    });
    planting.case("urban, centralised, partial care: the institution is paid", |c| {
        let who = c.person("1956-02-02");
        let home = organisation(names::INSTITUTIONS[0]);
        let said = [
            ("户口性质", "城镇"),
            ("供养方式", "集中供养"),
            ("自理能力", "半护理"),
            ("供养机构", names::INSTITUTIONS[0]),
            ("开户银行", home.bank),
            ("银行账号", &home.number),
            ("账户名称", &home.holder),
        ];
        let row = c.row(Tekun, &who, &said);
        c.paid(&[row], "tekun-living", "1093.30", "1.3 × 841; to the institution's account");
        c.paid(&[row], "tekun-care", "494.00", "partial care from 2022-01; to the institution's account");
    });
    planting.case("able: no care money", |c| {
        let who = c.person("1956-03-03");
        let row = c.row(Tekun, &who, &[("户口性质", "城镇"), ("供养方式", "分散"), ("自理能力", "全自理")]);
        c.paid(&[row], "tekun-living", "1093.30", "1.3 × 841");
        c.nil(&[row], "tekun-care", "the rule gives 0: a decision, not a refusal");
    });
    planting.case("care grade blank", |c| {
        let who = c.person("1956-04-04");
        let row = c.row(Tekun, &who, &[("户口性质", "城镇"), ("供养方式", "分散")]);
        c.paid(&[row], "tekun-living", "1093.30", "living does not ask for it");
        c.none(&[row], "tekun-care", "deferred", "incomplete", "the amount needs it");
    });
    planting.case("registration blank", |c| {
        let who = c.person("1956-05-05");
        let row = c.row(Tekun, &who, &[("供养方式", "分散"), ("自理能力", "半护理")]);
        c.none(&[row], "tekun-living", "deferred", "incomplete", "urban or rural decides the amount");
        c.paid(&[row], "tekun-care", "494.00", "care does not ask for it");
    });
    planting.case("centralised, and no institution named", |c| {
        let who = c.person("1956-06-06");
        let row = c.row(Tekun, &who, &[("户口性质", "农村"), ("供养方式", "集中"), ("自理能力", "全自理")]);
        c.held(&[row], "tekun-living", "807.33", "no-payee", "owed, and nobody named to pay it to");
        c.nil(&[row], "tekun-care", "able: 0");
    });
    planting.case("also draws the old-age allowance", |c| {
        let who = c.person("1940-07-07");
        let row = c.row(Tekun, &who, &[("户口性质", "农村"), ("供养方式", "分散"), ("自理能力", "半护理")]);
        let second = c.row(OldAge, &who, &[]);
        c.paid(&[row], "tekun-living", "807.33", "9,688 ÷ 12");
        c.paid(&[row], "tekun-care", "494.00", "partial care");
        c.paid(&[second], "old-age", "100.00", "old-age goes with everything");
    });
    planting.case("an orphan: both tekun programmes are barred", |c| {
        let (who, guardian) = (c.person("2010-08-08"), c.person("1970-01-08"));
        let row = c.row(Tekun, &who, &[("户口性质", "农村"), ("供养方式", "分散"), ("自理能力", "半护理")]);
        let second = child(c, &who, &guardian, "孤儿", "散居", &[]);
        c.paid(&[second], "orphan", "1288.00", "dispersed");
        c.none(&[row], "tekun-living", "barred", "orphan", "orphan bars tekun-living");
        c.none(&[row], "tekun-care", "barred", "orphan", "orphan bars tekun-care");
    });
    planting.case("an orphan grown up: tekun is free", |c| {
        let (who, guardian) = (c.person("2004-09-09"), c.person("1970-02-09"));
        let row = c.row(Tekun, &who, &[("户口性质", "农村"), ("供养方式", "分散"), ("自理能力", "半护理")]);
        let second = child(c, &who, &guardian, "孤儿", "散居", &[]);
        c.none(&[second], "orphan", "refused", "age", "18 was reached in 2022-09, not in school");
        c.paid(&[row], "tekun-living", "807.33", "nothing bars it");
        c.paid(&[row], "tekun-care", "494.00", "nothing bars it");
    });
    planting.case("an orphan undecided: tekun waits", |c| {
        let (who, guardian) = (c.person("2010-10-10"), c.person("1970-03-10"));
        let row = c.row(Tekun, &who, &[("户口性质", "农村"), ("供养方式", "分散"), ("自理能力", "半护理")]);
        let one = child(c, &who, &guardian, "孤儿", "散居", &[]);
        let two = child(c, &who, &guardian, "孤儿", "散居", &[("社区村", "第6社区")]);
        c.none(&[one], "orphan", "deferred", "duplicate", "different facts");
        c.none(&[two], "orphan", "deferred", "duplicate", "different facts");
        c.none(&[row], "tekun-living", "deferred", "undecided:orphan", "orphan might bar it");
        c.none(&[row], "tekun-care", "deferred", "undecided:orphan", "orphan might bar it");
    });
}

/// A row of the children's roster whose payee is a guardian.
fn child(
    c: &mut CaseWriter<'_>,
    who: &Who,
    guardian: &Who,
    kind: &str,
    placement: &str,
    said: &[(&str, &str)],
) -> usize {
    let sound = [
        ("儿童类别", kind),
        ("安置方式", placement),
        ("领款人身份证号", guardian.id.as_str()),
        ("领款人姓名", guardian.name.as_str()),
        ("开户银行", guardian.bank),
        ("银行账号", guardian.account.as_str()),
        ("账户名称", guardian.name.as_str()),
    ];
    c.row(Children, who, &[&sound[..], said].concat())
}

/// A row of the children's roster whose payee is the home.
fn child_in_home(c: &mut CaseWriter<'_>, who: &Who, kind: &str) -> usize {
    let home = organisation(names::CHILDRENS_HOME);
    let said = [
        ("儿童类别", kind),
        ("安置方式", "集中"),
        ("领款人姓名", names::CHILDRENS_HOME),
        ("开户银行", home.bank),
        ("银行账号", &home.number),
        ("账户名称", &home.holder),
    ];
    c.row(Children, who, &said)
}

fn orphans(planting: &mut Planting) {
    planting.case("reaches 18 in the cycle month", |c| {
        let (who, guardian) = (c.person("2005-02-15"), c.person("1971-01-01"));
        let row = child(c, &who, &guardian, "孤儿", "散居", &[]);
        c.paid(&[row], "orphan", "1288.00", "the month in which 18 is reached is the last; to the guardian");
    });
    planting.case("reached 18 the month before", |c| {
        let (who, guardian) = (c.person("2005-01-15"), c.person("1971-02-02"));
        let row = child(c, &who, &guardian, "孤儿", "散居", &[]);
        c.none(&[row], "orphan", "refused", "age", "18 was reached in 2023-01");
    });
    planting.case("over 18, in school to the cycle month", |c| {
        let (who, guardian) = (c.person("2004-06-16"), c.person("1971-03-03"));
        let row = child(c, &who, &guardian, "孤儿", "散居", &[("在校至", "2023-02")]);
        c.paid(&[row], "orphan", "1288.00", "the last month of school is paid");
    });
    planting.case("over 18, in school to the month before", |c| {
        let (who, guardian) = (c.person("2004-06-17"), c.person("1971-04-04"));
        let row = child(c, &who, &guardian, "孤儿", "散居", &[("在校至", "2023-01")]);
        c.none(&[row], "orphan", "refused", "age", "school ended in 2023-01");
    });
    planting.case("over 18, end of school unreadable", |c| {
        let (who, guardian) = (c.person("2004-06-18"), c.person("1971-05-05"));
        let row = child(c, &who, &guardian, "孤儿", "散居", &[("在校至", "高三")]);
        c.none(&[row], "orphan", "deferred", "incomplete", "filled and unreadable, and the rule needs it");
    });
    planting.case("in the children's home", |c| {
        let who = c.person("2014-03-19");
        let row = child_in_home(c, &who, "孤儿");
        c.paid(&[row], "orphan", "1530.00", "centralised; to the home's account");
    });
    planting.case("in a home that is not named", |c| {
        let who = c.person("2014-04-20");
        let row = c.row(Children, &who, &[("儿童类别", "孤儿"), ("安置方式", "集中")]);
        c.held(&[row], "orphan", "1530.00", "no-payee", "owed, and nobody named to pay it to");
    });
    planting.case("placement blank", |c| {
        let (who, guardian) = (c.person("2014-05-21"), c.person("1971-06-06"));
        let row = child(c, &who, &guardian, "孤儿", "", &[]);
        c.none(&[row], "orphan", "deferred", "incomplete", "the amount needs it");
    });
    planting.case("two children and one guardian", |c| {
        let (one, two, guardian) = (c.person("2013-06-22"), c.person("2015-07-23"), c.person("1971-07-07"));
        let first = child(c, &one, &guardian, "孤儿", "散居", &[]);
        let second = child(c, &two, &guardian, "孤儿", "散居", &[]);
        let why = "the guardian is named on every row of the account: not an account shared by strangers";
        c.paid(&[first], "orphan", "1288.00", why);
        c.paid(&[second], "orphan", "1288.00", why);
    });
    planting.case("disabled: living is not for orphans, nursing is", |c| {
        let (who, guardian) = (c.person("2013-08-24"), c.person("1971-08-08"));
        let number = certificate(&who.id, 5, 1);
        let row = child(c, &who, &guardian, "孤儿", "散居", &[]);
        let second =
            c.row(Disability, &who, &[("残疾类别", "智力"), ("残疾等级", "1"), ("残疾证号", &number)]);
        c.paid(&[row], "orphan", "1288.00", "dispersed");
        let why = "an orphan is never counted in a dibao household, so the clause speaks before the bar";
        c.none(&[second], "disability-living", "refused", "dibao", why);
        c.paid(&[second], "disability-nursing", "108.00", "orphan does not bar nursing");
    });
    planting.case("kind of child blank", |c| {
        let (who, guardian) = (c.person("2013-09-25"), c.person("1971-09-09"));
        let row = child(c, &who, &guardian, "", "散居", &[]);
        let why = "the selecting field is missing: a claim of each programme it could be";
        c.none(&[row], "orphan", "deferred", "incomplete", why);
        c.none(&[row], "unattended-child", "deferred", "incomplete", why);
    });
}

fn unattended(planting: &mut Planting) {
    planting.case("no other benefit", |c| {
        let (who, guardian) = (c.person("2012-01-01"), c.person("1972-01-01"));
        let row = child(c, &who, &guardian, "事实无人抚养", "散居", &[]);
        c.paid(&[row], "unattended-child", "1288.00", "the whole dispersed figure");
    });
    planting.case("in the children's home", |c| {
        let who = c.person("2012-02-02");
        let row = child_in_home(c, &who, "事实无人抚养");
        c.paid(
            &[row],
            "unattended-child",
            "1288.00",
            "placed 集中 gets the dispersed figure too; to the home",
        );
    });
    planting.case("in a household on dibao", |c| {
        let (who, head) = (c.person("2014-03-03"), c.person("1960-08-03"));
        let household = c.household();
        let one = c.member(&household, "户主", &head, &[]);
        let two = c.member(&household, "孙女", &who, &[]);
        let row = child(c, &who, &head, "事实无人抚养", "散居", &[]);
        c.paid(&[one, two], "dibao", "1766.10", "841 × 2 + 84.10 (under 18)");
        c.paid(&[row], "unattended-child", "404.95", "1,288 − share 1,766.10 ÷ 2 = 883.05");
    });
    planting.case("a rural share that must be rounded", |c| {
        c.township = 8;
        let (who, head, aunt) = (c.person("2014-04-04"), c.person("1960-09-04"), c.person("1985-10-04"));
        let household = c.household();
        let one = c.member(&household, "户主", &head, &[("户口性质", "农村"), ("月收入", "100.00")]);
        let two = c.member(&household, "女", &aunt, &[("户口性质", "农村")]);
        let three = c.member(&household, "孙女", &who, &[("户口性质", "农村")]);
        let row = child(c, &who, &head, "事实无人抚养", "散居", &[]);
        c.paid(&[one, two, three], "dibao", "1825.10", "621 × 3 − 100 + 62.10 (under 18)");
        c.paid(&[row], "unattended-child", "679.63", "1,288 − share 1,825.10 ÷ 3 = 608.3666… → 608.37");
    });
    planting.case("on dibao and disabled", |c| {
        let (who, head) = (c.person("2014-05-05"), c.person("1960-10-05"));
        let household = c.household();
        let one = c.member(&household, "户主", &head, &[]);
        let two = c.member(&household, "孙子", &who, &[("残疾类别", "肢体"), ("残疾等级", "2")]);
        let row = child(c, &who, &head, "事实无人抚养", "散居", &[]);
        let number = certificate(&who.id, 4, 2);
        let third =
            c.row(Disability, &who, &[("残疾类别", "肢体"), ("残疾等级", "2"), ("残疾证号", &number)]);
        c.paid(&[one, two], "dibao", "1850.20", "841 × 2 + 168.20 (grade 2 is higher than under 18)");
        c.paid(&[third], "disability-living", "108.00", "member of a household on dibao");
        c.paid(&[third], "disability-nursing", "108.00", "grade 2");
        c.paid(
            &[row],
            "unattended-child",
            "254.90",
            "1,288 − share 925.10 − disability-living 108; nursing is not taken off",
        );
    });
    planting.case("household refused: nothing is taken off", |c| {
        let (who, head) = (c.person("2014-06-06"), c.person("1960-11-06"));
        let household = c.household();
        let one = c.member(&household, "户主", &head, &[("月收入", "1682.00")]);
        let two = c.member(&household, "孙子", &who, &[]);
        let row = child(c, &who, &head, "事实无人抚养", "散居", &[]);
        c.none(&[one, two], "dibao", "refused", "income", "1,682 is not below 841 × 2");
        c.paid(&[row], "unattended-child", "1288.00", "no share");
    });
    planting.case("household undecided: the child waits", |c| {
        let (who, head) = (c.person("2014-07-07"), c.person("1960-12-07"));
        let household = c.household();
        let one = c.member(&household, "户主", &head, &[("月收入", "")]);
        let two = c.member(&household, "孙子", &who, &[]);
        let row = child(c, &who, &head, "事实无人抚养", "散居", &[]);
        c.none(&[one, two], "dibao", "deferred", "incomplete", "an income is missing");
        c.none(&[row], "unattended-child", "deferred", "undecided:dibao", "the share is not known");
    });
    planting.case("on tekun", |c| {
        let (who, guardian) = (c.person("2012-08-08"), c.person("1972-02-08"));
        let support =
            c.row(Tekun, &who, &[("户口性质", "城镇"), ("供养方式", "分散"), ("自理能力", "全自理")]);
        let row = child(c, &who, &guardian, "事实无人抚养", "散居", &[]);
        c.paid(&[support], "tekun-living", "1093.30", "1.3 × 841: only orphan bars it");
        c.nil(&[support], "tekun-care", "able: 0");
        c.paid(&[row], "unattended-child", "194.70", "1,288 − 1,093.30");
    });
    planting.case("reached 18 the month before", |c| {
        let (who, guardian) = (c.person("2005-01-09"), c.person("1972-03-09"));
        let row = child(c, &who, &guardian, "事实无人抚养", "散居", &[]);
        c.none(&[row], "unattended-child", "refused", "age", "18 was reached in 2023-01");
    });
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
