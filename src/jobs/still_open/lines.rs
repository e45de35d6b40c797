//! From rows that are held to who is open: every row that is withheld is somebody's, and is on
//! the list with its cause, or stands behind one that is.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::check::CheckedMonth;
use crate::finding::{Code, Finding, Who};
use crate::fold;
use crate::ledger::OpenLine;
use crate::model::{ClientId, FileName, Place, YearMonth};
use crate::table::NameWords;

use super::super::change::Course;
use super::super::outcome::is_of_a_correction;
use super::super::proposal::{Proposal, Step};
use super::Found;
use super::seen::{BadPlace, Page};

/// The cause of who waits to be registered: the word of no finding, because nothing is wrong.
pub const WAITING: &str = "waiting";

/// Where a row stands.
type Spot = (Page, u32);

/// Everybody whom a run holds.
pub fn held(found: &Found<'_>, names: &NameWords) -> Vec<OpenLine> {
    let mut list = List {
        found,
        lines: Vec::new(),
        index: HashMap::new(),
    };
    list.rows();
    list.apart_from_rows();
    let mut lines = list.lines;
    join_strangers(&mut lines, names);
    without_those_held_for_others(&mut lines);
    lines
}

/// Whoever waits because a proposal was made and not registered.
pub fn waiting(proposal: &Proposal) -> Vec<OpenLine> {
    let to_send = proposal.planned().filter(|of| of.course() == Course::Send);
    let lines = to_send.filter_map(|planned| {
        let who = planned.item.who.as_ref()?;
        let place = planned.item.trace.place(None);
        let mut line = line((proposal.step, proposal.month), WAITING, &place);
        (line.client, line.name) = (Some(who.id), who.name.to_string());
        Some(line)
    });
    lines.collect()
}

/// Whoever is planned by a file that was never registered.
pub fn not_registered(month: &CheckedMonth) -> OpenLine {
    let plan = &month.plan;
    let place = month.lines.first().map(|(_, origin)| origin.place());
    let place = place.unwrap_or_else(|| Place::file(FileName::new("")));
    OpenLine {
        client: Some(plan.client),
        name: month.name.to_string(),
        ..line((Step::Plan, Some(plan.month)), WAITING, &place)
    }
}

/// Whoever has visits that nobody has approved yet.
pub fn not_approved<'a>(
    month: YearMonth,
    clients: impl Iterator<Item = (ClientId, &'a str, u32)>,
) -> Vec<OpenLine> {
    let place = Place::file(fold::source(month));
    let waiting = clients.filter(|(_, _, visits)| *visits > 0);
    let lines = waiting.map(|(client, name, visits)| OpenLine {
        client: Some(client),
        name: name.to_owned(),
        count: visits,
        ..line(
            (Step::Actuals, Some(month)),
            Code::NotApprovedYet.number(),
            &place,
        )
    });
    lines.collect()
}

/// A line about a place, of nobody yet.
pub(super) fn line(
    (step, month): (Step, Option<YearMonth>),
    code: &str,
    place: &Place,
) -> OpenLine {
    OpenLine {
        step: step.name().to_owned(),
        month,
        client: None,
        offices: BTreeSet::new(),
        name: String::new(),
        code: code.to_owned(),
        kind: String::new(),
        file: place.file.to_string(),
        digest: String::new(),
        sheet: place.sheet.as_deref().unwrap_or_default().to_owned(),
        row: place.row,
        count: 1,
        // Whoever enters it knows.
        run: 0,
    }
}

struct List<'f> {
    found: &'f Found<'f>,
    lines: Vec<OpenLine>,
    /// Where the line of somebody and a cause is.
    index: HashMap<(Whose, &'static str), usize>,
}

/// Whose a line is: two of one are counted together.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Whose {
    Client(ClientId),
    /// A comparison key.
    Name(String),
    Row(Page, Option<u32>),
}

