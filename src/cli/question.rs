//! An answer from the keyboard, which nobody has to wait for once the run is to stop.

use std::io::{self, BufRead as _};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use crate::stop::Stop;

/// How soon a stop is noticed.
const SLICE: Duration = Duration::from_millis(50);

/// The next line that is typed; nothing where the input has ended or the run is to stop.
pub fn answer(stop: &Stop) -> Option<String> {
    first_of(typed, stop)
}

fn typed() -> Option<String> {
    let mut line = String::new();
    let length = io::stdin().lock().read_line(&mut line).ok()?;
    (length > 0).then_some(line)
}

/// What `read` brings, unless the stop comes first. Reading goes on in a thread of its own,
/// because nothing can call it off; it ends with the process.
fn first_of(read: impl FnOnce() -> Option<String> + Send + 'static, stop: &Stop) -> Option<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || sender.send(read()));
    while !stop.asked() {
        match receiver.recv_timeout(SLICE) {
            Ok(answer) => return answer,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return None,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_comes_back_as_it_was_typed() {
        let stop = Stop::default();
        let typed = || Some("はい\n".to_owned());
        assert_eq!(first_of(typed, &stop).as_deref(), Some("はい\n"));
        assert_eq!(first_of(|| None, &stop), None);
    }

    /// The test ends only if the question does: nobody ever answers it.
    #[test]
    fn a_question_that_nobody_answers_ends_with_the_stop() {
        let stop = Stop::default();
        let (shown, hears) = channel();
        let asker = thread::spawn({
            let stop = stop.clone();
            move || {
                let never = move || {
                    shown.send(()).unwrap();
                    loop {
                        thread::park();
                    }
                };
                first_of(never, &stop)
            }
        });
        hears.recv().unwrap();
        stop.ask();
        assert_eq!(asker.join().unwrap(), None);
    }
}
