//! Households on minimum living.

use super::planting::Planting;
use crate::generate::identity::{certificate, with_wrong_check};
use crate::generate::row::Roster::{Children, Disability, Tekun};

/// Plants them.
pub fn plant(planting: &mut Planting) {
    planting.section('F', "Minimum living: the amount");
    amounts(planting);
    planting.section('G', "Minimum living: who counts, heads, and what cannot be decided");
    heads(planting);
    members(planting);
    undecided(planting);
}

fn amounts(planting: &mut Planting) {
    planting.case("income one fen below the urban standard", |c| {
        let who = c.person("1975-01-05");
        let household = c.household();
        let row = c.member(&household, "本人", &who, &[("月收入", "840.99")]);
        c.paid(&[row], "dibao", "50.00", "841 − 840.99 = 0.01, raised to the floor of 50 for one member");
    });
    planting.case("income at the urban standard", |c| {
        let who = c.person("1975-02-06");
        let household = c.household();
        let row = c.member(&household, "户主", &who, &[("月收入", "841.00")]);
        c.none(&[row], "dibao", "refused", "income", "841.00 is not below 841");
    });
    planting.case("two rural members one fen below", |c| {
        c.township = 8;
        let (head, wife) = (c.person("1970-03-07"), c.person("1971-04-08"));
        let household = c.household();
        let one = c.member(&household, "户主", &head, &[("户口性质", "农村"), ("月收入", "600.00")]);
        let two = c.member(&household, "配偶", &wife, &[("户口性质", "农村"), ("月收入", "641.99")]);
        let why = "621 × 2 − 1,241.99 = 0.01; floor 400 ÷ 12 = 33.33 a member, × 2 = 66.66";
        c.paid(&[one, two], "dibao", "66.66", why);
    });
    planting.case("two rural members at the standard", |c| {
        c.township = 8;
        let (head, wife) = (c.person("1970-05-09"), c.person("1971-06-10"));
        let household = c.household();
        let one = c.member(&household, "户主", &head, &[("户口性质", "农村"), ("月收入", "600.00")]);
        let two = c.member(&household, "配偶", &wife, &[("户口性质", "农村"), ("月收入", "642.00")]);
        c.none(&[one, two], "dibao", "refused", "income", "1,242.00 is not below 621 × 2 = 1,242");
    });
    planting.case("four members, every uplift once", |c| {
        let people =
            [c.person("1977-06-01"), c.person("1979-04-02"), c.person("1953-02-03"), c.person("2005-03-04")];
        let household = c.household();
        let head = c.member(&household, "户主", &people[0], &[("月收入", "500.00")]);
        let ill = [("重病", "是"), ("残疾类别", "肢体"), ("残疾等级", "二级")];
        let wife = c.member(&household, "配偶", &people[1], &ill);
        let mother = c.member(&household, "母亲", &people[2], &[]);
        let child = c.member(&household, "女", &people[3], &[("在校", "是")]);
        let why =
            "841 × 4 − 500 = 2,864; wife ill 30 % = 252.30 (not also 20 %), mother 70 84.10, child 17 84.10";
        c.paid(&[head, wife, mother, child], "dibao", "3284.50", why);
    });
    planting.case("the same four, each on the other side", |c| {
        let people =
            [c.person("1977-06-02"), c.person("1979-04-03"), c.person("1953-03-03"), c.person("2005-02-04")];
        let household = c.household();
        let head = c.member(&household, "户主", &people[0], &[("月收入", "500.00")]);
        let wife = c.member(&household, "配偶", &people[1], &[("残疾类别", "肢体"), ("残疾等级", "三级")]);
        let mother = c.member(&household, "母亲", &people[2], &[]);
        let child = c.member(&household, "女", &people[3], &[("在校", "是")]);
        let why = "841 × 4 − 500; grade 3, 69 years and 18 years give no uplift";
        c.paid(&[head, wife, mother, child], "dibao", "2864.00", why);
    });
    planting.case("rural, disabled grade 1", |c| {
        c.township = 8;
        let who = c.person("1972-07-11");
        let household = c.household();
        let said = [("户口性质", "农村"), ("残疾类别", "视力"), ("残疾等级", "1")];
        let row = c.member(&household, "户主", &who, &said);
        c.paid(&[row], "dibao", "745.20", "621 + 20 % of 621 (124.20)");
    });
    planting.case("the head's registration decides the standard", |c| {
        let (head, wife) = (c.person("1973-08-12"), c.person("1974-09-13"));
        let household = c.household();
        let one = c.member(&household, "户主", &head, &[]);
        let two = c.member(&household, "配偶", &wife, &[("户口性质", "农村")]);
        c.paid(&[one, two], "dibao", "1682.00", "841 × 2: the head is urban");
    });
    planting.case("income with a thousands separator", |c| {
        let people =
            [c.person("1980-01-14"), c.person("1981-02-15"), c.person("2001-03-16"), c.person("2003-04-17")];
        let household = c.household();
        let one = c.member(&household, "户主", &people[0], &[("月收入", "1,234.50")]);
        let two = c.member(&household, "配偶", &people[1], &[]);
        let three = c.member(&household, "子", &people[2], &[]);
        let four = c.member(&household, "子", &people[3], &[]);
        c.paid(&[one, two, three, four], "dibao", "2129.50", "841 × 4 − 1,234.50; all between 18 and 70");
    });
    planting.case("income in ten thousands", |c| {
        let who = c.person("1980-05-18");
        let household = c.household();
        let row = c.member(&household, "户主", &who, &[("月收入", "0.05万元")]);
        c.paid(&[row], "dibao", "341.00", "0.05万元 is 500.00 yuan; 841 − 500");
    });
    planting.case("the same number in two townships", |c| {
        let (first, second) = (c.person("1981-06-19"), c.person("1982-07-20"));
        let household = c.household();
        c.township = 0;
        let one = c.member(&household, "户主", &first, &[]);
        c.township = 1;
        let two = c.member(&household, "户主", &second, &[("月收入", "41.00")]);
        c.paid(&[one], "dibao", "841.00", "a household is its township and its number");
        c.paid(&[two], "dibao", "800.00", "another household: 841 − 41");
    });
    planting.case("household of an unknown township", |c| {
        let who = c.person("1983-08-21");
        let household = c.household();
        let row = c.member(&household, "户主", &who, &[("乡镇街道", "和平里片区")]);
        c.paid(&[row], "dibao", "841.00", "known by the township as written; reported under 未识别");
    });
}

