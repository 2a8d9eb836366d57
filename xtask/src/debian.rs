// SPDX-License-Identifier: MIT OR Apache-2.0

//! What Debian's metadata says: mirrors, packages, and which kernel to take. Pure functions over text.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

/// The kernel series the project is developed against.
pub(crate) const SERIES: &str = "7.3";

/// A binary package of the archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Package {
    /// Its name.
    pub(crate) name: String,
    /// Its full version.
    pub(crate) version: String,
    /// Its architecture, or `all`.
    pub(crate) arch: String,
    /// The archive's hash of the file, hexadecimal.
    pub(crate) sha256: String,
    /// The file's size in bytes.
    pub(crate) size: u64,
}

impl Package {
    /// The name the file has in our cache.
    pub(crate) fn deb_name(&self) -> String {
        format!(
            "{}_{}_{}.deb",
            self.name,
            self.version.replace(':', "%3a"),
            self.arch
        )
    }
}

/// The kernel that was chosen, and the packages it comes in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StockKernel {
    /// `uname -r`.
    pub(crate) release: String,
    /// The first two numbers of the version.
    pub(crate) series: String,
    /// Image, modules, configuration, headers.
    pub(crate) packages: Vec<Package>,
    /// `linux-source-<series>` of the same version.
    pub(crate) source: Package,
}

/// Reads the packages whose names start with `prefix` from `apt-cache dumpavail`.
pub(crate) fn parse_packages(text: &str, prefix: &str) -> Vec<Package> {
    text.split("\n\n")
        .filter_map(|stanza| parse_package(stanza, prefix))
        .collect()
}

fn parse_package(stanza: &str, prefix: &str) -> Option<Package> {
    let name = stanza
        .trim_start()
        .strip_prefix("Package: ")?
        .lines()
        .next()?;
    if !name.starts_with(prefix) {
        return None;
    }
    let field = |key: &str| {
        stanza
            .lines()
            .find_map(|l| l.strip_prefix(key)?.strip_prefix(": "))
            .map(str::to_owned)
    };
    Some(Package {
        name: name.to_owned(),
        version: field("Version")?,
        arch: field("Architecture")?,
        sha256: field("SHA256")?,
        size: field("Size")?.parse().ok()?,
    })
}

/// Chooses the newest generic amd64 kernel that the archive has in full: of the preferred series if there is one.
///
/// The split into packages has changed before (`linux-image`, then `linux-binary` and `linux-modules`): a kernel is
/// taken with every package of a known kind that carries its release in the name.
pub(crate) fn choose_kernel(packages: &[Package]) -> Option<StockKernel> {
    let releases = packages.iter().filter_map(|headers| {
        let release = headers.name.strip_prefix("linux-headers-")?;
        let flavourless = release.strip_suffix("-amd64")?;
        let generic = flavourless.starts_with(|c: char| c.is_ascii_digit())
            && !["-cloud", "-rt"].iter().any(|f| flavourless.ends_with(f));
        generic
            .then(|| assemble(release, &headers.version, packages))
            .flatten()
    });
    releases.max_by(|a, b| {
        let preferred = |k: &StockKernel| k.series == SERIES;
        let newer = compare_versions(&a.source.version, &b.source.version);
        preferred(a)
            .cmp(&preferred(b))
            .then(newer)
            .then(a.release.cmp(&b.release))
    })
}

fn assemble(release: &str, version: &str, packages: &[Package]) -> Option<StockKernel> {
    let series = release
        .splitn(3, ['.', '+', '-'])
        .take(2)
        .collect::<Vec<_>>()
        .join(".");
    let find = |name: String| packages.iter().find(|p| p.name == name);
    let source = find(format!("linux-source-{series}")).filter(|p| p.version == version)?;
    let image = [
        format!("linux-binary-unsigned-{release}"),
        format!("linux-image-unsigned-{release}"),
        format!("linux-image-{release}-unsigned"),
        format!("linux-binary-{release}"),
        format!("linux-image-{release}"),
    ];
    let image = image.into_iter().find_map(find)?;
    let headers = find(format!("linux-headers-{release}"))?;
    let rest = ["linux-modules-", "linux-base-", "linux-modules-extra-"];
    let rest = rest
        .iter()
        .filter_map(|kind| find(format!("{kind}{release}")));
    Some(StockKernel {
        release: release.to_owned(),
        series,
        packages: [image, headers].into_iter().chain(rest).cloned().collect(),
        source: source.clone(),
    })
}

/// Orders versions as dpkg does.
pub(crate) fn compare_versions(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    while !a.is_empty() || !b.is_empty() {
        let text = |s: &[u8]| s.iter().take_while(|c| !c.is_ascii_digit()).count();
        let (ta, tb) = (text(a), text(b));
        for i in 0..ta.max(tb) {
            let weight = |s: &[u8], len| if i < len { order(s[i]) } else { 0 };
            match weight(a, ta).cmp(&weight(b, tb)) {
                Ordering::Equal => {}
                other => return other,
            }
        }
        (a, b) = (&a[ta..], &b[tb..]);
        let digits = |s: &[u8]| s.iter().take_while(|c| c.is_ascii_digit()).count();
        let (da, db) = (digits(a), digits(b));
        let number = |s: &[u8]| {
            s.iter().fold(0u64, |n, c| {
                n.saturating_mul(10).saturating_add(u64::from(c - b'0'))
            })
        };
        match number(&a[..da]).cmp(&number(&b[..db])) {
            Ordering::Equal => {}
            other => return other,
        }
        (a, b) = (&a[da..], &b[db..]);
    }
    Ordering::Equal
}

