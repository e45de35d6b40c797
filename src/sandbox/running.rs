//! Starting a sandbox, and what its owner can do with it.

use std::collections::BTreeMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use serde_json::Value;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

use super::actuals::Actual;
use super::collection::Collection;
use super::line::{Lines, Switch};
use super::log::Recorded;
use super::mischief::Mischief;
use super::options::Options;
use super::play::{Play, Played};
use super::routes::router;
use super::service::{ControlError, Service};
use super::shelf::Held;

/// Starts a sandbox on 127.0.0.1. It answers as soon as this returns.
pub fn start(options: Options) -> io::Result<Running> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let service = Arc::new(Service::new(options)?);
    // One thread answers call after call: what comes first is done first.
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let (stop, stopped) = oneshot::channel();
    let served = Arc::clone(&service);
    let thread = thread::Builder::new()
        .name("sandbox".to_owned())
        .spawn(move || serve(&runtime, listener, served, stopped))?;
    Ok(Running {
        address,
        service,
        stop: Some(stop),
        thread: Some(thread),
    })
}

/// Serves until told to stop. The runtime ends with it, and with that every call that hangs.
fn serve(
    runtime: &Runtime,
    listener: TcpListener,
    service: Arc<Service>,
    stopped: oneshot::Receiver<()>,
) -> io::Result<()> {
    runtime.block_on(async {
        let lines = Lines(tokio::net::TcpListener::from_std(listener)?);
        let app = router(service).into_make_service_with_connect_info::<Switch>();
        tokio::select! {
            ended = async { axum::serve(lines, app).await } => ended,
            // An error means that the owner is gone, which is as good as being told.
            _ = stopped => Ok(()),
        }
    })
}

/// A sandbox at work; it stops when this is dropped.
#[derive(Debug)]
pub struct Running {
    address: SocketAddr,
    service: Arc<Service>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<io::Result<()>>>,
}

impl Running {
    /// Where it listens: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Lets helpers and the manager do a month's work; replaces what was recorded before.
    pub fn play(&self, month: &str, play: Play) -> Result<Played, ControlError> {
        Ok(self.service.play(month.parse()?, play)?)
    }

    /// Replaces what was recorded in a month; ids are given in this order.
    pub fn set_actuals(&self, month: &str, actuals: Vec<Actual>) -> Result<(), ControlError> {
        Ok(self.service.set_actuals(month.parse()?, actuals)?)
    }

    /// The calls under `/v1/` so far, in the order of arrival.
    pub fn requests(&self) -> Vec<Recorded> {
        self.service.log.calls()
    }

    /// All items of a collection, in the order of their keys.
    pub fn held(&self, collection: Collection) -> Vec<Held> {
        self.service.held(collection)
    }

    /// Changes an item as somebody at Care-wing would; returns its new revision.
    ///
    /// `pointer` is a JSON pointer to a place that exists, or to a new member of an object.
    pub fn edit(
        &self,
        collection: Collection,
        key: &str,
        pointer: &str,
        value: Value,
    ) -> Result<String, ControlError> {
        self.service.edit(collection, key, pointer, value)
    }

    /// Takes an item away as somebody at Care-wing would.
    pub fn remove(&self, collection: Collection, key: &str) -> Result<(), ControlError> {
        self.service.remove(collection, key)
    }

    /// Replaces what goes wrong; the faults count calls from here on.
    pub fn set_mischief(&self, mischief: Mischief) {
        self.service.schedule.replace(mischief);
    }

    /// How often each item was created or changed by a batch; sending it again unchanged does not
    /// count.
    pub fn registrations(&self) -> BTreeMap<(Collection, String), u32> {
        let state = self.service.state();
        let mut counts = BTreeMap::new();
        for collection in state.collections() {
            let entries = &state.shelf(collection).entries;
            let count = entries
                .iter()
                .map(|(key, e)| ((collection, key.clone()), e.registered));
            counts.extend(count);
        }
        counts
    }

    /// Blocks until the service ends by itself, which it does only by failing.
    pub fn wait(mut self) -> io::Result<()> {
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(ended)) => ended,
            Some(Err(_)) => Err(io::Error::other("the sandbox's thread panicked")),
            None => Ok(()),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // It may have ended by itself.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
