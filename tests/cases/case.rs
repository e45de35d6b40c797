//! A case as its folder tells it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chrono::{DateTime, FixedOffset, Months, NaiveDate, TimeDelta};
use rakuwing::disk;
use rakuwing::sandbox::{Actual, Collection, Fault, Origin};
use serde::Deserialize;

/// `case.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    #[serde(skip)]
    pub(crate) folder: PathBuf,
    /// What the situation is, in one Japanese sentence.
    situation: String,
    /// The month of what helpers record.
    #[serde(default = "october")]
    pub(crate) month: String,
    /// When the first step is run (RFC 3339); otherwise on the 5th after the month.
    clock: Option<String>,
    /// Whether calls that only ask are part of what is expected, and with them the versions
    /// that items are sent against.
    #[serde(default)]
    pub(crate) every_call: bool,
    /// Settings that differ from the template.
    #[serde(default)]
    pub(crate) settings: BTreeMap<String, toml::Value>,
    /// What is wanted of checks before the claim.
    #[serde(default)]
    pub(crate) audit: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) sandbox: Sandbox,
    pub(crate) step: Vec<Step>,
}

/// How the sandbox is started.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sandbox {
    pub(crate) origin: Option<Origin>,
    /// The office numbers that belong to the key.
    pub(crate) offices: Option<Vec<String>>,
    pub(crate) batch_max: Option<usize>,
    pub(crate) page_size: Option<usize>,
}

/// One command, and what happens before it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    /// A folder of the case whose files are dropped into the inbox.
    pub(crate) inbox: Option<String>,
    /// Somebody corrects an error workbook and drops it into the inbox.
    pub(crate) corrects: Option<Corrects>,
    /// Somebody changes something at Care-wing.
    pub(crate) edit: Option<Edit>,
    /// Somebody takes something away at Care-wing.
    pub(crate) remove: Option<Remove>,
    /// What goes wrong from now on; an empty list ends it.
    pub(crate) mischief: Option<Vec<Fault>>,
    /// A file of the case: what helpers recorded, one record a line.
    pub(crate) actuals: Option<String>,
    /// `faithful` or `lifelike`: what helpers make of the plan.
    pub(crate) play: Option<rakuwing::sandbox::Play>,
    /// The command.
    pub(crate) run: String,
    /// The exit code that it must have.
    pub(crate) exit: u8,
    /// Whether the files for 楽すけ are looked at after this step, and not only at the end.
    #[serde(default)]
    pub(crate) shows_the_outbox: bool,
    /// Words that the message of a refused command, or the notes of another one, must hold.
    pub(crate) says: Option<String>,
}

/// What somebody does to an error workbook before it is dropped into the inbox.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Corrects {
    /// The step that wrote the workbook; without one, the last step that wrote any.
    pub(crate) of_step: Option<usize>,
    /// What is typed: the sheet, the row of the file, the header, the text.
    #[serde(default)]
    pub(crate) cells: Vec<(String, u32, String, String)>,
    /// What is answered on 対応の追加: words of the question, the header, the text.
    #[serde(default)]
    pub(crate) answers: Vec<(String, String, String)>,
    /// Whether the hidden sheet gets lost.
    #[serde(default)]
    pub(crate) loses_its_marks: bool,
}

/// An edit behind our back.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Edit {
    pub(crate) collection: Collection,
    pub(crate) key: String,
    pub(crate) pointer: String,
    pub(crate) value: serde_json::Value,
}

/// A removal behind our back.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Remove {
    pub(crate) collection: Collection,
    pub(crate) key: String,
}

fn october() -> String {
    "2026-10".to_owned()
}

/// Where the cases stand.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/cases")
}

/// The name of every case.
pub(crate) fn names() -> Vec<String> {
    let entries = std::fs::read_dir(root()).unwrap().map(Result::unwrap);
    let mut names: Vec<String> = entries
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Reads a case.
pub(crate) fn read(name: &str) -> Case {
    let folder = root().join(name);
    let bytes = disk::read(&folder.join("case.toml")).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let case: Case = toml::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
    assert!(case.situation.ends_with('。'), "{name} says no situation");
    Case { folder, ..case }
}

impl Case {
    /// When a step is run: each a minute after the one before, however long it takes.
    pub(crate) fn time_of(&self, step: usize) -> DateTime<FixedOffset> {
        let of_month = || {
            let first: NaiveDate = format!("{}-01", self.month).parse().unwrap();
            let next = first.checked_add_months(Months::new(1)).unwrap();
            format!("{}-05T18:00:00+09:00", next.format("%Y-%m"))
        };
        let first = self.clock.clone().unwrap_or_else(of_month);
        let first = DateTime::parse_from_rfc3339(&first).unwrap();
        first + TimeDelta::minutes(i64::try_from(step).unwrap())
    }

    /// The records of a file of the case.
    pub(crate) fn actuals(&self, file: &str) -> Vec<Actual> {
        let text = String::from_utf8(disk::read(&self.folder.join(file)).unwrap()).unwrap();
        text.lines()
            .map(|line| {
                serde_json::from_str(line).unwrap_or_else(|error| panic!("{line}: {error}"))
            })
            .collect()
    }
}
