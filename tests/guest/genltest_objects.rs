// SPDX-License-Identifier: MIT OR Apache-2.0

//! Objects of a network namespace: making and changing them, who hears of it (row 31 of
//! docs/conformance.md), dumps that they change under, and what goes with a socket.

use genlkit::wire::{flags, kind};
use genlkit_tests::{
    child::isolated,
    genltest::{Genltest, attr, cmd},
    raw::{Received, Request},
};
use nix::{
    errno::Errno,
    sched::{CloneFlags, unshare},
};

const CREATE: u32 = 1;
const EXCL: u32 = 2;
const REPLACE: u32 = 4;
const APPEND: u32 = 8;

fn obj(name: &str) -> u16 {
    attr("obj", name)
}

/// Runs a test in a network namespace of its own, where there are no objects.
fn in_a_namespace(test: impl FnOnce(Genltest)) {
    isolated(|| {
        unshare(CloneFlags::CLONE_NEWNET).expect("root may");
        test(Genltest::open());
    });
}

fn new(family: &Genltest, id: u32) -> Request {
    family.request("obj-new").u32(obj("id"), id)
}

fn make(family: &Genltest, id: u32) {
    assert_eq!(family.errno(new(family, id)), Ok(()));
}

fn get(family: &Genltest, id: u32) -> Received {
    family.reply(family.request("obj-get").u32(obj("id"), id))
}

fn values(object: &Received) -> Vec<u32> {
    let attrs = object.attrs();
    let values = attrs.iter().filter(|attr| attr.number() == obj("values"));
    values.map(|attr| attr.u32().expect("a number")).collect()
}

#[test]
fn an_object_is_made_told_of_and_removed() {
    in_a_namespace(|family| {
        assert_eq!(family.state("objects"), 0);
        let request = new(&family, 7)
            .str(obj("name"), "seven")
            .attr(obj("colour"), &[2]);
        assert_eq!(
            family.errno(request.u32(obj("values"), 70).u32(obj("values"), 71)),
            Ok(())
        );
        let object = get(&family, 7);
        assert_eq!(object.u32(obj("id")), 7);
        assert_eq!(
            object.attr(obj("name")).expect("the name").payload(),
            b"seven\0"
        );
        assert_eq!(object.attr(obj("colour")).expect("the colour").u8(), Ok(2));
        assert_eq!(values(&object), [70, 71]);
        assert!(object.attr(obj("bound")).is_none());
        assert_eq!(family.state("objects"), 1);
        let del = family.request("obj-del").u32(obj("id"), 7);
        assert_eq!(family.errno(del.clone()), Ok(()));
        let error = family.outcome(del);
        assert_eq!((error.errno(), error.offset), (Errno::ENOENT, Some(20)));
        assert_eq!(error.text, "no object of this number");
        let gone = family.outcome(family.request("obj-get").u32(obj("id"), 7));
        assert_eq!(gone.errno(), Errno::ENOENT);
    });
}

#[test]
fn the_mode_says_what_becomes_of_an_object() {
    in_a_namespace(|family| {
        let with = |mode, value| {
            let request = new(&family, 1)
                .u32(obj("mode"), mode)
                .u32(obj("values"), value);
            family.errno(request)
        };
        for mode in [0, REPLACE, APPEND] {
            assert_eq!(with(mode, 1), Err(Errno::ENOENT), "{mode}");
        }
        assert_eq!(with(CREATE, 1), Ok(()));
        for mode in [EXCL, CREATE | EXCL, CREATE | EXCL | REPLACE] {
            assert_eq!(with(mode, 2), Err(Errno::EEXIST), "{mode}");
        }
        assert_eq!(values(&get(&family, 1)), [1]);
        assert_eq!(with(CREATE, 3), Ok(()));
        assert_eq!(values(&get(&family, 1)), [3]);
        assert_eq!(with(APPEND, 4), Ok(()));
        assert_eq!(values(&get(&family, 1)), [3, 4]);
        assert_eq!(
            family.errno(new(&family, 1).u32(obj("mode"), 0).str(obj("name"), "x")),
            Ok(())
        );
        assert_eq!(values(&get(&family, 1)), [3, 4]);
        assert_eq!(with(REPLACE, 5), Ok(()));
        let object = get(&family, 1);
        assert_eq!(values(&object), [5]);
        assert_eq!(object.attr(obj("name")).expect("the name").payload(), b"\0");
        for value in 1..16 {
            assert_eq!(with(APPEND, value), Ok(()));
        }
        assert_eq!(with(APPEND, 16), Err(Errno::E2BIG));
        // What mode means when it is absent.
        assert_eq!(family.errno(new(&family, 1)), Err(Errno::EEXIST));
    });
}

#[test]
fn objects_live_in_their_network_namespace() {
    in_a_namespace(|family| {
        make(&family, 1);
        unshare(CloneFlags::CLONE_NEWNET).expect("root may");
        let other = Genltest::open();
        assert_eq!(other.state("objects"), 0);
        make(&other, 1);
        make(&other, 2);
        assert_eq!((family.state("objects"), other.state("objects")), (1, 2));
    });
}

