// SPDX-License-Identifier: MIT OR Apache-2.0
//! Completions for shells, of families, operations and attributes too, and manual pages.

use crate::output::Failure;
use crate::{Cli, load};
use clap::CommandFactory as _;
use clap_complete::{CompletionCandidate, Shell};
use genlkit::ynl::specs::Specs;
use genlkit_spec::model::{Attr, Family, Operation};
use std::ffi::OsStr;
use std::io::Write as _;
use std::path::PathBuf;

/// Print what makes a shell complete this program's command lines, names of families, operations
/// and attributes included.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// The shell.
    shell: Shell,
}

/// Write the manual pages.
#[derive(clap::Args, Debug)]
pub(crate) struct ManArgs {
    /// The directory to write them into.
    directory: PathBuf,
}

pub(crate) fn completions(args: &Args) -> Result<(), Failure> {
    let shell = args.shell.to_string();
    let shells = clap_complete::env::Shells::builtins();
    let Some(completer) = shells.completer(&shell) else {
        return Err(Failure::usage(format!("no completions for {shell}")));
    };
    let mut script = Vec::new();
    completer.write_registration("COMPLETE", "genlkit", "genlkit", "genlkit", &mut script)?;
    Ok(std::io::stdout().lock().write_all(&script)?)
}

pub(crate) fn man(args: &ManArgs) -> Result<(), Failure> {
    std::fs::create_dir_all(&args.directory)?;
    Ok(clap_mangen::generate_to(Cli::command(), &args.directory)?)
}

/// Names of families with a spec.
pub(crate) fn families(current: &OsStr) -> Vec<CompletionCandidate> {
    let specs = Specs::search();
    candidates(
        current,
        specs
            .all()
            .iter()
            .map(|found| (found.stem.clone(), String::new())),
    )
}

/// All operations of the family on the command line.
pub(crate) fn operations(current: &OsStr) -> Vec<CompletionCandidate> {
    of_family(current, |_| true)
}

/// Operations that can be called once.
pub(crate) fn do_operations(current: &OsStr) -> Vec<CompletionCandidate> {
    of_family(current, |op| op.r#do.is_some())
}

/// Operations that dump.
pub(crate) fn dump_operations(current: &OsStr) -> Vec<CompletionCandidate> {
    of_family(current, |op| op.dump.is_some())
}

/// Multicast groups.
pub(crate) fn groups(current: &OsStr) -> Vec<CompletionCandidate> {
    let Some((codec, _)) = typed() else {
        return Vec::new();
    };
    let groups = codec.family().groups.iter();
    candidates(
        current,
        groups.map(|group| (group.name.to_string(), String::new())),
    )
}

/// Attributes of the operation's request, with dots into nests.
pub(crate) fn attributes(current: &OsStr) -> Vec<CompletionCandidate> {
    let Some((codec, Some(op))) = typed() else {
        return Vec::new();
    };
    let family = codec.family();
    let Some(op) = family.op(&op) else {
        return Vec::new();
    };
    let text = current.to_string_lossy();
    let (path, _) = text.rsplit_once('.').unwrap_or(("", &text));
    let mut attrs: Vec<&Attr> = asked(family, op);
    for name in path.split('.').filter(|name| !name.is_empty()) {
        let inner = attrs
            .iter()
            .find(|attr| attr.name == name)
            .and_then(|attr| attr.nested_set());
        let Some(set) = inner else { return Vec::new() };
        attrs = family[set].attrs.iter().collect();
    }
    let prefix = if path.is_empty() {
        String::new()
    } else {
        format!("{path}.")
    };
    let attrs = attrs.into_iter().filter(|attr| attr.is_data()).map(|attr| {
        let end = if attr.nested_set().is_some() {
            "."
        } else {
            "="
        };
        let doc = attr.doc.lines().next().unwrap_or("").to_owned();
        (format!("{prefix}{}{end}", attr.name), doc)
    });
    let header = op.asked(false).0.filter(|_| path.is_empty());
    let members = header.map_or(&[][..], |id| &family[id].members).iter();
    let members = members.map(|member| (format!("{}=", member.name), member.doc.to_string()));
    candidates(current, attrs.chain(members))
}

/// What an operation's requests can hold.
fn asked<'f>(family: &'f Family, op: &'f Operation) -> Vec<&'f Attr> {
    let requests = op.modes().filter_map(|(_, mode)| mode.request.as_ref());
    let mut attrs: Vec<&Attr> = Vec::new();
    for attr in requests.flat_map(|request| request.attrs(family)) {
        if !attrs.iter().any(|known| known.name == attr.name) {
            attrs.push(attr);
        }
    }
    attrs
}

fn of_family(current: &OsStr, wanted: impl Fn(&Operation) -> bool) -> Vec<CompletionCandidate> {
    let Some((codec, _)) = typed() else {
        return Vec::new();
    };
    let ops = codec
        .family()
        .ops
        .iter()
        .filter(|op| !op.is_reserved() && wanted(op));
    let doc = |op: &Operation| op.doc.lines().next().unwrap_or("").to_owned();
    candidates(current, ops.map(|op| (op.name.to_string(), doc(op))))
}

/// The family and the operation that are on the command line already: completers are told the
/// word alone, but the words stand behind `--` in the arguments.
fn typed() -> Option<(genlkit::ynl::codec::Codec, Option<String>)> {
    let words: Vec<String> = std::env::args()
        .skip_while(|word| word != "--")
        .skip(1)
        .collect();
    let mut words = words.iter().skip(1).filter(|word| !word.starts_with('-'));
    let _command = words.next()?;
    let codec = load(words.next()?).ok()?;
    Some((codec, words.next().cloned()))
}

fn candidates(
    current: &OsStr,
    all: impl Iterator<Item = (String, String)>,
) -> Vec<CompletionCandidate> {
    let current = current.to_string_lossy();
    let fitting = all.filter(|(name, _)| name.starts_with(&*current));
    fitting
        .map(|(name, doc)| {
            let help = (!doc.is_empty()).then(|| doc.into());
            CompletionCandidate::new(name).help(help)
        })
        .collect()
}
