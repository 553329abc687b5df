//! The national system's exports, with the headers seen in real ones (facts §14.1).

use crate::domain::{Files, Money, Month};
use crate::intake::{Cell, Claim, Input, Registers, RosterRead, read_roster, roster_of};
use crate::policy::{Canonical, Rulebook, pack};

const HOUSEHOLDS: &str = "户主姓名,户主身份证号,家庭人口数,保障人口数,家庭年总收入（元）,家庭年均收入（元）,户月保障金额（元）,家庭分类施保总额（元）,人员分类施保总额（元）,合计（元）,联系电话,家庭住址,所属省级,所属市级,所属区县,所属街道,所属社区,低保（特困）证号,最初享受月份,申请原因,救助金计算方式,分档类型,开户银行,银行账户名称,银行帐号,一卡通账号,家庭成员姓名,家庭成员身份证号\n";
const PEOPLE: &str = "姓名,身份证号,户主身份证号,与户主关系,性别,出生日期,年龄,民族,年收入（元）,是否残疾人,残疾证号,残疾类别,残疾等级,患病病种,最初享受月份,一卡通账户,救助类型,备注\n";

fn pack_of(change: impl Fn(&str, String) -> String) -> Rulebook {
    let files: Vec<(String, String)> =
        pack::xincheng().into_iter().map(|(path, text)| (path.clone(), change(&path, text))).collect();
    match pack::load(&files) {
        Ok((rulebook, _)) => rulebook,
        Err(faults) => panic!("{faults:?}"),
    }
}

fn read(rulebook: &Rulebook, files: &[(&str, String)]) -> (RosterRead, Files) {
    let cycle: Month = "2023-02".parse().unwrap();
    let roster = roster_of(rulebook, files[0].0).unwrap();
    let inputs: Vec<Input<'_>> =
        files.iter().map(|(name, text)| Input { name, bytes: text.as_bytes() }).collect();
    let mut names = Files::default();
    let read =
        read_roster(rulebook, roster, cycle, cycle, &inputs, &Registers::default(), &mut names).unwrap();
    (read, names)
}

fn codes(read: &RosterRead) -> Vec<&str> {
    let mut codes: Vec<&str> = read
        .findings
        .iter()
        .map(|finding| finding.code)
        .filter(|code| !matches!(*code, "encoding-seen" | "columns-not-read"))
        .collect();
    codes.sort_unstable();
    codes
}

fn money(yuan: &str) -> Cell {
    Cell::Money(yuan.parse::<Money>().unwrap())
}

fn extra<'a>(rulebook: &Rulebook, claim: &'a Claim, roster: &str, code: &str) -> &'a Cell {
    let field = rulebook.fields.iter().position(|field| field.code == code).unwrap();
    let roster = rulebook.rosters.iter().find(|one| one.code == roster).unwrap();
    let slot = roster.slot(crate::policy::FieldId(field as u16)).unwrap();
    &claim.extra[slot]
}

