//! Which part of a list one page shows.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::faults::Faults;
use super::mischief::Member;
use super::refusal::Refusal;

/// The query of every call that is answered page by page.
#[derive(Debug, Default, Deserialize)]
pub(super) struct PageQuery {
    pub(super) cursor: Option<String>,
    pub(super) contents: Option<Wanted>,
    pub(super) add_ons: Option<Wanted>,
}

/// Whether something is wanted: add-ons among the actuals, contents in a list.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Wanted {
    With,
    Without,
}

/// A list that is shown page by page.
#[derive(Debug, Clone, Copy)]
pub(super) struct List {
    pub(super) total: usize,
    pub(super) snapshot: u64,
    pub(super) page_size: usize,
}

/// One page of a list: where it begins and ends, and what is said about the whole.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) places: Range<usize>,
    /// How often the records have begun anew before this page; they are other ones then.
    pub(super) round: usize,
    pub(super) heading: Heading,
}

/// What every page says about the whole. A member that is none is left out, which is always a
/// fault: the cursor of the last page is null.
#[derive(Debug, Serialize)]
pub(super) struct Heading {
    #[serde(skip_serializing_if = "Option::is_none")]
    snapshot: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<Value>,
}

/// The page that `cursor` leads to, or the first one.
pub(super) fn page(list: List, cursor: Option<&str>, faults: &Faults) -> Result<Page, Refusal> {
    let asked = match cursor {
        Some(cursor) => read_cursor(cursor).ok_or_else(|| Refusal::malformed("/cursor"))?,
        None => 0,
    };
    // Pages of nothing would never come to an end.
    let page_size = list.page_size.max(1);
    let start = faults.disturb_start(asked, page_size);
    let (round, places, next) = if faults.go_round() && list.total > 0 {
        let (round, start) = (start / list.total, start % list.total);
        let places = start..(start + page_size).min(list.total);
        let next = asked + places.len();
        (round, places, Some(write_cursor(next)))
    } else {
        let places = start.min(list.total)..(start + page_size).min(list.total);
        // A page in the place of another leads on as that one would.
        let end = (start.max(asked) + page_size).min(list.total);
        (0, places, (end < list.total).then(|| write_cursor(end)))
    };
    let next = faults.disturb_cursor(next, cursor, &write_cursor(asked));
    let snapshot = faults.disturb_snapshot(format!("s{}", list.snapshot));
    let total = faults.disturb_total(list.total);
    let heading = Heading {
        snapshot: faults.says(Member::Snapshot).then_some(snapshot),
        total: faults.says(Member::Total).then_some(total),
        cursor: faults.says(Member::Cursor).then(|| next.into()),
    };
    Ok(Page {
        places,
        round,
        heading,
    })
}

/// Marks a cursor that leads to a page once more, so that it differs from the one before.
pub(super) const AGAIN: &str = "-again";

fn write_cursor(place: usize) -> String {
    format!("c{place:x}")
}

fn read_cursor(cursor: &str) -> Option<usize> {
    let place = cursor.strip_prefix('c')?;
    let place = place.strip_suffix(AGAIN).unwrap_or(place);
    // A place so far out that adding a page to it would overflow was never handed out.
    u32::from_str_radix(place, 16)
        .ok()
        .and_then(|place| place.try_into().ok())
}
