// SPDX-License-Identifier: MIT OR Apache-2.0

//! What is known to be wrong with the kernel tree's client: found by asking it, and missed where it is wrong no more.

use super::Request;
use std::fmt::Write as _;

/// Something that the kernel tree's client cannot do, and `genlkit` can.
#[derive(Clone, Copy, Debug)]
pub struct Defect {
    /// The spec's name.
    pub family: &'static str,
    /// The operation, or the group.
    pub op: &'static str,
    /// What is in all that differs.
    pub says: &'static str,
    /// What is wrong.
    pub why: &'static str,
}

impl Defect {
    /// Whether it is the reason of all these differences.
    pub fn is(&self, request: &Request, differences: &[String]) -> bool {
        (self.family, self.op) == (&*request.family, &*request.op)
            && differences.iter().all(|told| told.contains(self.says))
    }
}

/// Defects as docs/compare.md has them.
pub fn defect_table(defects: &[Defect]) -> String {
    let mut table = "| asked | it says | why |\n|---|---|---|\n".to_owned();
    for defect in defects {
        let Defect {
            family,
            op,
            says,
            why,
        } = defect;
        let _ = writeln!(table, "| {family} {op} | `{says}` | {why} |");
    }
    table
}

/// What the kernel tree's client cannot do.
pub const DEFECTS: &[Defect] = &[
    Defect {
        family: "tc",
        op: "getqdisc",
        says: "No message format for 'netem' in sub-message spec 'tca-stats-app-msg'",
        why: "statistics of a kind whose format the spec lacks end the whole dump",
    },
    Defect {
        family: "tc",
        op: "gettfilter",
        says: "unpack_from requires a buffer of at least 4 bytes for unpacking 4 bytes at offset 0 (actual buffer size is 1)",
        why: "the struct ends with keys, of which there are none",
    },
    Defect {
        family: "team",
        op: "options-get",
        says: "unpack requires a buffer of 4 bytes",
        why: "the kernel's end of these replies has no errno",
    },
    Defect {
        family: "team",
        op: "port-list-get",
        says: "unpack requires a buffer of 4 bytes",
        why: "the same",
    },
    Defect {
        family: "ovs_flow",
        op: "new",
        says: "non-hexadecimal number found in fromhex()",
        why: "an address in a struct is not taken as it is printed",
    },
    Defect {
        family: "wireguard",
        op: "set-device",
        says: "Can't dive into 8 (peers) for extack",
        why: "a refusal of what is in an array is not told, but for this",
    },
    Defect {
        family: "nl80211",
        op: "get-wiphy",
        says: ".frame-type: ",
        why: "of an attribute that comes several times without being declared so the last is told alone",
    },
];

/// What it hears otherwise; the operation is the group.
pub const HEARD_OTHERWISE: &[Defect] = &[
    Defect {
        family: "rt-link",
        op: "rtnlgrp-link",
        says: r#".name: "getlink" and "newlink-ntf""#,
        why: "an event has the name of the last operation of its number",
    },
    Defect {
        family: "rt-rule",
        op: "rtnlgrp-ipv4-rule",
        says: r#".name: "getrule" and "newrule-ntf""#,
        why: "the same",
    },
    Defect {
        family: "rt-link",
        op: "rtnlgrp-link",
        says: ".msg.af-spec.inet.conf: [] and nothing",
        why: "an attribute that is longer than the nest around it is taken for an empty one",
    },
    Defect {
        family: "rt-link",
        op: "rtnlgrp-link",
        says: "KeyError: 17",
        why: "a link that goes ends it: no reply of the spec has this number",
    },
];
