// SPDX-License-Identifier: MIT OR Apache-2.0
//! Specs kept in a form that is read in a fraction of a millisecond.
//!
//! A compiled spec is a file of the cache, named by the hash of its source's path. It begins with
//! a key: the shape of the model, and the source's length and time of change (for what is built
//! in, the text's hash). With another key it is made again. Then comes the head, so that who wants
//! no more reads no more. Whatever goes wrong with the cache is no error: the source is read
//! instead.

use genlkit_spec::{Error, Family, Head};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// Bytes of a key.
const KEY: usize = 32;

/// Bytes that a head has at most; with more it is read with all the rest.
const HEAD: u64 = 256;

/// Raise when what follows the key changes.
const LAYOUT: u64 = 2;

type Key = [u8; KEY];

/// Where the cache has a spec, and the key of what it was made of.
struct Kept {
    path: PathBuf,
    key: Key,
}

/// Reads a spec file, or what the cache has of it.
pub(super) fn file(cache: Option<&Path>, path: &Path) -> Result<Family, Error> {
    let read = || Family::from_file(path);
    let Some(kept) = Kept::of_file(cache, path) else {
        return read();
    };
    let mut family = match kept.load() {
        Some(family) => family,
        None => kept.store(read()?),
    };
    family.file = path.display().to_string();
    Ok(family)
}

/// Reads the head of a spec file, or what the cache has of it.
pub(super) fn head_of_file(cache: Option<&Path>, path: &Path) -> Result<Head, Error> {
    let kept = Kept::of_file(cache, path);
    let known = kept.as_ref().and_then(Kept::head).or_else(|| {
        let head = Head::of_yaml(&fs::read_to_string(path).ok()?)?;
        Some(Kept::store_head(kept.as_ref(), head))
    });
    known.map_or_else(|| file(cache, path).map(|family| Head::of(&family)), Ok)
}

/// Reads a spec that is built in, or what the cache has of it.
pub(super) fn embedded(cache: Option<&Path>, name: &str, text: &str) -> Result<Family, Error> {
    let read = || Family::from_yaml(name, text);
    let Some(kept) = Kept::of_embedded(cache, name, text) else {
        return read();
    };
    match kept.load() {
        Some(family) => Ok(family),
        None => read().map(|family| kept.store(family)),
    }
}

/// Reads the head of a spec that is built in, or what the cache has of it.
pub(super) fn head_of_embedded(
    cache: Option<&Path>,
    name: &str,
    text: &str,
) -> Result<Head, Error> {
    let kept = Kept::of_embedded(cache, name, text);
    let known = kept.as_ref().and_then(Kept::head).or_else(|| {
        let head = Head::of_yaml(text)?;
        Some(Kept::store_head(kept.as_ref(), head))
    });
    known.map_or_else(
        || embedded(cache, name, text).map(|family| Head::of(&family)),
        Ok,
    )
}

impl Kept {
    fn of_file(cache: Option<&Path>, path: &Path) -> Option<Self> {
        let (cache, key) = (cache?, file_key(path)?);
        // A file with two names is kept twice, which is less than the work of finding its real one.
        let name = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let path = place(cache, &stem, hash(name.as_os_str().as_encoded_bytes()));
        Some(Self { path, key })
    }

    fn of_embedded(cache: Option<&Path>, name: &str, text: &str) -> Option<Self> {
        let path = place(cache?, name.trim_end_matches(".yaml"), hash(b"built in"));
        let key = key(hash(text.as_bytes()), text.len() as u64, 0);
        Some(Self { path, key })
    }

    /// What follows the key, where it is this one.
    fn body<'b>(&self, bytes: &'b [u8]) -> Option<&'b [u8]> {
        let (found, body) = bytes.split_first_chunk::<KEY>()?;
        (*found == self.key).then_some(body)
    }

    fn head(&self) -> Option<Head> {
        let mut begin = Vec::new();
        let file = fs::File::open(&self.path).ok()?;
        file.take(KEY as u64 + HEAD).read_to_end(&mut begin).ok()?;
        first(self.body(&begin)?).map(|(head, _)| head)
    }

    fn load(&self) -> Option<Family> {
        let bytes = fs::read(&self.path).ok()?;
        let (_, rest): (Head, _) = first(self.body(&bytes)?)?;
        postcard::from_bytes(rest).ok()
    }

    /// Keeps a family. Where that fails, the next call reads the source again, that is all.
    fn store(&self, family: Family) -> Family {
        let _ = store(&self.path, &self.key, &(Head::of(&family), &family));
        family
    }

    /// Keeps a head alone.
    fn store_head(kept: Option<&Self>, head: Head) -> Head {
        if let Some(kept) = kept {
            let _ = store(&kept.path, &kept.key, &head);
        }
        head
    }
}

