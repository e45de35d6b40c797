//! What somebody has approved to be written in place of a character:
//! `mappings/codes/name_replacements_own.csv`.
//!
//! Files for 楽すけ are CP932, which does not hold every character that a name may have. What
//! stands in its place is decided by a person, once for each client and character, and kept
//! in this list, which belongs to the office alone: nothing of the kind is shipped. A
//! character that can be written as it is stays as it is, whatever a list says; the list is
//! refused.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use encoding_rs::SHIFT_JIS;

use crate::model::{CivilDate, ClientId, InsuredNumber, InsurerNumber};

use super::civil_text::{self, Calendar};
use super::error::TableError;
use super::source::{CsvRow, Source};

/// The list's path below `mappings/`.
pub const NAME_REPLACEMENTS: &str = "codes/name_replacements_own.csv";

/// The columns, in the order in which a new list is written.
const COLUMNS: [&str; 5] = ["保険者番号", "被保険者番号", "文字", "置き換え", "承認日"];

/// One replacement that somebody has approved.
#[derive(Clone, PartialEq, Eq)]
pub struct Approval {
    client: ClientId,
    character: char,
    replacement: String,
    approved: CivilDate,
}

impl Approval {
    /// Takes a replacement that can do its work; otherwise says what is wrong with it.
    pub fn new(
        client: ClientId,
        character: char,
        replacement: &str,
        approved: CivilDate,
    ) -> Result<Self, &'static str> {
        if fits(character.encode_utf8(&mut [0; 4])) {
            return Err("この文字は楽すけのファイルにそのまま書けるので、置き換えられません");
        }
        if !fits(replacement) {
            return Err("置き換えに、楽すけのファイル(Shift_JIS)に書けない文字があります");
        }
        Ok(Self {
            client,
            character,
            replacement: replacement.to_owned(),
            approved,
        })
    }

    /// Whose name or text it is for.
    pub fn client(&self) -> ClientId {
        self.client
    }

    /// The character that cannot be written.
    pub fn character(&self) -> char {
        self.character
    }

    /// What is written in its place; nothing where it is dropped.
    pub fn replacement(&self) -> &str {
        &self.replacement
    }

    /// The day on which somebody has approved it.
    pub fn approved(&self) -> CivilDate {
        self.approved
    }

    fn is_about(&self, other: &Self) -> bool {
        (self.client, self.character) == (other.client, other.character)
    }

    /// The cells in the order of the columns.
    fn cells(&self) -> [String; 5] {
        [
            self.client.insurer.to_string(),
            self.client.insured.to_string(),
            self.character.to_string(),
            self.replacement.clone(),
            self.approved.to_string(),
        ]
    }
}

/// Nothing of it: a name stands behind it.
impl fmt::Debug for Approval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Approval(…)")
    }
}

/// Whether CP932 holds a text as it stands, and it reads back as the same one. Encoders map a
/// few signs (¥, −) without a word to codes that read back as others; control characters have
/// no business in a name.
fn fits(text: &str) -> bool {
    let (bytes, _, lossy) = SHIFT_JIS.encode(text);
    !lossy
        && !text.chars().any(char::is_control)
        && SHIFT_JIS.decode_without_bom_handling(&bytes).0 == text
}

/// The list, ready to be applied.
#[derive(Default)]
pub struct NameReplacements {
    rows: Vec<Approval>,
    /// Places in `rows`; a person has one or two.
    by_client: HashMap<ClientId, Vec<usize>>,
}

impl NameReplacements {
    /// Reads the list. A person's character that stands in it twice is an error, even with
    /// one and the same replacement: one of the two rows would count for nothing.
    pub fn load(source: &Source) -> Result<Self, TableError> {
        let mut list = Self::default();
        for (line, row) in approvals(source).map_err(TableError::without_text)? {
            if list.find(row.client, row.character).is_some() {
                let message = "同じ利用者の同じ文字が二つあります";
                return Err(source.error_at_line(line, message).without_text());
            }
            let places = list.by_client.entry(row.client).or_default();
            places.push(list.rows.len());
            list.rows.push(row);
        }
        Ok(list)
    }

    /// Every replacement, in the order of the list.
    pub fn rows(&self) -> &[Approval] {
        &self.rows
    }

