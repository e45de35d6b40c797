//! A row that may be a header: which columns it names, and what it lacks.

use std::sync::Arc;

use crate::finding::{Code, Finding};
use crate::model::Place;
use crate::model::place::letters;
use crate::table::Layout;
use crate::table::damage;
use crate::table::fold::{fold, nearest};
use crate::table::series::plain;

use super::absent::{Absent, absent, first_of};
use super::row::Row;
use super::sheet::{Keeping, Sheet};

/// The cells of a row as headers: what they say, and the keys by which layouts know them.
#[derive(Debug)]
pub(super) struct Headers {
    row: u32,
    texts: Vec<Arc<str>>,
    keys: Vec<Arc<str>>,
}

impl Headers {
    /// Reads a row. A thousand files begin with the same headers, and nearly always they are
    /// the very words of a layout: what is a key needs not be made one, and is not copied.
    pub(super) fn of(row: &Row, layouts: &[Arc<Layout>]) -> Self {
        let read = |cell: &str| -> (Arc<str>, Arc<str>) {
            let text = damage::header(cell.trim()).trim();
            if text.is_empty() {
                return (Arc::default(), Arc::default());
            }
            let mut named = layouts.iter().filter_map(|layout| {
                let column = layout.column_of_key(text)?;
                Some(layout.columns()[column].header())
            });
            match named.next() {
                Some(header) if **header == *text => (Arc::clone(header), Arc::clone(header)),
                Some(_) => (Arc::from(text), Arc::from(text)),
                None => (Arc::from(text), plain(&fold(text)).into()),
            }
        };
        let (texts, keys) = row.cells().map(read).unzip();
        let row = row.number();
        Self { row, texts, keys }
    }
}

/// A row that may be a header.
#[derive(Debug)]
pub(super) struct Guess<'t> {
    pub(super) layout: &'t Arc<Layout>,
    headers: Arc<Headers>,
    columns: Vec<Option<usize>>,
    /// Sheet columns that name a column which an earlier one has named.
    pub(super) doubled: Vec<usize>,
    /// How many cells name a column.
    pub(super) hits: usize,
}

impl<'t> Guess<'t> {
    pub(super) fn new(layout: &'t Arc<Layout>, headers: &Arc<Headers>) -> Self {
        let mut guess = Self {
            layout,
            headers: Arc::clone(headers),
            columns: vec![None; layout.columns().len()],
            doubled: Vec::new(),
            hits: 0,
        };
        for (at, key) in headers.keys.iter().enumerate() {
            if let Some(column) = layout.column_of_key(key) {
                guess.hits += 1;
                match &mut guess.columns[column] {
                    Some(_) => guess.doubled.push(at),
                    place @ None => *place = Some(at),
                }
            }
        }
        guess
    }

    pub(super) fn rank(&self) -> usize {
        if self.is_whole() {
            usize::MAX
        } else {
            self.hits
        }
    }

    /// Whether every column is there that the layout cannot do without. A grid's days count
    /// as one: the last days of short months may be missing.
    pub(super) fn is_whole(&self) -> bool {
        self.missing().next().is_none()
    }

    fn missing(&self) -> impl Iterator<Item = &Arc<str>> {
        self.layout
            .columns()
            .iter()
            .zip(&self.columns)
            .filter(|(column, place)| place.is_none() && column.is_vital())
            .map(|(column, _)| column.header())
    }

    /// The sheet whose header the row is.
    pub(super) fn into_sheet(self, place: Place, keeping: Keeping) -> Sheet {
        let place = Place {
            row: Some(self.headers.row),
            ..place
        };
        let headers = self.headers.texts.clone();
        Sheet::new(self.layout, place, keeping, headers, self.columns)
    }

    /// What a file of no known kind comes closest to, and what it lacks to be that.
    pub(super) fn lack(&self) -> String {
        let missing: Vec<&str> = self.missing().map(|name| &**name).collect();
        format!(
            "{}に一番近いですが、見出しは{}行目の{}個しか合わず、次の列がありません: {}",
            self.layout.name(),
            self.headers.row,
            self.hits,
            listed(&missing)
        )
    }

