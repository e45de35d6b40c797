//! いまの状態: what is shown of how a month stands.

use serde::Serialize;

use crate::error::{Error, Exit};
use crate::jobs::Office;
use crate::jobs::locks::since_in_words;
use crate::jobs::status::{self, Status, when};
use crate::jobs::still_open::{self, Person, Whom};
use crate::model::{ClientId, InsuredNumber, InsurerNumber, YearMonth};

use super::screen::Screen;

/// The same as a program reads it: people by their numbers.
#[derive(Serialize)]
struct StatusObject<'a> {
    month: Option<String>,
    exported: Option<usize>,
    unread: bool,
    registered: usize,
    held: Vec<PersonObject<'a>>,
    files: Vec<PersonObject<'a>>,
    changed_there: Vec<PersonObject<'a>>,
    waiting: Vec<PersonObject<'a>>,
    not_approved: Vec<PersonObject<'a>>,
    fetched: Option<&'a str>,
    registered_since: bool,
    locked: Option<&'a str>,
    other_months: Vec<String>,
    next: &'a str,
    exit_code: u8,
}

#[derive(Serialize)]
struct PersonObject<'a> {
    /// `null` where the numbers cannot be read.
    client: Option<String>,
    reasons: Vec<ReasonObject<'a>>,
}

#[derive(Serialize)]
struct ReasonObject<'a> {
    step: &'a str,
    cause: &'static str,
    file: &'a str,
    row: Option<u32>,
    count: u32,
}

/// Shows how a month stands. Three where somebody is open, so that a program can ask.
pub fn show(office: &Office, month: Option<YearMonth>, screen: &mut Screen) -> Result<Exit, Error> {
    let status = status::status(office, month)?;
    let exit = if status.is_clean() {
        Exit::Clean
    } else {
        Exit::Withheld
    };
    for line in lines(&status) {
        screen.line(line);
    }
    screen.object(&object(&status, exit));
    Ok(exit)
}

/// Takes people off the list, and shows what is left.
pub fn set_aside(
    office: &mut Office,
    month: Option<YearMonth>,
    done: &[String],
    screen: &mut Screen,
) -> Result<Exit, Error> {
    let month = match month {
        Some(month) => Some(month),
        None => still_open::month_at_work(office)?,
    };
    let whom: Vec<Whom> = done.iter().map(|typed| whom(typed)).collect();
    let found = still_open::set_aside(office, month, &whom)?;
    let gone = found.iter().filter(|found| **found).count();
    if gone > 0 {
        screen.line(format_args!(
            "{gone}件を、まだ済んでいない一覧から外しました。次に送るときにまた保留になれば、もう一度載ります。"
        ));
    }
    // By its place: what was typed may be anybody's number.
    for (place, _) in (1..).zip(&found).filter(|(_, found)| !**found) {
        screen.line(format_args!(
            "--done の{place}番目は、まだ済んでいない一覧にありません。"
        ));
    }
    show(office, month, screen)
}

fn whom(typed: &str) -> Whom {
    let client = typed.split_once('-').and_then(|(insurer, insured)| {
        Some(ClientId {
            insurer: InsurerNumber::parse(insurer)?,
            insured: InsuredNumber::parse(insured)?,
        })
    });
    client.map_or_else(|| Whom::Place(typed.to_owned()), Whom::Client)
}

