/// The known name nearest to what was written, if it is near enough to be what was meant: at most a
/// third of the characters differ, and at least one is allowed to.
///
/// ```
/// use disburse::domain::nearest;
/// assert_eq!(nearest("monthly_incom", ["monthly_income", "meals"]), Some("monthly_income"));
/// assert_eq!(nearest("xyz", ["monthly_income", "meals"]), None);
/// ```
pub fn nearest<'n>(written: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let length = written.chars().count();
    let allowed = (length / 3).max(1);
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(written, name), name))
        .filter(|(distance, name)| {
            // A name that differs in every character is no neighbour.
            *distance <= allowed && *distance < length.max(name.chars().count())
        })
        .min_by(|a, b| a.0.cmp(&b.0).then(a.1.cmp(b.1)))
        .map(|(_, name)| name)
}
