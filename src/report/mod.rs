//! What happened, written down for people and programs (DESIGN §12). In: a borrowed [`RunFacts`],
//! which a conductor fills. Out: bytes into writers that the caller hands in. It decides nothing,
//! computes no entitlement and opens no file.
//!
//! | part | what it writes |
//! |---|---|
//! | [`facts`] | the input: everything that is known about a run |
//! | [`tables`] | the eight CSV files, columns and order fixed |
//! | [`encode`] | CSV cells: quoting, amounts, the apostrophe guard of READING 22 |
//! | [`reason`] | the words of the columns `reason` and `clause` |

pub mod encode;
pub mod facts;
pub mod reason;
pub mod tables;

pub use facts::*;
