// SPDX-License-Identifier: MIT OR Apache-2.0
//! neli: its typed socket (argument `handle`), or its router (`router`).

mod dumps;

use dumps::Dumps;
use genlkit_bench::{serve, taskstats};
use neli::attr::AttrHandle;
use neli::consts::genl::{CtrlAttr, CtrlAttrMcastGrp, CtrlCmd, Index};
use neli::consts::nl::{GenlId, NlmF};
use neli::consts::socket::NlFamily;
use neli::genl::{AttrTypeBuilder, Genlmsghdr, GenlmsghdrBuilder, NlattrBuilder};
use neli::nl::{NlPayload, Nlmsghdr, NlmsghdrBuilder};
use neli::router::synchronous::NlRouter;
use neli::socket::synchronous::NlSocketHandle;
use neli::types::GenlBuffer;
use neli::utils::Groups;

// neli has no names for these.
const CTRL_ATTR_OP_ID: u16 = 1;
const CTRL_ATTR_OP_FLAGS: u16 = 2;

type Message = Genlmsghdr<CtrlCmd, CtrlAttr>;
type StatsMessage = Genlmsghdr<u8, u16>;

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("router") => {
            let (router, _) =
                NlRouter::connect(NlFamily::Generic, None, Groups::empty()).expect("a socket");
            let mut rtnetlink = None;
            serve(|task, count| match task {
                "call" => Some((0..count).map(|_| route(&router)).sum()),
                "taskstats" => {
                    let id = router
                        .resolve_genl_family(taskstats::NAME)
                        .expect("a family");
                    Some((0..count).map(|_| route_stats(&router, id)).sum())
                }
                "families" => Some((0..count).map(|_| dumps::families(&router)).sum()),
                _ => {
                    let dump = rtnetlink_dump(task)?;
                    let router = rtnetlink.get_or_insert_with(|| {
                        let router = NlRouter::connect(NlFamily::Route, None, Groups::empty());
                        router.expect("a socket").0
                    });
                    Some((0..count).map(|_| dump(router)).sum())
                }
            });
        }
        _ => {
            let mut socket = NlSocketHandle::connect(NlFamily::Generic, None, Groups::empty())
                .expect("a socket");
            let mut rtnetlink = None;
            serve(|task, count| match task {
                "call" => Some((0..count).map(|_| call(&mut socket)).sum()),
                "taskstats" => {
                    let id = resolve();
                    Some((0..count).map(|_| stats(&mut socket, id)).sum())
                }
                "families" => Some((0..count).map(|_| dumps::families(&socket)).sum()),
                _ => {
                    let dump = rtnetlink_dump(task)?;
                    let socket = rtnetlink.get_or_insert_with(|| {
                        let socket =
                            NlSocketHandle::connect(NlFamily::Route, None, Groups::empty());
                        socket.expect("a socket")
                    });
                    Some((0..count).map(|_| dump(socket)).sum())
                }
            });
        }
    }
}

/// What does a task that is a dump of rtnetlink's.
fn rtnetlink_dump<S: Dumps>(task: &str) -> Option<fn(&S) -> u64> {
    match task {
        "addresses" => Some(dumps::addresses),
        "links" => Some(dumps::links),
        _ => None,
    }
}

fn families_request() -> Message {
    let message = GenlmsghdrBuilder::default()
        .cmd(CtrlCmd::Getfamily)
        .version(2)
        .attrs(GenlBuffer::new());
    message.build().expect("a message")
}

fn request() -> Message {
    let kind = AttrTypeBuilder::default()
        .nla_type(CtrlAttr::FamilyName)
        .build()
        .expect("a type");
    let name = NlattrBuilder::default()
        .nla_type(kind)
        .nla_payload("nlctrl");
    let attrs: GenlBuffer<_, _> = [name.build().expect("an attribute")].into_iter().collect();
    let message = GenlmsghdrBuilder::default()
        .cmd(CtrlCmd::Getfamily)
        .version(2)
        .attrs(attrs);
    message.build().expect("a message")
}

fn call(socket: &mut NlSocketHandle) -> u64 {
    let header = NlmsghdrBuilder::default()
        .nl_type(GenlId::Ctrl)
        .nl_flags(NlmF::REQUEST)
        .nl_payload(NlPayload::Payload(request()));
    socket
        .send(&header.build().expect("a message"))
        .expect("it is sent");
    let (messages, _) = socket.recv::<GenlId, Message>().expect("an answer");
    messages
        .map(|message| reply(&message.expect("a reply")))
        .sum()
}

fn route(router: &NlRouter) -> u64 {
    let request = NlPayload::Payload(request());
    let answers = router
        .send::<_, _, GenlId, Message>(GenlId::Ctrl, NlmF::empty(), request)
        .expect("it is sent");
    answers
        .map(|message| reply(&message.expect("a reply")))
        .sum()
}

