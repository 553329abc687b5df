//! The built binary on whole bureaus. One integration binary, one module per subject.

mod bank;
mod bureau;
#[cfg(unix)]
mod desk;
mod explain;
mod golden;
mod house;
#[cfg(unix)]
mod integrity;
mod licences;
mod model;
mod mutations;
mod policy;
mod properties;
mod readme;
mod rosters;
mod scenarios;
mod whatif;
mod year;
