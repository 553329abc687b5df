//! A synthetic run for this room's tests: three programmes, four townships, every outcome. Names and
//! numbers are made up (identity numbers under 150199, a district that does not exist).

use std::sync::LazyLock;

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::assess::decision::Digests;
use crate::assess::{Decision, Outcome, Reason};
use crate::domain::{
    Account, Beneficiary, Border, Cause, Division, Divisions, Files, Finding, Hold, Line, Money, Month,
    Place, PostingKind, Programme, ResidentId, Severity, Source, Tally, Text, Township,
};
use crate::intake::{Cell, Claim, Rejection, RowStatus};
use crate::policy::*;
use crate::settle::{HeldLine, LineBalance, Payee, Plan, PlannedPayment, PlannedPosting, RunKind};
use crate::words::Language;

use super::facts::*;

/// Owns what [`RunFacts`] borrows.
pub struct Sample {
    rulebook: Rulebook,
    files: Files,
    months: Vec<Month>,
    claims: Vec<Claim>,
    decisions: Vec<Decision>,
    findings: Vec<Finding>,
    pub plan: Plan,
    places: Vec<PaymentPlace>,
    borders: Vec<Border>,
    limits: Vec<LimitReached>,
    inputs: Vec<InputFile>,
    bank_files: Vec<BankFile>,
    history: Vec<CycleTotal>,
    pub changes: Vec<Change>,
    budgets: Vec<BudgetLine>,
    returned: Vec<ReturnedPayment>,
    pub language: Language,
}

/// Borrowed decisions, which [`Sample::facts`] needs beside the sample.
pub type Rows<'a> = Vec<ReportedDecision<'a>>;

/// February 2023.
pub fn cycle() -> Month {
    "2023-02".parse().expect("a month")
}

/// Some rule of the default pack, for the parts of a rule that no report looks at.
fn any_rule() -> ProgrammeRule {
    static ANY: LazyLock<ProgrammeRule> = LazyLock::new(|| {
        let (rulebook, _) = pack::load(&pack::xincheng()).expect("the default pack loads");
        rulebook.programmes[0].clone()
    });
    ANY.clone()
}

fn citation(text: &str, status: Status) -> Citation {
    Citation { text: text.into(), status }
}

fn programme(
    code: &str,
    name: &str,
    roster: u16,
    public: bool,
    clause: Option<(&str, &str)>,
) -> ProgrammeRule {
    let any = any_rule();
    ProgrammeRule {
        code: code.into(),
        name: name.into(),
        unit: if code == "dibao" { BenefitUnit::Household } else { BenefitUnit::Person },
        roster: RosterId(roster),
        from: Month::new(2017, 1).unwrap(),
        clauses: clause
            .map(|(id, words)| Clause {
                id: id.into(),
                condition: any.amount.clone(),
                words: words.into(),
                citation: citation("内民政发〔2023〕1号 第3条", Status::Verified),
            })
            .into_iter()
            .collect(),
        fund: u16::from(code != "dibao"),
        public_notice: public,
        remark: format!("{name}2月").into(),
        citation: citation("呼民政发〔2021〕7号", Status::Verified),
        asks: Asks {
            values: if code == "dibao" { vec![ValueId(0)] } else { vec![ValueId(1)] },
            ..Asks::default()
        },
        ..any
    }
}

fn value(
    code: &str,
    name: &str,
    keys: Vec<ValueKey>,
    entries: Vec<(Vec<KeyPart>, &str, Status)>,
) -> DatedValue {
    let from = Month::new(2022, 1).unwrap();
    DatedValue {
        code: code.into(),
        name: name.into(),
        keys,
        unit: Unit::Money,
        entries: entries
            .into_iter()
            .map(|(key, written, status)| DatedEntry {
                key,
                from,
                until: None,
                amount: Decimal::ONE,
                written: written.into(),
                announced: from,
                arrears: Arrears::All,
                citation: citation("某市标准", status),
            })
            .collect(),
    }
}