fn reply(message: &Nlmsghdr<GenlId, Message>) -> u64 {
    let NlPayload::Payload(payload) = message.nl_payload() else {
        panic!("no reply");
    };
    sum(payload)
}

/// The sum of a family; some have no operations or groups.
fn sum(family: &Message) -> u64 {
    let attrs: AttrHandle<'_, _, _> = family.attrs().get_attr_handle();
    let mut sum = attrs
        .get_attr_payload_as::<u16>(CtrlAttr::FamilyId)
        .expect("an id")
        .into();
    for number in [CtrlAttr::Version, CtrlAttr::Hdrsize, CtrlAttr::Maxattr] {
        sum += u64::from(attrs.get_attr_payload_as::<u32>(number).expect("a number"));
    }
    let name = attrs.get_attr_payload_as_with_len_borrowed::<&str>(CtrlAttr::FamilyName);
    sum += name.expect("a name").trim_end_matches('\0').len() as u64;
    let ops = attrs.get_nested_attributes::<Index>(CtrlAttr::Ops);
    for op in ops.iter().flat_map(AttrHandle::iter) {
        let op = op.get_attr_handle::<Index>().expect("an operation");
        let id = op.get_attr_payload_as::<u32>(Index::from(CTRL_ATTR_OP_ID));
        let flags = op.get_attr_payload_as::<u32>(Index::from(CTRL_ATTR_OP_FLAGS));
        sum += u64::from(id.expect("an id")) + u64::from(flags.expect("flags") & 1);
    }
    let groups = attrs.get_nested_attributes::<Index>(CtrlAttr::McastGroups);
    for group in groups.iter().flat_map(AttrHandle::iter) {
        let group = group
            .get_attr_handle::<CtrlAttrMcastGrp>()
            .expect("a group");
        let id = group
            .get_attr_payload_as::<u32>(CtrlAttrMcastGrp::Id)
            .expect("an id");
        let name = group.get_attr_payload_as_with_len_borrowed::<&str>(CtrlAttrMcastGrp::Name);
        sum += u64::from(id) + name.expect("a name").trim_end_matches('\0').len() as u64;
    }
    sum
}

/// The number of TASKSTATS, which only the router knows how to ask for.
fn resolve() -> u16 {
    let router = NlRouter::connect(NlFamily::Generic, None, Groups::empty());
    let (router, _) = router.expect("a socket");
    router
        .resolve_genl_family(taskstats::NAME)
        .expect("a family")
}

fn stats_request() -> StatsMessage {
    let kind = AttrTypeBuilder::default()
        .nla_type(taskstats::CMD_ATTR_PID)
        .build()
        .expect("a type");
    let pid = NlattrBuilder::default()
        .nla_type(kind)
        .nla_payload(taskstats::PID);
    let attrs: GenlBuffer<_, _> = [pid.build().expect("an attribute")].into_iter().collect();
    let message = GenlmsghdrBuilder::default()
        .cmd(taskstats::CMD_GET)
        .version(taskstats::VERSION)
        .attrs(attrs);
    message.build().expect("a message")
}

fn stats(socket: &mut NlSocketHandle, id: u16) -> u64 {
    let header = NlmsghdrBuilder::default()
        .nl_type(id)
        .nl_flags(NlmF::REQUEST)
        .nl_payload(NlPayload::Payload(stats_request()));
    socket
        .send(&header.build().expect("a message"))
        .expect("it is sent");
    let (messages, _) = socket.recv::<u16, StatsMessage>().expect("an answer");
    messages
        .map(|message| stats_sum(&message.expect("a reply")))
        .sum()
}

fn route_stats(router: &NlRouter, id: u16) -> u64 {
    let request = NlPayload::Payload(stats_request());
    let answers = router
        .send::<_, _, u16, StatsMessage>(id, NlmF::empty(), request)
        .expect("it is sent");
    answers
        .map(|message| stats_sum(&message.expect("a reply")))
        .sum()
}

fn stats_sum(message: &Nlmsghdr<u16, StatsMessage>) -> u64 {
    let NlPayload::Payload(payload) = message.nl_payload() else {
        panic!("no reply");
    };
    let attrs: AttrHandle<'_, _, _> = payload.attrs().get_attr_handle();
    let attrs = attrs
        .get_nested_attributes::<u16>(taskstats::TYPE_AGGR_PID)
        .expect("an answer");
    let pid = attrs.get_attr_payload_as::<u32>(taskstats::TYPE_PID);
    let stats = attrs.get_attr_payload_as_with_len_borrowed::<&[u8]>(taskstats::TYPE_STATS);
    taskstats::sum(pid.expect("a number"), stats.expect("statistics"))
}
