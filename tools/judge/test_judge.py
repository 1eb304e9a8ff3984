"""Tests of the judge itself: `python -m unittest` in this folder."""

from __future__ import annotations

import unittest

import compare
import lower
import pieces


def statements(sql: str) -> list[pieces.Statement]:
    return pieces.cut("a.sql", sql.encode()).statements


def verdicts(sql: str, *printed: dict) -> list[compare.Verdict]:
    listed = [{"line": 1, "statement": index + 1, **operation} for index, operation in enumerate(printed)]
    found = compare.groups({"version": 1, "migrations": [{"id": "1", "file": "a.sql", "direction": "up", "operations": listed}]})
    return compare.judge(statements(sql), found.get("a.sql", []))[0]


def reasons(sql: str, *printed: dict) -> list[str]:
    return [reason for verdict in verdicts(sql, *printed) for reason in verdict.reasons]


class Cutting(unittest.TestCase):
    def test_offsets_are_bytes_of_the_first_token(self):
        sql = "-- é\nSELECT 1; /* ü; */ DROP TABLE orders;"
        self.assertEqual([s.offset for s in statements(sql)], [sql.encode().index(b"SELECT"), sql.encode().index(b"DROP")])

    def test_a_byte_order_mark_counts_as_bytes(self):
        cut = pieces.cut("a.sql", "\ufeffDROP TABLE orders;".encode())
        self.assertEqual([s.offset for s in cut.statements], [3])

    def test_copy_data_and_psql_commands_are_no_statements(self):
        sql = "\\connect shop\nCOPY items FROM stdin;\n1\tit's; here\n\\.\nSELECT 1 AS x \\gset\nDROP TABLE items;\n"
        self.assertEqual([lower.node(s.tree)[0] for s in statements(sql)], ["CopyStmt", "SelectStmt", "DropStmt"])
        self.assertEqual([s.line for s in statements(sql)], [2, 5, 6])

    def test_one_refused_piece_costs_one_statement(self):
        cut = pieces.cut("a.sql", b"DROP TABLE a;\nCREATE TABLE b (id integer AUTOINCREMENT);\nDROP TABLE c;")
        self.assertEqual([s.line for s in cut.statements], [1, 3])
        self.assertEqual([line for line, _ in cut.rejected], [2])

    def test_placeholders_of_several_kinds(self):
        sql = "CREATE TABLE {{ .Schema }}.users (id int);\nALTER TABLE ${schema}_orders ADD x int;\nALTER TABLE t OWNER TO :owner;\n"
        found = statements(sql)
        self.assertEqual([s.line for s in found], [1, 2, 3])
        self.assertEqual(found[1].offset, sql.index("ALTER"))

    def test_semicolons_that_do_not_end_a_statement(self):
        sql = """\\set x 1
CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END;
CREATE RULE r AS ON INSERT TO t DO ALSO (DELETE FROM a; DELETE FROM b);
DO $body$ BEGIN PERFORM 1; END $body$;
SELECT E'it\\'s; ', 'a''b;', U&'d\\0061;', "x;y" FROM t; -- ; no
SELECT 1 /* ; /* ; */ ; */;
"""
        self.assertEqual(len(statements(sql)), 5)
        self.assertEqual(len(statements(sql + "SELECT 1;")), 6)


class Lowering(unittest.TestCase):
    def kinds(self, sql: str) -> list[str]:
        return [operation.kinds[0] for s in statements(sql) for operation in lower.operations(s.tree)]

    def test_one_operation_per_subcommand(self):
        sql = "ALTER TABLE orders ADD total int, DROP COLUMN note, ALTER total SET NOT NULL, ADD CONSTRAINT c CHECK (total > 0), OWNER TO x"
        self.assertEqual(self.kinds(sql), ["add_column", "drop_column", "alter_column", "create_check_constraint", "alter_table_option"])

    def test_one_operation_per_dropped_object(self):
        self.assertEqual(self.kinds("DROP TABLE a, b; DROP INDEX CONCURRENTLY i; DROP TRIGGER t ON a"), ["drop_table", "drop_table", "drop_index", "drop_trigger"])

    def test_queries_that_write_inside_with(self):
        sql = "WITH gone AS (DELETE FROM orders RETURNING *) INSERT INTO archive SELECT * FROM gone"
        self.assertEqual(self.kinds(sql), ["delete", "insert"])

    def test_names_outside_public_are_qualified(self):
        [first, second] = [lower.operations(s.tree)[0].table for s in statements('DROP TABLE public.a; DROP TABLE billing."Invoice"')]
        self.assertEqual((first, second), ("a", "billing.Invoice"))

    def test_ddl_is_told_from_the_rest(self):
        sql = "CREATE TABLE t (); INSERT INTO t DEFAULT VALUES; GRANT SELECT ON t TO u; BEGIN; SET x = 1; DROP TABLE t"
        self.assertEqual([lower.is_ddl(s.tree) for s in statements(sql)], [True, False, True, False, False, True])


