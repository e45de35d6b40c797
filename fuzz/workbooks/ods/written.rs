//! A workbook, written in many ways.

use std::fmt::Write as _;

use super::super::choices::Choices;
use super::super::content::{self, Content, Grid};
use super::super::seen::Part;
use super::super::xml::written;
use super::{CALC, OFFICE, TABLE, TEXT};

const STYLE: &str = "urn:oasis:names:tc:opendocument:xmlns:style:1.0";
const DRAW: &str = "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0";
const LINK: &str = "http://www.w3.org/1999/xlink";

/// The parts of a workbook.
pub(crate) fn parts(choices: &mut Choices<'_>) -> Vec<Part> {
    let mut tables = String::new();
    for at in 1..=1 + usize::from(choices.rarely(4)) {
        let grid = content::grid(choices);
        let name = choices.of_these(&["利用者", "Sheet", "A&amp;B"]);
        let style = choices.of_these(&["", "", " table:style-name=\"h\""]);
        let source = match choices.below(20) {
            18 => "<table:table-source xlink:href=\"file:///C:/old.ods\"/>",
            19 => {
                "<table:shapes><draw:frame><draw:text-box><text:p>図</text:p></draw:text-box></draw:frame></table:shapes>"
            }
            _ => "",
        };
        let _ = write!(
            tables,
            "<table:table table:name=\"{name}{at}\"{style}>{source}<table:table-column/>{}</table:table>",
            rows(choices, &grid)
        );
    }
    let settings = choices.of_these(&[
        "",
        "",
        "",
        "<table:calculation-settings><table:null-date table:date-value=\"1904-01-01\"/></table:calculation-settings>",
        "<table:calculation-settings><table:null-date table:date-value=\"1899-12-30\"/></table:calculation-settings>",
    ]);
    let behind = choices.of_these(&[
        "",
        "",
        "",
        "<table:dde-links><table:dde-link><table:table table:name=\"外\"><table:table-row><table:table-cell/></table:table-row></table:table></table:dde-link></table:dde-links>",
        "<table:named-expressions/>",
    ]);
    let mut content = format!(
        "<office:automatic-styles><style:style style:name=\"h\" style:family=\"table\">\
         <style:table-properties table:display=\"false\"/></style:style></office:automatic-styles>\
         <office:body><office:spreadsheet>{settings}{tables}{behind}</office:spreadsheet></office:body>"
    );
    // A prefix is a matter of taste.
    let mut spaces =
        format!("xmlns:style=\"{STYLE}\" xmlns:draw=\"{DRAW}\" xmlns:xlink=\"{LINK}\"");
    let mut root = "office";
    for (prefix, other, space) in [
        ("office", "o", OFFICE),
        ("table", "t", TABLE),
        ("text", "x", TEXT),
        ("calcext", "c", CALC),
    ] {
        let taken = if choices.rarely(16) { other } else { prefix };
        for before in ["<", "</", " "] {
            content = content.replace(&format!("{before}{prefix}:"), &format!("{before}{taken}:"));
        }
        let _ = write!(spaces, " xmlns:{taken}=\"{space}\"");
        root = if prefix == "office" { taken } else { root };
    }
    let content = format!("<{root}:document-content {spaces}>{content}</{root}:document-content>");
    vec![
        ("content.xml".to_owned(), content.into_bytes()),
        (
            "mimetype".to_owned(),
            b"application/vnd.oasis.opendocument.spreadsheet".to_vec(),
        ),
    ]
}

fn rows(choices: &mut Choices<'_>, grid: &Grid) -> String {
    let mut xml = String::new();
    for (at, row) in grid.iter().enumerate() {
        let (before, behind) = match choices.below(16) {
            13 => ("<table:table-row-group>", "</table:table-row-group>"),
            14 if at == 0 => ("<table:table-header-rows>", "</table:table-header-rows>"),
            15 => ("<table:table-rows>", "</table:table-rows>"),
            _ => ("", ""),
        };
        let more = choices.of_these(&[
            "",
            "",
            "",
            "",
            "",
            "",
            " table:visibility=\"collapse\"",
            " table:number-rows-repeated=\"2\"",
            " table:number-rows-repeated=\"1\"",
            " table:visibility=\"filter\"",
        ]);
        let _ = write!(xml, "{before}<table:table-row{more}>");
        for content in row {
            cell(choices, content, &mut xml);
        }
        if choices.rarely(4) {
            xml.push_str("<table:table-cell table:number-columns-repeated=\"1016\"/>");
        }
        let _ = write!(xml, "</table:table-row>{behind}");
    }
    if choices.rarely(3) {
        xml.push_str("<table:table-row table:number-rows-repeated=\"1048566\"><table:table-cell table:number-columns-repeated=\"1024\"/></table:table-row>");
    }
    xml
}

