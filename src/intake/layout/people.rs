//! What only somebody's row holds, where it has no identity number.

use super::{is_figure, is_labelled};
use crate::domain::Text;
use crate::intake::header::Header;
use crate::policy::Canonical;

/// Whether a row below the last total is somebody's though it holds no identity number: under 姓名 stands a name, some
/// other field is filled, and no cell is a label.
pub(super) fn is_of_list(filled: &[(usize, Text)], header: &Header) -> bool {
    let Some(column) = header.column(Canonical::Name.id()) else { return false };
    let Some(name) = text_at(filled, column.index) else { return false };
    let length = name.chars().count();
    let plausible = (2..=4).contains(&length) && !name.ends_with(['元', '整', '计', '人', '表', '户']);
    let others = header.columns.iter().filter(|other| other.field.is_some() && other.index != column.index);
    let fields = others.filter(|other| text_at(filled, other.index).is_some()).count();
    !is_labelled(filled) && (marks(filled, header) > 0 || plausible && fields > 0)
}

/// Cells of a row that only somebody's row fills: months, a status, an account, a relation.
fn marks(filled: &[(usize, Text)], header: &Header) -> usize {
    const OF_PEOPLE: [Canonical; 8] = [
        Canonical::Relation,
        Canonical::Hukou,
        Canonical::FirstMonth,
        Canonical::LastMonth,
        Canonical::Status,
        Canonical::Bank,
        Canonical::AccountNo,
        Canonical::AccountName,
    ];
    let columns = OF_PEOPLE.iter().filter_map(|field| header.column(field.id()));
    // A sum that has slipped under them is none.
    let mark = |text: &Text| !is_figure(text) || text.len() >= 9;
    columns.filter(|column| text_at(filled, column.index).is_some_and(mark)).count()
}

fn text_at(filled: &[(usize, Text)], index: usize) -> Option<&Text> {
    filled.iter().find(|(at, _)| *at == index).map(|(_, text)| text)
}

/// Whether a text that ends like a total (王小计) is somebody's name: it stands under 姓名, and the row has what only
/// people's rows have, or no figure at all.
pub(super) fn is_named_like_total(index: usize, filled: &[(usize, Text)], header: &Header) -> bool {
    if header.column(Canonical::Name.id()).is_none_or(|column| column.index != index) {
        return false;
    }
    let figures = filled.iter().any(|(at, text)| header.serial != Some(*at) && is_figure(text));
    marks(filled, header) > 0 || !figures
}
