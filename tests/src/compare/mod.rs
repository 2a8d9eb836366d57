// SPDX-License-Identifier: MIT OR Apache-2.0

//! The kernel tree's own client and `genlkit` are asked the same; docs/compare.md tells what comes of it.

mod defects;
mod normal;
mod pyynl;
mod request;
mod tally;
mod tool;

pub use defects::{DEFECTS, Defect, HEARD_OTHERWISE, defect_table};
pub use normal::same;
pub use pyynl::Pyynl;
pub use request::{Mode, Namespace, Request, Scenario, everything, scenarios, specs};
pub use tally::Tally;
pub use tool::Tool;

use serde_json::Value;

/// What a client makes of a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The kernel's reply; null where it only acknowledges.
    Reply(Value),
    /// The kernel refuses.
    Refused(Refusal),
    /// This kernel does not have the family, as the client says it.
    Absent(String),
    /// The client itself cannot do it.
    Failed(String),
}

/// Why the kernel refuses, as far as a client tells it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    /// The errno's name.
    pub errno: String,
    /// What the kernel says.
    pub text: Option<String>,
    /// The attribute that is wrong, with the nests that it is in, without places in lists.
    pub at: Option<String>,
    /// The attribute that is missing.
    pub missing: Option<String>,
}

/// A client that answers requests in a network namespace.
pub trait Client {
    /// Asks the kernel.
    fn ask(&mut self, request: &Request) -> Outcome;
}
