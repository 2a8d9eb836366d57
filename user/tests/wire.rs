// SPDX-License-Identifier: MIT OR Apache-2.0
//! The codec: golden bytes, and any bytes at all.

use genlkit::generated::taskdiag::{
    FAMILY, Group, Notification, Task, TaskGetDump, TaskGetRequest, uapi,
};
use genlkit::nlctrl::FamilyReply;
use genlkit::request::{self, Decode, Request};
use genlkit::trace::Trace;
use genlkit::wire::{Answer, Attrs, Builder, Full, GenlHeader, Header, Messages, Reason, flags};
use proptest::collection::vec;
use proptest::prelude::*;

/// Written on a machine that stores the lowest byte first, as the bytes below are.
const LITTLE: bool = cfg!(target_endian = "little");

fn encoded(request: &impl Request, header: Header) -> Vec<u8> {
    let mut buffer = [0xff; 256];
    let mut builder = Builder::new(&mut buffer);
    builder.message(header, |message| {
        message.bytes(&GenlHeader { cmd: 2, version: 1 }.to_bytes());
        request.encode(message);
    });
    builder.finish().expect("room").to_vec()
}

#[test]
fn a_request_has_the_bytes_of_the_kernels_documentation() {
    let header = Header {
        kind: 0x1c,
        flags: flags::REQUEST,
        seq: 7,
        ..Header::default()
    };
    let request = TaskGetRequest::new()
        .pid(0x0102)
        .groups(Group::BASE | Group::CPU);
    #[rustfmt::skip]
    let golden = [
        36, 0, 0, 0, 0x1c, 0, 1, 0, 7, 0, 0, 0, 0, 0, 0, 0,
        2, 1, 0, 0,
        8, 0, 1, 0, 2, 1, 0, 0,
        8, 0, 2, 0, 5, 0, 0, 0,
    ];
    assert!(!LITTLE || encoded(&request, header) == golden);
}

#[test]
fn padding_belongs_to_the_message() {
    let mut buffer = [0xff; 64];
    let mut builder = Builder::new(&mut buffer);
    builder.message(Header::default(), |message| message.str(3, b"ab"));
    let bytes = builder.finish().expect("room");
    assert!(!LITTLE || bytes[..4] == [24, 0, 0, 0]);
    assert!(!LITTLE || bytes[16..] == [7, 0, 3, 0, b'a', b'b', 0, 0]);
}

#[test]
fn what_does_not_fit_is_told_once_at_the_end() {
    for room in 0..36 {
        let mut buffer = vec![0; room];
        let mut builder = Builder::new(&mut buffer);
        builder.message(Header::default(), |message| {
            message.nest(1, |nest| nest.u64(2, 3));
            message.u8(4, 5);
        });
        assert_eq!(builder.finish(), Err(Full), "{room}");
    }
    let mut buffer = vec![0; 1 << 17];
    let mut builder = Builder::new(&mut buffer);
    builder.attr(1, [0; 65_532]);
    assert_eq!(
        builder.finish(),
        Err(Full),
        "an attribute's length has 16 bits"
    );
}

/// A task with everything, in any order.
fn task(attrs: &[u16], buffer: &mut [u8]) -> usize {
    let mut builder = Builder::new(buffer);
    for &attr in attrs {
        match attr {
            uapi::TASKDIAG_A_TASK_STATE => builder.u8(attr, 1),
            uapi::TASKDIAG_A_TASK_COMM => builder.str(attr, b"init"),
            uapi::TASKDIAG_A_TASK_START_TIME => builder.uint(attr, 5_000_000_000),
            uapi::TASKDIAG_A_TASK_EXIT_CODE => builder.s32(attr, -2),
            uapi::TASKDIAG_A_TASK_CRED => builder.nest(attr, |nest| nest.u32(1, 42)),
            uapi::TASKDIAG_A_TASK_CPU => builder.nest(attr, |nest| nest.uint(7, 1)),
            _ => builder.u32(attr, attr.into()),
        }
    }
    builder.finish().expect("room").len()
}

fn check(task: &Task<'_>) {
    assert_eq!(
        (task.pid, task.tgid, task.omitted.map(|g| g.bits())),
        (Some(1), Some(3), Some(15))
    );
    assert_eq!(
        (task.comm.unwrap(), task.start_time),
        ("init", Some(5_000_000_000)).into_pair()
    );
    assert_eq!(
        task.state.map(|state| state.to_string()).as_deref(),
        Some("sleeping")
    );
    assert_eq!(
        (task.exit_code, task.cred.unwrap().uid),
        (Some(-2), Some(42))
    );
    assert_eq!(
        (task.cred.unwrap().gid, task.cpu.unwrap().nivcsw),
        (None, Some(1))
    );
}

/// Compares a string with one of ours.
trait IntoPair<'b, T> {
    fn into_pair(self) -> (genlkit::wire::Str<'b>, T);
}

impl<'b, T> IntoPair<'b, T> for (&'b str, T) {
    fn into_pair(self) -> (genlkit::wire::Str<'b>, T) {
        (genlkit::wire::Str::until_nul(self.0.as_bytes()), self.1)
    }
}

