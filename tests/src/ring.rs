// SPDX-License-Identifier: MIT OR Apache-2.0

//! The size of the ring that taskdiag's events wait in.

use genlkit::{
    client::Client,
    generated::taskdiag::{ConfigGetRequest, ConfigSetRequest},
};

/// Has the ring another size until it is dropped.
#[derive(Debug)]
pub struct Ring(u32);

impl Ring {
    /// Room for so many events; 256 is the least there is.
    ///
    /// # Panics
    ///
    /// If the caller may not set it.
    pub fn of(size: u32) -> Self {
        let mut client = Client::open().expect("a socket");
        let before = client.call(&ConfigGetRequest::new());
        set(size);
        Self(before.expect("anyone may").ring_size.expect("a size"))
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        set(self.0);
    }
}

fn set(size: u32) {
    let mut client = Client::open().expect("a socket");
    let request = ConfigSetRequest::new().ring_size(size);
    client.call(&request).expect("root may");
}
