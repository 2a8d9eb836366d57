// SPDX-License-Identifier: MIT OR Apache-2.0
//! What errors tell.

use super::support::*;
use genlkit::ErrorKind;
use genlkit::generated::taskdiag::{Group, PingRequest, TaskGetRequest, uapi};
use genlkit::request::{Do, Request};
use genlkit::schema::{Attr, AttrSet, Family, Op};
use genlkit::wire::{Builder, flags};

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
fn a_missing_attribute_is_named_and_what_to_give() {
    let mut client = client(|kernel, request| {
        kernel.error(request, libc::EINVAL, |extack| extack.u32(5, 1));
    });
    let error = client.call(&TaskGetRequest::new()).unwrap_err();
    assert_eq!(error.missing(), Some("pid"));
    assert_eq!(error.hint(), Some("give pid (u32, at least 1)"));
}

#[test]
fn what_an_errno_means_of_our_module_is_not_said_of_other_families() {
    for errno in [libc::EOPNOTSUPP, libc::EBUSY] {
        let mut client = client(move |kernel, request| kernel.error(request, errno, |_| {}));
        let ours = client.call(&PingRequest::new()).unwrap_err();
        assert!(ours.hint().is_some(), "{ours}");
        let mut raw = client.raw(99, flags::ACK, |_| {}).unwrap();
        let other = raw.next().unwrap_err();
        assert_eq!((other.errno(), other.hint()), (Some(errno), None));
    }
}

/// What is said of the attribute behind the headers, which the kernel refuses without a policy.
fn said<R: Do>(request: &R, errno: i32) -> Option<String> {
    let mut client = client(move |kernel, request| {
        kernel.error(request, errno, |extack| extack.u32(2, 16 + 4));
    });
    let error = client.call(request).err()?;
    assert!(error.attribute().is_some());
    error.expected().map(str::to_owned)
}

#[test]
fn where_the_kernel_does_not_tell_what_an_attribute_must_be_the_spec_does() {
    let pid = |pid| TaskGetRequest::new().pid(pid);
    let wrong = Some("u32, at least 1".to_owned());
    assert_eq!(said(&pid(0), libc::EINVAL), wrong);
    assert_eq!(said(&pid(0), libc::ERANGE), wrong);
    // What is wrong is not its value.
    assert_eq!(said(&pid(0), libc::EPERM), None);
    assert_eq!(said(&pid(1), libc::EINVAL), None);
}

#[test]
fn what_the_kernel_tells_that_an_attribute_must_be_goes_before_the_spec() {
    let mut client = client(|kernel, request| {
        kernel.error(request, libc::ERANGE, |extack| {
            extack.u32(2, 16 + 4);
            extack.nest(4, |policy| {
                policy.u32(1, 4);
                policy.uint(4, 2);
            });
        });
    });
    let error = client.call(&TaskGetRequest::new().pid(0)).unwrap_err();
    assert_eq!(error.expected(), Some("u32, at least 2"));
}

genlkit::enum_type! {
    /// Two shapes, and none between them.
    pub struct Shape(u8) {
        /// The first.
        ROUND = 1, "round";
        /// The last.
        SQUARE = 4, "square";
    }
}

genlkit::flags_type! {
    /// Two edges.
    pub struct Edge(u32) {
        /// The first.
        LEFT = 1, "left";
        /// The last.
        RIGHT = 4, "right";
    }
}

#[test]
fn every_kind_of_check_is_told_where_it_fails_and_not_where_it_holds() {
    /// A number of any width, a text or bytes: a request of one attribute.
    macro_rules! rows {
        ($($attr:expr, $bytes:expr => $said:expr;)*) => { $( {
            static ATTRS: AttrSet = AttrSet { name: "one", attrs: &[$attr] };
            static FAMILY: Family = Family {
                name: "taskdiag", version: 1, header_len: 0, ops: &[&OP], groups: &[],
            };
            static OP: Op = Op { family: &FAMILY, name: "one", cmd: 1, attrs: &ATTRS };
            struct One;
            impl Request for One {
                type Reply<'b> = ();
                const OP: &'static Op = &OP;
                const HAS_REPLY: bool = false;
                fn encode(&self, to: &mut Builder<'_>) {
                    to.attr(1, $bytes);
                }
            }
            impl Do for One {}
            assert_eq!(said(&One, libc::EINVAL).as_deref(), $said, "{}", stringify!($attr));
        } )* };
    }
    rows! {
        Attr::u8(1, "a").at_most(3), [4] => Some("u8, at most 3");
        Attr::u8(1, "a").at_most(3), [3] => None;
        Attr::s8(1, "a").at_least(-3), [0xfc] => Some("s8, at least -3");
        Attr::s8(1, "a").at_least(-3), [0xfd] => None;
        Attr::s64(1, "a").at_least(-1).at_most(1), 2_i64.to_ne_bytes() => Some("s64, -1 to 1");
        Attr::sint(1, "a").at_most(5), (-1_i32).to_ne_bytes() => None;
        Attr::sint(1, "a").at_most(5), 6_i64.to_ne_bytes() => Some("sint, at most 5");
        Attr::uint(1, "a").at_least(5), 4_u32.to_ne_bytes() => Some("uint, at least 5");
        Attr::uint(1, "a").at_least(5), u64::MAX.to_ne_bytes() => None;
        Attr::u16(1, "a").big_endian().at_most(256), 257_u16.to_be_bytes() => Some("u16, at most 256");
        Attr::u16(1, "a").big_endian().at_most(256), 256_u16.to_be_bytes() => None;
        Attr::string(1, "a").longest(2), *b"ab\0" => None;
        Attr::string(1, "a").longest(2), *b"abc\0" => Some("string, at most 2 bytes long");
        Attr::binary(1, "a").shortest(2).longest(2), *b"a" => Some("binary, 2 bytes long");
        Attr::binary(1, "a").shortest(2).longest(2), *b"a\0" => None;
        Attr::u8(1, "a").named::<Shape>(), [4] => None;
        Attr::u8(1, "a").named::<Shape>(), [2] => Some("u8, one of round, square");
        Attr::u32(1, "a").flags::<Edge>(), 5_u32.to_ne_bytes() => None;
        Attr::u32(1, "a").flags::<Edge>(), 3_u32.to_ne_bytes() => Some("u32, with no bits but 0x5");
    }
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

#[test]
fn an_errno_that_the_kernel_means_to_keep_to_itself_has_its_number_and_name() {
    let shown = |errno| {
        let mut client = client(move |kernel, request| kernel.error(request, errno, |_| {}));
        let error = client.call(&PingRequest::new()).unwrap_err();
        assert_eq!(error.errno(), Some(errno), "{error}");
        error.to_string()
    };
    assert_eq!(
        shown(524),
        "taskdiag ping: ENOTSUPP (operation is not supported)"
    );
    assert_eq!(
        shown(517),
        "taskdiag ping: EPROBE_DEFER (a driver is not ready yet)"
    );
    assert_eq!(shown(4000), "taskdiag ping: errno 4000");
    assert_eq!(shown(3), "taskdiag ping: ESRCH (No such process)");
}
