//! What is said of files as wholes, in a sentence each, and the one question about them: which
//! of an older and a newer one counts.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::Path;

use crate::check::{Clash, Gathered, Source};
use crate::disk;
use crate::error::Error;
use crate::finding::{Code, Finding};
use crate::model::{FileName, YearMonth};
use crate::table::fold::nearest;

use super::inbox::{InputFile, Inputs};
use super::proposal::Proposal;
use super::{Clerk, Consent};

/// The newer one of two files that say two things.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Newer {
    /// Its name.
    pub file: FileName,
    /// What it takes the place of.
    older: FileName,
    how: How,
}

/// How one knows which file is newer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    /// Their names bear the time of the export.
    ByName,
    /// The system says when they were written.
    ByTime,
}

impl How {
    fn words(self) -> &'static str {
        match self {
            Self::ByName => "ファイル名の日付",
            Self::ByTime => "ファイルの日時",
        }
    }
}

/// The sentences about the files of a step.
pub fn remarks(
    findings: &[Finding],
    clashes: &[Clash],
    files: &[InputFile],
    month: Option<YearMonth>,
) -> Vec<String> {
    let mut remarks: Vec<String> = Vec::new();
    for finding in findings {
        let remark = remark(finding, month).filter(|remark| !remarks.contains(remark));
        remarks.extend(remark);
    }
    remarks.extend(clashes.iter().map(|clash| which_one(clash, files)));
    remarks
}

/// What a finding says of its file, if it is about a file.
fn remark(finding: &Finding, month: Option<YearMonth>) -> Option<String> {
    let file = &finding.place.file;
    let detail = &finding.detail;
    Some(match finding.code {
        Code::SameFileTwice => {
            format!("「{file}」は、ほかのファイルと中身がまったく同じです({detail})。")
        }
        Code::MonthFromExcel => format!(
            "「{file}」の対象年月はExcelが日付の形に変えていたので、{detail}として読みました。"
        ),
        Code::NotChosen => format!("「{file}」: {detail}。"),
        Code::OtherMonth => {
            let of = YearMonth::parse(&finding.value)?.in_words();
            let wanted = month.map(|month| format!("({})", month.in_words()));
            let wanted = wanted.unwrap_or_default();
            format!("「{file}」の{of}の行は、今回の対象年月{wanted}ではないので送りません。")
        }
        Code::NobodyRegistered => format!(
            "利用者がまだ一人も登録されていないので、「{file}」の予定({detail})を送れません。\
             先に rakuwing basics で基本情報を登録してください。"
        ),
        Code::MissingColumn => format!(
            "「{file}」は、必要な列の見出しが見つからないので読めません。\
             エラー一覧の「対応の追加」に、どの見出しのことかを書き入れてください。"
        ),
        Code::OwnOutput => format!("「{file}」は、{}", finding.code.cause()),
        Code::NationalFileOfOthers => format!("「{file}」は使いません。{detail}。"),
        Code::UnknownFileKind => match &finding.place.sheet {
            Some(member) => format!("「{file}」の中の「{member}」は読めません。{detail}。"),
            None => format!("「{file}」は読めません。{detail}。"),
        },
        Code::ExportsJoined => format!(
            "「{file}」には、同じ利用者の予定が、二つ目の見出しの上と下に入っています({detail})。\
             どちらを使うか決められないので送りません。楽すけから書き出し直してください。"
        ),
        Code::NoUsableRow => format!(
            "「{file}」には、見出しの下にデータの行が一つもありません。楽すけで選んだ対象年月や事業所を確かめてください。"
        ),
        Code::DaysUnread => format!(
            "「{file}」は、読めていない日の列があるので、ファイル全体を送りません。\
             エラー一覧の「対応の追加」に、日の列がどの見出しかを書き入れてください。"
        ),
        _ => return None,
    })
}

/// Asks which of two files counts, in words.
fn which_one(clash: &Clash, files: &[InputFile]) -> String {
    let Clash { first, other, .. } = clash;
    let both = format!("「{}」と「{}」", first.title, other.title);
    let what = match clash.code {
        Code::TwoVersions => format!("同じ月の予定({}名)", clash.subjects),
        _ => format!("同じ利用者や事業所の違う内容({}件)", clash.subjects),
    };
    let newer = newer(clash, files).map(|newer| {
        let how = newer.how.words();
        format!("{how}では「{}」のほうが新しいようです。", newer.file)
    });
    let cure = if first.place.file == other.place.file {
        "いらないシート(zipなら、中のいらないファイル)を削除して、もう一度登録してください。"
            .to_owned()
    } else {
        "使うほうを --use にファイルの名前を付けて指定するか、古いほうを受信箱(inbox)から出してください。"
            .to_owned()
    };
    format!(
        "{both}に、{what}があります。どちらを使うか決められないので送りません。{}{cure}",
        newer.unwrap_or_default()
    )
}

