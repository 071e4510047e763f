"""Reads what dicube packed with the Python package, and compares it with pydicom's reading of the original files.

    python read.py WORK

One check for each cube: every element of every slice by load_meta, get_values, get_shared_value, index, the files of
save_to_dicom_folder and those of DcbStreamingReader; every pixel of get_fdata; the space. What v1 cannot express has to
be refused.
"""

import base64
import contextlib
import io
import json
import logging
import math
import os
import shutil
import subprocess
import sys
import time
import traceback
import warnings
from collections import Counter
from pathlib import Path

import dicube
import numpy as np
import pydicom
from dicube.codecs import get_codec
from dicube.dicom import DcbStreamingReader
from dicube.dicom.dicom_builder import DicomBuilder
from dicube.storage.dcb_file import DcbSFile

from rules import RULES

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
WORK = Path(sys.argv[1])
PIXELS = {"7FE00008", "7FE00009", "7FE00010"}
NATIVE = {"1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99"}

explained = Counter()
counts = Counter()
failures = []


def element(tag_json):
    """DICOM JSON of an element as (vr, values, bytes), so that two writers' forms of the same are the same."""
    vr, values = tag_json["vr"], tag_json.get("Value") or []
    if vr == "SQ":
        return vr, [data_set(item) for item in values], b""
    if vr == "PN":
        values = [{key: text for key, text in (name or {}).items() if text} or "" for name in values]
    if vr in ("DS", "FD", "FL"):
        values = [value if value in (None, "") else float(value) for value in values]
    values = ["NaN" if isinstance(value, float) and math.isnan(value) else "" if value is None else value for value in values]
    binary = base64.b64decode(tag_json.get("InlineBinary") or "")
    return vr, [] if all(value == "" for value in values) and len(values) <= 1 else values, binary + b"\0" * (len(binary) % 2)


def data_set(json_dict):
    # Group Length is retired, and pydicom's writer drops it: upstream-v1.md §2.1.
    return {tag: element(value) for tag, value in json_dict.items() if not tag.endswith("0000") and tag not in PIXELS}


class Original(tuple):
    """An element of an original file; `raw` is its Value Field, before pydicom's dictionaries gave it a VR."""

    raw = None


def of_file(ds):
    """Elements of a data set as pydicom reads it; those that it raises on are None."""
    result = {}
    for key in ds.keys():
        tag = f"{key:08X}"
        if key.group == 2 or key.element == 0 or tag in PIXELS:
            continue
        try:
            value = ds.get_item(key).value or b""
            raw = value + b"\0" * (len(value) % 2) if isinstance(value, bytes) else None
            item = ds[key]
            if item.VR == "SQ":
                result[tag] = Original(("SQ", [of_file(inner) for inner in item.value], b""))
            else:
                result[tag] = Original(element(json.loads(json.dumps(item.to_json_dict(None, 1 << 62)))))
            result[tag].raw = raw
        except Exception:
            result[tag] = None
    return result


class Check:
    """One cube."""

    def __init__(self, row):
        self.row = row
        self.failed = 0
        self.omitted = {(entry["tag"], entry.get("slice")) for entry in row["omitted"]}

    def differ(self, api, kind, path="", want=None, got=None, slice=None, error=""):
        omitted = any((path, where) in self.omitted for where in (None, slice))
        d = dict(api=api, kind=kind, path=path, want=want, got=got, error=error, omitted=omitted, slices=len(self.row["files"]))
        rules = [rule["id"] for rule in RULES if rule["explains"](d)]
        if len(rules) == 1:
            explained[rules[0]] += 1
            return
        self.fail(f"{api} {kind} {path} slice {slice} {rules or 'unexplained'}: {want!r:.160} | {got!r:.160} {error}")

    def fail(self, text):
        self.failed += 1
        failures.append(f"{self.row['name']}: {text}")

    def must(self, holds, text):
        counts["comparisons"] += 1
        if not holds:
            self.fail(text)

    def compare(self, api, want, got, slice, path=""):
        """Two data sets."""
        for tag in want.keys() | got.keys():
            counts["comparisons"] += 1
            here, a, b = path + tag, want.get(tag, ()), got.get(tag)
            if a is None:
                self.differ(api, "original", here, slice=slice)
            elif a == b:
                continue
            elif b is None:
                self.differ(api, "absent", here, a, slice=slice)
            elif a == ():
                self.differ(api, "added", here, None, b, slice=slice)
            elif a[0] == b[0] == "SQ" and len(a[1]) == len(b[1]):
                for k, (inner, other) in enumerate(zip(a[1], b[1])):
                    self.compare(api, inner, other, slice, f"{here}[{k}].")
            else:
                self.differ(api, "value", here, a, b, slice=slice)


