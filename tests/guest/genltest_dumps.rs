// SPDX-License-Identifier: MIT OR Apache-2.0

//! Dumps of a family in Rust, beside the same dump of its twin in C: rows 25 to 27, 29, 30 and 45
//! of docs/conformance.md.

use genlkit::wire::{flags, kind};
use genlkit_tests::{
    child::isolated,
    genltest::{Genltest, attr, cmd},
    raw::{Answers, RawSocket, Request},
};
use nix::{
    errno::Errno,
    sched::{CloneFlags, unshare},
};

fn entry(name: &str) -> u16 {
    attr("entry", name)
}

/// Runs a test in a network namespace of its own, which no other test's dumps are open in.
fn in_a_namespace(test: impl FnOnce()) {
    isolated(|| {
        unshare(CloneFlags::CLONE_NEWNET).expect("root may");
        test();
    });
}

/// A dump of some entries.
fn entries(family: &Genltest, count: u32) -> Request {
    family.request("entry").u32(entry("count"), count).dump()
}

fn indexes(answers: &Answers) -> Vec<u32> {
    answers
        .data()
        .map(|part| part.u32(entry("index")))
        .collect()
}

#[test]
fn a_dump_lists_every_entry_once_in_order() {
    in_a_namespace(|| {
        let family = Genltest::open();
        for count in [0, 1, 60, 61, 10_000] {
            let answers = family.ask(entries(&family, count));
            assert_eq!(answers.done().errno, 0);
            assert!(
                indexes(&answers).into_iter().eq(0..count),
                "{count} entries"
            );
        }
        let answers = family.ask(entries(&family, 100).u32(entry("step"), 7));
        assert!(indexes(&answers).into_iter().eq((0..100).step_by(7)));
        let last = answers.data().last().expect("an entry").clone();
        assert_eq!(
            last.attr(entry("value")).expect("the value").u64(),
            Ok(98 * 98)
        );
        assert_eq!(
            last.attr(entry("label")).expect("the label").payload(),
            b"entry\0"
        );
    });
}

#[test]
fn the_twin_in_c_answers_the_same_bytes() {
    in_a_namespace(|| {
        let family = Genltest::open();
        let twin = RawSocket::generic();
        let other = twin.family("genltest_c");
        let payload = attr("echo", "payload");
        let bodies = |answers: Answers| -> Vec<Vec<u8>> {
            answers
                .messages()
                .iter()
                .map(|message| message.body().to_vec())
                .collect()
        };
        for len in [0, 1, 64, 1024, 20_000] {
            let bytes = vec![7; len];
            let rust = family.ask(family.request("echo").attr(payload, &bytes));
            let c = twin.ask(Request::of(&other, cmd("echo")).attr(payload, &bytes));
            assert_eq!(bodies(rust), bodies(c), "{len} bytes");
        }
        let shape = |request: Request| {
            request
                .u32(entry("count"), 300)
                .u32(entry("size"), 100)
                .u32(entry("step"), 3)
                .dump()
        };
        // Sockets that have received little.
        let (family, twin) = (Genltest::open(), RawSocket::generic());
        let rust = family.ask(shape(family.request("entry")));
        let c = twin.ask(shape(Request::of(&other, cmd("entry"))));
        assert_eq!(bodies(rust), bodies(c));
    });
}

#[test]
fn row_25_a_dump_with_ack_ends_in_one_done() {
    in_a_namespace(|| {
        let family = Genltest::open();
        let answers = family.ask(entries(&family, 500).ack());
        let errors = answers
            .kinds()
            .into_iter()
            .filter(|kind| *kind == kind::ERROR)
            .count();
        let dones = answers
            .kinds()
            .into_iter()
            .filter(|kind| *kind == kind::DONE)
            .count();
        assert_eq!((errors, dones, answers.done().errno), (0, 1, 0));
        assert!(
            answers
                .messages()
                .iter()
                .all(|message| message.has(flags::MULTI))
        );
    });
}

#[test]
fn row_26_another_dump_is_ebusy_until_the_first_is_done() {
    in_a_namespace(|| {
        let family = Genltest::open();
        family
            .socket
            .send(&entries(&family, 5000).seq(900).bytes())
            .expect("it is sent");
        assert_eq!(Genltest::open().state("open-dumps"), 1);
        for other in [entries(&family, 1), family.request("state").dump()] {
            family
                .socket
                .send(&other.seq(901).bytes())
                .expect("it is sent");
        }
        // Another socket is not concerned.
        let other = Genltest::open();
        assert_eq!(indexes(&other.ask(entries(&other, 1))), [0]);
        let answers = family.socket.answers();
        let refused: Vec<_> = answers
            .messages()
            .iter()
            .filter(|m| m.header.seq == 901)
            .collect();
        assert!(
            refused
                .iter()
                .all(|message| message.error().errno() == Errno::EBUSY)
        );
        assert_eq!(refused.len(), 2);
        assert!(indexes(&answers).into_iter().eq(0..5000));
        assert_eq!(indexes(&family.ask(entries(&family, 1))), [0]);
        assert_eq!(family.state("open-dumps"), 0);
    });
}

#[test]
fn row_27_requests_are_served_in_the_middle_of_a_dump() {
    in_a_namespace(|| {
        let family = Genltest::open();
        family
            .socket
            .send(&entries(&family, 5000).seq(900).bytes())
            .expect("it is sent");
        let state = family.request("state").ack().seq(901);
        family.socket.send(&state.bytes()).expect("it is sent");
        let answers = family.socket.answers();
        let seqs: Vec<u32> = answers
            .messages()
            .iter()
            .map(|message| message.header.seq)
            .collect();
        let at = seqs.iter().position(|seq| *seq == 901).expect("the reply");
        assert!(at > 0 && at + 2 < seqs.len());
        assert_eq!(seqs[at + 1], 901);
        let parts = answers.data().filter(|part| part.header.seq == 900);
        assert!(parts.map(|part| part.u32(entry("index"))).eq(0..5000));
        // The dump was open meanwhile.
        assert_eq!(answers.messages()[at].u32(attr("state", "open-dumps")), 1);
    });
}

