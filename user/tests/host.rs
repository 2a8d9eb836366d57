// SPDX-License-Identifier: MIT OR Apache-2.0
//! The client against the kernel that the tests run on, whose controller is always there.

use genlkit::client::Client;
use genlkit::generated::taskdiag::FAMILY;
use genlkit::nlctrl::{self, GetFamilies, GetFamily};
use genlkit::{Error, ErrorKind};

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
fn groups_are_joined_and_left_at_run_time() {
    let mut client = Client::open().unwrap();
    let group = client.subscribe(&nlctrl::FAMILY, "notify").unwrap();
    assert!(group > 0);
    assert!(client.call(&GetFamily { name: "nlctrl" }).is_ok());
    client.unsubscribe(&nlctrl::FAMILY, "notify").unwrap();
    let error: Error = client.subscribe(&nlctrl::FAMILY, "none").unwrap_err();
    assert_eq!(error.hint(), Some("it has: notify"));
    assert_eq!(FAMILY.groups, ["events"]);
}
