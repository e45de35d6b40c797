//! Persons: a row whose name is a word for something else is nobody's, and is never sent.

use crate::finding::{Code, Finding};
use crate::model::{ClientId, Field, Record, RecordKind};
use crate::table::NameWords;

use super::origin::Origin;

/// Whether names are nobody's. The rows of one client mostly stand together, so the last answer
/// is kept.
#[derive(Debug, Default)]
pub(super) struct Nobody {
    name: String,
    is_nobody: bool,
}

impl Nobody {
    /// B307: why a row of a client or of a plan is left out, if its name is that of no client.
    ///
    /// Asked before every other rule: such a row has no numbers worth complaining about.
    pub(super) fn excludes(
        &mut self,
        record: &Record<'_>,
        kind: RecordKind,
        origin: &Origin,
        words: &NameWords,
    ) -> Option<Finding> {
        let named = matches!(kind, RecordKind::ClientCard | RecordKind::PlanLine);
        let name = record.str(Field::Name);
        if !named || !self.is_nobody(name, words) {
            return None;
        }
        let finding = Finding::new(Code::NotAPerson, origin.field(Field::Name)).value(name);
        Some(match ClientId::from_record(record) {
            Some(client) => finding.of(client, name),
            None => finding,
        })
    }

    fn is_nobody(&mut self, name: &str, words: &NameWords) -> bool {
        if name != self.name {
            name.clone_into(&mut self.name);
            self.is_nobody = words.is_nobody(name);
        }
        self.is_nobody
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{card, gather, line, office, said};
    use crate::finding::Fate;

    #[test]
    fn a_row_of_nobody_is_left_out_and_the_others_go_on() {
        let nobody = "0000900001";
        let gathered = gather(&[
            card(),
            card().of(nobody, "テスト様"),
            line(&[5]),
            line(&[5]).of(nobody, "【会議】"),
        ]);
        assert_eq!(
            said(&gathered.findings),
            ["B307 3行目 氏名「テスト様」", "B307 3行目 氏名「【会議】」"]
        );
        assert_eq!((gathered.cards.len(), gathered.lines.len()), (1, 1));
        assert_eq!(gathered.book.count(Fate::Excluded), 2);
        assert!(gathered.bad_rows.is_empty());
    }

    #[test]
    fn what_else_is_wrong_with_such_a_row_is_not_said() {
        let gathered = gather(&[line(&[5]).of("番号なし", "予備").with("開始時刻", "朝")]);
        assert_eq!(said(&gathered.findings), ["B307 2行目 氏名「予備」"]);
        assert!(gathered.bad_rows.is_empty());
    }

    #[test]
    fn a_person_whose_name_holds_such_a_word_is_a_person() {
        let gathered = gather(&[line(&[5]).with("氏名", "会議　花子")]);
        assert_eq!(said(&gathered.findings), [""; 0]);
        assert_eq!(gathered.lines.len(), 1);
    }

    #[test]
    fn an_office_may_be_called_what_it_likes() {
        let gathered = gather(&[office().with("事業所名", "テスト")]);
        assert_eq!(gathered.offices.len(), 1);
    }
}
