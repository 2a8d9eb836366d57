// SPDX-License-Identifier: MIT OR Apache-2.0

//! What taskdiag refuses, and how it says so.

use genlkit::{
    ErrorKind,
    client::Client,
    generated::taskdiag::{Group, PingRequest, TaskGetDump, TaskGetRequest, uapi},
};
use genlkit_tests::raw::{RawSocket, Request};
use nix::errno::Errno;

fn client() -> Client {
    Client::open().expect("a socket")
}

/// Nobody has this pid: it is above the largest that the kernel gives out.
const NOBODY: u32 = 5_000_000;

#[test]
fn ping_tells_the_payload_the_version_and_the_abi() {
    let mut client = client();
    let reply = client
        .call(&PingRequest::new().payload("hello"))
        .expect("an answer");
    assert_eq!(reply.payload.as_deref(), Some(&b"hello"[..]));
    assert_eq!(reply.abi, Some(uapi::TASKDIAG_ABI));
    assert_eq!(
        reply.version.expect("a version").to_str(),
        Ok(env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn ping_without_payload_answers_without_payload() {
    assert!(
        client()
            .call(&PingRequest::new())
            .expect("an answer")
            .payload
            .is_none()
    );
}

#[test]
fn ping_takes_8192_bytes_and_names_the_payload_that_is_longer() {
    let mut client = client();
    let long = vec![0xa5; 8192];
    let reply = client
        .call(&PingRequest::new().payload(&long))
        .expect("an answer");
    assert_eq!(reply.payload.as_deref(), Some(&long[..]));

    let error = client
        .call(&PingRequest::new().payload(&[0; 8193]))
        .expect_err("too long");
    assert_eq!(error.errno(), Some(Errno::ERANGE as i32), "{error}");
    assert_eq!(error.attribute(), Some("payload"), "{error}");
}

#[test]
fn an_unknown_pid_is_esrch_with_text_that_names_it() {
    for pid in [NOBODY, u32::MAX, i32::MAX.cast_unsigned() + 1] {
        let mut client = client();
        let error = client
            .call(&TaskGetRequest::new().pid(pid))
            .expect_err("nobody");
        assert_eq!(
            (error.kind(), error.errno()),
            (ErrorKind::Refused, Some(Errno::ESRCH as i32))
        );
        assert_eq!(error.attribute(), Some("pid"), "{error}");
        assert!(error.text().contains("no task with this pid"), "{error}");
    }
}

#[test]
fn pid_0_is_out_of_range() {
    let mut client = client();
    let error = client
        .call(&TaskGetRequest::new().pid(0))
        .expect_err("no such pid");
    assert_eq!(error.errno(), Some(Errno::ERANGE as i32), "{error}");
    assert_eq!(error.attribute(), Some("pid"), "{error}");
}

#[test]
fn a_request_without_pid_names_what_is_missing() {
    let mut client = client();
    let error = client.call(&TaskGetRequest::new()).expect_err("whom?");
    assert_eq!(error.errno(), Some(Errno::EINVAL as i32), "{error}");
    assert_eq!(error.missing(), Some("pid"), "{error}");
}

#[test]
fn a_group_that_the_module_does_not_know_is_named() {
    let mut client = client();
    let unknown = Group::from_bits_retain(1 << 31);
    let error = client
        .call(&TaskGetRequest::new().pid(1).groups(unknown))
        .expect_err("unknown");
    assert_eq!(error.errno(), Some(Errno::EINVAL as i32), "{error}");
    assert_eq!(error.attribute(), Some("groups"), "{error}");

    let dump = client.dump(&TaskGetDump::new().groups(unknown | Group::BASE));
    let error = dump.expect_err("unknown");
    assert_eq!(error.errno(), Some(Errno::EINVAL as i32), "{error}");
    assert_eq!(error.attribute(), Some("groups"), "{error}");
}

#[test]
fn a_dump_of_one_pid_is_refused_as_dumps_take_no_pid() {
    let socket = RawSocket::generic();
    let family = socket.family("taskdiag");
    let request = Request::of(&family, uapi::TASKDIAG_CMD_TASK_GET)
        .u32(uapi::TASKDIAG_A_TASK_PID, 1)
        .dump();
    let error = socket.ask(request).error();
    assert_eq!(error.errno(), Errno::EINVAL, "{error:?}");
    assert!(error.offset.is_some(), "{error:?}");
}

/// Asserts that the module still answers.
fn assert_alive() {
    client()
        .call(&PingRequest::new())
        .expect("the module answers");
}

#[test]
fn an_unknown_operation_is_refused() {
    let socket = RawSocket::generic();
    let family = socket.family("taskdiag");
    for cmd in [0, 3, 77, 255] {
        let error = socket.ask(Request::of(&family, cmd).ack()).error();
        assert_eq!(error.errno(), Errno::EOPNOTSUPP, "operation {cmd}");
    }
    assert_alive();
}

#[test]
fn an_attribute_of_the_wrong_size_is_refused() {
    let socket = RawSocket::generic();
    let family = socket.family("taskdiag");
    for len in [0, 1, 3, 5, 8, 100] {
        let request = Request::of(&family, uapi::TASKDIAG_CMD_TASK_GET)
            .attr(uapi::TASKDIAG_A_TASK_PID, &vec![1; len])
            .ack();
        let error = socket.ask(request).error();
        assert!(
            [Errno::ERANGE, Errno::EINVAL].contains(&error.errno()),
            "{len}: {error:?}"
        );
        assert!(error.offset.is_some(), "{len}: {error:?}");
    }
    assert_alive();
}

#[test]
fn an_attribute_of_replies_only_is_refused_in_requests() {
    let socket = RawSocket::generic();
    let family = socket.family("taskdiag");
    let request = Request::of(&family, uapi::TASKDIAG_CMD_TASK_GET)
        .u32(uapi::TASKDIAG_A_TASK_PID, 1)
        .u32(uapi::TASKDIAG_A_TASK_TGID, 1)
        .ack();
    assert_eq!(socket.ask(request).error().errno(), Errno::EINVAL);
    assert_alive();
}

#[test]
fn attributes_that_are_cut_off_or_overlong_are_refused() {
    let socket = RawSocket::generic();
    let family = socket.family("taskdiag");
    for garbage in [
        &[1, 0][..],
        &[3, 0, 1, 0],
        &[0, 0, 0, 0],
        &[255, 255, 1, 0, 1, 0, 0, 0],
        &[12, 0, 1, 0, 1, 0, 0, 0],
        &[0xff; 64],
    ] {
        for cmd in [uapi::TASKDIAG_CMD_PING, uapi::TASKDIAG_CMD_TASK_GET] {
            let answers = socket.ask(Request::of(&family, cmd).raw(garbage).ack());
            assert_ne!(answers.error().errno, 0, "{cmd} {garbage:?}");
        }
    }
    assert_alive();
}

#[test]
fn random_bytes_after_the_header_do_no_harm() {
    let socket = RawSocket::generic();
    let family = socket.family("taskdiag");
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    for round in 0..2000 {
        let mut bytes = Vec::new();
        for _ in 0..round % 40 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            bytes.push(random as u8);
        }
        let request = Request::of(&family, (round % 4) as u8).raw(&bytes);
        let request = if round % 3 == 0 {
            request.dump()
        } else {
            request.ack()
        };
        // Whatever comes back, it is well-formed and it ends.
        assert!(!socket.ask(request).is_empty(), "round {round}");
    }
    assert_alive();
}
