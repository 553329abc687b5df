//! The built binary on whole bureaus. One integration binary, one module per subject.

mod bank;
mod bureau;
mod golden;
mod model;
mod scenarios;
