// SPDX-License-Identifier: MIT OR Apache-2.0
//! The family `taskdiag` in few lines: its tasks, its events, its watches.
//!
//! What is asked and told is of the types in [`generated::taskdiag`](crate::generated::taskdiag);
//! here is what one would write around them each time.
//!
//! ```no_run
//! use genlkit::generated::taskdiag::Group;
//! use genlkit::taskdiag::Taskdiag;
//!
//! let mut taskdiag = Taskdiag::open()?;
//! let mut tasks = taskdiag.tasks(Group::BASE | Group::MM)?;
//! while let Some(task) = tasks.next()? {
//!     let rss = task.mm.and_then(|mm| mm.rss);
//!     println!("{:?} {:?} {rss:?}", task.pid, task.comm);
//! }
//! # Ok::<(), genlkit::Error>(())
//! ```

mod happening;
mod rates;
mod tree;
mod watch;

pub use happening::{Happening, Happenings};
pub use rates::{Rate, Rates};
pub use tree::{Branch, Lines, tree};
pub use watch::Make;

use crate::client::{Client, Dump, OnInterrupt};
use crate::error::Error;
use crate::generated::taskdiag::{Group, Task, TaskGetDump, TaskGetRequest};
use crate::transport::Transport;
#[cfg(feature = "neli")]
use crate::transport::{Options, Socket};

/// A client of the family.
#[cfg(feature = "neli")]
#[derive(Debug)]
pub struct Taskdiag<T: Transport = Socket> {
    client: Client<T>,
}

/// A client of the family.
#[cfg(not(feature = "neli"))]
#[derive(Debug)]
pub struct Taskdiag<T: Transport> {
    client: Client<T>,
}

/// How many bytes of events wait for their reader, where it may have so many.
#[cfg(feature = "neli")]
const QUEUE: u32 = 8 << 20;

#[cfg(feature = "neli")]
impl Taskdiag {
    /// Opens a socket, with room for many events.
    ///
    /// # Errors
    /// [`ErrorKind::Socket`](crate::ErrorKind::Socket) where the system refuses.
    pub fn open() -> Result<Self, Error> {
        Client::open_with(&Options::new().queue_size(QUEUE)).map(Self::with)
    }
}

impl<T: Transport> Taskdiag<T> {
    /// Speaks by a client.
    pub fn with(client: Client<T>) -> Self {
        Self { client }
    }

    /// The client, for requests that have no method here.
    pub fn client(&mut self) -> &mut Client<T> {
        &mut self.client
    }

    /// All processes that the caller may see, with these groups of attributes.
    ///
    /// A dump is no snapshot: what comes or goes meanwhile is no error.
    ///
    /// # Errors
    /// As [`Client::dump`].
    pub fn tasks(&mut self, groups: Group) -> Result<Dump<'_, TaskGetDump<'_>, T>, Error> {
        self.matching(&TaskGetDump::new().groups(groups))
    }

    /// The tasks that a request asks for: threads too, or those that match a filter.
    ///
    /// ```no_run
    /// use genlkit::generated::taskdiag::{FilterNest, Group, TaskGetDump};
    /// use genlkit::taskdiag::Taskdiag;
    ///
    /// let request = TaskGetDump::new()
    ///     .groups(Group::BASE)
    ///     .filter(FilterNest::new().uid(1000));
    /// let mut taskdiag = Taskdiag::open()?;
    /// let mut tasks = taskdiag.matching(&request)?;
    /// # while tasks.next()?.is_some() {}
    /// # Ok::<(), genlkit::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Client::dump`].
    pub fn matching<'c, 'a>(
        &'c mut self,
        request: &TaskGetDump<'a>,
    ) -> Result<Dump<'c, TaskGetDump<'a>, T>, Error> {
        Ok(self.client.dump(request)?.on_interrupt(OnInterrupt::Ignore))
    }

    /// One task.
    ///
    /// # Errors
    /// [`ErrorKind::Refused`](crate::ErrorKind::Refused) with `ESRCH` where the caller sees no such
    /// task; as [`Client::call`].
    pub fn task(&mut self, pid: u32, groups: Group) -> Result<Task<'_>, Error> {
        self.client
            .call(&TaskGetRequest::new().pid(pid).groups(groups))
    }
}
