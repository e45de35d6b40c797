//! Lists of things that differ in their day alone, written with a stencil.
//!
//! A line of the grid is the same service at the same time on eleven days of the month, and a
//! country has millions of such days. Whoever hands over a list may say which of its elements
//! are alike but for [`Field::Date`]: the first of them is written member by member, and the
//! others are its bytes once more with another day.

use crate::model::{Field, Fields, List, Value};

use super::tree::{Leaf, Object, Pen};

/// An element that was written, and its day in it: from one byte to another.
#[derive(Debug, Clone, Copy)]
struct Stencil {
    element: (usize, usize),
    date: (usize, usize),
}

/// Writes a list of `owner` as JSON; each element is an object like `inner`.
pub(super) fn write(list: List, inner: &Object, owner: &dyn Fields, pen: &mut Pen<'_>) {
    let date = inner.leaf(Field::Date);
    let mut stencils: Vec<Option<Stencil>> = Vec::new();
    pen.out.push(b'[');
    for index in 0..owner.length(list) {
        if index > 0 {
            pen.out.push(b',');
        }
        let Some(element) = owner.element(list, index) else {
            continue;
        };
        let Some((date, pattern)) = date.zip(owner.pattern(list, index)) else {
            inner.write(element, owner, pen);
            continue;
        };
        let day = element.value(Field::Date);
        let known = stencils.get(pattern).copied().flatten();
        if let Some(stencil) = known.filter(|_| day != Value::Empty) {
            stencil.stamp(date, day, pen);
            continue;
        }
        let stencil = Stencil::cut(inner, element, owner, pen);
        stencils.resize(stencils.len().max(pattern + 1), None);
        stencils[pattern] = stencil;
    }
    pen.out.push(b']');
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
    fn stamp(self, date: &Leaf, day: Value<'_>, pen: &mut Pen<'_>) {
        pen.out.extend_from_within(self.element.0..self.date.0);
        date.write(day, pen);
        pen.out.extend_from_within(self.date.1..self.element.1);
    }
}
