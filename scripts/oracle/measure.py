#!/usr/bin/env python3
"""Measures what statements do on real PostgreSQL servers, for tests/it/data/oracle-more.jsonl.

    tests/servers.sh start 12 18 | scripts/oracle/measure.py scripts/oracle/cases.txt > more.jsonl

Standard input: one "MAJOR URL" per line; each case runs on each of them in a database of its own.
A cases file holds, per case, `## id [noscan]`, lines of SQL that set it up, and `=> statement`; a line
`@NAME SQL` defines what `%NAME` stands for. The statement runs in a transaction that is rolled back;
before that its locks are read from pg_locks, replaced files from pg_class, tables read in full from
pg_stat_xact_all_tables. The result has the form that tests/it/data/README.md describes.
"""
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

MODES = ["AccessShare", "RowShare", "RowExclusive", "ShareUpdateExclusive", "Share",
         "ShareRowExclusive", "Exclusive", "AccessExclusive"]
KINDS = {"r": "table", "p": "table", "f": "table", "i": "index", "I": "index", "S": "sequence",
         "v": "view", "m": "materialized_view"}
RELATIONS = """
select 'R', c.oid, case when n.nspname = 'public' then c.relname
       when n.nspname like 'pg_temp%' then 'pg_temp.' || c.relname
       else n.nspname || '.' || c.relname end, c.relkind, coalesce(pg_relation_filenode(c.oid), 0)
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.oid >= 16384 and c.relkind in ('r', 'p', 'f', 'i', 'I', 'S', 'v', 'm') and n.nspname <> 'pg_toast';
"""
LOCKS = """
select 'L', relation, mode from pg_locks where pid = pg_backend_pid() and locktype = 'relation'
and relation >= 16384 and database = (select oid from pg_database where datname = current_database());
"""
SCANS = "select 'S', relid from pg_stat_xact_all_tables where seq_tup_read > 0 and relid >= 16384;"


def psql(url, database, sql):
    """Runs SQL in a session of its own."""
    command = ["psql", "-X", "-q", "-AtF", "\t", "-v", "ON_ERROR_STOP=1", "-d", f"{url.rsplit('/', 1)[0]}/{database}"]
    return subprocess.run(command, input=sql, capture_output=True, text=True, check=False)


def error_of(result):
    lines = [line for line in result.stderr.splitlines() if "ERROR" in line]
    return (lines[0].split("ERROR:")[1] if lines else result.stderr).strip()[:160]


def read(path):
    """The cases of a file."""
    macros, cases = {}, []
    with open(path, encoding="utf-8") as file:
        for line in file:
            line = line.rstrip("\n")
            if line.startswith("@"):
                name, sql = line[1:].split(" ", 1)
                macros[name] = sql
            elif line.startswith("## "):
                name, *flags = line[3:].split()
                cases.append({"id": name, "setup": "", "statement": "", "flags": flags})
            elif line.startswith("=> "):
                cases[-1]["statement"] = line[3:]
            elif line.strip() and cases:
                expand = lambda match: macros.get(match.group(1), match.group(0))
                cases[-1]["setup"] += re.sub(r"%(\w+)", expand, line) + "\n"
    return cases


def outcome(before, last):
    """Locks, replaced files, scans, and what was made and dropped, from the rows read."""
    locks = {}
    for row in last:
        if row[0] == "L" and row[1] in before:
            mode = row[2].replace("Lock", "")
            if row[1] not in locks or MODES.index(mode) > MODES.index(locks[row[1]]):
                locks[row[1]] = mode
    after = {row[1]: row for row in last if row[0] == "R"}
    by_name = {row[2]: row for row in after.values()}
    rewritten, dropped = [], []
    for oid, row in before.items():
        known = [row[2], KINDS[row[3]]]
        again = by_name.get(row[2])
        if oid in after:
            if after[oid][4] != row[4]:
                rewritten.append(known)
        elif again and again[1] not in before:
            # made again under its name: its file may have been kept
            if again[4] != row[4] or row[3] == "I":
                rewritten.append(known)
        else:
            dropped.append(known)
    names = {row[2] for row in before.values()}
    created = [[row[2], KINDS[row[3]]] for oid, row in after.items() if oid not in before and row[2] not in names]
    scanned = sorted(before[row[1]][2] for row in last if row[0] == "S" and row[1] in before)
    held = sorted([before[oid][2], KINDS[before[oid][3]], mode] for oid, mode in locks.items())
    return {"ok": True, "locks": held, "rewritten": sorted(rewritten), "scanned": scanned,
            "created": sorted(created), "dropped": sorted(dropped)}


def measure(case, major, url):
    """One case on one server; None where its setup is refused."""
    database = f"lockgate_case_{os.getpid()}_{major}"
    psql(url, "postgres", f"drop database if exists {database};\ncreate database {database};")
    try:
        setup = psql(url, database, "set timezone = 'UTC';\n" + case["setup"])
        if setup.returncode:
            print(f"{case['id']} on {major}: setup: {error_of(setup)}", file=sys.stderr)
            return None
        sql = (f"set timezone = 'UTC';\n{RELATIONS}\n\\echo =====\nBEGIN;\n{case['statement']};\n"
               f"\\echo =====\n{LOCKS}\n{SCANS}\n{RELATIONS}\nROLLBACK;")
        result = psql(url, database, sql)
        if result.returncode:
            return {"ok": False, "error": error_of(result)}
        parts = result.stdout.split("=====\n")
        rows = lambda text: [line.split("\t") for line in text.splitlines()]
        before = {row[1]: row for row in rows(parts[0]) if row[0] == "R"}
        return outcome(before, rows(parts[-1]))
    finally:
        psql(url, "postgres", f"drop database if exists {database};")


def main():
    cases = read(sys.argv[1])
    servers = [line.split() for line in sys.stdin if line.strip()]
    with ThreadPoolExecutor(3) as pool:
        run = lambda server: [measure(case, *server) for case in cases]
        measured = list(zip(servers, pool.map(run, servers)))
    for at, case in enumerate(cases):
        results = {}
        for (major, _), outcomes in measured:
            if outcomes[at] is not None:
                results.setdefault(json.dumps(outcomes[at], sort_keys=True), []).append(int(major))
        rows = [{"servers": majors, **json.loads(text)} for text, majors in results.items()]
        print(json.dumps({"id": case["id"], "group": case["id"].split("_")[0], "setup": case["setup"].strip(),
                          "statement": case["statement"], "transaction": True,
                          "judge_scans": "noscan" not in case["flags"], "results": rows}))


if __name__ == "__main__":
    main()
