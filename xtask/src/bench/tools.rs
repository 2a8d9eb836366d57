// SPDX-License-Identifier: MIT OR Apache-2.0

//! Contenders that are tools: started with one request on the command line, they print the answer.

use std::path::Path;

use anyhow::{Result, ensure};

use super::contenders::{Contender, Shop};
use crate::guest;

/// This project's tool in the table.
pub(super) const GENLKIT: &str = "genlkit, the tool";

/// iproute2's.
pub(super) const GENL: &str = "genl of iproute2";

/// This project's tool, linked as the other programs in Rust are.
pub(super) fn genlkit(shop: &Shop<'_>, checkout: &Path) -> Result<Contender> {
    let program = guest::release(checkout, shop.step)?;
    let request = "do nlctrl getfamily family-name=nlctrl -o json";
    Ok(tool(GENLKIT, &program.path, request))
}

/// This machine's, if it has one.
pub(super) fn genl() -> Result<Contender> {
    let program = Path::new("/usr/sbin/genl");
    ensure!(
        program.exists(),
        "this machine has no {}",
        program.display()
    );
    Ok(tool(GENL, program, "ctrl get name nlctrl"))
}

fn tool(name: &'static str, program: &Path, request: &str) -> Contender {
    Contender {
        is_tool: true,
        ..Contender::program(name, program, Some(request))
    }
}
