// SPDX-License-Identifier: MIT OR Apache-2.0

//! Sockets that hear of processes: of taskdiag, and of the connector of process events.

use genlkit::{
    client::Client,
    generated::taskdiag::{EventFollowRequest, FAMILY, Notification},
    request::Notification as _,
    transport::{Options, Transport as _},
    wire::{GenlHeader, Header, Messages},
};
use std::{
    hint::black_box,
    io::ErrorKind,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    task::{Context, Waker},
    thread::{JoinHandle, spawn},
    time::{Duration, Instant},
};

/// `NETLINK_CONNECTOR`, and `CN_IDX_PROC` and `CN_VAL_PROC` there.
const CONNECTOR: u32 = 11;
const PROC: u32 = 1;

/// Whom one can hear of processes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum From {
    /// The group `events`.
    Group,
    /// What a socket follows: all events, without a filter.
    Follow,
    /// The connector of process events.
    Connector,
}

/// A socket that hears.
pub(crate) struct Hearer {
    client: Client,
    buffer: Vec<u8>,
}

impl Hearer {
    /// Has a socket told from now on, with a queue of so many bytes, or of the usual size.
    pub(crate) fn new(from: From, queue: Option<u32>) -> Self {
        let mut options = Options::new();
        options.queue_size = queue;
        if from == From::Connector {
            options.protocol = Some(CONNECTOR);
        }
        let mut client = Client::open_with(&options).expect("a socket");
        match from {
            From::Group => drop(client.subscribe(&FAMILY, "events").expect("root may")),
            From::Follow => client.call(&EventFollowRequest::new()).expect("root may"),
            From::Connector => {
                let socket = client.transport();
                socket.join(PROC).expect("root may");
                socket.send(&listen()).expect("the kernel has it");
            }
        }
        Self {
            client,
            buffer: vec![0; 32 << 10],
        }
    }

    /// Receives a datagram, if there is one, and gives each message of it to `f`.
    ///
    /// How many there were; none where nothing is there. What the queue had no room for is passed
    /// over.
    pub(crate) fn receive(&mut self, mut f: impl FnMut(&[u8])) -> Option<u64> {
        loop {
            match self.client.transport().try_recv(&mut self.buffer) {
                Ok(datagram) => {
                    let messages = Messages::new(&self.buffer[..datagram.len]);
                    let each = messages.map(|message| f(message.expect("a message").bytes));
                    return Some(each.count() as u64);
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return None,
                Err(error) if error.raw_os_error() == Some(nix::libc::ENOBUFS) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// Receives a datagram, or waits a while for one.
    pub(crate) fn receive_soon(&mut self) -> Option<u64> {
        self.receive(|_| {}).or_else(|| {
            self.wait();
            self.receive(|_| {})
        })
    }

    /// Waits for a datagram, for a tenth of a second at most.
    fn wait(&mut self) {
        let limit = Instant::now() + Duration::from_millis(100);
        let mut context = Context::from_waker(Waker::noop());
        let _ = self
            .client
            .transport()
            .poll_readable(&mut context, Some(limit));
    }
}

/// The request to be told, as the connector wants it: `struct nlmsghdr`, `struct cn_msg`, and
/// `PROC_CN_MCAST_LISTEN`.
fn listen() -> Vec<u8> {
    const DONE: u16 = 3;
    const LISTEN: u32 = 1;
    let mut bytes = Vec::new();
    let words = |bytes: &mut Vec<u8>, words: &[u32]| {
        bytes.extend(words.iter().flat_map(|word| word.to_ne_bytes()));
    };
    words(&mut bytes, &[40]);
    bytes.extend(DONE.to_ne_bytes());
    bytes.extend(0_u16.to_ne_bytes());
    words(&mut bytes, &[0, 0, PROC, PROC, 0, 0]);
    bytes.extend(4_u16.to_ne_bytes());
    bytes.extend(0_u16.to_ne_bytes());
    words(&mut bytes, &[LISTEN]);
    bytes
}

/// A thread that reads all that a socket hears, as it comes.
pub(crate) struct Hearing {
    from: From,
    heard: Arc<AtomicU64>,
    done: Arc<AtomicBool>,
    reader: Option<JoinHandle<()>>,
}

impl Hearing {
    /// Begins to; `decodes` each event into typed values, where it is one of taskdiag's.
    pub(crate) fn begin(from: From, decodes: bool) -> Self {
        let mut hearer = Hearer::new(from, Some(64 << 20));
        let (heard, done) = <(Arc<AtomicU64>, Arc<AtomicBool>)>::default();
        let (count, end) = (Arc::clone(&heard), Arc::clone(&done));
        let read = if decodes { decode } else { |_: &[u8]| {} };
        let reader = spawn(move || {
            while !end.load(Relaxed) {
                match hearer.receive(read) {
                    Some(events) => drop(count.fetch_add(events, Relaxed)),
                    None => hearer.wait(),
                }
            }
        });
        Self {
            from,
            heard,
            done,
            reader: Some(reader),
        }
    }

    /// How many events there were so far.
    pub(crate) fn heard(&self) -> u64 {
        self.heard.load(Relaxed)
    }

    /// Has what waits for the next tick delivered at once: a socket that follows was closed.
    pub(crate) fn hasten(&self) {
        if self.from != From::Connector {
            drop(Hearer::new(From::Follow, None));
        }
    }
}

impl Drop for Hearing {
    fn drop(&mut self) {
        self.done.store(true, Relaxed);
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}

fn decode(message: &[u8]) {
    let body = message.get(Header::LEN..).unwrap_or_default();
    let (header, body) = GenlHeader::split(body).expect("a header");
    black_box(Notification::decode(header.cmd, body).expect("an event"));
}
