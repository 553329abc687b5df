//! `policy schema`: the frame of a pack as a JSON Schema, so that editors complete and check it. With a
//! pack that loads, its own codes are offered too.

use serde_json::{Value, json};

use super::rulebook::Rulebook;

const SCHEMA: &str = include_str!("schema.json");

/// The schema; `rulebook`: offers its codes. The schema is a constant of the program, so reading it
/// cannot fail; were it damaged, the empty schema would allow everything.
pub fn schema(rulebook: Option<&Rulebook>) -> Value {
    let mut schema: Value = serde_json::from_str(SCHEMA).unwrap_or_else(|_| json!({}));
    if let Some(rulebook) = rulebook {
        let mut offer = |name: &str, codes: Vec<&str>| {
            schema["$defs"][name] = json!({"type": "string", "enum": codes});
        };
        offer("field_code", rulebook.fields.iter().map(|field| field.code.as_str()).collect());
        offer("roster_code", rulebook.rosters.iter().map(|roster| roster.code.as_str()).collect());
        offer("programme_code", rulebook.programmes.iter().map(|rule| rule.code.as_str()).collect());
        offer("fund_code", rulebook.funds.iter().map(|fund| fund.code.as_str()).collect());
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::pack;

    /// As much of JSON Schema as the schema uses.
    fn check(root: &Value, schema: &Value, value: &toml::Value, path: &str, wrong: &mut Vec<String>) {
        if let Some(reference) = schema["$ref"].as_str() {
            let name = reference.strip_prefix("#/$defs/").unwrap();
            assert!(!root["$defs"][name].is_null(), "{reference}");
            check(root, &root["$defs"][name], value, path, wrong);
        }
        if let Some(allowed) = schema["enum"].as_array() {
            let known = value.as_str().is_some_and(|text| allowed.iter().any(|one| one == text));
            if !known {
                wrong.push(format!("{path}: {value} is none of {allowed:?}"));
            }
        }
        if let Some(choices) = schema["oneOf"].as_array() {
            let fitting = choices.iter().filter(|choice| {
                let mut wrong = Vec::new();
                check(root, choice, value, path, &mut wrong);
                wrong.is_empty()
            });
            if fitting.count() != 1 {
                wrong.push(format!("{path}: not one of the choices"));
            }
        }
        let types: Vec<&str> = match &schema["type"] {
            Value::String(one) => vec![one.as_str()],
            Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let is = |of: &str| match of {
            "string" => value.is_str(),
            "integer" => value.is_integer(),
            "number" => value.is_integer() || value.is_float(),
            "boolean" => value.is_bool(),
            "array" => value.is_array(),
            "object" => value.is_table(),
            _ => false,
        };
        if !types.is_empty() && !types.iter().any(|of| is(of)) {
            wrong.push(format!("{path}: not of type {types:?}"));
            return;
        }
        if let Some(items) = value.as_array() {
            for (position, item) in items.iter().enumerate() {
                if schema["items"].is_object() {
                    check(root, &schema["items"], item, &format!("{path}[{position}]"), wrong);
                }
            }
        }
        if let Some(table) = value.as_table() {
            for needed in schema["required"].as_array().into_iter().flatten() {
                if !table.contains_key(needed.as_str().unwrap()) {
                    wrong.push(format!("{path}: {needed} is missing"));
                }
            }
            for (key, item) in table {
                let place = format!("{path}.{key}");
                match (&schema["properties"][key], &schema["additionalProperties"]) {
                    (Value::Object(_), _) => check(root, &schema["properties"][key], item, &place, wrong),
                    (_, Value::Bool(false)) => wrong.push(format!("{place}: unknown")),
                    (_, other) if other.is_object() => check(root, other, item, &place, wrong),
                    _ => {}
                }
            }
        }
    }

    fn mistakes(text: &str, rulebook: Option<&Rulebook>) -> Vec<String> {
        let schema = schema(rulebook);
        let value = toml::Value::Table(toml::from_str(text).unwrap());
        let mut wrong = Vec::new();
        check(&schema, &schema, &value, "", &mut wrong);
        wrong
    }

    #[test]
    fn the_default_pack_and_its_cases_fit_the_schema() {
        let (rulebook, _) = pack::load(&pack::xincheng()).unwrap();
        for (path, text) in pack::xincheng() {
            assert_eq!(mistakes(&text, None), Vec::<String>::new(), "{path}");
            assert_eq!(mistakes(&text, Some(&rulebook)), Vec::<String>::new(), "{path}");
        }
    }

    #[test]
    fn a_misspelt_key_a_wrong_word_and_an_unknown_code_do_not() {
        let (rulebook, _) = pack::load(&pack::xincheng()).unwrap();
        assert_eq!(mistakes("[[roster]]\ncode = \"a\"\nnames = \"b\"\n", None).len(), 2);
        assert_eq!(
            mistakes("[[stacking]]\nkind = \"bar\"\ncitation = \"c\"\nstatus = \"verified\"\n", None).len(),
            1
        );
        let unknown =
            "[[stacking]]\nkind = \"bars\"\nholder = \"old-ag\"\ncitation = \"c\"\nstatus = \"verified\"\n";
        assert!(mistakes(unknown, None).is_empty());
        assert_eq!(mistakes(unknown, Some(&rulebook)).len(), 1);
    }
}
