// SPDX-License-Identifier: MIT OR Apache-2.0
//! Many requests in one send, each with an answer of its own.

use super::call::What;
use super::connection::{Awaited, Connection};
use super::drive;
use super::family::may_have_moved;
use crate::error::Error;
use crate::request::Do;
use crate::transport::Transport;
use crate::wire::ExtAck;
use std::fmt;
use std::iter::Fuse;
use std::ops::Range;

/// How many requests go out at once.
///
/// Their answers have to fit into the socket's queue of received datagrams, or they are lost: with
/// the system's default size of it, 208 KiB, there is room for 40 or so that the kernel allocates
/// a page for.
const WINDOW: usize = 32;

/// How many bytes of requests go out at once, but for one request that is longer.
const WINDOW_BYTES: usize = 32 << 10;

/// A batch: an answer for each request, in their order, each borrowing the receive buffer until
/// the next.
///
/// Requests are taken and sent [`Batch::window`] at a time, when the answers to those before were
/// read: nothing is sent before the first [`Batch::next`], nor what was not asked for when the
/// batch is dropped. A request that fails has an error for its answer, and those after it their
/// own.
///
/// ```no_run
/// use genlkit::client::Client;
/// use genlkit::generated::taskdiag::TaskGetRequest;
///
/// let mut client = Client::open()?;
/// let mut tasks = client.batch((1..100).map(|pid| TaskGetRequest::new().pid(pid)));
/// while let Some(task) = tasks.next() {
///     match task {
///         Ok(task) => println!("{task}"),
///         Err(error) => eprintln!("{error}"),
///     }
/// }
/// # Ok::<(), genlkit::Error>(())
/// ```
pub struct Batch<'c, I: Iterator, T: Transport> {
    connection: &'c mut Connection<T>,
    state: State<I>,
}

/// The requests of a batch, and how far it is.
pub(super) struct State<I: Iterator> {
    requests: Fuse<I>,
    /// The next of them, kept here where finding the family is cancelled.
    taken: Option<I::Item>,
    window: usize,
    /// The type of the family's messages.
    id: u16,
    /// The requests that were written and have no answer yet; none where `first` is beyond `last`.
    awaited: Awaited,
    /// Whether they were sent.
    sent: bool,
    /// How many of them were refused because nobody has the family's number.
    absent: u32,
    /// What keeps the request after them from being written.
    unwritten: Option<Error>,
}

impl<I: Iterator> fmt::Debug for State<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State")
            .field("window", &self.window)
            .field("awaited", &self.awaited)
            .finish_non_exhaustive()
    }
}

impl<I: Iterator, T: Transport> fmt::Debug for Batch<'_, I, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Batch").field(&self.state).finish()
    }
}

impl<I: Iterator> State<I> {
    pub(super) fn new(requests: I) -> Self {
        Self {
            requests: requests.fuse(),
            taken: None,
            window: WINDOW,
            id: 0,
            awaited: Awaited::new(1, 0),
            sent: false,
            absent: 0,
            unwritten: None,
        }
    }

    pub(super) fn set_window(&mut self, requests: usize) {
        self.window = requests.max(1);
    }
}

impl<'c, R: Do, I: Iterator<Item = R>, T: Transport> Batch<'c, I, T> {
    pub(super) fn new(connection: &'c mut Connection<T>, requests: I) -> Self {
        let state = State::new(requests);
        Self { connection, state }
    }

    /// Sets how many requests go out at once, 32 where it is not set.
    ///
    /// Fewer are needed where replies are long, because the answers to all have to fit into the
    /// socket's queue; where it is enlarged, there can be more.
    pub fn window(mut self, requests: usize) -> Self {
        self.state.set_window(requests);
        self
    }

    /// The answer to the next request; none after the last.
    ///
    /// # Errors
    /// As [`Client::call`](super::Client::call), about this request; the next can be asked for.
    #[expect(
        clippy::should_implement_trait,
        reason = "replies borrow what the next overwrites"
    )]
    #[inline]
    pub fn next(&mut self) -> Option<Result<R::Reply<'_>, Error>> {
        let found = match self.connection.batch_now(&mut self.state) {
            Some(found) => found.map(Some),
            None => drive(self.connection.batch_next(&mut self.state))?,
        };
        Some(self.connection.reply::<R>(found))
    }
}

impl<T: Transport> Connection<T> {
    /// Finds where the reply to the next request of a batch is, where it was sent and is what comes
    /// first: which it nearly always is.
    #[inline]
    pub(super) fn batch_now<R: Do, I: Iterator<Item = R>>(
        &mut self,
        batch: &mut State<I>,
    ) -> Option<Result<Range<usize>, Error>> {
        let is_open = batch.sent && batch.awaited.first <= batch.awaited.last;
        if !is_open || !R::HAS_REPLY || batch.absent > 0 {
            return None;
        }
        let reply = self
            .reply_now(R::OP, &mut batch.awaited, batch.id)
            .transpose()?;
        batch.awaited.first += 1;
        Some(reply)
    }

