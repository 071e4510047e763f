"""Every cause for which the Python package gives something else than pydicom reads in the original files.

Each difference has to be explained by exactly one rule, and, where the real series are there, each rule has to explain
something. No rule knows a file. A difference is a dict: `api` is the call that gave it; `kind` is 'value' (both have
one), 'absent' (the Python package has nothing), 'added' (the original has nothing), 'shape' or 'raised'; `path` is the
element; `want` and `got` are (vr, values, bytes) of an element.
"""


def _texts(element):
    """Values, each text without spaces and NULs at either end."""
    vr, values, _ = element
    return vr, [value.strip(" \0") if isinstance(value, str) else value for value in values]


def _is_empty(element):
    return element[1] == [] and not element[2]


def _number(value):
    try:
        return float(value)
    except (TypeError, ValueError):
        return value


EXPORT = ("export", "stream")
PIXEL_ATTRIBUTES = {"00280100", "00280101", "00280102", "00280103"}
RESCALE = {"00281052": 0.0, "00281053": 1.0}

RULES = [
    {
        "id": "omitted-and-said",
        "cause": "left out of the view, and listed by pack: its reader would refuse the series for it",
        "cites": "format.md decision 2; upstream-v1.md §2.1: one invalid DS or IS anywhere",
        "explains": lambda d: d["omitted"] and (d["kind"] == "absent" or (d["kind"] == "value" and _is_empty(d["got"]))),
    },
    {
        "id": "empty-for-absent",
        "cause": "an element that some slices lack comes out present and empty in these",
        "cites": "upstream-v1.md §1.7: JSON null for a slice without the element: exported present but empty",
        "explains": lambda d: d["kind"] == "added" and "[" not in d["path"] and _is_empty(d["got"]),
    },
    {
        "id": "spaces",
        "cause": "spaces and NULs at the ends of a text, which mean nothing, are trimmed in DICOM JSON",
        "cites": "PS3.5 §6.2, PS3.18 §F.2.5; pydicom strips the end of the Value Field only",
        "explains": lambda d: d["kind"] == "value" and not d["omitted"] and _texts(d["want"]) == _texts(d["got"]),
    },
    {
        "id": "pixel-attributes",
        "cause": "bits are those of the array's type, not those of the files",
        "cites": "upstream-v1.md §1.8 DicomBuilder: BitsAllocated/Stored/HighBit/PixelRepresentation from PixelDtype",
        "explains": lambda d: d["api"] in EXPORT and d["kind"] == "value" and d["path"] in PIXEL_ATTRIBUTES,
    },
    {
        "id": "rescale-added",
        "cause": "Rescale Slope and Intercept, 1 and 0, where the files have none",
        "cites": "upstream-v1.md §2.1: RescaleSlope/Intercept 1/0 added when absent",
        "explains": lambda d: d["api"] in EXPORT
        and d["kind"] in ("added", "value")
        and d["path"] in RESCALE
        and (d["want"] is None or _is_empty(d["want"]))
        and [_number(value) for value in d["got"][1]] == [RESCALE[d["path"]]],
    },
    {
        "id": "two-dimensions",
        "cause": "a single slice is an array of two dimensions",
        "cites": "upstream-v1.md §2.1: single slice: loads as 2-D",
        "explains": lambda d: d["kind"] == "shape" and d["want"] == (1, *d["got"]),
    },
    {
        "id": "unknown",
        "cause": "a UN: pydicom takes the VR of its dictionaries, the view has the bytes as they are",
        "cites": "PS3.5 §6.2.2; pydicom.config.replace_un_with_known_vr; upstream-v1.md §2.1: private tags, implicit VR",
        "explains": lambda d: d["kind"] == "value"
        and d["got"][0] == "UN" != d["want"][0]
        and d["got"][2] == getattr(d["want"], "raw", None),
    },
    {
        "id": "no-sop-instance-uid",
        "cause": "its export needs a SOP Instance UID, invents one where it is absent and raises where it is empty",
        "cites": "dicom_builder.py create_file_meta, ensure_required_tags; PS3.10 §7.1",
        "explains": lambda d: d["api"] in EXPORT
        and (
            (d["kind"] == "added" and d["path"] in ("00080016", "00080018"))
            or (d["kind"] == "raised" and "(0002,0003)" in d["error"])
        ),
    },
    {
        "id": "pydicom-raises",
        "cause": "pydicom cannot make JSON of the original element: there is nothing to compare with",
        "cites": "upstream-v1.md §2.1: one invalid DS / IS anywhere: the whole folder fails",
        "explains": lambda d: d["kind"] == "original",
    },
]
