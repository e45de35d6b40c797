//! `.xlsx`, written in many ways, and read by the letter of ECMA-376 part 1.

mod read;
mod written;

pub(super) use read::read;
pub(super) use written::parts;

/// The namespace of a workbook, which has two addresses.
const MAIN: [&str; 2] = [
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",
];
const REFERENCE: [&str; 2] = [
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "http://purl.oclc.org/ooxml/officeDocument/relationships",
];
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
