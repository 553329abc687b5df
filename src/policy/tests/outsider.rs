//! What an outsider must be able to do with TOML alone: a fifteenth programme with columns, a band
//! table, a register and a stacking rule of its own.

use proptest::prelude::*;

use super::facts::month;
use crate::domain::{Month, Programme, ResidentId};
use crate::policy::{
    Facts, FieldId, Frequency, KeyPart, Missing, PayeeRule, RegisterId, Rounding, RoundingMode, Rulebook,
    Stacking, Value, ValueId, pack,
};
use crate::words::Language;

const HEATING: &str = r#"
# 取暖补贴: a programme of a neighbouring district.
[[field]]
code = "floor_area"
headers = ["采暖面积", "采暖面积（平方米）"]
kind = "integer"
least = 1
most = 400
blank = "missing"

[[field]]
code = "fuel"
headers = ["采暖方式"]
kind = "code"
blank = "missing"
codes = [
  { code = "coal", words = ["燃煤", "煤"] },
  { code = "grid", words = ["集中供热", "集中"] },
]

[[field]]
code = "contract_share"
headers = ["合同负担比例分母"]
kind = "integer"
least = 1
blank = "empty"

[[roster]]
code = "heating"
name = "取暖补贴"
file_names = ["取暖"]
fields = ["floor_area", "fuel"]

[[register]]
code = "heating-contracts"
name = "供热合同"
id_headers = ["身份证号"]
from_headers = ["起始月份"]
until_headers = ["终止月份"]
columns = ["contract_share"]

[[value]]
code = "heating_rate"
name = "取暖标准"
unit = "money"
keys = ["fuel"]
bands = ["area"]
rounding = "up"
to = "yuan"
citation = "新政办发〔2022〕30号"
status = "assumed"
history = [
  { fuel = "coal", area = { below = 60 }, from = "2022-10", amount = 100, per = "month" },
  { fuel = "coal", area = { from = 60 }, from = "2022-10", amount = "130.50", per = "month" },
  { fuel = "grid", area = { below = 60 }, from = "2022-10", amount = 1000, per = "year" },
  { fuel = "集中供热", area = { from = 60, below = 90 }, from = "2022-10", amount = 1300, per = "year" },
  { fuel = "grid", area = { from = 90 }, from = "2022-10", until = "2023-03", amount = 2000, per = "year" },
]

[[programme]]
code = "heating"
name = "取暖补贴"
unit = "person"
roster = "heating"
from = "2022-10"
frequency = "quarterly"
stops_after_death = true
payee = "carer"
declared = "defer-if-different"
fund = "elderly-services"
remark = "取暖补贴"
public_notice = true
citation = "新政办发〔2022〕30号"
status = "assumed"
verification = { field = "approved_on_heating", months = 12 }
[programme.recovery]
offset = "automatic"
share = "50%"
leave_at_least = 100
[programme.define]
"在供暖期" = 'month_number(month) ≥ 10 or month_number(month) ≤ 4'
[[programme.clause]]
id = "season"
condition = '在供暖期'
words = "不在供暖期"
[[programme.clause]]
id = "contract"
condition = '在册("供热合同") 且 （登记("heating-contracts", "合同负担比例分母") ≥ 2 或 采暖方式 = "燃煤"）'
words = "没有供热合同"
[[programme.clause]]
id = "poor"
condition = '享受("dibao") 或 年龄 ≥ 80'
words = "不是低保家庭成员且未满80周岁"
[programme.amount]
formula = '取暖标准(采暖方式, 采暖面积) ÷ 2'
rounding = "down"
to = "jiao"
floor = 10
cap = 'dibao_standard("urban") × 20%'

[[field]]
code = "approved_on_heating"
headers = ["核准日期"]
kind = "date"
blank = "empty"

[[stacking]]
kind = "bars"
holder = "heating"
barred = ["meals", "home-care"]
citation = "新政办发〔2022〕30号"
status = "assumed"

[[stacking]]
kind = "higher-of"
programmes = ["sanmin", "old-age"]
citation = "测试"
status = "example"

[[stacking]]
kind = "difference"
payer = "aged-70-79"
less = ["sanmin"]
citation = "测试"
status = "example"
"#;

fn with_heating() -> Rulebook {
    let mut files = pack::xincheng();
    let text = HEATING.replace(
        "fields = [\"floor_area\", \"fuel\"]",
        "fields = [\"floor_area\", \"fuel\", \"approved_on_heating\"]",
    );
    files.push(("heating.toml".into(), text));
    match pack::load(&files) {
        Ok((rulebook, findings)) => {
            assert_eq!(findings, []);
            rulebook
        }
        Err(faults) => panic!("{}", faults.render(Language::En)),
    }
}

/// A claim of the new programme.
struct Claim<'r> {
    rulebook: &'r Rulebook,
    fuel: u16,
    area: i64,
    contract: Option<i64>,
}