fn heads(planting: &mut Planting) {
    planting.case("no head", |c| {
        let (one, two) = (c.person("1965-01-01"), c.person("1966-02-02"));
        let household = c.household();
        let first = c.member(&household, "配偶", &one, &[]);
        let second = c.member(&household, "子", &two, &[]);
        c.none(&[first, second], "dibao", "deferred", "head", "nobody is marked 户主 or 本人");
    });
    planting.case("two heads", |c| {
        let (one, two) = (c.person("1965-03-03"), c.person("1966-04-04"));
        let household = c.household();
        let first = c.member(&household, "户主", &one, &[]);
        let second = c.member(&household, "户主", &two, &[]);
        c.none(&[first, second], "dibao", "deferred", "head", "two living heads");
    });
    planting.case("head suspended, the others in force", |c| {
        let (one, two) = (c.person("1965-05-05"), c.person("1966-06-06"));
        let household = c.household();
        let first = c.member(&household, "户主", &one, &[("状态", "暂停")]);
        let second = c.member(&household, "配偶", &two, &[]);
        c.none(
            &[first, second],
            "dibao",
            "deferred",
            "head",
            "the head's row is not current, and nobody else is head",
        );
    });
    planting.case("head died the month before", |c| {
        let (one, two) = (c.person("1955-07-07"), c.person("1956-08-08"));
        let household = c.household();
        let first = c.member(&household, "户主", &one, &[]);
        let second = c.member(&household, "配偶", &two, &[]);
        c.died(&one, "2023-01-20");
        let why =
            "841 × 1: the dead head no longer counts, but its registration does; held until a payee is named";
        c.held(&[first, second], "dibao", "841.00", "payee-dead", why);
    });
    planting.case("head died in the cycle month", |c| {
        let (one, two) = (c.person("1955-09-09"), c.person("1956-10-10"));
        let household = c.household();
        let first = c.member(&household, "户主", &one, &[]);
        let second = c.member(&household, "配偶", &two, &[]);
        c.died(&one, "2023-02-05");
        c.paid(&[first, second], "dibao", "1682.00", "841 × 2: the month of death still counts");
    });
    planting.case("a dead head and a new one", |c| {
        let (one, two) = (c.person("1955-11-11"), c.person("1956-12-12"));
        let household = c.household();
        let first = c.member(&household, "户主", &one, &[]);
        let second = c.member(&household, "户主", &two, &[]);
        c.died(&one, "2022-12-30");
        c.paid(&[first, second], "dibao", "841.00", "one living head; one member counts");
    });
    planting.case("the only member died the month before", |c| {
        let who = c.person("1954-01-13");
        let household = c.household();
        let row = c.member(&household, "户主", &who, &[]);
        c.died(&who, "2023-01-02");
        c.none(&[row], "dibao", "refused", "no-members", "nobody is left to count");
    });
    planting.case("everybody suspended", |c| {
        let who = c.person("1964-02-14");
        let household = c.household();
        let row = c.member(&household, "户主", &who, &[("状态", "暂停")]);
        c.none(&[row], "dibao", "not-current", "", "no row of the household is current");
    });
    planting.case("head's registration blank", |c| {
        let who = c.person("1964-03-15");
        let household = c.household();
        let row = c.member(&household, "户主", &who, &[("户口性质", "")]);
        c.none(&[row], "dibao", "deferred", "incomplete", "urban or rural decides the standard");
    });
}

