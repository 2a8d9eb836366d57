// SPDX-License-Identifier: MIT OR Apache-2.0

//! What the loaded families accept is what their specs say: the controller's answers to
//! `CTRL_CMD_GETPOLICY` and `CTRL_CMD_GETFAMILY` against the policies, operations and groups that the
//! spec gives.

use genlkit::wire::{Attr, Policy as Told};
use genlkit_codegen::policy::{self, Accept, Bound, Bytes, Mode, Policy, PolicyId, Tables, Values};
use genlkit_spec::Family;
use genlkit_spec::model::{Permission, Scalar};
use genlkit_tests::raw::{RawSocket, Request};
use nix::unistd::{SysconfVar, sysconf};
use std::collections::BTreeMap;

/// `linux/genetlink.h`
const GETFAMILY: u8 = 3;
const GETPOLICY: u8 = 10;
const FAMILY_ID: u16 = 1;
const FAMILY_NAME: u16 = 2;
const OPS: u16 = 6;
const OP_ID: u16 = 1;
const OP_FLAGS: u16 = 2;
const POLICY: u16 = 8;
const OP_POLICY: u16 = 9;
const POLICY_DO: u16 = 1;
const POLICY_DUMP: u16 = 2;

/// `GENL_ADMIN_PERM` and so on.
mod flag {
    pub(super) const ADMIN_PERM: u32 = 1;
    pub(super) const CMD_CAP_DO: u32 = 2;
    pub(super) const CMD_CAP_DUMP: u32 = 4;
    pub(super) const CMD_CAP_HASPOL: u32 = 8;
    pub(super) const UNS_ADMIN_PERM: u32 = 0x10;
}

/// `enum netlink_attribute_type`
mod kind {
    pub(super) const FLAG: u32 = 1;
    pub(super) const U8: u32 = 2;
    pub(super) const S8: u32 = 6;
    pub(super) const BINARY: u32 = 10;
    pub(super) const STRING: u32 = 11;
    pub(super) const NUL_STRING: u32 = 12;
    pub(super) const NESTED: u32 = 13;
    pub(super) const NESTED_ARRAY: u32 = 14;
    pub(super) const BITFIELD32: u32 = 15;
    pub(super) const SINT: u32 = 16;
    pub(super) const UINT: u32 = 17;
}

/// What the controller tells of a family.
#[derive(Default)]
struct Loaded {
    /// The policy of each command and mode.
    ops: BTreeMap<(u16, Mode), u32>,
    /// The entries of each policy.
    policies: BTreeMap<u32, BTreeMap<u16, Told>>,
}

impl Loaded {
    fn ask(family: &str) -> Self {
        let socket = RawSocket::generic();
        let id = socket.family(family).id;
        let request = Request::nlctrl(GETPOLICY).dump();
        let answers = socket.ask(request.attr(FAMILY_ID, &id.to_ne_bytes()));
        let mut loaded = Self::default();
        for reply in answers.data() {
            for attr in reply.attrs() {
                let inside = attr.nest().map(|inner| inner.expect("an attribute"));
                match attr.number() {
                    OP_POLICY => inside.for_each(|op| loaded.op(&op)),
                    POLICY => inside.for_each(|policy| loaded.policy(&policy)),
                    _ => {}
                }
            }
        }
        loaded
    }

    fn op(&mut self, op: &Attr<'_>) {
        for mode in op.nest().map(|inner| inner.expect("an attribute")) {
            let which = match mode.number() {
                POLICY_DO => Mode::Do,
                POLICY_DUMP => Mode::Dump,
                other => panic!("mode {other} of command {}", op.number()),
            };
            let index = mode.u32().expect("an index");
            self.ops.insert((op.number(), which), index);
        }
    }

    fn policy(&mut self, policy: &Attr<'_>) {
        let entries = self.policies.entry(policy.number().into()).or_default();
        for entry in policy.nest().map(|inner| inner.expect("an attribute")) {
            entries.insert(entry.number(), Told::decode(entry.nest()));
        }
    }
}

/// Walks the spec's policies and the loaded ones side by side.
struct Comparison<'t> {
    family: &'t Family,
    tables: &'t Tables,
    loaded: Loaded,
    /// Policies that were compared: those of nests are met more than once, and in themselves.
    seen: Vec<(usize, u32)>,
}

