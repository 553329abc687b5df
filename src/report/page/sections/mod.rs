//! Sections below the first screen: twelve months, changes, causes, ages, declared amounts, budgets,
//! townships and banks, what the run rests on, files.

mod basis;
mod course;
mod open;
mod places;

pub use basis::*;
pub use course::*;
pub use open::*;
pub use places::*;
