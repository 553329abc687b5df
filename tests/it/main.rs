//! The built binary on whole bureaus. One integration binary, one module per subject.

mod bureau;
mod explain;
mod golden;
mod policy;
mod whatif;
