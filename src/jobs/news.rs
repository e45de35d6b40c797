//! What would go of each item of a proposal, beside what stands there: for its preview.
//!
//! Only what would be sent is looked into. What stands there is what was sent last, which the
//! ledger has, or what somebody else has made of it, which was fetched already.

use crate::error::Error;
use crate::finding::Code;
use crate::model::ServiceCode;
use crate::payload::{Contents, News, Of, news};
use crate::report::{self, Action, NEWS};

use super::change::{Change, Course};
use super::collection::Collection;
use super::compare::{Group, Planned};
use super::office::Office;
use super::proposal::{Proposal, action};

/// What a preview says of the contents of items.
#[derive(Debug, Default)]
pub struct Told {
    /// In words for the list, for each item of each group; empty for what nothing is said of.
    pub in_words: Vec<Vec<String>>,
    /// Line by line.
    pub lines: Vec<report::NewsLine>,
    /// How many items would go and were not looked into.
    pub left_out: usize,
}

/// So many items are looked into. Who goes through more of them one by one? A corporation's
/// thousand offices in one inbox are thirty thousand.
const MOST: usize = 3_000;

/// Looks into the items of a proposal that would be sent.
pub fn of(proposal: &Proposal, office: &Office) -> Result<Told, Error> {
    let mut told = Told::default();
    let mut room = MOST;
    for group in &proposal.groups {
        let mut in_words = Vec::with_capacity(group.items.len());
        for planned in &group.items {
            if !is_looked_into(planned) {
                in_words.push(String::new());
                continue;
            }
            let Some(left) = room.checked_sub(1) else {
                told.left_out += 1;
                in_words.push(String::new());
                continue;
            };
            room = left;
            let news = of_item(planned, group, office)?;
            in_words.push(words(&news, action(planned)));
            told.lines.extend(lines(news, planned, group));
        }
        told.in_words.push(in_words);
    }
    Ok(told)
}

/// Whether it would be sent, at least once somebody has agreed to what would go with it.
fn is_looked_into(planned: &Planned) -> bool {
    let waits = Course::Withhold(Code::PastDaysWithheld);
    planned.course() == Course::Send || planned.course() == waits
}

/// What is new in an item; nothing where a table cannot read it back.
fn of_item(planned: &Planned, group: &Group, office: &Office) -> Result<Vec<News>, Error> {
    let (collection, tables) = (group.collection, &office.tables);
    let payload = collection.payload(tables);
    let Some(after) = Contents::of_body(payload, &planned.item.body) else {
        return Ok(Vec::new());
    };
    let before = match planned.change {
        Change::New | Change::RemovedThere => None,
        Change::Changed => office
            .ledger
            .sent_body(&collection.name(), &planned.item.key)?,
        Change::Kept | Change::ChangedThere | Change::ChangedBoth => {
            let theirs = planned.theirs.as_ref();
            theirs.and_then(|held| held.body.clone())
        }
    };
    let before = before.and_then(|body| Contents::of_body(payload, &body));
    let called = |code| service_name(office, planned, collection, code);
    Ok(news(before.as_ref(), &after, called))
}

fn service_name(
    office: &Office,
    planned: &Planned,
    collection: Collection,
    code: ServiceCode,
) -> Option<String> {
    let Collection::Plans(month) = collection else {
        return None;
    };
    let insurer = planned.item.who.as_ref()?.id.insurer;
    let service = office.tables.services.find(code, insurer, month)?;
    Some(service.name.clone())
}

fn lines<'a>(
    news: Vec<News>,
    planned: &'a Planned,
    group: &'a Group,
) -> impl Iterator<Item = report::NewsLine> + 'a {
    let who = planned.item.who.as_ref();
    let name = who.map(|who| who.name.to_string()).unwrap_or_default();
    news.into_iter().map(move |of| report::NewsLine {
        action: action(planned),
        kind: group.collection.label(),
        number: planned.item.key.clone(),
        name: name.clone(),
        field: of.label,
        before: of.before,
        after: of.after,
        by: of.by,
    })
}

/// What the list says of an item: as much as a row holds that somebody reads at a glance.
fn words(news: &[News], action: Action) -> String {
    const AT_A_GLANCE: usize = 6;
    // The number has a column of its own.
    let news: Vec<&News> = news.iter().filter(|news| news.of != Of::Number).collect();
    let said = news.iter().take(AT_A_GLANCE).map(|news| in_a_line(news));
    let mut said: Vec<String> = said.collect();
    if news.len() > AT_A_GLANCE {
        said.push(format!(
            "ほか{}件は、シート「{NEWS}」にあります。",
            news.len() - AT_A_GLANCE
        ));
    }
    let between = match action {
        // Somebody new is a few words one after the other.
        Action::Create if news.iter().all(|news| news.of == Of::Field) => "、",
        Action::Create | Action::Update | Action::Keep | Action::Delete | Action::Withhold => "\n",
    };
    said.join(between)
}

/// `電話番号: 03-0000-0001 → 03-0000-0002`, `訪問 09:00〜09:30 …: ＋26日 －5日`
fn in_a_line(news: &News) -> String {
    let News {
        label,
        before,
        after,
        by,
        of,
    } = news;
    match of {
        _ if before.is_empty() => format!("{label}: {after}"),
        // Which days come and go says more than both lists of them.
        Of::Days => format!("{label}: {by}"),
        Of::Number | Of::Field => format!("{label}: {before} → {after}"),
        Of::Sum => format!("{label}: {before} → {after}({by})"),
    }
}
