//! A workbook as a file: its properties, its default look, and whole or not at all.

use std::path::{Path, PathBuf};

use rust_xlsxwriter::{DocProperties, Workbook, XlsxError};

use super::look;
use crate::disk::{self, DiskError};

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

fn begin(title: &str) -> Result<Workbook, XlsxError> {
    let mut workbook = Workbook::new();
    workbook.set_properties(&DocProperties::new().set_title(title).set_author("rakuwing"));
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
