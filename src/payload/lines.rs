//! What is remembered of a sent month for the way back: its lines, as the grid had them.
//!
//! Kept in the ledger beside the item, versioned, because a month is fetched weeks after it
//! was sent, perhaps by a newer program.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::check::{Origin, senders};
use crate::model::{
    CivilTime, ClientId, ClockRange, DayCounts, InsuredNumber, InsurerNumber, OfficeNumber,
    PlanLine, RecordKind, Sender, SentLine, ServiceCode, ServiceType, YearMonth,
};

const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct StoredMonth {
    version: u32,
    office: String,
    month: String,
    insurer: String,
    insured: String,
    name: String,
    lines: Vec<StoredLine>,
}

#[derive(Serialize, Deserialize)]
struct StoredLine {
    code: String,
    service_name: String,
    /// Minutes since midnight, of start and end.
    hours: Option<(u16, u16)>,
    /// Day and count.
    planned: Vec<(u32, u8)>,
    /// Who planned it: the number of an office, and a type of service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sender: Option<(String, Option<String>)>,
}

/// The lines as the grid of 楽すけ has them, each with who planned it. The grid holds a service
/// at a time once, with all its days, and a file that plans day by day has a line for each. Two
/// of one day are two helpers and stay two lines.
pub fn of_grid(lines: &[(PlanLine, Origin)]) -> Vec<SentLine> {
    let mut grid: Vec<SentLine> = Vec::with_capacity(lines.len());
    for (line, origin) in lines {
        let is_a_day = origin.sheet().layout.record() == RecordKind::PlanDay;
        let sender = is_a_day.then(|| senders::of(origin.sheet())).flatten();
        let line = line.clone();
        lay(&mut grid, SentLine { line, sender }, |home| {
            is_a_day && home.sender == sender
        });
    }
    grid
}

/// The same lines whoever has planned them.
pub fn of_all(lines: impl IntoIterator<Item = SentLine>) -> Vec<PlanLine> {
    let mut grid: Vec<SentLine> = Vec::new();
    for line in lines {
        let is_a_day = line.sender.is_some();
        lay(&mut grid, line, |home| is_a_day && home.sender.is_some());
    }
    grid.into_iter().map(|of| of.line).collect()
}

/// Lays a line on the one that has its service, its time and none of its days, if it may.
fn lay(grid: &mut Vec<SentLine>, new: SentLine, may: impl Fn(&SentLine) -> bool) {
    let days = new.line.planned;
    let home = grid.iter_mut().find(|home| {
        may(home)
            && home.line.code == new.line.code
            && home.line.hours == new.line.hours
            && days
                .counted()
                .all(|(day, _)| home.line.planned.on(day) == 0)
    });
    match home {
        Some(home) => {
            for (day, count) in days.counted() {
                home.line.planned.set(day, count);
            }
        }
        None => grid.push(new),
    }
}

/// The lines of one client's month, as bytes.
pub fn store(lines: &[&SentLine]) -> Vec<u8> {
    let Some(SentLine { line: first, .. }) = lines.first() else {
        return Vec::new();
    };
    let stored = StoredMonth {
        version: VERSION,
        office: first.office.to_string(),
        month: first.month.to_string(),
        insurer: first.client.insurer.to_string(),
        insured: first.client.insured.to_string(),
        name: first.name.to_string(),
        lines: lines.iter().map(|line| stored_line(line)).collect(),
    };
    serde_json::to_vec(&stored).expect("plain texts and numbers are JSON")
}

fn stored_line(SentLine { line, sender }: &SentLine) -> StoredLine {
    StoredLine {
        code: line.code.to_string(),
        service_name: line.service_name.to_string(),
        hours: line
            .hours
            .map(|hours| (hours.start().minutes(), hours.end().minutes())),
        planned: line.planned.counted().collect(),
        sender: sender.map(|of| {
            let service_type = of.service_type.map(|of| of.to_string());
            (of.office.to_string(), service_type)
        }),
    }
}

/// Reads lines back; `None` where they are of a newer version or damaged.
pub fn restore(bytes: &[u8]) -> Option<Vec<SentLine>> {
    let stored: StoredMonth = serde_json::from_slice(bytes).ok()?;
    if stored.version != VERSION {
        return None;
    }
    let office = OfficeNumber::parse(&stored.office)?;
    let month = YearMonth::parse(&stored.month)?;
    let client = ClientId {
        insurer: InsurerNumber::parse(&stored.insurer)?,
        insured: InsuredNumber::parse(&stored.insured)?,
    };
    let name: Arc<str> = stored.name.into();
    let line = |line: &StoredLine| {
        let mut planned = DayCounts::default();
        for (day, count) in &line.planned {
            planned.set(*day, *count);
        }
        let sender = match &line.sender {
            Some((office, of)) => Some(Sender {
                office: OfficeNumber::parse(office)?,
                service_type: of.as_deref().and_then(ServiceType::parse),
            }),
            None => None,
        };
        let line = PlanLine {
            month,
            office,
            client,
            name: Arc::clone(&name),
            code: ServiceCode::parse(&line.code)?,
            service_name: Arc::from(&*line.service_name),
            hours: match line.hours {
                Some((start, end)) => Some(ClockRange::new(minutes(start)?, minutes(end)?)?),
                None => None,
            },
            planned,
            planned_total: None,
            actual: DayCounts::default(),
            actual_total: None,
        };
        Some(SentLine { line, sender })
    };
    stored.lines.iter().map(line).collect()
}

fn minutes(minutes: u16) -> Option<CivilTime> {
    CivilTime::new(minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::samples::{day, gather, line};

    #[test]
    fn a_month_stored_by_the_first_version_still_reads() {
        let stored = r#"{"version":1,"office":"1370100018","month":"2026-10","insurer":"131128",
            "insured":"0000123456","name":"試験　花子","lines":[{"code":"111111",
            "service_name":"身体介護１","hours":[1410,30],"planned":[[5,1],[12,2]]}]}"#;
        let lines = restore(stored.as_bytes()).unwrap();
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].line.planned.total(), 3);
        assert!(lines[0].line.hours.unwrap().passes_midnight());
        assert_eq!(lines[0].sender, None);
        let again = store(&lines.iter().collect::<Vec<_>>());
        assert_eq!(restore(&again).unwrap(), lines);
    }

    #[test]
    fn days_of_one_service_and_time_are_one_line_of_the_grid_and_two_of_one_day_are_two() {
        let gathered = gather(&[
            day("20261005"),
            day("20261005"),
            day("20261012"),
            day("20261012").serving_at("111111", "1000", "1030"),
        ]);
        let days: Vec<Vec<u32>> = of_grid(&gathered.lines.all())
            .iter()
            .map(|of| of.line.planned.counted().map(|(day, _)| day).collect())
            .collect();
        assert_eq!(days, [vec![5, 12], vec![5], vec![12]]);
    }

    #[test]
    fn lines_of_a_grid_stay_as_they_are() {
        let gathered = gather(&[line(&[5]), line(&[12])]);
        assert_eq!(of_grid(&gathered.lines.all()).len(), 2);
    }

    #[test]
    fn a_newer_version_is_not_guessed_at() {
        assert_eq!(restore(br#"{"version":2}"#), None);
        assert_eq!(restore(b""), None);
    }
}