fn members(planting: &mut Planting) {
    planting.case("a member stopped", |c| {
        let (one, two) = (c.person("1976-04-16"), c.person("1977-05-17"));
        let household = c.household();
        let first = c.member(&household, "户主", &one, &[("月收入", "100.00")]);
        let second = c.member(&household, "配偶", &two, &[("状态", "停发"), ("月收入", "500.00")]);
        c.paid(&[first, second], "dibao", "741.00", "841 × 1 − 100: the stopped row takes no part");
    });
    planting.case("a member died the month before", |c| {
        let (one, two) = (c.person("1976-06-18"), c.person("1949-07-19"));
        let household = c.household();
        let first = c.member(&household, "户主", &one, &[]);
        let second = c.member(&household, "母亲", &two, &[("月收入", "200.00")]);
        c.died(&two, "2023-01-28");
        c.paid(&[first, second], "dibao", "841.00", "841 × 1: the dead member and her income are out");
    });
    planting.case("a member row twice, alike", |c| {
        let (one, two) = (c.person("1976-08-20"), c.person("1977-09-21"));
        let household = c.household();
        let first = c.member(&household, "户主", &one, &[]);
        let second = c.member(&household, "配偶", &two, &[]);
        let third = c.member(&household, "配偶", &two, &[]);
        c.paid(&[first, second, third], "dibao", "1682.00", "841 × 2: counted once");
    });
    planting.case("a member on tekun is not counted", |c| {
        let (one, two) = (c.person("1960-05-22"), c.person("1954-06-23"));
        let household = c.household();
        let first = c.member(&household, "户主", &one, &[("月收入", "100.00")]);
        let second = c.member(&household, "其他", &two, &[]);
        let third = c.row(Tekun, &two, &[("户口性质", "城镇"), ("供养方式", "分散"), ("自理能力", "全自理")]);
        c.paid(&[first, second], "dibao", "741.00", "841 × 1 − 100");
        c.paid(&[third], "tekun-living", "1093.30", "1.3 × 841");
        c.nil(&[third], "tekun-care", "able to look after oneself: 0");
    });
    planting.case("everybody on tekun", |c| {
        let who = c.person("1955-07-24");
        let household = c.household();
        let first = c.member(&household, "户主", &who, &[]);
        let second =
            c.row(Tekun, &who, &[("户口性质", "城镇"), ("供养方式", "分散"), ("自理能力", "全自理")]);
        c.none(&[first], "dibao", "refused", "no-members", "tekun takes the only member out of the count");
        c.paid(&[second], "tekun-living", "1093.30", "1.3 × 841");
        c.nil(&[second], "tekun-care", "able: 0");
    });
    planting.case("an orphan is not counted", |c| {
        let (one, two) = (c.person("1961-08-25"), c.person("2012-09-26"));
        let household = c.household();
        let first = c.member(&household, "户主", &one, &[]);
        let second = c.member(&household, "孙子", &two, &[]);
        let said = [
            ("儿童类别", "孤儿"),
            ("安置方式", "散居"),
            ("领款人身份证号", one.id.as_str()),
            ("领款人姓名", one.name.as_str()),
            ("开户银行", one.bank),
            ("银行账号", one.account.as_str()),
            ("账户名称", one.name.as_str()),
        ];
        let third = c.row(Children, &two, &said);
        c.paid(&[first, second], "dibao", "841.00", "841 × 1");
        c.paid(
            &[third],
            "orphan",
            "1288.00",
            "dispersed, the value known in this cycle (1,400 is announced in 2023-05)",
        );
    });
}

