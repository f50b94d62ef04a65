//! What a study is, and how the command line finds one by name.

use anyhow::Result;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::config::{self, Setting, Usage};
use crate::run::Run;
use crate::verdict::Verdict;

/// A question, the settings it is asked with, and the computation that answers it.
pub trait Study {
    /// The name on the command line and of the run directory: lower case, words joined by `-`.
    const NAME: &'static str;
    /// The question, as one sentence with its question mark.
    const QUESTION: &'static str;
    /// Seconds the default settings take on two cores.
    const SECONDS: u32;
    /// The settings: a flat struct of numbers, words, truth values and lists, whose default
    /// answers the question in seconds.
    type Config: Default + Serialize + DeserializeOwned + 'static;

    /// Refuses settings that have the right type and no meaning.
    ///
    /// # Errors
    /// Names the key, what came and what is allowed; see [`config::positive`] and
    /// [`config::within`].
    fn validate(_config: &Self::Config) -> Result<(), Usage> {
        Ok(())
    }

    /// Answers the question, writing metrics and figures into `run`.
    ///
    /// # Errors
    /// Data that cannot be read, or a run directory that cannot be written. A measurement that
    /// disagrees with its anchor is no error: it is the verdict.
    fn run(config: &Self::Config, run: &mut Run) -> Result<Verdict>;
}

/// A study behind its name: one row of the registry.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// [`Study::NAME`].
    pub name: &'static str,
    /// [`Study::QUESTION`].
    pub question: &'static str,
    /// [`Study::SECONDS`].
    pub seconds: u32,
    settings: fn() -> Vec<Setting>,
    prepare: fn(&[String]) -> Result<Job>,
}

impl Entry {
    /// The row of the study `S`.
    pub const fn of<S: Study>() -> Self {
        Self {
            name: S::NAME,
            question: S::QUESTION,
            seconds: S::SECONDS,
            settings: config::settings::<S::Config>,
            prepare: prepare::<S>,
        }
    }

    /// Every key with its default, in alphabetical order.
    pub fn settings(&self) -> Vec<Setting> {
        (self.settings)()
    }

    /// Resolves `key=value` overrides over the defaults, before anything is written.
    ///
    /// # Errors
    /// [`Usage`] for an unknown key, a value of the wrong type, or one the study refuses.
    pub fn prepare(&self, overrides: &[String]) -> Result<Job> {
        (self.prepare)(overrides)
    }
}

type Computation = dyn FnOnce(&mut Run) -> Result<Verdict>;

/// A study with its settings resolved and valid: ready to run.
pub struct Job {
    /// The resolved settings as TOML, for `config.toml`.
    pub config: String,
    run: Box<Computation>,
}

impl Job {
    /// Runs the study into `run`.
    ///
    /// # Errors
    /// As [`Study::run`].
    pub fn run(self, run: &mut Run) -> Result<Verdict> {
        (self.run)(run)
    }
}

fn prepare<S: Study>(overrides: &[String]) -> Result<Job> {
    let config: S::Config = config::resolve(overrides)?;
    S::validate(&config)?;
    Ok(Job {
        config: toml::to_string(&config)?,
        run: Box::new(move |run| S::run(&config, run)),
    })
}
