//! Rules of programmes for single persons: children, extreme hardship, old people, home care, meals, and
//! what is paid once.

use std::collections::{BTreeMap, BTreeSet};

use crate::figures::yuan;
use crate::reading::{Cell, count_cell, flag_cell, money_cell, month_cell, word_cell};
use crate::rules::{Assessment, Claim, Known, Result, Standing, clause, deferred, needed, or, undecided};

impl Assessment<'_> {
    // ---- Children ------------------------------------------------------------------------------

    pub fn child_kind(claim: &Claim) -> Option<&'static str> {
        word_cell(claim.row.get("儿童类别"), &[&["孤儿"], &["事实无人抚养", "事实无人抚养儿童"]]).needed()
    }

    /// To the month in which 18 is reached, or to the end of school where that is later.
    pub fn still_a_child(&self, claim: &Claim) -> Option<bool> {
        let minor = claim.birth.is_some_and(|birth| self.month <= birth + 12 * 18);
        let at_school = match month_cell(claim.row.get("在校至")) {
            Cell::Is(until) => Some(self.month <= until),
            Cell::Empty => Some(false),
            Cell::Unreadable => None,
        };
        or(Some(minor), at_school)
    }

    pub fn children(&mut self, programme: &'static str, kind: &str, rule: impl Fn(&Self, &Claim) -> Result) {
        for claim in self.by_person("children") {
            let selected = Assessment::child_kind(&claim);
            if selected == Some(kind) {
                self.put(programme, &claim, &rule);
            } else if selected.is_none() {
                self.put(programme, &claim, |_, _| Err(deferred("incomplete")));
            }
        }
    }

    pub fn orphans(&mut self) {
        self.children("orphan", "孤儿", |this, claim| {
            clause(this.still_a_child(claim), "age")?;
            let placement = word_cell(claim.row.get("安置方式"), &[&["散居", "分散"], &["集中", "集中供养"]]);
            Ok(match needed(placement)? {
                "散居" => this.figures.orphan_dispersed,
                _ => this.figures.orphan_centralised,
            })
        });
    }

    pub fn unattended_children(&mut self) {
        self.children("unattended-child", "事实无人抚养", |this, claim| {
            clause(this.still_a_child(claim), "age")?;
            // The dispersed orphan figure, less what the child already draws.
            let mut rest = this.figures.orphan_dispersed;
            for programme in ["dibao", "tekun-living", "disability-living"] {
                match this.ask(programme, claim) {
                    Known::Amount(amount) => rest -= amount,
                    Known::Nothing => {}
                    Known::Unknown => return Err(undecided(programme)),
                }
            }
            Ok(rest.max(0))
        });
    }

    // ---- Extreme hardship ----------------------------------------------------------------------

    pub fn tekun(&mut self) {
        let not_an_orphan = |this: &Self, claim: &Claim, amount: i64| match this.entitled("orphan", claim) {
            _ if amount == 0 => Ok(0),
            Some(false) => Ok(amount),
            Some(true) => Err(("barred", "orphan".to_owned())),
            None => Err(undecided("orphan")),
        };
        for claim in self.by_person("tekun") {
            self.put("tekun-living", &claim, |this, claim| {
                let hukou = word_cell(claim.row.get("户口性质"), &[&["城镇", "城市"], &["农村", "农业"]]);
                let urban = needed(hukou)? == "城镇";
                let amount = if urban { this.figures.tekun_urban } else { this.figures.tekun_rural };
                not_an_orphan(this, claim, amount)
            });
            self.put("tekun-care", &claim, |this, claim| {
                let grade = word_cell(claim.row.get("自理能力"), &[&["全护理"], &["半护理"], &["全自理"]]);
                let amount = match needed(grade)? {
                    "全护理" => this.figures.care_full,
                    "半护理" => this.figures.care_partial,
                    _ => 0,
                };
                not_an_orphan(this, claim, amount)
            });
        }
    }

    // ---- Old people ----------------------------------------------------------------------------

    pub fn old_age(&mut self) {
        for claim in self.by_person("old-age") {
            self.put("old-age", &claim, |this, claim| {
                clause(Some(this.reached(claim, 80)), "age")?;
                let hundred = this.reached(claim, 100);
                Ok(if hundred { this.figures.old_age_hundred } else { this.figures.old_age })
            });
        }
    }

    pub fn aged(&mut self) {
        for claim in self.by_person("aged-70-79") {
            self.put("aged-70-79", &claim, |this, claim| {
                clause(Some(this.reached(claim, 70) && !this.reached(claim, 80)), "age")?;
                this.on_dibao(claim)?;
                Ok(this.figures.aged)
            });
        }
    }

    pub fn sanmin(&mut self) {
        for claim in self.by_person("sanmin") {
            self.put("sanmin", &claim, |this, _| Ok(this.figures.sanmin));
        }
    }

    pub fn meals(&mut self) {
        for claim in self.by_person("meals") {
            self.put("meals", &claim, |this, claim| {
                clause(Some(this.age(claim) >= 70), "age")?;
                let count = needed(count_cell(claim.row.get("助餐次数")))?;
                let each = if this.age(claim) >= 90 { this.figures.meals_ninety } else { this.figures.meals };
                Ok(each * count.min(22))
            });
        }
    }

    pub fn home_care(&mut self) {
        let groups: [(&[&'static str], i64, i32); 5] = [
            (&["特困65"], yuan(80), 65),
            (&["低保80"], yuan(80), 80),
            (&["中度失能"], yuan(150), 0),
            (&["重度失能"], yuan(200), 0),
            (&["独居70"], yuan(70), 70),
        ];
        let words = groups.map(|(words, ..)| words);
        let group_of = |claim: &Claim| -> Option<usize> {
            let word = word_cell(claim.row.get("服务对象类别"), &words).needed()?;
            words.iter().position(|ways| ways[0] == word)
        };
        let claims = self.without_duplicates(self.claims("home-care"), |claim| {
            vec![claim.number.clone(), claim.row.get("服务对象类别").to_owned()]
        });
        let decide = |this: &Self, claim: &Claim| -> Result {
            let (_, amount, from) = groups[group_of(claim).ok_or_else(|| deferred("incomplete"))?];
            clause(Some(this.reached(claim, from)), "age")?;
            Ok(amount)
        };
        // Each row by itself; then of one person the chosen, else the highest, else the first listed.
        let rank = |this: &Self, claim: &Claim| -> Option<(bool, i64, std::cmp::Reverse<usize>)> {
            let entitled = claim.standing == Standing::Current && !this.dead(&claim.number);
            let amount = decide(this, claim).ok().filter(|_| entitled)?;
            let group = group_of(claim)?;
            let chosen = words[group].contains(&claim.row.get("选择享受"));
            Some((chosen, amount, std::cmp::Reverse(group)))
        };
        let mut best = BTreeMap::new();
        for claim in &claims {
            let of_person = best.entry(claim.number.clone()).or_default();
            *of_person = rank(self, claim).max(*of_person);
        }
        for claim in &claims {
            let outdone = rank(self, claim).is_some_and(|own| Some(own) != best[&claim.number]);
            self.put("home-care", claim, |this, claim| match decide(this, claim)? {
                _ if outdone => Err(("barred", "home-care".to_owned())),
                amount => Ok(amount),
            });
        }
    }

    // ---- What is paid once ---------------------------------------------------------------------

    pub fn cases(&self, roster: &'static str) -> Vec<Claim> {
        let mut claims = self.claims(roster);
        for claim in &mut claims {
            let case = (roster.to_owned(), claim.row.get("审批编号").to_owned());
            if claim.standing == Standing::Current && self.bureau.decided_cases.contains(&case) {
                claim.standing = Standing::CaseRepeated;
            }
        }
        let mut claims = self.without_duplicates(claims, |claim| {
            vec![claim.number.clone(), claim.row.get("审批编号").to_owned()]
        });
        // One case for two people: all wait.
        let mut people: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for claim in claims.iter().filter(|claim| claim.standing == Standing::Current) {
            people.entry(claim.row.get("审批编号").to_owned()).or_default().insert(claim.number.clone());
        }
        for claim in &mut claims {
            let shared = people.get(claim.row.get("审批编号")).is_some_and(|people| people.len() > 1);
            if claim.standing == Standing::Current && shared {
                claim.standing = Standing::Deferred("duplicate");
            }
        }
        claims
    }

    pub fn temporary_aid(&mut self) {
        for claim in self.cases("temporary-aid") {
            self.put("temporary-aid", &claim, |this, claim| {
                let amount = money_cell(claim.row.get("批准金额")).needed();
                let persons = count_cell(claim.row.get("救助人数")).needed().filter(|persons| *persons >= 1);
                let special = match flag_cell(claim.row.get("一事一议")) {
                    Cell::Is(special) => Some(special),
                    Cell::Empty => Some(false),
                    Cell::Unreadable => None,
                };
                let cap = persons.map(|persons| 12 * this.figures.dibao_urban * persons);
                let within = amount.zip(cap).map(|(amount, cap)| amount <= cap);
                clause(or(special, within), "limit")?;
                amount.ok_or_else(|| deferred("incomplete"))
            });
        }
    }

    pub fn pilot(&mut self) {
        for claim in self.cases("pilot-home-care-2022") {
            self.put("pilot-home-care-2022", &claim, |_, claim| {
                needed(money_cell(claim.row.get("批准金额")))
            });
        }
    }
}
