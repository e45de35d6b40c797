//! The catalogue, the cases and `FINDINGS.md` tell of the same findings.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use rakuwing::disk;
use rakuwing::finding::Code;

use crate::case;
use crate::golden::{are_updated, difference};

#[test]
fn every_code_of_the_catalogue_appears_in_a_case_or_a_damage() {
    if are_updated() {
        return; // The expectations are being written at this moment.
    }
    let mut seen = BTreeSet::new();
    let cases = case::names()
        .into_iter()
        .map(|name| (case::root().join(name).join("expected/findings.tsv"), 1));
    let damage = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/damage");
    let folders = damage
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let damage = folders
        .filter(|folder| folder.is_dir())
        .map(|folder| (folder.join("findings.tsv"), 0));
    for (path, column) in cases.chain(damage) {
        let text = String::from_utf8(disk::read(&path).unwrap()).unwrap();
        let codes = text
            .lines()
            .skip(1)
            .filter_map(|line| line.split('\t').nth(column));
        seen.extend(codes.map(str::to_owned));
    }
    let numbers = Code::ALL.iter().map(|code| code.number());
    let uncovered: Vec<&str> = numbers.filter(|number| !seen.contains(*number)).collect();
    assert!(uncovered.is_empty(), "no case shows {uncovered:?}");
}

#[test]
fn findings_md_lists_the_catalogue() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("FINDINGS.md");
    let listed = listed();
    if are_updated() {
        disk::write(&path, listed.as_bytes()).unwrap();
    }
    let written = disk::read_if_there(&path).unwrap().unwrap_or_default();
    let written = String::from_utf8(written).unwrap();
    assert!(
        written == listed,
        "FINDINGS.md differs from the catalogue; UPDATE_CASES=1 rewrites it\n{}",
        difference(&written, &listed)
    );
}

fn listed() -> String {
    let mut text = "# コード一覧\n\n\
        エラー一覧(`reports` フォルダーのExcelファイル)に出るコードのすべてです。\
        「エラー」は送らずに(実績では書き出さずに)保留したもの、「要確認」は人の目で\
        確かめていただきたいもの、「注意」はそのままで差し支えないお知らせです。\n\n\
        | コード | 重要度 | 何が問題か | どう直すか |\n|---|---|---|---|\n"
        .to_owned();
    for code in Code::ALL {
        let (severity, cause, cure) = (code.severity().label(), code.cause(), code.cure());
        writeln!(text, "| {code} | {severity} | {cause} | {cure} |").unwrap();
    }
    text
}
