// SPDX-License-Identifier: MIT OR Apache-2.0

//! An open access point on a simulated radio. `genlkit` starts it; its stations are let in by the engine behind
//! `genlkit`, in this process, because they wait for half a second only.

use crate::genlkit::ask;
use crate::radios::{FREQUENCY, NAME, address, set};
use genlkit::ynl::client::{Answer, Call, CallError, Client, Event, Mode};
use genlkit::ynl::specs;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Rates in 500 kbit/s; those of 802.11b must be had.
const RATES: [u8; 8] = [0x82, 0x84, 0x8b, 0x96, 0x0c, 0x12, 0x18, 0x24];

/// Kinds of frames, by their first byte.
const BEACON: u8 = 0x80;
const AUTHENTICATION: u8 = 0xb0;
const ASSOCIATION_REQUEST: u8 = 0x00;
const ASSOCIATION_RESPONSE: u8 = 0x10;
const DEAUTHENTICATION: u8 = 0xc0;

/// An address.
type Mac = [u8; 6];

/// An access point that lets every station in, until it is dropped.
#[derive(Debug)]
pub struct AccessPoint {
    device: u64,
    own: Mac,
    over: Arc<AtomicBool>,
    answering: Option<JoinHandle<()>>,
}

impl AccessPoint {
    /// Makes a device an access point.
    ///
    /// # Panics
    ///
    /// Where the kernel refuses.
    pub fn start(device: u64, name: &str) -> Self {
        set(device, "ap");
        let own = mac(&address(name));
        let over = Arc::new(AtomicBool::new(false));
        let desk = Desk::open(device, own);
        let end = Arc::clone(&over);
        let answering = Some(thread::spawn(move || desk.answer_until(&end)));
        begin(device, name);
        Self {
            device,
            own,
            over,
            answering,
        }
    }

    /// Its device's index.
    pub fn device(&self) -> u64 {
        self.device
    }

    /// The frame that tells a station that it is no longer one, and why, as digits.
    pub fn farewell(&self, station: &str, reason: u16) -> String {
        let header = header(DEAUTHENTICATION, mac(station), self.own);
        hex(&[&header[..], &reason.to_le_bytes()].concat())
    }
}

impl Drop for AccessPoint {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        let _ = self.answering.take().map(JoinHandle::join);
    }
}

/// Makes a device that can be one an access point; nobody answers its stations.
///
/// # Panics
///
/// Where the kernel refuses.
pub fn begin(device: u64, name: &str) {
    let start = json!({ "ifindex": device, "beacon-interval": 100, "dtim-period": 2,
        "ssid": NAME, "wiphy-freq": FREQUENCY, "auth-type": 0, "beacon-tail": "",
        "beacon-head": hex(&beacon(mac(&address(name)))) });
    ask(&["do", "nl80211", "start-ap", &start.to_string()]);
}

/// What a station is to be one of an access point's, but for its device, address and number.
pub fn station() -> Value {
    json!({ "sta-listen-interval": 10, "sta-supported-rates": hex(&RATES) })
}

/// Where stations ask: the socket that is told their frames, and one to answer with.
struct Desk {
    device: u64,
    own: Mac,
    asked: Client,
    answers: Client,
}

impl Desk {
    fn open(device: u64, own: Mac) -> Self {
        let (mut asked, answers) = (client(), client());
        for kind in [AUTHENTICATION, ASSOCIATION_REQUEST] {
            let wanted = json!({ "ifindex": device, "frame-type": kind, "frame-match": "" });
            call(&mut asked, "register-frame", &wanted).expect("the frames of stations");
        }
        Self {
            device,
            own,
            asked,
            answers,
        }
    }

    fn answer_until(mut self, end: &AtomicBool) {
        while !end.load(Ordering::Relaxed) {
            let soon = Instant::now() + Duration::from_millis(50);
            let mut frames = Vec::new();
            let told = self.asked.events(Some(soon), |event| {
                if let Event::Message { value, .. } = event {
                    frames.push(value);
                }
                false
            });
            told.expect("the socket lives");
            for frame in frames {
                let digits = frame["frame"].as_str().expect("bytes");
                self.answer(&bytes(digits));
            }
        }
    }

    fn answer(&mut self, frame: &[u8]) {
        let (Some(kind), Some(station)) = (frame.first(), frame.get(10..16)) else {
            return;
        };
        let station: Mac = station.try_into().expect("six bytes");
        if *kind == AUTHENTICATION {
            // Open, the second of two messages, success.
            self.send(AUTHENTICATION, station, &[0, 0, 2, 0, 0, 0]);
            return;
        }
        let flags = json!(["authorized", "authenticated", "associated"]);
        let mut new = self::station();
        new["ifindex"] = self.device.into();
        new["mac"] = text(station).into();
        new["sta-aid"] = 1.into();
        new["sta-flags2"] = json!({ "mask": flags, "set": flags });
        // One that asks again is there already.
        let _ = call(&mut self.answers, "new-station", &new);
        // An access point, success, number 1.
        let fixed = [1, 0, 0, 0, 1, 0xc0];
        self.send(
            ASSOCIATION_RESPONSE,
            station,
            &[&fixed[..], &element(1, &RATES)].concat(),
        );
    }

    fn send(&mut self, kind: u8, to: Mac, body: &[u8]) {
        let frame = [&header(kind, to, self.own)[..], body].concat();
        let frame = json!({ "ifindex": self.device, "frame": hex(&frame) });
        // It does not go where the device is no access point yet, or no longer: the station asks again.
        let _ = call(&mut self.answers, "frame", &frame);
    }
}

fn client() -> Client {
    let codec = specs::family("nl80211").expect("a spec in the program");
    Client::open(codec).expect("a socket")
}

fn call(client: &mut Client, op: &str, value: &Value) -> Result<Answer, CallError> {
    let value = value.as_object().expect("an object");
    client.call(&Call::new(op, Mode::Do, value))
}

/// A frame's header: kind, time, to, from, network, number.
fn header(kind: u8, to: Mac, own: Mac) -> Vec<u8> {
    [&[kind, 0, 0, 0], &to[..], &own, &own, &[0, 0]].concat()
}

/// The beacon up to the list of who has packets.
fn beacon(own: Mac) -> Vec<u8> {
    let name = [0x6c, 0x61, 0x62];
    [
        header(BEACON, [0xff; 6], own),
        // Its clock, which the radio fills in, 100 units of time, and that it is an access point.
        vec![0, 0, 0, 0, 0, 0, 0, 0, 100, 0, 1, 0],
        element(0, &name),
        element(1, &RATES),
        element(3, &[1]),
    ]
    .concat()
}

/// An element of a frame.
fn element(number: u8, bytes: &[u8]) -> Vec<u8> {
    let len = u8::try_from(bytes.len()).expect("it is short");
    [&[number, len], bytes].concat()
}

fn mac(text: &str) -> Mac {
    let bytes: Vec<u8> = text
        .split(':')
        .map(|digits| u8::from_str_radix(digits, 16).expect("two digits"))
        .collect();
    bytes.try_into().expect("six bytes")
}

fn text(mac: Mac) -> String {
    mac.map(|byte| format!("{byte:02x}")).join(":")
}

fn bytes(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks_exact(2);
    let text = pairs.filter_map(|pair| std::str::from_utf8(pair).ok());
    text.filter_map(|pair| u8::from_str_radix(pair, 16).ok())
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
