//! What service codes mean: `mappings/codes/service_codes.csv`.
//!
//! The list is what public sources say of all codes of type 11 and of the national part of A2;
//! which they are, and how sure each row is, stands beside it (`service_codes.md`).
//!
//! The key is (code, month), and for codes that a town defines (A2, A3) also the insurer;
//! a row without an insurer holds for every town that has no row of its own. A code means
//! nothing by its number alone: which class it belongs to is read here and nowhere else.

use std::collections::{BTreeSet, HashMap};
use std::sync::OnceLock;

use crate::model::{InsurerNumber, ServiceCode, YearMonth};

use super::civil_text;
use super::error::TableError;
use super::fold::fold;
use super::source::Source;

/// What a service code stands for, and so how it crosses the bridge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// 訪問: a visit, with start and end.
    Visit,
    /// 回ごとの加算: carries the time of its visit.
    PerVisit,
    /// 日ごとの加算.
    PerDay,
    /// 月ごとの加算: at most once for a client and month.
    PerMonth,
    /// 割合の加算・減算: computed by the billing software; never sent, never taken.
    Rate,
    /// 月額: a fee for the month, whose visits carry its code.
    MonthlyFee,
    /// 日割: the part of a monthly fee; never computed here.
    ProRated,
}

impl Class {
    /// Every class, with the word that the list uses.
    pub const WORDS: [(&'static str, Self); 7] = [
        ("訪問", Self::Visit),
        ("回ごとの加算", Self::PerVisit),
        ("日ごとの加算", Self::PerDay),
        ("月ごとの加算", Self::PerMonth),
        ("割合", Self::Rate),
        ("月額", Self::MonthlyFee),
        ("日割", Self::ProRated),
    ];

    /// The word that the list uses.
    pub fn word(self) -> &'static str {
        let word = Self::WORDS.iter().find(|(_, class)| *class == self);
        word.expect("every class has a word").0
    }

    /// Whether it is a fee for the month or a part of one: no add-on, though it may stand
    /// without times as one does.
    pub fn is_fee(self) -> bool {
        match self {
            Self::MonthlyFee | Self::ProRated => true,
            Self::Visit | Self::PerVisit | Self::PerDay | Self::PerMonth | Self::Rate => false,
        }
    }

    /// Whether a row with this code is a visit or an add-on, given whether it has times.
    pub fn is_visit(self, timed: bool) -> bool {
        match self {
            Self::Visit => true,
            // The visits that a monthly fee pays for stand on the grid under its code.
            Self::MonthlyFee | Self::ProRated => timed,
            Self::PerVisit | Self::PerDay | Self::PerMonth | Self::Rate => false,
        }
    }
}

/// One entry of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// The published name.
    pub name: String,
    /// The class.
    pub class: Class,
    /// 単位数, where the list says a whole number.
    pub units: Option<u32>,
    /// What else the list says of a visit.
    pub traits: Traits,
    /// Whether the class or the name is that of a part of a monthly fee.
    is_pro_rated: bool,
    from: YearMonth,
    to: Option<YearMonth>,
}

/// What a code says of its visits: 身体介護２・２人・夜 is one of two helpers who stay for 30 to 60
/// minutes in the evening. Empty where no source says it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traits {
    /// The shortest one, in minutes.
    pub minutes: Option<u16>,
    /// It is shorter than so many minutes.
    pub below: Option<u16>,
    /// When in the day it begins, where the code is of such a time.
    pub band: Option<Band>,
    /// How many helpers come.
    pub helpers: Option<u8>,
}

/// 時間帯: a time of the day in which a visit costs more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Band {
    /// 早朝 (6 to 8) and 夜間 (18 to 22), which share their codes.
    EarlyOrEvening,
    /// 深夜 (22 to 6).
    Night,
}

