// SPDX-License-Identifier: MIT OR Apache-2.0
//! The error of everything that talks to the kernel.

use crate::client::MAX_BUFFER;
use crate::errno::Shown;
use crate::generated::taskdiag;
use crate::path;
use crate::schema::{Family, Op};
use crate::wire::{ExtAck, Malformed};
use std::{fmt, io};

/// What went wrong: at which operation, why, where in the request, and what to do next.
///
/// Displayed in one line without the [hint](Error::hint):
///
/// ```text
/// taskdiag task-get: ESRCH (No such process): no task has this pid [at: pid]
/// ```
pub struct Error(Box<Inner>);

/// The kind of an [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The kernel, or the family, refused: see [`Error::errno`].
    Refused,
    /// The family, or one of its multicast groups, does not exist.
    NotFound,
    /// The socket could not be opened, or failed.
    Socket,
    /// Nothing came before the deadline.
    TimedOut,
    /// The kernel dropped messages, the answer perhaps among them: whether the request took
    /// effect is unknown.
    Overrun,
    /// What was dumped changed meanwhile: the dump may list things twice, or not at all.
    DumpInterrupted,
    /// What came is no valid message.
    Malformed,
    /// A message was longer than the receive buffer, and is lost; the next fits, but where it is longer
    /// than 64 MiB.
    Truncated,
    /// The request is longer than a message can be.
    TooLong,
}

#[derive(Debug)]
struct Inner {
    kind: ErrorKind,
    op: String,
    errno: Option<i32>,
    text: String,
    attribute: Option<String>,
    missing: Option<String>,
    expected: Option<String>,
    hint: Option<String>,
}

/// What the attributes are that a refusal is about.
#[derive(Debug, Default)]
pub(crate) struct About {
    /// The path of the one that is wrong.
    pub(crate) attribute: Option<String>,
    /// What that must be by its spec, where it is something else.
    pub(crate) expected: Option<String>,
    /// The path of the one that is missing.
    pub(crate) missing: Option<String>,
    /// What that must be by its spec.
    pub(crate) to_give: Option<String>,
}

impl Error {
    /// What kind of error this is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The operation: its family and its name in the spec.
    pub fn op(&self) -> &str {
        &self.0.op
    }

    /// The errno, as a positive number, where there is one: also where only the kernel has a name for it,
    /// as for 524, `ENOTSUPP`.
    pub fn errno(&self) -> Option<i32> {
        self.0.errno
    }

    /// What is wrong, in the kernel's words where it used any.
    pub fn text(&self) -> &str {
        &self.0.text
    }

    /// The path of the attribute that is wrong: `groups`, or `filter.pids` for one in a nest.
    pub fn attribute(&self) -> Option<&str> {
        self.0.attribute.as_deref()
    }

    /// The path of the attribute that is missing.
    pub fn missing(&self) -> Option<&str> {
        self.0.missing.as_deref()
    }

    /// What the attribute must be: `u32, at least 1`. In the kernel's words, or, where it has none, by
    /// the spec, if the attribute is something else.
    pub fn expected(&self) -> Option<&str> {
        self.0.expected.as_deref()
    }

    /// What to do next.
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// The same with another hint.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// What opening a socket failed with.
    #[cold]
    pub fn from_open(error: io::Error) -> Self {
        Self::socket("netlink", "open a generic netlink socket", &error)
    }

