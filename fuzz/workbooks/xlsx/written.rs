//! A workbook, written in many ways.

use std::fmt::Write as _;

use super::super::choices::Choices;
use super::super::content::{self, Content, Grid};
use super::super::seen::Part;
use super::super::xml::written;
use super::{MAIN, PACKAGE, REFERENCE};

/// The parts of a workbook.
pub(crate) fn parts(choices: &mut Choices<'_>) -> Vec<Part> {
    let mut writer = Writer {
        main: MAIN[usize::from(choices.rarely(12))],
        prefix: choices.of_these(&["", "", "", "x:"]),
        texts: Vec::new(),
    };
    let folder = choices.of_these(&["xl/", "xl/", "xl/", "", "Workbook/"]);
    let mut list = String::new();
    let mut references = String::new();
    let mut parts = Vec::new();
    for at in 1..=1 + usize::from(choices.rarely(4)) {
        let name = choices.of_these(&["利用者", "Sheet", "A&amp;B", "'1'!"]);
        let state = choices.of_these(&["", "", "", " state=\"hidden\"", " state=\"veryHidden\""]);
        let _ = write!(
            list,
            "<{0}sheet name=\"{name}{at}\" sheetId=\"{at}\"{state} r:id=\"r{at}\"/>",
            writer.prefix
        );
        let part = choices
            .of_these(&["worksheets/sheet", "worksheets/Sheet", "表/表"])
            .to_owned()
            + &format!("{at}.xml");
        let target = match choices.below(12) {
            7 => format!("/{folder}{part}"),
            8 => format!("./{part}"),
            9 => format!("{folder}{part}"),
            10 => part.to_uppercase(),
            11 => part.replace('/', "\\"),
            _ => part.clone(),
        };
        let kind = choices.of_these(&[
            "worksheet",
            "worksheet",
            "worksheet",
            "worksheet",
            "worksheet",
            "worksheet",
            "worksheet",
            "chartsheet",
        ]);
        let _ = write!(
            references,
            "<Relationship Id=\"r{at}\" Type=\"{}/{kind}\" Target=\"{target}\"/>",
            REFERENCE[0]
        );
        let grid = content::grid(choices);
        let sheet = writer.sheet(choices, &grid);
        if !choices.rarely(30) {
            parts.push((format!("{folder}{part}"), encoded(choices, &sheet)));
        }
    }
    let texts = choices.of_these(&["sharedStrings.xml", "sharedStrings.xml", "texts/文.xml"]);
    if !choices.rarely(30) {
        let _ = write!(
            references,
            "<Relationship Id=\"t\" Type=\"{}/sharedStrings\" Target=\"{texts}\"/>",
            REFERENCE[0]
        );
    }
    let shared = writer.shared();
    parts.push((format!("{folder}{texts}"), encoded(choices, &shared)));
    let properties = choices.of_these(&[
        "",
        "",
        "",
        "workbookPr date1904=\"1\"",
        "workbookPr date1904=\"true\"",
        "workbookPr date1904=\"0\"",
    ]);
    let (main, prefix) = (writer.main, writer.prefix);
    let space = if prefix.is_empty() {
        format!("xmlns=\"{main}\"")
    } else {
        format!("xmlns:x=\"{main}\"")
    };
    let properties = if properties.is_empty() {
        String::new()
    } else {
        format!("<{prefix}{properties}/>")
    };
    let workbook = format!(
        "<{prefix}workbook {space} xmlns:r=\"{}\">{properties}<{prefix}sheets>{list}</{prefix}sheets></{prefix}workbook>",
        REFERENCE[usize::from(main == MAIN[1])]
    );
    parts.push((format!("{folder}workbook.xml"), encoded(choices, &workbook)));
    let relationships =
        |list: &str| format!("<Relationships xmlns=\"{PACKAGE}\">{list}</Relationships>");
    parts.push((
        format!("{folder}_rels/workbook.xml.rels"),
        relationships(&references).into_bytes(),
    ));
    let slash = choices.of_these(&["", "/"]);
    let begin = format!(
        "<Relationship Id=\"w\" Type=\"{}/officeDocument\" Target=\"{slash}{folder}workbook.xml\"/>",
        REFERENCE[0]
    );
    parts.push(("_rels/.rels".to_owned(), relationships(&begin).into_bytes()));
    parts
}

fn encoded(choices: &mut Choices<'_>, xml: &str) -> Vec<u8> {
    let said = choices.of_these(&[
        "",
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
        "<?xml version='1.0' encoding='utf-8' standalone='yes'?>\r\n<!-- <sheetData/> -->",
    ]);
    let units = |xml: &str, bytes: fn(u16) -> [u8; 2]| {
        "\u{FEFF}"
            .encode_utf16()
            .chain(xml.encode_utf16())
            .flat_map(bytes)
            .collect()
    };
    match choices.below(16) {
        13 => format!("\u{FEFF}{said}{xml}").into_bytes(),
        14 => units(xml, u16::to_le_bytes),
        15 => units(xml, u16::to_be_bytes),
        _ => format!("{said}{xml}").into_bytes(),
    }
}

