// SPDX-License-Identifier: MIT OR Apache-2.0
//! What errnos are called, those that the kernel means to keep to itself among them.

use nix::errno::Errno;
use std::fmt;

/// Errnos of the kernel's own that handlers let out nevertheless, by number, name and meaning.
///
/// Source: `include/linux/errno.h`.
const INTERNAL: [(i32, &str, &str); 19] = [
    (512, "ERESTARTSYS", "interrupted by a signal"),
    (513, "ERESTARTNOINTR", "interrupted by a signal"),
    (514, "ERESTARTNOHAND", "interrupted by a signal"),
    (515, "ENOIOCTLCMD", "no such command"),
    (516, "ERESTART_RESTARTBLOCK", "interrupted by a signal"),
    (517, "EPROBE_DEFER", "a driver is not ready yet"),
    (518, "EOPENSTALE", "a stale handle was opened"),
    (519, "ENOPARAM", "the parameter is not supported"),
    (521, "EBADHANDLE", "illegal file handle"),
    (522, "ENOTSYNC", "out of step with an update"),
    (523, "EBADCOOKIE", "stale cookie"),
    (524, "ENOTSUPP", "operation is not supported"),
    (525, "ETOOSMALL", "buffer or request is too small"),
    (526, "ESERVERFAULT", "an error that cannot be translated"),
    (527, "EBADTYPE", "type is not supported by the server"),
    (528, "EJUKEBOX", "begun, and not done in time"),
    (529, "EIOCBQUEUED", "queued, done later"),
    (530, "ERECALLCONFLICT", "conflict with a recalled state"),
    (531, "ENOGRACE", "no grace period for recovery"),
];

/// An errno as it is shown: `ESRCH (No such process)`, and its number where it has no name.
pub(crate) struct Shown(pub(crate) i32);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(number) = *self;
        let internal = INTERNAL.iter().find(|(known, ..)| *known == number);
        match (Errno::from_raw(number), internal) {
            (Errno::UnknownErrno, Some((_, name, meaning))) => write!(f, "{name} ({meaning})"),
            (Errno::UnknownErrno, None) => write!(f, "errno {number}"),
            (errno, _) => write!(f, "{errno:?} ({})", errno.desc()),
        }
    }
}
