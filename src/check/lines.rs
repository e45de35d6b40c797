//! The lines of plans, from the first file to the last, and then by month.
//!
//! Nothing can be said of a client's month before every row of every file was read: one at
//! the end may be the same client's, or hold whoever has its name. So the lines wait here,
//! packed, and come out ordered by office, month and client, each client's in the order in
//! which they came. What is more than 32 MB waits in a scratch file, in runs that are
//! ordered each for itself and merged at the end; where files are ordered by client, as
//! 楽すけ writes them, that is one run and nothing is sorted. So memory does not grow with the
//! files, however large they are.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::mem;
use std::sync::Arc;

use crate::disk::{self, DiskError};
use crate::finding::{FileId, RowId};
use crate::model::{ClientId, OfficeNumber, PlanLine, YearMonth};
use crate::read::Sheet;

use super::origin::Origin;
use super::packed;

/// Whose month it is: the unit in which plans are sent, and the order in which they are.
pub type Unit = (OfficeNumber, YearMonth, ClientId);

/// So many bytes wait in memory: a third of a million lines. With more at hand nothing is
/// faster: they are put away in one go, and meanwhile no further file is read.
const AT_HAND: usize = 32 << 20;
/// The lines of a block lie together in memory.
const BLOCK: usize = 128 << 10;
/// So many bytes of a run are read at a time.
const WINDOW: usize = 256 << 10;

/// Lines with the rows that they come from.
#[derive(Debug)]
pub struct Lines {
    sheets: BTreeMap<FileId, Arc<Sheet>>,
    blocks: Vec<Block>,
    count: usize,
    /// How many bytes the blocks may have together.
    at_hand: usize,
    held: usize,
    scratch: Option<Scratch>,
    /// Why the scratch file could not be written; said when the lines are asked for.
    failed: Option<DiskError>,
}

/// Packed lines in the order in which they came.
#[derive(Debug)]
struct Block {
    bytes: Vec<u8>,
    /// Whether they are ordered by unit.
    is_ordered: bool,
    /// Where the last line begins.
    last: usize,
}

/// What was too much for the memory.
#[derive(Debug)]
struct Scratch {
    file: File,
    /// Each ordered run, from one byte to another.
    runs: Vec<(u64, u64)>,
    /// The unit of the last line.
    last: Vec<u8>,
}

impl Default for Lines {
    fn default() -> Self {
        Self::with_at_hand(AT_HAND)
    }
}

