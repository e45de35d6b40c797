//! From a cell to what is sent of it.

use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value as Json;

use crate::check::{Origin, cells};
use crate::error::Error;
use crate::finding::{self, Code, Finding};
use crate::model::place::letters;
use crate::model::{Field, FileName, Place};
use crate::read::{Row, Sheet};
use crate::table::Tables;
use crate::table::fold::{fold, nearest};

use super::super::inbox::{Inputs, Role};
use super::super::office::Office;
use super::asked;
use super::files::{self, Found, Stand};
use super::items::{Made, Traced};
use super::registered::{Registered, registered};
use super::rows::Rows;
use super::{Judged, Said};

/// What there is to say of a cell.
#[derive(Debug, Serialize)]
pub struct CellAnswer {
    /// Its file, by the name that it has or had in the inbox.
    pub file: String,
    /// The file itself.
    pub path: PathBuf,
    /// Where it stands.
    pub stand: Stand,
    /// The worksheet, in a workbook.
    pub sheet: Option<String>,
    /// The row.
    pub row: u32,
    /// The letters of the column.
    pub column: String,
    /// What stands above it.
    pub header: String,
    /// What stands in it.
    pub text: String,
    /// What stood in it before it was corrected in an error workbook; `None` where it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// The name of the sheet's layout.
    pub layout: String,
    /// The Japanese word for what the column holds; `None` for one that is not read.
    pub field: Option<&'static str>,
    /// The day of the month, in a grid.
    pub day: Option<u32>,
    /// The value as it was understood, in the form of the table; `None` where there is none.
    pub value: Option<String>,
    /// What becomes of the row.
    pub fate: Fate,
    /// What is to be said of the cell, of its row, of its file.
    pub findings: Vec<Said>,
    /// What the row is part of.
    pub items: Vec<SentItem>,
}

/// What becomes of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It is part of what is sent.
    Passed,
    /// It waits until something is mended.
    Withheld,
    /// It is not for us to send.
    Excluded,
}

/// An item that a row is part of.
#[derive(Debug, Serialize)]
pub struct SentItem {
    /// The Japanese word for what it is.
    pub kind: &'static str,
    /// The month of a plan.
    pub month: Option<String>,
    /// The key by which Care-wing knows it.
    pub key: String,
    /// What comes from the cell.
    pub pointers: Vec<Pointer>,
    /// What says the same and is taken from the item's first row.
    pub same_in_first_row: Vec<Pointer>,
    /// What the ledger knows of it.
    pub care_wing: Registered,
}

/// A JSON pointer with its value.
#[derive(Debug, Serialize)]
pub struct Pointer {
    /// The pointer.
    pub pointer: String,
    /// What is sent there.
    pub value: Json,
    /// The row that it comes from.
    pub row: Option<u32>,
}

/// Answers about a cell.
pub(super) fn explain(
    asked: asked::Cell<'_>,
    office: Option<&Office>,
    tables: &Tables,
) -> Result<CellAnswer, Error> {
    let found = files::find(asked.file, office)?;
    let inputs = files::read(&found, office, tables)?;
    let sheet = sheet(&inputs, &found.name, asked.sheet)?;
    let mut files = inputs.files.iter();
    let file = files.find(|of| of.name == found.name && of.role != Role::Corrections);
    let file = file.ok_or_else(|| unusable(&inputs, &found.name))?;
    let rows = Rows::of(file, [asked.row], tables)?;
    let name = sheet.name().map(|name| &**name);
    let Some((_, row)) = rows.row(name, asked.row) else {
        return Err(no_data(&sheet, asked.row, rows.last(name), &inputs));
    };
    inside(&sheet, row, asked.column)?;
    let Judged {
        mut records,
        book,
        findings,
    } = super::judge(inputs, office, tables)?;
    records.keep_row(|origin| is_at(origin, &sheet, asked.row));
    let items = records.made(tables);
    let cell = Cell::of(&sheet, row, asked.column);
    let sent = items.iter().map(|made| cell.sent(made, office, tables));
    let before = rows.before(name, asked.row, asked.column);
    Ok(CellAnswer {
        before: before.map(str::to_owned),
        items: sent.collect::<Result<_, _>>()?,
        findings: cell.said(&findings),
        fate: book
            .row_at(&sheet.place(asked.row))
            .map_or(Fate::Excluded, |row| fate(book.fate(row))),
        ..cell.answer(&found)
    })
}

