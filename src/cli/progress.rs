//! What a terminal shows while a command works for more than a second: the stage, the rows done, how
//! many a second, and the time left. Nothing is shown on a pipe.

use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use tracing::field::{Field, Visit};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

use crate::report::people::grouped_count;
use crate::words::{self, Language};

/// Nothing is shown before.
const PATIENCE: Duration = Duration::from_secs(1);

/// The whole command, in the thousandths that stages count by.
const WHOLE: u64 = 1000;

/// The bar of a command, and where it stands.
#[derive(Clone)]
pub struct Progress {
    bar: ProgressBar,
    standing: Arc<Mutex<Standing>>,
    language: Language,
}

#[derive(Debug, Clone, Copy)]
struct Standing {
    /// When the command began, and the stage.
    begun: Instant,
    since: Instant,
    /// Its part of the command, in thousandths.
    from: u64,
    to: u64,
    /// Its work, and what of it is done.
    of: u64,
    pieces: u64,
    rows: u64,
    /// Whether the bar's thread runs.
    started: bool,
}

impl Progress {
    /// For a terminal; `None` where standard error is none.
    pub fn on_terminal(language: Language) -> Option<Progress> {
        std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(Some(WHOLE), ProgressDrawTarget::hidden());
            let standing = Arc::new(Mutex::new(Standing::new()));
            bar.set_style(style(language, Arc::clone(&standing)));
            Progress { bar, standing, language }
        })
    }

    /// Takes the bar away, before the answer is said.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }

    fn take(&self, told: Told) {
        let mut standing = self.standing.lock().unwrap_or_else(PoisonError::into_inner);
        if told.stage.is_some() {
            *standing = Standing {
                since: Instant::now(),
                from: told.from,
                to: told.to,
                of: told.of,
                pieces: 0,
                rows: 0,
                ..*standing
            };
            if !standing.started {
                standing.started = true;
                self.show_after_patience();
            }
        }
        standing.pieces += told.pieces;
        standing.rows += told.rows;
        let (at, message) = (standing.position(), self.message(&standing));
        // The bar asks for the standing while it draws.
        drop(standing);
        if let Some(stage) = told.stage {
            self.bar.set_prefix(words::say(self.language, &format!("stage-{stage}"), &[]));
        }
        self.bar.set_position(at);
        self.bar.set_message(message);
    }

    /// A short command never draws: the bar comes to the terminal when its patience is over.
    fn show_after_patience(&self) {
        let bar = self.bar.clone();
        std::thread::spawn(move || {
            std::thread::sleep(PATIENCE);
            if !bar.is_finished() {
                bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(8));
                bar.enable_steady_tick(Duration::from_millis(250));
            }
        });
    }

    fn message(&self, standing: &Standing) -> String {
        let milliseconds = u64::try_from(standing.since.elapsed().as_millis()).unwrap_or(u64::MAX).max(1);
        if standing.rows == 0 {
            return String::new();
        }
        let rate = standing.rows.saturating_mul(1000) / milliseconds;
        let blanks = [
            ("rows", grouped_count(standing.rows).as_str().into()),
            ("rate", grouped_count(rate).as_str().into()),
        ];
        words::say(self.language, "progress-rows", &blanks)
    }
}

impl Standing {
    fn new() -> Standing {
        let now = Instant::now();
        Standing { begun: now, since: now, from: 0, to: 0, of: 0, pieces: 0, rows: 0, started: false }
    }

    /// Where a stage that is so far along stands in its command, in thousandths.
    fn position(&self) -> u64 {
        let done = self.pieces.min(self.of);
        let part = (self.to - self.from).saturating_mul(done).checked_div(self.of).unwrap_or(0);
        self.from + part
    }

