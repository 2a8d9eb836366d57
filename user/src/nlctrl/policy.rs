// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a family accepts: its policies, as the running kernel tells them.

use super::{GETPOLICY, c};
use crate::request::{Decode, Dump, Request};
use crate::schema::Op;
use crate::wire::{Attr, Attrs, Builder, Malformed, Policy};

/// Asks which attributes a family accepts in each of its operations.
///
/// ```no_run
/// use genlkit::client::Client;
/// use genlkit::nlctrl::GetPolicy;
///
/// let mut client = Client::open()?;
/// let mut parts = client.dump(&GetPolicy { name: "nlctrl" })?;
/// while let Some(part) = parts.next()? {
///     for (policy, attribute, what) in part.policies() {
///         println!("policy {policy}: attribute {attribute} is {what}");
///     }
/// }
/// # Ok::<(), genlkit::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct GetPolicy<'a> {
    /// The family's name.
    pub name: &'a str,
}

impl Request for GetPolicy<'_> {
    type Reply<'b> = PolicyReply<'b>;

    const OP: &'static Op = &GETPOLICY;

    fn encode(&self, to: &mut Builder<'_>) {
        to.str(c::CTRL_ATTR_FAMILY_NAME, self.name.as_bytes());
    }
}

impl Dump for GetPolicy<'_> {}

/// A part of what a family accepts: some operations' policies, or some attributes of policies.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct PolicyReply<'b> {
    /// The type of the family's messages.
    pub family_id: Option<u16>,
    ops: &'b [u8],
    policies: &'b [u8],
}

/// The policies of an operation, which are numbers that [`PolicyReply::policies`] explains.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct OpPolicy {
    /// The operation's number; 0 for one that only dumps, whose number kernels leave out.
    pub cmd: u16,
    /// The policy of requests that are answered once.
    pub r#do: Option<u32>,
    /// The policy of requests for a dump.
    pub dump: Option<u32>,
}

impl<'b> PolicyReply<'b> {
    /// The operations that this part tells of.
    pub fn ops(&self) -> impl Iterator<Item = OpPolicy> + use<'b> {
        valid(self.ops).map(|op| {
            let mut policy = OpPolicy {
                cmd: op.number(),
                ..OpPolicy::default()
            };
            for attr in valid(op.payload()) {
                match attr.number() {
                    c::CTRL_ATTR_POLICY_DO => policy.r#do = attr.u32().ok(),
                    c::CTRL_ATTR_POLICY_DUMP => policy.dump = attr.u32().ok(),
                    _ => {}
                }
            }
            policy
        })
    }

    /// What this part tells of policies: the policy, the attribute, and what that must be.
    pub fn policies(&self) -> impl Iterator<Item = (u16, u16, Policy)> + use<'b> {
        valid(self.policies).flat_map(|policy| {
            valid(policy.payload())
                .map(move |attr| (policy.number(), attr.number(), Policy::decode(attr.nest())))
        })
    }
}

impl<'b> Decode<'b> for PolicyReply<'b> {
    fn read(&mut self, body: &'b [u8]) -> Result<(), Malformed> {
        for attr in Attrs::new(body) {
            let attr = attr?;
            match attr.number() {
                c::CTRL_ATTR_FAMILY_ID => self.family_id = Some(attr.u16()?),
                c::CTRL_ATTR_OP_POLICY => self.ops = attr.payload(),
                c::CTRL_ATTR_POLICY => self.policies = attr.payload(),
                _ => {}
            }
        }
        Ok(())
    }
}

/// The attributes up to the first whose length cannot be.
fn valid(attributes: &[u8]) -> impl Iterator<Item = Attr<'_>> {
    Attrs::new(attributes).map_while(Result::ok)
}