/// The newer one of two files: by the time of export that both names bear, or else by when they
/// were written. `None` where nobody can tell, or both are sheets of one workbook.
fn newer(clash: &Clash, files: &[InputFile]) -> Option<Newer> {
    let [first, other] = [&clash.first, &clash.other].map(|source: &std::sync::Arc<Source>| {
        let file = source.place.file.clone();
        files.iter().find(|of| of.name == file)
    });
    let (first, other) = (first?, other?);
    if first.name == other.name {
        return None;
    }
    let by_name = |file: &InputFile| time_in(file.name.as_str());
    let by_time = |file: &InputFile| disk::seconds(&file.path);
    let later = |one: Option<u64>, two: Option<u64>| match (one?, two?) {
        (one, two) if one > two => Some((first, other)),
        (one, two) if one < two => Some((other, first)),
        _ => None,
    };
    let named = later(by_name(first), by_name(other)).map(|found| (found, How::ByName));
    let written = || later(by_time(first), by_time(other)).map(|found| (found, How::ByTime));
    let ((newer, older), how) = named.or_else(written)?;
    Some(Newer {
        file: newer.name.clone(),
        older: older.name.clone(),
        how,
    })
}

/// The latest day or moment that a name bears, as a number: `予定_20261109.csv`,
/// `予定20261109170205.csv`. A month alone is none.
fn time_in(name: &str) -> Option<u64> {
    let runs = name.split(|of: char| !of.is_ascii_digit());
    let moments = runs.filter_map(|run| {
        let day = matches!(run.len(), 8 | 12 | 14).then(|| run.split_at(8))?;
        let number: u32 = day.0.parse().ok()?;
        let (year, month, day_of) = (number / 10_000, number / 100 % 100, number % 100);
        let year = i32::try_from(year)
            .ok()
            .filter(|of| (2000..2100).contains(of))?;
        crate::model::CivilDate::new(year, month, day_of)?;
        format!("{run:0<14}").parse().ok()
    });
    moments.max()
}

/// The files that stay in the inbox as a whole: something must be done about them first. Of two
/// versions of a national file none does: what settles it is another one, which its sender has to
/// make. Which of two senders is right somebody here can say.
pub fn waiting(gathered: &Gathered) -> BTreeSet<FileName> {
    let sheets = gathered.recognised.iter();
    let national = sheets.filter(|(sheet, _)| sheet.header_row().is_none());
    let national: BTreeSet<&FileName> = national.map(|(sheet, _)| sheet.file()).collect();
    let clashing = gathered.clashes.iter();
    let clashing = clashing.flat_map(|clash| [&clash.first, &clash.other]);
    let clashing = clashing.filter(|source| !national.contains(&source.place.file));
    let held = gathered.findings.iter().filter(|finding| {
        let code = finding.code;
        matches!(
            code,
            Code::NobodyRegistered | Code::DaysUnread | Code::TwoPlanners
        )
    });
    clashing
        .map(|source| source.place.file.clone())
        .chain(held.map(|finding| finding.place.file.clone()))
        .collect()
}

/// The newer file, where it is the same for all that clashes.
pub fn one_newer(inputs: &Inputs) -> Option<Newer> {
    let mut found = inputs.gathered.clashes.iter();
    let first = newer(found.next()?, &inputs.files)?;
    found
        .all(|clash| newer(clash, &inputs.files).as_ref() == Some(&first))
        .then_some(first)
}

/// Asks whether the newer file counts, where somebody is there to say so; gives its name if it
/// does.
pub fn choose(proposal: &Proposal, consent: Consent, clerk: &mut dyn Clerk) -> Option<String> {
    let newer = proposal
        .newer
        .as_ref()
        .filter(|_| consent == Consent::Ask)?;
    let Newer { file, older, how } = newer;
    let question = format!(
        "「{older}」と「{file}」に、同じことが違う内容で入っています。{}の新しい「{file}」だけを使いますか。",
        how.words()
    );
    clerk
        .agrees(&question)
        .filter(|yes| *yes)
        .map(|_| file.to_string())
}

/// The file of the inbox that somebody has chosen.
pub fn chosen(inputs: &Inputs, name: &str) -> Result<FileName, Error> {
    let names = || inputs.files.iter().map(|file| &file.name);
    if let Some(file) = names().find(|file| file.as_str() == name) {
        return Ok(file.clone());
    }
    // Who leaves out the ending means the one file that has it.
    let mut stems =
        names().filter(|file| Path::new(file.as_str()).file_stem() == Some(OsStr::new(name)));
    if let (Some(file), None) = (stems.next(), stems.next()) {
        return Ok(file.clone());
    }
    let near = nearest(name, names().map(FileName::as_str));
    let next = near.map_or_else(
        || "受信箱(inbox)にあるファイルの名前を指定してください".to_owned(),
        |near| format!("「{near}」ではありませんか"),
    );
    Err(Error::Usage(format!(
        "--use の「{name}」は受信箱(inbox)にありません。{next}"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_bears_a_time_only_where_it_is_a_day() {
        assert_eq!(time_in("予定_20261109.csv"), Some(20_261_109_000_000));
        assert_eq!(
            time_in("UPPLAN_202610_1370000018_20261109170205.CSV"),
            Some(20_261_109_170_205)
        );
        for name in [
            "月間ケアプラン_202611.csv",
            "19991109.csv",
            "20261350.csv",
            "予定",
        ] {
            assert_eq!(time_in(name), None, "{name}");
        }
    }
}
