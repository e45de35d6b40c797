//! The tables of a page of HTML, which many programs write and call `.xls`.
//!
//! HTML is forgiving: tags are left open, attributes stand without quotation marks. Only what
//! makes tables is looked at: their rows, their cells, and the text of these. Each table is a
//! sheet, one within a cell of another too.
//!
//! Source: HTML Living Standard, 4.9 (tables), 13.2.5 (tokenization), as far as it is needed.

use std::collections::HashMap;

use crate::read::source::Bytes;
use crate::table::Calendar;

use super::sheet::Book;
use super::whole::{self, WholeSheet};
use super::{Unreadable, Why};

/// No cell is merged with more columns or rows than this.
const WIDEST_CELL: u32 = 1000;
const TALLEST_CELL: u32 = 65_534;
/// So many tables may stand within each other.
const DEEPEST: usize = 20;

/// Reads every table.
pub(super) fn read(bytes: Bytes, book: &mut Book<'_>) -> Result<(), Unreadable> {
    let page = whole::text(bytes)?;
    let sheets = Page::of(&page)?;
    whole::give(&sheets, Calendar::default(), book)
}

/// A page while it is read.
#[derive(Default)]
struct Page {
    done: Vec<WholeSheet>,
    /// The tables that are open, each within a cell of the one before.
    open: Vec<Table>,
    begun: usize,
    /// The element that nobody sees, if the page is within one, and how many of its name are open.
    unseen: Option<(String, usize)>,
}

/// A table that is open.
struct Table {
    sheet: WholeSheet,
    row: u32,
    column: u32,
    /// For each column, how many rows below are covered by a cell above.
    covered: HashMap<u32, u32>,
    cell: Option<Cell>,
}

/// A cell that is open.
struct Cell {
    text: String,
    down: u32,
    across: u32,
}

impl Page {
    fn of(page: &str) -> Result<Vec<WholeSheet>, Why> {
        let mut read = Self::default();
        let mut rest = page;
        while let Some(at) = rest.find('<') {
            read.says(&rest[..at]);
            rest = read.tag(&rest[at..])?;
        }
        read.says(rest);
        while !read.open.is_empty() {
            read.end_table()?;
        }
        read.done.sort_by_key(|sheet| number_of(&sheet.name));
        Ok(read.done)
    }

