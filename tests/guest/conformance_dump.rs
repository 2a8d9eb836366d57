// SPDX-License-Identifier: MIT OR Apache-2.0

//! Dumps: rows 25 to 30 and 45 to 47 of docs/conformance.md, on families that every kernel has.

use genlkit::wire::{flags, kind};
use genlkit_tests::raw::{NetlinkOption, RawSocket, Request};
use nix::errno::Errno;

const GETFAMILY: u8 = 3;
const GETPOLICY: u8 = 10;
const FAMILY_NAME: u16 = 2;
const RTM_GETADDR: u16 = 22;
/// `NETDEV_CMD_DEV_GET`, whose dump has no policy.
const DEV_GET: u8 = 1;

fn families() -> Request {
    Request::nlctrl(GETFAMILY).dump()
}

fn get_family() -> Request {
    Request::nlctrl(GETFAMILY).str(FAMILY_NAME, "nlctrl")
}

fn policy_of(name: &str) -> Request {
    Request::nlctrl(GETPOLICY).str(FAMILY_NAME, name).dump()
}

/// A dump of several parts, whatever families the kernel has.
fn policies() -> Request {
    policy_of("genltest")
}

#[test]
fn row_25_a_dump_is_acked_by_its_done_only() {
    let socket = RawSocket::generic();
    let answers = socket.ask(families().ack());
    let (last, parts) = answers.messages().split_last().expect("an answer");
    assert!(!parts.is_empty());
    assert!(
        parts
            .iter()
            .all(|part| part.header.kind == kind::FIRST && part.has(flags::MULTI))
    );
    assert_eq!(last.done().errno, 0);
    assert!(last.has(flags::MULTI));
}

#[test]
fn row_26_a_second_dump_is_ebusy_while_one_runs() {
    let socket = RawSocket::generic();
    // `sendmsg` makes the first part only, and the policies of the family do not fit into it.
    socket.send(&policies().seq(1).bytes()).expect("it is sent");
    socket.send(&policies().seq(2).bytes()).expect("it is sent");
    let answers = socket.answers();
    let second: Vec<_> = answers
        .messages()
        .iter()
        .filter(|m| m.header.seq == 2)
        .collect();
    let [error] = second.as_slice() else {
        panic!("{second:?}")
    };
    assert_eq!(error.error().errno(), Errno::EBUSY);
    // The first was not disturbed, and when it has ended another can begin.
    assert_eq!(answers.done().errno, 0);
    assert_eq!(answers.messages().last().expect("DONE").header.seq, 1);
    assert_eq!(socket.ask(policies()).done().errno, 0);
}

#[test]
fn row_27_a_do_is_answered_in_the_middle_of_a_dump() {
    let alone = RawSocket::generic().ask(policies()).kinds();
    // A socket that has received little is given small parts.
    let socket = RawSocket::generic();
    socket
        .send(&policies().seq(100).bytes())
        .expect("it is sent");
    socket
        .send(&get_family().seq(101).ack().bytes())
        .expect("it is sent");
    let answers = socket.answers();
    let seqs: Vec<u32> = answers
        .messages()
        .iter()
        .map(|message| message.header.seq)
        .collect();
    let reply = seqs.iter().position(|seq| *seq == 101).expect("the reply");
    // In the middle, with its ACK behind it.
    assert!(
        seqs[..reply].iter().all(|seq| *seq == 100) && reply > 0,
        "{seqs:?}"
    );
    assert_eq!(seqs[reply + 1], 101);
    assert!(seqs[reply + 2..].iter().all(|seq| *seq == 100), "{seqs:?}");
    assert_eq!(answers.done().errno, 0);
    assert_eq!(seqs.iter().filter(|seq| **seq == 100).count(), alone.len());
}

#[test]
fn row_28_a_dump_that_cannot_start_is_an_error_without_done() {
    let socket = RawSocket::generic();
    for request in [
        policy_of("no such family"),
        policy_of("no such family").ack(),
    ] {
        let error = socket.ask(request).error();
        assert_eq!(error.errno(), Errno::ENOENT);
    }
    // The next one is not busy.
    assert_eq!(socket.ask(policy_of("nlctrl")).done().errno, 0);
}

