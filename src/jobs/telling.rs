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
use crate::fold;
use crate::ledger::{RunId, Told};
use crate::model::{
    ActualDeletion, ClientId, OfficeNumber, Place, ServiceType, Subject, YearMonth,
};
use crate::table::{Layout, NameFacts};
use crate::write::{Parts, RowWriter, Rows, Unwritable};

use super::drafts::{Draft, Drafts, in_words};
use super::office::Office;
use super::outbox::Outbox;

/// Everything that is to be told of a month.
#[derive(Debug)]
pub struct Tellings(Vec<Telling>);

/// What one receiver is told.
#[derive(Debug)]
struct Telling {
    subject: Subject,
    receiver_type: ServiceType,
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
    /// Nothing: somebody of whom it was told is waiting, and a new file would delete him there.
    Held,
    /// Nothing is left to tell.
    Nothing,
}

const SERIAL: &str = "%Y%m%d%H%M%S";

impl Tellings {
    /// Lays what is drafted beside what was told before.
    pub fn of(
        drafts: &mut Drafts,
        mut before: BTreeMap<Subject, Told>,
        receivers: &BTreeMap<OfficeNumber, ServiceType>,
    ) -> Self {
        let mut drafted = std::mem::take(&mut drafts.told);
        let subjects: BTreeSet<Subject> = drafted.keys().chain(before.keys()).copied().collect();
        let telling = |subject: Subject| {
            let receiver_type = *receivers.get(&subject.receiver)?;
            let before = before.remove(&subject);
            let draft = drafted.remove(&subject);
            Some(Telling::of(
                subject,
                receiver_type,
                before,
                draft,
                &drafts.held,
            ))
        };
        Self(subjects.into_iter().filter_map(telling).collect())
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

    /// Writes the files, each after it is written down.
    pub fn write(
        self,
        office: &mut Office,
        run: RunId,
        deletions: bool,
        outbox: &mut Outbox,
    ) -> Result<(), Error> {
        let now = office.now();
        for telling in self.0 {
            telling.write(office, run, now, deletions, outbox)?;
        }
        Ok(())
    }
}

impl Telling {
    fn of(
        subject: Subject,
        receiver_type: ServiceType,
        before: Option<Told>,
        draft: Option<Draft>,
        held: &BTreeSet<ClientId>,
    ) -> Self {
        let told = before.as_ref().map(|told| &told.clients);
        let nobody = BTreeSet::new();
        let (told, drafted) = (
            told.unwrap_or(&nobody),
            draft.as_ref().map_or(&nobody, |draft| &draft.clients),
        );
        let waiting: BTreeSet<ClientId> = told.intersection(held).copied().collect();
        let gone = told.difference(drafted);
        let vanished = gone
            .filter(|client| !held.contains(client))
            .copied()
            .collect();
        let what = match (draft, &before) {
            _ if !waiting.is_empty() => What::Held,
            (Some(draft), Some(before)) if before.contents == draft.digest() => What::Same(draft),
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
    ) -> Result<(), Error> {
        let fresh = serial_after(self.before.as_ref(), now);
        let mut told = self.before;
        match &self.what {
            What::Same(draft) => {
                let serial = told.as_ref().map_or(&fresh, |told| &told.serial);
                let facts = facts(self.subject, self.receiver_type, serial);
                outbox.put_told(&office.tables.actual_days, &facts, &draft.rows)?;
            }
            What::New(draft) => {
                let mut clients = draft.clients.clone();
                clients.extend(&self.vanished);
                let file = Told {
                    serial: fresh.clone(),
                    contents: draft.digest(),
                    clients,
                };
                office.ledger.tell(run, &self.subject, &file)?;
                let facts = facts(self.subject, self.receiver_type, &fresh);
                outbox.put_told(&office.tables.actual_days, &facts, &draft.rows)?;
                told = Some(file);
            }
            What::Held | What::Nothing => {}
        }
        let Some(mut told) = told.filter(|_| deletions && !self.vanished.is_empty()) else {
            return Ok(());
        };
        let facts = facts(self.subject, self.receiver_type, &fresh);
        let rows = deletions_of(
            &self.vanished,
            self.subject,
            &office.tables.actual_deletions,
        )?;
        outbox.put_told(&office.tables.actual_deletions, &facts, &rows)?;
        told.clients
            .retain(|client| !self.vanished.contains(client));
        if told.clients.is_empty() {
            // Should the very same come back, the receiver must be told anew.
            told.contents = Digest::of(b"");
        }
        office.ledger.tell(run, &self.subject, &told)?;
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

fn facts(subject: Subject, receiver_type: ServiceType, serial: &str) -> NameFacts {
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
/// serials, so it comes after the last one even where the clock was put back.
fn serial_after(before: Option<&Told>, now: DateTime<FixedOffset>) -> String {
    let now = now.naive_local();
    let last = before.and_then(|told| NaiveDateTime::parse_from_str(&told.serial, SERIAL).ok());
    let next = last.map_or(now, |last| now.max(last + Duration::seconds(1)));
    next.format(SERIAL).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_serial_is_the_time_or_just_after_the_last_one() {
        let at = |text| DateTime::parse_from_rfc3339(text).unwrap();
        let told = |serial: &str| Told {
            serial: serial.to_owned(),
            contents: Digest::of(b""),
            clients: BTreeSet::new(),
        };
        let serial = |before: Option<&str>, now| serial_after(before.map(told).as_ref(), at(now));
        assert_eq!(serial(None, "2026-11-09T17:00:05+09:00"), "20261109170005");
        let last = Some("20261109170005");
        assert_eq!(serial(last, "2026-11-09T17:00:05+09:00"), "20261109170006");
        assert_eq!(serial(last, "2026-11-09T08:00:00+09:00"), "20261109170006");
        assert_eq!(serial(last, "2026-11-10T08:00:00+09:00"), "20261110080000");
        assert_eq!(
            serial(Some("20261231235959"), "2026-12-31T23:59:59+09:00"),
            "20270101000000"
        );
    }
}
