//! 予実対照: what was planned beside what was approved, visit by visit.

use std::collections::BTreeMap;

use super::{CivilDate, CivilTime, ClientId, ClockRange, OfficeNumber, ServiceCode, YearMonth};

/// A month's plan against its approved actuals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// The month.
    pub month: YearMonth,
    /// How far times may be apart.
    pub limits: TimeLimits,
    /// Client by client, in the order of their numbers.
    pub clients: Vec<ClientComparison>,
}

/// One client's month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientComparison {
    /// The client.
    pub client: ClientId,
    /// The name.
    pub name: String,
    /// Planned visits, actual ones, and pairs of the two; ordered by day and start.
    pub visits: Vec<Compared>,
    /// How many visits nobody has approved yet. Care-wing says how many and not which.
    pub unapproved: u32,
    /// The 日割 codes among the actuals, with the number of days on which there was a visit.
    /// For how many days is billed, nobody but the clerk can say.
    pub pro_rated: Vec<ProRated>,
    /// What the codes of all of this are called, as far as it is known.
    pub services: BTreeMap<ServiceCode, String>,
}

/// A planned visit, an actual one, or both where one answers the other; never neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compared {
    /// The office that visits.
    pub office: OfficeNumber,
    /// The day that it counts on: the planned one of a visit that began across midnight from it.
    pub date: CivilDate,
    /// What was planned.
    pub planned: Option<Slot>,
    /// What took place.
    pub actual: Option<Slot>,
    /// On which day that began.
    pub began: Began,
    /// How far the times of both are apart; near where one of them is not there.
    pub closeness: Closeness,
    /// Whether another actual visit of the client took place at the same time, though nobody had
    /// planned it so.
    pub overlaps: bool,
}

/// On which day an actual visit began, seen from the one that it counts on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Began {
    /// Before the midnight that opens it, though it was planned for after it.
    TheDayBefore,
    /// On it.
    #[default]
    OnTheDay,
    /// After the midnight that closes it, though it was planned for before it.
    TheDayAfter,
}

impl Began {
    /// A time of that day in minutes since the midnight that opens the day it counts on.
    pub fn minutes(self, time: CivilTime) -> i32 {
        const DAY: i32 = 24 * 60;
        let days = match self {
            Self::TheDayBefore => -1,
            Self::OnTheDay => 0,
            Self::TheDayAfter => 1,
        };
        i32::from(time.minutes()) + days * DAY
    }
}

/// How far times may be apart, in minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeLimits {
    /// Up to so many minutes a visit took place as planned.
    pub as_planned: u16,
    /// Above so many somebody looks at it.
    pub look_at: u16,
}

impl TimeLimits {
    /// What is so where nothing else is said.
    pub const USUAL: Self = Self {
        as_planned: 10,
        look_at: 30,
    };

    /// How far an actual visit is from the planned one, by its start and by how long it lasts.
    ///
    /// A visit that ends late because it began late is billed as it was planned; one that lasts
    /// a quarter longer or shorter may be another service, so its length has that limit as well.
    /// And where half of a short visit is missing, it was not made as planned, however few
    /// minutes that is.
    pub fn closeness(self, planned: ClockRange, (actual, began): (ClockRange, Began)) -> Closeness {
        let planned_start = Began::OnTheDay.minutes(planned.start());
        let start = began.minutes(actual.start()).abs_diff(planned_start);
        let length = planned.minutes().abs_diff(actual.minutes());
        let near = self.as_planned.min(planned.minutes() / 2);
        let far = near.max(planned.minutes() / 4).min(self.look_at);
        if start > self.look_at.into() || length > far.max(near) {
            Closeness::Far
        } else if start > self.as_planned.into() || length > near {
            Closeness::Apart
        } else {
            Closeness::Near
        }
    }
}

/// How far two times are apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closeness {
    /// They count as the same.
    Near,
    /// They do not, and nobody needs to look.
    Apart,
    /// Somebody should look.
    Far,
}

/// A service at a time of a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slot {
    /// From when to when.
    pub hours: ClockRange,
    /// What is done.
    pub code: ServiceCode,
}

/// How often a 日割 code's client was visited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProRated {
    /// The code.
    pub code: ServiceCode,
    /// On how many days there was a visit.
    pub days: u32,
}

/// How plan and actual of one visit stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Match {
    /// 予定どおり: the same service at the same times, but for some minutes.
    AsPlanned,
    /// 時刻違い: the same service at other times of the day.
    TimeDiffers,
    /// 時刻要確認: the same service at times that somebody should look at.
    TimeDoubtful,
    /// サービス違い: another service in the place of the planned one.
    ServiceDiffers,
    /// 実績なし: planned, and no approved actual.
    Unanswered,
    /// 予定外: an actual that nobody had planned.
    Unplanned,
}

