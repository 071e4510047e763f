"""Writes the elements that pydicom finds in DICOM files, with their bytes as they stand in the file.

    python pydicom_elements.py FOLDER FROM TO

One JSON line for each of FOLDER/FROM.dcm to FOLDER/(TO - 1).dcm: {"index", "elements", "warnings"}, or {"index",
"error"} where dcmread raises, called as a user would. An element is [tag, VR, hex of the value], a sequence
[tag, "SQ", items], an item a list of elements; [tag, VR, null, message] is a sequence that raises when it is looked at.
"""

import json
import signal
import sys
import warnings
from pathlib import Path

import pydicom
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import Dataset
from pydicom.hooks import raw_element_vr
from pydicom.values import convert_SQ

MOST_SECONDS = 10


convert = pydicom.dataset.convert_raw_data_element


def convert_and_keep(raw: RawDataElement, **context: object) -> DataElement:
    """dcmread decodes some elements itself; what they were made of is kept beside them."""
    element = convert(raw, **context)
    element.made_of = raw
    return element


pydicom.dataset.convert_raw_data_element = convert_and_keep


def found(element: DataElement | RawDataElement, data_set: Dataset) -> list:
    tag = f"{element.tag:08X}"
    element = getattr(element, "made_of", element)
    if isinstance(element, DataElement):
        # Only a sequence of undefined length is one from the beginning.
        return [tag, element.VR, [elements_of(item) for item in element.value]]
    vr = element.VR
    if vr is None:
        looked_up: dict = {}
        raw_element_vr(element, looked_up, ds=data_set)
        vr = looked_up["VR"]
    if vr == "SQ":
        try:
            encoding = data_set.original_character_set
            items = convert_SQ(element.value or b"", element.is_implicit_VR, element.is_little_endian, encoding)
            return [tag, vr, [elements_of(item) for item in items]]
        except Exception as error:
            return [tag, vr, None, f"{type(error).__name__}: {error}"]
    return [tag, vr, (element.value or b"").hex()]


def elements_of(data_set: Dataset) -> list:
    # Not elements(): those of the File Meta Information would be decoded.
    return [found(element, data_set) for element in data_set._dict.values()]


def read(path: Path) -> dict:
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        signal.alarm(MOST_SECONDS)
        try:
            data_set = pydicom.dcmread(path)
        except Exception as error:  # whatever it is, it is what a user gets
            return {"error": f"{type(error).__name__}: {error}"}
        finally:
            signal.alarm(0)
        elements = elements_of(data_set.file_meta) + elements_of(data_set)
        return {"elements": elements, "warnings": [str(warning.message) for warning in told]}


def too_long(*_: object) -> None:
    raise TimeoutError(f"more than {MOST_SECONDS} s")


def main(folder: Path, start: int, stop: int) -> None:
    signal.signal(signal.SIGALRM, too_long)
    pydicom.config.logger.disabled = True
    for index in range(start, stop):
        line = {"index": index, **read(folder / f"{index}.dcm")}
        print(json.dumps(line, separators=(",", ":")))


main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
