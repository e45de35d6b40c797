//! What is printed: words for a clerk, or one JSON object for a program.

use std::fmt::Display;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::Serialize;
use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::error::{Error, Exit};
use crate::jobs::still_open::Person;
use crate::jobs::{Clerk, Outcome, Summary};
use crate::model::YearMonth;
use crate::stop::Stop;

use super::status::{UNUSED_FILES, person_lines};
use super::wrap::{width, wrapped};
use super::{Surroundings, Terminal, question};

/// How much is said, and in which form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Voice {
    /// Sentences.
    Words,
    /// Nothing but errors.
    Quiet,
    /// One JSON object on the standard output.
    Json,
}

/// The screen.
#[derive(Debug)]
pub struct Screen {
    voice: Voice,
    terminal: Terminal,
    columns: usize,
    stop: Stop,
    /// What a summary has said: the account need not say it again.
    said: Vec<String>,
    /// Where it has said that the preview is.
    preview: Option<PathBuf>,
    /// The office as somebody types it, where it is not the folder that one works in.
    office: Option<String>,
}

/// An error as a program reads it.
#[derive(Serialize)]
struct ErrorObject<'a> {
    exit_code: u8,
    error: &'a str,
}

/// Several steps as a program reads them.
#[derive(Serialize)]
struct StepsObject<'a> {
    steps: &'a [Outcome],
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    exit_code: u8,
}

impl Screen {
    /// A screen with a voice.
    pub fn new(voice: Voice, surroundings: &Surroundings) -> Self {
        Self {
            voice,
            terminal: surroundings.terminal,
            columns: surroundings.columns,
            stop: Stop::default(),
            said: Vec::new(),
            preview: None,
            office: None,
        }
    }

    /// The same screen, whose questions end when the run is to stop.
    #[must_use]
    pub fn heeding(self, stop: Stop) -> Self {
        Self { stop, ..self }
    }

    /// Whether somebody can be asked.
    pub fn terminal(&self) -> Terminal {
        self.terminal
    }

    /// From now on commands are said so that they work, as they are typed, for an office.
    pub fn work_in(&mut self, office: &Path) {
        let here = office == Path::new(".");
        let office = office.display().to_string();
        let quoted = if office.contains(char::is_whitespace) {
            format!("\"{office}\"")
        } else {
            office
        };
        self.office = (!here).then_some(quoted);
    }

    /// How much is said.
    pub fn voice(&self) -> Voice {
        self.voice
    }

    /// How many columns a line has.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// A line for the clerk. A screen that is gone (a closed pipe) is no reason to stop.
    pub fn line(&mut self, text: impl Display) {
        if self.voice == Voice::Words {
            let text = self.as_typed(text.to_string());
            let _ = writeln!(io::stdout(), "{}", wrapped(&text, self.columns));
        }
    }

    /// A text whose commands can be typed as they stand there.
    fn as_typed(&self, text: String) -> String {
        const COMMAND: &str = "`rakuwing ";
        let Some(office) = &self.office else {
            return text;
        };
        let typed = |(at, piece): (usize, &str)| match piece.strip_prefix("init`") {
            _ if at == 0 || piece.starts_with("sandbox") => piece.to_owned(),
            Some(rest) => format!("init {office}`{rest}"),
            None => format!("--office {office} {piece}"),
        };
        let pieces: Vec<String> = text.split(COMMAND).enumerate().map(typed).collect();
        pieces.join(COMMAND)
    }

    /// Where a file is: a path stays in one piece as long as it fits a line.
    pub fn file(&mut self, what: &str, path: &Path) {
        let path = path.display().to_string();
        let line = format!("{what}: {path}");
        if width(&line) <= self.columns || width(&path) + 4 > self.columns {
            self.line(line);
        } else {
            self.line(format_args!("{what}:"));
            self.line(format_args!("    {path}"));
        }
    }

    /// A line beside what is asked for, which no program reads.
    pub fn aside(&self, text: &str) {
        let _ = writeln!(io::stderr(), "{text}");
    }

    /// An error, to whoever listens.
    pub fn error(&mut self, message: &str, exit: Exit) {
        if self.voice == Voice::Json {
            self.object(&ErrorObject {
                exit_code: exit.code(),
                error: message,
            });
        } else {
            let message = self.as_typed(format!("エラー: {message}"));
            let _ = writeln!(io::stderr(), "{}", wrapped(&message, self.columns));
        }
    }

    /// The one JSON object of a command.
    pub fn object(&mut self, object: &impl Serialize) {
        if self.voice == Voice::Json {
            let text = serde_json::to_string(object).expect("counts and paths are JSON");
            let _ = writeln!(io::stdout(), "{text}");
        }
    }

    /// The one JSON object of a command with several steps; in words, the error that stopped
    /// it, if one did.
    pub fn steps(&mut self, steps: &[Outcome], error: Option<&Error>, exit: Exit) {
        let error = error.map(ToString::to_string);
        if let Some(message) = error.as_ref().filter(|_| self.voice != Voice::Json) {
            self.error(message, exit);
        }
        self.object(&StepsObject {
            steps,
            error,
            exit_code: exit.code(),
        });
    }

