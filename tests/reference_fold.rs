//! The fold against another one that was written from the rules' text alone, slowly and with
//! nothing of the program's: 10,000 months of a few clients each, without a difference.
//!
//! The rules are those of ARCHITECTURE.md, "How actuals come back". What is compared is what
//! 楽すけ imports, line by line and day by day, and how many records are withheld or left out.

#![expect(clippy::unwrap_used, reason = "a test that fails says where")]

use std::collections::{BTreeMap, BTreeSet};

use rakuwing::check::Roster;
use rakuwing::finding::Fate;
use rakuwing::fold::{self, FoldRules, PutAside};
use rakuwing::model::{
    Actual, ActualAddOn, ActualVisit, AddOns, CareLevel, CivilDate, CivilTime, Client, ClientId,
    ClockRange, DayCounts, InsuranceCard, InsuredNumber, InsurerNumber, Mark, OfficeNumber,
    PlanLine, ServiceCode, TimeLimits, YearMonth,
};
use rakuwing::table::Tables;

const MONTHS: u64 = 10_000;
/// October 2026.
const DAYS: u32 = 31;
const DAY: i32 = 24 * 60;

/// What a code is, as the published tables say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Visit,
    TwoHelpers,
    Fee,
    DayOfAFee,
    OfAVisit,
    OfADay,
    OfAMonth,
    Rate,
    NobodyKnows,
    OfOthers,
}

const CODES: [(&str, Kind); 13] = [
    ("111111", Kind::Visit),
    ("111211", Kind::Visit),
    ("111121", Kind::TwoHelpers),
    ("117211", Kind::Visit),
    ("A22411", Kind::Visit),
    ("A21111", Kind::Fee),
    ("A22111", Kind::DayOfAFee),
    ("114000", Kind::OfAVisit),
    ("114004", Kind::OfADay),
    ("114001", Kind::OfAMonth),
    ("116275", Kind::Rate),
    ("119998", Kind::NobodyKnows),
    ("151011", Kind::OfOthers),
];

/// From when to when, in minutes since midnight; the end may lie beyond the day.
type Hours = (i32, i32);

/// A line of the plan.
#[derive(Clone, Debug)]
struct Line {
    client: usize,
    office: usize,
    code: usize,
    hours: Option<Hours>,
    days: BTreeMap<u32, u32>,
}

/// A record: a visit where it has to be one, else an add-on.
#[derive(Clone, Debug)]
struct Record {
    is_visit: bool,
    id: String,
    client: usize,
    office: usize,
    code: usize,
    /// 0 for an add-on without a day; above 31 in the next month.
    day: u32,
    hours: Option<Hours>,
    planned: Option<Hours>,
}

/// First and last day of the month on which a card holds, and whether its level is one of care.
type Card = (u32, u32, bool);

#[derive(Debug)]
struct World {
    /// The cards of each client who is known; nobody knows the others.
    cards: Vec<Option<Vec<Card>>>,
    lines: Vec<Line>,
    records: Vec<Record>,
    with_add_ons: bool,
}

/// What 楽すけ imports, line by line: code, hours, counts of the days.
type Billed = Vec<(String, Option<Hours>, Vec<(u32, u32)>)>;

/// Of a client at an office.
type Grid = BTreeMap<(usize, usize), Billed>;

#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    grid: Grid,
    withheld: usize,
    left_out: usize,
}

// ---- Months by chance ----

struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        u32::try_from(self.0 >> 33).unwrap() % end
    }

    fn one_in(&mut self, many: u32) -> bool {
        self.below(many) == 0
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(u32::try_from(all.len()).unwrap()) as usize]
    }

    fn hours(&mut self) -> Hours {
        let start = self.of(&[5, 30, 540, 550, 570, 600, 900, 1410, 1430]);
        (start, start + self.of(&[30, 45, 60]))
    }
}

fn kind(code: usize) -> Kind {
    CODES[code].1
}

fn name(code: usize) -> &'static str {
    CODES[code].0
}

fn codes(wanted: &[Kind], of_town: bool) -> Vec<usize> {
    let all = 0..CODES.len();
    all.filter(|at| wanted.contains(&kind(*at)))
        .filter(|at| CODES[*at].0.starts_with('A') == of_town)
        .collect()
}

fn world(chance: &mut Chance) -> World {
    let mut world = World {
        cards: Vec::new(),
        lines: Vec::new(),
        records: Vec::new(),
        with_add_ons: !chance.one_in(6),
    };
    for client in 0..=chance.below(3) as usize {
        world.add(client, chance);
    }
    world
}

