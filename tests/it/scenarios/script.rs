//! A history's file: who is who, and the steps (tests/scenarios/README.md says how to read one).

use std::collections::BTreeMap;

use serde::Deserialize;

/// The whole file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    pub title: String,
    pub story: String,
    pub first_month: String,
    #[serde(default = "twelve")]
    pub lookback_months: u32,
    pub people: BTreeMap<String, Person>,
    #[serde(default)]
    pub organisations: BTreeMap<String, Organisation>,
    /// Township code, colon, household number.
    #[serde(default)]
    pub households: BTreeMap<String, String>,
    pub step: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    pub id: String,
    pub account: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organisation {
    pub name: String,
    pub account: String,
}

/// One step: files that arrive, then one command, then what must be there.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    #[serde(default)]
    pub say: String,
    /// `"<roster> <month>"` or `"<roster> <month>..<month>"` to rows.
    #[serde(default)]
    pub roster: BTreeMap<String, String>,
    /// Rosters that send no file in this run's month.
    #[serde(default)]
    pub absent: Vec<String>,
    #[serde(default)]
    pub register: BTreeMap<String, String>,
    #[serde(default)]
    pub policy: BTreeMap<String, Vec<Edit>>,
    #[serde(default)]
    pub file: BTreeMap<String, String>,

    /// Month and further arguments.
    pub run: Option<String>,
    #[serde(default = "yes")]
    pub approve: bool,
    /// The run makes none: there is nothing to post.
    #[serde(default)]
    pub nothing: bool,
    pub answers: Option<String>,
    pub decide: Option<String>,
    /// The run answered; default: the latest.
    pub of_run: Option<u64>,
    pub recover: Option<String>,
    pub recall: Option<String>,
    pub opening: Option<String>,
    pub hold: Option<String>,
    pub clear: Option<String>,
    /// Any other command, as written.
    pub give: Option<String>,

    /// Default: 0; a run or answers also 1.
    pub exit: Option<i32>,
    #[serde(default)]
    pub postings: String,
    #[serde(default)]
    pub payments: String,
    #[serde(default)]
    pub held: String,
    #[serde(default)]
    pub balances: String,
    #[serde(default)]
    pub decisions: String,
    #[serde(default)]
    pub findings: Vec<String>,
    /// Compared where written.
    pub limits: Option<Vec<String>>,
    #[serde(default)]
    pub missing: Vec<String>,
}

/// A change to a file's text; what is to be found must be there once.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    pub find: String,
    pub put: String,
}

fn twelve() -> u32 {
    12
}

fn yes() -> bool {
    true
}

impl Script {
    /// `{name}` becomes the person's number or the household's beneficiary text.
    pub fn filled(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (name, person) in &self.people {
            text = text.replace(&format!("{{{name}}}"), &person.id);
        }
        for (name, household) in &self.households {
            text = text.replace(&format!("{{{name}}}"), &format!("household:{household}"));
        }
        text
    }

    /// The story's name for a beneficiary, a debtor or an account holder.
    pub fn name(&self, text: &str) -> String {
        if let Some(id) = text.strip_prefix("person:")
            && let Some((name, _)) = self.people.iter().find(|(_, person)| person.id == id)
        {
            return name.clone();
        }
        if let Some(known) = text.strip_prefix("household:")
            && let Some((name, _)) = self.households.iter().find(|(_, household)| *household == known)
        {
            return name.clone();
        }
        let organisation = self.organisations.iter().find(|(_, organisation)| organisation.name == text);
        organisation.map_or_else(|| text.to_owned(), |(name, _)| name.clone())
    }

    /// A roster's rows with the columns that the story leaves out.
    pub fn rows(&self, rows: &str) -> String {
        let mut reader = csv::ReaderBuilder::new().from_reader(rows.as_bytes());
        let headers: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
        let has = |column: &str| headers.iter().any(|header| header == column);
        let left_out: Vec<&str> =
            ["身份证号", "乡镇街道", "最初享受月份", "状态", "开户银行", "银行账号", "账户名称"]
                .into_iter()
                .filter(|column| !has(column))
                .collect();
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(headers.iter().map(String::as_str).chain(left_out.iter().copied())).unwrap();
        for record in reader.records() {
            let record = record.unwrap();
            let cell = |column: &str| {
                let at = headers.iter().position(|header| header == column);
                at.and_then(|at| record.get(at)).unwrap_or("").to_owned()
            };
            let name = cell("姓名");
            let person = &self.people.get(&name).unwrap_or_else(|| panic!("nobody is called {name}"));
            let provider = ["服务机构", "供养机构"].map(cell).into_iter().find(|name| !name.is_empty());
            let organisation = provider.map(|name| &self.organisations[&name]);
            let (holder, account) = match organisation {
                Some(organisation) => (organisation.name.clone(), Some(organisation.account.clone())),
                None => {
                    let holder = Some(cell("领款人姓名")).filter(|name| !name.is_empty()).unwrap_or(name);
                    let account = self.people[&holder].account.clone();
                    (holder, account)
                }
            };
            let added = left_out.iter().map(|column| match (*column, &account) {
                ("身份证号", _) => person.id.clone(),
                ("乡镇街道", _) => "东街街道".to_owned(),
                ("最初享受月份", _) => "2020-01".to_owned(),
                ("状态", _) => "正常".to_owned(),
                ("开户银行", Some(_)) => "中国农业银行".to_owned(),
                ("银行账号", Some(account)) => account.clone(),
                ("账户名称", Some(_)) => holder.clone(),
                _ => String::new(),
            });
            let cells = record.iter().map(|cell| match self.organisations.get(cell) {
                Some(organisation) => organisation.name.clone(),
                None => cell.to_owned(),
            });
            writer.write_record(cells.chain(added)).unwrap();
        }
        String::from_utf8(writer.into_inner().unwrap()).unwrap()
    }
}

/// The months of `"<roster> <month>[..<month>]"`, with the roster.
pub fn roster_months(key: &str) -> (String, Vec<String>) {
    let (roster, months) = key.split_once(' ').unwrap_or_else(|| panic!("roster and month: {key}"));
    let (first, last) = months.split_once("..").unwrap_or((months, months));
    (roster.to_owned(), through(first, last))
}

/// All months from one to another.
pub fn through(first: &str, last: &str) -> Vec<String> {
    let number = |month: &str| {
        let (year, month) = month.split_once('-').unwrap_or_else(|| panic!("month: {month}"));
        year.parse::<u32>().unwrap() * 12 + month.parse::<u32>().unwrap() - 1
    };
    (number(first)..=number(last))
        .map(|number| format!("{:04}-{:02}", number / 12, number % 12 + 1))
        .collect()
}
