"""Reads statements, each ended by a zero byte, and prints what sqlglot's dialect of Athena does not take."""
import sys

import sqlglot
from sqlglot import exp

for sql in sys.stdin.read().split("\0"):
    try:
        tree = sqlglot.parse_one(sql, read="athena", error_level=sqlglot.ErrorLevel.RAISE)
        if not isinstance(tree, (exp.Select, exp.Create)):
            print("not understood:", type(tree), sql)
    except sqlglot.errors.SqlglotError as error:
        print(error, "in:", sql)
try:
    sqlglot.parse_one("SELECT FROM WHERE (", read="athena", error_level=sqlglot.ErrorLevel.RAISE)
    print("the parser takes everything")
except sqlglot.errors.SqlglotError:
    pass
