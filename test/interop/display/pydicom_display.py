"""Writes what pydicom makes of the pixels of DICOM files: modality values, greys of each window and table, and colours.

    python pydicom_display.py make OUT        writes instances with every window function, table and palette to OUT
    python pydicom_display.py png FILE PNG    exit 1 unless Pillow finds the greys of a window of FILE at the foot of PNG
    python pydicom_display.py read ROOT OUT   one JSON line a file of ROOT: {"file", "frames"} or {"file", "skipped"}

Each frame has a sample of its pixels. Functional groups are looked up here, since pydicom's functions take attributes
of the top level only.
"""

import json
import sys
import warnings
from pathlib import Path

import numpy as np
import pydicom
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.pixels import apply_color_lut, apply_modality_lut, apply_voi, apply_windowing
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, generate_uid

SAMPLES = 199


def attribute(ds: Dataset, frame: int, keyword: str):
    """Of the functional groups of the frame, else of the shared ones, else of the top level (PS3.3 C.7.6.16)."""
    groups = []
    per_frame = ds.get("PerFrameFunctionalGroupsSequence")
    if per_frame and frame < len(per_frame):
        groups.append(per_frame[frame])
    groups += list(ds.get("SharedFunctionalGroupsSequence") or [])[:1]
    for group in groups:
        for element in group:
            if element.VR == "SQ" and not element.tag.is_private and len(element.value):
                if keyword in element.value[0]:
                    return element.value[0].get(keyword)
    return ds.get(keyword)


def many(value) -> list:
    if value is None:
        return []
    return list(value) if isinstance(value, pydicom.multival.MultiValue) else [value]


def read_frame(ds: Dataset, frames: int, k: int) -> dict:
    array = ds.pixel_array
    array = array[k] if frames > 1 else array
    photometric = ds.PhotometricInterpretation
    flat = array.reshape(-1, ds.SamplesPerPixel) if ds.SamplesPerPixel > 1 else array.reshape(-1)
    at = np.unique(np.linspace(0, len(flat) - 1, SAMPLES).astype(int))
    stored = flat[at]
    found = {"frame": k, "at": at.tolist(), "stored": stored.tolist()}
    if photometric == "PALETTE COLOR":
        colours = apply_color_lut(stored.reshape(1, -1), ds)[0]
        found["rgb"] = (colours >> (8 * (colours.dtype.itemsize - 1))).tolist()
        return found
    if ds.SamplesPerPixel == 3:
        # pixel_array has turned YBR into RGB.
        found["rgb"] = stored.tolist()
        return found
    top = Dataset()
    top.file_meta = ds.file_meta
    for keyword in ("RescaleSlope", "RescaleIntercept", "ModalityLUTSequence"):
        if (value := attribute(ds, k, keyword)) is not None:
            setattr(top, keyword, value)
    modality = apply_modality_lut(stored, top)
    found["modality"] = modality.astype(float).tolist()
    # A data set of its own, whose values go from 0 to 255 whatever the bits of the file.
    shown = Dataset()
    shown.file_meta = ds.file_meta
    shown.PhotometricInterpretation = "MONOCHROME2"
    shown.BitsStored = 8
    shown.BitsAllocated = 8
    shown.PixelRepresentation = 0
    centers, widths = many(attribute(ds, k, "WindowCenter")), many(attribute(ds, k, "WindowWidth"))
    found["vois"] = []
    if centers and widths:
        shown.WindowCenter, shown.WindowWidth = centers, widths
        if function := attribute(ds, k, "VOILUTFunction"):
            shown.VOILUTFunction = function
        for index in range(min(len(centers), len(widths))):
            try:
                greys = apply_windowing(modality.astype("float64"), shown, index=index)
            except ValueError:  # a width that the function is not defined for
                continue
            found["vois"].append(greys.tolist())
    if tables := attribute(ds, k, "VOILUTSequence"):
        shown.VOILUTSequence = tables
        for index, table in enumerate(tables):
            greys = apply_voi(modality.astype("int64"), shown, index=index)
            found["vois"].append((greys / (2 ** table.LUTDescriptor[2] - 1) * 255).tolist())
    return found