impl Lines {
    /// No lines yet; so many bytes of them may wait in memory.
    pub(super) fn with_at_hand(at_hand: usize) -> Self {
        Self {
            sheets: BTreeMap::new(),
            blocks: Vec::new(),
            count: 0,
            at_hand,
            held: 0,
            scratch: None,
            failed: None,
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Adds a line.
    pub(super) fn push<T: AsRef<str>>(
        &mut self,
        line: &PlanLine<T>,
        sheet: &Arc<Sheet>,
        row: RowId,
    ) {
        let last = self.sheets.last_key_value();
        if last.is_none_or(|(page, _)| *page != row.file()) {
            self.sheets.insert(row.file(), Arc::clone(sheet));
        }
        if self.blocks.last().is_none_or(Block::is_full) {
            self.make_room();
            self.blocks.push(Block::new());
        }
        if let Some(block) = self.blocks.last_mut() {
            self.held += block.push(line, row);
            self.count += 1;
        }
    }

    /// Adds lines that came behind these.
    pub(super) fn append(&mut self, more: Self) {
        if more.scratch.is_some() || more.failed.is_some() {
            return self.take_over(more, |row| row);
        }
        self.sheets.extend(more.sheets);
        self.held += more.held;
        self.count += more.count;
        self.blocks.extend(more.blocks);
        self.make_room();
    }

    /// The same lines where so many pages were put in front of those of their rows.
    pub(super) fn moved(mut self, more: u32) -> Self {
        if self.scratch.is_some() {
            let mut moved = Self::with_at_hand(self.at_hand);
            moved.take_over(self, |row| row.moved(more));
            return moved;
        }
        let sheets = mem::take(&mut self.sheets).into_iter();
        let sheets = sheets.map(|(page, sheet)| (RowId::new(page, 0).moved(more).file(), sheet));
        self.sheets = sheets.collect();
        for block in &mut self.blocks {
            let mut rest = block.bytes.as_mut_slice();
            while let Some(length) = packed::length(rest) {
                let (line, behind) = rest.split_at_mut(length);
                packed::move_row(line, more);
                rest = behind;
            }
        }
        self
    }

    /// Adds the lines of others one by one, wherever they lie. What could not be put away or
    /// read there is missing here as well.
    fn take_over(&mut self, mut others: Self, moved: impl Fn(RowId) -> RowId) {
        let failed = others.failed.take();
        let read = others.each(|line, origin| {
            self.push(&line, origin.sheet(), moved(origin.id));
        });
        self.failed = self.failed.take().or(failed).or(read.err());
    }

    fn make_room(&mut self) {
        if self.held <= self.at_hand {
            return;
        }
        if let Err(error) = self.put_away() {
            self.failed.get_or_insert(error);
        }
        self.held = 0;
    }

    /// Writes what is in memory to the scratch file, ordered.
    fn put_away(&mut self) -> Result<(), DiskError> {
        let blocks = ordered(mem::take(&mut self.blocks));
        let (Some(first), Some(last)) = (blocks.first(), blocks.last()) else {
            return Ok(());
        };
        let scratch = match &mut self.scratch {
            Some(scratch) => scratch,
            none => none.insert(Scratch::new()?),
        };
        scratch.begin_run_before(first.first_unit())?;
        scratch.last = last.last_unit().to_vec();
        blocks
            .iter()
            .try_for_each(|block| scratch.write(&block.bytes))
    }

    /// The lines by unit, in pieces of about so many bytes that hold units whole.
    pub(super) fn by_unit(mut self, piece: usize) -> Result<ByUnit, DiskError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let mut runs = Vec::new();
        if let Some(scratch) = &mut self.scratch {
            runs.extend(
                scratch
                    .runs
                    .iter()
                    .map(|&(from, to)| Run::on_disk(from, to)),
            );
        }
        let blocks = ordered(mem::take(&mut self.blocks));
        runs.extend((!blocks.is_empty()).then(|| Run::in_memory(blocks)));
        let mut by_unit = ByUnit {
            file: self.scratch.map(|scratch| scratch.file),
            runs,
            piece,
            sheets: Arc::new(self.sheets),
        };
        by_unit.refill()?;
        Ok(by_unit)
    }

    /// Every line with its row, in no order that matters.
    pub fn each(&self, mut take: impl FnMut(PlanLine<&str>, Origin)) -> Result<(), DiskError> {
        self.each_packed(|line| {
            let (line, row) = packed::unpack(line);
            take(line, origin(&self.sheets, row));
        })
    }

    /// Every line with its row, in the order in which they came.
    #[cfg(test)]
    pub(crate) fn all(&self) -> Vec<(PlanLine, Origin)> {
        let mut all = Vec::new();
        self.each(|line, origin| all.push((line.owned(Into::into, Into::into), origin)))
            .unwrap();
        all
    }

    /// Whose months there are lines of, in the order of the lines; some more than once.
    pub fn units(&self) -> Result<Vec<Unit>, DiskError> {
        let mut units: Vec<Unit> = Vec::new();
        let mut last = Vec::new();
        self.each_packed(|line| {
            // Most lines are of the same unit as the ones above them.
            if last != packed::unit_bytes(line) {
                last.clear();
                last.extend_from_slice(packed::unit_bytes(line));
                units.push(packed::unit(line));
            }
        })?;
        Ok(units)
    }

    fn each_packed(&self, mut take: impl FnMut(&[u8])) -> Result<(), DiskError> {
        let mut all = |mut rest: &[u8]| {
            while let Some((line, behind)) = packed::split(rest) {
                take(line);
                rest = behind;
            }
            rest.len()
        };
        for block in &self.blocks {
            all(&block.bytes);
        }
        if let Some(scratch) = &self.scratch {
            let mut window = Vec::new();
            let mut at = 0;
            while scratch.read(at, scratch.end(), &mut window)? {
                at += (window.len() - all(&window)) as u64;
                window.clear();
            }
        }
        Ok(())
    }

    /// Takes lines out. Where they cannot be read, whoever asks for the rest is told.
    pub(super) fn extract(&mut self, is_of: impl Fn(&Origin) -> bool) -> Vec<(PlanLine, Origin)> {
        let mut kept = Self::with_at_hand(self.at_hand);
        let mut taken = Vec::new();
        let read = self.each(|line, origin| {
            if is_of(&origin) {
                taken.push((line.owned(Into::into, Into::into), origin));
            } else {
                kept.push(&line, origin.sheet(), origin.id);
            }
        });
        let failed = self.failed.take().or(read.err());
        *self = kept;
        self.failed = failed.or(self.failed.take());
        taken
    }
}

fn origin(sheets: &BTreeMap<FileId, Arc<Sheet>>, row: RowId) -> Origin {
    Origin::new(&sheets[&row.file()], row)
}

impl Block {
    fn new() -> Self {
        Self {
            bytes: Vec::with_capacity(BLOCK + BLOCK / 16),
            is_ordered: true,
            last: 0,
        }
    }

