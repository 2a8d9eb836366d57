// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a family is called and how it is spoken to, read from a spec without the rest of it.

use crate::model::{Family, Protocol};
use serde::{Deserialize, Serialize};

/// The keys at a spec's top that tell it.
const KEYS: [&str; 3] = ["name:", "protocol:", "protonum:"];

/// What a family is called, and how it is spoken to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The family's name.
    pub name: String,
    /// Its protocol.
    pub protocol: Protocol,
}

#[derive(Deserialize)]
struct Raw {
    name: String,
    protocol: Option<String>,
    protonum: Option<u32>,
}

impl Head {
    /// The head of a family.
    #[must_use]
    pub fn of(family: &Family) -> Self {
        Self {
            name: family.name.to_string(),
            protocol: family.protocol,
        }
    }

    /// The head as bytes, for [`from_stored`](Self::from_stored).
    #[must_use]
    pub fn to_stored(&self) -> Vec<u8> {
        // Nothing in a head is without a length, which is all that can fail where there is memory.
        postcard::to_allocvec(self).unwrap_or_default()
    }

    /// Reads what [`to_stored`](Self::to_stored) made, in a program with the same
    /// [`SHAPE`](crate::SHAPE); none where the bytes are not such.
    #[must_use]
    pub fn from_stored(stored: &[u8]) -> Option<Self> {
        postcard::from_bytes(stored).ok()
    }

    /// Finds the head in a spec's text, by the lines that begin with its keys, a hundredth of the work of reading all
    /// of it; none where it is not written so, or is wrong: then [`Family::from_yaml`] says how.
    #[must_use]
    pub fn of_yaml(yaml: &str) -> Option<Self> {
        let mut head = String::new();
        let mut lines = yaml.lines().peekable();
        while let Some(line) = lines.next() {
            if !KEYS.iter().any(|key| line.starts_with(key)) {
                continue;
            }
            // A value that goes on in the next line is none of a line's.
            if lines.peek().is_some_and(|next| next.starts_with(' ')) {
                return None;
            }
            head.push_str(line);
            head.push('\n');
        }
        let raw: Raw = serde_saphyr::from_str(&head).ok()?;
        let protocol = match (raw.protocol.as_deref(), raw.protonum) {
            (None | Some("genetlink"), _) => Protocol::Genetlink,
            (Some("genetlink-c"), _) => Protocol::GenetlinkC,
            (Some("genetlink-legacy"), _) => Protocol::GenetlinkLegacy,
            (Some("netlink-raw"), Some(number)) => Protocol::Raw(number),
            _ => return None,
        };
        (!raw.name.is_empty()).then_some(Self {
            name: raw.name,
            protocol,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_is_found_wherever_its_lines_are() {
        let text = "doc: >-\n  name: of something else\nname: demo # a comment\noperations:\n  name: other\n\
                    protonum: 7\nprotocol: \"netlink-raw\"\n";
        let head = Head {
            name: "demo".to_owned(),
            protocol: Protocol::Raw(7),
        };
        assert_eq!(Head::of_yaml(text), Some(head));
        let head = Head::of_yaml("name: demo\noperations: {}\n").expect("it has a name");
        assert_eq!(head.protocol, Protocol::Genetlink);
    }

    #[test]
    fn what_is_not_written_so_has_no_head() {
        for text in [
            "",
            "{ name: demo }",
            "name: >-\n  demo\n",
            "name: demo\nname: other\n",
            "name: demo\nprotocol: netlink-raw\n",
            "name: demo\nprotocol: other\n",
            "name:\nprotocol: genetlink\n",
        ] {
            assert_eq!(Head::of_yaml(text), None, "{text}");
        }
    }
}