fn lines(status: &Status) -> Vec<String> {
    let mut lines = match status.month {
        Some(month) => vec![format!("【いまの状態 {}】", month.in_words())],
        None => vec!["【いまの状態】 まだ、どの月の登録もしていません。".to_owned()],
    };
    lines.push(match &status.exported {
        Some(of) => format!(
            "  書き出しの利用者: {}名({}に読んだもの)",
            of.count,
            when(of)
        ),
        None if status.is_unread => {
            "  書き出しの利用者: 使えるファイルがなく、読めていません".to_owned()
        }
        None => "  書き出しの利用者: まだ読んでいません".to_owned(),
    });
    lines.push(format!("  登録済み: {}名", status.registered));
    for (title, people) in [
        ("保留", &status.held),
        ("Care-wing側で変更", &status.changed_there),
        ("登録待ち", &status.waiting),
        ("未承認の訪問がある人", &status.not_approved),
    ] {
        lines.push(format!("  {title}: {}名", people.len()));
        for person in people {
            lines.extend(person_lines(person, "    "));
        }
    }
    if !status.files.is_empty() {
        lines.push(format!("  {UNUSED_FILES}: {}件", status.files.len()));
        for file in &status.files {
            lines.extend(person_lines(file, "    "));
        }
    }
    lines.push(match (&status.fetched, status.registered_since) {
        (None, _) => "  実績の取得: まだしていません".to_owned(),
        (Some(at), false) => format!("  実績の取得: {}に書き出しました", when(at)),
        (Some(at), true) => format!(
            "  実績の取得: {}に書き出しました(そのあとに予定を登録しています)",
            when(at)
        ),
    });
    lines.push(match &status.locked {
        Some(locked) => format!("  ロック: {}から", since_in_words(locked)),
        None => "  ロック: していません".to_owned(),
    });
    if !status.other_months.is_empty() {
        let months = status.other_months.iter().map(|month| month.in_words());
        lines.push(format!(
            "  ほかに済んでいない人がいる月: {}",
            months.collect::<Vec<_>>().join("、")
        ));
    }
    if let Some(month) = status.not_locked {
        lines.push(format!(
            "  まだロックしていない月: {}(楽すけに取り込み、請求を締めたら `rakuwing lock --month {month}`)",
            month.in_words()
        ));
    }
    let open = match (status.is_clean(), status.has_not_begun()) {
        (true, false) => "この月に、済んでいない人はいません。",
        (true, true) => "この月の予定は、まだ登録していません。",
        (false, _) if status.is_unread => {
            "この月の予定を読めていないので、だれが済んでいないか分かりません。"
        }
        (false, _) if !status.has_somebody_open() => "まだ使えていないファイルがあります。",
        (false, _) => "この月に、まだ済んでいない人がいます。",
    };
    lines.push(open.to_owned());
    lines.push(format!("次にすること: {}", status.next));
    lines
}

/// Above the files of which nobody knows whom they name.
pub const UNUSED_FILES: &str = "まだ使えていないファイル";

/// Somebody with the reasons, a line each.
pub fn person_lines(person: &Person, indent: &str) -> Vec<String> {
    let mut lines = vec![format!("{indent}・{}", person.in_words())];
    for reason in &person.reasons {
        let reason = match (&*reason.place, person.client, &*person.name) {
            // It has none, or is named by it.
            ("", ..) | (_, None, "") => reason.in_words(),
            (place, ..) => format!("{}、{place}", reason.in_words()),
        };
        lines.push(format!("{indent}    {reason}"));
    }
    lines
}

fn object(status: &Status, exit: Exit) -> StatusObject<'_> {
    StatusObject {
        month: status.month.map(|month| month.to_string()),
        exported: status.exported.as_ref().map(|of| of.count),
        unread: status.is_unread,
        registered: status.registered,
        held: people(&status.held),
        files: people(&status.files),
        changed_there: people(&status.changed_there),
        waiting: people(&status.waiting),
        not_approved: people(&status.not_approved),
        fetched: status.fetched.as_ref().map(|of| &*of.at),
        registered_since: status.registered_since,
        locked: status.locked.as_ref().map(|of| &*of.since),
        other_months: status
            .other_months
            .iter()
            .map(ToString::to_string)
            .collect(),
        next: &status.next,
        exit_code: exit.code(),
    }
}

fn people(people: &[Person]) -> Vec<PersonObject<'_>> {
    people.iter().map(person_object).collect()
}

fn person_object(person: &Person) -> PersonObject<'_> {
    let reasons = person.reasons.iter().map(|reason| ReasonObject {
        step: &reason.step,
        cause: reason.cause(),
        file: &reason.file,
        row: reason.row,
        count: reason.count,
    });
    PersonObject {
        client: person.client.map(|client| client.to_string()),
        reasons: reasons.collect(),
    }
}
