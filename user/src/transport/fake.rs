// SPDX-License-Identifier: MIT OR Apache-2.0
//! A transport without a kernel, for tests.

use super::{Datagram, Transport};
use crate::nlctrl;
use crate::wire::{Builder, GenlHeader, Header, Message, Messages, flags, kind};
use std::collections::{BTreeSet, VecDeque};
use std::io;
use std::task::{Context, Poll};
use std::time::Instant;

/// Pretends to be the kernel: a function answers each request that a client sends.
///
/// As with the kernel, a socket has one dump at a time: to a request for another, the answer is `EBUSY`,
/// until the client has received the end of the first.
///
/// ```
/// use genlkit::client::Client;
/// use genlkit::generated::taskdiag::{PingRequest, uapi};
/// use genlkit::transport::Fake;
///
/// let fake = Fake::new(|kernel, request| {
///     kernel.reply(request, |reply| reply.u32(uapi::TASKDIAG_A_PING_ABI, 7));
/// })
/// .family("taskdiag", 20, &[]);
/// let mut client = Client::with(fake);
/// assert_eq!(client.call(&PingRequest::new())?.abi, Some(7));
/// # Ok::<(), genlkit::Error>(())
/// ```
pub struct Fake {
    kernel: Kernel,
    answer: Box<Answer>,
}

