#!/usr/bin/env python3
"""Holds what reader.py makes of cubes against the files they were made of.

    compare.py WORK     WORK/cubes.jsonl is what pack.ts wrote

Each header is compared byte for byte with the original file, whose Pixel Data lies between its two parts; each file that
needs no HTJ2K decoder is restored and compared whole.
"""
import hashlib
import json
import os
import sys
import time
import zlib

from reader import ENCAPSULATED, Cube, Refused


def differs(cube, row, original):
    """What is wrong with a slice, or None; and whether its whole file was restored."""
    header = cube.header(row)
    plain = original
    if row in cube.streams:
        if original[: header.data_offset] + cube.streams[row] != original:
            return "another stream", False
        plain = original[: header.data_offset] + zlib.decompressobj(-15).decompress(cube.streams[row])
    if header.pixel_offset is None:
        if header.data != plain:
            return "another header", False
    else:
        head, tail = header.data[: header.pixel_offset], header.data[header.pixel_offset :]
        if not plain.startswith(head) or not plain.endswith(tail) or len(plain) < len(header.data):
            return "another header", False
        value_bytes = len(plain) - len(header.data)
        if cube.slices[row].kind != ENCAPSULATED and value_bytes != cube.slices[row].value_bytes:
            return f"Pixel Data of {value_bytes} bytes", False
    if cube.digests[row] != hashlib.sha256(original).digest() or cube.sizes[row] != len(original):
        return "another SHA-256 or size in the manifest", False
    restored = cube.restore(row)
    if restored is not None and restored != original:
        return "another file", False
    return None, restored is not None


def main(work):
    passed = failed = headers = files = 0
    start = time.perf_counter()
    with open(os.path.join(work, "cubes.jsonl"), encoding="utf-8") as lines:
        cubes = [json.loads(line) for line in lines]
    for case in cubes:
        problems = []
        try:
            with Cube(case["cube"]) as cube:
                cube.check()
                if cube.slice_count != case["slices"]:
                    problems.append(f"{cube.slice_count} slices, wanted {case['slices']}")
                values = cube.values()
                for row, name in enumerate(cube.names):
                    with open(os.path.join(case["root"], *name.split("/")), "rb") as original:
                        problem, whole = differs(cube, row, original.read())
                    headers += problem is None
                    files += whole
                    if problem:
                        problems.append(f"{name}: {problem}")
                json.dumps(values)
        except Refused as error:
            problems.append(str(error))
        if problems:
            failed += 1
            print(f"FAILED {os.path.basename(case['cube'])}: {'; '.join(problems[:5])}")
        else:
            passed += 1
    print(f"{headers} headers identical, {files} whole files identical, {time.perf_counter() - start:.1f} s")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
