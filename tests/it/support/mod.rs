//! What several tests share: real servers, fresh databases, and their catalogues as data.

pub mod catalog;
pub mod servers;