    /// Why the header cannot be used.
    pub(super) fn damage(&self, file: &Place) -> Vec<Finding> {
        let mut header = file.clone();
        header.row = Some(self.headers.row);
        let mut findings = Vec::new();
        if !self.is_whole() {
            let unknown = self.unknown(file);
            // One of them may be what is missing; and who is asked is asked for everything.
            let absent = absent(self.layout, &self.columns).into_iter();
            let absent = absent
                .filter(|of| of.is_vital || !(unknown.is_empty() || of.is_of_what_was_done()));
            findings.extend(absent.map(|of| self.lacks(&header, &of)));
            findings.extend(unknown);
        }
        for &at in &self.doubled {
            let place = header.clone().at(at, &self.headers.texts[at]);
            let finding = Finding::new(Code::DoubledColumn, place).value(&*self.headers.texts[at]);
            findings.push(finding.detail(self.first_of(at)));
        }
        findings
    }

    /// R104, R143: says that a column is not there.
    fn lacks(&self, header: &Place, absent: &Absent) -> Finding {
        let code = if absent.is_vital {
            Code::MissingColumn
        } else {
            Code::KnownColumnAbsent
        };
        let nearest = self.nearest(first_of(&absent.title));
        let detail = format!("{} の列{nearest}", self.layout.name());
        let finding = Finding::new(code, header.clone());
        finding.value(&*absent.title).detail(detail)
    }

    /// Which column of the layout a doubled one is, and where it stands the first time.
    fn first_of(&self, doubled: usize) -> String {
        let named = self.layout.column_of_key(&self.headers.keys[doubled]);
        let first = named.and_then(|column| self.columns[column].map(|at| (column, at)));
        first.map_or_else(String::new, |(column, at)| {
            let name = self.layout.columns()[column].header();
            format!("{}列にも「{name}」があります", letters(at))
        })
    }

    /// Headers that the layout does not know.
    pub(super) fn unknown(&self, file: &Place) -> Vec<Finding> {
        let mut place = file.clone();
        place.row = Some(self.headers.row);
        let known = |at: &usize| self.columns.contains(&Some(*at));
        (0..self.headers.texts.len())
            .filter(|at| !self.headers.texts[*at].is_empty() && !known(at))
            .map(|at| {
                let place = place.clone().at(at, &self.headers.texts[at]);
                let finding =
                    Finding::new(Code::UnknownColumn, place).value(&*self.headers.texts[at]);
                match nearest(&self.headers.texts[at], self.absent()) {
                    Some(name) => finding.detail(format!("「{name}」の列ではありませんか")),
                    None => finding,
                }
            })
            .collect()
    }

    /// The header of the sheet that may have been meant to be a missing column.
    fn nearest(&self, missing: &str) -> String {
        let strange = (0..self.headers.texts.len())
            .filter(|at| !self.columns.contains(&Some(*at)))
            .map(|at| &*self.headers.texts[at]);
        match nearest(missing, strange) {
            Some(header) => format!("。「{header}」がそうではありませんか"),
            None => String::new(),
        }
    }

    /// The columns of the layout that the sheet does not have.
    fn absent(&self) -> impl Iterator<Item = &str> {
        self.layout
            .columns()
            .iter()
            .zip(&self.columns)
            .filter(|(_, place)| place.is_none())
            .map(|(column, _)| &**column.header())
    }
}

/// Names in a row; a grid's many days are not all told.
fn listed<T: AsRef<str>>(names: &[T]) -> String {
    const TOLD: usize = 12;
    let told: Vec<&str> = names.iter().take(TOLD).map(AsRef::as_ref).collect();
    let more = if names.len() > TOLD {
        format!("など{}列", names.len())
    } else {
        String::new()
    };
    format!("{}{more}", told.join("、"))
}