#[test]
fn row_29_done_shares_the_last_datagram_where_the_dumper_says_that_it_is_the_last() {
    let last_of = |socket: &RawSocket, request: Request| {
        let answers = socket.ask(request);
        assert_eq!(answers.done().errno, 0);
        let last = answers.datagrams().last().expect("a datagram").bytes.len();
        last - answers.messages().last().expect("DONE").bytes.len()
    };
    // The netdev family's dumpers say so, the controller's are called again to find nothing left.
    let socket = RawSocket::generic();
    let devices = Request::of(&socket.family("netdev"), DEV_GET).dump();
    assert_ne!(last_of(&socket, devices), 0, "DONE stands alone");
    assert_eq!(
        last_of(&socket, policy_of("nlctrl")),
        0,
        "DONE is not alone"
    );
}

#[test]
fn row_30_a_part_of_a_dump_may_lack_the_multi_flag() {
    // The netdev family writes its parts with `genlmsg_iput`.
    let socket = RawSocket::generic();
    let netdev = socket.family("netdev");
    let answers = socket.ask(Request::of(&netdev, DEV_GET).dump());
    let (done, parts) = answers.messages().split_last().expect("an answer");
    assert_eq!(done.done().errno, 0);
    assert!(done.has(flags::MULTI));
    assert!(!parts.is_empty(), "at least the loopback device");
    assert!(parts.iter().all(|part| !part.has(flags::MULTI)));
}

#[test]
fn row_45_an_attribute_of_a_dump_without_policy_is_einval() {
    let socket = RawSocket::generic();
    let netdev = socket.family("netdev");
    let request = Request::of(&netdev, DEV_GET).dump();
    let offset = request.next_offset();
    let error = socket.ask(request.u32(1, 1)).error();
    assert_eq!(
        (error.errno(), error.offset),
        (Errno::EINVAL, Some(offset)),
        "{error:?}"
    );
}

#[test]
fn row_46_dont_validate_dump_leaves_the_attributes_strict() {
    // The dump of families is such an operation, with a legacy command number.
    let socket = RawSocket::generic();
    assert_eq!(socket.ask(families()).done().errno, 0);
    let offset = families().next_offset();
    let unknown = socket.ask(families().u32(200, 0)).error();
    assert_eq!(
        (unknown.errno(), unknown.offset),
        (Errno::EINVAL, Some(offset))
    );
    let wrong_length = socket.ask(families().u32(1, 0)).error();
    assert_eq!(
        (wrong_length.errno(), wrong_length.offset),
        (Errno::EINVAL, Some(offset))
    );
    // And a header is still needed, as for every operation.
    let short = socket
        .ask(Request::new(kind::FIRST).raw(&[GETFAMILY]).dump())
        .error();
    assert_eq!(short.errno(), Errno::EINVAL);
    // The same operation's do mode is not strict.
    assert_eq!(socket.ask(get_family().u32(200, 0)).kinds(), [kind::FIRST]);
}

/// A dump of the addresses of interface `index` (`struct ifaddrmsg`), or of all.
fn addresses(index: u32) -> Request {
    Request::new(RTM_GETADDR)
        .raw(&[0; 4])
        .raw(&index.to_ne_bytes())
        .dump()
}

#[test]
fn row_47_strict_checking_makes_route_filter_and_tell_so() {
    const LOOPBACK: u32 = 1;
    let socket = RawSocket::route();
    let lenient = socket.ask(addresses(LOOPBACK));
    assert_eq!(lenient.kinds(), socket.ask(addresses(0)).kinds());
    assert!(
        lenient
            .messages()
            .iter()
            .all(|part| !part.has(flags::DUMP_FILTERED))
    );
    socket.option(NetlinkOption::GET_STRICT_CHK, 1);
    let strict = socket.ask(addresses(LOOPBACK));
    assert_eq!(strict.done().errno, 0);
    assert!(
        strict
            .messages()
            .iter()
            .all(|part| part.has(flags::DUMP_FILTERED))
    );
    for part in strict.data() {
        assert_eq!(part.body()[4..8], LOOPBACK.to_ne_bytes());
    }
    // An interface that is not there is an error now.
    assert_eq!(
        socket.ask(addresses(4_000_000)).done().errno(),
        Errno::ENODEV
    );
}

#[test]
fn row_47_strict_checking_means_nothing_to_the_core_of_generic_netlink() {
    let socket = RawSocket::generic();
    let lenient = socket.ask(families());
    let unknown = get_family().u32(200, 0);
    assert_eq!(socket.ask(unknown.clone()).kinds(), [kind::FIRST]);
    socket.option(NetlinkOption::GET_STRICT_CHK, 1);
    assert_eq!(socket.ask(families()).kinds(), lenient.kinds());
    assert_eq!(socket.ask(unknown).kinds(), [kind::FIRST]);
}
