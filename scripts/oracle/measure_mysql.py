#!/usr/bin/env python3
"""Measures what statements do on real MySQL and MariaDB servers, for tests/it/data/oracle-mysql-more.jsonl.

    scripts/oracle/measure_mysql.py scripts/oracle/mysql-cases.txt NAME=SOCKET… > more.jsonl

NAME is the server and its version, such as `mariadb-10.11.19` or `mysql-9.7.4`; root is let in without a password.
A cases file holds, per group, `## id [mysql|mariadb]`, lines of SQL that set it up, and one `=> statement` or several, each a case; a line
`@NAME SQL` defines what `%NAME` stands for. Each attempt begins with a database of its own: the statement as it is, with the
cheapest `ALGORITHM=` and the loosest `LOCK=` that are taken, and beside a reader of each table, for whom it waits or not.
The result has the form that tests/it/data/README.md describes.
"""
import json
import os
import re
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

ALGORITHMS = {"mysql": ["INSTANT", "INPLACE", "COPY"], "mariadb": ["INSTANT", "NOCOPY", "INPLACE", "COPY"]}
LOCKS = ["NONE", "SHARED", "EXCLUSIVE"]
# Errors that hang on rows: a key twice, no value where one has to be, values that do not fit.
OF_ROWS = {"1062", "1138", "1265", "1292", "1366", "1406", "1264", "1452", "4025", "3819"}
NUMBERS = {"mysql": "INNODB_TABLES", "mariadb": "INNODB_SYS_TABLES"}
PARTITIONS = re.compile(r"^ALTER TABLE (\w+) ((?:ADD|DROP|REORGANIZE|COALESCE|REBUILD) PARTITION.*)")


def read(path):
    """The cases of a file."""
    macros, cases, group = {}, [], None
    with open(path, encoding="utf-8") as file:
        for line in file:
            line = line.strip()
            if line.startswith("@"):
                name, sql = line[1:].split(" ", 1)
                macros[name] = sql
            elif line.startswith("## "):
                name, *only = line[3:].split()
                group = {"id": name, "only": only, "setup": [], "count": 0}
            elif line.startswith("=> "):
                group["count"] += 1
                cases.append({**group, "id": f"{group['id']}_{group['count']}", "setup": list(group["setup"]), "statement": line[3:]})
            elif line and group:
                group["setup"] += [macros[line[1:]] if line.startswith("%") else line]
    return cases


class SetupError(Exception):
    """What a case begins with cannot be had on a server."""


class Server:
    """One server, and a database that is made anew for each attempt."""

    def __init__(self, name, socket):
        self.name, self.socket, self.kind = name, socket, name.split("-")[0]
        self.database = f"lockgate_case_{os.getpid()}_{threading.get_ident()}"

    def client(self):
        command = ["mariadb", "--no-defaults", "-uroot", f"--socket={self.socket}", "--batch", "--skip-column-names", "--unbuffered"]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def clean(self):
        """Drops what the attempts of this run left."""
        known = f"SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE 'lockgate_case_{os.getpid()}%';"
        for name in self.client().communicate(known)[0].split():
            self.client().communicate(f"SET foreign_key_checks = 0; DROP DATABASE {name};")

    def numbers(self):
        """Of the tables and partitions: a new one shows that it was made anew."""
        return (f"SELECT '#', NAME, TABLE_ID FROM information_schema.{NUMBERS[self.kind]} WHERE NAME LIKE '{self.database}/%' "
                "AND NAME NOT LIKE '%#sql%' AND NAME NOT LIKE '%/fts_%' AND NAME NOT LIKE '%/FTS_%' ORDER BY NAME;")

    def begin(self, case):
        setup = "".join(f"{line};\n" for line in case["setup"])
        # What one database's name stands for must not lie in the way of the next.
        head = f"SET foreign_key_checks = 0; DROP DATABASE IF EXISTS {self.database}; SET foreign_key_checks = 1;"
        return f"{head}\nCREATE DATABASE {self.database} CHARACTER SET utf8mb4;\nUSE {self.database};\n{setup}"

    def attempt(self, case, statement):
        """The error, if any, and the numbers before and after."""
        script = f"{self.begin(case)}SELECT '=====';\n{self.numbers()}\nSELECT '=====';\n{statement};\nSELECT '=====';\n{self.numbers()}\n"
        client = self.client()
        out, error = client.communicate(script)
        parts = out.split("=====\n")
        if len(parts) < 3:
            raise SetupError(error_of(error))
        rows = [dict(line.split("\t")[1:] for line in part.splitlines() if line.startswith("#")) for part in parts[1::2]]
        error = error_of(error).replace(self.database, "shop")
        return error if client.returncode else None, rows

    def waits(self, case, table):
        """Whether the statement waits for a reader of a table."""
        own, other = self.client(), self.client()
        tell(own, f"{self.begin(case)}SET lock_wait_timeout = 1;")
        tell(other, f"BEGIN; SELECT 1 FROM {self.database}.{table} LIMIT 1;")
        # OPTIMIZE tells of it in its result.
        told = "".join(own.communicate(f"{case['statement']};\n"))
        other.communicate("ROLLBACK;\n")
        return "Lock wait timeout" in told


