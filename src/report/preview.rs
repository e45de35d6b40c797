//! The preview workbook: what a proposal would change, before anybody agrees to it.

use std::fmt;
use std::path::Path;

use rust_xlsxwriter::{Workbook, XlsxError};

use super::cell::{Cell, address};
use super::decisions::{COLUMN, Decision, MARK};
use super::list::{Column, List, ROWS_PER_SHEET, Row};
use super::look::{Looks, Tone};
use super::page::{Page, Span};
use super::workbook::{self, ReportError};
use super::{APART, LIST, NEWS, NO_RETURN, SUMMARY, stamp};

/// What the preview workbook is about.
#[derive(Clone, Copy)]
pub struct Preview<'a> {
    /// What is proposed: `月間ケアプランの登録 2026年10月`.
    pub title: &'a str,
    /// The number by which it is registered; `None` where it cannot be.
    pub number: Option<i64>,
    /// The name or the number of the office.
    pub office: &'a str,
    /// How many of what, in the order of the page.
    pub counts: &'a [(&'a str, usize)],
    /// What to look at before agreeing: one sentence each.
    pub remarks: &'a [String],
    /// Every change, in the order in which the list shows them.
    pub changes: &'a [Change],
    /// What goes of them, line by line.
    pub news: &'a [NewsLine],
    /// Field by field, where somebody else has changed something.
    pub apart: &'a [Apart],
    /// What ties the workbook to its proposal, where decisions are read back from it.
    pub mark: Option<&'a str>,
}

/// One thing in which the sides differ.
#[derive(Clone, PartialEq, Eq)]
pub struct Apart {
    /// What it is about: 事業所, 利用者, 計画.
    pub kind: &'static str,
    /// Its number.
    pub number: String,
    /// Its name.
    pub name: String,
    /// The field, the card, or the visit of a day.
    pub field: String,
    /// What we sent last.
    pub sent: String,
    /// What stands at Care-wing.
    pub there: String,
    /// What 楽すけ says now.
    pub ours: String,
}

/// One thing that would change: what stands there, and what will.
#[derive(Clone, PartialEq, Eq)]
pub struct NewsLine {
    /// What would happen to what it is of.
    pub action: Action,
    /// What it is of: 事業所, 利用者, 計画.
    pub kind: &'static str,
    /// Its number.
    pub number: String,
    /// Its name.
    pub name: String,
    /// The field, the card, the service at its time, or a sum of the month.
    pub field: String,
    /// What stands there; empty for something new.
    pub before: String,
    /// What will stand there.
    pub after: String,
    /// The days, or how many, that are added and removed; empty for what is no count.
    pub by: String,
}

/// A character that a file for 楽すけ cannot hold.
#[derive(Clone, PartialEq, Eq)]
pub struct NoReturn {
    /// The client's number.
    pub number: String,
    /// The client's name.
    pub name: String,
    /// The text that it stands in: 氏名, サービス名称.
    pub field: &'static str,
    /// The character.
    pub character: String,
    /// `U+20BB7`
    pub code_point: String,
    /// What is usually written for it; empty where nobody can say.
    pub suggestion: String,
}

/// One thing that would change, or would be left as it is.
#[derive(Clone, PartialEq, Eq)]
pub struct Change {
    /// What would happen to it.
    pub action: Action,
    /// What is decided about it so far; `None` where there is nothing to decide.
    pub decision: Option<Decision>,
    /// What it is: 事業所, 利用者, 計画, 実績.
    pub kind: &'static str,
    /// Its number.
    pub number: String,
    /// Its name.
    pub name: String,
    /// What changes, in words; several lines are welcome.
    pub detail: String,
    /// Where it comes from, as the clerk finds it.
    pub place: String,
}

/// What a proposal would do to one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// 新規: the other side does not have it yet.
    Create,
    /// 変更: the other side has it otherwise.
    Update,
    /// 変更なし: the other side has it just so.
    Keep,
    /// 削除: the other side has it, and would not any more.
    Delete,
    /// 保留: something stands in its way.
    Withhold,
}