impl World {
    fn add(&mut self, client: usize, chance: &mut Chance) {
        use Kind::{DayOfAFee, Fee, NobodyKnows, OfADay, OfAMonth, OfAVisit, OfOthers, Rate};
        let of_town = chance.one_in(3);
        let cards = match chance.below(12) {
            0 => vec![(1, 15, !of_town), (16, DAYS, of_town)],
            1 => vec![(1, 20, !of_town)],
            2 => vec![(4, DAYS, !of_town)],
            3 => vec![],
            _ => vec![(1, DAYS, !of_town)],
        };
        self.cards.push((!chance.one_in(15)).then_some(cards));
        let visits = codes(&[Kind::Visit, Kind::TwoHelpers, Fee, DayOfAFee], of_town);
        let add_ons = codes(&[OfAVisit, OfADay, OfAMonth, Fee], of_town);
        for _ in 0..chance.below(4) {
            self.lines.push(line(chance, client, (&visits, &add_ons)));
        }
        for at in 0..chance.below(9) {
            let record = record(chance, (client, at), &self.lines, (&visits, &add_ons));
            if chance.one_in(8) {
                // Delivered twice, or typed twice.
                let mut again = record.clone();
                if chance.one_in(2) {
                    again.id.push('b');
                }
                self.records.push(again);
            }
            self.records.push(record);
        }
        for wanted in [Rate, NobodyKnows, OfOthers] {
            if chance.one_in(8) {
                self.records.push(odd_one(chance, client, wanted));
            }
        }
    }
}

fn line(chance: &mut Chance, client: usize, (visits, add_ons): (&[usize], &[usize])) -> Line {
    let untimed = chance.one_in(4);
    let mut days = BTreeMap::new();
    for _ in 0..=chance.below(4) {
        days.insert(1 + chance.below(6), 1 + chance.below(2));
    }
    Line {
        client,
        office: chance.of(&[0, 0, 1]),
        code: chance.of(if untimed { add_ons } else { visits }),
        hours: (!untimed).then(|| chance.hours()),
        days,
    }
}

/// What has no place in a month as it stands.
fn odd_one(chance: &mut Chance, client: usize, wanted: Kind) -> Record {
    let is_visit = chance.one_in(2) && wanted != Kind::NobodyKnows;
    let hours = chance.hours();
    Record {
        is_visit,
        id: format!("{client}x{}", wanted as u32),
        client,
        office: 0,
        code: codes(&[wanted], false)[0],
        day: 1 + chance.below(6),
        hours: is_visit.then_some(hours),
        planned: None,
    }
}

/// Near a line of the plan as a rule, and anything now and then.
fn record(
    chance: &mut Chance,
    (client, at): (usize, u32),
    lines: &[Line],
    (visits, add_ons): (&[usize], &[usize]),
) -> Record {
    let id = format!("{client}v{at}");
    if chance.one_in(4) && !add_ons.is_empty() {
        let hours = chance.hours();
        return Record {
            is_visit: false,
            id,
            client,
            office: chance.of(&[0, 0, 1, 2]),
            code: chance.of(add_ons),
            day: if chance.one_in(15) {
                0
            } else {
                1 + chance.below(6)
            },
            hours: chance.one_in(2).then_some(hours),
            planned: None,
        };
    }
    let of_client: Vec<&Line> = lines
        .iter()
        .filter(|line| line.client == client && line.hours.is_some())
        .filter(|line| visits.contains(&line.code))
        .collect();
    let anything = Record {
        is_visit: true,
        id,
        client,
        office: chance.of(&[0, 0, 1, 2]),
        code: chance.of(visits),
        day: if chance.one_in(25) {
            32
        } else {
            1 + chance.below(6)
        },
        hours: Some(chance.hours()),
        planned: chance.one_in(4).then(|| chance.hours()),
    };
    if of_client.is_empty() || chance.one_in(4) {
        return anything;
    }
    let line = chance.of(&of_client);
    let (start, end) = line.hours.unwrap();
    let late = chance.of(&[-20, -5, 0, 0, 3, 12, 35, 90]);
    let day = *line.days.keys().next().unwrap();
    let begin = start + late;
    let across = begin.div_euclid(DAY);
    let begin = begin.rem_euclid(DAY);
    Record {
        office: line.office,
        code: if chance.one_in(8) {
            anything.code
        } else {
            line.code
        },
        day: u32::try_from(i32::try_from(day).unwrap() + across)
            .unwrap()
            .max(1),
        hours: Some((begin, begin + (end - start) + chance.of(&[0, 0, 5, -10]))),
        planned: (!chance.one_in(3)).then_some((start, end)),
        ..anything
    }
}

