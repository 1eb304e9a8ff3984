"""Tests of the judge itself: python -m unittest."""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import compare
import judge

HERE = Path(__file__).parent

REVISION = """
import sqlalchemy as sa
from alembic import op
from shop.types import Money
from missing.helpers import table_exists

revision = "a1"
down_revision = None


def upgrade():
    op.create_table(
        "orders",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("number", sa.String(20), nullable=False, unique=True),
        sa.Column("total", Money(), nullable=False),
    )
    if not table_exists("invoices"):
        op.create_index("ix_orders_total", "orders", ["total"], postgresql_concurrently=True)
    with op.batch_alter_table("orders") as batch:
        batch.add_column(sa.Column("paid", sa.Boolean()))
    for row in op.get_bind().execute(sa.text("SELECT id FROM orders")):
        op.drop_table("never")


def downgrade():
    op.drop_index("ix_orders_total")
    raise NotImplementedError
"""


def printed(**operation):
    return {"statement": 1, "line": 1, "offset": 0, "guard": None, **operation}


class Worker(unittest.TestCase):
    def run_revision(self, mode: str) -> list[dict]:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder).resolve() / "versions" / "a1_orders.py"
            file.parent.mkdir()
            file.write_text(REVISION, encoding="utf-8")
            command = [sys.executable, str(HERE / "worker.py"), folder, "postgresql", mode]
            done = subprocess.run(command, input=f"{file}\n", capture_output=True, text=True, check=True)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def test_directives_are_noted_with_missing_imports_made_up(self):
        up, down = self.run_revision("bind")
        kinds = [item["kind"] for item in up["directives"]]
        self.assertEqual(kinds, ["create_table", "create_index", "add_column", "connection"])
        self.assertIsNone(up["error"])
        table = up["directives"][0]
        self.assertEqual(table["columns"], ["id", "number", "total"])
        self.assertEqual(table["nullable"], [False, False, False])
        self.assertEqual(table["unique"], [["number"]])
        self.assertTrue(up["directives"][1]["concurrently"])
        self.assertIn("CREATE INDEX CONCURRENTLY ix_orders_total ON orders (total);", up["sql"])
        self.assertEqual([item["name"] for item in down["directives"]], ["ix_orders_total"])
        self.assertTrue(down["error"].startswith("NotImplementedError"))

    def test_strictly_offline_queries_are_written_and_give_none(self):
        up, _ = self.run_revision("strict")
        self.assertIn("SELECT id FROM orders;", up["sql"])
        self.assertTrue(up["error"].startswith("TypeError"))


class Compare(unittest.TestCase):
    real = {
        "file": "a.py",
        "direction": "up",
        "error": None,
        "directives": [
            {"kind": "add_column", "table": "orders", "columns": ["paid"], "nullable": True, "unique": False, "types": ["BOOLEAN"]},
            {"kind": "create_index", "table": "orders", "name": "ix", "columns": [None, "paid"], "unique": False, "concurrently": True},
            {"kind": "execute", "sql": "SELECT 1"},
        ],
    }
    column = printed(kind="add_column", table="orders", columns=["paid"], column={"name": "paid", "nullable": True})
    index = printed(kind="create_index", table="orders", columns=["lower(note)", "paid"], unique=False, concurrently=True)

    def judge(self, *operations, **changes):
        return compare.judge({**self.real, **changes}, list(operations))

    def test_all_right(self):
        verdict = self.judge(self.column, self.index)
        self.assertEqual((verdict.called, verdict.right, verdict.extracted, verdict.real, verdict.full), (2, 2, 2, 2, True))

    def test_order_counts_for_the_whole_only(self):
        verdict = self.judge(self.index, self.column)
        self.assertEqual((verdict.right, verdict.real, verdict.full), (2, 2, False))

    def test_a_wrong_flag_is_not_right_but_was_called(self):
        verdict = self.judge(self.column, {**self.index, "concurrently": False})
        self.assertEqual((verdict.right, verdict.real, verdict.full), (1, 2, False))

    def test_too_much_counts_unless_its_condition_is_open(self):
        extra = printed(kind="drop_table", table="orders")
        self.assertEqual(self.judge(self.column, self.index, extra).real, 2)
        self.assertFalse(self.judge(self.column, self.index, extra).full)
        self.assertTrue(self.judge(self.column, self.index, {**extra, "guard": "in a loop"}).full)

    def test_after_an_error_nothing_is_too_much(self):
        extra = printed(kind="drop_table", table="orders")
        verdict = self.judge(self.column, self.index, extra, error="ValueError: x")
        self.assertEqual((verdict.extracted, verdict.real, verdict.full), (2, 2, None))

    def test_what_is_implied_is_no_directive(self):
        implied = {**self.index, "implied": True}
        self.assertTrue(self.judge(self.column, self.index, implied).full)


class Sql(unittest.TestCase):
    def test_space_and_the_order_of_indexes_do_not_count(self):
        left = "CREATE TABLE a (\n  id INTEGER\n);\n\nCREATE INDEX y ON a (id);\n\nCREATE INDEX x ON a (id);\n"
        right = "CREATE TABLE a ( id INTEGER );\nCREATE INDEX x ON a (id);\nCREATE INDEX y ON a (id);\n"
        self.assertEqual(judge.normal(left), judge.normal(right))
        self.assertNotEqual(judge.normal(left), judge.normal(right.replace("id)", "no)")))

    def test_a_revision_is_equal_where_all_its_scripts_are(self):
        one = {("a", "up"): True, ("a", "down"): True, ("b", "up"): True, ("c", "up"): None}
        other = {("a", "up"): True, ("a", "down"): True, ("b", "up"): False, ("c", "up"): False}
        self.assertEqual(judge.whole_revisions([one, other]), {"a": True, "b": False, "c": None})

    def test_sections_are_cut_at_their_heads(self):
        text = "-- versions/a_x.py (a up)\nSELECT 1;\n\n-- versions/a_x.py (a down)\nSELECT 2;\n"
        self.assertEqual([(key, value.strip()) for key, value in judge.sql_sections(text)], [
            (("versions/a_x.py", "up"), "SELECT 1;"),
            (("versions/a_x.py", "down"), "SELECT 2;"),
        ])  # fmt: skip


if __name__ == "__main__":
    unittest.main()
