// SPDX-License-Identifier: MIT OR Apache-2.0
//! TASKSTATS as genetlink wants a family.

use genlkit_bench::taskstats as c;
use netlink_packet_core::{DecodeError, Emitable, NlasIterator, ParseableParametrized, parse_u32};
use netlink_packet_generic::{GenlFamily, GenlHeader};

/// A request for the statistics of a process, or the answer.
#[derive(Clone, Debug, Default)]
pub(crate) struct TaskStats {
    pid: u32,
    stats: Vec<u8>,
}

impl TaskStats {
    pub(crate) fn get() -> Self {
        Self {
            pid: c::PID,
            stats: Vec::new(),
        }
    }

    pub(crate) fn sum(&self) -> u64 {
        c::sum(self.pid, &self.stats)
    }
}

impl GenlFamily for TaskStats {
    fn family_name() -> &'static str {
        c::NAME
    }

    fn command(&self) -> u8 {
        c::CMD_GET
    }

    fn version(&self) -> u8 {
        c::VERSION
    }
}

impl Emitable for TaskStats {
    fn buffer_len(&self) -> usize {
        8
    }

    fn emit(&self, buffer: &mut [u8]) {
        buffer[..2].copy_from_slice(&8u16.to_ne_bytes());
        buffer[2..4].copy_from_slice(&c::CMD_ATTR_PID.to_ne_bytes());
        buffer[4..8].copy_from_slice(&self.pid.to_ne_bytes());
    }
}

impl ParseableParametrized<[u8], GenlHeader> for TaskStats {
    fn parse_with_param(buffer: &[u8], _: GenlHeader) -> Result<Self, DecodeError> {
        let mut answer = Self::default();
        for aggregate in NlasIterator::new(buffer) {
            for attr in NlasIterator::new(aggregate?.value()) {
                let attr = attr?;
                match attr.kind() {
                    c::TYPE_PID => answer.pid = parse_u32(attr.value())?,
                    c::TYPE_STATS => answer.stats = attr.value().to_vec(),
                    _ => {}
                }
            }
        }
        Ok(answer)
    }
}
