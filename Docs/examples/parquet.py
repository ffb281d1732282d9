"""Writes the rows of a Parquet file as JSON lines: python3 parquet.py rows.parquet | tedi submit - --format jsonl"""
import json
import sys

import pyarrow.parquet as parquet

# Columns of the file, and the fields of a line that they give.
FIELDS = {"caption": "caption", "id": "custom_id", "seed": "seed"}

for batch in parquet.ParquetFile(sys.argv[1]).iter_batches(columns=list(FIELDS)):
    for row in batch.to_pylist():
        line = {field: row[column] for column, field in FIELDS.items() if row[column] is not None}
        line["custom_id"] = str(line["custom_id"])
        print(json.dumps(line, ensure_ascii=False))