#[test]
fn row_29_done_comes_with_the_last_entries() {
    in_a_namespace(|| {
        let family = Genltest::open();
        let answers = family.ask(entries(&family, 3));
        assert_eq!(answers.datagrams().len(), 1);
        assert_eq!(indexes(&answers), [0, 1, 2]);
    });
}

#[test]
fn a_part_ends_where_the_request_says() {
    in_a_namespace(|| {
        let family = Genltest::open();
        let answers = family.ask(entries(&family, 10).u32(entry("per-part"), 4));
        assert!(indexes(&answers).into_iter().eq(0..10));
        assert_eq!(answers.datagrams().len(), 3);
    });
}

#[test]
fn a_slow_dump_is_a_dump() {
    in_a_namespace(|| {
        let family = Genltest::open();
        let request = entries(&family, 6)
            .u32(entry("per-part"), 2)
            .u32(entry("delay"), 5);
        assert!(indexes(&family.ask(request)).into_iter().eq(0..6));
    });
}

#[test]
fn entries_larger_than_a_page_come_on_a_fresh_socket() {
    in_a_namespace(|| {
        let family = Genltest::open();
        for size in [100, 3000, 4000, 20_000, 60_000] {
            let fresh = RawSocket::generic();
            fresh.receive_buffer(4 << 20);
            let answers = fresh.ask(entries(&family, 5).u32(entry("size"), size));
            assert_eq!(answers.done().errno, 0, "{size} bytes");
            assert!(indexes(&answers).into_iter().eq(0..5), "{size} bytes");
            for part in answers.data() {
                let filling = part.attr(entry("filling")).expect("the filling");
                assert_eq!(filling.payload(), vec![0; size as usize]);
            }
        }
    });
}

#[test]
fn the_parts_of_a_dump_fit_the_reader_s_buffer_whatever_its_size() {
    in_a_namespace(|| {
        let twin = RawSocket::generic().family("genltest_c");
        // The C family answers the same bytes in the same parts.
        for len in [4096, 4097, 9001, 9002, 9003, 20_001, 32_767, 65_535] {
            let sizes = [Genltest::open().family, twin.clone()].map(|family| {
                let socket = RawSocket::generic();
                let request = Request::of(&family, cmd("entry"))
                    .u32(entry("count"), 1000)
                    .u32(entry("size"), 37);
                let request = request.dump().bytes();
                let mut sizes = Vec::new();
                // Only at its second dump does the socket have what the first has taught it.
                for _ in 0..2 {
                    socket.send(&request).expect("it is sent");
                    let answers = socket.answers_into(len);
                    assert!(indexes(&answers).into_iter().eq(0..1000), "{len} bytes");
                    sizes = answers
                        .datagrams()
                        .iter()
                        .map(|part| part.bytes.len())
                        .collect();
                }
                sizes
            });
            assert_eq!(sizes[0], sizes[1], "{len} bytes");
            let most = sizes[0].iter().max().copied().expect("a part");
            // The kernel's parts have at most 32 KiB with what it keeps beside them.
            let room = len.min((32 << 10) - 320);
            assert!(most <= room && room - most < 96, "{most} of {len} bytes");
        }
    });
}

#[test]
fn an_entry_that_was_not_promised_is_emsgsize_where_the_reader_s_buffer_is_small() {
    in_a_namespace(|| {
        let family = Genltest::open();
        let unpromised = |size| {
            entries(&family, 3)
                .u32(entry("size"), size)
                .attr(entry("unpromised"), &[])
        };
        // The kernel does not know yet what the reader can take.
        let answers = RawSocket::generic().ask(unpromised(5000));
        assert_eq!(answers.done().errno(), Errno::EMSGSIZE);
        assert_eq!(answers.data().count(), 0);
        assert!(
            indexes(&RawSocket::generic().ask(unpromised(3000)))
                .into_iter()
                .eq(0..3)
        );
        // Now it does, and takes up to 32 KiB for it.
        let reader = Genltest::open();
        reader.state("open-dumps");
        assert!(indexes(&reader.ask(unpromised(5000))).into_iter().eq(0..3));
        assert!(
            indexes(&reader.ask(unpromised(32_000)))
                .into_iter()
                .eq(0..3)
        );
        let answers = reader.ask(unpromised(33_000));
        assert_eq!(answers.done().errno(), Errno::EMSGSIZE);
    });
}

#[test]
fn row_45_a_dump_without_policy_takes_no_attribute() {
    in_a_namespace(|| {
        let family = Genltest::open();
        let answers = family.ask(family.request("state").dump());
        assert_eq!((answers.data().count(), answers.done().errno), (1, 0));
        let error = family.ask(family.request("state").dump().u32(4, 0)).error();
        assert_eq!((error.errno(), error.offset), (Errno::EINVAL, Some(20)));
    });
}

#[test]
fn a_socket_that_is_closed_ends_its_dump() {
    in_a_namespace(|| {
        let family = Genltest::open();
        family
            .socket
            .send(&entries(&family, 5000).bytes())
            .expect("it is sent");
        let watcher = Genltest::open();
        assert_eq!(watcher.state("open-dumps"), 1);
        drop(family);
        assert_eq!(watcher.state("open-dumps"), 0);
    });
}
