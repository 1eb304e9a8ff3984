//! Connections to real servers: every form of an address, and what is said when there is none.

use crate::support::servers::{NEWEST, OLDEST, server};
use lockgate::database::{Address, DatabaseError, ErrorKind, Session, connect};

fn open(text: &str, variables: &[(&str, &str)]) -> Result<Box<dyn Session>, DatabaseError> {
    let find = |name: &str| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    };
    connect(&Address::parse(text, &find).unwrap(), "lockgate tests")
}

#[test]
fn every_form_of_an_address_reaches_the_server() {
    for major in [OLDEST, NEWEST] {
        let database = server(major).database("address");
        let (name, port) = (&database.name, format!("54{major}"));
        let url = format!("postgresql+asyncpg://postgres:any@127.0.0.1:{port}/{name}");
        let keywords = format!("host=127.0.0.1 port={port} user=postgres dbname='{name}'");
        let variables = [("PGHOST", "127.0.0.1"), ("PGPORT", &port), ("PGUSER", "postgres")];
        let short = format!("postgres:///{name}?sslmode=disable");
        let nothing: &[(&str, &str)] = &[];
        for (text, variables) in [(url, nothing), (keywords, nothing), (short, &variables[..])] {
            let mut session = open(&text, variables).unwrap();
            let found = session.value("SELECT current_database()").unwrap();
            assert_eq!(found.as_deref(), Some(name.as_str()), "{text}");
        }
    }
}

#[test]
fn a_session_runs_and_reads() {
    let database = server(NEWEST).database("session");
    let mut session = open(&database.url(), &[]).unwrap();
    session.run("CREATE TABLE orders (id integer, note text)").unwrap();
    assert_eq!(session.run("INSERT INTO orders VALUES (1, NULL), (2, 'b')").unwrap(), 2);
    let rows = session.rows("SELECT id, note FROM orders ORDER BY id LIMIT 2").unwrap();
    assert_eq!(rows[0], [Some("1".to_owned()), None]);
    assert_eq!(rows[1], [Some("2".to_owned()), Some("b".to_owned())]);
    let error = session.run("SELECT * FROM customers").unwrap_err();
    assert_eq!((error.kind, error.code.as_deref()), (ErrorKind::Statement, Some("42P01")));
}

#[test]
fn what_became_of_a_cut_connection_is_not_known() {
    let database = server(NEWEST).database("cut");
    let mut session = open(&database.url(), &[]).unwrap();
    let error = session.run("SELECT pg_terminate_backend(pg_backend_pid())").unwrap_err();
    assert_eq!(error.kind, ErrorKind::ConnectionLost, "{error}");
    let error = session.run("SELECT 1").unwrap_err();
    assert_eq!(error.kind, ErrorKind::ConnectionLost, "{error}");
}

#[test]
fn who_cannot_be_reached_is_named_without_the_password() {
    let port = format!("54{NEWEST}");
    server(NEWEST);
    for (address, expected) in [
        (format!("postgres://anna:geheim@no-such-host.invalid:{port}/shop"), "lookup"),
        ("postgres://anna:geheim@127.0.0.1:1/shop".to_owned(), "refused"),
        (format!("postgres://postgres:geheim@127.0.0.1:{port}/no_such"), "does not exist"),
        (
            format!("postgres://postgres:geheim@127.0.0.1:{port}/postgres?sslmode=require"),
            "does not support TLS",
        ),
    ] {
        let error = open(&address, &[]).err().unwrap();
        let text = format!("{error} {error:?}");
        assert!(text.contains(expected), "{text}");
        assert!(!text.contains("geheim"), "{text}");
        assert_eq!(error.kind, ErrorKind::Unreachable);
        assert!(error.help.is_some());
    }
}

#[test]
fn modes_conflict_as_the_server_says() {
    use lockgate::effects::LockMode;
    let database = server(NEWEST).database("conflicts");
    let mut holder = open(&database.url(), &[]).unwrap();
    let mut other = open(&database.url(), &[]).unwrap();
    holder.run("CREATE TABLE orders (id integer)").unwrap();
    for held in LockMode::ALL {
        holder.run(&format!("BEGIN; LOCK TABLE orders IN {} MODE", held.as_sql())).unwrap();
        for wanted in LockMode::ALL {
            let ask = format!("BEGIN; LOCK TABLE orders IN {} MODE NOWAIT", wanted.as_sql());
            let refused = other.run(&ask).err().map(|error| error.kind);
            other.run("ROLLBACK").unwrap();
            let expected = held.conflicts_with(wanted).then_some(ErrorKind::LockTimeout);
            assert_eq!(refused, expected, "{held} held, {wanted} wanted");
        }
        holder.run("ROLLBACK").unwrap();
    }
}
