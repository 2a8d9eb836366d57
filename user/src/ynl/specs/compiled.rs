// SPDX-License-Identifier: MIT OR Apache-2.0
//! Spec files kept in a form that is not parsed, and of which only what is asked for is read.
//!
//! A compiled spec is a file of the cache, named by the hash of its source's path. It begins with
//! a key: the shape of the model, and the source's number, length and time of change. With another
//! key it is made again. Then comes the head, so that who wants no more reads no more, and then the
//! family as it is [stored](Family::to_stored); each with its hash before it, for what is damaged is
//! made again, too. Whatever goes wrong with the cache is no error: the source is read instead.

use genlkit_spec::{Error, Family, Head};
use std::collections::HashMap;
use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, PoisonError};

/// Bytes of a key.
const KEY: usize = 32;

/// Bytes that a key and a head have at most; with more the source is asked for the head.
const BEGIN: usize = 256;

/// Raise when what follows the key changes.
const LAYOUT: u64 = 3;

type Key = [u8; KEY];

/// Where the cache has a spec, and the key of what it was made of.
struct Kept {
    path: PathBuf,
    key: Key,
}

/// Reads a spec file, or what the cache has of it.
pub(super) fn file(cache: Option<&Path>, path: &Path) -> Result<Family, Error> {
    let read = || Family::from_file(path);
    let Some(kept) = Kept::of(cache, path) else {
        return read();
    };
    let mut family = match kept.load() {
        Some(family) => family,
        None => {
            let family = read()?;
            kept.store(&Head::of(&family), Some(&family));
            family
        }
    };
    family.file = path.display().to_string();
    Ok(family)
}

/// Reads the head of a spec file, or what the cache has of it.
pub(super) fn head(cache: Option<&Path>, path: &Path) -> Result<Head, Error> {
    let kept = Kept::of(cache, path);
    if let Some(head) = kept.as_ref().and_then(Kept::head) {
        return Ok(head);
    }
    let found = fs::read_to_string(path).ok();
    let Some(head) = found.and_then(|text| Head::of_yaml(&text)) else {
        return file(cache, path).map(|family| Head::of(&family));
    };
    if let Some(kept) = kept {
        kept.store(&head, None);
    }
    Ok(head)
}

impl Kept {
    fn of(cache: Option<&Path>, path: &Path) -> Option<Self> {
        let (cache, key) = (cache?, key(path)?);
        // A file with two names is kept twice, which is less than the work of finding its real one.
        let name = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let hash = hash(name.as_os_str().as_encoded_bytes());
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let path = cache.join("specs").join(format!("{stem}-{hash:016x}.bin"));
        Some(Self { path, key })
    }

    /// What follows the key, where it is this one.
    fn body<'b>(&self, bytes: &'b [u8]) -> Option<&'b [u8]> {
        let (found, body) = bytes.split_first_chunk::<KEY>()?;
        (*found == self.key).then_some(body)
    }

    fn head(&self) -> Option<Head> {
        let mut begin = [0; BEGIN];
        let mut file = fs::File::open(&self.path).ok()?;
        let len = file.read(&mut begin).ok()?;
        let (head, _) = unseal(self.body(begin.get(..len)?)?)?;
        Head::from_stored(head)
    }

    fn load(&self) -> Option<Family> {
        Family::from_stored(self.family(self.bytes()?)?)
    }

    /// The file, which is kept in memory for as long as the program runs, and read once, where it has
    /// a whole family.
    fn bytes(&self) -> Option<&'static [u8]> {
        static READ: LazyLock<Mutex<HashMap<PathBuf, &'static [u8]>>> =
            LazyLock::new(Mutex::default);
        // A panic while it was locked left nothing half done.
        let mut read = READ.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = read.get(&self.path)
            && self.body(known).is_some()
        {
            return Some(known);
        }
        let bytes = fs::read(&self.path).ok()?;
        self.family(&bytes)?;
        let bytes = &*bytes.leak();
        read.insert(self.path.clone(), bytes);
        Some(bytes)
    }

    /// Where a family is stored in the file, if it is and is whole.
    fn family<'b>(&self, bytes: &'b [u8]) -> Option<&'b [u8]> {
        let (_, rest) = unseal(self.body(bytes)?)?;
        Some(unseal(rest)?.0)
    }

    /// Keeps a head, and a family if there is one. Where that fails, the next call reads the source
    /// again, that is all.
    fn store(&self, head: &Head, family: Option<&Family>) {
        let mut bytes = self.key.to_vec();
        seal(&mut bytes, &head.to_stored());
        if let Some(family) = family {
            seal(&mut bytes, &family.to_stored());
        }
        let _ = store(&self.path, &bytes);
    }
}