    fn is_full(&self) -> bool {
        self.bytes.len() >= BLOCK
    }

    /// Adds a line and says how many bytes it takes.
    fn push<T: AsRef<str>>(&mut self, line: &PlanLine<T>, row: RowId) -> usize {
        let start = self.bytes.len();
        packed::pack(line, row, &mut self.bytes);
        let unit = packed::unit_bytes(&self.bytes[start..]);
        self.is_ordered &= start == 0 || self.last_unit() <= unit;
        self.last = start;
        self.bytes.len() - start
    }

    fn first_unit(&self) -> &[u8] {
        packed::unit_bytes(&self.bytes)
    }

    fn last_unit(&self) -> &[u8] {
        packed::unit_bytes(&self.bytes[self.last..])
    }
}

/// The same lines ordered by unit; those of one unit stay in their order.
fn ordered(blocks: Vec<Block>) -> Vec<Block> {
    let in_order = blocks.iter().all(|block| block.is_ordered)
        && blocks.is_sorted_by(|above, below| above.last_unit() <= below.first_unit());
    if in_order {
        return blocks;
    }
    let mut lines = Vec::new();
    for block in &blocks {
        let mut rest = &*block.bytes;
        while let Some((line, behind)) = packed::split(rest) {
            lines.push(line);
            rest = behind;
        }
    }
    lines.sort_by(|one, other| packed::unit_bytes(one).cmp(packed::unit_bytes(other)));
    let mut sorted = vec![Block::new()];
    for line in lines {
        if sorted.last().is_some_and(Block::is_full) {
            sorted.push(Block::new());
        }
        if let Some(block) = sorted.last_mut() {
            block.last = block.bytes.len();
            block.bytes.extend_from_slice(line);
        }
    }
    sorted
}

impl Scratch {
    fn new() -> Result<Self, DiskError> {
        Ok(Self {
            file: disk::scratch()?,
            runs: Vec::new(),
            last: Vec::new(),
        })
    }

    fn end(&self) -> u64 {
        self.runs.last().map_or(0, |(_, to)| *to)
    }

    /// Begins another run where what comes next does not go on with the last one.
    fn begin_run_before(&mut self, unit: &[u8]) -> Result<(), DiskError> {
        let end = self.end();
        if self.runs.is_empty() || unit < self.last.as_slice() {
            self.runs.push((end, end));
        }
        self.file
            .seek(SeekFrom::Start(end))
            .map_err(disk::no_scratch)?;
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), DiskError> {
        self.file.write_all(bytes).map_err(disk::no_scratch)?;
        if let Some((_, to)) = self.runs.last_mut() {
            *to += bytes.len() as u64;
        }
        Ok(())
    }

    fn read(&self, from: u64, to: u64, window: &mut Vec<u8>) -> Result<bool, DiskError> {
        read(&self.file, from, to, window)
    }
}

/// Appends the next bytes of a run; `false` where there are none.
fn read(mut file: &File, from: u64, to: u64, window: &mut Vec<u8>) -> Result<bool, DiskError> {
    let length = (to - from).min(WINDOW as u64);
    file.seek(SeekFrom::Start(from)).map_err(disk::no_scratch)?;
    let read = file.take(length).read_to_end(window);
    Ok(read.map_err(disk::no_scratch)? > 0)
}

/// Lines by unit, piece by piece.
#[derive(Debug)]
pub(super) struct ByUnit {
    file: Option<File>,
    /// Those of an earlier run came earlier.
    runs: Vec<Run>,
    piece: usize,
    sheets: Arc<BTreeMap<FileId, Arc<Sheet>>>,
}

/// An ordered run, as far as it was not handed out yet.
#[derive(Debug)]
struct Run {
    window: Vec<u8>,
    at: usize,
    rest: Rest,
}

#[derive(Debug)]
enum Rest {
    Blocks(std::vec::IntoIter<Block>),
    OnDisk(u64, u64),
}

impl Run {
    fn in_memory(blocks: Vec<Block>) -> Self {
        Self::of(Rest::Blocks(blocks.into_iter()))
    }

    fn on_disk(from: u64, to: u64) -> Self {
        Self::of(Rest::OnDisk(from, to))
    }

