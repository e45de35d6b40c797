//! Files that this program has written itself: they are no exports, whatever their shape.
//!
//! A file of actuals has the shape of a plan, and read as one it would plan what was done. So a
//! name of ours is believed here, and so is what a workbook says of who made it.

use crate::finding::{Code, ERROR_WORKBOOK, Finding, WORKBOOK_AUTHOR};
use crate::model::Place;
use crate::table::fold::nfkc;

use super::source::Named;

/// How names of ours begin, and what such a file is.
const NAMES: [(&str, &str); 6] = [
    (
        "月間ケアプラン_実績",
        "実績を楽すけに取り込むためのファイルです",
    ),
    ("UPJSK_", "居宅支援事業所に渡す実績のファイルです"),
    (
        "DLTJSK_",
        "居宅支援事業所に渡す、実績を削除するファイルです",
    ),
    ("予実対照_", "予定と実績を見比べるためのファイルです"),
    ("プレビュー_", "登録する内容を見るためのファイルです"),
    ("実績_", "書き出したファイルの目録です"),
];

/// What a file is by its name, if that is one of ours.
pub(super) fn by_name(name: Named<'_>) -> Option<Finding> {
    let plain = nfkc(name.own().as_str()).to_uppercase();
    let (_, what) = NAMES.iter().find(|(begin, what)| {
        let list = what.ends_with("目録です");
        plain.contains(&begin.to_uppercase()) && (!list || plain.contains("目録"))
    })?;
    Some(finding(name, what))
}

/// What is said of a workbook of ours.
pub(super) fn workbook(name: Named<'_>) -> Finding {
    finding(name, "内容を見るためのファイルです")
}

fn finding(name: Named<'_>, what: &str) -> Finding {
    let mut place = Place::file(name.file.clone());
    place.sheet = name.sheet(None);
    Finding::new(Code::OwnOutput, place).detail(what)
}

/// Whether the properties of a workbook say that it is one of ours, and no error workbook.
pub(super) fn is_of_ours(properties: &str) -> bool {
    let says = |word: &str| properties.contains(&format!(">{word}<"));
    says(WORKBOOK_AUTHOR) && !properties.contains(&format!(">{ERROR_WORKBOOK}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FileName;

    fn is_ours(name: &str) -> bool {
        by_name((&FileName::new(name)).into()).is_some()
    }

    #[test]
    fn a_name_of_ours_is_known_whatever_a_copy_adds() {
        for name in [
            "月間ケアプラン_実績_202611.csv",
            "コピー ～ 月間ケアプラン_実績_202611 (1).CSV",
            "UPJSK_202610_1370100016_11_1370000018_43_20261105.csv",
            "upjsk_202610.csv",
            "予実対照_202610.xlsx",
            "実績_202610_目録.json",
        ] {
            assert!(is_ours(name), "{name}");
        }
        for name in [
            "月間ケアプラン_202610.csv",
            "UPPLAN_202610.csv",
            "実績_202610.csv",
        ] {
            assert!(!is_ours(name), "{name}");
        }
    }
}
