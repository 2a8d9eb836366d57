// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the README shows is what the example does, which is compiled.

/// The source without what formatting changes.
fn tokens(source: &str) -> String {
    let dense: String = source.split_whitespace().collect();
    dense.replace(",)", ")")
}

#[test]
fn the_snippet_of_the_readme_is_the_example() {
    let readme = include_str!("../../README.md");
    let (_, snippet) = readme.split_once("```rust\n").expect("a snippet");
    let (snippet, _) = snippet.split_once("```").expect("its end");
    let example = include_str!("../examples/list_tasks.rs");
    assert!(tokens(example).contains(&tokens(snippet)), "{snippet}");
}
