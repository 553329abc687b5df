//! Extreme hardship, orphans and children without carers.

use super::planting::{CaseWriter, Planting, Who};
use crate::generate::identity::certificate;
use crate::generate::month::organisation;
use crate::generate::names;
use crate::generate::row::Roster::{Children, Disability, OldAge, Tekun};

/// Plants them.
pub fn plant(planting: &mut Planting) {
    planting.section('J', "Extreme hardship (tekun): living and care from one row");
    tekun(planting);
    planting.section('K', "Orphans and children without carers");
    orphans(planting);
    unattended(planting);
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
