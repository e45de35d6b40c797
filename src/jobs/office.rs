//! An office at work: its folder, locked, with everything that is needed to run a step.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::check::Scope;
use crate::clock::Clock;
use crate::error::{Error, Refusal};
use crate::ledger::{self, Ledger};
use crate::model::{CivilDate, YearMonth};
use crate::progress::{self, Progress};
use crate::service::{
    Address, CareWing, DeviceId, KeyStore, LinkInfo, Origin, RetryPolicy, ServiceError,
};
use crate::settings::{self, Settings};
use crate::steps::{self, Steps};
use crate::stop::Stop;
use crate::table::Tables;

use super::claim::{Claim, claim};
use super::corrections::Memory;
use super::folder::Folder;
use super::locks::Locks;

/// An opened office folder. Whoever has opened it to work is the only one who works there;
/// whoever looks has a ledger that cannot be written.
#[derive(Debug)]
pub struct Office {
    /// Its paths.
    pub folder: Folder,
    /// Its settings.
    pub settings: Settings,
    /// Its mapping tables.
    pub tables: Tables,
    /// Its memory.
    pub ledger: Ledger,
    /// The clock that `main` handed in.
    pub clock: Arc<dyn Clock>,
    /// Whether this run is to stop.
    pub stop: Stop,
    /// How this run treats locked months.
    pub locks: Locks,
    /// Whoever wants to know how far long work has come; nobody, until somebody sits down.
    pub progress: Arc<dyn Progress>,
    /// Whoever stands between the steps of a registration.
    pub steps: Arc<dyn Steps>,
    keys: KeyStore,
    _claim: Option<Claim>,
}

impl Office {
    /// Opens a folder for a command that works there, or is refused at once where another
    /// process does.
    pub fn open(
        folder: Folder,
        keys: KeyStore,
        clock: Arc<dyn Clock>,
        command: &str,
    ) -> Result<Self, Error> {
        let settings = settings::load(folder.root())?;
        folder.make()?;
        let claim = claim(&folder, command, clock.now())?;
        let ledger = Ledger::open_as_left(&folder.ledger(), clock.now())?;
        Self::with(folder, settings, ledger, Some(claim), keys, clock)
    }

    /// Opens a folder whose ledger is gone or damaged with a new one; gives where the old one
    /// is now, if something was left of it. A ledger that can be used is not given up.
    pub fn open_anew(
        folder: Folder,
        keys: KeyStore,
        clock: Arc<dyn Clock>,
        command: &str,
    ) -> Result<(Self, Option<PathBuf>), Error> {
        let settings = settings::load(folder.root())?;
        folder.make()?;
        let claim = claim(&folder, command, clock.now())?;
        let aside = match Ledger::open_checked(&folder.ledger(), clock.now()) {
            Ok(_) => return Err(Refusal::LedgerUsable.into()),
            Err(error) if error.is_beyond_use() => {
                let stamp = clock.now().format("%Y%m%d-%H%M%S").to_string();
                ledger::put_aside(&folder.ledger(), &stamp)?
            }
            Err(error) => return Err(error.into()),
        };
        let ledger = Ledger::open_as_left(&folder.ledger(), clock.now())?;
        let office = Self::with(folder, settings, ledger, Some(claim), keys, clock)?;
        Ok((office, aside))
    }

    /// Opens a folder to look, whoever works there.
    pub fn look(folder: Folder, keys: KeyStore, clock: Arc<dyn Clock>) -> Result<Self, Error> {
        let settings = settings::load(folder.root())?;
        folder.make()?;
        let ledger = Ledger::look_as_left(&folder.ledger(), clock.now())?;
        Self::with(folder, settings, ledger, None, keys, clock)
    }

    fn with(
        folder: Folder,
        settings: Settings,
        ledger: Ledger,
        claim: Option<Claim>,
        keys: KeyStore,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        let tables = Tables::load(Some(&folder.mappings()))?;
        Ok(Self {
            folder,
            settings,
            tables,
            ledger,
            clock,
            stop: Stop::default(),
            locks: Locks::Respected,
            progress: Arc::new(progress::Unwatched),
            steps: Arc::new(steps::Unwatched),
            keys,
            _claim: claim,
        })
    }

