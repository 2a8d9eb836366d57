// SPDX-License-Identifier: MIT OR Apache-2.0

//! Processes that begin and end as fast as one process can make them.

use nix::{
    libc,
    mount::{MsFlags, mount},
    sched::{CloneFlags, CpuSet, clone, sched_setaffinity},
    sys::signal::{SigHandler, Signal, signal},
    unistd::Pid,
};
use std::{fs, path::Path};

/// Begins so many processes one after the other, each of which ends at once and is reaped by
/// nobody.
///
/// For a process of its own: its children's ends are nobody's business any more.
///
/// # Panics
///
/// If a process cannot be made.
pub fn forks(count: u32) {
    // SAFETY: No handler is installed.
    unsafe { signal(Signal::SIGCHLD, SigHandler::SigIgn) }.expect("a signal");
    let mut stack = [0_u8; 16384];
    // The child borrows the parent's memory, and the parent waits until it is gone: nothing is
    // copied.
    let flags = CloneFlags::CLONE_VM | CloneFlags::CLONE_VFORK;
    for _ in 0..count {
        // SAFETY: The child does nothing, on a stack of its own, and the parent is stopped
        // meanwhile.
        unsafe { clone(Box::new(|| 0), &mut stack, flags, Some(libc::SIGCHLD)) }
            .expect("a process");
    }
}

/// Keeps one processor busy with the caller and the children that it has from now on: whatever
/// else would run there waits, what delivers their events not least, but for the twentieth of the
/// time that the scheduler keeps.
///
/// # Panics
///
/// If it may not.
pub fn hog() {
    let mut first = CpuSet::new();
    first.set(0).expect("there is a processor");
    sched_setaffinity(Pid::from_raw(0), &first).expect("anyone may");
    let priority = libc::sched_param { sched_priority: 1 };
    // SAFETY: The parameter is read, and is there.
    let set = unsafe { libc::sched_setscheduler(0, libc::SCHED_FIFO, &raw const priority) };
    assert_eq!(set, 0, "root may: {}", std::io::Error::last_os_error());
}

/// Keeps what the scheduler reserves for ordinary tasks on the first processor, while it lives,
/// from them: who [hogs](hog) it shares with nobody.
#[derive(Debug)]
pub struct Starved {
    runtime: Vec<u8>,
}

impl Starved {
    const SERVER: &str = "/sys/kernel/debug/sched/fair_server/cpu0/runtime";
    const LIMIT: &str = "/proc/sys/kernel/sched_rt_runtime_us";

    /// Nothing is reserved from now on.
    ///
    /// # Panics
    ///
    /// If the caller may not say so.
    pub fn begin() -> Self {
        let debugfs = "/sys/kernel/debug";
        if !Path::new(Self::SERVER).exists() {
            let flags = MsFlags::empty();
            mount(
                Some("debugfs"),
                debugfs,
                Some("debugfs"),
                flags,
                None::<&str>,
            )
            .expect("debugfs");
        }
        let runtime = fs::read(Self::SERVER).expect("the server's runtime");
        fs::write(Self::SERVER, "0").expect("root may");
        fs::write(Self::LIMIT, "-1").expect("root may");
        Self { runtime }
    }
}

impl Drop for Starved {
    fn drop(&mut self) {
        fs::write(Self::SERVER, &self.runtime).expect("root may");
        fs::write(Self::LIMIT, "950000").expect("root may");
    }
}
