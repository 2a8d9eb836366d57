// SPDX-License-Identifier: MIT OR Apache-2.0

//! nl80211, with two radios of mac80211_hwsim that hear each other, by exchanges through `genlkit`.

use genlkit_tests::genlkit::{Watch, ask, entry, page_shows, refused};
use genlkit_tests::radios::{address, down, join, radios, set};
use serde_json::{Value, json};
use std::net::UdpSocket;
use std::thread::sleep;
use std::time::Duration;

#[test]
fn nl80211_lists_both_radios_in_parts_with_their_bands() {
    radios();
    let parts = ask(&["dump", "nl80211", "get-wiphy", "split-wiphy-dump=true"]);
    for name in ["phy0", "phy1"] {
        entry(&parts, |part| part["wiphy-name"] == name);
    }
    entry(&parts, |part| !part["wiphy-bands"].is_null());
    let commands = entry(&parts, |part| !part["supported-commands"].is_null());
    assert!(
        commands["supported-commands"].as_array().map(Vec::len) > Some(10),
        "{commands}"
    );
}

#[test]
fn nl80211_makes_an_interface_and_tells_of_it() {
    radios();
    let watch = Watch::start(&["nl80211", "config"]);
    let made = ask(&[
        "do",
        "nl80211",
        "new-interface",
        "wiphy=0",
        "ifname=mon0",
        "iftype=monitor",
    ]);
    assert_eq!(made["iftype"], "monitor", "{made}");
    let event = watch.until(|event| event["msg"]["ifname"] == "mon0");
    assert_eq!(event["name"], "new-interface-ntf");
    let all = ask(&["dump", "nl80211", "get-interface"]);
    entry(&all, |entry| {
        entry["ifname"] == "mon0" && entry["iftype"] == "monitor"
    });
    ask(&[
        "do",
        "nl80211",
        "del-interface",
        &format!("ifindex={}", made["ifindex"]),
    ]);
    watch.named("del-interface-ntf");
}

#[test]
fn nl80211_scans_joins_and_counts_stations_and_the_channel() {
    let (here, there) = radios();
    set(here, "station");
    set(there, "adhoc");
    join(there);

    let watch = Watch::start(&["nl80211", "scan"]);
    ask(&["do", "nl80211", "trigger-scan", &format!("ifindex={here}")]);
    watch.named("new-scan-results");
    let found = ask(&["dump", "nl80211", "get-scan", &format!("ifindex={here}")]);
    let network = entry(&found, |entry| entry["bss"]["frequency"] == 2412);
    assert!(network["bss"]["signal-mbm"].is_i64(), "{network}");

    let watch = Watch::start(&["nl80211", "mlme"]);
    set(here, "adhoc");
    join(here);
    // The other is told of one as well.
    watch.until(|event| event["name"] == "new-station-ntf" && event["msg"]["ifindex"] == here);
    let stations = ask(&["dump", "nl80211", "get-station", &format!("ifindex={here}")]);
    let peer = entry(&stations, |station| station["sta-info"].is_object());
    assert_eq!(peer["mac"], address("wlan1"), "{peer}");
    let survey = ask(&["dump", "nl80211", "get-survey", &format!("ifindex={here}")]);
    entry(&survey, |entry| entry["survey-info"]["frequency"] == 2412);
}

#[test]
fn nl80211_takes_thresholds_of_the_signal_where_there_is_a_station() {
    let (here, there) = radios();
    let request = |device| {
        json!({ "ifindex": device, "cqm": { "rssi-thold": [-50], "rssi-hyst": 4 } }).to_string()
    };
    set(here, "station");
    ask(&["do", "nl80211", "set-cqm", &request(here)]);
    set(there, "adhoc");
    let said = refused(&["do", "nl80211", "set-cqm", &request(there)]);
    assert!(said.contains("EOPNOTSUPP"), "{said}");
}

#[test]
fn nl80211_tells_of_packets_that_a_peer_no_longer_acknowledges() {
    let (here, there) = radios();
    for device in [here, there] {
        set(device, "adhoc");
    }
    join(there);
    let watch = Watch::start(&["nl80211", "mlme"]);
    join(here);
    watch.named("new-station-ntf");
    let mac = address("wlan1");
    let own =
        json!({ "ifa-family": 2, "ifa-prefixlen": 24, "ifa-index": here, "local": "192.0.2.1" });
    ask(&["do", "rt-addr", "newaddr", "--create", &own.to_string()]);
    let peer = json!({ "ndm-family": 2, "ndm-ifindex": here, "ndm-state": "permanent",
        "dst": "192.0.2.2", "lladdr": mac });
    ask(&["do", "rt-neigh", "newneigh", "--create", &peer.to_string()]);
    down(there);

    // Fifty in a row, and a second without any acknowledgement.
    let socket = UdpSocket::bind("192.0.2.1:0").expect("the address is there");
    for _ in 0..150 {
        let _ = socket.send_to(b"lost", "192.0.2.2:9");
        sleep(Duration::from_millis(20));
    }
    let event = watch.named("notify-cqm");
    assert_eq!(event["msg"]["mac"], mac, "{event}");
    let lost = &event["msg"]["cqm"]["pkt-loss-event"];
    assert!(lost.as_u64() >= Some(50), "{event}");
}

#[test]
fn nl80211_tells_the_rules_of_the_world_and_takes_a_wish() {
    radios();
    let now = ask(&["do", "nl80211", "get-reg"]);
    assert_eq!(now["reg-alpha2"], "00", "{now}");
    let rules = now["reg-rules"].as_array().map(Vec::len);
    assert!(rules > Some(0), "{now}");
    let said = ask(&["do", "nl80211", "req-set-reg", "reg-alpha2=DE"]);
    assert_eq!(said, Value::Null);
}

#[test]
fn the_page_shows_nl80211() {
    let (here, there) = radios();
    set(here, "station");
    set(there, "adhoc");
    page_shows("NL80211");
}