impl Band {
    const WORDS: [(&'static str, Self); 2] =
        [("早朝夜間", Self::EarlyOrEvening), ("深夜", Self::Night)];

    /// The band that a list calls so.
    pub fn named(word: &str) -> Option<Self> {
        let band = Self::WORDS.iter().find(|(of, _)| *of == word);
        band.map(|(_, band)| *band)
    }

    /// The word that the list uses.
    pub fn word(self) -> &'static str {
        let word = Self::WORDS.iter().find(|(_, band)| *band == self);
        word.expect("every band has a word").0
    }
}

impl Traits {
    /// From the cells of [`TRAITS`].
    fn read(cells: &[&str]) -> Option<Self> {
        fn number<N: std::str::FromStr>(cell: &str) -> Result<Option<N>, N::Err> {
            (!cell.is_empty()).then(|| cell.parse()).transpose()
        }
        let [minutes, below, band, helpers] = cells else {
            return None;
        };
        Some(Self {
            minutes: number(minutes).ok()?,
            below: number(below).ok()?,
            band: match *band {
                "" => None,
                word => Some(Band::named(word)?),
            },
            helpers: number(helpers).ok()?,
        })
    }

    fn written(self) -> [String; 4] {
        let number = |number: Option<u16>| number.map_or_else(String::new, |of| of.to_string());
        [
            number(self.minutes),
            number(self.below),
            self.band.map_or("", Band::word).to_owned(),
            number(self.helpers.map(u16::from)),
        ]
    }
}

/// A code, and the town that it holds for; `None` where it holds for all.
type Whose = (ServiceCode, Option<InsurerNumber>);

/// The list, ready to be asked.
#[derive(Debug, Default)]
pub struct ServiceCodes {
    services: HashMap<Whose, Vec<Service>>,
    /// The codes by the [key](super::fold::fold) of a name that some of their rows have; made
    /// when somebody first asks for a name, which most commands do not.
    names: OnceLock<HashMap<String, Vec<Whose>>>,
    /// The towns that say something of a code; made when somebody first asks.
    towns: OnceLock<HashMap<ServiceCode, BTreeSet<InsurerNumber>>>,
}

/// A row of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The code.
    pub code: ServiceCode,
    /// The town that it holds for; `None` where it holds for all.
    pub insurer: Option<InsurerNumber>,
    /// The name.
    pub name: String,
    /// The class.
    pub class: Class,
    /// The units as written; nothing is computed with them.
    pub units: String,
    /// What else is said of its visits.
    pub traits: Traits,
    /// The first month.
    pub from: YearMonth,
    /// The last month; `None` where no end is set.
    pub to: Option<YearMonth>,
    /// When somebody has put it there, and why; empty where it was not asked.
    pub noted: [String; 2],
}

/// The columns that say what a code means.
const COLUMNS: [&str; 6] = [
    "サービスコード",
    "保険者番号",
    "名称",
    "区分",
    "有効開始",
    "有効終了",
];
/// What a list may say besides: the units, what a visit is like, and when and why an answer has
/// added the row.
const OPTIONAL: [&str; 7] = [
    "単位数",
    "分以上",
    "分未満",
    "時間帯",
    "人数",
    "登録日",
    "理由",
];
/// The columns of [`Traits`] among [all](COLUMNS), and those of an answer.
const TRAITS: std::ops::Range<usize> = 7..11;
const NOTED: std::ops::Range<usize> = 11..13;

/// The rows of a list, each for itself.
pub fn rows(source: &Source) -> Result<Vec<Listed>, TableError> {
    let mut rows = Vec::new();
    each_listed(source, |_, listed| {
        rows.push(listed);
        Ok(())
    })?;
    Ok(rows)
}

/// Takes row by row with its line.
fn each_listed(
    source: &Source,
    mut take: impl FnMut(usize, Listed) -> Result<(), TableError>,
) -> Result<(), TableError> {
    let mut months = Months::default();
    source.csv_each(&COLUMNS, &OPTIONAL, |line, cells| {
        take(line, listed((source, line), cells, &mut months)?)
    })
}

