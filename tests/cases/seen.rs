//! What happened, as the lines of the files in `expected/`.

use rakuwing::sandbox::Recorded;
use serde::Serialize;
use serde_json::Value as Json;

use crate::account::{findings, remarks, tally};
use crate::case::Step;
use crate::desk::End;

#[derive(Default)]
pub(crate) struct Seen {
    /// Steps that did not end as the case says.
    pub(crate) wrong_ends: Vec<String>,
    pub(crate) requests: Vec<String>,
    pub(crate) findings: Vec<String>,
    pub(crate) tallies: Vec<String>,
    pub(crate) audit: Vec<String>,
    pub(crate) outbox: Vec<(String, Vec<u8>)>,
}

impl Seen {
    /// Takes down what a step has done.
    pub(crate) fn add(&mut self, number: usize, end: &End, step: &Step, every_call: bool) {
        let notes = end.printed["notes"].as_array().into_iter().flatten();
        let said = notes.chain([&end.printed["error"]]);
        let message: String = said.filter_map(|of| of.as_str()).collect();
        let says = step.says.as_deref().unwrap_or_default();
        if end.exit != step.exit || !message.contains(says) {
            let run = &step.run;
            self.wrong_ends.push(format!(
                "step {number} `{run}`: exit {} {message}, not {} {says}",
                end.exit, step.exit
            ));
        }
        for workbook in &end.workbooks {
            let findings = findings(workbook);
            let lines = findings.iter().map(|line| format!("{number}\t{line}"));
            self.findings.extend(lines);
        }
        for sums in file_sums(&end.printed) {
            self.tallies.push(format!("{number}\t{}", tally(sums)));
        }
        for workbook in audits(&end.printed) {
            let remarks = remarks(&end.office.join(workbook));
            let lines = remarks.iter().map(|line| format!("{number}\t{line}"));
            self.audit.extend(lines);
        }
        let calls = end
            .calls
            .iter()
            .filter(|call| every_call || registers_or_fetches(call));
        let lines = calls.map(|call| request(number, call, every_call));
        self.requests.extend(lines);
    }
}

/// The sums of each file; `run` prints several steps at once.
fn file_sums(printed: &Json) -> Vec<&Json> {
    let steps = printed["steps"].as_array();
    let of_steps = steps.into_iter().flatten().map(|step| &step["files"]);
    std::iter::once(&printed["files"])
        .chain(of_steps)
        .filter_map(Json::as_array)
        .flatten()
        .collect()
}

/// The lists of 請求前点検; `run` prints several steps at once.
fn audits(printed: &Json) -> impl Iterator<Item = &str> {
    let of_steps = printed["steps"].as_array().into_iter().flatten();
    let all = std::iter::once(printed).chain(of_steps);
    all.filter_map(|step| step["audit"].as_str())
}

/// Calls that change something there or bring something here; the others ask what is held.
fn registers_or_fetches(call: &Recorded) -> bool {
    call.method == "POST" || call.path.starts_with("/v1/actuals/")
}

/// A call, in the order in which a person reads it.
#[derive(Serialize)]
struct Request<'c> {
    step: usize,
    method: &'c str,
    path: String,
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<Json>,
}

fn request(step: usize, call: &Recorded, with_revisions: bool) -> String {
    let query = call.query.as_ref().map(|query| format!("?{query}"));
    let body = call.body.as_ref();
    let request = Request {
        step,
        method: &call.method,
        path: format!("{}{}", call.path, query.unwrap_or_default()),
        status: call.status,
        items: body.map(|body| items(body, with_revisions)),
    };
    serde_json::to_string(&request).unwrap()
}

/// The items of a batch in the order of their keys.
fn items(body: &Json, with_revisions: bool) -> Json {
    let mut items = body["items"].as_array().unwrap().clone();
    for item in items.iter_mut().filter(|_| !with_revisions) {
        item.as_object_mut().unwrap().remove("if_revision");
    }
    items.sort_by_key(key);
    items.into()
}

fn key(item: &Json) -> String {
    let numbers = [
        "office_number",
        "office",
        "insurer_number",
        "insured_number",
    ];
    let places = [item, &item["client"]];
    let found = places
        .iter()
        .flat_map(|place| numbers.map(|name| place[name].as_str()));
    found.flatten().collect::<Vec<_>>().join("-")
}
