"""Cuts SQL files into the statements that the real PostgreSQL parser accepts.

Neighbours: `lower.py` turns each statement's tree into operations, `compare.py` judges them.

A file that the parser reads as a whole is cut by the parser. Any other file (psql commands, COPY data, placeholders,
syntax of other tools) is cut here, and each piece is offered to the parser alone; pieces it rejects are not judged.
All positions are byte offsets into the file as it is on disk.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from dataclasses import dataclass, field
from pathlib import Path

from pglast import parser as pg

BOM = b"\xef\xbb\xbf"
# What stands for a placeholder in the text given to the parser; `compare.py` lets it match any name.
STAND_IN = "lgplaceholder"
TEMPLATE = re.compile(r"\{\{(?P<go>.*?)\}\}|\$\{(?P<shell>[^}\n]*)\}|\{%(?P<tag>.*?)%\}|\{#(?P<note>.*?)#\}", re.S)
TEMPLATE_BLOCK = re.compile(r"^-?\s*(if|else|end|range|with|for|define|template|block|/\*)\b")
COLON_NAME = re.compile(r"(?<![:\w\]])(:'[A-Za-z_]\w*'|:\"[A-Za-z_]\w*\"|:[A-Za-z_]\w*)")
DOLLAR = re.compile(r"\$(?:[A-Za-z_\x80-\xff][A-Za-z0-9_\x80-\xff]*)?\$")
WORD = re.compile(r"[A-Za-z_\x80-\xff][A-Za-z0-9_$\x80-\xff]*")
COPY_DATA = re.compile(r"^copy\b.*\bfrom\s+stdin\b", re.I | re.S)
END_OF_DATA = re.compile(r"^\\\.[ \t\r]*(?:\n|\Z)", re.M)
ENDS_STATEMENT = {"g", "gx", "gset", "gexec", "gdesc", "watch", "crosstabview", "parse", "bindx"}


@dataclass
class Statement:
    """One statement that the real parser accepts."""

    file: str
    offset: int  # byte offset of its first token
    end: int  # exclusive
    line: int
    end_line: int
    sql: str
    tree: dict = field(repr=False)


@dataclass
class Cut:
    """A file's accepted statements, and how many pieces were refused."""

    statements: list[Statement]
    rejected: list[tuple[int, str]]  # line, reason


def cut_file(root: Path, name: str) -> Cut:
    """Reads `root/name`; a file that is not UTF-8 is one rejected piece."""
    data = (root / name).read_bytes()
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return Cut([], [(1, f"not UTF-8: {error}")])
    return cut(name, data)


def cut(name: str, data: bytes) -> Cut:
    """Cuts one file's bytes."""
    lines = [0] + [i + 1 for i, byte in enumerate(data) if byte == 0x0A]
    base = len(BOM) if data.startswith(BOM) else 0
    whole = _parse(data[base:])
    if not isinstance(whole, str):
        spans = [(base + start, base + end, tree) for start, end, tree in whole]
        return Cut([_statement(name, data, lines, *span) for span in spans], [])
    masked = mask_templates(data[base:].decode("latin-1"))
    statements, rejected = [], []
    for start, end in split(masked.text):
        piece = masked.text[start:end]
        parsed = _parse_piece(piece)
        if isinstance(parsed, str):
            rejected.append((bisect_right(lines, base + masked.origin(start)), parsed))
            continue
        for inner_start, inner_end, tree in parsed:
            first = base + masked.origin(start + inner_start)
            last = base + masked.origin(start + inner_end)
            statements.append(_statement(name, data, lines, first, last, tree))
    return Cut(statements, rejected)


def _statement(name: str, data: bytes, lines: list[int], start: int, end: int, tree: dict) -> Statement:
    sql = data[start:end].decode("utf-8", "replace").strip()
    return Statement(name, start, end, bisect_right(lines, start), bisect_right(lines, max(start, end - 1)), sql, tree)


def _parse(data: bytes) -> list[tuple[int, int, dict]] | str:
    """The statements of `data` as (start, end, tree), or why the real parser refuses it."""
    try:
        result = json.loads(pg.parse_sql_json(data.decode("utf-8")))
    except (pg.ParseError, UnicodeDecodeError, ValueError, RecursionError) as error:
        return str(error.args[0] if error.args else error)
    found = []
    for raw in result.get("stmts", []):
        start = raw.get("stmt_location", 0)
        end = start + raw["stmt_len"] if raw.get("stmt_len") else len(data)
        start = skip_blank(data.decode("latin-1"), start)
        found.append((start, end, raw["stmt"]))
    return found


def _parse_piece(piece: str) -> list[tuple[int, int, dict]] | str:
    first = _parse(piece.encode("latin-1"))
    if not isinstance(first, str) or ":" not in piece:
        return first
    # psql variables and named parameters; offsets inside the piece then mean nothing, its start does
    second = _parse(COLON_NAME.sub(_colon_stand_in, piece).encode("latin-1"))
    if isinstance(second, str) or len(second) != 1:
        return first
    return [(skip_blank(piece, 0), len(piece), second[0][2])]


def _colon_stand_in(match: re.Match) -> str:
    quote = match.group(0)[1]
    return f"{quote}{STAND_IN}{quote}" if quote in "'\"" else STAND_IN


