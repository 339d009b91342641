# Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0
"""Writes the Parquet files beside this script, and rows.jsonl with the same rows.

pip install pyarrow==25.0.1; python make.py
"""

import json
import os

import pyarrow as pa
import pyarrow.parquet as pq

os.chdir(os.path.dirname(os.path.abspath(__file__)))

TEXTS = [None if i % 7 == 3 else "" if i % 11 == 5 else f"Text {i % 4}: " + "wörd " * (i % 5) + "𝄞" for i in range(40)]
MESSAGES = [
    None
    if i % 13 == 4
    else []
    if i % 13 == 6
    else [
        None if i % 5 == 0 and j == 1 else {"role": "user", "content": f"Hi {i}", "turn": j, "tags": ["a", None] if j else []}
        for j in range(i % 3 + 1)
    ]
    for i in range(40)
]
MESSAGE = pa.struct([("role", pa.string()), ("content", pa.string()), ("turn", pa.int64()), ("tags", pa.list_(pa.string()))])

with open("rows.jsonl", "w") as out:
    for text, messages in zip(TEXTS, MESSAGES):
        out.write(json.dumps({"text": text, "large": text, "messages": messages}, ensure_ascii=False) + "\n")

table = pa.table(
    {
        "id": pa.array(range(40)),
        "text": pa.array(TEXTS, pa.string()),
        "large": pa.array(TEXTS, pa.large_string()),
        "messages": pa.array(MESSAGES, pa.list_(MESSAGE)),
    }
)
for codec in ["none", "snappy", "gzip", "zstd", "lz4"]:
    for version in ["1.0", "2.0"]:
        pq.write_table(table, f"{codec}-{version}.parquet", compression=codec, data_page_version=version, row_group_size=15)
pq.write_table(table.select(["text"]), "plain.parquet", compression="zstd", use_dictionary=False, write_page_checksum=True)
pq.write_table(table.select(["text"]), "brotli.parquet", compression="brotli")
pq.write_table(
    table.select(["text"]),
    "delta.parquet",
    use_dictionary=False,
    column_encoding={"text": "DELTA_BYTE_ARRAY"},
    data_page_size=64,
    write_page_index=True,
)

odd = pa.table(
    {
        "bytes": pa.array([b"a", b"\xff"], pa.binary()),
        "number": pa.array([1, 2]),
        "time": pa.array([1, 2], pa.timestamp("us")),
        "map": pa.array([[("a", "b")], []], pa.map_(pa.string(), pa.string())),
        # not UTF-8, though the column says so
        "text": pa.Array.from_buffers(pa.string(), 2, pa.array([b"good", b"\xff\xfe"], pa.binary()).buffers()),
    }
)
pq.write_table(odd, "odd.parquet")
pq.write_table(table.slice(0, 0), "empty.parquet")
