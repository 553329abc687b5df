//! Rules in plain words are the language itself: pasted back they compile to the same rule.

use super::facts::*;
use crate::policy::{Speaker, Type};
use crate::words::Language;

#[test]
fn every_rule_of_the_default_pack_said_in_either_language_compiles_to_itself() {
    for language in [Language::Zh, Language::En] {
        let speaker = Speaker { rulebook: &PACK, language };
        for rule in &PACK.programmes {
            let roster = &PACK.roster(rule.roster).code;
            let conditions = rule.clauses.iter().map(|clause| (&clause.condition, Type::Boolean));
            for (expression, wanted) in conditions.chain([(&rule.amount, Type::Money)]) {
                let said = speaker.plain(expression);
                let again = compiled(roster, &[], &said, wanted)
                    .unwrap_or_else(|complaints| panic!("{said}: {complaints:#?}"));
                assert_eq!(speaker.plain(&again), said);
                // Digests are taken over the tree, so the tree itself must be the same.
                assert_eq!(
                    format!("{again:?}").split("text:").next(),
                    format!("{expression:?}").split("text:").next(),
                    "{said}"
                );
            }
        }
    }
}

#[test]
fn brackets_stand_where_the_meaning_needs_them_and_nowhere_else() {
    let speaker = Speaker { rulebook: &PACK, language: Language::En };
    for text in [
        "age ≥ 70 and (age < 80 or serious_illness)",
        "not (age ≥ 70 or serious_illness)",
        "not serious_illness and age < 70",
        "(if age ≥ 70 then age else 2) = 1",
        "disability_grade in (1, 2) or hukou = \"urban\"",
        "month ≥ reaches(80) + 1",
        "empty(disability_grade) or disability_grade not in (1, 2)",
    ] {
        match compiled("dibao", &[], text, Type::Boolean) {
            Ok(expression) => assert_eq!(speaker.plain(&expression), text),
            Err(complaints) => panic!("{text}: {complaints:#?}"),
        }
    }
    for text in [
        "dibao_floor(hukou) − (sum(monthly_income) − 50元)",
        "dibao_floor(hukou) ÷ (count() × 2) × 3",
        "(dibao_floor(hukou) + 50元) × count()",
    ] {
        match compiled("dibao", &[], text, Type::Money) {
            Ok(expression) => assert_eq!(speaker.plain(&expression), text),
            Err(complaints) => panic!("{text}: {complaints:#?}"),
        }
    }
}
