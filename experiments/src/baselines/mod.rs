//! What can be had without a recurrent network: every study is measured beside some of these.

pub mod lexicon;