impl Facts for Claim<'_> {
    type Member<'m>
        = Claim<'m>
    where
        Self: 'm;

    fn field(&self, field: FieldId) -> Value<'_> {
        match self.rulebook.field(field).code.as_str() {
            "fuel" => Value::Code(self.fuel),
            "floor_area" => Value::Integer(self.area),
            _ => Value::Empty,
        }
    }
    fn head_field(&self, field: FieldId) -> Value<'_> {
        self.field(field)
    }
    fn month(&self) -> Month {
        month("2023-02")
    }
    fn birth_month(&self) -> Month {
        month("1950-01")
    }
    fn resident(&self) -> Option<ResidentId> {
        None
    }
    fn dated(&self, value: ValueId, keys: &[Value<'_>]) -> Value<'static> {
        let value = &self.rulebook.values[usize::from(value.0)];
        let found = value.candidates(keys, self.month(), self.month()).next();
        found.map_or(Value::Empty, |entry| Value::Decimal(entry.amount))
    }
    fn listed(&self, _: RegisterId) -> Value<'static> {
        Value::Flag(self.contract.is_some())
    }
    fn register_column(&self, _: RegisterId, column: u16) -> Value<'_> {
        assert_eq!(column, 0);
        self.contract.map_or(Value::Empty, Value::Integer)
    }
    fn entitled(&self, programme: Programme) -> Value<'static> {
        Value::Missing(Missing::Programme(programme))
    }
    fn amount(&self, programme: Programme) -> Value<'static> {
        self.entitled(programme)
    }
    fn share(&self, programme: Programme) -> Value<'static> {
        self.entitled(programme)
    }
    fn member_count(&self) -> usize {
        1
    }
    fn member(&self, _: usize) -> Claim<'_> {
        Claim { ..*self }
    }
}

#[test]
fn a_fifteenth_programme_needs_toml_alone() {
    let rulebook = with_heating();
    assert_eq!(rulebook.programmes.len(), 15);
    let heating = rulebook.programme("heating").unwrap();
    assert_eq!(heating, Programme(14), "programmes that the order does not name come last");
    let rule = rulebook.rule(heating);
    assert_eq!(rule.frequency, Frequency::Quarterly);
    assert_eq!(rule.payee, PayeeRule::Carer);
    assert_eq!(rule.rounding, Rounding { fen: 10, mode: RoundingMode::Down });
    assert_eq!(rule.recovery.leave_at_least.to_string(), "100");
    assert_eq!(rule.verification.map(|(_, months)| months), Some(12));
    assert!(rulebook.stacking.iter().any(|stacking| {
        matches!(stacking, Stacking::Bars { holder, barred } if *holder == heating && barred.len() == 2)
    }));
    let place = |code: &str| {
        let programme = rulebook.programme(code).unwrap();
        rulebook.order.iter().position(|ordered| *ordered == programme).unwrap()
    };
    assert!(place("dibao") < place("heating") && place("heating") < place("meals"));
    // Who takes off a member of a higher-of group waits for the whole group.
    assert!(place("old-age") < place("aged-70-79"));
    let value = rulebook.values.iter().find(|value| value.code == "heating_rate").unwrap();
    assert_eq!(value.entries[0].key, [KeyPart::Code(0), KeyPart::Band(None, Some(60))]);
    assert_eq!(value.entries[2].amount.to_string(), "84.00", "1,000 a year, up to the yuan");

    let claim = |fuel, area, contract| Claim { rulebook: &rulebook, fuel, area, contract };
    let clause = |position: usize, claim: &Claim<'_>| rule.clauses[position].condition.evaluate(claim);
    assert_eq!(clause(0, &claim(0, 50, None)), Value::Flag(true));
    assert_eq!(clause(1, &claim(0, 50, None)), Value::Flag(false));
    assert_eq!(clause(1, &claim(0, 50, Some(1))), Value::Flag(true));
    assert_eq!(clause(1, &claim(1, 50, Some(1))), Value::Flag(false));
    assert_eq!(clause(1, &claim(1, 50, Some(2))), Value::Flag(true));
    let dibao = rulebook.programme("dibao").unwrap();
    assert_eq!(clause(2, &claim(1, 50, Some(2))), Value::Missing(Missing::Programme(dibao)));
    let amount = |claim: &Claim<'_>| match rule.amount.evaluate(claim) {
        Value::Decimal(yuan) => rule.rounding.apply(yuan).unwrap().to_string(),
        other => format!("{other:?}"),
    };
    assert_eq!(amount(&claim(0, 59, None)), "50.00");
    assert_eq!(amount(&claim(0, 60, None)), "65.20");
    assert_eq!(amount(&claim(1, 89, None)), "54.50");
    assert_eq!(amount(&claim(1, 90, None)), "83.50");
    assert!(matches!(rule.cap.as_ref().unwrap().evaluate(&claim(0, 1, None)), Value::Decimal(_)));
}

#[test]
fn the_digest_covers_every_file_and_no_order() {
    let digest = |files: &[(String, String)]| pack::load(files).unwrap().0.digest;
    let mut files = pack::xincheng();
    let first = digest(&files);
    assert_eq!(first.len(), 64);
    files.reverse();
    assert_eq!(digest(&files), first);
    files.push(("banks/abc.toml".into(), "this is = not read [".into()));
    let second = digest(&files);
    assert_ne!(second, first);
    files.last_mut().unwrap().1.push(' ');
    assert_ne!(digest(&files), second);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn no_expression_panics(text in "[a-z0-9 ()（）+×÷<>=≥，,.\"“”且或非若则否年龄元%-]{0,60}") {
        let _ = super::facts::compiled("dibao", &[("甲", &text)], &text, crate::policy::Type::Boolean);
    }

    #[test]
    fn no_damaged_pack_panics(file in 0usize..11, cut in 0.0f64..1.0, junk in "[\\[\\]={}\"'#a\n年]{0,4}") {
        let mut files = pack::xincheng();
        let text = &mut files[file].1;
        let mut at = (text.len() as f64 * cut) as usize;
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        let mut end = (at + 30).min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.replace_range(at..end, &junk);
        if let Err(faults) = pack::load(&files) {
            prop_assert!(!faults.is_empty());
            let _ = faults.render(Language::Zh);
        }
    }
}
