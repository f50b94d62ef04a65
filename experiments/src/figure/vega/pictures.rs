//! A sheet of pictures as facets of coloured cells.

use serde_json::{Value, json};

use super::{document, names, object, pretty};
use crate::figure::pictures::{Pictures, Shade};
use crate::figure::text;

/// Red, green and blue of ink.
const INK: u8 = 0x22;
/// Width of a picture, in pixels.
const SIDE: u32 = 64;

/// The specification: a facet for each picture, whose caption stands under it.
pub(in crate::figure) fn pictures(pictures: &Pictures) -> String {
    let sheet = || pictures.sheet.iter().enumerate();
    let pixels = sheet().flat_map(|(index, picture)| {
        picture.pixels().map(move |(row, column, shade)| {
            let value = colour(shade);
            json!({ "picture": index, "row": row, "column": column, "value": value })
        })
    });
    let captions: Vec<String> = sheet().map(|(_, p)| text::plain(&p.caption)).collect();
    let side = |name| json!({ "field": name, "type": "ordinal", "axis": null });
    let header = json!({ "title": null, "labelOrient": "bottom", "labelExpr": names(&captions) });
    let mut spec = document(&pictures.title, &pictures.description);
    let pixels: Vec<Value> = pixels.collect();
    spec.extend(object(json!({
        "datasets": { "pixels": pixels },
        "data": { "name": "pixels" },
        "columns": pictures.across,
        "facet": { "field": "picture", "type": "ordinal", "header": header },
        "spec": {
            "width": SIDE,
            "height": SIDE,
            "mark": "rect",
            "encoding": {
                "x": side("column"),
                "y": side("row"),
                "color": {
                    "field": "value",
                    "type": "nominal",
                    "scale": null,
                },
            },
        },
        "resolve": { "scale": { "x": "independent", "y": "independent" } },
    })));
    pretty::print(&Value::Object(spec))
}

/// The colour of a pixel, as a style sheet has it: grey goes from white to the colour of ink.
fn colour(shade: Shade) -> String {
    match shade {
        Shade::Grey(value) => {
            let level = (255.0 - value * f64::from(255 - INK)).round() as u8;
            Shade::Colour([level; 3]).to_string()
        }
        Shade::Colour(_) => shade.to_string(),
    }
}