@dataclass
class Masked:
    """Text with templates replaced, and the way back: `shifts` maps a position here to one in the original."""

    text: str
    here: list[int]
    there: list[int]

    def origin(self, position: int) -> int:
        """The position in the original text; inside a replacement, its start."""
        index = bisect_right(self.here, position) - 1
        here, there = self.here[index], self.there[index]
        limit = self.there[index + 1] if index + 1 < len(self.there) else None
        origin = there + (position - here)
        return origin if limit is None else min(origin, limit)


def mask_templates(text: str) -> Masked:
    """Replaces `{{ x }}`, `${x}`, `{% x %}` by a name, or by nothing where they only steer the template."""
    out, here, there, length, last = [], [0], [0], 0, 0
    for match in TEMPLATE.finditer(text):
        kept = text[last : match.start()]
        out.append(kept)
        length += len(kept)
        here.append(length)
        there.append(match.start())
        go = match.group("go")
        steers = match.group("tag") is not None or match.group("note") is not None or (go is not None and TEMPLATE_BLOCK.match(go))
        stand_in = " " if steers else STAND_IN
        out.append(stand_in)
        length += len(stand_in)
        last = match.end()
        here.append(length)
        there.append(last)
    out.append(text[last:])
    return Masked("".join(out), here, there)


def skip_blank(text: str, at: int) -> int:
    """The first position at or after `at` that is neither white space nor comment."""
    while at < len(text):
        if text[at].isspace() or text[at] == ";":
            at += 1
        elif text.startswith("--", at):
            newline = text.find("\n", at)
            at = len(text) if newline < 0 else newline + 1
        elif text.startswith("/*", at):
            at = _block_comment_end(text, at)
        else:
            return at
    return at


def _block_comment_end(text: str, at: int) -> int:
    depth = 0
    for match in re.compile(r"/\*|\*/").finditer(text, at):
        depth += 1 if match.group() == "/*" else -1
        if depth == 0:
            return match.end()
    return len(text)


def _quoted_end(text: str, at: int, quote: str, escapes: bool) -> int:
    at += 1
    while at < len(text):
        if escapes and text[at] == "\\":
            at += 2
        elif text[at] == quote:
            if not text.startswith(quote, at + 1):
                return at + 1
            at += 2
        else:
            at += 1
    return len(text)


class _Splitter:
    """Cuts at `;` outside quotes, comments, parentheses and BEGIN ATOMIC bodies, as psql does."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.start = 0
        self.parens = 0
        self.atomic = 0
        self.words: list[str] = []  # of the statement so far
        self.spans: list[tuple[int, int]] = []

    def run(self) -> list[tuple[int, int]]:
        while self.at < len(self.text):
            self._step()
        self._close(len(self.text), len(self.text))
        return self.spans

    def _close(self, end: int, resume: int) -> None:
        begin = skip_blank(self.text, self.start)
        if begin < end and self.text[begin:end].strip():
            self.spans.append((begin, end))
        self.start = self.at = resume
        self.parens = self.atomic = 0
        self.words = []

    def _step(self) -> None:
        text, at, char = self.text, self.at, self.text[self.at]
        if text.startswith("--", at) or text.startswith("/*", at):
            self.at = self._comment_end()
        elif char == "'":
            self.at = _quoted_end(text, at, "'", escapes=bool(self.words) and text[at - 1 : at] in ("e", "E") and self._bare_prefix())
        elif char == '"':
            self.at = _quoted_end(text, at, '"', escapes=False)
        elif char == "$" and (match := DOLLAR.match(text, at)):
            close = text.find(match.group(), match.end())
            self.at = len(text) if close < 0 else close + len(match.group())
        elif char == "\\":
            self._meta_command()
        elif char == ";" and self.parens == 0 and self.atomic == 0:
            self._semicolon()
        elif match := WORD.match(text, at):
            self._word(match)
        else:
            self.parens = max(0, self.parens + (char == "(") - (char == ")"))
            self.at += 1

    def _comment_end(self) -> int:
        if self.text.startswith("/*", self.at):
            return _block_comment_end(self.text, self.at)
        newline = self.text.find("\n", self.at)
        return len(self.text) if newline < 0 else newline

    def _bare_prefix(self) -> bool:
        return self.words[-1] == "e"

    def _word(self, match: re.Match) -> None:
        word = match.group().lower()
        if self.atomic:
            self.atomic += (word == "case") - (word == "end")
        elif word == "atomic" and self.words[-1:] == ["begin"] and self.words[0] == "create":
            self.atomic = 1
        self.words.append(word)
        self.at = match.end()

    def _semicolon(self) -> None:
        begin, end = skip_blank(self.text, self.start), self.at
        copies = COPY_DATA.match(self.text[begin:end])
        self._close(end, end + 1)
        if copies:
            newline = self.text.find("\n", end)
            data_end = END_OF_DATA.search(self.text, newline + 1) if newline >= 0 else None
            if data_end:
                self.start = self.at = data_end.end()

    def _meta_command(self) -> None:
        if self.text.startswith("\\;", self.at):
            self.at += 2
            return
        newline = self.text.find("\n", self.at)
        resume = len(self.text) if newline < 0 else newline + 1
        word = WORD.match(self.text, self.at + 1)
        in_statement = skip_blank(self.text, self.start) < self.at
        if in_statement and word and word.group() not in ENDS_STATEMENT and not self.text[self.start : self.at].rstrip(" \t").endswith("\n"):
            self.at += 1  # a stray backslash inside a statement: let the parser refuse it
            return
        self._close(self.at, resume)


def split(text: str) -> list[tuple[int, int]]:
    """Spans of the statements in `text` (bytes seen as latin-1), without their semicolons."""
    return _Splitter(text).run()
