//! The rules of DESIGN §9 and §15 once more, for one month, over plain text: slow, short, and written
//! without looking at the program. Amounts are whole fen.
//!
//! A question has three answers: yes, no, and *nobody knows yet*, written `None`.

use std::collections::{BTreeMap, BTreeSet};

use crate::figures::{Figures, Month, figures};
use crate::reading::{Cell, Row, birth, birth_digits, clean_number, month_cell, word_cell};

/// Everything a month is decided from.
pub struct Bureau {
    /// Rows by roster code.
    pub rosters: BTreeMap<&'static str, Vec<Row>>,
    /// Earliest month of death by identity number.
    pub deaths: BTreeMap<String, Month>,
    /// Month from which a nursing fee from work injury insurance is drawn, by identity number.
    pub work_injury: BTreeMap<String, Month>,
    /// Names of townships and their codes.
    pub townships: BTreeMap<String, String>,
    /// Programme and case number of cases that earlier months decided.
    pub decided_cases: BTreeSet<(String, String)>,
}

/// One decision.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Decision {
    pub programme: &'static str,
    pub beneficiary: String,
    pub case_no: String,
    pub outcome: &'static str,
    /// Fen; 0 unless entitled.
    pub amount: i64,
    /// What §9 puts in brackets, or what the refusing clause is about.
    pub reason: String,
    pub source: String,
}

/// Why a claim ends where it ends, or how much it is.
pub type Result = std::result::Result<i64, (&'static str, String)>;

pub fn refused(reason: &str) -> (&'static str, String) {
    ("refused", reason.to_owned())
}

pub fn deferred(reason: &str) -> (&'static str, String) {
    ("deferred", reason.to_owned())
}

pub fn undecided(programme: &str) -> (&'static str, String) {
    ("deferred", format!("undecided:{programme}"))
}

/// A clause: yes goes on, no refuses, unknown defers as a missing field does.
pub fn clause(answer: Option<bool>, about: &str) -> std::result::Result<(), (&'static str, String)> {
    match answer {
        Some(true) => Ok(()),
        Some(false) => Err(refused(about)),
        None => Err(deferred("incomplete")),
    }
}

/// A field that the amount needs.
pub fn needed<T>(cell: Cell<T>) -> std::result::Result<T, (&'static str, String)> {
    cell.needed().ok_or_else(|| deferred("incomplete"))
}

pub fn or(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    match (a, b) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    }
}

