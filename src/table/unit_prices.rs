//! Where things stand in a town's 単位数表マスタ: `mappings/standard/unit_prices.toml`.
//!
//! Towns publish it with a header line or without one, in a form of 19 columns and a later one
//! of 24. A file with headers is read by them, one without by the number of its columns.

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use toml::Spanned;

use super::error::TableError;
use super::fold::fold;
use super::source::Source;

/// What the program needs of a row of the master.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// 保険者番号.
    Insurer,
    /// サービス種類コード.
    ServiceType,
    /// サービス項目コード.
    ServiceItem,
    /// The first month.
    From,
    /// The last month.
    To,
    /// サービス名称.
    Name,
    /// 単位数.
    Units,
    /// 算定単位: what the units are counted for, a visit, a day or a month.
    Per,
}

impl Part {
    /// Every part; a form has a column for each.
    pub const ALL: [Self; 8] = [
        Self::Insurer,
        Self::ServiceType,
        Self::ServiceItem,
        Self::From,
        Self::To,
        Self::Name,
        Self::Units,
        Self::Per,
    ];

    /// Its name for a clerk.
    pub fn label(self) -> &'static str {
        match self {
            Self::Insurer => "保険者番号",
            Self::ServiceType => "サービス種類コード",
            Self::ServiceItem => "サービス項目コード",
            Self::From => "適用開始年月",
            Self::To => "適用終了年月",
            Self::Name => "サービス名称",
            Self::Units => "単位数",
            Self::Per => "算定単位",
        }
    }

    /// Its name in the table.
    fn name(self) -> &'static str {
        match self {
            Self::Insurer => "insurer",
            Self::ServiceType => "service_type",
            Self::ServiceItem => "service_item",
            Self::From => "from",
            Self::To => "to",
            Self::Name => "name",
            Self::Units => "units",
            Self::Per => "per",
        }
    }
}

/// In which column of a file each part stands, counted from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Columns {
    places: HashMap<Part, usize>,
    width: usize,
}

impl Columns {
    /// The column of a part.
    pub fn of(&self, part: Part) -> usize {
        self.places[&part]
    }

    /// How many columns there are.
    pub fn width(&self) -> usize {
        self.width
    }
}

/// The table, checked.
#[derive(Debug)]
pub struct UnitPrices {
    /// What each folded header stands for, with the header that the table names first.
    headers: HashMap<String, Part>,
    titles: BTreeMap<Part, String>,
    forms: Vec<Columns>,
    rate_words: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    columns: Spanned<BTreeMap<Part, Vec<Spanned<String>>>>,
    form: Vec<WrittenForm>,
    rates: WrittenRates,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenForm {
    headers: Spanned<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRates {
    words: Vec<String>,
}

impl UnitPrices {
    /// Reads and checks the table.
    pub fn load(source: &Source) -> Result<Self, TableError> {
        let written: Written = source.toml()?;
        let mut table = Self {
            headers: HashMap::new(),
            titles: BTreeMap::new(),
            forms: Vec::new(),
            rate_words: written.rates.words,
        };
        table.name_columns(source, &written.columns)?;
        for form in &written.form {
            table.add_form(source, &form.headers)?;
        }
        Ok(table)
    }

    fn name_columns(
        &mut self,
        source: &Source,
        columns: &Spanned<BTreeMap<Part, Vec<Spanned<String>>>>,
    ) -> Result<(), TableError> {
        for part in Part::ALL {
            let names = columns.get_ref().get(&part);
            let Some(title) = names.and_then(|names| names.first()) else {
                let message = format!("「{}」の見出しがありません", part.name());
                return Err(source.error(columns.span(), &message));
            };
            self.titles.insert(part, title.get_ref().clone());
            for name in names.into_iter().flatten() {
                if self.headers.insert(fold(name.get_ref()), part).is_some() {
                    let message = format!("見出し「{}」が二度あります", name.get_ref());
                    return Err(source.error(name.span(), &message));
                }
            }
        }
        Ok(())
    }

    fn add_form(
        &mut self,
        source: &Source,
        headers: &Spanned<Vec<String>>,
    ) -> Result<(), TableError> {
        let wrong = |message: &str| source.error(headers.span(), message);
        let width = headers.get_ref().len();
        if self.form(width).is_some() {
            return Err(wrong("列の数が同じ形式が二つあるので、見分けられません"));
        }
        let columns = self
            .columns(headers.get_ref().iter().map(String::as_str))
            .map_err(|missing| wrong(&format!("{}がありません", missing.join("、"))))?;
        self.forms.push(columns);
        Ok(())
    }

    /// The columns of a file without headers, by their number.
    pub fn form(&self, width: usize) -> Option<&Columns> {
        self.forms.iter().find(|form| form.width == width)
    }

    /// The numbers of columns that files without headers may have.
    pub fn widths(&self) -> impl Iterator<Item = usize> {
        self.forms.iter().map(|form| form.width)
    }

    /// Whether a row is the header line: no value of the master reads like a header.
    pub fn is_header<'c>(&self, mut cells: impl Iterator<Item = &'c str>) -> bool {
        cells.any(|cell| self.headers.contains_key(&fold(cell)))
    }

    /// The columns below a header line, wherever they stand; the headers that are missing,
    /// where some are. Of two columns with one header the first counts.
    pub fn columns<'c>(&self, cells: impl Iterator<Item = &'c str>) -> Result<Columns, Vec<&str>> {
        let mut places = HashMap::new();
        let mut width = 0;
        for cell in cells {
            if let Some(part) = self.headers.get(&fold(cell)) {
                places.entry(*part).or_insert(width);
            }
            width += 1;
        }
        let missing: Vec<&str> = Part::ALL
            .iter()
            .filter(|part| !places.contains_key(part))
            .map(|part| self.titles[part].as_str())
            .collect();
        if missing.is_empty() {
            Ok(Columns { places, width })
        } else {
            Err(missing)
        }
    }