/// How many visits of each kind; of a client or of a month.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MatchSums {
    /// 予定どおり.
    pub as_planned: u32,
    /// 時刻違い.
    pub time_differs: u32,
    /// 時刻要確認.
    pub time_doubtful: u32,
    /// サービス違い.
    pub service_differs: u32,
    /// 未承認: as Care-wing counts them, planned or not.
    pub unapproved: u32,
    /// 記録なし: planned, and neither approved nor waiting for approval.
    pub no_record: u32,
    /// 予定外.
    pub unplanned: u32,
    /// 日割コード: clients and codes to adjust by hand.
    pub pro_rated: u32,
}

impl Compared {
    /// Lays the two sides of a visit beside each other; it began on the day that it counts on.
    pub fn of(
        office: OfficeNumber,
        date: CivilDate,
        sides: (Option<Slot>, Option<Slot>),
        limits: TimeLimits,
    ) -> Self {
        Self::begun(office, (date, Began::OnTheDay), sides, limits)
    }

    /// The same of one that may have begun across midnight.
    pub fn begun(
        office: OfficeNumber,
        (date, began): (CivilDate, Began),
        (planned, actual): (Option<Slot>, Option<Slot>),
        limits: TimeLimits,
    ) -> Self {
        let both = planned.zip(actual);
        Self {
            office,
            date,
            planned,
            actual,
            began,
            closeness: both.map_or(Closeness::Near, |(planned, actual)| {
                limits.closeness(planned.hours, (actual.hours, began))
            }),
            overlaps: false,
        }
    }

    /// How its two sides stand to each other.
    pub fn kind(&self) -> Match {
        match (&self.planned, &self.actual) {
            (Some(planned), Some(actual)) if planned.code != actual.code => Match::ServiceDiffers,
            (Some(_), Some(_)) if self.overlaps => Match::TimeDoubtful,
            (Some(_), Some(_)) => match self.closeness {
                Closeness::Near => Match::AsPlanned,
                Closeness::Apart => Match::TimeDiffers,
                Closeness::Far => Match::TimeDoubtful,
            },
            (None, _) => Match::Unplanned,
            (Some(_), None) => Match::Unanswered,
        }
    }

    /// What somebody should look at in its times, in words; empty where there is nothing.
    pub fn doubts(&self) -> String {
        let mut doubts = Vec::new();
        if let (Closeness::Far, Some((planned, actual))) =
            (self.closeness, self.planned.zip(self.actual))
        {
            let (planned, actual) = (planned.hours, actual.hours);
            let planned_start = Began::OnTheDay.minutes(planned.start());
            let starts = (planned_start, self.began.minutes(actual.start()));
            doubts.extend(by_how_much("開始", starts, ["早い", "遅い"]));
            let lengths = (planned.minutes().into(), actual.minutes().into());
            doubts.extend(by_how_much("長さ", lengths, ["短い", "長い"]));
        }
        if self.overlaps {
            doubts.push("ほかの実績と時刻が重なる".to_owned());
        }
        doubts.join("、")
    }

    /// Where it belongs in the order of a month: by day, then by when it begins.
    pub fn order(&self) -> (CivilDate, Began, Option<Slot>, Option<Slot>) {
        let first = self.actual.or(self.planned);
        (self.date, self.began, first, self.planned)
    }
}

/// `開始が300分遅い`; nothing where the two are the same.
fn by_how_much(
    what: &str,
    (planned, actual): (i32, i32),
    [less, more]: [&str; 2],
) -> Option<String> {
    let minutes = planned.abs_diff(actual);
    let which = if actual < planned { less } else { more };
    (minutes > 0).then(|| format!("{what}が{minutes}分{which}"))
}

impl ClientComparison {
    /// How many planned visits there is no record of. Of those without an approved actual some may
    /// wait for approval, and then there is one.
    pub fn no_record(&self) -> u32 {
        let unanswered = self.visits.iter().filter(|visit| visit.actual.is_none());
        let unanswered = u32::try_from(unanswered.count());
        let unanswered = unanswered.expect("a client's month has fewer than 2^32 visits");
        unanswered.saturating_sub(self.unapproved)
    }

    /// The sums of the client.
    pub fn sums(&self) -> MatchSums {
        let count = |kind| {
            let of_kind = self.visits.iter().filter(|visit| visit.kind() == kind);
            u32::try_from(of_kind.count()).expect("a client's month has fewer than 2^32 visits")
        };
        MatchSums {
            as_planned: count(Match::AsPlanned),
            time_differs: count(Match::TimeDiffers),
            time_doubtful: count(Match::TimeDoubtful),
            service_differs: count(Match::ServiceDiffers),
            unapproved: self.unapproved,
            no_record: self.no_record(),
            unplanned: count(Match::Unplanned),
            pro_rated: u32::try_from(self.pro_rated.len()).expect("codes are few"),
        }
    }
}

impl Comparison {
    /// The sums of the month.
    pub fn sums(&self) -> MatchSums {
        let mut sums = MatchSums::default();
        for client in &self.clients {
            sums.add(client.sums());
        }
        sums
    }
}