    fn of(rest: Rest) -> Self {
        let (window, at) = (Vec::new(), 0);
        Self { window, at, rest }
    }

    /// The next line, if it is at hand.
    fn peek(&self) -> Option<&[u8]> {
        packed::split(&self.window[self.at..]).map(|(line, _)| line)
    }

    /// Brings the next line to hand.
    fn refill(&mut self, file: Option<&File>) -> Result<(), DiskError> {
        while self.peek().is_none() {
            match &mut self.rest {
                Rest::Blocks(blocks) => {
                    let Some(block) = blocks.next() else { break };
                    (self.window, self.at) = (block.bytes, 0);
                }
                Rest::OnDisk(from, to) => {
                    self.window.drain(..mem::take(&mut self.at));
                    let before = self.window.len();
                    let Some(file) = file else { break };
                    if !read(file, *from, *to, &mut self.window)? {
                        break;
                    }
                    *from += (self.window.len() - before) as u64;
                }
            }
        }
        Ok(())
    }
}

impl ByUnit {
    fn refill(&mut self) -> Result<(), DiskError> {
        for run in &mut self.runs {
            run.refill(self.file.as_ref())?;
        }
        Ok(())
    }

    /// The next piece; `None` behind the last one.
    pub(super) fn next(&mut self) -> Result<Option<Piece>, DiskError> {
        let mut packed: Vec<u8> = Vec::with_capacity(self.piece + self.piece / 8);
        let mut last = 0;
        while let Some((run, line)) = self.lowest() {
            let same_unit = || packed::unit_bytes(line) == packed::unit_bytes(&packed[last..]);
            if packed.len() >= self.piece && !same_unit() {
                break;
            }
            last = packed.len();
            packed.extend_from_slice(line);
            let run = &mut self.runs[run];
            run.at += packed.len() - last;
            run.refill(self.file.as_ref())?;
        }
        let sheets = Arc::clone(&self.sheets);
        Ok((!packed.is_empty()).then_some(Piece { packed, sheets }))
    }

