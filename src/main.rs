//! The program: looks outside once (clock, terminal, environment) and hands over.

use std::env;
use std::io::{self, IsTerminal as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use etcetera::BaseStrategy as _;
use rakuwing::cli::{self, Surroundings, Terminal, wrap};
use rakuwing::clock::{Clock, GivenClock, SystemClock};
use rakuwing::stop::Stop;

fn main() -> ExitCode {
    let exit = match clock() {
        Some(clock) => cli::run(env::args_os(), &surroundings(clock)),
        None => cli::refuse_clock(env::args_os(), &surroundings(Arc::new(SystemClock))),
    };
    ExitCode::from(exit.code())
}

fn surroundings(clock: Arc<dyn Clock>) -> Surroundings {
    Surroundings {
        clock,
        keys: keys(),
        api_key: env::var("RAKUWING_API_KEY").ok(),
        terminal: if io::stdin().is_terminal() {
            Terminal::Present
        } else {
            Terminal::Absent
        },
        columns: wrap::columns_of(env::var("COLUMNS").ok().as_deref()),
        stop: Stop::default(),
    }
}

/// The machine's clock, or one that stands at the moment in `RAKUWING_CLOCK`; nothing where that
/// is no moment.
fn clock() -> Option<Arc<dyn Clock>> {
    match env::var_os(cli::CLOCK) {
        None => Some(Arc::new(SystemClock)),
        Some(moment) => Some(Arc::new(GivenClock::at(moment.to_str()?)?)),
    }
}

/// Where keys are kept: `RAKUWING_HOME`, or the user's configuration folder, which is outside
/// of any office folder that might be copied or zipped.
fn keys() -> PathBuf {
    if let Some(home) = env::var_os("RAKUWING_HOME") {
        return home.into();
    }
    let folder = etcetera::choose_base_strategy()
        .map_or_else(|_| PathBuf::from("."), |user| user.config_dir());
    folder.join("rakuwing")
}