// ---- The reference ----

fn reference(world: &World) -> Outcome {
    let mut outcome = Outcome {
        grid: Grid::new(),
        withheld: 0,
        left_out: 0,
    };
    // Visits come before add-ons, as they are fetched.
    let (visits, add_ons): (Vec<&Record>, Vec<&Record>) =
        world.records.iter().partition(|record| record.is_visit);
    let is_ours = |record: &&&Record| {
        record.office < 2 && kind(record.code) != Kind::OfOthers && record.day <= DAYS
    };
    outcome.left_out += visits
        .iter()
        .chain(&add_ons)
        .filter(|of| !is_ours(of))
        .count();
    for client in 0..world.cards.len() {
        for office in 0..2 {
            let of_unit = |record: &&&Record| {
                is_ours(record) && record.client == client && record.office == office
            };
            let once = |records: &[&Record]| {
                let mut ids = BTreeSet::new();
                let mut kept: Vec<Record> = Vec::new();
                for record in records.iter().filter(of_unit) {
                    if ids.insert(record.id.clone()) {
                        kept.push((**record).clone());
                    }
                }
                (kept, records.iter().filter(of_unit).count())
            };
            let ((visits, of_visits), (add_ons, of_add_ons)) = (once(&visits), once(&add_ons));
            outcome.left_out += of_visits - visits.len() + of_add_ons - add_ons.len();
            let lines = world.lines.iter();
            let lines = lines.filter(|line| line.client == client && line.office == office);
            let lines: Vec<Line> = lines.cloned().collect();
            let rows = unit(world, client, (visits, add_ons, lines), &mut outcome);
            if !rows.is_empty() {
                outcome.grid.insert((client, office), rows);
            }
        }
    }
    outcome
}

/// What one client's month at one office is folded from; the visits and lines in order.
struct Unit<'a> {
    world: &'a World,
    client: usize,
    visits: Vec<Record>,
    lines: Vec<Line>,
    /// On which day each visit was planned, and by how much the clock of that day is behind.
    meant: Vec<(u32, i32)>,
}

/// Lines to be, with what was done.
type Rows = Vec<(usize, Option<Hours>, BTreeMap<u32, u32>)>;

fn unit(
    world: &World,
    client: usize,
    (mut visits, mut add_ons, mut lines): (Vec<Record>, Vec<Record>, Vec<Line>),
    outcome: &mut Outcome,
) -> Billed {
    let all = visits.len();
    visits.retain(|visit| kind(visit.code) != Kind::Rate);
    outcome.left_out += all - visits.len();
    if world.cards[client].is_none() {
        // Nobody knows the client.
        outcome.withheld += visits.len() + add_ons.len();
        return Vec::new();
    }
    visits.sort_by_key(|of| (of.day, of.hours, of.planned, name(of.code), of.id.clone()));
    add_ons.sort_by_key(|of| (of.day == 0, of.day, of.hours, name(of.code), of.id.clone()));
    lines.sort_by_key(|line| (name(line.code), line.hours));
    let meant = visits.iter().map(|visit| meant(visit, &lines)).collect();
    let unit = Unit {
        world,
        client,
        visits,
        lines,
        meant,
    };
    let mut rows: Rows = unit
        .lines
        .iter()
        .map(|line| (line.code, line.hours, BTreeMap::new()))
        .collect();
    let left = unit.land_visits(&mut rows);
    outcome.withheld += unit.visits.len() - left.len();
    let taken = unit.take_add_ons(add_ons, outcome);
    unit.land_add_ons(&taken, &mut rows);
    // What the insurer would send back holds all of it.
    let visits = left
        .iter()
        .map(|at| (unit.meant[*at].0, unit.visits[*at].code));
    let dated = taken.iter().filter(|of| of.day > 0);
    let mut done = visits.chain(dated.map(|of| (of.day, of.code)));
    let has_days = taken.iter().all(|of| of.day > 0);
    if !has_days || !done.all(|(day, code)| unit.is_certified(day, code)) {
        outcome.withheld += left.len() + taken.len();
        return Vec::new();
    }
    rows.retain(|of| !of.2.is_empty());
    rows.sort_by_key(|of| (name(of.0), of.1));
    let rows = rows.into_iter();
    rows.map(|(code, hours, days)| (name(code).to_owned(), hours, days.into_iter().collect()))
        .collect()
}

