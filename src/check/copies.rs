//! Copies: a file that lies there twice, byte for byte, counts once.

use std::sync::Arc;

use crate::finding::{Code, Imbalance};
use crate::model::FileName;
use crate::read::Sheet;

use super::gather::Gathered;
use super::superseded::leave_out_sheets;

/// R145: leaves out the sheets of files that are the same as others, each with the one that is
/// used in its place.
pub fn leave_out(
    gathered: &mut Gathered,
    copies: Vec<(Arc<Sheet>, FileName)>,
) -> Result<(), Imbalance> {
    let copies = copies.into_iter();
    let wanted = copies.filter(|(sheet, _)| gathered.wants(sheet.layout.record()));
    let wanted: Vec<_> = wanted
        .map(|(sheet, of)| {
            let detail = move |rows| format!("{of} と同じ、この{rows}行は使いません");
            (sheet, detail)
        })
        .collect();
    leave_out_sheets(gathered, Code::SameFileTwice, &wanted)
}

#[cfg(test)]
mod tests {
    use super::super::samples::{Sample, gather, line, said};
    use super::*;
    use crate::finding::Fate;

    #[test]
    fn a_copy_is_left_out_with_what_was_said_of_it() {
        let rows: [Sample; 3] = [
            line(&[5]).within("a.csv"),
            line(&[5]).within("b.csv"),
            line(&[6]).with("開始時刻", "朝").within("b.csv"),
        ];
        let mut gathered = gather(&rows);
        let copy = Arc::clone(&gathered.recognised[1].0);
        leave_out(&mut gathered, vec![(copy, FileName::new("a.csv"))]).unwrap();
        assert_eq!(
            said(&gathered.findings),
            ["R145 a.csv と同じ、この2行は使いません"]
        );
        assert_eq!(gathered.lines.len(), 1);
        assert_eq!(gathered.book.count(Fate::Excluded), 2);
    }
}