    /// Takes what begins with `<`, and gives what is behind it.
    fn tag<'p>(&mut self, page: &'p str) -> Result<&'p str, Why> {
        if let Some(comment) = page.strip_prefix("<!--") {
            return Ok(behind(comment, "-->"));
        }
        let Some(Tag {
            closes,
            name,
            attributes,
            rest,
        }) = Tag::of(page)
        else {
            self.says("<");
            return Ok(&page[1..]);
        };
        let name = &*name;
        if self.is_unseen((closes, name), &attributes) {
            return Ok(rest);
        }
        match (closes, name) {
            // What stands within these is for programs.
            (false, "script" | "style" | "xml" | "title") => {
                let end = format!("</{name}");
                let end = find_ignoring_case(rest, &end).map_or("", |at| &rest[at..]);
                return Ok(behind(end, ">"));
            }
            (false, "table") => self.begin_table()?,
            (true, "table") => self.end_table()?,
            (false, "tr") => self.begin_row(&attributes)?,
            (false, "td" | "th") => self.begin_cell(&attributes)?,
            (true, "tr" | "td" | "th") => self.end_cell()?,
            (false, "br") => self.breaks(),
            (_, "p" | "div" | "li") => self.breaks_once(),
            (false, "input") => self.says(shown_by_input(&attributes)),
            _ => {}
        }
        Ok(rest)
    }

    /// Whether a tag stands within what a reader of the page does not see, or begins or ends it: how a
    /// word is read aloud, what was struck out, what is hidden. A tag of a table ends it all the same.
    fn is_unseen(&mut self, (closes, name): (bool, &str), attributes: &[(String, String)]) -> bool {
        const OF_TABLES: [&str; 4] = ["table", "tr", "td", "th"];
        const ALONE: [&str; 5] = ["br", "img", "input", "hr", "wbr"];
        if OF_TABLES.contains(&name) {
            self.unseen = None;
            return false;
        }
        let Some((unseen, depth)) = &mut self.unseen else {
            let begins = !closes && !ALONE.contains(&name) && hides(name, attributes);
            self.unseen = begins.then(|| (name.to_owned(), 1));
            return begins;
        };
        if name == unseen {
            *depth = if closes { *depth - 1 } else { *depth + 1 };
        }
        // The end of a reading may be left out.
        let ends = *depth == 0 || (closes && name == "ruby" && unseen.starts_with('r'));
        if ends {
            self.unseen = None;
        }
        true
    }

    fn begin_table(&mut self) -> Result<(), Why> {
        if self.open.len() >= DEEPEST {
            return Err(Why::Swollen);
        }
        self.begun += 1;
        self.open.push(Table {
            sheet: WholeSheet::new(format!("表{}", self.begun)),
            row: 0,
            column: 0,
            covered: HashMap::new(),
            cell: None,
        });
        Ok(())
    }

    fn end_table(&mut self) -> Result<(), Why> {
        self.end_cell()?;
        self.done.extend(self.open.pop().map(|table| table.sheet));
        Ok(())
    }

    fn begin_row(&mut self, attributes: &[(String, String)]) -> Result<(), Why> {
        self.end_cell()?;
        let Some(table) = self.open.last_mut() else {
            return Ok(());
        };
        table.next_row(has_hiding_style(attributes))
    }

    fn begin_cell(&mut self, attributes: &[(String, String)]) -> Result<(), Why> {
        self.end_cell()?;
        let Some(table) = self.open.last_mut() else {
            return Ok(());
        };
        if table.row == 0 {
            table.next_row(false)?;
        }
        let span = |name: &str, most: u32| {
            let written = value(attributes, name).and_then(|text| text.trim().parse::<u32>().ok());
            written.unwrap_or(1).clamp(1, most) - 1
        };
        table.cell = Some(Cell {
            text: String::new(),
            down: span("rowspan", TALLEST_CELL),
            across: span("colspan", WIDEST_CELL),
        });
        Ok(())
    }

    fn end_cell(&mut self) -> Result<(), Why> {
        match self.open.last_mut() {
            Some(table) => table.end_cell(),
            None => Ok(()),
        }
    }

    /// Text, in which white space counts as one space.
    fn says(&mut self, text: &str) {
        if self.unseen.is_some() {
            return;
        }
        let Some(cell) = self.open.last_mut().and_then(|table| table.cell.as_mut()) else {
            return;
        };
        for piece in text.split_inclusive(|c: char| c.is_ascii_whitespace()) {
            let word = piece.trim_end_matches(|c: char| c.is_ascii_whitespace());
            push_resolved(word, &mut cell.text);
            if word.len() < piece.len() && !cell.text.ends_with([' ', '\n']) {
                cell.text.push(' ');
            }
        }
    }

    fn breaks(&mut self) {
        if let Some(cell) = self.open.last_mut().and_then(|table| table.cell.as_mut()) {
            cell.text.truncate(cell.text.trim_end_matches(' ').len());
            cell.text.push('\n');
        }
    }

    /// A paragraph begins or ends.
    fn breaks_once(&mut self) {
        let cell = self.open.last().and_then(|table| table.cell.as_ref());
        if cell.is_some_and(|cell| !cell.text.trim().is_empty() && !cell.text.ends_with('\n')) {
            self.breaks();
        }
    }
}

impl Table {
    fn next_row(&mut self, hidden: bool) -> Result<(), Why> {
        self.row += 1;
        self.column = 0;
        if self.row > 1 {
            self.covered.retain(|_, rows| {
                *rows -= 1;
                *rows > 0
            });
        }
        self.sheet.begin_row(self.row, hidden)
    }

    fn end_cell(&mut self) -> Result<(), Why> {
        let Some(cell) = self.cell.take() else {
            return Ok(());
        };
        while self.covered.contains_key(&self.column) {
            self.column += 1;
        }
        let column = self.column;
        let end = column.saturating_add(cell.across);
        if cell.down > 0 {
            // The row that is being read counts as well: it ends with the next one.
            self.covered
                .extend((column..=end).map(|column| (column, cell.down + 1)));
        }
        self.column = end.saturating_add(1);
        let text = cell.text.trim().to_owned();
        self.sheet
            .put(column, (text, None), (cell.down, cell.across))
    }
}

