//! What each care-management office is told: the whole file again under a new serial where
//! anything in it has changed, nothing where nothing has, and the deletion of what is no more.
//!
//! The receiver holds what it was told last, so our own memory of it decides. It is written
//! before the file is: after a crash the next run makes the same file again.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Duration, FixedOffset, NaiveDateTime};

use crate::check::Roster;
use crate::disk::Digest;
use crate::error::Error;
use crate::finding::{Code, Finding};
use crate::fold::{self, Unit};
use crate::ledger::{RunId, Told};
use crate::model::{ActualDeletion, ClientId, Place, ServiceType, Subject, YearMonth};
use crate::table::{Layout, NameFacts};
use crate::write::{Parts, RowWriter, Rows, Unwritable};

use super::drafts::{CareOfficeTypes, Draft, Drafts, in_words};
use super::office::Office;
use super::outbox::Outbox;

/// What became of one receiver's file.
#[derive(Debug)]
pub struct Ended {
    /// What it is about.
    pub subject: Subject,
    /// What the receiver does; none where the basic data does not know it any more.
    pub receiver_type: Option<ServiceType>,
    /// The serial of the file that the receiver holds or is to be sent, where there is one.
    pub serial: Option<String>,
    /// How it stands.
    pub state: State,
}

/// How a file stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It lies there, with so many clients.
    Lies {
        /// How many.
        clients: usize,
    },
    /// It was not made this time, and an earlier one stays.
    Held,
    /// There is nothing to tell any more, and somebody was told of.
    Nothing,
    /// There is nothing to tell, and nobody is told of any more.
    Over,
}

/// Everything that is to be told of a month.
#[derive(Debug, Default)]
pub struct Tellings(Vec<Telling>);

/// What one receiver is told.
#[derive(Debug)]
struct Telling {
    subject: Subject,
    /// What the receiver does; none where the basic data does not know it any more.
    receiver_type: Option<ServiceType>,
    /// What it was told before.
    before: Option<Told>,
    what: What,
    /// Whom it was told of, and of whom there is nothing to tell any more.
    vanished: BTreeSet<ClientId>,
    /// Whom it was told of, and of whom nobody knows what to tell this time.
    waiting: BTreeSet<ClientId>,
}

#[derive(Debug)]
enum What {
    /// Just what it was told before.
    Same(Draft),
    /// Something else, or for the first time.
    New(Draft),
    /// Nothing: somebody of whom it was told is waiting, and a new file would delete him there;
    /// or the receiver is not known any more.
    Held,
    /// Nothing is left to tell.
    Nothing,
}

/// A serial is a moment.
pub const SERIAL: &str = "%Y%m%d%H%M%S";

impl Tellings {
    /// Lays what is drafted beside what was told before.
    pub fn of(
        drafts: &mut Drafts,
        mut before: BTreeMap<Subject, Told>,
        receivers: &CareOfficeTypes,
    ) -> Self {
        let mut drafted = std::mem::take(&mut drafts.told);
        let subjects: BTreeSet<Subject> = drafted.keys().chain(before.keys()).copied().collect();
        let telling = |subject: Subject| {
            let receiver_type = receivers.told_as(subject.receiver, subject.service_type);
            let before = before.remove(&subject);
            let draft = drafted.remove(&subject);
            Telling::of(subject, receiver_type, before, draft, &drafts.held)
        };
        Self(subjects.into_iter().map(telling).collect())
    }

    /// How many receivers are told something new.
    pub fn new_ones(&self) -> usize {
        self.count(|what| matches!(what, What::New(_)))
    }

    /// How many hold what they would be told.
    pub fn unchanged(&self) -> usize {
        self.count(|what| matches!(what, What::Same(_)))
    }

    fn count(&self, is: impl Fn(&What) -> bool) -> usize {
        self.0.iter().filter(|telling| is(&telling.what)).count()
    }

