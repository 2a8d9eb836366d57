// SPDX-License-Identifier: MIT OR Apache-2.0
//! The client against the kernel that the tests run on, whose controller is always there.

use genlkit::client::Client;
use genlkit::generated::taskdiag::FAMILY;
use genlkit::nlctrl::{self, GetFamilies, GetFamily, GetPolicy};
use genlkit::request::Request;
use genlkit::transport::{Direction, NetNs, Options, Socket, Tap, Transport};
use genlkit::wire::{Builder, GenlHeader, Header, flags};
use genlkit::{Error, ErrorKind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

#[test]
fn the_controller_tells_about_itself() {
    let mut client = Client::open().unwrap();
    let reply = client.call(&GetFamily { name: "nlctrl" }).unwrap();
    assert_eq!(
        (reply.id, reply.name.unwrap().to_str()),
        (Some(nlctrl::ID), Ok("nlctrl"))
    );
    assert!(reply.ops.count() > 0);
    let info = client.family("nlctrl").unwrap();
    assert!(info.groups.iter().any(|(name, _)| name == "notify"));
}

#[test]
fn dumps_list_every_family_and_may_be_left_early() {
    let mut client = Client::open().unwrap();
    for taken in [0, 1, usize::MAX] {
        let mut families = client.dump(&GetFamilies).unwrap();
        let mut names = Vec::new();
        while names.len() < taken {
            let Some(family) = families.next().unwrap() else {
                break;
            };
            names.push(family.name.unwrap().to_string());
        }
        drop(families);
        assert!(
            taken < usize::MAX || names.iter().any(|name| name == "nlctrl"),
            "{names:?}"
        );
        assert!(client.call(&GetFamily { name: "nlctrl" }).is_ok());
    }
}

#[test]
fn a_family_that_is_not_there_is_not_found() {
    let mut client = Client::open().unwrap();
    let error = client.family("genlkit-none").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    // A name beyond the controller's limit is refused with the attribute's path.
    let error = client
        .call(&GetFamily {
            name: "a-name-that-is-too-long",
        })
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.attribute()),
        (ErrorKind::Refused, Some("family-name"))
    );
}

#[test]
fn a_batch_has_an_answer_for_each_request() {
    let mut client = Client::open().unwrap();
    let names = ["nlctrl", "genlkit-none"];
    let mut batch = client.batch((0..100).map(|n| GetFamily { name: names[n % 2] }));
    for n in 0..100 {
        match batch.next().unwrap() {
            Ok(family) if n % 2 == 0 => assert_eq!(family.id, Some(nlctrl::ID)),
            Err(error) if n % 2 == 1 => assert_eq!(error.errno(), Some(libc::ENOENT)),
            other => panic!("{n}: {other:?}"),
        }
    }
    assert!(batch.next().is_none());
}

#[test]
fn the_kernel_counts_every_datagram_that_a_full_queue_drops() {
    const ASKED: u32 = 1000;
    let options = Options::new().queue_size(32 << 10);
    let mut socket = Socket::open(&options).unwrap();
    let mut buffer = vec![0; 64];
    let mut builder = Builder::new(&mut buffer);
    let header = Header {
        kind: nlctrl::ID,
        flags: flags::REQUEST,
        ..Header::default()
    };
    builder.message(header, |message| {
        message.bytes(&GenlHeader { cmd: 3, version: 2 }.to_bytes());
        GetFamily { name: "nlctrl" }.encode(message);
    });
    let request = builder.finish().unwrap().to_vec();
    for _ in 0..ASKED {
        socket.send(&request).unwrap();
    }
    // The loss is told before what was kept, which is still there.
    let mut received = vec![0; 1 << 16];
    let error = socket.try_recv(&mut received).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(libc::ENOBUFS));
    let kept = (0..)
        .map_while(|_: u32| socket.try_recv(&mut received).ok())
        .count();
    assert!(kept > 0);
    // Each request that was not answered lost two: the reply, and the error that there was no room.
    let lost = 2 * (ASKED - u32::try_from(kept).unwrap());
    assert_eq!(socket.drops(), Some(lost));
}

#[test]
fn answers_that_do_not_fit_into_the_queue_are_told_and_the_client_works_on() {
    let options = Options::new().queue_size(4 << 10);
    let mut client = Client::open_with(&options).unwrap();
    let mut batch = client.batch([GetFamily { name: "nlctrl" }; 32]);
    let (mut answered, mut lost) = (0, 0);
    while let Some(answer) = batch.next() {
        match answer {
            Ok(family) => {
                assert_eq!(family.id, Some(nlctrl::ID));
                answered += 1;
            }
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Overrun);
                lost += 1;
            }
        }
    }
    assert!(
        answered > 0 && lost > 0 && answered + lost == 32,
        "{answered} {lost}"
    );
    assert!(client.call(&GetFamily { name: "nlctrl" }).is_ok());
}

#[test]
fn the_controller_tells_what_a_family_accepts() {
    let mut client = Client::open().unwrap();
    let mut parts = client.dump(&GetPolicy { name: "nlctrl" }).unwrap();
    let (mut policy_of_do, mut family_names) = (None, Vec::new());
    while let Some(part) = parts.next().unwrap() {
        for op in part.ops() {
            if op.cmd == u16::from(nlctrl::GETFAMILY.cmd) {
                policy_of_do = op.r#do;
            }
        }
        for (policy, attribute, what) in part.policies() {
            // CTRL_ATTR_FAMILY_NAME
            if attribute == 2 {
                family_names.push((u32::from(policy), what.len.1));
            }
        }
    }
    let policy = policy_of_do.expect("a policy");
    assert!(
        family_names.contains(&(policy, Some(15))),
        "{family_names:?}"
    );
}

