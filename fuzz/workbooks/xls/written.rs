//! A workbook, written in many ways.

use super::super::choices::Choices;
use super::super::content::{self, Content, Grid};
use super::kind;

/// No record holds more.
const LONGEST: usize = 8224;

/// The stream of a workbook.
pub(crate) fn stream(choices: &mut Choices<'_>) -> Vec<u8> {
    let mut writer = Writer::default();
    let sheets: Vec<(Vec<u8>, u8)> = (0..=usize::from(choices.rarely(4)))
        .map(|_| {
            let hidden = choices.of_these(&[0, 0, 0, 1, 2]);
            let grid = content::grid(choices);
            (writer.sheet(choices, &grid), hidden)
        })
        .collect();
    let mut globals = bof(5);
    put(&mut globals, 0x0042, &0x04B0_u16.to_le_bytes());
    if choices.rarely(6) {
        put(
            &mut globals,
            kind::DATE_1904,
            &u16::from(choices.below(3) > 0).to_le_bytes(),
        );
    }
    let texts = writer.shared(choices);
    let names: Vec<Vec<u8>> = (1..=sheets.len())
        .map(|at| short(choices, &format!("利用者{at}")))
        .collect();
    let listed: usize = names.iter().map(|name| 4 + 6 + name.len()).sum();
    let mut start = globals.len() + listed + texts.len() + 4;
    for ((sheet, hidden), name) in sheets.iter().zip(&names) {
        let mut data = u32::try_from(start)
            .expect("a small file")
            .to_le_bytes()
            .to_vec();
        data.extend([*hidden, 0]);
        data.extend(name);
        put(&mut globals, kind::BOUND_SHEET, &data);
        start += sheet.len();
    }
    globals.extend(texts);
    put(&mut globals, kind::EOF, &[]);
    for (sheet, _) in sheets {
        globals.extend(sheet);
    }
    globals
}

fn put(stream: &mut Vec<u8>, kind: u16, data: &[u8]) {
    let length = u16::try_from(data.len()).expect("a record that fits");
    stream.extend(kind.to_le_bytes());
    stream.extend(length.to_le_bytes());
    stream.extend(data);
}

fn bof(of: u16) -> Vec<u8> {
    let mut stream = Vec::new();
    let mut data = vec![0, 6];
    data.extend(of.to_le_bytes());
    data.resize(16, 0);
    put(&mut stream, kind::BOF, &data);
    stream
}

