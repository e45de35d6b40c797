//! `.xls` (BIFF8), written in many ways, and read by the letter of [MS-XLS].

mod read;
mod written;

pub(super) use read::read;
pub(super) use written::stream;

/// The types of records.
mod kind {
    pub(super) const FORMULA: u16 = 0x0006;
    pub(super) const EOF: u16 = 0x000A;
    pub(super) const DATE_1904: u16 = 0x0022;
    pub(super) const FILE_PASS: u16 = 0x002F;
    pub(super) const CONTINUE: u16 = 0x003C;
    pub(super) const BOUND_SHEET: u16 = 0x0085;
    pub(super) const MUL_RK: u16 = 0x00BD;
    pub(super) const MUL_BLANK: u16 = 0x00BE;
    pub(super) const R_STRING: u16 = 0x00D6;
    pub(super) const MERGE_CELLS: u16 = 0x00E5;
    pub(super) const SST: u16 = 0x00FC;
    pub(super) const LABEL_SST: u16 = 0x00FD;
    pub(super) const DIMENSIONS: u16 = 0x0200;
    pub(super) const BLANK: u16 = 0x0201;
    pub(super) const NUMBER: u16 = 0x0203;
    pub(super) const LABEL: u16 = 0x0204;
    pub(super) const BOOL_ERR: u16 = 0x0205;
    pub(super) const STRING: u16 = 0x0207;
    pub(super) const ROW: u16 = 0x0208;
    pub(super) const ARRAY: u16 = 0x0221;
    pub(super) const TABLE: u16 = 0x0236;
    pub(super) const RK: u16 = 0x027E;
    pub(super) const SHARED_FORMULA: u16 = 0x04BC;
    pub(super) const BOF: u16 = 0x0809;
}
