// SPDX-License-Identifier: MIT OR Apache-2.0
//! Keeps a table of all families for a tenth of a second, whatever comes, goes or is lost meanwhile.

use genlkit::client::{Client, Event};
use genlkit::nlctrl::{FAMILY, FamilyReply, GetFamilies, Notification};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Families by name, with the types of their messages.
type Families = BTreeMap<String, u16>;

pub(crate) fn main() -> Result<(), genlkit::Error> {
    let families = follow(Duration::from_millis(100))?;
    for (name, id) in families {
        println!("{id:#06x} {name}");
    }
    Ok(())
}

/// What there is after so long.
pub(crate) fn follow(time: Duration) -> Result<Families, genlkit::Error> {
    let mut client = Client::open()?;
    // First joined, then read: what happens in between is told, and changes nothing a second time.
    client.subscribe(&FAMILY, "notify")?;
    let mut families = read(&mut client)?;
    let deadline = Instant::now() + time;
    let mut events = client.events::<Notification>();
    while let Some(event) = events.next_until(deadline)? {
        match event {
            Event::Notification { notification, .. } => match notification {
                Notification::NewFamily(family) => families.extend(entry(&family)),
                Notification::DelFamily(family) => {
                    entry(&family).map(|(name, _)| families.remove(&name));
                }
                _ => {}
            },
            // The kernel had no room for some of what it told.
            Event::Resync => families = read(events.client())?,
            _ => {}
        }
    }
    Ok(families)
}

fn read(client: &mut Client) -> Result<Families, genlkit::Error> {
    let families = client.collect(&GetFamilies, 3, entry)?;
    Ok(families.into_iter().flatten().collect())
}

fn entry(family: &FamilyReply<'_>) -> Option<(String, u16)> {
    Some((family.name?.to_string(), family.id?))
}
