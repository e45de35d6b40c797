//! Services that are not the link's business: `mappings/codes/other_services.csv`.
//!
//! An office's exports hold more than 訪問介護 and the towns' home visits: what a client pays by
//! himself (自費), what 障害福祉 pays for, what the same office does under another designation. By its
//! code a service is told to be none of ours; what kind it is then, or that a code which is none is of
//! such a service, only words say.

use super::error::TableError;
use super::fold::fold;
use super::source::Source;

/// The words, ready to be asked.
#[derive(Debug, Default)]
pub struct OtherServices {
    /// The key of each word, with the kind that it stands for; longer words first.
    words: Vec<(String, String)>,
}

impl OtherServices {
    /// Reads the list with the columns 言葉 and 種類.
    pub fn load(source: &Source) -> Result<Self, TableError> {
        let mut words: Vec<(String, String)> = Vec::new();
        for row in source.csv_rows(&["言葉", "種類"])? {
            let [word, kind] = row.cells.as_slice() else {
                continue;
            };
            let key = fold(word);
            if key.is_empty() || kind.is_empty() {
                return Err(source.error_at_line(row.line, "言葉と種類は空にできません"));
            }
            if words.iter().any(|(known, _)| *known == key) {
                return Err(source.error_at_line(row.line, "同じ言葉が二つあります"));
            }
            words.push((key, kind.clone()));
        }
        words.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
        Ok(Self { words })
    }

    /// The kind of service that a text names, if it holds one of the words.
    pub fn kind(&self, text: &str) -> Option<&str> {
        let key = fold(text);
        let mut words = self.words.iter();
        words
            .find(|(word, _)| key.contains(word.as_str()))
            .map(|(_, kind)| kind.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(rows: &str) -> Result<OtherServices, TableError> {
        let text = format!("言葉,種類\n{rows}");
        OtherServices::load(&Source::new("codes/other_services.csv", text.as_bytes()).unwrap())
    }

    #[test]
    fn a_word_says_the_kind_wherever_it_stands() {
        let others = load("自費,自費\n介護保険外,自費\n同行援護,障害福祉\n").unwrap();
        assert_eq!(others.kind("自費　買物代行"), Some("自費"));
        assert_eq!(others.kind("自費01"), Some("自費"));
        assert_eq!(others.kind("同行援護(日中)"), Some("障害福祉"));
        assert_eq!(others.kind("身体介護１"), None);
        assert_eq!(others.kind(""), None);
    }

    #[test]
    fn a_word_without_a_kind_or_twice_is_refused_with_its_line() {
        for (rows, line) in [("自費,\n", 2), ("自費,自費\n自 費,実費\n", 3)] {
            let error = load(rows).unwrap_err();
            assert_eq!(error.line_and_column(), Some((line, 1)), "{rows}");
        }
    }
}
