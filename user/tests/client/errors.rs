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