    /// The closing account.
    pub fn account(&mut self, outcome: &Outcome) {
        let said = std::mem::take(&mut self.said);
        for note in outcome.notes.iter().filter(|note| !said.contains(note)) {
            self.line(note);
        }
        for file in &outcome.files {
            self.line(format_args!(
                "  {}: {}行 = {} {} + 変更なし {} + 保留 {} + 対象外 {}",
                file.file,
                file.rows,
                outcome.done,
                file.sent,
                file.unchanged,
                file.withheld,
                file.excluded
            ));
        }
        let found = outcome.findings;
        if found.errors + found.reviews + found.notices > 0 {
            self.line(format_args!(
                "  エラー {}件、要確認 {}件、注意 {}件",
                found.errors, found.reviews, found.notices
            ));
        }
        for file in &outcome.written {
            self.file(&file.kind, &file.path);
        }
        if let Some(audit) = &outcome.audit {
            self.file("請求前点検", audit);
        }
        let shown = self.preview.take();
        if let Some(preview) = outcome
            .preview
            .as_ref()
            .filter(|of| Some(*of) != shown.as_ref())
        {
            self.file("プレビュー(控え)", preview);
        }
        if let Some(report) = &outcome.report {
            self.file("エラー一覧", report);
        }
        self.still_open(outcome);
        self.line(outcome.closing());
    }

    /// Who and what is still open, by name; of many, the first.
    pub fn still_open(&mut self, outcome: &Outcome) {
        if outcome.open.is_empty() {
            return;
        }
        let month = outcome.open_month;
        let of = month.map_or("基本情報".to_owned(), YearMonth::in_words);
        let (files, people): (Vec<&Person>, Vec<&Person>) =
            outcome.open.iter().partition(|of| of.is_file());
        self.named(&format!("まだ済んでいない人({of})"), "名", &people);
        self.named(UNUSED_FILES, "件", &files);
        let flag = month.map_or(String::new(), |month| format!(" --month {month}"));
        self.line(format_args!(
            "全員と次にすることは `rakuwing status{flag}` で見られます。"
        ));
    }

    /// A list by name; of many, the first.
    pub fn named(&mut self, title: &str, counted: &str, list: &[&Person]) {
        const NAMED: usize = 10;
        if list.is_empty() {
            return;
        }
        self.line(format_args!("{title}: {}{counted}", list.len()));
        for line in list
            .iter()
            .take(NAMED)
            .flat_map(|of| person_lines(of, "  "))
        {
            self.line(line);
        }
        if list.len() > NAMED {
            self.line(format_args!("  ほか{}{counted}", list.len() - NAMED));
        }
    }

    /// A line that somebody types; `None` where nobody can, or the input has ended.
    pub fn asks(&mut self, question: &str) -> Option<String> {
        if self.terminal == Terminal::Absent || self.voice != Voice::Words {
            return None;
        }
        let mut stdout = io::stdout();
        write!(stdout, "{}: ", wrapped(question, self.columns)).ok()?;
        stdout.flush().ok()?;
        Some(question::answer(&self.stop)?.trim().to_owned())
    }
}

impl Clerk for Screen {
    fn show(&mut self, summary: &Summary) {
        self.line(format_args!("【{}】", summary.title));
        let counts: Vec<String> = summary
            .counts
            .iter()
            .map(|(word, count)| format!("{word} {count}"))
            .collect();
        self.line(format_args!("  {}", counts.join("、")));
        for remark in &summary.remarks {
            self.line(format_args!("  {remark}"));
        }
        self.said.extend_from_slice(&summary.remarks);
        if let Some(number) = summary.proposal {
            self.line(format_args!("  登録データの番号: {number}"));
        }
        if let Some(preview) = &summary.preview {
            self.file("  プレビュー", preview);
            self.preview = Some(preview.clone());
        }
    }

    fn agrees(&mut self, question: &str) -> Option<bool> {
        loop {
            match &*self.asks(&format!("{question} [はい(y) / いいえ(n)]"))? {
                "y" | "Y" | "ｙ" | "yes" | "はい" | "ok" | "OK" => return Some(true),
                "n" | "N" | "ｎ" | "no" | "いいえ" => return Some(false),
                _ => {}
            }
        }
    }

    fn note(&mut self, text: &str) {
        self.line(text);
    }
}

/// Starts the log on the standard error: warnings, or everything with `-v`. It holds no
/// content of any row.
pub fn start_log(verbose: bool) {
    let level = if verbose { Level::DEBUG } else { Level::WARN };
    let log = fmt::layer().with_writer(io::stderr).without_time();
    // A second start in one process (tests) keeps the first log.
    let _ = tracing_subscriber::registry()
        .with(log.with_filter(Targets::new().with_target("rakuwing", level)))
        .try_init();
}
