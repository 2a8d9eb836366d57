// SPDX-License-Identifier: MIT OR Apache-2.0
//! Asks the controller, which every kernel has, about one family: one request, one reply.

use genlkit::client::Client;
use genlkit::nlctrl::GetFamily;

pub(crate) fn main() -> Result<(), genlkit::Error> {
    let mut client = Client::open()?;
    let family = client.call(&GetFamily { name: "nlctrl" })?;
    println!("id {}", family.id.unwrap_or(0));
    // What can be there several times is decoded while it is iterated over.
    for op in family.ops.flatten() {
        println!("operation {}", op.id.unwrap_or(0));
    }
    match client.call(&GetFamily { name: "no-such" }) {
        Ok(_) => println!("it is there after all"),
        // One type for all that fails: operation, errno, the kernel's words, attribute, what to do.
        Err(error) => println!("{error} ({:?})", error.kind()),
    }
    Ok(())
}
