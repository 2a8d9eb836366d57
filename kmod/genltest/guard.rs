// SPDX-License-Identifier: GPL-2.0-only

//! What comes before an operation and behind it.

use crate::{
    fault::outcome,
    few::Few,
    genltest::{GuardRequest, Step},
    space::Space,
};
use genl::Sent;
use kernel::prelude::*;
use kernel::sync::{new_mutex, Mutex};

/// The steps since the last reply.
#[pin_data]
pub(crate) struct Steps {
    #[pin]
    steps: Mutex<Few<u8, 32>>,
}

impl Steps {
    /// None yet.
    pub(crate) fn new() -> impl PinInit<Self> {
        pin_init!(Self {
            steps <- new_mutex!(Few::new(0)),
        })
    }

    fn push(&self, step: Step) {
        // A test that does more sees too few.
        let _ = self.steps.lock().push(step as u8);
    }

    fn take(&self) -> Few<u8, 32> {
        core::mem::replace(&mut *self.steps.lock(), Few::new(0))
    }
}

/// What is held during the operation.
pub struct Guard<'h>(&'h Space);

impl<'h> Guard<'h> {
    /// Looks whether the operation may be called.
    pub(crate) fn new(space: &'h Space, req: &GuardRequest<'_>) -> Result<Self> {
        space.steps().push(Step::Pre);
        fail(req.refuse())?;
        Ok(Self(space))
    }

    /// The operation: tells what was done, unless it is to fail.
    pub(crate) fn call(&self, req: &GuardRequest<'_>) -> Result<Sent> {
        let steps = self.0.steps();
        steps.push(Step::Call);
        fail(req.fail())?;
        let done = steps.take();
        req.reply(|reply| {
            for step in done.as_slice() {
                if let Some(step) = genl::Enum::from_raw((*step).into()) {
                    reply.steps(step);
                }
            }
            Ok(())
        })
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.0.steps().push(Step::Post);
    }
}

fn fail(number: Option<u32>) -> Result {
    outcome(number.unwrap_or(0))
}
