//! What a study is, and how the command line finds one by name.

use anyhow::Result;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::config::{self, Line, Preset, Resolved, Setting, Usage};
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
    /// What the preset `smoke` sets, as `key=value`: enough to run in a few seconds.
    const SMOKE: &'static [&'static str] = &[];
    /// What the preset `full` sets: the best answer, in however long it takes.
    const FULL: &'static [&'static str] = &[];
    /// Seconds that the preset `full` takes, of a study that reproduces a result of the field and so
    /// belongs to the atlas; none of any other.
    const ATLAS: Option<u32> = None;
    /// The settings: a flat struct of numbers, words, truth values and lists, whose default
    /// answers the question in a minute or two. The documentation of a field is what
    /// `experiment show config` says of it.
    type Config: Default + Serialize + DeserializeOwned + JsonSchema + 'static;

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
    /// All that it writes must depend on the settings alone. What takes long is a
    /// [`Training`](crate::training::Training), which goes on from its checkpoint after a kill, or
    /// steps of a [`Run::progress`], at which it can be stopped; the rest is computed again.
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
    /// [`Study::ATLAS`].
    pub atlas: Option<u32>,
    settings: fn(&[String]) -> Result<Vec<Setting>, Usage>,
    expand: fn(&[String]) -> Result<Vec<Line>, Usage>,
    prepare: fn(&[String]) -> Result<Job>,
}

impl Entry {
    /// The row of the study `S`.
    pub const fn of<S: Study>() -> Self {
        Self {
            name: S::NAME,
            question: S::QUESTION,
            seconds: S::SECONDS,
            atlas: S::ATLAS,
            settings: |given| {
                let (preset, settings) = Preset::split(given)?;
                Ok(resolve::<S>(preset, &settings)?.settings)
            },
            expand: config::expand::<S::Config>,
            prepare: prepare::<S>,
        }
    }

    /// Seconds that a run of `preset` takes on two cores, about; of `full` only the atlas knows.
    pub fn seconds_of(&self, preset: Preset) -> u32 {
        match preset {
            Preset::Full => self.atlas.unwrap_or(self.seconds),
            Preset::Default | Preset::Smoke => self.seconds,
        }
    }

    /// Every key, resolved from `key=value` settings, in alphabetical order.
    ///
    /// # Errors
    /// As [`Entry::prepare`].
    pub fn settings(&self, given: &[String]) -> Result<Vec<Setting>, Usage> {
        (self.settings)(given)
    }

    /// The runs that lists and ranges among the settings stand for, see [`config::expand`].
    ///
    /// # Errors
    /// As [`config::expand`].
    pub fn expand(&self, given: &[String]) -> Result<Vec<Line>, Usage> {
        (self.expand)(given)
    }

    /// Resolves `key=value` settings, `preset=NAME` among them, over the defaults, before anything
    /// is written.
    ///
    /// # Errors
    /// [`Usage`] for an unknown key, a value of the wrong type, or one the study refuses.
    pub fn prepare(&self, given: &[String]) -> Result<Job> {
        (self.prepare)(given)
    }
}

type Computation = dyn FnOnce(&mut Run) -> Result<Verdict>;

/// A study with its settings resolved and valid: ready to run.
pub struct Job {
    /// [`Study::NAME`].
    pub study: &'static str,
    /// [`Study::QUESTION`].
    pub question: &'static str,
    /// The preset under the settings.
    pub preset: Preset,
    /// The settings as given, without the preset.
    pub settings: Vec<String>,
    /// Every setting as resolved.
    pub config: Map<String, Value>,
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

fn prepare<S: Study>(given: &[String]) -> Result<Job> {
    let (preset, settings) = Preset::split(given)?;
    let config = resolve::<S>(preset, &settings)?.config;
    S::validate(&config)?;
    Ok(Job {
        study: S::NAME,
        question: S::QUESTION,
        preset,
        settings,
        config: config::table(&config),
        run: Box::new(move |run| S::run(&config, run)),
    })
}

/// What `settings` over those of the preset come to.
fn resolve<S: Study>(preset: Preset, settings: &[String]) -> Result<Resolved<S::Config>, Usage> {
    let lines = match preset {
        Preset::Smoke => S::SMOKE,
        Preset::Default => &[],
        Preset::Full => S::FULL,
    };
    config::resolve((preset, lines), settings)
}
