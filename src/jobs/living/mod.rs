//! What is open of a month, or of the basic data, from run to run.
//!
//! A run reads what lies in the inbox; what is open lies mostly in the archive. So it is
//! remembered, file by file: the withheld rows, with those that go together, and what was said
//! of them. A run takes out what it has settled and puts in what it has found. What a finding
//! says is kept as it was said; the text of a row is read again from its file.
//!
//! A row leaves when a run has read it again and it is withheld no more; when a newer export
//! names its client, whose month is the newer one's from then on; when its file came anew under
//! its name, unless its client is in the new one no more; or when a person has set its client
//! aside. A row that names nobody stays until it is put right or left out, or its file comes
//! anew: nobody can say that another file has it no more.

mod written;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use crate::disk::{self, Digest};
use crate::error::Error;
use crate::finding::{Book, Code, Finding, Severity, Who};
use crate::ledger::{Ledger, OpenFile};
use crate::model::{ClientId, FileName, Place, RecordKind, YearMonth};
use crate::read::encoding;
use crate::table::{Layout, Stated, Tables};

use super::archive;
use super::corrections::remembered;
use super::inbox::{InputFile, Role};
use super::office::Office;
use super::proposal::{Step, month_in_name};
use super::withheld::{Shown, ShownFile};

/// What a run has come to.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The step.
    pub step: Step,
    /// The month, where the step has one.
    pub month: Option<YearMonth>,
    /// The fates of the rows.
    pub book: &'a Book,
    /// What is to be said.
    pub findings: &'a [Finding],
    /// The files that the rows came from.
    pub inputs: &'a [InputFile],
    /// Who is named in them.
    pub people: &'a BTreeSet<ClientId>,
    /// The same, where somebody was open before and files of their kinds name everybody.
    pub named: &'a BTreeSet<ClientId>,
    /// Whose rows are held for what is said of their file, and nothing of them.
    pub with_files: &'a [(Place, Who)],
    /// Who was open before and went through.
    pub went: &'a BTreeSet<ClientId>,
}

/// What is open.
#[derive(Debug)]
pub struct Living {
    month: Option<YearMonth>,
    files: Vec<Open>,
}

/// The name of the error workbook of a month, or of the basic data.
pub fn workbook_name(month: Option<YearMonth>) -> String {
    match month {
        Some(_) => format!("エラー一覧{}.xlsx", month_in_name(month)),
        None => "エラー一覧_基本情報.xlsx".to_owned(),
    }
}

/// What a workbook of a month says of the basic data, whose rows stand in a workbook of their own.
pub fn elsewhere(ledger: &Ledger, month: Option<YearMonth>) -> Result<Option<String>, Error> {
    let open = match month {
        Some(_) => Living::remembered(ledger, None)?.withheld(),
        None => 0,
    };
    Ok((open > 0).then(|| {
        format!(
            "基本情報(利用者や事業所)にも、直す行が{open}行あります。{} を開いてください。",
            workbook_name(None)
        )
    }))
}

/// What is open of a file.
#[derive(Debug)]
struct Open {
    step: String,
    /// Empty for what came from Care-wing.
    name: FileName,
    digest: Digest,
    read_in: i64,
    /// What its rows are, by the names of their kinds.
    kinds: Vec<String>,
    /// The withheld rows, each with the run and the group of that run which it goes with.
    withheld: BTreeMap<Spot, (i64, u32)>,
    /// Whose those rows are of which nothing is said by themselves.
    whose: BTreeMap<Spot, ClientId>,
    said: Vec<Finding>,
}

/// A row of a file, by the sheet and its number.
type Spot = (Option<Arc<str>>, u32);

impl Living {
    /// What is open so far.
    pub fn remembered(ledger: &Ledger, month: Option<YearMonth>) -> Result<Self, Error> {
        let files = ledger.open_files(month)?;
        Ok(Self {
            month,
            files: files.iter().filter_map(Open::read).collect(),
        })
    }

