//! The words that offices put on names: `mappings/codes/name_words.csv`.
//!
//! 敬称 stand at the end (様), 印 at either end (★, 【新規】); neither tells two people apart.
//! A name that is nothing but a word of the third kind (テスト, 会議) is nobody's: offices keep
//! such clients so that a calendar shows the hours. These words are for comparing only; a
//! name is sent as it is written.

use std::collections::HashSet;

use super::error::TableError;
use super::fold::{fold, is_kanji};
use super::source::{CsvRow, Source};

/// The words, ready to be asked.
#[derive(Debug, Default)]
pub struct NameWords {
    honorifics: Vec<String>,
    marks: Vec<String>,
    brackets: Vec<(String, String)>,
    /// With which characters a mark or bracket begins that stands in front of a name; most
    /// names begin with none of them, and end with none of the others.
    begins: Vec<char>,
    /// With which a word ends that stands behind one.
    ends: Vec<char>,
    /// Keys of whole names.
    nobody: HashSet<String>,
    /// With which characters they begin.
    nobody_begins: Vec<char>,
}

/// What a word says of the name that it stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Honorific,
    Mark,
    Nobody,
}

/// Every kind, with the word that the list uses.
const KINDS: [(&str, Kind); 3] = [
    ("敬称", Kind::Honorific),
    ("印", Kind::Mark),
    ("利用者ではない", Kind::Nobody),
];

/// Stands between two brackets for whatever an office has written there.
const ANYTHING: char = '…';

impl NameWords {
    /// Reads the list with the columns 語 and 種類.
    pub fn load(source: &Source) -> Result<Self, TableError> {
        let rows = source.csv_rows(&["語", "種類"])?;
        let mut words = Self::default();
        let mut seen = HashSet::new();
        let mut nobody = Vec::new();
        for row in &rows {
            let (word, kind) = word(source, row)?;
            if !seen.insert((fold(word), kind == Kind::Nobody)) {
                return Err(source.error_at_line(row.line, "同じ語が二つあります"));
            }
            match kind {
                Kind::Honorific => words.honorifics.push(fold(word)),
                Kind::Mark => words.add_mark(word),
                Kind::Nobody => nobody.push(word),
            }
        }
        words.look_at_ends();
        // Their keys can be had only when every mark and honorific is known.
        words.nobody = nobody.into_iter().map(|word| words.fold(word)).collect();
        let begins = words.nobody.iter().filter_map(|key| key.chars().next());
        words.nobody_begins = begins.collect();
        Ok(words)
    }

    fn add_mark(&mut self, word: &str) {
        match word.split_once(ANYTHING) {
            Some((open, close)) if !open.is_empty() && !close.is_empty() => {
                self.brackets.push((fold(open), fold(close)));
            }
            _ => self.marks.push(fold(word)),
        }
    }

    fn look_at_ends(&mut self) {
        let in_front = self
            .brackets
            .iter()
            .map(|(open, _)| open)
            .chain(&self.marks);
        self.begins = in_front.filter_map(|word| word.chars().next()).collect();
        let behind = self.brackets.iter().map(|(_, close)| close);
        let behind = behind.chain(&self.marks).chain(&self.honorifics);
        self.ends = behind.filter_map(|word| word.chars().next_back()).collect();
    }

    /// The key of a person's name: two names with one key are taken for the same name. A name
    /// is never stripped of its last letter.
    pub fn fold(&self, name: &str) -> String {
        let folded = fold(name);
        let mut key = folded.as_str();
        while let Some(shorter) = self.without_a_word(key) {
            key = shorter;
        }
        key.to_owned()
    }

    /// Whether the whole name is a word for something that is no client. A name that only
    /// holds such a word is a person's.
    pub fn is_nobody(&self, name: &str) -> bool {
        !self.is_somebodys_at_once(name) && self.nobody.contains(&self.fold(name))
    }

    /// Whether the first character says so already: nothing is taken away in front of it, it is
    /// its own key, and none of the words begins with it. Most names are told so.
    fn is_somebodys_at_once(&self, name: &str) -> bool {
        name.chars().next().is_some_and(|first| {
            is_kanji(first) && !self.begins.contains(&first) && !self.nobody_begins.contains(&first)
        })
    }

    /// The key without one mark or honorific at its ends, if it has one besides a name.
    fn without_a_word<'k>(&self, key: &'k str) -> Option<&'k str> {
        if !self.begins.contains(&key.chars().next()?)
            && !self.ends.contains(&key.chars().next_back()?)
        {
            return None;
        }
        let marked = self
            .marks
            .iter()
            .filter_map(|mark| key.strip_prefix(&**mark).or(key.strip_suffix(&**mark)));
        let called = self
            .honorifics
            .iter()
            .filter_map(|word| key.strip_suffix(&**word));
        let bracketed = self
            .brackets
            .iter()
            .filter_map(|(open, close)| without_brackets(key, open, close));
        marked
            .chain(called)
            .chain(bracketed)
            .find(|shorter| !shorter.is_empty())
    }
}