/// dpkg's order of characters outside numbers: `~` before the end, letters before the rest.
fn order(c: u8) -> i32 {
    match c {
        b'~' => -1,
        c if c.is_ascii_alphabetic() => i32::from(c),
        c => i32::from(c) + 256,
    }
}

/// The URI of Debian's archive among apt source files of either format.
///
/// The archive is recognised by its path: mirrors keep it at `/debian`; security and third parties do not.
pub(crate) fn find_mirror(sources: &[String]) -> Option<String> {
    let uris = sources
        .iter()
        .flat_map(|text| text.lines())
        .flat_map(|line| {
            let line = line.trim();
            let words = line
                .strip_prefix("URIs:")
                .or_else(|| line.strip_prefix("deb "));
            let words = words.unwrap_or_default();
            words
                .split_whitespace()
                .filter(|w| w.contains("://") || w.starts_with("mirror+"))
        });
    let mut uris = uris.map(|u| u.trim_end_matches('/').to_owned());
    uris.find(|uri| uri.ends_with("/debian"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, version: &str) -> Package {
        Package {
            name: name.into(),
            version: version.into(),
            arch: "amd64".into(),
            sha256: String::new(),
            size: 0,
        }
    }

    fn kernel(release: &str, version: &str, image: &str) -> Vec<Package> {
        ["linux-headers-", image, "linux-modules-", "linux-base-"]
            .iter()
            .map(|kind| package(&format!("{kind}{release}"), version))
            .collect()
    }

    #[test]
    fn preferred_series_wins_over_a_newer_one() {
        let mut all = kernel(
            "7.3.4+deb13-amd64",
            "7.3.4-1~bpo13+1",
            "linux-binary-unsigned-",
        );
        all.extend(kernel(
            "7.3.10+deb13-amd64",
            "7.3.10-1~bpo13+1",
            "linux-binary-unsigned-",
        ));
        all.extend(kernel(
            "7.4.1+deb13-amd64",
            "7.4.1-1~bpo13+1",
            "linux-image-",
        ));
        all.push(package("linux-source-7.3", "7.3.10-1~bpo13+1"));
        all.push(package("linux-source-7.4", "7.4.1-1~bpo13+1"));
        assert_eq!(choose_kernel(&all).unwrap().release, "7.3.10+deb13-amd64");
        all.retain(|p| p.name != "linux-source-7.3");
        let other = choose_kernel(&all).unwrap();
        assert_eq!(
            (other.release.as_str(), other.series.as_str()),
            ("7.4.1+deb13-amd64", "7.4")
        );
    }

    #[test]
    fn other_flavours_and_kernels_without_source_are_not_taken() {
        let mut all = kernel("7.3.4+deb13-cloud-amd64", "7.3.4-1", "linux-image-");
        all.extend(kernel("7.3.4+deb13-rt-amd64", "7.3.4-1", "linux-image-"));
        all.extend(kernel("7.3.2+deb13-amd64", "7.3.2-1", "linux-image-"));
        all.push(package("linux-headers-amd64", "7.3.4-1"));
        all.push(package("linux-source-7.3", "7.3.4-1"));
        assert_eq!(choose_kernel(&all), None);
    }

    #[test]
    fn the_unsigned_image_is_preferred() {
        let mut all = kernel("7.3.4-amd64", "7.3.4-1", "linux-image-");
        all.push(package("linux-binary-unsigned-7.3.4-amd64", "7.3.4-1"));
        all.push(package("linux-source-7.3", "7.3.4-1"));
        let chosen = choose_kernel(&all).unwrap();
        let names: Vec<&str> = chosen.packages.iter().map(|p| p.name.as_str()).collect();
        assert!(names.contains(&"linux-binary-unsigned-7.3.4-amd64"));
        assert!(!names.contains(&"linux-image-7.3.4-amd64"));
    }

    #[test]
    fn versions_order_as_dpkg_orders_them() {
        for (smaller, larger) in [
            ("7.3.4-1~bpo13+1", "7.3.4-1"),
            ("7.3.9-1", "7.3.10-1"),
            ("7.3~rc7-1", "7.3.1-1"),
            ("1.0", "1.0+b1"),
        ] {
            assert_eq!(
                compare_versions(smaller, larger),
                Ordering::Less,
                "{smaller} {larger}"
            );
            assert_eq!(compare_versions(larger, smaller), Ordering::Greater);
        }
        assert_eq!(compare_versions("7.3.4-1", "7.3.4-1"), Ordering::Equal);
    }

    #[test]
    fn packages_are_read_from_dumpavail() {
        let text = "Package: linux-base\nVersion: 1\nArchitecture: all\nSHA256: ab\nSize: 5\n\n\
                    Package: bash\nVersion: 2\nArchitecture: amd64\nSHA256: cd\nSize: 6\n";
        let packages = parse_packages(text, "linux-");
        assert_eq!(packages.len(), 1);
        assert_eq!((packages[0].size, packages[0].arch.as_str()), (5, "all"));
    }

    #[test]
    fn the_mirror_is_found_in_both_formats() {
        let one_line = "# deb http://no.example/debian x\ndeb-src http://no.example/debian s main\n\
                        deb [arch=amd64] http://m.example/debian/ bookworm main";
        assert_eq!(
            find_mirror(&[one_line.into()]).as_deref(),
            Some("http://m.example/debian")
        );
        let deb822 = "Types: deb\nURIs: http://m.example/debian-security\nSuites: s\n\n\
                      Types: deb\nURIs: http://m.example/debian\nSuites: bookworm\n";
        assert_eq!(
            find_mirror(&[deb822.into()]).as_deref(),
            Some("http://m.example/debian")
        );
        assert_eq!(
            find_mirror(&["deb http://u.example/ubuntu noble main".into()]),
            None
        );
    }
}