fn store(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let directory = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(directory)?;
    let new = path.with_extension(format!("new-{}", std::process::id()));
    fs::File::create(&new)?.write_all(bytes)?;
    fs::rename(&new, path)
}

/// Adds bytes with their hash and their length before them.
fn seal(to: &mut Vec<u8>, bytes: &[u8]) {
    to.extend_from_slice(&hash(bytes).to_le_bytes());
    to.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
    to.extend_from_slice(bytes);
}

/// What [`seal`] added, if it is whole, and what comes behind it.
fn unseal(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (sum, bytes) = bytes.split_first_chunk()?;
    let (len, bytes) = bytes.split_first_chunk()?;
    let len = usize::try_from(u64::from_le_bytes(*len)).ok()?;
    let (sealed, rest) = bytes.split_at_checked(len)?;
    (u64::from_le_bytes(*sum) == hash(sealed)).then_some((sealed, rest))
}

/// What a compiled spec of this file begins with.
fn key(path: &Path) -> Option<Key> {
    let data = fs::metadata(path).ok()?;
    let seconds = data.mtime().cast_unsigned().wrapping_mul(1_000_000_000);
    let time = seconds.wrapping_add(data.mtime_nsec().cast_unsigned());
    let shape = genlkit_spec::SHAPE.wrapping_add(LAYOUT);
    let mut key = [0; KEY];
    for (room, word) in key
        .chunks_exact_mut(8)
        .zip([shape, data.ino(), data.len(), time])
    {
        room.copy_from_slice(&word.to_le_bytes());
    }
    Some(key)
}

