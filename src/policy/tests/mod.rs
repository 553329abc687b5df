//! Tests of the room: the language over small maps of facts, broken packs with their diagnostics,
//! the default pack against the figures of DESIGN §15.

mod cases;
mod diagnostics;
mod facts;
mod figures;
mod language;
mod manual;
mod outsider;
mod plain;
mod scales;
