//! The built binary on whole bureaus. One integration binary, one module per subject.

mod bank;
mod bureau;
mod explain;
mod golden;
mod house;
#[cfg(unix)]
mod integrity;
mod licences;
mod model;
mod policy;
mod properties;
mod readme;
mod scenarios;
mod whatif;