    /// The run with the next line; of several, the earliest.
    fn lowest(&self) -> Option<(usize, &[u8])> {
        let lines = self.runs.iter().enumerate();
        let lines = lines.filter_map(|(run, of)| Some((run, of.peek()?)));
        lines.min_by(|(_, one), (_, other)| packed::unit_bytes(one).cmp(packed::unit_bytes(other)))
    }
}

/// Some units, each with all of its lines.
#[derive(Debug)]
pub(super) struct Piece {
    packed: Vec<u8>,
    sheets: Arc<BTreeMap<FileId, Arc<Sheet>>>,
}

impl Piece {
    /// Hands over unit by unit.
    pub(super) fn each_unit(&self, mut take: impl FnMut(Unit, Vec<(PlanLine, Origin)>)) {
        let mut rest = &*self.packed;
        let (mut names, mut services) = (Texts::<1>::default(), Texts::<8>::default());
        let mut sheet = None;
        while let Some((first, _)) = packed::split(rest) {
            let (unit, bytes) = (packed::unit(first), packed::unit_bytes(first));
            let mut lines = Vec::with_capacity(4);
            while let Some((line, behind)) = packed::split(rest)
                && packed::unit_bytes(line) == bytes
            {
                let (line, row) = packed::unpack_of(unit, line);
                let line = line.owned(|name| names.share(name), |name| services.share(name));
                lines.push((line, self.origin(row, &mut sheet)));
                rest = behind;
            }
            take(unit, lines);
        }
    }
}

impl Piece {
    /// The origin of a row. A piece has sheets of its own, because every line holds one.
    fn origin(&self, row: RowId, last: &mut Option<(FileId, Arc<Sheet>)>) -> Origin {
        let page = row.file();
        if last.as_ref().is_none_or(|(of, _)| *of != page) {
            *last = Some((page, Arc::new(self.sheets[&page].apart())));
        }
        match last {
            Some((_, sheet)) => Origin::new(sheet, row),
            None => origin(&self.sheets, row),
        }
    }
}

/// The last few texts of a kind: the name of a client is the same in each of its lines, and an
/// office has few services.
#[derive(Debug)]
struct Texts<const N: usize> {
    recent: [Arc<str>; N],
    next: usize,
}

impl<const N: usize> Default for Texts<N> {
    fn default() -> Self {
        let recent = std::array::from_fn(|_| Arc::default());
        Self { recent, next: 0 }
    }
}

impl<const N: usize> Texts<N> {
    fn share(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.recent.iter().find(|known| ***known == *text) {
            return Arc::clone(known);
        }
        let fresh: Arc<str> = text.into();
        self.recent[self.next] = Arc::clone(&fresh);
        self.next = (self.next + 1) % N;
        fresh
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{gather, line};
    use super::*;
    use proptest::prelude::*;
    use std::io;

    /// Lines of the clients with these numbers, in this order, in rows from 2 on.
    fn lines(clients: &[u32], at_hand: usize) -> Lines {
        let rows: Vec<_> = clients
            .iter()
            .map(|client| line(&[5]).of(&format!("{client:010}"), "試験　花子"))
            .collect();
        let mut lines = Lines::with_at_hand(at_hand);
        gather(&rows)
            .lines
            .each(|line, origin| lines.push(&line, origin.sheet(), origin.id))
            .unwrap();
        lines
    }

    /// Client and row of every line, with how many pieces and runs there were.
    fn taken(lines: Lines, piece: usize) -> (Vec<(String, u32)>, usize, usize) {
        let mut taken = Vec::new();
        let mut by_unit = lines.by_unit(piece).unwrap();
        let (runs, mut pieces) = (by_unit.runs.len(), 0);
        while let Some(piece) = by_unit.next().unwrap() {
            pieces += 1;
            piece.each_unit(|(.., client), lines| {
                for (line, origin) in lines {
                    assert_eq!(line.client, client);
                    taken.push((client.insured.to_string(), origin.row()));
                }
            });
        }
        (taken, pieces, runs)
    }

    #[test]
    fn clients_in_order_are_one_run_however_little_is_at_hand() {
        let clients: Vec<u32> = (0..5000).map(|line| line / 3).collect();
        let mut lines = lines(&clients, BLOCK);
        assert_eq!(lines.len(), 5000);
        let scratch = lines.scratch.as_ref().unwrap();
        assert!(scratch.end() > 2 * BLOCK as u64, "{scratch:?}");
        assert!(lines.held <= BLOCK + BLOCK / 8);
        let even = lines.extract(|origin| origin.row() % 2 == 0);
        assert_eq!((even.len(), lines.len()), (2500, 2500));
        let (taken, _, runs) = taken(lines, BLOCK);
        assert!(taken.is_sorted());
        assert_eq!(taken.len(), 2500);
        // What is in memory at the end is a run of its own.
        assert_eq!(runs, 2);
    }

    #[test]
    fn lines_that_were_put_away_already_come_along() {
        let clients: Vec<u32> = (0..3000).collect();
        let (put_away, at_hand) = (lines(&clients, BLOCK), lines(&clients, AT_HAND));
        assert!(put_away.scratch.is_some() && at_hand.scratch.is_none());
        for more in [put_away, at_hand] {
            let mut whole = lines(&[7], AT_HAND);
            whole.append(more.moved(1));
            let rows: Vec<(RowId, u32)> = whole
                .all()
                .iter()
                .map(|(_, origin)| (origin.id, origin.row()))
                .collect();
            assert_eq!((whole.len(), rows.len()), (3001, 3001));
            let pages = rows.iter().skip(1).map(|(row, _)| row.file());
            let other = rows[0].0.moved(1).file();
            assert!(pages.into_iter().all(|page| page == other));
        }
        let mut whole = lines(&[7], AT_HAND);
        let mut broken = lines(&clients, AT_HAND);
        broken.failed = Some(disk::no_scratch(io::Error::other("disk full")));
        whole.append(broken);
        assert!(whole.by_unit(BLOCK).is_err());
    }

    #[test]
    fn lines_that_could_not_be_put_away_are_missed_by_whoever_asks_for_them() {
        let mut lines = lines(&[1, 2, 3], AT_HAND);
        lines.failed = Some(disk::no_scratch(io::Error::other("disk full")));
        assert_eq!(lines.extract(|origin| origin.row() == 2).len(), 1);
        let error = lines.by_unit(BLOCK).unwrap_err();
        assert!(error.to_string().contains("disk full"), "{error}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn lines_come_by_client_and_each_clients_in_their_order(
            clients in proptest::collection::vec(0u32..400, 1..4000),
            at_hand in prop_oneof![Just(0), Just(BLOCK), Just(AT_HAND)],
            piece in 1usize..20_000,
        ) {
            let mut expected: Vec<(String, u32)> = clients
                .iter()
                .zip(2..)
                .map(|(client, row)| (format!("{client:010}"), row))
                .collect();
            expected.sort();
            let (taken, ..) = taken(lines(&clients, at_hand), piece);
            prop_assert_eq!(taken, expected);
        }
    }
}
