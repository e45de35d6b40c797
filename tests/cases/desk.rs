//! A clerk's desk for one case: an office folder, the program, and a Care-wing to talk to.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rakuwing::disk;
use rakuwing::sandbox::{Mischief, Options, Recorded, Running, start};
use serde_json::Value as Json;
use tempfile::TempDir;

use crate::case::{Case, Corrects, Remove, Step};
use crate::error_workbook::ErrorWorkbook;

const KEY: &str = "sandbox-key";

pub(crate) struct Desk<'c> {
    case: &'c Case,
    folder: TempDir,
    care_wing: Running,
    /// How many calls were taken down already.
    calls: usize,
    /// The step that is played, and the error workbooks of each step.
    step: usize,
    workbooks: BTreeMap<usize, PathBuf>,
}

/// How a command ended.
pub(crate) struct End {
    pub(crate) exit: u8,
    /// In which folder.
    pub(crate) office: PathBuf,
    /// The object that it printed.
    pub(crate) printed: Json,
    /// The error workbooks that it wrote.
    pub(crate) workbooks: Vec<PathBuf>,
    /// The calls that it made.
    pub(crate) calls: Vec<Recorded>,
}

impl<'c> Desk<'c> {
    /// A connected office folder with the files of the case's `inbox` and its own tables.
    pub(crate) fn new(case: &'c Case) -> Self {
        let standard = Options::default();
        let sandbox = &case.sandbox;
        let options = Options {
            origin: sandbox.origin.unwrap_or(standard.origin),
            offices: sandbox.offices.clone().unwrap_or(standard.offices),
            batch_max: sandbox.batch_max.unwrap_or(standard.batch_max),
            page_size: sandbox.page_size.unwrap_or(standard.page_size),
            ..standard
        };
        let mut desk = Self {
            case,
            folder: tempfile::tempdir().unwrap(),
            care_wing: start(options).unwrap(),
            calls: 0,
            step: 0,
            workbooks: BTreeMap::new(),
        };
        assert_eq!(desk.run("init").exit, 0);
        desk.set_up();
        assert_eq!(desk.run("connect").exit, 0);
        for own in [
            "inbox",
            "masters",
            "mappings",
            "mappings/layouts",
            "mappings/carewing",
            "mappings/codes",
        ] {
            copy(&case.folder.join(own), &desk.office().join(own));
        }
        desk
    }

    pub(crate) fn office(&self) -> PathBuf {
        self.folder.path().join("office")
    }

    /// Fills in what the template leaves open, and what the case wants otherwise. One attempt
    /// only: nobody waits in a test.
    fn set_up(&self) {
        let path = self.office().join("rakuwing.toml");
        let mut text = String::from_utf8(disk::read(&path).unwrap()).unwrap();
        let mut settings = self.case.settings.clone();
        for (name, standard) in [
            ("numbers", toml::Value::from(vec!["1370100016"])),
            ("address", self.care_wing.url().into()),
            ("attempts", 1.into()),
            // Several at once would arrive in any order.
            ("parallel", 1.into()),
        ] {
            settings.entry(name.to_owned()).or_insert(standard);
        }
        for (name, value) in &settings {
            let setting = format!("{name} = ");
            let line = text.lines().find(|line| line.starts_with(&setting));
            let line = line
                .unwrap_or_else(|| panic!("no setting {name}"))
                .to_owned();
            text = text.replace(&line, &format!("{setting}{value}"));
        }
        for (check, wanted) in &self.case.audit {
            text = text.replace("[audit]\n", &format!("[audit]\n{check} = \"{wanted}\"\n"));
        }
        disk::write(&path, text.as_bytes()).unwrap();
    }

