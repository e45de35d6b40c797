//! What an import of service codes shows.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use crate::codes::{Account, Remark, Sums};
use crate::error::Exit;
use crate::jobs::import_codes::Imported;

use super::screen::Screen;

/// An import as a program reads it.
#[derive(Serialize)]
struct ImportObject<'a> {
    insurers: Vec<InsurerObject>,
    remarks: &'a [Remark],
    /// Lines with damaged names, by file.
    damaged: &'a BTreeMap<String, Vec<u32>>,
    written: Option<&'a Path>,
    exit_code: u8,
}

#[derive(Serialize)]
struct InsurerObject {
    /// `null` gathers the rows whose insurer cannot be read.
    insurer: Option<String>,
    #[serde(flatten)]
    sums: Sums,
}

/// Shows what an import has done.
pub fn conclude(imported: &Imported, screen: &mut Screen) -> Exit {
    let exit = exit(&imported.account);
    for line in lines(imported) {
        screen.line(line);
    }
    screen.line(match exit {
        // It is about the rows of a master, and about nobody's month.
        Exit::Clean => "すべての行を使えた",
        exit => exit.meaning(),
    });
    screen.object(&ImportObject {
        insurers: imported
            .account
            .insurers
            .iter()
            .map(|(insurer, sums)| InsurerObject {
                insurer: insurer.map(|number| number.to_string()),
                sums: *sums,
            })
            .collect(),
        remarks: &imported.account.remarks,
        damaged: &imported.account.damaged,
        written: imported.written.as_deref(),
        exit_code: exit.code(),
    });
    exit
}

/// Nothing usable is never "all well".
fn exit(account: &Account) -> Exit {
    let total = account.total();
    if total.usable() == 0 {
        Exit::Unreadable
    } else if total.review + total.rejected > 0 {
        Exit::Withheld
    } else {
        Exit::Clean
    }
}

fn lines(imported: &Imported) -> Vec<String> {
    let account = &imported.account;
    let mut lines = vec!["【単位数表マスタの取り込み】".to_owned()];
    for (insurer, sums) in &account.insurers {
        let insurer = insurer.map_or("(読めません)".to_owned(), |number| number.to_string());
        lines.push(format!(
            "  保険者 {insurer}: {}行 = 追加 {} + 置き換え {} + 変更なし {} + 要確認 {} + 使えない {} + 対象外 {}",
            sums.rows,
            sums.added,
            sums.replaced,
            sums.unchanged,
            sums.review,
            sums.rejected,
            sums.passed_over
        ));
    }
    for remark in &account.remarks {
        let kind = match remark.kind {
            "review" => "要確認",
            _ => "使えない",
        };
        lines.push(format!(
            "  {kind} {} {}行目: {}。{}",
            remark.file, remark.line, remark.cause, remark.cure
        ));
    }
    for (file, damaged) in &account.damaged {
        let numbers: Vec<String> = damaged.iter().map(u32::to_string).collect();
        lines.push(format!(
            "  文字化けの疑い {}件(Ⅰ などが T や ㈵ になっています。名称は書かれたまま残しました): {file} {}行目",
            damaged.len(),
            numbers.join("、")
        ));
    }
    lines.push(match &imported.written {
        Some(path) => format!("書き込んだ一覧: {}", path.display()),
        None if account.total().usable() == 0 => "取り込める行がありませんでした。".to_owned(),
        None => "一覧と同じ内容です。何も変えていません。".to_owned(),
    });
    lines
}
