//! An address as the driver's configuration.

use super::super::{PostgresAddress, Secret};
use postgres::Config;
use postgres::config::TargetSessionAttrs;
use std::path::Path;
use std::time::Duration;

/// Where libpq looks for a local server.
const SOCKETS: [&str; 2] = ["/var/run/postgresql", "/tmp"];

/// A host that does not answer is given up after this.
const CONNECT: Duration = Duration::from_secs(10);

/// The configuration, TLS left out.
pub(super) fn of(address: &PostgresAddress, password: Option<&Secret>) -> Config {
    let mut config = Config::new();
    let port = address.ports.first().copied().unwrap_or(5432);
    if address.hosts.is_empty() {
        let socket = |folder: &&str| Path::new(folder).join(format!(".s.PGSQL.{port}")).exists();
        config.host(SOCKETS.iter().find(|folder| socket(folder)).copied().unwrap_or("localhost"));
    }
    for host in &address.hosts {
        config.host(host);
    }
    for port in &address.ports {
        config.port(*port);
    }
    if let Some(user) = &address.user {
        config.user(user);
    }
    if let Some(password) = password {
        config.password(password.reveal());
    }
    if let Some(database) = &address.database {
        config.dbname(database);
    }
    if let Some(options) = &address.options {
        config.options(options);
    }
    if address.read_write {
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
    }
    config.connect_timeout(address.connect_timeout.unwrap_or(CONNECT));
    // A server that vanished without a word is noticed within a minute, not within hours.
    config.keepalives_idle(Duration::from_secs(20));
    config.keepalives_interval(Duration::from_secs(10));
    config.keepalives_retries(3);
    config
}
