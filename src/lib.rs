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
//! | [`words`] | codes → text in Chinese and English | nothing |
//! | [`calendar`] | published days off → working days, pay-by dates | nothing |
//! | [`formats`] | bytes → rows and cells, no meaning | nothing |
//! | [`policy`] | pack files → rulebook | nothing after loading |
//! | [`intake`] | sheets → claims and findings | nothing after reading |
//! | [`assess`] | claims, rulebook, registers → one decision for each claim and month | nothing |
//! | [`settle`] | decisions, the ledger's lines → the plan: postings, payments, holds | nothing |
//! | [`pay`] | planned payments, bank profiles → bank files | nothing |
//! | [`returns`] | bank answers → neutral outcomes | nothing |
//! | [`reconcile`] | records of a cycle → what agrees, what explains the rest, what is open | nothing |
//! | [`report`] | facts of a run → files for people and programs | nothing |
//! | [`ledger`] | plan → postings, events, the chain; lines in sorted order | the database |
//! | [`workspace`] | a bureau's folder: config, listings, lock, archive, atomic write | the disk |
//! | [`generate`] | a seed → a bureau of nobody, to try and to measure with | nothing |
//! | [`cycle`] | the conductors: one for each command that works with the rooms | the rooms above |
//! | [`cli`] | command line → conductor → answer | arguments, clock, terminal |
//! | [`crash`] | points at which a test makes the process die | nothing |

pub mod assess;
pub mod calendar;
pub mod cli;
pub mod crash;
pub mod cycle;
pub mod domain;
pub mod formats;
pub mod generate;
pub mod intake;
pub mod ledger;
pub mod pay;
pub mod policy;
pub mod reconcile;
pub mod report;
pub mod returns;
pub mod settle;
pub mod words;
pub mod workspace;
