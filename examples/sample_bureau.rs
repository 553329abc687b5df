//! Writes the rosters, registers, opening and README of `fixtures/xincheng` again:
//! `cargo run --example sample_bureau`. A test asserts that what is committed equals what this makes.

use std::path::Path;

fn main() -> std::io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/xincheng");
    for folder in ["rosters", "registers"] {
        match std::fs::remove_dir_all(root.join(folder)) {
            Err(fault) if fault.kind() != std::io::ErrorKind::NotFound => return Err(fault),
            _ => {}
        }
    }
    let sample = disburse::generate::sample::sample()?;
    for (path, bytes) in &sample.files {
        let path = root.join(path.as_str());
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(path, bytes)?;
    }
    println!("{} files, {} cases in {}", sample.files.len(), sample.cases.len(), root.display());
    Ok(())
}
