// SPDX-License-Identifier: MIT OR Apache-2.0
//! Events: their order, and what is told of those that are lost.

use super::support::*;
use genlkit::ErrorKind;
use genlkit::client::{Client, Event};
use genlkit::generated::taskdiag::{
    self, ConfigSetRequest, Notification, PingRequest, TaskGetDump, uapi,
};
use genlkit::transport::{Fake, Kernel, Transport};
use genlkit::wire::{Builder, GenlHeader, Header, Message, flags, kind};
use std::time::Instant;

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

/// What answers a dump in one datagram: an entry, an event in the middle, and the end.
fn dump_around_event(kernel: &mut Kernel, request: &Message<'_>) {
    let header = Header {
        flags: flags::MULTI,
        ..request.header
    };
    let entry = |to: &mut Builder<'_>| {
        let (cmd, version) = (uapi::TASKDIAG_CMD_TASK_GET, 1);
        to.bytes(&GenlHeader { cmd, version }.to_bytes());
        to.u32(uapi::TASKDIAG_A_TASK_PID, 1);
    };
    let end = Header {
        kind: kind::DONE,
        ..header
    };
    kernel.queue(|to| {
        to.message(header, entry);
        to.bytes(&events(&[2]));
        to.message(end, |to| to.bytes(&[0; 4]));
    });
}

