// SPDX-License-Identifier: MIT OR Apache-2.0
//! `genlkit decode`: bytes from a log, a debugger or a capture, made readable.

use crate::Common;
use crate::output::{Failure, Output, note};
use genlkit::client::Client;
use genlkit::nlctrl::GetFamilies;
use genlkit::wire::{Header, Malformed, Message, Messages, flags};
use genlkit::ynl::capture::{self, Captured};
use genlkit::ynl::client::whole_message;
use genlkit::ynl::codec::Codec;
use genlkit::ynl::protocols;
use genlkit::ynl::specs::{Found, Specs};
use genlkit_spec::model::Protocol;
use serde_json::Value;
use std::collections::HashMap;
use std::io::{self, Read as _};
use std::path::PathBuf;

/// Decode netlink messages, given as hexadecimal digits, or in a capture.
///
/// Each message begins with its netlink header. Blanks, colons, line ends and `0x` do not count.
/// A capture is made by: ip link add nlmon0 type nlmon; ip link set nlmon0 up; tcpdump -i nlmon0
/// -w FILE.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The digits; standard input where none are given.
    #[arg(conflicts_with = "pcap")]
    hex: Vec<String>,
    /// A capture of netlink in a pcap or pcapng file.
    #[arg(long, value_name = "FILE")]
    pcap: Option<PathBuf>,
    /// The family, or its spec's file; where it is not given, the running kernel is asked which
    /// generic family the type belongs to, and classic messages are looked for in all specs.
    #[arg(long, short, add = clap_complete::ArgValueCompleter::new(crate::shell::families))]
    family: Option<String>,
}

/// `NETLINK_GENERIC`.
const GENERIC: u32 = 16;

pub(crate) fn run(args: &Args, common: &Common) -> Result<(), Failure> {
    let mut codecs = Codecs::new(args.family.as_deref())?;
    let mut list = Vec::new();
    match &args.pcap {
        Some(path) => {
            let failed = |text: String| Failure::Environment(format!("{}: {text}", path.display()));
            let file = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
            let found = capture::datagrams(&file).map_err(|error| failed(error.to_string()))?;
            for datagram in found {
                captured(&datagram, &mut codecs, &mut list);
            }
        }
        None => {
            let text = match args.hex.is_empty() {
                true => standard_input()?,
                false => args.hex.concat(),
            };
            let bytes = bytes(&text)?;
            let protocol = codecs.protocol();
            if let Some(malformed) = messages(&bytes, protocol, &mut codecs, &mut list) {
                let count = list.len();
                return Err(Failure::usage(format!(
                    "after {count} messages: {malformed}"
                )));
            }
            let rest = bytes.len() - whole_len(&bytes);
            if rest > 0 {
                return Err(Failure::usage(format!(
                    "after {} messages: {rest} bytes are left, fewer than the {} of a netlink header",
                    list.len(),
                    Header::LEN
                )));
            }
        }
    }
    let mut output = Output::new();
    output.value(&Value::Array(list), common.format_default())?;
    output.flush()
}

/// The digits on standard input.
fn standard_input() -> Result<String, Failure> {
    let mut text = String::new();
    let read = io::stdin().lock().read_to_string(&mut text);
    read.map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => Failure::usage(
            "standard input is no text: hexadecimal digits are wanted, or a capture by --pcap FILE",
        ),
        _ => Failure::Environment(format!("cannot read standard input: {error}")),
    })?;
    Ok(text)
}

/// The length of the messages that bytes begin with.
fn whole_len(bytes: &[u8]) -> usize {
    let padded = |len: usize| len.next_multiple_of(4);
    let messages = Messages::new(bytes).flatten();
    let len = messages.map(|message| padded(message.bytes.len())).sum();
    bytes.len().min(len)
}

fn captured(datagram: &Captured<'_>, codecs: &mut Codecs, list: &mut Vec<Value>) {
    let first = list.len();
    let malformed = messages(datagram.bytes, datagram.protocol, codecs, list);
    let (seconds, nanoseconds) = datagram.time;
    let name = protocols::by_number(datagram.protocol).map(|protocol| protocol.name);
    for value in list.iter_mut().skip(first).filter_map(Value::as_object_mut) {
        value.shift_insert(
            0,
            "time".to_owned(),
            format!("{seconds}.{nanoseconds:09}").into(),
        );
        let protocol = name.map_or_else(|| Value::from(datagram.protocol), Value::from);
        value.shift_insert(1, "protocol".to_owned(), protocol);
    }
    if let Some(malformed) = malformed {
        let why = if datagram.cut {
            " (the capture cut it off)"
        } else {
            ""
        };
        note(&format!(
            "datagram at {seconds}.{nanoseconds:09}: {malformed}{why}"
        ));
    }
}

