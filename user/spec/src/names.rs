// SPDX-License-Identifier: MIT OR Apache-2.0
//! How a name of a spec is written in C and in Rust.

/// As a C constant, the way the kernel's generator forms it: `task-get` is `TASK_GET`.
#[must_use]
pub fn c_upper(name: &str) -> String {
    name.to_uppercase().replace('-', "_")
}

/// As a C identifier: `task-get` is `task_get`.
#[must_use]
pub fn c_lower(name: &str) -> String {
    name.to_lowercase().replace('-', "_")
}

/// As a Rust function, field or module: `task-get` is `task_get`, `type` is `r#type`, `3ad` is
/// `_3ad`.
#[must_use]
pub fn snake(name: &str) -> String {
    let name = leading(c_lower(name));
    match name.as_str() {
        // Path words cannot be raw identifiers.
        "self" | "super" | "crate" => name + "_",
        keyword if is_keyword(keyword) => format!("r#{keyword}"),
        _ => name,
    }
}

/// As a Rust constant: `task-get` is `TASK_GET`, `3ad` is `_3AD`.
#[must_use]
pub fn screaming(name: &str) -> String {
    leading(c_upper(name))
}

/// As a Rust type or variant: `task-get` is `TaskGet`, `3ad` is `_3ad`.
#[must_use]
pub fn camel(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for word in name.split(['-', '_']) {
        let mut chars = word.chars();
        out.extend(chars.next().map(|first| first.to_ascii_uppercase()));
        out.extend(chars.map(|c| c.to_ascii_lowercase()));
    }
    match out.as_str() {
        "Self" => "Self_".to_owned(),
        _ => leading(out),
    }
}

fn leading(name: String) -> String {
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        format!("_{name}")
    } else {
        name
    }
}

fn is_keyword(name: &str) -> bool {
    const KEYWORDS: &[&str] = &[
        "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do",
        "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in",
        "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref",
        "return", "static", "struct", "trait", "true", "try", "type", "typeof", "unsafe",
        "unsized", "use", "virtual", "where", "while", "yield",
    ];
    KEYWORDS.binary_search(&name).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_identifiers() {
        assert_eq!(c_upper("task-get"), "TASK_GET");
        assert_eq!(camel("task-get"), "TaskGet");
        assert_eq!(camel("802_3ad"), "_8023ad");
        assert_eq!(screaming("3ad"), "_3AD");
        for (name, rust) in [
            ("task-get", "task_get"),
            ("type", "r#type"),
            ("self", "self_"),
        ] {
            assert_eq!(snake(name), rust);
        }
    }

    #[test]
    fn every_keyword_is_known() {
        for name in ["abstract", "do", "gen", "yield", "fn", "ref", "in", "box"] {
            assert!(is_keyword(name), "{name}");
        }
    }
}
