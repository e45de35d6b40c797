//! Collects the rows of every file of a step, as typed records or as bad rows.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::disk::DiskError;
use crate::finding::{Book, Code, Fate, FileId, Finding, RowId, Who};
use crate::model::{
    CareOffice, Client, ClientId, FileName, InsuranceCard, Place, PlanDay, PlanLine, Record,
    RecordKind,
};
use crate::read::{InPieces, Intake, Raw, Row, Sheet};
use crate::table::{NameWords, OtherServices};

use super::bad_row::{BadRow, Cells, Mention};
use super::days_unread::{self, Doubt};
use super::excel_month::{self, Doubtful};
use super::lines::{Lines, Unit};
use super::mixed::Firsts;
use super::of_files::Clash;
use super::origin::Origin;
use super::person::Nobody;
use super::unknown::Waiting;
use super::usual_line::UsualLines;
use super::{cells, others, rows, senders, wide};

/// Which rows a step is about; files of the other kind are passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Care-management offices and clients with cards.
    Basics,
    /// Lines of the month's plan.
    Plans,
    /// Both.
    Everything,
}

impl Wanted {
    /// Whether rows of the kind are wanted.
    pub fn includes(self, kind: RecordKind) -> bool {
        match self {
            Self::Basics => matches!(kind, RecordKind::CareOffice | RecordKind::ClientCard),
            Self::Plans => kind.is_of_a_plan(),
            Self::Everything => true,
        }
    }
}

/// Everything that was read, before any rule that looks at more than one row.
#[derive(Debug)]
pub struct Gathered {
    wanted: Wanted,
    /// The words that tell no two names apart, and those that are no names.
    pub names: Arc<NameWords>,
    /// What is called a service of others.
    pub others: Arc<OtherServices>,
    /// The fates of the rows.
    pub book: Book,
    /// What is wrong with files, headers and single rows.
    pub findings: Vec<Finding>,
    /// Care-management offices.
    pub offices: Vec<(CareOffice, Origin)>,
    /// Clients, each with the one card of its row.
    pub cards: Vec<(Client, Option<InsuranceCard>, Origin)>,
    /// Lines of plans.
    pub lines: Lines,
    /// Rows that are no record; they hold their client's other rows.
    pub bad_rows: Vec<BadRow>,
    /// Whose rows somebody has decided to leave out: they are named, and so they are not gone.
    pub aside: Vec<Mention>,
    /// Rows of services that are none of ours and whose codes are none, each with its kind.
    pub of_others: Vec<(Origin, Finding)>,
    /// How many sheets of a wanted kind were recognised.
    pub sheets: usize,
    /// Each recognised sheet with how many rows it had, wanted or not.
    pub recognised: Vec<(Arc<Sheet>, usize)>,
    /// Sheets in which something changes that must be one throughout, with the row at which it
    /// does.
    pub mixed: Vec<(Arc<Sheet>, u32)>,
    /// Rows with an empty cell more than their header has.
    pub wide: Vec<Origin>,
    /// Rows of whose month a spreadsheet has made a day.
    pub doubtful: Vec<Doubtful>,
    /// Sheets of whose days some are not read.
    pub days_unread: Vec<(FileId, Finding)>,
    /// Sources that say two things of one subject.
    pub clashes: Vec<Clash>,
    /// The file that somebody has chosen where two say two things.
    pub chosen: Option<FileName>,
    /// Whose rows are held for what is said of their file, each with its place.
    pub held_with_files: Vec<(Place, Who)>,
    /// Clients whose basic data is held, each with a row that says so.
    pub held: Vec<(ClientId, Origin)>,
    page: Option<FileId>,
    firsts: Firsts,
    nobody: Nobody,
    /// `None` where the sheet has other columns.
    usual_lines: Option<UsualLines>,
    /// What may be lost of the sheet's days; `None` where nothing can be.
    doubt: Option<Doubt>,
}

impl Gathered {
    /// Nothing yet.
    pub fn new(wanted: Wanted, (names, others): (&Arc<NameWords>, &Arc<OtherServices>)) -> Self {
        Self {
            wanted,
            names: Arc::clone(names),
            others: Arc::clone(others),
            book: Book::default(),
            findings: Vec::new(),
            offices: Vec::new(),
            cards: Vec::new(),
            lines: Lines::default(),
            bad_rows: Vec::new(),
            aside: Vec::new(),
            of_others: Vec::new(),
            sheets: 0,
            recognised: Vec::new(),
            mixed: Vec::new(),
            wide: Vec::new(),
            doubtful: Vec::new(),
            days_unread: Vec::new(),
            clashes: Vec::new(),
            chosen: None,
            held_with_files: Vec::new(),
            held: Vec::new(),
            page: None,
            firsts: Firsts::default(),
            nobody: Nobody::default(),
            usual_lines: None,
            doubt: None,
        }
    }

