"""Writes v1 files with the Python package, and what its own reader says of them.

    python write_v1.py WORK

WORK/v1 gets NAME.dcbs, NAME.json (values, slices, space, status, what it raises) and NAME.f64 (get_fdata in doubles, in
file order). `notes` and `changes` of a case are the codes that reading and migrating it here have to give. The golden
files are taken along where they are there.
"""

import contextlib
import io
import json
import logging
import sys
import warnings
from pathlib import Path
from types import SimpleNamespace

import dicube
import numpy as np
from dicube import DicomMeta, DicomStatus, SortMethod
from dicube.core.image import DicomCubeImage
from dicube.core.pixel_header import PixelDataHeader
from dicube.dicom import get_dicom_status, get_space_from_DicomMeta
from dicube.storage.dcb_file import DcbSFile
from dicube.storage.pixel_utils import derive_pixel_header_from_array
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from spacetransformer import Space

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
OUT = Path(sys.argv[1]) / "v1"
OUT.mkdir(parents=True, exist_ok=True)
GOLDEN = Path("../shared/golden")
N, ROWS, COLUMNS = 4, 12, 16
PIXEL_ATTRIBUTES = ["pixel-attributes"]
HU = ["rescaled-pixels"]
FITTED = ["pixel-attributes", "rescale"]


def slice_of(i, **changes):
    ds = Dataset()
    ds.SpecificCharacterSet = "ISO_IR 100"
    ds.SOPClassUID = "1.2.840.10008.5.1.4.1.1.2"
    ds.SOPInstanceUID = f"1.2.826.0.1.3680043.10.9999.1.{i + 1}"
    ds.Modality = "CT"
    ds.PatientName = "Müller^Jörg"
    ds.PatientID = "V1-0001"
    ds.StudyInstanceUID = "1.2.826.0.1.3680043.10.9999.2"
    ds.SeriesInstanceUID = "1.2.826.0.1.3680043.10.9999.3"
    ds.InstanceNumber = i + 1
    ds.ImagePositionPatient = [-10.5, 20.25, 100 + 2.5 * i]
    ds.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    ds.PixelSpacing = [0.5, 0.75]
    ds.SamplesPerPixel = 1
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.Rows, ds.Columns = ROWS, COLUMNS
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 12, 11, 0
    ds.RescaleIntercept, ds.RescaleSlope = -1024, 1
    for name, value in changes.items():
        if value is None:
            if name in ds:
                delattr(ds, name)
        else:
            setattr(ds, name, value)
    return ds


def add(ds, tag, vr, value):
    ds.add_new(tag, vr, value)
    return ds


def item(**values):
    ds = Dataset()
    for name, value in values.items():
        setattr(ds, name, value)
    return ds


def modality(low=-1024, high=3071, shape=(N, ROWS, COLUMNS)):
    """What load_from_dicom_folder makes of stored values with a rescale: floats, fitted to integers."""
    values = np.linspace(low, high, int(np.prod(shape))).round().reshape(shape)
    return derive_pixel_header_from_array(values.astype("float64"))


def array(dtype, shape=(N, ROWS, COLUMNS)):
    info = np.iinfo(dtype)
    values = np.linspace(float(info.min), float(info.max), int(np.prod(shape))).astype("object")
    values = np.array([int(v) for v in values], "object").clip(info.min, info.max).reshape(shape)
    return derive_pixel_header_from_array(values.astype(dtype))


cases = []


def case(name, datasets, pixels=None, notes=(), changes=(), space=True, status=None, sort=True, meta=None, **more):
    """`pixels` is (array, pixel header); notes and changes are codes, in any order."""
    raw, header = pixels if pixels is not None else modality()
    if meta is None and datasets is not None:
        meta = DicomMeta.from_datasets(datasets, [f"IM{i}" for i in range(len(datasets))])
        if sort:
            meta.sort_files(SortMethod.INSTANCE_NUMBER_ASC)
    status = status or (get_dicom_status(meta) if meta is not None else DicomStatus.CONSISTENT)
    grid = get_space_from_DicomMeta(meta, axis_order="zyx") if space and meta is not None else None
    writer = DcbSFile(str(OUT / f"{name}.dcbs"), mode="w")
    writer.write(images=list(raw), pixel_header=header, dicom_meta=meta, dicom_status=status, space=grid)
    cases.append({"name": name, "path": str(OUT / f"{name}.dcbs"), "notes": sorted(notes), "changes": sorted(changes), **more})


def each(change=lambda ds, i: ds, **more):
    return [change(slice_of(i, **more), i) for i in range(N)]