    /// A617 and A618: who has vanished from what was told, and which files wait.
    pub fn findings(&self, month: YearMonth, roster: &Roster) -> Vec<Finding> {
        let about = |code, client: ClientId, telling: &Telling| {
            let known = roster.find(client);
            let name = known.map_or("", |known| known.name.as_str());
            let detail = format!(
                "居宅支援事業所 {}、サービス種類 {}",
                telling.subject.receiver, telling.subject.service_type
            );
            Finding::new(code, Place::file(fold::source(month)))
                .of(client, name)
                .detail(detail)
        };
        let mut findings = Vec::new();
        for telling in &self.0 {
            let vanished = telling.vanished.iter();
            findings.extend(vanished.map(|client| about(Code::ToldAndVanished, *client, telling)));
            let waiting = telling.waiting.iter();
            findings.extend(waiting.map(|client| about(Code::FileHeld, *client, telling)));
        }
        findings
    }

    /// Writes the files, each after it is written down. Gives what became of each.
    pub fn write(
        self,
        office: &mut Office,
        run: RunId,
        deletions: bool,
        outbox: &mut Outbox,
    ) -> Result<Vec<Ended>, Error> {
        let now = office.now();
        let tellings = self.0.into_iter();
        tellings
            .map(|telling| telling.write(office, run, now, deletions, outbox))
            .collect()
    }
}

impl Telling {
    fn of(
        subject: Subject,
        receiver_type: Option<ServiceType>,
        before: Option<Told>,
        draft: Option<Draft>,
        held: &BTreeSet<Unit>,
    ) -> Self {
        let told = before.as_ref().map(|told| &told.clients);
        let nobody = BTreeSet::new();
        let (told, drafted) = (
            told.unwrap_or(&nobody),
            draft.as_ref().map_or(&nobody, |draft| &draft.clients),
        );
        let gone = told.difference(drafted).copied();
        let (waiting, vanished): (BTreeSet<ClientId>, _) =
            gone.partition(|client| held.contains(&(*client, subject.office)));
        let what = match (draft, &before) {
            _ if receiver_type.is_none() || !waiting.is_empty() => What::Held,
            (Some(draft), Some(before)) if before.contents == *draft.digest() => What::Same(draft),
            (Some(draft), _) => What::New(draft),
            (None, _) => What::Nothing,
        };
        Self {
            subject,
            receiver_type,
            before,
            what,
            vanished,
            waiting,
        }
    }

    fn write(
        self,
        office: &mut Office,
        run: RunId,
        now: DateTime<FixedOffset>,
        deletions: bool,
        outbox: &mut Outbox,
    ) -> Result<Ended, Error> {
        let Some(receiver_type) = self.receiver_type else {
            return Ok(self.ended(self.before.as_ref()));
        };
        let fresh = facts(
            self.subject,
            receiver_type,
            &serial_after(self.before.as_ref(), now),
        );
        let mut told = self.write_file(office, run, &fresh, outbox)?;
        if let Some(told) = &mut told
            && deletions
            && !self.vanished.is_empty()
        {
            self.write_deletion(office, run, &fresh, told, outbox)?;
        }
        Ok(self.ended(told.as_ref()))
    }

    fn ended(&self, told: Option<&Told>) -> Ended {
        Ended {
            subject: self.subject,
            receiver_type: self.receiver_type,
            serial: told.map(|of| of.serial.clone()),
            state: match &self.what {
                What::Same(draft) | What::New(draft) => State::Lies {
                    clients: draft.clients.len(),
                },
                What::Held => State::Held,
                What::Nothing if told.is_some_and(|of| !of.clients.is_empty()) => State::Nothing,
                What::Nothing => State::Over,
            },
        }
    }

    /// Gives what the receiver was told now, or else before.
    fn write_file(
        &self,
        office: &mut Office,
        run: RunId,
        fresh: &NameFacts,
        outbox: &mut Outbox,
    ) -> Result<Option<Told>, Error> {
        let (told, draft) = match &self.what {
            What::Same(draft) => (self.before.clone(), draft),
            What::New(draft) => {
                let told = Told {
                    serial: fresh.serial.clone(),
                    deletion: self.before.as_ref().and_then(|of| of.deletion.clone()),
                    contents: draft.digest().clone(),
                    clients: draft.clients.union(&self.vanished).copied().collect(),
                };
                office.ledger.tell(run, &self.subject, &told)?;
                (Some(told), draft)
            }
            What::Nothing => {
                outbox.withdraw_others(&office.tables.actual_days, fresh)?;
                return Ok(self.before.clone());
            }
            What::Held => return Ok(self.before.clone()),
        };
        let facts = NameFacts {
            serial: told.as_ref().map_or(&fresh.serial, |of| &of.serial).clone(),
            ..fresh.clone()
        };
        let layout = &office.tables.actual_days;
        outbox.put_national(layout, &facts, &draft.rows)?;
        // It takes the place of earlier ones.
        outbox.withdraw_others(layout, &facts)?;
        Ok(told)
    }

