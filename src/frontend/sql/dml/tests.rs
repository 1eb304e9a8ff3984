//! Statements and their actions.
