// SPDX-License-Identifier: MIT OR Apache-2.0

//! docs/families.md has every protocol, and names every test of every suite of families, and no others.

use genlkit_tests::page::sections;
use std::{collections::BTreeSet, fs, path::Path};

/// Every protocol that there is or was, and the generic families that have a section of their own.
const SECTIONS: [&str; 26] = [
    "ROUTE",
    "ROUTE traffic control",
    "ROUTE bridges and tunnels",
    "ROUTE devices and next hops",
    "ROUTE data centre bridging",
    "USERSOCK",
    "SOCK_DIAG",
    "XFRM",
    "SELINUX",
    "ISCSI",
    "AUDIT",
    "FIB_LOOKUP",
    "CONNECTOR",
    "NETFILTER",
    "KOBJECT_UEVENT",
    "GENERIC",
    "SCSITRANSPORT",
    "RDMA",
    "CRYPTO",
    "SMC",
    "NL80211",
    "NL80211 access points",
    "NL80211 stations",
    "NL80211 meshes",
    "DEVLINK",
    "Removed",
];

/// The groups of messages of NETLINK_ROUTE: what follows NEW, DEL, GET or SET in their names.
///
/// C header: `linux/rtnetlink.h`
const ROUTE: [&str; 27] = [
    "link",
    "addr",
    "route",
    "neigh",
    "rule",
    "qdisc",
    "tclass",
    "tfilter",
    "action",
    "prefix",
    "multicast",
    "anycast",
    "neightbl",
    "nduseropt",
    "addrlabel",
    "dcb",
    "netconf",
    "mdb",
    "nsid",
    "stats",
    "cachereport",
    "chain",
    "nexthop",
    "linkprop",
    "vlan",
    "nexthopbucket",
    "tunnel",
];

/// The text of each suite of families, by its name.
fn suites() -> Vec<(String, String)> {
    let guest = Path::new(env!("CARGO_MANIFEST_DIR")).join("guest");
    let files = fs::read_dir(guest).expect("the guest tests");
    let paths = files.map(|file| file.expect("it").path());
    let named = paths.filter_map(|path| {
        let name = path.file_stem()?.to_str()?.to_owned();
        name.starts_with("families_").then_some((name, path))
    });
    named
        .map(|(name, path)| (name, fs::read_to_string(path).expect("it can be read")))
        .collect()
}

#[test]
fn every_test_of_a_family_is_named_on_the_page_and_no_other() {
    let mut found = BTreeSet::new();
    for (suite, text) in suites() {
        let after = text.split("\n#[test]\nfn ").skip(1);
        let names = after.filter_map(|text| Some(text.split_once('(')?.0.to_owned()));
        // These run the page itself.
        let names = names.filter(|name| !name.starts_with("the_page_shows_"));
        found.extend(names.map(|name| (suite.clone(), name)));
    }
    let sections = sections();
    let named = sections.iter().flat_map(|section| &section.tests);
    let named: BTreeSet<_> = named
        .map(|(suite, name)| ((*suite).to_owned(), (*name).to_owned()))
        .collect();
    let missing: Vec<_> = found.difference(&named).collect();
    let gone: Vec<_> = named.difference(&found).collect();
    assert!(
        missing.is_empty() && gone.is_empty(),
        "not named: {missing:#?}\nnot there: {gone:#?}"
    );
}

#[test]
fn every_group_of_messages_of_route_has_a_test_that_is_named_so() {
    let sections = sections();
    let route = sections
        .iter()
        .filter(|section| section.name.starts_with("ROUTE"));
    let tests: Vec<_> = route.flat_map(|section| &section.tests).collect();
    for group in ROUTE {
        let prefix = format!("route_{group}_");
        assert!(
            tests.iter().any(|(_, test)| test.starts_with(&prefix)),
            "{prefix}"
        );
    }
}

#[test]
fn every_protocol_has_a_section_with_tests_and_examples_that_a_suite_runs() {
    let suites = suites();
    let sections = sections();
    for name in SECTIONS {
        let section = sections.iter().find(|section| section.name == name);
        let section = section.unwrap_or_else(|| panic!("no section of {name}"));
        assert!(
            !section.tests.is_empty() && !section.examples.is_empty(),
            "{name}"
        );
        let call = format!("page_shows(\"{name}\")");
        assert!(
            suites.iter().any(|(_, text)| text.contains(&call)),
            "no test has {call}"
        );
    }
    assert_eq!(sections.len(), SECTIONS.len());
}
