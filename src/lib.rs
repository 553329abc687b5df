//! `disburse`: the monthly benefit payments of a district finance bureau.
//!
//! Data flows one way. Each room takes values and returns values, findings and a tally; the
//! conductors in [`cycle`] check the tally before they open the next door.
//!
//! ```text
//! rosters ─► intake ─► assess ─► settle ─► pay ─► (approve) ─► outbox
//!              policy ──┘           ▲│                           │
//!                             ledger ┘└► plan, one transaction    ▼ bank
//!              report ◄── reconcile ◄── returns ◄────────── bank answers
//! ```
//!
//! | room | in → out | touches |
//! |---|---|---|
//! | [`domain`] | the shared nouns | nothing |
//! | [`policy`] | pack files → rulebook | nothing after loading |
//! | [`intake`] | sheets → claims and findings | nothing after reading |

pub mod assess;
pub mod calendar;
pub mod domain;
pub mod intake;
pub mod pay;
pub mod policy;
pub mod returns;
pub mod settle;
pub mod words;