    /// Seconds left, at the pace of the stages before; of the first stage's own pieces before there are
    /// any. `None` where nothing can be said.
    fn left(&self, now: Instant) -> Option<u64> {
        let elapsed = now.duration_since(self.begun).as_millis();
        let (known, took) = match self.from {
            0 => (self.position(), elapsed),
            from => (from, self.since.duration_since(self.begun).as_millis()),
        };
        let whole = took.checked_mul(u128::from(WHOLE))?.checked_div(u128::from(known))?;
        // A stage that takes longer than its share leaves at least the stages after it.
        let after = whole * u128::from(WHOLE - self.to) / u128::from(WHOLE);
        u64::try_from(whole.saturating_sub(elapsed).max(after).div_ceil(1000)).ok()
    }
}

fn style(language: Language, standing: Arc<Mutex<Standing>>) -> ProgressStyle {
    let left = words::say(language, "progress-left", &[]);
    let elapsed = words::say(language, "progress-elapsed", &[]);
    ProgressStyle::with_template(&format!(
        "{{prefix}} [{{bar:24}}] {{percent}}% {{msg}} {elapsed} {{elapsed}} {left} {{left}}"
    ))
    .unwrap_or_else(|_| ProgressStyle::default_bar())
    .with_key("left", move |_: &ProgressState, out: &mut dyn std::fmt::Write| {
        let left = standing.lock().unwrap_or_else(PoisonError::into_inner).left(Instant::now());
        let _ = match left {
            None => out.write_str("–"),
            Some(seconds) => write!(out, "{seconds}s"),
        };
    })
    .progress_chars("=> ")
}

/// What one event says.
#[derive(Debug, Default)]
struct Told {
    stage: Option<String>,
    of: u64,
    from: u64,
    to: u64,
    pieces: u64,
    rows: u64,
}

impl Visit for Told {
    fn record_u64(&mut self, field: &Field, value: u64) {
        match field.name() {
            "of" => self.of = value,
            "from" => self.from = value,
            "to" => self.to = value,
            "pieces" => self.pieces = value,
            "rows" => self.rows = value,
            _ => {}
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "stage" {
            self.stage = Some(value.to_owned());
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

impl<S: tracing::Subscriber> Layer<S> for Progress {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        let mut told = Told::default();
        event.record(&mut told);
        self.take(told);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(of: u64, pieces: u64) -> Standing {
        Standing { from: 200, to: 600, of, pieces, ..Standing::new() }
    }

    #[test]
    fn a_stage_moves_within_its_part_of_the_command() {
        assert_eq!(standing(10, 0).position(), 200);
        assert_eq!(standing(10, 5).position(), 400);
        assert_eq!(standing(10, 10).position(), 600);
        // More done than was told, or nothing told: never beyond its part.
        assert_eq!(standing(10, 99).position(), 600);
        assert_eq!(standing(0, 3).position(), 200);
    }

    #[test]
    fn the_time_left_goes_by_the_stages_before() {
        let begun = Instant::now();
        let at = |seconds| begun + Duration::from_secs(seconds);
        // A fifth of the command took two seconds: ten in all.
        let second = Standing { begun, since: at(2), ..standing(10, 0) };
        assert_eq!(second.left(at(2)), Some(8));
        assert_eq!(second.left(at(5)), Some(5));
        // It takes longer than it should: what comes after it stays.
        assert_eq!(second.left(at(30)), Some(4));
        // The first stage goes by its own pieces, and says nothing before there are any.
        let first = Standing { begun, since: begun, from: 0, to: 200, ..standing(10, 0) };
        assert_eq!(first.left(at(1)), None);
        assert_eq!(Standing { pieces: 5, ..first }.left(at(1)), Some(9));
    }

    #[test]
    fn every_stage_has_words_and_the_bar_its_style() {
        for language in [Language::Zh, Language::En] {
            let _ = style(language, Arc::new(Mutex::new(Standing::new())));
            for stage in crate::cycle::stage::Stage::ALL {
                assert!(!words::say(language, &format!("stage-{}", stage.word()), &[]).starts_with("stage-"));
            }
        }
    }
}
