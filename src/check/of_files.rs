//! What is to be said of files as wholes: hundreds of rows may be held for one reason, and a
//! person decides about the file and not about each of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::finding::{Code, Finding, Who};
use crate::model::{ClientId, Place};
use crate::read::Sheet;

use super::gather::Gathered;

/// Two sources that say two things of one subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clash {
    /// What is said of it.
    pub code: Code,
    /// The one that was read first.
    pub first: Arc<Source>,
    /// The other one.
    pub other: Arc<Source>,
    /// Whom both name; empty for care-management offices.
    pub clients: BTreeSet<ClientId>,
    /// How many subjects both speak of.
    pub subjects: usize,
}

/// A file, or a sheet of a workbook.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source {
    /// As a whole.
    pub place: Place,
    /// What a clerk calls it.
    pub title: String,
}

impl Source {
    pub(super) fn of(sheet: &Sheet) -> Self {
        Self {
            place: sheet.whole(),
            title: sheet.title(),
        }
    }
}

/// What is gathered while rows are held.
#[derive(Debug, Default)]
pub(super) struct OfFiles {
    clashes: BTreeMap<(Code, Source, Source), (BTreeSet<ClientId>, usize)>,
    /// Plans whose clients nobody has registered: who, and how many rows.
    unregistered: BTreeMap<Source, (BTreeSet<ClientId>, usize)>,
    /// Files into which two exports were joined: whom both name.
    joined: BTreeMap<Source, BTreeSet<ClientId>>,
    /// Whose rows are held so: of these nothing is said by themselves.
    held: Vec<(Place, Who)>,
}

impl OfFiles {
    /// Two sources speak of one subject.
    pub(super) fn clash(
        &mut self,
        code: Code,
        (first, other): (&Sheet, &Sheet),
        client: Option<ClientId>,
    ) {
        let sources = (code, Source::of(first), Source::of(other));
        let (clients, subjects) = self.clashes.entry(sources).or_default();
        clients.extend(client);
        *subjects += 1;
    }

    /// Somebody's month stands in two exports that were joined into one file.
    pub(super) fn joined(&mut self, sheet: &Sheet, client: ClientId) {
        let clients = self.joined.entry(Source::of(sheet)).or_default();
        clients.insert(client);
    }

    /// A row is of somebody in an office that has registered nobody yet.
    pub(super) fn unregistered(&mut self, sheet: &Sheet, client: ClientId) {
        let (clients, rows) = self.unregistered.entry(Source::of(sheet)).or_default();
        clients.insert(client);
        *rows += 1;
    }

    /// A row is held for what is said of its file.
    pub(super) fn hold(&mut self, place: Place, client: ClientId, name: &Arc<str>) {
        let name = Arc::clone(name);
        self.held.push((place, Who { id: client, name }));
    }

    /// Adds what was gathered elsewhere.
    pub(super) fn add(&mut self, other: Self) {
        self.held.extend(other.held);
        for (sources, (clients, subjects)) in other.clashes {
            let ours = self.clashes.entry(sources).or_default();
            ours.0.extend(clients);
            ours.1 += subjects;
        }
        for (source, clients) in other.joined {
            self.joined.entry(source).or_default().extend(clients);
        }
        for (source, (clients, rows)) in other.unregistered {
            let ours = self.unregistered.entry(source).or_default();
            ours.0.extend(clients);
            ours.1 += rows;
        }
    }

    /// Says it, one finding for each file, keeps the clashes for whoever asks about them, and
    /// whose rows are held, so that nobody is forgotten.
    ///
    /// P419, P424, P431, B309.
    pub(super) fn enter(mut self, gathered: &mut Gathered) {
        gathered.held_with_files.append(&mut self.held);
        let clashes = self.say(&mut gathered.findings);
        gathered.clashes.extend(clashes);
    }

    fn say(self, findings: &mut Vec<Finding>) -> Vec<Clash> {
        for (source, (clients, rows)) in self.unregistered {
            let detail = format!("{}名、{rows}行", clients.len());
            findings.push(Finding::new(Code::NobodyRegistered, source.place).detail(detail));
        }
        for (source, clients) in self.joined {
            let detail = format!("{}名", clients.len());
            findings.push(Finding::new(Code::ExportsJoined, source.place).detail(detail));
        }
        let clashes = self.clashes.into_iter();
        let clashes = clashes.map(|((code, first, other), (clients, subjects))| Clash {
            code,
            first: Arc::new(first),
            other: Arc::new(other),
            clients,
            subjects,
        });
        let clashes: Vec<Clash> = clashes.collect();
        findings.extend(clashes.iter().map(Clash::finding));
        clashes
    }
}

impl Clash {
    fn finding(&self) -> Finding {
        let counted = if self.clients.is_empty() {
            "件"
        } else {
            "名"
        };
        let detail = format!(
            "{} にも、同じ{}{counted}の内容があります",
            self.first.title, self.subjects
        );
        Finding::new(self.code, self.other.place.clone()).detail(detail)
    }
}
