//! 予実対照: what was planned beside what was approved, visit by visit.

use std::collections::BTreeMap;

use super::{CivilDate, ClientId, ClockRange, OfficeNumber, ServiceCode, YearMonth};

/// A month's plan against its approved actuals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// The month.
    pub month: YearMonth,
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
    /// The day, of the actual visit where there is one.
    pub date: CivilDate,
    /// What was planned.
    pub planned: Option<Slot>,
    /// What took place.
    pub actual: Option<Slot>,
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
    /// 予定どおり: the same service at the same times.
    AsPlanned,
    /// 時刻違い: the same service at other times of the day.
    TimeDiffers,
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
    /// How its two sides stand to each other.
    pub fn kind(&self) -> Match {
        match (&self.planned, &self.actual) {
            (Some(planned), Some(actual)) if planned.code != actual.code => Match::ServiceDiffers,
            (Some(planned), Some(actual)) if planned.hours != actual.hours => Match::TimeDiffers,
            (Some(_), Some(_)) => Match::AsPlanned,
            (None, _) => Match::Unplanned,
            (Some(_), None) => Match::Unanswered,
        }
    }

    /// Where it belongs in the order of a month: by day, then by when it begins.
    pub fn order(&self) -> (CivilDate, Option<Slot>, Option<Slot>) {
        let first = self.actual.or(self.planned);
        (self.date, first, self.planned)
    }
}

impl ClientComparison {
    /// The sums of the client.
    pub fn sums(&self) -> MatchSums {
        let count = |kind| {
            let of_kind = self.visits.iter().filter(|visit| visit.kind() == kind);
            u32::try_from(of_kind.count()).expect("a client's month has fewer than 2^32 visits")
        };
        MatchSums {
            as_planned: count(Match::AsPlanned),
            time_differs: count(Match::TimeDiffers),
            service_differs: count(Match::ServiceDiffers),
            unapproved: self.unapproved,
            // Of those without an approved actual some may wait for approval, and then there
            // is a record of them.
            no_record: count(Match::Unanswered).saturating_sub(self.unapproved),
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
        self.service_differs += other.service_differs;
        // Care-wing's own number: the only one that nobody here has counted.
        self.unapproved = self.unapproved.saturating_add(other.unapproved);
        self.no_record += other.no_record;
        self.unplanned += other.unplanned;
        self.pro_rated += other.pro_rated;
    }
}
