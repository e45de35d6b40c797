//! Cell rules: each cell of a row is read as what its field holds.

use crate::finding::{Code, Finding};
use crate::model::{ClientId, Field, Kind, Need, Record, Value};
use crate::read::row::in_file;
use crate::read::{DayColumn, Fault, Row, Sheet, ValueColumn};
use crate::table::civil_text;
use crate::table::damage;

use super::{excel_month, hours, pending, ragged};

/// Reads a row. What cannot be read is left empty in the record, with a finding.
pub fn read<'r>(sheet: &'r Sheet, row: &'r Row, findings: &mut Vec<Finding>) -> Record<'r> {
    let mut record = Record::default();
    let first = findings.len();
    let ends_early = sheet.ends_early(row);
    let width = if ends_early { row.width() } else { usize::MAX };
    let mut bare_days = Vec::new();
    let mut say = |place: usize, code: Code, detail: String| {
        let cell = sheet.cell(row.number(), place);
        let finding = Finding::new(code, cell).value(row.cell(place));
        findings.push(finding.detail(detail));
    };
    for &ValueColumn {
        column,
        place,
        field,
    } in sheet.values()
    {
        if place >= width {
            continue;
        }
        if let Some(fault) = row.fault(place) {
            let (code, detail) = if is_unknown_sum(field, fault) {
                (Code::TotalUnknown, String::new())
            } else {
                explain(fault)
            };
            say(place, code, detail);
            continue;
        }
        let text = row.cell(place);
        if is_bare_day(field, text) {
            bare_days.push((field, place));
            continue;
        }
        let column = &sheet.layout.columns()[column];
        match column.read(text, sheet.calendar()) {
            Ok(read) => {
                if read.value == Value::Empty && column.need() == Need::Required {
                    say(place, Code::RequiredEmpty, column.header().to_string());
                }
                for remark in read.remarks.into_iter().flatten() {
                    say(place, remark, String::new());
                }
                record.set(field, read.value);
            }
            Err(code) => match excel_month::read(field, sheet, text) {
                Some(Ok(month)) => {
                    say(place, Code::MonthFromExcel, month.in_words());
                    record.set(field, Value::Month(month));
                }
                Some(Err(month)) => say(
                    place,
                    Code::MonthLostInExcel,
                    month.in_words() + "のことですか",
                ),
                None => say(place, code, form(field.kind(), code)),
            },
        }
    }
    read_days(sheet, row, width, &mut record, &mut say);
    // The month may stand in any column, so these wait for all the others.
    for (field, place) in bare_days {
        if let Err(code) = read_bare_day(field, row.cell(place), &mut record) {
            let cell = sheet.cell(row.number(), place);
            findings.push(Finding::new(code, cell).value(row.cell(place)));
        }
    }
    for &(place, code) in row.remarks() {
        findings.push(Finding::new(code, sheet.cell(row.number(), place)).value(row.cell(place)));
    }
    if !ends_early {
        hours::check(sheet, row, &record, findings);
        pending::check(sheet, row, &record, (findings, first));
    }
    ragged::check(sheet, row, &record, first, findings);
    if findings.len() > first
        && let Some(client) = ClientId::from_record(&record)
    {
        let name = record.text(Field::Name);
        for finding in &mut findings[first..] {
            finding.concern(client, name.as_str());
        }
    }
    record
}

/// Whether a cell is a sum over cells that are read themselves, and a formula that came to nothing: then
/// nothing is lost but the proof.
fn is_unknown_sum(field: Field, fault: Fault) -> bool {
    let is_sum = matches!(field, Field::PlannedTotal | Field::ActualTotal);
    is_sum && matches!(fault, Fault::NoResult | Fault::CellError)
}

/// The grid: most of its cells are empty, and nothing is done for those.
fn read_days(
    sheet: &Sheet,
    row: &Row,
    width: usize,
    record: &mut Record<'_>,
    say: &mut impl FnMut(usize, Code, String),
) {
    let clean = row.faults().is_empty();
    for &DayColumn { place, field, day } in sheet.days() {
        if place >= width || (clean && row.is_empty(place)) {
            continue;
        }
        let text = row.cell(place);
        if let Some(fault) = row.fault(place) {
            let (code, detail) = explain(fault);
            say(place, code, detail);
            continue;
        }
        match damage::day_count(text) {
            Ok((count, remark)) => {
                record.days_mut(field).set(day, count);
                if let Some(code) = remark {
                    say(place, code, String::new());
                }
            }
            Err(code) => say(place, code, String::new()),
        }
    }
}

