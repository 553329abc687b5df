//! The process really dies at every step border and in the middle of files; then the same command is
//! given again, and ledger, outbox and reports are byte for byte those of an undisturbed run.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::small::*;

/// SIGABRT.
const ABORTED: i32 = 6;

/// A command, and the workspace it is given in.
struct Scene {
    name: &'static str,
    before: tempfile::TempDir,
    arguments: Vec<String>,
}

impl Scene {
    fn arguments(&self) -> Vec<&str> {
        self.arguments.iter().map(String::as_str).collect()
    }
}

/// A story that gives every command that writes; each scene keeps the workspace as it was before it.
struct Story {
    folder: tempfile::TempDir,
    scenes: Vec<Scene>,
}

impl Story {
    fn then(&mut self, name: &'static str, exits: &[i32], arguments: &[&str]) -> crate::bureau::Said {
        let before = copy(self.folder.path());
        let said = must(self.folder.path(), exits, arguments);
        let arguments = arguments.iter().map(|text| (*text).to_owned()).collect();
        self.scenes.push(Scene { name, before, arguments });
        said
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }
}

fn story() -> Vec<Scene> {
    let mut story = Story { folder: copy(bureau().path()), scenes: Vec::new() };
    let opening = format!(
        "programme,beneficiary,benefit_month,case_no,entitled,paid\nsanmin,person:{},2022-11,,900.00,0.00\n",
        identity(101)
    );
    std::fs::write(story.path().join("opening.csv"), opening).unwrap();
    let day = ["--today", "2023-01-03"];
    story.then("opening", &[0], &["opening", "opening.csv", "--by", "operator", day[0], day[1]]);
    let said =
        story.then("run", &[0], &["run", "--month", "2023-01", "--by", "operator", "--json", day[0], day[1]]);
    let total = drafted(&said);
    story.then("approve", &[0], &["approve", "1", "--total", &total, "--by", "reviewer", day[0], day[1]]);
    let ids = payments(story.path(), "2023-01", 1);
    let (missing, _) = ids[&account(107)].clone();
    let text: String = answers(story.path(), "2023-01", 1, &[103])
        .lines()
        .filter(|line| !line.starts_with(&missing))
        .map(|line| format!("{line}\n"))
        .collect();
    std::fs::write(story.path().join("answers.csv"), text).unwrap();
    story.then("returns", &[0], &["returns", "answers.csv", "--by", "operator", "--today", "2023-01-09"]);
    let decisions = format!(
        "payment_id,decision,amount,document,reason\n{missing},confirmed-not-paid,,文〔2023〕1号,银行书面答复\n"
    );
    std::fs::write(story.path().join("decisions.csv"), decisions).unwrap();
    let decide =
        |by: &'static str| ["returns", "--decisions", "decisions.csv", "--by", by, "--today", "2023-01-10"];
    story.then("returns --decisions, asked for", &[0], &decide("operator"));
    story.then("returns --decisions, completed", &[0], &decide("reviewer"));
    let whom = format!("person:{}", identity(104));
    let hold = |verb: &'static str| {
        [verb, whom.as_str(), "--why", "核查", "--by", "operator", "--today", "2023-01-11"]
    };
    story.then("hold", &[0], &hold("hold"));
    story.then("clear", &[0], &hold("clear"));
    release(story.path(), "2023-02");
    let run = ["run", "--month", "2023-03", "--by", "operator", "--json", "--today", "2023-03-03"];
    let without = [&run[..], &["--pay-on", "2023-03-09"]].concat();
    must(story.path(), &[0, 1], &without);
    // Another draft takes the place of the open one.
    let said = story.then("run, a second draft", &[0, 1], &run);
    let limits = said.json()["limits"].to_string();
    assert_eq!(limits, "[]", "the story has no stop limits");
    let (number, total) = (said.json()["run"].to_string(), drafted(&said));
    story.then(
        "approve, the second month",
        &[0],
        &["approve", &number, "--total", &total, "--by", "reviewer", "--today", "2023-03-03"],
    );
    let recall = |by: &'static str| {
        [
            "recall",
            number.as_str(),
            "--document",
            "函〔2023〕2号",
            "--why",
            "重号",
            "--by",
            by,
            "--today",
            "2023-03-03",
        ]
    };
    story.then("recall, asked for", &[0], &recall("operator"));
    story.then("recall, completed", &[0], &recall("reviewer"));
    // The one who stopped owes what came too late; the bank had paid February.
    let february = answers(story.path(), "2023-02", 2, &[]);
    std::fs::write(story.path().join("february.csv"), february).unwrap();
    must(story.path(), &[0], &["returns", "february.csv", "--by", "operator", "--today", "2023-03-04"]);
    let stopped = format!("person:{}", identity(102));
    rosters_with_stop_from(story.path(), "2023-02", 102);
    let run = ["run", "--month", "2023-03", "--by", "operator", "--json", "--today", "2023-03-06"];
    let said = must(story.path(), &[0, 1], &run);
    let (number, total) = (said.json()["run"].to_string(), drafted(&said));
    must(
        story.path(),
        &[0],
        &["approve", &number, "--total", &total, "--by", "reviewer", "--today", "2023-03-06"],
    );
    let recover = |by: &'static str| {
        let money = ["--amount", "300.00", "--document", "收据1", "--by", by, "--today", "2023-03-07"];
        [&["recover", "repay", "--programme", "sanmin", "--beneficiary", stopped.as_str()][..], &money]
            .concat()
    };
    story.then("recover, asked for", &[0], &recover("operator"));
    story.then("recover, completed", &[0], &recover("reviewer"));
    story.then("backup", &[0], &["backup", "copy", "--today", "2023-03-08"]);
    std::fs::remove_dir_all(story.path().join("outbox/2023-02")).unwrap();
    story.then("emit", &[0], &["emit", "2"]);
    story.then("emit with papers", &[0], &["emit", "2", "--payroll", "--notices"]);
    story.then(
        "run --dry-run",
        &[0, 1],
        &["run", "--month", "2023-03", "--dry-run", "--by", "operator", "--today", "2023-03-09"],
    );
    story.then(
        "run --dry-run, again",
        &[0, 1],
        &["run", "--month", "2023-03", "--dry-run", "--by", "operator", "--today", "2023-03-09"],
    );
    // The copy takes the place of ledger and archive.
    for part in ["ledger.db", "archive"] {
        let (from, to) = (story.path().join("copy").join(part), story.path().join(part));
        if to.is_dir() {
            std::fs::remove_dir_all(&to).unwrap();
        } else {
            std::fs::remove_file(&to).unwrap();
        }
        std::fs::rename(from, to).unwrap();
    }
    let said = must(story.path(), &[0], &["verify", "--json"]);
    let head = said.json()["head"].as_str().unwrap().to_owned();
    story.then(
        "verify, a copy taken into use",
        &[0],
        &["verify", "--head", &head, "--by", "operator", "--today", "2023-03-10"],
    );
    must(story.path(), &[0], &["verify", "1"]);
    story.scenes
}