    pub(crate) fn new(kind: ErrorKind, op: impl fmt::Display, text: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            op: op.to_string(),
            errno: None,
            text: text.into(),
            attribute: None,
            missing: None,
            expected: None,
            hint: None,
        }))
    }

    /// An errno in an answer, with what the kernel said beside it about `request`.
    #[cold]
    pub(crate) fn refused(op: &'static Op, errno: i32, ack: &ExtAck<'_>, request: &[u8]) -> Self {
        let mut about = About::default();
        let offset = ack.offset.map(|at| at as usize);
        if let Some(place) = offset.and_then(|at| path::at_offset(request, op, at)) {
            about.expected = place
                .entry
                .and_then(|entry| entry.expected().unmet_by(place.payload));
            about.attribute = Some(place.path);
        }
        if let Some(number) = ack.miss_type.and_then(|number| u16::try_from(number).ok()) {
            let nest = ack.miss_nest.map(|nest| nest as usize);
            let (path, entry) = path::missing(request, op, nest, number);
            about.to_give = entry.map(|entry| entry.expected().to_string());
            about.missing = Some(path);
        }
        let error = Self::refused_at(op, errno, ack, about);
        match own_hint(op, errno, ack) {
            Some(hint) => error.with_hint(hint),
            None => error,
        }
    }

    /// An errno in an answer, with what is known of the attributes that it is about.
    #[cold]
    pub(crate) fn refused_at(
        op: impl fmt::Display,
        errno: i32,
        ack: &ExtAck<'_>,
        about: About,
    ) -> Self {
        let text = ack.msg.map(|msg| msg.to_string()).unwrap_or_default();
        let mut error = Self::new(ErrorKind::Refused, op, text);
        let inner = &mut *error.0;
        inner.errno = Some(errno);
        let told = ack.policy.map(|policy| policy.to_string());
        inner.expected = match errno {
            // The spec tells where the kernel does not, of what it refuses for its value.
            libc::EINVAL | libc::ERANGE => told.or(about.expected),
            _ => told,
        };
        inner.hint = match (&about.missing, about.to_give) {
            (Some(missing), Some(what)) => Some(format!("give {missing} ({what})")),
            (Some(missing), None) => Some(format!("give {missing}")),
            (None, _) if matches!(errno, libc::EPERM | libc::EACCES) => {
                Some("this needs more privilege: try it with sudo".to_owned())
            }
            (None, _) => None,
        };
        inner.attribute = about.attribute;
        inner.missing = about.missing;
        error
    }

    #[cold]
    pub(crate) fn family_not_found(name: &str) -> Self {
        let mut error = Self::new(
            ErrorKind::NotFound,
            name,
            format!("family \"{name}\" not found"),
        );
        error.0.errno = Some(libc::ENOENT);
        error.with_hint(format!(
            "is the module loaded? sudo insmod {name}.ko, or, where it is installed, sudo modprobe {name}"
        ))
    }

    #[cold]
    pub(crate) fn group_not_found(family: &str, group: &str, known: &[String]) -> Self {
        let text = format!("family \"{family}\" has no multicast group \"{group}\"");
        let error = Self::new(ErrorKind::NotFound, family, text);
        match known {
            [] => error.with_hint("it has none"),
            _ => error.with_hint(format!("it has: {}", known.join(", "))),
        }
    }

    #[cold]
    pub(crate) fn socket(op: impl fmt::Display, action: &str, source: &io::Error) -> Self {
        let kind = match source.kind() {
            io::ErrorKind::TimedOut => ErrorKind::TimedOut,
            _ => ErrorKind::Socket,
        };
        let mut error = Self::new(kind, op, format!("cannot {action}"));
        error.0.errno = source.raw_os_error();
        error.0.hint = match error.0.errno {
            Some(libc::EPERM | libc::EACCES) => Some("try it as root".to_owned()),
            Some(libc::EPROTONOSUPPORT | libc::EAFNOSUPPORT) => {
                Some("this system does not offer netlink: a container's filter?".to_owned())
            }
            _ => None,
        };
        if error.0.errno.is_none() {
            error.0.text = format!("cannot {action}: {source}");
        }
        error
    }

    /// A request that could not be sent.
    #[cold]
    pub(crate) fn not_sent(op: impl fmt::Display, source: &io::Error) -> Self {
        match source.raw_os_error() {
            Some(libc::EMSGSIZE) => Self::too_long(op),
            _ => Self::socket(op, "send the request", source),
        }
    }

    /// An answer that could not be received.
    #[cold]
    pub(crate) fn not_received(op: impl fmt::Display, source: &io::Error) -> Self {
        Self::socket(op, "receive the answer", source)
    }

    /// A multicast group that could not be joined; who asks for more privilege is the family.
    #[cold]
    pub(crate) fn not_joined(op: impl fmt::Display, group: &str, source: &io::Error) -> Self {
        let mut error = Self::socket(op, &format!("join group \"{group}\""), source);
        if let Some(libc::EPERM | libc::EACCES | libc::EINVAL) = error.0.errno {
            error.0.kind = ErrorKind::Refused;
        }
        error
    }

    #[cold]
    pub(crate) fn timed_out(op: impl fmt::Display) -> Self {
        Self::new(ErrorKind::TimedOut, op, "no answer before the deadline")
    }

    #[cold]
    pub(crate) fn overrun(op: impl fmt::Display) -> Self {
        Self::new(
            ErrorKind::Overrun,
            op,
            "the kernel dropped messages, the answer among them",
        )
        .with_hint("read events faster, enlarge the receive buffer, or use a second client")
    }

    #[cold]
    pub(crate) fn dump_interrupted(op: &'static Op) -> Self {
        Self::new(
            ErrorKind::DumpInterrupted,
            op,
            "what was dumped changed meanwhile",
        )
        .with_hint("dump again, or accept that entries may be twice there or missing")
    }

    #[cold]
    pub(crate) fn truncated(op: impl fmt::Display, len: usize, room: usize) -> Self {
        let text = format!("a datagram of {len} bytes did not fit into {room} and is lost");
        Self::new(ErrorKind::Truncated, op, text).with_hint(match len {
            ..=MAX_BUFFER => "the buffer has grown: ask again",
            _ => "no buffer is made that long: ask for less at a time",
        })
    }

    #[cold]
    pub(crate) fn too_long(op: impl fmt::Display) -> Self {
        Self::new(
            ErrorKind::TooLong,
            op,
            "the request does not fit into a message",
        )
    }

    /// A message of `op`'s that does not decode.
    #[cold]
    pub(crate) fn malformed(op: &'static Op, malformed: &Malformed, message: &[u8]) -> Self {
        let mut error = Self::new(ErrorKind::Malformed, op, malformed.to_string());
        error.0.attribute = malformed
            .offset_in(message)
            .and_then(|offset| path::at_offset(message, op, offset))
            .map(|place| place.path);
        error.with_hint("the family and this program disagree about the message")
    }

    /// A notification that does not decode.
    #[cold]
    pub(crate) fn malformed_event(
        family: &'static Family,
        op: Option<&'static Op>,
        malformed: &Malformed,
        message: &[u8],
    ) -> Self {
        match op {
            Some(op) => Self::malformed(op, malformed, message),
            None => Self::new(ErrorKind::Malformed, family.name, malformed.to_string()),
        }
    }

    /// An answer that is valid and yet not what the request asks for.
    #[cold]
    pub(crate) fn unexpected(op: &'static Op, what: impl Into<String>) -> Self {
        Self::new(ErrorKind::Malformed, op, what)
    }
}

