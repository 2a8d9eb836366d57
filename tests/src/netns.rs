// SPDX-License-Identifier: MIT OR Apache-2.0

//! Network namespaces of a test's own, and the devices in them, made through `genlkit`.

use crate::child::isolated;
use crate::genlkit::{ask, ask_upstream, module};
use nix::sched::{CloneFlags, unshare};
use serde_json::{Value, json};

/// Runs in a network namespace of its own, where lo and the dummy device d0, whose index it is given, are up.
///
/// # Panics
///
/// As `body` does, or where a module is not there.
pub fn alone(modules: &[&str], body: impl FnOnce(u64)) {
    module("dummy");
    modules.iter().for_each(|name| module(name));
    isolated(|| {
        unshare(CloneFlags::CLONE_NEWNET).expect("root");
        make("d0", "dummy");
        up("lo");
        up("d0");
        body(index("d0"));
    });
}

/// Makes a device of a kind.
pub fn make(name: &str, kind: &str) {
    make_with(name, &json!({ "kind": kind }));
}

/// Makes a device of a kind with what belongs to the kind.
pub fn make_with(name: &str, info: &Value) {
    let values = json!({ "ifname": name, "linkinfo": info }).to_string();
    ask(&["do", "rt-link", "newlink", "--create", &values]);
}

/// Switches a device on.
pub fn up(name: &str) {
    let values = json!({ "ifname": name, "ifi-flags": "up", "ifi-change": 1 }).to_string();
    ask(&["do", "rt-link", "newlink", &values]);
}

/// Makes a device a port of another.
pub fn enslave(name: &str, master: u64) {
    let values = json!({ "ifname": name, "master": master }).to_string();
    ask(&["do", "rt-link", "newlink", &values]);
}

/// The index of a device.
///
/// # Panics
///
/// Where there is none of that name.
pub fn index(name: &str) -> u64 {
    let link = ask_upstream(&["do", "rt-link", "getlink", &format!("ifname={name}")]);
    link["ifi-index"].as_u64().expect("a number")
}

/// Gives a device an address of IPv4, of a network of 256.
pub fn address(device: u64, address: &str) {
    let values =
        json!({ "ifa-family": 2, "ifa-index": device, "ifa-prefixlen": 24, "local": address });
    ask(&["do", "rt-addr", "newaddr", "--create", &values.to_string()]);
}

/// One object with what two have.
///
/// # Panics
///
/// Where one is no object.
pub fn both(first: &Value, second: &Value) -> Value {
    let mut object = first.as_object().expect("an object").clone();
    object.extend(second.as_object().expect("an object").clone());
    Value::Object(object)
}
