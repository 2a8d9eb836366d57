// SPDX-License-Identifier: MIT OR Apache-2.0

//! nl80211's countries, by exchanges through `genlkit`: the kernel asks for the rules of each in an event of the device
//! regulatory.0, since the guest has no file of them, and a program answers.

use genlkit_tests::genlkit::{Watch, ask, run};
use genlkit_tests::radios::{radios, unload};
use serde_json::json;

/// What the kernel is told of a country: its name, and the power that is allowed there.
fn rules(country: &str, power: u32) -> String {
    json!({ "reg-alpha2": country, "dfs-region": "etsi", "reg-rules": [{ "0": {
        "flags": ["no-outdoor"], "freq-range-start": 2_400_000, "freq-range-end": 2_483_500,
        "freq-range-max-bw": 40_000, "power-rule-max-eirp": power } }] })
    .to_string()
}

/// Answers what the kernel asks until it has taken the rules of a country. It waits for three seconds each time.
fn answer(asked: &Watch, country: &str, power: u32) {
    loop {
        asked.until(|event| event["msg"]["env"]["COUNTRY"] == country);
        // Too late where it has given up and asks anew.
        if run(&["do", "nl80211", "set-reg", &rules(country, power)]).status == 0 {
            return;
        }
    }
}

#[test]
fn nl80211_asks_for_the_rules_of_the_world_and_of_a_country_and_tells_of_the_change() {
    // From the first question on: after ten without an answer the kernel asks no more.
    unload();
    let asked = Watch::start(&["uevent"]);
    radios();
    let watch = Watch::start(&["nl80211", "regulatory"]);
    answer(&asked, "00", 1_500);
    let event = watch.named("reg-change");
    assert_eq!(event["msg"]["reg-type"], "world", "{event}");

    ask(&["do", "nl80211", "req-set-reg", "reg-alpha2=DE"]);
    answer(&asked, "DE", 1_200);
    let event = watch.until(|event| event["msg"]["reg-alpha2"] == "DE");
    assert_eq!(event["name"], "reg-change", "{event}");
    let facts = (&event["msg"]["reg-initiator"], &event["msg"]["reg-type"]);
    assert_eq!(facts, (&json!("user"), &json!("country")), "{event}");

    let now = ask(&["do", "nl80211", "get-reg"]);
    let rule = &now["reg-rules"][0]["0"];
    assert_eq!(
        (&now["reg-alpha2"], &now["dfs-region"]),
        (&json!("DE"), &json!("etsi")),
        "{now}"
    );
    assert_eq!(rule["power-rule-max-eirp"], 1_200, "{now}");
    assert_eq!(rule["flags"], json!(["no-outdoor"]), "{now}");
    // The rules stay with the kernel's part that is unloaded here.
    unload();
}
