#!/usr/bin/env python3
# Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0
"""Where a training step of sae4j spends its time on a device: seconds by kernel, as TornadoVM's profiler measures them.

usage: kernels.py --out FILE [--features F …] -- COMMAND OF sae bench …

Runs the command once with the profiler, which starts each launch by itself, and prints the last step's kernels, the longest first. The
library's products are listed one by one: the largest is the encoder's.
"""
import argparse
import collections
import json
import pathlib
import re
import subprocess
import sys


def objects(text):
    """The JSON objects among the lines of a program's output."""
    decoder = json.JSONDecoder()
    for match in re.finditer(r"^\{", text, re.M):
        try:
            yield decoder.raw_decode(text, match.start())[0]
        except ValueError:
            pass


def main():
    split = sys.argv.index("--")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    given, command = parser.parse_args(sys.argv[1:split]), sys.argv[split + 1 :]
    finished = subprocess.run(command, capture_output=True, text=True)
    if finished.returncode:
        sys.exit(finished.stderr.strip().splitlines()[-1])
    runs = [graph for found in objects(finished.stdout) for graph in found.items() if re.fullmatch(r"g\d+run\d+", graph[0])]
    name = runs[-1][0]
    last = runs[-1][1]
    seconds, counts, products = collections.Counter(), collections.Counter(), []
    for task in (value for value in last.values() if isinstance(value, dict)):
        kernel, nanoseconds = task.get("METHOD", "?"), int(task.get("TASK_KERNEL_TIME", 0))
        seconds[kernel] += nanoseconds / 1e9
        counts[kernel] += 1
        if "cublas" in kernel.lower():
            products.append(nanoseconds / 1e9)
    table = [{"kernel": kernel, "launches": counts[kernel], "milliseconds": 1e3 * each} for kernel, each in seconds.most_common()]
    result = {
        "graph": name,
        "products_milliseconds": sorted((1e3 * each for each in products), reverse=True),
        "kernels_milliseconds": 1e3 * sum(seconds.values()),
        "copy_in_milliseconds": int(last.get("COPY_IN_TIME", 0)) / 1e6,
        "table": table,
    }
    given.out.write_text(json.dumps(result, indent=1))
    print(f"{name}: {result['kernels_milliseconds']:.2f} ms in kernels, {result['copy_in_milliseconds']:.2f} ms in copies to the device")
    for row in table[:24]:
        print(f"  {row['milliseconds']:9.3f} ms  {row['launches']:3d}  {row['kernel']}")


main()
