// SPDX-License-Identifier: MIT OR Apache-2.0
//! The specs in this program: of our own families, and of kernel families that upstream has no
//! spec of.

macro_rules! specs {
    ($($path:literal => $name:literal,)*) => {
        &[$(($name, include_str!(concat!("../../../../spec/", $path, $name))),)*]
    };
}

/// The file's name and its text.
pub(super) const ALL: &[(&str, &str)] = specs! {
    "" => "taskdiag.yaml",
    "families/" => "audit.yaml",
    "families/" => "connector.yaml",
    "families/" => "crypto.yaml",
    "families/" => "fib-lookup.yaml",
    "families/" => "inet-diag.yaml",
    "families/" => "iscsi.yaml",
    "families/" => "netlink-diag.yaml",
    "families/" => "nfnetlink-log.yaml",
    "families/" => "nl80211.yaml",
    "families/" => "nlctrl.yaml",
    "families/" => "packet-diag.yaml",
    "families/" => "rdma.yaml",
    "families/" => "rt-action.yaml",
    "families/" => "rt-addrlabel.yaml",
    "families/" => "rt-anycast.yaml",
    "families/" => "rt-chain.yaml",
    "families/" => "rt-dcb.yaml",
    "families/" => "rt-linkprop.yaml",
    "families/" => "rt-mdb.yaml",
    "families/" => "rt-mroute.yaml",
    "families/" => "rt-nduseropt.yaml",
    "families/" => "rt-netconf.yaml",
    "families/" => "rt-nexthop.yaml",
    "families/" => "rt-nsid.yaml",
    "families/" => "rt-prefix.yaml",
    "families/" => "rt-tunnel.yaml",
    "families/" => "rt-vlan.yaml",
    "families/" => "scsi-transport.yaml",
    "families/" => "selinux.yaml",
    "families/" => "smc-diag.yaml",
    "families/" => "smc-gen-netlink.yaml",
    "families/" => "smc-pnetid.yaml",
    "families/" => "uevent.yaml",
    "families/" => "unix-diag.yaml",
    "families/" => "usersock.yaml",
    "families/" => "xfrm.yaml",
};

#[cfg(test)]
mod tests {
    use super::ALL;
    use genlkit_spec::Family;
    use std::collections::BTreeSet;
    use std::path::Path;

    #[test]
    fn every_spec_of_kernel_families_is_in_the_program_and_valid() {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec/families");
        let files = directory
            .read_dir()
            .expect("a directory of specs")
            .flatten();
        let files: BTreeSet<String> = files
            .filter_map(|file| file.file_name().into_string().ok())
            .collect();
        let known: BTreeSet<String> = ALL.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(
            files.difference(&known).collect::<Vec<_>>(),
            Vec::<&String>::new()
        );
        for (name, text) in ALL {
            let family = Family::from_yaml(name, text).unwrap_or_else(|error| panic!("{error}"));
            // The kernel writes some names with capitals and underscores.
            let spelled = family.name.to_ascii_lowercase().replace('_', "-");
            assert_eq!(Some(spelled.as_str()), name.strip_suffix(".yaml"));
        }
    }

    #[test]
    fn everything_in_them_is_documented() {
        for (name, text) in ALL {
            let family = Family::from_yaml(name, text).unwrap_or_else(|error| panic!("{error}"));
            for set in &family.sets {
                let bare = set
                    .attrs
                    .iter()
                    .find(|attr| attr.is_data() && attr.doc.is_empty());
                assert_eq!(bare.map(|attr| &attr.name), None, "{name}: {}", set.name);
            }
            for layout in &family.structs {
                let is_pad = |kind| matches!(kind, genlkit_spec::model::MemberType::Pad(_));
                let mut members = layout.members.iter();
                let bare = members.find(|member| !is_pad(member.kind) && member.doc.is_empty());
                assert_eq!(
                    bare.map(|member| &member.name),
                    None,
                    "{name}: {}",
                    layout.name
                );
            }
        }
    }
}
