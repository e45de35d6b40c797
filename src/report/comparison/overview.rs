//! 概要: the sums, what to do about each, and whom to look at first.

use rust_xlsxwriter::{Workbook, XlsxError};

use super::category::{Category, in_words, to_look_at};
use super::places::Places;
use super::{ComparisonReport, charts, title, waiting};
use crate::model::Comparison;
use crate::report::SUMMARY;
use crate::report::cell::Cell;
use crate::report::look::{Looks, Tone};
use crate::report::page::{Page, Span};

/// Half-width characters: a word or a name, a count, a number, and room for sentences.
const WIDTHS: [u16; 4] = [20, 10, 20, 56];

/// Writes the page.
pub(super) fn write(
    workbook: &mut Workbook,
    looks: &Looks,
    report: &ComparisonReport<'_>,
    places: &Places,
) -> Result<(), XlsxError> {
    let comparison = report.comparison;
    let mut page = Page::begin(workbook, SUMMARY, looks, &WIDTHS)?;
    page.title(&title(comparison))?;
    page.fact("事業所", report.office)?;
    page.fact("対象年月", &comparison.month.in_words())?;
    page.skip();
    let top = page.next_row();
    let (sentence, tone) = outcome(comparison);
    page.sentence(&sentence, looks.tone(tone))?;
    let first = write_sums(&mut page, looks, comparison)?;
    if !comparison.clients.is_empty() {
        write_clients(&mut page, looks, comparison, places)?;
        page.beside(top, &charts::to_look_at(first + u32::from(Category::USUAL)))?;
        page.beside(top + charts::ROWS, &charts::by_day(comparison.month))?;
    }
    page.end();
    Ok(())
}

/// The month in one line.
fn outcome(comparison: &Comparison) -> (String, Tone) {
    if comparison.clients.is_empty() {
        let nobody = "この月には、対照する予定も実績もありません。";
        return (nobody.to_owned(), Tone::Blue);
    }
    let sums = comparison.sums();
    let (found, other_times) = (to_look_at(&sums), sums.time_differs);
    let visits = comparison.clients.iter().flat_map(|client| &client.visits);
    let planned = visits.clone().filter(|visit| visit.planned.is_some());
    let approved = visits.filter(|visit| visit.actual.is_some());
    let counts = format!(
        "予定 {} 件　承認済みの実績 {} 件",
        planned.count(),
        approved.count()
    );
    if found == 0 && other_times == 0 {
        return (format!("{counts}　すべて予定どおりです。"), Tone::Green);
    }
    if found == 0 {
        let sentence = format!("{counts}　違うのは時刻だけです({other_times} 件)。");
        return (sentence, Tone::Green);
    }
    let people = comparison.clients.iter();
    let people = people.filter(|client| to_look_at(&client.sums()) > 0);
    let sentence = format!("{counts}　確かめること {found} 件({} 人)", people.count());
    (sentence, Tone::Yellow)
}

const SUM: [Span; 3] = [(0, 0), (1, 1), (2, 3)];

const UNAPPROVED: &str = "未承認は、Care-wingが利用者ごとに数えた件数です。どの訪問が未承認かは渡されないため、\
    実績のない予定から未承認の件数を引いた残りを、記録なしとしています。";

/// Returns the row of the first sum.
fn write_sums(
    page: &mut Page<'_>,
    looks: &Looks,
    comparison: &Comparison,
) -> Result<u32, XlsxError> {
    let sums = comparison.sums();
    page.heading("件数")?;
    page.row(
        &SUM,
        &[
            ("区分".into(), &looks.header),
            ("件数".into(), &looks.count_header),
            ("すること".into(), &looks.header),
        ],
    )?;
    let first = page.next_row();
    for category in Category::ALL {
        page.row(
            &SUM,
            &[
                (category.label().into(), looks.tone(category.tone())),
                (Cell::Number(category.of(&sums)), &looks.number),
                (Cell::Text(category.advice(comparison.limits)), &looks.text),
            ],
        )?;
    }
    page.sentence(UNAPPROVED, &looks.sentence)?;
    Ok(first)
}

const CLIENT: [Span; 4] = [(0, 0), (1, 1), (2, 2), (3, 3)];
/// As many as fit on the first sheet of paper.
const FIRST_CLIENTS: usize = 10;

fn write_clients(
    page: &mut Page<'_>,
    looks: &Looks,
    comparison: &Comparison,
    places: &Places,
) -> Result<(), XlsxError> {
    page.heading("先に確かめる利用者(氏名を押すと、カレンダーへ移ります)")?;
    page.row(
        &CLIENT,
        &[
            ("氏名".into(), &looks.header),
            ("要確認".into(), &looks.count_header),
            ("番号".into(), &looks.header),
            ("内訳".into(), &looks.header),
        ],
    )?;
    for &index in places.order().iter().take(FIRST_CLIENTS) {
        let client = &comparison.clients[index];
        let sums = client.sums();
        if to_look_at(&sums) == 0 {
            break;
        }
        let name = Cell::Link {
            text: &client.name,
            to: places.calendar(index),
        };
        page.row(
            &CLIENT,
            &[
                (name, &looks.link),
                (Cell::Number(to_look_at(&sums)), &looks.number),
                (client.client.to_string().into(), &looks.text),
                (in_words(&sums).into(), &looks.text),
            ],
        )?;
    }
    let all = Cell::Link {
        text: "利用者別を見る",
        to: places.client(places.order()[0]),
    };
    page.row(&CLIENT, &[(all, &looks.jump)])?;
    let sums = comparison.sums();
    if sums.unapproved > 0 || sums.no_record > 0 {
        let waiting = Cell::Link {
            text: "承認待ちを見る",
            to: waiting::first(),
        };
        page.row(&CLIENT, &[(waiting, &looks.jump)])?;
    }
    Ok(())
}
