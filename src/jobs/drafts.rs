//! What a retrieval says, encoded and not yet a file: grid lines for 楽すけ, and for each
//! care-management office what was done for the clients that it plans for.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use crate::check::Roster;
use crate::disk::Digest;
use crate::error::Error;
use crate::finding::{Code, Fate, Finding};
use crate::fold::receivers::{self, Addressed};
use crate::fold::{Folded, FoldedClient, Unit};
use crate::model::{
    ActualDay, CareLevel, CareOffice, ClientId, Field, OfficeNumber, ServiceType, Subject,
    YearMonth,
};
use crate::table::{Layout, NameReplacements, Tables};
use crate::write::{Mark, Parts, Replacement, RowWriter, Rows, Unwritable};

use super::collection::Collection;
use super::compare::remembered;
use super::national_plans::ProRatedOn;
use super::office::Office;
use super::way_back::code_point;

/// Rows of every file, without those of clients that are withheld.
#[derive(Debug, Default)]
pub struct Drafts {
    /// The grid.
    pub grid: Parts,
    /// The actuals of each subject.
    pub told: BTreeMap<Subject, Draft>,
    /// Of whom no care-management office can be told this time; what was done at another of
    /// our offices does not wait with it.
    pub held: BTreeSet<Unit>,
}

/// The rows of one subject, with their day of making left open.
#[derive(Debug, Default)]
pub struct Draft {
    /// The rows.
    pub rows: Parts,
    /// Whose they are.
    pub clients: BTreeSet<ClientId>,
    digest: OnceLock<Digest>,
}

/// What drafting needs besides the actuals.
#[derive(Debug)]
pub struct Facts<'a> {
    /// The tables.
    pub tables: &'a Tables,
    /// The clients of the basic data.
    pub roster: &'a Roster,
    /// The month.
    pub month: YearMonth,
    /// The care-management offices of the basic data; `None` where no files are wanted for them.
    pub receivers: Option<CareOfficeTypes>,
    /// For which days parts of monthly fees are paid, as who plans them has said.
    pub pro_rated: ProRatedOn,
    /// The name of our office, where it has one and no other office shares it.
    pub office_name: String,
}

/// What each care-management office does: 43, 46 or both under one number.
#[derive(Debug, Clone, Default)]
pub struct CareOfficeTypes(BTreeMap<OfficeNumber, BTreeSet<ServiceType>>);

impl FromIterator<(OfficeNumber, ServiceType)> for CareOfficeTypes {
    fn from_iter<T: IntoIterator<Item = (OfficeNumber, ServiceType)>>(types: T) -> Self {
        let mut of_offices = Self::default();
        for (office, service_type) in types {
            of_offices.0.entry(office).or_default().insert(service_type);
        }
        of_offices
    }
}

impl CareOfficeTypes {
    fn has(&self, office: OfficeNumber) -> bool {
        self.0.contains_key(&office)
    }

    /// As what an office is told of a service. Of one that does both it follows the level of the
    /// client, and so the service, which only one kind of level admits: who manages care (43) is
    /// told of 11, who manages its prevention (46) of the towns' own services.
    pub fn told_as(&self, office: OfficeNumber, service: ServiceType) -> Option<ServiceType> {
        let types = self.0.get(&office)?;
        let by_level = if service.admits(CareLevel::Support1) {
            "46"
        } else {
            "43"
        };
        let fitting = types.iter().find(|of| of.as_str() == by_level);
        fitting.or(types.first()).copied()
    }
}

impl<'a> Facts<'a> {
    /// Gathers them.
    pub fn of(
        office: &'a Office,
        (roster, pro_rated): (&'a Roster, ProRatedOn),
        month: YearMonth,
    ) -> Result<Self, Error> {
        let receivers = || -> Result<_, Error> {
            let known = (&office.ledger, &office.tables);
            let offices: Vec<CareOffice> =
                remembered(known, Collection::CareOffices, CareOffice::from_record)?;
            let types = offices.into_iter().map(|of| (of.number, of.service_type));
            Ok(types.collect())
        };
        let settings = &office.settings;
        Ok(Self {
            tables: &office.tables,
            roster,
            month,
            pro_rated,
            receivers: settings.care_office_files.then(receivers).transpose()?,
            office_name: match settings.offices.as_slice() {
                [_] => settings.name.clone(),
                _ => String::new(),
            },
        })
    }
}

impl Drafts {
    /// Encodes each client's month. A client with a character that cannot be written is
    /// withheld whole: half a client would be billed as if it were all.
    pub fn of(folded: &mut Folded, grid: &Layout, facts: &Facts<'_>) -> Result<Self, Error> {
        let desk = |clients: &mut [FoldedClient]| Desk::work(clients, grid, facts);
        // No client knows of another one, so several desks work at once; what they have done
        // is laid together in the order of the clients.
        let desks: Vec<Desk<'_>> = folded.clients.par_chunks_mut(AT_A_DESK).map(desk).collect();
        let mut drafts = Self {
            held: folded.withheld.clone(),
            ..Self::default()
        };
        let fates = desks.iter().flat_map(|desk| &desk.fates);
        for (client, fate) in folded.clients.iter().zip(fates) {
            for row in &client.rows {
                folded.book.decide(*row, *fate)?;
                if *fate == Fate::Withheld {
                    // What is said of one of them is said of all.
                    folded.book.tie(client.rows[0], *row);
                }
            }
        }
        for desk in desks {
            drafts.grid.push(desk.rows);
            for (subject, told) in desk.told {
                let draft = drafts.told.entry(subject).or_default();
                draft.rows.push(told.rows);
                draft.clients.extend(told.clients);
            }
            drafts.held.extend(desk.held);
            folded.findings.extend(desk.findings);
        }
        Ok(drafts)
    }

