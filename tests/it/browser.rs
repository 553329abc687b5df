//! The pages in a real browser, opened from disk: they load without an error and without asking the network,
//! their lists search, filter and sort, they print on few sheets of A4, and the first screen of an office PC
//! holds what it must. Chromium is driven by a script at the end of a copy of the page, which uses the page's
//! own controls and writes what it saw into the page.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::bureau::{Bureau, read_csv, repository};

/// A browser on this machine.
fn browser() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    std::env::split_paths(&path)
        .flat_map(|folder| names.map(|name| folder.join(name)))
        .find(|candidate| candidate.is_file())
}

/// The browser, or nothing and a line that cannot be overlooked.
fn browser_or_skip(test: &str) -> Option<PathBuf> {
    let found = browser();
    if found.is_none() {
        eprintln!("\n!!! NOT TESTED: {test}: no chromium, chromium-browser or google-chrome on PATH !!!\n");
    }
    found
}

struct Browser {
    program: PathBuf,
    profile: tempfile::TempDir,
}

impl Browser {
    fn new(program: PathBuf) -> Browser {
        Browser { program, profile: tempfile::tempdir().unwrap() }
    }

    fn run(&self, arguments: &[String], page: &Path) -> (String, String) {
        let output = Command::new(&self.program)
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-extensions"])
            .args(["--enable-logging=stderr", "--v=0", "--virtual-time-budget=4000"])
            // Whoever asks the network gets nothing, and says so.
            .arg("--host-resolver-rules=MAP * ~NOTFOUND")
            .arg(format!("--user-data-dir={}", self.profile.path().display()))
            .args(arguments)
            .arg(format!("file://{}", page.display()))
            .output()
            .unwrap();
        (
            String::from_utf8_lossy(&output.stdout).into_owned(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    }

    /// The document after its scripts ran, and what the page complained about.
    fn load(&self, page: &Path) -> (String, Vec<String>) {
        let arguments = ["--dump-dom", "--window-size=1366,768"].map(str::to_owned);
        let (document, said) = self.run(&arguments, page);
        assert!(document.contains("</html>"), "{said}");
        let complaints = said.lines().filter(|line| line.contains("CONSOLE")).map(str::to_owned);
        (document, complaints.collect())
    }

    /// The document after its scripts ran; fails on anything the page complains about.
    fn document(&self, page: &Path) -> String {
        let (document, complaints) = self.load(page);
        assert!(complaints.is_empty(), "{complaints:?}");
        document
    }

    /// Runs a script in a copy of the page and gives the value it left.
    fn ask(&self, page: &Path, script: &str) -> Value {
        let text = fs::read_to_string(page).unwrap();
        let script = format!(
            "<script>window.addEventListener('load', function () {{\
               var out = document.createElement('pre'); out.id = 'answer';\
               try {{ out.textContent = JSON.stringify((function () {{ {script} }})()); }}\
               catch (fault) {{ out.textContent = JSON.stringify({{ fault: String(fault) }}); }}\
               document.body.appendChild(out); }});</script></body>"
        );
        let copy = self.profile.path().join("driven.html");
        fs::write(&copy, text.replace("</body>", &script)).unwrap();
        let document = self.document(&copy);
        let answer =
            document.split("<pre id=\"answer\">").nth(1).and_then(|rest| rest.split("</pre>").next());
        let answer = answer.unwrap_or_else(|| panic!("no answer"));
        let answer = answer.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
        let answer: Value = serde_json::from_str(&answer).unwrap();
        assert!(answer.get("fault").is_none(), "{answer}");
        answer
    }

    /// How many sheets of paper the page prints on.
    fn sheets(&self, page: &Path) -> usize {
        let paper = self.profile.path().join("page.pdf");
        let arguments = ["--no-pdf-header-footer".to_owned(), format!("--print-to-pdf={}", paper.display())];
        let (_, said) = self.run(&arguments, page);
        let bytes = fs::read(&paper).unwrap_or_else(|fault| panic!("{fault}: {said}"));
        let text = String::from_utf8_lossy(&bytes);
        text.matches("/Type /Page").count() - text.matches("/Type /Pages").count()
    }
}

/// The sample bureau's run.
fn sample() -> (Bureau, PathBuf) {
    let bureau = Bureau::empty("2023-02");
    let sample = repository().join("fixtures/xincheng");
    for part in ["rosters/2023-02", "registers"] {
        crate::bureau::lay(&sample.join(part), &bureau.path().join(part));
    }
    let run = ["run", "--month", "2023-02", "--today", "2023-02-03", "--by", "operator", "--lang", "zh"];
    assert_eq!(bureau.say(&run).exit, 0);
    let folder = bureau.path().join("out/2023-02/run-0001");
    (bureau, folder)
}

fn list<'a>(value: &'a Value, key: &str) -> Vec<&'a str> {
    value[key].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect()
}