/// The number in the name that a table was given.
fn number_of(name: &str) -> usize {
    name.trim_start_matches('表').parse().unwrap_or_default()
}

/// A tag, and what stands behind it.
struct Tag<'p> {
    closes: bool,
    name: String,
    attributes: Vec<(String, String)>,
    rest: &'p str,
}

impl<'p> Tag<'p> {
    /// `None` where a `<` begins none.
    fn of(page: &'p str) -> Option<Self> {
        let inner = page.strip_prefix('<')?;
        let closes = inner.starts_with('/');
        let inner = inner.strip_prefix('/').unwrap_or(inner);
        if !inner.starts_with(|c: char| c.is_ascii_alphabetic() || "!?".contains(c)) {
            return None;
        }
        let end = inner.find(|c: char| c.is_ascii_whitespace() || "/>".contains(c));
        let (name, mut rest) = inner.split_at(end.unwrap_or(inner.len()));
        let mut attributes = Vec::new();
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
            if let Some(behind) = rest.strip_prefix('>') {
                rest = behind;
                break;
            }
            if rest.is_empty() {
                break;
            }
            let (attribute, behind) = attribute(rest);
            attributes.push(attribute);
            rest = behind;
        }
        Some(Self {
            closes,
            name: name.to_ascii_lowercase(),
            attributes,
            rest,
        })
    }
}

/// The attribute that begins here, with or without a value, and what is behind it.
fn attribute(text: &str) -> ((String, String), &str) {
    let end = text.find(|c: char| c.is_ascii_whitespace() || "=>/".contains(c));
    // A sign that can begin no name is a name of its own, so that there is an end.
    let end = end.unwrap_or(text.len());
    let end = if end == 0 {
        text.chars().next().map_or(0, char::len_utf8)
    } else {
        end
    };
    let (name, rest) = text.split_at(end);
    let name = name.to_ascii_lowercase();
    let Some(value) = rest.trim_start().strip_prefix('=') else {
        return ((name, String::new()), rest);
    };
    let value = value.trim_start();
    let quote = value.chars().next().filter(|first| "\"'".contains(*first));
    let (value, rest) = if let Some(quote) = quote {
        value[1..].split_once(quote).unwrap_or((&value[1..], ""))
    } else {
        let end = value.find(|c: char| c.is_ascii_whitespace() || c == '>');
        value.split_at(end.unwrap_or(value.len()))
    };
    ((name, value.to_owned()), rest)
}

fn value<'a>(attributes: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let mut found = attributes.iter().filter(|(of, _)| of == name);
    found.next().map(|(_, value)| value.as_str())
}

/// Whether nobody sees what stands within an element.
fn hides(name: &str, attributes: &[(String, String)]) -> bool {
    matches!(name, "rt" | "rp" | "del" | "template")
        || value(attributes, "hidden").is_some()
        || has_hiding_style(attributes)
}

fn has_hiding_style(attributes: &[(String, String)]) -> bool {
    const WORDS: [&str; 3] = ["display:none", "visibility:hidden", "mso-hide:all"];
    value(attributes, "style").is_some_and(|style| {
        let style: String = style.split_whitespace().collect();
        let style = style.to_ascii_lowercase();
        WORDS.iter().any(|word| style.contains(word))
    })
}

/// The text in a field of a form.
fn shown_by_input(attributes: &[(String, String)]) -> &str {
    let kind = value(attributes, "type").unwrap_or("text");
    let is_shown = kind.eq_ignore_ascii_case("text") || kind.eq_ignore_ascii_case("number");
    value(attributes, "value")
        .filter(|_| is_shown)
        .unwrap_or_default()
}

/// What stands behind a word; nothing where there is none.
fn behind<'p>(text: &'p str, word: &str) -> &'p str {
    text.split_once(word).map_or("", |(_, rest)| rest)
}

