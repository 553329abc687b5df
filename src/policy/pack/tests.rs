use super::*;
use crate::words::Language;

#[test]
fn the_default_pack_loads_with_zero_mistakes() {
    let (rulebook, findings) =
        load(&xincheng()).unwrap_or_else(|faults| panic!("{}", faults.render(Language::En)));
    assert_eq!(findings, []);
    assert_eq!(rulebook.programmes.len(), 14);
}
