//! A bureau in a temporary folder, driven through the built binary as its operator would.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;

/// A row of a CSV file, by header.
pub type Row = BTreeMap<String, String>;

/// A workspace made from the sample bureau's pack, calendar and settings, with other rosters.
pub struct Bureau {
    folder: tempfile::TempDir,
}

/// What a command said and how it ended.
pub struct Said {
    pub exit: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Said {
    /// The JSON object on standard output.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|fault| panic!("{fault}: {}\n{}", self.stdout, self.stderr))
    }
}

impl From<Output> for Said {
    fn from(output: Output) -> Said {
        Said {
            exit: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

pub fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

impl Bureau {
    /// The sample bureau's pack and settings with this `first_month` and no rosters.
    pub fn empty(first_month: &str) -> Bureau {
        let folder = tempfile::tempdir().unwrap();
        let sample = repository().join("fixtures/xincheng");
        for part in ["policy", "calendar"] {
            lay(&sample.join(part), &folder.path().join(part));
        }
        let settings = fs::read_to_string(sample.join("disburse.toml")).unwrap();
        let settings: String = settings
            .lines()
            .map(|line| match line.starts_with("first_month") {
                true => format!("first_month = \"{first_month}\"\n"),
                false => format!("{line}\n"),
            })
            .collect();
        fs::write(folder.path().join("disburse.toml"), settings).unwrap();
        Bureau { folder }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Lays a folder over the workspace.
    pub fn lay(&self, from: &Path) {
        lay(from, self.path());
    }

    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Gives a command, with `-C` and a quiet language set.
    pub fn give(&self, arguments: &[&str]) -> Said {
        let mut command = Command::cargo_bin("disburse").unwrap();
        command.arg("-C").arg(self.path()).args(["--lang", "en"]).args(arguments);
        command.output().unwrap().into()
    }

    /// Gives a command as it stands.
    pub fn say(&self, arguments: &[&str]) -> Said {
        let mut command = Command::cargo_bin("disburse").unwrap();
        command.arg("-C").arg(self.path()).args(arguments).output().unwrap().into()
    }

    /// Gives a command that must end with this exit code.
    pub fn must(&self, exit: i32, arguments: &[&str]) -> Said {
        let said = self.give(arguments);
        assert_eq!(said.exit, exit, "{arguments:?}\n{}\n{}", said.stdout, said.stderr);
        said
    }
}

/// Copies a folder's files over another, folder by folder.
pub fn lay(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap_or_else(|fault| panic!("{}: {fault}", from.display())) {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            lay(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// `--accept` for every stop limit that a draft, as `run --json` gives it, has reached.
pub fn accepting(drafted: &serde_json::Value) -> Vec<String> {
    drafted["limits"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|limit| ["--accept".to_owned(), format!("{}=seen", limit["limit"].as_str().unwrap())])
        .collect()
}

pub fn read_csv(path: &Path) -> Vec<Row> {
    let bytes = fs::read(path).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()));
    let text = String::from_utf8(bytes).unwrap();
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let headers: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    reader
        .records()
        .map(|record| headers.iter().cloned().zip(record.unwrap().iter().map(str::to_owned)).collect())
        .collect()
}