fn cell(choices: &mut Choices<'_>, content: &Content, xml: &mut String) {
    let quoted = |text: &str| {
        text.replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('"', "&quot;")
            .replace('\n', "&#10;")
            .replace('\r', "&#13;")
            .replace('\t', "&#9;")
    };
    let (attributes, shown) = match content {
        Content::Nothing => (String::new(), None),
        Content::Text(text) => match choices.below(8) {
            6 => (format!(" office:value-type=\"string\" office:string-value=\"{}\"", quoted(text)), Some("表示".to_owned())),
            7 => (String::new(), Some(text.clone())),
            _ => (" office:value-type=\"string\"".to_owned(), Some(text.clone())),
        },
        Content::Number(number) => {
            let kind = choices.of_these(&["float", "float", "percentage", "currency"]);
            let form = match choices.below(16) {
                12 => choices.of_these(&["nan", "inf", "1,5", "", "Infinity", "0x1", "１"]).to_owned(),
                13 => format!("{number:e}"),
                14 => format!(" {number} "),
                15 => format!("{number}.0"),
                _ => format!("{number}"),
            };
            (format!(" office:value-type=\"{kind}\" office:value=\"{form}\""), Some("表示の数".to_owned()))
        }
        Content::Truth(truth) => {
            let form = if choices.rarely(8) { "TRUE".to_owned() } else { truth.to_string() };
            (format!(" office:value-type=\"boolean\" office:boolean-value=\"{form}\""), Some("正".to_owned()))
        }
        Content::Error => (" table:formula=\"of:=1/0\" office:value-type=\"string\" office:string-value=\"\" calcext:value-type=\"error\"".to_owned(), Some("#DIV/0!".to_owned())),
        Content::Day(day) => match choices.below(4) {
            2 => (" office:value-type=\"time\" office:time-value=\"PT09H30M00S\"".to_owned(), Some("9時半".to_owned())),
            3 => (format!(" office:value-type=\"date\" office:value=\"7\" office:date-value=\"{day}\""), Some("四月".to_owned())),
            _ => (format!(" office:value-type=\"date\" office:date-value=\"{day}\""), Some("四月一日".to_owned())),
        },
    };
    let name = if choices.rarely(40) {
        "covered-table-cell"
    } else {
        "table-cell"
    };
    let more = match choices.below(40) {
        33 => " table:number-columns-repeated=\"2\"",
        34 => " table:number-columns-spanned=\"2\" table:number-rows-spanned=\"1\"",
        35 => " table:number-columns-spanned=\"1\" table:number-rows-spanned=\"2\"",
        36 => " table:formula=\"of:=A1\"",
        37 => " table:content-validation-name=\"v\"",
        38 => " draw:value=\"8\"",
        39 => " table:number-columns-repeated=\"1\"",
        _ => "",
    };
    let shown = shown.map_or(String::new(), |text| paragraphs(choices, &text));
    let beside = match choices.below(24) {
        18 => "<office:annotation><text:p>注記</text:p></office:annotation>",
        19 => "<draw:custom-shape><text:p>済</text:p></draw:custom-shape>",
        20 => "<draw:frame><draw:text-box><text:p>印</text:p></draw:text-box></draw:frame>",
        21 => "<draw:g><draw:rect><text:p>枠</text:p></draw:rect></draw:g>",
        22 => "<!-- <text:p>7</text:p> -->",
        23 => "\n   ",
        _ => "",
    };
    let (first, second) = if choices.rarely(2) {
        (beside, shown.as_str())
    } else {
        (shown.as_str(), beside)
    };
    let _ = write!(
        xml,
        "<table:{name}{attributes}{more}>{first}{second}</table:{name}>"
    );
}

fn paragraphs(choices: &mut Choices<'_>, text: &str) -> String {
    let lines = text.split('\n').map(|line| {
        let mut words = String::new();
        // What stands for itself elsewhere has an element of its own here.
        for (at, part) in line.split('\t').enumerate() {
            words.push_str(if at > 0 { "<text:tab/>" } else { "" });
            for (at, part) in part.split("  ").enumerate() {
                words.push_str(if at > 0 { "<text:s text:c=\"2\"/>" } else { "" });
                words.push_str(&written(choices, part));
            }
        }
        let words = match choices.below(24) {
            16 => format!("<text:span text:style-name=\"T1\">{words}</text:span>"),
            17 => format!("<text:ruby><text:ruby-base>{words}</text:ruby-base><text:ruby-text>よみ</text:ruby-text></text:ruby>"),
            18 => format!("\n  {words}\n  "),
            19 => format!("<text:a xlink:href=\"http://example.jp\">{words}</text:a>"),
            20 => format!("{words}<text:s/>"),
            21 => format!("<text:span>{words}</text:span> <text:span> </text:span>"),
            22 => format!("{words}<office:annotation><text:p>注</text:p></office:annotation>"),
            23 => format!("{words}<text:line-break/>次"),
            _ => words,
        };
        format!("<text:p>{words}</text:p>")
    });
    lines.collect()
}
