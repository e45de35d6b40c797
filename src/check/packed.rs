//! A line of a plan with its row, as a few bytes.
//!
//! A month of the whole country is two million lines, and each of them waits until every file
//! has been read: a row at the end of the last one may hold its client. So they wait packed,
//! a hundred bytes each. What comes first is what they are ordered by, so that packed lines
//! are compared without being unpacked.

use crate::finding::RowId;
use crate::model::{
    CivilTime, ClientId, ClockRange, DayCounts, InsuredNumber, InsurerNumber, OfficeNumber,
    PlanLine, ServiceCode, YearMonth,
};

use super::lines::Unit;

/// How many bytes the unit takes; its order is theirs.
pub(super) const UNIT: usize =
    OfficeNumber::WIDTH + 3 + InsurerNumber::WIDTH + InsuredNumber::WIDTH;
/// The length of the whole stands in front of it.
const LENGTH: usize = 2;
/// In place of minutes where a line has no times, and of a sum that was not stated.
const NONE: u16 = u16::MAX;
/// Marks the days of a line that has some count above 1: all counts follow.
const COUNTS: u32 = 1 << 31;

/// Appends a line.
pub(super) fn pack<T: AsRef<str>>(line: &PlanLine<T>, row: RowId, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(&[0; LENGTH]);
    out.extend_from_slice(line.office.as_bytes());
    let year = u16::try_from(line.month.year()).expect("a year has four digits");
    out.extend_from_slice(&year.to_be_bytes());
    out.push(u8::try_from(line.month.month()).expect("there are twelve months"));
    out.extend_from_slice(line.client.insurer.as_bytes());
    out.extend_from_slice(line.client.insured.as_bytes());
    out.extend_from_slice(&row.to_bytes());
    out.extend_from_slice(line.code.as_bytes());
    let hours = line
        .hours
        .map(|of| [of.start(), of.end()].map(CivilTime::minutes));
    let totals = [line.planned_total, line.actual_total].map(|total| {
        total.map_or(NONE, |total| {
            u16::try_from(total).expect("a sum has four digits")
        })
    });
    for number in hours.unwrap_or([NONE; 2]).into_iter().chain(totals) {
        out.extend_from_slice(&number.to_le_bytes());
    }
    pack_days(&line.planned, out);
    pack_days(&line.actual, out);
    for text in [&line.name, &line.service_name] {
        let text = text.as_ref().as_bytes();
        out.extend_from_slice(&short(text.len()).to_le_bytes());
        out.extend_from_slice(text);
    }
    let length = short(out.len() - start).to_le_bytes();
    out[start..start + LENGTH].copy_from_slice(&length);
}

fn pack_days(counts: &DayCounts, out: &mut Vec<u8>) {
    let has_more = counts.exceed(1);
    let is_empty = counts.is_empty();
    let counts = counts.as_array();
    let mut days = 0;
    if !is_empty {
        for (day, count) in counts.iter().enumerate() {
            days |= u32::from(*count > 0) << day;
        }
    }
    let mark = if has_more { COUNTS } else { 0 };
    out.extend_from_slice(&(days | mark).to_le_bytes());
    if has_more {
        out.extend_from_slice(counts);
    }
}

/// A text that passed the rule on its length takes some hundred bytes at most.
fn short(length: usize) -> u16 {
    u16::try_from(length).expect("the texts of a line are short")
}

/// The first packed line, if all of it is there, and what stands behind it.
pub(super) fn split(packed: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, _) = packed.split_first_chunk::<LENGTH>()?;
    packed.split_at_checked(u16::from_le_bytes(*length).into())
}

/// The bytes of a packed line that it is ordered by.
pub(super) fn unit_bytes(line: &[u8]) -> &[u8] {
    &line[LENGTH..LENGTH + UNIT]
}

/// What [`pack`] has packed; texts are borrowed.
pub(super) fn unpack(line: &[u8]) -> (PlanLine<&str>, RowId) {
    unpack_of(unit(line), line)
}

/// The same where the unit is known, because the line above is of it.
pub(super) fn unpack_of((office, month, client): Unit, line: &[u8]) -> (PlanLine<&str>, RowId) {
    let mut bytes = Bytes(&line[LENGTH + UNIT..]);
    let row = RowId::from_bytes(*bytes.take());
    let code = bytes.parsed(6, ServiceCode::from_bytes);
    let [start, end] = [bytes.number(), bytes.number()];
    let [planned_total, actual_total] =
        [bytes.number(), bytes.number()].map(|total| (total != NONE).then_some(u32::from(total)));
    let (planned, actual) = (bytes.days(), bytes.days());
    let (name, service_name) = (bytes.text(), bytes.text());
    let time = |minutes: u16| CivilTime::new(minutes / 60, minutes % 60);
    let hours = || ClockRange::new(time(start)?, time(end)?);
    let line = PlanLine {
        month,
        office,
        client,
        name,
        code,
        service_name,
        hours: if start == NONE { None } else { hours() },
        planned,
        planned_total,
        actual,
        actual_total,
    };
    (line, row)
}

/// Moves the row of a packed line behind so many pages.
pub(super) fn move_row(line: &mut [u8], more: u32) {
    let (row, _) = line[LENGTH + UNIT..].split_first_chunk_mut().expect(WHOLE);
    *row = RowId::from_bytes(*row).moved(more).to_bytes();
}

