// SPDX-License-Identifier: MIT OR Apache-2.0

//! Generated command line arguments: what they say, and what they refuse.
#![cfg(feature = "clap")]

use clap::Parser;
use genlkit::wire::Str;
use genlkit_tests::generated::genltest::{
    CheckArgs, CheckRequest, Colour, OptionFlags, PointNest, ScalarArgs, ScalarRequest, ShapeArgs,
    ShapeRequest,
};

/// A command whose arguments are those of a request.
#[derive(Parser, Debug)]
struct Command<A: clap::Args> {
    #[command(flatten)]
    args: A,
}

fn parse<A: clap::Args>(line: &str) -> Result<A, String> {
    let words = std::iter::once("command").chain(line.split_whitespace());
    let command = Command::try_parse_from(words).map_err(|error| error.to_string())?;
    Ok(command.args)
}

#[test]
fn a_nests_arguments_begin_with_its_name_and_several_are_given_one_by_one() {
    let args: ShapeArgs =
        parse("--point-x -1 --point-label a --numbers 1 --numbers 2 --words 3 --longs 4")
            .expect("arguments");
    let point = PointNest::new().x(-1).label("a");
    let request = ShapeRequest::new()
        .point(point)
        .numbers(&[1, 2])
        .words(&[3])
        .longs(&[4]);
    assert_eq!(args.request(), request);
    assert_eq!(
        parse::<ShapeArgs>("").expect("none").request(),
        ShapeRequest::new()
    );
}

#[test]
fn numbers_and_names_are_what_the_spec_allows() {
    let line = "--range 20 --colour green --options loud,late --uint-range 5000000000 --flag \
                --signed-high -2147483648 --word abc --exact 123456";
    let args: CheckArgs = parse(line).expect("arguments");
    let request = CheckRequest::new()
        .range(20)
        .colour(Colour::GREEN)
        .options(OptionFlags::LOUD | OptionFlags::LATE)
        .uint_range(5_000_000_000)
        .signed_high(-2_147_483_648)
        .flag(true)
        .word("abc")
        .exact(b"123456");
    assert_eq!(args.request(), request);
    for (refused, why) in [
        ("--range 21", "10..=20"),
        ("--colour 256", "invalid value '256'"),
        ("--colour purple", "[possible values: red, green, blue]"),
        ("--options loud,purple", "possible values"),
        ("--word abcd", "4 bytes are more than 3"),
        ("--exact 12345", "5 bytes are fewer than 6"),
        ("--at-most 65536", "65536"),
    ] {
        let error = parse::<CheckArgs>(refused).expect_err(refused);
        assert!(error.contains(why), "{error}");
    }
}

#[test]
fn numbers_of_every_kind_are_arguments() {
    let line = "--u8 1 --s8 -1 --u64 18446744073709551615 --sint -5 --be16 258";
    let args: ScalarArgs = parse(line).expect("arguments");
    let request = ScalarRequest::new()
        .u8(1)
        .s8(-1)
        .u64(u64::MAX)
        .sint(-5)
        .be16(258);
    assert_eq!(args.request(), request);
    assert_eq!(Str::from("a"), "a");
}
