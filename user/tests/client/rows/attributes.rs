// SPDX-License-Identifier: MIT OR Apache-2.0
//! Rows about attributes, as replies hold them.

use super::super::support::*;
use super::{attr, reply_bytes};
use genlkit::Error;
use genlkit::ErrorKind;
use genlkit::generated::taskdiag::{State, Task, TaskGetRequest, uapi};

const NESTED: u16 = 1 << 15;
const NET_BYTEORDER: u16 = 1 << 14;

/// Calls, and looks at the task whose attributes have the bytes given.
fn task<R>(attributes: Vec<u8>, look: impl FnOnce(Result<Task<'_>, Error>) -> R) -> R {
    let mut client = client(move |kernel, request| {
        kernel.datagram(&reply_bytes(request, &attributes), 0, 0);
    });
    look(client.call(&TaskGetRequest::new().pid(1)))
}

#[track_caller]
fn is_malformed(attributes: Vec<u8>, attribute: Option<&str>) {
    task(attributes, |task| {
        let error = task.unwrap_err();
        assert_eq!(
            (error.kind(), error.attribute()),
            (ErrorKind::Malformed, attribute)
        );
    });
}

fn pid(pid: u8) -> Vec<u8> {
    attr(uapi::TASKDIAG_A_TASK_PID, &[pid, 0, 0, 0])
}

#[test]
fn row_37_unknown_attributes_and_type_0_are_skipped() {
    let unknown = [
        attr(0, b"pad"),
        attr(0x3fff, &[1; 9]),
        pid(7),
        attr(999, b""),
    ]
    .concat();
    assert_eq!(super::count(&unknown), 4);
    task(unknown, |task| assert_eq!(task.unwrap().pid, Some(7)));
}

#[test]
fn row_38_a_number_of_a_wrong_length_is_malformed_and_named() {
    for len in [0, 1, 2, 3, 5, 8] {
        is_malformed(attr(uapi::TASKDIAG_A_TASK_PID, &vec![1; len]), Some("pid"));
    }
}

#[test]
fn row_39_a_nest_is_read_without_its_flag_and_the_flags_of_a_type_are_not_its_number() {
    let uid = attr(uapi::TASKDIAG_A_CRED_UID, &[5, 0, 0, 0]);
    for flag in [0, NESTED, NET_BYTEORDER, NESTED | NET_BYTEORDER] {
        let cred = attr(uapi::TASKDIAG_A_TASK_CRED | flag, &uid);
        task(cred, |task| {
            assert_eq!(task.unwrap().cred.unwrap().uid, Some(5), "{flag:#x}");
        });
    }
}

#[test]
fn row_40_an_attribute_length_that_cannot_be_is_malformed() {
    for len in [0u8, 1, 3, 9, 255] {
        let mut damaged = pid(1);
        damaged[0] = len;
        is_malformed(damaged, None);
    }
}

#[test]
fn row_40_fewer_bytes_than_an_attributes_header_at_the_end_are_ignored() {
    let tail = [pid(3), vec![9, 9]].concat();
    task(tail, |task| assert_eq!(task.unwrap().pid, Some(3)));
}

#[test]
fn row_41_a_string_is_read_with_and_without_its_nul_and_up_to_the_first() {
    for bytes in [&b"init"[..], b"init\0", b"init\0rest\0"] {
        task(attr(uapi::TASKDIAG_A_TASK_COMM, bytes), |task| {
            assert_eq!(task.unwrap().comm.unwrap().as_bytes(), b"init");
        });
    }
}

#[test]
fn row_42_a_value_without_a_name_is_kept_as_its_number() {
    task(attr(uapi::TASKDIAG_A_TASK_STATE, &[200]), |task| {
        let task = task.unwrap();
        assert_eq!(task.state, Some(State(200)));
        assert!(task.to_string().contains("200"), "{task}");
    });
}

#[test]
fn row_43_an_attribute_that_a_reply_lacks_is_absent() {
    task(Vec::new(), |task| {
        let task = task.unwrap();
        assert_eq!((task.pid, task.comm, task.state), (None, None, None));
        assert!(task.cred.is_none());
    });
}

#[test]
fn row_44_of_an_attribute_that_comes_twice_the_last_wins() {
    let twice = [pid(1), attr(uapi::TASKDIAG_A_TASK_COMM, b"x"), pid(2)].concat();
    task(twice, |task| assert_eq!(task.unwrap().pid, Some(2)));
}
