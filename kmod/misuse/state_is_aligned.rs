// SPDX-License-Identifier: GPL-2.0-only

//! The core allocates the state of a network namespace.
//!
//! error: the state of a network namespace is aligned to more than 8 bytes

#[macro_use]
mod base;
use base::prelude::*;

/// A state.
#[repr(align(64))]
pub struct Aligned([u8; 64]);

impl genl::NetState for Aligned {
    fn init() -> impl PinInit<Self, Error> {
        Ok(Self([0; 64]))
    }
}

/// A handler.
pub struct Case;

module_of!(Case);

impl Handler for Case {
    type Net = Aligned;

    method!(init);
    method!(ping);
    method!(task_get);
    method!(dump);
    method!(others);
}
