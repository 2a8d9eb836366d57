// SPDX-License-Identifier: MIT OR Apache-2.0
//! Rows about dumps.

use super::super::support::*;
use super::{attr, reply_bytes};
use genlkit::ErrorKind;
use genlkit::generated::taskdiag::{Group, TaskGetDump, uapi};
use genlkit::wire::{GenlHeader, Header, flags, kind};

#[test]
fn row_25_a_dump_asks_for_no_ack_and_an_ack_is_not_its_end() {
    let mut client = client(|kernel, request| {
        assert_eq!(request.header.flags & flags::ACK, 0);
        tasks(kernel, request, 0..1);
        kernel.error(request, 0, |_| {});
        tasks(kernel, request, 1..2);
        kernel.done(request, 0, |_| {});
    });
    let mut dump = client.dump(&TaskGetDump::new()).unwrap();
    assert_eq!(dump.next().unwrap().unwrap().pid, Some(0));
    assert_eq!(dump.next().unwrap().unwrap().pid, Some(1));
    assert!(dump.next().unwrap().is_none());
}

#[test]
fn row_26_a_dump_that_was_left_is_read_to_its_end_before_the_next_is_asked_for() {
    let mut dumps = 0;
    let mut client = client(move |kernel, request| {
        dumps += 100;
        tasks(kernel, request, dumps..dumps + 50);
        kernel.done(request, 0, |_| {});
    });
    drop(client.dump(&TaskGetDump::new()).unwrap());
    let mut dump = client.dump(&TaskGetDump::new()).unwrap();
    for pid in 200..250 {
        assert_eq!(dump.next().unwrap().unwrap().pid, Some(pid));
    }
    assert!(dump.next().unwrap().is_none());
}

#[test]
fn row_26_a_dump_that_is_busy_all_the_same_is_told() {
    let mut client = client(|kernel, request| kernel.error(request, libc::EBUSY, |_| {}));
    let error = client.dump(&TaskGetDump::new()).unwrap_err();
    assert_eq!(error.errno(), Some(libc::EBUSY));
}

#[test]
fn row_27_answers_to_other_requests_in_the_middle_of_a_dump_are_no_entries() {
    let mut client = client(|kernel, request| {
        let seq = request.header.seq.wrapping_add(7);
        let other = super::with_header(
            request,
            Header {
                seq,
                ..request.header
            },
        );
        tasks(kernel, request, 0..1);
        kernel.reply(&other, |reply| reply.u32(uapi::TASKDIAG_A_TASK_PID, 66));
        kernel.done(&other, 0, |_| {});
        tasks(kernel, request, 1..2);
        kernel.done(request, 0, |_| {});
    });
    let mut dump = client.dump(&TaskGetDump::new()).unwrap();
    assert_eq!(dump.next().unwrap().unwrap().pid, Some(0));
    assert_eq!(dump.next().unwrap().unwrap().pid, Some(1));
    assert!(dump.next().unwrap().is_none());
}

#[test]
fn row_28_an_error_at_the_start_is_the_dumps_and_one_later_comes_after_the_entries() {
    let mut dumps = 0;
    let mut client = client(move |kernel, request| {
        dumps += 1;
        if dumps == 1 {
            return kernel.error(request, libc::EACCES, |_| {});
        }
        tasks(kernel, request, 0..2);
        kernel.done(request, libc::EIO, |_| {});
    });
    let error = client.dump(&TaskGetDump::new()).unwrap_err();
    assert_eq!(error.errno(), Some(libc::EACCES));
    let mut dump = client.dump(&TaskGetDump::new()).unwrap();
    assert!(dump.next().unwrap().is_some());
    assert!(dump.next().unwrap().is_some());
    assert_eq!(dump.next().unwrap_err().errno(), Some(libc::EIO));
    assert!(dump.next().unwrap().is_none());
}

#[test]
fn rows_29_and_30_parts_without_the_multi_flag_and_done_in_their_datagram_are_a_dump() {
    let mut client = client(|kernel, request| {
        let mut datagram = Vec::new();
        for pid in 1..4 {
            datagram.extend(reply_bytes(
                request,
                &attr(uapi::TASKDIAG_A_TASK_PID, &[pid, 0, 0, 0]),
            ));
        }
        let done = Header {
            len: 20,
            kind: kind::DONE,
            flags: flags::MULTI,
            ..request.header
        };
        datagram.extend(done.to_bytes());
        datagram.extend([0; 4]);
        kernel.datagram(&datagram, 0, 0);
    });
    let mut pids = Vec::new();
    let mut dump = client.dump(&TaskGetDump::new()).unwrap();
    while let Some(task) = dump.next().unwrap() {
        pids.push(task.pid.unwrap());
    }
    assert_eq!(pids, [1, 2, 3]);
}

#[test]
fn row_30_a_dump_of_parts_without_the_multi_flag_that_never_ends_is_a_timeout() {
    let mut client = client(|kernel, request| {
        kernel.reply(request, |part| part.u32(uapi::TASKDIAG_A_TASK_PID, 1));
    });
    let mut dump = client.dump(&TaskGetDump::new()).unwrap();
    assert!(dump.next().unwrap().is_some());
    assert_eq!(dump.next().unwrap_err().kind(), ErrorKind::TimedOut);
}

#[test]
fn row_30_a_raw_dump_of_parts_without_the_multi_flag_is_whole() {
    let mut client = client(|kernel, request| {
        for _ in 0..3 {
            kernel.reply(request, |_| {});
        }
        kernel.done(request, 0, |_| {});
        kernel.reply(request, |_| {});
    });
    let body = GenlHeader { cmd: 2, version: 1 }.to_bytes();
    let mut answers = client.raw(ID, flags::DUMP, |to| to.bytes(&body)).unwrap();
    for _ in 0..3 {
        assert!(answers.next().unwrap().is_some());
    }
    assert!(answers.next().unwrap().is_none());
    assert!(answers.next().unwrap().is_none());
    drop(answers);
    let mut seen = 0;
    let mut answers = client.raw(ID, flags::DUMP, |to| to.bytes(&body)).unwrap();
    let each = answers.try_for_each(|_| {
        seen += 1;
        Ok::<_, genlkit::Error>(())
    });
    each.unwrap();
    assert_eq!(seen, 3);
}

#[test]
fn rows_45_and_46_an_attribute_that_a_dump_does_not_take_is_named() {
    let mut client = client(|kernel, request| {
        kernel.error(request, libc::EINVAL, |extack| extack.u32(2, 16 + 4));
    });
    let request = TaskGetDump::new().groups(Group::BASE);
    let error = client.dump(&request).unwrap_err();
    assert_eq!(error.attribute(), Some("groups"));
}

#[test]
fn row_47_parts_that_tell_that_the_kernel_filtered_are_entries() {
    let mut client = client(|kernel, request| {
        let filtered = super::with_header(
            request,
            Header {
                flags: flags::DUMP_FILTERED | flags::MULTI,
                ..request.header
            },
        );
        let mut part = reply_bytes(&filtered, &attr(uapi::TASKDIAG_A_TASK_PID, &[9, 0, 0, 0]));
        part[6..8].copy_from_slice(&filtered.header.flags.to_ne_bytes());
        kernel.datagram(&part, 0, 0);
        kernel.done(request, 0, |_| {});
    });
    let mut dump = client.dump(&TaskGetDump::new()).unwrap();
    assert_eq!(dump.next().unwrap().unwrap().pid, Some(9));
    assert!(dump.next().unwrap().is_none());
}
