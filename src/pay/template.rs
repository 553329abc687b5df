//! Texts with blanks, `{batch}`, in profiles: file names, header texts, remarks.

/// The blanks a profile may use.
pub(super) const BLANKS: &[&str] = &[
    "division",
    "cycle",
    "yyyymm",
    "run",
    "batch",
    "programme",
    "programme_name",
    "bank",
    "kind",
    "part",
    "date",
    "yyyymmdd",
    "payer_name",
    "payer_account",
    "payer_bank",
    "agreement",
    "count",
    "total",
    "total_fen",
    "total_words",
];

/// # Errors
/// The first blank that does not exist, or the text itself where a brace is not closed.
pub(super) fn check(text: &str) -> Result<(), String> {
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let Some(length) = rest[open..].find('}') else { return Err(rest[open..].to_owned()) };
        let blank = &rest[open + 1..open + length];
        if !BLANKS.contains(&blank) {
            return Err(blank.to_owned());
        }
        rest = &rest[open + length + 1..];
    }
    Ok(())
}

/// The text with its blanks filled. Only texts that passed [`check`] come here.
pub(super) fn fill(text: &str, value: &dyn Fn(&str) -> String) -> String {
    let mut filled = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let Some(length) = rest[open..].find('}') else { break };
        filled.push_str(&rest[..open]);
        filled.push_str(&value(&rest[open + 1..open + length]));
        rest = &rest[open + length + 1..];
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_or_unclosed_blank_is_found_at_load() {
        assert_eq!(check("{batch}-{part}.txt"), Ok(()));
        assert_eq!(check("{bank_name}"), Err("bank_name".to_owned()));
        assert_eq!(check("a{batch"), Err("{batch".to_owned()));
        assert_eq!(fill("{batch}-{part}", &|blank| blank.to_uppercase()), "BATCH-PART");
    }
}
