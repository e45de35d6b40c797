//! Versions: a client's month comes from one file.
//!
//! Two exports of one month in the inbox are an older and a newer one. Taken together every
//! visit of theirs would be planned twice, and nothing in them says which one is meant. That is
//! a question about the files, and asked once. Files of two care-management offices are no
//! versions of one another (see the rule on senders).

use std::sync::Arc;

use crate::finding::Code;
use crate::model::{ClientId, PlanLine};
use crate::read::Sheet;

use super::of_files::OfFiles;
use super::origin::Origin;
use super::senders;

/// P419: whether a client's month comes from more than one source, each of which is noted.
pub(super) fn check(
    lines: &[(PlanLine, Origin)],
    client: ClientId,
    of_files: &mut OfFiles,
) -> bool {
    // The lines of one source come one after the other.
    let runs = lines.chunk_by(|(_, one), (_, next)| is_one_source(one.sheet(), next.sheet()));
    let mut sources: Vec<&Arc<Sheet>> = Vec::new();
    let mut clash = false;
    for run in runs {
        let sheet = run[0].1.sheet();
        if sources.iter().any(|of| is_one_source(of, sheet)) {
            continue;
        }
        let version = sources.iter().find(|of| !senders::differ(of, sheet));
        if let Some(first) = version {
            of_files.clash(Code::TwoVersions, (first, sheet), Some(client));
            clash = true;
        }
        sources.push(sheet);
    }
    clash
}

/// Whether two sheets are one: of one file, and of one name in it.
pub(super) fn is_one_source(one: &Arc<Sheet>, other: &Arc<Sheet>) -> bool {
    Arc::ptr_eq(one, other) || (one.file() == other.file() && one.name() == other.name())
}

#[cfg(test)]
mod tests {
    use super::super::samples::{Sample, gather, line, rules, said, scope};
    use crate::check::months;
    use crate::finding::Fate;

    /// What is said of rows, how many are held, and how many months pass.
    fn checked(rows: &[Sample]) -> (Vec<String>, usize, usize) {
        let mut gathered = gather(rows);
        let months = months::check(&mut gathered, &rules(&scope())).unwrap();
        let held = gathered.book.count(Fate::Withheld);
        (said(&gathered.findings), held, months.len())
    }

    fn taro(file: &'static str) -> Sample {
        line(&[5]).of("0000100002", "試験　太郎").within(file)
    }

    #[test]
    fn two_versions_are_one_thing_to_say_however_many_people_are_in_both() {
        let rows = [
            line(&[5]).within("a.csv"),
            line(&[6]).serving("111111", "", "").within("a.csv"),
            taro("a.csv"),
            line(&[12]).within("b.csv"),
            taro("b.csv"),
            line(&[7]).of("0000100003", "試験　三郎").within("b.csv"),
        ];
        let once = "P419 a.csv にも、同じ2名の内容があります".to_owned();
        assert_eq!(checked(&rows), (vec![once], 5, 1));
    }

    #[test]
    fn a_third_file_is_said_as_well() {
        let (said, held, _) = checked(&[taro("a.csv"), taro("b.csv"), taro("c.csv")]);
        assert_eq!((said.len(), held), (2, 3));
    }

    #[test]
    fn files_of_different_people_are_no_versions() {
        let rows = [line(&[5]).within("a.csv"), taro("b.csv")];
        assert_eq!(checked(&rows), (vec![], 0, 2));
    }
}
