// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a column shows of a task: a value that can be compared, kept and printed.

use super::print::Cell;
use crate::format::{Clock, cpu_time, state_letter};
use crate::users::Users;
use genlkit::generated::taskdiag::{Group, State};
use genlkit::wire::Str;
use std::cmp::Ordering;
use std::ops::Range;

/// A value; `S` is what its text is: bytes of a message, or where they are kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Value<S> {
    /// The task has no such thing.
    Absent,
    /// The kernel withheld it, or could not find it out in time.
    Withheld,
    Number(u64),
    Signed(i64),
    Hex(u64),
    /// Bytes, printed as people read them.
    Size(u64),
    /// Bytes a second.
    Rate(u64),
    /// Thousandths, printed as a percentage.
    Permille(u64),
    /// Nanoseconds of processor time.
    Time(u64),
    /// Nanoseconds from boot to a point in time.
    Start(u64),
    User(u32),
    State(State),
    Groups(Group),
    Text(S),
    /// Strings, each with its NUL.
    Args(S),
}

/// Where text is kept.
pub(crate) type Span = (u32, u32);

impl<S: Copy> Value<S> {
    /// The same with its text changed by `map`.
    pub(crate) fn map<T>(self, map: impl FnOnce(S) -> T) -> Value<T> {
        match self {
            Self::Absent => Value::Absent,
            Self::Withheld => Value::Withheld,
            Self::Number(number) => Value::Number(number),
            Self::Signed(number) => Value::Signed(number),
            Self::Hex(number) => Value::Hex(number),
            Self::Size(bytes) => Value::Size(bytes),
            Self::Rate(bytes) => Value::Rate(bytes),
            Self::Permille(thousandths) => Value::Permille(thousandths),
            Self::Time(nanos) => Value::Time(nanos),
            Self::Start(nanos) => Value::Start(nanos),
            Self::User(uid) => Value::User(uid),
            Self::State(state) => Value::State(state),
            Self::Groups(groups) => Value::Groups(groups),
            Self::Text(text) => Value::Text(map(text)),
            Self::Args(text) => Value::Args(map(text)),
        }
    }
}

impl Value<&[u8]> {
    /// Keeps the text in `store`.
    pub(crate) fn keep(self, store: &mut Vec<u8>) -> Value<Span> {
        self.map(|text| {
            let start = store.len();
            store.extend_from_slice(text);
            (short(start), short(text.len()))
        })
    }

    /// The order of values of one column; what is not there comes first.
    pub(crate) fn compare(&self, other: &Self) -> Ordering {
        match (self.number(), other.number()) {
            (Some(one), Some(two)) => one.cmp(&two),
            (one, two) => one
                .is_some()
                .cmp(&two.is_some())
                .then_with(|| self.text().cmp(&other.text())),
        }
    }

    fn number(&self) -> Option<i128> {
        Some(match *self {
            Self::Absent | Self::Withheld | Self::Text(_) | Self::Args(_) => return None,
            Self::Signed(number) => number.into(),
            Self::Number(number)
            | Self::Hex(number)
            | Self::Size(number)
            | Self::Rate(number)
            | Self::Permille(number)
            | Self::Time(number)
            | Self::Start(number) => number.into(),
            Self::User(number) => number.into(),
            Self::State(State(number)) => number.into(),
            Self::Groups(groups) => groups.bits().into(),
        })
    }

    fn text(&self) -> Option<&[u8]> {
        match self {
            Self::Text(text) | Self::Args(text) => Some(text),
            _ => None,
        }
    }

    /// Prints it.
    pub(crate) fn print(&self, cell: &mut Cell<'_>, names: &mut Names) {
        match *self {
            Self::Absent => cell.text("-"),
            Self::Withheld => cell.text("?"),
            Self::Number(number) => cell.number(number),
            Self::Signed(number) => {
                if number < 0 {
                    cell.text("-");
                }
                cell.number(number.unsigned_abs());
            }
            Self::Hex(number) => cell.display(format_args!("{number:x}")),
            Self::Size(bytes) | Self::Rate(bytes) => cell.size(bytes),
            Self::Permille(thousandths) => {
                cell.number(thousandths / 10);
                cell.text(".");
                cell.number(thousandths % 10);
            }
            Self::Time(nanos) => cpu_time(nanos, cell),
            Self::Start(nanos) => cell.text(names.clock.start(nanos)),
            Self::User(uid) => cell.text(names.users.name(uid)),
            Self::State(state) => cell.text(state_letter(state)),
            Self::Groups(groups) => cell.display(format_args!("{groups}")),
            Self::Text(text) => cell.escaped(text),
            Self::Args(args) => {
                let args = args.strip_suffix(b"\0").unwrap_or(args);
                for (index, arg) in args.split(|&byte| byte == 0).enumerate() {
                    if index > 0 {
                        cell.text(" ");
                    }
                    cell.escaped(arg);
                }
            }
        }
    }
}

/// What numbers are called: users, and times of the day.
#[derive(Debug)]
pub(crate) struct Names {
    pub(crate) users: Users,
    pub(crate) clock: Clock,
}

impl Names {
    pub(crate) fn new() -> Self {
        Self {
            users: Users::default(),
            clock: Clock::now(),
        }
    }
}

/// The text at a span.
pub(crate) fn at(store: &[u8], (start, len): Span) -> &[u8] {
    let start = start as usize;
    let range: Range<usize> = start..start + len as usize;
    store.get(range).unwrap_or_default()
}

/// A position in a store, which no table is long enough to overflow.
pub(crate) fn short(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

/// The bytes of a string that may be absent.
pub(crate) fn text<'b>(text: Option<Str<'b>>) -> Value<&'b [u8]> {
    text.map_or(Value::Absent, |text| Value::Text(text.as_bytes()))
}