impl Action {
    /// The word on the screen and in the workbook.
    pub fn label(self) -> &'static str {
        match self {
            Self::Create => "新規",
            Self::Update => "変更",
            Self::Keep => "変更なし",
            Self::Delete => "削除",
            Self::Withhold => "保留",
        }
    }
}

/// Writes the preview workbook, whole or not at all.
pub fn write_preview(path: &Path, preview: &Preview<'_>) -> Result<(), ReportError> {
    write_proposal(path, preview, &[])
}

/// The same for what would be sent, with what of it could not come back.
pub fn write_proposal(
    path: &Path,
    preview: &Preview<'_>,
    no_return: &[NoReturn],
) -> Result<(), ReportError> {
    workbook::write(path, &title(preview), |workbook| {
        let looks = Looks::new();
        let list = sheet(LIST, COLUMNS);
        write_summary(workbook, &looks, preview, &list)?;
        list.write(workbook, &looks, preview.changes.iter().map(row))?;
        if !preview.news.is_empty() {
            let news = preview.news.iter().map(news_row);
            sheet(NEWS, NEWS_COLUMNS).write(workbook, &looks, news)?;
        }
        if !preview.apart.is_empty() {
            let apart = preview.apart.iter().map(apart_row);
            sheet(APART, APART_COLUMNS).write(workbook, &looks, apart)?;
        }
        if !no_return.is_empty() {
            let gone = no_return.iter().map(no_return_row);
            sheet(NO_RETURN, NO_RETURN_COLUMNS).write(workbook, &looks, gone)?;
        }
        Ok(())
    })
}

/// A list of as many sheets as it needs.
fn sheet(name: &'static str, columns: &'static [Column]) -> List<'static> {
    List {
        name,
        columns,
        rows_per_sheet: ROWS_PER_SHEET,
        sums: None,
    }
}

/// `月間ケアプランの登録 2026年10月(登録データ 3)`
fn title(preview: &Preview<'_>) -> String {
    match preview.number {
        Some(number) => format!("{}(登録データ {number})", preview.title),
        None => preview.title.to_owned(),
    }
}

/// Half-width characters: the words beside a count, the count, and room for sentences.
const WIDTHS: [u16; 3] = [28, 12, 82];
const COUNT: [Span; 2] = [(0, 0), (1, 1)];

fn write_summary(
    workbook: &mut Workbook,
    looks: &Looks,
    preview: &Preview<'_>,
    list: &List<'_>,
) -> Result<(), XlsxError> {
    let mut page = Page::begin(workbook, SUMMARY, looks, &WIDTHS)?;
    page.title(&title(preview))?;
    page.fact("事業所", preview.office)?;
    page.skip();
    let (state, tone) = match preview.number {
        Some(number) => (stamp::not_yet(number), Tone::Blue),
        None => (CANNOT_BE.to_owned(), Tone::Red),
    };
    page.sentence(&state, looks.tone(tone))?;
    page.heading("件数")?;
    page.headers(&COUNT, &["区分"], &["件数"])?;
    for &(label, count) in preview.counts {
        page.row(
            &COUNT,
            &[
                (label.into(), &looks.text),
                (Cell::count(count), &looks.number),
            ],
        )?;
    }
    let jump = Cell::Link {
        text: "一覧を見る",
        to: list.address(0),
    };
    page.skip();
    page.row(&COUNT, &[(jump, &looks.jump)])?;
    if !preview.news.is_empty() {
        let jump = Cell::Link {
            text: "変更の内容を見る",
            to: address(NEWS, 1),
        };
        page.row(&COUNT, &[(jump, &looks.jump)])?;
    }
    if preview
        .changes
        .iter()
        .any(|change| change.decision.is_some())
    {
        page.skip();
        page.sentence(HOW_TO_DECIDE, &looks.sentence)?;
    }
    if let Some(mark) = preview.mark {
        page.skip();
        page.fact(MARK, mark)?;
    }
    write_remarks(&mut page, looks, preview.remarks)?;
    page.end();
    Ok(())
}