def written():
    case("plain", each(), notes=HU, changes=FITTED)

    numbers = [[float("nan"), float("inf")], [1.5, -float("inf")], [-0.0, 1e300], [float("nan"), 5e-324]]
    case("nan-infinity", each(lambda ds, i: add(add(add(ds, 0x00189087, "FD", numbers[i]), 0x00186031, "FD", float("nan")), 0x00189089, "FD", [float("inf")] * 3)),
         notes=HU, changes=FITTED)

    def some(present):
        def change(ds, i):
            if not present(i):
                return ds
            ds.ScanOptions, ds.AcquisitionNumber, ds.SliceThickness = "HELIX", 7, 2.5 + i
            ds.AcquisitionDate, ds.OperatorsName = "20240115", "Doe^Jane"
            return add(ds, 0x00189087, "FD", 1.25)
        return change
    case("none-text", each(some(lambda i: i != 1)), notes=HU + ["absent-or-empty"], changes=FITTED)
    case("none-key", each(some(lambda i: i != N - 1)), notes=HU + ["absent-or-empty", "list-order"], changes=FITTED)
    case("none-key-unsorted", each(some(lambda i: i != N - 1)), notes=HU + ["absent-or-empty"], changes=FITTED, sort=False)
    case("none-is-a-text", each(lambda ds, i: add(ds, 0x00081030, "LO", "None" if i else "Some")), notes=HU, changes=FITTED)

    binary = lambda length, i: bytes((7 * i + k) % 256 for k in range(length))
    def binaries(ds, i):
        ds.private_block(0x0099, "TEST", create=True)
        for element, vr in ((1, "OB"), (2, "OW"), (3, "UN")):
            add(ds, 0x00991000 + element, vr, binary(16, i))
        return add(add(ds, 0x00991004, "OB", binary(16, 0)), 0x00991005, "OL", binary(8, i))
    case("binary-lists", each(binaries), notes=HU + ["list-order"], changes=FITTED)
    case("binary-lists-unsorted", each(binaries), notes=HU, changes=FITTED, sort=False)
    def some_binaries(ds, i):
        ds.private_block(0x0099, "TEST", create=True)
        return ds if i == 1 else add(ds, 0x00991001, "OB", binary(8, i))
    case("binary-in-some", each(some_binaries), notes=HU + ["emptied-binary", "list-order"], changes=FITTED)
    def bulk(ds, i):
        ds.private_block(0x0099, "TEST", create=True)
        return add(add(ds, 0x00991001, "OB", binary(7682, 0)), 0x00991002, "OW", binary(9000, i))
    case("binary-dropped", each(bulk), notes=HU + ["emptied-binary"], changes=FITTED)

    wide = [0, 2**53 + 1, 2**63, 2**64 - 1]
    case("integers-64", each(lambda ds, i: add(add(add(ds, 0x00189511, "UV", wide[i]), 0x00189512, "SV", -(2**63)), 0x00189513, "SV", wide[i] // 2)),
         notes=HU, changes=FITTED)
    case("decimals", each(lambda ds, i: add(ds, 0x00189515, "DS", str(i + 1 / 3)[:16]), SliceThickness=0.1), notes=HU, changes=FITTED)
    case("texts", each(lambda ds, i: add(add(ds, 0x00081030, "LO", f"  two  words {i}"), 0x00104000, "LT", f"a\\b\r\n{i}"), ImageType=["ORIGINAL", "", "AXIAL"]),
         notes=HU, changes=FITTED)
    names = ["Yamada^Tarou=山田^太郎=やまだ^たろう", "Alone", "A^B", ""]
    case("names", each(lambda ds, i: add(ds, 0x00081070, "PN", names[i]), SpecificCharacterSet="ISO_IR 192"),
         notes=HU + ["absent-or-empty", "list-order"], changes=FITTED)
    case("gb18030", each(PatientName="Wang^XiaoDong=王^小东", SpecificCharacterSet="GB18030"), notes=HU, changes=FITTED)

    code = lambda value, **more: item(CodeValue=value, CodingSchemeDesignator="99T", CodeMeaning=f"meaning {value}", **more)
    def sequences(ds, i):
        ds.ReferencedImageSequence = Sequence([item(ReferencedSOPClassUID="1.2.3", ReferencedSOPInstanceUID=f"1.2.3.{i}")])
        ds.ProcedureCodeSequence = Sequence([code("A"), code("B")])
        ds.RequestAttributesSequence = Sequence([item(ScheduledProtocolCodeSequence=Sequence([code(f"N{i}"), code("M")]))])
        ds.AnatomicRegionSequence = Sequence([])
        ds.PatientOrientationCodeSequence = Sequence([Dataset()])
        return ds
    case("sequences", each(sequences), notes=HU + ["nested-order"], changes=FITTED)
    def counted(ds, i):
        ds.ProcedureCodeSequence = Sequence([code(f"{i}.{k}") for k in range(i)])
        return ds
    case("sequence-counts", each(counted), notes=HU + ["absent-or-empty", "item-count", "nested-order"], changes=FITTED)
    def in_some(ds, i):
        if i % 2:
            ds.ProcedureCodeSequence = Sequence([code("X")])
        return ds
    case("sequence-in-some", each(in_some), notes=HU + ["absent-or-empty", "item-count", "nested-order"], changes=FITTED)
    case("group-lengths", each(lambda ds, i: add(ds, 0x00080000, "UL", 100 + i), ProcedureCodeSequence=Sequence([add(code("A"), 0x00080000, "UL", 44)])),
         notes=HU, changes=FITTED + ["group-length"])

    case("no-space", each(), space=False, notes=HU, changes=FITTED)
    case("space-of-others", each(), notes=HU + ["unreadable-space"], changes=FITTED, space=False, grid=True)
    case("status-odd", each(), status=SimpleNamespace(value="perfectly fine"), notes=HU, changes=FITTED)
    case("status-none", each(), status=SimpleNamespace(value=""), notes=HU, changes=FITTED)
    case("no-metadata", None, notes=["no-metadata"], changes=["no-sop-instance", "pixel-attributes"])
    case("no-uids", each(SOPInstanceUID=None, SOPClassUID=None), notes=HU, changes=FITTED + ["no-sop-instance"])
    case("identical", [slice_of(0) for _ in range(N)], notes=HU, changes=FITTED, sort=False, space=False, status=DicomStatus.CONSISTENT)
    case("single", [slice_of(0)], modality(shape=(1, ROWS, COLUMNS)), notes=HU, changes=FITTED)
    raw, header = modality()
    header.Extras = {"Reader": "other", "Version": [1, 2]}
    case("extras", each(), (raw, header), notes=HU, changes=FITTED)
    raw, header = modality(shape=(N + 1, ROWS, COLUMNS))
    case("frames-differ", each(), (raw, header), notes=HU + ["frames-differ", "unreadable-space"], refused="unsupported-pixels", space=False, grid=True)

    # Pixels of every kind.
    bare = dict(RescaleIntercept=None, RescaleSlope=None)
    depth = lambda bits, signed: dict(BitsAllocated=bits, BitsStored=bits, HighBit=bits - 1, PixelRepresentation=int(signed))
    for dtype, bits, signed, kept in (("uint8", 8, 0, 0), ("int8", 8, 1, 1), ("uint16", 16, 0, 0), ("int16", 16, 1, 0), ("uint32", 32, 0, 1), ("int32", 32, 1, 1)):
        case(dtype, each(**bare, **depth(bits, signed)), array(dtype), changes=["kept-compressed"] if kept else [], kept=bool(kept))
    case("int32-hu", each(**depth(32, 1)), modality(-100000, 100000), notes=HU, changes=["rescale", "kept-compressed"], kept=True)
    case("hu-as-bytes", each(), modality(0, 255), notes=HU, changes=FITTED)
    case("slope-2", each(RescaleSlope=2), (modality()[0], PixelDataHeader(1.0, 0.0, "float64", "int16")), notes=HU, changes=FITTED)
    case("slopes-differ", [slice_of(i, RescaleSlope=1 + i) for i in range(N)], notes=HU, changes=FITTED)
    case("requantised", each(RescaleSlope=0.37421), derive_pixel_header_from_array(modality()[0] * 0.37421), notes=["requantised-pixels"],
         changes=FITTED + ["rounded-rescale"])
    case("constant", each(), derive_pixel_header_from_array(np.full((N, ROWS, COLUMNS), -1000.5)), notes=HU, changes=FITTED)
    case("slope-in-some", [slice_of(i, RescaleSlope=1 if i else None) for i in range(N)],
         notes=HU + ["absent-or-empty"], changes=FITTED)
    padded = lambda ds, i: add(add(add(ds, 0x00280120, "US", 0), 0x00280106, "US", 24 + i), 0x00280107, "US", 3000)
    case("padding", each(padded), notes=HU, changes=FITTED)
    # pydicom's own name for a VR that depends on what it was not shown.
    lut = lambda i: item(LUTDescriptor=[4, 0, 16], ModalityLUTType="US", LUTData=bytes([i, 0, 1, 0, 2, 0, 3, 0]))
    case("ambiguous-vr", each(lambda ds, i: ds, PixelPaddingValue=-5, RedPaletteColorLookupTableDescriptor=[4, 0, 16], VOILUTSequence=Sequence([lut(9)])),
         notes=HU, changes=FITTED)
    case("padding-lost", each(lambda ds, i: add(ds, 0x00280120, "US", 63000)), notes=HU, changes=FITTED + ["value-removed"])
    case("monochrome-1", each(PhotometricInterpretation="MONOCHROME1"), notes=HU, changes=FITTED)
    case("odd-size", each(**bare, **{**depth(8, 0), "Rows": 3, "Columns": 5}), array("uint8", (N, 3, 5)))
    rgb = dict(SamplesPerPixel=3, PhotometricInterpretation="RGB", PlanarConfiguration=1, ImagePositionPatient=None, **depth(8, 0), **bare)
    case("rgb", each(**rgb), array("uint8", (N, ROWS, COLUMNS, 3)), changes=PIXEL_ATTRIBUTES, rgb=True)
    case("ybr-422", each(**{**rgb, "PhotometricInterpretation": "YBR_FULL_422", "PlanarConfiguration": 0}), array("uint8", (N, ROWS, COLUMNS, 3)),
         changes=PIXEL_ATTRIBUTES + ["colour-space"], rgb=True)


def patched():
    """What no version of the package writes by itself, or only an old one."""
    meta = DicomMeta.from_datasets(each(), [f"IM{i}" for i in range(N)])
    bare = SimpleNamespace(to_json=lambda: json.dumps(meta._merged_data))
    raw, header = modality()
    writer = DcbSFile(str(OUT / "old-json.dcbs"), mode="w")
    writer.write(images=list(raw), pixel_header=header, dicom_meta=bare, space=None)
    cases.append({"name": "old-json", "path": str(OUT / "old-json.dcbs"), "notes": sorted(HU), "changes": sorted(FITTED)})
    # A space that fits the writer's array and not the frames of the file.
    for row in cases:
        if row.pop("grid", False):
            file = Path(row["path"])
            reader = DcbSFile(str(file))
            images = reader.read_images()
            grid = Space(shape=(N + 3, ROWS, COLUMNS), origin=(0, 0, 0), spacing=(1, 1, 1),
                         x_orientation=(0, 0, 1), y_orientation=(0, 1, 0), z_orientation=(1, 0, 0))
            meta, header, status = reader.read_meta(), reader.read_pixel_header(), reader.read_dicom_status()
            DcbSFile(str(file), mode="w").write(images=images, pixel_header=header, dicom_meta=meta, dicom_status=status, space=grid)


def outcome(call):
    try:
        return {"value": call()}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


def read_back(row):
    """What the Python package's own reader says."""
    path = row["path"]
    file = DcbSFile(path)
    meta = dicube.load_meta(path)
    expected = {**row, "pixel_header": {k: v for k, v in file.read_pixel_header().to_dict().items()}}
    expected["frame_count"] = file.header["frame_count"]
    with open(path, "rb") as f:
        f.seek(file.header["dicom_status_offset"])
        expected["status"] = f.read(file.header["dicom_status_length"]).decode() or "consistent"
    space = file.read_space()
    expected["space"] = json.loads(space.reverse_axis_order().to_json()) if space is not None else None
    expected["tags"] = {}
    if meta is not None:
        expected["slice_count"] = meta.slice_count
        for tag in meta.keys():
            expected["tags"][tag] = {
                "vr": meta.get_vr(tag),
                "shared": meta.is_shared(tag),
                "values": meta.get_values(tag),
                "sharedValue": outcome(lambda: meta.get_shared_value(tag)),
            }
        count = max(meta.slice_count, file.header["frame_count"])
        expected["index"] = [outcome(lambda: meta.index(i)) for i in range(count)]
    images = file.read_images()
    images = [images] if file.header["frame_count"] == 1 else images
    header = file.read_pixel_header()
    doubles = np.stack(images).astype("float64") * header.RescaleSlope + header.RescaleIntercept
    doubles.astype("<f8").tofile(OUT / f"{row['name']}.f64")
    with open(OUT / f"{row['name']}.json", "w", encoding="utf-8") as out:
        json.dump(expected, out, ensure_ascii=False)


written()
patched()
if GOLDEN.exists():
    for path in sorted(GOLDEN.glob("*.dcbs")):
        cases.append({"name": f"golden-{path.stem}", "path": str(path), "kept": "32" in path.stem})
for row in cases:
    read_back(row)
print(f"{len(cases)} v1 files")
