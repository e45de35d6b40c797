//! Files without a header: known by how wide they are, by a code in their first row, and by a
//! name that does not deny it.
//!
//! The shape alone decides where it is whole. A file that ends some columns earlier, as other
//! versions of a standard may, is taken only where its name says the same.

use std::sync::Arc;

use crate::model::FileName;
use crate::table::{Layout, Position, Stated};

use super::row::Row;

/// What the first row of a file tells.
#[derive(Debug)]
pub(super) enum First<'t> {
    /// It is data of a layout without a header.
    Data(&'t Arc<Layout>, Name),
    /// It is not; and why not, where the name leads one to expect it.
    Unknown(Option<String>),
    /// The name is that of a national file which nobody reads here, and what it is.
    Elsewhere(String),
}

/// Whether the name says what the contents are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    /// It does, in every part.
    Tells,
    /// It is not of the form that such names have.
    DoesNotTell,
}

/// How a row suits a layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// As many columns as the layout has.
    Whole,
    /// Fewer, but all that the layout cannot do without.
    Short,
    /// Another width.
    Other,
}

/// Looks at the first row that is not blank.
pub(super) fn look<'t>(layouts: &'t [Arc<Layout>], file: &FileName, row: &Row) -> First<'t> {
    let candidates: Vec<(&Arc<Layout>, &Position, Stated)> = layouts
        .iter()
        .filter_map(|layout| {
            let position = layout.position()?;
            let pattern = position.file_name.as_ref();
            let stated = pattern.map_or(Stated::Nothing, |pattern| pattern.read(file.as_str()));
            Some((layout, position, stated))
        })
        .collect();
    // A row of blanks at its end may suit a narrower layout as well.
    let by_shape = candidates
        .iter()
        .filter(|(layout, position, _)| is_whole(layout, position, row))
        .max_by_key(|(layout, ..)| layout.columns().len());
    for (layout, position, stated) in &candidates {
        match stated {
            Stated::This(_) | Stated::ThisAlone => {
                let whole = matches!(stated, Stated::This(_));
                let another = by_shape.map(|(other, ..)| *other);
                let another = another.filter(|other| !Arc::ptr_eq(other, layout));
                return claimed(layout, position, whole, another, row);
            }
            Stated::Other(word, means) => {
                let why = other(&candidates, word, means);
                return First::Elsewhere(why);
            }
            Stated::Nothing => {}
        }
    }
    by_shape.map_or(First::Unknown(None), |(layout, position, _)| {
        let name = match position.file_name {
            Some(_) => Name::DoesNotTell,
            None => Name::Tells,
        };
        First::Data(layout, name)
    })
}

/// The name says that the file is one of the layout; the shape may be `another`'s.
fn claimed<'t>(
    layout: &'t Arc<Layout>,
    position: &Position,
    whole: bool,
    another: Option<&Arc<Layout>>,
    row: &Row,
) -> First<'t> {
    let column = position.column();
    let code = row.cell(column).trim();
    if let Some(another) = another {
        let why = format!(
            "ファイル名は{}ですが、内容は{}の形です",
            layout.name(),
            another.name()
        );
        return First::Unknown(Some(why));
    }
    if shape(layout, row) == Shape::Other {
        let why = format!(
            "ファイル名は{}ですが、列が{}あります(読めるのは{}から{})",
            layout.name(),
            row.width(),
            layout.narrowest(),
            layout.columns().len()
        );
        return First::Unknown(Some(why));
    }
    if !position.knows(code) {
        let header = layout.columns()[column].header();
        let why = format!(
            "ファイル名は{}ですが、{header}「{code}」がコード一覧 {} にありません",
            layout.name(),
            position.list()
        );
        return First::Unknown(Some(why));
    }
    let name = if whole {
        Name::Tells
    } else {
        Name::DoesNotTell
    };
    First::Data(layout, name)
}

fn other(candidates: &[(&Arc<Layout>, &Position, Stated)], word: &str, means: &str) -> String {
    let taken: Vec<&str> = candidates
        .iter()
        .filter_map(|(_, position, _)| position.file_name.as_ref())
        .map(crate::table::NamePattern::begins)
        .collect();
    format!(
        "ファイル名は {word}({means})です。国の標準仕様のファイルで読むのは {} です",
        taken.join(" と ")
    )
}

fn is_whole(layout: &Layout, position: &Position, row: &Row) -> bool {
    shape(layout, row) == Shape::Whole && position.knows(row.cell(position.column()))
}

