// SPDX-License-Identifier: MIT OR Apache-2.0
//! Clients of other network namespaces.

use genlkit::client::Client;
use genlkit::nlctrl::GetFamily;
use genlkit::transport::{NetNs, Options};
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use std::fs::{self, File};
use std::os::fd::AsRawFd;
use std::sync::mpsc;
use std::thread;

const NS: &str = "/proc/thread-self/ns/net";

/// Whether the calling thread's network namespace has the client's socket.
fn has(inode: &str) -> bool {
    let sockets = fs::read_to_string("/proc/thread-self/net/netlink").expect("the sockets");
    sockets
        .lines()
        .any(|line| line.split_whitespace().last() == Some(inode))
}

/// The inode number of a client's socket.
fn inode(client: &mut Client) -> String {
    let fd = client.transport().as_raw_fd();
    let link = fs::read_link(format!("/proc/self/fd/{fd}")).expect("the socket");
    let link = link.to_str().expect("a name");
    link.trim_start_matches("socket:[")
        .trim_end_matches(']')
        .to_owned()
}

#[test]
fn a_client_is_opened_in_a_namespace_given_by_file_path_or_name() {
    let here = fs::read_link(NS).expect("a namespace");
    let (ready, opened) = (mpsc::channel(), mpsc::channel::<Vec<String>>());
    let (to_test, from_thread) = ready;
    let (to_thread, from_test) = opened;
    let thread = thread::spawn(move || {
        unshare(CloneFlags::CLONE_NEWNET).expect("root may");
        fs::create_dir_all("/run/netns").expect("a directory");
        let named = "/run/netns/genlkit-test";
        File::create(named).expect("a file");
        mount(
            Some(NS),
            named,
            None::<&str>,
            MsFlags::MS_BIND,
            None::<&str>,
        )
        .expect("a name");
        to_test
            .send(File::open(NS).expect("a file"))
            .expect("the test");
        let inodes = from_test.recv().expect("the test");
        assert_eq!(inodes.len(), 3);
        assert!(inodes.iter().all(|inode| has(inode)), "{inodes:?}");
    });
    let file = from_thread.recv().expect("the thread");
    let path = format!("/proc/self/fd/{}", file.as_raw_fd());
    let places = [
        NetNs::path(path),
        NetNs::name("genlkit-test"),
        NetNs::fd(file.try_clone().expect("another").into()),
    ];
    let mut clients: Vec<Client> = places
        .map(|netns| Client::open_with(&Options::new().netns(netns)).expect("root may"))
        .into();
    for client in &mut clients {
        assert!(!has(&inode(client)));
        assert!(client.call(&GetFamily { name: "nlctrl" }).is_ok());
    }
    to_thread
        .send(clients.iter_mut().map(inode).collect())
        .expect("the thread");
    thread.join().expect("the sockets are there");
    assert_eq!(
        fs::read_link(NS).expect("a namespace"),
        here,
        "the caller stayed"
    );
}
