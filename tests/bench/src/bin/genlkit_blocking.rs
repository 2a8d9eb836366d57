// SPDX-License-Identifier: MIT OR Apache-2.0
//! Ours, blocking.
#![cfg_attr(all(not(test), target_env = "gnu"), no_main)]

use genlkit::client::Client;
use genlkit::nlctrl::{GetFamilies, GetFamily};
use genlkit::transport::Options;
use genlkit::wire::{Malformed, Message, flags};
use genlkit_bench::taskstats::{self, Get};
use genlkit_bench::{BATCH, families, rtnetlink, serve};

const NLCTRL: GetFamily<'_> = GetFamily { name: "nlctrl" };

genlkit::entry!(run);

fn run() -> u8 {
    let mut generic = Client::open().expect("a socket");
    let mut route = None;
    serve(|task, count| {
        Some(match task {
            "call" => (0..count).map(|_| call(&mut generic)).sum(),
            "batch" => (0..count / BATCH).map(|_| batch(&mut generic)).sum(),
            "taskstats" => (0..count).map(|_| stats(&mut generic)).sum(),
            "families" => (0..count).map(|_| dump(&mut generic)).sum(),
            "addresses" => {
                let (kind, len) = (rtnetlink::RTM_GETADDR, rtnetlink::ADDRESS_LEN);
                let read = || raw(opened(&mut route), kind, len, rtnetlink::address);
                std::iter::repeat_with(read).take(count as usize).sum()
            }
            "links" => {
                let (kind, len) = (rtnetlink::RTM_GETLINK, rtnetlink::LINK_LEN);
                let read = || raw(opened(&mut route), kind, len, rtnetlink::link);
                std::iter::repeat_with(read).take(count as usize).sum()
            }
            _ => return None,
        })
    });
    0
}

/// The client of rtnetlink, which one call alone does not need.
fn opened(route: &mut Option<Client>) -> &mut Client {
    route.get_or_insert_with(|| Client::open_with(&Options::new().protocol(0)).expect("a socket"))
}

fn call(client: &mut Client) -> u64 {
    let family = client.call(&NLCTRL).expect("a reply");
    families::family(&family).expect("a family")
}

fn stats(client: &mut Client) -> u64 {
    let request = Get {
        pid: taskstats::PID,
    };
    client.call(&request).expect("a reply").sum()
}

fn batch(client: &mut Client) -> u64 {
    let mut answers = client.batch((0..BATCH).map(|_| NLCTRL));
    let mut sum = 0;
    while let Some(family) = answers.next() {
        sum += families::family(&family.expect("a reply")).expect("a family");
    }
    sum
}

fn dump(client: &mut Client) -> u64 {
    let mut dump = client.dump(&GetFamilies).expect("a dump");
    let mut sum = 0;
    let outcome: Result<(), genlkit::Error> = dump.try_for_each(|family| {
        sum += families::family(family).expect("a family");
        Ok(())
    });
    outcome.expect("a whole dump");
    sum
}

fn raw(
    client: &mut Client,
    kind: u16,
    len: usize,
    read: impl Fn(&Message<'_>) -> Result<u64, Malformed>,
) -> u64 {
    let request = client.raw(kind, flags::DUMP, |to| to.bytes(&[0; 16][..len]));
    let mut entries = request.expect("a dump");
    let mut sum = 0;
    let outcome: Result<(), genlkit::Error> = entries.try_for_each(|entry| {
        sum += read(entry).expect("an entry");
        Ok(())
    });
    outcome.expect("a whole dump");
    sum
}
