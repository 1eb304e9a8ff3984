//! Tests of the grammar: text to actions.
