// SPDX-License-Identifier: MIT OR Apache-2.0
//! Where specs are found, and how they are kept ready.
//!
//! Looked for in this order; the first that has a family's name wins:
//!
//! 1. the files and directories of `$GENLKIT_SPECS`, separated by colons;
//! 2. the specs of this program itself;
//! 3. `genlkit/specs` in the user's and the system's data directories (`$XDG_DATA_HOME`,
//!    `$XDG_DATA_DIRS`), and where distributions put the kernel's (`/usr/share/ynl/specs`);
//! 4. kernel trees: of the running kernel (`/lib/modules/RELEASE/source`), and those that
//!    `cargo xtask` keeps in the user's cache.

mod compiled;
mod embedded;
mod places;

pub use genlkit_spec::Head;

use crate::ynl::codec::Codec;
use genlkit_spec::Family;
use std::fmt;
use std::path::{Path, PathBuf};

/// Where a spec is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// In this program.
    Embedded(&'static str),
    /// A file.
    File(PathBuf),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Embedded(name) => write!(f, "built in ({name}.yaml)"),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

/// A spec that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The file's name without its ending, which by custom is the family's name.
    pub stem: String,
    /// Where it is.
    pub source: Source,
}

/// Why a spec cannot be used.
#[derive(Debug)]
#[non_exhaustive]
pub enum SpecError {
    /// No spec has the family's name; with what is there.
    NotFound {
        /// The name that was looked for.
        family: String,
        /// The names that are there.
        known: Vec<String>,
    },
    /// The spec is wrong.
    Invalid(genlkit_spec::Error),
}

impl fmt::Display for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound { family, .. } => write!(f, "no spec of family \"{family}\" was found"),
            Self::Invalid(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for SpecError {}

/// All specs that are found.
#[derive(Debug, Clone)]
pub struct Specs {
    found: Vec<Found>,
    cache: Option<PathBuf>,
}

impl Specs {
    /// Looks for specs where they can be; reads directories, no files.
    #[must_use]
    pub fn search() -> Self {
        let mut found: Vec<Found> = Vec::new();
        let mut add = |stem: &str, source: Source| {
            if !found.iter().any(|found| found.stem == stem) {
                found.push(Found {
                    stem: stem.to_owned(),
                    source,
                });
            }
        };
        let mut add_files = |paths: Vec<PathBuf>, embedded: bool| {
            for path in paths {
                for (stem, file) in places::specs(&path) {
                    add(&stem, Source::File(file));
                }
            }
            if embedded {
                for spec in embedded::ALL {
                    add(spec.stem, Source::Embedded(spec.stem));
                }
            }
        };
        add_files(places::named(), true);
        add_files(places::data(), false);
        add_files(places::kernels().collect(), false);
        found.sort_by(|one, other| one.stem.cmp(&other.stem));
        Self {
            found,
            cache: places::cache(),
        }
    }

    /// The specs, by name.
    #[must_use]
    pub fn all(&self) -> &[Found] {
        &self.found
    }

    /// The spec of a family.
    ///
    /// # Errors
    /// Where there is none, or it is wrong.
    pub fn family(&self, name: &str) -> Result<Codec, SpecError> {
        let spelled = |text: &str| text.replace('_', "-").to_ascii_lowercase();
        let exact = self.found.iter().find(|found| found.stem == name);
        let near = || {
            self.found
                .iter()
                .find(|found| spelled(&found.stem) == spelled(name))
        };
        if let Some(found) = exact.or_else(near) {
            return self.load(&found.source);
        }
        // A few files have another name than their family.
        let is_it = |found: &&Found| self.head(&found.source).is_ok_and(|head| head.name == name);
        match self.found.iter().find(is_it) {
            Some(found) => self.load(&found.source),
            None => Err(SpecError::NotFound {
                family: name.to_owned(),
                known: self.found.iter().map(|found| found.stem.clone()).collect(),
            }),
        }
    }

    /// Reads of a spec only what the family is called and how it is spoken to, which is far less
    /// than the whole.
    ///
    /// # Errors
    /// Where it is wrong, or cannot be read.
    pub fn head(&self, source: &Source) -> Result<Head, SpecError> {
        match source {
            Source::Embedded(stem) => {
                let spec = embedded::by_stem(stem).ok_or_else(|| unknown(stem))?;
                Ok(Head {
                    name: spec.name.to_owned(),
                    protocol: spec.protocol,
                })
            }
            Source::File(path) => {
                compiled::head(self.cache.as_deref(), path).map_err(SpecError::Invalid)
            }
        }
    }

    /// Reads a spec.
    ///
    /// # Errors
    /// Where it is wrong, or cannot be read.
    pub fn load(&self, source: &Source) -> Result<Codec, SpecError> {
        load(self.cache.as_deref(), source)
    }
}

/// The spec of a family: as [`Specs::family`], without a look at any other where one has its name exactly.
///
/// # Errors
/// Where there is none, or it is wrong.
pub fn family(name: &str) -> Result<Codec, SpecError> {
    match exact(name) {
        // No cache is looked for where none is needed.
        Some(source @ Source::Embedded(_)) => load(None, &source),
        Some(source) => load(places::cache().as_deref(), &source),
        None => Specs::search().family(name),
    }
}

/// Reads a spec file, wherever it is.
///
/// # Errors
/// Where it is wrong, or cannot be read.
pub fn file(path: &Path) -> Result<Codec, SpecError> {
    load(places::cache().as_deref(), &Source::File(path.to_owned()))
}

/// Where the file of this name is, or the spec in this program.
fn exact(name: &str) -> Option<Source> {
    let embedded = || embedded::by_stem(name).map(|spec| Source::Embedded(spec.stem));
    among(places::named(), name)
        .or_else(embedded)
        .or_else(|| among(places::data(), name))
        .or_else(|| among(places::kernels(), name))
}

/// The first file of this name.
fn among(paths: impl IntoIterator<Item = PathBuf>, name: &str) -> Option<Source> {
    let mut files = paths.into_iter();
    let found = files.find_map(|path| places::spec(&path, name));
    found.map(Source::File)
}

fn load(cache: Option<&Path>, source: &Source) -> Result<Codec, SpecError> {
    let family = match source {
        Source::Embedded(stem) => embedded::by_stem(stem)
            .and_then(|spec| Family::from_stored(spec.stored))
            .ok_or_else(|| unknown(stem))?,
        Source::File(path) => compiled::file(cache, path).map_err(SpecError::Invalid)?,
    };
    Ok(Codec::new(family))
}

/// What to say of a spec that this program has not.
fn unknown(stem: &str) -> SpecError {
    SpecError::NotFound {
        family: stem.to_owned(),
        known: embedded::ALL
            .iter()
            .map(|spec| spec.stem.to_owned())
            .collect(),
    }
}

/// Reads a spec file without the cache, so that everything that is wrong with it is found.
///
/// # Errors
/// Everything that is wrong with it.
pub fn check(path: &Path) -> Result<Family, genlkit_spec::Error> {
    Family::from_file(path)
}