    /// Tells the receiver to delete those who have vanished. A crash must not forget them, so
    /// they are taken off the list after the file is there; and should they come back then, the
    /// receiver must be told anew, so its file counts as another one before.
    fn write_deletion(
        &self,
        office: &mut Office,
        run: RunId,
        fresh: &NameFacts,
        told: &mut Told,
        outbox: &mut Outbox,
    ) -> Result<(), Error> {
        let contents = std::mem::replace(&mut told.contents, Digest::of(b""));
        told.deletion = Some(fresh.serial.clone());
        office.ledger.tell(run, &self.subject, told)?;
        let layout = &office.tables.actual_deletions;
        let rows = deletions_of(&self.vanished, self.subject, layout)?;
        outbox.put_national(layout, fresh, &rows)?;
        told.clients
            .retain(|client| !self.vanished.contains(client));
        match &self.what {
            // The last file speaks of nobody who was deleted.
            What::Same(_) | What::New(_) => told.contents = contents,
            What::Held | What::Nothing => {}
        }
        office.ledger.tell(run, &self.subject, told)?;
        Ok(())
    }
}

fn deletions_of(
    vanished: &BTreeSet<ClientId>,
    subject: Subject,
    layout: &Layout,
) -> Result<Parts, Error> {
    let mut writer = RowWriter::new(layout);
    let mut rows = Rows::default();
    for client in vanished {
        let deletion = ActualDeletion {
            client: *client,
            month: subject.month,
            office: subject.office,
            service_type: subject.service_type,
        };
        writer
            .row(&deletion, &mut rows, &mut BTreeSet::new())
            .map_err(unwritable_table)?;
    }
    let mut parts = Parts::default();
    parts.push(rows);
    Ok(parts)
}

/// Numbers can always be written; what cannot stands in the table.
fn unwritable_table(unwritable: Unwritable) -> Error {
    Error::Usage(format!("対応表に{}", in_words(unwritable)))
}

/// What the name of a subject's file says.
pub fn facts(subject: Subject, receiver_type: ServiceType, serial: &str) -> NameFacts {
    NameFacts {
        month: subject.month,
        sender: subject.office,
        sender_type: subject.service_type,
        receiver: subject.receiver,
        receiver_type,
        serial: serial.to_owned(),
    }
}

