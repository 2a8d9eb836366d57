// SPDX-License-Identifier: MIT OR Apache-2.0
//! The family TASKSTATS: what it has counted of process 1, which is always there.

use genlkit::request::{Decode, Do, Request};
use genlkit::schema::{Attr, AttrSet, Family, Op};
use genlkit::wire::{Builder, Bytes, Malformed, Reader};

pub const NAME: &str = "TASKSTATS";
pub const VERSION: u8 = 1;
pub const CMD_GET: u8 = 1;
pub const CMD_ATTR_PID: u16 = 1;
pub const TYPE_PID: u16 = 1;
pub const TYPE_STATS: u16 = 3;
pub const TYPE_AGGR_PID: u16 = 4;

/// Whose statistics are asked for.
pub const PID: u32 = 1;

static FAMILY: Family = Family {
    name: NAME,
    version: VERSION,
    header_len: 0,
    ops: &[&GET],
    groups: &[],
};

static GET: Op = Op {
    family: &FAMILY,
    name: "get",
    cmd: CMD_GET,
    attrs: &AttrSet {
        name: "cmd",
        attrs: &[Attr::u32(CMD_ATTR_PID, "pid")],
    },
};

static TYPES: AttrSet = AttrSet {
    name: "type",
    attrs: &[Attr::nest(TYPE_AGGR_PID, "aggr-pid", &AGGR)],
};

static AGGR: AttrSet = AttrSet {
    name: "aggr",
    attrs: &[
        Attr::u32(TYPE_PID, "pid"),
        Attr::binary(TYPE_STATS, "stats"),
    ],
};

/// Asks for the statistics of a process.
pub struct Get {
    pub pid: u32,
}

impl Request for Get {
    type Reply<'b> = Reply<'b>;

    const OP: &'static Op = &GET;

    fn encode(&self, to: &mut Builder<'_>) {
        to.u32(CMD_ATTR_PID, self.pid);
    }
}

impl Do for Get {}

/// The answer.
#[derive(Default)]
pub struct Reply<'b> {
    aggregate: Option<Aggregate<'b>>,
}

#[derive(Default)]
struct Aggregate<'b> {
    pid: Option<u32>,
    stats: Option<Bytes<'b>>,
}

impl<'b> Decode<'b> for Reply<'b> {
    #[inline(always)]
    fn read(&mut self, body: &'b [u8]) -> Result<(), Malformed> {
        let mut attrs = Reader::new(body, &TYPES);
        while attrs.more() {
            attrs.nest(TYPE_AGGR_PID, &mut self.aggregate);
        }
        attrs.finish()
    }
}

impl<'b> Decode<'b> for Aggregate<'b> {
    #[inline(always)]
    fn read(&mut self, body: &'b [u8]) -> Result<(), Malformed> {
        let mut attrs = Reader::new(body, &AGGR);
        while attrs.more() {
            attrs.u32(TYPE_PID, &mut self.pid);
            attrs.bytes(TYPE_STATS, &mut self.stats);
        }
        attrs.finish()
    }
}

impl Reply<'_> {
    /// What of it stays the same from one request to the next.
    #[inline]
    pub fn sum(&self) -> u64 {
        let aggregate = self.aggregate.as_ref().expect("an answer");
        let stats = aggregate.stats.as_deref().expect("statistics");
        sum(aggregate.pid.expect("a number"), stats)
    }
}

/// The process, how long its statistics are, and their version, which they start with.
#[inline]
pub fn sum(pid: u32, stats: &[u8]) -> u64 {
    let version = stats.first_chunk().copied().unwrap_or_default();
    u64::from(pid) + stats.len() as u64 + u64::from(u16::from_ne_bytes(version))
}