    /// Does what happens before a command.
    pub(crate) fn prepare(&mut self, step: &Step, number: usize) {
        self.step = number;
        if let Some(corrects) = &step.corrects {
            self.correct(corrects);
        }
        if let Some(folder) = &step.inbox {
            copy(&self.case.folder.join(folder), &self.office().join("inbox"));
        }
        if let Some(edit) = &step.edit {
            let value = edit.value.clone();
            self.care_wing
                .edit(edit.collection, &edit.key, &edit.pointer, value)
                .unwrap();
        }
        if let Some(remove) = &step.remove {
            let Remove { collection, key } = remove;
            self.care_wing.remove(*collection, key).unwrap();
        }
        if let Some(faults) = step.mischief.clone() {
            self.care_wing.set_mischief(Mischief { faults });
        }
        if let Some(file) = &step.actuals {
            let actuals = self.case.actuals(file);
            self.care_wing
                .set_actuals(&self.case.month, actuals)
                .unwrap();
        }
        if let Some(play) = step.play {
            self.care_wing.play(&self.case.month, play).unwrap();
        }
    }

    /// Corrects an error workbook and drops it into the inbox.
    fn correct(&self, corrects: &Corrects) {
        let mut made = self.workbooks.iter();
        let made = match corrects.of_step {
            Some(step) => made.find(|(of, _)| **of == step),
            None => made.next_back(),
        };
        let (_, path) = made.unwrap();
        let mut book = ErrorWorkbook::open(path);
        for (sheet, row, header, text) in &corrects.cells {
            book.sheet(sheet).set(*row, header, text);
        }
        for (question, header, text) in &corrects.answers {
            book.answer(question, header, text);
        }
        if corrects.loses_its_marks {
            book.without("rakuwing");
        }
        book.save(&self.office().join("inbox").join(file_name(path)));
    }

    /// Runs the program and gathers what it did.
    pub(crate) fn run(&mut self, words: &str) -> End {
        let office = self.office();
        disk::make_folder(&office).unwrap();
        let before = workbooks(&office);
        let output = Command::new(env!("CARGO_BIN_EXE_rakuwing"))
            .args(words.split_whitespace())
            .arg("--json")
            .current_dir(&office)
            .env("RAKUWING_HOME", self.folder.path().join("home"))
            .env("RAKUWING_API_KEY", KEY)
            .env(
                rakuwing::cli::CLOCK,
                self.case.time_of(self.step).to_rfc3339(),
            )
            .env("NO_PROXY", "127.0.0.1")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let mut workbooks = workbooks(&office);
        workbooks.retain(|path, bytes| before.get(path) != Some(bytes));
        // The next step's takes its place, so it is kept under the number of its own.
        let workbooks: Vec<PathBuf> = workbooks
            .into_iter()
            .map(|(path, bytes)| {
                let kept = self.folder.path().join(format!("step{}", self.step));
                disk::make_folder(&kept).unwrap();
                let kept = kept.join(file_name(&path));
                disk::write(&kept, &bytes).unwrap();
                kept
            })
            .collect();
        self.workbooks
            .extend(workbooks.last().map(|path| (self.step, path.clone())));
        let calls = self.care_wing.requests().split_off(self.calls);
        self.calls += calls.len();
        End {
            exit: u8::try_from(output.status.code().unwrap()).unwrap(),
            printed: serde_json::from_slice(&output.stdout)
                .unwrap_or_else(|_| panic!("{words}: {output:?}")),
            office,
            workbooks,
            calls,
        }
    }

    /// The text files for 楽すけ and the care-management offices, by name.
    pub(crate) fn outbox(&self) -> Vec<(String, Vec<u8>)> {
        let files = files(&self.office().join("outbox")).into_iter();
        files
            .filter(|path| {
                let ending = path.extension().and_then(|ending| ending.to_str());
                !matches!(ending, Some("xlsx" | "json"))
            })
            .map(|path| (file_name(&path), disk::read(&path).unwrap()))
            .collect()
    }
}

/// The error workbooks of an office folder, byte for byte.
fn workbooks(office: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let files = files(&office.join("reports")).into_iter();
    files
        .filter(|path| file_name(path).contains("エラー一覧"))
        .map(|path| (path.clone(), disk::read(&path).unwrap()))
        .collect()
}

/// The files of a folder, in the order of their names; none where there is no folder.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = paths.filter(|path| path.is_file()).collect();
    files.sort();
    files
}

pub(crate) fn file_name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

fn copy(from: &Path, to: &Path) {
    for file in files(from) {
        disk::make_folder(to).unwrap();
        disk::write(&to.join(file_name(&file)), &disk::read(&file).unwrap()).unwrap();
    }
}
