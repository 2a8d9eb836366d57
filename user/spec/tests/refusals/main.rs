// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is wrong with a spec is named, with its file and its line; one test a mistake.

use genlkit_spec::Family;

/// Makes a test of each mistake: what says the part of the spec, the text of the line that is named,
/// and words of the message.
macro_rules! refused {
    ($part:path; $($name:ident: $given:expr => $line:expr, $message:expr;)*) => { $(
        #[test]
        fn $name() {
            $part($given, $line, $message);
        }
    )* };
}

mod attributes;
mod checks;
mod definitions;
mod head;
mod operations;
mod schema;
mod sub_messages;

/// A spec of four parts, each of which a test can replace.
struct Spec {
    head: &'static str,
    definitions: &'static str,
    attributes: &'static str,
    operations: &'static str,
}

impl Default for Spec {
    fn default() -> Self {
        Self {
            head: "",
            definitions: "  - { type: const, name: limit, value: 9 }",
            attributes: "      - { name: id, type: u32 }",
            operations: "    - { name: get, doc: d, attribute-set: item, do: { request: { attributes: [ id ] } } }",
        }
    }
}

impl Spec {
    fn yaml(&self) -> String {
        format!(
            "name: demo\ndoc: d\n{}\ndefinitions:\n{}\nattribute-sets:\n  - name: item\n    attributes:\n{}\noperations:\n  list:\n{}\n",
            self.head, self.definitions, self.attributes, self.operations
        )
    }

    /// What is wrong, each with the text of the line that it is found on.
    fn problems(&self) -> Vec<(String, String)> {
        let yaml = self.yaml();
        let error = Family::from_yaml("demo.yaml", &yaml).expect_err(&yaml);
        let lines: Vec<&str> = yaml.lines().collect();
        let place = |problem: &genlkit_spec::Problem| {
            let position = problem
                .position
                .unwrap_or_else(|| panic!("{problem} has no line"));
            lines[position.line as usize - 1].trim().to_owned()
        };
        assert!(error.to_string().starts_with("demo.yaml:"), "{error}");
        error
            .problems
            .iter()
            .map(|problem| (place(problem), problem.message.clone()))
            .collect()
    }

    /// The one thing that is wrong: on the line that contains `line`, said with `message`.
    #[track_caller]
    fn is_refused(&self, line: &str, message: &str) {
        let problems = self.problems();
        let [(place, said)] = problems.as_slice() else {
            panic!("{problems:#?}")
        };
        assert!(
            place.contains(line),
            "on `{place}`, not on `{line}`: {said}"
        );
        assert!(said.contains(message), "`{said}` does not say `{message}`");
    }
}

/// Attributes in place of the good one, and an operation that lists none.
#[track_caller]
fn attributes(attributes: &'static str, line: &str, message: &str) {
    of_protocol("", attributes, line, message);
}

#[track_caller]
fn legacy_attributes(attributes: &'static str, line: &str, message: &str) {
    of_protocol("protocol: genetlink-legacy", attributes, line, message);
}

#[track_caller]
fn of_protocol(head: &'static str, attributes: &'static str, line: &str, message: &str) {
    let operations = "    - { name: get, doc: d }";
    Spec {
        head,
        attributes,
        operations,
        ..Spec::default()
    }
    .is_refused(line, message);
}

/// Definitions, and the one attribute that uses them.
#[track_caller]
fn definition_and_attribute(
    (definitions, attributes): (&'static str, &'static str),
    line: &str,
    message: &str,
) {
    let operations = "    - { name: get, doc: d }";
    Spec {
        definitions,
        attributes,
        operations,
        ..Spec::default()
    }
    .is_refused(line, message);
}

#[track_caller]
fn definitions(definitions: &'static str, line: &str, message: &str) {
    Spec {
        definitions,
        ..Spec::default()
    }
    .is_refused(line, message);
}

#[track_caller]
fn legacy_definitions(definitions: &'static str, line: &str, message: &str) {
    Spec {
        head: "protocol: genetlink-legacy",
        definitions,
        ..Spec::default()
    }
    .is_refused(line, message);
}

#[track_caller]
fn raw_definitions(definitions: &'static str, line: &str, message: &str) {
    Spec {
        head: "protocol: netlink-raw\nprotonum: 99",
        definitions,
        ..Spec::default()
    }
    .is_refused(line, message);
}

#[track_caller]
fn operations(operations: &'static str, line: &str, message: &str) {
    Spec {
        operations,
        ..Spec::default()
    }
    .is_refused(line, message);
}

#[track_caller]
fn head(head: &'static str, line: &str, message: &str) {
    Spec {
        head,
        ..Spec::default()
    }
    .is_refused(line, message);
}

#[test]
fn the_spec_that_the_tests_change_is_good() {
    assert!(Family::from_yaml("demo.yaml", &Spec::default().yaml()).is_ok());
}

#[test]
fn a_text_that_is_not_yaml() {
    let error = Family::from_yaml("demo.yaml", "name: [\n").expect_err("not YAML");
    assert!(error.problems[0].position.is_some(), "{error}");
}

#[test]
fn a_text_that_is_no_mapping() {
    assert!(Family::from_yaml("demo.yaml", "").is_err());
    assert!(Family::from_yaml("demo.yaml", "42").is_err());
}

#[test]
fn all_problems_are_reported_in_the_order_of_lines() {
    let spec = Spec {
        definitions: "  - { type: const, name: c }",
        attributes: "      - { name: id, type: u128 }\n      - { name: x, type: nest }",
        operations: "    - { name: get, doc: d, flags: [ root ] }",
        ..Spec::default()
    };
    let said: Vec<String> = spec
        .problems()
        .into_iter()
        .map(|(_, message)| message)
        .collect();
    assert_eq!(said.len(), 4, "{said:#?}");
    assert!(
        said[0].contains("needs a `value`") && said[3].contains("unknown flag"),
        "{said:#?}"
    );
}
