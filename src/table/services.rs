//! What service codes mean: `mappings/codes/service_codes.csv`.
//!
//! The key is (code, month), and for codes that a town defines (A2, A3) also the insurer;
//! a row without an insurer holds for every town that has no row of its own. A code means
//! nothing by its number alone: which class it belongs to is read here and nowhere else.

use std::collections::HashMap;

use crate::model::{InsurerNumber, ServiceCode, YearMonth};

use super::civil_text;
use super::error::TableError;
use super::fold::fold;
use super::source::{CsvRow, Source};

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
    /// Whether the class or the name is that of a part of a monthly fee.
    is_pro_rated: bool,
    from: YearMonth,
    to: Option<YearMonth>,
}

/// The list, ready to be asked.
#[derive(Debug, Default)]
pub struct ServiceCodes {
    services: HashMap<(ServiceCode, Option<InsurerNumber>), Vec<Service>>,
    /// The codes by the [key](super::fold::fold) of a name that some of their rows have.
    names: HashMap<String, Vec<(ServiceCode, Option<InsurerNumber>)>>,
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
const UNITS: &str = "単位数";
/// What an answer adds to them.
const NOTED: [&str; 2] = ["登録日", "理由"];

/// The rows of a list with their units, each for itself.
pub fn rows(source: &Source) -> Result<Vec<Listed>, TableError> {
    let rows = source.csv_rows(&COLUMNS)?;
    let units = source.csv_rows(&[UNITS])?;
    // A list from before has no such columns.
    let noted = source.csv_rows(&NOTED).unwrap_or_default();
    rows.iter()
        .zip(units)
        .enumerate()
        .map(|(at, (row, units))| {
            let noted = noted
                .get(at)
                .and_then(|row| row.cells.clone().try_into().ok());
            Ok(Listed {
                units: units.cells.concat(),
                noted: noted.unwrap_or_default(),
                ..listed(source, row)?
            })
        })
        .collect()
}

fn listed(source: &Source, row: &CsvRow) -> Result<Listed, TableError> {
    let wrong = |message: &str| source.error_at_line(row.line, message);
    let [code, insurer, name, class, from, to] = row.cells.as_slice() else {
        return Err(wrong("列の数が違います"));
    };
    let code =
        ServiceCode::parse(code).ok_or_else(|| wrong("サービスコードは英大文字と数字の6桁です"))?;
    let insurer = match insurer.as_str() {
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
    let month = |text: &str| {
        let month = civil_text::month(text, civil_text::Calendar::default())
            .map_err(|_| wrong("有効期間は 2024/06 の形です"))?;
        Ok::<_, TableError>(month.value)
    };
    let from = month(from)?;
    let to = if to.is_empty() {
        None
    } else {
        Some(month(to)?)
    };
    if to.is_some_and(|to| to < from) {
        return Err(wrong("有効終了が有効開始より前です"));
    }
    Ok(Listed {
        code,
        insurer,
        name: name.clone(),
        class,
        units: String::new(),
        from,
        to,
        noted: Default::default(),
    })
}

/// Rows as the bytes of a list that a spreadsheet opens right; [`rows`] reads them back.
pub fn written<'l>(rows: impl Iterator<Item = &'l Listed>) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer("\u{feff}".as_bytes().to_vec());
    let month = |month: YearMonth| format!("{:04}/{:02}", month.year(), month.month());
    let rows: Vec<&Listed> = rows.collect();
    let is_noted = rows
        .iter()
        .any(|row| row.noted.iter().any(|of| !of.is_empty()));
    let noted = if is_noted { NOTED.len() } else { 0 };
    let records = rows.into_iter().map(|row| {
        let mut cells = vec![
            row.code.to_string(),
            row.insurer.map(|of| of.to_string()).unwrap_or_default(),
            row.name.clone(),
            row.class.word().to_owned(),
            month(row.from),
            row.to.map(month).unwrap_or_default(),
            row.units.clone(),
        ];
        cells.extend(row.noted.iter().take(noted).cloned());
        cells
    });
    let header = COLUMNS.into_iter().chain([UNITS]);
    let header = header.chain(NOTED.into_iter().take(noted));
    let header = header.map(str::to_owned).collect();
    for record in std::iter::once(header).chain(records) {
        writer
            .write_record(&record)
            .expect("every record has as many fields as the header, and memory takes them");
    }
    writer.into_inner().expect("memory takes what is written")
}