fn rulebook() -> Rulebook {
    let field = |canonical: Canonical| Field {
        code: canonical.code().into(),
        headers: vec![canonical.code().into()],
        kind: match canonical {
            Canonical::Hukou => FieldKind::Code(vec![
                CodeEntry { code: "urban".into(), words: vec!["城镇".into()] },
                CodeEntry { code: "rural".into(), words: vec!["农村".into()] },
            ]),
            _ => FieldKind::Text,
        },
        blank: Blank::Empty,
    };
    let roster = |code: &str, household: bool| Roster {
        code: code.into(),
        name: code.into(),
        file_names: vec![],
        extra: vec![],
        blanks: vec![],
        key: vec![Canonical::ResidentId.id()],
        once: false,
        household,
    };
    let division = |code: &str, name: &str| Division {
        code: code.into(),
        name: name.into(),
        aliases: vec![],
        quarterly: false,
    };
    let hukou = || vec![ValueKey::Code(Canonical::Hukou.id())];
    Rulebook {
        name: "sample".into(),
        district: "150199".into(),
        digest: "ab".repeat(32),
        divisions: Divisions::new(vec![
            division("150199001", "海拉尔东路街道"),
            division("150199002", "锡林路街道"),
            division("150199100", "保合少镇"),
        ]),
        fields: Canonical::ALL.into_iter().map(field).collect(),
        profiles: Vec::new(),
        rosters: vec![roster("dibao", true), roster("old-age", false), roster("children", false)],
        registers: vec![],
        values: vec![
            value(
                "dibao_standard",
                "低保标准",
                hukou(),
                vec![
                    (vec![KeyPart::Code(0)], "841元/月", Status::Verified),
                    (vec![KeyPart::Code(1)], "621元/月", Status::Assumed),
                ],
            ),
            value("old_age_amount", "高龄津贴标准", vec![], vec![(vec![], "100元/月", Status::Example)]),
        ],
        programmes: vec![
            programme("dibao", "城乡最低生活保障", 0, true, Some(("income", "家庭人均收入不低于保障标准"))),
            programme("old-age", "高龄津贴", 1, true, Some(("age", "未满80周岁"))),
            programme("orphan", "孤儿基本生活费", 2, false, None),
        ],
        order: vec![Programme(0), Programme(1), Programme(2)],
        stacking: vec![],
        stacking_citations: vec![],
        funds: vec![
            Fund { code: "relief".into(), name: "困难群众救助补助资金".into(), sources: vec![] },
            Fund { code: "elderly".into(), name: "老年人福利补贴资金".into(), sources: vec![] },
        ],
    }
}

/// A well-formed identity number of somebody who does not exist.
pub fn resident(number: u32) -> ResidentId {
    let first =
        format!("1501991940{:02}{:02}{:03}", number / 28_000 % 12 + 1, number / 1000 % 28 + 1, number % 1000);
    "0123456789X"
        .chars()
        .find_map(|check| ResidentId::parse(&format!("{first}{check}"), cycle()).ok())
        .expect("one check digit holds")
}

fn claim(number: u32, township: Township, name: &str, source: Source) -> Claim {
    Claim {
        source,
        rejected: None,
        resident: Some(resident(number)),
        id_written: resident(number).to_string().into(),
        name: name.into(),
        household_id: Text::default(),
        relation: "本人".into(),
        head: true,
        hukou: Cell::Code((number % 2) as u16),
        township,
        community: format!("第{}社区", number % 3 + 1).into(),
        first_month: Cell::Month(cycle()),
        last_month: Cell::Empty,
        status: Some(RowStatus::Active),
        declared_amount: Cell::Empty,
        account: account(number, name),
        payee_id: None,
        payee_name: Text::default(),
        case_no: Text::default(),
        choice: Text::default(),
        extra: Box::new([]),
        incomplete: false,
    }
}

fn account(number: u32, name: &str) -> Account {
    Account {
        bank: ["内蒙古银行", "农业银行", "邮储银行"][number as usize % 3].into(),
        number: format!("62170000{number:011}").into(),
        name: name.into(),
    }
}

