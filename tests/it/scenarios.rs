//! Histories over time, worked out by hand (tests/scenarios), played through the built binary.

mod player;
mod script;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

fn folder() -> PathBuf {
    crate::bureau::repository().join("tests/scenarios")
}

macro_rules! histories {
    ($($test:ident: $name:literal,)*) => {
        $(#[test] fn $test() { player::play($name) })*
        const PLAYED: &[&str] = &[$($name),*];
    };
}

histories! {
    advance_then_death: "advance-then-death",
    ages_across_look_back: "ages-across-look-back",
    case_written_otherwise: "case-written-otherwise",
    change_sheet: "change-sheet",
    dead_with_another_certificate: "dead-with-another-certificate",
    death_after_the_bank_returned: "death-after-the-bank-returned",
    death_before_the_bank_returned: "death-before-the-bank-returned",
    death_found_late: "death-found-late",
    dibao_falls_child_rises: "dibao-falls-child-rises",
    dibao_left_out: "dibao-left-out",
    dibao_lost_in_the_past: "dibao-lost-in-the-past",
    duplicate_persons: "duplicate-persons",
    failed_reissued_then_reported_paid: "failed-reissued-then-reported-paid",
    head_replaced: "head-replaced",
    heirs: "heirs",
    held_beyond_the_window: "held-beyond-the-window",
    held_by_hand: "held-by-hand",
    held_three_months: "held-three-months",
    hohhot_2022_standard: "hohhot-2022-standard",
    identity_number_corrected: "identity-number-corrected",
    income_corrected_for_three_months: "income-corrected-for-three-months",
    large_case_needs_acceptance: "large-case-needs-acceptance",
    member_moved: "member-moved",
    member_row_gone: "member-row-gone",
    mirror_hold: "mirror-hold",
    mistaken_recovery_restored: "mistaken-recovery-restored",
    new_number_is_another_person: "new-number-is-another-person",
    new_number_waits_until_it_is_linked: "new-number-waits-until-it-is-linked",
    offset_leaves_something: "offset-leaves-something",
    one_off_cases: "one-off-cases",
    opening: "opening",
    opening_refused: "opening-refused",
    orphan_standard_for_all: "orphan-standard-for-all",
    outside_the_window: "outside-the-window",
    paid_after_all_then_rises: "paid-after-all-then-rises",
    paid_then_returned: "paid-then-returned",
    provider_account_failed: "provider-account-failed",
    provider_paid_for_many: "provider-paid-for-many",
    quarterly_with_a_recovery: "quarterly-with-a-recovery",
    recalled: "recalled",
    reissued_after_an_account_change: "reissued-after-an-account-change",
    resent_with_an_empty_income: "resent-with-an-empty-income",
    roster_replaced_by_an_empty_one: "roster-replaced-by-an-empty-one",
    row_gone_or_stopped: "row-gone-or-stopped",
    same_number_in_two_townships: "same-number-in-two-townships",
    standard_announced_in_may: "standard-announced-in-may",
    standard_after_a_death: "standard-after-a-death",
    township_carried_forward: "township-carried-forward",
    township_left_out: "township-left-out",
    unanswered: "unanswered",
    written_off_then_found_wrong: "written-off-then-found-wrong",
}

#[test]
fn no_history_is_forgotten() {
    let files: BTreeSet<String> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter_map(|name| name.strip_suffix(".toml").map(str::to_owned))
        .collect();
    let played: BTreeSet<String> = PLAYED.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(files, played);
}
