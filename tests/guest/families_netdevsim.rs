// SPDX-License-Identifier: MIT OR Apache-2.0

//! Generic families of network devices, with simulated hardware, by exchanges through `genlkit`.

use genlkit_tests::genlkit::{Watch, ask_upstream, entry, module, page_shows, refused};
use serde_json::{Value, json};
use std::fs;

/// A simulated device; gone when dropped.
struct Device(u32);

impl Device {
    fn new(number: u32) -> Self {
        module("netdevsim");
        fs::write("/sys/bus/netdevsim/new_device", format!("{number} 1")).expect("sysfs");
        Self(number)
    }

    /// Its name on the bus.
    fn bus(&self) -> [String; 2] {
        let name = format!("dev-name=netdevsim{}", self.0);
        ["bus-name=netdevsim".to_owned(), name]
    }

    /// The number of its port's network device.
    fn index(&self) -> u64 {
        let ports = ask_upstream(&["dump", "devlink", "port-get"]);
        let name = format!("netdevsim{}", self.0);
        let port = entry(&ports, |port| port["dev-name"] == *name);
        port["port-netdev-ifindex"]
            .as_u64()
            .expect("a network device")
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        let _ = fs::write("/sys/bus/netdevsim/del_device", self.0.to_string());
    }
}

/// Asks one thing about a device by what names it on its bus.
fn of(device: &Device, command: &[&str]) -> Value {
    let bus = device.bus();
    ask_upstream(&[command, &[&bus[0], &bus[1]]].concat())
}

#[test]
fn devlink_tells_of_a_device_and_of_its_coming() {
    let watch = Watch::start(&["devlink", "config"]);
    let device = Device::new(7);
    watch.until(|event| event["msg"]["dev-name"] == "netdevsim7");
    let info = of(&device, &["do", "devlink", "info-get"]);
    assert_eq!(info["info-driver-name"], "netdevsim", "{info}");
    let ports = ask_upstream(&["dump", "devlink", "port-get"]);
    entry(&ports, |port| port["dev-name"] == "netdevsim7");
    let parameters = ask_upstream(&["dump", "devlink", "param-get"]);
    entry(&parameters, |one| one["param"]["param-name"] == "max_macs");
    drop(device);
    // DEVLINK_CMD_DEL, which the tree's spec does not have, is told by its number.
    watch.until(|event| event["name"] == 4);
}

#[test]
fn ethtool_tells_and_changes_the_rings_of_a_device() {
    let device = Device::new(8);
    let header = json!({ "header": { "dev-index": device.index() } });
    let rings = ask_upstream(&["do", "ethtool", "rings-get", &header.to_string()]);
    assert!(rings["rx-max"].as_u64() > Some(0), "{rings}");
    let pause = json!({ "header": { "dev-index": device.index() }, "rx": 1 });
    ask_upstream(&["do", "ethtool", "pause-set", &pause.to_string()]);
    let pause = ask_upstream(&["do", "ethtool", "pause-get", &header.to_string()]);
    assert_eq!(pause["rx"], 1, "{pause}");
}

#[test]
fn netdev_tells_of_queues_and_of_a_device_s_abilities() {
    let device = Device::new(9);
    let index = format!("ifindex={}", device.index());
    let one = ask_upstream(&["do", "netdev", "dev-get", &index]);
    assert!(one["xdp-features"].is_array(), "{one}");
    let statistics = ask_upstream(&["dump", "netdev", "qstats-get", &index]);
    entry(&statistics, |one| one["rx-packets"].is_u64());
    let said = refused(&["do", "netdev", "dev-get", "ifindex=4242"]);
    assert!(said.contains("ENODEV"), "{said}");
}

#[test]
fn the_page_shows_devlink() {
    page_shows("DEVLINK");
}
