// SPDX-License-Identifier: GPL-2.0-only

//! What is kept for each socket: how often it has asked.

use crate::genltest::MineRequest;
use genl::{Sent, SocketState};
use kernel::prelude::*;
use kernel::sync::atomic::{Atomic, Relaxed};

/// Sockets that something is kept for.
static SOCKETS: Atomic<u32> = Atomic::new(0);

/// One of [`SOCKETS`].
struct Counted;

impl Counted {
    fn new() -> Self {
        SOCKETS.fetch_add(1, Relaxed);
        Self
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        SOCKETS.fetch_sub(1, Relaxed);
    }
}

/// What is kept for a socket.
pub struct Mine {
    calls: Atomic<u32>,
    _counted: Counted,
}

impl SocketState for Mine {
    fn init() -> impl PinInit<Self, Error> {
        Ok(Self {
            calls: Atomic::new(0),
            _counted: Counted::new(),
        })
    }
}

/// Counts, and tells what is kept.
pub(crate) fn mine(mine: &Mine, req: &MineRequest<'_>) -> Result<Sent> {
    let calls = mine.calls.fetch_add(1, Relaxed).wrapping_add(1);
    req.reply(|reply| {
        reply.calls(calls).sockets(SOCKETS.load(Relaxed));
        Ok(())
    })
}