/// The sheet that is meant; without a name, the only one.
fn sheet(inputs: &Inputs, file: &FileName, wanted: Option<&str>) -> Result<Arc<Sheet>, Error> {
    let recognised = inputs.gathered.recognised.iter().map(|(sheet, _)| sheet);
    let sheets: Vec<&Arc<Sheet>> = recognised.filter(|of| of.file() == file).collect();
    let has_name = |of: &&&Arc<Sheet>| of.name().map(|name| fold(name)) == wanted.map(fold);
    match (sheets.as_slice(), wanted) {
        ([], _) => Err(unusable(inputs, file)),
        ([only], None) => Ok(Arc::clone(only)),
        ([only], Some(_)) if only.name().is_none() => Err(Error::Usage(format!(
            "`{file}` はテキストのファイルで、シートがありません。`{file}:セル` の形で指定してください"
        ))),
        (several, _) => match several.iter().find(has_name) {
            Some(found) => Ok(Arc::clone(found)),
            None => Err(no_sheet(several, file, wanted)),
        },
    }
}

fn no_sheet(sheets: &[&Arc<Sheet>], file: &FileName, wanted: Option<&str>) -> Error {
    let names: Vec<&str> = sheets
        .iter()
        .filter_map(|of| of.name())
        .map(|of| &**of)
        .collect();
    let list = names.join("、");
    let Some(wanted) = wanted else {
        return Error::Usage(format!(
            "`{file}` には読むシートがいくつもあります。`{file}:シート:セル` の形で指定してください: {list}"
        ));
    };
    let near = nearest(wanted, names.into_iter());
    let near = near.map(|near| format!("。`{near}` ではありませんか"));
    Error::Usage(format!(
        "`{file}` に、読むシート `{wanted}` はありません{}\n読むシート: {list}",
        near.unwrap_or_default()
    ))
}

/// Why nothing of a file is read.
fn unusable(inputs: &Inputs, file: &FileName) -> Error {
    let mut findings = inputs.gathered.findings.iter();
    let why = findings.find(|finding| finding.place.file == *file && finding.withholds());
    let words = why.map_or_else(
        || "読める表が見つかりません".to_owned(),
        |of| format!("{} {}", of.code.cause(), of.code.cure()),
    );
    Error::Unusable(format!("`{file}` は読んでいません: {words}"))
}

/// Why a row holds no data.
fn no_data(sheet: &Sheet, row: u32, last: Option<u32>, inputs: &Inputs) -> Error {
    let file = sheet.file();
    let place = sheet.place(row);
    let mut findings = inputs.gathered.findings.iter();
    let said = findings
        .find(|finding| finding.place.row_only() == place && finding.code != Code::UnknownColumn);
    let header = sheet.header_row().unwrap_or(0);
    let first = header + 1;
    let data = match last {
        Some(last) => format!("データは{first}行目から{last}行目までです"),
        None => "データの行は一つもありません".to_owned(),
    };
    Error::Usage(match said {
        _ if row == header => format!("`{file}` の{row}行目は見出しです。{data}"),
        Some(of) => format!("`{file}` の{row}行目は読みません: {}", of.code.cause()),
        None if row < header => format!("`{file}` の{row}行目は見出しより上です。{data}"),
        None if last.is_none_or(|last| row > last) => {
            format!("`{file}` に{row}行目はありません。{data}")
        }
        None => format!("`{file}` の{row}行目は空の行です。{data}"),
    })
}

/// Refuses a cell right of the table; one with a text there is a fault that a finding names.
fn inside(sheet: &Sheet, row: &Row, column: usize) -> Result<(), Error> {
    let is_empty = row.fault(column).is_none() && row.cell(column).trim().is_empty();
    let width = sheet.width();
    if column < width || !is_empty {
        return Ok(());
    }
    Err(Error::Usage(format!(
        "`{}` の {} 列は表の外です。表は A 列から {} 列までです",
        sheet.file(),
        letters(column),
        letters(width.saturating_sub(1))
    )))
}

fn is_at(origin: &Origin, sheet: &Sheet, row: u32) -> bool {
    origin.row() == row
        && origin.sheet().file() == sheet.file()
        && origin.sheet().name() == sheet.name()
}

/// Nobody decides about what passed before it is sent.
fn fate(decided: Option<finding::Fate>) -> Fate {
    match decided {
        None | Some(finding::Fate::Sent | finding::Fate::Unchanged) => Fate::Passed,
        Some(finding::Fate::Withheld) => Fate::Withheld,
        Some(finding::Fate::Excluded) => Fate::Excluded,
    }
}

/// A cell with its row.
struct Cell<'r> {
    sheet: &'r Sheet,
    row: &'r Row,
    column: usize,
    place: Place,
    bound: Option<(Field, Option<u32>)>,
}

