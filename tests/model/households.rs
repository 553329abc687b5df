//! Minimum living, and what asks about it.

use std::collections::{BTreeMap, BTreeSet};

use crate::figures::half_up;
use crate::reading::{Cell, clean_number, date_cell, flag_cell, grade_cell, money_cell, word_cell};
use crate::rules::{
    Assessment, Claim, Known, Result, Standing, and, clause, deferred, needed, or, refused, undecided,
};

impl Assessment<'_> {
    // ---- Minimum living ------------------------------------------------------------------------

    pub fn household(&self, claim: &Claim) -> String {
        let township = claim.row.get("乡镇街道");
        let code = self.bureau.townships.get(township).map_or(township, String::as_str);
        format!("household:{code}:{}", claim.row.get("家庭编号"))
    }

    pub fn dibao(&mut self) {
        let claims = self.without_duplicates(self.claims("dibao"), |claim| {
            vec![self.household(claim), claim.number.clone()]
        });
        // A person with a current row in two households makes both wait.
        let mut homes: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        let in_force =
            |claim: &&Claim| matches!(claim.standing, Standing::Current | Standing::Deferred("duplicate"));
        for claim in claims.iter().filter(in_force) {
            homes.entry(&claim.number).or_default().insert(self.household(claim));
        }
        let two_homes: BTreeSet<String> =
            homes.iter().filter(|(_, homes)| homes.len() > 1).map(|(id, _)| (*id).to_owned()).collect();

        let mut households: BTreeMap<String, Vec<Claim>> = BTreeMap::new();
        for claim in claims {
            if claim.row.get("家庭编号").is_empty() {
                self.put("dibao", &claim, |_, _| Ok(0));
            } else {
                households.entry(self.household(&claim)).or_default().push(claim);
            }
        }
        for (household, members) in households {
            let mut counted = Vec::new();
            let result = self.household_amount(&members, &two_homes, &mut counted);
            let share = match result {
                Ok(amount) if !counted.is_empty() => half_up(amount, counted.len() as i64),
                _ => 0,
            };
            for member in &members {
                let in_force = !matches!(member.standing, Standing::NotCurrent | Standing::Rejected(_));
                let known = match &result {
                    Err(("deferred" | "rejected", _)) if in_force => Known::Unknown,
                    Ok(_) if counted.contains(&member.number) => Known::Amount(share),
                    _ => Known::Nothing,
                };
                if matches!(member.standing, Standing::Rejected(_)) {
                    self.learn("dibao", &member.number, Known::Unknown);
                }
                self.learn("dibao", &member.number, known);
                self.doubt("dibao", member);
            }
            let sources: Vec<String> = members.iter().flat_map(|member| member.sources.clone()).collect();
            self.write("dibao", household, String::new(), result, &sources);
        }
    }

    /// The amount of a household, and who was counted.
    pub fn household_amount(
        &self,
        members: &[Claim],
        two_homes: &BTreeSet<String>,
        counted: &mut Vec<String>,
    ) -> Result {
        let rejected = members.iter().any(|member| matches!(member.standing, Standing::Rejected(_)));
        if !rejected && members.iter().all(|member| member.standing == Standing::NotCurrent) {
            return Err(("not-current", String::new()));
        }
        let twice = |member: &Claim| {
            member.standing == Standing::Deferred("duplicate")
                || (member.standing == Standing::Current && two_homes.contains(&member.number))
        };
        if members.iter().any(twice) {
            return Err(deferred("duplicate"));
        }
        if rejected {
            return Err(deferred("member"));
        }
        if members.iter().any(|member| matches!(member.standing, Standing::Deferred(_))) {
            return Err(deferred("incomplete"));
        }
        let current: Vec<&Claim> =
            members.iter().filter(|member| member.standing == Standing::Current).collect();
        let heads = |dead: bool| -> Vec<&&Claim> {
            let is_head = |member: &&&Claim| matches!(member.row.get("与户主关系"), "户主" | "本人");
            current.iter().filter(is_head).filter(|head| self.dead(&head.number) == dead).collect()
        };
        let head = match (&heads(false)[..], &heads(true)[..]) {
            ([head], _) | ([], [head]) => **head,
            _ => return Err(deferred("head")),
        };

        // Who counts: the living who do not draw tekun or the orphan's money.
        let mut people: Vec<&Claim> = Vec::new();
        for member in current.iter().filter(|member| !self.dead(&member.number)) {
            let mut counts = true;
            for programme in ["tekun-living", "orphan"] {
                match self.entitled(programme, member) {
                    Some(true) => counts = false,
                    Some(false) => {}
                    None => return Err(undecided(programme)),
                }
            }
            if counts {
                people.push(member);
            }
        }
        if people.is_empty() {
            return Err(refused("no-members"));
        }

        let hukou = word_cell(head.row.get("户口性质"), &[&["城镇", "城市"], &["农村", "农业"]]);
        let urban = needed(hukou)? == "城镇";
        let (standard, floor) = if urban {
            (self.figures.dibao_urban, self.figures.dibao_floor_urban)
        } else {
            (self.figures.dibao_rural, self.figures.dibao_floor_rural)
        };
        let size = people.len() as i64;
        let mut incomes = 0;
        for person in &people {
            incomes += needed(money_cell(person.row.get("月收入")))?;
        }
        clause(Some(incomes < standard * size), "income")?;
        let mut amount = (standard * size - incomes).max(floor * size);
        for person in &people {
            amount += half_up(standard * self.uplift_percent(person)?, 100);
        }
        counted.extend(people.iter().map(|person| person.number.clone()));
        Ok(amount)
    }

    /// The highest uplift of a person: 30 seriously ill, 20 disabled grade 1–2, 10 from 70 or under 18.
    pub fn uplift_percent(&self, person: &Claim) -> Result {
        let ill = match flag_cell(person.row.get("重病")) {
            Cell::Unreadable => return Err(deferred("incomplete")),
            Cell::Empty => false,
            Cell::Is(ill) => ill,
        };
        let disabled = match grade_cell(person.row.get("残疾等级")) {
            Cell::Unreadable => return Err(deferred("incomplete")),
            Cell::Empty => false,
            Cell::Is(grade) => grade <= 2,
        };
        let age = self.age(person);
        Ok(match (ill, disabled) {
            (true, _) => 30,
            (_, true) => 20,
            _ if !(18..70).contains(&age) => 10,
            _ => 0,
        })
    }

    /// Member of a household on dibao this month.
    pub fn on_dibao(&self, claim: &Claim) -> std::result::Result<(), (&'static str, String)> {
        match self.entitled("dibao", claim) {
            Some(true) => Ok(()),
            Some(false) => Err(refused("dibao")),
            None => Err(undecided("dibao")),
        }
    }

    // ---- Disabled people -----------------------------------------------------------------------

    pub fn disability(&mut self) {
        for claim in self.by_person("disability") {
            self.put("disability-living", &claim, |this, claim| {
                Assessment::certificate_agrees(claim)?;
                this.on_dibao(claim)?;
                this.certificate_and_register(claim)?;
                this.unless_barred(claim, &["orphan", "tekun-living"])
            });
            self.put("disability-nursing", &claim, |this, claim| {
                Assessment::certificate_agrees(claim)?;
                let (kind, grade) = Assessment::kind_and_grade(claim);
                let severe = grade.map(|grade| grade <= 2);
                let of_the_mind = kind.map(|kind| matches!(kind, "智力" | "精神"));
                clause(or(severe, and(grade.map(|grade| grade == 3), of_the_mind)), "grade")?;
                this.certificate_and_register(claim)?;
                this.unless_barred(claim, &["tekun-living"])
            });
        }
    }

    pub fn kind_and_grade(claim: &Claim) -> (Option<&'static str>, Option<i64>) {
        let kinds: [&[&'static str]; 7] = [
            &["视力", "视力残疾"],
            &["听力", "听力残疾"],
            &["言语", "言语残疾"],
            &["肢体", "肢体残疾"],
            &["智力", "智力残疾"],
            &["精神", "精神残疾"],
            &["多重", "多重残疾"],
        ];
        (
            word_cell(claim.row.get("残疾类别"), &kinds).needed(),
            grade_cell(claim.row.get("残疾等级")).needed(),
        )
    }

    /// The last two characters of a certificate of 20 are kind and grade.
    pub fn certificate_agrees(claim: &Claim) -> std::result::Result<(), (&'static str, String)> {
        let certificate = clean_number(claim.row.get("残疾证号"));
        let (kind, grade) = Assessment::kind_and_grade(claim);
        let written = |at: usize| certificate.get(at..=at).and_then(|digit| digit.parse::<usize>().ok());
        let kinds = ["视力", "听力", "言语", "肢体", "智力", "精神", "多重"];
        let kind_differs = match (written(18), kind) {
            (Some(digit), Some(kind)) => kinds.get(digit.wrapping_sub(1)) != Some(&kind),
            _ => false,
        };
        let grade_differs = match (written(19), grade) {
            (Some(digit), Some(grade)) => digit as i64 != grade,
            _ => false,
        };
        if kind_differs || grade_differs { Err(deferred("incomplete")) } else { Ok(()) }
    }

    pub fn certificate_and_register(&self, claim: &Claim) -> std::result::Result<(), (&'static str, String)> {
        let valid = match date_cell(claim.row.get("证件有效期至")) {
            Cell::Is(until) => Some(self.month <= until),
            Cell::Empty => Some(true),
            Cell::Unreadable => None,
        };
        clause(valid, "certificate")?;
        let injured = self.bureau.work_injury.get(&claim.number).is_some_and(|from| *from <= self.month);
        clause(Some(!injured), "work-injury")
    }

    pub fn unless_barred(&self, claim: &Claim, bars: &[&'static str]) -> Result {
        let mut unknown = None;
        for programme in bars {
            match self.entitled(programme, claim) {
                Some(true) => return Err(("barred", (*programme).to_owned())),
                Some(false) => {}
                None => unknown = unknown.or(Some(*programme)),
            }
        }
        match unknown {
            Some(programme) => Err(undecided(programme)),
            None => Ok(self.figures.disability),
        }
    }
}