def expressible(sets):
    """Whether v1 can express the pixels, by the original files alone (upstream-v1.md §1.2 to 1.7)."""
    names = "Rows Columns BitsAllocated BitsStored HighBit PixelRepresentation".split()
    first = sets[0]
    pair = lambda ds: (float(ds.get("RescaleSlope") or 1), float(ds.get("RescaleIntercept") or 0))
    for ds in sets:
        syntax = getattr(ds.file_meta, "TransferSyntaxUID", None) if hasattr(ds, "file_meta") else None
        if "PixelData" not in ds or (syntax or "1.2.840.10008.1.2") not in NATIVE:
            return False
        if any(ds.get(name) is None or ds[name].value != first[name].value for name in names) or pair(ds) != pair(first):
            return False
        if ds.get("SamplesPerPixel", 1) != 1 or ds.get("PhotometricInterpretation") != "MONOCHROME2":
            return False
        if int(ds.get("NumberOfFrames") or 1) != 1 or ds.BitsAllocated not in (8, 16) or "ModalityLUTSequence" in ds:
            return False
        if ds.HighBit != ds.BitsStored - 1 or not 0 < ds.BitsStored <= ds.BitsAllocated:
            return False
        if len(ds.PixelData) < ds.Rows * ds.Columns * ds.BitsAllocated // 8:
            return False
        # Nothing above the stored bits: pydicom masks it, and a v1 reader cannot.
        order = ">" if syntax == "1.2.840.10008.1.2.2" and ds.BitsAllocated == 16 else "<"
        count, kind = ds.Rows * ds.Columns, "ui"[ds.PixelRepresentation == 1]
        words = np.frombuffer(ds.PixelData, f"{order}{kind}{ds.BitsAllocated // 8}", count)
        if order == ">" or ds.BitsAllocated == 16:
            if not np.array_equal(words, ds.pixel_array.ravel()):
                return False
    return True


def check_metadata(check, meta, originals):
    n = len(originals)
    check.must(meta.slice_count == n or n == 1, f"slice_count {meta.slice_count} of {n}")
    with contextlib.redirect_stdout(io.StringIO()):
        meta.display()
    listed = lambda value: value if isinstance(value, list) else [] if value is None else [value]
    for tag in sorted({tag for original in originals for tag in original}):
        want = [original.get(tag, ()) for original in originals]
        shared, values = meta.is_shared(tag), meta.get_values(tag)
        check.must(len(values) == n, f"get_values({tag}) has {len(values)} entries")
        if tag not in meta.keys():
            continue  # index() below finds that it is absent
        # Binary values have no Value there: get_values is None for them, and index() has them (upstream-v1.md §1.8).
        has_value = any(entry and entry[1] for entry in want)
        if shared:
            check.must(all(entry in (want[0], None) for entry in want), f"{tag} is shared and differs")
            value = meta.get_shared_value(tag)
            values = [listed(value)] * n
            if not has_value:
                check.must(value in (None, []), f"get_shared_value({tag}) is {value!r:.80}")
        if not has_value:
            continue
        if meta.get_vr(tag) == "UN":
            continue
        for slice, (a, b) in enumerate(zip(want, values)):
            got = element({"vr": meta.get_vr(tag), "Value": listed(b)})
            if a:
                check.compare("get_values", {tag: a}, {tag: got}, slice)
            else:
                check.must(a is None or got[1] == [], f"get_values({tag})[{slice}] is {b!r:.80} where the file has none")
    for slice, original in enumerate(originals):
        check.compare("index", original, data_set(meta.index(slice)), slice)