    /// Whether any file says which care-management office has planned its rows.
    pub fn has_senders(&self) -> bool {
        let mut sheets = self.recognised.iter();
        sheets.any(|(sheet, _)| senders::of(sheet).is_some())
    }

    /// Which rows are kept.
    pub fn wanted(&self) -> Wanted {
        self.wanted
    }

    /// Adds what was read of further files.
    pub fn add_files(&mut self, other: Self) {
        let more = self.book.bind(other.book);
        let moved = |mut origin: Origin| {
            origin.id = origin.id.moved(more);
            origin
        };
        self.findings.extend(other.findings);
        let offices = other.offices.into_iter();
        self.offices
            .extend(offices.map(|(office, origin)| (office, moved(origin))));
        let cards = other.cards.into_iter();
        self.cards
            .extend(cards.map(|(client, card, origin)| (client, card, moved(origin))));
        self.lines.append(other.lines.moved(more));
        let bad = other.bad_rows.into_iter();
        self.bad_rows.extend(bad.map(|row| BadRow {
            origin: moved(row.origin),
            ..row
        }));
        self.aside.extend(other.aside);
        let of_others = other.of_others.into_iter();
        self.of_others
            .extend(of_others.map(|(origin, finding)| (moved(origin), finding)));
        self.sheets += other.sheets;
        self.recognised.extend(other.recognised);
        self.mixed.extend(other.mixed);
        self.wide.extend(other.wide.into_iter().map(moved));
        let unread = other.days_unread.into_iter();
        let moved_page = |page| RowId::new(page, 0).moved(more).file();
        self.days_unread
            .extend(unread.map(|(page, finding)| (moved_page(page), finding)));
        let doubtful = other.doubtful.into_iter();
        self.doubtful.extend(doubtful.map(|of| of.moved(more)));
        self.page = None;
    }

    /// Whether rows of the kind are kept.
    pub fn wants(&self, kind: RecordKind) -> bool {
        self.wanted.includes(kind)
    }

    /// Every client that a row names, whether the row is good or not.
    pub fn clients(&self) -> Result<BTreeSet<ClientId>, DiskError> {
        let cards = self.cards.iter().map(|(client, ..)| client.id);
        let named = self.named(&self.lines.units()?);
        Ok(cards.chain(named.iter().map(|of| of.client)).collect())
    }

    /// Everybody whom a row of a plan names, good or not, where it is known whose months there
    /// are lines of.
    pub fn named(&self, units: &[Unit]) -> BTreeSet<Mention> {
        let bad = self.bad_rows.iter().filter_map(Mention::of);
        let planned = units.iter().map(|(office, month, client)| Mention {
            client: *client,
            office: Some(*office),
            month: Some(*month),
        });
        let aside = self.aside.iter().copied();
        bad.chain(planned).chain(aside).collect()
    }

    /// Where each client stands who is in a client list and will not be registered by what was
    /// read, as far as the rules have said so.
    pub fn waiting(&self) -> Waiting {
        let held = self.held.iter();
        held.map(|(client, origin)| (*client, in_words(origin)))
            .collect()
    }

    /// Where each of these clients stands in the client lists that were read.
    pub fn places_of(&self, clients: &BTreeSet<ClientId>) -> Waiting {
        let cards = self
            .cards
            .iter()
            .map(|(client, _, origin)| (client.id, origin));
        let bad = self.bad_rows.iter();
        let bad = bad.filter(|row| row.kind == RecordKind::ClientCard);
        let bad = bad.filter_map(|row| Some((row.client?, &row.origin)));
        let all = cards
            .chain(bad)
            .filter(|(client, _)| clients.contains(client));
        all.map(|(client, origin)| (client, in_words(origin)))
            .collect()
    }

    /// The first error that concerns a whole file, if any file could not be used at all.
    pub fn unusable_file(&self) -> Option<&Finding> {
        self.findings.iter().find(|finding| {
            matches!(
                finding.code,
                Code::UnknownFileKind
                    | Code::MissingColumn
                    | Code::DoubledColumn
                    | Code::NoUsableRow
                    | Code::UnreadableWorkbook
                    | Code::SheetTooLarge
                    | Code::NotTheWorkbook
                    | Code::OwnOutput
            )
        })
    }