/// FNV-1a, but of eight bytes at a time, in four lanes that a processor works on at once.
fn hash(bytes: &[u8]) -> u64 {
    const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    // Multiplying carries upwards alone.
    let mix = |hash: u64, word: u64| {
        let mixed = (hash ^ word).wrapping_mul(0x0000_0100_0000_01b3);
        mixed.rotate_left(23)
    };
    let (words, rest) = bytes.as_chunks::<8>();
    let (fours, words) = words.as_chunks::<4>();
    let mut lanes = [BASIS; 4];
    for four in fours {
        for (lane, word) in lanes.iter_mut().zip(four) {
            *lane = mix(*lane, u64::from_le_bytes(*word));
        }
    }
    let words = words.iter().map(|word| u64::from_le_bytes(*word));
    let rest = rest.iter().map(|byte| u64::from(*byte));
    let len = bytes.len() as u64;
    lanes.into_iter().chain(words).chain(rest).fold(len, mix)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPEC: &str = "name: demo\ndoc: A demonstration.\nattribute-sets:\n  - name: a\n    attributes:\n      - { name: id, type: u32 }\noperations:\n  list: []\n";

    /// A cache and a spec file in it.
    fn scratch(spec: &str) -> (tempfile::TempDir, PathBuf) {
        let cache = tempfile::tempdir().expect("a directory");
        let source = cache.path().join("demo.yaml");
        fs::write(&source, spec).expect("a file");
        (cache, source)
    }

    /// The one file in the cache.
    fn kept(cache: &Path) -> PathBuf {
        let directory = cache.join("specs").read_dir().expect("a directory");
        let files: Vec<_> = directory
            .map(|file| file.expect("an entry").path())
            .collect();
        assert_eq!(files.len(), 1);
        files[0].clone()
    }

    #[test]
    fn a_changed_source_is_read_again() {
        let (place, source) = scratch(SPEC);
        let cache = Some(place.path());
        let first = file(cache, &source).expect("is valid");
        let again = file(cache, &source).expect("is valid");
        assert_eq!(again.to_stored(), first.to_stored());
        fs::write(&source, SPEC.replace("name: id", "name: number")).expect("a file");
        for _ in 0..2 {
            let second = file(cache, &source).expect("is valid");
            assert_eq!(second.sets[0].attrs[0].name, "number");
        }
        kept(place.path());
    }

    #[test]
    fn the_head_is_known_with_and_without_a_cache() {
        for name in ["demo".to_owned(), "demo".repeat(100)] {
            let (cache, source) = scratch(&SPEC.replace("demo", &name));
            for cache in [None, Some(cache.path())] {
                for _ in 0..2 {
                    assert_eq!(head(cache, &source).expect("is valid").name, name);
                }
                let family = file(cache, &source).expect("is valid");
                assert_eq!(head(cache, &source), Ok(Head::of(&family)));
            }
            fs::write(&source, SPEC.replace("demo", "other")).expect("a file");
            let head = head(Some(cache.path()), &source).expect("is valid");
            assert_eq!(head.name, "other");
        }
    }

    #[test]
    fn who_wants_the_head_first_gets_the_whole_later() {
        // Nobody can read the rest of it.
        let (cache, source) = scratch("name: demo\noperations: nonsense\n");
        let cache = Some(cache.path());
        for _ in 0..2 {
            assert_eq!(head(cache, &source).expect("it has a head").name, "demo");
        }
        assert!(file(cache, &source).is_err());
        let (cache, source) = scratch(SPEC);
        let cache = Some(cache.path());
        let head = head(cache, &source).expect("it has a head");
        let whole = file(cache, &source).expect("is valid");
        assert_eq!(head, Head::of(&whole));
    }

    #[test]
    fn a_damaged_cache_is_no_error() {
        let (cache, source) = scratch(SPEC);
        let first = file(Some(cache.path()), &source).expect("is valid");
        let kept = kept(cache.path());
        let whole = fs::read(&kept).expect("a file");
        let check = |bytes: &[u8]| {
            // What was read once is not read again, so that the damaged one has another name.
            let (other, _) = scratch(SPEC);
            let path = other.path().join(kept.file_name().expect("a name"));
            fs::write(&path, bytes).expect("a file");
            let key = key(&source).expect("it is there");
            let kept = Kept { path, key };
            let head = kept.head();
            assert!(head.is_none_or(|head| head == Head::of(&first)));
            let family = kept.load();
            assert!(family.is_none_or(|family| family.to_stored() == first.to_stored()));
        };
        for len in 0..whole.len() {
            check(&whole[..len]);
        }
        // What is no whole family is not kept.
        let place = tempfile::tempdir().expect("a directory");
        let path = place.path().join("one.bin");
        let key = key(&source).expect("it is there");
        let once = Kept { path, key };
        for (bytes, found) in [(&whole[..whole.len() - 1], false), (&whole, true)] {
            fs::write(&once.path, bytes).expect("a file");
            assert_eq!(once.bytes().is_some(), found);
        }
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 0x10;
            check(&damaged);
        }
        fs::write(&kept, &whole[..whole.len() - 1]).expect("a file");
        assert_eq!(head(Some(cache.path()), &source), Ok(Head::of(&first)));
    }

    #[test]
    fn without_a_cache_the_source_is_read() {
        let (_cache, source) = scratch(SPEC);
        assert!(file(None, &source).is_ok());
        assert!(file(Some(Path::new("/proc/nowhere")), &source).is_ok());
    }
}