/// A correction: the person's row of a month says stopped.
fn rosters_with_stop_from(folder: &Path, month: &str, sequence: u32) {
    let path = folder.join(format!("rosters/{month}/sanmin.csv"));
    let text = std::fs::read_to_string(&path).unwrap();
    let stopped: String = text
        .lines()
        .map(|line| match line.starts_with(&identity(sequence)) {
            true => format!("{}\n", line.replace("正常", "停发")),
            false => format!("{line}\n"),
        })
        .collect();
    std::fs::write(path, stopped).unwrap();
}

/// Which of a command's points to die at: of every kind the first, the second and the last.
fn chosen(points: &[String]) -> Vec<(u32, String)> {
    let mut of: BTreeMap<&String, Vec<u32>> = BTreeMap::new();
    for (number, name) in (1..).zip(points) {
        of.entry(name).or_default().push(number);
    }
    let mut chosen = Vec::new();
    for (name, numbers) in of {
        let last = numbers.len() - 1;
        let mut places = vec![0, 1.min(last), last];
        places.dedup();
        chosen.extend(places.into_iter().map(|place| (numbers[place], name.clone())));
    }
    chosen
}

#[test]
fn a_command_that_died_anywhere_is_finished_by_the_same_command() {
    let scenes = story();
    // What each command writes when nothing disturbs it, how it ends, and where it can die.
    let mut jobs = Vec::new();
    let mut undisturbed = Vec::new();
    for (position, scene) in scenes.iter().enumerate() {
        let folder = copy(scene.before.path());
        let listed = points(folder.path(), &scene.arguments());
        assert!(!listed.is_empty(), "{}: no point at which to die", scene.name);
        let ended = give(copy(scene.before.path()).path(), &scene.arguments()).exit;
        undisturbed.push((ended, written(folder.path())));
        jobs.extend(chosen(&listed).into_iter().map(|(point, name)| (position, point, name)));
    }
    let next = AtomicUsize::new(0);
    let faults = Mutex::new(Vec::new());
    std::thread::scope(|threads| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            threads.spawn(|| {
                while let Some((position, point, name)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let scene = &scenes[*position];
                    let (ended, expected) = &undisturbed[*position];
                    if let Err(fault) = dies_and_finishes(scene, *point, *ended, expected) {
                        faults.lock().unwrap().push(format!("{} at {point} {name}: {fault}", scene.name));
                    }
                }
            });
        }
    });
    let faults = faults.into_inner().unwrap();
    assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), jobs.len(), faults.join("\n"));
    // Every command of the issue was there, and died often.
    let died: usize = jobs.len();
    assert!(died > 150, "only {died} points");
}