    /// Takes out rows, good or bad, as rows that are no record any more.
    pub(super) fn take_rows(&mut self, is_of: impl Fn(&Origin) -> bool) -> Vec<BadRow> {
        let names = Arc::clone(&self.names);
        let offices = self.offices.extract_if(.., |(_, origin)| is_of(origin));
        let cards = self.cards.extract_if(.., |(.., origin)| is_of(origin));
        let lines = self.lines.extract(&is_of).into_iter();
        let bad = self.bad_rows.extract_if(.., |row| is_of(&row.origin));
        let offices = offices.map(|(office, origin)| of_office(&office, origin, &names));
        let cards = cards.map(|(client, _, origin)| of_card(&client, origin, &names));
        let lines = lines.map(|(line, origin)| of_line(&line, origin, &names));
        offices.chain(cards).chain(lines).chain(bad).collect()
    }

    /// The same rows as [`take_rows`](Self::take_rows) gives, left where they are.
    pub(super) fn as_bad_rows(
        &self,
        is_of: impl Fn(&Origin) -> bool,
    ) -> Result<Vec<BadRow>, DiskError> {
        let names = &self.names;
        let mut lines = Vec::new();
        self.lines.each(|line, origin| {
            if is_of(&origin) {
                lines.push(of_line(&line, origin, names));
            }
        })?;
        let offices = self.offices.iter().filter(|(_, origin)| is_of(origin));
        let cards = self.cards.iter().filter(|(.., origin)| is_of(origin));
        let bad = self.bad_rows.iter().filter(|row| is_of(&row.origin));
        let offices = offices.map(|(office, origin)| of_office(office, origin.clone(), names));
        let cards = cards.map(|(client, _, origin)| of_card(client, origin.clone(), names));
        let all = offices.chain(cards).chain(lines).chain(bad.cloned());
        Ok(all.collect())
    }

    /// Makes bad rows of all rows of a file.
    fn spoil(&mut self, file: &FileName) {
        let rows = self.take_rows(|origin| origin.sheet().file() == file);
        self.bad_rows.extend(rows);
    }

    /// Reads a row that stands in the book.
    pub(super) fn examine(&mut self, row: &Row, origin: Origin) {
        let sheet = &Arc::clone(origin.sheet());
        let origin = if sheet.ends_early(row) {
            // Programs that leave out empty cells at the end leave out all of them: an empty one is cut.
            let filled = row.cells().enumerate().filter(|(_, cell)| !cell.is_empty());
            origin.ending_at(filled.last().map_or(0, |(at, _)| at + 1))
        } else {
            origin
        };
        let kind = sheet.layout.record();
        let first = self.findings.len();
        let record = cells::read(sheet, row, &mut self.findings);
        if let Some(finding) = self.nobody.excludes(&record, kind, &origin, &self.names) {
            self.findings.truncate(first);
            self.findings.push(finding);
            let fresh = self.book.decide(origin.id, Fate::Excluded);
            fresh.expect("nobody has decided about a row that was just entered");
            return;
        }
        let name = (row, &*self.others);
        if let Some(finding) = others::of_an_unread_code(&record, &origin, name) {
            self.findings.truncate(first);
            let bad = BadRow::read(&record, row, Cells::of(&[]), origin.clone(), &self.names);
            self.aside.extend(Mention::of(&bad));
            let fresh = self.book.decide(origin.id, Fate::Excluded);
            fresh.expect("nobody has decided about a row that was just entered");
            self.of_others.push((origin, finding));
            return;
        }
        rows::check(kind, &record, &origin, &mut self.findings);
        if !self.is_mixed(sheet)
            && let Some(finding) = self.firsts.differing(sheet, row)
        {
            self.findings.push(finding);
            self.mixed.push((Arc::clone(sheet), row.number()));
        }
        let lost = self.doubt.as_ref().and_then(|of| of.lost(&record, row));
        if let Some(lost) = lost.filter(|_| !self.is_unread(origin.id.file())) {
            let finding = days_unread::finding(sheet, row.number(), &lost);
            self.days_unread.push((origin.id.file(), finding));
        }
        let findings = &self.findings[first..];
        let good = !findings.iter().any(Finding::withholds);
        if !good {
            excel_month::keep(&mut self.doubtful, &origin, row, findings);
        }
        let cells = Cells::of(findings);
        if good && wide::is_wide(sheet, row) {
            wide::keep(&mut self.wide, &origin);
        }
        if !good || !self.keep(&record, &origin) {
            let bad = BadRow::read(&record, row, cells, origin, &self.names);
            self.bad_rows.push(bad);
        }
    }