type Answer = dyn FnMut(&mut Kernel, &Message<'_>) + Send;

/// The kernel's side of a [`Fake`]: what the function that answers requests works with.
#[derive(Debug, Default)]
pub struct Kernel {
    families: Vec<KnownFamily>,
    queue: VecDeque<Queued>,
    groups: BTreeSet<u32>,
    drops: u32,
    /// How many of the next datagrams are lost.
    losing: u32,
    /// Every datagram that was sent, in order.
    pub sent: Vec<Vec<u8>>,
}

#[derive(Clone, Debug)]
struct KnownFamily {
    name: String,
    id: u16,
    groups: Vec<(String, u32)>,
}

#[derive(Debug)]
enum Queued {
    Datagram {
        bytes: Vec<u8>,
        sender: u32,
        group: u32,
    },
    Error(i32),
}

impl Fake {
    /// A kernel without families whose function answers what is not for the controller.
    pub fn new(answer: impl FnMut(&mut Kernel, &Message<'_>) + Send + 'static) -> Self {
        Self {
            kernel: Kernel::default(),
            answer: Box::new(answer),
        }
    }

    /// The same with a family that the controller knows, and its multicast groups.
    pub fn family(mut self, name: &str, id: u16, groups: &[(&str, u32)]) -> Self {
        self.kernel.register(name, id, groups);
        self
    }

    /// The kernel's side, to look at it or to queue what comes unasked.
    pub fn kernel(&mut self) -> &mut Kernel {
        &mut self.kernel
    }
}

impl Kernel {
    /// Registers a family, or replaces it: the controller tells its new number from now on, also
    /// to whoever listens to its group.
    pub fn register(&mut self, name: &str, id: u16, groups: &[(&str, u32)]) {
        self.unregister(name);
        let groups = groups
            .iter()
            .map(|&(name, id)| (name.to_owned(), id))
            .collect();
        self.families.push(KnownFamily {
            name: name.to_owned(),
            id,
            groups,
        });
        self.tell(name, nlctrl::NEWFAMILY.cmd);
    }

    /// Forgets a family: the controller answers ENOENT, and nobody is a member of its groups.
    pub fn unregister(&mut self, name: &str) {
        self.tell(name, nlctrl::DELFAMILY.cmd);
        let gone = self.families.extract_if(.., |family| family.name == name);
        for (_, group) in gone.flat_map(|family| family.groups) {
            self.groups.remove(&group);
        }
    }

    /// Notifies of a family, as the controller does, where the client listens.
    fn tell(&mut self, name: &str, cmd: u8) {
        let Some(family) = self.families.iter().find(|family| family.name == name) else {
            return;
        };
        if !self.groups.contains(&nlctrl::NOTIFY) {
            return;
        }
        let mut buffer = [0; 4096];
        let mut builder = Builder::new(&mut buffer);
        let header = Header {
            kind: nlctrl::ID,
            ..Header::default()
        };
        builder.message(header, |message| {
            message.bytes(&GenlHeader { cmd, version: 2 }.to_bytes());
            family.write(message);
        });
        if let Ok(bytes) = builder.finish() {
            let bytes = bytes.to_vec();
            self.datagram(&bytes, 0, nlctrl::NOTIFY);
        }
    }

    /// The multicast groups that the client has joined.
    pub fn joined(&self) -> impl Iterator<Item = u32> + '_ {
        self.groups.iter().copied()
    }

    /// Ends the client's membership in a multicast group.
    pub fn leave(&mut self, group: u32) {
        self.groups.remove(&group);
    }

    /// Replies to `request` with a message of the same family and command.
    pub fn reply(&mut self, request: &Message<'_>, attributes: impl FnOnce(&mut Builder<'_>)) {
        self.message(request, 0, attributes);
    }

    /// Replies to `request` with a message of a dump.
    pub fn part(&mut self, request: &Message<'_>, attributes: impl FnOnce(&mut Builder<'_>)) {
        self.message(request, flags::MULTI, attributes);
    }

    fn message(
        &mut self,
        request: &Message<'_>,
        flags: u16,
        attributes: impl FnOnce(&mut Builder<'_>),
    ) {
        let Ok((genl, _)) = GenlHeader::split(request.body()) else {
            return;
        };
        let header = Header {
            flags,
            ..request.header
        };
        self.queue(|builder| {
            builder.message(header, |message| {
                message.bytes(&genl.to_bytes());
                attributes(message);
            });
        });
    }

    /// Answers `request` with an error, or an ACK where `errno` is 0, and extended ACK attributes.
    pub fn error(
        &mut self,
        request: &Message<'_>,
        errno: i32,
        extack: impl FnOnce(&mut Builder<'_>),
    ) {
        let flags = flags::CAPPED | flags::ACK_TLVS;
        let header = Header {
            kind: kind::ERROR,
            flags,
            ..request.header
        };
        self.queue(|builder| {
            builder.message(header, |message| {
                message.bytes(&(-errno).to_ne_bytes());
                message.bytes(&request.header.to_bytes());
                extack(message);
            });
        });
    }

    /// Ends the dump that `request` asked for, with an errno and extended ACK attributes.
    pub fn done(
        &mut self,
        request: &Message<'_>,
        errno: i32,
        extack: impl FnOnce(&mut Builder<'_>),
    ) {
        let flags = flags::MULTI | flags::ACK_TLVS;
        let header = Header {
            kind: kind::DONE,
            flags,
            ..request.header
        };
        self.queue(|builder| {
            builder.message(header, |message| {
                message.bytes(&(-errno).to_ne_bytes());
                extack(message);
            });
        });
    }

    /// Queues a datagram of what `messages` writes, sent by the kernel to the client alone.
    pub fn queue(&mut self, messages: impl FnOnce(&mut Builder<'_>)) {
        let mut buffer = vec![0; 1 << 20];
        let mut builder = Builder::new(&mut buffer);
        messages(&mut builder);
        // What does not fit into a mebibyte is a mistake of the test's; it gets no answer.
        if let Ok(bytes) = builder.finish() {
            self.datagram(bytes, 0, 0);
        }
    }

    /// Queues a datagram of any bytes, as if from the socket `sender`, 0 being the kernel, to the
    /// multicast group `group`, 0 being none.
    pub fn datagram(&mut self, bytes: &[u8], sender: u32, group: u32) {
        if let Some(left) = self.losing.checked_sub(1) {
            self.losing = left;
            return self.drop_datagrams(1);
        }
        self.queue.push_back(Queued::Datagram {
            bytes: bytes.to_vec(),
            sender,
            group,
        });
    }

    /// Makes the client's next receive fail: with `ENOBUFS` for messages lost.
    pub fn fail(&mut self, errno: i32) {
        self.queue.push_back(Queued::Error(errno));
    }

    /// Counts datagrams as dropped, and tells so before what is queued.
    pub fn drop_datagrams(&mut self, count: u32) {
        self.count_drops(count);
        self.queue.push_front(Queued::Error(libc::ENOBUFS));
    }

    /// Counts datagrams as dropped after the loss was told: while what is queued is read, the kernel
    /// drops and counts, and says nothing.
    pub fn count_drops(&mut self, count: u32) {
        self.drops = self.drops.wrapping_add(count);
    }

    /// Loses so many of the next datagrams, as where the client's receive buffer is full.
    pub fn lose(&mut self, count: u32) {
        self.losing = count;
    }

    /// Whether the end of a dump is still to be received.
    pub fn has_open_dump(&self) -> bool {
        self.queue.iter().any(|queued| match queued {
            Queued::Datagram {
                bytes, group: 0, ..
            } => Messages::new(bytes)
                .map_while(Result::ok)
                .any(|message| message.header.kind == kind::DONE),
            _ => false,
        })
    }

    /// Whether a request is for a dump, and one is open.
    fn is_busy(&self, request: &Message<'_>) -> bool {
        request.header.flags & flags::DUMP == flags::DUMP && self.has_open_dump()
    }

    /// Answers what is for the controller as the controller does.
    fn control(&mut self, request: &Message<'_>) {
        let Ok((_, attributes)) = GenlHeader::split(request.body()) else {
            return;
        };
        let asked = nlctrl::family_asked_for(attributes);
        let found = self
            .families
            .iter()
            .find(|family| asked.is_some_and(|name| name == family.name.as_str()));
        let Some(family) = found.cloned() else {
            return self.error(request, libc::ENOENT, |_| {});
        };
        self.reply(request, |reply| family.write(reply));
    }
}

impl KnownFamily {
    fn write(&self, to: &mut Builder<'_>) {
        let groups = self.groups.iter().map(|(name, id)| (name.as_str(), *id));
        nlctrl::write_family(to, &self.name, self.id, groups);
    }
}

impl Transport for Fake {
    fn send(&mut self, datagram: &[u8]) -> io::Result<()> {
        self.kernel.sent.push(datagram.to_vec());
        for message in Messages::new(datagram).map_while(Result::ok) {
            match message.header.kind {
                _ if self.kernel.is_busy(&message) => {
                    self.kernel.error(&message, libc::EBUSY, |_| {});
                }
                nlctrl::ID => self.kernel.control(&message),
                _ => (self.answer)(&mut self.kernel, &message),
            }
        }
        Ok(())
    }

    fn try_recv(&mut self, buffer: &mut [u8]) -> io::Result<Datagram> {
        match self.kernel.queue.pop_front() {
            Some(Queued::Datagram {
                bytes,
                sender,
                group,
            }) => {
                let fits = bytes.len().min(buffer.len());
                buffer[..fits].copy_from_slice(&bytes[..fits]);
                Ok(Datagram {
                    len: bytes.len(),
                    sender,
                    group,
                })
            }
            Some(Queued::Error(errno)) => Err(io::Error::from_raw_os_error(errno)),
            None => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    /// Does not wait: with nothing queued, nothing will come.
    fn poll_readable(&mut self, _: &mut Context<'_>, _: Option<Instant>) -> Poll<io::Result<()>> {
        Poll::Ready(match self.kernel.queue.is_empty() {
            true => Err(io::ErrorKind::TimedOut.into()),
            false => Ok(()),
        })
    }

    fn join(&mut self, group: u32) -> io::Result<()> {
        self.kernel.groups.insert(group);
        Ok(())
    }

    fn leave(&mut self, group: u32) -> io::Result<()> {
        self.kernel.groups.remove(&group);
        Ok(())
    }

    fn drops(&mut self) -> Option<u32> {
        Some(self.kernel.drops)
    }
}

impl std::fmt::Debug for Fake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Fake")
            .field("kernel", &self.kernel)
            .finish_non_exhaustive()
    }
}