    /// Whether a name is that of an amount in per cent.
    pub fn is_rate(&self, name: &str) -> bool {
        self.rate_words.iter().any(|word| name.contains(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHIPPED: &str = include_str!("../../mappings/standard/unit_prices.toml");

    fn load(text: &str) -> Result<UnitPrices, TableError> {
        UnitPrices::load(&Source::new("standard/unit_prices.toml", text.as_bytes()).unwrap())
    }

    #[test]
    fn a_file_without_headers_is_told_by_the_number_of_its_columns() {
        let table = load(SHIPPED).unwrap();
        assert_eq!(table.widths().collect::<Vec<_>>(), [19, 24]);
        for width in [19, 24] {
            let columns = table.form(width).unwrap();
            let places = Part::ALL.map(|part| columns.of(part));
            assert_eq!(places, [0, 1, 2, 3, 4, 5, 6, 7]);
        }
        assert_eq!(table.form(20), None);
    }

    #[test]
    fn headers_lead_to_their_columns_wherever_they_stand() {
        let table = load(SHIPPED).unwrap();
        let headers = "備考,適用終了年月日,適用開始年月日,証記載保険者番号,ｻｰﾋﾞｽ種類ｺｰﾄﾞ,\
                       ｻｰﾋﾞｽ項目ｺｰﾄﾞ,算定単位,単位数,サービス名称";
        let columns = table.columns(headers.split(',')).unwrap();
        assert_eq!(columns.of(Part::Insurer), 3);
        assert_eq!(columns.of(Part::To), 1);
        assert_eq!(columns.width(), 9);
    }

    #[test]
    fn headers_that_are_missing_are_named() {
        let table = load(SHIPPED).unwrap();
        let missing = table.columns(["保険者番号", "単位数"].into_iter());
        assert_eq!(
            missing.unwrap_err(),
            [
                "サービス種類コード",
                "サービス項目コード",
                "適用開始年月",
                "適用終了年月",
                "サービス名称",
                "算定単位"
            ]
        );
    }

    #[test]
    fn a_form_that_lacks_a_column_and_two_of_one_width_are_refused() {
        let short = SHIPPED.replace(
            "\"算定単位\", \"制限日数回数\"",
            "\"単位\", \"制限日数回数\"",
        );
        assert!(
            load(&short)
                .unwrap_err()
                .to_string()
                .contains("算定単位がありません")
        );
        let twice = SHIPPED.replace("    \"要介護5受給者実施区分\",\n", "");
        let twice = twice.replace(
            "    \"要介護1受給者実施区分\", \"要介護2受給者実施区分\",\n",
            "",
        );
        let twice = twice.replace(
            "    \"要介護3受給者実施区分\", \"要介護4受給者実施区分\",\n",
            "",
        );
        assert!(
            load(&twice)
                .unwrap_err()
                .to_string()
                .contains("見分けられません")
        );
    }
}