#[test]
fn row_31_listeners_hear_of_a_change_and_its_maker_where_it_asks_for_an_echo() {
    in_a_namespace(|family| {
        let listener = Genltest::open();
        listener.join("objects").expect("anybody may");
        let ntf = |message: &Received| (message.cmd(), message.u32(obj("id")));
        let heard = |listener: &Genltest| -> Vec<_> {
            listener
                .socket
                .answers()
                .messages()
                .iter()
                .map(ntf)
                .collect()
        };
        let (made, gone) = (cmd("obj-ntf"), cmd("obj-del-ntf"));
        // `outcome` finds that the maker gets the ACK only.
        make(&family, 1);
        assert_eq!(heard(&listener), [(made, 1)]);
        // With an echo it gets a copy with the request's number before the ACK.
        let answers = family.ask(new(&family, 2).flags(flags::ECHO).ack());
        assert_eq!(answers.kinds(), [family.family.id, kind::ERROR]);
        assert_eq!(ntf(&answers.messages()[0]), (made, 2));
        assert_eq!(heard(&listener), [(made, 2)]);
        let del = family.request("obj-del").u32(obj("id"), 1);
        assert_eq!(family.errno(del), Ok(()));
        assert_eq!(heard(&listener), [(gone, 1)]);
        // A maker that listens hears of it once, with an echo or without.
        family.join("objects").expect("anybody may");
        for (id, echo) in [(3, 0), (4, flags::ECHO)] {
            let answers = family.ask(new(&family, id).flags(echo).ack());
            assert_eq!(answers.kinds(), [family.family.id, kind::ERROR]);
            assert_eq!(ntf(&answers.messages()[0]), (made, id));
        }
    });
}

#[test]
fn row_31_an_echo_comes_to_who_does_not_listen_as_well() {
    in_a_namespace(|family| {
        let answers = family.ask(new(&family, 3).flags(flags::ECHO).ack());
        assert_eq!(answers.kinds(), [family.family.id, kind::ERROR]);
        // An operation that notifies nobody ignores the flag.
        let answers = family.ask(family.request("check").flags(flags::ECHO).ack());
        assert!(answers.single().is_ack());
    });
}

#[test]
fn a_notification_carries_the_port_id_and_number_of_the_request_that_caused_it() {
    in_a_namespace(|family| {
        let listener = Genltest::open();
        listener.join("objects").expect("anybody may");
        family
            .socket
            .send(&new(&family, 1).seq(77).bytes())
            .expect("it is sent");
        let answers = listener.socket.answers();
        let header = answers.single().header;
        assert_eq!((header.seq, header.portid), (77, family.socket.portid()));
        assert_eq!(header.flags, 0);
    });
}

#[test]
fn what_is_bound_goes_with_its_socket() {
    in_a_namespace(|family| {
        let listener = Genltest::open();
        listener.join("objects").expect("anybody may");
        let owner = Genltest::open();
        for id in [1, 2] {
            assert_eq!(owner.errno(new(&owner, id).attr(obj("bound"), &[])), Ok(()));
        }
        make(&owner, 3);
        assert!(get(&owner, 1).attr(obj("bound")).is_some());
        listener.socket.answers();
        drop(owner);
        assert_eq!(family.state("objects"), 1);
        assert_eq!(get(&family, 3).u32(obj("id")), 3);
        let answers = listener.socket.answers();
        let gone: Vec<_> = answers
            .messages()
            .iter()
            .map(|m| (m.cmd(), m.u32(obj("id"))))
            .collect();
        assert_eq!(gone, [(cmd("obj-del-ntf"), 1), (cmd("obj-del-ntf"), 2)]);
    });
}

fn dump(family: &Genltest) -> Request {
    family.request("obj-get").dump()
}

#[test]
fn a_dump_of_one_colour_says_that_it_is_filtered() {
    in_a_namespace(|family| {
        for id in 1..=9 {
            let colour = (id % 3) as u8;
            assert_eq!(
                family.errno(new(&family, id).attr(obj("colour"), &[colour])),
                Ok(())
            );
        }
        let all = family.ask(dump(&family));
        assert!(all.data().map(|part| part.u32(obj("id"))).eq(1..=9));
        assert!(
            all.messages()
                .iter()
                .all(|part| !part.has(flags::DUMP_FILTERED))
        );
        let some = family.ask(
            dump(&family)
                .attr(obj("colour"), &[1])
                .u32(obj("per-part"), 2),
        );
        assert!(some.data().map(|part| part.u32(obj("id"))).eq([1, 4, 7]));
        assert!(
            some.messages()
                .iter()
                .all(|part| part.has(flags::DUMP_FILTERED))
        );
    });
}

#[test]
fn a_dump_that_objects_change_under_says_that_it_was_interrupted() {
    in_a_namespace(|family| {
        for id in 1..=6 {
            make(&family, id);
        }
        let other = Genltest::open();
        let parts = || dump(&family).u32(obj("per-part"), 2);
        let undisturbed = family.ask(parts());
        assert!(
            undisturbed
                .messages()
                .iter()
                .all(|part| !part.has(flags::DUMP_INTR))
        );
        // The first part is made when it is asked for, the next when that is received.
        family
            .socket
            .send(&parts().seq(500).bytes())
            .expect("it is sent");
        assert_eq!(
            other.errno(other.request("obj-del").u32(obj("id"), 4)),
            Ok(())
        );
        let answers = family.socket.answers();
        let told: Vec<_> = answers
            .data()
            .map(|part| (part.u32(obj("id")), part.has(flags::DUMP_INTR)))
            .collect();
        assert_eq!(
            told,
            [(1, false), (2, false), (3, true), (5, true), (6, false)]
        );
        assert_eq!(answers.done().errno, 0);
    });
}

#[test]
fn a_namespace_can_end_while_objects_and_dumps_are_open() {
    for _ in 0..2 {
        in_a_namespace(|family| {
            for id in 1..=150 {
                assert_eq!(
                    family.errno(new(&family, id).attr(obj("bound"), &[])),
                    Ok(())
                );
            }
            family
                .socket
                .send(&dump(&family).bytes())
                .expect("it is sent");
        });
    }
}