const SURNAMES: [&str; 8] = ["王", "李", "张", "赵", "云", "白", "包", "斯琴·"];
const GIVEN: [&str; 8] = ["秀英", "建国", "桂兰", "娜仁", "巴特尔", "其木格", "永", "玉珍"];

impl Sample {
    /// A run over so many people in each of the three programmes.
    pub fn new(people: u32) -> Sample {
        let rulebook = rulebook();
        let mut files = Files::default();
        let delimited = files.add("dibao-保合少镇.csv", vec![]);
        let workbook = files.add("old-age.xlsx", vec!["名单".into()]);
        let mut sample = Sample {
            rulebook,
            files,
            months: vec![cycle().plus(-1), cycle()],
            claims: vec![],
            decisions: vec![],
            findings: vec![],
            plan: Plan::default(),
            places: vec![],
            borders: vec![],
            limits: vec![],
            inputs: vec![],
            bank_files: vec![],
            history: vec![],
            changes: vec![],
            budgets: vec![],
            returned: vec![],
            language: Language::Zh,
        };
        for position in 0..3_u16 {
            for number in 0..people {
                let unique = u32::from(position) * people + number;
                let (file, sheet) = if position == 0 { (delimited, 0) } else { (workbook, 1) };
                let township = match number % 4 {
                    3 => Township::Unknown("保合少".into()),
                    known => Township::Known(known as u16),
                };
                let name = format!("{}{}", SURNAMES[unique as usize % 8], GIVEN[unique as usize / 8 % 8]);
                let source = Source { file, sheet, row: number + 2 };
                sample.person(Programme(position), unique, township, &name, source);
            }
        }
        sample.decisions.sort_by(|a, b| (a.programme, &a.beneficiary).cmp(&(b.programme, &b.beneficiary)));
        sample.plan.postings.sort_by(|a, b| a.line.cmp(&b.line));
        sample.surroundings();
        sample
    }

    fn person(&mut self, programme: Programme, number: u32, township: Township, name: &str, source: Source) {
        let beneficiary = match programme.0 {
            0 => Beneficiary::household(self.rulebook.divisions.code(&township), &format!("{number:06}")),
            _ => Beneficiary::Person(resident(number)),
        };
        let mut claim = claim(number, township.clone(), name, source);
        let (outcome, reason) = match number % 25 {
            7 => (Outcome::Refused, Reason::Clause(0)),
            11 => (Outcome::Deferred, Reason::Incomplete(Missing::Field(FieldId(4)))),
            13 => (Outcome::Barred, Reason::By(Programme(2))),
            17 => (Outcome::Rejected, Reason::Rejected(Rejection::IdentityNumber)),
            19 => (Outcome::NotCurrent, Reason::None),
            23 => (Outcome::Nil, Reason::None),
            _ => (Outcome::Entitled, Reason::None),
        };
        let beneficiary = if outcome == Outcome::Rejected {
            claim.resident = None;
            claim.id_written = "=15019919".into();
            claim.rejected = Some(Rejection::IdentityNumber);
            Beneficiary::Row(self.files.show(source).into())
        } else {
            beneficiary
        };
        let amount = match outcome {
            Outcome::Entitled => Money::from_fen(10_000 + i64::from(number % 7) * 1_234),
            _ => Money::ZERO,
        };
        let line = |month: Month| Line {
            programme,
            beneficiary: beneficiary.clone(),
            month,
            case_no: Text::default(),
        };
        if outcome == Outcome::Entitled {
            self.pay(number, line(cycle()), line(cycle().plus(-1)), amount, name, &claim.account);
        }
        self.decisions.push(Decision {
            programme,
            beneficiary,
            month: cycle(),
            case_no: Text::default(),
            outcome,
            reason,
            amount,
            claim: self.claims.len() as u32,
            sources: vec![source],
            township,
            digests: Digests::default(),
        });
        self.claims.push(claim);
    }

