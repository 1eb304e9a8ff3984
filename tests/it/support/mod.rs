//! What several tests share: real servers, fresh databases and their catalogues as data, histories
//! run on them, SARIF validation.

pub mod browser;
pub mod catalog;
pub mod command;
pub mod comparison;
pub mod effects;
pub mod fixing;
pub mod histories;
#[cfg(unix)]
pub mod killing;
pub mod mariadb;
pub mod mysql_comparison;
pub mod mysql_judging;
pub mod mysql_prediction;
pub mod mysql_replay;
pub mod page;
pub mod page_python;
pub mod page_run;
pub mod page_told;
#[cfg(unix)]
pub mod pooler;
pub mod replay;
pub mod sarif;
pub mod servers;
pub mod shop;
pub mod sqlite_replay;
