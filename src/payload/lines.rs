//! What is remembered of a sent month for the way back: its lines, as the grid had them.
//!
//! Kept in the ledger beside the item, versioned, because a month is fetched weeks after it
//! was sent, perhaps by a newer program.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::check::Origin;
use crate::model::{
    CivilTime, ClientId, ClockRange, DayCounts, InsuredNumber, InsurerNumber, OfficeNumber,
    PlanLine, RecordKind, ServiceCode, YearMonth,
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
}

/// The lines as the grid of 楽すけ has them. It holds a service at a time once, with all its
/// days, and a file that plans day by day has a line for each. Two of one day are two helpers
/// and stay two lines.
pub fn of_grid(lines: &[(PlanLine, Origin)]) -> Vec<PlanLine> {
    let mut grid: Vec<PlanLine> = Vec::with_capacity(lines.len());
    for (line, origin) in lines {
        let is_a_day = origin.sheet().layout.record() == RecordKind::PlanDay;
        let home = grid.iter_mut().find(|home| {
            is_a_day
                && home.code == line.code
                && home.hours == line.hours
                && line
                    .planned
                    .counted()
                    .all(|(day, _)| home.planned.on(day) == 0)
        });
        match home {
            Some(home) => {
                for (day, count) in line.planned.counted() {
                    home.planned.set(day, count);
                }
            }
            None => grid.push(line.clone()),
        }
    }
    grid
}

/// The lines of one client's month, as bytes.
pub fn store(lines: &[&PlanLine]) -> Vec<u8> {
    let Some(first) = lines.first() else {
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

fn stored_line(line: &PlanLine) -> StoredLine {
    StoredLine {
        code: line.code.to_string(),
        service_name: line.service_name.to_string(),
        hours: line
            .hours
            .map(|hours| (hours.start().minutes(), hours.end().minutes())),
        planned: line.planned.counted().collect(),
    }
}

/// Reads lines back; `None` where they are of a newer version or damaged.
pub fn restore(bytes: &[u8]) -> Option<Vec<PlanLine>> {
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
        Some(PlanLine {
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
        })
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
        assert_eq!(lines[0].planned.total(), 3);
        assert!(lines[0].hours.unwrap().passes_midnight());
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
            .map(|line| line.planned.counted().map(|(day, _)| day).collect())
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
