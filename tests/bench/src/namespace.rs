// SPDX-License-Identifier: MIT OR Apache-2.0
//! What there is to dump in the network namespace of the rounds.

use genlkit::client::Client;
use genlkit::transport::Options;
use genlkit::wire::{Builder, flags};

const MANY: u32 = 2000;

const RTM_NEWLINK: u16 = 16;
const RTM_NEWADDR: u16 = 20;
const NEW: u16 = flags::CREATE | flags::EXCL | flags::ACK;

const IFA_LOCAL: u16 = 2;
const IFLA_IFNAME: u16 = 3;
const IFLA_LINKINFO: u16 = 18;
const IFLA_INFO_KIND: u16 = 1;

/// Makes the links, of a kind that this kernel has, and gives the loopback interface the addresses.
///
/// # Panics
/// Where the kernel refuses it.
pub fn fill() {
    let client = &mut Client::open_with(&Options::new().protocol(0)).expect("a socket");
    let kinds = ["dummy", "ifb", "bridge"];
    let kind = kinds.iter().find(|kind| new_link(client, kind, 0).is_ok());
    let kind = kind.expect("a kind of link that the kernel has");
    for number in 1..MANY {
        new_link(client, kind, number).expect("a link");
    }
    for number in 0..MANY {
        send(client, RTM_NEWADDR, |to| {
            // struct ifaddrmsg: AF_INET, /32, of the loopback interface.
            to.bytes(&[2, 32, 0, 0, 1, 0, 0, 0]);
            let [_, _, high, low] = number.to_be_bytes();
            to.attr(IFA_LOCAL, [10, 1, high, low]);
        })
        .expect("an address");
    }
}

fn new_link(client: &mut Client, kind: &str, number: u32) -> Result<(), genlkit::Error> {
    let name = format!("bench{number}");
    send(client, RTM_NEWLINK, |to| {
        // struct ifinfomsg.
        to.bytes(&[0; 16]);
        to.str(IFLA_IFNAME, name.as_bytes());
        to.nest(IFLA_LINKINFO, |to| to.str(IFLA_INFO_KIND, kind.as_bytes()));
    })
}

fn send(
    client: &mut Client,
    kind: u16,
    body: impl Fn(&mut Builder<'_>),
) -> Result<(), genlkit::Error> {
    let mut answers = client.raw(kind, NEW, body)?;
    while answers.next()?.is_some() {}
    Ok(())
}
