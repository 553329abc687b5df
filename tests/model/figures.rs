//! The figures of the Xincheng pack (DESIGN §15), in fen, as a clerk would keep them on a card.

/// A month as the count of months since year 0.
pub type Month = i32;

/// `2023-02` as a month.
pub const fn month(year: i32, month: i32) -> Month {
    year * 12 + month - 1
}

/// What is paid in a cycle for its own month.
pub struct Figures {
    pub orphan_dispersed: i64,
    pub orphan_centralised: i64,
    pub dibao_urban: i64,
    pub dibao_rural: i64,
    pub dibao_floor_urban: i64,
    pub dibao_floor_rural: i64,
    pub tekun_urban: i64,
    pub tekun_rural: i64,
    pub care_full: i64,
    pub care_partial: i64,
    pub disability: i64,
    pub old_age: i64,
    pub old_age_hundred: i64,
    pub aged: i64,
    pub sanmin: i64,
    pub meals: i64,
    pub meals_ninety: i64,
}

/// The figures of a month from 2022-07 to 2024-06.
pub fn figures(cycle: Month) -> Figures {
    // The orphan values of 2023 were announced in 2023-05: an earlier cycle does not know them.
    let orphans_raised = cycle >= month(2023, 5);
    Figures {
        orphan_dispersed: if orphans_raised { yuan(1_400) } else { yuan(1_288) },
        orphan_centralised: if orphans_raised { yuan(1_660) } else { yuan(1_530) },
        dibao_urban: yuan(841),
        dibao_rural: yuan(621),
        dibao_floor_urban: yuan(50),
        dibao_floor_rural: half_up(yuan(400), 12),
        tekun_urban: half_up(yuan(841) * 13, 10),
        tekun_rural: half_up(yuan(9_688), 12),
        care_full: yuan(1_265),
        care_partial: yuan(494),
        disability: yuan(108),
        old_age: yuan(100),
        old_age_hundred: yuan(600),
        aged: yuan(50),
        sanmin: yuan(900),
        meals: yuan(3),
        meals_ninety: yuan(5),
    }
}

/// Whole yuan in fen.
pub const fn yuan(whole: i64) -> i64 {
    whole * 100
}

/// A division rounded half-up, for amounts of 0 and more.
pub fn half_up(amount: i64, by: i64) -> i64 {
    (2 * amount + by) / (2 * by)
}
