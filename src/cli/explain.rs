//! What is shown of a cell and of what is sent of it, both ways.

use serde::Serialize;

use crate::clock;
use crate::error::{Error, Exit};
use crate::finding::Severity;
use crate::jobs::Office;
use crate::jobs::lineage::cell::Pointer;
use crate::jobs::lineage::{
    self, Answer, CellAnswer, Fate, ItemAnswer, Link, Registered, Said, SentItem, Stand, State,
    Unknown,
};
use crate::model::YearMonth;
use crate::table::Tables;

use super::screen::{Screen, Voice};

/// The same as a program reads it.
#[derive(Serialize)]
struct AnswerObject<'a> {
    #[serde(flatten)]
    answer: &'a Answer,
    exit_code: u8,
}

/// Asks and shows the answer.
pub fn explain(
    place: &str,
    month: Option<YearMonth>,
    office: Option<&Office>,
    tables: &Tables,
    screen: &mut Screen,
) -> Result<Exit, Error> {
    let answer = lineage::explain(place, month, office, tables)?;
    let exit = match &answer {
        Answer::Cell(_) | Answer::Item(_) => Exit::Clean,
        Answer::Unknown(_) => Exit::Usage,
    };
    match &answer {
        Answer::Cell(cell) => show_cell(cell, screen),
        Answer::Item(item) => show_item(item, screen),
        Answer::Unknown(unknown) => show_unknown(unknown, screen),
    }
    screen.object(&AnswerObject {
        answer: &answer,
        exit_code: exit.code(),
    });
    Ok(exit)
}

fn show_cell(cell: &CellAnswer, screen: &mut Screen) {
    screen.line(format_args!("{}", address(cell)));
    let archived = match cell.stand {
        Stand::Archive => "(登録が済んだファイル。今の対応表と基本情報で読み直しました)",
        Stand::Inbox | Stand::Alone => "",
    };
    screen.line(format_args!(
        "  ファイル    {}{archived}",
        cell.path.display()
    ));
    screen.line(format_args!("  文字        {}", text(&cell.text)));
    if let Some(before) = &cell.before {
        screen.line(format_args!("  訂正前      {}", text(before)));
    }
    screen.line(format_args!("  表          {}", cell.layout));
    screen.line(format_args!("  項目        {}", field(cell)));
    if cell.field.is_some() {
        screen.line(format_args!("  値          {}", value(cell)));
    }
    screen.line(format_args!("  この行      {}", fate(cell.fate)));
    for said in &cell.findings {
        show_finding(said, screen);
    }
    for item in &cell.items {
        show_sent(item, cell, screen);
    }
}

/// `月間ケアプラン.csv 12行 F列「サービスコード」`
fn address(cell: &CellAnswer) -> String {
    let sheet = cell.sheet.as_ref().map(|name| format!(" シート {name}"));
    format!(
        "{}{} {}行 {}列{}",
        cell.file,
        sheet.unwrap_or_default(),
        cell.row,
        cell.column,
        quoted(&cell.header)
    )
}

fn quoted(header: &str) -> String {
    if header.is_empty() {
        String::new()
    } else {
        format!("「{}」", header.replace('\n', ""))
    }
}

fn text(text: &str) -> String {
    if text.is_empty() {
        "(空)".to_owned()
    } else {
        format!("「{text}」")
    }
}

fn field(cell: &CellAnswer) -> String {
    match (cell.field, cell.day) {
        (Some(field), Some(day)) => format!("{field} {day}日"),
        (Some(field), None) => field.to_owned(),
        (None, _) => {
            "読まない列です。必要な列なら mappings の対応表に加えます(加え方は CONTRIBUTING.md)"
                .to_owned()
        }
    }
}

fn value(cell: &CellAnswer) -> &str {
    let is_wrong = |said: &Said| {
        said.severity == Severity::Error.label() && said.column.as_ref() == Some(&cell.column)
    };
    match &cell.value {
        Some(value) => value,
        None if cell.findings.iter().any(is_wrong) => "読み取れません",
        None => "なし",
    }
}

fn fate(fate: Fate) -> &'static str {
    match fate {
        Fate::Passed => "確かめを通りました",
        Fate::Withheld => {
            "保留しています。送りません。下の所見を直して、もう一度書き出してください"
        }
        Fate::Excluded => "対象外です。送りません",
    }
}

fn show_finding(said: &Said, screen: &mut Screen) {
    let column = said.column.as_ref().map(|column| {
        let header = said.header.as_deref().unwrap_or_default();
        format!("({column}列{})", quoted(header))
    });
    screen.line(format_args!(
        "  {} {} {}{}",
        said.severity,
        said.code,
        said.title,
        column.unwrap_or_default()
    ));
    screen.line(format_args!("    {}", said.cause));
    screen.line(format_args!("    {}", said.cure));
}

