//! The shape of a payload, compiled: objects, lists and leaves, each member with its field.
//!
//! Writing walks the tree and appends bytes; reading walks it over a JSON value. The hot
//! path writes: nothing is looked up by name there.

use std::io::Write as _;
use std::sync::Arc;

use serde_json::Value as Json;
use toml::Spanned;

use crate::finding::Code;
use crate::model::{CivilDate, Copay, Field, Fields, Kind, List, Need, Record, Value};

use super::civil_text::Calendar;
use super::codes::CodeList;
use super::error::TableError;
use super::pointer::{escaped, unescaped};
use super::source::Source;
use super::stencil::{self, QuotedDay, Stencil};
use super::text::{self, Form};

/// An object: its members in the order in which they are written.
#[derive(Debug, Default)]
pub(super) struct Object(pub(super) Vec<(MemberName, Node)>);

/// The name of a member.
#[derive(Debug)]
pub(super) struct MemberName {
    pub(super) name: String,
    /// As it stands in front of the member's value: `"name":`
    written: Vec<u8>,
}

impl MemberName {
    fn new(name: String) -> Self {
        let mut written = Vec::new();
        string(&name, &mut written);
        written.push(b':');
        Self { name, written }
    }
}

/// A member of an object.
#[derive(Debug)]
pub(super) enum Node {
    Object(Object),
    List(List, Object),
    Leaf(Leaf),
}

/// What writes an item.
#[derive(Debug)]
pub(super) struct Pen<'o> {
    pub(super) out: &'o mut Vec<u8>,
    /// From where to where the last [`Field::Date`] was written.
    pub(super) date: Option<(usize, usize)>,
    /// The last day that a stencil was given: the next one is often the same.
    pub(super) day: Option<(CivilDate, QuotedDay)>,
    /// The text of a value before it is a string of JSON; used again for each.
    text: String,
    /// The elements of the list that is being written; used again for each.
    pub(super) stencils: Vec<Option<Stencil>>,
}

impl<'o> Pen<'o> {
    pub(super) fn new(out: &'o mut Vec<u8>) -> Self {
        Self {
            out,
            date: None,
            day: None,
            text: String::new(),
            stencils: Vec::new(),
        }
    }
}

/// A member that holds a field.
#[derive(Debug, Clone)]
pub(super) struct Leaf {
    pub(super) field: Field,
    pub(super) need: Need,
    pub(super) codes: Option<Arc<CodeList>>,
    pub(super) form: Form,
}

/// What a JSON pointer of a written item speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spot {
    /// The element of a list, counted from 0.
    pub element: Option<(List, usize)>,
    /// The field, where the pointer goes that deep.
    pub field: Option<Field>,
}

/// Something the service holds does not fit the table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{pointer}` が対応表と合いません")]
pub struct Misfit {
    /// Where in the item.
    pub pointer: String,
}

impl Object {
    /// What a JSON pointer into a written item speaks of; `None` for a pointer that the
    /// table does not reach.
    pub(super) fn spot(&self, pointer: &str) -> Option<Spot> {
        let mut object = self;
        let mut spot = Spot {
            element: None,
            field: None,
        };
        let mut parts = pointer.split('/');
        if !parts.next()?.is_empty() {
            return None;
        }
        while let Some(part) = parts.next() {
            match object.member(&unescaped(part))? {
                Node::Object(inner) => object = inner,
                Node::Leaf(leaf) => {
                    spot.field = Some(leaf.field);
                    return parts.next().is_none().then_some(spot);
                }
                Node::List(list, inner) => {
                    if let Some(index) = parts.next() {
                        spot.element = Some((*list, index.parse().ok()?));
                    }
                    object = inner;
                }
            }
        }
        Some(spot)
    }

    fn member(&self, name: &str) -> Option<&Node> {
        self.0
            .iter()
            .find(|(of, _)| of.name == name)
            .map(|(_, node)| node)
    }