#[test]
fn attributes_are_found_in_any_order_and_unknown_ones_skipped() {
    let mut buffer = [0; 512];
    let ascending: Vec<u16> = (1..=15).chain([99, 16_000]).collect();
    let len = task(&ascending, &mut buffer);
    check(&Task::decode(&buffer[..len]).expect("well formed"));
    let descending: Vec<u16> = ascending.iter().rev().copied().collect();
    let len = task(&descending, &mut buffer);
    check(&Task::decode(&buffer[..len]).expect("well formed"));
}

#[test]
fn flags_and_padding_that_kernels_do_not_write_change_nothing() {
    let mut buffer = [0; 512];
    let ascending: Vec<u16> = (1..=15).collect();
    let len = task(&ascending, &mut buffer);
    let mut at = 0;
    while at < len {
        // Of all attributes up to here: nests that are not marked as such, and numbers that are.
        for flags in [0x40, 0x80, 0xc0] {
            buffer[at + 3] ^= flags;
            check(&Task::decode(&buffer[..len]).expect("well formed"));
        }
        buffer[at + 3] ^= 0x80;
        let long = usize::from(u16::from_ne_bytes([buffer[at], buffer[at + 1]]));
        at += long.next_multiple_of(4);
    }
    // The state, of one byte, stands last, and nothing behind it.
    let order: Vec<u16> = ascending
        .iter()
        .copied()
        .filter(|attr| *attr != uapi::TASKDIAG_A_TASK_STATE)
        .chain([uapi::TASKDIAG_A_TASK_STATE])
        .collect();
    let len = task(&order, &mut buffer);
    let end = len.next_multiple_of(4) - 3;
    check(&Task::decode(&buffer[..end]).expect("well formed"));
}

#[test]
fn a_string_without_a_nul_keeps_its_last_byte() {
    let mut buffer = [0; 64];
    let mut builder = Builder::new(&mut buffer);
    builder.attr(uapi::TASKDIAG_A_TASK_COMM, b"init");
    let task = Task::decode(builder.finish().expect("room")).expect("well formed");
    assert_eq!(task.comm.unwrap(), "init");
    let mut builder = Builder::new(&mut buffer);
    builder.attr(uapi::TASKDIAG_A_TASK_COMM, b"");
    let task = Task::decode(builder.finish().expect("room")).expect("well formed");
    assert_eq!(task.comm.unwrap(), "");
}

#[test]
fn a_string_of_any_length_ends_at_its_first_nul() {
    for filler in [1, b'a', 0x80, 0xff] {
        for len in 0..40 {
            for (first, second) in (0..=len).flat_map(|at| [(at, at), (at, at + 1), (at, len)]) {
                let mut bytes = vec![filler; len];
                for at in [first, second].into_iter().filter(|&at| at < len) {
                    bytes[at] = 0;
                }
                let text = genlkit::wire::Str::until_nul(&bytes);
                assert_eq!(text.as_bytes(), vec![filler; first], "{bytes:?}");
            }
        }
    }
}

#[test]
fn what_is_displayed_does_not_control_the_terminal() {
    let mut buffer = [0; 64];
    let mut builder = Builder::new(&mut buffer);
    builder.str(uapi::TASKDIAG_A_TASK_COMM, b"e\x1b[31m\x7f\xc2\x9b\xff");
    let task = Task::decode(builder.finish().expect("room")).expect("well formed");
    let safe = r"e\u{1b}[31m\u{7f}\u{9b}\xff";
    assert_eq!(task.comm.unwrap().to_string(), safe);
    assert_eq!(task.to_string(), format!("{{comm={safe}}}"));
}

#[cfg(feature = "cli")]
#[test]
fn in_json_a_string_keeps_all_that_is_utf8() {
    let text = genlkit::wire::Str::until_nul(b"\\e\x1b\xff");
    assert_eq!(
        serde_json::to_value(text).expect("JSON"),
        "\\e\u{1b}\u{fffd}"
    );
}

#[test]
fn lengths_that_cannot_be_are_errors_and_end_every_loop() {
    // An attribute of no length, of one below its header's, and of one beyond the end.
    for bytes in [[0, 0, 0, 0], [0, 0, 1, 0], [3, 0, 1, 0], [9, 0, 1, 0]] {
        let defect = Task::decode(&bytes).expect_err("a defect");
        assert!(
            matches!(defect.reason, Reason::AttributeLength(_)),
            "{defect}"
        );
        assert_eq!(defect.offset_in(&bytes), Some(0));
        assert!(!LITTLE || Attrs::new(&bytes).filter(Result::is_err).count() == 1);
    }
    // A number of the wrong width, of an attribute that is known.
    let defect = Task::decode(&[6, 0, 1, 0, 9, 9, 0, 0]).expect_err("a defect");
    let expected = Reason::PayloadLength {
        attr: 1,
        len: 2,
        expected: 4,
    };
    assert!(!LITTLE || defect.reason == expected, "{defect}");
    // A message of no length.
    assert_eq!(Messages::new(&[0; 16]).filter(Result::is_err).count(), 1);
    assert_eq!(Messages::new(&[0; 15]).count(), 0);
}

