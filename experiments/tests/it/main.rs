//! Integration tests of the experiments' machinery.

mod gallery;