/// The months of the last row: a list has thousands of rows, and few months.
#[derive(Default)]
struct Months([Option<(String, YearMonth)>; 2]);

impl Months {
    /// Reads the month in one of the two columns.
    fn read(&mut self, column: usize, text: &str) -> Option<YearMonth> {
        let last = &mut self.0[column];
        if let Some((_, month)) = last.as_ref().filter(|(last, _)| last == text) {
            return Some(*month);
        }
        let month = civil_text::month(text, civil_text::Calendar::default()).ok()?;
        *last = Some((text.to_owned(), month.value));
        Some(month.value)
    }
}

fn listed(
    (source, line): (&Source, usize),
    cells: &[&str],
    months: &mut Months,
) -> Result<Listed, TableError> {
    let wrong = |message: &str| source.error_at_line(line, message);
    let cells: Vec<&str> = cells.iter().map(|cell| cell.trim()).collect();
    let [code, insurer, name, class, from, to, units, ..] = *cells else {
        return Err(wrong("列の数が違います"));
    };
    let traits = Traits::read(&cells[TRAITS]).ok_or_else(|| {
        wrong("分以上・分未満・人数は数字、時間帯は 早朝夜間 か 深夜 です(なければ空のまま)")
    })?;
    let code =
        ServiceCode::parse(code).ok_or_else(|| wrong("サービスコードは英大文字と数字の6桁です"))?;
    let insurer = match insurer {
        "" => None,
        number => {
            Some(InsurerNumber::parse(number).ok_or_else(|| wrong("保険者番号は数字6桁です"))?)
        }
    };
    if insurer.is_some() && !code.service_type().is_defined_by_the_insurer() {
        return Err(wrong(
            "保険者番号は、保険者が定めるコード(A2・A3・A4)だけに書けます",
        ));
    }
    let class = class_named(class).ok_or_else(|| {
        wrong(&format!("区分「{class}」はありません"))
            .expected(class, Class::WORDS.iter().map(|(word, _)| *word))
    })?;
    let mut month = |column, text: &str| {
        let month = months.read(column, text);
        month.ok_or_else(|| wrong("有効期間は 2024/06 の形です"))
    };
    let from = month(0, from)?;
    let to = (!to.is_empty()).then(|| month(1, to)).transpose()?;
    if to.is_some_and(|to| to < from) {
        return Err(wrong("有効終了が有効開始より前です"));
    }
    Ok(Listed {
        code,
        insurer,
        name: name.to_owned(),
        class,
        units: units.to_owned(),
        traits,
        from,
        to,
        noted: [NOTED.start, NOTED.start + 1].map(|at| cells[at].to_owned()),
    })
}

/// Rows as the bytes of a list that a spreadsheet opens right; [`rows`] reads them back.
pub fn written<'l>(rows: impl Iterator<Item = &'l Listed>) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer("\u{feff}".as_bytes().to_vec());
    let month = |month: YearMonth| format!("{:04}/{:02}", month.year(), month.month());
    let rows: Vec<Vec<String>> = rows
        .map(|row| {
            let mut cells = vec![
                row.code.to_string(),
                row.insurer.map(|of| of.to_string()).unwrap_or_default(),
                row.name.clone(),
                row.class.word().to_owned(),
                month(row.from),
                row.to.map(month).unwrap_or_default(),
                row.units.clone(),
            ];
            cells.extend(row.traits.written());
            cells.extend(row.noted.iter().cloned());
            cells
        })
        .collect();
    // What no row says has no column, but for the units.
    let is_said =
        |at: &usize| *at < TRAITS.start || rows.iter().any(|cells| !cells[*at].is_empty());
    let columns: Vec<usize> = (0..NOTED.end).filter(is_said).collect();
    let header: Vec<&str> = COLUMNS.into_iter().chain(OPTIONAL).collect();
    let header = columns.iter().map(|at| header[*at].to_owned()).collect();
    let records = rows
        .iter()
        .map(|cells| columns.iter().map(|at| cells[*at].clone()).collect());
    for record in std::iter::once(header).chain(records) {
        let record: Vec<String> = record;
        writer
            .write_record(&record)
            .expect("every record has as many fields as the header, and memory takes them");
    }
    writer.into_inner().expect("memory takes what is written")
}

