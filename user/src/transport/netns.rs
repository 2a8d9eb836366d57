// SPDX-License-Identifier: MIT OR Apache-2.0
//! Network namespaces other than the caller's.

use nix::sched::{CloneFlags, setns};
use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

/// Where `ip netns` keeps the namespaces that have a name.
const NAMED: &str = "/run/netns";

/// A network namespace: by its name, the path of a file that stands for it, or such a file.
///
/// Going there needs `CAP_SYS_ADMIN`, over it and in the caller's user namespace.
#[derive(Clone, Debug)]
pub struct NetNs(Place);

#[derive(Clone, Debug)]
enum Place {
    Name(OsString),
    Path(PathBuf),
    Fd(Arc<OwnedFd>),
}

impl NetNs {
    /// The namespace that `ip netns add NAME` made.
    pub fn name(name: impl Into<OsString>) -> Self {
        Self(Place::Name(name.into()))
    }

    /// The namespace that a file stands for: `/proc/PID/ns/net`.
    pub fn path(path: impl Into<PathBuf>) -> Self {
        Self(Place::Path(path.into()))
    }

    /// The namespace that an open file stands for, or the one of a process (a pidfd).
    pub fn fd(fd: OwnedFd) -> Self {
        Self(Place::Fd(Arc::new(fd)))
    }

    /// Runs a function in the namespace, on a thread of its own: the caller's stays where it is.
    pub(super) fn run<T: Send>(
        &self,
        function: impl FnOnce() -> io::Result<T> + Send,
    ) -> io::Result<T> {
        let opened;
        let netns: BorrowedFd<'_> = match &self.0 {
            Place::Name(name) => {
                opened = open(&Path::new(NAMED).join(name))?;
                opened.as_fd()
            }
            Place::Path(path) => {
                opened = open(path)?;
                opened.as_fd()
            }
            Place::Fd(fd) => (**fd).as_fd(),
        };
        let there = || {
            setns(netns, CloneFlags::CLONE_NEWNET)
                .map_err(|errno| failed(errno.into(), "cannot enter the network namespace"))?;
            function()
        };
        thread::scope(|scope| {
            let thread = thread::Builder::new().spawn_scoped(scope, there)?;
            thread
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }
}

fn open(path: &Path) -> io::Result<File> {
    File::open(path).map_err(|error| failed(error, &format!("network namespace {path:?}")))
}

fn failed(error: io::Error, what: &str) -> io::Error {
    io::Error::new(error.kind(), format!("{what}: {error}"))
}
