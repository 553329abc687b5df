//! The built binary on whole bureaus. One integration binary, one module per subject.

mod bank;
mod browser;
mod bureau;
#[cfg(unix)]
mod desk;
mod dice;
mod explain;
mod figures;
#[cfg(unix)]
mod fix_lists;
mod fuzz;
#[cfg(unix)]
mod gallery;
mod golden;
#[cfg(target_os = "linux")]
mod hostile;
mod house;
#[cfg(unix)]
mod integrity;
mod licences;
mod messages;
mod model;
mod mutated;
mod mutations;
mod notices;
mod office;
mod papers;
mod policy;
mod properties;
mod reading;
mod readme;
mod rosters;
mod round_trips;
mod scenarios;
mod whatif;
mod year;
