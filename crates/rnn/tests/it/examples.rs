//! The examples run as tests: each checks what it learnt.

#[path = "../../examples/encoder_decoder.rs"]
mod encoder_decoder;
#[path = "../../examples/language_model.rs"]
mod language_model;
#[path = "../../examples/many_to_many.rs"]
mod many_to_many;
#[path = "../../examples/many_to_one.rs"]
mod many_to_one;
#[path = "../../examples/one_to_many.rs"]
mod one_to_many;
#[path = "../../examples/one_to_one.rs"]
mod one_to_one;