/// Commas at the end of a row make no columns.
fn shape(layout: &Layout, row: &Row) -> Shape {
    let width = layout.columns().len();
    let beyond = (width..row.width()).any(|at| !row.cell(at).trim().is_empty());
    if beyond || row.width() < layout.narrowest() {
        Shape::Other
    } else if row.width() < width {
        Shape::Short
    } else {
        Shape::Whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Tables;

    const PLAN: &str = "UPPLAN_202610_1370000018_43_1370100016_11_20260925093000.CSV";

    /// What a file is taken for: the layout and whether its name tells, or why not.
    fn taken(name: &str, cells: &[&str]) -> Result<(String, Name), String> {
        let tables = Tables::load(None).unwrap();
        let mut row = Row::default();
        row.begin(1);
        for cell in cells {
            row.push_with(|text| {
                text.push_str(cell);
                None
            });
        }
        match look(&tables.layouts, &FileName::new(name), &row) {
            First::Data(layout, name) => Ok((layout.name().to_owned(), name)),
            First::Unknown(why) => Err(why.unwrap_or_default()),
            First::Elsewhere(why) => Err(why),
        }
    }

    /// A row of so many cells, the first of them the version.
    fn cells(version: &'static str, width: usize) -> Vec<&'static str> {
        let mut cells = vec!["x"; width];
        cells[0] = version;
        cells
    }

    fn plan(name: Name) -> (String, Name) {
        ("サービス利用票(UPPLAN)".to_owned(), name)
    }

    fn supplement(name: Name) -> (String, Name) {
        ("利用者補足情報(UPHOSOKU)".to_owned(), name)
    }

    #[test]
    fn the_width_and_the_version_tell_a_file_and_its_name_confirms_it() {
        for version in ["202407", "202504", "202208"] {
            assert_eq!(taken(PLAN, &cells(version, 25)), Ok(plan(Name::Tells)));
        }
        assert_eq!(
            taken("予定.csv", &cells("202407", 25)),
            Ok(plan(Name::DoesNotTell))
        );
        assert_eq!(
            taken("UPPLAN.csv", &cells("202407", 25)),
            Ok(plan(Name::DoesNotTell))
        );
        assert_eq!(
            taken("補足.csv", &cells("202407", 63)),
            Ok(supplement(Name::DoesNotTell))
        );
    }

    #[test]
    fn commas_at_the_end_make_no_columns() {
        let mut wide = cells("202407", 25);
        wide.extend(["", " "]);
        assert_eq!(taken(PLAN, &wide), Ok(plan(Name::Tells)));
        wide.push("x");
        assert!(taken(PLAN, &wide).unwrap_err().contains("列が28あります"));
    }

    #[test]
    fn a_narrower_file_is_taken_only_where_its_name_says_the_same() {
        assert_eq!(taken(PLAN, &cells("202208", 20)), Ok(plan(Name::Tells)));
        assert_eq!(taken("予定.csv", &cells("202208", 24)), Err(String::new()));
        assert!(taken(PLAN, &cells("202208", 19)).is_err());
    }

    #[test]
    fn a_version_that_is_not_listed_is_not_read() {
        let why = "ファイル名はサービス利用票(UPPLAN)ですが、CSVバージョン「202711」がコード一覧 \
                   csv_version にありません";
        assert_eq!(taken(PLAN, &cells("202711", 25)), Err(why.to_owned()));
        assert_eq!(taken("予定.csv", &cells("202711", 25)), Err(String::new()));
        assert_eq!(taken("予定.csv", &cells("4.1", 25)), Err(String::new()));
    }

    #[test]
    fn a_name_that_says_something_else_denies_the_shape() {
        let why = "ファイル名は UPJSK(サービス事業所の実績)です。\
                   国の標準仕様のファイルで読むのは UPPLAN と UPHOSOKU です";
        assert_eq!(
            taken("UPJSK_202610.CSV", &cells("202407", 25)),
            Err(why.to_owned())
        );
        let why = "ファイル名は利用者補足情報(UPHOSOKU)ですが、列が17あります(読めるのは18から63)";
        assert_eq!(
            taken("UPHOSOKU_1.CSV", &cells("202407", 17)),
            Err(why.to_owned())
        );
        let why = "ファイル名は利用者補足情報(UPHOSOKU)ですが、\
                   内容はサービス利用票(UPPLAN)の形です";
        assert_eq!(
            taken("UPHOSOKU_1.CSV", &cells("202407", 25)),
            Err(why.to_owned())
        );
    }
}
