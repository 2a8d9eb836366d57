// SPDX-License-Identifier: MIT OR Apache-2.0
//! Makes the model of what a spec says, and finds what is wrong with it.
//!
//! Every pass reports what it finds and goes on, so that one run names every problem.

mod attrs;
mod checks;
mod definitions;
mod nests;
mod ops;
mod usage;

use crate::error::{Error, Position, Problem};
use crate::model::{Definition, Family, KernelFamily, KernelPolicy, Numbering, Protocol};
use crate::model::{Table, Text};
use crate::names::{c_lower, c_upper};
use crate::{raw, schema};
use serde_saphyr::{Location, Spanned};

/// Collects what is wrong.
pub(crate) struct Problems {
    file: String,
    list: Vec<Problem>,
}

impl Problems {
    fn new(file: &str) -> Self {
        Self {
            file: file.to_owned(),
            list: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, at: impl Into<Place>, message: impl Into<String>) {
        let position = at.into().0;
        self.list.push(Problem {
            file: self.file.clone(),
            position,
            message: message.into(),
        });
    }

    fn into_error(mut self) -> Result<(), Error> {
        if self.list.is_empty() {
            return Ok(());
        }
        self.list.sort_by_key(|problem| problem.position);
        self.list.dedup();
        Err(Error {
            problems: self.list,
        })
    }
}

/// Where a problem is.
pub(crate) struct Place(Option<Position>);

impl From<Location> for Place {
    fn from(at: Location) -> Self {
        let number = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
        Self((at.line() > 0).then(|| Position {
            line: number(at.line()),
            column: number(at.column()),
        }))
    }
}

impl<T> From<&Spanned<T>> for Place {
    fn from(spanned: &Spanned<T>) -> Self {
        spanned.referenced.into()
    }
}

/// The line that something begins on, for people and for other messages.
fn line<T>(spanned: &Spanned<T>) -> u32 {
    u32::try_from(spanned.referenced.line()).unwrap_or(u32::MAX)
}

/// A text without the line end that YAML's block style leaves.
fn doc(doc: &Option<String>) -> Text {
    doc.as_deref().unwrap_or("").trim_end().into()
}

/// `a, b or c`, for messages that say what would be accepted.
pub(crate) fn one_of<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    match names.as_slice() {
        [] => "nothing".to_owned(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
}

/// Reads and resolves; [`Family::from_yaml`] is the door.
pub(crate) fn family(file: &str, yaml: &str) -> Result<Family, Error> {
    let mut problems = Problems::new(file);
    // As in YAML 1.2: an entry that is called `y` or `on` is no boolean.
    let options = serde_saphyr::options! { strict_booleans: true };
    let raw: raw::Family = match serde_saphyr::from_str_with_options(yaml, options) {
        Ok(raw) => raw,
        Err(error) => {
            let at = error.location().map_or(Place(None), Place::from);
            problems.add(at, message_of(&error));
            return Err(Error {
                problems: problems.list,
            });
        }
    };
    let protocol = protocol(&raw, &mut problems);
    schema::check(&raw, protocol, &mut problems);

    let ident = raw.name.value.replace('-', "_");
    let uapi = raw.uapi_header.as_ref().map(|header| header.value.clone());
    let key = |given: &Option<raw::Text>, suffix: &str| {
        c_upper(
            &given
                .as_ref()
                .map_or(format!("{}{suffix}", raw.name.value), |g| g.value.clone()),
        )
    };
    let mut family = Family {
        file: file.to_owned(),
        license: license(yaml),
        name: raw.name.value.clone().into(),
        doc: doc(&raw.doc),
        protocol,
        message_header: raw.message_header.as_ref().is_none_or(|has| has.value),
        version: raw.version.as_ref().map_or(1, |version| version.value),
        uapi_header: uapi.unwrap_or_else(|| format!("linux/{ident}.h")),
        c_family_name: key(&raw.c_family_name, "_FAMILY_NAME"),
        c_version_name: key(&raw.c_version_name, "_FAMILY_VERSION"),
        max_by_define: raw.max_by_define.as_ref().is_some_and(|by| by.value),
        kernel_policy: keyword(
            &raw.kernel_policy,
            "kernel-policy",
            &mut problems,
            &[
                ("split", KernelPolicy::Split),
                ("per-op", KernelPolicy::PerOp),
                ("global", KernelPolicy::Global),
            ],
        )
        .unwrap_or_default(),
        numbering: keyword(
            &raw.operations.enum_model,
            "enum-model",
            &mut problems,
            &[
                ("unified", Numbering::Unified),
                ("directional", Numbering::Directional),
            ],
        )
        .unwrap_or_default(),
        definitions: Vec::<Definition>::new(),
        consts: Table::default(),
        enums: Table::default(),
        structs: Table::default(),
        sets: Table::default(),
        sub_messages: Table::default(),
        ops: Table::default(),
        op_names: ops::names(&raw),
        groups: ops::groups(&raw, &mut problems).into_iter().collect(),
        kernel_family: raw
            .kernel_family
            .as_ref()
            .map_or(KernelFamily::default(), |k| KernelFamily {
                headers: k.value.headers.clone().unwrap_or_default(),
                sock_priv: k.value.sock_priv.clone(),
            }),
    };
    definitions::resolve(&raw, &mut family, &mut problems);
    attrs::resolve(&raw, &mut family, &mut problems);
    ops::resolve(&raw, &mut family, &mut problems);
    nests::check_selectors(&raw, &family, &mut problems);
    problems.into_error()?;
    usage::mark(&mut family);
    Ok(family)
}

/// What a keyword stands for; one that is not in the table is a problem.
fn keyword<T: Copy>(
    given: &Option<raw::Text>,
    key: &str,
    problems: &mut Problems,
    table: &[(&str, T)],
) -> Option<T> {
    let given = given.as_ref()?;
    let found = table
        .iter()
        .find(|(name, _)| *name == given.value)
        .map(|(_, value)| *value);
    if found.is_none() {
        let known = one_of(table.iter().map(|(name, _)| *name));
        problems.add(
            given,
            format!("unknown {key} `{}`: use {known}", given.value),
        );
    }
    found
}

fn protocol(raw: &raw::Family, problems: &mut Problems) -> Protocol {
    let number = raw
        .protonum
        .as_ref()
        .and_then(|number| u32::try_from(number.value).ok());
    let found = keyword(
        &raw.protocol,
        "protocol",
        problems,
        &[
            ("genetlink", Protocol::Genetlink),
            ("genetlink-c", Protocol::GenetlinkC),
            ("genetlink-legacy", Protocol::GenetlinkLegacy),
            ("netlink-raw", Protocol::Raw(number.unwrap_or(0))),
        ],
    );
    if let (Some(Protocol::Raw(_)), None) = (found, number) {
        problems.add(
            &raw.name,
            "a netlink-raw spec needs `protonum`, the protocol's number",
        );
    }
    found.unwrap_or(Protocol::Genetlink)
}

/// The licence that the first line names.
fn license(yaml: &str) -> String {
    let first = yaml.lines().next().unwrap_or("");
    first
        .strip_prefix("# SPDX-License-Identifier: ")
        .unwrap_or("")
        .trim()
        .to_owned()
}

/// The parser's words without its own position and excerpt, which are added again elsewhere.
fn message_of(error: &serde_saphyr::Error) -> String {
    let text = error.without_snippet().to_string();
    let text = text.lines().next().unwrap_or("").trim();
    match text.rfind(" at line ") {
        Some(end) => text[..end].to_owned(),
        None => text.to_owned(),
    }
}

/// A name in C's lower case.
fn tag(name: &str) -> String {
    c_lower(name)
}
