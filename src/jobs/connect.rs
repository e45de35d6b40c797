//! 接続設定: the key is tried, kept on this machine, and the folder is bound to it.

use crate::error::Error;
use crate::service::{ApiKey, LinkInfo, ServiceError};

use super::office::Office;

/// Which machine may connect an office folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Machine {
    /// The one that the folder is bound to, or any where it is bound to none.
    Bound,
    /// This one, which takes the place of the other. Whether it may, the service decides: to
    /// it there is one parent machine.
    New,
}

/// Connects an office folder and binds it to this machine.
pub fn connect(office: &Office, key: &ApiKey, machine: Machine) -> Result<LinkInfo, Error> {
    if office.keys().is_within(office.folder.root()) {
        return Err(Error::Usage(
            "APIキーの置き場所が事業所フォルダーの中です。RAKUWING_HOME を外に変えてください"
                .to_owned(),
        ));
    }
    let device = office.keys().device()?;
    let bound = office.ledger.bound_to()?;
    let elsewhere = bound.is_some_and(|bound| bound != device.digest());
    if elsewhere && machine == Machine::Bound {
        return Err(ServiceError::DeviceRefused.into());
    }
    let (_, link) = office.reach(key.clone(), device.clone())?;
    office.keys().store(&office.folder.id()?, key)?;
    office
        .ledger
        .bind(&device.digest(), &office.now().to_rfc3339())?;
    Ok(link)
}
