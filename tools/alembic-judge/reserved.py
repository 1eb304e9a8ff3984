#!/usr/bin/env python3
"""Writes the words that SQLAlchemy quotes, for each dialect: `reserved.py > data/sqlalchemy/reserved.tsv`."""

from sqlalchemy.dialects.mysql.reserved_words import RESERVED_WORDS_MARIADB, RESERVED_WORDS_MYSQL
from sqlalchemy.dialects.postgresql.base import RESERVED_WORDS
from sqlalchemy.dialects.sqlite.base import SQLiteIdentifierPreparer

WORDS = {
    "mariadb": RESERVED_WORDS_MARIADB,
    "mysql": RESERVED_WORDS_MYSQL,
    "postgres": RESERVED_WORDS,
    "sqlite": SQLiteIdentifierPreparer.reserved_words,
}

if __name__ == "__main__":
    for dialect, words in WORDS.items():
        print(dialect, *sorted(words), sep="\t")
