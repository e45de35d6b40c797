//! Lists of things that differ in their day alone, written with a stencil.
//!
//! A line of the grid is the same service at the same time on eleven days of the month, and a
//! country has millions of such days. Whoever hands over a list may say which of its elements
//! are alike but for [`Field::Date`]: the first of them is written member by member, and the
//! others are its bytes once more with another day.

use crate::model::{CivilDate, Field, Fields, List, Value};

use super::tree::{Leaf, Object, Pen};

/// An element that was written, and its day in it: from one byte to another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stencil {
    element: (usize, usize),
    date: (usize, usize),
}

/// Writes a list of `owner` as JSON; each element is an object like `inner`.
pub(super) fn write(list: List, inner: &Object, owner: &dyn Fields, pen: &mut Pen<'_>) {
    let date = inner.leaf(Field::Date);
    let mut stencils = std::mem::take(&mut pen.stencils);
    stencils.clear();
    pen.out.push(b'[');
    for index in 0..owner.length(list) {
        if index > 0 {
            pen.out.push(b',');
        }
        let repeated = owner.repeated(list, index);
        if let (Some(date), Some((pattern, day))) = (date, repeated)
            && let Some(Some(stencil)) = stencils.get(pattern)
        {
            stencil.stamp(date, day, pen);
            continue;
        }
        let Some(element) = owner.element(list, index) else {
            continue;
        };
        let stencil = Stencil::cut(inner, element, owner, pen);
        if let Some((pattern, _)) = repeated {
            stencils.resize(stencils.len().max(pattern + 1), None);
            stencils[pattern] = stencil;
        }
    }
    pen.out.push(b']');
    pen.stencils = stencils;
}

impl Stencil {
    /// Writes an element member by member; one without a day makes no stencil.
    fn cut(
        inner: &Object,
        element: &dyn Fields,
        owner: &dyn Fields,
        pen: &mut Pen<'_>,
    ) -> Option<Self> {
        let start = pen.out.len();
        pen.date = None;
        inner.write(element, owner, pen);
        let element = (start, pen.out.len());
        pen.date.map(|date| Self { element, date })
    }

    /// Writes an element that is like this one but for its day.
    fn stamp(self, date: &Leaf, day: CivilDate, pen: &mut Pen<'_>) {
        let ((start, end), (from, to)) = (self.element, self.date);
        if !date.is_plain() {
            pen.out.extend_from_within(start..from);
            date.write(Value::Date(day), pen);
            pen.out.extend_from_within(to..end);
            return;
        }
        let at = pen.out.len() + (from - start);
        pen.out.extend_from_within(start..end);
        let text = match pen.day {
            Some((known, text)) if known == day => text,
            _ => quoted(day),
        };
        pen.day = Some((day, text));
        pen.out[at..at + text.len()].copy_from_slice(&text);
    }
}

/// The plain form of a day as a string of JSON.
pub(super) type QuotedDay = [u8; 12];

/// `"2026-10-05"`
fn quoted(day: CivilDate) -> QuotedDay {
    let digit = |number: u32| b'0' + u8::try_from(number % 10).unwrap_or_default();
    let year = day.year().unsigned_abs();
    let [y1, y2, y3, y4] = [year / 1000, year / 100, year / 10, year].map(digit);
    let [m1, m2] = [day.month() / 10, day.month()].map(digit);
    let [d1, d2] = [day.day() / 10, day.day()].map(digit);
    [b'"', y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'"']
}
