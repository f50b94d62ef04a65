//! What can be had without a recurrent network: every study is measured beside some of these.

pub mod bag_of_words;
pub mod dtw;
pub mod least_squares;
pub mod lexicon;
pub mod majority;
pub mod nearest;
pub mod nearest_mean;
pub mod ngram;
pub mod regression;
pub mod series;
