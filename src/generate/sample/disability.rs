//! Both subsidies of disabled people, which ask about the household and about tekun.

use super::planting::Planting;
use crate::generate::identity::{certificate, with_wrong_check};
use crate::generate::row::Roster::{Disability, Tekun};

/// Plants them.
pub fn plant(planting: &mut Planting) {
    planting.section('H', "Disabled people: both subsidies (a GB18030 file)");
    disability(planting);
    planting.section('I', "Disabled people: certificates and registers");
    certificates(planting);
}

fn disability(planting: &mut Planting) {
    // Kind, its certificate digit, grade, and whether nursing is paid.
    for (title, kind, digit, grade, written, nursing) in [
        ("physical, grade 2", "肢体", 4, 2, "2", true),
        ("physical, grade 3", "肢体", 4, 3, "三级", false),
        ("intellectual, grade 3", "智力", 5, 3, "3", true),
        ("mental, grade 3", "精神", 6, 3, "3级", true),
        ("mental, grade 4", "精神", 6, 4, "四级", false),
        ("sight, grade 1", "视力", 1, 1, "一级", true),
    ] {
        planting.case(title, |c| {
            let who = c.person("1985-01-01");
            let household = c.household();
            let home = c.member(&household, "户主", &who, &[]);
            let number = certificate(&who.id, digit, grade);
            let said = [("残疾类别", kind), ("残疾等级", written), ("残疾证号", &number)];
            let row = c.row(Disability, &who, &said);
            c.paid(&[home], "dibao", "841.00", "841; the dibao roster names no disability, so no uplift");
            c.paid(&[row], "disability-living", "108.00", "in a household on dibao");
            if nursing {
                c.paid(&[row], "disability-nursing", "108.00", "grade 1–2, or grade 3 of 智力 or 精神");
            } else {
                c.none(
                    &[row],
                    "disability-nursing",
                    "refused",
                    "grade",
                    "not grade 1–2, nor grade 3 of 智力 or 精神",
                );
            }
        });
    }
    planting.case("not on dibao", |c| {
        let who = c.person("1985-02-02");
        let number = certificate(&who.id, 7, 1);
        let row = c.row(Disability, &who, &[("残疾类别", "多重"), ("残疾等级", "1"), ("残疾证号", &number)]);
        c.none(&[row], "disability-living", "refused", "dibao", "in no household on dibao");
        c.paid(&[row], "disability-nursing", "108.00", "nursing does not ask about dibao");
    });
    planting.case("also on tekun: nursing is barred", |c| {
        let who = c.person("1985-03-03");
        let number = certificate(&who.id, 4, 1);
        let said = [("户口性质", "农村"), ("供养方式", "分散"), ("自理能力", "全护理")];
        let support = c.row(Tekun, &who, &said);
        let row = c.row(Disability, &who, &[("残疾类别", "肢体"), ("残疾等级", "1"), ("残疾证号", &number)]);
        c.paid(&[support], "tekun-living", "807.33", "9,688 a year ÷ 12, half-up to the fen");
        c.paid(&[support], "tekun-care", "1265.00", "full care");
        c.none(&[row], "disability-living", "refused", "dibao", "the clause speaks before the bar does");
        c.none(&[row], "disability-nursing", "barred", "tekun-living", "tekun-living bars nursing");
    });
    planting.case("tekun stopped: nursing is free", |c| {
        let who = c.person("1985-04-04");
        let number = certificate(&who.id, 4, 1);
        let said = [
            ("户口性质", "农村"),
            ("供养方式", "分散"),
            ("自理能力", "全护理"),
            ("状态", "停发"),
            ("停发月份", "2023-01"),
        ];
        let support = c.row(Tekun, &who, &said);
        let row = c.row(Disability, &who, &[("残疾类别", "肢体"), ("残疾等级", "1"), ("残疾证号", &number)]);
        c.none(&[support], "tekun-living", "not-current", "", "stopped");
        c.none(&[support], "tekun-care", "not-current", "", "stopped");
        c.none(&[row], "disability-living", "refused", "dibao", "in no household on dibao");
        c.paid(&[row], "disability-nursing", "108.00", "nothing bars it any more");
    });
    planting.case("tekun undecided: nursing waits", |c| {
        let who = c.person("1985-05-05");
        let number = certificate(&who.id, 4, 2);
        let said = [("户口性质", "农村"), ("供养方式", "分散"), ("自理能力", "半护理")];
        let one = c.row(Tekun, &who, &said);
        let two = c.row(Tekun, &who, &[&said[..], &[("社区村", "第7社区")]].concat());
        let row = c.row(Disability, &who, &[("残疾类别", "肢体"), ("残疾等级", "2"), ("残疾证号", &number)]);
        for support in [one, two] {
            c.none(&[support], "tekun-living", "deferred", "duplicate", "different facts");
            c.none(&[support], "tekun-care", "deferred", "duplicate", "different facts");
        }
        c.none(&[row], "disability-living", "refused", "dibao", "false whatever tekun says");
        c.none(&[row], "disability-nursing", "deferred", "undecided:tekun-living", "tekun might bar it");
    });
    planting.case("a tekun row whose number is wrong may be this person", |c| {
        let who = c.person("1985-06-06");
        let number = certificate(&who.id, 4, 2);
        let said = [
            ("户口性质", "农村"),
            ("供养方式", "分散"),
            ("自理能力", "半护理"),
            ("身份证号", &with_wrong_check(&who.id)),
        ];
        let support = c.row(Tekun, &who, &said);
        let row = c.row(Disability, &who, &[("残疾类别", "肢体"), ("残疾等级", "2"), ("残疾证号", &number)]);
        c.none(&[support], "tekun-living", "rejected", "identity number", "wrong check digit");
        c.none(&[support], "tekun-care", "rejected", "identity number", "wrong check digit");
        c.none(&[row], "disability-living", "refused", "dibao", "false whatever tekun says");
        let why = "same name and birth date as the rejected row: tekun is undecided";
        c.none(&[row], "disability-nursing", "deferred", "undecided:tekun-living", why);
    });
}

