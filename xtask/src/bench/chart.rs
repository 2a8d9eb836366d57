// SPDX-License-Identifier: MIT OR Apache-2.0

//! Pages with bar charts.

use std::fmt::Write;

/// A bar: whose it is, how long it is beside the others, and what stands at its end.
pub(crate) struct Bar<'b> {
    pub(crate) name: &'b str,
    pub(crate) length: f64,
    pub(crate) label: String,
}

/// A page that needs nothing else.
pub(crate) fn html(title: &str, text: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n\
         <style>body{{font:16px sans-serif;max-width:50em;margin:2em auto}}text{{font:13px sans-serif}}\
         rect{{fill:#9ab}}.ours{{fill:#286}}</style>\n\
         <h1>{title}</h1>\n<p>{text}</p>\n{body}"
    )
}

/// A chart; the bars of this project have a colour of their own.
pub(crate) fn chart(title: &str, bars: &[Bar<'_>]) -> String {
    const HEIGHT: usize = 22;
    let most = bars.iter().map(|bar| bar.length).fold(1.0, f64::max);
    let mut chart = format!(
        "<h2>{title}</h2>\n<svg width=\"100%\" viewBox=\"0 0 860 {}\" role=\"img\">\n",
        bars.len() * HEIGHT
    );
    for (
        place,
        Bar {
            name,
            length,
            label,
        },
    ) in bars.iter().enumerate()
    {
        let (top, long) = (place * HEIGHT, length / most * 460.0);
        let class = match ["genlkit", "taskdiag"]
            .iter()
            .any(|ours| name.starts_with(ours))
        {
            true => " class=\"ours\"",
            false => "",
        };
        // Writing to a string does not fail.
        let _ = writeln!(
            chart,
            "<text x=\"0\" y=\"{}\">{name}</text><rect{class} x=\"270\" y=\"{}\" width=\"{long:.1}\" \
             height=\"16\"/><text x=\"{:.1}\" y=\"{}\">{label}</text>",
            top + 15,
            top + 3,
            275.0 + long,
            top + 15,
        );
    }
    chart + "</svg>\n"
}
