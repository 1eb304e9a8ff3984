//! Databases: reaching one, asking it, reading its catalogue, watching what a session does to it.
//!
//! [`Address`] is what people write (URL, keywords, `PG*` variables), with every password wrapped
//! in a [`Secret`] that cannot be printed. [`connect`] gives a [`Session`]: text in, text out, the
//! same for every driver. Errors are [`DatabaseError`]s whose [`ErrorKind`] says what may be done
//! about them. Only this room and the runner name a driver.

mod address;
mod catalogue;
mod error;
mod observe;
#[cfg(feature = "postgres")]
mod postgres;
mod secret;
mod session;
#[cfg(feature = "sqlite")]
mod sqlite;

pub use address::{
    Access, Address, AddressError, Environment, PostgresAddress, SqliteAddress, SslMode,
};
pub use catalogue::{
    Drift, Live, LiveColumn, LiveConstraint, LiveIndex, LiveRelation, Server, Spelling, drift,
};
pub use error::{DatabaseError, ErrorKind};
pub use observe::{Look, Oid, SeenRelation};
pub use secret::Secret;
pub use session::{Row, Session, connect, identifier, literal};
