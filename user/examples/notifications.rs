// SPDX-License-Identifier: MIT OR Apache-2.0
//! Listens for families that come and go, for a tenth of a second.

use genlkit::client::{Client, Event};
use genlkit::nlctrl::{self, Notification};
use std::time::{Duration, Instant};

pub(crate) fn main() -> Result<(), genlkit::Error> {
    let mut client = Client::open()?;
    client.subscribe(&nlctrl::FAMILY, "notify")?;
    let deadline = Instant::now() + Duration::from_millis(100);
    let mut events = client.events::<Notification>();
    while let Some(event) = events.next_until(deadline)? {
        match event {
            Event::Notification { notification, .. } => println!("{notification:?}"),
            // The kernel had no room. What was kept in step with the events has to be read anew.
            Event::Overrun { drops } => println!("{drops} datagrams lost"),
            _ => {}
        }
    }
    client.unsubscribe(&nlctrl::FAMILY, "notify")
}