/// Whether the cell names a day by its number alone, which only the record's month completes.
fn is_bare_day(field: Field, text: &str) -> bool {
    field.kind() == Kind::Date && civil_text::bare_day(text).is_some()
}

fn read_bare_day(field: Field, text: &str, record: &mut Record<'_>) -> Result<(), Code> {
    let month = record.month(Field::Month).ok_or(Code::NotADate)?;
    record.set(field, Value::Date(civil_text::day_of(month, text)?));
    Ok(())
}

/// What a cell of the kind should have looked like, where that helps.
fn form(kind: Kind, code: Code) -> String {
    match kind {
        Kind::Text { .. } if code != Code::TextTooLong => String::new(),
        Kind::Digits { width, .. } => format!("数字{width}桁"),
        Kind::InsuredNumber => "数字10桁、または H と数字9桁".to_owned(),
        Kind::OfficeNumber => "10桁".to_owned(),
        Kind::InsurerNumber => "数字6桁".to_owned(),
        Kind::ServiceCode => "英大文字と数字の6桁".to_owned(),
        Kind::ServiceType => "英大文字と数字の2桁".to_owned(),
        Kind::Text { longest } => format!("{longest}文字まで"),
        Kind::Number { highest } => format!("{highest}まで"),
        Kind::CareLevel
        | Kind::Sex
        | Kind::Copay
        | Kind::Date
        | Kind::Month
        | Kind::Time
        | Kind::Flag
        | Kind::DayCounts => String::new(),
    }
}

fn explain(fault: Fault) -> (Code, String) {
    match fault {
        Fault::Undecodable { offset } => (Code::UndecodableBytes, in_file(offset)),
        Fault::PrivateCharacter { character, offset } => {
            (Code::PrivateCharacter, code_point(character, offset))
        }
        Fault::Control { character, offset } => {
            (Code::ControlCharacter, code_point(character, offset))
        }
        Fault::CellError => (Code::CellError, String::new()),
        Fault::NoResult => (Code::NoResult, String::new()),
        Fault::Unreadable => (Code::UnreadableCell, String::new()),
        Fault::MergedAcross => (Code::MergedAcross, String::new()),
        Fault::UnclosedQuote => (Code::UnclosedQuote, String::new()),
    }
}

fn code_point(character: char, offset: Option<u64>) -> String {
    let place = offset
        .map(|offset| format!("、{}", in_file(offset)))
        .unwrap_or_default();
    format!("文字コード U+{:04X}{place}", u32::from(character))
}

#[cfg(test)]
mod tests {
    use super::super::samples::{Sample, card, day, gather, gather_under, line, said};
    use super::*;
    use crate::model::YearMonth;

    /// Whether a row became a record, and what is said about it.
    fn row(sample: Sample) -> (Kept, Vec<String>) {
        let gathered = gather(&[sample]);
        let records = gathered.lines.len() + gathered.cards.len();
        let kept = if records == 1 { Kept::Yes } else { Kept::No };
        assert_eq!(gathered.bad_rows.len(), 1 - records);
        (kept, said(&gathered.findings))
    }

    #[derive(Debug, PartialEq, Eq)]
    enum Kept {
        Yes,
        No,
    }

    fn hours(start: &str, end: &str) -> (Kept, Vec<String>) {
        row(line(&[5]).with("開始時刻", start).with("終了時刻", end))
    }

    fn no(said: &str) -> (Kept, Vec<String>) {
        (Kept::No, vec![said.to_owned()])
    }

    fn yes(said: &[&str]) -> (Kept, Vec<String>) {
        (
            Kept::Yes,
            said.iter().map(|&words| words.to_owned()).collect(),
        )
    }

    #[test]
    fn a_right_row_is_a_record_without_a_word() {
        assert_eq!(row(line(&[5])), yes(&[]));
        assert_eq!(row(card()), yes(&[]));
    }

