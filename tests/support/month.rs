//! A month of an office for looking at: twenty clients, most visits as planned.

use std::collections::BTreeMap;

use rakuwing::model::{
    CivilTime, ClientComparison, ClientId, ClockRange, Compared, Comparison, InsuredNumber,
    InsurerNumber, OfficeNumber, ProRated, ServiceCode, Slot, TimeLimits, YearMonth,
};

const SERVICES: [[&str; 2]; 6] = [
    ["111111", "身体介護１"],
    ["111211", "身体介護２"],
    ["112111", "身体１生活１"],
    ["117211", "生活援助２"],
    ["117311", "生活援助３"],
    ["A22411", "訪問型独自サービス２１・日割"],
];

const NAMES: [&str; 20] = [
    "佐々木　ハナ",
    "田中　ヨシ",
    "長谷川　義太郎",
    "小鳥遊　美津子",
    "ﾏﾙﾃｨﾈｽ ｶﾙﾛｽ",
    "=1+1",
    "山田　花子",
    "鈴木　一郎",
    "高橋　キヨ",
    "伊藤　勝",
    "渡辺　トメ",
    "中村　正",
    "小林　フミ",
    "加藤　清",
    "吉田　千代子",
    "山本　茂",
    "松本　シズエ",
    "井上　実",
    "木村　久子",
    "勘解由小路　左衛門三郎",
];

/// Numbers that are the same on every machine and in every year.
struct Dice(u64);

impl Dice {
    /// 0 to `sides` - 1.
    fn roll(&mut self, sides: u64) -> u16 {
        let next = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = next.wrapping_add(1_442_695_040_888_963_407);
        u16::try_from((self.0 >> 33) % sides).unwrap()
    }
}

/// October 2026.
pub(crate) fn comparison() -> Comparison {
    let mut dice = Dice(2026);
    let clients = NAMES.iter().zip(1..);
    let clients = clients.map(|(name, number)| client(&mut dice, name, number));
    Comparison {
        month: month(),
        limits: TimeLimits::USUAL,
        clients: clients.collect(),
    }
}

fn month() -> YearMonth {
    YearMonth::new(2026, 10).unwrap()
}

fn client(dice: &mut Dice, name: &str, number: u32) -> ClientComparison {
    let calm = dice.roll(3) > 0;
    let mut visits: Vec<Compared> = (0..=dice.roll(3))
        .flat_map(|_| weekly(dice, calm))
        .collect();
    visits.sort_by_key(Compared::order);
    let services = SERVICES.map(|[code, name]| (service(code), name.to_owned()));
    let days = u32::from(dice.roll(9));
    let pro_rated = ProRated {
        code: service("A22411"),
        days,
    };
    ClientComparison {
        client: ClientId {
            insurer: InsurerNumber::parse("131128").unwrap(),
            insured: InsuredNumber::parse(&format!("{:010}", 100_000 + number * 37)).unwrap(),
        },
        name: name.to_owned(),
        visits,
        unapproved: if calm { 0 } else { u32::from(dice.roll(4)) },
        pro_rated: if days == 5 {
            vec![pro_rated]
        } else {
            Vec::new()
        },
        services: services.into_iter().collect::<BTreeMap<_, _>>(),
    }
}

/// One service at one time on one or two days of the week.
fn weekly(dice: &mut Dice, calm: bool) -> Vec<Compared> {
    let (first, second) = (dice.roll(7), dice.roll(7));
    let slot = Slot {
        hours: range(7 * 60 + dice.roll(66) * 15, 30 + dice.roll(3) * 15),
        code: service(SERVICES[usize::from(dice.roll(5))][0]),
    };
    let days = (1..=month().days()).filter_map(|day| month().day(day));
    let days = days.filter(|day| [first, second].map(u32::from).contains(&day.weekday()));
    days.map(|date| {
        let (planned, actual) = sides(dice, slot, calm);
        let office = OfficeNumber::parse("1370100019").unwrap();
        Compared::of(office, date, (planned, actual), TimeLimits::USUAL)
    })
    .collect()
}

fn sides(dice: &mut Dice, slot: Slot, calm: bool) -> (Option<Slot>, Option<Slot>) {
    let start = slot.hours.start().minutes();
    let later = Slot {
        hours: range(start + 5 * (1 + dice.roll(5)), slot.hours.minutes()),
        ..slot
    };
    let other = Slot {
        code: service("111211"),
        ..slot
    };
    match dice.roll(if calm { 120 } else { 14 }) {
        0 => (Some(slot), Some(later)),
        1 => (Some(slot), Some(other)),
        2 | 3 => (Some(slot), None),
        4 => (None, Some(later)),
        _ => (Some(slot), Some(slot)),
    }
}

/// From a minute of the day, for so many minutes.
fn range(start: u16, minutes: u16) -> ClockRange {
    let time = |minute: u16| CivilTime::new(minute / 60, minute % 60).unwrap();
    ClockRange::new(time(start), time(start + minutes)).unwrap()
}

fn service(code: &str) -> ServiceCode {
    ServiceCode::parse(code).unwrap()
}