fn undecided(planting: &mut Planting) {
    planting.case("a member row with a wrong number", |c| {
        let (one, two) = (c.person("1978-01-27"), c.person("1979-02-28"));
        let household = c.household();
        let first = c.member(&household, "户主", &one, &[]);
        let second = c.member(&household, "配偶", &two, &[("身份证号", &with_wrong_check(&two.id))]);
        c.none(
            &[first, second],
            "dibao",
            "deferred",
            "member",
            "paying it for fewer people would be a guess",
        );
    });
    planting.case("a member's income blank", |c| {
        let (one, two) = (c.person("1978-03-01"), c.person("1979-04-02"));
        let household = c.household();
        let first = c.member(&household, "户主", &one, &[]);
        let second = c.member(&household, "配偶", &two, &[("月收入", "")]);
        c.none(&[first, second], "dibao", "deferred", "incomplete", "an income has no default");
    });
    planting.case("a negative income", |c| {
        let who = c.person("1978-05-03");
        let household = c.household();
        let row = c.member(&household, "户主", &who, &[("月收入", "-50")]);
        c.none(&[row], "dibao", "deferred", "incomplete", "it cannot be read as an amount");
    });
    planting.case("one person in two households", |c| {
        let (one, both, three) = (c.person("1978-06-04"), c.person("2000-07-05"), c.person("1979-08-06"));
        let (h1, h2) = (c.household(), c.household());
        let a1 = c.member(&h1, "户主", &one, &[]);
        let a2 = c.member(&h1, "子", &both, &[]);
        let b1 = c.member(&h2, "户主", &three, &[]);
        let b2 = c.member(&h2, "配偶", &both, &[]);
        let number = certificate(&one.id, 4, 3);
        let row = c.row(Disability, &one, &[("残疾类别", "肢体"), ("残疾等级", "3"), ("残疾证号", &number)]);
        c.none(
            &[a1, a2],
            "dibao",
            "deferred",
            "duplicate",
            "two current rows of one person: both households wait",
        );
        c.none(
            &[b1, b2],
            "dibao",
            "deferred",
            "duplicate",
            "two current rows of one person: both households wait",
        );
        c.none(
            &[row],
            "disability-living",
            "deferred",
            "undecided:dibao",
            "asks about a household that waits",
        );
        c.none(&[row], "disability-nursing", "refused", "grade", "grade 3 physical");
    });
    planting.case("one person in two households, one row stopped", |c| {
        let (one, both, three) = (c.person("1978-09-07"), c.person("2000-10-08"), c.person("1979-11-09"));
        let (h1, h2) = (c.household(), c.household());
        let a1 = c.member(&h1, "户主", &one, &[]);
        let a2 = c.member(&h1, "子", &both, &[("状态", "停发"), ("停发月份", "2022-12")]);
        let b1 = c.member(&h2, "户主", &three, &[]);
        let b2 = c.member(&h2, "配偶", &both, &[("最初享受月份", "2023-01")]);
        c.paid(&[a1, a2], "dibao", "841.00", "841 × 1");
        c.paid(&[b1, b2], "dibao", "1682.00", "841 × 2");
    });
    planting.case("a member row twice with different incomes", |c| {
        let (one, two) = (c.person("1978-12-10"), c.person("1980-01-11"));
        let household = c.household();
        let first = c.member(&household, "户主", &one, &[]);
        let second = c.member(&household, "配偶", &two, &[]);
        let third = c.member(&household, "配偶", &two, &[("月收入", "10.00")]);
        c.none(
            &[first, second, third],
            "dibao",
            "deferred",
            "duplicate",
            "which income is right is not for us to say",
        );
    });
    planting.case("a member whose tekun is undecided", |c| {
        let (one, two) = (c.person("1962-02-12"), c.person("1952-03-13"));
        let household = c.household();
        let first = c.member(&household, "户主", &one, &[]);
        let second = c.member(&household, "其他", &two, &[]);
        let said = [("户口性质", "城镇"), ("供养方式", "分散"), ("自理能力", "全自理")];
        let third = c.row(Tekun, &two, &said);
        let fourth = c.row(Tekun, &two, &[&said[..], &[("社区村", "第8社区")]].concat());
        for row in [third, fourth] {
            c.none(&[row], "tekun-living", "deferred", "duplicate", "different facts");
            c.none(&[row], "tekun-care", "deferred", "duplicate", "different facts");
        }
        let why = "whether she counts depends on tekun, which waits";
        c.none(&[first, second], "dibao", "deferred", "undecided:tekun-living", why);
    });
}
