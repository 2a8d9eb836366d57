// SPDX-License-Identifier: MIT OR Apache-2.0
//! Watches: made, listed, deleted.

use super::Taskdiag;
use crate::client::Dump;
use crate::error::Error;
use crate::generated::taskdiag::{
    FAMILY, Watch, WatchDelRequest, WatchGetDump, WatchGetRequest, WatchMode, WatchNewRequest,
};
use crate::transport::Transport;

/// What making a watch does with one of the same name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Make {
    /// There must be none (`EEXIST`).
    #[default]
    New,
    /// It is replaced where there is one.
    Replace,
    /// There must be one (`ENOENT`), and its tasks are added to.
    Append,
}

impl Make {
    fn mode(self) -> WatchMode {
        match self {
            Self::New => WatchMode::CREATE | WatchMode::EXCL,
            Self::Replace => WatchMode::CREATE | WatchMode::REPLACE,
            Self::Append => WatchMode::APPEND,
        }
    }
}

impl<T: Transport> Taskdiag<T> {
    /// Makes a watch, which lives as long as this client unless it persists. What it fires is told
    /// by [`Taskdiag::happenings`].
    ///
    /// ```no_run
    /// use genlkit::generated::taskdiag::{WatchNewRequest, WatchOnFlags};
    /// use genlkit::taskdiag::{Happening, Make, Taskdiag};
    ///
    /// let mut taskdiag = Taskdiag::open()?;
    /// let watch = WatchNewRequest::new()
    ///     .name("build")
    ///     .pid(&[4242])
    ///     .on(WatchOnFlags::EXIT);
    /// taskdiag.watch(&watch, Make::New)?;
    /// if let Happening::Fired(fired) = taskdiag.happenings().next()? {
    ///     println!("{fired}");
    /// }
    /// # Ok::<(), genlkit::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Refused`](crate::ErrorKind::Refused): `EEXIST`, `ENOENT`, `ESRCH` without such
    /// a task, `ENOSPC` beyond the limits, `EPERM`; as [`Client::call`](crate::client::Client::call).
    pub fn watch(&mut self, request: &WatchNewRequest<'_>, make: Make) -> Result<(), Error> {
        self.client.call(&request.mode(make.mode()))
    }

    /// All watches of the network namespace.
    ///
    /// # Errors
    /// As [`Client::dump`](crate::client::Client::dump); that one came or went meanwhile is
    /// [`ErrorKind::DumpInterrupted`](crate::ErrorKind::DumpInterrupted).
    pub fn watches(&mut self) -> Result<Dump<'_, WatchGetDump<'static>, T>, Error> {
        self.client.dump(&WatchGetDump::new())
    }

    /// The watch of a name.
    ///
    /// # Errors
    /// `ENOENT` where there is none; as [`Client::call`](crate::client::Client::call).
    pub fn find_watch(&mut self, name: &str) -> Result<Watch<'_>, Error> {
        self.client.call(&WatchGetRequest::new().name(name))
    }

    /// Deletes the watch of a name.
    ///
    /// # Errors
    /// `ENOENT` where there is none, `EBUSY` where it is another socket's that still lives.
    pub fn delete_watch(&mut self, name: &str) -> Result<(), Error> {
        self.client.call(&WatchDelRequest::new().name(name))
    }

    /// Listens to what becomes of all watches of the network namespace, and to what those fire
    /// whose maker is gone, by the group `watch`.
    ///
    /// # Errors
    /// As [`Client::subscribe`](crate::client::Client::subscribe).
    pub fn listen_to_watches(&mut self) -> Result<(), Error> {
        self.client.subscribe(&FAMILY, "watch").map(drop)
    }
}
