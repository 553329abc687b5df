#![no_main]
#[path = "../targets.rs"]
mod targets;

// The readers of workbooks come from outside; their panics are caught, and end in a refusal of the file. libfuzzer's own
// hook would abort before that.
libfuzzer_sys::fuzz_target!(init: drop(std::panic::take_hook()), |bytes: &[u8]| targets::sheet(bytes));
