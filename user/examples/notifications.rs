// SPDX-License-Identifier: MIT OR Apache-2.0
//! Listens for families that come and go, for a tenth of a second.

use genlkit::client::{Client, Event};
use genlkit::nlctrl::{self, Notification};
use std::time::{Duration, Instant};

pub(crate) fn main() -> Result<(), genlkit::Error> {
    let heard = listen(Duration::from_millis(100))?;
    println!("{heard} notifications");
    Ok(())
}

/// Prints what is heard, and returns how many notifications.
pub(crate) fn listen(time: Duration) -> Result<u32, genlkit::Error> {
    let mut client = Client::open()?;
    client.subscribe(&nlctrl::FAMILY, "notify")?;
    let deadline = Instant::now() + time;
    let mut heard = 0;
    let mut events = client.events::<Notification>();
    while let Some(event) = events.next_until(deadline)? {
        match event {
            Event::Notification { notification, .. } => {
                println!("{notification:?}");
                heard += 1;
            }
            // The kernel had no room.
            Event::Overrun { drops } => println!("{drops} datagrams lost"),
            // Here is where to dump again what is kept in step with the events.
            Event::Resync => println!("families may have come and gone unheard"),
            _ => {}
        }
    }
    client.unsubscribe(&nlctrl::FAMILY, "notify")?;
    Ok(heard)
}
