"""Writes what pydicom makes of DICOM files: one JSON line a file, {"file", "dataSet"} or {"file", "error"}.

    python pydicom_json.py ROOT OUT

OUT gets one file for each folder of ROOT, <folder>.jsonl. Pixel Data is left out of the data set; everything else is
Dataset.to_json_dict, called as a user would. Where that raises, the same conversion is done element by element, so
that the one it raises on has its message, {"vr", "error"}, and the others can still be compared.
"""

import json
import sys
import warnings
from pathlib import Path

import pydicom
from pydicom.dataset import Dataset

PIXELS = (0x7FE00008, 0x7FE00009, 0x7FE00010)


def by_element(data_set: Dataset) -> dict:
    """Dataset.to_json_dict, with what is raised in the place of what would have been."""
    json_dict = {}
    for tag in data_set.keys():
        vr = None
        try:
            element = data_set[tag]
            vr = element.VR
            if vr == "SQ":
                value = {"vr": vr, "Value": [by_element(item) for item in element.value]}
            else:
                value = element.to_json_dict(None, 0)
        except Exception as error:  # whatever it is, it is what a user gets
            value = {"vr": vr, "error": f"{type(error).__name__}: {error}"}
        json_dict[f"{tag:08X}"] = value
    return json_dict


def read(path: Path) -> dict:
    try:
        data_set = pydicom.dcmread(path, force=True)
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}
    for tag in PIXELS:
        if tag in data_set:
            del data_set[tag]
    try:
        return {"dataSet": data_set.to_json_dict()}
    except Exception:
        return {"dataSet": by_element(data_set)}


def main(root: Path, out: Path) -> None:
    warnings.simplefilter("ignore")
    pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
    for folder in sorted(path for path in root.iterdir() if path.is_dir()):
        with open(out / f"{folder.name}.jsonl", "w", encoding="utf-8") as lines:
            for path in sorted(folder.rglob("*")):
                if path.is_file():
                    line = {"file": path.relative_to(folder).as_posix(), **read(path)}
                    lines.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")


main(Path(sys.argv[1]), Path(sys.argv[2]))
