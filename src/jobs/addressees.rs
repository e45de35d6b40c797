//! 送付先一覧: which of the files in the outbox goes to which care-management office.
//!
//! It says what lies there, and nothing of the run: the same files are the same list.

use std::collections::BTreeSet;
use std::path::Path;

use chrono::NaiveDateTime;

use crate::check::Roster;
use crate::disk;
use crate::error::Error;
use crate::model::{CareOffice, Client, ClientId, OfficeNumber, ServiceType, Subject, YearMonth};
use crate::report::{Addressee, Addressees, addressees_workbook};
use crate::table::{Layout, Stated};

use super::collection::Collection;
use super::compare::remembered;
use super::inbox::file_name;
use super::office::Office;
use super::outbox::{Lying, Outbox, pattern};
use super::plan;
use super::proposal::month_in_name;
use super::remarks::few;
use super::telling::{Ended, SERIAL, State, facts};

/// Writes the list, if there is anything to send or to mind; else an earlier one goes to the
/// archive.
pub fn write(
    office: &Office,
    month: YearMonth,
    told: &[Ended],
    outbox: &mut Outbox,
) -> Result<(), Error> {
    let name = format!("送付先一覧{}.xlsx", month_in_name(Some(month)));
    let known = (&office.ledger, &office.tables);
    let offices: Vec<CareOffice> =
        remembered(known, Collection::CareOffices, CareOffice::from_record)?;
    let (days, deletions) = (&office.tables.actual_days, &office.tables.actual_deletions);
    let lie = [
        (days, outbox.lying(days)?),
        (deletions, outbox.lying(deletions)?),
    ];
    let (clients, roster) = (office.ledger.told(month)?, plan::roster(office)?);
    let mut rows = Vec::new();
    for ended in told {
        let mut receiver = receiver(ended, &offices, &office.settings.offices);
        if let Some(told) = clients.get(&ended.subject) {
            receiver.remark = whole_months(ended.subject, &told.clients, &roster);
        }
        rows.extend(rows_of(ended, &receiver, &lie)?);
    }
    if rows.is_empty() {
        return outbox.withdraw(&name);
    }
    let list = Addressees {
        office: &office.name(),
        month,
        rows: &rows,
    };
    let bytes = addressees_workbook(&office.folder.outbox().join(&name), &list)?;
    outbox.put(&name, "居宅支援事業所への送付先一覧", rows.len(), &bytes)?;
    Ok(())
}

/// The file of a subject, and those that delete, as long as they lie there: nobody knows whether
/// they were sent.
fn rows_of(
    ended: &Ended,
    receiver: &Addressee,
    [days, deletions]: &[(&Layout, Lying); 2],
) -> Result<Vec<Addressee>, Error> {
    let mut files = lying(ended, days);
    let file = files.find(|file| Some(file.serial) == ended.serial.as_deref());
    let mut rows = Vec::new();
    rows.extend(match ended.state {
        State::Lies { clients } => file.map(|file| Addressee {
            file: file.name(),
            made: file.made(),
            clients: Some(clients),
            ..receiver.clone()
        }),
        State::Held => Some(Addressee {
            file: file.as_ref().map(File::name).unwrap_or_default(),
            made: file.as_ref().map(File::made).unwrap_or_default(),
            remark: match ended.receiver_type {
                Some(_) => {
                    "保留の利用者がいるため、今回は書き出していません。前のファイルのままです。"
                }
                None => "基本情報にない居宅支援事業所なので、今回は書き出していません。",
            }
            .to_owned(),
            ..receiver.clone()
        }),
        State::Nothing => Some(Addressee {
            remark: "今回は送る実績がありません。前に送ったものがあれば、相手に確かめてください。"
                .to_owned(),
            ..receiver.clone()
        }),
        State::Over => None,
    });
    for file in lying(ended, deletions) {
        rows.push(Addressee {
            file: file.name(),
            made: file.made(),
            // A row is a client there, and nothing else.
            clients: Some(memchr::memchr_iter(b'\n', &disk::read(file.path)?).count()),
            remark: "前に送った実績を取り消すファイルです。一度だけ送ります。".to_owned(),
            ..receiver.clone()
        });
    }
    Ok(rows)
}

