//! Samples: a client's month in a few words, and what a check says of it.

use crate::check::samples::{OURS, office_number, tables, year_month};
use crate::model::{
    AddOns, CareLevel, CivilDate, CivilTime, Client, ClientComparison, ClientId, ClockRange,
    DayCounts, Digits, InsuranceCard, InsuredNumber, InsurerNumber, OfficeNumber, ServiceCode,
};
use crate::table::source::Source;
use crate::table::{AuditTable, ServiceCodes};

use super::Check;
use super::client_month::{Basis, Before, ClientMonth, Line, Month, OtherDay, Served, Visit};
use crate::finding::Remark;

/// A second office of ours.
pub(super) const OURS_TOO: &str = "1370100024";

/// Codes of which the list says this alone.
pub(super) fn tables_with_towns(row: &str) -> ServiceCodes {
    let list = format!("サービスコード,保険者番号,名称,区分,有効開始,有効終了\n{row}\n");
    let source = Source::new("codes/service_codes.csv", list.as_bytes());
    ServiceCodes::load(&source.unwrap()).unwrap()
}

/// October 2026 of a client of 要介護３.
#[derive(Debug)]
pub(super) struct Sample<'t> {
    client: Client,
    elsewhere: Option<Client>,
    visits: Vec<(OfficeNumber, u32, ServiceCode, ClockRange)>,
    took_place: Option<ClockRange>,
    instead_of: Option<ServiceCode>,
    add_ons: Vec<(ServiceCode, u32)>,
    others: Vec<OtherDay>,
    before: Vec<Before>,
    add_ons_taken: AddOns,
    was_planned: bool,
    unapproved: u32,
    withheld: Vec<OfficeNumber>,
    today: CivilDate,
    table: &'t AuditTable,
}

/// Who was planned for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Planned {
    Client,
    ClientOfTown,
    Somebody,
}

/// Visits as `5 111111 9:00-9:30`; with `+` behind it at the second office.
pub(super) fn visits(visits: &[&str]) -> Sample<'static> {
    let mut sample = Sample {
        client: known(),
        elsewhere: None,
        visits: Vec::new(),
        took_place: None,
        instead_of: None,
        add_ons: Vec::new(),
        others: Vec::new(),
        before: Vec::new(),
        add_ons_taken: AddOns::With,
        was_planned: true,
        unapproved: 0,
        withheld: Vec::new(),
        today: date("2026-11-05"),
        table: &tables().audit,
    };
    for text in visits {
        let words: Vec<&str> = text.split(' ').collect();
        let office = if words.len() > 3 { OURS_TOO } else { OURS };
        let day = words[0].parse().unwrap();
        let visit = (office_number(office), day, code(words[1]), hours(words[2]));
        sample.visits.push(visit);
    }
    sample
}