/// Decodes a datagram's messages up to the first that is malformed, which it returns.
fn messages(
    bytes: &[u8],
    protocol: u32,
    codecs: &mut Codecs,
    list: &mut Vec<Value>,
) -> Option<Malformed> {
    for message in Messages::new(bytes) {
        let message = match message {
            Ok(message) => message,
            Err(malformed) => return Some(malformed),
        };
        let (value, notes) =
            whole_message(codecs.of(protocol, &message), protocol == GENERIC, &message);
        for odd in notes {
            note(&odd.to_string());
        }
        list.push(value);
    }
    None
}

fn bytes(text: &str) -> Result<Vec<u8>, Failure> {
    let text = text.replace("0x", "");
    let digits: Option<Vec<u8>> = text
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, ':' | ',' | '-'))
        .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect();
    let digits = digits.ok_or_else(|| Failure::usage("only hexadecimal digits are decoded"))?;
    let (pairs, rest) = digits.as_chunks::<2>();
    if !rest.is_empty() {
        return Err(Failure::usage(
            "a byte has two hexadecimal digits: one is missing",
        ));
    }
    Ok(pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

/// Specs by message type.
struct Codecs {
    given: Option<Codec>,
    names: Option<HashMap<u16, String>>,
    generic: HashMap<u16, Option<Codec>>,
    classic: Option<Vec<Codec>>,
}

impl Codecs {
    fn new(family: Option<&str>) -> Result<Self, Failure> {
        let given = family.map(crate::load).transpose()?;
        Ok(Self {
            given,
            names: None,
            generic: HashMap::new(),
            classic: None,
        })
    }

    /// The protocol of bytes that do not tell theirs: the given family's.
    fn protocol(&self) -> u32 {
        match self.given.as_ref().map(|codec| codec.family().protocol) {
            Some(Protocol::Raw(number)) => number,
            _ => GENERIC,
        }
    }

    /// The spec of a message.
    fn of(&mut self, protocol: u32, message: &Message<'_>) -> Option<&Codec> {
        let header = message.header;
        if self.given.is_some() {
            return self.given.as_ref();
        }
        if protocol != GENERIC {
            self.classic.get_or_insert_with(classic);
            let number = Some(u32::from(header.kind));
            let is_request = header.flags & flags::REQUEST != 0;
            let has_it = |codec: &&Codec| {
                let family = codec.family();
                let mut ops = family.ops.iter();
                family.protocol == Protocol::Raw(protocol)
                    && ops.any(|op| match is_request {
                        true => op.request_value == number,
                        false => op.reply_value == number,
                    })
            };
            let found = || self.classic.iter().flatten().filter(has_it);
            // Several families share a number, and say by the first byte whose message it is.
            let body = message.body();
            let named = protocols::family_of(protocol, body);
            let theirs =
                named.and_then(|name| found().find(|codec| codec.family().name.as_str() == name));
            return match protocol {
                protocols::SOCK_DIAG if named.is_some() => theirs,
                _ => theirs.or_else(|| found().next()),
            };
        }
        let names = self
            .names
            .get_or_insert_with(|| names().unwrap_or_default());
        let name = names.get(&header.kind);
        let load = || name.and_then(|name| crate::load(name).ok());
        self.generic
            .entry(header.kind)
            .or_insert_with(load)
            .as_ref()
    }
}

/// All specs of classic families.
fn classic() -> Vec<Codec> {
    let specs = Specs::search();
    let is_classic = |found: &&Found| {
        let head = specs.head(&found.source);
        head.is_ok_and(|head| matches!(head.protocol, Protocol::Raw(_)))
    };
    let all = specs.all().iter().filter(is_classic);
    all.filter_map(|found| specs.load(&found.source).ok())
        .collect()
}

/// The running kernel's generic families.
fn names() -> Result<HashMap<u16, String>, Failure> {
    let mut client = Client::open()?;
    let mut names = HashMap::new();
    let mut dump = client.dump(&GetFamilies)?;
    while let Some(family) = dump.next()? {
        if let (Some(id), Some(name)) = (family.id, family.name) {
            names.insert(id, name.to_string());
        }
    }
    Ok(names)
}