/// What to do about errnos that can mean but one thing with the family whose module is this project's.
fn own_hint(op: &'static Op, errno: i32, ack: &ExtAck<'_>) -> Option<&'static str> {
    let is_own = std::ptr::eq(op.family, &taskdiag::FAMILY);
    match errno {
        _ if !is_own || !ack.is_empty() => None,
        libc::EOPNOTSUPP => {
            Some("the loaded module does not have this operation: is it older than this program?")
        }
        libc::EBUSY => Some("another dump runs on this socket"),
        _ => None,
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        match inner.kind {
            // What is not found is named in the text already.
            ErrorKind::NotFound => return f.write_str(&inner.text),
            _ => write!(f, "{}: ", inner.op)?,
        }
        match inner.errno {
            Some(errno) if inner.kind == ErrorKind::Refused => {
                write!(f, "{}", Shown(errno))?;
                if !inner.text.is_empty() {
                    write!(f, ": {}", inner.text)?;
                }
            }
            Some(errno) => write!(f, "{}: {}", inner.text, Shown(errno))?,
            None => f.write_str(&inner.text)?,
        }
        if let Some(missing) = &inner.missing {
            write!(f, " [missing: {missing}]")?;
        }
        match (&inner.attribute, &inner.expected) {
            (Some(attribute), Some(expected)) => write!(f, " [{attribute} must be: {expected}]"),
            (Some(attribute), None) => write!(f, " [at: {attribute}]"),
            (None, Some(expected)) => write!(f, " [it must be: {expected}]"),
            (None, None) => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl std::error::Error for Error {}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        match error.errno() {
            // The rest of the message would be lost with the bare errno.
            Some(errno) => Self::new(Self::from_raw_os_error(errno).kind(), error),
            None => Self::other(error),
        }
    }
}
