//! Rows that somebody has decided to leave out (除外), such as a footnote below a list.
//!
//! The decision is about the row and nothing else: it holds nobody any more, and its client's
//! other rows go without it. It is said of every such row, by which decision.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::finding::{Code, Fate, Finding, Imbalance, Who};
use crate::model::FileName;

use super::bad_row::Mention;
use super::gather::Gathered;
use super::origin::Origin;

/// Rows of a file, by the sheet and the number as the user counts.
pub type Decided = BTreeMap<(Option<Arc<str>>, u32), Decision>;

/// A decision about a row.
#[derive(Debug, Clone)]
pub struct Decision {
    /// Why.
    pub reason: String,
    /// The day on which it was made: `2026/11/3`.
    pub when: String,
    /// Whose the row is, where that can be read.
    pub who: Option<Who>,
}

/// R150: excludes rows of a file. What else was said of them is nobody's to mend.
pub fn put_aside(
    gathered: &mut Gathered,
    file: &FileName,
    decided: &Decided,
) -> Result<(), Imbalance> {
    let place = |origin: &Origin| (origin.sheet().name().cloned(), origin.row());
    let is_meant =
        |origin: &Origin| origin.sheet().file() == file && decided.contains_key(&place(origin));
    for row in gathered.take_rows(is_meant) {
        let at = row.origin.place();
        gathered
            .findings
            .retain(|finding| finding.place.row_only() != at);
        let Decision { reason, when, who } = &decided[&place(&row.origin)];
        let mut finding = Finding::new(Code::LeftOut, at)
            .value(&**reason)
            .detail(format!("{when} に除外"));
        finding.client.clone_from(who);
        gathered.findings.push(finding);
        gathered.book.decide(row.origin.id, Fate::Excluded)?;
        gathered.aside.extend(Mention::of(&row));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::months;
    use super::super::samples::{card, gather, line, rules, said, scope};
    use super::*;

    #[test]
    fn a_row_that_is_left_out_holds_nobody_and_its_client_is_named_all_the_same() {
        let mut gathered = gather(&[
            card(),
            line(&[5]),
            line(&[6]).with("開始時刻", "朝"),
            line(&[7]).of("0000100002", "試験　太郎"),
        ]);
        let bad = gathered.bad_rows[0].origin.clone();
        let decided = BTreeMap::from([(
            (bad.sheet().name().cloned(), bad.row()),
            Decision {
                reason: "注記".to_owned(),
                when: "2026/11/3".to_owned(),
                who: None,
            },
        )]);
        let named = gathered.clients().unwrap();
        put_aside(&mut gathered, bad.sheet().file(), &decided).unwrap();
        assert_eq!(gathered.clients().unwrap(), named);
        let words = ["R150 3行目 「注記」 2026/11/3 に除外".to_owned()];
        assert_eq!(said(&gathered.findings), words);
        let months = months::check(&mut gathered, &rules(&scope())).unwrap();
        let days: Vec<u32> = months
            .iter()
            .flat_map(|month| &month.plan.visits)
            .map(|visit| visit.date.day())
            .collect();
        assert!(days.contains(&5) && !days.contains(&6), "{days:?}");
        assert_eq!(gathered.book.fate(bad.id), Some(Fate::Excluded));
    }
}
