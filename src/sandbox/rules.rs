//! The service's own rules: why a well-formed item is rejected.
//!
//! Every rule is one line of the form *pointer, code, message, unless it holds*. They are few on
//! purpose: each stands for a class of refusals that a client must be able to show its user.

use serde::Serialize;

use super::calendar::{Day, Month};
use super::collection::Collection;
use super::items::{CareOffice, Client, Item, Plan};
use super::state::State;

const NAME_MAX: usize = 40;

/// One thing wrong with an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Complaint {
    /// A JSON pointer into the item.
    pub(super) pointer: String,
    pub(super) code: String,
    pub(super) message: String,
}

/// All that is wrong with an item that is to go into `collection`; nothing if it is accepted.
pub(super) fn complaints(
    item: &Item<'_>,
    collection: Collection,
    state: &State,
    offices: &[String],
) -> Vec<Complaint> {
    let mut found = Complaints::default();
    match item {
        Item::CareOffice(office) => care_office(office, &mut found),
        Item::Client(item) => client(item, state, &mut found),
        Item::Plan(item) => plan(item, collection, state, offices, &mut found),
    }
    found.0
}

fn care_office(item: &CareOffice<'_>, found: &mut Complaints) {
    let name_fits = item.name.chars().count() <= NAME_MAX;
    let type_allowed = item
        .service_type
        .is_none_or(|code| ["43", "46"].contains(&code));

    found.unless(name_fits, "/name", "too_long", "名称は40文字以内です。");
    found.unless(
        type_allowed,
        "/service_type",
        "not_allowed",
        "サービス種類は43か46です。",
    );
}

fn client(item: &Client<'_>, state: &State, found: &mut Complaints) {
    let name_fits = item.name.chars().count() <= NAME_MAX;
    found.unless(name_fits, "/name", "too_long", "氏名は40文字以内です。");

    let care_offices = &state.shelf(Collection::CareOffices).entries;
    for (n, card) in item.cards.iter().enumerate() {
        let in_order = card
            .certified_to
            .is_none_or(|to| Some(to) >= card.certified_from);
        let is_of = |key: &String, number: &str| key.split('-').next() == Some(number);
        let office_held = card
            .care_office
            .is_none_or(|number| care_offices.keys().any(|key| is_of(key, number)));

        let at = |member| format!("/cards/{n}/{member}");
        let message = "認定の終了日が開始日より前です。";
        found.unless(in_order, at("certified_to"), "before_start", message);
        let message = "登録されていない事業者です。";
        found.unless(
            office_held,
            at("care_office"),
            "unknown_care_office",
            message,
        );
    }
}

fn plan(
    item: &Plan<'_>,
    collection: Collection,
    state: &State,
    offices: &[String],
    found: &mut Complaints,
) {
    let clients = &state.shelf(Collection::Clients).entries;
    let client_held = clients.contains_key(&item.client.key());
    let own_office = offices.iter().any(|own| own == item.office);
    let same_month = collection == Collection::Plans(item.month);

    let message = "登録されていない利用者です。";
    found.unless(
        client_held,
        "/client/insured_number",
        "unknown_client",
        message,
    );
    found.unless(
        own_office,
        "/office",
        "not_allowed",
        "このAPIキーの事業所ではありません。",
    );
    found.unless(same_month, "/month", "other_month", "対象年月が違います。");

    for (n, visit) in item.visits.iter().enumerate() {
        let at = format!("/visits/{n}");
        plan_line(item.month, Some(visit.date), visit.service_code, &at, found);
    }
    for (n, add_on) in item.add_ons.iter().enumerate() {
        let at = format!("/add_ons/{n}");
        plan_line(item.month, add_on.date, add_on.service_code, &at, found);
    }
}

/// A visit or an add-on of a plan, which stands `at` this pointer.
fn plan_line(month: Month, date: Option<Day>, code: &str, at: &str, found: &mut Complaints) {
    let in_month = date.is_none_or(|date| month.holds(date));

    let message = "対象年月の日付ではありません。";
    found.unless(in_month, format!("{at}/date"), "outside_month", message);
    let message = "サービスコードの形が正しくありません。";
    found.unless(
        is_service_code(code),
        format!("{at}/service_code"),
        "bad_code",
        message,
    );
}

/// Six upper-case letters or digits: two for the type of service, four for the item.
fn is_service_code(code: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    code.len() == 6 && code.bytes().all(allowed)
}

#[derive(Default)]
struct Complaints(Vec<Complaint>);

impl Complaints {
    fn unless(&mut self, holds: bool, pointer: impl Into<String>, code: &str, message: &str) {
        if !holds {
            let (pointer, code, message) = (pointer.into(), code.to_owned(), message.to_owned());
            self.0.push(Complaint {
                pointer,
                code,
                message,
            });
        }
    }
}
