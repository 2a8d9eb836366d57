// SPDX-License-Identifier: MIT OR Apache-2.0

//! nl80211's access points with their stations and keys, by exchanges through `genlkit`. The stations are entries of
//! the kernel's table; nobody is behind them.

use genlkit_tests::access_point::{begin, station};
use genlkit_tests::genlkit::{Watch, ask, entry, module, page_shows, refused};
use genlkit_tests::netns::both;
use genlkit_tests::radios::{NAME, down, radios, set};
use serde_json::{Value, json};

const STATION: &str = "02:00:00:00:00:77";

/// Makes wlan1 an access point; gives its index.
fn started() -> u64 {
    let (_, there) = radios();
    set(there, "ap");
    begin(there, "wlan1");
    there
}

/// Asks for something about the access point's station.
fn of_station(operation: &str, device: u64, more: &Value) -> Value {
    let request = both(&json!({ "ifindex": device, "mac": STATION }), more);
    ask(&["do", "nl80211", operation, &request.to_string()])
}

/// Adds the station, which has not yet been allowed to send packets.
fn add(device: u64) {
    let is = json!(["authenticated", "associated"]);
    let flags = json!({ "mask": is, "set": is });
    let more = both(&station(), &json!({ "sta-aid": 1, "sta-flags2": flags }));
    of_station("new-station", device, &more);
}

/// Asks for something about a key.
fn key(operation: &str, device: u64, key: &Value) -> Value {
    ask(&[
        "do",
        "nl80211",
        operation,
        &both(&json!({ "ifindex": device }), key).to_string(),
    ])
}

#[test]
fn nl80211_starts_and_stops_an_access_point_and_tells_when_it_goes_with_its_device() {
    radios();
    let events = Watch::start(&["nl80211", "mlme"]);
    let device = started();
    let event = events.named("start-ap-ntf");
    assert_eq!(event["msg"]["ssid"], NAME, "{event}");
    let index = format!("ifindex={device}");
    let now = || ask(&["do", "nl80211", "get-interface", &index]);
    let is = now();
    let facts = (&is["iftype"], &is["ssid"], &is["wiphy-freq"]);
    assert_eq!(facts, (&json!("ap"), &json!(NAME), &json!(2412)), "{is}");
    // Who stops it knows: nobody is told.
    ask(&["do", "nl80211", "stop-ap", &index]);
    assert_eq!(now()["ssid"], Value::Null);
    begin(device, "wlan1");
    assert_eq!(now()["ssid"], NAME);
    events.named("start-ap-ntf");
    down(device);
    let event = events.named("stop-ap-ntf");
    assert_eq!(event["msg"]["ifindex"], device, "{event}");
}

#[test]
fn nl80211_adds_a_station_lets_it_in_and_removes_it() {
    let device = started();
    let events = Watch::start(&["nl80211", "mlme"]);
    add(device);
    let is_it = |event: &Value| event["msg"]["mac"] == STATION;
    assert_eq!(events.until(is_it)["name"], "new-station-ntf");
    let is_authorized = || {
        let now = of_station("get-station", device, &json!({}));
        let flags = now["sta-info"]["sta-flags"]["set"].as_array().cloned();
        flags.expect("flags").contains(&json!("authorized"))
    };
    assert!(!is_authorized());
    let flags = json!({ "mask": ["authorized"], "set": ["authorized"] });
    of_station("set-station", device, &json!({ "sta-flags2": flags }));
    assert!(is_authorized());
    let all = ask(&[
        "dump",
        "nl80211",
        "get-station",
        &format!("ifindex={device}"),
    ]);
    entry(&all, |station| station["mac"] == STATION);
    of_station("del-station", device, &json!({ "reason-code": 3 }));
    assert_eq!(events.until(is_it)["name"], "del-station-ntf");
    let gone = json!({ "ifindex": device, "mac": STATION }).to_string();
    let said = refused(&["do", "nl80211", "get-station", &gone]);
    assert!(said.contains("ENOENT"), "{said}");
}

#[test]
fn nl80211_adds_keys_of_the_group_and_of_a_station_tells_of_them_and_removes_them() {
    ["aes", "ccm", "ctr"].iter().for_each(|name| module(name));
    let device = started();
    add(device);
    let data = "000102030405060708090a0b0c0d0e0f";
    let group = json!({ "key": { "idx": 1, "cipher": "ccmp", "data": data } });
    key("new-key", device, &group);
    let default = json!({ "idx": 1, "default": true, "default-types": { "multicast": true } });
    key("set-key", device, &json!({ "key": default }));
    let told = key("get-key", device, &json!({ "key-idx": 1 }));
    let facts = (&told["key"]["cipher"], &told["key"]["seq"]);
    assert_eq!(facts, (&json!("ccmp"), &json!("000000000000")), "{told}");
    assert!(!told.to_string().contains(data), "{told}");

    let own = json!({ "key": { "idx": 0, "cipher": "ccmp", "data": data, "type": "pairwise" } });
    of_station("new-key", device, &own);
    let which = json!({ "key-idx": 0, "key-type": "pairwise" });
    let told = of_station("get-key", device, &which);
    assert_eq!(
        (&told["mac"], &told["key-cipher"]),
        (&json!(STATION), &json!("ccmp"))
    );
    of_station(
        "del-key",
        device,
        &json!({ "key": { "idx": 0, "type": "pairwise" } }),
    );
    let gone = both(&json!({ "ifindex": device, "mac": STATION }), &which);
    let said = refused(&["do", "nl80211", "get-key", &gone.to_string()]);
    assert!(said.contains("ENOENT"), "{said}");

    // One byte short of a key.
    let short = json!({ "idx": 2, "cipher": "ccmp", "data": "00".repeat(15) });
    let short = json!({ "ifindex": device, "key": short });
    let said = refused(&["do", "nl80211", "new-key", &short.to_string()]);
    assert!(said.contains("key setting validation failed"), "{said}");
    key("del-key", device, &json!({ "key": { "idx": 1 } }));
}

#[test]
fn the_page_shows_nl80211_access_points() {
    let (_, there) = radios();
    set(there, "ap");
    page_shows("NL80211 access points");
}