class Comparing(unittest.TestCase):
    def test_agreement(self):
        sql = "CREATE INDEX i ON orders (placed, lower(note)); ALTER TABLE orders ADD total int REFERENCES totals (id)"
        printed = [
            {"kind": "create_index", "table": "orders", "columns": ["placed"], "name": "i"},
            {"kind": "add_column", "table": "orders", "columns": ["total"], "column": {"name": "total", "references": {"table": "totals", "columns": ["id"]}}},
        ]
        self.assertEqual(reasons(sql, *printed), [])

    def test_each_kind_of_disagreement(self):
        sql = "CREATE INDEX i ON orders (placed)"
        right = {"kind": "create_index", "table": "orders", "columns": ["placed"], "name": "i"}
        self.assertIn("missing", reasons(sql)[0])
        self.assertIn("kind", reasons(sql, {**right, "kind": "unparsed", "reason": "…"})[0])
        self.assertIn("table", reasons(sql, {**right, "table": "order"})[0])
        self.assertIn("columns", reasons(sql, {**right, "columns": []})[0])
        self.assertIn("name", reasons(sql, {**right, "name": "j"})[0])

    def test_a_lost_subcommand(self):
        self.assertIn("operations", reasons("ALTER TABLE a ADD b int, DROP c", {"kind": "add_column", "table": "a", "columns": ["b"]})[0])

    def test_a_lost_foreign_key(self):
        printed = {"kind": "create_table", "table": "a", "column_defs": [{"name": "b"}]}
        self.assertIn("references", reasons("CREATE TABLE a (b int REFERENCES c)", printed)[0])

    def test_flags_are_counted_apart(self):
        [verdict] = verdicts("DROP TABLE IF EXISTS a CASCADE", {"kind": "drop_table", "table": "a", "if_exists": True})
        self.assertEqual(verdict.reasons, [])
        self.assertEqual(len(verdict.attribute_reasons), 1)

    def test_statements_on_one_line_are_told_apart_in_order(self):
        printed = [{"kind": "drop_table", "table": "a"}, {"kind": "drop_table", "table": "b"}]
        self.assertEqual(reasons("DROP TABLE a; DROP TABLE b;", *printed), [])

    def test_statements_are_matched_by_offset_where_printed(self):
        printed = [{"kind": "drop_table", "table": "b", "offset": 14}, {"kind": "drop_table", "table": "a", "offset": 0}]
        self.assertEqual(reasons("DROP TABLE a; DROP TABLE b;", *printed), [])

    def test_a_do_block_may_be_itself_or_its_statements(self):
        sql = "DO $$ BEGIN\nDROP TABLE a;\nDROP TABLE b;\nEND $$;"
        self.assertEqual(reasons(sql, {"kind": "do"}), [])
        self.assertEqual(reasons(sql, {"kind": "drop_table", "table": "a", "line": 2}, {"kind": "drop_table", "table": "b", "line": 3}), [])
        self.assertEqual(len(reasons(sql, {"kind": "unparsed", "reason": "…"})), 1)

    def test_implied_operations_do_not_count(self):
        printed = [{"kind": "add_column", "table": "a", "columns": ["b"]}, {"kind": "create_index", "table": "a", "implied": True}]
        self.assertEqual(reasons("ALTER TABLE a ADD b int", *printed), [])

    def test_a_placeholder_matches_any_name(self):
        sql = "DROP TABLE {{ .Schema }}.users"
        for name in ("users", "xxxxx.users", "{{ .Schema }}.users"):
            self.assertEqual(reasons(sql, {"kind": "drop_table", "table": name}), [])
        self.assertEqual(len(reasons(sql, {"kind": "drop_table", "table": "orders"})), 1)

    def test_search_path_may_qualify_names(self):
        sql = "SET search_path = billing;\nDROP TABLE invoices;"
        printed = [{"kind": "set", "name": "search_path"}, {"kind": "drop_table", "table": "billing.invoices", "line": 2}]
        self.assertEqual(reasons(sql, *printed), [])
        self.assertEqual(len(reasons("DROP TABLE invoices", {"kind": "drop_table", "table": "billing.invoices"})), 1)


if __name__ == "__main__":
    unittest.main()
