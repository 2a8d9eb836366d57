// SPDX-License-Identifier: MIT OR Apache-2.0
//! Many requests in one send, each with an answer of its own.

use super::call::What;
use super::connection::{Awaited, Connection};
use super::drive;
use super::family::may_have_moved;
use super::outgoing::Aside;
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
///
/// All of it is here or in the connection, so that every wait may be cancelled.
pub(super) struct State<I: Iterator> {
    requests: Fuse<I>,
    /// The next of them, kept here while the family is asked for.
    taken: Option<I::Item>,
    window: usize,
    /// The type of the family's messages.
    id: u16,
    /// The requests that were written and have no answer yet; none where `first` is beyond `last`.
    awaited: Awaited,
    progress: Progress,
    /// What keeps the request after them from being written.
    unwritten: Option<Error>,
}

/// How far the awaited requests of a batch are.
#[derive(Debug)]
enum Progress {
    /// They were not sent.
    Written,
    /// They were sent.
    Sent,
    /// So many of the first are refused as where nobody has the family's number. Where all are, none had
    /// an effect.
    Absent(u32),
    /// All are, and the family is asked for, to send them once more.
    Moving(Aside),
    /// So many of the first are refused like this for good; then what was read behind them failed.
    Refused(u32, Option<Error>),
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
            progress: Progress::Written,
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
        let is_sent = matches!(batch.progress, Progress::Sent);
        if !is_sent || batch.awaited.is_empty() || !R::HAS_REPLY {
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
        if batch.awaited.is_empty() {
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
        batch.progress = Progress::Written;
        Some(Ok(()))
    }

    /// Waits for what answers the first awaited request of a batch.
    async fn batch_answer<R: Do, I: Iterator<Item = R>>(
        &mut self,
        batch: &mut State<I>,
    ) -> Result<Option<Range<usize>>, Error> {
        let op = R::OP;
        loop {
            match &mut batch.progress {
                Progress::Written => {
                    // One that is told not to be sent is not sent with those behind it.
                    self.send(op).inspect_err(|_| self.outgoing.drop_first())?;
                    batch.progress = Progress::Sent;
                }
                Progress::Sent => {
                    let found = self.answer_of(op, &mut batch.awaited).await?;
                    if found.header.seq != batch.awaited.first {
                        // The kernel answers in order, so that this one's turn is over.
                        self.receiver.unread(&found.range);
                        return Err(match batch.awaited.lossy() {
                            true => Error::overrun(op),
                            false => {
                                Error::unexpected(op, "no answer came, but one to a later request")
                            }
                        });
                    }
                    match self.what::<R>(&found, batch.id) {
                        Ok(What::Reply) => return Ok(Some(found.range)),
                        Ok(What::Ack) => return Ok(None),
                        Ok(What::Echo) => self.keep_echo(found.range),
                        Ok(What::Other) => {}
                        Err(refusal) if may_have_moved(batch.id, &refusal) => {
                            batch.progress = Progress::Absent(1);
                        }
                        Err(refusal) => return Err(refusal),
                    }
                }
                Progress::Absent(count) if *count == batch.awaited.len() => {
                    batch.progress = Progress::Moving(self.outgoing.put_aside());
                }
                Progress::Absent(_) => self.batch_absent::<R, I>(batch).await,
                Progress::Moving(_) => self.batch_moving::<R, I>(batch).await?,
                Progress::Refused(0, failed) => {
                    let failed = failed.take();
                    batch.progress = Progress::Sent;
                    failed.map_or(Ok(()), Err)?;
                }
                Progress::Refused(left, _) => {
                    *left -= 1;
                    return Err(Error::refused(op, libc::ENOENT, &ExtAck::default(), &[]));
                }
            }
        }
    }

    /// Reads one answer more where those before said that nobody has the family's number.
    async fn batch_absent<R: Do, I: Iterator<Item = R>>(&mut self, batch: &mut State<I>) {
        let found = self.answer_of(R::OP, &mut batch.awaited).await;
        let Progress::Absent(count) = &mut batch.progress else {
            return;
        };
        batch.progress = match found {
            Ok(found) => {
                let next = found.header.seq == batch.awaited.first + *count;
                match self.what::<R>(&found, batch.id) {
                    Err(refusal) if next && may_have_moved(batch.id, &refusal) => {
                        Progress::Absent(*count + 1)
                    }
                    _ => {
                        self.receiver.unread(&found.range);
                        Progress::Refused(*count, None)
                    }
                }
            }
            Err(error) => Progress::Refused(*count, Some(error)),
        };
    }

    /// Has what is awaited sent once more, where the family has a new number.
    async fn batch_moving<R: Do, I: Iterator<Item = R>>(
        &mut self,
        batch: &mut State<I>,
    ) -> Result<(), Error> {
        let found = self.resolve(R::OP.family.name).await.map(|info| info.id);
        let refused = batch.awaited.len();
        match (found, &batch.progress) {
            (Ok(id), Progress::Moving(aside)) if id != batch.id => {
                let (first, last) = self.outgoing.again(aside, batch.awaited.first, id);
                batch.awaited = Awaited::new(first, last);
                (batch.id, batch.progress) = (id, Progress::Written);
                Ok(())
            }
            (Ok(_), _) => {
                batch.progress = Progress::Refused(refused, None);
                Ok(())
            }
            (Err(error), _) => {
                batch.progress = Progress::Refused(refused - 1, None);
                Err(error)
            }
        }
    }
}
