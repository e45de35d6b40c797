//! What is said of items as a whole: findings on the cell or the side that they come from.

use serde_json::Value as Json;

use crate::finding::{Code, Finding};
use crate::model::{Field, FileName, Kind, Place};
use crate::payload::Difference;
use crate::service::Rejection;
use crate::table::Payload;

use super::collection::Collection;
use super::compare::{Missing, Planned};
use super::removal::{Gone, Removal};

/// A finding about an item.
pub fn about(planned: &Planned, code: Code) -> Finding {
    let item = &planned.item;
    Finding::new(code, item.trace.place(None)).of_item(item.who.as_ref(), &item.key)
}

/// A finding about an item whose sides differ, field by field.
pub fn apart(planned: &Planned, code: Code) -> Finding {
    about(planned, code).detail(side_by_side(&planned.differences))
}

/// What is said of an item that waits, or stays as it is there.
pub fn not_sent(planned: &Planned, code: Code) -> Vec<Finding> {
    match &planned.removal {
        Some(removal) if code == Code::PastDaysWithheld => taken_away(planned, removal, code),
        _ => vec![apart(planned, code)],
    }
}

/// What is said of what goes with an item: of a month once, of days each, so that there are as
/// many as the leave has to count.
pub fn taken_away(planned: &Planned, removal: &Removal, code: Code) -> Vec<Finding> {
    match &removal.what {
        Gone::Month { .. } => vec![about(planned, code)],
        Gone::Days(days) => {
            let said = days.iter().map(|day| {
                let detail = format!("{}月{}日", day.month(), day.day());
                about(planned, code).detail(detail)
            });
            said.collect()
        }
    }
}

/// What is said of an item that was changed there between the look and the sending.
pub fn changed_meanwhile(planned: &Planned) -> Finding {
    about(planned, Code::ChangedThere).detail("確かめたあと、送るまでの間の変更です")
}

/// What Care-wing says of an item, on the cell that it is about: its own words, what was sent
/// there, and what is done about such a cell here.
pub fn rejection(planned: &Planned, payload: &Payload, reason: &Rejection) -> Finding {
    let spot = payload.spot(&reason.pointer);
    let mut finding = about(planned, Code::Rejected);
    finding.place = planned.item.trace.place(spot);
    finding.resembles = spot.and_then(|spot| spot.field).and_then(like);
    let body: Option<Json> = serde_json::from_slice(&planned.item.body).ok();
    let sent = body.as_ref().and_then(|body| body.pointer(&reason.pointer));
    if let Some(sent) = sent.and_then(Json::as_str) {
        finding = finding.value(sent);
    }
    finding.detail(reason.message.clone())
}

/// What we say ourselves of a wrong cell of a field: its cure fits here as well.
fn like(field: Field) -> Option<Code> {
    Some(match field.kind() {
        Kind::OfficeNumber
        | Kind::InsurerNumber
        | Kind::InsuredNumber
        | Kind::Digits { .. }
        | Kind::ServiceCode
        | Kind::ServiceType => Code::WrongNumberForm,
        Kind::Date | Kind::Month => Code::ImpossibleDate,
        Kind::Time => Code::NotATime,
        Kind::CareLevel | Kind::Sex | Kind::Copay | Kind::Flag => Code::NotInCodeList,
        Kind::Number { .. } | Kind::DayCounts => Code::NotACount,
        // Why a text is refused, only Care-wing's own words can say.
        Kind::Text { .. } => return None,
    })
}

/// What is said of something that was sent earlier and that the inputs no longer name.
pub fn missing_there(missing: &Missing, collection: Collection) -> Finding {
    Finding::new(Code::MissingThere, side(collection)).of_item(missing.who.as_ref(), &missing.key)
}

/// Where something stands that no row names.
pub fn side(collection: Collection) -> Place {
    Place::file(FileName::new(&format!("Care-wingの{}", collection.label())))
}

/// A line for each difference, the first ones of many.
fn side_by_side(differences: &[Difference]) -> String {
    const LINES: usize = 20;
    let mut lines: Vec<String> = differences
        .iter()
        .take(LINES)
        .map(|difference| {
            let Difference {
                label,
                sent,
                there,
                ours,
            } = difference;
            let sent = if sent.is_empty() {
                String::new()
            } else {
                format!("前回送った内容「{sent}」、")
            };
            format!("{label}: {sent}Care-wing「{there}」、楽すけ「{ours}」")
        })
        .collect();
    if differences.len() > LINES {
        lines.push(format!("ほか{}件", differences.len() - LINES));
    }
    lines.join("\n")
}

/// The first few words of many.
pub fn few<'a>(words: impl ExactSizeIterator<Item = &'a str>) -> String {
    const FEW: usize = 5;
    let more = words.len().saturating_sub(FEW);
    let named = words.take(FEW).collect::<Vec<_>>().join("、");
    if more > 0 {
        format!("{named}、ほか{more}件")
    } else {
        named
    }
}
