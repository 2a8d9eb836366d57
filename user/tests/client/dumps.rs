// SPDX-License-Identifier: MIT OR Apache-2.0
//! Dumps: their end, their errors, and what comes in between.

use super::support::*;
use genlkit::ErrorKind;
use genlkit::client::{Client, Dump, Event, OnInterrupt};
use genlkit::generated::taskdiag::{self, Notification, PingRequest, TaskGetDump, uapi};
use genlkit::transport::{Fake, Kernel};
use genlkit::wire::{Builder, GenlHeader, Header, Message, flags, kind};
use std::time::Duration;

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
        kernel.done(request, libc::EINVAL, |extack| extack.str(1, b"too much"));
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
        (2, Some(libc::EINVAL), "too much")
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
    for taken in 0..=101 {
        let mut dump = client.dump(&TaskGetDump::new()).unwrap();
        for _ in 0..taken {
            dump.next().unwrap();
        }
        drop(dump);
        assert!(!client.transport().kernel().has_open_dump());
        if taken % 2 == 0 {
            assert_eq!(client.call(&PingRequest::new()).unwrap().abi, Some(1));
        }
    }
}

#[test]
fn a_dump_that_is_left_open_is_read_to_its_end_before_the_next() {
    // More than are read of one that is dropped.
    for (datagrams, forgotten) in [(6000, false), (50, true)] {
        let mut client = client(move |kernel, request| {
            tasks(kernel, request, 0..datagrams);
            kernel.done(request, 0, |_| {});
        });
        let dump = client.dump(&TaskGetDump::new()).unwrap();
        match forgotten {
            true => std::mem::forget(dump),
            false => drop(dump),
        }
        assert!(client.transport().kernel().has_open_dump());
        let pids = client.collect(&TaskGetDump::new(), 1, |task| task.pid);
        assert!(pids.unwrap().into_iter().eq((0..datagrams).map(Some)));
    }
}

#[test]
fn entries_of_a_dump_that_was_interrupted_are_not_among_those_collected() {
    let mut dumps = 0;
    let mut client = client(move |kernel, request| {
        dumps += 1;
        let interrupted = if dumps == 1 { flags::DUMP_INTR } else { 0 };
        let part = Header {
            flags: flags::MULTI | interrupted,
            ..request.header
        };
        kernel.queue(|queue| {
            queue.message(part, |part| {
                part.bytes(&GenlHeader { cmd: 2, version: 1 }.to_bytes());
                part.u32(uapi::TASKDIAG_A_TASK_PID, dumps);
            });
        });
        kernel.done(request, 0, |_| {});
    });
    let pids = client.collect(&TaskGetDump::new(), 2, |task| task.pid);
    assert_eq!(pids.unwrap(), [Some(2)]);
}

#[test]
fn each_message_of_a_dump_has_as_long_as_the_first() {
    const EACH: Duration = Duration::from_millis(60);
    let fake = Fake::new(|kernel, request| {
        tasks(kernel, request, 0..4);
        kernel.done(request, 0, |_| {});
    });
    let mut client = Client::with(Slow::new(fake.family("taskdiag", ID, &[]), EACH));
    client.set_timeout(Some(EACH * 5 / 2));
    let mut count = 0;
    let mut dump = client.dump(&TaskGetDump::new()).unwrap();
    while dump.next().unwrap().is_some() {
        count += 1;
    }
    assert_eq!(count, 4);
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
    assert!(client.transport().kernel().joined().eq([16, EVENTS]));
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
fn an_interrupted_dump_is_collected_anew_up_to_as_often_as_is_said() {
    let mut dumps = 0;
    let mut client = client(move |kernel, request| {
        dumps += 1;
        let interrupted = if dumps % 3 == 0 { 0 } else { flags::DUMP_INTR };
        tasks(kernel, request, 0..dumps);
        let part = Header {
            flags: flags::MULTI | interrupted,
            ..request.header
        };
        kernel.queue(|queue| {
            queue.message(part, |part| {
                part.bytes(&GenlHeader { cmd: 2, version: 1 }.to_bytes());
            });
        });
        kernel.done(request, 0, |_| {});
    });
    let request = TaskGetDump::new();
    let error = client.collect(&request, 2, |task| task.pid).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::DumpInterrupted);
    let pids = client.collect(&request, 2, |task| task.pid).unwrap();
    assert_eq!(pids, [Some(0), Some(1), Some(2), None]);
}

/// A datagram of tasks, one message each, as kernels send them.
fn whole(request: &Message<'_>, pids: std::ops::Range<u32>, queue: &mut Builder<'_>) {
    let part = Header {
        flags: flags::MULTI,
        ..request.header
    };
    for pid in pids {
        queue.message(part, |part| {
            part.bytes(&GenlHeader { cmd: 2, version: 1 }.to_bytes());
            part.u32(uapi::TASKDIAG_A_TASK_PID, pid);
        });
    }
}

