//! Damaged files: each kind of damage that office files have, with everything that is said
//! about it.
//!
//! Each folder of `fixtures/damage` holds files with one damage; its README tells how to read
//! it. Here the real program checks them as a clerk would who has no office folder yet.

#![expect(
    clippy::unwrap_used,
    reason = "the helpers of a test are a test as well"
)]

#[path = "../support/account.rs"]
mod account;
#[path = "../support/golden.rs"]
mod golden;

mod forty_faults;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rakuwing::disk;
use serde_json::Value as Json;
use tempfile::{NamedTempFile, TempDir};

use account::{FINDINGS, TALLIES, findings, tally};
use golden::{are_updated, compare, text};

/// What a folder holds besides the files that are checked.
const EXPECTED: [&str; 4] = ["findings.tsv", "items.jsonl", "rows.tsv", "screen.txt"];

#[test]
fn every_damage_is_found_whole_and_nothing_else_is() {
    let mut complaints = Vec::new();
    for folder in folders() {
        let checked = check(&inputs(&folder));
        let found = [
            ("findings.tsv", text(Some(FINDINGS), &checked.findings)),
            ("items.jsonl", text(None, &items(&inputs(&folder)))),
            ("rows.tsv", text(Some(TALLIES), &checked.tallies)),
            ("screen.txt", text(None, &screen(&inputs(&folder)))),
        ];
        for (name, text) in found {
            if are_updated() {
                disk::write(&folder.join(name), text.as_bytes()).unwrap();
                continue;
            }
            if let Some(complaint) = compare(&folder, &(name.to_owned(), text.into_bytes())) {
                complaints.push(format!("{}: {complaint}", folder.display()));
            }
        }
    }
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/damage");
    let entries = root.read_dir().unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    folders.sort();
    assert!(!folders.is_empty());
    folders
}

fn inputs(folder: &Path) -> Vec<PathBuf> {
    let mut files = disk::files(folder).unwrap();
    files.retain(|file| EXPECTED.iter().all(|name| !file.ends_with(name)));
    files
}

/// What the program said of files.
struct Checked {
    findings: Vec<String>,
    tallies: Vec<String>,
    /// The error workbooks, copied out of the folder that is gone.
    workbooks: Vec<NamedTempFile>,
}

/// Runs `rakuwing check` on files, in a folder of its own.
fn check(files: &[PathBuf]) -> Checked {
    let folder = TempDir::new().unwrap();
    let output = program(&folder, files).arg("--json").output().unwrap();
    let printed: Json = serde_json::from_slice(&output.stdout).unwrap();
    let workbooks = disk::files(folder.path()).unwrap();
    let sums = printed["files"].as_array();
    Checked {
        findings: workbooks.iter().flat_map(|path| findings(path)).collect(),
        tallies: sums.into_iter().flatten().map(tally).collect(),
        workbooks: workbooks.iter().map(|path| kept(path)).collect(),
    }
}

fn kept(path: &Path) -> NamedTempFile {
    let mut copy = NamedTempFile::new().unwrap();
    copy.write_all(&disk::read(path).unwrap()).unwrap();
    copy
}

/// What a person sees of it; the name of the workbook holds the time of day and is left out.
fn screen(files: &[PathBuf]) -> Vec<String> {
    let folder = TempDir::new().unwrap();
    let output = program(&folder, files).output().unwrap();
    let words = String::from_utf8(output.stdout).unwrap();
    let lines = words.lines().filter(|line| !line.starts_with("エラー一覧"));
    lines.map(str::to_owned).collect()
}

/// What would be sent of them, item by item: the right values are these.
fn items(files: &[PathBuf]) -> Vec<String> {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("items.jsonl");
    let mut command = run(&folder, "convert", files);
    command.arg("-o").arg(&path).output().unwrap();
    let items = disk::read_if_there(&path).unwrap().unwrap_or_default();
    let items = String::from_utf8(items).unwrap();
    items.lines().map(str::to_owned).collect()
}

fn program(folder: &TempDir, files: &[PathBuf]) -> Command {
    run(folder, "check", files)
}

fn run(folder: &TempDir, word: &str, files: &[PathBuf]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rakuwing"));
    // Sentences are looked at whole, wherever a screen would break them.
    command.env("COLUMNS", "1000");
    command
        .arg(word)
        .args(files)
        .current_dir(folder)
        .env("RAKUWING_HOME", folder.path().join("home"))
        .stdin(Stdio::null());
    command
}
