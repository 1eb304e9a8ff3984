#!/usr/bin/env python3
"""Writes a history of N dbmate migrations of a growing shop: `generate.py FOLDER [N]` (default 10,000).

The same N gives the same bytes. Every third migration makes a table, the others change older ones,
so that replay, effects and rules have work to do. Sizes are those of real migrations: a median of
about 400 bytes.
"""

import pathlib
import sys

CHANGES = [
    "ALTER TABLE {t} ADD COLUMN extra_{n} text;",
    "CREATE INDEX CONCURRENTLY {t}_status_{n}_idx ON {t} (status);",
    "ALTER TABLE {t} ADD COLUMN flag_{n} boolean NOT NULL DEFAULT false;\nCOMMENT ON COLUMN {t}.flag_{n} IS 'set by the nightly job';",
    "ALTER TABLE {t} ALTER COLUMN note TYPE varchar(2000);",
    "UPDATE {t} SET status = 'closed' WHERE status = 'done' AND created_at < '2024-01-01';",
    "ALTER TABLE {t} ADD CONSTRAINT {t}_total_{n} CHECK (total_cents >= 0) NOT VALID;",
]
DOWNS = [
    "ALTER TABLE {t} DROP COLUMN extra_{n};",
    "DROP INDEX CONCURRENTLY {t}_status_{n}_idx;",
    "ALTER TABLE {t} DROP COLUMN flag_{n};",
    "ALTER TABLE {t} ALTER COLUMN note TYPE varchar(500);",
    "SELECT 1;",
    "ALTER TABLE {t} DROP CONSTRAINT {t}_total_{n};",
]
TABLE = """CREATE TABLE {t} (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id integer NOT NULL,
    status text NOT NULL DEFAULT 'open',
    note varchar(500),
    total_cents integer NOT NULL CHECK (total_cents >= 0),
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX {t}_tenant_idx ON {t} (tenant_id, created_at);"""


def migration(number: int) -> str:
    if number % 3 == 0:
        table = f"orders_{number}"
        return f"-- migrate:up\n{TABLE.format(t=table)}\n\n-- migrate:down\nDROP TABLE {table};\n"
    table = f"orders_{(number * 7 % (number + 1)) // 3 * 3 if number > 3 else 0}"
    kind = number % len(CHANGES)
    option = " transaction:false" if kind == 1 else ""
    up, down = CHANGES[kind].format(t=table, n=number), DOWNS[kind].format(t=table, n=number)
    return f"-- migrate:up{option}\n{up}\n\n-- migrate:down{option}\n{down}\n"


def main() -> None:
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(int(sys.argv[2]) if len(sys.argv) > 2 else 10_000):
        (folder / f"{20240101000000 + number}_step.sql").write_text(migration(number))


main()