    /// The digest of everything that they say.
    pub fn digest(&self) -> Digest {
        let mut all = digest(&self.grid).as_str().to_owned();
        for (subject, draft) in &self.told {
            let (office, service_type) = (subject.office, subject.service_type);
            let line = format!("\n{office} {service_type} {} ", subject.receiver);
            all.push_str(&line);
            all.push_str(draft.digest().as_str());
        }
        Digest::of(all.as_bytes())
    }
}

impl Draft {
    /// The digest of what it says, its day of making left out. It is asked for several times,
    /// and a large file is hashed once; nothing is drafted any more by then.
    pub fn digest(&self) -> &Digest {
        self.digest.get_or_init(|| digest(&self.rows))
    }
}

fn digest(rows: &Parts) -> Digest {
    let mut hasher = Sha256::new();
    for piece in rows.bytes() {
        hasher.update(piece);
    }
    Digest::from_hash(&hasher.finalize())
}

/// Why a care-management office cannot be told of a client.
enum Untold {
    NoCertification,
    UnknownOffice,
    Unwritable(Unwritable),
}

/// Where some of the clients' months are encoded.
struct Desk<'a> {
    facts: &'a Facts<'a>,
    grid: RowWriter<'a>,
    days: RowWriter<'a>,
    rows: Rows,
    told: BTreeMap<Subject, Told>,
    held: BTreeSet<Unit>,
    findings: Vec<Finding>,
    fates: Vec<Fate>,
}

/// What a desk has of a draft.
#[derive(Default)]
struct Told {
    rows: Rows,
    clients: BTreeSet<ClientId>,
}

/// How many clients are encoded at a desk.
const AT_A_DESK: usize = 512;

impl<'a> Desk<'a> {
    fn work(clients: &mut [FoldedClient], grid: &'a Layout, facts: &'a Facts<'a>) -> Self {
        let mut desk = Self {
            facts,
            grid: RowWriter::new(grid),
            days: RowWriter::leaving_open(&facts.tables.actual_days, Field::CreatedOn),
            rows: Rows::default(),
            told: BTreeMap::new(),
            held: BTreeSet::new(),
            findings: Vec::new(),
            fates: Vec::with_capacity(clients.len()),
        };
        for client in clients {
            let approved = approved(client, &facts.tables.replacements);
            let fate = desk.client(client, approved);
            desk.fates.push(fate);
        }
        desk
    }

    fn client(&mut self, client: &FoldedClient, mut approved: Approved) -> Fate {
        let about =
            |code| Finding::new(code, client.place.clone()).of(client.client, client.name.as_str());
        let mut replaced = BTreeSet::new();
        let mark = self.rows.mark();
        for line in &client.lines {
            if let Err(unwritable) = self.grid.row(line, &mut self.rows, &mut replaced) {
                self.rows.cut_back(mark);
                self.held.insert((client.client, client.office));
                self.findings.push(
                    about(Code::CannotComeBack)
                        .value(unwritable.character)
                        .detail(in_words(unwritable)),
                );
                return Fate::Withheld;
            }
        }
        let untold = match self.tell(client, &mut replaced, &mut approved) {
            Ok(0) => None,
            // Nothing is in doubt: the basic data names nobody to tell.
            Ok(count) => Some(format!("保険証に居宅支援事業所がありません: {count}件")),
            Err(why) => {
                self.held.insert((client.client, client.office));
                Some(why.in_words())
            }
        };
        let untold = untold.map(|why| about(Code::NobodyTold).detail(why));
        self.findings.extend(untold);
        let words: Vec<String> = twins(&replaced).chain(approvals(&approved)).collect();
        if !words.is_empty() {
            let finding = about(Code::Replaced).detail(words.join("、"));
            self.findings.push(finding);
        }
        Fate::Sent
    }