impl MatchSums {
    fn add(&mut self, other: Self) {
        self.as_planned += other.as_planned;
        self.time_differs += other.time_differs;
        self.time_doubtful += other.time_doubtful;
        self.service_differs += other.service_differs;
        // Care-wing's own number: the only one that nobody here has counted.
        self.unapproved = self.unapproved.saturating_add(other.unapproved);
        self.no_record += other.no_record;
        self.unplanned += other.unplanned;
        self.pro_rated += other.pro_rated;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str) -> ClockRange {
        let (start, end) = text.split_once('-').unwrap();
        let time = |text: &str| {
            let (hour, minute) = text.split_once(':').unwrap();
            CivilTime::new(hour.parse().unwrap(), minute.parse().unwrap()).unwrap()
        };
        ClockRange::new(time(start), time(end)).unwrap()
    }

    fn closeness(planned: &str, actual: &str) -> Closeness {
        TimeLimits::USUAL.closeness(range(planned), (range(actual), Began::OnTheDay))
    }

    #[test]
    fn some_minutes_of_start_and_of_length_are_as_planned() {
        for actual in [
            "9:00-10:00",
            "9:10-10:10",
            "8:50-9:50",
            "9:10-10:20",
            "9:10-10:00",
        ] {
            assert_eq!(closeness("9:00-10:00", actual), Closeness::Near, "{actual}");
        }
        for actual in [
            "9:11-10:11",
            "8:49-9:49",
            "9:30-10:30",
            "9:00-10:11",
            "9:15-10:00",
        ] {
            assert_eq!(
                closeness("9:00-10:00", actual),
                Closeness::Apart,
                "{actual}"
            );
        }
        assert_eq!(closeness("23:55-0:25", "23:50-0:25"), Closeness::Near);
    }

    #[test]
    fn a_start_above_the_second_limit_and_a_length_above_it_or_a_quarter_are_far() {
        for (planned, actual) in [
            ("9:00-9:30", "9:00-9:05"),
            ("9:00-9:30", "14:00-17:30"),
            ("9:00-9:30", "9:31-10:01"),
            ("9:00-9:30", "9:00-9:41"),
            ("9:00-10:00", "9:00-10:16"),
            ("9:00-10:00", "9:16-10:00"),
            // A quarter of four hours is an hour, and half an hour is looked at.
            ("9:00-13:00", "9:00-13:31"),
            // Ten minutes of fifteen.
            ("9:00-9:15", "9:00-9:05"),
        ] {
            assert_eq!(
                closeness(planned, actual),
                Closeness::Far,
                "{planned} {actual}"
            );
        }
        for (planned, actual) in [("9:00-13:00", "9:00-13:30"), ("9:00-9:30", "9:30-10:00")] {
            assert_eq!(
                closeness(planned, actual),
                Closeness::Apart,
                "{planned} {actual}"
            );
        }
    }

    #[test]
    fn limits_are_what_somebody_sets_them_to() {
        let none = TimeLimits {
            as_planned: 0,
            look_at: 0,
        };
        assert_eq!(
            none.closeness(range("9:00-9:30"), (range("9:00-9:30"), Began::OnTheDay)),
            Closeness::Near
        );
        assert_eq!(
            none.closeness(range("9:00-9:30"), (range("9:01-9:31"), Began::OnTheDay)),
            Closeness::Far
        );
        let wide = TimeLimits {
            as_planned: 60,
            look_at: 60,
        };
        assert_eq!(
            wide.closeness(range("9:00-11:00"), (range("10:00-11:00"), Began::OnTheDay)),
            Closeness::Near
        );
    }

    #[test]
    fn who_begins_across_midnight_is_as_far_off_as_the_clock_says() {
        let across = |planned, actual, began| {
            TimeLimits::USUAL.closeness(range(planned), (range(actual), began))
        };
        let late = ("23:30-0:00", "0:05-0:35");
        assert_eq!(across(late.0, late.1, Began::TheDayAfter), Closeness::Far);
        let late = ("23:50-0:20", "0:05-0:35");
        assert_eq!(across(late.0, late.1, Began::TheDayAfter), Closeness::Apart);
        let early = ("0:05-0:35", "23:58-0:28");
        assert_eq!(
            across(early.0, early.1, Began::TheDayBefore),
            Closeness::Near
        );
    }

    #[test]
    fn doubts_are_said_by_their_minutes() {
        let slot = |text: &str| {
            let code = ServiceCode::parse("111111").unwrap();
            Some(Slot {
                hours: range(text),
                code,
            })
        };
        let office = OfficeNumber::parse("1370100016").unwrap();
        let day = CivilDate::new(2026, 10, 5).unwrap();
        let doubts = |planned, actual, overlaps| {
            let of = Compared::of(
                office,
                day,
                (slot(planned), slot(actual)),
                TimeLimits::USUAL,
            );
            Compared { overlaps, ..of }.doubts()
        };
        assert_eq!(doubts("9:00-9:30", "9:05-9:30", false), "");
        assert_eq!(doubts("9:00-9:30", "9:00-9:05", false), "長さが25分短い");
        assert_eq!(
            doubts("9:00-9:30", "14:00-17:30", true),
            "開始が300分遅い、長さが180分長い、ほかの実績と時刻が重なる"
        );
    }
}
