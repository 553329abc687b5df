//! Writes the rosters, registers and README of `fixtures/xincheng` again:
//! `cargo run --example sample_bureau`. A test asserts that what is committed equals what this makes.

use disburse::generate::{FaultRates, GenerateOptions, generate};

fn main() -> std::io::Result<()> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/xincheng");
    let month = disburse::domain::Month::new(2023, 2).expect("a month");
    let mut options = GenerateOptions::month(150_102, 2600, month);
    options.faults = FaultRates::ORDINARY;
    for (path, bytes) in generate(&options)? {
        let path = root.join(path.as_str());
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(path, bytes)?;
    }
    Ok(())
}