/// The length of the first packed line.
pub(super) fn length(packed: &[u8]) -> Option<usize> {
    split(packed).map(|(line, _)| line.len())
}

/// The unit of a packed line.
pub(super) fn unit(line: &[u8]) -> Unit {
    Bytes(&line[LENGTH..]).unit()
}

/// Bytes that this program has packed itself: what does not fit is a fault of the program.
struct Bytes<'b>(&'b [u8]);

impl<'b> Bytes<'b> {
    fn take<const N: usize>(&mut self) -> &'b [u8; N] {
        let (taken, rest) = self.0.split_first_chunk().expect(WHOLE);
        self.0 = rest;
        taken
    }

    fn slice(&mut self, length: usize) -> &'b [u8] {
        let (taken, rest) = self.0.split_at_checked(length).expect(WHOLE);
        self.0 = rest;
        taken
    }

    fn number(&mut self) -> u16 {
        u16::from_le_bytes(*self.take())
    }

    fn parsed<T>(&mut self, width: usize, parse: impl Fn(&[u8]) -> Option<T>) -> T {
        parse(self.slice(width)).expect(WHOLE)
    }

    fn unit(&mut self) -> Unit {
        let office = self.parsed(OfficeNumber::WIDTH, OfficeNumber::from_bytes);
        let year = u16::from_be_bytes(*self.take());
        let [month] = *self.take();
        let month = YearMonth::new(year.into(), month.into()).expect(WHOLE);
        let client = ClientId {
            insurer: self.parsed(InsurerNumber::WIDTH, InsurerNumber::from_bytes),
            insured: self.parsed(InsuredNumber::WIDTH, InsuredNumber::from_bytes),
        };
        (office, month, client)
    }

    fn days(&mut self) -> DayCounts {
        let mask = u32::from_le_bytes(*self.take());
        if mask & COUNTS > 0 {
            return DayCounts::from(*self.take());
        }
        let mut counts = [0; 31];
        for (day, count) in counts.iter_mut().enumerate() {
            *count = u8::from(mask >> day & 1 > 0);
        }
        DayCounts::from(counts)
    }

    fn text(&mut self) -> &'b str {
        let length = self.number().into();
        std::str::from_utf8(self.slice(length)).expect(WHOLE)
    }
}

const WHOLE: &str = "what was packed can be unpacked";

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    use crate::finding::Book;
    use crate::model::FileName;

    fn row_number(number: u32) -> RowId {
        let page = Book::default().open(FileName::new("a.csv"), None);
        RowId::new(page, number)
    }

    fn time(minutes: u16) -> CivilTime {
        CivilTime::new(minutes / 60, minutes % 60).unwrap()
    }

    fn days(count: impl Strategy<Value = u8>) -> impl Strategy<Value = DayCounts> {
        proptest::collection::vec(count, 31)
            .prop_map(|counts| DayCounts::from(<[u8; 31]>::try_from(counts).unwrap()))
    }

    prop_compose! {
        fn line()(
            year in 1000..=9999,
            month in 1u32..=12,
            office in "[0-9]{2}[0-9A-H][0-9]{7}",
            (insurer, insured) in ("[0-9]{6}", "[0-9H][0-9]{9}"),
            (name, service_name) in ("\\PC{0,40}", "\\PC{0,60}"),
            code in "[0-9A-Z]{6}",
            hours in proptest::option::of((0u16..1440, 1u16..1440)),
            (counts, ones) in (days(prop_oneof![8 => Just(0), 3 => Just(1), 1 => 2u8..=99]), days(0u8..2)),
            totals in proptest::array::uniform2(proptest::option::of(0u32..=9999)),
        ) -> PlanLine {
            PlanLine {
                month: YearMonth::new(year, month).unwrap(),
                office: OfficeNumber::parse(&office).unwrap(),
                client: ClientId {
                    insurer: InsurerNumber::parse(&insurer).unwrap(),
                    insured: InsuredNumber::parse(&insured).unwrap(),
                },
                name: name.into(),
                code: ServiceCode::parse(&code).unwrap(),
                service_name: service_name.into(),
                hours: hours.map(|(start, length)| {
                    ClockRange::new(time(start), time((start + length) % 1440)).unwrap()
                }),
                planned: counts,
                planned_total: totals[0],
                actual: ones,
                actual_total: totals[1],
            }
        }
    }

    proptest! {
        #[test]
        fn what_was_packed_is_unpacked_just_so(first in line(), second in line(), number: u32) {
            let mut packed = Vec::new();
            pack(&first, row_number(number), &mut packed);
            pack(&second, row_number(7), &mut packed);
            let (one, rest) = split(&packed).unwrap();
            let (other, rest) = split(rest).unwrap();
            prop_assert!(rest.is_empty());
            prop_assert_eq!(split(&one[..one.len() - 1]), None);
            let (unpacked, row) = unpack(one);
            prop_assert_eq!(unpacked.owned(Into::into, Into::into), first.clone());
            prop_assert_eq!(row, row_number(number));
            prop_assert_eq!(unit(one), (first.office, first.month, first.client));
            prop_assert_eq!(
                unit_bytes(one).cmp(unit_bytes(other)),
                unit(one).cmp(&unit(other))
            );
        }
    }
}
