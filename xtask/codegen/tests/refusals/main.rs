// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a spec says rightly, and one side cannot have, is refused by name, file and line; one test a
//! refusal.

use genlkit_codegen::{kernel, policy, uapi, user};
use genlkit_spec::{Family, Problem};

/// Makes a test of each refusal: what says the part of the spec, the text of the line that is named,
/// and words of the message.
macro_rules! refused {
    ($part:path; $($name:ident: $given:expr => $line:expr, $message:expr;)*) => { $(
        #[test]
        fn $name() {
            $part($given, $line, $message);
        }
    )* };
}

mod kernel_side;
mod policies;
mod uapi_header;
mod user_side;

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
            definitions: "",
            attributes: "      - { name: a, type: u32 }",
            operations: "    - { name: get, doc: d, attribute-set: item, do: { request: { attributes: [ a ] } } }",
        }
    }
}

/// What one side says of a family.
type Side = fn(&Family) -> Result<(), Vec<Problem>>;

const POLICY: Side = |family| policy::tables(family).map(drop);
const KERNEL: Side =
    |family| policy::tables(family).and_then(|tables| kernel::emit(family, &tables).map(drop));
const USER: Side = |family| user::emit(family, "crate").map(drop);
const UAPI: Side = |family| uapi::emit(family).map(drop);

impl Spec {
    /// The one thing that `side` refuses: on the line that contains `line`, said with `message`.
    #[track_caller]
    fn is_refused(&self, side: Side, line: &str, message: &str) {
        let definitions = match self.definitions {
            "" => String::new(),
            definitions => format!("definitions:\n{definitions}\n"),
        };
        let yaml = format!(
            "name: demo\ndoc: d\n{}\n{definitions}attribute-sets:\n  - name: item\n    attributes:\n{}\noperations:\n  list:\n{}\n",
            self.head, self.attributes, self.operations
        );
        let family =
            Family::from_yaml("demo.yaml", &yaml).unwrap_or_else(|error| panic!("{error}"));
        let problems = side(&family).expect_err("a refusal");
        let [problem] = problems.as_slice() else {
            panic!("{problems:#?}")
        };
        assert!(problem.to_string().starts_with("demo.yaml:"), "{problem}");
        let position = problem.position.expect("a place");
        let place = yaml.lines().nth(position.line as usize - 1);
        let place = place.expect("a line");
        assert!(
            place.contains(line),
            "on `{place}`, not on `{line}`: {problem}"
        );
        assert!(
            problem.message.contains(message),
            "`{problem}` does not say `{message}`"
        );
    }
}

#[test]
fn the_spec_that_the_tests_change_is_good_for_every_side() {
    let yaml = "name: demo\ndoc: d\nattribute-sets: [ { name: item, attributes: [ { name: a, type: u32 } ] } ]\noperations: { list: [ { name: get, doc: d, attribute-set: item, do: { request: { attributes: [ a ] } } } ] }\n";
    let family = Family::from_yaml("demo.yaml", yaml).expect("a family");
    for side in [POLICY, KERNEL, USER, UAPI] {
        assert_eq!(side(&family), Ok(()));
    }
}
