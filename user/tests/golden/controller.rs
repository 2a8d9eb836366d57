// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the controller tells of families.

use super::bytes;
use genlkit::nlctrl::{FamilyReply, Notification, PolicyReply};
use genlkit::request::{Decode, Notification as _};
use genlkit::wire::{GenlHeader, Str};

/// A family, as the controller writes it: nests are not marked.
const NLCTRL: &str = "
    01 02 0000
    0b00 0200 6e6c6374726c00 00            # CTRL_ATTR_FAMILY_NAME
    0600 0100 1000 0000                    # FAMILY_ID
    0800 0300 02000000                     # VERSION
    0800 0400 00000000                     # HDRSIZE
    0800 0500 0a000000                     # MAXATTR
    1800 0600 1400 0100                    # OPS: the first
        0800 0100 03000000                 #   ID
        0800 0200 0e000000                 #   FLAGS
    1c00 0700 1800 0100                    # MCAST_GROUPS: the first
        0800 0200 10000000                 #   ID
        0b00 0100 6e6f7469667900 00        #   NAME";

#[test]
fn a_family_is_read_from_a_reply_and_from_a_notification() {
    let check = |family: &FamilyReply<'_>| {
        assert_eq!(family.name, Some(Str::until_nul(b"nlctrl")));
        assert_eq!((family.id, family.version), (Some(16), Some(2)));
        assert_eq!((family.hdrsize, family.maxattr), (Some(0), Some(10)));
        let ops: Vec<_> = family.ops.map(|op| op.expect("whole")).collect();
        assert_eq!(
            ops.iter().map(|op| (op.id, op.flags)).collect::<Vec<_>>(),
            [(Some(3), Some(14))]
        );
        let groups: Vec<_> = family.groups.map(|group| group.expect("whole")).collect();
        assert_eq!(groups[0].name, Some(Str::until_nul(b"notify")));
        assert_eq!((groups.len(), groups[0].id), (1, Some(16)));
    };
    let body = bytes(NLCTRL);
    let (genl, attributes) = GenlHeader::split(&body).expect("long enough");
    check(&FamilyReply::decode(attributes).expect("whole"));
    match Notification::decode(genl.cmd, attributes).expect("whole") {
        Notification::NewFamily(family) => check(&family),
        other => panic!("{other:?}"),
    }
}

#[test]
fn policies_are_read_from_both_kinds_of_parts() {
    let ops = bytes(
        "0600 0100 1000 0000                   # CTRL_ATTR_FAMILY_ID
         1800 0980 1400 0380                   # OP_POLICY: of operation 3
             0800 0100 00000000                #   CTRL_ATTR_POLICY_DO: policy 0
             0800 0200 01000000                #   CTRL_ATTR_POLICY_DUMP: policy 1",
    );
    let part = PolicyReply::decode(&ops).expect("whole");
    assert_eq!(part.family_id, Some(16));
    let ops: Vec<_> = part.ops().map(|op| (op.cmd, op.r#do, op.dump)).collect();
    assert_eq!(ops, [(3, Some(0), Some(1))]);

    let policies = bytes(
        "2800 0880 2400 0080                   # CTRL_ATTR_POLICY: policy 0
             2000 0280                         #   of attribute 2
                 0800 0100 0c000000            #     type: NUL-terminated string
                 0800 0700 0f000000            #     MAX_LENGTH
                 0c00 0400 0100000000000000",
    );
    let part = PolicyReply::decode(&policies).expect("whole");
    let policies: Vec<_> = part.policies().collect();
    let [(policy, attribute, what)] = policies.as_slice() else {
        panic!("{policies:?}")
    };
    assert_eq!((policy, attribute), (&0, &2));
    assert_eq!((what.kind, what.len), (Some(12), (None, Some(15))));
}
