use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::domain::ResidentId;

fn month(text: &str) -> Month {
    text.parse().unwrap()
}

fn half_a_year(seed: u64) -> GenerateOptions {
    GenerateOptions {
        months: (month("2023-01"), month("2023-06")),
        staged: true,
        ..GenerateOptions::month(seed, 3000, month("2023-01"))
    }
}

fn files(options: &GenerateOptions) -> BTreeMap<Text, Vec<u8>> {
    generate(options).unwrap().into_iter().collect()
}

fn records(bytes: &[u8]) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

/// Rows of a roster by person; several of one person joined.
fn by_person(files: &BTreeMap<Text, Vec<u8>>, path: &str) -> BTreeMap<String, String> {
    let mut people: BTreeMap<String, String> = BTreeMap::new();
    for record in records(&files[path]).into_iter().skip(1) {
        people.entry(record[0].clone()).or_default().push_str(&record.join(","));
    }
    people
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_another_seed_others() {
    assert_eq!(files(&half_a_year(1)), files(&half_a_year(1)));
    assert_ne!(files(&half_a_year(1)), files(&half_a_year(2)));
}

#[test]
fn every_number_of_a_sound_bureau_passes_the_domains_check() {
    for (path, bytes) in files(&half_a_year(3)) {
        for record in records(&bytes).into_iter().skip(1) {
            assert!(record[0].starts_with("150199"), "{path}");
            assert!(ResidentId::parse(&record[0], month("2023-06")).is_ok(), "{path}: {}", record[0]);
        }
    }
}

#[test]
fn headers_are_those_of_the_design_in_order() {
    let files = files(&GenerateOptions::month(4, 2000, month("2023-02")));
    for roster in Roster::ALL {
        let Some(bytes) = files.get(format!("rosters/2023-02/{}.csv", roster.code()).as_str()) else {
            continue;
        };
        let records = records(bytes);
        assert_eq!(records[0], roster.headers().collect::<Vec<_>>());
        assert!(records.iter().all(|record| record.len() == roster.width()), "{}", roster.code());
    }
}

#[test]
fn sizes_are_reached_and_not_far_exceeded() {
    for lines in [1, 100, 5000] {
        let mut options = GenerateOptions::month(5, lines, month("2023-02"));
        let rows: u64 = generate_into(&options, &mut |_, _| Ok(())).unwrap().rows.values().sum();
        assert!((lines..lines + 30).contains(&rows), "{lines}: {rows}");
        options.size = Size::People(lines);
        let people = generate_into(&options, &mut |_, _| Ok(())).unwrap().people;
        assert!((lines..lines + 6).contains(&people), "{lines}: {people}");
    }
}

#[test]
fn all_rosters_and_all_townships_appear() {
    let mut options = GenerateOptions::month(6, 20_000, month("2023-02"));
    for roster in Roster::ALL {
        options.layouts.insert(roster, Layout { format: Format::Csv, by_township: true });
    }
    let files = files(&options);
    for roster in Roster::ALL {
        assert!(files.keys().any(|path| path.contains(roster.code())), "{}", roster.code());
    }
    let old_age = files.keys().filter(|path| path.contains("/old-age-")).count();
    assert_eq!(old_age, names::TOWNSHIPS.len());
}

#[test]
fn months_evolve_people_come_leave_and_change_accounts() {
    let files = files(&half_a_year(7));
    let january = by_person(&files, "stages/2023-01/rosters/2023-01/old-age.csv");
    let june = by_person(&files, "stages/2023-06/rosters/2023-06/old-age.csv");
    assert!(june.keys().any(|id| !january.contains_key(id)), "nobody came");
    assert!(january.keys().any(|id| !june.contains_key(id)), "nobody left");
    let account = |row: &str| row.split(',').nth(9).unwrap_or_default().to_owned();
    assert!(january.iter().any(|(id, row)| june.get(id).is_some_and(|later| account(later) != account(row))));
}

#[test]
fn deaths_become_known_late_and_registers_only_grow() {
    let files = files(&half_a_year(8));
    let mut known: BTreeSet<Vec<String>> = BTreeSet::new();
    let mut late = 0;
    for stage in month("2023-01").through(month("2023-06")) {
        let deaths: BTreeSet<Vec<String>> =
            records(&files[format!("stages/{stage}/registers/deaths.csv").as_str()]).into_iter().collect();
        assert!(known.is_subset(&deaths));
        let earlier = |row: &&Vec<String>| row[1].get(..7).is_some_and(|of| of < stage.to_string().as_str());
        late += deaths.difference(&known).filter(earlier).count();
        known = deaths;
    }
    assert!(late > 5, "{late}");
}

#[test]
fn rosters_of_the_month_before_come_again_with_corrected_incomes() {
    let files = files(&half_a_year(9));
    let mut corrected = 0;
    for stage in month("2023-02").through(month("2023-06")) {
        let before = stage.plus(-1);
        let first = by_person(&files, &format!("stages/{before}/rosters/{before}/dibao.csv"));
        let again = by_person(&files, &format!("stages/{stage}/rosters/{before}/dibao.csv"));
        assert_eq!(first.keys().collect::<Vec<_>>(), again.keys().collect::<Vec<_>>());
        corrected += first.iter().filter(|(id, row)| again[*id] != **row).count();
    }
    assert!(corrected > 0);
}

#[test]
fn a_longer_history_begins_with_the_same_months() {
    let mut short = half_a_year(10);
    short.months.1 = month("2023-03");
    let (short, long) = (files(&short), files(&half_a_year(10)));
    assert!(short.iter().all(|(path, bytes)| long.get(path) == Some(bytes)));
}

#[test]
fn each_fault_stands_where_the_list_says() {
    let mut options = half_a_year(11);
    options.staged = false;
    for fault in Fault::ALL {
        options.faults.set(*fault, 20_000);
    }
    let mut files: BTreeMap<Text, Vec<u8>> = BTreeMap::new();
    let done = generate_into(&options, &mut |path, bytes| {
        files.entry(path.into()).or_default().extend_from_slice(bytes);
        Ok(())
    })
    .unwrap();
    let read: BTreeMap<&Text, Vec<Vec<String>>> =
        files.iter().map(|(path, bytes)| (path, records(bytes))).collect();
    let kinds: BTreeSet<Fault> = done.planted.iter().map(|planted| planted.fault).collect();
    assert_eq!(kinds.len(), Fault::ALL.len());
    for planted in &done.planted {
        let record = &read[&planted.place.path][planted.place.row as usize - 1];
        assert_eq!(record[0], planted.resident);
        let valid = ResidentId::parse(&record[0], month("2023-06")).is_ok();
        assert_eq!(valid, planted.fault != Fault::WrongCheckDigit, "{}", planted.fault.word());
        if planted.fault == Fault::TownshipOtherwise {
            assert!(names::TOWNSHIPS.iter().all(|(_, name)| *name != record[2]));
        }
    }
}

#[test]
fn every_form_of_file_holds_the_same_rows() {
    let of = |format| {
        let mut options = GenerateOptions::month(12, 800, month("2023-02"));
        options.layouts.insert(Roster::OldAge, Layout { format, by_township: false });
        let ending = match format {
            Format::Xlsx => "xlsx",
            Format::Tsv => "tsv",
            _ => "csv",
        };
        files(&options).remove(format!("rosters/2023-02/old-age.{ending}").as_str()).unwrap()
    };
    let plain = String::from_utf8(of(Format::Csv)).unwrap();
    assert_eq!(String::from_utf8(of(Format::CsvBom)).unwrap(), format!("\u{FEFF}{plain}"));
    assert_eq!(String::from_utf8(of(Format::Tsv)).unwrap(), plain.replace(',', "\t"));
    let encoded = of(Format::Gb18030);
    let (decoded, _, replaced) = encoding_rs::GB18030.decode(&encoded);
    assert!(!replaced);
    assert_eq!(decoded, plain);

    use calamine::Reader;
    let mut book: calamine::Xlsx<_> =
        calamine::open_workbook_from_rs(std::io::Cursor::new(of(Format::Xlsx))).unwrap();
    let sheet = book.worksheet_range("花名册").unwrap();
    let cells: Vec<Vec<String>> =
        sheet.rows().map(|row| row.iter().map(ToString::to_string).collect()).collect();
    let plain = records(plain.as_bytes());
    assert_eq!(cells[1..=plain.len()], plain[..]);
    assert!(cells[0][0].contains("2023年2月高龄津贴"));
    assert_eq!(cells[plain.len() + 1][0], "合计");
}
