// SPDX-License-Identifier: MIT OR Apache-2.0
//! `genlkit decode`: bytes from a log, a debugger or a capture, made readable.

use crate::Common;
use crate::output::{Failure, Output, note};
use genlkit::client::Client;
use genlkit::nlctrl::GetFamilies;
use genlkit::wire::Messages;
use genlkit::ynl::client::whole_message;
use genlkit::ynl::codec::Codec;
use serde_json::Value;
use std::collections::HashMap;
use std::io::Read as _;

/// Decode netlink messages, given as hexadecimal digits.
///
/// Each message begins with its netlink header. Blanks, colons, line ends and `0x` do not count.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The digits; standard input where none are given.
    hex: Vec<String>,
    /// The family, or its spec's file; where it is not given, the running kernel is asked which
    /// generic family the type belongs to.
    #[arg(long, short, add = clap_complete::ArgValueCompleter::new(crate::shell::families))]
    family: Option<String>,
}

pub(crate) fn run(args: &Args, common: &Common) -> Result<(), Failure> {
    let mut text = args.hex.concat();
    if args.hex.is_empty() {
        std::io::stdin().lock().read_to_string(&mut text)?;
    }
    let bytes = bytes(&text)?;
    let mut codecs = Codecs::new(args.family.as_deref())?;
    let mut output = Output::new();
    let mut list = Vec::new();
    for message in Messages::new(&bytes) {
        let message = message.map_err(|malformed| {
            Failure::Refused(format!("after {} messages: {malformed}", list.len()))
        })?;
        let (value, notes) = whole_message(codecs.of(message.header.kind), &message);
        for odd in notes {
            note(&odd.to_string());
        }
        list.push(value);
    }
    output.value(&Value::Array(list), common.format_default())?;
    output.flush()
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
    loaded: HashMap<u16, Option<Codec>>,
}

impl Codecs {
    fn new(family: Option<&str>) -> Result<Self, Failure> {
        let given = family.map(crate::load).transpose()?;
        Ok(Self {
            given,
            names: None,
            loaded: HashMap::new(),
        })
    }

    fn of(&mut self, kind: u16) -> Option<&Codec> {
        if self.given.is_some() {
            return self.given.as_ref();
        }
        let names = self
            .names
            .get_or_insert_with(|| names().unwrap_or_default());
        let name = names.get(&kind);
        let load = || name.and_then(|name| crate::load(name).ok());
        self.loaded.entry(kind).or_insert_with(load).as_ref()
    }
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
