// SPDX-License-Identifier: MIT OR Apache-2.0
//! Waiting for what comes unasked: in which order messages, losses and changes are told.

use super::connection::{Connection, asks_clock, is_past};
use super::receive::Received;
use super::subscription::Change;
use crate::error::{Error, ErrorKind};
use crate::transport::Transport;
use std::io;
use std::time::Instant;

/// What came without being asked for.
#[derive(Debug)]
pub(crate) enum Unasked<M> {
    Message(M),
    /// So many datagrams were lost; 0 where it is not known how many.
    Overrun {
        drops: u32,
    },
    Change(Change),
    /// What is queued is of after the loss.
    Resync,
}

impl<T: Transport> Connection<T> {
    /// What comes next unasked, where `family` is listened to; none past the deadline.
    ///
    /// A loss is told as soon as it is known. Then comes what `look` finds in the buffer; what keeps a
    /// group from being joined again; what happened to the family and no message tells; what was kept
    /// while something else was waited for; and only then is more received. When that is all that there
    /// was of before the loss, it is told where to read anew.
    pub(crate) async fn next_unasked<M>(
        &mut self,
        family: &str,
        deadline: Option<Instant>,
        mut look: impl FnMut(&mut Self) -> Result<Option<Unasked<M>>, Error>,
    ) -> Result<Option<Unasked<M>>, Error> {
        let (mut waited, mut futile) = (false, 0);
        loop {
            if let Some(drops) = self.overrun.take() {
                return Ok(Some(Unasked::Overrun { drops }));
            }
            if let Some(found) = look(self)? {
                return Ok(Some(found));
            }
            if let Some(failure) = self.subscriptions.take_failure(family) {
                return Err(failure);
            }
            if let Some(change) = self.subscriptions.take_change(family) {
                return Ok(Some(Unasked::Change(change)));
            }
            if self.receiver.restore_events() {
                continue;
            }
            if asks_clock(futile, waited) && is_past(deadline) {
                return Ok(None);
            }
            let received = self.receive();
            match received.map_err(|error| Error::socket(family, "receive events", &error))? {
                Received::Datagram | Received::Stranger => futile += 1,
                Received::Overrun => {}
                Received::Truncated { .. } => self.note_overrun(1),
                // After a loss, when what the kernel kept is read: it may have been what the
                // controller told.
                Received::Nothing if self.subscriptions.is_suspect() => {
                    match self.settle_suspicion(deadline).await {
                        Err(error) if error.kind() == ErrorKind::TimedOut && is_past(deadline) => {
                            return Ok(None);
                        }
                        settled => settled?,
                    }
                }
                // The kernel queues nothing more between the first loss and the moment when the queue
                // is empty, but counts.
                Received::Nothing if self.out_of_step => {
                    let more = self.new_drops();
                    self.note_overrun(more);
                    if more == 0 {
                        self.out_of_step = false;
                        return Ok(Some(Unasked::Resync));
                    }
                }
                Received::Nothing => {
                    (waited, futile) = (true, 0);
                    match self.wait(deadline).await {
                        Ok(()) => {}
                        Err(error) if error.kind() == io::ErrorKind::TimedOut => return Ok(None),
                        Err(error) => {
                            return Err(Error::socket(family, "wait for events", &error));
                        }
                    }
                }
            }
        }
    }
}
