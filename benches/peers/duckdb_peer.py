"""Runs duckdb_peer.sql on one workspace: python duckdb_peer.py WORKSPACE MONTH OUT [-v]"""

import sys
import time
from pathlib import Path

import duckdb

from workspace import Workspace


def main(folder, month, out, say):
    Path(out).mkdir(parents=True, exist_ok=True)
    workspace = Workspace(folder, month, out)
    with duckdb.connect() as db:
        db.execute("SET VARIABLE month = ?::DATE", [f"{month}-01"])
        db.execute("SET VARIABLE out = ?", [str(out)])
        db.execute("SET VARIABLE batch = ?", [f"{workspace.district}-{month.replace('-', '')}-R0000-"])
        place = {bank: number for number, bank in enumerate(sorted(set(workspace.banks.values())))}
        banks = [(name, bank, place[bank]) for name, bank in workspace.banks.items()]
        for table, rows in (("townships(name, code)", list(workspace.townships.items())), ("banks(name, bank, place)", banks)):
            values = ", ".join(f"({', '.join('?' * len(row))})" for row in rows)
            db.execute(f"CREATE TEMP TABLE {table} AS VALUES {values}", [cell for row in rows for cell in row])
        for name, (path, columns) in workspace.files.items():
            fields = ", ".join(f"'{column}': 'VARCHAR'" for column in columns)
            # Columns said, not guessed, and small buffers so that both cores get a part of each file.
            db.execute(
                f"CREATE TEMP VIEW {name}_file AS SELECT * FROM read_csv('{path}', columns = {{{fields}}}, "
                "auto_detect = false, header = true, delim = ',', quote = '\"', escape = '\"', "
                "max_line_size = 65536, buffer_size = 4194304)"
            )
        for statement in db.extract_statements(Path(__file__).with_name("duckdb_peer.sql").read_text("utf-8")):
            wall, processor = time.perf_counter(), time.process_time()
            db.execute(statement)
            wall, processor = time.perf_counter() - wall, time.process_time() - processor
            if say and processor > 0.005:
                first = [line for line in statement.query.strip().splitlines() if line and not line.startswith("--")][0]
                print(f"{wall:8.3f} s wall {processor:8.3f} s processor  {first}", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], "-v" in sys.argv[4:])
