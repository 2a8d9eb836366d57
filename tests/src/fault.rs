// SPDX-License-Identifier: MIT OR Apache-2.0

//! Makes one allocation of the calling thread fail, on a kernel that can (CONFIG_FAILSLAB and others).
//!
//! See Documentation/fault-injection/fault-injection.rst of the kernel.

use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::FileExt as _,
};

/// What fails: slab objects, pages, and copies from and to user space.
const KINDS: [&str; 3] = ["failslab", "fail_page_alloc", "fail_usercopy"];

/// Where each is set up.
const DEBUGFS: &str = "/sys/kernel/debug";

/// Where modules are loaded on x86-64, whatever KASLR does (`MODULES_VADDR` to `MODULES_END`).
const MODULES: [&str; 2] = ["0xffffffffa0000000", "0xffffffffff000000"];

/// The calling thread's count of what goes well before something fails.
#[derive(Debug)]
pub struct FailNth(File);

impl FailNth {
    /// Sets the kernel up so that allocations which may sleep can fail, and says nothing of it.
    ///
    /// # Errors
    ///
    /// Where the kernel cannot do it.
    pub fn open() -> io::Result<Self> {
        for kind in KINDS {
            fs::write(format!("{DEBUGFS}/{kind}/verbose"), "0")?;
        }
        fs::write(format!("{DEBUGFS}/failslab/ignore-gfp-wait"), "N")?;
        let pages = format!("{DEBUGFS}/fail_page_alloc");
        fs::write(format!("{pages}/ignore-gfp-wait"), "N")?;
        fs::write(format!("{pages}/ignore-gfp-highmem"), "N")?;
        fs::write(format!("{pages}/min-order"), "0")?;
        stack_within(["0", "0xffffffffffffffff"])?;
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .open("/proc/thread-self/fail-nth")?;
        Ok(Self(file))
    }

    /// Leaves alone, until the next is opened, what is done without a module's code on the stack.
    ///
    /// # Errors
    ///
    /// Where the kernel cannot do it.
    pub fn of_modules() -> io::Result<Self> {
        let this = Self::open()?;
        stack_within(MODULES)?;
        Ok(this)
    }

    /// Runs `body` with its `nth` allocation or copy failing; says whether it had so many.
    ///
    /// # Panics
    ///
    /// If the kernel does not take the number.
    pub fn during<T>(&self, nth: u32, body: impl FnOnce() -> T) -> (T, bool) {
        let text = nth.to_string();
        let mut left = [0; 16];
        self.0.write_at(text.as_bytes(), 0).expect("a number");
        let result = body();
        // Reading and writing copy from and to here, and may be what fails: then the body did not.
        let read = self.0.read_at(&mut left, 0);
        if self.0.write_at(b"0", 0).is_err() {
            self.0.write_at(b"0", 0).expect("it fails but once");
        }
        (result, read.is_ok_and(|_| left[0] == b'0'))
    }
}

/// Has things fail only where the stack has code between two addresses.
fn stack_within([start, end]: [&str; 2]) -> io::Result<()> {
    for kind in KINDS {
        fs::write(format!("{DEBUGFS}/{kind}/require-start"), start)?;
        fs::write(format!("{DEBUGFS}/{kind}/require-end"), end)?;
    }
    Ok(())
}

/// Makes allocations of our modules fail at random, whoever's they are, until it is dropped.
#[derive(Debug)]
pub struct FailSome(());

impl FailSome {
    /// Starts with so many of a hundred.
    ///
    /// # Errors
    ///
    /// Where the kernel cannot do it.
    pub fn start(percent: u32) -> io::Result<Self> {
        FailNth::of_modules()?;
        let this = Self(());
        for kind in &KINDS[..2] {
            fs::write(format!("{DEBUGFS}/{kind}/task-filter"), "N")?;
            fs::write(format!("{DEBUGFS}/{kind}/times"), "-1")?;
            fs::write(format!("{DEBUGFS}/{kind}/probability"), percent.to_string())?;
        }
        Ok(this)
    }
}

impl Drop for FailSome {
    fn drop(&mut self) {
        for kind in &KINDS[..2] {
            let _ = fs::write(format!("{DEBUGFS}/{kind}/probability"), "0");
        }
    }
}