#[test]
fn the_page_opens_from_disk_searches_filters_sorts_and_prints() {
    let Some(program) = browser_or_skip("the reconciliation page in a browser") else { return };
    let browser = Browser::new(program);
    let (_bureau, folder) = sample();
    let page = folder.join("reconciliation.html");
    let text = fs::read_to_string(&page).unwrap();
    for outside in ["http://", "https://", "src=", "@import", "url("] {
        assert!(!text.contains(outside), "{outside}");
    }

    let seen = browser.ask(
        &page,
        "var section = document.getElementById('undecided');\
         var search = section.querySelector('input[type=search]'), select = section.querySelector('select');\
         var body = section.querySelector('tbody'), count = section.querySelector('[role=status]');\
         function fire(on, name) { on.dispatchEvent(new Event(name, { bubbles: true })); }\
         function shown() { return Array.from(body.rows).filter(function (row) { return !row.hidden; }); }\
         function column(list, at) { return Array.from(document.querySelectorAll('#' + list + ' tbody tr'))\
           .filter(function (row) { return !row.hidden; }).map(function (row) { return row.cells[at].textContent; }); }\
         var out = { all: shown().length };\
         select.value = Array.from(select.options)[1].value; fire(select, 'change');\
         out.filter = select.value; out.filtered = shown().map(function (row) { return row.cells[0].textContent; });\
         select.value = ''; fire(select, 'change');\
         search.value = 'tekun.csv'; fire(search, 'input');\
         out.searched = shown().map(function (row) { return row.cells[7].textContent; });\
         out.said = count.textContent;\
         search.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true })); out.cleared = shown().length;\
         var head = document.querySelectorAll('#largest th')[5], button = head.querySelector('button');\
         button.click(); out.ascending = column('largest', 5); out.sort = head.getAttribute('aria-sort');\
         button.click(); out.descending = column('largest', 5);\
         document.querySelector('#todo a[data-find]').click(); out.found = search.value;\
         document.body.dispatchEvent(new KeyboardEvent('keydown', { key: '/', bubbles: true }));\
         out.focused = document.activeElement.type;\
         out.heads = Array.from(document.querySelectorAll('thead th')).filter(function (th) { return !th.scope; }).length;\
         out.lang = document.documentElement.lang;\
         return out;",
    );
    let rows = read_csv(&folder.join("decisions.csv"));
    let waiting: Vec<_> =
        rows.iter().filter(|row| ["deferred", "rejected"].contains(&row["outcome"].as_str())).collect();
    assert_eq!(seen["all"].as_u64().unwrap() as usize, waiting.len());
    let filtered = list(&seen, "filtered");
    let word = if seen["filter"] == "待定" { "deferred" } else { "rejected" };
    assert_eq!(filtered.len(), waiting.iter().filter(|row| row["outcome"] == word).count());
    assert!(filtered.iter().all(|cell| *cell == seen["filter"]), "{filtered:?}");
    let searched = list(&seen, "searched");
    assert_eq!(searched.len(), waiting.iter().filter(|row| row["source"].contains("tekun.csv")).count());
    assert!(!searched.is_empty() && searched.iter().all(|source| source.contains("tekun.csv")));
    assert!(seen["said"].as_str().unwrap().contains(&searched.len().to_string()), "{seen}");
    assert_eq!(seen["cleared"], seen["all"]);
    let fen = |text: &&str| text.replace([',', '.'], "").parse::<i64>().unwrap();
    let ascending: Vec<i64> = list(&seen, "ascending").iter().map(fen).collect();
    assert!(ascending.is_sorted() && ascending.len() == 30, "{ascending:?}");
    let descending: Vec<i64> = list(&seen, "descending").iter().map(fen).collect();
    assert!(descending.iter().rev().is_sorted(), "{descending:?}");
    assert_eq!(seen["sort"], "ascending");
    assert_eq!(seen["found"], "缺少必需的信息");
    assert_eq!(seen["focused"], "search");
    assert_eq!((seen["heads"].as_u64(), seen["lang"].as_str()), (Some(0), Some("zh-CN")));

    assert!(browser.sheets(&page) <= 10, "{}", browser.sheets(&page));
}

