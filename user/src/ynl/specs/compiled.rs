// SPDX-License-Identifier: MIT OR Apache-2.0
//! Specs kept in a form that is read in a fraction of a millisecond.
//!
//! A compiled spec is a file of the cache, named by the hash of its source's path. It begins with
//! a key: the shape of the model, and the source's length and time of change (for what is built
//! in, the text's hash). With another key it is made again. Whatever goes wrong with the cache is
//! no error: the source is read instead.

use genlkit_spec::{Error, Family};
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// Bytes of a key.
const KEY: usize = 32;

type Key = [u8; KEY];

/// Reads a spec file, or what the cache has of it.
pub(super) fn file(cache: Option<&Path>, path: &Path) -> Result<Family, Error> {
    let key = file_key(path);
    let name = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let kept = cache.zip(key).map(|(cache, key)| {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        (
            place(cache, &stem, hash(name.as_os_str().as_encoded_bytes())),
            key,
        )
    });
    match kept {
        Some((kept, key)) => through(&kept, &key, || Family::from_file(path)).map(|mut family| {
            family.file = path.display().to_string();
            family
        }),
        None => Family::from_file(path),
    }
}

/// Reads a spec that is built in, or what the cache has of it.
pub(super) fn embedded(cache: Option<&Path>, name: &str, text: &str) -> Result<Family, Error> {
    let read = || Family::from_yaml(name, text);
    let Some(cache) = cache else { return read() };
    let kept = place(cache, name.trim_end_matches(".yaml"), hash(b"built in"));
    through(
        &kept,
        &key(hash(text.as_bytes()), text.len() as u64, 0),
        read,
    )
}

fn through(
    kept: &Path,
    key: &Key,
    read: impl FnOnce() -> Result<Family, Error>,
) -> Result<Family, Error> {
    if let Some(family) = load(kept, key) {
        return Ok(family);
    }
    let family = read()?;
    // The next call reads the source again, that is all.
    let _ = store(kept, key, &family);
    Ok(family)
}

fn load(kept: &Path, key: &Key) -> Option<Family> {
    let bytes = fs::read(kept).ok()?;
    let (found, body) = bytes.split_first_chunk::<KEY>()?;
    if found != key {
        return None;
    }
    postcard::from_bytes(body).ok()
}

fn store(kept: &Path, key: &Key, family: &Family) -> std::io::Result<()> {
    let directory = kept.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(directory)?;
    let body = postcard::to_allocvec(family).map_err(std::io::Error::other)?;
    let new = kept.with_extension(format!("new-{}", std::process::id()));
    let mut file = fs::File::create(&new)?;
    file.write_all(key)?;
    file.write_all(&body)?;
    drop(file);
    fs::rename(&new, kept)
}

fn place(cache: &Path, stem: &str, hash: u64) -> PathBuf {
    cache.join("specs").join(format!("{stem}-{hash:016x}.bin"))
}

fn file_key(path: &Path) -> Option<Key> {
    let data = fs::metadata(path).ok()?;
    let seconds = data.mtime().cast_unsigned().wrapping_mul(1_000_000_000);
    let time = seconds.wrapping_add(data.mtime_nsec().cast_unsigned());
    Some(key(data.ino(), data.len(), time))
}

fn key(first: u64, second: u64, third: u64) -> Key {
    let mut key = [0; KEY];
    let words = [genlkit_spec::SHAPE, first, second, third];
    for (room, word) in key.chunks_exact_mut(8).zip(words) {
        room.copy_from_slice(&word.to_le_bytes());
    }
    key
}

/// FNV-1a.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: &str = "name: demo\ndoc: A demonstration.\nattribute-sets:\n  - name: a\n    attributes:\n      - { name: id, type: u32 }\noperations:\n  list: []\n";

    fn scratch(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("genlkit-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).expect("a directory");
        path
    }

    #[test]
    fn a_changed_source_is_read_again() {
        let cache = scratch("changed");
        let source = cache.join("demo.yaml");
        fs::write(&source, SPEC).expect("a file");
        let first = file(Some(&cache), &source).expect("is valid");
        assert_eq!(file(Some(&cache), &source), Ok(first.clone()));
        fs::write(&source, SPEC.replace("name: id", "name: number")).expect("a file");
        let second = file(Some(&cache), &source).expect("is valid");
        assert_eq!(
            second.sets.first().map(|set| set.attrs[0].name.as_str()),
            Some("number")
        );
        let kept = cache.join("specs").read_dir().expect("a directory").count();
        assert_eq!(kept, 1);
        let _ = fs::remove_dir_all(cache);
    }

    #[test]
    fn a_damaged_cache_is_no_error() {
        let cache = scratch("damaged");
        let first = embedded(Some(&cache), "demo.yaml", SPEC).expect("is valid");
        let kept = fs::read_dir(cache.join("specs"))
            .expect("a directory")
            .flatten()
            .next();
        let kept = kept.expect("a file").path();
        let bytes = fs::read(&kept).expect("a file");
        for len in [0, 10, KEY, KEY + 5, bytes.len() - 1] {
            fs::write(&kept, &bytes[..len]).expect("a file");
            assert_eq!(embedded(Some(&cache), "demo.yaml", SPEC), Ok(first.clone()));
        }
        let _ = fs::remove_dir_all(cache);
    }

    #[test]
    fn without_a_cache_the_source_is_read() {
        assert!(embedded(None, "demo.yaml", SPEC).is_ok());
        assert!(embedded(Some(Path::new("/proc/nowhere")), "demo.yaml", SPEC).is_ok());
    }
}
