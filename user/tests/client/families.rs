// SPDX-License-Identifier: MIT OR Apache-2.0
//! Families and groups that are there, are not, and move.

use super::support::*;
use genlkit::ErrorKind;
use genlkit::client::{Client, Event};
use genlkit::generated::taskdiag::{self, Notification, PingRequest};
use genlkit::transport::Fake;

#[test]
fn a_family_that_is_not_there_is_an_error_that_says_what_to_do() {
    let mut client = Client::with(Fake::new(pong));
    let error = client.call(&PingRequest::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(error.to_string(), "family \"taskdiag\" not found");
    assert!(error.hint().unwrap().contains("sudo insmod taskdiag.ko"));
}

#[test]
fn a_family_that_was_loaded_anew_is_found_again() {
    let mut client = client(|kernel, request| match request.header.kind {
        30 => pong(kernel, request),
        // Nobody has the number any longer.
        _ => {
            kernel.register("taskdiag", 30, &[]);
            kernel.error(request, libc::ENOENT, |_| {});
        }
    });
    assert_eq!(client.call(&PingRequest::new()).unwrap().abi, Some(1));
    assert_eq!(client.family("taskdiag").unwrap().id, 30);
}

#[test]
fn an_enoent_of_the_familys_own_is_passed_on() {
    let mut client = client(|kernel, request| kernel.error(request, libc::ENOENT, |_| {}));
    let error = client.call(&PingRequest::new()).unwrap_err();
    assert_eq!(
        (error.kind(), error.errno()),
        (ErrorKind::Refused, Some(libc::ENOENT))
    );
}

#[test]
fn a_family_that_is_gone_is_told_as_such() {
    let mut client = client(|kernel, request| {
        kernel.unregister("taskdiag");
        kernel.error(request, libc::ENOENT, |_| {});
    });
    let error = client.call(&PingRequest::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[test]
fn what_the_controller_tells_goes_before_what_is_remembered() {
    let mut client = client(pong);
    client.subscribe(&taskdiag::FAMILY, "events").unwrap();
    client.transport().kernel().unregister("taskdiag");
    let mut received = client.events::<Notification<'_>>();
    let told = received.next().unwrap();
    assert!(matches!(told, Event::Unregistered), "{told:?}");
    let asked = client.transport().kernel().sent.len();
    let error = client.family("taskdiag").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(client.transport().kernel().sent.len(), asked + 1);
}

#[test]
fn a_group_that_is_not_there_is_an_error_that_lists_those_that_are() {
    let mut client = client(pong);
    let error = client.subscribe(&taskdiag::FAMILY, "deaths").unwrap_err();
    assert_eq!(
        (error.kind(), error.hint()),
        (ErrorKind::NotFound, Some("it has: events"))
    );
}