/// The serial of a file that is made now. The receiver takes files in the order of their
/// serials, so it comes after the last one, a deletion too, even where the clock was put back.
fn serial_after(before: Option<&Told>, now: DateTime<FixedOffset>) -> String {
    let now = now.naive_local();
    let serials = before.map(|told| [Some(&told.serial), told.deletion.as_ref()]);
    let last = serials
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|serial| NaiveDateTime::parse_from_str(serial, SERIAL).ok())
        .max();
    let next = last.map_or(now, |last| now.max(last + Duration::seconds(1)));
    next.format(SERIAL).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::OfficeNumber;
    use crate::model::{InsuredNumber, InsurerNumber};

    const OURS: &str = "1370100016";
    const RECEIVER: &str = "1370000018";

    fn office(number: &str) -> OfficeNumber {
        OfficeNumber::parse(number).unwrap()
    }

    fn client(number: u32) -> ClientId {
        ClientId {
            insurer: InsurerNumber::parse("131128").unwrap(),
            insured: InsuredNumber::parse(&format!("{number:010}")).unwrap(),
        }
    }

    fn told_at(serial: &str, deletion: Option<&str>) -> Told {
        Told {
            serial: serial.to_owned(),
            deletion: deletion.map(str::to_owned),
            contents: Digest::of(b"earlier"),
            clients: BTreeSet::new(),
        }
    }

    /// What becomes of a file of whose clients some were told, some are drafted now, and some
    /// are held at one of our offices; and what is said.
    fn becomes(
        told: &[u32],
        drafted: &[u32],
        held: &[(u32, &str)],
        receivers: &[&str],
    ) -> (&'static str, Vec<(Code, String)>) {
        let clients = |numbers: &[u32]| numbers.iter().copied().map(client).collect();
        let month = YearMonth::new(2026, 10).unwrap();
        let care_office = ServiceType::parse("43").unwrap();
        let subject = Subject {
            month,
            office: office(OURS),
            service_type: ServiceType::parse("11").unwrap(),
            receiver: office(RECEIVER),
        };
        let mut drafts = Drafts::default();
        if !drafted.is_empty() {
            let draft = drafts.told.entry(subject).or_default();
            draft.clients = clients(drafted);
        }
        let held = held.iter().map(|(of, at)| (client(*of), office(at)));
        drafts.held = held.collect();
        let before = Told {
            clients: clients(told),
            ..told_at("20261101090000", None)
        };
        let before = BTreeMap::from([(subject, before)]);
        let receivers = receivers.iter().map(|of| (office(of), care_office));
        let tellings = Tellings::of(&mut drafts, before, &receivers.collect());
        let what = match tellings.0[0].what {
            What::Same(_) => "same",
            What::New(_) => "new",
            What::Held => "held",
            What::Nothing => "nothing",
        };
        let findings = tellings.findings(month, &std::iter::empty().collect());
        let findings = findings.into_iter().map(|finding| {
            let who = finding.client.unwrap().id;
            (finding.code, who.insured.to_string())
        });
        (what, findings.collect())
    }

    fn said(code: Code, number: u32) -> Vec<(Code, String)> {
        vec![(code, format!("{number:010}"))]
    }

    #[test]
    fn a_file_waits_for_whom_it_told_of_and_for_nobody_else() {
        let known = [RECEIVER];
        assert_eq!(becomes(&[1], &[1, 2], &[], &known), ("new", vec![]));
        assert_eq!(becomes(&[1], &[1], &[(2, OURS)], &known), ("new", vec![]));
        let waiting = said(Code::FileHeld, 2);
        let held = [(2, OURS)];
        assert_eq!(becomes(&[1, 2], &[1], &held, &known), ("held", waiting));
        let vanished = said(Code::ToldAndVanished, 2);
        assert_eq!(
            becomes(&[1, 2], &[1], &[], &known),
            ("new", vanished.clone())
        );
        assert_eq!(becomes(&[2], &[], &[], &known), ("nothing", vanished));
    }

    #[test]
    fn a_client_who_is_held_at_one_of_our_offices_holds_no_file_of_another_one() {
        let held = [(1, "1370100024")];
        assert_eq!(becomes(&[1], &[1], &held, &[RECEIVER]), ("new", vec![]));
    }

    #[test]
    fn a_receiver_that_is_known_no_more_is_told_nothing_and_the_clerk_hears_of_it() {
        let waiting = said(Code::FileHeld, 1);
        assert_eq!(becomes(&[1], &[], &[(1, OURS)], &[]), ("held", waiting));
        let vanished = said(Code::ToldAndVanished, 1);
        assert_eq!(becomes(&[1], &[], &[], &[]), ("held", vanished));
    }

    #[test]
    fn a_serial_is_the_time_or_just_after_the_last_one() {
        let serial = |before: Option<(&str, Option<&str>)>, now| {
            let before = before.map(|(serial, deletion)| told_at(serial, deletion));
            serial_after(before.as_ref(), DateTime::parse_from_rfc3339(now).unwrap())
        };
        assert_eq!(serial(None, "2026-11-09T17:00:05+09:00"), "20261109170005");
        let last = Some(("20261109170005", None));
        assert_eq!(serial(last, "2026-11-09T17:00:05+09:00"), "20261109170006");
        assert_eq!(serial(last, "2026-11-09T08:00:00+09:00"), "20261109170006");
        assert_eq!(serial(last, "2026-11-10T08:00:00+09:00"), "20261110080000");
        let deleted = Some(("20261109170005", Some("20261110080000")));
        assert_eq!(
            serial(deleted, "2026-11-10T08:00:00+09:00"),
            "20261110080001"
        );
        assert_eq!(
            serial(Some(("20261231235959", None)), "2026-12-31T23:59:59+09:00"),
            "20270101000000"
        );
    }
}
