//! Versions: a client's month comes from one file.
//!
//! Two exports of one month in the inbox are an older and a newer one. Taken together every
//! visit of theirs would be planned twice, and nothing in them says which one is meant. That is
//! a question about the files, and asked once. Files of two care-management offices are no
//! versions of one another (see the rule on senders).

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::finding::{Code, Finding};
use crate::model::{ClientId, FileName, PlanLine};
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

/// The rows of each sheet in which its header stands once more.
pub(super) type Seams = BTreeMap<(FileName, Option<Arc<str>>), Vec<u32>>;

/// Where the header of a sheet was met again: what stands below it is another export.
pub(super) fn seams(findings: &[Finding]) -> Seams {
    let mut seams = Seams::new();
    for finding in findings.iter().filter(|of| of.code == Code::HeaderAgain) {
        let place = &finding.place;
        let rows = seams.entry((place.file.clone(), place.sheet.clone()));
        rows.or_default().extend(place.row);
    }
    seams
}

/// P431: the sheet in which a client's month stands both above and below a seam; none where there is
/// no such.
pub(super) fn joined<'l>(lines: &'l [(PlanLine, Origin)], seams: &Seams) -> Option<&'l Arc<Sheet>> {
    if seams.is_empty() {
        return None;
    }
    let exports = |(_, origin): &'l (PlanLine, Origin)| {
        let sheet = origin.sheet();
        let rows = seams.get(&(sheet.file().clone(), sheet.name().cloned()));
        let above = rows
            .into_iter()
            .flatten()
            .filter(|row| **row < origin.row());
        (sheet, above.count())
    };
    let mut met: Vec<(&Arc<Sheet>, usize)> = Vec::new();
    for (sheet, export) in lines.iter().map(exports) {
        let known = met.iter().find(|(of, _)| is_one_source(of, sheet));
        match known {
            Some((_, other)) if *other != export => return Some(sheet),
            Some(_) => {}
            None => met.push((sheet, export)),
        }
    }
    None
}

/// Whether two sheets are one: of one file, and of one name in it.
pub(super) fn is_one_source(one: &Arc<Sheet>, other: &Arc<Sheet>) -> bool {
    Arc::ptr_eq(one, other) || (one.file() == other.file() && one.name() == other.name())
}

#[cfg(test)]
mod tests {
    use super::super::samples::{Sample, gather, line, rules, said, scope};
    use crate::check::months;
    use crate::finding::{Code, Fate, Finding};
    use crate::model::Place;

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
    fn two_exports_joined_into_one_file_are_one_thing_to_say() {
        let rows = [
            line(&[5]),
            line(&[12]).of("0000100002", "試験　太郎"),
            line(&[12]),
        ];
        let mut gathered = gather(&rows);
        let mut seam = gathered.lines.all()[0].1.place();
        seam.row = Some(3);
        let file = seam.file.clone();
        gathered
            .findings
            .push(Finding::new(Code::HeaderAgain, seam));
        let months = months::check(&mut gathered, &rules(&scope())).unwrap();
        let said = said(&gathered.findings);
        assert_eq!(months.len(), 1, "{said:?}");
        assert_eq!(gathered.book.count(Fate::Withheld), 2);
        let whole = gathered
            .findings
            .iter()
            .find(|of| of.code == Code::ExportsJoined);
        assert_eq!(whole.unwrap().place, Place::file(file));
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
