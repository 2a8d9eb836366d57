// SPDX-License-Identifier: MIT OR Apache-2.0
//! Dumps of several datagrams that are left, raw ones, and what comes during them.

use genlkit::Error;
use genlkit::client::{Client, RawEvent};
use genlkit::transport::Options;
use genlkit::wire::{GenlHeader, Header, flags};
use genlkit_tests::{
    child::isolated,
    generated::genltest::EntryDump,
    module::Module,
    netns::{alone, make},
};
use nix::sched::{CloneFlags, unshare};
use std::time::Instant;

const ROUTE: u32 = 0;
const RTM_GETLINK: u16 = 18;
const RTM_NEWADDR: u16 = 20;
const RTM_GETADDR: u16 = 22;
const IPV4_IFADDR: u32 = 5;
const IFA_ADDRESS: u16 = 1;
const IFA_LOCAL: u16 = 2;
const INET: u8 = 2;
const LO: u8 = 1;
const NETDEV_DEV_GET: u8 = 1;

/// The two bits of `NLM_F_DUMP`, by whose other meaning the constants are called.
const ROOT: u16 = flags::REPLACE;
const MATCH: u16 = flags::EXCL;

/// So many that neither they nor the entries fit into what the kernel writes ahead.
const ADDRESSES: u32 = 2000;
const ENTRIES: u32 = 10_000;

fn route() -> Client {
    Client::open_with(&Options::new().protocol(ROUTE)).expect("a socket")
}

/// Gives lo the address 10.0.0.0 plus `number`.
fn add_address(client: &mut Client, number: u32) -> Result<(), Error> {
    let address = (10 << 24 | number).to_be_bytes();
    let flags = flags::ACK | flags::CREATE | flags::EXCL;
    let mut acks = client.raw(RTM_NEWADDR, flags, |to| {
        to.bytes(&[INET, 32, 0, 0, LO, 0, 0, 0]);
        to.attr(IFA_LOCAL, address);
        to.attr(IFA_ADDRESS, address);
    })?;
    acks.next().map(|ack| assert!(ack.is_none()))
}

/// How many messages a raw dump has.
fn count(client: &mut Client, kind: u16, flags: u16, body: &[u8]) -> Result<u32, Error> {
    let mut count = 0;
    let mut dump = client.raw(kind, flags, |to| to.bytes(body))?;
    dump.try_for_each(|_| {
        count += 1;
        Ok::<_, Error>(())
    })?;
    Ok(count)
}

#[test]
fn a_dump_that_was_left_is_not_in_the_way_of_the_next() {
    Module::named("genltest").load();
    let mut client = Client::open().expect("a socket");
    let request = EntryDump::new().count(ENTRIES);
    for _ in 0..3 {
        let mut entries = client.dump(&request).expect("a dump");
        assert!(entries.next().expect("no error").is_some());
    }
    let entries = client.collect(&request, 1, |entry| entry.index);
    assert!(entries.expect("all").into_iter().eq((0..ENTRIES).map(Some)));
}

#[test]
fn neither_is_a_raw_one_whichever_bit_asked_for_it() {
    isolated(|| {
        unshare(CloneFlags::CLONE_NEWNET).expect("root may");
        let mut client = route();
        for number in 1..=ADDRESSES {
            add_address(&mut client, number).expect("an address");
        }
        for bits in [flags::DUMP, ROOT, MATCH] {
            let mut addresses = client
                .raw(RTM_GETADDR, bits, |to| to.bytes(&[0; 8]))
                .expect("a dump");
            assert!(addresses.next().expect("no error").is_some());
            drop(addresses);
            let all = count(&mut client, RTM_GETADDR, bits, &[0; 8]);
            assert_eq!(all.expect("a dump"), ADDRESSES, "{bits:#x}");
        }
    });
}

#[test]
fn a_raw_dump_of_parts_without_the_multi_flag_has_every_device() {
    alone(&[], |_| {
        make("d1", "dummy");
        let links = count(&mut route(), RTM_GETLINK, flags::DUMP, &[0; 16]).expect("a dump");
        let mut client = Client::open().expect("a socket");
        let netdev = client.family("netdev").expect("a family").id;
        let (cmd, version) = (NETDEV_DEV_GET, 1);
        let body = GenlHeader { cmd, version }.to_bytes();
        let devices = count(&mut client, netdev, flags::DUMP, &body);
        assert_eq!(devices.expect("a dump"), links);
        assert!(links >= 3, "lo, d0 and d1");
    });
}

#[test]
fn what_rtnetlink_tells_during_a_dump_is_told_behind_it() {
    isolated(|| {
        unshare(CloneFlags::CLONE_NEWNET).expect("root may");
        let (mut listener, mut other) = (route(), route());
        listener.join(IPV4_IFADDR).expect("a member");
        for number in 1..=2 {
            add_address(&mut other, number).expect("an address");
        }
        let links = count(&mut listener, RTM_GETLINK, flags::DUMP, &[0; 16]);
        assert!(links.expect("a dump") > 0);
        // It is told of its own as well, by the number of the request.
        add_address(&mut listener, 3).expect("an address");
        for number in 1..=3_u8 {
            let mut events = listener.raw_events();
            let told = events.next_until(Instant::now()).expect("no error");
            let Some(RawEvent::Message { group, message }) = told else {
                panic!("{told:?}");
            };
            assert_eq!((group, message.header.kind), (IPV4_IFADDR, RTM_NEWADDR));
            // Behind the header of addresses, the first attribute is the address.
            assert_eq!(
                message.bytes[Header::LEN + 8 + 4..][..4],
                [10, 0, 0, number]
            );
        }
        listener.leave(IPV4_IFADDR).expect("no member any longer");
        add_address(&mut other, 4).expect("an address");
        let mut events = listener.raw_events();
        let told = events.next_until(Instant::now());
        assert!(told.expect("no error").is_none());
    });
}
