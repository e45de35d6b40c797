//! Holding what happened against `expected/`, or writing it there.

use std::path::{Path, PathBuf};

use rakuwing::disk;

use crate::account::{FINDINGS, REMARKS, TALLIES};
use crate::desk::{file_name, files};
use crate::golden::{are_updated, compare, text};
use crate::seen::Seen;

/// Compares a case's files, all of them before it complains.
pub(crate) fn hold(folder: &Path, seen: &Seen) {
    let mut complaints = seen.wrong_ends.clone();
    let texts = [
        ("requests.jsonl", text(None, &seen.requests)),
        (
            "findings.tsv",
            text(Some(&with_step(FINDINGS)), &seen.findings),
        ),
        (
            "tallies.tsv",
            text(Some(&with_step(TALLIES)), &seen.tallies),
        ),
        (AUDIT, audit(&seen.audit)),
    ];
    let mut found: Vec<(String, Vec<u8>)> = texts
        .map(|(name, text)| (name.to_owned(), text.into_bytes()))
        .into();
    let outbox = seen.outbox.iter();
    found.extend(outbox.map(|(name, bytes)| (format!("outbox/{name}"), bytes.clone())));
    if are_updated() {
        rewrite(folder, &found);
    } else {
        complaints.extend(found.iter().filter_map(|file| compare(folder, file)));
        complaints.extend(missing(folder, seen));
    }
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}

/// Of months of which there is something to look at.
const AUDIT: &str = "audit.tsv";

fn audit(remarks: &[String]) -> String {
    if remarks.is_empty() {
        return String::new();
    }
    text(Some(&with_step(&REMARKS.join("\t"))), remarks)
}

fn rewrite(folder: &Path, found: &[(String, Vec<u8>)]) {
    if folder.is_dir() {
        std::fs::remove_dir_all(folder).unwrap();
    }
    let is_there = |(name, bytes): &&(String, Vec<u8>)| name != AUDIT || !bytes.is_empty();
    for (name, bytes) in found.iter().filter(is_there) {
        let path = folder.join(name);
        disk::make_folder(path.parent().unwrap()).unwrap();
        disk::write(&path, bytes).unwrap();
    }
}

/// Files that were expected in the outbox and did not come.
fn missing(folder: &Path, seen: &Seen) -> Vec<String> {
    let came = |name: &String| seen.outbox.iter().any(|(of, _)| of == name);
    let outbox = folder.join("outbox");
    let at_the_end = files(&outbox).into_iter().map(|path| file_name(&path));
    let after_steps = folders(&outbox).into_iter().flat_map(|step| {
        let number = file_name(&step);
        let files = files(&step).into_iter();
        files.map(move |path| format!("{number}/{}", file_name(&path)))
    });
    at_the_end
        .chain(after_steps)
        .filter(|name| !came(name))
        .map(|name| format!("outbox/{name} was not written"))
        .collect()
}

fn folders(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.filter(|path| path.is_dir()).collect()
}

fn with_step(columns: &str) -> String {
    format!("step\t{columns}")
}
