// SPDX-License-Identifier: MIT OR Apache-2.0
//! How a socket is opened.

use super::NetNs;

/// How a [`Socket`](super::Socket) is opened.
///
/// ```no_run
/// use genlkit::client::Client;
/// use genlkit::transport::{NetNs, Options};
///
/// let options = Options::new().netns(NetNs::name("blue")).queue_size(4 << 20);
/// let client = Client::open_with(&options)?;
/// # Ok::<(), genlkit::Error>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// The size of the queue of received datagrams in bytes (`SO_RCVBUF`); the system's default
    /// where none. Beyond the system's limit it needs `CAP_NET_ADMIN`.
    pub queue_size: Option<u32>,
    /// The netlink protocol (`NETLINK_ROUTE` and so on); generic netlink where none.
    pub protocol: Option<u32>,
    /// The network namespace; the calling thread's where none.
    pub netns: Option<NetNs>,
    /// Whether errors tell what is wrong in words, and where (`NETLINK_EXT_ACK`).
    pub ext_ack: bool,
    /// Whether errors leave out the body of the request that they answer (`NETLINK_CAP_ACK`).
    pub cap_ack: bool,
    /// Whether the kernel checks requests for dumps as strictly as others
    /// (`NETLINK_GET_STRICT_CHK`): without, rtnetlink ignores what they filter by.
    pub strict_check: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            queue_size: None,
            protocol: None,
            netns: None,
            ext_ack: true,
            cap_ack: true,
            strict_check: true,
        }
    }
}

impl Options {
    /// The defaults: generic netlink, and everything on that tells more.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the netlink protocol: 0 for `NETLINK_ROUTE`.
    pub fn protocol(mut self, number: u32) -> Self {
        self.protocol = Some(number);
        self
    }

    /// Sets the size of the queue of received datagrams in bytes.
    pub fn queue_size(mut self, bytes: u32) -> Self {
        self.queue_size = Some(bytes);
        self
    }

    /// Sets the network namespace that the socket speaks to.
    pub fn netns(mut self, netns: NetNs) -> Self {
        self.netns = Some(netns);
        self
    }

    /// Says whether errors tell what is wrong in words, and where; they do where it is not set.
    pub fn ext_ack(mut self, on: bool) -> Self {
        self.ext_ack = on;
        self
    }

    /// Says whether errors leave out the request's body; they do where it is not set.
    pub fn cap_ack(mut self, on: bool) -> Self {
        self.cap_ack = on;
        self
    }

    /// Says whether requests for dumps are checked strictly; they are where it is not set.
    pub fn strict_check(mut self, on: bool) -> Self {
        self.strict_check = on;
        self
    }
}