    #[test]
    fn a_required_cell_that_is_empty_is_named_and_an_optional_one_may_be() {
        assert_eq!(
            row(line(&[5]).with("サービスコード", " ")),
            no("V201 2行目 サービスコード「 」 サービスコード")
        );
        assert_eq!(row(line(&[5]).with("氏名", "")), yes(&[]));
    }

    #[test]
    fn a_cell_of_the_wrong_form_says_which_form_is_right() {
        for (header, text, expected) in [
            (
                "保険者番号",
                "1311",
                "V202 2行目 保険者番号「1311」 数字6桁",
            ),
            (
                "被保険者番号",
                "K000123456",
                "V202 2行目 被保険者番号「K000123456」 数字10桁、または H と数字9桁",
            ),
            (
                "サービスコード",
                "1111",
                "V202 2行目 サービスコード「1111」 英大文字と数字の6桁",
            ),
            ("対象年月", "来月", "V204 2行目 対象年月「来月」"),
            ("開始時刻", "朝", "V207 2行目 開始時刻「朝」"),
            ("予定5", "○", "V210 2行目 予定5「○」"),
            ("予定合計", "-1", "V210 2行目 予定合計「-1」 9999まで"),
        ] {
            assert_eq!(row(line(&[5]).with(header, text)), no(expected));
        }
        let long = "あ".repeat(41);
        let said = format!("V211 2行目 氏名「{long}」 40文字まで");
        assert_eq!(row(line(&[5]).with("氏名", &long)), no(&said));
    }

    #[test]
    fn a_bare_day_number_is_a_day_of_the_records_month() {
        let month = YearMonth::new(2026, 6).unwrap();
        let mut record = Record::default();
        record.set(Field::Month, Value::Month(month));
        assert_eq!(read_bare_day(Field::Date, "15日", &mut record), Ok(()));
        assert_eq!(record.date(Field::Date), month.day(15));

        let behind_the_last = read_bare_day(Field::Date, "31", &mut record);
        assert_eq!(behind_the_last, Err(Code::ImpossibleDate));
    }

    #[test]
    fn a_bare_day_number_is_no_day_where_no_month_is() {
        assert_eq!(
            row(card().with("生年月日", "15")),
            no("V204 2行目 生年月日「15」")
        );
    }

    #[test]
    fn every_wrong_cell_of_a_row_is_found_at_once() {
        let (kept, said) = row(line(&[5])
            .with("対象年月", "")
            .with("予定5", "x")
            .with("終了時刻", "y"));
        let codes: Vec<&str> = said.iter().map(|words| &words[..4]).collect();
        assert_eq!((kept, codes), (Kept::No, vec!["V201", "V207", "V210"]));
    }

    #[test]
    fn a_remark_leaves_the_row_as_it_is() {
        assert_eq!(
            row(line(&[5]).with("保険者番号", "131120")),
            yes(&["V203 2行目 保険者番号「131120」"])
        );
        assert_eq!(
            row(card().with("生年月日", "S65.1.1")),
            yes(&["V206 2行目 生年月日「S65.1.1」"])
        );
    }

    #[test]
    fn a_cell_that_is_no_text_is_explained_and_not_read() {
        for (fault, expected) in [
            (
                Fault::Undecodable { offset: 77 },
                "R101 2行目 予定6 ファイルの先頭から77バイト目",
            ),
            (
                Fault::PrivateCharacter {
                    character: '\u{E000}',
                    offset: Some(78),
                },
                "R102 2行目 予定6 文字コード U+E000、ファイルの先頭から78バイト目",
            ),
            (
                Fault::PrivateCharacter {
                    character: '\u{E757}',
                    offset: None,
                },
                "R102 2行目 予定6 文字コード U+E757",
            ),
            (Fault::CellError, "R108 2行目 予定6"),
            (Fault::UnclosedQuote, "R111 2行目 予定6"),
        ] {
            assert_eq!(row(line(&[5]).faulty("予定6", fault)), no(expected));
        }
    }