impl List<'_> {
    fn rows(&mut self) {
        let found = self.found;
        let mut said: HashMap<Spot, Vec<&Finding>> = HashMap::new();
        for finding in found.findings.iter().filter(|of| holds(of)) {
            if let Some(spot) = spot(&finding.place) {
                said.entry(spot).or_default().push(finding);
            }
        }
        let bad: HashMap<Spot, &BadPlace> = (found.seen.bad.iter())
            .filter_map(|bad| Some((spot(&bad.place)?, bad)))
            .collect();
        let with_files: HashMap<Spot, &Who> = (found.seen.with_files.iter())
            .filter_map(|(place, who)| Some((spot(place)?, who)))
            .collect();
        // Groups of rows that go together, with a row of each that nobody has named yet.
        let mut silent: BTreeMap<u32, Option<Place>> = BTreeMap::new();
        for page in found.book.withheld() {
            for (row, group) in page.rows {
                let mut place = Place::file(page.file.clone());
                (place.sheet, place.row) = (page.sheet.clone(), Some(row));
                let at = ((page.file.clone(), page.sheet.clone()), row);
                let said = said.get(&at).map(Vec::as_slice).unwrap_or_default();
                let bad = bad.get(&at).copied();
                if let Some(who) = with_files.get(&at) {
                    self.add(&place, Some(who), "", self.cause_of_file(&place));
                    silent.insert(group, None);
                } else if said.is_empty() && bad.is_none() {
                    silent.entry(group).or_insert(Some(place));
                } else {
                    self.row(&place, said, bad);
                    silent.insert(group, None);
                }
            }
        }
        for place in silent.into_values().flatten() {
            self.add(&place, None, "", self.cause_of_file(&place));
        }
    }

    /// A row that is withheld.
    fn row(&mut self, place: &Place, said: &[&Finding], bad: Option<&BadPlace>) {
        let who = said.iter().find_map(|finding| finding.client.clone());
        let who = who.or_else(|| {
            let bad = bad?;
            let name = bad.name.as_str().into();
            Some(Who {
                id: bad.client?,
                name,
            })
        });
        let name = bad.map_or("", |bad| &bad.name);
        let mut codes: Vec<Code> = said.iter().map(|finding| finding.code).collect();
        codes.sort_unstable();
        codes.dedup();
        if codes.is_empty() {
            codes.push(self.cause_of_file(place));
        }
        for code in codes {
            self.add(place, who.as_ref(), name, code);
        }
    }

    /// What is said of a whole file holds its rows, too.
    fn cause_of_file(&self, place: &Place) -> Code {
        let of_file = |finding: &&Finding| {
            let of = &finding.place;
            let of_sheet = of.sheet.is_none() || of.sheet == place.sheet;
            finding.withholds() && of.row.is_none() && of.file == place.file && of_sheet
        };
        let found = self.found.findings.iter().find(of_file);
        found.map_or(Code::Held, |finding| finding.code)
    }

    /// What is said of somebody, or of a file, and of no row that was read. What holds a file
    /// of which rows are held is said with these.
    fn apart_from_rows(&mut self) {
        let pages = self.found.book.withheld().into_iter();
        let pages = pages.filter(|page| !page.rows.is_empty());
        let with_rows: BTreeSet<Page> = pages.map(|page| (page.file, page.sheet)).collect();
        for finding in self.found.findings.iter().filter(|of| of.withholds()) {
            let of_a_workbook = Place::file(finding.place.file.clone());
            let place = if is_of_a_correction(finding) {
                // What stands in an error workbook is no row of anybody's.
                &of_a_workbook
            } else {
                &finding.place
            };
            let page = (place.file.clone(), place.sheet.clone());
            let with_its_rows = finding.client.is_none() && with_rows.contains(&page);
            if self.found.book.row_at(place).is_none() && !with_its_rows {
                self.add(place, finding.client.as_ref(), "", finding.code);
            }
        }
    }

    fn add(&mut self, place: &Place, who: Option<&Who>, name: &str, code: Code) {
        let found = self.found;
        let page = (place.file.clone(), place.sheet.clone());
        let whose = match who {
            Some(who) => Whose::Client(who.id),
            None if name.is_empty() => Whose::Row(page.clone(), place.row),
            None => Whose::Name(name.to_owned()),
        };
        let key = (whose, code.number());
        if let Some(at) = self.index.get(&key) {
            self.lines[*at].count += 1;
            return;
        }
        self.index.insert(key, self.lines.len());
        let input = found.inputs.iter().find(|file| file.name == place.file);
        self.lines.push(OpenLine {
            client: who.map(|who| who.id),
            name: who.map_or(name, |who| &who.name).to_owned(),
            kind: found
                .seen
                .kinds
                .get(&page)
                .copied()
                .unwrap_or_default()
                .to_owned(),
            digest: input.map_or("", |file| file.digest.as_str()).to_owned(),
            ..line((found.step, found.month), code.number(), place)
        });
    }
}

/// Whether it says why a row is withheld.
fn holds(finding: &Finding) -> bool {
    finding.withholds() || finding.code == Code::Held
}

fn spot(place: &Place) -> Option<Spot> {
    Some(((place.file.clone(), place.sheet.clone()), place.row?))
}

/// A row without a number that bears the name of one client who is held is taken for this
/// client's: it is what holds him.
fn join_strangers(lines: &mut [OpenLine], names: &NameWords) {
    let mut known: HashMap<String, Option<(ClientId, String)>> = HashMap::new();
    for line in lines.iter() {
        let Some(client) = line.client else { continue };
        let same = known
            .entry(names.fold(&line.name))
            .or_insert_with(|| Some((client, line.name.clone())));
        if same.as_ref().is_some_and(|(other, _)| *other != client) {
            // Two people of one name.
            *same = None;
        }
    }
    for line in lines.iter_mut() {
        if line.client.is_none()
            && !line.name.is_empty()
            && let Some(Some((client, name))) = known.get(&line.name)
        {
            (line.client, line.name) = (Some(*client), name.clone());
        }
    }
}

/// That the other rows of somebody stay as well is not worth saying beside the reason.
fn without_those_held_for_others(lines: &mut Vec<OpenLine>) {
    let others = |line: &OpenLine| line.code == Code::Held.number();
    let with_reason = lines.iter().filter(|line| !others(line));
    let with_reason: BTreeSet<_> = with_reason.filter_map(|line| line.client).collect();
    lines.retain(|line| {
        !others(line)
            || line
                .client
                .is_none_or(|client| !with_reason.contains(&client))
    });
}