pub fn and(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    match (a, b) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

/// A row and what the first steps of §9 say of it.
#[derive(Clone)]
pub struct Claim {
    pub row: Row,
    /// The cleaned identity number, right or wrong.
    pub number: String,
    /// The month of birth; none where the number is wrong.
    pub birth: Option<Month>,
    pub standing: Standing,
    pub sources: Vec<String>,
}

#[derive(Clone, PartialEq, Eq)]
pub enum Standing {
    Current,
    Rejected(&'static str),
    NotCurrent,
    CaseRepeated,
    Deferred(&'static str),
}

/// What is known of a person in a programme after it has been decided.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Known {
    Amount(i64),
    Nothing,
    Unknown,
}

pub struct Assessment<'b> {
    pub bureau: &'b Bureau,
    pub month: Month,
    pub figures: Figures,
    pub decisions: Vec<Decision>,
    /// Programme and person: an amount, or that nobody knows.
    pub known: BTreeMap<(&'static str, String), Known>,
    /// Programme, name and birth digits of rows rejected for their number.
    pub doubtful: BTreeSet<(&'static str, String, String)>,
}

const ONCE: [&str; 2] = ["temporary-aid", "pilot-home-care-2022"];

/// Decides a month, the cycle's own.
pub fn decide(bureau: &Bureau, month: Month) -> Vec<Decision> {
    let mut this = Assessment {
        bureau,
        month,
        figures: figures(month),
        decisions: Vec::new(),
        known: BTreeMap::new(),
        doubtful: BTreeSet::new(),
    };
    this.orphans();
    this.tekun();
    this.dibao();
    this.disability();
    this.unattended_children();
    this.old_age();
    this.aged();
    this.sanmin();
    this.temporary_aid();
    this.home_care();
    this.meals();
    this.pilot();
    this.decisions.sort();
    this.decisions
}

impl Assessment<'_> {
    // ---- Steps 1 to 3: reading, currency, duplicates -------------------------------------------

    pub fn claims(&self, roster: &'static str) -> Vec<Claim> {
        let rows = self.bureau.rosters.get(roster).map(Vec::as_slice).unwrap_or_default();
        let claims = rows.iter().map(|row| {
            let number = clean_number(row.get("身份证号"));
            let birth = birth(&number, self.month);
            Claim {
                standing: self.standing(roster, row, &number, birth),
                row: row.clone(),
                number,
                birth,
                sources: vec![row.source.clone()],
            }
        });
        claims.collect()
    }

    pub fn standing(&self, roster: &str, row: &Row, number: &str, birth: Option<Month>) -> Standing {
        if !row.sound {
            return Standing::Rejected("number of cells");
        }
        if birth.is_none() {
            return Standing::Rejected("identity number");
        }
        let once = ONCE.contains(&roster);
        let status = word_cell(row.get("状态"), &[&["正常"], &["暂停"], &["停发", "已停发"]]);
        let first = month_cell(row.get("最初享受月份"));
        let Some(status) = status.needed() else { return Standing::Rejected("needed field") };
        if !once && first.needed().is_none() {
            return Standing::Rejected("needed field");
        }
        if roster == "dibao" && (row.get("家庭编号").is_empty() || row.get("与户主关系").is_empty())
        {
            return Standing::Rejected("needed field");
        }
        if roster == "disability" {
            let certificate = clean_number(row.get("残疾证号"));
            if !certificate.is_empty() && certificate.get(..18) != Some(number) {
                return Standing::Rejected("certificate");
            }
        }
        let begun = match first {
            Cell::Is(first) => Some(first <= self.month),
            Cell::Empty => Some(true),
            Cell::Unreadable => None,
        };
        let not_over = match month_cell(row.get("停发月份")) {
            Cell::Is(last) => Some(self.month <= last),
            Cell::Empty => Some(true),
            Cell::Unreadable => None,
        };
        match and(Some(status == "正常"), and(begun, not_over)) {
            Some(false) => Standing::NotCurrent,
            None => Standing::Deferred("incomplete"),
            Some(true) => Standing::Current,
        }
    }

    /// Step 3: rows of one key with the same facts become one claim; with different facts all wait.
    pub fn without_duplicates(&self, claims: Vec<Claim>, key: impl Fn(&Claim) -> Vec<String>) -> Vec<Claim> {
        let mut kept: Vec<Claim> = Vec::new();
        let mut of_key: BTreeMap<Vec<String>, Vec<usize>> = BTreeMap::new();
        for claim in claims {
            let current = claim.standing == Standing::Current;
            let before = if current { of_key.entry(key(&claim)).or_default() } else { &mut Vec::new() };
            match before.iter().find(|at| kept[**at].row.same_facts(&claim.row)) {
                Some(at) => kept[*at].sources.extend(claim.sources),
                None => {
                    before.push(kept.len());
                    kept.push(claim);
                }
            }
        }
        for places in of_key.values().filter(|places| places.len() > 1) {
            for at in places {
                kept[*at].standing = Standing::Deferred("duplicate");
            }
        }
        kept
    }

    // ---- What is known of a person -------------------------------------------------------------

    pub fn dead(&self, number: &str) -> bool {
        self.bureau.deaths.get(number).is_some_and(|death| *death < self.month)
    }

    pub fn ask(&self, programme: &'static str, claim: &Claim) -> Known {
        self.ask_about(programme, &claim.number, claim.row.get("姓名"))
    }

    pub fn ask_about(&self, programme: &'static str, number: &str, name: &str) -> Known {
        let digits = birth_digits(number).unwrap_or_default().to_owned();
        if self.doubtful.contains(&(programme, name.to_owned(), digits)) {
            return Known::Unknown;
        }
        self.known.get(&(programme, number.to_owned())).copied().unwrap_or(Known::Nothing)
    }

    /// Whether a person is entitled; `None` where nobody knows.
    pub fn entitled(&self, programme: &'static str, claim: &Claim) -> Option<bool> {
        match self.ask(programme, claim) {
            Known::Amount(_) => Some(true),
            Known::Nothing => Some(false),
            Known::Unknown => None,
        }
    }

    pub fn learn(&mut self, programme: &'static str, number: &str, known: Known) {
        let before = self.known.entry((programme, number.to_owned())).or_insert(known);
        // One unknown claim makes the person unknown; an amount goes before nothing.
        match (*before, known) {
            (_, Known::Unknown) | (Known::Nothing, Known::Amount(_)) => *before = known,
            _ => {}
        }
    }

    pub fn doubt(&mut self, programme: &'static str, claim: &Claim) {
        if claim.standing == Standing::Rejected("identity number")
            && let Some(digits) = birth_digits(&claim.number)
        {
            self.doubtful.insert((programme, claim.row.get("姓名").to_owned(), digits.to_owned()));
        }
    }

    pub fn person(&self, claim: &Claim) -> String {
        match claim.number.chars().count() {
            18 => format!("person:{}", claim.number),
            _ => format!("row:{}", claim.row.source),
        }
    }

    /// Puts a claim's decision down: what the first steps said, else what the rule says.
    pub fn put(&mut self, programme: &'static str, claim: &Claim, rule: impl Fn(&Self, &Claim) -> Result) {
        let once = ONCE.contains(&programme);
        let result = match &claim.standing {
            Standing::Rejected(why) => Err(("rejected", (*why).to_owned())),
            Standing::NotCurrent => Err(("not-current", String::new())),
            Standing::CaseRepeated => Err(refused("case-repeated")),
            Standing::Deferred(why) => Err(deferred(why)),
            Standing::Current if !once && self.dead(&claim.number) => Err(refused("death")),
            Standing::Current => rule(self, claim),
        };
        let known = match &result {
            Ok(0) => Known::Nothing,
            Ok(amount) => Known::Amount(*amount),
            Err(("rejected" | "deferred", _)) => Known::Unknown,
            Err(_) => Known::Nothing,
        };
        self.learn(programme, &claim.number, known);
        self.doubt(programme, claim);
        let case_no = if once { claim.row.get("审批编号").to_owned() } else { String::new() };
        self.write(programme, self.person(claim), case_no, result, &claim.sources);
    }

    pub fn write(
        &mut self,
        programme: &'static str,
        beneficiary: String,
        case_no: String,
        result: Result,
        sources: &[String],
    ) {
        let (outcome, amount, reason) = match result {
            Ok(0) => ("nil", 0, String::new()),
            Ok(amount) => ("entitled", amount, String::new()),
            Err((outcome, reason)) => (outcome, 0, reason),
        };
        let source = sources.join(";");
        self.decisions.push(Decision { programme, beneficiary, case_no, outcome, amount, reason, source });
    }

    pub fn by_person(&self, roster: &'static str) -> Vec<Claim> {
        self.without_duplicates(self.claims(roster), |claim| vec![claim.number.clone()])
    }

    // ---- Ages ----------------------------------------------------------------------------------

    /// Whether the month in which an age is reached has come.
    pub fn reached(&self, claim: &Claim, years: i32) -> bool {
        claim.birth.is_some_and(|birth| self.month >= birth + 12 * years)
    }

    pub fn age(&self, claim: &Claim) -> i32 {
        claim.birth.map_or(0, |birth| (self.month - birth).div_euclid(12))
    }
}