fn find_ignoring_case(text: &str, word: &str) -> Option<usize> {
    let is_it = |at: &usize| {
        let found = text.as_bytes().get(*at..*at + word.len());
        found.is_some_and(|found| found.eq_ignore_ascii_case(word.as_bytes()))
    };
    memchr::memchr_iter(b'<', text.as_bytes()).find(is_it)
}

/// Adds a text with the characters in the place of their references; what is none stays.
fn push_resolved(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.find(';').filter(|end| *end < 12);
        let known = end.and_then(|end| Some((referred(&rest[1..end])?, end)));
        let (character, end) = known.unwrap_or(('&', 0));
        out.push(character);
        rest = &rest[end + 1..];
    }
    out.push_str(rest);
}

fn referred(name: &str) -> Option<char> {
    match name {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some(' '),
        "yen" => Some('¥'),
        "middot" => Some('·'),
        "times" => Some('×'),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            match code {
                0xA0 => Some(' '),
                code => char::from_u32(code),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{HEADER, read};

    fn page(rows: &str) -> String {
        let header = HEADER.map(|name| format!("<th>{name}"));
        format!(
            "<html><body><table><tr>{}{rows}</table></body></html>",
            header.concat()
        )
    }

    fn row(cells: &str) -> String {
        let seen = read(page(&format!("<TR>{cells}</TR>")).as_bytes());
        seen[1].strip_prefix("2 ").unwrap().to_owned()
    }

    #[test]
    fn cells_are_text_without_what_makes_it_look_good() {
        assert_eq!(
            row(
                "<td class=xl65 x:str=\"'1\">0000123456</td><td>131128<td ><font\nsize='2'>架空　\n                  太郎</font></td>\n<td>&#39640;&amp;&lt;&nbsp;&copy;<td>一<br>二<td><p>三</p><p>四</p>                 <td><!-- <td> --><style>td{}</style>五"
            ),
            "0000123456|131128|架空　 太郎|高&< &copy;|一\n二|三\n四|五"
        );
    }

    #[test]
    fn a_cell_says_what_a_reader_of_the_page_sees() {
        assert_eq!(
            row("<td><ruby>架空<rp>(</rp><rt>カクウ<rp>)</rp></ruby>　太郎\
                 <td><span style='display: none'>0<span>1</span></span>131128\
                 <td><i hidden>仮</i><del>旧</del>新<td><input type=text value='甲'>\
                 <td><span style='mso-hide:all'>乙<td>丙"),
            "架空　太郎|131128|新|甲||丙"
        );
    }

    #[test]
    fn cells_that_are_merged_leave_their_columns_to_them() {
        let rows = "<tr><td rowspan=2>0000123456<td>131128<td>甲</tr><tr><td>131128<td>乙                    <tr><td colspan=\"2\">0000123457<td>丙";
        assert_eq!(
            read(page(rows).as_bytes())[1..],
            [
                "2 0000123456|131128|甲",
                "3 0000123456|131128|乙 [0 R122]",
                "4 0000123457||丙 [0 MergedAcross]"
            ]
        );
    }

    #[test]
    fn a_table_within_a_table_is_one_of_its_own() {
        let inner = page("<tr><td>0000123456<td>131128");
        let outer = format!("<table><tr><td>見出し<td>{inner}<td>後</table>");
        assert_eq!(
            read(outer.as_bytes()),
            ["表2: Of1900", "2 0000123456|131128"]
        );
    }

    #[test]
    fn a_page_without_such_a_table_is_called_a_page() {
        let words = "R103 見本 ウェブページ(HTML)で、知っている見出しの表がありません。\
                     楽すけから、CSVかExcelのファイルで書き出してください";
        for page in [
            "<html><p>ログインしてください",
            "<table><tr><td>a<td",
            "<!DOCTYPE html>",
        ] {
            assert_eq!(read(page.as_bytes()), [words], "{page}");
        }
    }

    #[test]
    fn the_encoding_is_what_the_page_says() {
        let page = format!(
            "<meta charset=shift_jis>{}",
            page("<tr><td>0000123456<td>髙")
        );
        let (bytes, _, lossy) = encoding_rs::SHIFT_JIS.encode(&page);
        assert!(!lossy);
        assert_eq!(read(&bytes)[1], "2 0000123456|髙");
    }
}
