//! Ages, deaths, reading and accounts, on the rosters of old people.

use super::planting::Planting;
use crate::generate::identity::{card, resident_number, with_wrong_check};
use crate::generate::row::Roster::{Aged, OldAge, Sanmin};

/// Plants them.
pub fn plant(planting: &mut Planting) {
    planting.section('A', "Old-age allowance: ages and death (workbooks, one for each township)");
    ages(planting);
    deaths(planting);
    planting.section('B', "Rows that are not current, cannot be read, or stand twice");
    reading(planting);
    duplicates(planting);
    planting.section('C', "Accounts: what is owed and not payable now");
    accounts(planting);
    planting.section('D', "Subsidy of 70 to 79: asks what the household's dibao is this month");
    seventies(planting);
    planting.section('E', "The closed list (sanmin)");
    closed_list(planting);
}

fn ages(planting: &mut Planting) {
    planting.case("reaches 80 in the cycle month", |c| {
        let who = c.person("1943-02-28");
        let row = c.row(OldAge, &who, &[("最初享受月份", "2023-02")]);
        c.paid(&[row], "old-age", "100.00", "born 1943-02: 80 is reached in 2023-02, paid from that month");
    });
    planting.case("reaches 80 a month later", |c| {
        let who = c.person("1943-03-01");
        let row = c.row(OldAge, &who, &[]);
        c.none(&[row], "old-age", "refused", "age", "born 1943-03: 80 is reached in 2023-03");
    });
    planting.case("reaches 100 in the cycle month", |c| {
        let who = c.person("1923-02-20");
        let row = c.row(OldAge, &who, &[]);
        c.paid(&[row], "old-age", "600.00", "born 1923-02: the second band begins in 2023-02");
    });
    planting.case("reaches 100 a month later", |c| {
        let who = c.person("1923-03-05");
        let row = c.row(OldAge, &who, &[]);
        c.paid(&[row], "old-age", "100.00", "born 1923-03: still the first band");
    });
    planting.case("born on 29 February", |c| {
        let who = c.person("1940-02-29");
        let row = c.row(OldAge, &who, &[]);
        c.paid(&[row], "old-age", "100.00", "ages are counted in months, so the day does not matter");
    });
}

fn deaths(planting: &mut Planting) {
    planting.case("died the month before", |c| {
        let who = c.person("1938-05-11");
        let row = c.row(OldAge, &who, &[]);
        c.died(&who, "2023-01-31");
        c.none(&[row], "old-age", "refused", "death", "paid for the month of death, not after");
    });
    planting.case("died in the cycle month", |c| {
        let who = c.person("1938-06-12");
        let row = c.row(OldAge, &who, &[]);
        c.died(&who, "2023-02-01");
        c.paid(&[row], "old-age", "100.00", "the month of death is paid");
    });
    planting.case("died after the cycle month", |c| {
        let who = c.person("1938-07-13");
        let row = c.row(OldAge, &who, &[]);
        c.died(&who, "2023-03-02");
        c.paid(&[row], "old-age", "100.00", "the death lies after the month");
    });
    planting.case("two dates of death", |c| {
        let who = c.person("1938-08-14");
        let row = c.row(OldAge, &who, &[]);
        c.died(&who, "2023-02-10");
        c.died(&who, "2023-01-15");
        c.none(&[row], "old-age", "refused", "death", "the earliest of several dates counts");
    });
}