#[test]
fn a_dump_is_collected_whole() {
    let mut client = Client::open().unwrap();
    let ids = client.collect(&GetFamilies, 3, |family| family.id).unwrap();
    assert!(ids.contains(&Some(nlctrl::ID)));
}

#[test]
fn a_deadline_ends_every_wait() {
    let mut client = Client::open().unwrap();
    client.set_deadline(Some(Instant::now()));
    // What is there at once is not waited for.
    assert!(client.call(&GetFamily { name: "nlctrl" }).is_ok());
    // Messages of types below 16 are never answered.
    let mut answers = client.raw(0, 0, |_| {}).unwrap();
    assert_eq!(answers.next().unwrap_err().kind(), ErrorKind::TimedOut);
}

#[test]
fn a_network_namespace_that_is_not_there_is_an_error_that_names_it() {
    let options = Options::new().netns(NetNs::name("genlkit-none"));
    let error = Client::open_with(&options).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Socket);
    assert!(error.text().contains("/run/netns/genlkit-none"), "{error}");
}

#[test]
fn a_socket_without_extended_acks_is_told_errnos_alone() {
    let request = GetFamily {
        name: "a-name-that-is-too-long",
    };
    let options = Options::new().ext_ack(false).cap_ack(false);
    let mut client = Client::open_with(&options).unwrap();
    let error = client.call(&request).unwrap_err();
    assert_eq!((error.text(), error.attribute()), ("", None));
    let error = Client::open().unwrap().call(&request).unwrap_err();
    assert_ne!(error.attribute(), None);
}

#[test]
fn an_error_leaves_out_the_request_unless_it_is_wanted() {
    // The header, the errno and the request's header.
    const CAPPED: usize = 16 + 4 + 16;
    let length = |cap_ack| {
        let len = Arc::new(AtomicUsize::new(0));
        let seen = Arc::clone(&len);
        let options = Options::new().ext_ack(false).cap_ack(cap_ack);
        let socket = Socket::open(&options).unwrap();
        let mut client = Client::with(Tap::new(socket, move |direction, bytes| {
            if direction == Direction::Received {
                seen.store(bytes.len(), Ordering::Relaxed);
            }
        }));
        let name = "a-name-that-is-too-long";
        assert!(client.call(&GetFamily { name }).is_err());
        len.load(Ordering::Relaxed)
    };
    assert_eq!(length(true), CAPPED);
    // The generic header, and the name with its own and its NUL.
    assert_eq!(length(false), CAPPED + 4 + 4 + 24);
}

#[test]
fn an_error_that_repeats_a_request_of_100_kib_arrives_whole() {
    const ATTRIBUTE: [u8; 4096] = [0; 4096];
    let name = "a-name-that-is-too-long";
    let longest = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&longest);
    let socket = Socket::open(&Options::new().cap_ack(false)).unwrap();
    let mut client = Client::with(Tap::new(socket, move |direction, bytes| {
        if direction == Direction::Received {
            seen.fetch_max(bytes.len(), Ordering::Relaxed);
        }
    }));
    let mut answers = client
        .raw(nlctrl::ID, flags::ACK, |to| {
            to.bytes(&GenlHeader { cmd: 3, version: 2 }.to_bytes());
            // The controller knows no attributes of this type.
            (0..25).for_each(|_| to.attr(999, ATTRIBUTE));
            GetFamily { name }.encode(to);
        })
        .unwrap();
    let error = answers.next().unwrap_err();
    assert_eq!(error.errno(), Some(libc::EINVAL));
    assert_eq!(error.text(), "Attribute failed policy validation");
    assert_eq!(error.attribute(), Some("attribute 2"));
    drop(answers);
    let longest = longest.load(Ordering::Relaxed);
    assert!(longest > 100 << 10, "{longest} bytes");
    assert!(client.call(&GetFamily { name: "nlctrl" }).is_ok());
}

#[test]
fn requests_for_dumps_are_checked_strictly_unless_that_is_not_wanted() {
    const RTM_GETADDR: u16 = 22;
    let dump = |strict| {
        let options = Options::new().protocol(0).strict_check(strict);
        let mut client = Client::open_with(&options).unwrap();
        // A prefix length, which nobody filters by.
        let mut addresses = client
            .raw(RTM_GETADDR, flags::DUMP, |to| {
                to.bytes(&[0, 8, 0, 0, 0, 0, 0, 0])
            })
            .unwrap();
        addresses.try_for_each(|_| Ok::<_, Error>(()))
    };
    assert_eq!(dump(true).unwrap_err().errno(), Some(libc::EINVAL));
    assert!(dump(false).is_ok());
}

#[test]
fn a_raw_client_speaks_other_protocols() {
    const RTM_GETLINK: u16 = 18;
    let mut client = Client::open_with(&Options::new().protocol(0)).unwrap();
    let mut links = client
        .raw(RTM_GETLINK, flags::DUMP, |to| to.bytes(&[0; 16]))
        .unwrap();
    let mut count = 0;
    while links.next().unwrap().is_some() {
        count += 1;
    }
    assert!(count > 0, "there is always lo");
}

#[test]
fn groups_are_joined_and_left_at_run_time() {
    let mut client = Client::open().unwrap();
    let group = client.subscribe(&nlctrl::FAMILY, "notify").unwrap();
    assert!(group > 0);
    assert!(client.call(&GetFamily { name: "nlctrl" }).is_ok());
    client.unsubscribe(&nlctrl::FAMILY, "notify").unwrap();
    let error: Error = client.subscribe(&nlctrl::FAMILY, "none").unwrap_err();
    assert_eq!(error.hint(), Some("it has: notify"));
    assert!(FAMILY.groups.contains(&"events"));
}
