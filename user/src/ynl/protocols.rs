// SPDX-License-Identifier: MIT OR Apache-2.0
//! The netlink protocols: their numbers, what they are for, and what became of those that are
//! gone.
//!
//! `socket()` fails with `EPROTONOSUPPORT` for protocols that were removed as for those that were
//! not built: only a table tells which.

use crate::error::Error;
use genlkit_spec::Family;
use genlkit_spec::model::Protocol as SpecProtocol;
use std::io;

/// A netlink protocol.
///
/// C header: `linux/netlink.h`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Protocol {
    /// The number that `socket()` takes.
    pub number: u32,
    /// The name in C, without `NETLINK_`.
    pub name: &'static str,
    /// What it is for; what to use instead where it is gone.
    pub about: &'static str,
    /// The kernel option that it is there with; none where it is always there, or never.
    pub config: Option<&'static str>,
    /// When it was removed; none where it is in use.
    pub removed: Option<&'static str>,
}

const fn used(
    number: u32,
    name: &'static str,
    config: &'static str,
    about: &'static str,
) -> Protocol {
    let config = if config.is_empty() {
        None
    } else {
        Some(config)
    };
    Protocol {
        number,
        name,
        about,
        config,
        removed: None,
    }
}

const fn gone(
    number: u32,
    name: &'static str,
    when: &'static str,
    about: &'static str,
) -> Protocol {
    Protocol {
        number,
        name,
        about,
        config: None,
        removed: Some(when),
    }
}

/// Every number that was ever given out, in their order.
pub const ALL: &[Protocol] = &[
    used(
        0,
        "ROUTE",
        "",
        "links, addresses, routes, neighbours, rules, traffic control",
    ),
    gone(1, "UNUSED", "before 2.6.12", "it was never given out again"),
    used(2, "USERSOCK", "", "between processes"),
    gone(3, "FIREWALL", "3.5", "use nfnetlink_queue (NETFILTER)"),
    used(4, "SOCK_DIAG", "INET_DIAG", "sockets of any kind"),
    gone(5, "NFLOG", "3.17", "use nfnetlink_log (NETFILTER)"),
    used(6, "XFRM", "XFRM_USER", "IPsec policies and associations"),
    used(7, "SELINUX", "SECURITY_SELINUX", "events of SELinux"),
    used(8, "ISCSI", "SCSI_ISCSI_ATTRS", "Open-iSCSI sessions"),
    gone(
        8,
        "ARPD",
        "2.6.14",
        "its number is ISCSI's: set app_solicit, and watch getneigh on the group of neighbours (ROUTE)",
    ),
    used(9, "AUDIT", "AUDIT", "the audit system"),
    used(10, "FIB_LOOKUP", "INET", "lookups in IPv4 routing tables"),
    used(
        11,
        "CONNECTOR",
        "CONNECTOR",
        "processes' events, and other drivers",
    ),
    used(
        12,
        "NETFILTER",
        "NETFILTER_NETLINK",
        "nftables, conntrack, logs, queues, ipset",
    ),
    gone(13, "IP6_FW", "3.5", "use nfnetlink_queue (NETFILTER)"),
    gone(14, "DNRTMSG", "6.1", "DECnet was removed"),
    used(15, "KOBJECT_UEVENT", "", "events of devices, as text"),
    used(16, "GENERIC", "", "all generic netlink families"),
    used(
        18,
        "SCSITRANSPORT",
        "SCSI_NETLINK",
        "events of SCSI transports",
    ),
    gone(19, "ECRYPTFS", "2.6.27", "use /dev/ecryptfs"),
    used(20, "RDMA", "INFINIBAND", "RDMA devices and connections"),
    used(
        21,
        "CRYPTO",
        "CRYPTO_USER",
        "the kernel's cryptographic algorithms",
    ),
    gone(
        22,
        "SMC",
        "never used",
        "use the generic netlink families SMC_GEN_NETLINK and SMC_PNETID",
    ),
];

/// The protocol of a number.
#[must_use]
pub fn by_number(number: u32) -> Option<&'static Protocol> {
    ALL.iter().find(|protocol| protocol.number == number)
}

/// `NETLINK_SOCK_DIAG`.
pub const SOCK_DIAG: u32 = 4;

/// The classic family of a message whose type several share: that of the address family that
/// messages of `NETLINK_SOCK_DIAG` begin with.
///
/// C header: `include/linux/socket.h`
#[must_use]
pub fn family_of(protocol: u32, body: &[u8]) -> Option<&'static str> {
    match (protocol, body.first()?) {
        (SOCK_DIAG, 1) => Some("unix-diag"),
        (SOCK_DIAG, 2 | 10) => Some("inet-diag"),
        (SOCK_DIAG, 16) => Some("netlink-diag"),
        (SOCK_DIAG, 17) => Some("packet-diag"),
        (SOCK_DIAG, 43) => Some("smc-diag"),
        _ => None,
    }
}

/// What became of the protocol of a name, in any spelling, if it is gone.
#[must_use]
pub fn what_became_of(name: &str) -> Option<String> {
    let name = name.replace('-', "_");
    let found = ALL
        .iter()
        .find(|protocol| protocol.name.eq_ignore_ascii_case(&name))?;
    found.epitaph()
}

impl Protocol {
    fn epitaph(&self) -> Option<String> {
        let when = self.removed?;
        let (name, number, about) = (self.name, self.number, self.about);
        Some(format!(
            "NETLINK_{name} ({number}) is gone ({when}): {about}"
        ))
    }
}

/// What opening a socket for a family failed with.
pub(super) fn open_error(family: &Family, error: &io::Error) -> Error {
    let wrapped = Error::socket(&family.name, "open a netlink socket", error);
    let SpecProtocol::Raw(number) = family.protocol else {
        return wrapped;
    };
    if error.raw_os_error() != Some(libc::EPROTONOSUPPORT) {
        return wrapped;
    }
    let protocol = by_number(number);
    if let Some(gone) = protocol.and_then(Protocol::epitaph) {
        return wrapped.with_hint(gone);
    }
    wrapped.with_hint(match protocol {
        Some(Protocol {
            name,
            config: Some(config),
            ..
        }) => {
            format!("this kernel lacks NETLINK_{name} ({number}): it needs CONFIG_{config}")
        }
        _ => format!("this kernel has no netlink protocol {number}"),
    })
}

/// What to do where a generic family is absent. The kernel loads modules that say their family's
/// name by itself, so there is little left to try.
pub(super) fn absent_hint(name: &str) -> String {
    format!(
        "no module of this kernel offers it: `modprobe --resolve-alias net-pf-16-proto-16-family-{name}` tells whether one could, `genlkit list` what is there"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_in_order() {
        assert!(ALL.is_sorted_by_key(|protocol| protocol.number));
        assert_eq!(
            by_number(12).map(|protocol| protocol.name),
            Some("NETFILTER")
        );
        assert_eq!(by_number(17), None);
        assert_eq!(by_number(8).map(|protocol| protocol.name), Some("ISCSI"));
        assert!(what_became_of("ip6-fw").is_some_and(|text| text.contains("(13) is gone")));
        assert_eq!(what_became_of("route"), None);
    }
}
