//! Lines that fit the screen: eighty columns, of which a full-width character takes two.
//!
//! Japanese has no spaces between its words and may be broken nearly anywhere; what a person
//! copies (a command between backquotes, a path, a number) stays in one piece as long as it fits.

use unicode_width::UnicodeWidthChar as _;

/// How many columns a line of the screen has, unless the environment says otherwise.
pub const COLUMNS: usize = 80;

/// No screen is narrower.
const NARROWEST: usize = 40;

/// The columns of the screen, from what the environment says of them (`COLUMNS`).
pub fn columns_of(said: Option<&str>) -> usize {
    let said = said.and_then(|text| text.trim().parse::<usize>().ok());
    said.map_or(COLUMNS, |columns| columns.max(NARROWEST))
}

/// How much further a line that goes on is set in.
const HANGING: usize = 2;

/// What does not begin a line.
const NOT_FIRST: &str = "、。，．,.・：；:;？！?!)）」』】〉》〕］｝]}ーっゃゅょぁぃぅぇぉッャュョァィゥェォ々…‥〜～名人件行回年月日";
/// What does not end a line.
const NOT_LAST: &str = "(（「『【〈《〔［｛[{`";

/// How many columns a text takes. A character whose width is not certain is taken for a wide
/// one, as it is on a Japanese screen.
pub fn width(text: &str) -> usize {
    text.chars().map(columns).sum()
}

/// The same text in lines that fit.
pub fn wrapped(text: &str, columns: usize) -> String {
    let lines = text
        .split('\n')
        .map(|line| fitted(line, indent(line), columns));
    lines.collect::<Vec<_>>().join("\n")
}

/// The same for a page of help, whose explanations stand in a second column.
pub fn wrapped_help(text: &str, columns: usize) -> String {
    let lines = text.split('\n').map(|line| {
        let hanging = second_column(line, columns).unwrap_or_else(|| indent(line));
        fitted(line, hanging, columns)
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn columns(sign: char) -> usize {
    sign.width_cjk().unwrap_or_default()
}

/// Where a line goes on that does not fit.
fn indent(line: &str) -> usize {
    let spaces = line.len() - line.trim_start_matches(' ').len();
    let marked = line[spaces..].starts_with('・') || line[spaces..].starts_with("  ");
    spaces + if marked || spaces > 0 { HANGING } else { 0 }
}

/// Where the text behind the first gap of a line stands, if there is one near its beginning.
fn second_column(line: &str, columns: usize) -> Option<usize> {
    let spaces = line.len() - line.trim_start_matches(' ').len();
    let gap = spaces + line[spaces..].find("  ")?;
    let text = gap + (line[gap..].len() - line[gap..].trim_start_matches(' ').len());
    let column = width(&line[..text]);
    (column <= columns / 2 && text < line.len()).then_some(column)
}

/// A line as one or several, those behind the first one set in.
fn fitted(line: &str, hanging: usize, columns: usize) -> String {
    if width(line) <= columns {
        return line.to_owned();
    }
    let mut fitted = String::new();
    let mut at = 0;
    for piece in pieces(line, columns.saturating_sub(hanging)) {
        let piece_width = width(piece.trim_end());
        if at > hanging && at + piece_width > columns {
            fitted.truncate(fitted.trim_end().len());
            fitted.push('\n');
            fitted.push_str(&" ".repeat(hanging));
            at = hanging;
            let piece = piece.trim_start();
            fitted.push_str(piece);
            at += width(piece);
            continue;
        }
        fitted.push_str(piece);
        at += width(piece);
    }
    fitted.truncate(fitted.trim_end().len());
    fitted
}

/// The pieces of a line between which it may be broken; what is longer than a line is broken
/// where it can be.
fn pieces(line: &str, longest: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    for piece in cut(line, may_break_between) {
        if width(piece.trim_end()) <= longest {
            pieces.push(piece);
            continue;
        }
        for smaller in cut(piece, |before, after, _| is_joint(before, after)) {
            if width(smaller) <= longest {
                pieces.push(smaller);
            } else {
                pieces.extend(cut(smaller, |_, _, _| true));
            }
        }
    }
    pieces
}

/// Cuts a line wherever it may be broken between two characters; the third word says whether
/// both stand within backquotes.
fn cut(line: &str, may: impl Fn(char, char, bool) -> bool) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut begin, mut before, mut quoted) = (0, None, false);
    let marks = line.matches('`').count();
    let mut seen = 0;
    for (at, sign) in line.char_indices() {
        if before.is_some_and(|before| may(before, sign, quoted)) {
            pieces.push(&line[begin..at]);
            begin = at;
        }
        if sign == '`' {
            seen += 1;
            // One that is never closed quotes nothing.
            quoted = !quoted && seen < marks;
        }
        before = Some(sign);
    }
    pieces.push(&line[begin..]);
    pieces
}

fn may_break_between(before: char, after: char, quoted: bool) -> bool {
    if quoted || after == ' ' || NOT_LAST.contains(before) || NOT_FIRST.contains(after) {
        return false;
    }
    let in_a_word = |sign: char| sign.is_ascii() && sign != ' ';
    !(in_a_word(before) && in_a_word(after))
}

/// Where a path, or a command that is longer than a line, is broken.
fn is_joint(before: char, after: char) -> bool {
    matches!(before, '/' | '\\' | ' ' | '|' | '_') && after != ' '
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_line_that_fits_stays_as_it_is() {
        for line in ["", "  ・短い行です。", &"あ".repeat(40)] {
            assert_eq!(wrapped(line, COLUMNS), line);
        }
    }

    #[test]
    fn a_longer_one_goes_on_below_and_no_line_begins_with_a_full_stop() {
        let text = format!("  {}。{}", "あ".repeat(39), "い".repeat(3));
        assert_eq!(
            wrapped(&text, COLUMNS),
            format!("  {}\n    あ。いいい", "あ".repeat(38))
        );
    }

    #[test]
    fn a_command_stays_in_one_piece() {
        let command = "`rakuwing plan --month 2026-10 --allow-removals 1`";
        let text = format!("{}には {command} を実行", "あ".repeat(20));
        let shown = wrapped(&text, COLUMNS);
        assert!(shown.lines().any(|line| line.contains(command)), "{shown}");
    }

    #[test]
    fn an_explanation_goes_on_in_its_own_column() {
        let text = format!("  basics    {}", "説".repeat(40));
        let shown = wrapped_help(&text, COLUMNS);
        let second = shown.lines().nth(1).unwrap();
        assert_eq!(second.len() - second.trim_start().len(), 12, "{shown}");
    }

    #[test]
    fn the_environment_may_say_how_wide_the_screen_is() {
        for (said, columns) in [
            (None, 80),
            (Some("132"), 132),
            (Some("8"), 40),
            (Some("wide"), 80),
        ] {
            assert_eq!(columns_of(said), columns);
        }
    }

    proptest! {
        #[test]
        fn every_line_fits_and_nothing_but_spaces_is_lost(text in "[ a-z/`あ-ん、。「」(){}→…]{0,300}") {
            for shown in [wrapped(&text, COLUMNS), wrapped_help(&text, COLUMNS)] {
                prop_assert!(shown.lines().all(|line| width(line) <= COLUMNS), "{}", shown);
                let signs = |text: &str| text.chars().filter(|c| !" \n".contains(*c)).collect::<String>();
                prop_assert_eq!(signs(&shown), signs(&text));
            }
        }
    }
}