    fn pay(&mut self, number: u32, line: Line, before: Line, amount: Money, name: &str, account: &Account) {
        let mut post = |line: &Line, kind, amount, cause, payment| {
            self.plan.postings.push(PlannedPosting {
                line: line.clone(),
                kind,
                amount,
                cause,
                corrects: (kind == PostingKind::Recovery).then_some(41),
                payment,
            });
        };
        if number % 25 == 5 {
            let owed = Money::from_fen(-5_000);
            post(&before, PostingKind::Recovery, owed, Some(Cause::Register), None);
            self.plan.balances.push(LineBalance {
                line: before.clone(),
                entitlement: Money::ZERO,
                balance: owed,
                debtor: line.beneficiary.to_string().into(),
            });
        }
        let back = (number % 25 == 3).then(|| Money::from_fen(1_999));
        if let Some(back) = back {
            post(
                &before,
                PostingKind::Arrears,
                back,
                Some(Cause::Policy),
                Some(self.plan.payments.len() as u32),
            );
            post(&before, PostingKind::Payment, -back, None, Some(self.plan.payments.len() as u32));
        }
        post(&line, PostingKind::Current, amount, Some(Cause::Row), None);
        if number % 25 == 9 {
            let hold = Hold::ALL[number as usize / 25 % Hold::ALL.len()];
            self.plan.held.push(HeldLine { line: line.clone(), amount, hold, since: cycle().plus(-2) });
            self.plan.balances.push(LineBalance {
                line,
                entitlement: amount,
                balance: amount,
                debtor: Text::default(),
            });
            return;
        }
        post(&line, PostingKind::Payment, -amount, None, Some(self.plan.payments.len() as u32));
        let mut items = vec![(line.clone(), amount)];
        if let Some(back) = back {
            items.insert(0, (before, back));
        }
        self.plan.payments.push(PlannedPayment {
            programme: line.programme,
            payee: Payee {
                id: line.beneficiary.person(),
                name: name.into(),
                organisation: false,
                account: account.clone(),
            }
            .into(),
            beneficiary: Some(line.beneficiary),
            beneficiaries: 1,
            current: amount,
            arrears: back.unwrap_or_default(),
            advance: Money::ZERO,
            reissued: Money::ZERO,
            offset: Money::ZERO,
            amount: amount + back.unwrap_or_default(),
            replaces: None,
            items,
        });
    }

