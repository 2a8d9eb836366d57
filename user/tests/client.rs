// SPDX-License-Identifier: MIT OR Apache-2.0
//! The client against a kernel that does what no kernel should, and what every kernel does.

use genlkit::ErrorKind;
use genlkit::client::{Client, Event, OnInterrupt};
use genlkit::generated::taskdiag::{
    self, Group, Notification, PingRequest, TaskGetDump, TaskGetRequest, uapi,
};
use genlkit::transport::{Fake, Kernel};
use genlkit::wire::{Builder, GenlHeader, Header, Message, flags};

/// A group beyond what a mask of 32 bits can tell.
const EVENTS: u32 = 77;
const ID: u16 = 20;

fn client(answer: impl FnMut(&mut Kernel, &Message<'_>) + Send + 'static) -> Client<Fake> {
    Client::with(Fake::new(answer).family("taskdiag", ID, &[("events", EVENTS)]))
}

fn pong(kernel: &mut Kernel, request: &Message<'_>) {
    kernel.reply(request, |reply| reply.u32(uapi::TASKDIAG_A_PING_ABI, 1));
}

fn tasks(kernel: &mut Kernel, request: &Message<'_>, pids: std::ops::Range<u32>) {
    for pid in pids {
        kernel.part(request, |part| part.u32(uapi::TASKDIAG_A_TASK_PID, pid));
    }
}

/// A datagram of notifications with the given sequence numbers.
fn events(seqs: &[u64]) -> Vec<u8> {
    let mut buffer = vec![0; 4096];
    let mut builder = Builder::new(&mut buffer);
    for &seq in seqs {
        let genl = GenlHeader {
            cmd: uapi::TASKDIAG_CMD_TASK_NTF,
            version: 1,
        };
        builder.message(
            Header {
                kind: ID,
                ..Header::default()
            },
            |message| {
                message.bytes(&genl.to_bytes());
                message.uint(uapi::TASKDIAG_A_EVENT_SEQ, seq);
            },
        );
    }
    builder.finish().expect("room").to_vec()
}

fn seq_of(event: Event<Notification<'_>>) -> u64 {
    match event {
        Event::Notification {
            group,
            notification: Notification::TaskNtf(event),
        } => {
            assert_eq!(group, EVENTS);
            event.seq.expect("a number")
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_call_sends_one_request_without_a_forced_ack() {
    let mut client = client(pong);
    assert_eq!(client.call(&PingRequest::new()).unwrap().abi, Some(1));
    client.call(&PingRequest::new()).unwrap();
    let sent = &client.transport().kernel().sent;
    assert_eq!(sent.len(), 3, "the family's number is asked for once");
    for request in sent {
        assert_eq!(Header::read(request).unwrap().flags, flags::REQUEST);
    }
}

#[test]
fn an_error_tells_op_errno_text_and_the_path_of_the_attribute() {
    let mut client = client(|kernel, request| {
        // The groups come after the header, the generic header and the pid.
        kernel.error(request, libc_errno::EINVAL, |extack| {
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
        ("taskdiag task-get", Some(libc_errno::EINVAL))
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
        kernel.error(request, libc_errno::EINVAL, |extack| {
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
        kernel.error(request, libc_errno::EINVAL, |extack| extack.u32(5, 1));
    });
    let error = client.call(&TaskGetRequest::new()).unwrap_err();
    assert_eq!(error.missing(), Some("pid"));
}

#[test]
fn a_family_that_is_not_there_is_an_error_that_says_what_to_do() {
    let mut client = Client::with(Fake::new(pong));
    let error = client.call(&PingRequest::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(error.to_string(), "family \"taskdiag\" not found");
    assert!(error.hint().unwrap().contains("sudo insmod taskdiag.ko"));
}

#[test]
fn a_family_that_was_loaded_anew_is_found_again() {
    let mut client = client(|kernel, request| match request.header.kind {
        30 => pong(kernel, request),
        // Nobody has the number any longer.
        _ => {
            kernel.register("taskdiag", 30, &[]);
            kernel.error(request, libc_errno::ENOENT, |_| {});
        }
    });
    assert_eq!(client.call(&PingRequest::new()).unwrap().abi, Some(1));
    assert_eq!(client.family("taskdiag").unwrap().id, 30);
}

#[test]
fn an_enoent_of_the_familys_own_is_passed_on() {
    let mut client = client(|kernel, request| kernel.error(request, libc_errno::ENOENT, |_| {}));
    let error = client.call(&PingRequest::new()).unwrap_err();
    assert_eq!(
        (error.kind(), error.errno()),
        (ErrorKind::Refused, Some(libc_errno::ENOENT))
    );
}

#[test]
fn a_family_that_is_gone_is_told_as_such() {
    let mut client = client(|kernel, request| {
        kernel.unregister("taskdiag");
        kernel.error(request, libc_errno::ENOENT, |_| {});
    });
    let error = client.call(&PingRequest::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[test]
fn nobody_but_the_kernel_is_believed() {
    let mut client = client(|kernel, request| {
        let mut forged = request.bytes.to_vec();
        forged.extend([8, 0, 3, 0, 66, 0, 0, 0]);
        let len = forged.len() as u32;
        forged[..4].copy_from_slice(&len.to_ne_bytes());
        kernel.datagram(&forged, 4711, 0);
        pong(kernel, request);
    });
    assert_eq!(client.call(&PingRequest::new()).unwrap().abi, Some(1));
}

#[test]
fn answers_to_other_requests_are_skipped() {
    let mut client = client(|kernel, request| {
        let old = Header {
            seq: request.header.seq.wrapping_sub(1),
            ..request.header
        };
        let stale = Message {
            header: old,
            bytes: request.bytes,
        };
        kernel.error(&stale, libc_errno::EPERM, |_| {});
        kernel.reply(&stale, |reply| reply.u32(uapi::TASKDIAG_A_PING_ABI, 66));
        pong(kernel, request);
    });
    assert_eq!(client.call(&PingRequest::new()).unwrap().abi, Some(1));
}

#[test]
fn no_answer_is_a_timeout_after_which_the_client_works() {
    let mut silent = true;
    let mut client = client(move |kernel, request| {
        if !std::mem::take(&mut silent) {
            pong(kernel, request);
        }
    });
    let error = client.call(&PingRequest::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    assert_eq!(client.call(&PingRequest::new()).unwrap().abi, Some(1));
}

#[test]
fn an_oversized_reply_arrives_whole() {
    let mut client = client(|kernel, request| {
        kernel.reply(request, |reply| {
            for _ in 0..10 {
                reply.attr(uapi::TASKDIAG_A_PING_PAYLOAD, &[7; 60_000]);
            }
        });
    });
    let reply = client.call(&PingRequest::new()).unwrap();
    assert_eq!(reply.payload.unwrap().len(), 60_000);
}

#[test]
fn a_cut_off_reply_is_an_error_and_the_next_of_its_size_fits() {
    let mut client = client(|kernel, request| {
        let mut reply = request.bytes.to_vec();
        reply.resize((1 << 20) + 4096, 0);
        kernel.datagram(&reply, 0, 0);
    });
    let error = client.call(&PingRequest::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Truncated);
    assert!(client.call(&PingRequest::new()).is_ok());
}

#[test]
fn garbage_is_an_error_after_which_the_client_works() {
    let mut garbage = true;
    let mut client = client(move |kernel, request| match std::mem::take(&mut garbage) {
        true => kernel.datagram(&[0; 64], 0, 0),
        false => pong(kernel, request),
    });
    let error = client.call(&PingRequest::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Malformed);
    assert_eq!(client.call(&PingRequest::new()).unwrap().abi, Some(1));
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
fn a_dump_ends_with_done() {
    let mut client = client(|kernel, request| {
        assert_eq!(request.header.flags, flags::REQUEST | flags::DUMP);
        tasks(kernel, request, 0..5);
        kernel.done(request, 0, |_| {});
    });
    let mut dump = client.dump(&TaskGetDump::new()).unwrap();
    for pid in 0..5 {
        assert_eq!(dump.next().unwrap().unwrap().pid, Some(pid));
    }
    assert!(dump.next().unwrap().is_none());
    assert!(dump.next().unwrap().is_none());
}

#[test]
fn the_errno_and_text_of_done_end_a_dump_with_an_error() {
    let mut client = client(|kernel, request| {
        tasks(kernel, request, 0..2);
        kernel.done(request, libc_errno::EINVAL, |extack| {
            extack.str(1, b"too much")
        });
    });
    let mut count = 0;
    let mut dump = client.dump(&TaskGetDump::new()).unwrap();
    let error = dump.try_for_each(|_| {
        count += 1;
        Ok::<_, genlkit::Error>(())
    });
    let error = error.unwrap_err();
    assert_eq!(
        (count, error.errno(), error.text()),
        (2, Some(libc_errno::EINVAL), "too much")
    );
}

#[test]
fn an_interrupted_dump_is_an_error_unless_ignored() {
    let answer = |kernel: &mut Kernel, request: &Message<'_>| {
        let flags = flags::MULTI | flags::DUMP_INTR;
        let interrupted = Header {
            flags,
            ..request.header
        };
        kernel.queue(|queue| {
            queue.message(interrupted, |part| {
                part.bytes(&GenlHeader { cmd: 2, version: 1 }.to_bytes());
            });
        });
        kernel.done(request, 0, |_| {});
    };
    let mut strict = client(answer);
    let mut dump = strict.dump(&TaskGetDump::new()).unwrap();
    assert!(dump.next().unwrap().is_some());
    assert_eq!(dump.next().unwrap_err().kind(), ErrorKind::DumpInterrupted);
    assert!(dump.next().unwrap().is_none());
    drop(dump);
    let mut lenient = client(answer);
    let mut dump = lenient
        .dump(&TaskGetDump::new())
        .unwrap()
        .on_interrupt(OnInterrupt::Ignore);
    assert!(dump.next().unwrap().is_some());
    assert!(dump.next().unwrap().is_none());
    assert!(dump.interrupted());
}

#[test]
fn a_dropped_dump_never_poisons_what_follows() {
    let mut client = client(|kernel, request| match request.header.flags & flags::DUMP {
        flags::DUMP => {
            tasks(kernel, request, 0..100);
            kernel.done(request, 0, |_| {});
        }
        _ => pong(kernel, request),
    });
    for taken in 0..50 {
        let mut dump = client.dump(&TaskGetDump::new()).unwrap();
        for _ in 0..taken {
            dump.next().unwrap();
        }
        drop(dump);
        assert_eq!(client.call(&PingRequest::new()).unwrap().abi, Some(1));
    }
}

#[test]
fn notifications_within_a_dump_are_kept_in_order() {
    let mut client = client(|kernel, request| {
        kernel.datagram(&events(&[1, 2]), 0, EVENTS);
        tasks(kernel, request, 0..1);
        kernel.datagram(&events(&[3]), 0, EVENTS);
        tasks(kernel, request, 1..2);
        kernel.done(request, 0, |_| {});
        kernel.datagram(&events(&[4]), 0, EVENTS);
    });
    assert_eq!(
        client.subscribe(&taskdiag::FAMILY, "events").unwrap(),
        EVENTS
    );
    assert!(client.transport().kernel().joined().eq([EVENTS]));
    let mut dump = client.dump(&TaskGetDump::new()).unwrap();
    assert_eq!(dump.next().unwrap().unwrap().pid, Some(0));
    assert_eq!(dump.next().unwrap().unwrap().pid, Some(1));
    assert!(dump.next().unwrap().is_none());
    drop(dump);
    let mut received = client.events::<Notification<'_>>();
    for seq in 1..=4 {
        assert_eq!(seq_of(received.next().unwrap()), seq);
    }
}

#[test]
fn a_call_between_two_events_keeps_their_order() {
    let mut first = true;
    let mut client = client(move |kernel, request| {
        if std::mem::take(&mut first) {
            kernel.datagram(&events(&[1, 2]), 0, EVENTS);
            kernel.datagram(&events(&[3]), 0, EVENTS);
        }
        pong(kernel, request);
    });
    client.call(&PingRequest::new()).unwrap();
    for seq in 1..=3 {
        let mut received = client.events::<Notification<'_>>();
        assert_eq!(seq_of(received.next().unwrap()), seq);
        client.call(&PingRequest::new()).unwrap();
    }
}

/// A client whose first dump is never answered.
fn client_with_an_open_dump() -> Client<Fake> {
    let mut silent = true;
    let mut client = client(move |kernel, request| {
        if !std::mem::take(&mut silent) {
            tasks(kernel, request, 0..1);
            kernel.done(request, 0, |_| {});
        }
    });
    let error = client.dump(&TaskGetDump::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimedOut);
    client
}

#[test]
fn a_dump_after_one_that_did_not_end_loses_no_event() {
    let mut client = client_with_an_open_dump();
    let kernel = client.transport().kernel();
    kernel.datagram(&events(&[1, 2]), 0, EVENTS);
    kernel.datagram(&events(&[3]), 0, EVENTS);
    let mut received = client.events::<Notification<'_>>();
    assert_eq!(seq_of(received.next().unwrap()), 1);
    drop(client.dump(&TaskGetDump::new()).unwrap());
    let mut received = client.events::<Notification<'_>>();
    assert_eq!(seq_of(received.next().unwrap()), 2);
    assert_eq!(seq_of(received.next().unwrap()), 3);
}

#[test]
fn events_that_a_drained_dump_cuts_off_are_told_as_lost() {
    let mut client = client_with_an_open_dump();
    let kernel = client.transport().kernel();
    kernel.datagram(&vec![0; (1 << 20) + 4096], 0, EVENTS);
    drop(client.dump(&TaskGetDump::new()).unwrap());
    assert!(matches!(
        client.events::<Notification<'_>>().next().unwrap(),
        Event::Overrun { drops: 1 }
    ));
}

#[test]
fn an_overrun_is_told_in_band_with_the_number_of_drops() {
    let mut client = client(pong);
    client.subscribe(&taskdiag::FAMILY, "events").unwrap();
    let kernel = client.transport().kernel();
    kernel.datagram(&events(&[1]), 0, EVENTS);
    kernel.drop_datagrams(9);
    let mut received = client.events::<Notification<'_>>();
    assert!(matches!(
        received.next().unwrap(),
        Event::Overrun { drops: 9 }
    ));
    assert_eq!(seq_of(received.next().unwrap()), 1);
}

#[test]
fn a_call_whose_answer_was_dropped_fails_at_once() {
    let mut client = client(|kernel, _| kernel.drop_datagrams(1));
    let error = client.call(&PingRequest::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Overrun);
}

#[test]
fn a_call_whose_answer_came_in_spite_of_an_overrun_succeeds() {
    let mut client = client(|kernel, request| {
        pong(kernel, request);
        kernel.drop_datagrams(1);
    });
    assert_eq!(client.call(&PingRequest::new()).unwrap().abi, Some(1));
}

#[test]
fn a_group_that_is_not_there_is_an_error_that_lists_those_that_are() {
    let mut client = client(pong);
    let error = client.subscribe(&taskdiag::FAMILY, "deaths").unwrap_err();
    assert_eq!(
        (error.kind(), error.hint()),
        (ErrorKind::NotFound, Some("it has: events"))
    );
}

#[test]
fn clients_can_be_sent_to_other_threads() {
    fn assert_send<T: Send>() {}
    assert_send::<Client>();
    assert_send::<Client<Fake>>();
}

/// The errnos that the tests use.
mod libc_errno {
    pub(super) const EPERM: i32 = 1;
    pub(super) const ENOENT: i32 = 2;
    pub(super) const EINVAL: i32 = 22;
}
