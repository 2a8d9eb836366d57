// SPDX-License-Identifier: MIT OR Apache-2.0

//! SELinux's events, in a guest that has it switched on and no policy.

use genlkit_tests::genlkit::{Watch, page_shows, run};
use nix::errno::Errno;
use nix::mount::{MsFlags, mount};
use std::fs;

/// Its file system is there.
fn mounted() {
    let (name, none) = (Some("selinuxfs"), None::<&str>);
    match mount(name, "/sys/fs/selinux", name, MsFlags::empty(), none) {
        Ok(()) | Err(Errno::EBUSY) => {}
        Err(errno) => panic!("lsm=selinux on the command line: {errno}"),
    }
}

#[test]
fn selinux_tells_that_it_enforces_and_takes_no_message() {
    mounted();
    let watch = Watch::start(&["selinux", "avc"]);
    let before = fs::read_to_string("/sys/fs/selinux/enforce").expect("a file");
    let (other, value) = if before.trim() == "0" {
        ("1", 1)
    } else {
        ("0", 0)
    };
    fs::write("/sys/fs/selinux/enforce", other).expect("root");
    let event = watch.named("setenforce");
    assert_eq!(event["msg"]["val"], value, "{event}");

    let spec = "name: selinux-send\nprotocol: netlink-raw\nprotonum: 7\ndoc: x\nattribute-sets: []\noperations: { list: [ { name: send, doc: x, value: 16, do: {} } ] }\n";
    fs::write("/tmp/selinux-send.yaml", spec).expect("a file");
    let said = run(&["do", "/tmp/selinux-send.yaml", "send"]);
    assert_ne!(said.status, 0, "{}", said.out);
    assert!(
        said.err.contains("ECONNREFUSED") || said.err.contains("EPERM"),
        "{}",
        said.err
    );
}

#[test]
fn the_page_shows_selinux() {
    mounted();
    page_shows("SELINUX");
}