impl Comparison<'_> {
    fn policies(&mut self, ours: PolicyId, theirs: u32) {
        if self.seen.contains(&(ours.0, theirs)) {
            return;
        }
        self.seen.push((ours.0, theirs));
        let policy: &Policy = &self.tables.policies[ours.0];
        let loaded = self
            .loaded
            .policies
            .get(&theirs)
            .cloned()
            .unwrap_or_default();
        // The controller has no words for the kernel's types of big-endian numbers.
        let mut told = policy.rules.iter().filter(|rule| {
            !matches!(
                rule.accept,
                Accept::Number {
                    big_endian: true,
                    ..
                }
            )
        });
        for (number, entry) in &loaded {
            let rule = told
                .next()
                .unwrap_or_else(|| panic!("{}: {entry:?}", policy.name));
            assert_eq!(rule.number, *number, "{}", policy.name);
            let place = format!("attribute {number} of policy {}", policy.name);
            assert_eq!(
                expected(self.family, &rule.accept, entry),
                *entry,
                "{place}"
            );
            match (&rule.accept, entry.nested) {
                (Accept::Nested(Some(id)) | Accept::NestedArray(id), (Some(index), Some(max))) => {
                    assert_eq!(u32::from(self.tables.policies[id.0].max), max, "{place}");
                    self.policies(*id, index);
                }
                (Accept::Nested(Some(_)) | Accept::NestedArray(_), told) => {
                    panic!("{place} is a nest of {told:?}")
                }
                _ => {}
            }
        }
        assert_eq!(
            told.next(),
            None,
            "{} accepts less than it should",
            policy.name
        );
    }
}

/// What the controller tells of an attribute that is accepted so; the index of a nest's policy is
/// what `told` says, as only the kernel knows it.
fn expected(family: &Family, accept: &Accept, told: &Told) -> Told {
    let mut entry = Told {
        nested: told.nested,
        ..Told::default()
    };
    let kind = match accept {
        Accept::Number { scalar, values, .. } => {
            number(family, *scalar, values, &mut entry);
            match scalar {
                Scalar::Uint => kind::UINT,
                Scalar::Sint => kind::SINT,
                scalar if scalar.is_signed() => kind::S8 + scalar.size().ilog2(),
                scalar => kind::U8 + scalar.size().ilog2(),
            }
        }
        Accept::Flag => kind::FLAG,
        Accept::NulString(max) => {
            entry.len.1 = max.map(|max| max.bytes);
            kind::NUL_STRING
        }
        Accept::String(max) => {
            entry.len.1 = max.map(|max| max.bytes);
            kind::STRING
        }
        Accept::Binary(bytes) => {
            // The controller has no words for a shortest length alone.
            entry.len = match bytes {
                Bytes::Exact(len) => (Some(len.bytes), Some(len.bytes)),
                Bytes::Range(min, max) => (Some(min.bytes), Some(max.bytes)),
                Bytes::Max(max) => (None, Some(max.bytes)),
                Bytes::Any | Bytes::Min(_) => (None, None),
            };
            entry.len.0 = entry.len.0.filter(|min| *min > 0);
            kind::BINARY
        }
        Accept::Bitfield32(mask) => {
            entry.mask = Some((*mask).into());
            kind::BITFIELD32
        }
        Accept::Nested(_) => kind::NESTED,
        Accept::NestedArray(_) => kind::NESTED_ARRAY,
    };
    entry.kind = Some(kind);
    entry
}

/// The value of a limit; of one that a C header knows, what that says on this machine.
fn limit(family: &Family, bound: &Bound) -> i128 {
    match bound.header.map(|id| family[id].c_name.as_str()) {
        None => bound.value,
        Some("MAX_ERRNO") => 4095,
        Some("PAGE_SIZE") => sysconf(SysconfVar::PAGE_SIZE)
            .ok()
            .flatten()
            .expect("a size")
            .into(),
        Some(name) => panic!("what is {name}?"),
    }
}

