// SPDX-License-Identifier: MIT OR Apache-2.0

//! The worked example is a whole family.

use genlkit::client::Client;
use genlkit_tests::generated::tally::AddRequest;
use nix::errno::Errno;

#[test]
fn the_family_keeps_a_sum() {
    let mut client = Client::open().expect("a socket");
    let mut add = |request: AddRequest| {
        let reply = client.call(&request).expect("the module is loaded");
        reply.sum.expect("the sum")
    };
    let before = add(AddRequest::new());
    assert_eq!(add(AddRequest::new().by(41)), before + 41);
    assert_eq!(add(AddRequest::new()), before + 42);
}

#[test]
fn the_kernel_checks_what_the_spec_says() {
    let mut client = Client::open().expect("a socket");
    let error = client
        .call(&AddRequest::new().by(0))
        .expect_err("0 is below the least");
    assert_eq!(error.errno(), Some(Errno::ERANGE as i32));
    assert!(
        error.to_string().contains("by must be: u32, 1 to "),
        "{error}"
    );
}