    /// Hangs a leaf into the tree, making the objects on the way.
    pub(super) fn place(
        &mut self,
        source: &Source,
        pointer: &Spanned<String>,
        list: Option<List>,
        leaf: Leaf,
    ) -> Result<(), TableError> {
        let taken = || source.error(pointer.span(), "この位置はほかの項目が使っています");
        let Some(path) = pointer
            .get_ref()
            .strip_prefix('/')
            .filter(|path| !path.is_empty())
        else {
            return Err(source.error(pointer.span(), "位置は「/」で始まります(例: /client/name)"));
        };
        let mut parts = path.split('/').peekable();
        let mut object = self;
        while let Some(part) = parts.next() {
            if part == "*" {
                let message = "「*」の前には一覧の名前が必要です(例: /visits/*/date)";
                return Err(source.error(pointer.span(), message));
            }
            let is_list = parts.next_if_eq(&"*").is_some();
            let name = unescaped(part);
            if parts.peek().is_none() && !is_list {
                if object.member(&name).is_some() {
                    return Err(taken());
                }
                object.0.push((MemberName::new(name), Node::Leaf(leaf)));
                return Ok(());
            }
            let at = object.child(&name, list.filter(|_| is_list));
            object = match &mut object.0[at].1 {
                Node::Object(inner) if !is_list => inner,
                Node::List(of, inner) if is_list && Some(*of) == list => inner,
                Node::Object(_) | Node::List(..) | Node::Leaf(_) => return Err(taken()),
            };
        }
        Err(source.error(pointer.span(), "位置が「*」で終わっています"))
    }

    /// The place of a member that holds others, made where it is missing.
    fn child(&mut self, name: &str, list: Option<List>) -> usize {
        let found = self.0.iter().position(|(of, _)| of.name == name);
        found.unwrap_or_else(|| {
            let node = match list {
                Some(list) => Node::List(list, Self::default()),
                None => Node::Object(Self::default()),
            };
            self.0.push((MemberName::new(name.to_owned()), node));
            self.0.len() - 1
        })
    }

    /// Appends the object: `record` fills its members, `owner` its lists.
    pub(super) fn write(&self, record: &dyn Fields, owner: &dyn Fields, pen: &mut Pen<'_>) {
        pen.out.push(b'{');
        let mut first = true;
        for (name, node) in &self.0 {
            let value = match node {
                Node::Leaf(leaf) => match record.value(leaf.field) {
                    Value::Empty => continue,
                    value => value,
                },
                Node::Object(_) | Node::List(..) => Value::Empty,
            };
            if !std::mem::take(&mut first) {
                pen.out.push(b',');
            }
            pen.out.extend_from_slice(&name.written);
            match node {
                Node::Leaf(leaf) => leaf.write(value, pen),
                Node::Object(inner) => inner.write(record, owner, pen),
                Node::List(list, inner) => stencil::write(*list, inner, owner, pen),
            }
        }
        pen.out.push(b'}');
    }

    /// The member of this very object that holds a field.
    pub(super) fn leaf(&self, field: Field) -> Option<&Leaf> {
        self.0.iter().find_map(|(_, node)| match node {
            Node::Leaf(leaf) if leaf.field == field => Some(leaf),
            Node::Leaf(_) | Node::Object(_) | Node::List(..) => None,
        })
    }

    /// Reads the object at `path` into the record.
    pub(super) fn read<'a>(
        &self,
        json: &'a Json,
        path: &str,
        record: &mut Record<'a>,
    ) -> Result<(), Misfit> {
        for (MemberName { name, .. }, node) in &self.0 {
            let at = format!("{path}/{}", escaped(name));
            let member = json.get(name);
            match (node, member) {
                (Node::Leaf(leaf), member) => {
                    let value = leaf.read(member).ok_or(Misfit { pointer: at })?;
                    record.set(leaf.field, value);
                }
                (Node::Object(inner), Some(member)) => inner.read(member, &at, record)?,
                (Node::Object(_), None) => return Err(Misfit { pointer: at }),
                (Node::List(list, inner), member) => {
                    let elements = match member {
                        None | Some(Json::Null) => &[],
                        Some(Json::Array(elements)) => elements.as_slice(),
                        Some(_) => return Err(Misfit { pointer: at }),
                    };
                    let mut records = Vec::with_capacity(elements.len());
                    for (index, element) in elements.iter().enumerate() {
                        let mut read = Record::default();
                        inner.read(element, &format!("{at}/{index}"), &mut read)?;
                        records.push(read);
                    }
                    record.push_list(*list, records);
                }
            }
        }
        Ok(())
    }

    /// The pointer at which a field stands, lists left out.
    pub(super) fn pointer(&self, field: Field) -> Option<String> {
        self.0.iter().find_map(|(name, node)| match node {
            Node::Leaf(leaf) => (leaf.field == field).then(|| format!("/{}", escaped(&name.name))),
            Node::Object(inner) => inner
                .pointer(field)
                .map(|rest| format!("/{}{rest}", escaped(&name.name))),
            Node::List(..) => None,
        })
    }
}