    /// Drafts what the care-management offices are told of a client, all of it or nothing.
    /// Gives how much there is nobody to tell of.
    fn tell(
        &mut self,
        client: &FoldedClient,
        replaced: &mut BTreeSet<Replacement>,
        approved: &mut Approved,
    ) -> Result<usize, Untold> {
        let Some(known) = &self.facts.receivers else {
            return Ok(0);
        };
        let (roster, month) = (self.facts.roster, self.facts.month);
        let receivers = receivers::of(client, roster, month);
        let receivers = receivers.map_err(|_| Untold::NoCertification)?;
        let addressed = receivers.addressed;
        if addressed.iter().any(|of| !known.has(of.subject.receiver)) {
            return Err(Untold::UnknownOffice);
        }
        let mut begun: Vec<(Subject, Mark)> = Vec::new();
        // Days follow one another, and so do those of one subject.
        for same in addressed.chunk_by(|one, other| one.subject == other.subject) {
            let subject = same[0].subject;
            let told = self.told.entry(subject).or_default();
            if !begun.iter().any(|(of, _)| *of == subject) {
                begun.push((subject, told.rows.mark()));
            }
            let written = services(client, same, self.facts, approved, |day| {
                self.days.row(day, &mut told.rows, replaced)
            });
            if let Err(unwritable) = written {
                self.take_back(&begun);
                return Err(Untold::Unwritable(unwritable));
            }
        }
        for (subject, _) in begun {
            let told = self.told.entry(subject).or_default();
            told.clients.insert(client.client);
        }
        Ok(receivers.to_nobody)
    }

    /// Takes back what was begun of a client.
    fn take_back(&mut self, begun: &[(Subject, Mark)]) {
        for (subject, mark) in begun {
            if let Some(told) = self.told.get_mut(subject) {
                told.rows.cut_back(*mark);
            }
        }
        self.told.retain(|_, told| told.rows.count() > 0);
    }
}

/// Writes what was done under one certification, or says which character stands in the way.
fn services(
    client: &FoldedClient,
    addressed: &[Addressed<'_>],
    facts: &Facts<'_>,
    approved: &mut Approved,
    mut write: impl FnMut(&ActualDay<'_>) -> Result<(), Unwritable>,
) -> Result<(), Unwritable> {
    for same in addressed.chunk_by(|one, other| std::ptr::eq(one.card, other.card)) {
        let manager = &same[0].card.care_manager;
        let manager = facts
            .tables
            .replacements
            .apply(client.client, manager, approved);
        for of in same {
            write(&day(client, of, &manager, facts))?;
        }
    }
    Ok(())
}

fn day<'a>(
    client: &FoldedClient,
    of: &Addressed<'_>,
    care_manager: &'a str,
    facts: &'a Facts<'_>,
) -> ActualDay<'a> {
    let performed = of.performed;
    let insurer = client.client.insurer;
    let service = facts
        .tables
        .services
        .find(performed.code, insurer, facts.month);
    ActualDay {
        client: client.client,
        // Left open in the draft.
        created_on: performed.date,
        month: facts.month,
        care_office: Some(of.subject.receiver),
        care_manager,
        units: service.and_then(|service| service.units),
        date: performed.date,
        hours: performed.hours,
        count: performed.count,
        code: performed.code,
        office: client.office,
        office_name: &facts.office_name,
        updated_by: Some(client.office),
        pro_rated_on: facts.pro_rated.given(
            (client.client, client.office),
            performed.code,
            of.subject.receiver,
        ),
    }
}

impl Untold {
    fn in_words(&self) -> String {
        match self {
            Self::NoCertification => "利用日に有効な認定が、一つに決まりません".to_owned(),
            Self::UnknownOffice => {
                "保険証の居宅支援事業所が、登録した居宅支援事業所にありません".to_owned()
            }
            Self::Unwritable(unwritable) => in_words(*unwritable),
        }
    }
}

/// The character that cannot be written, and what could be written for it.
pub fn in_words(unwritable: Unwritable) -> String {
    let suggestion = unwritable
        .suggestion
        .map(|to| format!("、「{to}」ではどうでしょうか"))
        .unwrap_or_default();
    format!("書けない文字{unwritable}{suggestion}")
}

/// What was written for a character because somebody has approved it.
type Approved = Vec<(char, String)>;

/// Puts into a client's lines what was approved for characters that cannot be written.
fn approved(client: &mut FoldedClient, replacements: &NameReplacements) -> Approved {
    let mut approved = Approved::new();
    let id = client.client;
    for line in &mut client.lines {
        for text in [&mut line.name, &mut line.service_name] {
            if let Cow::Owned(written) = replacements.apply(id, text, &mut approved) {
                *text = written.into();
            }
        }
    }
    approved
}

fn approvals(approved: &Approved) -> impl Iterator<Item = String> {
    approved.iter().map(|(from, to)| {
        let to = if to.is_empty() { "削除" } else { to };
        format!("{} {from}→{to}(承認済み)", code_point(*from))
    })
}

fn twins(replaced: &BTreeSet<Replacement>) -> impl Iterator<Item = String> {
    replaced.iter().map(|replacement| {
        let from = replacement.from;
        let to = replacement.to;
        let to = to.map_or_else(|| "削除".to_owned(), String::from);
        format!("{} {from}→{to}", code_point(from))
    })
}
