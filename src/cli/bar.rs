//! How far long work has come, as lines on the screen.
//!
//! Only where somebody looks: nothing is drawn where the standard error is no terminal, with
//! `--json` and with `--quiet`.

use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::progress::{Progress, Stretch};

/// The lines of all work that is being done; one below the other where there is work in work.
#[derive(Debug)]
pub struct Bars(MultiProgress);

/// The line of one stretch of work; it goes with the drop.
#[derive(Debug)]
struct Bar(ProgressBar);

/// The hand of work of unknown length turns so often.
const TURN: Duration = Duration::from_millis(200);

impl Default for Bars {
    fn default() -> Self {
        // Draws as often as an eye can see, however often there is news.
        Self(MultiProgress::with_draw_target(ProgressDrawTarget::stderr()))
    }
}

impl Progress for Bars {
    fn begin(&self, what: &str, total: Option<usize>) -> Box<dyn Stretch> {
        let bar = match total {
            Some(total) => ProgressBar::new(total.try_into().unwrap_or(u64::MAX)),
            None => ProgressBar::new_spinner(),
        };
        let bar = self.0.add(bar);
        bar.set_style(style(total.is_some()));
        bar.set_message(what.to_owned());
        bar.enable_steady_tick(TURN);
        Box::new(Bar(bar))
    }
}

impl Stretch for Bar {
    fn advance(&self, by: usize) {
        self.0.inc(by.try_into().unwrap_or(u64::MAX));
    }
}

impl Drop for Bar {
    /// What is printed next stands where the line was.
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

fn style(of_known_length: bool) -> ProgressStyle {
    let template = if of_known_length {
        "  {msg} [{bar:30}] {pos}/{len}件 あと{eta}"
    } else {
        "  {msg} {spinner} {pos}件"
    };
    ProgressStyle::with_template(template).expect("the templates are right")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_the_line_can_be_drawn() {
        let bars = Bars(MultiProgress::with_draw_target(ProgressDrawTarget::hidden()));
        for total in [Some(3), None] {
            bars.begin("月間ケアプランを登録しています", total)
                .advance(2);
        }
    }

    #[test]
    fn news_moves_the_line() {
        let bar = Bar(ProgressBar::hidden());
        bar.advance(2);
        bar.advance(3);
        assert_eq!(bar.0.position(), 5);
    }
}
