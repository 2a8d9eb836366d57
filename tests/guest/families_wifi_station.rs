// SPDX-License-Identifier: MIT OR Apache-2.0

//! nl80211, with an access point on one simulated radio and its station on the other, by exchanges through `genlkit`.

use genlkit_tests::access_point::AccessPoint;
use genlkit_tests::genlkit::{Watch, ask, entry, page_shows};
use genlkit_tests::radios::{FREQUENCY, NAME, address, radios, set};
use serde_json::{Value, json};

/// An access point at wlan1, and wlan0's index once it is its station.
fn connected(events: &Watch) -> (AccessPoint, u64) {
    let (here, there) = radios();
    let point = AccessPoint::start(there, "wlan1");
    set(here, "station");
    // On a busy machine an answer can come after the half second that a station waits.
    let mut event = connect(here, events);
    for _ in 0..9 {
        if event["msg"]["timed-out"] != true {
            break;
        }
        event = connect(here, events);
    }
    assert_eq!(event["msg"]["ifindex"], here, "{event}");
    assert_eq!(event["msg"]["status-code"], 0, "{event}");
    assert_eq!(event["msg"]["mac"], address("wlan1"), "{event}");
    (point, here)
}

/// Asks an access point to let a device in, and waits for what comes of it.
fn connect(device: u64, events: &Watch) -> Value {
    let request = json!({ "ifindex": device, "ssid": NAME, "wiphy-freq": FREQUENCY,
        "auth-type": 0 });
    ask(&["do", "nl80211", "connect", &request.to_string()]);
    events.named("connect-ntf")
}

#[test]
fn nl80211_connects_to_an_access_point_and_tells_of_it_on_both_sides() {
    radios();
    let events = Watch::start(&["nl80211", "mlme"]);
    let (point, here) = connected(&events);

    let index = format!("ifindex={here}");
    let heard = ask(&["dump", "nl80211", "get-scan", &index]);
    let network = entry(&heard, |entry| entry["bss"]["status"] == "associated");
    assert_eq!(network["bss"]["bssid"], address("wlan1"), "{network}");
    let device = ask(&["do", "nl80211", "get-interface", &index]);
    assert_eq!(device["ssid"], NAME, "{device}");
    let mac = format!("mac={}", address("wlan1"));
    let station = ask(&["do", "nl80211", "get-station", &index, &mac]);
    let info = &station["sta-info"];
    assert!(info["beacon-rx"].is_u64(), "{info}");
    assert!(info["signal"].as_i64() < Some(0), "{info}");

    let there = format!("ifindex={}", point.device());
    let stations = ask(&["dump", "nl80211", "get-station", &there]);
    let station = entry(&stations, |entry| entry["mac"] == address("wlan0"));
    let flags = station["sta-info"]["sta-flags"]["set"].as_array();
    let authorized = flags.is_some_and(|flags| flags.contains(&json!("authorized")));
    assert!(authorized, "{station}");

    // The access point sends its station away, and the station hears why.
    let farewell = point.farewell(&address("wlan0"), 3);
    let frame = json!({ "ifindex": point.device(), "frame": farewell }).to_string();
    let sent = ask(&["do", "nl80211", "frame", &frame]);
    let is_it = |event: &Value| event["msg"]["cookie"] == sent["cookie"];
    let status = events.until(|event| event["name"] == "frame-tx-status" && is_it(event));
    assert_eq!(status["msg"]["ack"], true, "{status}");
    let event = events.named("disconnect-ntf");
    let facts = (&event["msg"]["ifindex"], &event["msg"]["reason-code"]);
    assert_eq!(facts, (&json!(here), &json!(3)), "{event}");
}

#[test]
fn nl80211_tells_when_the_signal_falls_below_a_threshold_and_rises_again() {
    radios();
    let events = Watch::start(&["nl80211", "mlme"]);
    let (point, here) = connected(&events);
    let request = json!({ "ifindex": here, "cqm": { "rssi-thold": [-44], "rssi-hyst": 4 } });
    ask(&["do", "nl80211", "set-cqm", &request.to_string()]);
    // What is heard is what is sent, less 50 dB.
    for (power, expected) in [("fixed", "low"), ("automatic", "high")] {
        let request = json!({ "ifindex": point.device(), "wiphy-tx-power-setting": power,
            "wiphy-tx-power-level": 0 });
        ask(&["do", "nl80211", "set-wiphy", &request.to_string()]);
        let event = events.until(|event| event["msg"]["cqm"]["rssi-threshold-event"] == expected);
        assert_eq!(event["name"], "notify-cqm", "{event}");
        let level = event["msg"]["cqm"]["rssi-level"]
            .as_i64()
            .expect("a number");
        assert_eq!(level < -44, expected == "low", "{event}");
    }

    // Only this socket is told what the station says to the access point when it leaves.
    let wanted = json!({ "ifindex": point.device(), "frame-type": 0xc0, "frame-match": "" });
    let frames = Watch::start(&["nl80211", "--call", &format!("register-frame {wanted}")]);
    let index = format!("ifindex={here}");
    ask(&["do", "nl80211", "disconnect", &index, "reason-code=8"]);
    let event = frames.named("frame-ntf");
    let frame = event["msg"]["frame"].as_str().expect("bytes");
    let is_farewell = frame.starts_with("c000") && frame.ends_with("0800");
    assert!(is_farewell, "{event}");
    assert_eq!(event["msg"]["wiphy-freq"], FREQUENCY, "{event}");
}

#[test]
fn the_page_shows_nl80211_stations() {
    radios();
    let events = Watch::start(&["nl80211", "mlme"]);
    let _connected = connected(&events);
    page_shows("NL80211 stations");
}