/// A year's page opens and prints too, and asks nobody for anything.
#[test]
fn the_years_page_opens_from_disk_and_prints() {
    let Some(program) = browser_or_skip("the year's page in a browser") else { return };
    let browser = Browser::new(program);
    let (bureau, folder) = sample();
    let total: i64 = read_csv(&folder.join("payments.csv"))
        .iter()
        .map(|row| row["amount"].replace('.', "").parse::<i64>().unwrap())
        .sum();
    let total = format!("{}.{:02}", total / 100, total % 100);
    let day = ["--today", "2023-02-03"];
    bureau.must(0, &[&["approve", "1", "--total", &total, "--by", "reviewer"], &day[..]].concat());
    bureau.must(0, &[&["reconcile", "--year", "2023"], &day[..]].concat());
    let page = bureau.path().join("out/2023/reconcile-0001/reconcile.html");
    let text = fs::read_to_string(&page).unwrap();
    for outside in ["http://", "https://", "src=", "@import", "url("] {
        assert!(!text.contains(outside), "{outside}");
    }
    let document = browser.document(&page);
    assert!(document.contains("data-figure=\"year.total.2023-02.paid\""));
    assert!(browser.sheets(&page) <= 5, "{}", browser.sheets(&page));
}

/// An office screen of 1366 × 768, without scrolling: pay-by date, balance with every border, programmes, stop
/// limits, and the first ten things that need a person; nothing is cut off at the side.
#[test]
fn the_first_screen_holds_what_a_reviewer_decides_by() {
    let Some(program) = browser_or_skip("the first screen of the reconciliation page") else { return };
    let browser = Browser::new(program);
    let (_bureau, folder) = sample();
    let seen = browser.ask(
        &folder.join("reconciliation.html"),
        "function bottom(query) { var all = document.querySelectorAll(query);\
           return Math.round(Array.from(all).reduce(function (lowest, one) {\
             return Math.max(lowest, one.getBoundingClientRect().bottom); }, 0)); }\
         return { cards: bottom('.card'), programmes: bottom('#programmes tfoot'), borders: bottom('#balance tbody tr'),\
           todo: bottom('#todo tbody tr:nth-child(-n+10)'), wide: document.documentElement.scrollWidth,\
           width: window.innerWidth, ready: Math.round(performance.now()) };",
    );
    let height = |part: &str| seen[part].as_u64().unwrap();
    for part in ["cards", "programmes", "borders", "todo"] {
        assert!((1..=768).contains(&height(part)), "{part}: {seen}");
    }
    assert!(height("wide") <= height("width"), "{seen}");
}

/// The tests above can fail: an error of a script and a request to the network are both seen.
#[test]
fn the_browser_tells_of_errors_and_of_the_network() {
    let Some(program) = browser_or_skip("that the browser tells of errors") else { return };
    let browser = Browser::new(program);
    let page = browser.profile.path().join("bad.html");
    for bad in ["<script>nothing.at.all();</script>", "<img src=\"https://example.invalid/a.png\">"] {
        fs::write(
            &page,
            format!(
                "<!DOCTYPE html><html><head><meta http-equiv=\"Content-Security-Policy\" \
            content=\"default-src 'none'; script-src 'unsafe-inline'\"></head><body>{bad}</body></html>"
            ),
        )
        .unwrap();
        assert!(!browser.load(&page).1.is_empty(), "{bad}");
    }
}