/// Whether what a list says of a code, or the name that a row gives it, is that of a part of a
/// monthly fee; see [`ServiceCodes::is_pro_rated`].
pub fn is_pro_rated(listed: Option<&Service>, name: &str) -> bool {
    match listed {
        // It was asked of the list's own name already, which is nearly every line's.
        Some(of) if of.is_pro_rated || of.name == name => of.is_pro_rated,
        _ => is_of_a_part(name),
    }
}

/// A service of two helpers says so in its name; its code is another number in every variant.
pub fn is_for_two(name: &str) -> bool {
    ["２人", "2人", "二人"]
        .iter()
        .any(|word| name.contains(word))
}

/// Asked of every line of a month: the names are short, and most searches take longer to get
/// ready than to look through one.
fn is_of_a_part(name: &str) -> bool {
    memchr::memmem::find(name.as_bytes(), "日割".as_bytes()).is_some()
}

impl ServiceCodes {
    /// Reads the list.
    pub fn load(source: &Source) -> Result<Self, TableError> {
        let mut codes = Self::default();
        codes.add_all(source)?;
        Ok(codes)
    }

    /// Adds another list. Where both say something of one month, the first one counts, as long as
    /// they say one class; else neither is believed.
    pub fn add_all(&mut self, source: &Source) -> Result<(), TableError> {
        let is_first = self.services.is_empty();
        each_listed(source, |line, listed| {
            let whose = (listed.code, listed.insurer);
            // Most codes have one row, and a vector that grows makes room for four.
            let entries = self.services.entry(whose);
            let entries = entries.or_insert_with(|| Vec::with_capacity(1));
            let mut shared = entries
                .iter()
                .filter(|entry| entry.shares_a_month(listed.from, listed.to));
            if shared.any(|entry| is_first || entry.class != listed.class) {
                let message = "同じコードの有効期間が重なっています";
                return Err(source.error_at_line(line, message));
            }
            entries.push(Service {
                is_pro_rated: listed.class == Class::ProRated || is_of_a_part(&listed.name),
                name: listed.name,
                class: listed.class,
                units: listed.units.parse().ok(),
                traits: listed.traits,
                from: listed.from,
                to: listed.to,
            });
            Ok(())
        })?;
        self.names = OnceLock::new();
        self.towns = OnceLock::new();
        Ok(())
    }

    /// Whether a row of this very insurer, or of none, holds in some month of a period.
    pub fn has_row(
        &self,
        code: ServiceCode,
        insurer: Option<InsurerNumber>,
        from: YearMonth,
        to: Option<YearMonth>,
    ) -> bool {
        let entries = self.services.get(&(code, insurer));
        entries
            .into_iter()
            .flatten()
            .any(|entry| entry.shares_a_month(from, to))
    }

    /// The class that a row of this very insurer, or of none, says for a month.
    pub fn class_of_row(
        &self,
        code: ServiceCode,
        insurer: Option<InsurerNumber>,
        month: YearMonth,
    ) -> Option<Class> {
        self.held(code, insurer, month).map(|service| service.class)
    }

    /// What the code means in the insurer's town in that month.
    pub fn find(
        &self,
        code: ServiceCode,
        insurer: InsurerNumber,
        month: YearMonth,
    ) -> Option<&Service> {
        let own = code
            .service_type()
            .is_defined_by_the_insurer()
            .then_some(insurer);
        own.and_then(|insurer| self.held(code, Some(insurer), month))
            .or_else(|| self.held(code, None, month))
    }

