//! The examples are run, and check what they learnt.