    fn surroundings(&mut self) {
        let mut tally = Tally::default();
        let mut files: Vec<BankFile> = Vec::new();
        for (position, payment) in self.plan.payments.iter().enumerate() {
            let bank = &payment.payee.account.bank;
            let name = format!("{}-{bank}.txt", self.rulebook.rule(payment.programme).code);
            let found = files.iter().position(|file| file.name == name).unwrap_or_else(|| {
                files.push(BankFile {
                    name: name.as_str().into(),
                    programme: payment.programme,
                    bank: bank.clone(),
                    sha256: "cd".repeat(32),
                    total: Tally::default(),
                });
                files.len() - 1
            });
            files[found].total.add(payment.amount);
            tally.add(payment.amount);
            self.places.push(PaymentPlace {
                id: format!("150199-202302-R0007-{:07}", position + 1).into(),
                file: name.into(),
                line: files[found].total.count as u32 + 1,
            });
        }
        self.bank_files = files;
        let count = |outcome: Outcome| Tally {
            count: self.decisions.iter().filter(|decision| decision.outcome == outcome).count() as u64,
            money: Money::ZERO,
        };
        let rejected = count(Outcome::Rejected);
        let rows = Tally { count: self.claims.len() as u64, money: Money::ZERO };
        self.borders = vec![
            Border {
                name: "rows-claims",
                of: "old-age".into(),
                entered: rows,
                out: Tally { count: rows.count - rejected.count, money: Money::ZERO },
                set_aside: vec![("identity number".into(), rejected)],
            },
            Border { name: "payments-files", entered: tally, out: tally, ..Border::default() },
        ];
        self.limits = vec![LimitReached {
            name: "recoveries".into(),
            programme: "dibao".into(),
            township: "保合少镇".into(),
            subject: Text::default(),
            figure: "21".into(),
            limit: "20".into(),
        }];
        self.inputs = vec![
            InputFile { path: "rosters/2023-02/old-age.xlsx".into(), sha256: "02".repeat(32), rows: 30 },
            InputFile {
                path: "rosters/2023-02/dibao-保合少镇.csv".into(),
                sha256: "01".repeat(32),
                rows: 30,
            },
        ];
        for back in (1..=11).rev() {
            for programme in 0..3_u16 {
                self.history.push(CycleTotal {
                    cycle: cycle().plus(-back),
                    programme: Programme(programme),
                    paid: Tally {
                        count: tally.count / 3,
                        money: Money::from_fen(
                            tally.money.fen() / 3 * i64::from(100 - back + i32::from(programme)) / 100,
                        ),
                    },
                });
            }
        }
        let changed: Vec<Change> = self
            .decisions
            .iter()
            .enumerate()
            .filter(|(position, decision)| position % 6 == 0 && decision.outcome == Outcome::Entitled)
            .map(|(position, decision)| Change {
                programme: decision.programme,
                beneficiary: decision.beneficiary.clone(),
                name: self.claims[decision.claim as usize].name.clone(),
                township: self.rulebook.divisions.name(&decision.township).into(),
                change: ChangeKind::ALL[position / 6 % 5],
                before: (position / 6 % 5 != 0).then(|| Money::from_fen(9_900)),
                now: (position / 6 % 5 != 1).then_some(decision.amount),
                reason: "row".into(),
            })
            .collect();
        self.changes = changed;
        self.budgets = vec![
            BudgetLine {
                fund: 0,
                partial: false,
                appropriation: Some(Money::from_fen(900_000_000)),
                charged: Money::from_fen(70_000_000),
                this_run: tally.money,
            },
            BudgetLine {
                fund: 1,
                appropriation: None,
                partial: false,
                charged: Money::ZERO,
                this_run: Money::ZERO,
            },
        ];
        self.returned = vec![ReturnedPayment {
            id: "150199-202301-R0006-0000002".into(),
            programme: Programme(1),
            beneficiary: Some(Beneficiary::Person(resident(1))),
            name: "王秀英".into(),
            bank: "农业银行".into(),
            amount: Money::from_fen(10_000),
            reason: "户名不符".into(),
            cycle: cycle().plus(-1),
        }];
        let place = |row| Place {
            file: "old-age.xlsx".into(),
            sheet: "名单".into(),
            row,
            column: "C 身份证号".into(),
        };
        self.findings = vec![
            Finding::new("report-hold-no-account", Severity::Warning, place(9))
                .about(Some(resident(5)), "-云永"),
            Finding::new("report-hold-payee-dead", Severity::Error, place(3)).about(None, "王,\"秀英\""),
        ];
    }

    /// The decisions with their rows.
    pub fn rows(&self) -> Rows<'_> {
        self.decisions
            .iter()
            .map(|decision| ReportedDecision { decision, claim: &self.claims[decision.claim as usize] })
            .collect()
    }

    /// The facts of the run.
    pub fn facts<'a>(&'a self, rows: &'a Rows<'a>) -> RunFacts<'a> {
        RunFacts {
            bureau: "新城区财政局（示例）",
            rulebook: &self.rulebook,
            files: &self.files,
            run: 7,
            kind: RunKind::Monthly,
            cycle: cycle(),
            months: &self.months,
            today: NaiveDate::from_ymd_opt(2023, 2, 3).unwrap(),
            by: "operator",
            rules_version: 1,
            decisions: rows,
            findings: &self.findings,
            plan: &self.plan,
            earlier: &[],
            payments: &self.places,
            borders: &self.borders,
            limits: &self.limits,
            inputs: &self.inputs,
            bank_files: &self.bank_files,
            ledger_head: "ef00",
            pay_by: PayBy {
                date: NaiveDate::from_ymd_opt(2023, 2, 10).unwrap(),
                working_days_left: 5,
                table_known: true,
            },
            history: &self.history,
            changes: &self.changes,
            budgets: &self.budgets,
            returned: &self.returned,
            language: self.language,
        }
    }
}
