// SPDX-License-Identifier: MIT OR Apache-2.0
//! `genlkit list`: what there is to speak to on this machine.

use crate::Common;
use crate::output::{Failure, Format, Output};
use crate::plain::Line;
use genlkit::client::Client;
use genlkit::nlctrl::GetFamilies;
use genlkit::transport::{Options, Socket};
use genlkit::ynl::protocols::{self, Protocol};
use genlkit::ynl::specs::{Found, Head, Specs};
use genlkit_spec::model::Protocol as SpecProtocol;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// List families and protocols: which are there, which have a spec, which are absent and why.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Generic netlink families alone.
    #[arg(long, conflicts_with = "protocols")]
    families: bool,
    /// Netlink protocols alone.
    #[arg(long)]
    protocols: bool,
    /// Names of families with a spec, one a line, without asking the kernel.
    #[arg(long, conflicts_with_all = ["families", "protocols"])]
    specs: bool,
}

impl Args {
    /// What clap makes of a plain line.
    pub(crate) fn plain(line: &mut Line<'_>) -> Option<Self> {
        let args = Self {
            families: line.has("families"),
            protocols: line.has("protocols"),
            specs: line.has("specs"),
        };
        let several = [args.families, args.protocols, args.specs];
        (several.into_iter().filter(|is_there| *is_there).count() < 2).then_some(args)
    }
}

pub(crate) fn run(args: &Args, common: &Common) -> Result<(), Failure> {
    let specs = Specs::search();
    let mut output = Output::new();
    let format = common.format(Format::Table);
    if args.specs {
        return names(&specs, &mut output);
    }
    let both = !args.families && !args.protocols;
    let heads: Vec<(&Found, Head)> = specs
        .all()
        .iter()
        .filter_map(|found| Some((found, specs.head(&found.source).ok()?)))
        .collect();
    let families = if args.protocols {
        Vec::new()
    } else {
        families(&heads)?
    };
    let protocols = if args.families {
        Vec::new()
    } else {
        protocols_of(&heads)
    };
    match (format, both) {
        (Format::Table, true) => {
            output.heading("Protocols")?;
            output.value(&protocols.into(), format)?;
            output.line("")?;
            output.heading("Generic netlink families")?;
            output.value(&families.into(), format)?;
        }
        (_, true) => {
            output.value(
                &json!({ "protocols": protocols, "families": families }),
                format,
            )?;
        }
        (_, false) if args.families => output.value(&families.into(), format)?,
        (_, false) => output.value(&protocols.into(), format)?,
    }
    output.flush()
}

/// Prints the names of families with a spec.
pub(crate) fn names(specs: &Specs, output: &mut Output) -> Result<(), Failure> {
    for found in specs.all() {
        output.line(&found.stem)?;
    }
    output.flush()
}

/// A generic family that the kernel knows.
struct Live {
    id: u16,
    version: u32,
    ops: usize,
    groups: Vec<String>,
}

fn live() -> Result<BTreeMap<String, Live>, Failure> {
    let mut client = Client::open()?;
    let mut families = BTreeMap::new();
    let mut dump = client.dump(&GetFamilies)?;
    while let Some(family) = dump.next()? {
        let Some(name) = family.name else { continue };
        let groups = family
            .groups
            .filter_map(|group| Some(group.ok()?.name?.to_string()));
        let live = Live {
            id: family.id.unwrap_or(0),
            version: family.version.unwrap_or(0),
            ops: family.ops.count(),
            groups: groups.collect(),
        };
        families.insert(name.to_string(), live);
    }
    Ok(families)
}

fn families(specs: &[(&Found, Head)]) -> Result<Vec<Value>, Failure> {
    let mut live = live()?;
    let mut rows = Vec::new();
    for (found, head) in specs {
        if matches!(head.protocol, SpecProtocol::Raw(_)) {
            continue;
        }
        let there = live.remove(&head.name);
        rows.push(row(&head.name, there.as_ref(), Some(found)));
    }
    rows.extend(
        live.iter()
            .map(|(name, there)| row(name, Some(there), None)),
    );
    rows.sort_by_cached_key(|row| row["family"].as_str().map(str::to_owned));
    Ok(rows)
}

fn row(name: &str, live: Option<&Live>, spec: Option<&Found>) -> Value {
    let mut row = Map::new();
    row.insert("family".to_owned(), name.into());
    // The kernel loads modules that say their family's name when it is asked for.
    let state = if live.is_some() {
        "loaded"
    } else {
        "absent: not built in, and no module loaded"
    };
    row.insert("state".to_owned(), state.into());
    if let Some(live) = live {
        row.insert("id".to_owned(), live.id.into());
        row.insert("version".to_owned(), live.version.into());
        row.insert("ops".to_owned(), live.ops.into());
        row.insert("groups".to_owned(), live.groups.clone().into());
    }
    row.insert(
        "spec".to_owned(),
        spec.map_or("none".into(), |spec| spec.source.to_string().into()),
    );
    Value::Object(row)
}

fn protocols_of(specs: &[(&Found, Head)]) -> Vec<Value> {
    let mut by_number: BTreeMap<u32, Vec<&str>> = BTreeMap::new();
    for (_, head) in specs {
        if let SpecProtocol::Raw(number) = head.protocol {
            by_number.entry(number).or_default().push(&head.name);
        }
    }
    let row = |protocol: &Protocol| {
        let specs = by_number.get(&protocol.number).cloned().unwrap_or_default();
        json!({
            "number": protocol.number,
            "protocol": protocol.name,
            "state": state(protocol),
            "about": protocol.about,
            "specs": specs,
        })
    };
    protocols::ALL.iter().map(row).collect()
}

/// Whether a socket of the protocol can be opened, and if not, why.
fn state(protocol: &Protocol) -> String {
    if let Some(when) = protocol.removed {
        return format!("removed ({when})");
    }
    let plain = Options::new()
        .ext_ack(false)
        .cap_ack(false)
        .strict_check(false);
    match Socket::open(&plain.protocol(protocol.number)) {
        Ok(_) => "available".to_owned(),
        Err(error) if error.raw_os_error() == Some(nix::libc::EPROTONOSUPPORT) => {
            match protocol.config {
                Some(config) => format!("absent: needs CONFIG_{config}"),
                None => "absent".to_owned(),
            }
        }
        Err(error) => format!("cannot be opened: {error}"),
    }
}