struct Writer {
    main: &'static str,
    prefix: &'static str,
    /// The items of the shared texts, as they are written.
    texts: Vec<String>,
}

impl Writer {
    fn sheet(&mut self, choices: &mut Choices<'_>, grid: &Grid) -> String {
        let p = self.prefix;
        let space = if p.is_empty() { "xmlns" } else { "xmlns:x" };
        let mut xml = format!(
            "<{p}worksheet {space}=\"{}\" xmlns:o=\"urn:other\">",
            self.main
        );
        xml.push_str(
            &choices
                .of_these(&[
                    "",
                    "",
                    "<%sheetPr/>",
                    "<%dimension ref=\"A1\"/>",
                    "<%dimension ref=\"A1:XFD1048576\"/>",
                    "<o:sheetData><o:row/></o:sheetData>",
                    "<%cols><%col min=\"1\" max=\"3\"/></%cols>",
                ])
                .replace('%', p),
        );
        let _ = write!(xml, "<{p}sheetData>");
        let mut unsaid = true;
        for (number, row) in (1..).zip(grid) {
            if row.is_empty() {
                unsaid = false;
                continue;
            }
            let place = match choices.below(24) {
                22 if unsaid => String::new(),
                23 => format!(" r=\"{}\"", number + 1),
                _ => format!(" r=\"{number}\""),
            };
            let more = choices.of_these(&[
                "",
                "",
                "",
                "",
                " hidden=\"1\"",
                " spans=\"1:7\" o:r=\"9\"",
                " hidden='true'",
            ]);
            let _ = write!(xml, "<{p}row{place}{more}>");
            let mut stepped = true;
            for (column, content) in row.iter().enumerate() {
                let skipped = *content == Content::Nothing && choices.rarely(2);
                if skipped {
                    stepped = false;
                    continue;
                }
                let letter = char::from(b'A' + u8::try_from(column).expect("few columns"));
                let place = match choices.below(32) {
                    27 if stepped => String::new(),
                    28 => format!(" r=\"${letter}${number}\""),
                    29 => format!(" r=\"{}{number}\"", letter.to_ascii_lowercase()),
                    30 => format!(" r=' {letter}{number} '"),
                    31 => format!(" r=\"{letter}{}\"", number + 1),
                    _ => format!(" r=\"{letter}{number}\""),
                };
                self.cell(choices, &place, content, &mut xml);
            }
            let _ = write!(xml, "</{p}row>");
        }
        let _ = write!(xml, "</{p}sheetData>");
        if choices.rarely(8) {
            let region = choices.of_these(&["A2:A3", "B2:B4", "A2:B2", "C3:C3", "A1:A2", "B4:B2"]);
            let _ = write!(
                xml,
                "<{p}mergeCells><{p}mergeCell ref=\"{region}\"/></{p}mergeCells>"
            );
        }
        if choices.rarely(10) {
            let _ = write!(
                xml,
                "<{p}extLst><{p}ext><o:row r=\"1\"><o:c/></o:row></{p}ext></{p}extLst>"
            );
        }
        let _ = write!(xml, "</{p}worksheet>");
        xml
    }

