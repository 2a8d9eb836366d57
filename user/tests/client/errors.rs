// SPDX-License-Identifier: MIT OR Apache-2.0
//! What errors tell.

use super::support::*;
use genlkit::ErrorKind;
use genlkit::generated::taskdiag::{Group, PingRequest, TaskGetRequest, uapi};

#[test]
fn an_error_tells_op_errno_text_and_the_path_of_the_attribute() {
    let mut client = client(|kernel, request| {
        // The groups come after the header, the generic header and the pid.
        kernel.error(request, libc::EINVAL, |extack| {
            extack.str(1, b"reserved bit set");
            extack.u32(2, 16 + 4 + 8);
            extack.nest(4, |policy| {
                policy.u32(1, 4);
                policy.u64(12, 7);
            });
        });
    });
    let request = TaskGetRequest::new()
        .pid(1)
        .groups(Group::from_bits_retain(0x80));
    let error = client.call(&request).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert_eq!(
        (error.op(), error.errno()),
        ("taskdiag task-get", Some(libc::EINVAL))
    );
    assert_eq!(
        (error.text(), error.attribute()),
        ("reserved bit set", Some("groups"))
    );
    assert_eq!(
        error.to_string(),
        "taskdiag task-get: EINVAL (Invalid argument): reserved bit set \
         [groups must be: u32, with no bits but 0x7]"
    );
}

#[test]
fn the_kernels_text_does_not_control_the_terminal() {
    let mut client = client(|kernel, request| {
        kernel.error(request, libc::EINVAL, |extack| {
            extack.str(1, b"no \x1b[31m\xff");
        });
    });
    let error = client.call(&PingRequest::new()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "taskdiag ping: EINVAL (Invalid argument): no \\u{1b}[31m\\xff"
    );
}

#[test]
fn a_missing_attribute_is_named() {
    let mut client = client(|kernel, request| {
        kernel.error(request, libc::EINVAL, |extack| extack.u32(5, 1));
    });
    let error = client.call(&TaskGetRequest::new()).unwrap_err();
    assert_eq!(error.missing(), Some("pid"));
}

/// A family whose request has an array of nests.
mod own {
    use genlkit::request::{Do, Request};
    use genlkit::schema::{Attr, AttrSet, Family, Op};
    use genlkit::wire::Builder;

    static FAMILY: Family = Family {
        name: "taskdiag",
        version: 1,
        header_len: 0,
        ops: &[&SET],
        groups: &[],
    };
    static SET: Op = Op {
        family: &FAMILY,
        name: "set",
        cmd: 1,
        attrs: &DEVICE,
    };
    static DEVICE: AttrSet = AttrSet {
        name: "device",
        attrs: &[Attr::array(3, "peers", &PEER)],
    };
    static PEER: AttrSet = AttrSet {
        name: "peer",
        attrs: &[
            Attr::u16(1, "port"),
            Attr::array(2, "allowed", &ADDRESS),
            Attr::binary(5, "key"),
        ],
    };
    static ADDRESS: AttrSet = AttrSet {
        name: "address",
        attrs: &[Attr::u32(1, "address")],
    };

    /// Two peers, the second of which has two addresses.
    pub(super) struct SetDevice;

    impl Request for SetDevice {
        type Reply<'b> = ();

        const OP: &'static Op = &SET;
        const HAS_REPLY: bool = false;

        fn encode(&self, to: &mut Builder<'_>) {
            to.nest(3, |peers| {
                peers.nest(0, |peer| peer.u16(1, 80));
                peers.nest(1, |peer| {
                    peer.u16(1, 81);
                    peer.nest(2, |allowed| {
                        allowed.nest(0, |address| address.u32(1, 7));
                        allowed.nest(1, |address| address.u32(1, 8));
                    });
                });
            });
        }
    }

    impl Do for SetDevice {}
}

#[test]
fn the_path_of_an_attribute_goes_through_nests_and_arrays() {
    // From the message's start: headers, the array's, then that of each element and attribute.
    const PEERS: u32 = 16 + 4;
    const FIRST: u32 = PEERS + 4;
    const SECOND: u32 = FIRST + 4 + 8;
    const ALLOWED: u32 = SECOND + 4 + 8;
    let rows = [
        (PEERS, "peers"),
        (FIRST, "peers.0"),
        (FIRST + 4, "peers.0.port"),
        (SECOND + 4, "peers.1.port"),
        (ALLOWED, "peers.1.allowed"),
        (ALLOWED + 4, "peers.1.allowed.0"),
        (ALLOWED + 4 + 12 + 4, "peers.1.allowed.1.address"),
    ];
    for (offset, path) in rows {
        let mut client = client(move |kernel, request| {
            kernel.error(request, libc::EINVAL, |extack| extack.u32(2, offset));
        });
        let error = client.call(&own::SetDevice).unwrap_err();
        assert_eq!(error.attribute(), Some(path));
    }
}

#[test]
fn a_missing_attribute_is_named_with_the_nest_that_lacks_it() {
    let rows = [
        (None, 3, "peers"),
        (Some(16 + 4 + 4), 5, "peers.0.key"),
        (Some(16 + 4 + 4 + 12), 9, "peers.1.attribute 9"),
    ];
    for (nest, number, path) in rows {
        let mut client = client(move |kernel, request| {
            kernel.error(request, libc::EINVAL, |extack| {
                extack.u32(5, number);
                extack.put(6, nest, genlkit::wire::Builder::u32);
            });
        });
        let error = client.call(&own::SetDevice).unwrap_err();
        assert_eq!(error.missing(), Some(path));
    }
}

#[test]
fn an_attribute_that_does_not_decode_is_named() {
    let mut client = client(|kernel, request| {
        kernel.reply(request, |reply| {
            reply.nest(uapi::TASKDIAG_A_TASK_CRED, |cred| {
                cred.u8(uapi::TASKDIAG_A_CRED_UID, 1)
            });
        });
    });
    let error = client.call(&TaskGetRequest::new().pid(1)).unwrap_err();
    assert_eq!(
        (error.kind(), error.attribute()),
        (ErrorKind::Malformed, Some("cred.uid"))
    );
}