fn reading(planting: &mut Planting) {
    planting.case("suspended", |c| {
        let who = c.person("1937-01-02");
        let row = c.row(OldAge, &who, &[("状态", "暂停")]);
        c.none(&[row], "old-age", "not-current", "", "only 正常 is in force");
    });
    planting.case("stopped", |c| {
        let who = c.person("1937-02-03");
        let row = c.row(OldAge, &who, &[("状态", "停发"), ("停发月份", "2022-12")]);
        c.none(&[row], "old-age", "not-current", "", "stopped");
    });
    planting.case("begins next month", |c| {
        let who = c.person("1937-03-04");
        let row = c.row(OldAge, &who, &[("最初享受月份", "2023-03")]);
        c.none(&[row], "old-age", "not-current", "", "the first benefit month is 2023-03");
    });
    planting.case("last month before the cycle", |c| {
        let who = c.person("1937-04-05");
        let row = c.row(OldAge, &who, &[("停发月份", "2023-01")]);
        c.none(&[row], "old-age", "not-current", "", "停发月份 is the last benefit month, 2023-01");
    });
    planting.case("last month is the cycle", |c| {
        let who = c.person("1937-05-06");
        let row = c.row(OldAge, &who, &[("停发月份", "2023-02")]);
        c.paid(&[row], "old-age", "100.00", "the last benefit month is still paid");
    });
    planting.case("blank status", |c| {
        let who = c.person("1937-06-07");
        let row = c.row(OldAge, &who, &[("状态", "")]);
        c.none(&[row], "old-age", "rejected", "needed field", "a blank status is not 正常");
    });
    planting.case("unknown word as status", |c| {
        let who = c.person("1937-07-08");
        let row = c.row(OldAge, &who, &[("状态", "待核实")]);
        c.none(
            &[row],
            "old-age",
            "rejected",
            "needed field",
            "the status is always needed and cannot be read",
        );
    });
    planting.case("blank first month", |c| {
        let who = c.person("1937-08-09");
        let row = c.row(OldAge, &who, &[("最初享受月份", "")]);
        c.none(&[row], "old-age", "rejected", "needed field", "the first month is always needed here");
    });
    planting.case("wrong check digit", |c| {
        let who = c.person("1937-09-10");
        let row = c.row(OldAge, &who, &[("身份证号", &with_wrong_check(&who.id))]);
        c.none(
            &[row],
            "old-age",
            "rejected",
            "identity number",
            "the last character does not fit the others",
        );
    });
    planting.case("17 digits", |c| {
        let who = c.person("1937-10-11");
        let row = c.row(OldAge, &who, &[("身份证号", &who.id[..17])]);
        c.none(&[row], "old-age", "rejected", "identity number", "not 18 characters: the line is the row's");
    });
    planting.case("15-digit number of the old kind", |c| {
        let who = c.person("1937-11-12");
        let row = c.row(OldAge, &who, &[("身份证号", "150199371112001")]);
        c.none(&[row], "old-age", "rejected", "identity number", "old numbers come in through `links` only");
    });
    planting.case("a day that does not exist", |c| {
        let who = c.person("1937-12-13");
        // 30 February, with the check character that fits it.
        let digits = "15019919370230901";
        let number = format!("{digits}{}", crate::generate::identity::check_character(digits));
        let row = c.row(OldAge, &who, &[("身份证号", &number)]);
        c.none(&[row], "old-age", "rejected", "identity number", "30 February is no day of birth");
    });
    planting.case("lower-case x", |c| {
        let mut who = c.person("1936-01-14");
        // The first number of that day that ends in X.
        for sequence in 950..999 {
            who.id =
                resident_number(chrono::NaiveDate::from_ymd_opt(1936, 1, 14).unwrap_or_default(), sequence);
            if who.id.ends_with('X') {
                break;
            }
        }
        let written = who.id.to_lowercase();
        let row = c.row(OldAge, &who, &[("身份证号", &written)]);
        c.paid(&[row], "old-age", "100.00", "read as X");
    });
    planting.case("spaces and a line break inside the number", |c| {
        let who = c.person("1936-02-15");
        let written = format!("{} {}\n{}", &who.id[..6], &who.id[6..14], &who.id[14..]);
        let row = c.row(OldAge, &who, &[("身份证号", &written)]);
        c.paid(&[row], "old-age", "100.00", "white space inside a number is taken off");
    });
    planting.case("full-width digits", |c| {
        let who = c.person("1936-03-16");
        let wide: String =
            who.id.chars().map(|digit| char::from_u32(digit as u32 + 0xFEE0).unwrap_or(digit)).collect();
        let row = c.row(OldAge, &who, &[("身份证号", &wide)]);
        c.paid(&[row], "old-age", "100.00", "full-width digits are folded");
    });
    planting.case("months and dates in other forms", |c| {
        let who = c.person("1936-04-17");
        let row = c.row(OldAge, &who, &[("最初享受月份", "2020年3月"), ("停发月份", "长期")]);
        c.paid(&[row], "old-age", "100.00", "2020年3月 is March 2020; 长期 is no end");
    });
    planting.case("unknown township", |c| {
        let who = c.person("1936-05-18");
        let row = c.row(OldAge, &who, &[("乡镇街道", "幸福里街道")]);
        c.paid(&[row], "old-age", "100.00", "a warning; reported under 未识别, and still paid");
    });
    planting.case("declared amount differs", |c| {
        let who = c.person("1936-06-19");
        let row = c.row(OldAge, &who, &[("核定金额", "120")]);
        c.paid(&[row], "old-age", "100.00", "pay-computed: the difference is a warning");
    });
}

