// SPDX-License-Identifier: MIT OR Apache-2.0
//! The machine that the tasks run on: memory, load, processors.

use nix::sys::sysinfo::sysinfo;
use std::time::Duration;

/// The machine at one time. What is not known is 0.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Machine {
    pub(super) uptime: Duration,
    /// Mean numbers of tasks that ran or waited for a device, in 1, 5 and 15 minutes.
    pub(super) load: (f64, f64, f64),
    pub(super) processors: usize,
    /// Bytes of memory.
    pub(super) memory: u64,
    /// Bytes of memory that programs can still have.
    pub(super) available: u64,
}

impl Machine {
    pub(super) fn now() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let Ok(info) = sysinfo() else {
            return Self {
                processors,
                ..Self::default()
            };
        };
        Self {
            uptime: info.uptime(),
            load: info.load_average(),
            processors,
            memory: info.ram_total(),
            available: available().unwrap_or(info.ram_unused()),
        }
    }
}

/// What the kernel estimates, where there is a procfs.
fn available() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kibibytes << 10)
}
