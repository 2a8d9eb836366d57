// SPDX-License-Identifier: MIT OR Apache-2.0
//! Lists all families: one request, any number of entries, each borrowing the receive buffer.

use genlkit::client::Client;
use genlkit::nlctrl::GetFamilies;

pub(crate) fn main() -> Result<(), genlkit::Error> {
    let mut client = Client::open()?;
    let mut families = client.dump(&GetFamilies)?;
    while let Some(family) = families.next()? {
        println!(
            "{} {}",
            family.id.unwrap_or(0),
            family.name.unwrap_or_default()
        );
    }
    drop(families);

    // A dump may be left early: the next request is not disturbed.
    let mut first = client.dump(&GetFamilies)?;
    assert!(first.next()?.is_some());
    drop(first);

    // Asked again where families came or went meanwhile, three times at most.
    let ids = client.collect(&GetFamilies, 3, |family| family.id)?;
    println!("{} families", ids.len());
    Ok(())
}
