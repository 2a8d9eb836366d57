// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the engine's client refuses because the kernel would not.

use genlkit::transport::Fake;
use genlkit::ynl::client::{Call, Client, Mode};
use genlkit::ynl::codec::Codec;
use genlkit_spec::Family;

#[test]
fn a_dump_of_what_changes_something_is_refused_before_anything_is_sent() {
    let spec = r"
name: old
protocol: netlink-raw
protonum: 0
doc: A family whose operations the kernel does though a dump is asked for.
attribute-sets:
  - { name: item, attributes: [ { name: id, type: u32 } ] }
operations:
  enum-model: directional
  list:
    - { name: dellink, doc: Deletes., attribute-set: item, do: { request: { value: 17, attributes: [ id ] } } }
    - { name: getlink, doc: Gets., attribute-set: item, do: { request: { value: 18 }, reply: { value: 16 } } }
";
    let family = Family::from_yaml("old.yaml", spec).unwrap_or_else(|error| panic!("{error}"));
    let mut client = Client::with(
        Codec::new(family),
        Fake::new(|kernel, request| {
            assert_eq!(request.header.kind, 18, "dellink shall not be sent");
            kernel.error(request, 0, |_| {});
        }),
    );
    let value = serde_json::Map::new();
    let call = |op| Call::new(op, Mode::Dump, &value);
    let error = client.call(&call("dellink")).expect_err("is refused");
    let text = error.to_string();
    assert!(text.starts_with("old dellink cannot be dumped"), "{text}");
    assert!(client.call(&call("getlink")).is_ok());
}
