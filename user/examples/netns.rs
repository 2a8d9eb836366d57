// SPDX-License-Identifier: MIT OR Apache-2.0
//! Opens a client in another network namespace, given by a file; without an argument, in its own.
//!
//! Only the socket is in that namespace, not the thread. Whoever enters one needs CAP_SYS_ADMIN.

use genlkit::client::Client;
use genlkit::nlctrl::GetFamilies;
use genlkit::transport::{NetNs, Options};

pub(crate) fn main() -> Result<(), genlkit::Error> {
    let path = std::env::args().nth(1).filter(|path| path.starts_with('/'));
    let netns = NetNs::path(path.unwrap_or_else(|| "/proc/self/ns/net".to_owned()));
    let mut client = Client::open_with(&Options::new().netns(netns))?;
    let families = client.collect(&GetFamilies, 3, |family| family.id)?;
    println!("{} families there", families.len());
    Ok(())
}
