//! The catalogue, the cases and `FINDINGS.md` tell of the same findings.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use rakuwing::disk;
use rakuwing::finding::{Code, ManualStep};

use crate::case;
use crate::golden::{are_updated, difference};

#[test]
fn every_code_of_the_catalogue_appears_in_a_case_or_a_damage() {
    if are_updated() {
        return; // The expectations are being written at this moment.
    }
    let mut seen = BTreeSet::new();
    let cases = case::names().into_iter().flat_map(|name| {
        let folder = case::root().join(name).join("expected");
        ["findings.tsv", "audit.tsv"].map(|file| (folder.join(file), 1))
    });
    let damage = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/damage");
    let folders = damage
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let damage = folders
        .filter(|folder| folder.is_dir())
        .map(|folder| (folder.join("findings.tsv"), 0));
    for (path, column) in cases.chain(damage) {
        let bytes = disk::read_if_there(&path).unwrap().unwrap_or_default();
        let text = String::from_utf8(bytes).unwrap();
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
fn a_code_names_every_step_that_a_case_shows_it_in() {
    if are_updated() {
        return; // The expectations are being written at this moment.
    }
    for name in case::names() {
        let case = case::read(&name);
        let path = case.folder.join("expected/findings.tsv");
        let text = String::from_utf8(disk::read(&path).unwrap()).unwrap();
        let mut said = BTreeSet::new();
        for line in text.lines().skip(1) {
            // What a step has left open stands in the month's workbook after others as well.
            let is_news = line
                .split_once('\t')
                .is_some_and(|(_, rest)| said.insert(rest));
            if !is_news {
                continue;
            }
            // A value may break its line; what goes on there begins with no step.
            let mut columns = line.split('\t');
            let number = columns.next().and_then(|step| step.parse::<usize>().ok());
            let (Some(number), Some(code)) = (number, columns.next()) else {
                continue;
            };
            let code = Code::ALL.iter().find(|of| of.number() == code).unwrap();
            // The other commands look without a step (`check`) or go through several (`run`).
            let step = match case.step[number - 1].run.split(' ').next().unwrap() {
                "basics" => ManualStep::Basics,
                "plan" => ManualStep::Plan,
                "actuals" => ManualStep::Actuals,
                _ => continue,
            };
            assert!(code.steps().contains(&step), "{name}: {code} in {step:?}");
        }
    }
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
        「どの手順で」は、マニュアルのどの手順にかかわるかです。「請求」とあるものは、見落とすと\
        請求まで気付かないおそれがあります。\n\n\
        「赤いセル」は、エラー一覧に写した、保留した行の誤りのあるセルです。直して保存し、\
        同じExcelファイルを受信箱(`inbox`)に入れると、その行が送られます。楽すけも同じに直して\
        おかないと、次の書き出しでまた同じエラーになります。「対応の追加」シートも同じファイルに\
        あります。\n\n\
        | コード | 重要度 | どの手順で | 何が問題か | どう直すか |\n|---|---|---|---|---|\n"
        .to_owned();
    for code in Code::ALL {
        let (severity, steps) = (code.severity().label(), code.steps_in_words());
        let (cause, cure) = (code.cause(), code.cure());
        writeln!(text, "| {code} | {severity} | {steps} | {cause} | {cure} |").unwrap();
    }
    text
}