    /// Keeps the record, if it is one.
    fn keep(&mut self, record: &Record<'_>, origin: &Origin) -> bool {
        let line = match origin.sheet().layout.record() {
            RecordKind::CareOffice => {
                let office = CareOffice::from_record(record);
                let kept = office.map(|office| self.offices.push((office, origin.clone())));
                return kept.is_some();
            }
            RecordKind::ClientCard => {
                let kept = Client::from_record(record).map(|client| {
                    let card = InsuranceCard::from_record(record);
                    self.cards.push((client, card, origin.clone()));
                });
                return kept.is_some();
            }
            RecordKind::PlanDay => {
                let line = PlanDay::from_record(record).and_then(PlanDay::line);
                let kept = line.map(|line| self.lines.push(&line, origin.sheet(), origin.id));
                return kept.is_some();
            }
            _ => PlanLine::<&str>::from_record(record),
        };
        let kept = line.map(|line| self.lines.push(&line, origin.sheet(), origin.id));
        kept.is_some()
    }

    fn is_unread(&self, page: FileId) -> bool {
        let last = self.days_unread.last();
        last.is_some_and(|(of, _)| *of == page)
    }

    fn is_mixed(&self, sheet: &Arc<Sheet>) -> bool {
        let last = self.mixed.last();
        last.is_some_and(|(of, _)| Arc::ptr_eq(of, sheet))
    }
}

/// `利用者一覧.csv の5行目`
fn in_words(origin: &Origin) -> String {
    format!("{} の{}行目", origin.sheet().title(), origin.row())
}

/// What is left of a record when its row is no record any more.
fn of_office(office: &CareOffice, origin: Origin, names: &NameWords) -> BadRow {
    BadRow {
        office: Some(office.number),
        name: names.fold(&office.name),
        ..BadRow::of(origin)
    }
}

fn of_card(client: &Client, origin: Origin, names: &NameWords) -> BadRow {
    BadRow {
        client: Some(client.id),
        insured: Some(client.id.insured),
        name: names.fold(&client.name),
        ..BadRow::of(origin)
    }
}

fn of_line<T: AsRef<str>>(line: &PlanLine<T>, origin: Origin, names: &NameWords) -> BadRow {
    BadRow {
        office: Some(line.office),
        month: Some(line.month),
        client: Some(line.client),
        insured: Some(line.client.insured),
        name: names.fold(line.name.as_ref()),
        ..BadRow::of(origin)
    }
}

impl Intake for Gathered {
    fn sheet(&mut self, sheet: &Arc<Sheet>) {
        self.recognised.push((Arc::clone(sheet), 0));
        self.page = None;
        self.firsts = Firsts::default();
        if self.wants(sheet.layout.record()) {
            self.sheets += 1;
            let page = self.book.open(sheet.file().clone(), sheet.name().cloned());
            self.page = Some(page);
        }
        self.usual_lines = UsualLines::of(sheet);
        self.doubt = Doubt::of(sheet);
    }

    fn row(&mut self, sheet: &Arc<Sheet>, row: &Row) {
        if let Some((_, rows)) = self.recognised.last_mut() {
            *rows += 1;
        }
        let Some(page) = self.page else { return };
        let origin = Origin::new(sheet, self.book.enter(page, row.number()));
        self.examine(row, origin);
    }

    fn finding(&mut self, kind: Option<RecordKind>, finding: Finding) {
        // A part of a file is no file: whose rows were read before it broke may have more.
        if matches!(finding.code, Code::UnreadableWorkbook | Code::SheetTooLarge) {
            self.spoil(&finding.place.file);
        }
        if kind.is_some_and(|kind| !self.wants(kind)) {
            return;
        }
        if finding.code == Code::MixedFile
            && let Some((sheet, _)) = self.recognised.last()
            && !self.is_mixed(sheet)
        {
            let row = finding.place.row.unwrap_or_default();
            self.mixed.push((Arc::clone(sheet), row));
        }
        self.findings.push(finding);
    }
}

