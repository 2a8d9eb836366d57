// SPDX-License-Identifier: MIT OR Apache-2.0
//! Rows about refusals, ACKs and what is said beside them.

use super::super::support::*;
use genlkit::ErrorKind;
use genlkit::generated::taskdiag::{ConfigSetRequest, PingRequest, TaskGetDump, TaskGetRequest};
use genlkit::transport::Kernel;
use genlkit::wire::{Builder, Header, Message, flags, kind};

/// Answers with an error that repeats the whole request, as without `NETLINK_CAP_ACK`.
fn uncapped(
    kernel: &mut Kernel,
    request: &Message<'_>,
    errno: i32,
    extack: impl FnOnce(&mut Builder<'_>),
) {
    let header = Header {
        kind: kind::ERROR,
        flags: flags::ACK_TLVS,
        ..request.header
    };
    kernel.queue(|queue| {
        queue.message(header, |message| {
            message.bytes(&(-errno).to_ne_bytes());
            message.bytes(request.bytes);
            extack(message);
        });
    });
}

#[test]
fn row_10_a_family_that_is_not_there_is_not_found_and_the_hint_says_what_to_do() {
    let mut client = client(pong);
    client.transport().kernel().unregister("taskdiag");
    let error = client.call(&PingRequest::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains("taskdiag"), "{error}");
}

#[test]
fn row_11_enoent_from_a_family_that_is_still_there_is_told_and_not_asked_for_ever() {
    let mut client = client(|kernel, request| kernel.error(request, libc::ENOENT, |_| {}));
    let error = client.call(&PingRequest::new()).unwrap_err();
    assert_eq!(error.errno(), Some(libc::ENOENT));
    assert!(client.transport().kernel().sent.len() <= 4);
}

#[test]
fn rows_19_21_22_and_23_whatever_refuses_is_told_once_with_operation_errno_and_text() {
    // The operation, the permission, the attributes, a hook before the operation, the operation.
    let stages = [
        libc::EOPNOTSUPP,
        libc::EPERM,
        libc::EINVAL,
        libc::EBUSY,
        libc::ESRCH,
    ];
    for errno in stages {
        let mut client = client(move |kernel, request| {
            kernel.error(request, errno, |extack| extack.str(1, b"as said"));
        });
        let error = client.call(&TaskGetRequest::new().pid(1)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused);
        assert_eq!(
            (error.op(), error.errno(), error.text()),
            ("taskdiag task-get", Some(errno), "as said")
        );
        assert_eq!(client.transport().kernel().sent.len(), 2);
    }
}

#[test]
fn row_20_a_mode_that_the_operation_does_not_have_is_told_before_the_first_entry() {
    let mut client = client(|kernel, request| kernel.error(request, libc::EOPNOTSUPP, |_| {}));
    let error = client.dump(&TaskGetDump::new()).unwrap_err();
    assert_eq!(
        (error.kind(), error.errno()),
        (ErrorKind::Refused, Some(libc::EOPNOTSUPP))
    );
}

#[test]
fn row_33_a_capped_ack_is_an_ack() {
    let mut client = client(|kernel, request| {
        let header = Header {
            kind: kind::ERROR,
            flags: flags::CAPPED,
            ..request.header
        };
        kernel.queue(|queue| {
            queue.message(header, |message| {
                message.bytes(&0i32.to_ne_bytes());
                message.bytes(&request.header.to_bytes());
            });
        });
    });
    client
        .call(&ConfigSetRequest::new().ring_size(256))
        .unwrap();
}

#[test]
fn row_34_the_text_of_an_error_is_found_behind_the_whole_request_and_behind_its_header() {
    for capped in [true, false] {
        let mut client = client(move |kernel, request| match capped {
            true => kernel.error(request, libc::EINVAL, |extack| extack.str(1, b"found")),
            false => uncapped(kernel, request, libc::EINVAL, |extack| {
                extack.str(1, b"found")
            }),
        });
        let error = client
            .call(&PingRequest::new().payload(&[7; 33]))
            .unwrap_err();
        assert_eq!(error.text(), "found", "capped: {capped}");
    }
}

#[test]
fn row_34_an_error_that_is_cut_short_anywhere_is_no_reply() {
    for len in 0..20 {
        let mut client = client(move |kernel, request| {
            let header = Header {
                kind: kind::ERROR,
                flags: flags::ACK_TLVS,
                ..request.header
            };
            let mut body = (-libc::EPERM).to_ne_bytes().to_vec();
            body.extend(request.header.to_bytes());
            kernel.queue(|queue| queue.message(header, |message| message.bytes(&body[..len])));
        });
        let error = client.call(&PingRequest::new()).unwrap_err();
        let kind = match len {
            // What there is of the errno is padded with zeros: no error, and no reply either.
            1..4 => ErrorKind::Malformed,
            _ => ErrorKind::Refused,
        };
        assert_eq!(error.kind(), kind, "{len} bytes: {error}");
    }
}

#[test]
fn row_35_a_text_and_a_cookie_beside_a_success_are_no_failure() {
    let mut client = client(|kernel, request| {
        kernel.error(request, 0, |extack| {
            extack.str(1, b"deprecated");
            extack.attr(3, [1, 2, 3, 4]);
        });
    });
    client
        .call(&ConfigSetRequest::new().ring_size(256))
        .unwrap();
}

#[test]
fn rows_35_and_43_a_missing_attribute_is_named_and_one_that_nobody_knows_by_its_number() {
    for (number, name) in [(1, "pid"), (4711, "4711")] {
        let mut client = client(move |kernel, request| {
            kernel.error(request, libc::EINVAL, |extack| extack.u32(5, number));
        });
        let error = client.call(&TaskGetRequest::new()).unwrap_err();
        let missing = error.missing().expect("it is named");
        assert!(missing.contains(name), "{missing}");
    }
}

#[test]
fn row_35_an_offset_that_points_nowhere_names_nothing() {
    for offset in [0, 1, 15, 16, 19, 28, 4096, u32::MAX] {
        let mut client = client(move |kernel, request| {
            kernel.error(request, libc::EINVAL, |extack| extack.u32(2, offset));
        });
        let error = client.call(&TaskGetRequest::new().pid(1)).unwrap_err();
        assert_eq!(
            (error.errno(), error.attribute()),
            (Some(libc::EINVAL), None),
            "{offset}"
        );
    }
}

#[test]
fn row_36_what_is_said_beside_the_end_of_a_dump_is_told() {
    let mut client = client(|kernel, request| {
        tasks(kernel, request, 0..1);
        kernel.done(request, libc::EIO, |extack| extack.str(1, b"half way"));
    });
    let mut dump = client.dump(&TaskGetDump::new()).unwrap();
    assert!(dump.next().unwrap().is_some());
    let error = dump.next().unwrap_err();
    assert_eq!((error.errno(), error.text()), (Some(libc::EIO), "half way"));
}