impl<'r> Cell<'r> {
    fn of(sheet: &'r Sheet, row: &'r Row, column: usize) -> Self {
        let mut values = sheet.values().iter();
        let mut days = sheet.days().iter();
        let value = values.find(|of| of.place == column);
        let day = days.find(|of| of.place == column);
        let value = value.map(|of| (of.field, None));
        Self {
            sheet,
            row,
            column,
            place: sheet.cell(row.number(), column),
            bound: value.or_else(|| day.map(|of| (of.field, Some(of.day)))),
        }
    }

    /// What the sheet and the table say of it.
    fn answer(&self, found: &Found) -> CellAnswer {
        CellAnswer {
            before: None,
            file: found.name.to_string(),
            path: found.path.clone(),
            stand: found.stand,
            sheet: self.sheet.name().map(ToString::to_string),
            row: self.row.number(),
            column: letters(self.column),
            header: self.sheet.header(self.column).to_string(),
            text: self.row.cell(self.column).to_owned(),
            layout: self.sheet.layout.name().to_owned(),
            field: self.bound.map(|(field, _)| field.label()),
            day: self.bound.and_then(|(_, day)| day),
            value: self.value(),
            fate: Fate::Excluded,
            findings: Vec::new(),
            items: Vec::new(),
        }
    }

    /// The value as the table would write it, which is how it was understood.
    fn value(&self) -> Option<String> {
        let (field, day) = self.bound?;
        let layout = &self.sheet.layout;
        let column = &layout.columns()[layout.column_of(field, day)?];
        let mut findings = Vec::new();
        let record = cells::read(self.sheet, self.row, &mut findings);
        let is_wrong = |of: &Finding| of.place == self.place && of.withholds();
        if column.said(self.row.cell(self.column)).trim().is_empty()
            || findings.iter().any(is_wrong)
        {
            return None;
        }
        let mut value = String::new();
        column.write(&record, &mut value);
        if value.is_empty() {
            // A flag that says no, and a day without a visit.
            value.push('0');
        }
        Some(value)
    }

    /// What is said of the cell, then of the row, then of the rest of the row and of the file.
    fn said(&self, findings: &[Finding]) -> Vec<Said> {
        let place = |finding: &&Finding| {
            let at = &finding.place;
            let is_here = *at == self.place;
            let is_of_row = at.row_only() == self.place.row_only();
            let is_of_header = at.row == self.sheet.header_row() && at.column == self.place.column;
            let is_of_file = at.row.is_none()
                && at.file == self.place.file
                && (at.sheet.is_none() || at.sheet == self.place.sheet);
            [is_here, is_of_row, is_of_header, is_of_file]
                .iter()
                .position(|is| *is)
        };
        let mut said: Vec<(usize, &Finding)> = findings
            .iter()
            .filter_map(|finding| Some((place(&finding)?, finding)))
            .collect();
        said.sort_by_key(|(nearness, finding)| (*nearness, finding.place.clone()));
        said.into_iter()
            .map(|(_, finding)| Said::of(finding))
            .collect()
    }

    /// What an item has of the cell.
    fn sent(
        &self,
        made: &Made,
        office: Option<&Office>,
        tables: &Tables,
    ) -> Result<SentItem, Error> {
        let traced = made.traced("", &made.json(), tables);
        let (mine, others): (Vec<Traced>, Vec<Traced>) =
            traced.into_iter().partition(|traced| self.is_of(traced));
        let same = others
            .into_iter()
            .filter(|traced| self.is_said_by_first(traced));
        Ok(SentItem {
            kind: made.collection.label(),
            month: made.month(),
            key: made.item.key.clone(),
            pointers: mine.into_iter().map(Pointer::of).collect(),
            same_in_first_row: same.map(Pointer::of).collect(),
            care_wing: registered(office, made)?,
        })
    }

    /// Whether a value comes from the cell. Where a file cuts an address in two, the second
    /// half stands in the same value.
    fn is_of(&self, traced: &Traced) -> bool {
        let is_second_half = self.bound == Some((Field::AddressMore, None))
            && traced.spot.and_then(|spot| spot.field) == Some(Field::Address)
            && traced.place.row_only() == self.place.row_only();
        traced.place == self.place || is_second_half
    }

    /// Whether a value is what every row of an item says, and the first one is asked.
    fn is_said_by_first(&self, traced: &Traced) -> bool {
        let spot = traced.spot.filter(|spot| spot.element.is_none());
        let field = spot.and_then(|spot| spot.field);
        field.is_some() && field == self.bound.map(|(field, _)| field)
    }
}

impl Pointer {
    fn of(traced: Traced) -> Self {
        Self {
            pointer: traced.pointer,
            value: traced.value,
            row: traced.place.row,
        }
    }
}
