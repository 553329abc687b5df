"""Runs duckdb_peer.sql on one workspace: python duckdb_peer.py WORKSPACE MONTH OUT [-v]"""

import sys
import time
from pathlib import Path

import duckdb

from workspace import Workspace


def main(folder, month, out, say):
    workspace = Workspace(folder, month)
    Path(out).mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as db:
        db.execute("SET VARIABLE month = ?::DATE", [f"{month}-01"])
        db.execute("SET VARIABLE out = ?", [str(out)])
        db.execute("SET VARIABLE district = ?", [workspace.district])
        for table, names in (("townships(name, code)", workspace.townships), ("banks(name, bank)", workspace.banks)):
            values = ", ".join("(?, ?)" for _ in names)
            db.execute(f"CREATE TEMP TABLE {table} AS VALUES {values}", [cell for pair in names.items() for cell in pair])
        for name, (path, columns) in workspace.files.items():
            fields = ", ".join(f"'{column}': 'VARCHAR'" for column in columns)
            # Columns said, not guessed, and small buffers so that both cores get a part of each file.
            db.execute(
                f"CREATE TEMP VIEW {name}_file AS SELECT * FROM read_csv('{path}', columns = {{{fields}}}, "
                "auto_detect = false, header = true, delim = ',', quote = '\"', escape = '\"', "
                "max_line_size = 65536, buffer_size = 4194304)"
            )
        for statement in db.extract_statements(Path(__file__).with_name("duckdb_peer.sql").read_text("utf-8")):
            start = time.perf_counter()
            db.execute(statement)
            took = time.perf_counter() - start
            if say and took > 0.005:
                first = [line for line in statement.query.strip().splitlines() if line and not line.startswith("--")][0]
                print(f"{took:8.3f} s  {first}", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], "-v" in sys.argv[4:])
