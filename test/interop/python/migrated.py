"""Reads with pydicom what was made of v1 files: by dicube migrate, then dicube unpack.

    python migrated.py WORK

Each file has to be one that PS3.10 allows, with pixels that give the modality values that the Python package gives of the
old file. The migrated cube has to open in the Python package again. dcmdump reads all of them, where it is there.
"""

import json
import logging
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import dicube
import numpy as np
import pydicom
from dicube.codecs import get_codec
from pydicom.uid import UID

logging.disable(logging.CRITICAL)
# What pydicom warns of is an error here, but for values that the old file had too.
pydicom.config.settings.reading_validation_mode = pydicom.config.WARN
V1 = Path(sys.argv[1]) / "v1"
EXPLICIT, HTJ2K = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.4.201"
DCMDUMP = shutil.which("dcmdump")
failures = []
counts = {"passed": 0, "failed": 0, "files": 0}


def pixels_of(ds):
    if ds.file_meta.TransferSyntaxUID == EXPLICIT:
        return ds.pixel_array
    frames = pydicom.encaps.generate_frames(ds.PixelData, number_of_frames=1)
    return get_codec("jph").decode(next(frames))


def check(expected):
    name, problems = expected["name"], []

    def must(holds, text):
        if not holds:
            problems.append(text)

    folder = V1 / f"{name}.files"
    paths = sorted(folder.glob("*.dcm"))
    counts["files"] += len(paths)
    if DCMDUMP:
        ran = subprocess.run([DCMDUMP, "-q", *map(str, paths)], capture_output=True, text=True, errors="replace")
        must(ran.returncode == 0 and not ran.stderr, f"dcmdump: {ran.stderr[:300]}")
    doubles = np.fromfile(V1 / f"{name}.f64", "<f8")
    values = []
    for path in paths:
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            ds = pydicom.dcmread(path)  # without force: the preamble and group 0002 have to be right
            [item.value for item in ds.iterall() if item.tag.group >= 0x0028]
        meta = ds.file_meta
        texts = [str(warning.message) for warning in warned]
        must(not texts, f"{path.name}: {texts[:3]}")
        must(path.read_bytes()[:132] == bytes(128) + b"DICM", f"{path.name}: preamble")
        group = [item for item in meta if item.tag.element != 0]
        must([int(item.tag) for item in group] == sorted(int(item.tag) for item in group), "order of group 0002")
        must(meta.FileMetaInformationVersion == b"\0\1" and UID(meta.ImplementationClassUID).is_valid, "group 0002")
        must(meta.FileMetaInformationGroupLength == length_of(path), f"{path.name}: length of group 0002")
        must(meta.get("MediaStorageSOPClassUID") == (ds.get("SOPClassUID") or None), "Media Storage SOP Class UID")
        must(meta.get("MediaStorageSOPInstanceUID") == (ds.get("SOPInstanceUID") or None), "Media Storage SOP Instance UID")
        must(meta.TransferSyntaxUID == (HTJ2K if expected.get("kept") else EXPLICIT), f"syntax {meta.TransferSyntaxUID}")
        must(ds.HighBit == ds.BitsStored - 1 and ds.BitsStored <= ds.BitsAllocated, "bits")
        must(not any(item.tag.element == 0 for item in ds.iterall()), "a group length")
        if meta.TransferSyntaxUID == EXPLICIT:
            bits = ds.Rows * ds.Columns * ds.SamplesPerPixel * ds.BitsAllocated
            size = bits // 8 * int(ds.get("NumberOfFrames") or 1)
            must(len(ds.PixelData) == size + size % 2, f"{len(ds.PixelData)} bytes of pixels")
            must(ds["PixelData"].VR in ("OW" if ds.BitsAllocated > 8 else "OB",), "VR of Pixel Data")
        if ds.PhotometricInterpretation.startswith("YBR"):
            from pydicom.pixels import pixel_array

            raw = pixel_array(ds, raw=True)
        else:
            raw = pixels_of(ds)
        values.append(raw * float(ds.get("RescaleSlope", 1)) + float(ds.get("RescaleIntercept", 0)))
        for item in ds.iterall():
            if item.keyword in ("PixelPaddingValue", "SmallestImagePixelValue", "LargestImagePixelValue"):
                must(item.VR == ("SS" if ds.PixelRepresentation else "US"), f"{item.keyword} is {item.VR}")
    got = np.stack(values).ravel()
    # Where Rescale Slope was cut to 16 characters, a value moves by less than its seventh digit.
    exact = np.array_equal(got, doubles)
    must(exact or (name in ("requantised", "golden-pet_slopes") and np.allclose(got, doubles, rtol=1e-9, atol=0)), "modality values")

    made = str(V1 / f"{name}.migrated.dcbs")
    again = dicube.load_meta(made)
    must(again is not None, "load_meta of the migrated")
    if expected.get("kept") or expected.get("rgb") or name.startswith(("golden-rgb", "monochrome")):
        try:
            dicube.load(made)
            must(False, "pixels that v1 cannot express were not refused")
        except Exception:
            pass
    else:
        fdata = dicube.load(made).get_fdata("float64").ravel()
        must(np.allclose(fdata, doubles, rtol=1e-9, atol=0), "get_fdata of the migrated")
    return problems


def length_of(path):
    """Bytes of group 0002 behind its length, counted by hand."""
    data = path.read_bytes()
    at = begin = 132 + 12
    while data[at : at + 2] == b"\2\0":
        long = data[at + 4 : at + 6] in (b"OB", b"UN")
        at += 12 + int.from_bytes(data[at + 8 : at + 12], "little") if long else 8 + int.from_bytes(data[at + 6 : at + 8], "little")
    return at - begin


for path in sorted(V1.glob("*.json")):
    expected = json.loads(path.read_text(encoding="utf-8"))
    if expected.get("refused"):
        continue
    try:
        problems = check(expected)
    except Exception as error:
        problems = [f"{type(error).__name__}: {error}"]
    counts["failed" if problems else "passed"] += 1
    failures += [f"{expected['name']}: {problem}" for problem in problems]
if not DCMDUMP:
    print("skipped: dcmdump, which is not here")
print(f"{counts['files']} files")
print("\n".join(failures[:40]))
print(f"{counts['passed']} passed, {counts['failed']} failed")
sys.exit(1 if counts["failed"] else 0)