#[test]
fn a_function_is_handed_every_entry_whatever_comes_in_between() {
    let mut client = client(|kernel, request| {
        kernel.queue(|queue| whole(request, 0..3, queue));
        kernel.datagram(&events(&[1]), 0, EVENTS);
        kernel.error(request, 0, |_| {});
        kernel.queue(|queue| {
            whole(request, 3..5, queue);
            // To this client alone, and not an answer.
            queue.bytes(&events(&[2]));
            whole(request, 5..6, queue);
        });
        kernel.drop_datagrams(1);
        kernel.done(request, 0, |_| {});
    });
    client.subscribe(&taskdiag::FAMILY, "events").unwrap();
    let mut pids = Vec::new();
    let mut dump = client.dump(&TaskGetDump::new()).unwrap();
    let ended = dump.try_for_each(|task| {
        pids.extend(task.pid);
        Ok::<_, genlkit::Error>(())
    });
    ended.unwrap();
    drop(dump);
    assert_eq!(pids, [0, 1, 2, 3, 4, 5]);
    let mut received = client.events::<Notification<'_>>();
    assert!(matches!(
        received.next().unwrap(),
        Event::Overrun { drops: 1 }
    ));
    assert_eq!(seq_of(received.next().unwrap()), 1);
    assert!(matches!(
        received.next().unwrap(),
        Event::Notification { group: 0, .. }
    ));
}

#[test]
fn a_function_that_fails_ends_nothing_and_the_dump_goes_on_behind_the_entry() {
    let mut client = client(|kernel, request| {
        kernel.queue(|queue| whole(request, 0..3, queue));
        kernel.queue(|queue| whole(request, 3..5, queue));
        kernel.done(request, 0, |_| {});
    });
    let mut dump = client.dump(&TaskGetDump::new()).unwrap();
    let mut pids = Vec::new();
    let mut stop_at = |last, dump: &mut Dump<'_, TaskGetDump, Fake>| {
        dump.try_for_each(|task| {
            pids.extend(task.pid);
            match task.pid < Some(last) {
                true => Ok(()),
                false => Err(Box::<dyn std::error::Error>::from("enough")),
            }
        })
    };
    assert!(stop_at(1, &mut dump).is_err());
    assert_eq!(dump.next().unwrap().unwrap().pid, Some(2));
    assert!(stop_at(3, &mut dump).is_err());
    assert!(stop_at(9, &mut dump).is_ok());
    assert!(stop_at(0, &mut dump).is_ok());
    assert_eq!(pids, [0, 1, 3, 4]);
}

#[test]
fn a_function_over_an_interrupted_dump_sees_every_entry_before_the_error() {
    let mut client = client(|kernel, request| {
        let request = Message {
            header: Header {
                flags: flags::MULTI | flags::DUMP_INTR,
                ..request.header
            },
            ..*request
        };
        kernel.queue(|queue| whole(&request, 0..1, queue));
        kernel.queue(|queue| {
            queue.message(request.header, |part| {
                part.bytes(&GenlHeader { cmd: 2, version: 1 }.to_bytes());
            });
        });
        kernel.queue(|queue| whole(&request, 1..2, queue));
        kernel.done(&request, 0, |_| {});
    });
    let mut seen = 0;
    let mut dump = client.dump(&TaskGetDump::new()).unwrap();
    let ended = dump.try_for_each(|_| {
        seen += 1;
        Ok::<_, genlkit::Error>(())
    });
    assert_eq!(ended.unwrap_err().kind(), ErrorKind::DumpInterrupted);
    assert!(dump.interrupted());
    assert_eq!(seen, 3);
}

/// A kernel whose dump has an entry, what `end` writes, and another entry with an event behind it.
fn client_that_goes_on_behind(
    end: impl Fn(Header, &mut Builder<'_>) + Send + 'static,
) -> Client<Fake> {
    client(move |kernel, request| {
        kernel.queue(|queue| {
            whole(request, 1..2, queue);
            end(request.header, queue);
            whole(request, 3..4, queue);
            queue.bytes(&events(&[7]));
        });
    })
}

#[test]
fn behind_what_ends_a_dump_there_is_no_entry_and_no_event_is_lost() {
    let done = |header, queue: &mut Builder<'_>| {
        let done = Header {
            kind: kind::DONE,
            ..header
        };
        queue.message(done, |done| done.bytes(&[0; 4]));
    };
    let of_another_family = |header, queue: &mut Builder<'_>| {
        let other = Header {
            kind: ID + 5,
            ..header
        };
        queue.message(other, |part| part.bytes(&[0; 4]));
    };
    let mut clients = [
        (client_that_goes_on_behind(done), true),
        (client_that_goes_on_behind(of_another_family), false),
    ];
    for (client, whole) in &mut clients {
        let mut dump = client.dump(&TaskGetDump::new()).unwrap();
        assert_eq!(dump.next().unwrap().unwrap().pid, Some(1));
        assert_eq!(dump.next().is_ok_and(|entry| entry.is_none()), *whole);
        assert!(dump.next().unwrap().is_none());
        let none = dump.try_for_each(|entry| panic!("{entry}"));
        none.map_err(|error: genlkit::Error| error).unwrap();
        drop(dump);
        let mut received = client.events::<Notification<'_>>();
        let Event::Notification { notification, .. } = received.next().unwrap() else {
            panic!("no notification");
        };
        assert!(matches!(notification, Notification::TaskNtf(event) if event.seq == Some(7)));
    }
}