const CANNOT_BE: &str =
    "これは確認用の一覧です。決まりにより止めたので、この内容は登録できません。";

const HOW_TO_DECIDE: &str = "「判断」の欄が黄色い行は、Care-wing側でも変更されています(シート「食い違い」)。\
    楽すけ・Care-wing・保留のどれかを選んで保存し、rakuwing register で登録してください。\
    ほかの欄を書き換えても、登録する内容は変わりません。";

fn write_remarks(page: &mut Page<'_>, looks: &Looks, remarks: &[String]) -> Result<(), XlsxError> {
    if remarks.is_empty() {
        return Ok(());
    }
    page.heading("登録の前に確かめること")?;
    for remark in remarks {
        page.sentence(&format!("・{remark}"), &looks.sentence)?;
    }
    Ok(())
}

const COLUMNS: &[Column] = &[
    Column::new("区分", 8),
    Column::new(COLUMN, 12),
    Column::new("種類", 8),
    Column::new("番号", 20),
    Column::new("名称・氏名", 28),
    Column::new("内容", 70),
    Column::new("元の場所", 36),
];

const NEWS_COLUMNS: &[Column] = &[
    Column::new("区分", 8),
    Column::new("種類", 8),
    Column::new("番号", 20),
    Column::new("名称・氏名", 24),
    Column::new("項目", 36),
    Column::new("変更前", 40),
    Column::new("変更後", 40),
    Column::new("増えたもの・減ったもの", 30),
];

const APART_COLUMNS: &[Column] = &[
    Column::new("種類", 8),
    Column::new("番号", 20),
    Column::new("名称・氏名", 28),
    Column::new("項目", 40),
    Column::new("前回送った内容", 36),
    Column::new("Care-wingの今の内容", 36),
    Column::new("楽すけの今の内容", 36),
];

const NO_RETURN_COLUMNS: &[Column] = &[
    Column::new("番号", 20),
    Column::new("氏名", 28),
    Column::new("項目", 20),
    Column::new("文字", 8),
    Column::new("コードポイント", 16),
    Column::new("置き換え案", 12),
];

fn no_return_row(of: &NoReturn) -> Row<'_> {
    Row {
        tone: Tone::Yellow,
        cells: vec![
            of.number.as_str().into(),
            of.name.as_str().into(),
            of.field.into(),
            of.character.as_str().into(),
            of.code_point.as_str().into(),
            of.suggestion.as_str().into(),
        ],
    }
}

fn news_row(news: &NewsLine) -> Row<'_> {
    Row {
        tone: tone(news.action),
        cells: vec![
            news.action.label().into(),
            news.kind.into(),
            news.number.as_str().into(),
            news.name.as_str().into(),
            news.field.as_str().into(),
            news.before.as_str().into(),
            news.after.as_str().into(),
            news.by.as_str().into(),
        ],
    }
}

fn apart_row(apart: &Apart) -> Row<'_> {
    Row {
        tone: Tone::Yellow,
        cells: vec![
            apart.kind.into(),
            apart.number.as_str().into(),
            apart.name.as_str().into(),
            apart.field.as_str().into(),
            apart.sent.as_str().into(),
            apart.there.as_str().into(),
            apart.ours.as_str().into(),
        ],
    }
}

fn row(change: &Change) -> Row<'_> {
    let decision = change
        .decision
        .map_or(Cell::from(""), |decision| Cell::Choice {
            chosen: decision.label(),
            among: Decision::LABELS,
        });
    let cells = vec![
        change.action.label().into(),
        decision,
        change.kind.into(),
        change.number.as_str().into(),
        change.name.as_str().into(),
        change.detail.as_str().into(),
        change.place.as_str().into(),
    ];
    Row {
        tone: tone(change.action),
        cells,
    }
}

