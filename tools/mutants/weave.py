"""Weaves many mutants into one text of a Rust file, each behind a switch.

Neighbour: `mutants.py` lists them, builds the woven tree and runs the tests with one switch on at a time. A woven mutant N stands
between `/*<N*/` and `/*N>*/`, so that an error of the compiler can be laid at its door.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import tree_sitter_rust
from tree_sitter import Language, Node, Parser

PARSER = Parser(Language(tree_sitter_rust.language()))
MARK = re.compile(rb"/\*<(\d+)\*/|/\*(\d+)>\*/")


@dataclass
class Mutant:
    """One change that cargo-mutants proposes."""

    number: int
    genre: str
    file: str
    start: tuple[int, int]  # 1-based line and column
    change: str  # in words, with the function's name
    at: str  # the rest of the line on which it begins
    text: str  # what takes the place
    offset: int = 0  # where it begins, in bytes; known when it is woven

    @property
    def name(self) -> str:
        return f"{self.file}:{self.start[0]}:{self.start[1]}: {self.change}: {self.at}"


@dataclass
class Woven:
    """What happens at a node."""

    before: list[Mutant] = field(default_factory=list)  # at the head of a function's body
    instead: list[Mutant] = field(default_factory=list)  # of an operator, a guard or a struct
    never: list[Mutant] = field(default_factory=list)  # of an arm


def weave(source: bytes, mutants: list[Mutant]) -> tuple[bytes, list[Mutant]]:
    """The text with switches, and the mutants for which there is no place."""
    tree = PARSER.parse(source)
    lines = [0]
    for line in source.splitlines(keepends=True):
        lines.append(lines[-1] + len(line))
    plan: dict[int, Woven] = {}
    homeless = []
    for mutant in mutants:
        line, column = mutant.start
        text = source[lines[line - 1] :].decode()[: column - 1]
        mutant.offset = lines[line - 1] + len(text.encode())
        node = place(tree.root_node, mutant)
        if node is None:
            homeless.append(mutant)
            continue
        woven = plan.setdefault(node.id, Woven())
        {"FnValue": woven.before, "MatchArm": woven.never}.get(mutant.genre, woven.instead).append(mutant)
    return render(tree.root_node, source, plan), homeless


def place(root: Node, mutant: Mutant) -> Node | None:
    """The node that a mutant changes."""
    offset = mutant.offset
    node = root.descendant_for_byte_range(offset, offset + 1)
    while node is not None:
        if mutant.genre == "FnValue" and node.type == "function_item":
            body = node.child_by_field_name("body")
            return body if body is not None and body.start_byte <= offset else None
        if mutant.genre == "BinaryOperator" and node.type in ("binary_expression", "compound_assignment_expr"):
            operator = node.child_by_field_name("operator") or node.children[1]
            if operator.start_byte == offset:
                return node
        if mutant.genre == "UnaryOperator" and node.type == "unary_expression" and node.start_byte == offset:
            return node
        if mutant.genre == "StructField" and node.type == "struct_expression":
            return node
        if mutant.genre == "MatchArm" and node.type == "match_arm" and node.start_byte == offset:
            return node
        if mutant.genre == "MatchArmGuard" and node.type == "match_pattern":
            return node.child_by_field_name("condition")
        node = node.parent
    return None


def render(node: Node, source: bytes, plan: dict[int, Woven]) -> bytes:
    """A node's text with everything below it woven."""
    woven = plan.get(node.id, Woven())
    if node.type == "match_arm" and woven.never:
        return arm(node, source, plan, woven.never)
    plain = children(node, source, plan)
    for mutant in woven.before:
        head = f" /*<{mutant.number}*/if crate::mutant::on({mutant.number}) {{ return {mutant.text}; }}/*{mutant.number}>*/"
        plain = b"{" + head.encode() + plain[1:]
    for mutant in woven.instead:
        other = changed(node, source, mutant)
        begin, end = f"/*<{mutant.number}*/(if crate::mutant::on({mutant.number}) {{ ", f" }})/*{mutant.number}>*/"
        plain = begin.encode() + other + b" } else { " + plain + end.encode()
    return plain


def children(node: Node, source: bytes, plan: dict[int, Woven]) -> bytes:
    if not node.children:
        return source[node.start_byte : node.end_byte]
    parts, at = [], node.start_byte
    for child in node.children:
        parts += [source[at : child.start_byte], render(child, source, plan)]
        at = child.end_byte
    return b"".join(parts) + source[at : node.end_byte]


def changed(node: Node, source: bytes, mutant: Mutant) -> bytes:
    """The node as the mutant has it; no other mutant is on while it is."""
    text = source[node.start_byte : node.end_byte]
    if mutant.genre == "MatchArmGuard":
        return mutant.text.encode()
    if mutant.genre == "UnaryOperator":
        return source[node.children[-1].start_byte : node.end_byte]
    if mutant.genre == "StructField":
        fields = node.child_by_field_name("body")
        gone = next(one for one in fields.children if one.start_byte == mutant.offset)
        comma = gone.next_sibling
        return text[: gone.start_byte - node.start_byte] + text[comma.end_byte - node.start_byte :]
    left, right = node.children[0], node.children[-1]
    return source[left.start_byte : left.end_byte] + f" {mutant.text} ".encode() + source[right.start_byte : right.end_byte]


def arm(node: Node, source: bytes, plan: dict[int, Woven], mutants: list[Mutant]) -> bytes:
    """An arm that is never taken while one of its mutants is on."""
    pattern = node.child_by_field_name("pattern")
    rest = source[pattern.end_byte : node.end_byte]
    value = node.child_by_field_name("value")
    if value is not None:
        rest = source[pattern.end_byte : value.start_byte] + render(value, source, plan) + source[value.end_byte : node.end_byte]
    guard = pattern.child_by_field_name("condition")
    text = source[node.start_byte : guard.start_byte if guard else pattern.end_byte]
    for mutant in mutants:
        switch = f"/*<{mutant.number}*/!crate::mutant::on({mutant.number})/*{mutant.number}>*/"
        text += (b"" if guard else b" if ") + switch.encode()
        text += b" && (" + render(guard, source, plan) + b")" if guard else b""
        break  # an arm is deleted once
    return text + rest


def blamed(text: bytes, offset: int, arms: set[int]) -> int | None:
    """The innermost woven mutant around an offset of the woven text. Else an arm that the match at the offset cannot be without
    (`arms` are the mutants that delete one), where the compiler points at the match; else the mutant that begins last before:
    where a body returns something else at its head, the compiler points at its end."""
    open_: list[int] = []
    last = None
    for mark in MARK.finditer(text):
        number = int(mark.group(1) or mark.group(2))
        if mark.start() > offset:
            if arms and not open_ and mark.group(1) and number in arms:
                return number
            if not arms or open_:
                break
        elif mark.group(1):
            open_.append(number)
            last = number
        elif number in open_:
            open_.remove(number)
    return open_[-1] if open_ else last