/// A value, and the bytes behind it.
fn first<T: DeserializeOwned>(bytes: &[u8]) -> Option<(T, &[u8])> {
    postcard::take_from_bytes(bytes).ok()
}

fn store(kept: &Path, key: &Key, value: &impl Serialize) -> std::io::Result<()> {
    let directory = kept.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(directory)?;
    let body = postcard::to_allocvec(value).map_err(std::io::Error::other)?;
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
    let shape = genlkit_spec::SHAPE.wrapping_add(LAYOUT);
    let words = [shape, first, second, third];
    for (room, word) in key.chunks_exact_mut(8).zip(words) {
        room.copy_from_slice(&word.to_le_bytes());
    }
    key
}

/// FNV-1a, but of eight bytes at a time: all specs that are built in are hashed to list them.
fn hash(bytes: &[u8]) -> u64 {
    let mix = |hash: u64, word: u64| (hash ^ word).wrapping_mul(0x0000_0100_0000_01b3);
    let (words, rest) = bytes.as_chunks::<8>();
    let hash = words.iter().fold(0xcbf2_9ce4_8422_2325, |hash, word| {
        // Multiplying carries upwards alone.
        mix(hash, u64::from_le_bytes(*word)).rotate_left(23)
    });
    rest.iter()
        .fold(hash, |hash, byte| mix(hash, u64::from(*byte)))
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

    /// What the cache has of a family: all but the C names.
    fn known(family: &Family) -> Family {
        let bytes = postcard::to_allocvec(family).expect("there is room");
        postcard::from_bytes(&bytes).expect("just written")
    }

    #[test]
    fn a_changed_source_is_read_again() {
        let cache = scratch("changed");
        let source = cache.join("demo.yaml");
        fs::write(&source, SPEC).expect("a file");
        let first = file(Some(&cache), &source).expect("is valid");
        assert_eq!(
            file(Some(&cache), &source).map(|family| known(&family)),
            Ok(known(&first))
        );
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
    fn the_head_is_known_with_and_without_a_cache() {
        let cache = scratch("head");
        let long = SPEC.replace("demo", &"demo".repeat(100));
        for cache in [None, Some(&*cache)] {
            for text in [SPEC, &long] {
                let family = embedded(cache, "demo.yaml", text).expect("is valid");
                let head = head_of_embedded(cache, "demo.yaml", text);
                assert_eq!(head, Ok(Head::of(&family)));
            }
        }
        let source = cache.join("demo.yaml");
        fs::write(&source, SPEC).expect("a file");
        for _ in 0..2 {
            let head = head_of_file(Some(&cache), &source).expect("is valid");
            assert_eq!(head.name, "demo");
        }
        fs::write(&source, SPEC.replace("demo", "other")).expect("a file");
        let head = head_of_file(Some(&cache), &source).expect("is valid");
        assert_eq!(head.name, "other");
        let _ = fs::remove_dir_all(cache);
    }

    #[test]
    fn who_wants_the_head_first_gets_the_whole_later() {
        let cache = scratch("first");
        let source = cache.join("demo.yaml");
        // Nobody can read the rest of it.
        fs::write(&source, "name: demo\noperations: nonsense\n").expect("a file");
        for _ in 0..2 {
            let head = head_of_file(Some(&cache), &source).expect("it has a head");
            assert_eq!(head.name, "demo");
        }
        assert!(file(Some(&cache), &source).is_err());
        let head = head_of_embedded(Some(&cache), "demo.yaml", SPEC);
        let whole = embedded(Some(&cache), "demo.yaml", SPEC).expect("is valid");
        assert_eq!(head, Ok(Head::of(&whole)));
        let _ = fs::remove_dir_all(cache);
    }

    #[test]
    fn a_damaged_cache_is_no_error() {
        let cache = scratch("damaged");
        let first = embedded(Some(&cache), "demo.yaml", SPEC).expect("is valid");
        let head = Head::of(&first);
        let kept = fs::read_dir(cache.join("specs"))
            .expect("a directory")
            .flatten()
            .next();
        let kept = kept.expect("a file").path();
        let bytes = fs::read(&kept).expect("a file");
        for len in [0, 10, KEY, KEY + 5, bytes.len() - 1] {
            fs::write(&kept, &bytes[..len]).expect("a file");
            let found = head_of_embedded(Some(&cache), "demo.yaml", SPEC);
            assert_eq!(found, Ok(head.clone()));
            let family = embedded(Some(&cache), "demo.yaml", SPEC);
            assert_eq!(family.map(|family| known(&family)), Ok(known(&first)));
        }
        let _ = fs::remove_dir_all(cache);
    }

    #[test]
    fn without_a_cache_the_source_is_read() {
        assert!(embedded(None, "demo.yaml", SPEC).is_ok());
        assert!(embedded(Some(Path::new("/proc/nowhere")), "demo.yaml", SPEC).is_ok());
    }
}
