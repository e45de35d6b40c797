//! 接続設定: the key is tried, kept on this machine, and the folder is bound to it.

use crate::error::Error;
use crate::service::{ApiKey, LinkInfo, ServiceError};

use super::office::Office;

/// Connects an office folder. A folder that is bound to another machine is refused.
pub fn connect(office: &Office, key: &ApiKey) -> Result<LinkInfo, Error> {
    if office.keys().is_within(office.folder.root()) {
        return Err(Error::Usage(
            "APIキーの置き場所が事業所フォルダーの中です。RAKUWING_HOME を外に変えてください"
                .to_owned(),
        ));
    }
    let device = office.keys().device()?;
    if office
        .ledger
        .bound_to()?
        .is_some_and(|bound| bound != device.digest())
    {
        return Err(ServiceError::DeviceRefused.into());
    }
    let (_, link) = office.reach(key.clone(), device.clone())?;
    office.keys().store(&office.folder.id()?, key)?;
    office
        .ledger
        .bind(&device.digest(), &office.now().to_rfc3339())?;
    Ok(link)
}