fn duplicates(planting: &mut Planting) {
    planting.case("the same row twice", |c| {
        let who = c.person("1935-01-20");
        let first = c.row(OldAge, &who, &[]);
        let second = c.row(OldAge, &who, &[]);
        c.paid(&[first, second], "old-age", "100.00", "same facts: one claim, paid once, a warning");
    });
    planting.case("two rows with different facts", |c| {
        let who = c.person("1935-02-21");
        let first = c.row(OldAge, &who, &[]);
        let second = c.row(OldAge, &who, &[("社区村", "第9社区")]);
        let why = "same key, different facts: neither is believed";
        c.none(&[first], "old-age", "deferred", "duplicate", why);
        c.none(&[second], "old-age", "deferred", "duplicate", why);
    });
    planting.case("two rows of which one is stopped", |c| {
        let who = c.person("1935-03-22");
        let first = c.row(OldAge, &who, &[("状态", "停发"), ("停发月份", "2022-11")]);
        let second = c.row(OldAge, &who, &[("最初享受月份", "2022-12")]);
        let why = "rows that are not current take no part in duplicate checks";
        c.none(&[first], "old-age", "not-current", "", why);
        c.paid(&[second], "old-age", "100.00", why);
    });
}

fn accounts(planting: &mut Planting) {
    planting.case("no account", |c| {
        let who = c.person("1934-01-03");
        let row = c.row(OldAge, &who, &[("开户银行", ""), ("银行账号", ""), ("账户名称", "")]);
        c.held(&[row], "old-age", "100.00", "no-account", "owed, and held until an account is there");
    });
    planting.case("words where the account number belongs", |c| {
        let who = c.person("1934-02-04");
        let row = c.row(OldAge, &who, &[("银行账号", "待补卡号")]);
        c.held(
            &[row],
            "old-age",
            "100.00",
            "no-account",
            "no account number: the claim stands, the payment waits",
        );
    });
    planting.case("card number that fails Luhn", |c| {
        let who = c.person("1934-03-05");
        let (front, last) = who.account.split_at(18);
        let other = if last == "0" { "1" } else { "0" };
        let row = c.row(OldAge, &who, &[("银行账号", &format!("{front}{other}"))]);
        c.paid(&[row], "old-age", "100.00", "a warning only: not every bank's numbers follow Luhn");
    });
    planting.case("account in another name", |c| {
        let who = c.person("1934-04-06");
        let row = c.row(OldAge, &who, &[("账户名称", "钱大有")]);
        c.held(
            &[row],
            "old-age",
            "100.00",
            "account-name-differs",
            "the payee is the person, the account is not",
        );
    });
    planting.case("the same name with another dot", |c| {
        let mut who = c.person("1934-05-07");
        who.name = "其木格·呼日勒".into();
        let row = c.row(OldAge, &who, &[("账户名称", "其木格•呼日勒")]);
        c.paid(&[row], "old-age", "100.00", "U+2022 and U+00B7 are the same separator in a name");
    });
    planting.case("one account for two people", |c| {
        let first = c.person("1934-06-08");
        let mut second = c.person("1934-07-09");
        second.account = first.account.clone();
        second.bank = first.bank;
        let one = c.row(OldAge, &first, &[]);
        let two = c.row(OldAge, &second, &[]);
        let why = "two beneficiaries with money due and one account: limits.account_people is 1";
        c.held(&[one], "old-age", "100.00", "account-shared", why);
        c.held(&[two], "old-age", "100.00", "account-shared", why);
    });
    planting.case("a head and the household on one account", |c| {
        let who = c.person("1934-08-10");
        let household = c.household();
        let home = c.member(&household, "户主", &who, &[]);
        let own = c.row(OldAge, &who, &[]);
        let why = "a household with its members is one beneficiary for this check";
        c.paid(&[home], "dibao", "925.10", "841 − 0, and 10 % of 841 (84.10) for age 70 and more");
        c.paid(&[own], "old-age", "100.00", why);
    });
    planting.case("account replaced by the register, in force", |c| {
        let who = c.person("1934-09-11");
        let row = c.row(OldAge, &who, &[]);
        c.new_account(&who, &card(990_000_000_001), "2023-02");
        c.paid(&[row], "old-age", "100.00", "paid to the account of the register, in force from 2023-02");
    });
    planting.case("account replaced by the register, not yet", |c| {
        let who = c.person("1934-10-12");
        let row = c.row(OldAge, &who, &[]);
        c.new_account(&who, &card(990_000_000_002), "2023-03");
        c.paid(&[row], "old-age", "100.00", "paid to the roster's account: the new one begins in 2023-03");
    });
    planting.case("account missing in the roster, given by the register", |c| {
        let who = c.person("1934-11-13");
        let row = c.row(OldAge, &who, &[("开户银行", ""), ("银行账号", ""), ("账户名称", "")]);
        c.new_account(&who, &card(990_000_000_003), "2022-12");
        c.paid(&[row], "old-age", "100.00", "the register fills the gap");
    });
}