    #[test]
    fn half_a_time_is_found_where_the_other_half_is_missing() {
        assert_eq!(hours("9:00", ""), no("V213 2行目 終了時刻「9:00–」"));
        assert_eq!(hours("", "9:30"), no("V213 2行目 開始時刻「–9:30」"));
    }

    #[test]
    fn a_text_that_means_no_time_is_no_half_of_one() {
        let hours = |start, end| row(day("20261005").serving_at("111111", start, end));
        assert_eq!(hours("9999", "9999"), yes(&[]));
        assert_eq!(
            hours("0900", "9999"),
            no("V213 1行目 サービス終了時刻「0900–9999」")
        );
        assert_eq!(
            hours("9999", "0930"),
            no("V213 1行目 サービス開始時刻「9999–0930」")
        );
    }

    #[test]
    fn half_a_time_is_found_in_a_file_that_has_no_column_for_the_other_half() {
        for (missing, expected) in [
            ("終了時刻", "V213 2行目 開始時刻「9:00–」"),
            ("開始時刻", "V213 2行目 終了時刻「–9:30」"),
        ] {
            let gathered = gather_under(|header| header != missing, &[line(&[5])]);
            assert_eq!(said(&gathered.findings), [expected]);
            assert_eq!(gathered.bad_rows.len(), 1);
        }
    }

    #[test]
    fn a_time_that_cannot_be_read_is_not_half_a_time_as_well() {
        assert_eq!(hours("朝", "9:30"), no("V207 2行目 開始時刻「朝」"));
        assert_eq!(hours("9:00", "夕"), no("V207 2行目 終了時刻「夕」"));
    }

    #[test]
    fn a_time_that_is_a_formulas_error_is_not_half_a_time_as_well() {
        let error = line(&[5])
            .with("終了時刻", "")
            .faulty("終了時刻", Fault::CellError);
        assert_eq!(row(error), no("R108 2行目 終了時刻"));
    }

    #[test]
    fn a_start_beyond_midnight_is_no_time() {
        assert_eq!(
            hours("25:00", "26:00"),
            no("V207 2行目 開始時刻「25:00–26:00」")
        );
        assert_eq!(
            hours("24:00", "0:30"),
            no("V207 2行目 開始時刻「24:00–0:30」")
        );
    }

    #[test]
    fn a_visit_over_midnight_is_kept_and_remarked_however_its_end_is_written() {
        assert_eq!(
            hours("23:30", "0:30"),
            yes(&["V208 2行目 終了時刻「23:30–0:30」"])
        );
        assert_eq!(
            hours("23:30", "24:30"),
            yes(&["V208 2行目 終了時刻「23:30–24:30」"])
        );
        assert_eq!(hours("23:30", "24:00"), yes(&[]));
    }

    #[test]
    fn a_visit_of_no_length_or_of_a_whole_day_is_none() {
        assert_eq!(
            hours("9:00", "9:00"),
            no("V212 2行目 終了時刻「9:00–9:00」")
        );
        assert_eq!(
            hours("9:00", "33:00"),
            no("V212 2行目 終了時刻「9:00–33:00」")
        );
    }

    #[test]
    fn a_row_that_goes_on_behind_the_last_header_is_no_record() {
        assert_eq!(
            row(line(&[5]).beyond("x")),
            no("R110 2行目 「x」 見出しは73列、この行は74列")
        );
        assert_eq!(row(line(&[5]).beyond("  ")), yes(&[]));
    }

    #[test]
    fn findings_name_the_client_only_where_both_numbers_were_read() {
        let who = |sample| {
            gather(&[sample]).findings[0]
                .client
                .clone()
                .map(|who| who.name)
        };
        let spoiled = line(&[5]).with("開始時刻", "朝");
        assert_eq!(who(spoiled.clone()), Some("試験　花子".into()));
        assert_eq!(who(spoiled.with("保険者番号", "1")), None);
    }

    #[test]
    fn the_last_days_of_a_short_month_may_have_no_column() {
        let short = |header: &str| !["予定30", "予定31"].contains(&header);
        let gathered = gather_under(short, &[line(&[29])]);
        assert_eq!(
            (gathered.lines.len(), said(&gathered.findings)),
            (1, vec![])
        );
    }
}