    /// Finds where the reply to the next request of a batch is; none for an ACK.
    pub(super) async fn batch_next<R: Do, I: Iterator<Item = R>>(
        &mut self,
        batch: &mut State<I>,
    ) -> Option<Result<Option<Range<usize>>, Error>> {
        if batch.awaited.first > batch.awaited.last {
            if let Some(error) = batch.unwritten.take() {
                return Some(Err(error));
            }
            if let Err(error) = self.batch_write(batch).await? {
                return Some(Err(error));
            }
        }
        let answer = self.batch_answer(batch).await;
        batch.awaited.first += 1;
        Some(answer)
    }

    /// Writes the next requests of a batch; none where there are none left.
    async fn batch_write<R: Do, I: Iterator<Item = R>>(
        &mut self,
        batch: &mut State<I>,
    ) -> Option<Result<(), Error>> {
        if batch.taken.is_none() {
            batch.taken = Some(batch.requests.next()?);
        }
        let id = self.type_of(R::OP).await;
        let first = batch.taken.take()?;
        batch.id = match id {
            Ok(id) => id,
            Err(error) => return Some(Err(error)),
        };
        self.outgoing.clear();
        let first = match self.outgoing.push(&first, batch.id, 0) {
            Ok(seq) => seq,
            Err(error) => return Some(Err(error)),
        };
        let mut last = first;
        for _ in 1..batch.window {
            if self.outgoing.bytes().len() >= WINDOW_BYTES {
                break;
            }
            let Some(request) = batch.requests.next() else {
                break;
            };
            match self.outgoing.push(&request, batch.id, 0) {
                Ok(seq) => last = seq,
                Err(error) => {
                    batch.unwritten = Some(error);
                    break;
                }
            }
        }
        batch.awaited = Awaited::new(first, last);
        batch.sent = false;
        Some(Ok(()))
    }

    /// Waits for what answers the first awaited request of a batch.
    async fn batch_answer<R: Do, I: Iterator<Item = R>>(
        &mut self,
        batch: &mut State<I>,
    ) -> Result<Option<Range<usize>>, Error> {
        let op = R::OP;
        if let Some(rest) = batch.absent.checked_sub(1) {
            batch.absent = rest;
            return Err(Error::refused(op, libc::ENOENT, &ExtAck::default(), &[]));
        }
        loop {
            if !batch.sent {
                self.send(op)?;
                batch.sent = true;
            }
            let found = self.answer_of(op, &mut batch.awaited).await?;
            if found.header.seq != batch.awaited.first {
                // The kernel answers in order, so that this one's turn is over.
                self.receiver.unread(&found.range);
                return Err(match batch.awaited.lossy() {
                    true => Error::overrun(op),
                    false => Error::unexpected(op, "no answer came, but one to a later request"),
                });
            }
            match self.what::<R>(&found, batch.id) {
                Ok(What::Reply) => return Ok(Some(found.range)),
                Ok(What::Ack) => return Ok(None),
                Ok(What::Echo) => self.keep_echo(found.range),
                Ok(What::Other) => {}
                Err(refusal) => self.batch_moved::<R, I>(batch, refusal).await?,
            }
        }
    }

    /// After a refusal: has what is awaited sent once more, where the family has a new number.
    ///
    /// That is so only where all that was sent is refused like this, and so had no effect.
    async fn batch_moved<R: Do, I: Iterator<Item = R>>(
        &mut self,
        batch: &mut State<I>,
        refusal: Error,
    ) -> Result<(), Error> {
        if !may_have_moved(batch.id, &refusal) {
            return Err(refusal);
        }
        let awaited = batch.awaited.last - batch.awaited.first + 1;
        let absent = self.batch_absent::<R, I>(batch).await;
        batch.absent = absent - 1;
        if absent < awaited {
            return Err(refusal);
        }
        let aside = self.outgoing.put_aside();
        let moved = self
            .moved_family(R::OP.family.name, batch.id, &refusal)
            .await?;
        let Some(id) = moved else {
            return Err(refusal);
        };
        let (first, last) = self.outgoing.again(aside, batch.awaited.first, id);
        batch.awaited = Awaited::new(first, last);
        (batch.id, batch.sent, batch.absent) = (id, false, 0);
        Ok(())
    }

    /// Reads answers for as long as they say that nobody has the family's number; how many do, the
    /// one that was read already included.
    async fn batch_absent<R: Do, I: Iterator<Item = R>>(&mut self, batch: &mut State<I>) -> u32 {
        let mut absent = 1;
        while batch.awaited.first + absent <= batch.awaited.last {
            // What fails here fails again where it is waited for.
            let Ok(found) = self.answer_of(R::OP, &mut batch.awaited).await else {
                break;
            };
            let next = found.header.seq == batch.awaited.first + absent;
            match self.what::<R>(&found, batch.id) {
                Err(refusal) if next && may_have_moved(batch.id, &refusal) => absent += 1,
                _ => {
                    self.receiver.unread(&found.range);
                    break;
                }
            }
        }
        absent
    }
}