impl InPieces for Gathered {
    fn takes_parts(&self) -> bool {
        let sheet = self.recognised.last();
        sheet.is_some_and(|(sheet, _)| sheet.one_per_file().is_empty())
    }

    fn part(&self) -> Self {
        let leaf = self.page.map(|page| self.book.leaf(page));
        let sheet = self.recognised.last();
        Self {
            book: leaf.unwrap_or_default(),
            recognised: sheet
                .map(|(of, _)| (Arc::clone(of), 0))
                .into_iter()
                .collect(),
            page: self.page,
            usual_lines: self.usual_lines.as_ref().map(UsualLines::fresh),
            doubt: self.doubt.clone(),
            ..Self::new(self.wanted, (&self.names, &self.others))
        }
    }

    fn usual(&mut self, sheet: &Arc<Sheet>, raw: &Raw<'_>) -> bool {
        let (Some(page), Some(lines)) = (self.page, &mut self.usual_lines) else {
            return false;
        };
        let line = lines.read(sheet, raw, &self.names);
        let doubt = self.doubt.as_ref();
        let is_clear = |line: &PlanLine<&str>| doubt.is_none_or(|of| !of.concerns(line));
        let Some(line) = line.filter(is_clear) else {
            return false;
        };
        let row = self.book.enter(page, raw.number());
        self.lines.push(&line, sheet, row);
        if let Some((_, rows)) = self.recognised.last_mut() {
            *rows += 1;
        }
        true
    }

    fn add(&mut self, part: Self) {
        self.book.put_in(part.book);
        self.findings.extend(part.findings);
        self.offices.extend(part.offices);
        self.cards.extend(part.cards);
        self.lines.append(part.lines);
        self.bad_rows.extend(part.bad_rows);
        self.aside.extend(part.aside);
        self.of_others.extend(part.of_others);
        self.doubtful.extend(part.doubtful);
        self.wide.extend(part.wide);
        let unread = part.days_unread.into_iter().next();
        let unread = unread.filter(|(page, _)| !self.is_unread(*page));
        self.days_unread.extend(unread);
        if let (Some((sheet, rows)), Some((_, more))) =
            (self.recognised.last_mut(), part.recognised.last())
        {
            *rows += more;
            let sheet = Arc::clone(sheet);
            if !self.is_mixed(&sheet) {
                self.mixed.extend(part.mixed);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{card, gather, line};
    use super::*;

    #[test]
    fn files_that_were_read_beside_others_are_as_if_they_had_been_read_behind_them() {
        let rows = [
            card(),
            line(&[5]).within("a.csv"),
            line(&[6]).of("0000100002", "試験　太郎").within("b.csv"),
            line(&[7]).with("開始時刻", "朝").within("b.csv"),
        ];
        let whole = gather(&rows);
        let mut bound = gather(&rows[..2]);
        bound.add_files(gather(&rows[2..]));
        let origins = |gathered: &Gathered| {
            let cards = gathered.cards.iter().map(|(.., origin)| origin.clone());
            let lines = gathered.lines.all().into_iter().map(|(_, origin)| origin);
            let bad = gathered.bad_rows.iter().map(|row| row.origin.clone());
            let all: Vec<Origin> = cards.chain(lines).chain(bad).collect();
            all
        };
        for gathered in [&whole, &bound] {
            for origin in origins(gathered) {
                assert_eq!(gathered.book.row_at(&origin.place()), Some(origin.id));
            }
        }
        let places = |of| origins(of).iter().map(Origin::place).collect::<Vec<_>>();
        assert_eq!(places(&bound), places(&whole));
        assert_eq!(bound.findings, whole.findings);
        assert_eq!(bound.sheets, whole.sheets);
    }

    #[test]
    fn the_rows_of_a_file_that_broke_half_way_are_bad_and_those_of_others_are_not() {
        let mut gathered = gather(&[card(), line(&[5]), line(&[6])]);
        let (broken, _) = gathered.recognised.last().unwrap();
        let place = Place::file(broken.file().clone());
        gathered.finding(None, Finding::new(Code::UnreadableWorkbook, place));
        assert_eq!((gathered.lines.len(), gathered.cards.len()), (0, 1));
        let bad: Vec<_> = gathered.bad_rows.iter().map(|row| row.client).collect();
        assert_eq!(bad, [Some(gathered.cards[0].0.id); 2]);
        assert!(gathered.unusable_file().is_some());
    }
}