#[test]
fn events_around_a_dump_that_is_left_keep_their_order() {
    let mut client = client(|kernel, request| {
        kernel.datagram(&events(&[1]), 0, EVENTS);
        dump_around_event(kernel, request);
    });
    client.subscribe(&taskdiag::FAMILY, "events").unwrap();
    let mut dump = client.dump(&TaskGetDump::new()).unwrap();
    assert!(dump.next().unwrap().is_some());
    drop(dump);
    for seq in 1..=2 {
        match client.events::<Notification<'_>>().next().unwrap() {
            Event::Notification {
                notification: Notification::TaskNtf(event),
                ..
            } => assert_eq!(event.seq, Some(seq)),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_dump_that_is_left_where_its_end_has_come_receives_nothing_more() {
    let mut client = client(|kernel, request| {
        dump_around_event(kernel, request);
        kernel.datagram(&events(&[3]), 0, EVENTS);
    });
    drop(client.dump(&TaskGetDump::new()).unwrap());
    let mut buffer = [0; 4096];
    let left = client.transport().try_recv(&mut buffer).unwrap();
    assert_eq!((left.group, left.len), (EVENTS, events(&[3]).len()));
}

#[test]
fn what_comes_unasked_with_a_number_of_its_own_is_an_event_and_no_answer() {
    let mut client = client(|kernel, request| {
        // As the kernel counts for TASKSTATS, and the first number of other clients.
        for seq in 1..=2_u32 {
            let mut event = events(&[u64::from(seq)]);
            event[8..12].copy_from_slice(&seq.to_ne_bytes());
            kernel.datagram(&event, 0, 0);
        }
        pong(kernel, request);
    });
    assert_eq!(client.call(&PingRequest::new()).unwrap().abi, Some(1));
    for seq in 1..=2 {
        match client.events::<Notification<'_>>().next().unwrap() {
            Event::Notification {
                group: 0,
                notification: Notification::TaskNtf(event),
            } => assert_eq!(event.seq, Some(seq)),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn events_that_are_not_read_are_kept_up_to_a_bound_and_told_as_lost_beyond_it() {
    const DATAGRAMS: usize = 3000;
    const EACH: usize = 100;
    let bytes = events(&[7; EACH]);
    let len = bytes.len();
    let mut first = true;
    let mut client = client(move |kernel, request| {
        if std::mem::take(&mut first) {
            (0..DATAGRAMS).for_each(|_| kernel.datagram(&bytes, 0, EVENTS));
        }
        pong(kernel, request);
    });
    client.subscribe(&taskdiag::FAMILY, "events").unwrap();
    client.call(&PingRequest::new()).unwrap();
    let mut received = client.events::<Notification<'_>>();
    let Event::Overrun { drops } = received.next().unwrap() else {
        panic!("nothing was lost");
    };
    let mut kept = 0;
    while !matches!(received.next().unwrap(), Event::Resync) {
        kept += 1;
    }
    assert_eq!(kept / EACH + drops as usize, DATAGRAMS);
    assert!(drops > 0 && kept / EACH * len <= 4 << 20, "{kept} {drops}");
}

#[test]
fn an_event_that_a_call_cuts_off_is_told_as_lost() {
    let mut client = client(|kernel, request| {
        kernel.datagram(&vec![0; (1 << 20) + 4096], 0, EVENTS);
        pong(kernel, request);
    });
    client.call(&PingRequest::new()).unwrap();
    let mut received = client.events::<Notification<'_>>();
    let told = received.next().unwrap();
    assert!(matches!(told, Event::Overrun { drops: 1 }), "{told:?}");
}

#[test]
fn an_echo_comes_as_an_event() {
    let mut client = client(|kernel, request| {
        let event = |message: &mut Builder<'_>| {
            let (cmd, version) = (uapi::TASKDIAG_CMD_TASK_NTF, 1);
            message.bytes(&GenlHeader { cmd, version }.to_bytes());
            message.uint(uapi::TASKDIAG_A_EVENT_SEQ, 7);
        };
        kernel.queue(|to| to.message(request.header, event));
        kernel.error(request, 0, |_| {});
    });
    let request = ConfigSetRequest::new().ring_size(256);
    client.call_with(&request, flags::ECHO).unwrap();
    client.call(&request).unwrap();
    let mut received = client.events::<Notification<'_>>();
    let Event::Notification {
        group: 0,
        notification: Notification::TaskNtf(event),
    } = received.next().unwrap()
    else {
        panic!("no notification to this socket alone");
    };
    assert_eq!(event.seq, Some(7));
    // What nobody asked for is none.
    assert!(received.next_until(Instant::now()).unwrap().is_none());
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
fn where_to_read_anew_is_told_behind_what_came_before_the_loss() {
    let mut client = client(pong);
    client.subscribe(&taskdiag::FAMILY, "events").unwrap();
    let kernel = client.transport().kernel();
    kernel.datagram(&events(&[1, 2]), 0, EVENTS);
    kernel.drop_datagrams(9);
    let mut received = client.events::<Notification<'_>>();
    assert!(matches!(
        received.next().unwrap(),
        Event::Overrun { drops: 9 }
    ));
    assert_eq!(seq_of(received.next().unwrap()), 1);
    // Meanwhile more is lost, of which the kernel says nothing before there is room again.
    received.client().transport().kernel().count_drops(4);
    assert_eq!(seq_of(received.next().unwrap()), 2);
    assert!(matches!(
        received.next().unwrap(),
        Event::Overrun { drops: 4 }
    ));
    assert!(matches!(received.next().unwrap(), Event::Resync));
    received.client().call(&PingRequest::new()).unwrap();
    assert!(received.next_until(Instant::now()).unwrap().is_none());
}

#[test]
fn who_keeps_in_step_reads_anew_after_a_loss_and_again_where_that_failed() {
    let mut tries = 0;
    let mut client = client(move |kernel, request| {
        tries += 1;
        match tries {
            1 => kernel.error(request, libc::EAGAIN, |_| {}),
            _ => pong(kernel, request),
        }
        kernel.datagram(&events(&[tries]), 0, EVENTS);
    });
    client.subscribe(&taskdiag::FAMILY, "events").unwrap();
    client.transport().kernel().drop_datagrams(1);
    let mut received = client.events::<Notification<'_>>();
    let mut read = 0;
    let mut next = || {
        received
            .next_in_step(|client| {
                client.call(&PingRequest::new())?;
                read += 1;
                Ok(())
            })
            .map(|event| match event {
                Event::Overrun { .. } => 0,
                event => seq_of(event),
            })
    };
    assert_eq!(next().unwrap(), 0);
    assert_eq!(next().unwrap_err().errno(), Some(libc::EAGAIN));
    // What comes in between is handed out before it is read anew.
    assert_eq!(next().unwrap(), 1);
    assert_eq!(next().unwrap(), 2);
    assert_eq!(read, 1);
}

#[test]
fn what_is_sent_unasked_to_the_client_alone_is_an_event_and_never_lost() {
    let mut client = client(|kernel, request| {
        kernel.datagram(&events(&[2]), 0, 0);
        match request.header.flags & flags::DUMP {
            flags::DUMP => {
                tasks(kernel, request, 0..1);
                kernel.datagram(&events(&[4]), 0, 0);
                kernel.done(request, 0, |_| {});
            }
            _ => pong(kernel, request),
        }
    });
    client.family("taskdiag").unwrap();
    let kernel = client.transport().kernel();
    kernel.datagram(&events(&[1, 1]), 0, 0);
    let next = |client: &mut Client<Fake>| {
        let mut received = client.events::<Notification<'_>>();
        match received.next().unwrap() {
            Event::Notification {
                group: 0,
                notification: Notification::TaskNtf(event),
            } => event.seq,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(next(&mut client), Some(1));
    client.call(&PingRequest::new()).unwrap();
    drop(client.dump(&TaskGetDump::new()).unwrap());
    for seq in [1, 2, 2, 4] {
        assert_eq!(next(&mut client), Some(seq));
    }
}
