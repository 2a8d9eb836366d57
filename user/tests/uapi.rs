// SPDX-License-Identifier: MIT OR Apache-2.0
//! Our constants are those of the C headers, as bindgen reads them.

#[path = "uapi/bindgen.rs"]
mod c;

use genlkit::wire::{self, flags, kind};
use std::collections::BTreeMap;

/// The constants of a source file that begin with `prefix`, as far as they are integers.
fn integers(source: &str, prefix: &str) -> BTreeMap<String, i128> {
    let mut found = BTreeMap::new();
    for line in source.lines() {
        let Some(rest) = line.trim().strip_prefix("pub const ") else {
            continue;
        };
        let Some((name, rest)) = rest.split_once(':') else {
            continue;
        };
        let value = rest
            .split_once('=')
            .map(|(_, value)| value.trim().trim_end_matches(';'));
        let value = value.and_then(|value| value.replace('_', "").parse().ok());
        if let (true, Some(value)) = (name.starts_with(prefix), value) {
            found.insert(name.to_owned(), value);
        }
    }
    found
}

#[test]
fn generated_constants_equal_the_c_header() {
    let ours = integers(include_str!("../src/generated/taskdiag.rs"), "TASKDIAG_");
    let mut theirs = integers(include_str!("uapi/bindgen.rs"), "TASKDIAG_");
    // C alone needs to know where an enum ends.
    theirs.retain(|name, _| ours.contains_key(name) || !name.ends_with("_MAX"));
    assert!(ours.len() > 60, "{ours:?}");
    assert_eq!(ours, theirs);
}

#[test]
fn generated_names_equal_the_c_header() {
    use genlkit::generated::taskdiag::uapi;
    assert_eq!(
        c::TASKDIAG_FAMILY_NAME.to_str(),
        Ok(uapi::TASKDIAG_FAMILY_NAME)
    );
    assert_eq!(
        c::TASKDIAG_MCGRP_EVENTS.to_str(),
        Ok(uapi::TASKDIAG_MCGRP_EVENTS)
    );
}

#[test]
fn the_codec_speaks_the_numbers_of_the_kernel() {
    let pairs = [
        (kind::NOOP, c::NLMSG_NOOP),
        (kind::ERROR, c::NLMSG_ERROR),
        (kind::DONE, c::NLMSG_DONE),
        (kind::OVERRUN, c::NLMSG_OVERRUN),
        (kind::FIRST, c::NLMSG_MIN_TYPE),
        (flags::REQUEST, c::NLM_F_REQUEST),
        (flags::MULTI, c::NLM_F_MULTI),
        (flags::ACK, c::NLM_F_ACK),
        (flags::ECHO, c::NLM_F_ECHO),
        (flags::DUMP_INTR, c::NLM_F_DUMP_INTR),
        (flags::DUMP_FILTERED, c::NLM_F_DUMP_FILTERED),
        (flags::DUMP, c::NLM_F_DUMP),
        (flags::REPLACE, c::NLM_F_REPLACE),
        (flags::EXCL, c::NLM_F_EXCL),
        (flags::CREATE, c::NLM_F_CREATE),
        (flags::APPEND, c::NLM_F_APPEND),
        (flags::CAPPED, c::NLM_F_CAPPED),
        (flags::ACK_TLVS, c::NLM_F_ACK_TLVS),
        (genlkit::nlctrl::ID, c::GENL_ID_CTRL),
    ];
    for (ours, theirs) in pairs {
        assert_eq!(u32::from(ours), theirs);
    }
    assert_eq!(wire::ALIGN, c::NLA_ALIGNTO as usize);
    assert_eq!(wire::ALIGN, c::NLMSG_ALIGNTO as usize);
}
