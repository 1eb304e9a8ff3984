//! What several tests share: real servers, fresh databases and their catalogues as data, SARIF validation.

pub mod catalog;
pub mod page;
pub mod page_run;
pub mod sarif;
pub mod servers;
