// SPDX-License-Identifier: MIT OR Apache-2.0
//! Typed requests on a connection of genetlink's, to the kernel that the tests run on.
#![cfg(feature = "genetlink")]

use genlkit::generated::taskdiag::PingRequest;
use genlkit::genetlink::{self, Handle};
use genlkit::nlctrl::{self, GetFamilies, GetFamily, GetPolicy};
use genlkit::{Error, ErrorKind};
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

const CONTROLLER: GetFamily<'_> = GetFamily { name: "nlctrl" };

fn handle() -> Handle {
    let (handle, connection) = genetlink::connect().unwrap();
    tokio::spawn(connection);
    handle
}

#[tokio::test]
async fn calls_and_dumps_are_answered_over_genetlink() -> Result<(), Error> {
    let mut handle = handle();
    let answer = handle.call(&CONTROLLER).await?;
    assert_eq!(answer.reply()?.id, Some(nlctrl::ID));
    let mut families = handle.dump(&GetFamilies).await?;
    let mut found = false;
    while let Some(family) = families.next().await? {
        found |= family.reply()?.id == Some(nlctrl::ID);
    }
    assert!(found);
    Ok(())
}

#[tokio::test]
async fn a_refusal_over_genetlink_names_the_attribute() {
    let name = "a-name-that-is-too-long";
    let error = handle().call(&GetFamily { name }).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert_eq!(error.attribute(), Some("family-name"));
}

#[tokio::test]
async fn a_refused_dump_over_genetlink_is_an_error() {
    let mut handle = handle();
    let request = GetPolicy {
        name: "genlkit-none",
    };
    let mut policies = handle.dump(&request).await.unwrap();
    let error = policies.next().await.unwrap_err();
    assert_eq!(error.errno(), Some(libc::ENOENT));
    assert!(policies.next().await.unwrap().is_none());
}

#[tokio::test]
async fn a_family_that_is_not_there_is_not_found_over_genetlink() {
    let error = handle().call(&PingRequest::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.hint().is_some_and(|hint| hint.contains("insmod")));
}

#[tokio::test]
async fn what_is_given_up_over_genetlink_does_not_disturb_what_follows() {
    let mut handle = handle();
    for _ in 0..10 {
        let mut families = handle.dump(&GetFamilies).await.unwrap();
        families.next().await.unwrap();
        drop(families);
        // Sent, and dropped before the connection had its turn.
        let mut context = Context::from_waker(Waker::noop());
        assert!(
            pin!(handle.call(&CONTROLLER))
                .poll(&mut context)
                .is_pending()
        );
        assert!(handle.call(&CONTROLLER).await.is_ok());
    }
}

#[tokio::test]
async fn a_request_over_genetlink_that_is_not_answered_times_out() {
    // Nobody drives the connection.
    let (mut handle, _connection) = genetlink::connect().unwrap();
    handle.set_timeout(Duration::from_millis(10));
    let error = handle.call(&CONTROLLER).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
}