/// The day of the plan that a visit belongs to: its own, but for one across midnight whose record
/// says so, at most six hours apart and as a line is planned.
fn meant(visit: &Record, lines: &[Line]) -> (u32, i32) {
    let Some((planned, _)) = visit.planned else {
        return (visit.day, 0);
    };
    let begun = visit.hours.unwrap().0;
    let early = DAY - begun + planned;
    let late = DAY - planned + begun;
    let neighbours = [
        (visit.day.wrapping_sub(1), DAY, late),
        (visit.day + 1, -DAY, early),
    ];
    let found = neighbours.into_iter().find(|(day, _, apart)| {
        let is_so = |line: &Line| {
            line.code == visit.code
                && line.hours.is_some_and(|hours| hours.0 == planned)
                && line.days.contains_key(day)
        };
        *apart <= 6 * 60 && lines.iter().any(is_so)
    });
    found.map_or((visit.day, 0), |(day, shift, _)| (day, shift))
}

fn apart(one: Hours, other: Hours) -> (i32, i32) {
    let start = (one.0 - other.0).abs();
    (start, ((one.1 - one.0) - (other.1 - other.0)).abs())
}

fn far(one: Option<Hours>, other: Option<Hours>) -> (i32, i32) {
    match (one, other) {
        (Some(one), Some(other)) => apart(one, other),
        (None, None) => (0, 0),
        _ => (i32::MAX, 0),
    }
}

/// One more on the row that is alike; a new one where none is.
fn count_on_own_row(rows: &mut Rows, (code, hours, day): (usize, Option<Hours>, u32)) {
    let alike = rows.iter().position(|of| of.0 == code && of.1 == hours);
    let place = alike.unwrap_or_else(|| {
        rows.push((code, hours, BTreeMap::new()));
        rows.len() - 1
    });
    *rows[place].2.entry(day).or_default() += 1;
}

/// Pairs what came with places on lines, the least key first, as long as a line has room on the
/// day.
fn pair<K: Ord + Clone>(
    (many, lines): (usize, &[Line]),
    day: impl Fn(usize) -> u32,
    key: impl Fn(usize, &Line) -> Option<K>,
) -> Vec<Option<usize>> {
    let mut room: Vec<BTreeMap<u32, u32>> = lines.iter().map(|line| line.days.clone()).collect();
    let mut pairs = vec![None; many];
    loop {
        let mut best: Option<(K, usize, usize)> = None;
        for at in (0..many).filter(|at| pairs[*at].is_none()) {
            for (number, line) in lines.iter().enumerate() {
                let has_room = room[number].get(&day(at)).is_some_and(|left| *left > 0);
                let Some(key) = key(at, line).filter(|_| has_room) else {
                    continue;
                };
                let pair = (key, at, number);
                if best.as_ref().is_none_or(|known| pair < *known) {
                    best = Some(pair);
                }
            }
        }
        let Some((_, at, number)) = best else {
            return pairs;
        };
        pairs[at] = Some(number);
        *room[number].get_mut(&day(at)).unwrap() -= 1;
    }
}