impl Leaf {
    /// Whether a day is written here in its plain form.
    pub(super) fn is_plain(&self) -> bool {
        self.form == Form::Plain && self.codes.is_none()
    }

    pub(super) fn write(&self, value: Value<'_>, pen: &mut Pen<'_>) {
        let start = pen.out.len();
        let out = &mut *pen.out;
        match value {
            // Writing into a `Vec` cannot fail.
            Value::Number(number) => drop(write!(out, "{number}")),
            Value::Copay(copay) if self.codes.is_none() => {
                drop(write!(out, "{}", copay.tenths()));
            }
            Value::Flag(flag) if self.codes.is_none() => {
                out.extend(if flag { b"true".as_slice() } else { b"false" });
            }
            Value::Text(text) => string(text, out),
            Value::Office(number) => plain(number.as_bytes(), out),
            Value::Insurer(number) => plain(number.as_bytes(), out),
            Value::Insured(number) => plain(number.as_bytes(), out),
            Value::ServiceCode(code) if self.codes.is_none() => plain(code.as_bytes(), out),
            _ => {
                pen.text.clear();
                text::write(&value, self.form, self.codes.as_deref(), &mut pen.text);
                string(&pen.text, out);
            }
        }
        if self.field == Field::Date {
            pen.date = Some((start, pen.out.len()));
        }
    }

    /// `None` where the member does not hold what the field needs.
    fn read<'a>(&self, member: Option<&'a Json>) -> Option<Value<'a>> {
        let kind = self.field.kind();
        match member {
            None | Some(Json::Null) => (self.need == Need::Optional).then_some(Value::Empty),
            Some(Json::Bool(flag)) => (kind == Kind::Flag).then_some(Value::Flag(*flag)),
            Some(Json::Number(number)) => self.number(u32::try_from(number.as_u64()?).ok()),
            // The service's own remarks on numbers are not ours to judge: remarks are dropped.
            Some(Json::String(text)) => {
                let read: Result<_, Code> =
                    text::read(kind, self.codes.as_deref(), Calendar::default(), text);
                let value = read.ok()?.value;
                (value != Value::Empty || self.need == Need::Optional).then_some(value)
            }
            Some(Json::Array(_) | Json::Object(_)) => None,
        }
    }
}

impl Leaf {
    /// What a whole number means here; `None` where the field holds no such number.
    pub(super) fn number(&self, number: Option<u32>) -> Option<Value<'static>> {
        let number = number?;
        match self.field.kind() {
            Kind::Number { highest } => (number <= highest).then_some(Value::Number(number)),
            Kind::Copay => Copay::new(u8::try_from(number).ok()?).map(Value::Copay),
            _ => None,
        }
    }
}

/// A JSON string of ASCII letters and digits.
fn plain(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    out.extend_from_slice(text);
    out.push(b'"');
}

/// A JSON string with its quotation marks. Runs without anything to escape are copied whole.
fn string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let mut rest = text.as_bytes();
    while let Some(at) = rest
        .iter()
        .position(|&byte| byte < 0x20 || byte == b'"' || byte == b'\\')
    {
        out.extend_from_slice(&rest[..at]);
        match rest[at] {
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            byte @ (b'"' | b'\\') => out.extend_from_slice(&[b'\\', byte]),
            byte => drop(write!(out, "\\u{byte:04x}")),
        }
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}
