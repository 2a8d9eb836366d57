// SPDX-License-Identifier: MIT OR Apache-2.0
//! Sends many requests at once: 32 in a datagram, an answer for each.

use genlkit::client::Client;
use genlkit::nlctrl::GetFamily;

pub(crate) fn main() -> Result<(), genlkit::Error> {
    let mut client = Client::open()?;
    let names = ["nlctrl", "no-such", "TASKSTATS"];
    let mut answers = client.batch(names.map(|name| GetFamily { name }));
    for name in names {
        match answers.next() {
            Some(Ok(family)) => println!("{name} {}", family.id.unwrap_or(0)),
            // One that fails does not hold up those after it.
            Some(Err(error)) => println!("{name}: {error}"),
            None => break,
        }
    }
    Ok(())
}