    /// What was approved for a person's character.
    pub fn find(&self, client: ClientId, character: char) -> Option<&Approval> {
        self.of(client).find(|row| row.character == character)
    }

    /// The text with a person's approved replacements in place. Each replacement that was made
    /// is added to `applied`, once, so that it can be said.
    ///
    /// Nothing is copied where there is nothing to replace, and nothing but one look-up is done
    /// for a person who has no replacement: a large file has a million lines.
    pub fn apply<'t>(
        &self,
        client: ClientId,
        text: &'t str,
        applied: &mut Vec<(char, String)>,
    ) -> Cow<'t, str> {
        // CP932 holds all of ASCII, so nothing of it is ever in the list.
        if text.is_ascii() {
            return Cow::Borrowed(text);
        }
        let mut written = Cow::Borrowed(text);
        for row in self.of(client) {
            if !text.contains(row.character) {
                continue;
            }
            // One pass a character is enough: a replacement holds none that is in the list.
            written = Cow::Owned(written.replace(row.character, &row.replacement));
            if !applied.iter().any(|(from, _)| *from == row.character) {
                applied.push((row.character, row.replacement.clone()));
            }
        }
        written
    }

    fn of(&self, client: ClientId) -> impl Iterator<Item = &Approval> {
        let places = self.by_client.get(&client);
        places.into_iter().flatten().map(|&place| &self.rows[place])
    }
}

/// How many, and never whose.
impl fmt::Debug for NameReplacements {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NameReplacements({})", self.rows.len())
    }
}

/// The rows of a list with their lines, each checked for itself.
fn approvals(source: &Source) -> Result<Vec<(usize, Approval)>, TableError> {
    source
        .csv_rows_as_written(&COLUMNS)?
        .iter()
        .map(|row| Ok((row.line, approval(source, row)?)))
        .collect()
}

fn approval(source: &Source, row: &CsvRow) -> Result<Approval, TableError> {
    let wrong = |message: &str| source.error_at_line(row.line, message);
    let [town, number, character, replacement, approved] = row.cells.as_slice() else {
        return Err(wrong("列の数が違います"));
    };
    let client = ClientId {
        insurer: InsurerNumber::parse(town.trim()).ok_or_else(|| {
            wrong("保険者番号は数字6桁です(先頭の0が消えていないか確かめてください)")
        })?,
        insured: InsuredNumber::parse(number.trim()).ok_or_else(|| {
            wrong(
                "被保険者番号は数字10桁か、Hと数字9桁です(先頭の0が消えていないか確かめてください)",
            )
        })?,
    };
    let mut characters = character.chars();
    let (Some(character), None) = (characters.next(), characters.next()) else {
        return Err(wrong("文字は一文字です"));
    };
    let approved = civil_text::date(approved.trim(), Calendar::default())
        .map_err(|_| wrong("承認日は 2026-10-05 の形です"))?;
    Approval::new(client, character, replacement, approved.value).map_err(wrong)
}

/// The bytes of a list with more approvals, that a spreadsheet opens right. Every earlier row
/// stays in its place with all of its columns, also those that only the office has; where
/// another replacement is approved for the same character of the same person, it takes the
/// place of the earlier one.
pub fn written(before: Option<&Source>, approvals: &[Approval]) -> Result<Vec<u8>, TableError> {
    let (header, mut rows) = match before {
        Some(source) => existing(source).map_err(TableError::without_text)?,
        None => (COLUMNS.map(str::to_owned).to_vec(), Vec::new()),
    };
    for approval in approvals {
        let earlier = rows.iter().position(|(of, _)| of.is_about(approval));
        let at = earlier.unwrap_or_else(|| {
            rows.push((approval.clone(), vec![String::new(); header.len()]));
            rows.len() - 1
        });
        let (of, cells) = &mut rows[at];
        of.clone_from(approval);
        for (column, cell) in COLUMNS.iter().zip(approval.cells()) {
            let place = header.iter().position(|name| name.trim() == *column);
            let place = place.expect("a list without one of its columns is not loaded");
            // A row may be shorter than the header.
            cells.resize(cells.len().max(place + 1), String::new());
            cells[place] = cell;
        }
    }
    let mut writer = csv::WriterBuilder::new()
        .flexible(true)
        .terminator(csv::Terminator::CRLF)
        .from_writer("\u{feff}".as_bytes().to_vec());
    for cells in std::iter::once(&header).chain(rows.iter().map(|(_, cells)| cells)) {
        writer
            .write_record(cells)
            .expect("memory takes what is written");
    }
    Ok(writer.into_inner().expect("memory takes what is written"))
}

