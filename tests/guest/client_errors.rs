// SPDX-License-Identifier: MIT OR Apache-2.0

//! What errors tell where the kernel does not say all of it: the specs know what attributes must be.

use genlkit::client::Client;
use genlkit::schema::Named as _;
use genlkit_tests::{
    generated::genltest::{CheckRequest, FaultInnerNest, FaultRequest, Sparse},
    genlkit::refused,
};
use nix::errno::Errno;
use std::{fs, sync::LazyLock};

/// The spec, for the tool.
static SPEC: LazyLock<String> = LazyLock::new(|| {
    let file = std::env::temp_dir().join("genltest.yaml");
    fs::write(&file, include_str!("../../spec/genltest.yaml")).expect("the spec");
    file.to_str().expect("UTF-8").to_owned()
});

/// The attributes `demanded`, and `range` that the kernel checks itself.
const DEMANDED: u32 = 1;

#[test]
fn a_value_that_only_a_function_of_the_kernel_refuses_is_told_as_one_that_a_policy_does() {
    let mut client = Client::open().expect("a socket");
    // A hole, of which the kernel tells no policy.
    let hole = Sparse::from_number(3).expect("32 bits");
    let error = client.call(&CheckRequest::new().sparse(hole)).unwrap_err();
    assert_eq!(error.errno(), Some(Errno::EINVAL as i32));
    assert_eq!(error.attribute(), Some("sparse"));
    assert_eq!(error.expected(), Some("u32, one of one, two, forty, far"));
    // A range, of which it does.
    let error = client.call(&CheckRequest::new().range(9)).unwrap_err();
    assert_eq!(error.attribute(), Some("range"));
    assert_eq!(error.expected(), Some("u32, 10 to 20"));

    let said = refused(&["do", &SPEC, "check", r#"{ "sparse": 3 }"#]);
    let must = "[sparse must be: u32, one of one, two, forty, far]";
    assert!(said.contains(must), "{said}");
    let said = refused(&["do", &SPEC, "check", r#"{ "range": 9 }"#]);
    assert!(said.contains("[range must be: u32, 10 to 20]"), "{said}");
}

#[test]
fn a_missing_attribute_is_named_with_what_to_give() {
    let mut client = Client::open().expect("a socket");
    let fault = FaultRequest::new().errno(Errno::EINVAL as u32);
    let inner = fault.missing_inner(FaultInnerNest::new());
    let error = client.call(&inner).unwrap_err();
    assert_eq!(error.missing(), Some("missing-inner.demanded"));
    assert_eq!(error.hint(), Some("give missing-inner.demanded (u32)"));
    // The first of the set is the errno.
    let error = client.call(&fault.missing(DEMANDED)).unwrap_err();
    assert_eq!(error.missing(), Some("errno"));
    assert_eq!(error.hint(), Some("give errno (u32, at most 4095)"));

    let value = r#"{ "errno": 22, "missing-inner": {} }"#;
    let said = refused(&["do", &SPEC, "fault", value]);
    let hint = "give missing-inner.demanded (u32: What the kernel misses)";
    assert!(said.contains("[missing: missing-inner.demanded]"), "{said}");
    assert!(said.contains(hint), "{said}");
}
