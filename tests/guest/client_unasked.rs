// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the kernel sends to a socket alone, and nobody asked for.

use genlkit::{
    client::Client,
    wire::{Attrs, Builder, GenlHeader, flags},
};
use std::process::Command;

const TASKSTATS_CMD_GET: u8 = 1;
const TASKSTATS_CMD_ATTR_PID: u16 = 1;
const TASKSTATS_CMD_ATTR_REGISTER_CPUMASK: u16 = 3;
const TASKSTATS_TYPE_PID: u16 = 1;

/// The records of who exits carry numbers that the kernel counts from 0 for each processor.
#[test]
fn statistics_of_who_exits_are_not_taken_for_those_that_were_asked_for() {
    let mut client = Client::open().expect("a socket");
    let id = client.family("TASKSTATS").expect("a family").id;
    let get = |to: &mut Builder<'_>| {
        let (cmd, version) = (TASKSTATS_CMD_GET, 1);
        to.bytes(&GenlHeader { cmd, version }.to_bytes());
    };
    let processors = std::thread::available_parallelism().expect("processors");
    let all = format!("0-{}", processors.get() - 1);
    let registered = client.raw(id, flags::ACK, |to| {
        get(to);
        to.str(TASKSTATS_CMD_ATTR_REGISTER_CPUMASK, &all);
    });
    let mut registered = registered.expect("it is sent");
    assert!(registered.next().expect("no error").is_none());
    drop(registered);

    for _ in 0..50 {
        for _ in 0..3 {
            assert!(Command::new("true").status().expect("a program").success());
        }
        let mut answers = client
            .raw(id, 0, |to| {
                get(to);
                to.u32(TASKSTATS_CMD_ATTR_PID, 1);
            })
            .expect("it is sent");
        let answer = answers.next().expect("no error").expect("an answer");
        let attributes = answer.body().get(GenlHeader::LEN..).expect("a header");
        let nest = Attrs::new(attributes).next().expect("one").expect("whole");
        let pid = nest.nest().next().expect("one").expect("whole");
        assert_eq!(pid.number(), TASKSTATS_TYPE_PID);
        assert_eq!(pid.payload(), 1_u32.to_ne_bytes());
    }
}
