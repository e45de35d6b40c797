//! What the program makes of a file, in one screen: how it is encoded, what it was taken for,
//! which of its columns are read, and what is to be said of it, by cause.

use serde::Serialize;

use crate::finding::{Code, Finding};
use crate::model::place::{Column, letters};
use crate::read::Sheet;
use crate::report::{self, Cause};

use super::inbox::{InputFile, Inputs, Role};

/// So many names and places are told; a grid has more columns than anybody reads.
const TOLD: usize = 8;

/// What was made of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// Its name.
    pub file: String,
    /// How its text is encoded.
    pub encoding: &'static str,
    /// The sheets that were recognised; a text file is one sheet, a file of no known kind none.
    pub sheets: Vec<SheetExplanation>,
    /// What is to be said of it, the gravest first.
    pub causes: Vec<CauseExplanation>,
}

/// What was made of one sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SheetExplanation {
    /// The name of its layout.
    pub kind: String,
    /// The worksheet's name, in a workbook.
    pub sheet: Option<String>,
    /// The row of the header; none where the layout has no header.
    pub header_row: Option<u32>,
    /// How many rows of data.
    pub rows: usize,
    /// How many columns are read.
    pub used: usize,
    /// The columns that are not read, each with its letters.
    pub unread: Vec<String>,
    /// The columns of the layout that the sheet does not have.
    pub absent: Vec<String>,
}

/// One cause, however often it was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CauseExplanation {
    /// The word for how much it weighs.
    pub severity: &'static str,
    /// The code of the catalogue.
    pub code: &'static str,
    /// The catalogue's few words, and what they are about here.
    pub title: String,
    /// How often.
    pub count: usize,
    /// The first few places, such as `12行E`, or what is the matter with the file.
    pub places: Vec<String>,
}

/// Explains every file that was read. What there is to say is not known yet: see
/// [`add_causes`].
pub fn explain(inputs: &Inputs) -> Vec<Explanation> {
    let explained = |file: &InputFile| Explanation {
        file: file.name.to_string(),
        encoding: file.nature.label(),
        sheets: inputs
            .gathered
            .recognised
            .iter()
            .filter(|(sheet, _)| *sheet.file() == file.name)
            .map(|(sheet, rows)| of_sheet(sheet, *rows))
            .collect(),
        causes: Vec::new(),
    };
    let files = inputs.files.iter();
    let files = files.filter(|file| file.role != Role::Corrections);
    files.map(explained).collect()
}

/// Adds what there is to say of each file, when every rule has been asked.
pub fn add_causes(explanations: &mut [Explanation], findings: &[Finding]) {
    for explanation in explanations {
        explanation.causes = causes(&explanation.file, findings);
    }
}

fn of_sheet(sheet: &Sheet, rows: usize) -> SheetExplanation {
    let unread = sheet
        .unread()
        .map(|(at, header)| format!("{}({})", header.replace('\n', ""), letters(at)));
    SheetExplanation {
        kind: sheet.layout.name().to_owned(),
        sheet: sheet.name().map(ToString::to_string),
        header_row: sheet.header_row(),
        rows,
        used: sheet.values().len() + sheet.days().len(),
        unread: unread.collect(),
        absent: sheet.absent().map(str::to_owned).collect(),
    }
}

fn causes(file: &str, findings: &[Finding]) -> Vec<CauseExplanation> {
    let of_file = || findings.iter().filter(|of| of.place.file.as_str() == file);
    let explained = |cause: Cause| {
        let code = cause.code;
        let is_of_it = |of: &&Finding| {
            of.code == code && (cause.further > 0 || report::cause_of(of) == cause.about)
        };
        let mut found: Vec<&Finding> = of_file().filter(is_of_it).collect();
        found.sort_by(|a, b| a.place.cmp(&b.place));
        CauseExplanation {
            severity: code.severity().label(),
            code: code.number(),
            title: cause.title(),
            count: cause.findings,
            places: found.iter().filter_map(|of| place(of)).take(3).collect(),
        }
    };
    let causes = report::causes(of_file());
    causes.into_iter().map(explained).collect()
}

/// `12行E`; the sheet stands in front, where there is one. What concerns a file as a whole has
/// its own words instead.
fn place(finding: &Finding) -> Option<String> {
    let row = finding
        .place
        .row
        .filter(|_| finding.code != Code::MissingColumn);
    let Some(row) = row else {
        return (!finding.detail.is_empty()).then(|| finding.detail.clone());
    };
    let sheet = finding.place.sheet.as_deref().unwrap_or_default();
    let column = finding.place.column.as_ref();
    let column = column.map(Column::letters);
    Some(
        format!("{sheet} {row}行{}", column.unwrap_or_default())
            .trim()
            .to_owned(),
    )
}

/// The explanation as the lines of a screen.
pub fn lines(explanation: &Explanation) -> Vec<String> {
    let mut lines = vec![
        explanation.file.clone(),
        format!("  文字コード    {}", explanation.encoding),
    ];
    if explanation.sheets.is_empty() {
        lines.push("  種類          判別できません".to_owned());
    }
    for sheet in &explanation.sheets {
        let name = sheet.sheet.as_ref().map(|name| format!("シート {name}、"));
        let header = match sheet.header_row {
            Some(row) => format!("見出しは{row}行目"),
            None => "見出しなし".to_owned(),
        };
        lines.push(format!(
            "  種類          {}({}{header})、データ {}行",
            sheet.kind,
            name.unwrap_or_default(),
            sheet.rows
        ));
        lines.push(format!("  使う列        {}列", sheet.used));
        for (label, names) in [("使わない列", &sheet.unread), ("ない列    ", &sheet.absent)]
        {
            if !names.is_empty() {
                lines.push(format!("  {label}    {}", told(names)));
            }
        }
    }
    for cause in &explanation.causes {
        let places = if cause.places.is_empty() {
            String::new()
        } else {
            let more = if cause.count > cause.places.len() {
                " ほか"
            } else {
                ""
            };
            format!("({}{more})", cause.places.join("、"))
        };
        lines.push(format!(
            "  {} {} {} {}件{places}",
            cause.severity, cause.code, cause.title, cause.count
        ));
    }
    lines
}

fn told(names: &[String]) -> String {
    let more = if names.len() > TOLD {
        format!(" など{}列", names.len())
    } else {
        String::new()
    };
    let told: Vec<&str> = names.iter().take(TOLD).map(String::as_str).collect();
    format!("{}{more}", told.join("、"))
}