    /// Takes out what a run has settled, and puts in what it has found. Gives what is to be
    /// said of the run alone.
    pub fn after(&mut self, seen: &Seen<'_>, run: i64, tables: &Tables) -> Vec<Finding> {
        let (fresh, mut of_the_run) = fresh(seen, run);
        let newer = newer(seen);
        for open in &mut self.files {
            open.give_way(seen, &newer, &tables.layouts);
        }
        for mut open in fresh {
            if !open.says_something() {
                of_the_run.append(&mut open.said);
            }
            self.put_in(open, seen.inputs);
        }
        self.files.retain(Open::says_something);
        of_the_run
    }

    /// Takes out the rows that a person has set aside, each by its client and its place; gives what was
    /// said of them.
    pub fn set_aside(
        &mut self,
        is_meant: impl Fn(Option<ClientId>, &Place) -> bool,
    ) -> Vec<Finding> {
        let mut said = Vec::new();
        for open in &mut self.files {
            said.extend(open.set_aside(&is_meant));
        }
        self.files.retain(Open::says_something);
        said
    }

    /// Puts in what is open of a file, in the place of what was.
    fn put_in(&mut self, mut open: Open, inputs: &[InputFile]) {
        let before = self.files.iter().position(|of| of.key() == open.key());
        let before = before.map(|at| self.files.remove(at));
        if let Some(before) = before
            && let Some(again) = inputs
                .iter()
                .find(|file| file.digest == open.digest)
                .and_then(|file| file.again.as_ref())
        {
            // Only some of its rows were read again.
            let is_left = |spot: &Spot| !again.rows.contains(spot);
            let withheld = before.withheld.into_iter();
            open.withheld
                .extend(withheld.filter(|(spot, _)| is_left(spot)));
            let said = before.said.into_iter();
            open.said
                .extend(said.filter(|of| spot(of).is_none_or(|spot| is_left(&spot))));
            open.read_in = before.read_in;
        }
        self.files.push(open);
    }

    /// What is to be remembered.
    pub fn enter(&self, ledger: &Ledger) -> Result<(), Error> {
        let files: Vec<OpenFile> = self.files.iter().map(Open::written).collect();
        Ok(ledger.leave_open(self.month, &files)?)
    }

    /// How many rows are withheld.
    pub fn withheld(&self) -> usize {
        self.files.iter().map(|open| open.withheld.len()).sum()
    }

    /// How many rows were withheld before a run, and are still.
    pub fn withheld_before(&self, run: i64) -> usize {
        let groups = self.files.iter().flat_map(|open| open.withheld.values());
        groups.filter(|(of, _)| *of < run).count()
    }

    /// What is said of what is open.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.files.iter().flat_map(|open| &open.said)
    }

    /// The rows that are shown, with what else is said of some.
    pub fn shown(&self, findings: &[Finding]) -> Shown {
        let mut groups: BTreeMap<(i64, u32), u32> = BTreeMap::new();
        let mut rows = Vec::new();
        for open in &self.files {
            for ((sheet, row), group) in &open.withheld {
                let next = u32::try_from(groups.len() + 1).unwrap_or(u32::MAX);
                let group = *groups.entry(*group).or_insert(next);
                rows.push(((open.name.clone(), sheet.clone()), *row, group));
            }
        }
        Shown::with(rows.into_iter(), findings)
    }

    /// The files whose rows are shown: those of the run where they lie now, the others in the
    /// inbox or the archive, as far as they are still there.
    pub fn shown_files(
        &self,
        office: &Office,
        inputs: &[InputFile],
    ) -> Result<Vec<ShownFile>, Error> {
        let mut files = Vec::new();
        for open in self
            .files
            .iter()
            .filter(|open| !open.name.as_str().is_empty())
        {
            let of_run = inputs.iter().find(|file| file.digest == open.digest);
            if let Some(file) = of_run {
                files.push(ShownFile::read_now(file, open.read_in));
            } else if let Some(path) = lies(office, open)? {
                let changes = remembered(Some(&office.ledger), &open.digest, i64::MAX)?;
                files.push(ShownFile {
                    path,
                    name: open.name.clone(),
                    digest: open.digest.clone(),
                    changes: Arc::new(changes),
                    read_in: open.read_in,
                });
            }
        }
        Ok(files)
    }
}

