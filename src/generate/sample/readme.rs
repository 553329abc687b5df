//! The README of the sample bureau, from its cases.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::planting::Case;
use crate::domain::Text;
use crate::generate::names;

const HEAD: &str = "\
# The sample bureau of Xincheng

A district that does not exist, for trying things out: rosters of all eleven kinds for January and
February 2023 from thirteen townships and street offices, and the registers of deaths, of nursing fees
from work injury insurance and of accounts. Nobody here is real: the division 150199 of the identity
numbers does not exist.

`disburse.toml` begins with 2023-02, so the rosters of 2023-01 are there to compare with (`changes`), and
are never assessed. Everything below is about the cycle 2023-02, run by 2023-02-03, as the first run of an empty ledger.

Most rows are a small sound population. In front of it, in each file, stand the rows of the cases
below, whose people all have double surnames (欧阳, 上官, 司徒 …). The
figures behind the amounts stand at the end.

The rosters, the registers, `opening.csv` and this page are made by `cargo run --example sample_bureau`;
do not edit them by hand. `opening.csv` is what the old system paid for January; it is used only if you say
`disburse opening opening.csv --by operator` before the first run. As the ledger then knows January for one
person only, the run reports the stop limit `beneficiaries` wherever February has more than 20.
";

const FIGURES: &str = "\
## Figures

| what | 2023-02 |
|---|---|
| dibao standard | urban 841.00, rural 621.00 a person |
| dibao floor | urban 50.00, rural 400 a year ÷ 12 = 33.33 a person |
| dibao uplift, the highest of each person | serious illness 30 % (252.30, rural 186.30), disability grade 1–2 20 % (168.20, 124.20), 70 and more 10 % (84.10, 62.10), under 18 10 % (84.10, 62.10) |
| orphan | dispersed 1,288.00, centralised 1,530.00 |
| tekun-living | rural 9,688 a year ÷ 12 = 807.33, urban 1.3 × 841 = 1,093.30 |
| tekun-care | full 1,265.00, partial 494.00, able 0 |
| disability-living, disability-nursing | 108.00 each |
| old-age | from 80 100.00, from 100 600.00 |
| aged-70-79 | 50.00 |
| sanmin | 900.00 |
| temporary-aid | at most 12 × 841 × persons = 10,092.00 for one |
| home-care | 特困65 80, 低保80 80, 中度失能 150, 重度失能 200, 独居70 70 |
| meals | 3 a meal, from 90 years 5; at most 22 meals |

";

const UNREACHABLE: &str = "\
## What no roster can show

- `orphan` or `tekun-living` **barring** `disability-living`: whoever is entitled to them is not counted in a
  dibao household, so the clause refuses first (H07, K10).
- `unattended-child` at 0.00: a share is at most 841 + 252.30, disability-living 108, and tekun-living
  excludes both, so at least 86.70 is left of 1,288 by the figures of this month.
- `case-repeated`, `link-needed` and everything else that asks what was settled before: this is the first
  month. Lay a second month on it (`disburse generate`), or take in `opening.csv` first (N11).
";

/// Renders the page.
pub fn render(cases: &[Case], sections: &[(char, &'static str)], files: &BTreeMap<Text, Vec<u8>>) -> String {
    let mut page = String::from(HEAD);
    page.push_str("\n## Files\n\n");
    for (what, beginning) in [
        ("rosters of 2023-02", "rosters/2023-02/"),
        ("rosters of 2023-01", "rosters/2023-01/"),
        ("registers", "registers/"),
    ] {
        let names: Vec<&str> = files.keys().filter_map(|path| path.strip_prefix(beginning)).collect();
        let _ = writeln!(page, "- {what} ({}): {}", names.len(), listed(&names));
    }
    page.push_str(
        "\n`old-age` comes as a workbook from each township (title row, header in row 2, a total row), \
         `home-care` as a file from each township, `disability.csv` is GB18030, `meals.tsv` has tabs, \
         `dibao.csv` begins with a byte order mark, the others are plain UTF-8.\n\n",
    );
    page.push_str(
        "## Planted cases\n\nOne line for each decision: `row` is the source as `decisions.csv` writes it, `amount` in \
         yuan, `held` the hold of money that is owed and not payable now. A reason in *italics* is what the \
         refusing clause is about; its words are the pack's.\n",
    );
    for (letter, title) in sections {
        let _ = write!(page, "\n### {letter}. {title}\n\n");
        page.push_str("| case | row | person | programme | outcome | reason | amount | held | why |\n");
        page.push_str("|---|---|---|---|---|---|---|---|---|\n");
        for case in cases.iter().filter(|case| case.code.starts_with(*letter)) {
            rows(&mut page, case);
        }
    }
    page.push('\n');
    page.push_str(FIGURES);
    page.push_str(UNREACHABLE);
    page
}

/// File names, those of a roster that comes from each township as one entry with their number.
fn listed(names: &[&str]) -> String {
    let mut counted: Vec<(String, usize)> = Vec::new();
    for name in names {
        let (stem, ending) = name.rsplit_once('.').unwrap_or((name, ""));
        let of_township = names::TOWNSHIPS.iter().find_map(|(_, township)| stem.strip_suffix(township));
        let shown = match of_township {
            Some(roster) => format!("`{roster}<township>.{ending}`"),
            None => format!("`{name}`"),
        };
        match counted.iter_mut().find(|(before, _)| *before == shown) {
            Some((_, count)) => *count += 1,
            None => counted.push((shown, 1)),
        }
    }
    let with_count = |(shown, count): (String, usize)| match count {
        1 => shown,
        _ => format!("{shown} × {count}"),
    };
    counted.into_iter().map(with_count).collect::<Vec<_>>().join(", ")
}

fn rows(page: &mut String, case: &Case) {
    for (position, expected) in case.expectations.iter().enumerate() {
        let beneficiary = case.beneficiary(expected);
        let first = &case.rows[expected.rows[0]];
        let name = first.row.get("姓名");
        let who = if expected.programme == "dibao" {
            format!("{name}, `{}`", beneficiary.trim_start_matches("household:"))
        } else {
            format!("{name}, `{}`", beneficiary.trim_start_matches("person:"))
        };
        let title =
            if position == 0 { format!("**{}** {}", case.code, case.title) } else { case.code.to_string() };
        let reason = match (expected.outcome, expected.reason) {
            ("refused", reason) if !matches!(reason, "death" | "case-repeated" | "no-members") => {
                format!("*{reason}*")
            }
            (_, reason) => reason.to_owned(),
        };
        let _ = writeln!(
            page,
            "| {title} | `{}` | {who} | {} | {} | {reason} | {} | {} | {} |",
            case.source(expected),
            expected.programme,
            expected.outcome,
            expected.amount,
            expected.held,
            expected.why
        );
    }
}
