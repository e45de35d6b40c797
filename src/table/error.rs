//! A wrong table: where in which file, what is wrong, what was expected.

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::fold::nearest;

/// A table that cannot be used.
///
/// Shows itself with the line it stands on, because the reader is about to edit that line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableError {
    file: String,
    spot: Spot,
    message: String,
    help: Option<String>,
}

/// Where in the table it is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Spot {
    /// The table as a whole.
    Nowhere,
    /// A stretch of the text, which is shown.
    Text { text: String, span: Range<usize> },
    /// Line and column alone.
    Number(usize, usize),
}

impl TableError {
    /// An error about a stretch of a table's text.
    pub fn at(file: &str, text: &str, span: Range<usize>, message: &str) -> Self {
        let text = text.to_owned();
        Self {
            spot: Spot::Text { text, span },
            ..Self::without_place(file, message)
        }
    }

    /// An error about a table as a whole.
    pub fn without_place(file: &str, message: &str) -> Self {
        Self {
            file: file.to_owned(),
            spot: Spot::Nowhere,
            message: message.to_owned(),
            help: None,
        }
    }

    /// Adds what would have been right: the nearest known name, or all of a few.
    #[must_use]
    pub fn expected<'a>(
        mut self,
        given: &str,
        known: impl Iterator<Item = &'a str> + Clone,
    ) -> Self {
        self.help = Some(match nearest(given, known.clone()) {
            Some(name) => format!("「{name}」ではありませんか"),
            None => format!("使えるのは {}", known.collect::<Vec<_>>().join("、")),
        });
        self
    }

    /// Adds what would have been right, in words.
    #[must_use]
    pub fn help(mut self, help: String) -> Self {
        self.help = Some(help);
        self
    }

    /// Keeps the line itself out of what is shown, in a table that tells of people: an error
    /// holds no content of a row. Its number is enough to find it.
    #[must_use]
    pub fn without_text(mut self) -> Self {
        if let Some((line, column)) = self.line_and_column() {
            self.spot = Spot::Number(line, column);
        }
        self
    }

    /// The file's path below `mappings/`.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Line and column (in characters), both counted from 1, where the place is known.
    pub fn line_and_column(&self) -> Option<(usize, usize)> {
        let (text, span) = match &self.spot {
            Spot::Nowhere => return None,
            Spot::Number(line, column) => return Some((*line, *column)),
            Spot::Text { text, span } => (text, span),
        };
        let before = &text[..span.start.min(text.len())];
        let line_start = before.rfind('\n').map_or(0, |feed| feed + 1);
        let line = 1 + before.matches('\n').count();
        Some((line, 1 + before[line_start..].chars().count()))
    }
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = format!("mappings/{}", self.file);
        let title = Level::ERROR.primary_title(&*self.message);
        let origin = Origin::path(&*path);
        let mut group = match &self.spot {
            Spot::Text { text, span } => title.element(
                Snippet::source(&**text)
                    .path(&*path)
                    .annotation(AnnotationKind::Primary.span(span.clone())),
            ),
            Spot::Number(line, column) => title.element(origin.line(*line).char_column(*column)),
            Spot::Nowhere => title.element(origin),
        };
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(&**help));
        }
        let groups: [Group<'_>; 1] = [group];
        f.write_str(&Renderer::plain().render(&groups))
    }
}

impl std::error::Error for TableError {}
