//! Who is still open: held, waiting, or not approved yet, month by month, so that whatever is
//! run next can say so.
//!
//! This is the one list here that bears people's names. Like the bodies of items it belongs to
//! the owner of the rows; no event, log or error repeats anything of it.

use std::collections::BTreeSet;
use std::fmt;

use rusqlite::{OptionalExtension as _, Row, params};

use crate::model::{ClientId, InsuredNumber, InsurerNumber, OfficeNumber, YearMonth};

use super::{Ledger, LedgerError};

/// One reason why somebody is still open.
#[derive(Clone, PartialEq, Eq)]
pub struct OpenLine {
    /// The step at which it shows, by its command.
    pub step: String,
    /// The month; `None` for basic data.
    pub month: Option<YearMonth>,
    /// Whose it is, where the numbers could be read.
    pub client: Option<ClientId>,
    /// At which of our offices, where there are several; empty where there is one.
    pub offices: BTreeSet<OfficeNumber>,
    /// The name as the file writes it; may be empty.
    pub name: String,
    /// Why: the number of a finding, or a word of the jobs.
    pub code: String,
    /// Which kind of rows the file has; empty where nobody knows.
    pub kind: String,
    /// The file as the clerk knows it.
    pub file: String,
    /// The digest of the file; empty for what came from Care-wing.
    pub digest: String,
    /// The sheet, in a workbook; else empty.
    pub sheet: String,
    /// The first row that it stands in.
    pub row: Option<u32>,
    /// How many rows, or visits.
    pub count: u32,
    /// The run since which it is so.
    pub run: i64,
}

/// What happened in a run, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happened {
    /// The run.
    pub run: i64,
    /// The count of the event.
    pub count: usize,
    /// When the run began, as RFC 3339.
    pub at: String,
}

/// The reason and the place, never whose it is.
impl fmt::Debug for OpenLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (step, code, row) = (&self.step, &self.code, self.row);
        write!(f, "OpenLine({step} {code} {row:?})")
    }
}

impl Ledger {
    /// Everybody who is still open at a step of a month, in the order in which it was entered.
    pub fn still_open(
        &self,
        step: &str,
        month: Option<YearMonth>,
    ) -> Result<Vec<OpenLine>, LedgerError> {
        let mut query = self
            .connection
            .prepare_cached(
                "SELECT step, month, insurer, insured, code, kind, digest, sheet, row, count, \
                 run, file, name, offices FROM still_open WHERE step = ?1 AND month = ?2 ORDER BY id",
            )
            .map_err(self.failed())?;
        let lines = query.query_map(params![step, text(month)], line);
        let lines = lines.map_err(self.failed())?;
        lines.collect::<Result<_, _>>().map_err(self.failed())
    }

    /// Enters who is still open at a step of a month, in the place of whoever was. All of them
    /// or none only [at once](Self::at_once).
    pub fn keep_open(
        &self,
        step: &str,
        month: Option<YearMonth>,
        lines: &[OpenLine],
    ) -> Result<(), LedgerError> {
        self.connection
            .prepare_cached("DELETE FROM still_open WHERE step = ?1 AND month = ?2")
            .and_then(|mut delete| delete.execute(params![step, text(month)]))
            .map_err(self.failed())?;
        let mut insert = self
            .connection
            .prepare_cached(
                "INSERT INTO still_open (step, month, run, insurer, insured, code, kind, digest, \
                 sheet, row, count, file, name, offices) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, \
                 ?9, ?10, ?11, ?12, ?13, ?14)",
            )
            .map_err(self.failed())?;
        for line in lines {
            let client = line.client.as_ref();
            insert
                .execute(params![
                    step,
                    text(month),
                    line.run,
                    client.map_or("", |client| client.insurer.as_str()),
                    client.map_or("", |client| client.insured.as_str()),
                    line.code,
                    line.kind,
                    line.digest,
                    line.sheet,
                    line.row,
                    line.count,
                    line.file,
                    line.name,
                    in_one(&line.offices),
                ])
                .map_err(self.failed())?;
        }
        Ok(())
    }

    /// Every month in which somebody is open, of which something was sent, or that a run was
    /// about, the earliest first.
    pub fn known_months(&self) -> Result<Vec<YearMonth>, LedgerError> {
        let mut query = self
            .connection
            .prepare(
                "SELECT month FROM still_open WHERE month <> '' \
                 UNION SELECT month FROM runs WHERE month IS NOT NULL AND exit_code IN (0, 3)",
            )
            .map_err(self.failed())?;
        let months = query.query_map([], |row| row.get::<_, String>(0));
        let months: Result<Vec<String>, _> = months.map_err(self.failed())?.collect();
        let months = months.map_err(self.failed())?;
        let mut months: Vec<YearMonth> =
            (months.iter().filter_map(|text| YearMonth::parse(text))).collect();
        months.sort();
        Ok(months)
    }