fn show_sent(item: &SentItem, cell: &CellAnswer, screen: &mut Screen) {
    let month = item.month.as_deref();
    screen.line(format_args!(
        "  送るもの    {}",
        named(item.kind, month, &item.key)
    ));
    for pointer in &item.pointers {
        show_pointer(pointer, "", screen);
    }
    for pointer in &item.same_in_first_row {
        let from = pointer
            .row
            .map(|row| format!("(同じ値を{row}行目から取ります)"));
        show_pointer(pointer, &from.unwrap_or_default(), screen);
    }
    if item.pointers.is_empty() && item.same_in_first_row.is_empty() {
        screen.line(match (cell.field, &cell.value) {
            (Some(_), None) => "    このセルは空なので、ここから送る値はありません",
            (Some(_), Some(_)) => {
                "    このセルの値そのものは送りません(確かめと実績の書き戻しに使います)"
            }
            (None, _) => "    この列からは何も送りません",
        });
    }
    show_registered(&item.care_wing, cell.stand, screen);
}

fn show_pointer(pointer: &Pointer, more: &str, screen: &mut Screen) {
    screen.line(format_args!(
        "    {} = {}{more}",
        pointer.pointer, pointer.value
    ));
}

/// `計画 2026-10 1370100016-131128-0000100001`
fn named(kind: &str, month: Option<&str>, key: &str) -> String {
    match month {
        Some(month) => format!("{kind} {month} {key}"),
        None => format!("{kind} {key}"),
    }
}

fn show_registered(registered: &Registered, stand: Stand, screen: &mut Screen) {
    let words = match (registered.state, stand) {
        (State::Unknown, _) => "事業所フォルダーがないので、登録したかどうかは分かりません",
        (State::Never, _) => "まだ登録していません",
        (State::Same, _) => "この内容で登録しています",
        (State::Other, Stand::Inbox) => "違う内容で登録しています。次の登録で送ります",
        (State::Other, Stand::Alone) => "違う内容で登録しています",
        (State::Other, Stand::Archive) => "登録したものは、この内容と違います",
        (State::Kept, _) => "Care-wing の内容を残すと判断しました。この内容は送りません",
        (State::Open, _) => "送りましたが、届いたかどうか分かっていません。次の登録で確かめます",
    };
    screen.line(format_args!(
        "  Care-wing   {words}{}",
        last_run(registered)
    ));
}

/// `(最後の登録: 2026年10月1日 09:00、plan、実行 3)`
fn last_run(registered: &Registered) -> String {
    let (Some(run), Some(command), Some(at)) =
        (&registered.run, &registered.command, &registered.at)
    else {
        return String::new();
    };
    let at = clock::in_words(at).unwrap_or_else(|| at.clone());
    format!("(最後の登録: {at}、{command}、実行 {run})")
}

fn show_item(item: &ItemAnswer, screen: &mut Screen) {
    let month = item.month.as_deref();
    screen.line(named(item.kind, month, &item.key));
    if !item.other_months.is_empty() {
        screen.line(format_args!(
            "  ほかの月にもあります: {}(--month で指定できます)",
            item.other_months.join("、")
        ));
    }
    for link in &item.links {
        screen.line(format_args!("  {} = {}", link.pointer, link.value));
        screen.line(format_args!("    {}", source(link)));
    }
    let mut paths: Vec<_> = item
        .links
        .iter()
        .filter_map(|link| link.path.as_ref())
        .collect();
    paths.sort();
    paths.dedup();
    for path in paths {
        screen.line(format_args!("  ファイル    {}", path.display()));
    }
    show_registered(&item.care_wing, item.stand, screen);
}

/// `月間ケアプラン.csv 12行 F列「サービスコード」 「111111」`
fn source(link: &Link) -> String {
    let sheet = link.sheet.as_ref().map(|name| format!(" シート {name}"));
    let row = link.row.map(|row| format!(" {row}行"));
    let place = format!(
        "{}{}{}",
        link.file,
        sheet.unwrap_or_default(),
        row.unwrap_or_default()
    );
    let Some(column) = &link.column else {
        return format!("{place}(この値の列はありません。空のときの値か、前に登録した内容です)");
    };
    let header = quoted(link.header.as_deref().unwrap_or_default());
    let stands = link.text.as_deref().unwrap_or_default();
    let more = if stands.trim().is_empty() {
        "(空のときの値か、前に登録した内容です)"
    } else {
        ""
    };
    format!("{place} {column}列{header} {}{more}", text(stands))
}

/// On the standard output what may be a person's number, on the standard error the rest.
fn show_unknown(unknown: &Unknown, screen: &mut Screen) {
    if let Some(sent) = &unknown.sent {
        screen.line(format_args!("送った値: {sent}"));
    }
    if let Some(near) = &unknown.near {
        screen.line(format_args!("`{near}` ではありませんか"));
    }
    // A program reads it in the one object.
    if screen.voice() != Voice::Json {
        screen.error(&unknown.error, Exit::Usage);
    }
}
