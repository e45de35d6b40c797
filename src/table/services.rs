//! What service codes mean: `mappings/codes/service_codes.csv`.
//!
//! The key is (code, month), and for codes that a town defines (A2, A3) also the insurer;
//! a row without an insurer holds for every town that has no row of its own. A code means
//! nothing by its number alone: which class it belongs to is read here and nowhere else.

use std::collections::HashMap;

use crate::model::{InsurerNumber, ServiceCode, YearMonth};

use super::civil_text;
use super::error::TableError;
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
    from: YearMonth,
    to: Option<YearMonth>,
}

/// The list, ready to be asked.
#[derive(Debug, Default)]
pub struct ServiceCodes(HashMap<(ServiceCode, Option<InsurerNumber>), Vec<Service>>);

const COLUMNS: [&str; 6] = [
    "サービスコード",
    "保険者番号",
    "名称",
    "区分",
    "有効開始",
    "有効終了",
];

impl ServiceCodes {
    /// Reads the list.
    pub fn load(source: &Source) -> Result<Self, TableError> {
        let mut codes = Self::default();
        for row in source.csv_rows(&COLUMNS)? {
            codes.add(source, &row)?;
        }
        Ok(codes)
    }

    fn add(&mut self, source: &Source, row: &CsvRow) -> Result<(), TableError> {
        let wrong = |message: &str| source.error_at_line(row.line, message);
        let [code, insurer, name, class, from, to] = row.cells.as_slice() else {
            return Err(wrong("列の数が違います"));
        };
        let code = ServiceCode::parse(code)
            .ok_or_else(|| wrong("サービスコードは英大文字と数字の6桁です"))?;
        let insurer = match insurer.as_str() {
            "" => None,
            number => {
                Some(InsurerNumber::parse(number).ok_or_else(|| wrong("保険者番号は数字6桁です"))?)
            }
        };
        if insurer.is_some() && !code.service_type().is_defined_by_the_insurer() {
            return Err(wrong(
                "保険者番号は、保険者が定めるコード(A2・A3)だけに書けます",
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
        let service = Service {
            name: name.clone(),
            class,
            from,
            to,
        };
        let entries = self.0.entry((code, insurer)).or_default();
        if entries.iter().any(|other| other.overlaps(&service)) {
            return Err(wrong("同じコードの有効期間が重なっています"));
        }
        entries.push(service);
        Ok(())
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

    fn held(
        &self,
        code: ServiceCode,
        insurer: Option<InsurerNumber>,
        month: YearMonth,
    ) -> Option<&Service> {
        self.0
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
        let listed = self.find(code, insurer, month);
        let says_so = |name: &str| name.contains("日割");
        says_so(name)
            || listed
                .is_some_and(|service| service.class == Class::ProRated || says_so(&service.name))
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

    fn overlaps(&self, other: &Self) -> bool {
        other.to.is_none_or(|to| self.from <= to) && self.to.is_none_or(|to| other.from <= to)
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

    #[test]
    fn overlapping_periods_are_refused_with_their_line() {
        let error = load("111111,,旧,訪問,2021/04,\n111111,,新,訪問,2024/06,\n").unwrap_err();
        assert_eq!(error.line_and_column(), Some((3, 1)));
    }
}
