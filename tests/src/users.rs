// SPDX-License-Identifier: MIT OR Apache-2.0

//! Users without privilege, and what they go by.

use crate::child::Child;
use nix::{
    mount::{MsFlags, mount},
    sched::{CloneFlags, unshare},
    sys::prctl,
    unistd::{Gid, Uid, setegid, seteuid, setgroups, setresgid, setresuid},
};

/// A user of the tests.
pub const ALICE: u32 = 3001;
/// Another user of the tests.
pub const BOB: u32 = 3002;

/// Becomes a user without any privilege, whose group has the user's number.
///
/// # Panics
///
/// If the caller is not root.
pub fn become_user(id: u32) {
    setgroups(&[]).expect("root may");
    let (uid, gid) = (Uid::from_raw(id), Gid::from_raw(id));
    setresgid(gid, gid, gid).expect("root may");
    setresuid(uid, uid, uid).expect("root may");
    // Changing ids makes a process one that its own user may not look into.
    prctl::set_dumpable(true).expect("anyone may");
}

/// Acts as a user, who can act as root again.
///
/// # Panics
///
/// If the caller is not root.
pub fn act_as(id: u32) {
    // The group root may see everything, unless the mount names another.
    setgroups(&[]).expect("root may");
    setegid(Gid::from_raw(id)).expect("root may");
    seteuid(Uid::from_raw(id)).expect("root may");
}

/// Acts as root again.
///
/// # Panics
///
/// Unless [`act_as`] went before.
pub fn act_as_root() {
    seteuid(Uid::from_raw(0)).expect("root again");
    setegid(Gid::from_raw(0)).expect("root again");
}

/// A sleeping process of a user.
///
/// # Panics
///
/// If the caller is not root.
pub fn process_of(id: u32) -> Child {
    Child::spawn(|| become_user(id))
}

/// Replaces /proc in a mount namespace of its own.
///
/// # Panics
///
/// If the caller is not root.
pub fn mount_proc(options: &str) {
    unshare(CloneFlags::CLONE_NEWNS).expect("root may");
    let private = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
    mount(None::<&str>, "/", None::<&str>, private, None::<&str>).expect("root may");
    mount(
        Some("proc"),
        "/proc",
        Some("proc"),
        MsFlags::empty(),
        Some(options),
    )
    .expect("root may");
}
