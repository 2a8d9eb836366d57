// SPDX-License-Identifier: MIT OR Apache-2.0

//! Two radios of mac80211_hwsim that hear each other, and what is done with their devices, through `genlkit`.

use crate::genlkit::{self, ask, module_with};
use serde_json::json;
use std::fs;

/// "lab", as the bytes of a network's name.
pub const NAME: &str = "6c6162";

/// The frequency of every network here, in MHz.
pub const FREQUENCY: u32 = 2412;

/// Loads the radios; their devices are wlan0 and wlan1.
///
/// # Panics
///
/// Where they are not there then.
pub fn radios() -> (u64, u64) {
    module_with("mac80211_hwsim", c"radios=2");
    (index("wlan0"), index("wlan1"))
}

/// Unloads the radios and all that is behind them, whose rules of a country go with it.
///
/// # Panics
///
/// Where something still uses them.
pub fn unload() {
    for name in [c"mac80211_hwsim", c"mac80211", c"cfg80211"] {
        genlkit::unload(name);
    }
}

fn index(name: &str) -> u64 {
    let path = format!("/sys/class/net/{name}/ifindex");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    text.trim().parse().expect("a number")
}

/// The address of a device, as `genlkit` prints it.
///
/// # Panics
///
/// Where there is no such device.
pub fn address(name: &str) -> String {
    let path = format!("/sys/class/net/{name}/address");
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    text.trim().to_owned()
}

/// Switches a device off.
pub fn down(device: u64) {
    flags(device, "ifi-flags=0");
}

fn flags(device: u64, flags: &str) {
    let index = format!("ifi-index={device}");
    ask(&["do", "rt-link", "setlink", &index, flags, "ifi-change=1"]);
}

/// Makes a device what it shall be, and switches it on.
pub fn set(device: u64, kind: &str) {
    down(device);
    let (index, kind) = (format!("ifindex={device}"), format!("iftype={kind}"));
    ask(&["do", "nl80211", "set-interface", &index, &kind]);
    flags(device, "ifi-flags=up");
}

/// Joins a network without access point, at once: with its address and frequency given, it is not looked for first.
pub fn join(device: u64) {
    let request = json!({ "ifindex": device, "ssid": NAME, "mac": "02:6c:61:62:00:01",
        "wiphy-freq": FREQUENCY, "freq-fixed": true });
    ask(&["do", "nl80211", "join-ibss", &request.to_string()]);
}
