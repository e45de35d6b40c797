//! What the tests send.

use serde_json::{Value, json};

pub(crate) const MONTH: &str = "2026-10";
pub(crate) const VISITS: usize = 31;
pub(crate) const CARE_OFFICE_KEY: &str = "1370000019-43";
pub(crate) const PLAN_KEY: &str = "1370100016-131128-0000123456";

pub(crate) fn care_offices() -> Value {
    json!({"items": [{
        "office_number": "1370000019", "name": "あおば居宅介護支援", "kana": "アオバ",
        "service_type": "43", "postal_code": "154-0001", "address": "東京都世田谷区",
        "phone": "03-0000-0001", "fax": "03-0000-0002", "hidden": false,
    }]})
}

pub(crate) fn clients() -> Value {
    json!({"items": [{
        "insurer_number": "131128", "insured_number": "0000123456", "name": "山田 花子",
        "kana": "ヤマダ ハナコ", "sex": "female", "birth_date": "1940-05-01", "hidden": false,
        "cards": [{
            "care_level": "23", "certified_from": "2026-04-01", "certified_to": "2027-03-31",
            "limit_units": 27048, "copay": 1, "care_office": "1370000019",
        }],
    }]})
}

pub(crate) fn plans() -> Value {
    let visits = (1..=VISITS).map(|day| {
        json!({"date": format!("2026-10-{day:02}"), "start": "09:00", "end": "10:00",
            "service_code": "111111"})
    });
    let day_add_on = json!({"date": "2026-10-05", "start": "09:00", "end": "10:00",
        "service_code": "114000"});
    json!({"items": [{
        "office": "1370100016", "month": MONTH,
        "client": {"insurer_number": "131128", "insured_number": "0000123456"},
        "visits": visits.collect::<Vec<_>>(),
        "add_ons": [day_add_on, {"service_code": "114001"}],
    }]})
}

pub(crate) fn batch_for(path: &str) -> Value {
    match path {
        "/v1/care-offices/batch" => care_offices(),
        "/v1/clients/batch" => clients(),
        _ => plans(),
    }
}