fn seventies(planting: &mut Planting) {
    for (title, born, dibao, why_dibao, paid, why) in [
        (
            "reaches 70 in the cycle month",
            "1953-02-10",
            "925.10",
            "841 + 84.10 (age 70)",
            true,
            "from the month in which 70 is reached",
        ),
        ("reaches 70 a month later", "1953-03-10", "841.00", "841: 69, no uplift", false, "69 in 2023-02"),
        (
            "reaches 80 a month later",
            "1943-03-10",
            "925.10",
            "841 + 84.10 (age 70)",
            true,
            "2023-02 is the last month before 80",
        ),
        (
            "reaches 80 in the cycle month",
            "1943-02-10",
            "925.10",
            "841 + 84.10 (age 70)",
            false,
            "from 80 on the old-age allowance takes over",
        ),
    ] {
        planting.case(title, |c| {
            let who = c.person(born);
            let household = c.household();
            let home = c.member(&household, "本人", &who, &[]);
            let row = c.row(Aged, &who, &[]);
            c.paid(&[home], "dibao", dibao, why_dibao);
            if paid {
                c.paid(&[row], "aged-70-79", "50.00", why);
            } else {
                c.none(&[row], "aged-70-79", "refused", "age", why);
            }
        });
    }
    planting.case("in no household on dibao", |c| {
        let who = c.person("1950-01-11");
        let row = c.row(Aged, &who, &[]);
        c.none(&[row], "aged-70-79", "refused", "dibao", "not on this month's dibao list");
    });
    planting.case("household refused this month", |c| {
        let who = c.person("1950-02-12");
        let household = c.household();
        let home = c.member(&household, "户主", &who, &[("月收入", "841.00")]);
        let row = c.row(Aged, &who, &[]);
        c.none(&[home], "dibao", "refused", "income", "841.00 is not below 841");
        c.none(&[row], "aged-70-79", "refused", "dibao", "the household gets nothing this month");
    });
    planting.case("household cannot be decided", |c| {
        let who = c.person("1950-03-13");
        let household = c.household();
        let home = c.member(&household, "户主", &who, &[("月收入", "")]);
        let row = c.row(Aged, &who, &[]);
        c.none(&[home], "dibao", "deferred", "incomplete", "an income is needed and has no default");
        c.none(&[row], "aged-70-79", "deferred", "undecided:dibao", "it asks what nobody knows yet");
    });
    planting.case("own row in the household is stopped", |c| {
        let head = c.person("1980-04-14");
        let who = c.person("1950-05-15");
        let household = c.household();
        let home = c.member(&household, "户主", &head, &[]);
        let gone = c.member(&household, "母亲", &who, &[("状态", "停发"), ("停发月份", "2022-12")]);
        let row = c.row(Aged, &who, &[]);
        c.paid(&[home, gone], "dibao", "841.00", "one member counts: 841");
        c.none(&[row], "aged-70-79", "refused", "dibao", "not a counted member of the household");
    });
}

fn closed_list(planting: &mut Planting) {
    planting.case("in force", |c| {
        let who = c.person("1944-03-01");
        let row = c.row(Sanmin, &who, &[]);
        c.paid(&[row], "sanmin", "900.00", "900 from 2018-01");
    });
    planting.case("also draws the old-age allowance", |c| {
        let who = c.person("1938-01-01");
        let row = c.row(Sanmin, &who, &[]);
        let second = c.row(OldAge, &who, &[]);
        c.paid(&[row], "sanmin", "900.00", "nothing bars it");
        c.paid(&[second], "old-age", "100.00", "old-age goes with everything");
    });
    planting.case("suspended", |c| {
        let who = c.person("1944-04-02");
        let row = c.row(Sanmin, &who, &[("状态", "暂停")]);
        c.none(&[row], "sanmin", "not-current", "", "suspended");
    });
    planting.case("died the month before", |c| {
        let who = c.person("1944-05-03");
        let row = c.row(Sanmin, &who, &[]);
        c.died(&who, "2023-01-09");
        c.none(&[row], "sanmin", "refused", "death", "a closed list needs its deaths month by month");
    });
    planting.case("a record with a cell too many", |c| {
        let who = c.person("1944-06-04");
        let row = c.row(Sanmin, &who, &[]);
        c.surplus_cell(row, "备注：已搬家");
        c.none(
            &[row],
            "sanmin",
            "rejected",
            "number of cells",
            "columns may have shifted: nothing is believed",
        );
    });
}