/// What stands beside a pair of brackets at either end; what stands in them, where nothing
/// stands beside them.
fn without_brackets<'k>(key: &'k str, open: &str, close: &str) -> Option<&'k str> {
    let in_front = key
        .strip_prefix(open)
        .and_then(|rest| rest.split_once(close));
    let behind = key
        .strip_suffix(close)
        .and_then(|rest| rest.rsplit_once(open));
    match (in_front, behind) {
        (Some((inside, "")), _) => Some(inside),
        (Some((_, rest)), _) | (None, Some((rest, _))) => Some(rest),
        (None, None) => None,
    }
}

fn word<'r>(source: &Source, row: &'r CsvRow) -> Result<(&'r str, Kind), TableError> {
    let wrong = |message: &str| source.error_at_line(row.line, message);
    let [word, kind] = row.cells.as_slice() else {
        return Err(wrong("列は 語,種類 の二つです"));
    };
    if fold(word).is_empty() {
        return Err(wrong("語は空にできません"));
    }
    let kind = KINDS
        .iter()
        .find(|(name, _)| name == kind)
        .map(|(_, kind)| *kind)
        .ok_or_else(|| {
            wrong(&format!("種類「{kind}」はありません"))
                .expected(kind, KINDS.iter().map(|(name, _)| *name))
        })?;
    Ok((word, kind))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn load(rows: &str) -> Result<NameWords, TableError> {
        let text = format!("語,種類\n{rows}");
        NameWords::load(&Source::new("codes/name_words.csv", text.as_bytes()).unwrap())
    }

    fn shipped() -> NameWords {
        let bytes = include_bytes!("../../mappings/codes/name_words.csv");
        NameWords::load(&Source::new("codes/name_words.csv", bytes).unwrap()).unwrap()
    }

    #[test]
    fn honorifics_and_marks_do_not_tell_names_apart() {
        let words = shipped();
        for written in [
            "試験　花子 様",
            "試験花子さん",
            "★試験 花子",
            "試験花子○",
            "【新規】試験　花子",
            "試験花子【休】様",
            "※【10/5まで】試験花子殿◎",
            "【試験　花子】",
        ] {
            assert_eq!(words.fold(written), "試験花子", "{written}");
        }
    }

    #[test]
    fn other_letters_do() {
        let words = shipped();
        for other in ["試験　華子", "様子", "試験(花子)"] {
            assert_ne!(words.fold(other), words.fold("試験花子"));
        }
        assert_ne!(words.fold("様子"), words.fold("子"));
    }

    #[test]
    fn a_name_keeps_its_last_letter() {
        let words = shipped();
        for (name, key) in [("様", "様"), ("★", "★"), ("★様", "様"), ("", "")] {
            assert_eq!(words.fold(name), key);
        }
    }

    #[test]
    fn only_a_whole_name_is_nobodys() {
        let words = shipped();
        for nobody in ["テスト", "ﾃｽﾄ様", "【テスト】", "★会議", "TEST", "休 憩"]
        {
            assert!(words.is_nobody(nobody), "{nobody}");
        }
        for somebody in ["", "試験　花子", "会議　花子", "予備田　一郎", "テスト一郎"]
        {
            assert!(!words.is_nobody(somebody), "{somebody}");
        }
    }

    #[test]
    fn a_list_without_words_leaves_names_as_they_are() {
        let words = load("").unwrap();
        assert_eq!(words.fold("試験 花子様"), "試験花子様");
        assert!(!words.is_nobody("テスト"));
    }

    #[test]
    fn a_wrong_line_is_refused_with_its_number() {
        for (rows, said) in [
            ("様,敬称\n★,しるし\n", "種類「しるし」はありません"),
            ("様,敬称\n ,印\n", "語は空にできません"),
            ("様,敬称\n様,敬称\n", "同じ語が二つあります"),
        ] {
            let error = load(rows).unwrap_err();
            assert_eq!(error.line_and_column(), Some((3, 1)), "{rows}");
            assert!(error.to_string().contains(said), "{error}");
        }
    }

    proptest! {
        #[test]
        fn whoever_is_somebody_at_once_is_so_in_the_end(
            name in "[【★]?(試験|会議|会田|テスト|研修|か\u{3099}|様){0,2}[ 　]?(様|さん|○|【休】)?",
        ) {
            let words = shipped();
            prop_assert_eq!(words.is_nobody(&name), words.nobody.contains(&words.fold(&name)));
        }
    }
}
