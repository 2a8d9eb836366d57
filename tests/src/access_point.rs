// SPDX-License-Identifier: MIT OR Apache-2.0

//! An open access point on a simulated radio. `genlkit` starts it; its stations are answered here, because they wait for
//! half a second only.

use crate::genlkit::ask;
use crate::radios::{FREQUENCY, NAME, address, set};
use crate::raw::{Family, RawSocket, Request};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use serde_json::json;
use std::os::fd::AsFd as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

/// Rates in 500 kbit/s; those of 802.11b must be had.
const RATES: [u8; 8] = [0x82, 0x84, 0x8b, 0x96, 0x0c, 0x12, 0x18, 0x24];

/// Commands and attributes.
///
/// C header: `linux/nl80211.h`
const NEW_STATION: u8 = 19;
const REGISTER_FRAME: u8 = 58;
const SEND_FRAME: u8 = 59;
const IFINDEX: u16 = 3;
const MAC: u16 = 6;
const STA_AID: u16 = 16;
const STA_LISTEN_INTERVAL: u16 = 18;
const STA_SUPPORTED_RATES: u16 = 19;
const FRAME: u16 = 51;
const STA_FLAGS2: u16 = 67;
const FRAME_MATCH: u16 = 91;
const FRAME_TYPE: u16 = 101;

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
    device: u32,
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
        let device = u32::try_from(device).expect("an index");
        let over = Arc::new(AtomicBool::new(false));
        let desk = Desk::open(device, own);
        let end = Arc::clone(&over);
        let answering = Some(thread::spawn(move || desk.answer_until(&end)));
        let start = json!({ "ifindex": device, "beacon-interval": 100, "dtim-period": 2,
            "ssid": NAME, "wiphy-freq": FREQUENCY, "auth-type": 0, "beacon-tail": "",
            "beacon-head": hex(&beacon(own)) });
        ask(&["do", "nl80211", "start-ap", &start.to_string()]);
        Self {
            device,
            own,
            over,
            answering,
        }
    }

    /// Its device's index.
    pub fn device(&self) -> u32 {
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

/// Where stations ask: the socket that is told their frames, and one to answer with.
struct Desk {
    device: u32,
    own: Mac,
    family: Family,
    asked: RawSocket,
    answers: RawSocket,
}

impl Desk {
    fn open(device: u32, own: Mac) -> Self {
        let (asked, answers) = (RawSocket::generic(), RawSocket::generic());
        let family = asked.family("nl80211");
        for kind in [AUTHENTICATION, ASSOCIATION_REQUEST] {
            let wanted = Request::of(&family, REGISTER_FRAME).u32(IFINDEX, device);
            let wanted = wanted.attr(FRAME_TYPE, &u16::from(kind).to_ne_bytes());
            let said = asked.ask(wanted.attr(FRAME_MATCH, &[]).ack());
            assert!(said.single().is_ack(), "{said:?}");
        }
        Self {
            device,
            own,
            family,
            asked,
            answers,
        }
    }

    fn answer_until(&self, end: &AtomicBool) {
        while !end.load(Ordering::Relaxed) {
            let mut waiting = [PollFd::new(self.asked.as_fd().as_fd(), PollFlags::POLLIN)];
            let _ = poll(&mut waiting, PollTimeout::from(50u8));
            for message in self.asked.answers().messages() {
                if let Some(frame) = message.attr(FRAME) {
                    self.answer(frame.payload());
                }
            }
        }
    }

    fn answer(&self, frame: &[u8]) {
        let (Some(kind), Some(station)) = (frame.first(), frame.get(10..16)) else {
            return;
        };
        let station: Mac = station.try_into().expect("six bytes");
        if *kind == AUTHENTICATION {
            // Open, the second of two messages, success.
            self.send(AUTHENTICATION, station, &[0, 0, 2, 0, 0, 0]);
            return;
        }
        // AUTHORIZED, AUTHENTICATED and ASSOCIATED are meant and set.
        let flags = [0xa2u32, 0xa2].map(u32::to_ne_bytes).concat();
        let new = Request::of(&self.family, NEW_STATION)
            .u32(IFINDEX, self.device)
            .attr(MAC, &station)
            .attr(STA_AID, &1u16.to_ne_bytes())
            .attr(STA_LISTEN_INTERVAL, &10u16.to_ne_bytes())
            .attr(STA_SUPPORTED_RATES, &RATES)
            .attr(STA_FLAGS2, &flags);
        self.answers.ask(new.ack());
        // An access point, success, number 1.
        let fixed = [1, 0, 0, 0, 1, 0xc0];
        self.send(
            ASSOCIATION_RESPONSE,
            station,
            &[&fixed[..], &element(1, &RATES)].concat(),
        );
    }

    fn send(&self, kind: u8, to: Mac, body: &[u8]) {
        let frame = [&header(kind, to, self.own)[..], body].concat();
        let send = Request::of(&self.family, SEND_FRAME).u32(IFINDEX, self.device);
        self.answers.ask(send.attr(FRAME, &frame).ack());
    }
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

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