def read_file(path: Path) -> dict:
    ds = pydicom.dcmread(path, force=True)
    if "PixelData" not in ds:
        return {"skipped": "no Pixel Data"}
    frames = int(ds.get("NumberOfFrames") or 1)
    try:
        ds.pixel_array
    except Exception as error:
        return {"skipped": f"pydicom: {type(error).__name__}: {str(error)[:100]}"}
    return {"frames": [read_frame(ds, frames, k) for k in sorted({0, frames // 2, frames - 1})]}


def read(root: Path, out: Path) -> None:
    pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
    with open(out, "w", encoding="utf-8") as lines:
        for path in sorted(root.rglob("*")):
            if path.is_file() and path.suffix not in (".json", ".txt", ".md"):
                try:
                    found = read_file(path)
                except Exception as error:
                    found = {"skipped": f"{type(error).__name__}: {str(error)[:100]}"}
                lines.write(json.dumps({"file": path.relative_to(root).as_posix(), **found}) + "\n")


def instance(pixels: np.ndarray, bits: int, photometric: str = "MONOCHROME2", implicit: bool = False, **more) -> Dataset:
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=[repr(more), photometric])
    ds.SeriesInstanceUID = generate_uid(entropy_srcs=[repr(more), photometric, "series"])
    ds.Rows, ds.Columns = pixels.shape[:2]
    ds.SamplesPerPixel = pixels.shape[2] if pixels.ndim == 3 else 1
    if ds.SamplesPerPixel > 1:
        ds.PlanarConfiguration = 0
    ds.PhotometricInterpretation = photometric
    ds.BitsAllocated = 8 if bits <= 8 else 16
    ds.BitsStored = bits
    ds.HighBit = bits - 1
    ds.PixelRepresentation = int(pixels.dtype.kind == "i")
    for keyword, value in more.items():
        setattr(ds, keyword, value)
    ds.PixelData = pixels.tobytes()
    ds["PixelData"].VR = "OB" if bits <= 8 and not implicit else "OW"
    return ds


def lut(descriptor: list, data, vr: str, sign: str, **more) -> Dataset:
    item = Dataset()
    item.add_new("LUTDescriptor", sign, descriptor)
    item.add_new("LUTData", vr, data)
    for keyword, value in more.items():
        setattr(item, keyword, value)
    return item


def words(values) -> bytes:
    return np.asarray(values, "<u2").tobytes()


def palette(names: str, bits: int, tables: list[bytes], count: int, first: int = 0) -> dict:
    found = {}
    for colour, data in zip(("Red", "Green", "Blue"), tables):
        found[f"{colour}PaletteColorLookupTableDescriptor"] = [count, first, bits]
        found[f"{names}{colour}PaletteColorLookupTableData"] = data
    return found


def make(out: Path) -> None:
    random = np.random.default_rng(7)
    ramp = np.arange(-2048, 2048, dtype="i2").reshape(64, 64)
    positive = np.arange(0, 4096, dtype="u2").reshape(64, 64)
    noise = random.integers(0, 256, (40, 30), dtype="u1")
    hu = {"RescaleSlope": "1.5", "RescaleIntercept": "-1024.25"}
    windows = {"WindowCenter": ["40", "-600.5", "1"], "WindowWidth": ["400", "1500.5", "1"]}
    curve = (np.sin(np.linspace(0, 1.5, 4096)) * 65535).astype("u2")
    falling = words(curve[::-1])
    nine = [(k * k * 7) % 1024 for k in range(256)]
    segments = [0, 3, 10, 20, 30, 1, 61, 65000, 0, 2, 1, 2, 1, 62, 100]
    # The linear segment at byte 5 and the discrete one behind it come again. In units of 16 bits pydicom takes the byte
    # offset for one of words.
    narrow = bytes([0, 3, 10, 20, 30, 1, 61, 255, 0, 2, 1, 2, 1, 62, 100, 2, 2, 5, 0, 0, 0, 0])
    made = {
        "linear": instance(ramp, 16, **hu, **windows),
        "linear-exact": instance(ramp, 16, **hu, **windows, VOILUTFunction="LINEAR_EXACT"),
        "sigmoid": instance(ramp, 16, **hu, **windows, VOILUTFunction="SIGMOID"),
        "linear-unsigned": instance(positive, 12, **windows),
        "monochrome1": instance(positive, 12, "MONOCHROME1", **windows),
        "modality-lut": instance(
            ramp, 16, ModalityLUTSequence=Sequence([lut([4000, -1990, 16], words(curve[:4000]), "OW", "SS", ModalityLUTType="HU")]), **windows
        ),
        "modality-lut-implicit": instance(
            positive, 12, implicit=True, ModalityLUTSequence=Sequence([lut([4096, 0, 16], falling, "OW", "US", ModalityLUTType="OD")])
        ),
        "voi-luts": instance(
            positive, 12, RescaleSlope="1", RescaleIntercept="0", **windows,
            VOILUTSequence=Sequence([
                lut([4096, 0, 16], falling, "OW", "US", LUTExplanation="falling"),
                lut([256, 1000, 10], nine, "US", "US"),  # of 8 bits, pydicom counts entries modulo 256
                lut([1024, 2000, 12], (curve[::4] >> 4).tolist(), "US", "US"),
            ]),
        ),
        "palette-16": instance(noise, 8, "PALETTE COLOR", **palette("", 16, [words(curve[k::16][:256]) for k in (0, 5, 9)], 256)),
        "palette-from-64": instance(noise, 8, "PALETTE COLOR", **palette("", 16, [words(curve[k::32][:128]) for k in (0, 5, 9)], 128, 64)),
        "palette-segmented": instance(
            noise, 8, "PALETTE COLOR",
            **palette("Segmented", 16, [words(segments), words([0, 1, 5, 1, 127, 40000]), words([0, 2, 0, 9, 1, 126, 65535])], 128),
        ),
        "palette-indirect": instance(
            noise, 8, "PALETTE COLOR", **palette("Segmented", 8, [narrow] * 3, 191),
        ),
        "ybr-full": instance(random.integers(0, 256, (20, 20, 3), dtype="u1"), 8, "YBR_FULL"),
        "rgb": instance(random.integers(0, 256, (20, 20, 3), dtype="u1"), 8, "RGB"),
    }
    out.mkdir(parents=True, exist_ok=True)
    for name, ds in made.items():
        ds.save_as(out / f"{name}.dcm", enforce_file_format=True)


def png(file: Path, picture: Path) -> None:
    """`dicube preview --size` of the frame's own size draws each pixel as it is, with a margin of 8 around."""
    ds = pydicom.dcmread(file)
    shown = Dataset()
    shown.file_meta = ds.file_meta
    shown.PhotometricInterpretation = "MONOCHROME2"
    shown.BitsStored, shown.BitsAllocated, shown.PixelRepresentation = 8, 8, 0
    shown.WindowCenter, shown.WindowWidth = many(ds.WindowCenter)[0], many(ds.WindowWidth)[0]
    wanted = np.rint(apply_windowing(apply_modality_lut(ds.pixel_array, ds).astype("float64"), shown)).astype("u1")
    image = np.asarray(Image.open(picture))
    found = image[-8 - ds.Rows : -8, 8 : 8 + ds.Columns]
    assert image.shape[1] == ds.Columns + 16 and (found == wanted[..., None]).all(), f"{picture} is not {file}"


warnings.simplefilter("ignore")
if sys.argv[1] == "png":
    png(Path(sys.argv[2]), Path(sys.argv[3]))
elif sys.argv[1] == "make":
    make(Path(sys.argv[2]))
else:
    read(Path(sys.argv[2]), Path(sys.argv[3]))