/// What a run has left open of each of its files, and what is to be said of the run alone.
fn fresh(seen: &Seen<'_>, run: i64) -> (Vec<Open>, Vec<Finding>) {
    let inputs = seen.inputs.iter();
    let inputs = inputs.filter(|file| file.role != Role::Corrections);
    let mut fresh: Vec<Open> = match seen.step {
        Step::Actuals => vec![Open::empty(seen.step, run)],
        Step::Basics | Step::Plan => inputs.map(|file| Open::of(seen.step, file, run)).collect(),
    };
    let named = fresh.iter().enumerate();
    let named: BTreeMap<FileName, usize> = named.map(|(at, of)| (of.name.clone(), at)).collect();
    let of_file = |name: &FileName| match seen.step {
        Step::Actuals => Some(0),
        Step::Basics | Step::Plan => named.get(name).copied(),
    };
    for page in seen.book.withheld() {
        if let Some(at) = named.get(&page.file) {
            let rows = page.rows.into_iter();
            let rows = rows.map(|(row, group)| ((page.sheet.clone(), row), (run, group)));
            fresh[*at].withheld.extend(rows);
        }
    }
    for (place, who) in seen.with_files {
        if let Some((at, row)) = named.get(&place.file).zip(place.row) {
            fresh[*at].whose.insert((place.sheet.clone(), row), who.id);
        }
    }
    // What was sent from a newer file since waits for nobody.
    let overtaken = |finding: &&Finding| finding.code == Code::SentSince;
    for finding in seen.findings.iter().filter(overtaken) {
        if let Some((at, spot)) = named.get(&finding.place.file).zip(spot(finding)) {
            fresh[*at].withheld.remove(&spot);
        }
    }
    let mut of_the_run = Vec::new();
    for finding in seen.findings {
        match of_file(&finding.place.file).filter(|_| !is_known_elsewhere(finding)) {
            Some(at) if fresh[at].stays(finding) => fresh[at].said.push(finding.clone()),
            Some(_) | None => of_the_run.push(finding.clone()),
        }
    }
    (fresh, of_the_run)
}

/// Whether it says again what another step has left open, and ends with that.
fn is_known_elsewhere(finding: &Finding) -> bool {
    finding.code == Code::PlanNeverWent
}

