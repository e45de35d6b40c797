//! A workbook as a file: its properties, its default look, and whole or not at all.

use std::path::{Path, PathBuf};

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};

use super::look;
use crate::disk::{self, DiskError};
use crate::finding::WORKBOOK_AUTHOR;
use crate::model::YearMonth;

/// A workbook could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The file could not be made or put in its place.
    #[error(transparent)]
    Disk(#[from] DiskError),
    /// The workbook could not be built or streamed into the file.
    #[error("`{path}` をExcelファイルとして書けません: {source}")]
    Workbook {
        /// Where it was to stand.
        path: PathBuf,
        /// What the library says; it names sheets and limits, never a value.
        source: XlsxError,
    },
}

/// Builds a workbook with the closure and puts it in its place whole.
pub(super) fn write(
    path: &Path,
    title: &str,
    fill: impl FnOnce(&mut Workbook) -> Result<(), XlsxError>,
) -> Result<(), ReportError> {
    let failed = |source| ReportError::Workbook {
        path: path.to_owned(),
        source,
    };
    let mut workbook = begin(title).map_err(failed)?;
    fill(&mut workbook).map_err(failed)?;
    disk::write_with(path, |file| workbook.save_to_writer(file).map_err(failed))
}

/// Builds a workbook of a month with the closure, as bytes: the same contents are the same
/// bytes, whenever they are built. `path` is where it is to stand, for errors.
pub(super) fn of_month(
    path: &Path,
    title: &str,
    month: YearMonth,
    fill: impl FnOnce(&mut Workbook) -> Result<(), XlsxError>,
) -> Result<Vec<u8>, ReportError> {
    let build = || {
        let mut workbook = begin(title)?;
        // Else it bears the moment of its making.
        let year = u16::try_from(month.year()).unwrap_or(u16::MAX);
        let first = ExcelDateTime::from_ymd(year, u8::try_from(month.month()).unwrap_or(1), 1)?;
        workbook.set_properties(&properties(title).set_creation_datetime(&first));
        fill(&mut workbook)?;
        workbook.save_to_buffer()
    };
    build().map_err(|source| ReportError::Workbook {
        path: path.to_owned(),
        source,
    })
}

fn properties(title: &str) -> DocProperties {
    DocProperties::new()
        .set_title(title)
        .set_author(WORKBOOK_AUTHOR)
}

fn begin(title: &str) -> Result<Workbook, XlsxError> {
    let mut workbook = Workbook::new();
    workbook.set_properties(&properties(title));
    workbook.set_default_format(&look::base(), look::ROW_PIXELS, look::COLUMN_PIXELS)?;
    Ok(workbook)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workbook_that_fails_leaves_the_earlier_file_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("errors.xlsx");
        disk::write(&path, b"earlier").unwrap();
        let error = write(&path, "エラー一覧", |workbook| {
            let sheet = workbook.add_worksheet();
            sheet.set_name("a name of more than thirty-one letters")?;
            Ok(())
        })
        .unwrap_err();
        assert_eq!(disk::read(&path).unwrap(), b"earlier");
        assert!(error.to_string().contains(&format!("`{}`", path.display())));
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let error = write(
            Path::new("/nowhere/errors.xlsx"),
            "エラー一覧",
            |workbook| {
                workbook.add_worksheet();
                Ok(())
            },
        )
        .unwrap_err();
        assert!(error.to_string().contains("`/nowhere/errors.xlsx`"));
    }
}