    /// Another town than the insurer's that has a row of its own for a code in a month; the one with
    /// the lowest number.
    pub fn another_town_with(
        &self,
        code: ServiceCode,
        insurer: InsurerNumber,
        month: YearMonth,
    ) -> Option<InsurerNumber> {
        let towns = self.towns.get_or_init(|| self.by_town());
        let others = towns.get(&code).into_iter().flatten();
        let mut others = others.filter(|town| **town != insurer);
        others
            .find(|town| self.held(code, Some(**town), month).is_some())
            .copied()
    }

    fn by_town(&self) -> HashMap<ServiceCode, BTreeSet<InsurerNumber>> {
        let mut towns: HashMap<ServiceCode, BTreeSet<InsurerNumber>> = HashMap::new();
        for (code, town) in self.services.keys() {
            if let Some(town) = town {
                towns.entry(*code).or_default().insert(*town);
            }
        }
        towns
    }

    /// The codes whose name in the insurer's town in that month has this
    /// [key](super::fold::fold), in no order.
    pub fn named<'s>(
        &'s self,
        key: &'s str,
        insurer: InsurerNumber,
        month: YearMonth,
    ) -> impl Iterator<Item = ServiceCode> + 's {
        let names = self.names.get_or_init(|| self.by_name());
        let codes = names.get(key).into_iter().flatten();
        let here = codes.filter(move |(_, town)| town.is_none_or(|town| town == insurer));
        here.map(|(code, _)| *code).filter(move |code| {
            let service = self.find(*code, insurer, month);
            service.is_some_and(|service| fold(&service.name) == key)
        })
    }

    fn by_name(&self) -> HashMap<String, Vec<Whose>> {
        let mut names: HashMap<String, Vec<Whose>> = HashMap::new();
        for (whose, service) in &self.services {
            for name in service.iter().map(|of| fold(&of.name)) {
                let codes = names.entry(name).or_default();
                if !codes.contains(whose) {
                    codes.push(*whose);
                }
            }
        }
        names
    }

    fn held(
        &self,
        code: ServiceCode,
        insurer: Option<InsurerNumber>,
        month: YearMonth,
    ) -> Option<&Service> {
        self.services
            .get(&(code, insurer))?
            .iter()
            .find(|service| service.holds_in(month))
    }

    /// Whether a code stands for the part of a monthly fee. Towns publish such codes with the
    /// unit of the whole fee, or in lists that an office does not have: so the name counts too.
    pub fn is_pro_rated(
        &self,
        code: ServiceCode,
        insurer: InsurerNumber,
        month: YearMonth,
        name: &str,
    ) -> bool {
        is_pro_rated(self.find(code, insurer, month), name)
    }

    /// Whether a code is to be treated as a visit; a code that nobody knows is one where it
    /// has times, and an add-on where it has none.
    pub fn is_visit(
        &self,
        code: ServiceCode,
        insurer: InsurerNumber,
        month: YearMonth,
        timed: bool,
    ) -> bool {
        self.find(code, insurer, month)
            .map_or(timed, |service| service.class.is_visit(timed))
    }
}

impl Service {
    fn holds_in(&self, month: YearMonth) -> bool {
        self.from <= month && self.to.is_none_or(|to| month <= to)
    }

    fn shares_a_month(&self, from: YearMonth, to: Option<YearMonth>) -> bool {
        self.to.is_none_or(|last| from <= last) && to.is_none_or(|last| self.from <= last)
    }
}