/// The characters of a text and the form that they have.
fn characters(choices: &mut Choices<'_>, text: &str) -> (u8, Vec<u8>) {
    let latin: Option<Vec<u8>> = text
        .chars()
        .map(|sign| u8::try_from(u32::from(sign)).ok())
        .collect();
    match latin.filter(|_| !choices.rarely(4)) {
        Some(latin) => (0, latin),
        None => (1, text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
    }
}

fn short(choices: &mut Choices<'_>, text: &str) -> Vec<u8> {
    let (form, bytes) = characters(choices, text);
    let count = bytes.len() >> form;
    let mut all = vec![u8::try_from(count).expect("a short name"), form];
    all.extend(bytes);
    all
}

#[derive(Default)]
struct Writer {
    texts: Vec<String>,
}

impl Writer {
    fn sheet(&mut self, choices: &mut Choices<'_>, grid: &Grid) -> Vec<u8> {
        let mut stream = bof(16);
        put(&mut stream, kind::DIMENSIONS, &[0; 14]);
        for (row, cells) in (0_u16..).zip(grid) {
            if choices.rarely(3) {
                let mut data = row.to_le_bytes().to_vec();
                data.resize(16, 0);
                data[12] = if choices.rarely(4) { 0x20 } else { 0 };
                put(&mut stream, kind::ROW, &data);
            }
            if choices.rarely(30) {
                // A chart within the sheet has cells of its own.
                stream.extend(bof(32));
                put(
                    &mut stream,
                    kind::NUMBER,
                    &cell(row, 0, &9.0_f64.to_le_bytes()),
                );
                put(&mut stream, kind::EOF, &[]);
            }
            let mut column = 0;
            while usize::from(column) < cells.len() {
                column += self.cells(
                    choices,
                    row,
                    column,
                    &cells[usize::from(column)..],
                    &mut stream,
                );
            }
        }
        if choices.rarely(8) {
            let [top, bottom, left, right] =
                choices.of_these(&[[1_u16, 2, 0, 0], [1, 3, 1, 1], [1, 1, 0, 1], [0, 1, 0, 0]]);
            let mut data = 1_u16.to_le_bytes().to_vec();
            data.extend(
                [top, bottom, left, right]
                    .into_iter()
                    .flat_map(u16::to_le_bytes),
            );
            put(&mut stream, kind::MERGE_CELLS, &data);
        }
        put(&mut stream, kind::EOF, &[]);
        stream
    }

    /// Writes the next cell or several, and says how many.
    fn cells(
        &mut self,
        choices: &mut Choices<'_>,
        row: u16,
        column: u16,
        cells: &[Content],
        stream: &mut Vec<u8>,
    ) -> u16 {
        let at = |value: &[u8]| cell(row, column, value);
        match &cells[0] {
            Content::Nothing => match choices.below(4) {
                2 => put(stream, kind::BLANK, &at(&[])),
                3 => put(stream, kind::MUL_BLANK, &at(&[0, 0, 1, 0])),
                _ => {}
            },
            Content::Number(number) => {
                return numbers(choices, (row, column), *number, &cells[1..], stream);
            }
            Content::Truth(truth) => put(stream, kind::BOOL_ERR, &at(&[u8::from(*truth), 0])),
            Content::Error => match choices.below(3) {
                2 => put(
                    stream,
                    kind::FORMULA,
                    &at(&formula([2, 0, 42, 0, 0, 0, 0xFF, 0xFF])),
                ),
                _ => put(stream, kind::BOOL_ERR, &at(&[42, 1])),
            },
            Content::Day(day) => self.text(choices, row, column, day, stream),
            Content::Text(text) => self.text(choices, row, column, text, stream),
        }
        1
    }

    fn text(
        &mut self,
        choices: &mut Choices<'_>,
        row: u16,
        column: u16,
        text: &str,
        stream: &mut Vec<u8>,
    ) {
        let at = |value: &[u8]| cell(row, column, value);
        let fits = text.len() < 1_000;
        match choices.below(16) {
            10 | 11 if fits => {
                let mut data = long(choices, text);
                if text.is_empty() && choices.rarely(2) {
                    data.pop();
                }
                let rich = choices.rarely(3);
                if rich {
                    data.extend([1, 0, 0, 0, 5, 0]);
                }
                put(
                    stream,
                    if rich { kind::R_STRING } else { kind::LABEL },
                    &at(&data),
                );
            }
            12 if fits => {
                put(
                    stream,
                    kind::FORMULA,
                    &at(&formula([0, 0, 0, 0, 0, 0, 0xFF, 0xFF])),
                );
                if choices.rarely(3) {
                    put(
                        stream,
                        choices.of_these(&[kind::SHARED_FORMULA, kind::ARRAY, kind::TABLE]),
                        &[0; 12],
                    );
                }
                if !choices.rarely(10) {
                    put(stream, kind::STRING, &long(choices, text));
                }
            }
            13 => put(
                stream,
                kind::FORMULA,
                &at(&formula([3, 0, 0, 0, 0, 0, 0xFF, 0xFF])),
            ),
            14 if choices.rarely(4) => put(
                stream,
                kind::LABEL_SST,
                &at(&(1_000_u32 * u32::from(row)).to_le_bytes()),
            ),
            _ => {
                let index = self.texts.len();
                self.texts.push(text.to_owned());
                put(
                    stream,
                    kind::LABEL_SST,
                    &at(&u32::try_from(index).expect("few texts").to_le_bytes()),
                );
            }
        }
    }

    /// The shared texts, which go on in further records wherever it pleases.
    fn shared(&self, choices: &mut Choices<'_>) -> Vec<u8> {
        let count = u32::try_from(self.texts.len()).expect("few texts");
        let mut pieces = Pieces {
            done: Vec::new(),
            now: Vec::new(),
            most: choices.of_these(&[LONGEST, LONGEST, 40, 17]),
        };
        pieces.now.extend(count.to_le_bytes());
        let said = count.wrapping_add(u32::from(choices.rarely(30)));
        pieces.now.extend(said.to_le_bytes());
        for text in &self.texts {
            let (form, bytes) = characters(choices, text);
            let (runs, aloud) = (choices.rarely(10), choices.rarely(10));
            let length = u16::try_from(bytes.len() >> form).expect("a text that fits");
            let mut head = length.to_le_bytes().to_vec();
            head.push(form | if runs { 8 } else { 0 } | if aloud { 4 } else { 0 });
            if runs {
                head.extend([1, 0]);
            }
            if aloud {
                head.extend([6, 0, 0, 0]);
            }
            pieces.whole(&head);
            pieces.characters(form, &bytes);
            if runs {
                pieces.whole(&[0, 0, 5, 0]);
            }
            if aloud {
                pieces.whole(&[1, 0, 2, 0, 9, 9]);
            }
        }
        if choices.rarely(12) {
            pieces.now.extend([0; 5]);
        }
        pieces.end();
        let mut stream = Vec::new();
        for (at, piece) in pieces.done.iter().enumerate() {
            put(
                &mut stream,
                if at == 0 { kind::SST } else { kind::CONTINUE },
                piece,
            );
        }
        stream
    }
}

/// Writes a number, and those behind it where they stand together; says how many.
fn numbers(
    choices: &mut Choices<'_>,
    (row, column): (u16, u16),
    number: f64,
    behind: &[Content],
    stream: &mut Vec<u8>,
) -> u16 {
    let at = |value: &[u8]| cell(row, column, value);
    let packed = |whole: i32| (whole.cast_unsigned() << 2 | 2).to_le_bytes();
    match (choices.below(10), whole(number)) {
        (3, Some(whole)) => put(stream, kind::RK, &at(&packed(whole))),
        (4, Some(whole)) if whole < 1 << 22 => {
            let [first, rest @ ..] = packed(whole * 100);
            let hundredfold = [[first | 1].as_slice(), &rest].concat();
            put(stream, kind::RK, &at(&hundredfold));
        }
        (5, Some(whole)) => {
            let one = |cell: &&Content| **cell == Content::Number(1.0);
            let more = behind.iter().take_while(one).count();
            let mut data = at(&packed(whole));
            for _ in 0..more {
                data.extend(15_u16.to_le_bytes());
                data.extend(packed(1));
            }
            let more = u16::try_from(more).expect("few columns");
            let last = column + more + u16::from(choices.rarely(20));
            data.extend(last.to_le_bytes());
            put(stream, kind::MUL_RK, &data);
            return 1 + more;
        }
        (6, _) => put(stream, kind::FORMULA, &at(&formula(number.to_le_bytes()))),
        (7, _) => {
            let odd = choices.of_these(&[f64::NAN, f64::INFINITY, 1e300]);
            put(stream, kind::NUMBER, &at(&odd.to_le_bytes()));
        }
        (8, _) if choices.rarely(8) => {
            put(stream, kind::NUMBER, &at(&number.to_le_bytes()[..6]));
        }
        _ => put(stream, kind::NUMBER, &at(&number.to_le_bytes())),
    }
    1
}

/// A number that can be packed as a whole one.
fn whole(number: f64) -> Option<i32> {
    // The text of one has nothing but digits.
    let whole: i32 = number.to_string().parse().ok()?;
    (0..1 << 29).contains(&whole).then_some(whole)
}

/// A row, a column, a form, and what a record says besides.
fn cell(row: u16, column: u16, value: &[u8]) -> Vec<u8> {
    let mut data: Vec<u8> = [row, column, 15]
        .into_iter()
        .flat_map(u16::to_le_bytes)
        .collect();
    data.extend(value);
    data
}

fn formula(result: [u8; 8]) -> Vec<u8> {
    let mut data = result.to_vec();
    data.extend([0, 0, 0, 0, 0, 0, 3, 0, 0x1E, 1, 0]);
    data
}

fn long(choices: &mut Choices<'_>, text: &str) -> Vec<u8> {
    let (form, bytes) = characters(choices, text);
    let count = u16::try_from(bytes.len() >> form).expect("a text that fits");
    let mut data = count.to_le_bytes().to_vec();
    data.push(form);
    data.extend(bytes);
    data
}

/// Records that continue each other.
struct Pieces {
    done: Vec<Vec<u8>>,
    now: Vec<u8>,
    most: usize,
}

impl Pieces {
    fn end(&mut self) {
        self.done.push(std::mem::take(&mut self.now));
    }

    /// Bytes that stay together.
    fn whole(&mut self, bytes: &[u8]) {
        if self.now.len() + bytes.len() > self.most.max(12) {
            self.end();
        }
        self.now.extend(bytes);
    }

    /// Characters, which say their form again where they go on.
    fn characters(&mut self, form: u8, bytes: &[u8]) {
        for character in bytes.chunks(1 << form) {
            if self.now.len() + character.len() > self.most {
                self.end();
                self.now.push(form);
            }
            self.now.extend(character);
        }
    }
}
