// SPDX-License-Identifier: GPL-2.0-only

//! A registration that safe code could make, it could also forget.
//!
//! error: call to unsafe function `genl::Registration::<H>::new` is unsafe

#[macro_use]
mod base;
use base::prelude::*;

/// A handler.
pub struct Case;

module_of!(Case);

impl Handler for Case {
    method!(state);
    method!(init);
    method!(ping);
    method!(task_get);
    method!(dump);
    method!(others);
}

/// Registers the family again.
pub fn again(module: &'static ThisModule) -> impl PinInit<genl::Registration<Case>, Error> {
    genl::Registration::new(module)
}