    fn cell(
        &mut self,
        choices: &mut Choices<'_>,
        place: &str,
        content: &Content,
        xml: &mut String,
    ) {
        let p = self.prefix;
        let (kind, value, inline) = match content {
            Content::Nothing => ("", String::new(), None),
            Content::Number(number) => ("", number_forms(choices, *number), None),
            Content::Truth(truth) => (
                " t=\"b\"",
                choices.of_these(&[["0", "1"], ["false", "true"], ["0", "2"]])[usize::from(*truth)]
                    .to_owned(),
                None,
            ),
            Content::Error => (" t=\"e\"", "#N/A".to_owned(), None),
            Content::Day(day) => (" t=\"d\"", (*day).to_owned(), None),
            Content::Text(text) => match choices.below(8) {
                5 => (" t=\"str\"", written(choices, text), None),
                6 | 7 => (
                    " t=\"inlineStr\"",
                    String::new(),
                    Some(self.rich(choices, text)),
                ),
                _ => {
                    let item = self.rich(choices, text);
                    self.texts.push(item);
                    (" t=\"s\"", index_forms(choices, self.texts.len() - 1), None)
                }
            },
        };
        let kind = match choices.below(48) {
            45 => " t=\"n\"",
            46 => " t=\"s\"",
            47 => " t=\"what\"",
            _ => kind,
        };
        let v = if value.is_empty() && choices.below(4) < 3 {
            String::new()
        } else {
            format!("<{p}v>{value}</{p}v>")
        };
        let is = inline.map_or(String::new(), |inline| format!("<{p}is>{inline}</{p}is>"));
        let f = format!("<{p}f>SUM(A1)</{p}f>");
        let body = match choices.below(40) {
            30 => format!("{f}{v}{is}"),
            31 => format!("<{p}f/>{is}{v}"),
            32 => format!("{v}{v}{is}"),
            33 => format!("{is}<o:v>9</o:v>{v}"),
            34 => format!("{v}{is}<{p}extLst><{p}ext><{p}v>8</{p}v></{p}ext></{p}extLst>"),
            35 => format!("\n  {v}{is}\n"),
            36 => format!("<!-- {p}v>7</{p}v -->{v}{is}"),
            37 => format!("{v}{is}<{p}is><{p}t/></{p}is>"),
            38 => format!("{f}{is}"),
            39 => format!("{v}<{p}is><{p}t>余計</{p}t></{p}is>"),
            _ => format!("{v}{is}"),
        };
        if body.is_empty() {
            let _ = write!(xml, "<{p}c{place} s=\"1\"{kind}/>");
        } else {
            let _ = write!(xml, "<{p}c{place}{kind}>{body}</{p}c>");
        }
    }

    /// The inside of `is` or `si`.
    fn rich(&self, choices: &mut Choices<'_>, text: &str) -> String {
        let p = self.prefix;
        let t = |choices: &mut Choices<'_>, text: &str| {
            let space = choices.of_these(&["", "", " xml:space=\"preserve\""]);
            let text = written(choices, text);
            if text.is_empty() {
                format!("<{p}t{space}/>")
            } else {
                format!("<{p}t{space}>{text}</{p}t>")
            }
        };
        let aloud = format!(
            "<{p}rPh sb=\"0\" eb=\"1\"><{p}t>ヨミ</{p}t></{p}rPh><{p}phoneticPr fontId=\"1\"/>"
        );
        let cut = text.chars().next().map_or(0, char::len_utf8);
        let (first, second) = text.split_at(cut);
        match choices.below(12) {
            7 => t(choices, text) + &aloud,
            8 => format!(
                "<{p}r>{}</{p}r><{p}r><{p}rPr><{p}b/></{p}rPr>{}</{p}r>",
                t(choices, first),
                t(choices, second)
            ),
            9 => format!(
                "<{p}r><{p}rPr><{p}rFont val=\"t\"/></{p}rPr>{}</{p}r>{aloud}",
                t(choices, text)
            ),
            10 => format!("{aloud}{}", t(choices, text)),
            11 => format!("\n {}\n ", t(choices, text)),
            _ => t(choices, text),
        }
    }

    fn shared(&self) -> String {
        let p = self.prefix;
        let space = if p.is_empty() { "xmlns" } else { "xmlns:x" };
        let mut xml = format!(
            "<{p}sst {space}=\"{}\" count=\"1\" uniqueCount=\"1\">",
            self.main
        );
        for item in &self.texts {
            let _ = write!(xml, "<{p}si>{item}</{p}si>");
        }
        xml + &format!("</{p}sst>")
    }
}

fn number_forms(choices: &mut Choices<'_>, number: f64) -> String {
    let plain = format!("{number}");
    match choices.below(24) {
        14 => format!("{number:E}"),
        15 => format!(" {plain}\n"),
        16 => format!("+{plain}"),
        17 => format!("{plain}.0"),
        18 => plain.replace('.', ","),
        19 => choices
            .of_these(&[
                "NaN", "INF", "-INF", "1e400", "infinity", "0x10", "１２", "1 2", ".", "1e5",
                "true",
            ])
            .to_owned(),
        20 => written(choices, &plain),
        21 => format!("{plain}<!-- -->"),
        22 => format!("0{plain}"),
        23 => choices
            .of_these(&["4.6113E+4", "46113.", ".5", "1E-400", "9007199254740993"])
            .to_owned(),
        _ => plain,
    }
}

fn index_forms(choices: &mut Choices<'_>, index: usize) -> String {
    match choices.below(40) {
        30 => format!(" {index} "),
        31 => format!("\n{index}\n"),
        32 => "-1".to_owned(),
        33 => format!("{}", index + 1_000),
        34 => format!("0{index}"),
        35 => format!("{index}.0"),
        36 => written(choices, &index.to_string()),
        37 => choices
            .of_these(&["", "x", "4294967296", "18446744073709551616", "+0", "1 2"])
            .to_owned(),
        38 => "0".to_owned(),
        _ => index.to_string(),
    }
}
