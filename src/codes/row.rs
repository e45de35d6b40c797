//! A row of a master as an entry, or why it is none.

use crate::model::{InsurerNumber, ServiceCode, ServiceType, YearMonth};
use crate::read::Row;
use crate::table::civil_text;
use crate::table::fold::nfkc;
use crate::table::unit_prices::{Columns, Part};

use super::account::{Cause, Fate};

/// A code of a town in a period, as the master says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Which of the files.
    pub file: usize,
    /// The line, counted from 1.
    pub line: u32,
    /// The town.
    pub insurer: InsurerNumber,
    /// The code.
    pub code: ServiceCode,
    /// The first month.
    pub from: YearMonth,
    /// The last month; `None` where no end is set.
    pub to: Option<YearMonth>,
    /// The name as it is written.
    pub name: String,
    /// The units.
    pub units: i32,
    /// What the units are counted for; `None` where the master says something unknown.
    pub per: Option<Per>,
}

/// 算定単位.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Per {
    /// 01 一回につき.
    Visit,
    /// 02 一日につき.
    Day,
    /// 03 一月につき.
    Month,
    /// 05 一週間につき.
    Week,
}

/// A row that is not taken, with as much of its identity as could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Which of the files.
    pub file: usize,
    /// The line, counted from 1.
    pub line: u32,
    /// The town.
    pub insurer: Option<InsurerNumber>,
    /// The code.
    pub code: Option<ServiceCode>,
    /// Whether it is wrong or asked about.
    pub fate: Fate,
    /// Why.
    pub cause: Cause,
}

const SHIFTED: &str = "列がずれていないか、元のファイルを確かめてください";
const AS_TEXT: &str =
    "Excel で開いて保存すると先頭の 0 が消えます。市町村が配るファイルのまま取り込んでください";
const ASK: &str = "市町村に確かめてください";

/// How many cells a row has, apart from one that a comma at the end of the line makes.
pub fn width(row: &Row) -> usize {
    let trailing = row.width() > 1 && row.cell(row.width() - 1).is_empty();
    // The last column of both forms is a date, which is never empty.
    row.width() - usize::from(trailing)
}

/// The town of a row, if it can be read.
pub fn insurer(row: &Row, columns: &Columns) -> Option<InsurerNumber> {
    InsurerNumber::parse(&text(row, columns, Part::Insurer))
}

/// Reads a row; `None` where it is none of a home visit, whose codes alone stand in a plan.
pub fn read(row: &Row, file: usize, columns: &Columns) -> Result<Option<Entry>, Refused> {
    let of = |part| text(row, columns, part);
    let insurer = insurer(row, columns);
    let service_type = ServiceType::parse(&of(Part::ServiceType));
    if service_type.is_some_and(|of| !of.is_defined_by_the_insurer()) {
        return Ok(None);
    }
    let code = ServiceCode::parse(&(of(Part::ServiceType) + &of(Part::ServiceItem)));
    let refuse = |cause: String, cure| Refused {
        file,
        line: row.number(),
        insurer,
        code,
        fate: Fate::Rejected,
        cause: Cause { cause, cure },
    };
    if row.width() < columns.width() || width(row) > columns.width() {
        let cause = format!("列が {} 個あり、ほかの行と違います", row.width());
        return Err(refuse(cause, SHIFTED));
    }
    if let Some(part) = Part::ALL
        .into_iter()
        .find(|part| row.fault(columns.of(*part)).is_some())
    {
        let cause = format!("{}に読めない文字があります", part.label());
        return Err(refuse(cause, "元のファイルをもう一度受け取ってください"));
    }
    let wrong = |part: Part, cure| refuse(format!("{}が正しくありません", part.label()), cure);
    let insurer = insurer.ok_or_else(|| wrong(Part::Insurer, AS_TEXT))?;
    service_type.ok_or_else(|| wrong(Part::ServiceType, SHIFTED))?;
    let code = code.ok_or_else(|| wrong(Part::ServiceItem, AS_TEXT))?;
    let from = month(&of(Part::From), Day::First).ok_or_else(|| wrong(Part::From, SHIFTED))?;
    // Nothing, nines and the last month before the year 3000 are an end that is not set.
    let to = match of(Part::To).as_str() {
        "" | "999999" | "99999999" | "299912" | "29991231" => None,
        end => Some(month(end, Day::Last).ok_or_else(|| wrong(Part::To, SHIFTED))?),
    };
    if to.is_some_and(|to| to < from) {
        return Err(refuse("適用終了が適用開始より前です".to_owned(), ASK));
    }
    // Fixed columns are filled with wide spaces; they are no part of the name.
    let name = row.cell(columns.of(Part::Name)).trim().to_owned();
    if name.is_empty() {
        return Err(refuse("サービス名称がありません".to_owned(), ASK));
    }
    let units = units(&of(Part::Units)).ok_or_else(|| wrong(Part::Units, SHIFTED))?;
    Ok(Some(Entry {
        file,
        line: row.number(),
        insurer,
        code,
        from,
        to,
        name,
        units,
        per: per(&of(Part::Per)),
    }))
}

/// A cell of digits and letters, wide ones made narrow.
fn text(row: &Row, columns: &Columns, part: Part) -> String {
    nfkc(row.cell(columns.of(part)).trim()).into_owned()
}

/// Which day a date names that stands for a whole month.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Day {
    First,
    Last,
}

/// A month, or the day on which one begins or ends: the list knows whole months only.
fn month(text: &str, day: Day) -> Option<YearMonth> {
    let (month, written) = match text.len() {
        8 if text.bytes().all(|byte| byte.is_ascii_digit()) => text.split_at(6),
        _ => (text, ""),
    };
    let month = civil_text::month(month, civil_text::Calendar::default())
        .ok()?
        .value;
    let expected = match day {
        Day::First => 1,
        Day::Last => month.days(),
    };
    (written.is_empty() || written.parse() == Ok(expected)).then_some(month)
}

/// Some towns leave the units of amounts in per cent empty.
fn units(text: &str) -> Option<i32> {
    if text.is_empty() {
        return Some(0);
    }
    text.parse().ok()
}

/// Some towns write `3` for `03`.
fn per(text: &str) -> Option<Per> {
    match text.trim_start_matches('0') {
        "1" => Some(Per::Visit),
        "2" => Some(Per::Day),
        "3" => Some(Per::Month),
        "5" => Some(Per::Week),
        _ => None,
    }
}