/// A valid synthetic identity number of this birth date and sequence.
fn id(birth: &str, sequence: u32) -> String {
    let body = format!("150199{birth}{sequence:03}");
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = body.bytes().zip(weights).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    format!("{body}{}", ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'][(sum % 11) as usize])
}

fn household(head: &str, name: &str, people: &str, number: &str, members: (&str, &str)) -> String {
    format!(
        "{name},{head},3,{people},24000,8000,500,0,0,{},13800000000,某处,内蒙古,呼和浩特,新城区,西街街道,某社区,{number},2022年5月,因病,差额,一档,中国农业银行,{name},6228480000000000001,,{},{}\n",
        "842.10", members.0, members.1
    )
}

fn person(name: &str, own: &str, head: &str, relation: &str, income: &str, illness: &str) -> String {
    format!("{name},{own},{head},{relation},男,,60,汉族,{income},否,,,,{illness},2022.05,,农村低保,\n")
}

#[test]
fn people_take_from_their_households_row_what_they_lack() {
    let rulebook = pack_of(|_, text| text);
    let (head, wife) = (id("19600101", 1), id("19610203", 2));
    let homes = format!("{HOUSEHOLDS}{}", household(&head, "张三", "2", "农01", ("", "")));
    let people = format!(
        "{PEOPLE}{}{}",
        person("张三", &head, &head, "户主", "1000", "高血压、尿毒症"),
        person("李四", &wife, &format!(" {head}"), "配偶", "0", "高血压")
    );
    let (read, files) =
        read(&rulebook, &[("农村低保家庭查询_2.csv", homes), ("农村低保人员查询_2.csv", people)]);
    assert_eq!(codes(&read), Vec::<&str>::new());
    assert_eq!(read.claims.len(), 2);
    let claim = &read.claims[0];
    assert_eq!((claim.household_id.as_str(), claim.head, claim.rejected), ("农01", true, None));
    assert_eq!(claim.hukou, Cell::Code(1));
    assert_eq!(rulebook.divisions.name(&claim.township), "西街街道");
    assert_eq!(claim.account.number, "6228480000000000001");
    assert_eq!(claim.declared_amount, money("842.10"));
    // 1000 ÷ 12 = 83.333…, half-up to the fen; the household's own figure is not used then.
    assert_eq!(*extra(&rulebook, claim, "dibao", "monthly_income"), money("83.33"));
    assert_eq!(*extra(&rulebook, claim, "dibao", "household_income"), Cell::Empty);
    assert_eq!(*extra(&rulebook, claim, "dibao", "serious_illness"), Cell::Flag(true));
    assert_eq!(*extra(&rulebook, &read.claims[1], "dibao", "serious_illness"), Cell::Flag(false));
    assert_eq!(
        files.show_all(&[claim.source, read.claims[1].source]),
        "农村低保人员查询_2.csv:2;农村低保家庭查询_2.csv:2;农村低保人员查询_2.csv:3"
    );
}

#[test]
fn members_in_one_cell_or_in_columns_are_unpacked() {
    let rulebook = pack_of(|_, text| text);
    let ids = [id("19600101", 1), id("19610203", 2), id("20100506", 3)];
    let packed = household(
        &ids[0],
        "张三",
        "3",
        "01",
        ("张三、李四、张小", &format!("{}、{}；{}", ids[0], ids[1].to_lowercase(), ids[2])),
    );
    let (first, _) = read(&rulebook, &[("城市低保家庭查询.csv", format!("{HOUSEHOLDS}{packed}"))]);
    assert_eq!(codes(&first), Vec::<&str>::new());
    let wide = HOUSEHOLDS
        .replace("家庭成员姓名,家庭成员身份证号", "家庭成员1身份证号,家庭成员2身份证号,家庭成员3身份证号");
    let row = household(&ids[0], "张三", "3", "01", ("", "")).trim_end().trim_end_matches(",,").to_owned();
    let text = format!("{wide}{row},{},{},\n", ids[1], ids[2]);
    let (second, _) = read(&rulebook, &[("城市低保家庭查询.csv", text)]);
    assert_eq!(codes(&second), Vec::<&str>::new());
    for read in [&first, &second] {
        let found: Vec<&str> = read.claims.iter().map(|claim| claim.id_written.as_str()).collect();
        assert_eq!(found, ids);
        assert!(read.claims.iter().all(|claim| claim.hukou == Cell::Code(0) && claim.rejected.is_none()));
        assert_eq!(read.claims.iter().filter(|claim| claim.head).count(), 1);
        // 24,000 a year for the household.
        assert_eq!(*extra(&rulebook, &read.claims[0], "dibao", "household_income"), money("2000.00"));
    }
    assert_eq!(first.claims[1].name, "李四");
}

#[test]
fn what_does_not_join_is_named_and_kept() {
    let rulebook = pack_of(|_, text| text);
    let ids: Vec<String> = (1..=5).map(|sequence| id("19600101", sequence)).collect();
    let homes = format!(
        "{HOUSEHOLDS}{}{}{}",
        household(&ids[0], "张三", "3", "01", ("", "")),
        household(&ids[2], "王五", "1", "02", ("", "")),
        household(&ids[4], "周七", "1", "03", ("", "")),
    );
    let people = format!(
        "{PEOPLE}{}{}{}",
        person("张三", &ids[0], &ids[0], "户主", "0", ""),
        person("赵六", &ids[3], &ids[1], "户主", "0", ""),
        person("周七", &ids[4], "", "户主", "0", ""),
    );
    let (read, _) = read(&rulebook, &[("农村低保家庭查询.csv", homes), ("农村低保人员查询.csv", people)]);
    assert_eq!(
        codes(&read),
        ["household-count-differs", "household-without-people", "person-without-household"]
    );
    let of = |number: &str| read.claims.iter().find(|claim| claim.id_written == number).unwrap();
    assert!(of(&ids[0]).incomplete, "three insured, one listed");
    assert!(of(&ids[2]).incomplete && of(&ids[2]).head, "the household's row stands for itself");
    assert_eq!(of(&ids[3]).rejected.map(|one| one.word()), Some("needed field"));
    assert_eq!((of(&ids[4]).incomplete, of(&ids[4]).rejected), (false, None), "a head is his own");
    assert_eq!(read.claims.len(), 4);
}

#[test]
fn a_carer_is_the_payee_only_where_the_profile_says_so() {
    let (head, carer) = (id("19500101", 1), id("19800203", 2));
    let homes = format!(
        "户主姓名,户主身份证号,特困人员数,供养方式,户籍类型,基本生活总费用（元）,照料护理总费用（元）,合计（元）,所属街,低保（特困）证号,最初享受月,开户银行,银行账户名称,银行帐号\n\
         张三,{head},1,分散供养,农业,807.33,1265,2072.33,西街街道,T01,2020-01,中国农业银行,张三,6228480000000000001\n"
    );
    let people = format!(
        "姓名,身份证号,户主身份证号,与户主关系,生活自理能力,照料人姓名,照料人身份证号,供养机构\n张三,{head},{head},本人,全护理,李四,{carer},\n"
    );
    for (says, payee) in [("false", None), ("true", Some(carer.as_str()))] {
        let rulebook =
            pack_of(|_, text| text.replace("carer_is_payee = false", &format!("carer_is_payee = {says}")));
        let files = [("特困人员家庭查询_1.csv", homes.clone()), ("特困人员查询_1.csv", people.clone())];
        let (read, _) = read(&rulebook, &files);
        assert_eq!(codes(&read), Vec::<&str>::new());
        let claim = &read.claims[0];
        assert_eq!(claim.payee_id.map(|id| id.to_string()).as_deref(), payee);
        assert_eq!(*extra(&rulebook, claim, "tekun", "support"), Cell::Code(0));
        assert_eq!(*extra(&rulebook, claim, "tekun", "self_care"), Cell::Code(0));
        assert_eq!((claim.hukou.clone(), claim.declared_amount.clone()), (Cell::Code(1), money("2072.33")));
    }
}

#[test]
fn a_profile_of_a_plain_list_names_sheet_header_unit_and_aliases() {
    let rulebook = pack_of(|path, text| {
        if path != "rosters/national.toml" {
            return text;
        }
        format!(
            "{text}\n[[profile]]\ncode = \"county\"\nname = \"旗县备案表\"\nroster = \"old-age\"\nactive = true\n\
             [[profile.file]]\npatterns = [\"*长寿备案*\"]\nheader_row = 3\nheader_rows = 1\nunit = \"万元\"\n\
             aliases = {{ resident_id = [\"编码\"], first_month = [\"起\"], declared_amount = [\"数\"] }}\n"
        )
    });
    let text = format!("编码,姓名\n说明,,,\n编码,姓名,起,数\n{},张三,2020-01,0.01\n", id("19300101", 1));
    let (read, _) = read(&rulebook, &[("二月长寿备案.csv", text)]);
    assert_eq!(read.claims[0].declared_amount, money("100.00"));
    assert_eq!(read.claims[0].rejected, None);
    assert_eq!(rulebook.field(Canonical::Status.id()).code, "status");
}
