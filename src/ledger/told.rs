//! What care-management offices were told: the last file of each subject, and whose actuals
//! stood in any of them.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Row, Transaction, params};

use crate::disk::Digest;
use crate::model::{
    ClientId, InsuredNumber, InsurerNumber, OfficeNumber, ServiceType, Subject, YearMonth,
};

use super::{Ledger, LedgerError, RunId};

/// The last file of a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Its serial, `YYYYMMDDHHMMSS`; the day of its making is the beginning of it.
    pub serial: String,
    /// The serial of the last deletion, where there was one: it comes after the file that it
    /// deletes from, or along with a later one.
    pub deletion: Option<String>,
    /// The digest of what it says, its day of making left out.
    pub contents: Digest,
    /// Whose actuals the receiver was told, now or earlier, and not told to delete.
    pub clients: BTreeSet<ClientId>,
}

impl Ledger {
    /// Everything that was told of a month.
    pub fn told(&self, month: YearMonth) -> Result<BTreeMap<Subject, Told>, LedgerError> {
        let failed = self.failed();
        let month_text = month.to_string();
        let mut told = BTreeMap::new();
        let mut query = self
            .connection
            .prepare(
                "SELECT office, service_type, receiver, serial, deletion, contents \
                 FROM told \
                 WHERE month = ?1",
            )
            .map_err(&failed)?;
        let mut rows = query.query([&month_text]).map_err(&failed)?;
        while let Some(row) = rows.next().map_err(&failed)? {
            let file = Told {
                serial: row.get(3).map_err(&failed)?,
                deletion: row.get(4).map_err(&failed)?,
                contents: Digest::stored(&row.get::<_, String>(5).map_err(&failed)?),
                clients: BTreeSet::new(),
            };
            told.extend(subject(month, row).map_err(&failed)?.map(|of| (of, file)));
        }
        let mut query = self
            .connection
            .prepare(
                "SELECT office, service_type, receiver, insurer, insured FROM told_clients \
                 WHERE month = ?1",
            )
            .map_err(&failed)?;
        let mut rows = query.query([&month_text]).map_err(&failed)?;
        while let Some(row) = rows.next().map_err(&failed)? {
            let subject = subject(month, row).map_err(&failed)?;
            let file = subject.and_then(|of| told.get_mut(&of));
            if let Some((file, client)) = file.zip(client(row).map_err(&failed)?) {
                file.clients.insert(client);
            }
        }
        Ok(told)
    }

    /// Writes down what a receiver is about to be told, in the place of what it was told
    /// before.
    pub fn tell(&mut self, run: RunId, subject: &Subject, told: &Told) -> Result<(), LedgerError> {
        let failed = self.failed();
        let transaction = self.connection.transaction().map_err(&failed)?;
        write(&transaction, run, subject, told).map_err(&failed)?;
        transaction.commit().map_err(&failed)
    }
}

fn write(
    transaction: &Transaction<'_>,
    run: RunId,
    subject: &Subject,
    told: &Told,
) -> Result<(), rusqlite::Error> {
    let month = subject.month.to_string();
    let (office, service_type) = (subject.office.as_str(), subject.service_type.as_str());
    let receiver = subject.receiver.as_str();
    transaction.execute(
        "INSERT OR REPLACE INTO told (month, office, service_type, receiver, run, serial, \
         deletion, contents) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            month,
            office,
            service_type,
            receiver,
            run.0,
            told.serial,
            told.deletion,
            told.contents.as_str(),
        ],
    )?;
    transaction.execute(
        "DELETE FROM told_clients WHERE month = ?1 AND office = ?2 AND service_type = ?3 \
         AND receiver = ?4",
        params![month, office, service_type, receiver],
    )?;
    let mut insert = transaction.prepare_cached(
        "INSERT INTO told_clients (month, office, service_type, receiver, insurer, insured) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?;
    for client in &told.clients {
        insert.execute(params![
            month,
            office,
            service_type,
            receiver,
            client.insurer.as_str(),
            client.insured.as_str(),
        ])?;
    }
    Ok(())
}

/// The subject in the first three columns; `None` where somebody else has written there.
fn subject(month: YearMonth, row: &Row<'_>) -> Result<Option<Subject>, rusqlite::Error> {
    let text = |at| row.get::<_, String>(at);
    let office = OfficeNumber::parse(&text(0)?);
    let service_type = ServiceType::parse(&text(1)?);
    let receiver = OfficeNumber::parse(&text(2)?);
    let parts = office.zip(service_type).zip(receiver);
    Ok(parts.map(|((office, service_type), receiver)| Subject {
        month,
        office,
        service_type,
        receiver,
    }))
}

fn client(row: &Row<'_>) -> Result<Option<ClientId>, rusqlite::Error> {
    let town = InsurerNumber::parse(&row.get::<_, String>(3)?);
    let person = InsuredNumber::parse(&row.get::<_, String>(4)?);
    let parts = town.zip(person);
    Ok(parts.map(|(insurer, insured)| ClientId { insurer, insured }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_told_last_takes_the_place_of_what_was_told_before() {
        let folder = tempfile::tempdir().unwrap();
        let mut ledger = Ledger::open(&folder.path().join("ledger.sqlite")).unwrap();
        let run = ledger.begin_run("actuals", None, "now").unwrap();
        let month = YearMonth::new(2026, 10).unwrap();
        let subject = Subject {
            month,
            office: OfficeNumber::parse("1370100016").unwrap(),
            service_type: ServiceType::parse("11").unwrap(),
            receiver: OfficeNumber::parse("1370000018").unwrap(),
        };
        let client = |insured| ClientId {
            insurer: InsurerNumber::parse("131128").unwrap(),
            insured: InsuredNumber::parse(insured).unwrap(),
        };
        let first = Told {
            serial: "20261101090000".to_owned(),
            deletion: None,
            contents: Digest::of(b"first"),
            clients: BTreeSet::from(["0000000001", "0000000002"].map(client)),
        };
        ledger.tell(run, &subject, &first).unwrap();
        assert_eq!(ledger.told(month).unwrap()[&subject], first);
        let second = Told {
            serial: "20261102090000".to_owned(),
            deletion: Some("20261103090000".to_owned()),
            contents: Digest::of(b"second"),
            clients: BTreeSet::from([client("0000000002")]),
        };
        ledger.tell(run, &subject, &second).unwrap();
        assert_eq!(ledger.told(month).unwrap()[&subject], second);
        let other = YearMonth::new(2026, 11).unwrap();
        assert!(ledger.told(other).unwrap().is_empty());
    }
}
