//! What a client's month is made from, as a fingerprint: the same month, written with the same
//! tables by the same program, is the same body, and needs not be written to be compared.
//!
//! A body is ten times as long as what it says, and of a month that is prepared again nearly
//! every one is what was sent. A fingerprint that is unknown or another one costs time and
//! nothing else: the body is written then, and its digest decides.

use crate::disk::{Digest, Fingerprint};
use crate::model::{AddOn, CivilDate, ClockRange, MonthlyPlan, Visit};

/// How bodies are written from contents; to be raised with every change of that. A test holds
/// it together with what is written.
const WRITER: u32 = 1;

/// Takes fingerprints of months that are written with the same tables.
#[derive(Debug)]
pub struct MadeFrom {
    /// What begins with the program and the tables.
    text: Vec<u8>,
    common: usize,
}

impl MadeFrom {
    /// With the digest of all tables.
    pub fn with(tables: &Digest) -> Self {
        let text = format!(
            "{WRITER} {} {}\n",
            env!("CARGO_PKG_VERSION"),
            tables.as_str()
        );
        Self {
            common: text.len(),
            text: text.into_bytes(),
        }
    }

    /// The fingerprint of a month. Every part has its length or says how long it is, so that no
    /// two months have the same text.
    pub fn of(&mut self, plan: &MonthlyPlan) -> Fingerprint {
        let MonthlyPlan {
            office,
            month,
            client,
            visits,
            add_ons,
        } = plan;
        self.text.truncate(self.common);
        self.text.extend_from_slice(office.as_bytes());
        self.text.extend_from_slice(&month.year().to_le_bytes());
        self.text.extend_from_slice(&month.month().to_le_bytes());
        self.text.extend_from_slice(client.insurer.as_bytes());
        self.text.extend_from_slice(client.insured.as_bytes());
        self.text
            .extend_from_slice(&(visits.len() as u64).to_le_bytes());
        for Visit { date, hours, code } in visits {
            self.date(*date);
            self.hours(*hours);
            self.text.extend_from_slice(code.as_bytes());
        }
        for AddOn { date, hours, code } in add_ons {
            self.text
                .push(u8::from(date.is_some()) << 1 | u8::from(hours.is_some()));
            if let Some(date) = date {
                self.date(*date);
            }
            if let Some(hours) = hours {
                self.hours(*hours);
            }
            self.text.extend_from_slice(code.as_bytes());
        }
        Fingerprint::of(&self.text)
    }

    fn date(&mut self, date: CivilDate) {
        self.text.extend_from_slice(&date.to_bytes());
    }

    fn hours(&mut self, hours: ClockRange) {
        self.text
            .extend_from_slice(&hours.start().minutes().to_le_bytes());
        self.text
            .extend_from_slice(&hours.end().minutes().to_le_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        CivilTime, ClientId, InsuredNumber, InsurerNumber, OfficeNumber, ServiceCode, YearMonth,
    };
    use crate::table::Tables;

    fn time(hour: u16, minute: u16) -> CivilTime {
        CivilTime::new(hour, minute).unwrap()
    }

    fn plan() -> MonthlyPlan {
        let hours = ClockRange::new(time(23, 30), time(0, 15)).unwrap();
        let date = |day| CivilDate::new(2026, 10, day).unwrap();
        MonthlyPlan {
            office: OfficeNumber::parse("1370100016").unwrap(),
            month: YearMonth::new(2026, 10).unwrap(),
            client: ClientId {
                insurer: InsurerNumber::parse("131128").unwrap(),
                insured: InsuredNumber::parse("0000123456").unwrap(),
            },
            visits: vec![
                Visit {
                    date: date(1),
                    hours,
                    code: ServiceCode::parse("111111").unwrap(),
                },
                Visit {
                    date: date(31),
                    hours,
                    code: ServiceCode::parse("111111").unwrap(),
                },
            ],
            add_ons: vec![
                AddOn {
                    date: Some(date(1)),
                    hours: Some(hours),
                    code: ServiceCode::parse("114004").unwrap(),
                },
                AddOn {
                    date: None,
                    hours: None,
                    code: ServiceCode::parse("114001").unwrap(),
                },
            ],
        }
    }

    /// Whoever changes how a month is written changes this body, raises [`WRITER`], and puts
    /// the new body here.
    #[test]
    fn the_body_of_a_month_is_this_writers() {
        let mut body = Vec::new();
        Tables::load(None).unwrap().plan.write(&plan(), &mut body);
        let expected = concat!(
            r#"{"office":"1370100016","month":"2026-10","#,
            r#""client":{"insurer_number":"131128","insured_number":"0000123456"},"#,
            r#""visits":[{"date":"2026-10-01","start":"23:30","end":"00:15","#,
            r#""service_code":"111111"},"#,
            r#"{"date":"2026-10-31","start":"23:30","end":"00:15","service_code":"111111"}],"#,
            r#""add_ons":[{"date":"2026-10-01","start":"23:30","end":"00:15","#,
            r#""service_code":"114004"},{"service_code":"114001"}]}"#,
        );
        assert_eq!((WRITER, &*String::from_utf8(body).unwrap()), (1, expected));
    }

    #[test]
    fn whatever_a_month_says_is_in_its_fingerprint() {
        let tables = Digest::of(b"tables");
        let of = |plan: &MonthlyPlan| MadeFrom::with(&tables).of(plan);
        let changes: [fn(&mut MonthlyPlan); 13] = [
            |plan| plan.office = OfficeNumber::parse("1370100024").unwrap(),
            |plan| plan.month = YearMonth::new(2026, 11).unwrap(),
            |plan| plan.month = YearMonth::new(2027, 10).unwrap(),
            |plan| plan.client.insurer = InsurerNumber::parse("131136").unwrap(),
            |plan| plan.client.insured = InsuredNumber::parse("0000123457").unwrap(),
            |plan| plan.visits[1].date = CivilDate::new(2026, 10, 30).unwrap(),
            |plan| plan.visits[1].date = CivilDate::new(2026, 11, 1).unwrap(),
            |plan| plan.visits[0].hours = ClockRange::new(time(23, 30), time(0, 16)).unwrap(),
            |plan| plan.visits[0].code = ServiceCode::parse("111112").unwrap(),
            |plan| plan.visits.truncate(1),
            |plan| plan.add_ons[0].hours = None,
            |plan| plan.add_ons[1].date = CivilDate::new(2026, 10, 1),
            |plan| plan.add_ons.swap(0, 1),
        ];
        let mut taken = MadeFrom::with(&tables);
        let before = taken.of(&plan());
        for (at, change) in changes.into_iter().enumerate() {
            let mut other = plan();
            change(&mut other);
            assert_ne!(of(&other), before, "{at}");
        }
        assert_eq!(taken.of(&plan()), before, "it can be taken again");
        assert_ne!(MadeFrom::with(&Digest::of(b"others")).of(&plan()), before);
    }
}
