// SPDX-License-Identifier: GPL-2.0-only

//! Results on their way to the core.

use kernel::prelude::*;

/// What the core gets for a handler's result.
///
/// Success is 0: a handler cannot return a positive number. Two groups of errnos must not leave a
/// handler as they are. `EINTR` tells the core that a dump has begun, and the sender would wait
/// for an ACK that never comes. Numbers above 511 are the kernel's own and mean nothing to user
/// space. Both become `EAGAIN`.
#[inline(always)]
pub(crate) fn errno(result: Result) -> c_int {
    match result {
        Ok(()) => 0,
        Err(error) => public(error),
    }
}

#[cold]
fn public(error: Error) -> c_int {
    let errno = error.to_errno();
    if errno == EINTR.to_errno() || errno < -511 {
        EAGAIN.to_errno()
    } else {
        errno
    }
}
