// SPDX-License-Identifier: MIT OR Apache-2.0

//! struct tcp_info, as a socket tells it itself, and where its fields are.

use nix::errno::Errno;
use nix::libc::{self, c_void, socklen_t};
use std::os::fd::{AsFd, AsRawFd as _};

/// Fields that do not change while nothing is sent: name, offset and size in bytes.
///
/// C header: `linux/tcp.h`
pub const FIELDS: [(&str, usize, usize); 57] = [
    ("retransmits", 2, 1),
    ("probes", 3, 1),
    ("backoff", 4, 1),
    ("rto", 8, 4),
    ("ato", 12, 4),
    ("snd-mss", 16, 4),
    ("rcv-mss", 20, 4),
    ("unacked", 24, 4),
    ("sacked", 28, 4),
    ("lost", 32, 4),
    ("retrans", 36, 4),
    ("fackets", 40, 4),
    ("pmtu", 60, 4),
    ("rcv-ssthresh", 64, 4),
    ("rtt", 68, 4),
    ("rttvar", 72, 4),
    ("snd-ssthresh", 76, 4),
    ("snd-cwnd", 80, 4),
    ("advmss", 84, 4),
    ("reordering", 88, 4),
    ("rcv-rtt", 92, 4),
    ("rcv-space", 96, 4),
    ("total-retrans", 100, 4),
    ("pacing-rate", 104, 8),
    ("max-pacing-rate", 112, 8),
    ("bytes-acked", 120, 8),
    ("bytes-received", 128, 8),
    ("segs-out", 136, 4),
    ("segs-in", 140, 4),
    ("notsent-bytes", 144, 4),
    ("min-rtt", 148, 4),
    ("data-segs-in", 152, 4),
    ("data-segs-out", 156, 4),
    ("delivery-rate", 160, 8),
    ("busy-time", 168, 8),
    ("rwnd-limited", 176, 8),
    ("sndbuf-limited", 184, 8),
    ("delivered", 192, 4),
    ("delivered-ce", 196, 4),
    ("bytes-sent", 200, 8),
    ("bytes-retrans", 208, 8),
    ("dsack-dups", 216, 4),
    ("reord-seen", 220, 4),
    ("rcv-ooopack", 224, 4),
    ("snd-wnd", 228, 4),
    ("rcv-wnd", 232, 4),
    ("rehash", 236, 4),
    ("total-rto", 240, 2),
    ("total-rto-recoveries", 242, 2),
    ("total-rto-time", 244, 4),
    ("received-ce", 248, 4),
    ("delivered-e1-bytes", 252, 4),
    ("delivered-e0-bytes", 256, 4),
    ("delivered-ce-bytes", 260, 4),
    ("received-e1-bytes", 264, 4),
    ("received-e0-bytes", 268, 4),
    ("received-ce-bytes", 272, 4),
];

/// What TCP knows of a connection.
#[derive(Debug, Clone)]
pub struct TcpInfo(Vec<u8>);

impl TcpInfo {
    /// Asks a socket.
    ///
    /// # Panics
    ///
    /// Where it is not one of TCP.
    pub fn of(socket: &impl AsFd) -> Self {
        let mut bytes = vec![0u8; 512];
        let mut len = socklen_t::try_from(bytes.len()).expect("it fits");
        // SAFETY: The buffer has as many bytes as `len` says and lives during the call, as `len` does.
        let result = unsafe {
            libc::getsockopt(
                socket.as_fd().as_raw_fd(),
                libc::IPPROTO_TCP,
                libc::TCP_INFO,
                bytes.as_mut_ptr().cast::<c_void>(),
                &raw mut len,
            )
        };
        Errno::result(result).expect("a socket of TCP");
        bytes.truncate(len as usize);
        Self(bytes)
    }

    /// Its length in bytes.
    #[expect(clippy::len_without_is_empty, reason = "no kernel tells nothing")]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The number at an offset; none where the kernel's struct is shorter.
    pub fn number(&self, offset: usize, size: usize) -> Option<u64> {
        let bytes = self.0.get(offset..offset + size)?;
        let mut number = [0; 8];
        number.get_mut(..size)?.copy_from_slice(bytes);
        Some(u64::from_le_bytes(number))
    }
}
