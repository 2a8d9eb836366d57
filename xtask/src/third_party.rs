// SPDX-License-Identifier: MIT OR Apache-2.0

//! The programs of others that speak generic netlink: a root of their own, and the kernel tree's client.

use std::path::PathBuf;

use anyhow::Result;

use crate::Env;
use crate::apt::Apt;
use crate::cache::Cache;
use crate::kernel::Kernel;
use crate::root::Root;

/// A program of others, by the first word of its tests' names.
struct Peer {
    name: &'static str,
    /// What Debian calls it.
    packages: &'static [&'static str],
}

const PEERS: &[Peer] = &[
    Peer {
        name: "iproute2",
        packages: &["iproute2"],
    },
    Peer {
        name: "iw",
        packages: &["iw"],
    },
    Peer {
        name: "libnl",
        packages: &["libnl-utils"],
    },
    Peer {
        name: "pyynl",
        packages: &["python3-minimal", "python3-yaml", "python3-jsonschema"],
    },
    Peer {
        name: "strace",
        packages: &["strace"],
    },
];

/// A peer that is not to be had.
pub(crate) struct Missing {
    pub(crate) name: &'static str,
    pub(crate) why: String,
}

/// The programs, installed in a root that the guest sees as its own.
pub(crate) struct Peers {
    root: Option<Root>,
    missing: Vec<Missing>,
}

impl Peers {
    /// Makes the root of those that the archive has, if it is not there yet.
    pub(crate) fn get(cache: &Cache) -> Result<Self> {
        let mut missing = Vec::new();
        if let Some(root) = Root::existing_of(cache, &packages(&missing)) {
            let root = Some(root);
            return Ok(Self { root, missing });
        }
        let apt = Apt::update(cache, &cache.step("package lists"));
        for peer in PEERS {
            let why = match &apt {
                Ok(apt) => match peer.packages.iter().find(|package| !apt.has(package)) {
                    None => continue,
                    Some(package) => format!("the archive has no package {package}"),
                },
                Err(error) => format!("{error:#}"),
            };
            missing.push(Missing {
                name: peer.name,
                why,
            });
        }
        let packages = packages(&missing);
        let root = if packages.is_empty() {
            None
        } else {
            Some(Root::of(cache, "third-party root", &packages)?)
        };
        Ok(Self { root, missing })
    }

    /// Where they are, if any are.
    pub(crate) fn root(&self) -> Option<PathBuf> {
        self.root.as_ref().map(|root| root.path(""))
    }

    /// Those that are not.
    pub(crate) fn missing(&self) -> &[Missing] {
        &self.missing
    }
}

/// The packages of all peers that are not missing.
fn packages(missing: &[Missing]) -> Vec<&'static str> {
    let there = PEERS
        .iter()
        .filter(|peer| missing.iter().all(|missing| missing.name != peer.name));
    there.flat_map(|peer| peer.packages).copied().collect()
}

/// What the guest gets besides: the specs, and the kernel tree's client with its schemas.
pub(crate) fn files(env: &Env, kernel: &Kernel) -> Vec<PathBuf> {
    let client = kernel.source.join("tools/net/ynl/pyynl");
    let schemas = kernel.source.join("Documentation/netlink");
    let specs = env.checkout.join("spec");
    [client, schemas, specs]
        .into_iter()
        .filter(|path| path.is_dir())
        .collect()
}
