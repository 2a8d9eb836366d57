// SPDX-License-Identifier: MIT OR Apache-2.0
//! netlink-bindings, with the socket that belongs to it (netlink-socket2), blocking.

use genlkit_bench::serve;
use netlink_bindings::nlctrl::{self, CtrlAttrs, IterableCtrlAttrs, McastGroupAttrs, OpAttrs};
use netlink_bindings::rt_addr::{self, AddrAttrs, Ifaddrmsg};
use netlink_bindings::rt_link::{
    self, AfSpecAttrs, Ifinfomsg, Ifla6Attrs, IflaAttrs, IterableLinkAttrs, LinkAttrs,
    LinkinfoAttrs, XdpAttrs,
};
use netlink_bindings::traits::NetlinkRequest;
use netlink_socket2::NetlinkSocket;
use std::net::IpAddr;

fn main() {
    let mut socket = NetlinkSocket::new();
    serve(|task, count| {
        let once: fn(&mut NetlinkSocket) -> u64 = match task {
            "call" => call,
            "families" => families,
            "addresses" => addresses,
            "links" => links,
            _ => return None,
        };
        Some((0..count).map(|_| once(&mut socket)).sum())
    });
}

/// Adds up what `read` makes of all answers; the last is an ACK, or the end of a dump.
fn all<R: NetlinkRequest>(
    socket: &mut NetlinkSocket,
    request: &R,
    read: impl Fn(R::ReplyType<'_>) -> u64,
) -> u64 {
    let mut answers = socket.request(request).expect("it is sent");
    let mut sum = 0;
    while let Some(answer) = answers.recv() {
        sum += read(answer.expect("an answer"));
    }
    sum
}

fn call(socket: &mut NetlinkSocket) -> u64 {
    let mut request = nlctrl::Request::new().op_getfamily_do();
    request.encode().push_family_name_bytes(b"nlctrl");
    all(socket, &request, family)
}

fn families(socket: &mut NetlinkSocket) -> u64 {
    all(socket, &nlctrl::Request::new().op_getfamily_dump(), family)
}

fn family(attrs: IterableCtrlAttrs<'_>) -> u64 {
    let number = |attr| match attr {
        CtrlAttrs::FamilyId(id) => u64::from(id),
        CtrlAttrs::FamilyName(name) => name.count_bytes() as u64,
        CtrlAttrs::Version(number) | CtrlAttrs::Hdrsize(number) | CtrlAttrs::Maxattr(number) => {
            u64::from(number)
        }
        CtrlAttrs::Ops(ops) => ops.flat_map(|op| op.expect("an operation")).map(op).sum(),
        CtrlAttrs::McastGroups(groups) => {
            let groups = groups.flat_map(|group| group.expect("a group"));
            groups.map(|attr| group(attr.expect("an attribute"))).sum()
        }
        _ => 0,
    };
    attrs.map(|attr| number(attr.expect("an attribute"))).sum()
}

fn op<E: std::fmt::Debug>(attr: Result<OpAttrs, E>) -> u64 {
    match attr.expect("an attribute") {
        OpAttrs::Id(id) => u64::from(id),
        OpAttrs::Flags(flags) => u64::from(flags & 1),
    }
}

fn group(attr: McastGroupAttrs<'_>) -> u64 {
    match attr {
        McastGroupAttrs::Id(id) => u64::from(id),
        McastGroupAttrs::Name(name) => name.count_bytes() as u64,
    }
}

fn addresses(socket: &mut NetlinkSocket) -> u64 {
    let request = rt_addr::Request::new().op_getaddr_dump(&Ifaddrmsg::default());
    all(socket, &request, |(header, attrs)| {
        let attrs = attrs.map(|attr| address(attr.expect("an attribute")));
        u64::from(header.ifa_index) + attrs.sum::<u64>()
    })
}

fn address(attr: AddrAttrs<'_>) -> u64 {
    match attr {
        AddrAttrs::Address(IpAddr::V4(ip)) | AddrAttrs::Local(IpAddr::V4(ip)) => {
            u32::from_ne_bytes(ip.octets()).into()
        }
        AddrAttrs::Label(label) => label.count_bytes() as u64,
        AddrAttrs::Flags(number) | AddrAttrs::RtPriority(number) => u64::from(number),
        AddrAttrs::Proto(number) => u64::from(number),
        AddrAttrs::Cacheinfo(info) => u64::from(info.ifa_prefered),
        _ => panic!("an attribute that the kernel did not send so far"),
    }
}

fn links(socket: &mut NetlinkSocket) -> u64 {
    let request = rt_link::Request::new().op_getlink_dump(&Ifinfomsg::default());
    all(socket, &request, |(header, attrs)| {
        u64::from(header.ifi_index.unsigned_abs()) + link(attrs)
    })
}

fn link(attrs: IterableLinkAttrs<'_>) -> u64 {
    let attrs = attrs.map(|attr| attr.expect("an attribute"));
    attrs.map(link_attr).sum()
}

fn link_attr(attr: LinkAttrs<'_>) -> u64 {
    use LinkAttrs as A;
    match attr {
        A::Ifname(text) | A::Qdisc(text) => text.count_bytes() as u64,
        A::Address(bytes) | A::Broadcast(bytes) | A::PermAddress(bytes) => first_word(bytes),
        A::Operstate(number) | A::Linkmode(number) | A::Carrier(number) | A::ProtoDown(number) => {
            number.into()
        }
        A::Mtu(number)
        | A::Link(number)
        | A::Txqlen(number)
        | A::Group(number)
        | A::Promiscuity(number)
        | A::NumTxQueues(number)
        | A::NumRxQueues(number)
        | A::CarrierChanges(number)
        | A::CarrierUpCount(number)
        | A::CarrierDownCount(number)
        | A::GsoMaxSegs(number)
        | A::GsoMaxSize(number)
        | A::GsoIpv4MaxSize(number)
        | A::GroMaxSize(number)
        | A::GroIpv4MaxSize(number)
        | A::TsoMaxSize(number)
        | A::TsoMaxSegs(number)
        | A::MinMtu(number)
        | A::MaxMtu(number)
        | A::Allmulti(number) => number.into(),
        A::Headroom(number) | A::Tailroom(number) => number.into(),
        A::Map(map) => map.mem_start,
        A::Stats(stats) => stats.rx_packets.into(),
        A::Stats64(stats) => stats.rx_packets,
        A::Linkinfo(nest) => nest
            .map(|attr| match attr.expect("an attribute") {
                LinkinfoAttrs::Kind(kind) => kind.count_bytes() as u64,
                LinkinfoAttrs::Xstats(bytes) => first_word(bytes),
                _ => 0,
            })
            .sum(),
        A::AfSpec(nest) => nest
            .map(|protocol| match protocol.expect("a protocol") {
                AfSpecAttrs::Inet(nest) => nest.map(|attr| inet(attr.expect("one"))).sum(),
                AfSpecAttrs::Inet6(nest) => nest.map(|attr| inet6(attr.expect("one"))).sum(),
                AfSpecAttrs::Mctp(_) => 0,
            })
            .sum(),
        A::Xdp(nest) => nest
            .map(|attr| match attr.expect("an attribute") {
                XdpAttrs::Attached(number) => u64::from(number),
                XdpAttrs::Flags(number) | XdpAttrs::ProgId(number) => number.into(),
                _ => 0,
            })
            .sum(),
        _ => 0,
    }
}

fn inet(attr: IflaAttrs<'_>) -> u64 {
    let IflaAttrs::Conf(bytes) = attr;
    first_word(bytes)
}

fn inet6(attr: Ifla6Attrs<'_>) -> u64 {
    match attr {
        Ifla6Attrs::Flags(number) | Ifla6Attrs::RaMtu(number) => number.into(),
        Ifla6Attrs::Conf(bytes)
        | Ifla6Attrs::Stats(bytes)
        | Ifla6Attrs::Mcast(bytes)
        | Ifla6Attrs::Icmp6stats(bytes)
        | Ifla6Attrs::Token(bytes) => first_word(bytes),
        Ifla6Attrs::Cacheinfo(info) => info.max_reasm_len.into(),
        Ifla6Attrs::AddrGenMode(number) => number.into(),
    }
}

fn first_word(bytes: &[u8]) -> u64 {
    let word = bytes.first_chunk().copied();
    u32::from_ne_bytes(word.unwrap_or_default()).into()
}
