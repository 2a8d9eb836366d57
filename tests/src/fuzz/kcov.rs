// SPDX-License-Identifier: MIT OR Apache-2.0

//! Which of the kernel's code a thread ran, on a kernel that tells (CONFIG_KCOV).
//!
//! See Documentation/dev-tools/kcov.rst of the kernel.

use nix::{
    errno::Errno,
    libc,
    sys::mman::{MapFlags, ProtFlags, mmap, munmap},
};
use std::{
    fs::{File, OpenOptions},
    num::NonZeroUsize,
    os::fd::AsRawFd as _,
    ptr::NonNull,
    sync::atomic::{AtomicU64, Ordering},
};

/// `KCOV_INIT_TRACE`, `KCOV_ENABLE` and `KCOV_DISABLE` of `linux/kcov.h`.
const INIT_TRACE: libc::c_ulong = 0x8008_6301;
const ENABLE: libc::c_ulong = 0x6364;
const DISABLE: libc::c_ulong = 0x6365;
/// `KCOV_TRACE_PC`
const TRACE_PC: libc::c_ulong = 0;

/// How many addresses are kept of one request.
const ENTRIES: usize = 1 << 16;

/// The trace of the thread that opened it, until it is dropped there.
#[derive(Debug)]
pub struct Kcov {
    file: File,
    /// A mapping of `ENTRIES` numbers; the first is how many follow.
    trace: NonNull<AtomicU64>,
}

impl Kcov {
    /// Starts to trace the calling thread; none where the kernel cannot.
    ///
    /// # Panics
    ///
    /// If the kernel can, and refuses.
    pub fn start() -> Option<Self> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .open("/sys/kernel/debug/kcov")
            .ok()?;
        ioctl(&file, INIT_TRACE, ENTRIES as libc::c_ulong).expect("a trace");
        let len = NonZeroUsize::new(ENTRIES * size_of::<AtomicU64>())?;
        let access = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
        // SAFETY: A new mapping at a place of the kernel's choice overlaps nothing.
        let trace = unsafe { mmap(None, len, access, MapFlags::MAP_SHARED, &file, 0) };
        let trace = trace.expect("the trace can be mapped").cast();
        ioctl(&file, ENABLE, TRACE_PC).expect("the thread is not traced yet");
        Some(Self { file, trace })
    }

    fn entries(&self) -> &[AtomicU64] {
        // SAFETY: The mapping is of this length, aligned to a page, and lives as long as `self`.
        // The kernel writes whole numbers, and only while this thread is inside of it.
        unsafe { std::slice::from_raw_parts(self.trace.as_ptr(), ENTRIES) }
    }

    /// Forgets what was traced.
    pub fn clear(&self) {
        self.entries()[0].store(0, Ordering::Relaxed);
    }

    /// The addresses of what ran since, in order; what did not fit is missing.
    pub fn addresses(&self) -> impl Iterator<Item = u64> {
        let entries = self.entries();
        let count = entries[0].load(Ordering::Relaxed) as usize;
        entries[1..]
            .iter()
            .take(count)
            .map(|entry| entry.load(Ordering::Relaxed))
    }
}

impl Drop for Kcov {
    fn drop(&mut self) {
        let _ = ioctl(&self.file, DISABLE, 0);
        // SAFETY: The mapping is ours, of this length, and nothing borrows it any more.
        let _ = unsafe { munmap(self.trace.cast(), ENTRIES * size_of::<AtomicU64>()) };
    }
}

fn ioctl(file: &File, request: libc::c_ulong, argument: libc::c_ulong) -> Result<(), Errno> {
    // SAFETY: KCOV's requests take numbers, no pointers.
    Errno::result(unsafe { libc::ioctl(file.as_raw_fd(), request, argument) }).map(drop)
}
