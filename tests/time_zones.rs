//! All days and times are Japanese civil ones: where the machine thinks it stands changes nothing.

#![expect(
    clippy::unwrap_used,
    reason = "the helpers of a test are a test as well"
)]

mod support;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::test_runner::Config;
use rakuwing::disk;
use serde_json::Value as Json;

use support::{Ended, command_on, end};

/// Both sides of the day line, half the world between, and one that no system knows.
const ZONES: [&str; 6] = [
    "Asia/Tokyo",
    "UTC",
    "America/New_York",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "Nowhere/At_All",
];

/// A client's card and one visit of each kind that a zone could move to another day.
#[derive(Debug, Clone)]
struct Case {
    born: (i32, u32, u32),
    certified: (i32, u32),
    month: (i32, u32),
    visits: Vec<(u32, u32)>,
}

fn case() -> impl Strategy<Value = Case> {
    (
        (1930..1960, 1..=12u32, 1..=28u32),
        (2024..2026, 1..=12u32),
        (2026..2027, 4..=12u32),
        prop::collection::vec((1..=28u32, 0..24 * 4u32), 1..6),
    )
        .prop_map(|(born, certified, month, visits)| Case {
            born,
            certified,
            month,
            visits,
        })
}

impl Case {
    fn clients(&self) -> String {
        let (year, month, day) = self.born;
        let (from, from_month) = self.certified;
        format!(
            "被保険者番号,保険者番号,氏名,生年月日,要介護度,認定有効期間開始日,認定有効期間終了日\n\
             0000100001,131128,見本　一郎,S{}.{month}.{day},要介護3,\
             {from}-{from_month:02}-01T00:00:00,令和11年3月31日\n",
            year - 1925
        )
    }

    fn plan(&self) -> String {
        let mut text =
            "対象年月,事業所番号,保険者番号,被保険者番号,氏名,サービスコード,開始時刻,終了時刻"
                .to_owned();
        (1..=31).for_each(|day| write!(text, ",予定{day}").unwrap());
        for (visited, quarter) in &self.visits {
            let (hour, minute) = (quarter / 4, quarter % 4 * 15);
            let (end_hour, end_minute) = ((quarter + 2) / 4, (quarter + 2) % 4 * 15);
            let (year, month) = self.month;
            write!(
                text,
                "\n{year}/{month}/1,1370100016,131128,0000100001,見本　一郎,111111,\
                 {hour}:{minute:02},{end_hour}:{end_minute:02}:00"
            )
            .unwrap();
            for day in 1..=31 {
                text.push_str(if day == *visited { ",1" } else { "," });
            }
        }
        text + "\n"
    }
}

fn converted(zone: &str, home: &Path, files: &[PathBuf]) -> Ended {
    end(command_on(home, home, "convert")
        .args(files)
        .env("TZ", zone))
}

proptest! {
    #![proptest_config(Config { cases: 8, ..Config::default() })]

    #[test]
    fn the_time_zone_of_the_machine_changes_no_byte(case in case()) {
        let home = tempfile::tempdir().unwrap();
        let files = ["clients.csv", "plan.csv"].map(|name| home.path().join(name));
        disk::write(&files[0], case.clients().as_bytes()).unwrap();
        disk::write(&files[1], case.plan().as_bytes()).unwrap();

        let in_tokyo = converted(ZONES[0], home.path(), &files);
        let items: Vec<Json> = in_tokyo
            .stdout
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        prop_assert_eq!(items.len(), 2, "a client and a month: {:?}", in_tokyo);
        let (year, month, day) = case.born;
        let born = format!("{year:04}-{month:02}-{day:02}");
        prop_assert_eq!(items[0]["birth_date"].as_str(), Some(&*born));
        let (year, month) = case.month;
        for visit in items[1]["visits"].as_array().unwrap() {
            let date = visit["date"].as_str().unwrap();
            prop_assert!(date.starts_with(&format!("{year:04}-{month:02}-")), "{}", date);
            let day: u32 = date[8..].parse().unwrap();
            prop_assert!(case.visits.iter().any(|(visited, _)| *visited == day), "{}", date);
        }

        for zone in &ZONES[1..] {
            let there = converted(zone, home.path(), &files);
            prop_assert_eq!(&there.stdout, &in_tokyo.stdout, "{}", zone);
            prop_assert_eq!(&there.stderr, &in_tokyo.stderr, "{}", zone);
            prop_assert_eq!(there.exit, in_tokyo.exit, "{}", zone);
        }
    }
}