def frames_of(ds):
    """The plane of each frame of an enhanced instance (PS3.3 §C.7.6.16), under the names that slices have."""
    planes = []
    for group in ds.PerFrameFunctionalGroupsSequence:
        plane = pydicom.Dataset()
        for macro in ("PlanePositionSequence", "PlaneOrientationSequence", "PixelMeasuresSequence"):
            source = group if macro in group else ds.SharedFunctionalGroupsSequence[0]
            if macro in source:
                plane.update(source[macro].value[0])
        planes.append(plane)
    return planes


def check_space(check, space, row, sets):
    """The volume's grid from the attributes alone (PS3.3 §C.7.6.2.1.1), against both libraries."""
    ours = row.get("space")
    try:
        place = np.array([ds.ImagePositionPatient for ds in sets], "float64")
        x, y = np.array(sets[0].ImageOrientationPatient, "float64").reshape(2, 3)
        down, along = (float(mm) for mm in sets[0].PixelSpacing)
    except (AttributeError, TypeError, ValueError):
        check.must(space is None and ours is None, "a space without positions")
        return
    n = len(sets)
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1], affine[:3, 3] = x * along, y * down, place[0]
    affine[:3, 2] = (place[-1] - place[0]) / (n - 1) if n > 1 else np.cross(x, y) * float(sets[0].get("SliceThickness") or 1)
    if ours is not None:
        counts["spaces"] += 1
        check.must(np.allclose(np.reshape(ours["affine"], (4, 4)), affine, rtol=0, atol=1e-6), f"our affine {ours['affine']}")
        for point in ours["points"]:
            patient = (affine @ [*point["voxel"], 1])[:3]
            check.must(np.allclose(point["patient"], patient, rtol=0, atol=1e-5), f"toPatient {point}")
            voxel = np.linalg.solve(affine[:3, :3], np.array(point["patient"]) - affine[:3, 3])
            check.must(np.allclose(point["back"], voxel, rtol=0, atol=1e-5), f"toVoxel {point}")
            check.must(np.allclose(point["back"], point["voxel"], rtol=0, atol=1e-5), f"there and back {point}")
        # Each slice lies where the grid says.
        steps = place - (place[0] + np.outer(np.arange(n), affine[:3, 2]))
        check.must(np.linalg.norm(steps, axis=1).max() <= 0.051 * np.linalg.norm(affine[:3, 2]), "positions off the grid")
        axes = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
        normal = np.abs(np.cross(axes[:, 0], axes[:, 1]))
        counts["oblique" if normal.max() < 0.9999 else f"{('sagittal', 'coronal', 'axial')[normal.argmax()]}"] += 1
        if abs(np.dot(np.cross(axes[:, 0], axes[:, 1]), axes[:, 2])) < 0.9999:
            counts["tilted"] += 1
            check.must(space is None, "a tilted series with a space for readers that want right angles")
    if space is not None:
        # In memory its order is z, y, x; only the origin stays x, y, z (upstream-v1.md §1.2).
        counts["v1 spaces"] += 1
        got = np.eye(4)
        unit = [np.array(axis) * mm for axis, mm in zip((space.z_orientation, space.y_orientation, space.x_orientation), space.spacing[::-1])]
        got[:3, 0], got[:3, 1], got[:3, 2], got[:3, 3] = *unit, space.origin
        check.must(np.allclose(got, affine, rtol=0, atol=1e-3), f"space {got.tolist()} wanted {affine.tolist()}")
        check.must(tuple(space.shape) == (n, sets[0].Rows, sets[0].Columns), f"space of shape {space.shape}")