/// Whether what a list says of a code, or the name that a row gives it, is that of a part of a
/// monthly fee; see [`ServiceCodes::is_pro_rated`].
pub fn is_pro_rated(listed: Option<&Service>, name: &str) -> bool {
    listed.is_some_and(|of| of.is_pro_rated) || is_of_a_part(name)
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

    /// Adds another list. Where both say something of one month, neither is believed.
    pub fn add_all(&mut self, source: &Source) -> Result<(), TableError> {
        // A list of one's own may do without the units.
        let units = source.csv_rows(&[UNITS]).unwrap_or_default();
        for (at, row) in source.csv_rows(&COLUMNS)?.into_iter().enumerate() {
            let listed = listed(source, &row)?;
            if self.has_row(listed.code, listed.insurer, listed.from, listed.to) {
                let message = "同じコードの有効期間が重なっています";
                return Err(source.error_at_line(row.line, message));
            }
            let named = self.names.entry(fold(&listed.name)).or_default();
            named.push((listed.code, listed.insurer));
            let entries = self
                .services
                .entry((listed.code, listed.insurer))
                .or_default();
            entries.push(Service {
                is_pro_rated: listed.class == Class::ProRated || is_of_a_part(&listed.name),
                name: listed.name,
                class: listed.class,
                units: units
                    .get(at)
                    .and_then(|row| row.cells.concat().parse().ok()),
                from: listed.from,
                to: listed.to,
            });
        }
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

    /// The codes whose name in the insurer's town in that month has this
    /// [key](super::fold::fold), in no order.
    pub fn named<'s>(
        &'s self,
        key: &'s str,
        insurer: InsurerNumber,
        month: YearMonth,
    ) -> impl Iterator<Item = ServiceCode> + 's {
        let codes = self.names.get(key).into_iter().flatten();
        let here = codes.filter(move |(_, town)| town.is_none_or(|town| town == insurer));
        here.map(|(code, _)| *code).filter(move |code| {
            let service = self.find(*code, insurer, month);
            service.is_some_and(|service| fold(&service.name) == key)
        })
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

    /// The published codes that an office meets, by class; service codes of 2024-06.
    const PUBLISHED: [(Class, &[&str]); 7] = [
        (
            Class::Visit,
            &[
                "111111", "111211", "111311", "111411", "114111", "114211", "115111", "117211",
                "117311", "118111", "111121", "114845",
            ],
        ),
        (Class::PerVisit, &["114000"]),
        (Class::PerDay, &["114004", "114005"]),
        (Class::PerMonth, &["114001", "114003", "114002", "116192"]),
        (
            Class::Rate,
            &[
                "116275", "116274", "116271", "116380", "114114", "114115", "114116", "118000",
                "118100", "118110",
            ],
        ),
        (Class::MonthlyFee, &["A21111", "A21211", "A21321"]),
        (Class::ProRated, &["A22111", "A22211", "A22321"]),
    ];

    #[test]
    fn the_shipped_list_holds_every_published_code_in_its_class_and_no_other() {
        let bytes = include_bytes!("../../mappings/codes/service_codes.csv");
        let source = Source::new("codes/service_codes.csv", bytes).unwrap();
        let mut listed: Vec<(String, Class)> = rows(&source)
            .unwrap()
            .into_iter()
            .filter(|row| row.from == YearMonth::parse("2024-06").unwrap() && row.to.is_none())
            .map(|row| (row.code.to_string(), row.class))
            .collect();
        let mut published: Vec<(String, Class)> = PUBLISHED
            .iter()
            .flat_map(|(class, codes)| codes.iter().map(|code| ((*code).to_owned(), *class)))
            .collect();
        listed.sort_by(|a, b| a.0.cmp(&b.0));
        published.sort_by(|a, b| a.0.cmp(&b.0));
        assert_eq!(listed, published);
    }

    #[test]
    fn what_is_written_reads_back_and_a_second_list_adds_to_the_first() {
        let listed = Listed {
            code: ServiceCode::parse("A21411").unwrap(),
            insurer: InsurerNumber::parse("131128"),
            name: "短時間,\"独自\"".to_owned(),
            class: Class::Visit,
            units: "167".to_owned(),
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
    fn overlapping_periods_are_refused_with_their_line() {
        let error = load("111111,,旧,訪問,2021/04,\n111111,,新,訪問,2024/06,\n").unwrap_err();
        assert_eq!(error.line_and_column(), Some((3, 1)));
    }
}
