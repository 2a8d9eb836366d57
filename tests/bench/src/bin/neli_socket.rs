// SPDX-License-Identifier: MIT OR Apache-2.0
//! neli's socket of bytes in a loop by hand, whose messages are read with this project's codec.

use genlkit::nlctrl::{self, FamilyReply};
use genlkit::request::Decode;
use genlkit::wire::{
    Attrs, Builder, GenlHeader, Header, Malformed, Message, Messages, flags, kind,
};
use genlkit_bench::taskstats;
use genlkit_bench::{BATCH, families, rtnetlink, serve};
use neli::consts::socket::{Msg, NlFamily};
use neli::socket::NlSocket;
use neli::utils::Groups;

const CTRL_CMD_GETFAMILY: u8 = 3;
const CTRL_ATTR_FAMILY_ID: u16 = 1;
const CTRL_ATTR_FAMILY_NAME: u16 = 2;

type Read = fn(&Message<'_>) -> Result<u64, Malformed>;

/// A request that is answered once: the family's number, and what follows the header.
#[derive(Clone, Copy)]
struct Request {
    kind: u16,
    write: fn(&mut Builder<'_>),
}

const NLCTRL: Request = Request {
    kind: nlctrl::ID,
    write: |to| getfamily(to, "nlctrl"),
};

/// A socket with buffers, and the number of the last request.
struct Socket {
    socket: NlSocket,
    requests: Vec<u8>,
    answers: Vec<u8>,
    seq: u32,
}

fn main() {
    let mut generic = Socket::open(NlFamily::Generic);
    let mut route = None;
    let mut taskstats_id = None;
    serve(|task, count| {
        Some(match task {
            "call" => (0..count).map(|_| generic.calls(NLCTRL, 1, family)).sum(),
            "batch" => {
                let batch = |_| generic.calls(NLCTRL, BATCH, family);
                (0..count / BATCH).map(batch).sum()
            }
            "taskstats" => {
                let kind = *taskstats_id.get_or_insert_with(|| generic.taskstats_id());
                let request = Request {
                    kind,
                    write: taskstats,
                };
                (0..count).map(|_| generic.calls(request, 1, stats)).sum()
            }
            "families" => {
                let getfamily = [CTRL_CMD_GETFAMILY, 2, 0, 0];
                let dump = |_| generic.dump(nlctrl::ID, &getfamily, family);
                (0..count).map(dump).sum()
            }
            "addresses" => {
                let (kind, fixed) = (rtnetlink::RTM_GETADDR, [0; rtnetlink::ADDRESS_LEN]);
                let dump = |_| opened(&mut route).dump(kind, &fixed, rtnetlink::address);
                (0..count).map(dump).sum()
            }
            "links" => {
                let (kind, fixed) = (rtnetlink::RTM_GETLINK, [0; rtnetlink::LINK_LEN]);
                let dump = |_| opened(&mut route).dump(kind, &fixed, rtnetlink::link);
                (0..count).map(dump).sum()
            }
            _ => return None,
        })
    });
}

/// The socket of rtnetlink, which one call alone does not need.
fn opened(route: &mut Option<Socket>) -> &mut Socket {
    route.get_or_insert_with(|| Socket::open(NlFamily::Route))
}

fn getfamily(to: &mut Builder<'_>, name: &str) {
    to.bytes(&[CTRL_CMD_GETFAMILY, 2, 0, 0]);
    to.str(CTRL_ATTR_FAMILY_NAME, name);
}

fn taskstats(to: &mut Builder<'_>) {
    to.bytes(&[taskstats::CMD_GET, taskstats::VERSION, 0, 0]);
    to.u32(taskstats::CMD_ATTR_PID, taskstats::PID);
}

fn stats(message: &Message<'_>) -> Result<u64, Malformed> {
    let attributes = message.body().get(GenlHeader::LEN..);
    Ok(taskstats::Reply::decode(attributes.unwrap_or_default())?.sum())
}

fn family(message: &Message<'_>) -> Result<u64, Malformed> {
    let attributes = message.body().get(GenlHeader::LEN..);
    families::family(&FamilyReply::decode(attributes.unwrap_or_default())?)
}

impl Socket {
    fn open(protocol: NlFamily) -> Self {
        let socket = NlSocket::connect(protocol, None, Groups::empty()).expect("a socket");
        socket.enable_ext_ack(true).expect("an option");
        socket.enable_strict_checking(true).expect("an option");
        Self {
            socket,
            requests: vec![0; 4096],
            answers: vec![0; 32768],
            seq: 0,
        }
    }

    /// Sends so many requests at once, and reads the answer to each.
    fn calls(&mut self, request: Request, count: u64, read: Read) -> u64 {
        let mut requests = Builder::new(&mut self.requests);
        let first = self.seq + 1;
        for _ in 0..count {
            self.seq += 1;
            requests.message(header(request.kind, 0, self.seq), request.write);
        }
        let requests = requests.finish().expect("room");
        self.socket
            .send(requests, Msg::empty())
            .expect("it is sent");
        let mut sum = 0;
        for wanted in first..=self.seq {
            let message = self.receive().next().expect("an answer");
            let message = message.expect("an answer");
            assert!(message.header.kind == request.kind && message.header.seq == wanted);
            sum += read(&message).expect("an answer");
        }
        sum
    }

    /// Asks for the number of TASKSTATS.
    fn taskstats_id(&mut self) -> u16 {
        let request = Request {
            kind: nlctrl::ID,
            write: |to| getfamily(to, taskstats::NAME),
        };
        let id = |message: &Message<'_>| {
            let mut attrs = Attrs::new(message.body().get(GenlHeader::LEN..).unwrap_or_default());
            let id = attrs.find_map(|attr| {
                attr.ok()
                    .filter(|attr| attr.number() == CTRL_ATTR_FAMILY_ID)
            });
            Ok(u64::from(id.expect("its number").u16()?))
        };
        self.calls(request, 1, id) as u16
    }

    fn dump(&mut self, kind: u16, fixed: &[u8], read: Read) -> u64 {
        self.seq += 1;
        let header = header(kind, flags::DUMP, self.seq);
        let mut request = Builder::new(&mut self.requests);
        request.message(header, |to| to.bytes(fixed));
        let request = request.finish().expect("room");
        self.socket.send(request, Msg::empty()).expect("it is sent");
        let mut sum = 0;
        loop {
            for message in self.receive() {
                let message = message.expect("an entry");
                match message.header.kind {
                    _ if message.header.seq != header.seq => continue,
                    kind::DONE => return sum,
                    kind::ERROR => panic!("{:?}", message.bytes),
                    _ => sum += read(&message).expect("an entry"),
                }
            }
        }
    }

    fn receive(&mut self) -> Messages<'_> {
        let answer = self.socket.recv(&mut self.answers, Msg::TRUNC);
        let (len, _) = answer.expect("an answer");
        Messages::new(self.answers.get(..len).expect("room for the answer"))
    }
}

fn header(kind: u16, flags: u16, seq: u32) -> Header {
    Header {
        kind,
        flags: flags | flags::REQUEST,
        seq,
        ..Header::default()
    }
}