/// Where a file lies: in the inbox, else in the archive.
fn lies(office: &Office, open: &Open) -> Result<Option<PathBuf>, Error> {
    let name = open.name.as_str();
    let archived = archive::files(&office.folder.archive())?;
    let archived = archived.into_iter().rev().filter(|of| of.name == name);
    let inbox = office.folder.inbox().join(name);
    for path in std::iter::once(inbox).chain(archived.map(|of| of.path)) {
        // One that cannot be read now costs its rows a sheet, and nobody the run.
        let digest = disk::exists(&path).then(|| encoding::digest(&path).ok());
        if digest.flatten().as_ref() == Some(&open.digest) {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

impl Open {
    fn empty(step: Step, run: i64) -> Self {
        Self {
            step: step.name().to_owned(),
            name: FileName::new(""),
            digest: Digest::of(b""),
            read_in: run,
            kinds: Vec::new(),
            withheld: BTreeMap::new(),
            whose: BTreeMap::new(),
            said: Vec::new(),
        }
    }

    fn of(step: Step, file: &InputFile, run: i64) -> Self {
        let kinds = file.kinds.iter().map(|kind| kind.name().to_owned());
        Self {
            name: file.name.clone(),
            digest: file.digest.clone(),
            read_in: file.again.as_ref().map_or(run, |again| again.read_in),
            kinds: kinds.collect(),
            ..Self::empty(step, run)
        }
    }

    fn key(&self) -> (&String, &FileName, &Digest) {
        (&self.step, &self.name, &self.digest)
    }

    /// Whether a finding is of more than its run: about a row that stays open, or something
    /// that somebody should look at.
    fn stays(&self, finding: &Finding) -> bool {
        if finding.code == Code::SentSince {
            return false;
        }
        let of_an_open_row = spot(finding).is_some_and(|spot| self.withheld.contains_key(&spot));
        of_an_open_row
            || finding.code == Code::LeftOut
            || finding.code.severity() != Severity::Notice
    }

    /// Whether there is anything that is open: what is said of a file as a whole is no news
    /// when all of its rows have gone.
    fn says_something(&self) -> bool {
        let of_care_wing = self.name.as_str().is_empty() && !self.said.is_empty();
        let of_a_row = self.said.iter().any(|finding| finding.place.row.is_some());
        of_care_wing || of_a_row || !self.withheld.is_empty()
    }

    /// Takes out what newer files of the run take the place of.
    fn give_way(&mut self, seen: &Seen<'_>, newer: &[&InputFile], layouts: &[Arc<Layout>]) {
        if self.step != seen.step.name() || self.name.as_str().is_empty() {
            return;
        }
        let others = newer.iter().filter(|file| file.digest != self.digest);
        for newer in others {
            let offices = [RecordKind::CareOffice];
            let lists_offices = self.kinds == offices.map(|kind| kind.name().to_owned())
                && newer.kinds.contains(&RecordKind::CareOffice);
            if newer.name == self.name
                || lists_offices
                || is_newer(layouts, newer.name.as_str(), self.name.as_str())
            {
                self.keep_only_those_gone(seen);
                return;
            }
        }
        let is_of_a_kind = |file: &InputFile| {
            let mut kinds = file.kinds.iter();
            kinds.any(|kind| self.kinds.iter().any(|own| own == kind.name()))
        };
        if newer.iter().any(|file| is_of_a_kind(file)) {
            // Where the newer one has the row as well, it is shown with that one.
            self.said.retain(|finding| finding.code != Code::LeftOut);
        }
        let went = |client: &ClientId| seen.went.contains(client);
        self.let_go(&self.unsaid_rows(went));
        // A plan of the national standard is one of several that name a client.
        if self
            .kinds
            .iter()
            .any(|kind| kind == RecordKind::PlanDay.name())
        {
            return;
        }
        let named = |client: &ClientId| seen.named.contains(client);
        self.let_go(&self.rows_about(named));
    }

    fn set_aside(&mut self, is_meant: impl Fn(Option<ClientId>, &Place) -> bool) -> Vec<Finding> {
        let of_finding = |finding: &&Finding| {
            let client = finding.client.as_ref().map(|who| who.id);
            is_meant(client, &finding.place)
        };
        let said: Vec<Finding> = self.said.iter().filter(of_finding).cloned().collect();
        let mut rows: BTreeSet<Spot> = said.iter().filter_map(spot).collect();
        let file = Place::file(self.name.clone());
        rows.extend(self.unsaid_rows(|client| is_meant(Some(*client), &file)));
        let places = self.withheld.keys().filter(|(sheet, row)| {
            let place = Place {
                sheet: sheet.clone(),
                row: Some(*row),
                ..file.clone()
            };
            is_meant(None, &place)
        });
        rows.extend(places.cloned());
        self.said
            .retain(|finding| spot(finding).is_some() || !of_finding(&finding));
        self.let_go(&rows);
        said
    }

    /// Of a file that came anew, only the rows stay of whoever is not in the new one: nobody can
    /// say whether that is as it should be.
    fn keep_only_those_gone(&mut self, seen: &Seen<'_>) {
        let is_gone =
            |client: &ClientId| !seen.people.contains(client) && !seen.went.contains(client);
        let gone = self.rows_about(is_gone);
        let groups = gone.iter().filter_map(|spot| self.withheld.get(spot));
        let groups: BTreeSet<(i64, u32)> = groups.copied().collect();
        self.withheld
            .retain(|spot, group| gone.contains(spot) || groups.contains(group));
        self.said.retain(|finding| match spot(finding) {
            Some(spot) => self.withheld.contains_key(&spot) || gone.contains(&spot),
            None => is_about(finding, is_gone),
        });
    }

    /// The rows of people, whether or not anything is said of the rows themselves.
    fn rows_about(&self, is_meant: impl Fn(&ClientId) -> bool) -> BTreeSet<Spot> {
        let said = self.said.iter().filter(|of| is_about(of, &is_meant));
        let mut rows: BTreeSet<Spot> = said.filter_map(spot).collect();
        rows.extend(self.unsaid_rows(is_meant));
        rows
    }

    /// Those of which nothing is said by themselves.
    fn unsaid_rows(&self, is_meant: impl Fn(&ClientId) -> bool) -> BTreeSet<Spot> {
        let rows = self.whose.iter().filter(|(_, client)| is_meant(client));
        rows.map(|(spot, _)| spot.clone()).collect()
    }

    /// Takes out rows, and those that only went along with them: of such a row nothing is said.
    fn let_go(&mut self, rows: &BTreeSet<Spot>) {
        if rows.is_empty() {
            return;
        }
        let told: BTreeSet<Spot> = self.said.iter().filter_map(spot).collect();
        let groups = rows.iter().filter_map(|spot| self.withheld.get(spot));
        let groups: BTreeSet<(i64, u32)> = groups.copied().collect();
        self.withheld.retain(|spot, group| {
            let went_along = groups.contains(group) && !told.contains(spot);
            !rows.contains(spot) && !went_along
        });
        self.said
            .retain(|finding| spot(finding).is_none_or(|spot| !rows.contains(&spot)));
    }
}

/// The files of a run that may take the place of earlier ones: read as a whole, and with rows
/// that are this month's. One of another month may bear the same name.
fn newer<'a>(seen: &Seen<'a>) -> Vec<&'a InputFile> {
    let inputs = seen.inputs.iter();
    let data = inputs.filter(|file| file.role == Role::Data);
    data.filter(|file| seen.book.has_rows_of(&file.name))
        .collect()
}

/// Whether a finding is about somebody who is meant.
fn is_about(finding: &Finding, is_meant: impl Fn(&ClientId) -> bool) -> bool {
    let client = finding.client.as_ref();
    client.is_some_and(|who| is_meant(&who.id))
}

/// The row that a finding is about.
fn spot(finding: &Finding) -> Option<Spot> {
    Some((finding.place.sheet.clone(), finding.place.row?))
}

/// Whether names tell that one file takes the place of another.
fn is_newer(layouts: &[Arc<Layout>], newer: &str, older: &str) -> bool {
    let patterns = layouts
        .iter()
        .filter_map(|layout| layout.position()?.file_name.as_ref());
    patterns
        .map(|pattern| (pattern.read(newer), pattern.read(older)))
        .any(|names| match names {
            (Stated::This(newer), Stated::This(older)) => {
                newer.subject == older.subject && newer.serial > older.serial
            }
            (_, _) => false,
        })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use proptest::prelude::*;

    use super::*;
    use crate::finding::Fate;
    use crate::model::{InsuredNumber, InsurerNumber, Place};

    /// A row of an export: whose it is (nobody's where there is none), and whether it is wrong.
    type Line = (Option<u8>, bool);

    fn client(number: u8) -> ClientId {
        ClientId {
            insurer: InsurerNumber::parse("131128").unwrap(),
            insured: InsuredNumber::parse(&format!("{number:010}")).unwrap(),
        }
    }

    /// What a run of the plan makes of exports.
    fn run(living: &mut Living, number: i64, exports: &BTreeMap<u8, Vec<Line>>, tables: &Tables) {
        let (mut book, mut findings) = (Book::default(), Vec::new());
        let (mut inputs, mut named) = (Vec::new(), BTreeSet::new());
        for (export, lines) in exports {
            let name = FileName::new(&format!("{export}.csv"));
            let digest = Digest::of(format!("{number} {export}").as_bytes());
            let mut input = InputFile::corrections(Path::new(name.as_str()), name.clone(), digest);
            input.role = Role::Data;
            input.kinds.insert(RecordKind::PlanLine);
            inputs.push(input);
            let page = book.open(name.clone(), None);
            for ((who, is_wrong), row) in lines.iter().zip(2..) {
                named.extend(who.map(client));
                let id = book.enter(page, row);
                if !is_wrong {
                    book.decide(id, Fate::Sent).unwrap();
                    continue;
                }
                book.decide(id, Fate::Withheld).unwrap();
                let place = Place {
                    row: Some(row),
                    ..Place::file(name.clone())
                };
                let finding = Finding::new(Code::NotATime, place);
                findings.push(match who {
                    Some(who) => finding.of(client(*who), "見本"),
                    None => finding,
                });
            }
        }
        let seen = Seen {
            step: Step::Plan,
            month: YearMonth::new(2026, 10),
            book: &book,
            findings: &findings,
            inputs: &inputs,
            people: &named,
            named: &named,
            with_files: &[],
            went: &BTreeSet::new(),
        };
        living.after(&seen, number, tables);
        // As it goes through the ledger.
        let files: Vec<OpenFile> = living.files.iter().map(Open::written).collect();
        living.files = files.iter().filter_map(Open::read).collect();
    }

    /// Who is open, and how many rows of nobody, file by file.
    fn open(living: &Living) -> (BTreeSet<ClientId>, BTreeMap<String, usize>) {
        let (mut clients, mut nobodys) = (BTreeSet::new(), BTreeMap::new());
        for finding in living.findings() {
            match &finding.client {
                Some(who) => drop(clients.insert(who.id)),
                None => *nobodys.entry(finding.place.file.to_string()).or_default() += 1,
            }
        }
        (clients, nobodys)
    }

    fn exports() -> impl Strategy<Value = BTreeMap<u8, Vec<Line>>> {
        // Nobody's row is never right.
        let line = prop_oneof![
            3 => (0..4_u8, any::<bool>()).prop_map(|(who, wrong)| (Some(who), wrong)),
            1 => Just((None, true)),
        ];
        prop::collection::btree_map(0..3_u8, prop::collection::vec(line, 1..6), 1..3)
    }

    proptest! {
        #[test]
        fn nobody_is_forgotten_and_nobody_stays_who_was_settled(
            runs in prop::collection::vec(exports(), 1..8),
        ) {
            let tables = Tables::load(None).unwrap();
            let mut living = Living { month: YearMonth::new(2026, 10), files: Vec::new() };
            // Each person with the files that he waits in, as the last exports have it.
            let mut waits: BTreeSet<(ClientId, u8)> = BTreeSet::new();
            let mut nobodys: BTreeMap<String, usize> = BTreeMap::new();
            for (number, exports) in (1..).zip(&runs) {
                run(&mut living, number, exports, &tables);
                let lines = || exports.iter().flat_map(|(of, lines)| {
                    lines.iter().map(move |line| (*of, *line))
                });
                let named: BTreeSet<ClientId> =
                    lines().filter_map(|(_, (who, _))| who.map(client)).collect();
                waits.retain(|(who, _)| !named.contains(who));
                waits.extend(lines().filter_map(|(of, (who, is_wrong))| {
                    Some((client(who.filter(|_| is_wrong)?), of))
                }));
                for (of, lines) in exports {
                    let count = lines.iter().filter(|(who, _)| who.is_none()).count();
                    nobodys.insert(format!("{of}.csv"), count);
                }
                nobodys.retain(|_, count| *count > 0);
                let people: BTreeSet<ClientId> = waits.iter().map(|(who, _)| *who).collect();
                prop_assert_eq!(open(&living), (people, nobodys.clone()));
                let rows = living.findings().count();
                prop_assert_eq!(living.withheld(), rows, "a row each");
            }
        }
    }

    #[test]
    fn of_two_national_files_the_later_one_is_known_by_its_name() {
        let tables = Tables::load(None).unwrap();
        let name = |serial: &str| format!("UPPLAN_202610_1370000018_43_1370100016_11_{serial}.CSV");
        let (older, newer) = (name("20260925093000"), name("20260926093000"));
        assert!(is_newer(&tables.layouts, &newer, &older));
        assert!(!is_newer(&tables.layouts, &older, &newer));
        assert!(!is_newer(&tables.layouts, "plan_2.csv", "plan.csv"));
    }
}