impl Unit<'_> {
    /// Whether a visit says that it was planned as this line.
    fn claims(&self, at: usize, line: &Line) -> bool {
        let planned = self.visits[at].planned;
        self.visits[at].code == line.code
            && planned.is_some()
            && line.hours.map(|of| of.0) == planned.map(|of| of.0)
    }

    /// Counts each visit where it belongs; which ones are not surplus.
    fn land_visits(&self, rows: &mut Rows) -> Vec<usize> {
        let many = self.visits.len();
        let places = pair(
            (many, &self.lines),
            |at| self.meant[at].0,
            |at, line| {
                let hours = line.hours.filter(|_| line.code == self.visits[at].code)?;
                let taken = self.visits[at].hours.unwrap();
                let said = self.visits[at].planned.unwrap_or(taken);
                let shift = self.meant[at].1;
                let taken = (taken.0 + shift, taken.1 + shift);
                let is_other = !self.claims(at, line);
                Some((is_other, apart(said, hours), apart(taken, hours)))
            },
        );
        let of_lines = (0..many).filter_map(|at| Some((at, places[at]?)));
        for (at, number) in of_lines {
            *rows[number].2.entry(self.meant[at].0).or_default() += 1;
        }
        let unplanned = (0..many).filter(|at| places[*at].is_none() && !self.is_surplus(*at));
        for at in unplanned {
            let visit = &self.visits[at];
            count_on_own_row(rows, (visit.code, visit.hours, self.meant[at].0));
        }
        (0..many)
            .filter(|at| places[*at].is_some() || !self.is_surplus(*at))
            .collect()
    }

    /// Whether a visit that found no place says that it was planned as one that is taken.
    fn is_surplus(&self, at: usize) -> bool {
        let visit = &self.visits[at];
        let was_planned =
            |line: &Line| self.claims(at, line) && line.days.contains_key(&self.meant[at].0);
        let is_second = self.visits[..at].iter().any(|before| {
            (before.day, before.code, before.planned) == (visit.day, visit.code, visit.planned)
        });
        let is_second_of_two = self.lines.is_empty()
            && visit.planned.is_some()
            && kind(visit.code) == Kind::TwoHelpers
            && is_second;
        self.lines.iter().any(was_planned) || is_second_of_two
    }

    /// Those that are billed, by their class.
    fn take_add_ons(&self, add_ons: Vec<Record>, outcome: &mut Outcome) -> Vec<Record> {
        let mut seen = BTreeSet::new();
        let mut taken: Vec<Record> = Vec::new();
        for add_on in add_ons {
            let kind = kind(add_on.code);
            if !self.world.with_add_ons && !matches!(kind, Kind::Fee | Kind::DayOfAFee) {
                outcome.left_out += 1;
                continue;
            }
            if kind == Kind::NobodyKnows {
                outcome.withheld += 1;
                continue;
            }
            let day = Some(add_on.day).filter(|day| *day > 0);
            let stands_once = match kind {
                Kind::OfAMonth | Kind::Fee => (add_on.code, None, None),
                Kind::OfADay => (add_on.code, day, None),
                _ => (add_on.code, day, add_on.hours),
            };
            if kind == Kind::Rate || !seen.insert(stands_once) {
                outcome.left_out += 1;
                continue;
            }
            taken.push(add_on);
        }
        taken
    }

    /// Counts each add-on that has a day on the planned line of its code, where there is one.
    fn land_add_ons(&self, taken: &[Record], rows: &mut Rows) {
        let homes = pair(
            (taken.len(), &self.lines),
            |at| taken[at].day,
            |at, line| (line.code == taken[at].code).then(|| far(taken[at].hours, line.hours)),
        );
        for (at, add_on) in taken.iter().enumerate().filter(|(_, of)| of.day > 0) {
            let of_a_month = matches!(kind(add_on.code), Kind::OfAMonth | Kind::Fee);
            let fits = |line: &Line| {
                line.code == add_on.code
                    && (of_a_month || line.hours.is_none() || line.hours == add_on.hours)
            };
            let alike = (0..self.lines.len())
                .filter(|number| fits(&self.lines[*number]))
                .min_by_key(|number| far(add_on.hours, self.lines[*number].hours));
            match homes[at].or(alike) {
                Some(number) => *rows[number].2.entry(add_on.day).or_default() += 1,
                None => count_on_own_row(rows, (add_on.code, add_on.hours, add_on.day)),
            }
        }
    }

    /// Whether a card holds on the day whose level admits the service.
    fn is_certified(&self, day: u32, code: usize) -> bool {
        let cards = self.world.cards[self.client].iter().flatten();
        let mut on_the_day = cards.filter(|(from, to, _)| (*from..=*to).contains(&day));
        on_the_day.next().map(|card| card.2) == Some(!name(code).starts_with('A'))
    }
}

// ---- The program ----