/// The header and the rows of a list, each with all of its cells.
type Existing = (Vec<String>, Vec<(Approval, Vec<String>)>);

fn existing(source: &Source) -> Result<Existing, TableError> {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .has_headers(false)
        .from_reader(source.text().as_bytes());
    let approvals = approvals(source)?;
    let mut records = reader.records().map(|record| {
        let record = record.expect("the same text was read a moment ago");
        record.iter().map(str::to_owned).collect()
    });
    let header: Vec<String> = records.next().unwrap_or_default();
    let rows = approvals.into_iter().map(|(_, approval)| approval);
    Ok((header, rows.zip(records).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "保険者番号,被保険者番号,文字,置き換え,承認日\n";

    fn source(rows: &str) -> Source {
        let text = format!("\u{feff}{HEADER}{rows}");
        Source::new(NAME_REPLACEMENTS, text.as_bytes()).unwrap()
    }

    fn load(rows: &str) -> Result<NameReplacements, TableError> {
        NameReplacements::load(&source(rows))
    }

    fn client(insured: &str) -> ClientId {
        ClientId {
            insurer: InsurerNumber::parse("131128").unwrap(),
            insured: InsuredNumber::parse(insured).unwrap(),
        }
    }

    fn approval(insured: &str, character: char, replacement: &str) -> Approval {
        let day = CivilDate::new(2026, 10, 5).unwrap();
        Approval::new(client(insured), character, replacement, day).unwrap()
    }

    /// What becomes of a text, and what is said of it.
    fn applied(
        list: &NameReplacements,
        insured: &str,
        text: &str,
    ) -> (String, Vec<(char, String)>) {
        let mut applied = Vec::new();
        let written = list.apply(client(insured), text, &mut applied);
        let written = written.into_owned();
        // What was said once is not said again.
        list.apply(client(insured), text, &mut applied);
        (written, applied)
    }

    #[test]
    fn a_replacement_holds_for_its_person_alone_and_is_said_once() {
        let list = load(
            "131128,0000100001,𠮷,吉,2026-10-05\n131128,0000100001,俱,倶,2026/10/5\n\
             131128,0000100002,\u{200B},,R8.10.5\n",
        )
        .unwrap();
        assert_eq!(
            applied(&list, "0000100001", "𠮷俱　𠮷子"),
            (
                "吉倶　吉子".to_owned(),
                vec![('𠮷', "吉".to_owned()), ('俱', "倶".to_owned())]
            )
        );
        assert_eq!(
            applied(&list, "0000100002", "𠮷\u{200B}田"),
            ("𠮷田".to_owned(), vec![('\u{200B}', String::new())])
        );
        assert_eq!(
            applied(&list, "0000100003", "𠮷"),
            ("𠮷".to_owned(), vec![])
        );
    }

    #[test]
    fn nothing_is_copied_where_there_is_nothing_to_replace() {
        let list = load("131128,0000100001,𠮷,吉,2026-10-05\n").unwrap();
        for (insured, text) in [
            ("0000100001", "吉田　例"),
            ("0000100001", "123"),
            ("0000100002", "𠮷田　例"),
        ] {
            let written = list.apply(client(insured), text, &mut Vec::new());
            assert!(matches!(written, Cow::Borrowed(_)), "{text}");
        }
    }

    #[test]
    fn a_space_is_a_character_like_any_other() {
        let list = load("131128,0000100001,\u{2003},　,2026-10-05\n").unwrap();
        assert_eq!(
            applied(&list, "0000100001", "試験\u{2003}花子").0,
            "試験　花子"
        );
    }

    #[test]
    fn a_wrong_line_is_refused_with_its_place_and_without_what_it_says() {
        for (row, said) in [
            ("13112,0000100002,俱,倶,2026-10-05", "保険者番号は数字6桁"),
            ("131128,100002,俱,倶,2026-10-05", "先頭の0"),
            ("131128,0000100002,俱俱,倶,2026-10-05", "一文字"),
            ("131128,0000100002,,倶,2026-10-05", "一文字"),
            ("131128,0000100002,髙,高,2026-10-05", "そのまま書ける"),
            ("131128,0000100002,俱,𠮷,2026-10-05", "書けない文字"),
            ("131128,0000100002,俱,¥,2026-10-05", "書けない文字"),
            ("131128,0000100002,俱,倶,", "承認日"),
            ("131128,0000100002,俱,倶,2026-10-32", "承認日"),
            ("131128,0000100002,俱", "承認日"),
            ("131128,0000100001,𠮷,吉,2026-10-06", "二つあります"),
            ("131128,0000100001,𠮷,善,2026-10-06", "二つあります"),
        ] {
            let rows = format!("131128,0000100001,𠮷,吉,2026-10-05\n{row}\n");
            let error = load(&rows).unwrap_err();
            assert_eq!(error.line_and_column(), Some((3, 1)), "{row}");
            let shown = error.to_string();
            assert!(shown.contains(said), "{shown}");
            assert!(
                shown.contains("mappings/codes/name_replacements_own.csv:3:1"),
                "{shown}"
            );
            assert!(!shown.contains("10000") && !shown.contains('俱'), "{shown}");
        }
    }

    #[test]
    fn a_missing_column_is_named_with_the_one_that_is_like_it() {
        let text =
            "保険者番号,被保険者番号,文字,置換え,承認日\n131128,0000100001,𠮷,吉,2026-10-05\n";
        let source = Source::new(NAME_REPLACEMENTS, text.as_bytes()).unwrap();
        let shown = NameReplacements::load(&source).unwrap_err().to_string();
        assert!(shown.contains("見出し「置き換え」がありません"), "{shown}");
        assert!(shown.contains("「置換え」"), "{shown}");
        assert!(!shown.contains("0000100001"), "{shown}");
    }

    #[test]
    fn a_new_list_begins_with_its_columns() {
        let bytes = written(None, &[approval("0000100001", '𠮷', "吉")]).unwrap();
        assert_eq!(
            String::from_utf8(bytes).unwrap(),
            "\u{feff}保険者番号,被保険者番号,文字,置き換え,承認日\r\n\
             131128,0000100001,𠮷,吉,2026-10-05\r\n"
        );
    }

    #[test]
    fn earlier_rows_stay_where_they_are_and_as_they_are() {
        let before = "備考,保険者番号,被保険者番号,文字,置き換え,承認日\r\n\
            \"本人に確認,電話\",131128,0000100009,𠮷,吉,2026/4/1\r\n\
            ,131128,0000100001,俱,具,2026/4/1\r\n";
        let source = Source::new(NAME_REPLACEMENTS, before.as_bytes()).unwrap();
        let more = [
            approval("0000100001", '俱', "倶"),
            approval("0000100002", '剝', "剥"),
        ];
        let bytes = written(Some(&source), &more).unwrap();
        assert_eq!(
            String::from_utf8(bytes.clone()).unwrap(),
            "\u{feff}備考,保険者番号,被保険者番号,文字,置き換え,承認日\r\n\
             \"本人に確認,電話\",131128,0000100009,𠮷,吉,2026/4/1\r\n\
             ,131128,0000100001,俱,倶,2026-10-05\r\n\
             ,131128,0000100002,剝,剥,2026-10-05\r\n"
        );
        let list = NameReplacements::load(&Source::new(NAME_REPLACEMENTS, &bytes).unwrap());
        let list = list.unwrap();
        assert_eq!(list.rows().len(), 3);
        assert_eq!(list.find(client("0000100001"), '俱'), Some(&more[0]));
    }

    #[test]
    fn debug_output_names_nobody() {
        let list = load("131128,0000100001,𠮷,吉,2026-10-05\n").unwrap();
        assert_eq!(
            format!("{list:?} {:?}", list.rows()[0]),
            "NameReplacements(1) Approval(…)"
        );
    }
}
