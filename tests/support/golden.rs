//! Files that hold what is expected: compared, or written anew by `UPDATE_CASES=1`.

use std::path::Path;

use encoding_rs::SHIFT_JIS;
use rakuwing::disk;

/// Whether expectations are rewritten instead of compared: `UPDATE_CASES=1`.
pub(crate) fn are_updated() -> bool {
    std::env::var_os("UPDATE_CASES").is_some_and(|value| value == "1")
}

/// Lines as the text of a file.
pub(crate) fn text(header: Option<&str>, lines: &[String]) -> String {
    let lines = lines.iter().map(String::as_str);
    let lines = header.into_iter().chain(lines);
    lines.flat_map(|line| [line, "\n"]).collect()
}

/// What differs between a file of a folder and what was found, if anything does.
pub(crate) fn compare(folder: &Path, (name, found): &(String, Vec<u8>)) -> Option<String> {
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
