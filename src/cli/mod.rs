//! What can be typed, and what is shown for it.
//!
//! In: arguments and what `main` has found outside (terminal, environment, clock). Out: an
//! exit code. Everything a clerk reads is Japanese and is written here or in a report.

pub mod arguments;
pub mod wrap;
pub mod screen;
pub mod question;
pub mod bar;
pub mod commands;
pub mod init;
pub mod codes;
pub mod month;
pub mod status;
pub mod locks;
pub mod names;
pub mod explain;
pub mod demo;

use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;

use clap::Parser as _;

use crate::clock::Clock;
use crate::error::Exit;
use crate::stop::Stop;

use arguments::Arguments;
use screen::{Screen, Voice};

/// What only `main` can know.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Where keys are kept on this machine.
    pub keys: PathBuf,
    /// The API key, where the environment holds it.
    pub api_key: Option<String>,
    /// Whether somebody can answer questions.
    pub terminal: Terminal,
    /// How many columns the screen has.
    pub columns: usize,
    /// Whether the run is to stop.
    pub stop: Stop,
}

/// Whether the standard input is somebody in front of a screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Terminal {
    /// Questions can be asked.
    Present,
    /// A script, a pipe, a timer.
    Absent,
}

/// The environment variable that says what time it is, for practice and tests.
pub const CLOCK: &str = "RAKUWING_CLOCK";

/// Runs a command line.
pub fn run(arguments: impl IntoIterator<Item = OsString>, surroundings: &Surroundings) -> Exit {
    let words: Vec<OsString> = arguments.into_iter().collect();
    let arguments = match Arguments::try_parse_from(&words) {
        Ok(arguments) => arguments,
        Err(error) => {
            let Some(message) = arguments::explain(&error, surroundings.columns) else {
                return Exit::Clean;
            };
            return refuse(&words, &message, surroundings);
        }
    };
    let mut screen =
        Screen::new(arguments.voice(), surroundings).heeding(surroundings.stop.clone());
    screen.work_in(&arguments.office);
    screen::start_log(arguments.verbose);
    if surroundings.clock.is_given() {
        let now = surroundings.clock.now().to_rfc3339();
        screen.aside(&format!(
            "時計は {now} に合わせてあります(環境変数 {CLOCK}、練習と試験のため)"
        ));
    }
    let outcome = guarded(|| commands::run(&arguments, surroundings, &mut screen));
    match outcome {
        Ok(Ok(exit)) => exit,
        Ok(Err(error)) => {
            screen.error(&error.to_string(), error.exit());
            error.exit()
        }
        Err(Panicked) => {
            screen.error(
                "プログラムの不具合で止まりました。もう一度同じ操作をしても止まるときは、問い合わせてください",
                Exit::Bug,
            );
            Exit::Bug
        }
    }
}

/// Refuses a command line because the clock that was given shows no time.
pub fn refuse_clock(
    arguments: impl IntoIterator<Item = OsString>,
    surroundings: &Surroundings,
) -> Exit {
    let words: Vec<OsString> = arguments.into_iter().collect();
    let message = format!(
        "環境変数 {CLOCK} が時刻ではありません。「2026-11-05T18:00:00+09:00」のように書くか、外してください"
    );
    refuse(&words, &message, surroundings)
}

/// Says why a command line is not begun, in the voice that it asks for.
fn refuse(words: &[OsString], message: &str, surroundings: &Surroundings) -> Exit {
    let json = words.iter().any(|word| word == "--json");
    let voice = if json { Voice::Json } else { Voice::Words };
    Screen::new(voice, surroundings).error(message, Exit::Usage);
    Exit::Usage
}

/// Something panicked; what was said about it stays in the program, because a panic's text
/// may hold the content of a row.
#[derive(Debug)]
pub struct Panicked;

/// Runs work so that a fault in it ends with a sentence and an exit code.
pub fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, Panicked> {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(|info| {
        // The place alone: the message could quote a row.
        if let Some(location) = info.location() {
            tracing::error!(file = location.file(), line = location.line(), "panicked");
        }
    }));
    let result = catch_unwind(AssertUnwindSafe(work)).map_err(|_| Panicked);
    std::panic::set_hook(before);
    result
}
