// SPDX-License-Identifier: MIT OR Apache-2.0

//! Children of all kinds for a test to look at, and tests that need a process of their own.

use nix::{
    sys::{
        prctl,
        signal::{Signal, kill},
        wait::{Id, WaitPidFlag, WaitStatus, waitid, waitpid},
    },
    unistd::{ForkResult, Pid, fork, pause, pipe, read, write},
};
use std::{
    fs::File,
    io::Read as _,
    mem,
    panic::{self, AssertUnwindSafe, catch_unwind},
};

/// A child process, killed and reaped when dropped.
#[derive(Debug)]
pub struct Child(Pid);

impl Child {
    /// Forks a child that runs `prepare` and then sleeps until it is killed; returns when it
    /// sleeps or is about to.
    ///
    /// # Panics
    ///
    /// If the child cannot be made, or its `prepare` panics.
    pub fn spawn(prepare: impl FnOnce()) -> Self {
        let (ready, tell) = pipe().expect("a pipe");
        let child = Self::fork(|| {
            prepare();
            write(&tell, b"!").expect("the parent waits");
            loop {
                pause();
            }
        });
        drop(tell);
        assert_eq!(read(&ready, &mut [0]), Ok(1), "the child prepares itself");
        child
    }

    /// Forks a child that runs `body` and exits.
    ///
    /// # Panics
    ///
    /// If the child cannot be made.
    pub fn run(body: impl FnOnce()) -> Self {
        Self::fork(body)
    }

    /// A child that sleeps.
    pub fn sleeping() -> Self {
        Self::spawn(|| {})
    }

    /// A child that a signal stopped.
    pub fn stopped() -> Self {
        let child = Self::sleeping();
        child.signal(Signal::SIGSTOP);
        waitid(
            Id::Pid(child.0),
            WaitPidFlag::WSTOPPED | WaitPidFlag::WNOWAIT,
        )
        .expect("it stops");
        child
    }

    /// A child that exited with `status` and is not waited for.
    pub fn zombie(status: i32) -> Self {
        Self::fork(move || exit(status)).until_zombie()
    }

    /// A child that `signal` killed and that is not waited for.
    pub fn killed(signal: Signal) -> Self {
        let child = Self::sleeping();
        child.signal(signal);
        child.until_zombie()
    }

    /// A child of `count` threads, all asleep.
    pub fn threads(count: usize) -> Self {
        Self::spawn(move || {
            for _ in 1..count {
                std::thread::spawn(|| {
                    loop {
                        pause();
                    }
                });
            }
        })
    }

    /// Waits until the child is a zombie.
    ///
    /// # Panics
    ///
    /// If it is nobody's child.
    pub fn until_zombie(self) -> Self {
        waitid(Id::Pid(self.0), WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT).expect("it ends");
        self
    }

    /// Waits until it ends, and reaps it.
    ///
    /// # Panics
    ///
    /// If it is nobody's child.
    pub fn wait(self) -> WaitStatus {
        let status = waitpid(self.0, None).expect("it ends");
        mem::forget(self);
        status
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.0.as_raw().unsigned_abs()
    }

    /// Sends it a signal.
    ///
    /// # Panics
    ///
    /// If it cannot be sent.
    pub fn signal(&self, signal: Signal) {
        kill(self.0, signal).expect("the child is there");
    }

    /// Forks a child that runs `body` and exits.
    fn fork(body: impl FnOnce()) -> Self {
        // SAFETY: The child's single thread does what tests do; glibc makes its allocator usable
        // after a fork, and the test harness's locks are not taken.
        match unsafe { fork() }.expect("a child") {
            ForkResult::Parent { child } => Self(child),
            ForkResult::Child => {
                // Where the parent ends without dropping it, as after a panic.
                prctl::set_pdeathsig(Signal::SIGKILL).expect("a signal");
                let done = catch_unwind(AssertUnwindSafe(body));
                exit(if done.is_ok() { 0 } else { 101 })
            }
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // The test may have reaped it, or have given up the right to kill it.
        if kill(self.0, Signal::SIGKILL).is_ok() {
            let _ = waitpid(self.0, None);
        }
    }
}

/// Ends a forked child at once: no destructors, no exit handlers of the parent's.
fn exit(status: i32) -> ! {
    // SAFETY: `_exit` has no preconditions.
    unsafe { nix::libc::_exit(status) }
}

/// Runs `body` in a process of its own, so that it may change its namespaces, its credentials and
/// its mounts; panics as it does.
///
/// # Panics
///
/// If `body` does, with its message.
pub fn isolated(body: impl FnOnce()) {
    let (said, say) = pipe().expect("a pipe");
    let child = Child::fork(|| {
        panic::set_hook(Box::new(move |info| {
            let _ = write(&say, info.to_string().as_bytes());
        }));
        body();
    });
    let mut message = String::new();
    // The child has the writing end; it closes when the child ends.
    File::from(said)
        .read_to_string(&mut message)
        .expect("the child's message");
    let status = child.wait();
    assert!(
        matches!(status, WaitStatus::Exited(_, 0)),
        "in its own process, {status:?}: {message}"
    );
}