fn tone(action: Action) -> Tone {
    match action {
        Action::Create => Tone::Green,
        Action::Update => Tone::Blue,
        Action::Keep => Tone::Plain,
        Action::Delete => Tone::Red,
        Action::Withhold => Tone::Yellow,
    }
}

/// Counts only; titles, remarks and changes name people.
impl fmt::Debug for Preview<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Preview")
            .field("counts", &self.counts)
            .field("changes", &self.changes.len())
            .finish_non_exhaustive()
    }
}

/// What it is of; never whose.
impl fmt::Debug for Apart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Apart({} {})", self.kind, self.field)
    }
}

/// What it is of; never whose.
impl fmt::Debug for NewsLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NewsLine({} {})", self.kind, self.field)
    }
}

/// In what; never whose.
impl fmt::Debug for NoReturn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NoReturn({})", self.field)
    }
}

/// What and how; never whose.
impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Change({:?} {})", self.action, self.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::reading::{Sheets, number, text};
    use calamine::Data;

    fn written(preview: &Preview<'_>) -> Sheets {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("preview.xlsx");
        write_preview(&path, preview).unwrap();
        Sheets::read(&path)
    }

    fn change() -> Change {
        Change {
            action: Action::Update,
            decision: None,
            kind: "利用者",
            number: "0012200000000017".to_owned(),
            name: "=山田 花子".to_owned(),
            detail: "住所: 東京都 → 千葉県\n電話番号: 03 → 047".to_owned(),
            place: "利用者一覧.csv 12行".to_owned(),
        }
    }

    #[test]
    fn the_page_shows_counts_and_remarks() {
        let mut sheets = written(&Preview {
            title: "月間ケアプランの登録 2026年10月",
            number: Some(3),
            office: "0070100019",
            counts: &[("新規", 0), ("変更", 1)],
            remarks: &["日割コードがあります。".to_owned()],
            changes: &[change()],
            news: &[],
            apart: &[],
            mark: Some("abc123"),
        });
        assert_eq!(
            sheets.filled(SUMMARY),
            [
                vec![text("月間ケアプランの登録 2026年10月(登録データ 3)")],
                vec![text("事業所"), text("0070100019")],
                vec![text(&stamp::not_yet(3))],
                vec![text("件数")],
                vec![text("区分"), text("件数")],
                vec![text("新規"), number(0.0)],
                vec![text("変更"), number(1.0)],
                vec![text("一覧を見る")],
                vec![text("照合番号"), text("abc123")],
                vec![text("登録の前に確かめること")],
                vec![text("・日割コードがあります。")],
            ]
        );
    }

    /// A cell that says nothing is written as none.
    fn cell(words: &str) -> Data {
        if words.is_empty() {
            Data::Empty
        } else {
            text(words)
        }
    }

    #[test]
    fn a_change_becomes_a_row_of_text() {
        let mut sheets = written(&Preview {
            title: "基本情報の登録",
            number: Some(3),
            office: "0070100019",
            counts: &[],
            remarks: &[],
            changes: &[change()],
            news: &[],
            apart: &[],
            mark: None,
        });
        let expected = [
            [
                "区分",
                "判断",
                "種類",
                "番号",
                "名称・氏名",
                "内容",
                "元の場所",
            ],
            [
                "変更",
                "",
                "利用者",
                "0012200000000017",
                "=山田 花子",
                "住所: 東京都 → 千葉県\n電話番号: 03 → 047",
                "利用者一覧.csv 12行",
            ],
        ];
        assert_eq!(
            sheets.rows(LIST),
            expected.map(|row| row.map(cell).to_vec())
        );
        assert_eq!(sheets.formulas(), 0);
    }

    #[test]
    fn what_changes_stands_line_by_line_on_a_sheet_of_its_own() {
        let news = NewsLine {
            action: Action::Update,
            kind: "計画",
            number: "131128-0000100001".to_owned(),
            name: "見本　一郎".to_owned(),
            field: "訪問の合計".to_owned(),
            before: "3回".to_owned(),
            after: "4回".to_owned(),
            by: "＋1".to_owned(),
        };
        let mut sheets = written(&Preview {
            title: "月間ケアプランの登録 2026年10月",
            number: Some(3),
            office: "0070100019",
            counts: &[],
            remarks: &[],
            changes: &[],
            news: &[news],
            apart: &[],
            mark: None,
        });
        assert_eq!(
            sheets.rows(NEWS),
            [
                [
                    "区分",
                    "種類",
                    "番号",
                    "名称・氏名",
                    "項目",
                    "変更前",
                    "変更後",
                    "増えたもの・減ったもの"
                ],
                [
                    "変更",
                    "計画",
                    "131128-0000100001",
                    "見本　一郎",
                    "訪問の合計",
                    "3回",
                    "4回",
                    "＋1"
                ],
            ]
            .map(|row| row.map(text).to_vec())
        );
    }

    #[test]
    fn what_cannot_be_registered_has_no_number_and_says_so() {
        let mut sheets = written(&Preview {
            title: "月間ケアプランの登録 2026年10月",
            number: None,
            office: "0070100019",
            counts: &[],
            remarks: &[],
            changes: &[],
            news: &[],
            apart: &[],
            mark: None,
        });
        let shown = sheets.filled(SUMMARY);
        assert_eq!(shown[0], [text("月間ケアプランの登録 2026年10月")]);
        assert_eq!(shown[2], [text(CANNOT_BE)]);
    }

    #[test]
    fn debug_output_names_nobody() {
        assert_eq!(format!("{:?}", change()), "Change(Update 利用者)");
    }

    #[test]
    fn what_cannot_come_back_stands_on_a_sheet_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("preview.xlsx");
        let preview = Preview {
            title: "月間ケアプランの登録 2026年10月",
            number: Some(3),
            office: "0070100019",
            counts: &[],
            remarks: &[],
            changes: &[],
            news: &[],
            apart: &[],
            mark: None,
        };
        let no_return = NoReturn {
            number: "131128-0000100009".to_owned(),
            name: "𠮷田　例".to_owned(),
            field: "氏名",
            character: "𠮷".to_owned(),
            code_point: "U+20BB7".to_owned(),
            suggestion: "吉".to_owned(),
        };
        write_proposal(&path, &preview, &[no_return]).unwrap();
        assert_eq!(
            Sheets::read(&path).rows(NO_RETURN),
            [
                [
                    "番号",
                    "氏名",
                    "項目",
                    "文字",
                    "コードポイント",
                    "置き換え案",
                ],
                [
                    "131128-0000100009",
                    "𠮷田　例",
                    "氏名",
                    "𠮷",
                    "U+20BB7",
                    "吉",
                ],
            ]
            .map(|row| row.map(text))
        );
    }

    #[test]
    fn what_differs_stands_field_by_field_on_a_sheet_of_its_own() {
        let apart = Apart {
            kind: "利用者",
            number: "131128-0000100001".to_owned(),
            name: "見本　一郎".to_owned(),
            field: "電話番号".to_owned(),
            sent: "03-0000-0001".to_owned(),
            there: "=03-0000-0009".to_owned(),
            ours: "03-0000-0001".to_owned(),
        };
        let mut sheets = written(&Preview {
            title: "基本情報の登録",
            number: Some(3),
            office: "0070100019",
            counts: &[],
            remarks: &[],
            changes: &[],
            news: &[],
            apart: &[apart],
            mark: None,
        });
        assert_eq!(
            sheets.rows(APART)[1],
            [
                "利用者",
                "131128-0000100001",
                "見本　一郎",
                "電話番号",
                "03-0000-0001",
                "=03-0000-0009",
                "03-0000-0001",
            ]
            .map(text)
        );
        assert_eq!(sheets.formulas(), 0);
    }
}