def tell(client, script):
    """Has a script run, and waits until it has."""
    client.stdin.write(f"{script}\nSELECT 'ready';\n")
    client.stdin.flush()
    for line in client.stdout:
        if line.strip() == "ready":
            return
    sys.exit(client.stderr.read())


def error_of(text):
    # The client shows the statement first.
    lines = [line for line in text.splitlines() if line.startswith("ERROR")] or [text.strip()]
    return re.sub(r"^ERROR (\d+).*?: ", r"\1: ", lines[0])[:160]


def with_clause(statement, clause):
    """The statement with an `ALGORITHM=` or a `LOCK=`; None where it has no place for it."""
    if re.search(r"\b(ALGORITHM|LOCK)\s*=", statement, re.I):
        return None
    if re.search(r"\b(TRUNCATE|EXCHANGE|OPTIMIZE|CHECK|ANALYZE) PARTITION\b", statement):
        return None
    if found := PARTITIONS.match(statement):
        return f"ALTER TABLE {found[1]} {clause}, {found[2]}"
    if statement.startswith("ALTER TABLE"):
        # Partitions stand last.
        head, by, tail = statement.partition(" PARTITION BY ")
        return f"{head}{',' if len(head.split()) > 3 else ''} {clause}{by}{tail}"
    if re.match(r"(CREATE|DROP) .*INDEX", statement):
        return f"{statement} {clause}"
    return None


def cheapest(server, case, clause, words):
    for word in words:
        statement = with_clause(case["statement"], f"{clause}={word}")
        if statement is None:
            return None
        if server.attempt(case, statement)[0] is None:
            return word
    return None


def measure(server, case):
    """One case on one server; None where it is not for it."""
    if case["only"] and server.kind not in case["only"]:
        return None
    try:
        error, numbers = server.attempt(case, case["statement"])
    except SetupError as setup:
        print(f"{case['id']} on {server.name}: setup: {setup}", file=sys.stderr)
        return None
    if error and error.split(":")[0] in OF_ROWS:
        print(f"{case['id']} on {server.name}: rows: {error}", file=sys.stderr)
        return None
    if error:
        return {"ok": False, "error": error}
    before, after = numbers
    gone = [name for name, number in before.items() if after.get(name) != number]
    # What is renamed keeps its number.
    gone = [name for name in gone if before[name] not in after.values()]
    dropped = re.match(r"(DROP TABLE|TRUNCATE|ALTER TABLE \w+ ((ALGORITHM|LOCK)=\w+, )?(DROP|COALESCE|EXCHANGE) PARTITION)", case["statement"], re.I)
    # Tables of other engines have no number.
    rebuilt = None if dropped or not before or not case["statement"].startswith(("ALTER", "CREATE INDEX", "DROP INDEX")) else (
        "no" if not gone else "yes" if len(gone) == len([name for name in before if name.split("#")[0] == gone[0].split("#")[0]]) else "some partitions")
    tables = sorted({name.split("/")[1].split("#")[0] for name in before})
    # That a change waits for readers of its own table needs no second look.
    asked = [] if len(tables) < 2 and case["statement"].startswith("ALTER TABLE") else tables
    # MariaDB takes any word where it does not ask the engine; one that a session demands is not asked for.
    algorithm = None if "alter_algorithm" in str(case["setup"]) else cheapest(server, case, "ALGORITHM", ALGORITHMS[server.kind])
    return {
        "ok": True,
        "algorithm": None if algorithm == "INSTANT" and rebuilt == "yes" and server.kind == "mariadb" else algorithm,
        "lock": cheapest(server, case, "LOCK", LOCKS),
        "rebuilt": rebuilt,
        "waits_for_readers": [table for table in asked if server.waits(case, table)] if asked else None,
    }


def main():
    cases = read(sys.argv[1])
    servers = [one.split("=", 1) for one in sys.argv[2:]]
    with ThreadPoolExecutor(8) as pool:
        # The servers wait for their disks most of the time.
        measured = list(pool.map(lambda case: [measure(Server(*one), case) for one in servers], cases))
    for name, socket in servers:
        Server(name, socket).clean()
    for case, outcomes in zip(cases, measured):
        results = {}
        for (name, _), outcome in zip(servers, outcomes):
            if outcome is not None:
                results.setdefault(json.dumps(outcome, sort_keys=True), []).append(name)
        rows = [{"servers": names, **json.loads(text)} for text, names in results.items()]
        group = case["id"].rsplit("_", 1)[0]
        print(json.dumps({"id": case["id"], "group": group, "setup": case["setup"], "statement": case["statement"], "results": rows}))


if __name__ == "__main__":
    main()