fn class_named(word: &str) -> Option<Class> {
    Class::WORDS
        .iter()
        .find(|(of, _)| *of == word)
        .map(|(_, class)| *class)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(rows: &str) -> Result<ServiceCodes, TableError> {
        let text = format!("{}\n{rows}", COLUMNS.join(","));
        ServiceCodes::load(&Source::new("codes/service_codes.csv", text.as_bytes()).unwrap())
    }

    fn find<'a>(
        codes: &'a ServiceCodes,
        code: &str,
        insurer: &str,
        month: &str,
    ) -> Option<&'a str> {
        let service = codes.find(
            ServiceCode::parse(code).unwrap(),
            InsurerNumber::parse(insurer).unwrap(),
            YearMonth::parse(month).unwrap(),
        );
        service.map(|service| service.name.as_str())
    }

    #[test]
    fn a_code_means_what_its_month_says() {
        let codes = load("111111,,旧,訪問,2021/04,2024/05\n111111,,新,訪問,2024/06,\n").unwrap();
        assert_eq!(find(&codes, "111111", "131128", "2024-05"), Some("旧"));
        assert_eq!(find(&codes, "111111", "131128", "2026-10"), Some("新"));
        assert_eq!(find(&codes, "111111", "131128", "2020-01"), None);
    }

    #[test]
    fn a_towns_own_meaning_goes_first() {
        let codes =
            load("A22111,,国の例,日割,2024/06,\nA22111,131128,この町,月額,2024/06,\n").unwrap();
        assert_eq!(find(&codes, "A22111", "131128", "2026-10"), Some("この町"));
        assert_eq!(find(&codes, "A22111", "122192", "2026-10"), Some("国の例"));
    }

    fn shipped() -> ServiceCodes {
        ServiceCodes::load(&shipped_list()).unwrap()
    }

    fn shipped_list() -> Source {
        let bytes = include_bytes!("../../mappings/codes/service_codes.csv");
        Source::new("codes/service_codes.csv", bytes).unwrap()
    }

    fn shipped_service<'a>(
        codes: &'a ServiceCodes,
        code: &str,
        month: &str,
    ) -> Option<&'a Service> {
        codes.find(
            ServiceCode::parse(code).unwrap(),
            InsurerNumber::parse("131128").unwrap(),
            YearMonth::parse(month).unwrap(),
        )
    }

    /// Codes that an office meets, by class.
    const PUBLISHED: [(Class, &[&str]); 7] = [
        (
            Class::Visit,
            &[
                "111111", "111112", "111113", "111122", "111211", "111311", "111411", "114111",
                "114211", "115111", "117211", "117311", "118111", "111121", "114845", "A22411",
                "A22511", "A22621", "A21411",
            ],
        ),
        (Class::PerVisit, &["114000", "A2C216"]),
        (Class::PerDay, &["114004", "114005"]),
        (
            Class::PerMonth,
            &[
                "114001", "114003", "114002", "116192", "A24001", "A2C211", "A2D211",
            ],
        ),
        (
            Class::Rate,
            &[
                "116275", "116183", "116274", "116184", "116271", "116380", "116410", "116361",
                "116362", "116363", "114114", "114115", "114116", "118000", "118100", "118110",
                "A26269", "A26183", "A26270", "A26184", "A26271", "A26380", "A26001", "A26002",
                "A26003",
            ],
        ),
        (Class::MonthlyFee, &["A21111", "A21211", "A21321"]),
        (Class::ProRated, &["A22111", "A22211", "A22321"]),
    ];

    #[test]
    fn the_shipped_list_holds_the_codes_that_an_office_meets_in_their_class() {
        let codes = shipped();
        for (class, published) in PUBLISHED {
            for code in published {
                let listed = shipped_service(&codes, code, "2026-10");
                assert_eq!(listed.map(|of| of.class), Some(class), "{code}");
            }
        }
    }

    #[test]
    fn a_revision_says_from_when_a_code_is_there() {
        let codes = shipped();
        let is_there = |code, month| shipped_service(&codes, code, month).is_some();
        for (code, before, from) in [
            ("116183", "2026-05", "2026-06"),
            ("A26183", "2026-05", "2026-06"),
            ("A26380", "2024-05", "2024-06"),
            ("A2C211", "2024-03", "2024-04"),
            ("A2D211", "2025-03", "2025-04"),
        ] {
            assert!(!is_there(code, before) && is_there(code, from), "{code}");
        }
    }

    #[test]
    fn each_row_of_the_shipped_list_says_what_is_known_of_it_and_where_from() {
        for row in shipped_list().csv_rows(&["出典", "確かさ"]).unwrap() {
            assert!(row.cells.iter().all(|of| !of.is_empty()), "{}", row.line);
        }
        let codes = shipped();
        let two_at_night = shipped_service(&codes, "111123", "2026-10").unwrap();
        let expected = Traits {
            minutes: Some(20),
            below: Some(30),
            band: Some(Band::Night),
            helpers: Some(2),
        };
        assert_eq!(two_at_night.traits, expected);
        assert_eq!(two_at_night.units, Some(732));
        for (whose, services) in &codes.services {
            for of in services.iter().filter(|of| of.class == Class::Visit) {
                let two = of.traits.helpers == Some(2);
                assert_eq!(two, is_for_two(&of.name), "{whose:?}");
                let night = of.traits.band == Some(Band::Night);
                assert_eq!(night, of.name.contains('深'), "{whose:?}");
            }
        }
    }

    #[test]
    fn what_is_written_reads_back_and_a_second_list_adds_to_the_first() {
        let listed = Listed {
            code: ServiceCode::parse("A21411").unwrap(),
            insurer: InsurerNumber::parse("131128"),
            name: "短時間,\"独自\"".to_owned(),
            class: Class::Visit,
            units: "167".to_owned(),
            traits: Traits {
                below: Some(20),
                ..Traits::default()
            },
            from: YearMonth::parse("2024-04").unwrap(),
            to: YearMonth::parse("2027-03"),
            noted: ["2026-10-09".to_owned(), String::new()],
        };
        let bytes = written([&listed].into_iter());
        let source = Source::new("codes/service_codes_own.csv", &bytes).unwrap();
        assert_eq!(rows(&source).unwrap(), [listed]);
        let mut codes = load("111111,,新,訪問,2024/06,\n").unwrap();
        codes.add_all(&source).unwrap();
        assert!(find(&codes, "A21411", "131128", "2026-10").is_some());
        assert_eq!(find(&codes, "A21411", "131136", "2026-10"), None);
        assert_eq!(find(&codes, "111111", "131128", "2026-10"), Some("新"));
    }

    #[test]
    fn two_lists_that_say_something_of_one_month_are_refused_at_the_second() {
        let mut codes = load("A21411,131128,甲,訪問,2024/04,\n").unwrap();
        let text = format!("{}\nA21411,131128,乙,月額,2025/04,\n", COLUMNS.join(","));
        let source = Source::new("codes/service_codes_own.csv", text.as_bytes()).unwrap();
        let error = codes.add_all(&source).unwrap_err();
        assert_eq!(error.file(), "codes/service_codes_own.csv");
        assert_eq!(error.line_and_column(), Some((2, 1)));
    }

    #[test]
    fn of_what_two_lists_say_alike_the_first_one_counts() {
        let mut codes = load("116183,,国の名称,割合,2026/06,\n").unwrap();
        let text = format!("{}\n116183,,自分の名称,割合,2026/04,\n", COLUMNS.join(","));
        let source = Source::new("codes/service_codes_own.csv", text.as_bytes()).unwrap();
        codes.add_all(&source).unwrap();
        assert_eq!(
            find(&codes, "116183", "131128", "2026-10"),
            Some("国の名称")
        );
        assert_eq!(
            find(&codes, "116183", "131128", "2026-04"),
            Some("自分の名称")
        );
    }

    #[test]
    fn overlapping_periods_are_refused_with_their_line() {
        let error = load("111111,,旧,訪問,2021/04,\n111111,,新,訪問,2024/06,\n").unwrap_err();
        assert_eq!(error.line_and_column(), Some((3, 1)));
    }
}
