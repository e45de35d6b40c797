//! Holding what happened against `expected/`, or writing it there.

use std::path::Path;

use encoding_rs::SHIFT_JIS;
use rakuwing::disk;

use crate::desk::{file_name, files};
use crate::seen::{FINDINGS, Seen, TALLIES};

/// Whether expectations are rewritten instead of compared: `UPDATE_CASES=1`.
pub(crate) fn are_updated() -> bool {
    std::env::var_os("UPDATE_CASES").is_some_and(|value| value == "1")
}

/// Compares a case's files, all of them before it complains.
pub(crate) fn hold(folder: &Path, seen: &Seen) {
    let mut complaints = seen.wrong_ends.clone();
    let texts = [
        ("requests.jsonl", text(None, &seen.requests)),
        ("findings.tsv", text(Some(FINDINGS), &seen.findings)),
        ("tallies.tsv", text(Some(TALLIES), &seen.tallies)),
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

fn text(header: Option<&str>, lines: &[String]) -> String {
    let lines = lines.iter().map(String::as_str);
    let lines = header.into_iter().chain(lines);
    lines.flat_map(|line| [line, "\n"]).collect()
}

fn rewrite(folder: &Path, found: &[(String, Vec<u8>)]) {
    if folder.is_dir() {
        std::fs::remove_dir_all(folder).unwrap();
    }
    for (name, bytes) in found {
        let path = folder.join(name);
        disk::make_folder(path.parent().unwrap()).unwrap();
        disk::write(&path, bytes).unwrap();
    }
}

/// Files that were expected in the outbox and did not come.
fn missing(folder: &Path, seen: &Seen) -> Vec<String> {
    let came = |name: &String| seen.outbox.iter().any(|(of, _)| of == name);
    let expected = files(&folder.join("outbox"));
    let names = expected.iter().map(|path| file_name(path));
    names
        .filter(|name| !came(name))
        .map(|name| format!("outbox/{name} was not written"))
        .collect()
}

fn compare(folder: &Path, (name, found): &(String, Vec<u8>)) -> Option<String> {
    let expected = disk::read_if_there(&folder.join(name))
        .unwrap()
        .unwrap_or_default();
    if expected == *found {
        return None;
    }
    let difference = difference(&readable(&expected), &readable(found));
    Some(format!(
        "{name} differs (- expected, + found):\n{difference}"
    ))
}

fn readable(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => SHIFT_JIS.decode(bytes).0.into_owned(),
    }
}

/// The lines between the first and the last that differ, and where they begin.
pub(crate) fn difference(expected: &str, found: &str) -> String {
    let (expected, found): (Vec<&str>, Vec<&str>) =
        (expected.split('\n').collect(), found.split('\n').collect());
    let same = |pair: &(&&str, &&str)| pair.0 == pair.1;
    let head = expected.iter().zip(&found).take_while(same).count();
    let (expected, found) = (&expected[head..], &found[head..]);
    let tail = expected
        .iter()
        .rev()
        .zip(found.iter().rev())
        .take_while(same)
        .count();
    let shown = |mark: &'static str, lines: &[&str]| -> String {
        let lines = lines[..lines.len() - tail].iter();
        let text: String = lines.flat_map(|line| [mark, *line, "\n"]).collect();
        // Test runners leave out what cannot be seen.
        text.replace('\t', " | ")
    };
    format!(
        "  from line {}:\n{}{}",
        head + 1,
        shown("  - ", expected),
        shown("  + ", found)
    )
}
