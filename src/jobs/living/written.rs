//! What is open of a file, as the ledger keeps it: JSON, in which findings are told by the
//! numbers of their codes.

use serde::{Deserialize, Serialize};

use crate::finding::{Code, Finding};
use crate::ledger::OpenFile;
use crate::model::place::Column;
use crate::model::{ClientId, FileName, InsuredNumber, InsurerNumber, Place};

use super::Open;

impl Open {
    /// As it is kept.
    pub(super) fn written(&self) -> OpenFile {
        let withheld = self.withheld.iter();
        let rows = Rows {
            kinds: self.kinds.clone(),
            withheld: withheld
                .map(|((sheet, row), (run, group))| {
                    (sheet.as_deref().map(str::to_owned), *row, *run, *group)
                })
                .collect(),
            whose: (self.whose.iter())
                .map(|((sheet, row), client)| {
                    let sheet = sheet.as_deref().map(str::to_owned);
                    let ClientId { insurer, insured } = client;
                    (sheet, *row, insurer.to_string(), insured.to_string())
                })
                .collect(),
            said: self.said.iter().map(Said::of).collect(),
        };
        OpenFile {
            step: self.step.clone(),
            name: self.name.as_str().to_owned(),
            digest: self.digest.clone(),
            read_in: self.read_in,
            rows: serde_json::to_string(&rows).expect("texts and numbers are JSON"),
        }
    }

    /// What was written; nothing where another program has written it in its own way.
    pub(super) fn read(file: &OpenFile) -> Option<Self> {
        let rows: Rows = serde_json::from_str(&file.rows).ok()?;
        let withheld = rows.withheld.into_iter();
        let said = rows.said.into_iter();
        Some(Self {
            step: file.step.clone(),
            digest: file.digest.clone(),
            read_in: file.read_in,
            kinds: rows.kinds,
            withheld: withheld
                .map(|(sheet, row, run, group)| ((sheet.map(Into::into), row), (run, group)))
                .collect(),
            whose: (rows.whose.into_iter())
                .filter_map(|(sheet, row, insurer, insured)| {
                    let client = ClientId {
                        insurer: InsurerNumber::parse(&insurer)?,
                        insured: InsuredNumber::parse(&insured)?,
                    };
                    Some(((sheet.map(Into::into), row), client))
                })
                .collect(),
            said: said.filter_map(Said::finding).collect(),
            name: FileName::new(&file.name),
        })
    }
}

/// The rows and what is said of them.
#[derive(Serialize, Deserialize)]
struct Rows {
    kinds: Vec<String>,
    withheld: Vec<(Option<String>, u32, i64, u32)>,
    #[serde(default)]
    whose: Vec<(Option<String>, u32, String, String)>,
    said: Vec<Said>,
}

/// A finding, as it is kept.
#[derive(Serialize, Deserialize)]
struct Said {
    code: String,
    file: String,
    sheet: Option<String>,
    row: Option<u32>,
    column: Option<(usize, String)>,
    client: Option<[String; 3]>,
    value: String,
    detail: String,
    resembles: Option<String>,
}

impl Said {
    fn of(finding: &Finding) -> Self {
        let place = &finding.place;
        let column = place.column.as_ref();
        let client = finding.client.as_ref();
        Self {
            code: finding.code.number().to_owned(),
            file: place.file.as_str().to_owned(),
            sheet: place.sheet.as_deref().map(str::to_owned),
            row: place.row,
            column: column.map(|of| (of.index, of.header.to_string())),
            client: client.map(|who| {
                let ClientId { insurer, insured } = who.id;
                [
                    insurer.as_str().to_owned(),
                    insured.as_str().to_owned(),
                    who.name.to_string(),
                ]
            }),
            value: finding.value.clone(),
            detail: finding.detail.clone(),
            resembles: finding.resembles.map(|code| code.number().to_owned()),
        }
    }

    fn finding(self) -> Option<Finding> {
        let column = |(index, header): (usize, String)| Column {
            index,
            header: header.into(),
        };
        let place = Place {
            file: FileName::new(&self.file),
            sheet: self.sheet.map(Into::into),
            row: self.row,
            column: self.column.map(column),
        };
        let mut finding = Finding::new(Code::numbered(&self.code)?, place)
            .value(self.value)
            .detail(self.detail);
        if let Some([insurer, insured, name]) = self.client
            && let Some(insurer) = InsurerNumber::parse(&insurer)
            && let Some(insured) = InsuredNumber::parse(&insured)
        {
            finding.concern(ClientId { insurer, insured }, name);
        }
        finding.resembles = self.resembles.as_deref().and_then(Code::numbered);
        Some(finding)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::disk::Digest;

    #[test]
    fn what_was_written_is_read_back() {
        let id = ClientId {
            insurer: InsurerNumber::parse("131128").unwrap(),
            insured: InsuredNumber::parse("H123456789").unwrap(),
        };
        let name = FileName::new("plan.xlsx");
        let place = Place {
            sheet: Some("10月".into()),
            row: Some(7),
            ..Place::file(name.clone())
        };
        let mut refused = Finding::new(Code::Rejected, place.clone().at(3, &"開始時刻".into()))
            .of(id, "見本　一郎")
            .value("9:00")
            .detail("理由");
        refused.resembles = Some(Code::NotATime);
        let open = Open {
            step: "plan".to_owned(),
            name: name.clone(),
            digest: Digest::of(b"plan"),
            read_in: 4,
            kinds: vec!["plan_line".to_owned()],
            whose: BTreeMap::from([(
                (None, 7),
                ClientId {
                    insurer: InsurerNumber::parse("131128").unwrap(),
                    insured: InsuredNumber::parse("0000100001").unwrap(),
                },
            )]),
            withheld: BTreeMap::from([((place.sheet.clone(), 7), (4, 2)), ((None, 9), (5, 1))]),
            said: vec![
                refused,
                Finding::new(Code::NameDoesNotTell, Place::file(name)),
            ],
        };
        let read = Open::read(&open.written()).unwrap();
        assert_eq!(read.key(), open.key());
        assert_eq!((read.read_in, read.kinds), (open.read_in, open.kinds));
        assert_eq!((read.withheld, read.whose), (open.withheld, open.whose));
        assert_eq!(read.said, open.said);
    }
}