fn number(family: &Family, scalar: Scalar, values: &Values, entry: &mut Told) {
    let (lowest, highest) = scalar.range();
    let limit = |bound| limit(family, bound);
    let (min, max) = match values {
        Values::Mask(mask) => {
            entry.mask = Some(*mask);
            return;
        }
        Values::OneOf(_) => return,
        Values::Any => (lowest, highest),
        Values::Min(min) => (limit(min), highest),
        Values::Max(max) => (lowest, limit(max)),
        Values::Range(min, max) | Values::FullRange(min, max) => (limit(min), limit(max)),
    };
    if scalar.is_signed() {
        entry.signed = (i64::try_from(min).ok(), i64::try_from(max).ok());
    } else {
        entry.unsigned = (u64::try_from(min).ok(), u64::try_from(max).ok());
    }
}

/// The flags of each command that the controller tells, but whether it has a policy.
fn told_flags(family: &str) -> BTreeMap<u32, u32> {
    let socket = RawSocket::generic();
    let answers = socket.ask(Request::nlctrl(GETFAMILY).str(FAMILY_NAME, family));
    let ops = answers.single().attr(OPS).expect("operations");
    let flags = ops.nest().map(|op| {
        let op = op.expect("an operation");
        let find = |number| {
            let mut inside = op.nest().map(|attr| attr.expect("an attribute"));
            let found = inside.find(|attr| attr.number() == number);
            found.expect("it is told").u32().expect("a number")
        };
        (find(OP_ID), find(OP_FLAGS) & !flag::CMD_CAP_HASPOL)
    });
    flags.collect()
}

/// The same of the spec, for the commands that are there.
fn flags(tables: &Tables, there: &BTreeMap<(u16, Mode), u32>) -> BTreeMap<u32, u32> {
    let mut flags = BTreeMap::new();
    let ops = tables.ops.iter();
    for op in ops.filter(|op| there.contains_key(&(op.cmd.into(), op.mode))) {
        *flags.entry(op.cmd.into()).or_default() |= match op.mode {
            Mode::Do => flag::CMD_CAP_DO,
            Mode::Dump => flag::CMD_CAP_DUMP,
        } | match op.permission {
            Some(Permission::Admin) => flag::ADMIN_PERM,
            Some(Permission::UnsAdmin) => flag::UNS_ADMIN_PERM,
            None => 0,
        };
    }
    flags
}

fn compare(yaml: &str) {
    let family = Family::from_yaml("spec", yaml).unwrap_or_else(|error| panic!("{error}"));
    let tables = policy::tables(&family).expect("tables");
    let loaded = Loaded::ask(&family.name);
    let ops = loaded.ops.clone();
    assert_eq!(told_flags(&family.name), flags(&tables, &ops));
    let told = RawSocket::generic().family(&family.name).groups;
    let told = told.iter().map(|(name, _)| name);
    assert!(told.eq(family.groups.iter().map(|group| &group.name)));
    let mut comparison = Comparison {
        family: &family,
        tables: &tables,
        loaded,
        seen: Vec::new(),
    };
    let mut compared = 0;
    for op in &tables.ops {
        let index = ops.get(&(op.cmd.into(), op.mode));
        let place = format!("{} {}", family[op.op].name, op.mode.name());
        let Some(index) = index else {
            assert!(family[op.op].config_cond.is_some(), "{place} is not there");
            continue;
        };
        compared += 1;
        match op.policy {
            Some(policy) => comparison.policies(policy, *index),
            // The core gives such an operation a policy that rejects everything.
            None => assert_eq!(comparison.loaded.policies.get(index), None, "{place}"),
        }
    }
    assert_eq!(
        compared,
        ops.len(),
        "operations that the spec does not have: {ops:?}"
    );
}

#[test]
fn taskdiag_accepts_what_its_spec_says() {
    compare(include_str!("../../spec/taskdiag.yaml"));
}

#[test]
fn genltest_accepts_what_its_spec_says() {
    compare(include_str!("../../spec/genltest.yaml"));
}

#[test]
fn genltest_lax_accepts_what_its_spec_says() {
    compare(include_str!("../../spec/genltest-lax.yaml"));
}

#[test]
fn tally_accepts_what_its_spec_says() {
    compare(include_str!("../../spec/tally.yaml"));
}