/// Whose whole month a receiver accounts for (給付管理票), though another one has managed part of
/// it: the care-management office of the last day does so for all of the month.
fn whole_months(subject: Subject, clients: &BTreeSet<ClientId>, roster: &Roster) -> String {
    let Subject {
        month, receiver, ..
    } = subject;
    let is_theirs = |client: &&Client| {
        let office_on = |date| {
            client
                .cards_on(date)
                .next()
                .and_then(|card| card.care_office)
        };
        let offices: BTreeSet<OfficeNumber> = month.dates().filter_map(office_on).collect();
        let last_day = month.day(month.days()).and_then(office_on);
        last_day == Some(receiver) && offices.len() > 1
    };
    let known = clients.iter().filter_map(|client| roster.find(*client));
    let names: Vec<&str> = known.filter(is_theirs).map(|of| &*of.name).collect();
    if names.is_empty() {
        return String::new();
    }
    format!(
        "月末の居宅支援事業所です。月の途中で替わった{}の、この月の給付管理票は、こちらの事業所が作ります。",
        few(names.into_iter())
    )
}

/// What the basic data says of a receiver.
fn receiver(ended: &Ended, offices: &[CareOffice], ours: &[OfficeNumber]) -> Addressee {
    let Subject {
        receiver,
        service_type,
        office,
        ..
    } = ended.subject;
    let same_number = offices.iter().filter(|of| of.number == receiver);
    let same_type = |of: &&CareOffice| Some(of.service_type) == ended.receiver_type;
    let known = same_number
        .clone()
        .find(same_type)
        .or(same_number.clone().next());
    let text = |of: fn(&CareOffice) -> &String| known.map(|known| of(known).clone());
    Addressee {
        name: text(|of| &of.name).unwrap_or_default(),
        number: receiver.to_string(),
        kind: ended.receiver_type.map(kind).unwrap_or_default(),
        phone: text(|of| &of.phone).unwrap_or_default(),
        fax: text(|of| &of.fax).unwrap_or_default(),
        service: match ours {
            [_] => service(service_type),
            _ => format!("{} {office}", service(service_type)),
        },
        ..Addressee::default()
    }
}

/// What a care-management office does, as its own papers call it.
fn kind(service_type: ServiceType) -> String {
    match service_type.as_str() {
        "43" => "居宅介護支援".to_owned(),
        "46" => "介護予防支援".to_owned(),
        other => other.to_owned(),
    }
}

/// What was done, as a clerk calls it.
fn service(service_type: ServiceType) -> String {
    let called = match service_type.as_str() {
        "11" => "訪問介護",
        "A1" | "A2" | "A3" | "A4" => "訪問型サービス",
        other => return other.to_owned(),
    };
    format!("{called}({service_type})")
}

/// A file that lies in the outbox.
struct File<'a> {
    serial: &'a str,
    path: &'a Path,
}

impl File<'_> {
    fn name(&self) -> String {
        file_name(self.path)
    }

    /// When it was made: its serial, as a clerk reads it.
    fn made(&self) -> String {
        let made = NaiveDateTime::parse_from_str(self.serial, SERIAL).ok();
        let made = made.map(|made| made.format("%Y年%-m月%-d日 %-H:%M").to_string());
        made.unwrap_or_default()
    }
}

/// The files of a layout that lie there for a receiver, the earliest first.
fn lying<'a>(
    ended: &Ended,
    (layout, lying): &'a (&Layout, Lying),
) -> impl Iterator<Item = File<'a>> {
    let subject = || {
        let (pattern, receiver_type) = (pattern(layout)?, ended.receiver_type?);
        // Any serial: what a file is about is in the other parts of its name.
        let name = pattern.write(&facts(ended.subject, receiver_type, "00000000000000"));
        match pattern.read(&name) {
            Stated::This(of) => Some(of.subject),
            Stated::ThisAlone | Stated::Other(..) | Stated::Nothing => None,
        }
    };
    let files = subject().and_then(|subject| lying.get(&subject));
    let files = files.into_iter().flatten();
    files.map(|(serial, path)| File { serial, path })
}
