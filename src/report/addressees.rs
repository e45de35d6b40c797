//! 送付先一覧: which file goes to which care-management office, for whoever sends them.
//!
//! It holds no client's name: it lies beside the files, and is printed or handed on with them.

use std::fmt;
use std::path::Path;

use rust_xlsxwriter::{Workbook, XlsxError};

use super::cell::Cell;
use super::look::{Looks, Tone};
use super::page::{Page, Span};
use super::workbook::{self, ReportError};
use crate::model::YearMonth;

/// What the list is about.
#[derive(Debug, Clone, Copy)]
pub struct Addressees<'a> {
    /// The name or the number of the office.
    pub office: &'a str,
    /// The month.
    pub month: YearMonth,
    /// A row for each file, in the order of the list.
    pub rows: &'a [Addressee],
}

/// A file, and whom it is for.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Addressee {
    /// The name of the care-management office; empty where the basic data does not have it.
    pub name: String,
    /// Its number.
    pub number: String,
    /// 居宅介護支援 or 介護予防支援.
    pub kind: String,
    /// Its telephone number.
    pub phone: String,
    /// Its fax number.
    pub fax: String,
    /// Which of our services the file is about, and of which of our offices where there are several.
    pub service: String,
    /// The name of the file; empty where none lies there.
    pub file: String,
    /// When the file was made.
    pub made: String,
    /// How many clients are in it, where that is known.
    pub clients: Option<usize>,
    /// What to mind about it; empty for a file that is simply sent.
    pub remark: String,
}

/// The number alone.
impl fmt::Debug for Addressee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Addressee({})", self.number)
    }
}

/// The workbook as bytes, the same for the same list. `path` is where it is to stand, for errors.
pub fn addressees_workbook(path: &Path, list: &Addressees<'_>) -> Result<Vec<u8>, ReportError> {
    let title = format!("{NAME} {}", list.month.in_words());
    workbook::of_month(path, &title, list.month, |workbook| {
        write(workbook, &title, list)
    })
}

const NAME: &str = "送付先一覧";

const HEADERS: [&str; 10] = [
    "送付先",
    "事業所番号",
    "種類",
    "電話番号",
    "FAX番号",
    "サービス",
    "ファイル名",
    "作成日時",
    "備考",
    "利用者数",
];
const WIDTHS: [u16; 10] = [26, 12, 14, 14, 14, 19, 58, 22, 28, 10];

const HOW_TO_SEND: &str = "ファイルは、名前を変えずにそのまま渡します(ケアプランデータ連携システムなど)。\
    ファイル名が前に送ったものと同じなら、送り直す必要はありません。違うときは、前の分と置き換わります。";

fn write(workbook: &mut Workbook, title: &str, list: &Addressees<'_>) -> Result<(), XlsxError> {
    let looks = Looks::new();
    let mut page = Page::begin(workbook, NAME, &looks, &WIDTHS)?;
    page.title(title)?;
    page.fact("事業所", list.office)?;
    let files = list.rows.iter().filter(|row| !row.file.is_empty());
    page.fact("ファイル", &format!("{}件", files.count()))?;
    page.sentence(HOW_TO_SEND, &looks.sentence)?;
    page.skip();
    let spans: Vec<Span> = (0..).zip(HEADERS).map(|(at, _)| (at, at)).collect();
    let (words, counts) = HEADERS.split_at(HEADERS.len() - 1);
    page.headers(&spans, words, counts)?;
    page.repeat_last()?;
    for row in list.rows {
        let words = [
            &row.name,
            &row.number,
            &row.kind,
            &row.phone,
            &row.fax,
            &row.service,
            &row.file,
            &row.made,
            &row.remark,
        ];
        let minded = !row.remark.is_empty();
        let remarked = words.len() - 1;
        let words = words.into_iter().enumerate().map(|(at, word)| {
            let look = if minded && at == remarked {
                looks.tone(Tone::Yellow)
            } else {
                &looks.text
            };
            (Cell::from(word.as_str()), look)
        });
        let clients = row.clients.map_or_else(|| "".into(), Cell::count);
        let cells = words.chain([(clients, &looks.number)]);
        page.row(&spans, &cells.collect::<Vec<_>>())?;
    }
    page.end();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::reading::{Sheets, number, text};

    #[test]
    fn every_file_stands_beside_whom_it_is_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.xlsx");
        let rows = [
            Addressee {
                name: "=みほん居宅".to_owned(),
                number: "1370000018".to_owned(),
                kind: "居宅介護支援".to_owned(),
                phone: "03-0000-0001".to_owned(),
                service: "11".to_owned(),
                file: "UPJSK_1.CSV".to_owned(),
                made: "2026年11月2日 9:05".to_owned(),
                clients: Some(12),
                ..Addressee::default()
            },
            Addressee {
                number: "1370000026".to_owned(),
                remark: "今回は書き出していません。".to_owned(),
                ..Addressee::default()
            },
        ];
        let list = Addressees {
            office: "0070100019",
            month: YearMonth::new(2026, 10).unwrap(),
            rows: &rows,
        };
        let bytes = addressees_workbook(&path, &list).unwrap();
        assert_eq!(bytes, addressees_workbook(&path, &list).unwrap());
        crate::disk::write(&path, &bytes).unwrap();
        let mut sheets = Sheets::read(&path);
        let shown = sheets.filled(NAME);
        assert_eq!(shown[0], [text("送付先一覧 2026年10月")]);
        assert_eq!(shown[2], [text("ファイル"), text("1件")]);
        assert_eq!(shown[4], HEADERS.map(text));
        assert_eq!(
            shown[5],
            [
                text("=みほん居宅"),
                text("1370000018"),
                text("居宅介護支援"),
                text("03-0000-0001"),
                text("11"),
                text("UPJSK_1.CSV"),
                text("2026年11月2日 9:05"),
                number(12.0)
            ]
        );
        assert_eq!(
            shown[6],
            [text("1370000026"), text("今回は書き出していません。")]
        );
        assert_eq!(sheets.formulas(), 0);
    }
}
