//! A wrong table: where in which file, what is wrong, what was expected.

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::fold::nearest;

/// A table that cannot be used.
///
/// Shows itself with the line it stands on, because the reader is about to edit that line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableError {
    file: String,
    text: String,
    span: Option<Range<usize>>,
    message: String,
    help: Option<String>,
}

impl TableError {
    /// An error about a stretch of a table's text.
    pub fn at(file: &str, text: &str, span: Range<usize>, message: &str) -> Self {
        Self {
            file: file.to_owned(),
            text: text.to_owned(),
            span: Some(span),
            message: message.to_owned(),
            help: None,
        }
    }

    /// An error about a table as a whole.
    pub fn without_place(file: &str, message: &str) -> Self {
        Self {
            file: file.to_owned(),
            text: String::new(),
            span: None,
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

    /// The file's path below `mappings/`.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Line and column (in characters), both counted from 1, where the place is known.
    pub fn line_and_column(&self) -> Option<(usize, usize)> {
        let start = self.span.as_ref()?.start.min(self.text.len());
        let before = &self.text[..start];
        let line_start = before.rfind('\n').map_or(0, |feed| feed + 1);
        let line = 1 + before.matches('\n').count();
        Some((line, 1 + before[line_start..].chars().count()))
    }
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = format!("mappings/{}", self.file);
        let title = Level::ERROR.primary_title(&*self.message);
        let mut group = match &self.span {
            Some(span) => title.element(
                Snippet::source(&*self.text)
                    .path(&*path)
                    .annotation(AnnotationKind::Primary.span(span.clone())),
            ),
            None => title.element(annotate_snippets::Origin::path(&*path)),
        };
        if let Some(help) = &self.help {
            group = group.element(Level::HELP.message(&**help));
        }
        let groups: [Group<'_>; 1] = [group];
        f.write_str(&Renderer::plain().render(&groups))
    }
}

impl std::error::Error for TableError {}
