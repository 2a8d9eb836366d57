// SPDX-License-Identifier: MIT OR Apache-2.0

//! Contenders that are tools: started with one request on the command line, they print the answer.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::contenders::{Contender, Shop};
use crate::guest;
use crate::sh::Cmd;

/// What `genlkit` does here, by hand in C.
pub(super) const BY_HAND: &str = "the tool's call, C";

/// This project's tool in the table.
pub(super) const GENLKIT: &str = "genlkit, the tool";

/// iproute2's.
pub(super) const GENL: &str = "genl of iproute2";

/// What `genlkit` is asked, and the program by hand, which prints the same.
const REQUEST: &str = "do nlctrl getfamily family-name=nlctrl -o json";

/// A program by hand that does as much as `genlkit` does here.
pub(super) fn by_hand(shop: &Shop<'_>) -> Result<Contender> {
    let program = shop.compile_static("tool", &[])?;
    tool(shop, BY_HAND, &program, REQUEST)
}

/// This project's tool, linked as the other programs in Rust are.
pub(super) fn genlkit(shop: &Shop<'_>, checkout: &Path) -> Result<Contender> {
    let program = guest::release(checkout, shop.step)?;
    tool(shop, GENLKIT, &program.path, REQUEST)
}

/// This machine's, if it has one.
pub(super) fn genl(shop: &Shop<'_>) -> Result<Contender> {
    let program = Path::new("/usr/sbin/genl");
    ensure!(
        program.exists(),
        "this machine has no {}",
        program.display()
    );
    tool(shop, GENL, program, "ctrl get name nlctrl")
}

fn tool(shop: &Shop<'_>, name: &'static str, program: &Path, request: &str) -> Result<Contender> {
    Ok(Contender {
        is_tool: true,
        ..Contender::program(shop, name, program, Some(request))?
    })
}

/// That `genlkit` and the program by hand, where both are there, print the same to the byte.
pub(super) fn ensure_same(shop: &Shop<'_>, contenders: &[Contender]) -> Result<()> {
    let of = |name: &str| contenders.iter().find(|contender| contender.name == name);
    let (Some(by_hand), Some(genlkit)) = (of(BY_HAND), of(GENLKIT)) else {
        return Ok(());
    };
    let (theirs, ours) = (printed(shop, by_hand)?, printed(shop, genlkit)?);
    ensure!(
        theirs == ours && !ours.is_empty(),
        "{GENLKIT} prints {ours:?}, and {BY_HAND} {theirs:?}"
    );
    Ok(())
}

/// What a tool prints.
fn printed(shop: &Shop<'_>, tool: &Contender) -> Result<String> {
    let mut words = tool.command.split(' ');
    let program = Cmd::new(words.next().context("a program")?);
    let printed = program.args(words).output(shop.step)?;
    Ok(String::from_utf8(printed)?)
}