    /// The last run of a month that has an event of this name.
    pub fn last_event(
        &self,
        month: YearMonth,
        what: &str,
    ) -> Result<Option<Happened>, LedgerError> {
        self.connection
            .query_row(
                "SELECT runs.id, events.count, runs.started_at FROM events JOIN runs \
                 ON runs.id = events.run WHERE runs.month = ?1 AND events.what = ?2 \
                 ORDER BY events.id DESC LIMIT 1",
                params![month.to_string(), what],
                |row| {
                    Ok(Happened {
                        run: row.get(0)?,
                        count: usize::try_from(row.get::<_, i64>(1)?).unwrap_or_default(),
                        at: row.get(2)?,
                    })
                },
            )
            .optional()
            .map_err(self.failed())
    }

    /// When a run began, as RFC 3339.
    pub fn began(&self, run: i64) -> Result<Option<String>, LedgerError> {
        self.connection
            .query_row("SELECT started_at FROM runs WHERE id = ?1", [run], |row| {
                row.get(0)
            })
            .optional()
            .map_err(self.failed())
    }

    /// The last run in which the service took anything of a collection.
    pub fn last_sent_run(&self, collection: &str) -> Result<Option<i64>, LedgerError> {
        self.connection
            .query_row(
                "SELECT max(run) FROM sent WHERE collection = ?1",
                [collection],
                |row| row.get(0),
            )
            .map_err(self.failed())
    }

    /// The run in which the service took something last; `None` where it never did.
    pub fn sent_in(&self, collection: &str, key: &str) -> Result<Option<i64>, LedgerError> {
        self.connection
            .prepare_cached("SELECT run FROM sent WHERE collection = ?1 AND key = ?2")
            .and_then(|mut query| {
                query
                    .query_row([collection, key], |row| row.get(0))
                    .optional()
            })
            .map_err(self.failed())
    }
}

fn text(month: Option<YearMonth>) -> String {
    month.map(|month| month.to_string()).unwrap_or_default()
}

fn in_one(offices: &BTreeSet<OfficeNumber>) -> String {
    let offices = offices.iter().map(OfficeNumber::as_str);
    offices.collect::<Vec<_>>().join(" ")
}

fn line(row: &Row<'_>) -> rusqlite::Result<OpenLine> {
    let town = InsurerNumber::parse(&row.get::<_, String>(2)?);
    let person = InsuredNumber::parse(&row.get::<_, String>(3)?);
    let client = town.zip(person);
    Ok(OpenLine {
        step: row.get(0)?,
        month: YearMonth::parse(&row.get::<_, String>(1)?),
        client: client.map(|(insurer, insured)| ClientId { insurer, insured }),
        code: row.get(4)?,
        kind: row.get(5)?,
        digest: row.get(6)?,
        sheet: row.get(7)?,
        row: row.get(8)?,
        count: row.get(9)?,
        run: row.get(10)?,
        file: row.get(11)?,
        name: row.get(12)?,
        offices: (row.get::<_, String>(13)?.split(' '))
            .filter_map(OfficeNumber::parse)
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_is_open_is_there_again_and_others_are_not_touched() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.sqlite");
        let month = YearMonth::new(2026, 10);
        let of = |step: &str, month, run| OpenLine {
            step: step.to_owned(),
            month,
            client: Some(ClientId {
                insurer: InsurerNumber::parse("131128").unwrap(),
                insured: InsuredNumber::parse("0000100001").unwrap(),
            }),
            offices: OfficeNumber::parse("1370100016").into_iter().collect(),
            name: "みほん 花子".to_owned(),
            code: "P408".to_owned(),
            kind: "plan_line".to_owned(),
            file: "plan.csv".to_owned(),
            digest: "d".to_owned(),
            sheet: String::new(),
            row: Some(2),
            count: 1,
            run,
        };
        {
            let ledger = Ledger::open(&path).unwrap();
            let run = ledger.begin_run("plan", month, "then").unwrap().number();
            for (step, month) in [("basics", None), ("plan", month)] {
                ledger
                    .keep_open(step, month, &[of(step, month, run)])
                    .unwrap();
            }
            let nobody = OpenLine {
                client: None,
                row: None,
                ..of("plan", month, run)
            };
            ledger.keep_open("plan", month, &[nobody]).unwrap();
        }
        let ledger = Ledger::open(&path).unwrap();
        let open = ledger.still_open("plan", month).unwrap();
        assert_eq!((open.len(), open[0].client, open[0].row), (1, None, None));
        assert_eq!(
            ledger.still_open("basics", None).unwrap(),
            [of("basics", None, 1)]
        );
        assert_eq!(ledger.still_open("actuals", month).unwrap(), []);
        assert_eq!(ledger.known_months().unwrap(), [month.unwrap()]);
        assert_eq!(ledger.began(1).unwrap().as_deref(), Some("then"));
    }

    #[test]
    fn nobody_is_named_by_what_is_printed_of_a_line() {
        let line = OpenLine {
            step: "plan".to_owned(),
            month: None,
            client: None,
            offices: BTreeSet::new(),
            name: "みほん 花子".to_owned(),
            code: "P408".to_owned(),
            kind: String::new(),
            file: "みほん.csv".to_owned(),
            digest: String::new(),
            sheet: String::new(),
            row: Some(2),
            count: 1,
            run: 1,
        };
        assert!(!format!("{line:?}").contains("みほん"));
    }
}
