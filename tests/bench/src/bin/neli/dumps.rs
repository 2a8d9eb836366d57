// SPDX-License-Identifier: MIT OR Apache-2.0
//! Dumps: of families, and of rtnetlink with neli's own types.

use crate::{Message, families_request, sum};
use genlkit_bench::rtnetlink::{self, IFLA_AF_SPEC, IFLA_INFO_KIND, IFLA_LINKINFO, IFLA_XDP, word};
use neli::consts::nl::{GenlId, NlType, NlmF, Nlmsg};
use neli::consts::rtnl::{Arphrd, Ifa, Ifla, RtAddrFamily, RtScope};
use neli::nl::{NlPayload, Nlmsghdr, NlmsghdrBuilder};
use neli::router::synchronous::NlRouter;
use neli::rtnl::{Ifaddrmsg, IfaddrmsgBuilder, Ifinfomsg, IfinfomsgBuilder, Rtattr};
use neli::socket::synchronous::NlSocketHandle;
use neli::types::Buffer;
use neli::{FromBytesWithInput, Size, ToBytes};
use std::fmt::Debug;

/// Who asks for a dump and hands over the messages of it.
pub(crate) trait Dumps {
    /// Adds up what `read` makes of all messages.
    fn dump<T: NlType + Debug, P>(&self, kind: T, request: P, read: impl Fn(&P) -> u64) -> u64
    where
        P: Size + ToBytes + FromBytesWithInput<Input = usize> + Debug;
}

impl Dumps for NlSocketHandle {
    fn dump<T: NlType + Debug, P>(&self, kind: T, request: P, read: impl Fn(&P) -> u64) -> u64
    where
        P: Size + ToBytes + FromBytesWithInput<Input = usize> + Debug,
    {
        let header = NlmsghdrBuilder::default()
            .nl_type(kind)
            .nl_flags(NlmF::REQUEST | NlmF::DUMP)
            .nl_payload(NlPayload::Payload(request));
        self.send(&header.build().expect("a message"))
            .expect("it is sent");
        let mut sum = 0;
        loop {
            let (messages, _) = self.recv::<T, P>().expect("a part");
            for message in messages {
                let message = message.expect("an entry");
                if (*message.nl_type()).into() == u16::from(Nlmsg::Done) {
                    return sum;
                }
                sum += read(payload(&message));
            }
        }
    }
}

impl Dumps for NlRouter {
    fn dump<T: NlType + Debug, P>(&self, kind: T, request: P, read: impl Fn(&P) -> u64) -> u64
    where
        P: Size + ToBytes + FromBytesWithInput<Input = usize> + Debug,
    {
        let request = NlPayload::Payload(request);
        let answers = self
            .send::<_, _, T, P>(kind, NlmF::DUMP, request)
            .expect("it is sent");
        let entries = answers.map(|message| message.expect("an entry"));
        entries
            .filter(|message| (*message.nl_type()).into() != u16::from(Nlmsg::Done))
            .map(|message| read(payload(&message)))
            .sum()
    }
}

fn payload<T, P>(message: &Nlmsghdr<T, P>) -> &P {
    match message.nl_payload() {
        NlPayload::Payload(payload) => payload,
        _ => panic!("no entry"),
    }
}

pub(crate) fn families(socket: &impl Dumps) -> u64 {
    socket.dump::<_, Message>(GenlId::Ctrl, families_request(), sum)
}

pub(crate) fn addresses(socket: &impl Dumps) -> u64 {
    let request = IfaddrmsgBuilder::default()
        .ifa_family(RtAddrFamily::Unspecified)
        .ifa_prefixlen(0)
        .ifa_scope(RtScope::Universe)
        .ifa_index(0);
    let request = request.build().expect("a message");
    socket.dump(rtnetlink::RTM_GETADDR, request, |address: &Ifaddrmsg| {
        let attrs = address.rtattrs().iter().map(|attr| match attr.rta_type() {
            Ifa::Label => text(attr),
            _ => value(attr),
        });
        u64::from(*address.ifa_index()) + attrs.sum::<u64>()
    })
}

pub(crate) fn links(socket: &impl Dumps) -> u64 {
    let request = IfinfomsgBuilder::default()
        .ifi_family(RtAddrFamily::Unspecified)
        .ifi_type(Arphrd::None);
    let request = request.build().expect("a message");
    socket.dump(rtnetlink::RTM_GETLINK, request, |link: &Ifinfomsg| {
        let attrs = link.rtattrs().iter();
        u64::from(link.ifi_index().unsigned_abs()) + attrs.map(link_attr).sum::<u64>()
    })
}

fn link_attr(attr: &Rtattr<Ifla, Buffer>) -> u64 {
    match number(*attr.rta_type()) {
        rtnetlink::IFLA_IFNAME | rtnetlink::IFLA_QDISC => text(attr),
        IFLA_LINKINFO => nest(attr, |attr| match number(*attr.rta_type()) {
            IFLA_INFO_KIND => text(attr),
            _ => value(attr),
        }),
        IFLA_AF_SPEC => nest(attr, |protocol| nest(protocol, value)),
        IFLA_XDP => nest(attr, value),
        _ => value(attr),
    }
}

/// neli keeps the bits that say that an attribute is a nest.
fn number(kind: Ifla) -> u16 {
    u16::from(kind) & 0x3fff
}

fn nest(attr: &Rtattr<Ifla, Buffer>, read: impl Fn(&Rtattr<Ifla, Buffer>) -> u64) -> u64 {
    let attrs = attr.get_attr_handle::<Ifla>().expect("attributes");
    attrs.iter().map(read).sum()
}

fn value<T>(attr: &Rtattr<T, Buffer>) -> u64 {
    word(attr.rta_payload().as_ref())
}

fn text<T>(attr: &Rtattr<T, Buffer>) -> u64 {
    let text = attr.rta_payload().as_ref();
    text.strip_suffix(&[0]).unwrap_or(text).len() as u64
}