impl Sample<'_> {
    /// The first visit took place at another time.
    pub(super) fn took_place(mut self, text: &str) -> Self {
        self.took_place = Some(hours(text));
        self
    }

    /// The first visit stands in the place of another one.
    pub(super) fn instead_of(mut self, text: &str) -> Self {
        self.instead_of = Some(code(text));
        self
    }

    /// An add-on on a day.
    pub(super) fn add_on(mut self, text: &str, day: u32) -> Self {
        self.add_ons.push((code(text), day));
        self
    }

    /// The same person has another card under another number.
    pub(super) fn elsewhere(mut self, card: InsuranceCard) -> Self {
        let id = ClientId {
            insured: InsuredNumber::parse("0000888888").unwrap(),
            ..self.client.id
        };
        self.elsewhere = Some(Client {
            id,
            cards: vec![card],
            ..self.client.clone()
        });
        self
    }

    /// Another provider's days: `10 212111 - 603`, `5 151111 9:30-16:30 700`; with `+` behind it a
    /// third one's.
    pub(super) fn others(mut self, days: &[&str]) -> Self {
        for text in days {
            let words: Vec<&str> = text.split(' ').collect();
            self.others.push(OtherDay {
                office: office_number(if words.len() > 4 {
                    "1370900027"
                } else {
                    "1370900019"
                }),
                code: code(words[1]),
                date: year_month("2026-10")
                    .day(words[0].parse().unwrap())
                    .unwrap(),
                hours: (words[2] != "-").then(|| hours(words[2])),
                count: 1,
                units: words[3].parse().ok(),
                file: 0,
            });
        }
        self
    }

    /// The client is another one.
    pub(super) fn client(mut self, change: impl FnOnce(&mut Client)) -> Self {
        change(&mut self.client);
        self
    }

    /// Who was planned for at our office in the months before, the nearest first: the client, or
    /// somebody else as well.
    pub(super) fn before(mut self, months: &[&[Planned]]) -> Self {
        let somebody = ClientId {
            insured: InsuredNumber::parse("0000999999").unwrap(),
            ..self.client.id
        };
        let office = office_number(OURS);
        let served = |who: &Planned| Served {
            client: match who {
                Planned::Somebody => somebody,
                Planned::Client | Planned::ClientOfTown => self.client.id,
            },
            office,
            of_town: matches!(who, Planned::ClientOfTown),
        };
        let of_month = |who: &&[Planned]| Before {
            served: who.iter().map(served).collect(),
            offices: who.iter().map(|_| office).collect(),
        };
        self.before = months.iter().map(of_month).collect();
        self
    }

    /// No add-ons are taken.
    pub(super) fn without_add_ons(mut self) -> Self {
        self.add_ons_taken = AddOns::Without;
        self
    }

    /// Nobody had planned the visits.
    pub(super) fn unplanned(mut self) -> Self {
        self.was_planned = false;
        self
    }

    /// So many visits wait for approval.
    pub(super) fn unapproved(mut self, visits: u32) -> Self {
        self.unapproved = visits;
        self
    }

    /// The actuals at our office are withheld.
    pub(super) fn withheld(mut self) -> Self {
        self.withheld.push(office_number(OURS));
        self
    }

    /// It is looked at on another day.
    pub(super) fn today(mut self, text: &str) -> Self {
        self.today = date(text);
        self
    }

    /// It goes by another table.
    pub(super) fn by(self, table: &AuditTable) -> Sample<'_> {
        Sample {
            client: self.client,
            elsewhere: self.elsewhere,
            visits: self.visits,
            took_place: self.took_place,
            instead_of: self.instead_of,
            add_ons: self.add_ons,
            others: self.others,
            before: self.before,
            add_ons_taken: self.add_ons_taken,
            was_planned: self.was_planned,
            unapproved: self.unapproved,
            withheld: self.withheld,
            today: self.today,
            table,
        }
    }

    /// What a check says: `5、12日 …`.
    pub(super) fn said(&self, check: Check) -> Vec<String> {
        self.said_with(&tables().services, check)
    }

    /// The same with other service codes.
    pub(super) fn said_with(&self, services: &ServiceCodes, check: Check) -> Vec<String> {
        let offices = [office_number(OURS), office_number(OURS_TOO)];
        let month = Month {
            month: year_month("2026-10"),
            today: self.today,
            offices: &offices,
            table: self.table,
            services,
            basis: Basis::Actuals,
            add_ons: self.add_ons_taken,
            before: self.before.clone(),
        };
        let comparison = ClientComparison {
            unapproved: self.unapproved,
            ..crate::fold::unit::nothing_of(self.client.id, &self.client.name)
        };
        let of_client = self.client_month(&comparison, &month);
        check(&of_client, &month).iter().map(in_a_line).collect()
    }

    fn client_month<'s>(
        &'s self,
        client: &'s ClientComparison,
        month: &Month<'s>,
    ) -> ClientMonth<'s> {
        let service = |code| {
            month
                .services
                .find(code, self.client.id.insurer, month.month)
        };
        let visits = self.visits.iter().enumerate();
        let visits = visits.map(|(at, (office, day, code, hours))| Visit {
            office: *office,
            date: month.month.day(*day).unwrap(),
            hours: *hours,
            was_planned: self.was_planned,
            code: *code,
            service: service(*code),
            instead_of: self.instead_of.filter(|_| at == 0),
            took_place: self.took_place.filter(|_| at == 0),
        });
        let line = |office, code, day| {
            let mut days = DayCounts::default();
            days.add(day);
            Line {
                office,
                code,
                service: service(code),
                days,
            }
        };
        let of_visits = self
            .visits
            .iter()
            .map(|(office, day, code, _)| line(*office, *code, *day));
        let add_ons = self.add_ons.iter();
        let add_ons = add_ons.map(|(code, day)| line(office_number(OURS), *code, *day));
        ClientMonth {
            client,
            known: Some(&self.client),
            person: std::iter::once(&self.client)
                .chain(&self.elsewhere)
                .collect(),
            visits: visits.collect(),
            lines: of_visits.chain(add_ons).collect(),
            others: &self.others,
            withheld: self.withheld.clone(),
        }
    }
}

fn in_a_line(remark: &Remark) -> String {
    let days: Vec<String> = remark.days.iter().map(u32::to_string).collect();
    if days.is_empty() {
        return remark.said.clone();
    }
    format!("{}日 {}", days.join("、"), remark.said)
}

fn known() -> Client {
    Client {
        id: ClientId {
            insurer: InsurerNumber::parse("131128").unwrap(),
            insured: InsuredNumber::parse("0000100001").unwrap(),
        },
        name: "見本　一郎".to_owned(),
        kana: String::new(),
        sex: None,
        birth_date: date("1937-03-04"),
        postal_code: String::new(),
        address: String::new(),
        phone: String::new(),
        hidden: false,
        cards: vec![card("2026-04-01", "2029-03-31", CareLevel::Care3)],
    }
}

/// A card without numbers of public funding.
pub(super) fn card(from: &str, to: &str, care_level: CareLevel) -> InsuranceCard {
    InsuranceCard {
        care_level,
        certified_from: date(from),
        certified_to: date(to),
        limit_units: None,
        copay: None,
        care_office: None,
        care_manager: String::new(),
        public_payer: None,
        public_recipient: None,
    }
}

pub(super) fn date(text: &str) -> CivilDate {
    let numbers: Vec<u32> = text.split('-').map(|part| part.parse().unwrap()).collect();
    CivilDate::new(i32::try_from(numbers[0]).unwrap(), numbers[1], numbers[2]).unwrap()
}

pub(super) fn digits(text: &str) -> Option<Digits> {
    Digits::parse(text, text.len())
}

fn code(text: &str) -> ServiceCode {
    ServiceCode::parse(text).unwrap()
}

fn hours(text: &str) -> ClockRange {
    let time = |text: &str| {
        let (hour, minute) = text.split_once(':').unwrap();
        CivilTime::new(hour.parse().unwrap(), minute.parse().unwrap()).unwrap()
    };
    let (start, end) = text.split_once('-').unwrap();
    ClockRange::new(time(start), time(end)).unwrap()
}
