//! `.ods`, written in many ways, and read by the letter of `OpenDocument` 1.3 part 3.

mod read;
mod written;

pub(super) use read::read;
pub(super) use written::parts;

const OFFICE: &str = "urn:oasis:names:tc:opendocument:xmlns:office:1.0";
const TABLE: &str = "urn:oasis:names:tc:opendocument:xmlns:table:1.0";
const TEXT: &str = "urn:oasis:names:tc:opendocument:xmlns:text:1.0";
const CALC: &str = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0";
