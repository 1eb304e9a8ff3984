//! Revisions, evaluated.
