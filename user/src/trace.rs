// SPDX-License-Identifier: MIT OR Apache-2.0
//! Messages in words, for `--trace` and for debugging: headers, attributes by name, answers.

use crate::schema::{AttrSet, Family, Kind, Op};
use crate::view::Shown;
use crate::wire::{Answer, Attr, Attrs, Bytes, GenlHeader, Header, Message, Messages, flags, kind};
use core::fmt;

/// Deeper nests than this are shown as bytes.
const MAX_DEPTH: usize = 16;

/// Displays the messages of a datagram, a line for each header and each attribute.
///
/// ```
/// use genlkit::generated::taskdiag;
/// use genlkit::trace::Trace;
///
/// let datagram = [16, 0, 0, 0, 3, 0, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0];
/// assert_eq!(Trace::new(&datagram, &taskdiag::FAMILY).to_string(), "DONE MULTI seq 1 portid 0 len 16\n");
/// ```
#[derive(Debug)]
pub struct Trace<'b> {
    datagram: &'b [u8],
    family: &'static Family,
}

impl<'b> Trace<'b> {
    /// Reads messages of netlink's own types as what they are, all others as `family`'s.
    pub fn new(datagram: &'b [u8], family: &'static Family) -> Self {
        Self { datagram, family }
    }
}

impl fmt::Display for Trace<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for message in Messages::new(self.datagram) {
            match message {
                Ok(message) => fmt_message(f, &message, self.family)?,
                Err(malformed) => writeln!(f, "malformed: {malformed}")?,
            }
        }
        Ok(())
    }
}

fn fmt_message(
    f: &mut fmt::Formatter<'_>,
    message: &Message<'_>,
    family: &'static Family,
) -> fmt::Result {
    let answer = message.answer();
    match (message.header.kind, answer) {
        (kind::FIRST, Answer::Data) => f.write_str("nlctrl")?,
        (_, Answer::Data) => f.write_str(family.name)?,
        (_, Answer::Error(error)) if error.errno == 0 => f.write_str("ACK")?,
        (_, Answer::Error(_)) => f.write_str("ERROR")?,
        (_, Answer::Done { .. }) => f.write_str("DONE")?,
        (_, Answer::Overrun) => f.write_str("OVERRUN")?,
        (other, Answer::Noop) => write!(f, "control message {other}")?,
    }
    let genl = GenlHeader::split(message.body()).ok();
    let family = if message.header.kind == kind::FIRST {
        &crate::nlctrl::FAMILY
    } else {
        family
    };
    let op = genl.and_then(|(header, _)| family.op(header.cmd));
    match (answer, genl, op) {
        (Answer::Data, _, Some(op)) => write!(f, " {}", op.name)?,
        (Answer::Data, Some((header, _)), None) => write!(f, " cmd {}", header.cmd)?,
        _ => {}
    }
    fmt_header(f, &message.header, matches!(answer, Answer::Error(_)))?;
    match (answer, genl) {
        (Answer::Data, Some((_, body))) => {
            let body = body.get(family.header_len..).unwrap_or_default();
            fmt_attrs(f, body, op.map(|op: &Op| op.attrs), 1)
        }
        (Answer::Error(error), _) => fmt_extack(f, error.errno, &error.extack),
        (Answer::Done { errno, extack }, _) => fmt_extack(f, errno, &extack),
        _ => Ok(()),
    }
}

fn fmt_header(f: &mut fmt::Formatter<'_>, header: &Header, is_error: bool) -> fmt::Result {
    const REQUEST: [(u16, &str); 4] = [
        (flags::DUMP, "DUMP"),
        (flags::CREATE, "CREATE"),
        (flags::APPEND, "APPEND"),
        (flags::DUMP & flags::REPLACE, "REPLACE"),
    ];
    const ANY: [(u16, &str); 6] = [
        (flags::REQUEST, "REQUEST"),
        (flags::MULTI, "MULTI"),
        (flags::ACK, "ACK"),
        (flags::ECHO, "ECHO"),
        (flags::DUMP_INTR, "DUMP_INTR"),
        (flags::DUMP_FILTERED, "DUMP_FILTERED"),
    ];
    const ERROR: [(u16, &str); 2] = [(flags::CAPPED, "CAPPED"), (flags::ACK_TLVS, "ACK_TLVS")];
    // The upper bits mean one thing in requests and another in answers.
    let upper: &[(u16, &str)] = match () {
        () if header.flags & flags::REQUEST != 0 => &REQUEST,
        () if is_error => &ERROR,
        () => &[],
    };
    let mut left = header.flags;
    for &(bits, name) in ANY.iter().chain(upper) {
        if left & bits == bits {
            write!(f, " {name}")?;
            left &= !bits;
        }
    }
    if left != 0 {
        write!(f, " {left:#x}")?;
    }
    writeln!(
        f,
        " seq {} portid {} len {}",
        header.seq, header.portid, header.len
    )
}

fn fmt_attrs(
    f: &mut fmt::Formatter<'_>,
    attributes: &[u8],
    set: Option<&'static AttrSet>,
    depth: usize,
) -> fmt::Result {
    for attr in Attrs::new(attributes) {
        write!(f, "{:width$}", "", width = 2 * depth)?;
        match attr {
            Ok(attr) => fmt_attr(f, &attr, set, depth)?,
            Err(malformed) => writeln!(f, "malformed: {malformed}")?,
        }
    }
    Ok(())
}

fn fmt_attr(
    f: &mut fmt::Formatter<'_>,
    attr: &Attr<'_>,
    set: Option<&'static AttrSet>,
    depth: usize,
) -> fmt::Result {
    match set.and_then(|set| set.attr(attr.number())) {
        Some(entry) => match entry.kind {
            Kind::Nest(set) if depth < MAX_DEPTH => {
                writeln!(f, "{}:", entry.name)?;
                fmt_attrs(f, attr.payload(), Some(set), depth + 1)
            }
            Kind::Array(set) if depth < MAX_DEPTH => {
                writeln!(f, "{}:", entry.name)?;
                for element in Attrs::new(attr.payload()).map_while(Result::ok) {
                    writeln!(f, "{:width$}-", "", width = 2 * depth + 2)?;
                    fmt_attrs(f, element.payload(), Some(set), depth + 2)?;
                }
                Ok(())
            }
            _ => writeln!(f, "{}: {}", entry.name, Shown(entry, *attr)),
        },
        // Hostile bytes could nest deeper than the stack is.
        None if attr.is_marked_nested() && depth < MAX_DEPTH => {
            writeln!(f, "{}:", attr.number())?;
            fmt_attrs(f, attr.payload(), None, depth + 1)
        }
        None => writeln!(f, "{}: {}", attr.number(), Bytes(attr.payload())),
    }
}

fn fmt_extack(
    f: &mut fmt::Formatter<'_>,
    errno: i32,
    extack: &crate::wire::ExtAck<'_>,
) -> fmt::Result {
    if errno != 0 {
        writeln!(f, "  errno: {errno}")?;
    }
    if let Some(msg) = extack.msg {
        writeln!(f, "  msg: \"{}\"", msg.escaped())?;
    }
    if let Some(offset) = extack.offset {
        writeln!(f, "  offset: {offset}")?;
    }
    if let Some(miss_type) = extack.miss_type {
        writeln!(f, "  missing: {miss_type}")?;
    }
    if let Some(miss_nest) = extack.miss_nest {
        writeln!(f, "  missing in the nest at: {miss_nest}")?;
    }
    if let Some(policy) = extack.policy {
        writeln!(f, "  policy: {policy}")?;
    }
    Ok(())
}
