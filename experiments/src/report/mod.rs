//! `report.html`: one page for a person, derived from the files of a run, or of the runs of a plan.
//!
//! The page stands alone: it needs no network, no script and no font of its own, and says in its
//! content security policy that it may not. It says nothing that the files beside it do not say, so
//! that it can be made again at any time, with the same bytes from the same files.

mod atlas;
mod columns;
mod contents;
mod drawing;
mod elements;
mod numbers;
mod page;
mod plan;
mod plates;
mod run;

use std::path::{Path, PathBuf};

use anyhow::Result;
use wengert_rnn::disk::write_atomically;

use crate::plan::{FILE, Plan};

/// The name of the page in its directory.
pub const PAGE: &str = "report.html";

/// Writes the page of the run in `directory`, or of the plan in it, and returns its path.
///
/// What a run that was interrupted has left is shown, under a line that says so; a figure, table or
/// sample that is missing or damaged is named in its place.
///
/// # Errors
/// When `directory` holds neither a run nor a plan, its `config.toml`, `summary.json` or
/// `plan.toml` is damaged, or the page cannot be written.
pub fn write(directory: &Path) -> Result<PathBuf> {
    let file = directory.join(FILE);
    let page = if file.exists() {
        let plan = Plan::read(&file)?;
        let parts = plan::parts(directory, &plan)?;
        let page = if plan.atlas { atlas::page } else { plan::page };
        page(directory, &plan, &parts)
    } else {
        run::page(directory)?
    };
    let path = directory.join(PAGE);
    write_atomically(&path, page.into_string().as_bytes())?;
    Ok(path)
}