    /// The machine's id and where keys are kept.
    pub fn keys(&self) -> &KeyStore {
        &self.keys
    }

    /// The name for the heads of reports.
    pub fn name(&self) -> String {
        if self.settings.name.is_empty() {
            self.settings.offices[0].to_string()
        } else {
            self.settings.name.clone()
        }
    }

    /// What a run of one month is about: that month of this folder's offices.
    pub fn scope(&self, month: YearMonth) -> Scope {
        Scope {
            offices: self.settings.offices.iter().copied().collect(),
            month: Some(month),
        }
    }

    /// Where what was read, corrected and sent earlier is remembered.
    pub fn memory(&self) -> Memory<'_> {
        Memory::of(self.folder.archive(), &self.ledger, self.today().ok())
    }

    /// The time for the ledger and for file names.
    pub fn now(&self) -> chrono::DateTime<chrono::FixedOffset> {
        self.clock.now()
    }

    /// The day, for what somebody has said on it.
    pub fn today(&self) -> Result<CivilDate, Error> {
        use chrono::Datelike as _;
        let now = self.now();
        CivilDate::new(now.year(), now.month(), now.day())
            .ok_or_else(|| Error::Usage("パソコンの日付が正しくありません".to_owned()))
    }

    /// Care-wing with this folder's key, and what it says of the key. Refused where the
    /// folder is bound to another machine, or the key is another office's.
    pub fn care_wing(&self) -> Result<(CareWing, LinkInfo), Error> {
        let device = self.keys.device()?;
        let bound = self.ledger.bound_to()?.ok_or_else(|| {
            Error::NotConnected(
                "まだ接続設定をしていません。`rakuwing connect` を実行してください".to_owned(),
            )
        })?;
        if bound != device.digest() {
            return Err(ServiceError::DeviceRefused.into());
        }
        let key = self.keys.load(&self.folder.id()?)?.ok_or_else(|| {
            Error::NotConnected(
                "このパソコンにAPIキーがありません。`rakuwing connect` を実行してください"
                    .to_owned(),
            )
        })?;
        self.reach(key, device)
    }

    /// Care-wing with a given key.
    pub fn reach(
        &self,
        key: crate::service::ApiKey,
        device: DeviceId,
    ) -> Result<(CareWing, LinkInfo), Error> {
        let address = Address::parse(&self.settings.address).map_err(ServiceError::from)?;
        if self.clock.is_given() && !address.is_here() {
            return Err(Refusal::GivenClock.into());
        }
        let policy = RetryPolicy {
            attempts: self.settings.attempts,
            retries: self.settings.retries,
            waiting: Duration::from_secs(self.settings.waiting.into()),
            silence: self.settings.silence,
            answer: self.settings.answer,
            ..RetryPolicy::default()
        };
        let contract = self.tables.contract.clone();
        let service = CareWing::new(
            address,
            key,
            device,
            contract,
            policy,
            Arc::clone(&self.clock),
        )?
        .heeding(self.stop.clone())
        .watched_by(Arc::clone(&self.progress));
        let link = service.link()?;
        service.pace(slower(
            link.requests_per_second,
            self.settings.requests_per_second,
        ));
        let foreign = self
            .settings
            .offices
            .iter()
            .find(|own| !link.offices.contains(own));
        match foreign {
            Some(office) => Err(Refusal::OtherOffice(office.to_string()).into()),
            None => Ok((service, link)),
        }
    }
}

/// What the service allows, or less where the office wants less.
fn slower(allowed: Option<u32>, wanted: Option<u32>) -> Option<u32> {
    allowed.into_iter().chain(wanted).min()
}

/// Basic data of another origin: nothing may be sent.
pub fn refuse_foreign(link: &LinkInfo) -> Result<(), Refusal> {
    match link.origin {
        Origin::Other => Err(Refusal::ForeignBasicData),
        Origin::None | Origin::Rakusuke => Ok(()),
    }
}