fn certificates(planting: &mut Planting) {
    // Title, end of the certificate, and whether both are paid; with dibao, physical, grade 2.
    for (title, until, paid, why) in [
        ("certificate ends in the cycle month", "2023-02-10", true, "paid to the month of expiry"),
        ("certificate ended the month before", "2023-01-31", false, "not paid after the month of expiry"),
        ("certificate without end", "长期", true, "长期 is no end"),
    ] {
        planting.case(title, |c| {
            let who = c.person("1986-01-01");
            let household = c.household();
            let home = c.member(&household, "户主", &who, &[]);
            let number = certificate(&who.id, 4, 2);
            let said = [
                ("残疾类别", "肢体"),
                ("残疾等级", "2"),
                ("残疾证号", number.as_str()),
                ("证件有效期至", until),
            ];
            let row = c.row(Disability, &who, &said);
            c.paid(&[home], "dibao", "841.00", "841");
            for programme in ["disability-living", "disability-nursing"] {
                if paid {
                    c.paid(&[row], programme, "108.00", why);
                } else {
                    c.none(&[row], programme, "refused", "certificate", why);
                }
            }
        });
    }
    planting.case("end of the certificate unreadable", |c| {
        let who = c.person("1986-02-02");
        let household = c.household();
        let home = c.member(&household, "户主", &who, &[]);
        let number = certificate(&who.id, 4, 2);
        let said = [
            ("残疾类别", "肢体"),
            ("残疾等级", "2"),
            ("残疾证号", number.as_str()),
            ("证件有效期至", "2023-13-40"),
        ];
        let row = c.row(Disability, &who, &said);
        c.paid(&[home], "dibao", "841.00", "841");
        c.none(&[row], "disability-living", "deferred", "incomplete", "filled and unreadable is not empty");
        c.none(&[row], "disability-nursing", "deferred", "incomplete", "filled and unreadable is not empty");
    });
    // Another identity number, another kind, another grade.
    planting.case("certificate of another person", |c| {
        let (who, other) = (c.person("1986-03-03"), c.person("1986-03-03"));
        let number = certificate(&other.id, 4, 2);
        let row = c.row(Disability, &who, &[("残疾类别", "肢体"), ("残疾等级", "2"), ("残疾证号", &number)]);
        let why = "the certificate's first 18 characters are another number";
        c.none(&[row], "disability-living", "rejected", "certificate", why);
        c.none(&[row], "disability-nursing", "rejected", "certificate", why);
    });
    for (title, digit, grade) in
        [("certificate of another kind", 5, 2), ("certificate of another grade", 4, 3)]
    {
        planting.case(title, |c| {
            let who = c.person("1986-04-04");
            let number = certificate(&who.id, digit, grade);
            let row =
                c.row(Disability, &who, &[("残疾类别", "肢体"), ("残疾等级", "2"), ("残疾证号", &number)]);
            let why = "kind and grade of row and certificate must agree";
            c.none(&[row], "disability-living", "deferred", "incomplete", why);
            c.none(&[row], "disability-nursing", "deferred", "incomplete", why);
        });
    }
    planting.case("kind blank, grade 3", |c| {
        let who = c.person("1986-05-05");
        let household = c.household();
        let home = c.member(&household, "户主", &who, &[]);
        let row = c.row(Disability, &who, &[("残疾等级", "3"), ("残疾证号", &certificate(&who.id, 5, 3))]);
        c.paid(&[home], "dibao", "841.00", "841");
        c.paid(&[row], "disability-living", "108.00", "living does not ask for the kind");
        c.none(&[row], "disability-nursing", "deferred", "incomplete", "grade 3 needs the kind");
    });
    planting.case("kind blank, grade 2", |c| {
        let who = c.person("1986-06-06");
        let row = c.row(Disability, &who, &[("残疾等级", "2"), ("残疾证号", &certificate(&who.id, 4, 2))]);
        c.none(&[row], "disability-living", "refused", "dibao", "in no household on dibao");
        c.paid(&[row], "disability-nursing", "108.00", "grade 2 is enough: true or missing is true");
    });
    for (title, from, paid) in [
        ("nursing fee from work injury insurance, from the cycle month", "2023-02", false),
        ("nursing fee from work injury insurance, from the next month", "2023-03", true),
    ] {
        planting.case(title, |c| {
            let who = c.person("1986-07-07");
            let household = c.household();
            let home = c.member(&household, "户主", &who, &[]);
            let number = certificate(&who.id, 4, 2);
            let row =
                c.row(Disability, &who, &[("残疾类别", "肢体"), ("残疾等级", "2"), ("残疾证号", &number)]);
            c.work_injury(&who, from);
            c.paid(&[home], "dibao", "841.00", "841");
            for programme in ["disability-living", "disability-nursing"] {
                if paid {
                    c.paid(&[row], programme, "108.00", "the fee begins after the month");
                } else {
                    c.none(
                        &[row],
                        programme,
                        "refused",
                        "work-injury",
                        "the register names the person from 2023-02",
                    );
                }
            }
        });
    }
}