fn dies_and_finishes(scene: &Scene, point: u32, ended: i32, expected: &Written) -> Result<(), String> {
    let folder = copy(scene.before.path());
    match die(folder.path(), point, &scene.arguments()) {
        Ok(ABORTED) => {}
        Ok(signal) => return Err(format!("signal {signal}")),
        Err(said) => return Err(format!("did not die: {} {}", said.exit, said.stderr)),
    }
    let again = give(folder.path(), &scene.arguments());
    if again.exit != ended {
        return Err(format!("ended {} and not {ended}: {}{}", again.exit, again.stdout, again.stderr));
    }
    let written = written(folder.path());
    if written != *expected {
        return Err(format!("\n    {}", written.differences(expected).join("\n    ")));
    }
    Ok(())
}

#[test]
fn a_process_killed_at_random_instants_loses_nothing() {
    let bureau = bureau();
    let day = "2023-01-03";
    let draft = ["run", "--month", "2023-01", "--by", "operator", "--today", day];
    let clean = copy(bureau.path());
    let said = must(clean.path(), &[0], &[&draft[..], &["--json"]].concat());
    let total = drafted(&said);
    let approve = ["approve", "1", "--total", &total, "--by", "reviewer", "--today", day];
    let drafted = copy(clean.path());
    let started = std::time::Instant::now();
    must(clean.path(), &[0], &approve);
    let longest = started.elapsed().as_micros() as u64;
    let expected = written(clean.path());
    // A fixed seed: the instants are spread, and a failure can be looked at again.
    let mut seed = 0x5DEE_CE66_u64;
    for attempt in 0..24 {
        let folder = copy(if attempt % 2 == 0 { bureau.path() } else { drafted.path() });
        let arguments: &[&str] = if attempt % 2 == 0 { &draft } else { &approve };
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let wait = (seed >> 33) % (longest * 2).max(1);
        let mut child = command(folder.path(), arguments)
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_micros(wait));
        child.kill().unwrap();
        child.wait().unwrap();
        must(folder.path(), &[0], arguments);
        must(folder.path(), &[0], &approve);
        let found = written(folder.path());
        assert!(found == expected, "after {wait} µs: {:?}", found.differences(&expected));
    }
}