def check_pixels(check, row, sets, originals):
    n = len(sets)
    image = dicube.load(row["cube"])
    stored = np.stack([ds.pixel_array for ds in sets])
    slope, intercept = float(sets[0].get("RescaleSlope") or 1), float(sets[0].get("RescaleIntercept") or 0)
    modality = stored.astype("float64") * slope + intercept
    for dtype in ("float64", "float32"):
        got = image.get_fdata(dtype)
        if got.shape != modality.shape:
            check.differ("get_fdata", "shape", "", modality.shape, got.shape)
        # It multiplies in the type that was asked for: in float32 a slope that is no whole number is rounded before.
        want = stored.astype(dtype) * np.array(slope).astype(dtype) + np.array(intercept).astype(dtype)
        check.must(np.array_equal(got.reshape(modality.shape), want), f"get_fdata({dtype}) differs")
    check.must(np.array_equal(image.raw_image.reshape(stored.shape), stored), "raw_image differs")
    counts["pixels"] += stored.size
    check_space(check, image.space, row, sets)

    reader = DcbStreamingReader(row["cube"])
    check.must(reader.get_frame_count() == n, f"{reader.get_frame_count()} frames to stream")
    for slice in sorted({0, n // 2, n - 1}):
        try:
            streamed = pydicom.dcmread(io.BytesIO(reader.get_dicom_for_frame(slice)))
        except RuntimeError as error:
            check.differ("stream", "raised", slice=slice, error=str(error))
            continue
        check.compare("stream", originals[slice], of_file(streamed), slice)
        [frame] = pydicom.encaps.generate_frames(streamed.PixelData, number_of_frames=1)
        check.must(np.array_equal(get_codec("jph").decode(frame), stored[slice]), f"streamed pixels of slice {slice} differ")
        check.must(streamed.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.4.201", "streamed under another syntax")
    reader.close()

    out = WORK / "exported"
    if n == 1:
        image.raw_image = image.raw_image.reshape(stored.shape)  # as its documentation has it: z, y, x
    try:
        dicube.save_to_dicom_folder(image, str(out))
    except Exception as error:
        check.differ("export", "raised", error=f"{type(error).__name__}: {error}")
        return
    names = sorted(os.listdir(out))
    check.must(len(names) == n, f"{len(names)} files exported")
    for slice, name in enumerate(names):
        exported = pydicom.dcmread(out / name)
        check.compare("export", originals[slice], of_file(exported), slice)
        check.must(np.array_equal(exported.pixel_array, stored[slice]), f"exported pixels of slice {slice} differ")
        pair = float(exported.RescaleSlope), float(exported.RescaleIntercept)
        check.must(pair == (slope, intercept), f"exported slope and intercept {pair}")
    shutil.rmtree(out)


def check_cube(row):
    check = Check(row)
    try:
        sets = [pydicom.dcmread(path, force=True) for path in row["files"]]
    except OSError as error:
        check.differ("dcmread", "original", error=str(error))
        check.must(dicube.load_meta(row["cube"]).slice_count == len(row["files"]), "slice_count")
        return check
    originals = [of_file(ds) for ds in sets]
    counts["slices"] += len(sets)
    meta = dicube.load_meta(row["cube"])
    check_metadata(check, meta, originals)
    frames = DcbSFile(row["cube"]).header["frame_count"]
    try:
        wanted = len(sets) if expressible(sets) else 0
    except Exception as error:
        wanted = 0 if frames == 0 else f"unknown: {error}"
    check.must(frames == wanted, f"{frames} frames for the Python package, wanted {wanted}")
    if frames:
        counts["with pixels"] += 1
        check_pixels(check, row, sets, originals)
    else:
        counts["pixels refused"] += 1
        planes = frames_of(sets[0]) if "PerFrameFunctionalGroupsSequence" in sets[0] else sets
        if row.get("space") and row["space"]["shape"][2] == len(planes):
            check_space(check, None, row, planes)
        # Without pixels nothing is exported; what the exporter would make of the metadata can be told all the same.
        for slice, original in enumerate(originals):
            try:
                exported = DicomBuilder.to_bytes(DicomBuilder.build(meta.index(slice), None))
            except Exception as error:
                check.differ("export", "raised", slice=slice, error=str(error))
                continue
            check.compare("export", original, of_file(pydicom.dcmread(io.BytesIO(exported))), slice)
        refuses(check, "load", lambda: dicube.load(row["cube"]))
        refuses(check, "DcbStreamingReader", lambda: DcbStreamingReader(row["cube"]).get_dicom_for_frame(0))
    return check


def refuses(check, what, call):
    try:
        call()
    except Exception:
        return check.must(True, "")
    check.must(False, f"{what} did not refuse")


def check_no_v1(path):
    """Refused whole; nothing of it is taken for a cube without metadata."""
    check = Check({"name": path.name, "omitted": [], "files": []})
    refuses(check, "load_meta", lambda: dicube.load_meta(str(path)))
    refuses(check, "load", lambda: dicube.load(str(path)))
    refuses(check, "load without metadata", lambda: dicube.load(str(path), skip_meta=True))
    refuses(check, "DcbStreamingReader", lambda: DcbStreamingReader(str(path)))
    return check


def check_seed_example(row):
    """The script as a user has it, on a file of ours."""
    check = Check({**row, "name": "seed_example.py"})
    script = Path(__file__).with_name("seed_example.py")
    check.must(len(script.read_text().splitlines()) <= 12, "the script has grown")
    ran = subprocess.run([sys.executable, script, row["cube"]], capture_output=True, text=True)
    check.must(ran.returncode == 0, ran.stderr)
    sets = [pydicom.dcmread(path) for path in row["files"]]
    places = [[float(mm) for mm in ds.ImagePositionPatient] for ds in sets]
    for text in (
        "Shared Metadata:",
        "Non-Shared Metadata:",
        repr({"Alphabetic": str(sets[0].PatientName)}),
        repr([int(ds.InstanceNumber) for ds in sets]),
    ):
        check.must(text in ran.stdout, f"{text!r} is not in what it prints")
    lines = ran.stdout.splitlines()
    check.must(bool(lines) and json.loads(lines[-2]) == places, "Image Position (Patient) differs")
    check.must(bool(lines) and lines[-1].split()[0].isdigit(), "to_json() was not compressed")
    return check


def main():
    rows = [json.loads(line) for line in open(WORK / "cubes.jsonl", encoding="utf-8")]
    only = sys.argv[2:] or [""]
    jobs = [(row["name"], lambda row=row: check_cube(row)) for row in rows]
    jobs += [(path.name, lambda path=path: check_no_v1(path)) for path in sorted(WORK.glob("cubes/*.no-v1.dcbs"))]
    jobs += [("seed_example.py", lambda: check_seed_example(next(row for row in rows if row["name"] == "demo")))]
    slow = []
    for name, job in jobs:
        if not any(part in name for part in only):
            continue
        start = time.time()
        try:
            counts["failed" if job().failed else "passed"] += 1
        except Exception:
            counts["failed"] += 1
            failures.append(f"{name}: {traceback.format_exc(limit=-3)}")
        slow.append((time.time() - start, name))
    print("dicube", dicube.__version__, "pydicom", pydicom.__version__)
    print(", ".join(f"{value:,} {name}" for name, value in counts.items() if name not in ("passed", "failed")))
    print("slowest:", ", ".join(f"{name} {seconds:.1f} s" for seconds, name in sorted(slow, reverse=True)[:4]))
    for rule in RULES:
        print(f"{rule['id']:24} {explained[rule['id']]:8}  {rule['cause']}")
        # The generated files alone need not meet every rule.
        if not explained[rule["id"]] and only == [""] and any(row["name"].startswith("shared-") for row in rows):
            counts["failed"] += 1
            failures.append(f"rule {rule['id']} explains nothing")
    for failure in failures[:60]:
        print(failure)
    if len(failures) > 60:
        print(f"… and {len(failures) - 60} more")
    print(f"{counts['passed']} passed, {counts['failed']} failed")
    return 1 if counts["failed"] else 0


sys.exit(main())
