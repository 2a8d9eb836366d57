// SPDX-License-Identifier: MIT OR Apache-2.0
//! The options of the kernel's own client (`tools/net/ynl/pyynl/cli.py`), so that scripts move
//! over.

use crate::output::{Failure, Format, Output};
use crate::{Common, attrs, call, list, load, policy, show, spec, subscribe};
use genlkit::ynl::client::Mode;
use genlkit::ynl::specs::Specs;
use std::path::PathBuf;
use std::time::Duration;

/// Options instead of a command.
#[derive(clap::Args, Debug, Default)]
#[command(next_help_heading = "Options of the kernel's own client, instead of a command")]
pub(crate) struct Args {
    /// List the families with a spec.
    #[arg(long)]
    list_families: bool,
    /// The family.
    #[arg(long, value_name = "NAME", conflicts_with = "spec")]
    family: Option<String>,
    /// The spec's file.
    #[arg(long, value_name = "FILE")]
    spec: Option<PathBuf>,
    /// Call an operation.
    #[arg(long = "do", value_name = "OPERATION")]
    r#do: Option<String>,
    /// Ask for a dump.
    #[arg(long, value_name = "OPERATION")]
    dump: Option<String>,
    /// Call several operations at once: can be repeated.
    #[arg(long, num_args = 2, value_names = ["OPERATION", "JSON"])]
    multi: Vec<String>,
    /// List the operations.
    #[arg(long)]
    list_ops: bool,
    /// List the operations and notifications.
    #[arg(long)]
    list_msgs: bool,
    /// List the attributes of an operation.
    #[arg(long, visible_alias = "doc", value_name = "OPERATION")]
    list_attrs: Option<String>,
    /// Check the spec.
    #[arg(long)]
    validate: bool,
    /// The attributes.
    #[arg(long, value_name = "JSON")]
    json: Option<String>,
    /// Print JSON.
    #[arg(long)]
    output_json: bool,
    /// Join a multicast group.
    #[arg(long, value_name = "GROUP")]
    subscribe: Option<String>,
    /// End after this many seconds.
    #[arg(long, alias = "sleep", value_name = "SECONDS", value_parser = crate::seconds)]
    duration: Option<Duration>,
    /// Ask for the kernel's policy of the operation instead of calling it.
    #[arg(long)]
    policy: bool,
    #[command(flatten)]
    flags: call::Flags,
    #[arg(long, hide = true)]
    no_schema: bool,
    #[arg(long, hide = true)]
    schema: Option<String>,
    #[arg(long, hide = true, overrides_with = "process_unknown")]
    no_process_unknown: bool,
    #[arg(long, hide = true)]
    process_unknown: bool,
    #[arg(long, hide = true, num_args = 0..=1)]
    dbg_small_recv: Option<Option<u32>>,
}

impl Args {
    pub(crate) fn run(&self, common: &Common) -> Result<(), Failure> {
        let mut common = common.clone();
        if self.output_json {
            common.output = Some(Format::Json);
        }
        if self.list_families {
            return list::names(&Specs::search(), &mut Output::new());
        }
        let name = match (&self.family, &self.spec) {
            (Some(family), _) => family.clone(),
            (None, Some(spec)) => spec.display().to_string(),
            (None, None) => {
                return Err(Failure::usage(
                    "a command, --family or --spec is wanted: see --help",
                ));
            }
        };
        if let (true, Some(file)) = (self.validate, &self.spec) {
            return spec::check(std::slice::from_ref(file));
        }
        self.speak(&name, &common)
    }

    /// Whether nothing is to be done with the family.
    fn is_idle(&self) -> bool {
        let lists = self.list_ops || self.list_msgs || self.list_attrs.is_some();
        let calls = self.r#do.is_some() || self.dump.is_some() || !self.multi.is_empty();
        !lists && !calls && self.subscribe.is_none()
    }

    fn speak(&self, name: &str, common: &Common) -> Result<(), Failure> {
        // A path without a slash shall not be taken for a family's name.
        let name = match &self.spec {
            Some(path) if !name.contains('/') => &format!("./{}", path.display()),
            _ => name,
        };
        let codec = || load(name);
        let value = self.json.as_deref().map(attrs::object).transpose()?;
        let value = value.unwrap_or_default();
        if self.is_idle() {
            // Whether there is such a family, and its spec is right, is all that can be told.
            return codec().map(drop);
        }
        if self.list_ops || self.list_msgs {
            let codec = codec()?;
            let ops = codec.family().ops.iter().filter(|op| !op.is_reserved());
            let mut output = Output::new();
            for op in ops.filter(|op| self.list_msgs || !op.is_async()) {
                output.line(&format!("{}  [ {} ]", op.name, show::modes(op)))?;
            }
            return output.flush();
        }
        if let Some(op) = &self.list_attrs {
            let mut output = Output::new();
            show::operation(codec()?.family(), op, &mut output)?;
            return output.flush();
        }
        if let Some(op) = &self.r#do {
            match self.policy {
                true => policy::one(codec()?, op, Mode::Do, common)?,
                false => call::do_one(codec()?, op, &value, self.flags.bits(), common)?,
            }
        }
        if let Some(op) = &self.dump {
            match self.policy {
                true => policy::one(codec()?, op, Mode::Dump, common)?,
                false => call::dump(codec()?, op, &value, common)?,
            }
        }
        let (pairs, _) = self.multi.as_chunks::<2>();
        if !pairs.is_empty() {
            let calls: Result<Vec<_>, Failure> = pairs
                .iter()
                .map(|[op, json]| Ok((op.clone(), attrs::object(json)?)))
                .collect();
            call::multi(codec()?, &calls?, self.flags.bits(), common)?;
        }
        if let Some(group) = &self.subscribe {
            let groups = std::slice::from_ref(group);
            let watch = subscribe::Watch {
                groups,
                calls: Vec::new(),
                count: None,
                duration: self.duration,
            };
            watch.run(codec()?, common)?;
        }
        Ok(())
    }
}
