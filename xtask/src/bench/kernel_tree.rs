// SPDX-License-Identifier: MIT OR Apache-2.0

//! Contenders of the kernel's own tree: its library in C for YNL, and its client in Python.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

use super::contenders::{Contender, Shop};
use super::libraries::unpacked;
use crate::cache::Key;
use crate::kernel::KernelArgs;
use crate::root::Root;
use crate::sh::Cmd;

/// What the tree's generator is asked for.
const SPECS: &[&str] = &["nlctrl", "rt-addr", "rt-link"];

/// The headers that those need newer than this machine's, and their guards, which headers that were not
/// installed spell differently.
const HEADERS: &[(&str, &str)] = &[
    ("genetlink.h", "__LINUX_GENERIC_NETLINK_H"),
    ("rtnetlink.h", "__LINUX_RTNETLINK_H"),
    ("if_addr.h", "__LINUX_IF_ADDR_H"),
    ("if_link.h", "_LINUX_IF_LINK_H"),
];

/// The library's name in the table.
pub(super) const YNL: &str = "C YNL";

/// The client's.
pub(super) const PYYNL: &str = "pyynl";

/// The library with the generated code, linked statically.
pub(super) fn ynl(shop: &Shop<'_>, kernel: &KernelArgs) -> Result<Contender> {
    let tree = kernel.source(shop.cache)?;
    let generated = generated(shop, &tree)?;
    let (library, uapi) = (tree.join("tools/net/ynl/lib"), tree.join("include/uapi"));
    let mut more = vec![
        format!("-I{}", generated.display()),
        format!("-I{}", library.display()),
        format!("-idirafter{}", uapi.display()),
    ];
    for (header, guard) in HEADERS {
        let header = uapi.join("linux").join(header);
        more.extend([format!("-D{guard}"), "-include".to_owned()]);
        more.push(header.display().to_string());
    }
    let sources = SPECS
        .iter()
        .map(|spec| generated.join(format!("{spec}-user.c")))
        .chain([library.join("ynl.c")]);
    more.extend(sources.map(|source| source.display().to_string()));
    let program = shop.compile_static("ynl", &more)?;
    Contender::program(shop, YNL, &program, None)
}

/// What the tree's generator makes, in the cache.
fn generated(shop: &Shop<'_>, tree: &Path) -> Result<PathBuf> {
    let generator = tree.join("tools/net/ynl/pyynl/ynl_gen_c.py");
    let spec = |name: &str| tree.join(format!("Documentation/netlink/specs/{name}.yaml"));
    let mut key = Key::new().with("bench ynl 1").with(fs::read(&generator)?);
    for name in SPECS {
        key = key.with(fs::read(spec(name))?);
    }
    let entry = shop.cache.entry("bench", &key);
    entry.get_or_build(|new| {
        let python = Root::get(shop.cache)?.python();
        for name in SPECS {
            for (mode, extension) in [("--header", "h"), ("--source", "c")] {
                Cmd::new(&python)
                    .arg(&generator)
                    .args(["--mode", "user", mode, "--spec"])
                    .arg(spec(name))
                    .args(["-o".to_owned(), format!("{name}-user.{extension}")])
                    .env("GENLKIT_BIND", tree)
                    .dir(new)
                    .run(shop.step)?;
            }
        }
        Ok(YNL.to_owned())
    })?;
    Ok(entry.dir())
}

/// The client, with this machine's Python; what that compiles goes into the cache.
pub(super) fn pyynl(shop: &Shop<'_>, kernel: &KernelArgs) -> Result<Contender> {
    const PYTHON: &str = "/usr/bin/python3";
    ensure!(Path::new(PYTHON).exists(), "this machine has no {PYTHON}");
    let tree = kernel.source(shop.cache)?;
    let modules = unpacked(shop, PYYNL, &["python3-yaml"])?.join("usr/lib/python3/dist-packages");
    let cached = shop.built.join("python");
    let script = shop.room.join("python/pyynl.py");
    let words = [
        PYTHON.to_owned(),
        format!("-Xpycache_prefix={}", cached.display()),
        script.display().to_string(),
        tree.display().to_string(),
        modules.display().to_string(),
    ];
    Ok(Contender {
        name: PYYNL,
        command: words.join(" "),
        is_tool: false,
        size: None,
    })
}