#[test]
fn an_error_with_an_inner_length_of_zero_keeps_its_errno_and_text() {
    for inner in [0_u32, 1, 15, 17, 4000, u32::MAX] {
        let mut buffer = [0; 128];
        let mut builder = Builder::new(&mut buffer);
        let flags = flags::CAPPED | flags::ACK_TLVS;
        builder.message(
            Header {
                kind: 2,
                flags,
                ..Header::default()
            },
            |message| {
                message.bytes(&(-22_i32).to_ne_bytes());
                message.bytes(
                    &Header {
                        len: inner,
                        ..Header::default()
                    }
                    .to_bytes(),
                );
                message.str(1, b"why");
            },
        );
        let bytes = builder.finish().expect("room");
        let message = Messages::new(bytes)
            .next()
            .expect("one")
            .expect("well formed");
        let Answer::Error(error) = message.answer() else {
            panic!("{message:?}")
        };
        assert_eq!(error.errno, 22);
        assert_eq!(
            error.extack.msg.map(|msg| msg.to_string()).as_deref(),
            Some("why")
        );
    }
}

#[test]
fn done_is_not_an_error_and_carries_an_errno() {
    let mut buffer = [0; 64];
    let mut builder = Builder::new(&mut buffer);
    builder.message(
        Header {
            kind: 3,
            flags: flags::ACK_TLVS,
            ..Header::default()
        },
        |message| {
            message.bytes(&(-12_i32).to_ne_bytes());
            message.str(1, b"no memory");
        },
    );
    let bytes = builder.finish().expect("room");
    let message = Messages::new(bytes)
        .next()
        .expect("one")
        .expect("well formed");
    let Answer::Done { errno, extack } = message.answer() else {
        panic!("{message:?}")
    };
    assert_eq!(
        (errno, extack.msg.unwrap()),
        (12, genlkit::wire::Str::until_nul(b"no memory"))
    );
}

proptest! {
    #[test]
    fn no_bytes_make_the_codec_panic_or_hang(bytes in vec(any::<u8>(), 0..600)) {
        for message in Messages::new(&bytes).flatten() {
            let _ = message.answer();
        }
        let _ = Trace::new(&bytes, &FAMILY).to_string();
        let _ = Task::decode(&bytes).map(|task| task.to_string());
        let _ = FamilyReply::decode(&bytes).map(|family| format!("{family:?}"));
        for cmd in 0..5 {
            let _ = <Notification<'_> as request::Notification>::decode(cmd, &bytes)
                .map(|event| format!("{event:?}"));
        }
    }

    #[test]
    fn no_damage_to_a_task_makes_the_codec_panic(
        order in Just((1..=15).collect::<Vec<u16>>()).prop_shuffle(),
        damage in vec((0_usize..300, any::<u8>()), 0..4),
        cut in 0_usize..300,
    ) {
        let mut buffer = [0; 512];
        let len = task(&order, &mut buffer);
        check(&Task::decode(&buffer[..len]).expect("well formed"));
        for (at, byte) in damage {
            buffer[at % len] = byte;
        }
        let _ = Task::decode(&buffer[..cut.min(len)]).map(|task| task.to_string());
    }

    #[test]
    fn what_is_written_is_read_back(
        numbers in vec((1_u16..0x3fff, any::<u64>(), any::<i64>()), 0..20),
        text in vec(1_u8.., 0..40),
    ) {
        let mut buffer = vec![0; 4096];
        let mut builder = Builder::new(&mut buffer);
        for &(number, unsigned, signed) in &numbers {
            builder.uint(number, unsigned);
            builder.sint(number, signed);
            builder.u16_be(number, unsigned as u16);
            builder.nest(number, |nest| nest.str(number, &text));
        }
        let mut attrs = Attrs::new(builder.finish().expect("room")).map(|attr| attr.expect("whole"));
        for &(number, unsigned, signed) in &numbers {
            let mut next = || attrs.next().expect("as many");
            let uint = next();
            prop_assert_eq!((uint.number(), uint.uint()), (number, Ok(unsigned)));
            prop_assert_eq!(next().sint(), Ok(signed));
            prop_assert_eq!(next().u16_be(), Ok(unsigned as u16));
            let nest = next();
            prop_assert!(nest.is_marked_nested());
            let inner = nest.nest().next().expect("one").expect("whole");
            prop_assert_eq!(inner.str().as_bytes(), &text[..]);
        }
        prop_assert!(attrs.next().is_none());
    }
}

#[test]
fn a_dump_request_says_its_groups_only_when_asked() {
    assert_eq!(encoded(&TaskGetDump::new(), Header::default()).len(), 20);
    assert_eq!(
        encoded(&TaskGetDump::new().groups(Group::all()), Header::default()).len(),
        28
    );
}