fn folded(world: &World, tables: &Tables) -> Outcome {
    let month = YearMonth::new(2026, 10).unwrap();
    let mut actual = Actual::default();
    for record in &world.records {
        if record.is_visit {
            actual.visits.push(ActualVisit {
                id: record.id.clone(),
                office: office(record.office),
                client: client(record.client),
                date: date(record.day),
                planned: record.planned.map(range),
                hours: range(record.hours.unwrap()),
                code: code(record.code),
            });
        } else {
            actual.add_ons.push(ActualAddOn {
                id: record.id.clone(),
                office: office(record.office),
                client: client(record.client),
                date: (record.day > 0).then(|| date(record.day)),
                hours: record.hours.map(range),
                code: code(record.code),
            });
        }
    }
    let mut planned: BTreeMap<ClientId, Vec<PlanLine>> = BTreeMap::new();
    for line in &world.lines {
        let lines = planned.entry(client(line.client)).or_default();
        lines.push(plan_line(line, month));
    }
    let known = world.cards.iter().enumerate();
    let known = known.filter_map(|(at, cards)| Some(known_client(at, cards.as_ref()?)));
    let roster: Roster = known.collect();
    let rules = FoldRules {
        offices: &[office(0), office(1)],
        month,
        add_ons: if world.with_add_ons {
            AddOns::With
        } else {
            AddOns::Without
        },
        mark: Mark::Actual,
        limits: TimeLimits::USUAL,
        services: &tables.services,
        roster: &roster,
        planned: &planned,
        put_aside: &PutAside::new(),
    };
    let folded = fold::fold(actual, &rules).unwrap();
    let mut grid = Grid::new();
    for of in &folded.clients {
        let client_at = (0..3).find(|at| client(*at) == of.client).unwrap();
        let office_at = (0..2).find(|at| office(*at) == of.office).unwrap();
        let rows = of.lines.iter().map(|line| {
            let days = line
                .actual
                .counted()
                .map(|(day, count)| (day, count.into()));
            (
                line.code.to_string(),
                line.hours.map(minutes),
                days.collect(),
            )
        });
        grid.insert((client_at, office_at), rows.collect());
    }
    Outcome {
        grid,
        withheld: folded.book.count(Fate::Withheld),
        left_out: folded.book.count(Fate::Excluded),
    }
}

fn plan_line(line: &Line, month: YearMonth) -> PlanLine {
    let mut planned = DayCounts::default();
    for (day, count) in &line.days {
        planned.set(*day, u8::try_from(*count).unwrap());
    }
    PlanLine {
        month,
        office: office(line.office),
        client: client(line.client),
        name: "見本".into(),
        code: code(line.code),
        service_name: "".into(),
        hours: line.hours.map(range),
        planned,
        planned_total: None,
        actual: DayCounts::default(),
        actual_total: None,
    }
}

fn known_client(at: usize, cards: &[Card]) -> Client {
    let card = |(from, to, of_care): &Card| InsuranceCard {
        care_level: if *of_care {
            CareLevel::Care2
        } else {
            CareLevel::Support1
        },
        certified_from: date(*from),
        certified_to: date(*to),
        limit_units: None,
        copay: None,
        care_office: None,
        care_manager: String::new(),
        public_payer: None,
        public_recipient: None,
    };
    Client {
        id: client(at),
        name: "見本".to_owned(),
        kana: String::new(),
        sex: None,
        birth_date: CivilDate::new(1940, 1, 20).unwrap(),
        postal_code: String::new(),
        address: String::new(),
        phone: String::new(),
        hidden: false,
        cards: cards.iter().map(card).collect(),
    }
}

fn office(at: usize) -> OfficeNumber {
    OfficeNumber::parse(["1370100016", "1370100024", "1370200014"][at]).unwrap()
}

fn client(at: usize) -> ClientId {
    ClientId {
        insurer: InsurerNumber::parse("131128").unwrap(),
        insured: InsuredNumber::parse(&format!("{:010}", at + 1)).unwrap(),
    }
}

fn code(at: usize) -> ServiceCode {
    ServiceCode::parse(CODES[at].0).unwrap()
}

fn date(day: u32) -> CivilDate {
    let next = || CivilDate::new(2026, 11, day - DAYS);
    CivilDate::new(2026, 10, day).or_else(next).unwrap()
}

fn range((start, end): Hours) -> ClockRange {
    let time = |minutes: i32| {
        let minutes = u16::try_from(minutes % DAY).unwrap();
        CivilTime::new(minutes / 60, minutes % 60).unwrap()
    };
    ClockRange::new(time(start), time(end)).unwrap()
}

fn minutes(hours: ClockRange) -> Hours {
    let start = i32::from(hours.start().minutes());
    (start, start + i32::from(hours.minutes()))
}

#[test]
fn ten_thousand_months_come_back_as_the_rules_say() {
    let tables = Tables::load(None).unwrap();
    let mut told = BTreeSet::new();
    for seed in 1..=MONTHS {
        let world = world(&mut Chance(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1));
        let (expected, found) = (reference(&world), folded(&world, &tables));
        assert_eq!(found, expected, "month {seed}: {world:#?}");
        told.insert((
            found.withheld > 0,
            found.left_out > 0,
            found.grid.is_empty(),
        ));
    }
    assert_eq!(told.len(), 8, "some of everything was tried: {told:?}");
}
