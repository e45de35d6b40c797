//! Findings by cause: what a clerk puts right at one stroke is one line, however many rows it
//! has stopped.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::finding::{Code, Finding};
use crate::model::ClientId;

/// One cause of findings.
#[derive(Debug, PartialEq, Eq)]
pub struct Cause {
    /// The code.
    pub code: Code,
    /// What it is about, where one code has many causes: `要介護度「介護弐」`.
    pub about: String,
    /// How many further causes of the code are counted here, because there are too many.
    pub further: usize,
    /// How many findings.
    pub findings: usize,
    /// How many different people it concerns.
    pub clients: usize,
    /// Where in the list the first of them stands, counted from 0.
    pub first: usize,
}

impl Cause {
    /// The catalogue's few words, and what they are about here.
    pub fn title(&self) -> String {
        match (&*self.about, self.further) {
            ("", 0) => self.code.title().to_owned(),
            ("", further) => format!("{}: ほか{further}種類", self.code.title()),
            (about, _) => format!("{}: {about}", self.code.title()),
        }
    }
}

/// What a finding is about, where findings of one code have many causes: an unknown word is
/// the same mistake wherever it stands, and one answer ends all of them. Empty elsewhere: each
/// of a hundred wrong dates is a mistake of its own.
pub fn cause_of(finding: &Finding) -> String {
    let header = finding.place.column.as_ref();
    let header = header.map_or("", |column| &*column.header);
    match finding.code {
        Code::NotInCodeList => format!("{header}「{}」", finding.value),
        Code::RequiredEmpty => header.to_owned(),
        Code::UnknownService
        | Code::UnknownCareOffice
        | Code::MissingColumn
        | Code::KnownColumnAbsent
        | Code::ColumnMissed
        | Code::DaysUnread
        | Code::UnknownColumn
        | Code::OtherOffice
        | Code::OtherMonth => finding.value.clone(),
        _ => String::new(),
    }
}

/// The causes in the order in which a clerk works through them.
///
/// Errors come first however few they are: a thousand notices ask for nothing, and one error
/// keeps somebody's month from being sent. Within a severity the most frequent comes first.
pub fn causes<'f>(findings: impl IntoIterator<Item = &'f Finding>) -> Vec<Cause> {
    let mut by_cause: BTreeMap<(Code, String), (Cause, BTreeSet<ClientId>)> = BTreeMap::new();
    for (index, finding) in findings.into_iter().enumerate() {
        let about = cause_of(finding);
        let (cause, clients) =
            by_cause
                .entry((finding.code, about))
                .or_insert_with_key(|(code, about)| {
                    let cause = Cause {
                        code: *code,
                        about: about.clone(),
                        further: 0,
                        findings: 0,
                        clients: 0,
                        first: index,
                    };
                    (cause, BTreeSet::new())
                });
        cause.findings += 1;
        clients.extend(finding.client.as_ref().map(|who| who.id));
    }
    let mut causes: Vec<(Cause, BTreeSet<ClientId>)> = by_cause.into_values().collect();
    // The sort is stable, so equal counts keep the order of the catalogue.
    let order = |(cause, _): &(Cause, _)| (cause.code.severity(), Reverse(cause.findings));
    causes.sort_by_key(order);
    let mut causes = gathered(causes);
    causes.sort_by_key(order);
    causes
        .into_iter()
        .map(|(cause, clients)| Cause {
            clients: clients.len(),
            ..cause
        })
        .collect()
}

/// Gathers the rarest causes of a code into one line where there are too many to be read.
fn gathered(causes: Vec<(Cause, BTreeSet<ClientId>)>) -> Vec<(Cause, BTreeSet<ClientId>)> {
    const READ: usize = 12;
    let mut seen: BTreeMap<Code, usize> = BTreeMap::new();
    let mut kept: Vec<(Cause, BTreeSet<ClientId>)> = Vec::new();
    let mut rest: BTreeMap<Code, (Cause, BTreeSet<ClientId>)> = BTreeMap::new();
    for (cause, clients) in causes {
        let count = seen.entry(cause.code).or_default();
        *count += 1;
        if *count <= READ {
            kept.push((cause, clients));
            continue;
        }
        let (sum, people) = rest.entry(cause.code).or_insert_with(|| {
            let sum = Cause {
                about: String::new(),
                findings: 0,
                ..cause
            };
            (sum, BTreeSet::new())
        });
        sum.further += 1;
        sum.findings += cause.findings;
        sum.first = sum.first.min(cause.first);
        people.extend(clients);
    }
    kept.extend(rest.into_values());
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{FileName, InsuredNumber, InsurerNumber, Place};

    fn client(insured: &str) -> ClientId {
        ClientId {
            insurer: InsurerNumber::parse("131128").unwrap(),
            insured: InsuredNumber::parse(insured).unwrap(),
        }
    }

    #[test]
    fn errors_come_first_and_then_the_most_frequent() {
        let place = Place::file(FileName::new("plan.csv"));
        let finding = |code| Finding::new(code, place.clone());
        let somebody = finding(Code::VisitWithoutTime).of(client("0000000001"), "山田 花子");
        let other = finding(Code::VisitWithoutTime).of(client("0000000002"), "佐藤 一郎");
        let findings = [
            finding(Code::RateAddOn),
            finding(Code::RateAddOn),
            finding(Code::RateAddOn),
            finding(Code::NotADate),
            somebody.clone(),
            other,
            somebody,
        ];
        let cause = |code, findings, clients, first| Cause {
            code,
            about: String::new(),
            further: 0,
            findings,
            clients,
            first,
        };
        assert_eq!(
            causes(&findings),
            [
                cause(Code::VisitWithoutTime, 3, 2, 4),
                cause(Code::NotADate, 1, 0, 3),
                cause(Code::RateAddOn, 3, 0, 0),
            ]
        );
    }

    #[test]
    fn one_word_that_nobody_knows_is_one_cause_and_too_many_of_them_are_one_line() {
        let place = Place::file(FileName::new("plan.csv"));
        let unknown = |code: &str| Finding::new(Code::UnknownService, place.clone()).value(code);
        let mut findings = vec![unknown("111411"); 3];
        findings.extend((0..14).map(|code| unknown(&format!("A2{code:04}"))));
        let causes = causes(&findings);
        let titles: Vec<(String, usize)> = causes
            .iter()
            .map(|cause| (cause.title(), cause.findings))
            .collect();
        assert_eq!(titles.len(), 13);
        assert_eq!(
            titles[0],
            ("一覧にないサービスコード: 111411".to_owned(), 3)
        );
        assert_eq!(
            titles[1],
            ("一覧にないサービスコード: ほか3種類".to_owned(), 3)
        );
    }
}
