//! Small months for the tests of this folder.

use std::collections::BTreeMap;

use crate::model::{
    CivilTime, ClientComparison, ClientId, ClockRange, Compared, Comparison, InsuredNumber,
    InsurerNumber, OfficeNumber, ProRated, ServiceCode, Slot, TimeLimits, YearMonth,
};

/// `09:00-10:00`
pub(super) fn range(text: &str) -> ClockRange {
    let (start, end) = text.split_once('-').unwrap();
    let time = |text: &str| {
        let (hour, minute) = text.split_once(':').unwrap();
        CivilTime::new(hour.parse().unwrap(), minute.parse().unwrap()).unwrap()
    };
    ClockRange::new(time(start), time(end)).unwrap()
}

fn code(text: &str) -> ServiceCode {
    ServiceCode::parse(text).unwrap()
}

/// `09:00-10:00 111111`, or nothing.
fn slot(text: &str) -> Option<Slot> {
    let (hours, service) = text.split_once(' ')?;
    Some(Slot {
        hours: range(hours),
        code: code(service),
    })
}

/// A visit of October 2026: the day, what was planned, what took place.
pub(super) fn visit(day: u32, planned: &str, actual: &str) -> Compared {
    Compared::of(
        OfficeNumber::parse("1370100019").unwrap(),
        october().day(day).unwrap(),
        (slot(planned), slot(actual)),
        TimeLimits::USUAL,
    )
}

pub(super) fn october() -> YearMonth {
    YearMonth::new(2026, 10).unwrap()
}

/// A client by the last digits of the number.
pub(super) fn client(number: usize, name: &str, visits: Vec<Compared>) -> ClientComparison {
    let names = [("111111", "身体介護１"), ("117211", "生活援助２")];
    ClientComparison {
        client: ClientId {
            insurer: InsurerNumber::parse("131128").unwrap(),
            insured: InsuredNumber::parse(&format!("{number:010}")).unwrap(),
        },
        name: name.to_owned(),
        visits,
        unapproved: 0,
        pro_rated: Vec::new(),
        services: names
            .map(|(of, name)| (code(of), name.to_owned()))
            .into_iter()
            .collect::<BTreeMap<_, _>>(),
    }
}

pub(super) fn pro_rated(text: &str, days: u32) -> ProRated {
    ProRated {
        code: code(text),
        days,
    }
}

pub(super) fn month(clients: Vec<ClientComparison>) -> Comparison {
    Comparison {
        month: october(),
        limits: TimeLimits::USUAL,
        clients,
    }
}

/// Three clients: one as planned, one with one of everything, one with nothing but a count.
pub(super) fn mixed() -> Comparison {
    let body = "09:00-10:00 111111";
    let calm = client(
        1,
        "見本　一郎",
        vec![visit(5, body, body), visit(12, body, body)],
    );
    let mut busy = client(
        2,
        "=見本　花子",
        vec![
            visit(1, body, body),
            visit(1, body, ""),
            visit(2, body, "09:15-10:15 111111"),
            visit(3, body, "09:00-10:00 117211"),
            visit(3, body, "14:00-17:30 111111"),
            visit(4, "23:30-00:30 117211", ""),
            visit(4, "23:30-00:30 117211", ""),
            visit(31, "", "18:00-18:30 11A001"),
        ],
    );
    busy.unapproved = 1;
    busy.pro_rated = vec![pro_rated("A21112", 4)];
    let mut waiting = client(3, "見本　次郎", Vec::new());
    waiting.unapproved = 2;
    month(vec![calm, busy, waiting])
}
