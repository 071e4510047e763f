#!/usr/bin/env python3
"""Reads .dcbs files as SPEC.md says, and shares nothing with the code of dicube; needs only zstandard.

    reader.py values FILE         each element of a cube, shared or one per slice, as JSON
    reader.py headers FILE OUT    each slice's file without the value of Pixel Data, as OUT/0000.header
    reader.py files FILE OUT      each original file, where no frame of it is HTJ2K (which nothing here decodes)
    reader.py check FILE          every checksum and every invariant of SPEC §11

Exit code 0: done. 1: the file is at fault. 2: the command line is.
"""
import hashlib
import json
import os
import struct
import sys
import zlib
from collections import namedtuple

import zstandard

SECTIONS = {  # SPEC §3: kind: (name, container, front page, always there)
    1: ("template", False, True, True),
    2: ("columns", False, True, False),
    3: ("values", True, True, False),
    4: ("frameIndex", False, True, True),
    5: ("frameChecks", False, True, False),
    6: ("digits", False, True, False),
    7: ("frames", True, False, False),
    8: ("blobs", True, False, False),
    9: ("pixelRest", False, False, False),
    10: ("patches", False, False, False),
    11: ("streams", False, False, False),
    12: ("manifest", False, False, True),
    13: ("digests", False, False, False),
    14: ("attachments", False, False, False),
    20: ("v1Meta", False, False, False),
    21: ("v1Status", False, False, False),
    22: ("v1Space", False, False, False),
    23: ("v1PixelHeader", False, False, False),
    24: ("v1FrameOffsets", False, False, False),
    25: ("v1FrameLengths", False, False, False),
}
RAW, ZSTD, CONTAINER = 0, 1, 2
CONSTANT, CONSTANT_CHUNK, COLUMN, SAME_COLUMN, SEQUENCE, SHARED_SEQUENCE, PIXELS, COMMON_CONSTANT = range(8)
HAS_PRESENCE, UNDEFINED_LENGTH, IMPLICIT, BIG_ENDIAN = 8, 16, 32, 64
VRS = b"AE AS AT CS DA DS DT FD FL IS LO LT OB OD OF OL OV OW PN SH SL SQ SS ST SV TM UC UI UL UN UR US UT UV".split()
COMMON_ELEMENTS = """
0000: 0000--
0002: 0000UL 0001OB 0002UI 0003UI 0010UI 0012UI 0013SH 0016AE
0008: 0005CS 0008CS 0012DA 0013TM 0014UI 0016UI 0018UI 0020DA 0021DA 0022DA 0023DA 002ADT 0030TM 0031TM 0032TM
0008: 0033TM 0050SH 0060CS 0064CS 0068CS 0070LO 0080LO 0081ST 0090PN 0100SH 0102SH 0103SH 0104LO 010CUI 0201SH
0008: 1010SH 1030LO 103ELO 1040LO 1050PN 1060PN 1070PN 1080LO 1090LO 1111SQ 1115SQ 1140SQ 114ASQ 1150UI 1155UI
0008: 1160IS 1199SQ 2111ST 2112SQ 2122IS 2124IS 2128IS 212AIS 2218SQ 9007CS 9092SQ 9123UI 9124SQ 9205CS 9206CS
0008: 9207CS 9208CS 9209CS 9215SQ
0010: 0010PN 0020LO 0021LO 0030DA 0032TM 0040CS 1000LO 1001PN 1010AS 1020DS 1030DS 1040LO 2000LO 2110LO 2160SH
0010: 2180SH 21B0LT 21C0US 4000LT
0012: 0050LO 0060LO 0062CS 0063LO 0071LO
0018: 0010LO 0015CS 0020CS 0021CS 0022CS 0023CS 0024SH 0025CS 0050DS 0060DS 0070IS 0071CS 0080DS 0081DS 0083DS
0018: 0084DS 0085SH 0086IS 0087DS 0088DS 0089IS 0090DS 0091IS 0093DS 0094DS 0095DS 1000LO 1020LO 1030LO 1041DS
0018: 1070LO 1071DS 1072TM 1073TM 1074DS 1075DS 1076DS 1080CS 1088IS 1100DS 1110DS 1111DS 1120DS 1130DS 1131DS
0018: 1140CS 1150IS 1151IS 1152IS 1153IS 1160SH 1190DS 1200DA 1210SH 1242IS 1243IS 1250SH 1251SH 1260SH 1300DS
0018: 1301CS 1302IS 1310US 1312CS 1314DS 1315CS 1316DS 1318DS 1320FL 1400LO 1401LO 1405IS 1411DS 1508CS 5010LO
0018: 5020LO 5100CS 5101CS 6000DS 6011SQ 6012US 6014US 6016UL 6018UL 601AUL 601CUL 601EUL 6020SL 6022SL 6024US
0018: 6026US 6028FD 602AFD 602CFD 602EFD 6031CS 9004CS 9005SH 9006SQ 9008CS 9009CS 9010CS 9012CS 9014CS 9015CS
0018: 9016CS 9017CS 9018CS 9019FD 9020CS 9021CS 9022CS 9024CS 9025CS 9026CS 9027CS 9028CS 9029CS 9030FD 9032CS
0018: 9033CS 9034CS 9035FD 9036CS 9037CS 9041LO 9042SQ 9043CS 9044CS 9045SQ 9047SH 9048CS 9049SQ 9050LO 9051CS
0018: 9053FD 9058US 9059CS 9064CS 9069FD 9073FD 9074DT 9077CS 9078CS 9080ST 9081CS 9082FD 9090FD 9091FD 9093US
0018: 9094CS 9098FD 9100CS 9101CS 9107SQ 9112SQ 9114SQ 9115SQ 9119SQ 9125SQ 9147CS 9151DT 9155FD 9168FD 9170CS
0018: 9172CS 9174CS 9176SQ 9177CS 9178CS 9179CS 9180CS 9181FD 9182FD 9183CS 9199CS 9200CS 9220FD 9226SQ 9231US
0018: 9232US 9239SQ 9240US 9241US
0020: 000DUI 000EUI 0010SH 0011IS 0012IS 0013IS 0020CS 0032DS 0037DS 0052UI 0060CS 0062CS 0100IS 0105IS 1040LO
0020: 1041DS 4000LT 9056SH 9057UL 9071SQ 9072CS 9111SQ 9113SQ 9116SQ 9128UL 9156US 9157UL 9164UI 9165AT 9167AT
0020: 9221SQ 9222SQ 9254FD 9255FD 9421LO
0028: 0002US 0004CS 0006US 0008IS 0009AT 0010US 0011US 0014US 0030DS 0034IS 0051CS 0100US 0101US 0102US 0103US
0028: 0106US 0107US 0120US 0301CS 0A02CS 1050DS 1051DS 1052DS 1053DS 1054LO 1055LO 1101US 1102US 1103US 1201OW
0028: 1202OW 1203OW 2110CS 2112DS 2114CS 3003LO 9001UL 9002UL 9110SQ 9132SQ 9145SQ
0032: 1032PN 1033LO 1060LO 4000LT
0038: 0050LO 0500LO
0040: 0242SH 0243SH 0244DA 0245TM 0250DA 0253SH 0254LO 0255LO 0260SQ 0280ST 0555SQ 08EASQ 1001SH 1002LO 2004DA
0040: 9096SQ 9210SH 9211US 9216US 9224FD 9225FD A010CS A040CS A043SQ A050CS A123PN A160UT A168SQ A170SQ A372SQ
0040: A491CS A493CS A730SQ
0054: 0010US 0011US 0016SQ 0020US 0021US 0081US 0400SH 1000CS 1001CS 1002CS 1004CS 1100CS 1101LO 1102CS 1103LO
0054: 1104LO 1105LO 1200DS 1201IS 1202IS 1300DS 1310IS 1321DS 1322DS 1323DS 1324DS 1330US
2050: 0020CS
5200: 9229SQ 9230SQ
7FE0: 0010OW
""".split("\n")[1:-1]
COMMON_TAGS = [(int(line[:4], 16), int(element[:4], 16)) for line in COMMON_ELEMENTS for element in line[6:].split()]
COMMON_VRS = [element[4:].replace("-", "\0").encode() for line in COMMON_ELEMENTS for element in line[6:].split()]
COMMON_NUMBERS = {tag: number for number, tag in enumerate(COMMON_TAGS)}
COMMON_VALUES = [bytes(128) + b"DICM"] + [
    text + (b"" if len(text) % 2 == 0 else b"\0" if text[:2] == b"1." else b" ")
    for text in rb"""
1.2.840.10008.1.2
1.2.840.10008.1.2.1
1.2.840.10008.1.2.1.99
1.2.840.10008.1.2.2
1.2.840.10008.1.2.4.50
1.2.840.10008.1.2.4.51
1.2.840.10008.1.2.4.57
1.2.840.10008.1.2.4.70
1.2.840.10008.1.2.4.80
1.2.840.10008.1.2.4.81
1.2.840.10008.1.2.4.90
1.2.840.10008.1.2.4.91
1.2.840.10008.1.2.4.201
1.2.840.10008.1.2.4.202
1.2.840.10008.1.2.4.203
1.2.840.10008.1.2.5
1.2.840.10008.3.1.2.3.1
1.2.840.10008.3.1.2.3.3
1.2.840.10008.5.1.4.1.1.1
1.2.840.10008.5.1.4.1.1.1.1
1.2.840.10008.5.1.4.1.1.1.2
1.2.840.10008.5.1.4.1.1.12.1
1.2.840.10008.5.1.4.1.1.128
1.2.840.10008.5.1.4.1.1.2
1.2.840.10008.5.1.4.1.1.2.1
1.2.840.10008.5.1.4.1.1.20
1.2.840.10008.5.1.4.1.1.3.1
1.2.840.10008.5.1.4.1.1.4
1.2.840.10008.5.1.4.1.1.4.1
1.2.840.10008.5.1.4.1.1.481.1
1.2.840.10008.5.1.4.1.1.481.2
1.2.840.10008.5.1.4.1.1.481.3
1.2.840.10008.5.1.4.1.1.6.1
1.2.840.10008.5.1.4.1.1.66.4
1.2.840.10008.5.1.4.1.1.7
1.2.840.10008.5.1.4.1.1.77.1.6
ISO_IR 6
ISO_IR 100
ISO_IR 192
MONOCHROME1
MONOCHROME2
PALETTE COLOR
YBR_FULL
YBR_FULL_422
ORIGINAL\PRIMARY
ORIGINAL\PRIMARY\AXIAL
ORIGINAL\PRIMARY\LOCALIZER
DERIVED\SECONDARY
DERIVED\PRIMARY\AXIAL
""".split(b"\n")[1:-1]
]
VERBATIM, HTJ2K, HTJ2K_WORDS, FRAME_ZSTD, FRAME_RAW = range(5)
NONE, NATIVE, ENCAPSULATED = range(3)
EMPTY, EXACT, TABLE_VERBATIM = range(3)
SHORT_VRS = set(b"AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US".split())
DEFLATED = {b"1.2.840.10008.1.2.1.99", b"1.2.840.10008.1.2.4.95", b"1.2.840.10008.1.2.4.205"}
MAX_ROWS = 1 << 26
MAX_DEPTH = 512
SMALL_BODY_BYTES = 64
MAX_RUN_DIGITS = 1 << 16
MAX_WORDS_BYTES = 1 << 28
MAX_INFLATED = (1 << 31) - 1
SAFE = 1 << 53


class Refused(Exception):
    """What is wrong with the file, in one word and one sentence."""

    def __init__(self, code, message):
        super().__init__(f"{code}: {message}")
        self.code = code


def want(holds, rule, message):
    if not holds:
        raise Refused("corrupt", f"{rule}: {message}")


class Cursor:
    """SPEC §1.1, little-endian."""

    def __init__(self, data, what):
        self.data, self.what, self.at = memoryview(data), what, 0

    def bytes(self, n):
        want(n <= len(self.data) - self.at, "V16", f"{self.what}: {n} bytes at {self.at} of {len(self.data)}")
        self.at += n
        return bytes(self.data[self.at - n : self.at])

    def number(self, form):
        return struct.unpack("<" + form, self.bytes(struct.calcsize(form)))[0]

    def u8(self):
        return self.bytes(1)[0]

    def u16(self):
        return self.number("H")

    def u32(self):
        return self.number("I")

    def u64(self):
        value = self.number("Q")
        want(value < SAFE, "V15", f"{self.what}: a u64 of {value}")
        return value

    def varint(self):
        value = 0
        for shift in range(0, 56, 7):
            byte = self.u8()
            value |= (byte & 127) << shift
            if byte < 128:
                want(value < SAFE, "V15", f"{self.what}: a varint of {value}")
                return value
        raise Refused("corrupt", f"V15: {self.what}: a varint of more than 8 bytes")

    def zigzag(self):
        value = self.varint()
        return -(value + 1) // 2 if value & 1 else value // 2

    def count(self, unit=0, limit=MAX_ROWS):
        """A varint that counts things of at least `unit` bytes each."""
        value = self.varint()
        if unit:
            limit = min(limit, (len(self.data) - self.at) // unit)
        want(value <= limit, "V16", f"{self.what}: a count of {value}, at most {limit}")
        return value

    def text(self):
        return utf8(self.bytes(self.count(1)), self.what)

    def done(self):
        want(self.at == len(self.data), "V14", f"{self.what}: {len(self.data) - self.at} bytes left over")


def utf8(data, what):
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("corrupt", f"V15: {what}: text that is not UTF-8")


# --- bytes (§3.1, V12) ------------------------------------------------------------------------------------------------


def inflate(data, size, what, prefix=b""):
    """One zstd frame of exactly `size` bytes."""
    want(size <= MAX_INFLATED, "V12", f"{what}: inflates to {size} bytes")
    want(len(data) >= 6 and data[:4] == b"\x28\xb5\x2f\xfd", "V12", f"{what}: no zstd frame")
    descriptor = data[4]
    single = descriptor & 0x20
    want(not descriptor & 0x0B, "V12", f"{what}: a dictionary or a reserved bit")
    size_bytes = (1 if single else 0, 2, 4, 8)[descriptor >> 6]
    want(size_bytes, "V12", f"{what}: no content size")
    at = 5 if single else 6
    want(at + size_bytes <= len(data), "V12", f"{what}: a header that is cut off")
    content = int.from_bytes(data[at : at + size_bytes], "little") + (256 if size_bytes == 2 else 0)
    want(content == size, "V12", f"{what}: a content size of {content}, wanted {size}")
    if not single:
        base = 1 << (10 + (data[5] >> 3))
        want(base + base // 8 * (data[5] & 7) <= max(8 << 20, size), "V12", f"{what}: a window too large")
    at += size_bytes
    last = False
    while not last:
        want(at + 3 <= len(data), "V12", f"{what}: a block that is cut off")
        header = int.from_bytes(data[at : at + 3], "little")
        last, kind = header & 1, header >> 1 & 3
        want(kind != 3, "V12", f"{what}: a reserved block")
        at += 3 + (1 if kind == 1 else header >> 3)
    at += 4 if descriptor & 4 else 0
    want(at == len(data), "V12", f"{what}: the frame ends at {at} of {len(data)} bytes")
    try:
        dictionary = zstandard.ZstdCompressionDict(prefix, zstandard.DICT_TYPE_RAWCONTENT) if prefix else None
        inflated = zstandard.ZstdDecompressor(dict_data=dictionary).decompress(bytes(data)) if size else b""
    except zstandard.ZstdError as error:
        raise Refused("corrupt", f"V12: {what}: {error}")
    want(len(inflated) == size, "V12", f"{what}: inflates to {len(inflated)} bytes, wanted {size}")
    return inflated


def vocabulary():
    """vocabulary.txt (§5.7), which is part of SPEC.md."""
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "vocabulary.txt"), "rb") as file:
        text = file.read()
    want(len(text) == 48665 and zlib.crc32(text) == 0x352686A3, "§5.7", "another vocabulary.txt")
    return text


# --- columns (§6) -----------------------------------------------------------------------------------------------------


def read_list(cursor, n):
    """§6.1"""
    way = cursor.u8()
    if way == 0:
        first = cursor.zigzag() if n else 0
        step = cursor.zigzag() if n > 1 else 0
        want(n == 0 or abs(first + step * (n - 1)) < SAFE, "V15", f"{cursor.what}: an integer beyond 2^53")
        return [first + step * i for i in range(n)]
    want(way <= 3, "V23", f"{cursor.what}: a list of kind {way}")
    want(n <= len(cursor.data) - cursor.at, "V16", f"{cursor.what}: a list of {n} integers")
    values, value, delta = [], 0, 0
    for _ in range(n):
        found = cursor.zigzag()
        if way == 1:
            value = found
        elif way == 2:
            value += found
        else:
            delta += found
            value += delta
        want(abs(value) < SAFE, "V15", f"{cursor.what}: an integer beyond 2^53")
        values.append(value)
    return values


def read_naturals(cursor, n, limit, rule):
    values = read_list(cursor, n)
    want(all(0 <= value <= limit for value in values), rule, f"{cursor.what}: a number above {limit} or below 0")
    return values


def unpack_digits(cursor, lengths):
    """§6.2"""
    widths = (0, 4, 7, 10)
    bits = sum(length // 3 * 10 + widths[length % 3] for length in lengths)
    data = cursor.bytes((bits + 7) // 8)
    texts, pending, filled, at = [], 0, 0, 0
    for length in lengths:
        groups = []
        for left in range(length, 0, -3):
            group = min(3, left)
            width = widths[group]
            while filled < width:
                pending |= data[at] << filled
                filled += 8
                at += 1
            value = pending & ((1 << width) - 1)
            want(value < 10**group, "V23", f"{cursor.what}: {value} for {group} digits")
            groups.append(str(value).zfill(group))
            pending >>= width
            filled -= width
        texts.append("".join(groups))
    want(pending == 0, "V23", f"{cursor.what}: bits behind the last digit")
    return texts


def ascii_text(cursor):
    return cursor.bytes(cursor.count(1)).decode("latin-1")


def read_column(body, digits, n, in_dictionary=False, ranges=None):
    """The values of a column (§6) as a list of bytes."""
    encoding = body.u8()
    if encoding == 6:
        return read_pixel_range(body, n, ranges)
    want(encoding <= 6, "V23", f"{body.what}: an encoding {encoding}")
    want(not (in_dictionary and encoding == 2), "V23", f"{body.what}: a dictionary of a dictionary")
    return (read_verbatim, read_planes, read_dictionary, read_words, read_decimals, read_digits)[encoding](body, digits, n)


def read_pixel_range(body, n, ranges):
    which, form = body.u8(), body.u8()
    size, order = form & 127, "big" if form & 128 else "little"
    want(which <= 1 and 1 <= size <= 4, "V23", f"{body.what}: a pixel range in words of {size} bytes")
    want(ranges is not None and len(ranges[which]) == n, "V23", f"{body.what}: a pixel range of {n} values")
    fits = all(isinstance(value, int) and -(256**size) // 2 <= value < 256**size for value in ranges[which])
    want(fits, "V23", f"{body.what}: a pixel range that does not fit {size} bytes")
    return [(value % 256**size).to_bytes(size, order) for value in ranges[which]]


def read_verbatim(body, _, n):
    lengths = read_naturals(body, n, len(body.data), "V23")
    return [body.bytes(length) for length in lengths]


def read_planes(body, _, n):
    want(n >= 2, "V23", f"{body.what}: planes of {n} values")
    first = body.bytes(body.count(1))
    positions, last = [], -1
    for _ in range(body.count(1)):
        last += body.varint() + 1
        want(last < len(first), "V23", f"{body.what}: position {last} of {len(first)}")
        positions.append(last)
    planes = [body.bytes(n - 1) for _ in positions]
    values = [first]
    for k in range(n - 1):
        value = bytearray(first)
        for position, plane in zip(positions, planes):
            value[position] = plane[k]
        values.append(bytes(value))
    return values


def read_dictionary(body, digits, n):
    size = body.count(limit=n)
    want(size > 0, "V23", f"{body.what}: an empty dictionary")
    numbers = read_naturals(body, n, size - 1, "V23")
    values = read_column(body, digits, size, in_dictionary=True)
    return [values[number] for number in numbers]


def read_words(body, _, n):
    form = body.u8()
    word_bytes, order = form & 127, "big" if form & 128 else "little"
    want(1 <= word_bytes <= 8, "V23", f"{body.what}: words of {word_bytes} bytes")
    width = body.count(1)
    want(n * width * word_bytes <= MAX_WORDS_BYTES, "V16", f"{body.what}: {width} words in each of {n} values")
    lists = [read_naturals(body, n, 256**word_bytes - 1, "V23") for _ in range(width)]
    return [b"".join(words[i].to_bytes(word_bytes, order) for words in lists) for i in range(n)]


def decimal_text(mantissa, places):
    digits = str(abs(mantissa)).zfill(places + 1)
    text = f"{digits[:-places]}.{digits[-places:]}" if places else digits
    return "-" + text if mantissa < 0 else text


def read_decimals(body, _, n):
    components = []
    for _ in range(body.count(1)):
        way, places = body.u8(), body.u8()
        want(way <= 2 and places <= 22, "V23", f"{body.what}: decimals of kind {way}, {places} places")
        each = read_naturals(body, n, 22, "V23") if way == 2 else [places] * n
        texts = [decimal_text(mantissa, p) for mantissa, p in zip(read_list(body, n), each)]
        if way == 1:
            texts = [text.rstrip("0").rstrip(".") if "." in text else text for text in texts]
        last = -1
        for _ in range(body.count(2, n)):
            last += body.varint() + 1
            want(last < n, "V23", f"{body.what}: an exception for entry {last} of {n}")
            texts[last] = ascii_text(body)
        components.append(texts)
    values = ["\\".join(parts) for parts in zip(*components)]
    return [(value + " " * (len(value) % 2)).encode("latin-1") for value in values]


def read_digits(body, digits, n):
    padding = body.u8()
    want(padding <= 2, "V23", f"{body.what}: a padding {padding}")
    literals = [ascii_text(body) for _ in range(body.count(1))]
    want(len(literals) >= 2, "V23", f"{body.what}: digits without a run")
    texts = [literals[0]] * n
    for literal in literals[1:]:
        run = read_run(body, digits, n)
        texts = [text + part + literal for text, part in zip(texts, run)]
    filler = ("", "\0", " ")[padding]
    return [(text + filler * (len(text) % 2)).encode("latin-1") for text in texts]


def read_run(body, digits, n):
    kind = body.u8()
    if kind == 0:
        width = body.count(limit=MAX_RUN_DIGITS)
        return [str(value).zfill(width) for value in read_naturals(body, n, SAFE, "V23")]
    if kind == 1:
        width = body.count(limit=MAX_RUN_DIGITS)
        want(width > 0, "V23", f"{body.what}: a run of no digits")
        return unpack_digits(digits, [width] * n)
    want(kind == 2, "V23", f"{body.what}: a run of kind {kind}")
    return unpack_digits(digits, read_naturals(body, n, MAX_RUN_DIGITS, "V23"))


# --- metadata (§5) ----------------------------------------------------------------------------------------------------

Chunk = namedtuple("Chunk", "blob behind_vocabulary offset length inflated crc")
Place = namedtuple("Place", "apart body_at body_bytes digits_at digits_bytes chunk")
Layout = namedtuple("Layout", "undefined_length nodes")


class Node:
    """An element. `entries` has for each row of the layout its entry in the column, or None."""

    def __init__(self, kind, flags, tag, vr, entries, count):
        self.kind, self.flags, self.tag, self.vr, self.entries, self.count = kind, flags, tag, vr, entries, count
        self.constant = self.chunk = self.column = self.starts = self.items = None

    @property
    def is_element(self):
        return self.vr != b"\0\0"


class Table:
    def __init__(self, rows, layouts, layout_of):
        self.rows, self.layouts, self.layout_of, self.rank_of = rows, layouts, layout_of, []
        counts = [0] * len(layouts)
        for layout in layout_of:
            self.rank_of.append(counts[layout])
            counts[layout] += 1

    def present(self, row):
        """Nodes that a row has, each with its entry."""
        rank = self.rank_of[row]
        for node in self.layouts[self.layout_of[row]].nodes:
            entry = node.entries[rank] if node.entries is not None else rank
            if entry is not None:
                yield node, entry


class TemplateReader:
    """`has_columns`: bodies of columns that are not small lie in a section of their own."""

    def __init__(self, data, has_columns):
        cursor = Cursor(data, "template")
        self.next_column = 0
        self.rows = cursor.count()
        self.chunks, ends = [], [0, 0]
        for _ in range(cursor.count(7)):
            container = cursor.u8()
            want(container <= 2, "V21", f"template: a chunk in container {container}")
            blob, length = container > 0, cursor.varint()
            self.chunks.append(Chunk(blob, container == 2, ends[blob], length, cursor.varint(), cursor.u32()))
            ends[blob] += length
        self.container_bytes = ends
        self.places, body_at, digits_at = [], [0, 0], 0
        for _ in range(cursor.count(1)):
            first = cursor.varint()
            body, digits = first >> 1, cursor.varint() if first & 1 else 0
            chunk = None if body else cursor.varint()
            want(chunk is None or chunk < len(self.chunks), "V21", f"template: chunk {chunk} of {len(self.chunks)}")
            apart = has_columns and body >= SMALL_BODY_BYTES
            self.places.append(Place(apart, body_at[apart], body, digits_at, digits, chunk))
            body_at[apart] += body
            digits_at += digits
        self.body_bytes, self.digits_bytes = body_at, digits_at
        self.entries_of = {}
        self.table = self.read_table(cursor, self.rows, 0)
        self.bodies = cursor.bytes(body_at[False])
        cursor.done()
        want(self.next_column == len(self.places), "V22", f"template: {self.next_column} columns of {len(self.places)}")

    def read_table(self, cursor, rows, depth):
        want(depth <= MAX_DEPTH, "V16", f"template: sequences {depth} deep")
        count = cursor.count(2)
        want(count > 0 or rows == 0, "V18", f"template: {rows} rows without a layout")
        layout_of = read_naturals(cursor, rows, count - 1, "V18") if count > 1 else [0] * rows
        members = [0] * count
        for layout in layout_of:
            members[layout] += 1
        return Table(rows, [self.read_layout(cursor, n, depth) for n in members], layout_of)

    def read_layout(self, cursor, rows, depth):
        undefined_length = cursor.u8()
        want(undefined_length <= 1, "V18", f"template: a layout of form {undefined_length}")
        heads = cursor.bytes(cursor.count(3))
        tags = self.read_tags(cursor, len(heads))
        vrs = [self.read_vr(cursor, tag) for tag in tags]
        nodes, presences = [], []
        for head, tag, vr in zip(heads, tags, vrs):
            kind = head & 7
            want(head < 128 and not (kind == PIXELS and depth), "V19", f"template: a node of kind {head}")
            entries = self.read_presence(cursor, rows, presences) if head & HAS_PRESENCE else None
            count = rows - entries.count(None) if entries is not None else rows
            nodes.append(Node(kind, head, tag, vr, entries, count))
        # Columns are counted through before nested tables are read.
        nested = [self.read_need(cursor, node) for node in nodes]
        after = self.next_column
        for node, need in zip(nodes, nested):
            if node.kind in (SEQUENCE, SHARED_SEQUENCE):
                self.read_items(cursor, node, depth, *need)
        self.next_column = after
        for node, length in zip(nodes, nested):
            if node.kind == CONSTANT:
                node.constant = cursor.bytes(length)
        return Layout(undefined_length == 1, nodes)

    def read_tags(self, cursor, n):
        tags, tag, number = [], None, -1
        for _ in range(n):
            step = cursor.varint()
            if step == 0:
                tag = (cursor.varint(), cursor.varint())
            elif number is not None:
                want(number + step < len(COMMON_TAGS), "V19", f"template: common element {number + step}")
                tag = COMMON_TAGS[number + step]
            else:
                tag = (tag[0], tag[1] + step)
            want(max(tag) <= 0xFFFF, "V19", f"template: a tag {tag}")
            number = COMMON_NUMBERS.get(tag)
            tags.append(tag)
        return tags

    def read_vr(self, cursor, tag):
        number = cursor.u8()
        if number == 255:
            return cursor.bytes(2)
        want(number <= len(VRS), "V19", f"template: a VR {number}")
        if number:
            return VRS[number - 1]
        return COMMON_VRS[COMMON_NUMBERS[tag]] if tag in COMMON_NUMBERS else b"\0\0"

    def read_need(self, cursor, node):
        """What the kind needs: the length of a constant; of a sequence what read_items wants."""
        if node.kind == CONSTANT:
            return cursor.count(1)
        if node.kind == COMMON_CONSTANT:
            number = cursor.varint()
            want(number < len(COMMON_VALUES), "V19", f"template: common value {number}")
            node.constant = COMMON_VALUES[number]
        elif node.kind == CONSTANT_CHUNK:
            node.chunk = cursor.varint()
            want(node.chunk < len(self.chunks), "V21", f"template: chunk {node.chunk} of {len(self.chunks)}")
        elif node.kind == COLUMN:
            node.column = self.next_column
            self.next_column += 1
            want(node.column < len(self.places), "V21", f"template: column {node.column} of {len(self.places)}")
            same = self.entries_of.setdefault(node.column, node.count)
            want(same == node.count, "V21", f"template: column {node.column} with {node.count} entries, and {same}")
        elif node.kind == SAME_COLUMN:
            node.column = cursor.varint()
            want(node.column < self.next_column, "V21", f"template: column {node.column} before {self.next_column}")
            self.entries_of.setdefault(node.column, node.count)
            want(self.entries_of[node.column] == node.count, "V21", f"template: column {node.column} with {node.count} entries")
        elif node.kind in (SEQUENCE, SHARED_SEQUENCE):
            rows = cursor.count()
            if node.kind == SEQUENCE:
                node.starts = [0]
                for count in read_naturals(cursor, node.count, rows, "V22"):
                    node.starts.append(node.starts[-1] + count)
                want(node.starts[-1] == rows, "V22", f"template: {node.starts[-1]} items, the table has {rows}")
            columns = cursor.count(limit=len(self.places) - self.next_column)
            first = self.next_column
            self.next_column += columns
            return rows, first, columns, cursor.count(1)
        return None

    def read_presence(self, cursor, rows, presences):
        number = cursor.varint()
        want(number <= len(presences), "V20", f"template: presence {number} of {len(presences)}")
        if number < len(presences):
            return presences[number]
        entries, next_entry = [], 0
        for k in range(cursor.count(1)):
            run = cursor.varint()
            want(run <= rows - len(entries), "V20", f"template: a presence of more than {rows} rows")
            if k % 2:
                entries += range(next_entry, next_entry + run)
                next_entry += run
            else:
                entries += [None] * run
        want(len(entries) == rows, "V20", f"template: a presence of {len(entries)} rows, wanted {rows}")
        presences.append(entries)
        return entries

    def read_items(self, cursor, node, depth, rows, first, columns, length):
        nested = Cursor(cursor.bytes(length), "nested table")
        self.next_column = first
        node.items = self.read_table(nested, rows, depth + 1)
        nested.done()
        want(self.next_column - first == columns, "V22", f"template: {self.next_column - first} columns, wanted {columns}")


# --- pixels (§7) ------------------------------------------------------------------------------------------------------

Shape = namedtuple("Shape", "rows columns samples bits_allocated bits_stored high_bit flags")
Stored = namedtuple("Stored", "coding offset length crc shape")


class Slice:
    """Pixel Data of one slice: `frames` are the numbers of stored frames."""

    def __init__(self, kind, shape, value_bytes, word_bytes, rest_bytes, offset_table):
        self.kind, self.shape, self.value_bytes, self.word_bytes = kind, shape, value_bytes, word_bytes
        self.rest_bytes, self.offset_table, self.rest_at = rest_bytes, offset_table, 0
        self.frames, self.fragments = [], []


def frame_bits(shape):
    samples = shape.rows * shape.columns * shape.samples
    return samples if shape.bits_allocated == 1 else samples * ((shape.bits_allocated + 7) // 8) * 8


def read_statistics(cursor, n):
    kinds = read_naturals(cursor, n, 2, "V24")
    integers = iter(read_list(cursor, kinds.count(1)))
    return [None if kind == 0 else next(integers) if kind == 1 else cursor.number("d") for kind in kinds]


def read_frame_index(data, checks, slice_count, frames_bytes):
    cursor = Cursor(data, "frame index")
    shapes = [None]
    for _ in range(cursor.count(7)):
        fields = [cursor.varint() for _ in range(6)]
        flags = cursor.u8()
        want(flags < 8, "V24", f"a shape with flags {flags}")
        shapes.append(Shape(*fields, flags))
    kinds = read_naturals(cursor, slice_count, 2, "V24")
    frame_counts = read_naturals(cursor, slice_count, MAX_ROWS, "V16")
    shape_numbers = read_naturals(cursor, slice_count, len(shapes) - 1, "V24")
    value_bytes = read_naturals(cursor, slice_count, SAFE, "V25")
    word_bytes = read_naturals(cursor, slice_count, 8, "V24")
    rest_bytes = read_naturals(cursor, slice_count, SAFE, "V25")
    tables = read_naturals(cursor, slice_count, 2, "V24")
    total = sum(frame_counts)
    want(total <= MAX_ROWS, "V16", f"{total} frames")
    encapsulated = sum(n for n, kind in zip(frame_counts, kinds) if kind == ENCAPSULATED)
    fragment_counts = read_naturals(cursor, encapsulated, MAX_ROWS, "V16")
    want(all(fragment_counts) and sum(fragment_counts) <= MAX_ROWS, "V26", "a frame without fragments")
    fragment_lengths = iter(read_naturals(cursor, sum(fragment_counts) - encapsulated, 0xFFFFFFFF, "V26"))
    stored_count = cursor.count(limit=total)
    want(len(checks) == 4 * stored_count, "V13", f"{stored_count} stored frames, {len(checks)} bytes of checksums")
    numbers, came_up = [], 0
    for skip in read_list(cursor, total):
        want(-came_up <= skip <= 0 and came_up + skip < stored_count, "V27", f"a frame is stored frame {came_up + skip}")
        numbers.append(came_up + skip)
        came_up += skip == 0
    want(came_up == stored_count, "V27", f"{stored_count} stored frames, {came_up} came up")
    codings = read_naturals(cursor, stored_count, 4, "V24")
    lengths = read_naturals(cursor, stored_count, SAFE, "V13")
    stored_shapes = read_naturals(cursor, stored_count, len(shapes) - 1, "V24")
    read_naturals(cursor, stored_count, 1, "V24")
    lowest, highest = read_statistics(cursor, stored_count), read_statistics(cursor, stored_count)
    cursor.done()
    want(sum(lengths) == frames_bytes, "V13", f"frames of {sum(lengths)} bytes, their section has {frames_bytes}")
    crcs = struct.unpack(f"<{stored_count}I", checks)
    stored, offset = [], 0
    for i in range(stored_count):
        stored.append(Stored(codings[i], offset, lengths[i], crcs[i], shapes[stored_shapes[i]]))
        offset += lengths[i]

    slices, frame, rest_at = [], 0, 0
    counts = iter(fragment_counts)
    for i in range(slice_count):
        shape, kind = shapes[shape_numbers[i]], kinds[i]
        found = Slice(kind, shape, value_bytes[i], word_bytes[i], rest_bytes[i], tables[i])
        found.rest_at = rest_at
        rest_at += rest_bytes[i]
        found.frames = numbers[frame : frame + frame_counts[i]]
        frame += frame_counts[i]
        want(kind != NONE or not found.frames, "V24", f"slice {i} has frames but no Pixel Data")
        want(word_bytes[i] >= 1, "V24", f"slice {i} has words of no bytes")
        want(kind != NATIVE or shape or not found.frames, "V25", f"slice {i} has frames of no shape")
        in_frames = len(found.frames) * frame_bits(shape) // 8 if kind == NATIVE and shape else 0
        whole = in_frames + rest_bytes[i] if kind == NATIVE else 0
        want(value_bytes[i] == whole, "V25", f"slice {i} has {value_bytes[i]} bytes of Pixel Data, wanted {whole}")
        for number in found.frames:
            is_verbatim = codings[number] == VERBATIM
            want(is_verbatim == (kind == ENCAPSULATED), "V26", f"slice {i} has a frame of coding {codings[number]}")
            if kind == ENCAPSULATED:
                parts = [next(fragment_lengths) for _ in range(next(counts) - 1)]
                want(sum(parts) <= lengths[number], "V26", f"slice {i} has fragments longer than their frame")
                found.fragments.append(parts + [lengths[number] - sum(parts)])
        slices.append(found)
    ranges = None
    if slices and all(len(found.frames) == 1 for found in slices):
        ranges = [[statistics[found.frames[0]] for found in slices] for statistics in (lowest, highest)]
    return slices, stored, rest_at, ranges


def native_value(found, frames, rest):
    """§7.4"""
    value = bytearray(found.value_bytes)
    if found.frames:
        bits = frame_bits(found.shape)
        if bits % 8:
            joined = 0
            for k, frame in enumerate(frames):
                joined |= int.from_bytes(frame, "little") << (k * bits)
            value[:] = joined.to_bytes(max(found.value_bytes, (len(frames) * bits + 7) // 8), "little")
            del value[found.value_bytes :]
        else:
            joined = b"".join(frames)
            value[: len(joined)] = joined
    value[found.value_bytes - found.rest_bytes :] = rest
    n = found.word_bytes
    if n > 1:
        whole = len(value) // n * n
        turned = bytearray(whole)
        for k in range(n):
            turned[k::n] = value[n - 1 - k : whole : n]
        value[:whole] = turned
    return bytes(value)


def encapsulated_value(found, frames, rest):
    """§7.5"""
    table = rest if found.offset_table == TABLE_VERBATIM else b""
    if found.offset_table == EXACT:
        offsets, at = [], 0
        for fragments in found.fragments:
            offsets.append(at)
            at += sum(8 + length for length in fragments)
        table = struct.pack(f"<{len(offsets)}I", *offsets)
    item = b"\xfe\xff\x00\xe0"
    parts = [item, struct.pack("<I", len(table)), table]
    for frame, fragments in zip(frames, found.fragments):
        at = 0
        for length in fragments:
            parts += [item, struct.pack("<I", length), frame[at : at + length]]
            at += length
    return b"".join(parts + [b"\xfe\xff\xdd\xe0\0\0\0\0"])


# --- the file (§2 to §4) ----------------------------------------------------------------------------------------------

Row = namedtuple("Row", "encoding crc offset length inflated")
Header = namedtuple("Header", "data pixel_offset data_offset")


class Cube:
    def __init__(self, path):
        self.path = path
        self.file = open(path, "rb")
        try:
            self.open()
        except Exception:
            self.file.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()

    def read(self, offset, length):
        self.file.seek(offset)
        data = self.file.read(length)
        if len(data) != length:
            raise Refused("truncated", f"{length} bytes at {offset}: found {len(data)}")
        return data

    def open(self):
        """§4.1"""
        size = os.fstat(self.file.fileno()).st_size
        first = self.read(0, min(size, 65536))
        if first[:8] == b"DCMCUBES" and size < 116:
            raise Refused("truncated", f"{size} bytes end within the header")
        if first[116:124] != b"DCBSDIR\n":
            if first[:8] != b"DCMCUBES":
                raise Refused("not-a-cube", "V1: does not begin with DCMCUBES")
            is_ours = size >= 32 and self.read(size - 32, 8) == b"DCBSEND\n"
            want(not is_ours, "V9", "the directory is damaged: the trailer says that there is one")
            raise Refused("v1", "a plain v1 file, which is not read here")
        if size < 136:
            raise Refused("truncated", f"{size} bytes end within the directory")
        cursor = Cursor(first, "directory")
        cursor.at = 124
        read_version, _, directory_bytes = (cursor.u16() for _ in range(3))
        count, front_count = cursor.u8(), cursor.u8()
        want(directory_bytes >= 20, "V6", f"a directory of {directory_bytes} bytes")
        head_bytes = 116 + directory_bytes
        if size < head_bytes:
            raise Refused("truncated", f"{size} bytes end within the directory")
        self.head = first[:head_bytes]
        stored = struct.unpack_from("<I", self.head, head_bytes - 4)[0]
        want(zlib.crc32(self.head[:-4]) == stored, "V3", "the head does not have its checksum")
        if read_version > 1:
            raise Refused("newer-version", f"V4: read version {read_version}")
        want(first[:8] == b"DCMCUBES", "V1", "does not begin with DCMCUBES")
        version = struct.unpack_from("<I", first, 8)[0]
        if version > 1:
            raise Refused("newer-version", f"V2: version {version}")
        want(version == 1, "V2", f"version {version}")
        cursor = Cursor(self.head[:-4], "directory")
        cursor.at = 132
        self.written_by = cursor.text()
        self.sections, at, front_bytes = {}, head_bytes, head_bytes
        for i in range(count):
            kind, encoding = cursor.u8(), cursor.u8() & 127
            name, is_container, is_front, _ = SECTIONS.get(kind, (f"kind {kind}", False, i < front_count, False))
            want(name not in self.sections, "V7", f"two sections {name}")
            want(encoding <= 2 and is_container == (encoding == CONTAINER), "V7", f"{name} in encoding {encoding}")
            want(is_front == (i < front_count), "V8", f"{name} on the wrong side of the end of the front page")
            length = cursor.varint()
            inflated = cursor.varint() if encoding == ZSTD else length
            self.sections[name] = Row(encoding, 0 if is_container else cursor.u32(), at, length, inflated)
            at += length
            if i < front_count:
                front_bytes = at
        want(cursor.at == len(cursor.data), "V6", "the rows do not fill the directory")
        want(front_count <= count, "V8", f"a front page of {front_count} sections of {count}")
        self.size = at + 32
        if size < self.size:
            raise Refused("truncated", f"V5: {size} bytes, the directory says {self.size}")
        want(size == self.size, "V5", f"{size} bytes, the directory says {self.size}")
        for name, _, _, is_always in SECTIONS.values():
            want(not is_always or name in self.sections, "V7", f"no section {name}")
        self.front = first[:front_bytes]
        if front_bytes > len(first):
            self.front += self.read(len(first), front_bytes - len(first))
        self.template = TemplateReader(self.section("template"), "columns" in self.sections)
        self.slice_count = self.template.rows
        want(self.length_of("digests") == 32 * self.slice_count, "V17", f"{self.slice_count} slices")
        for name, length in zip(("values", "blobs"), self.template.container_bytes):
            want(self.length_of(name) == length, "V13", f"{name}: chunks of {length} bytes")
        self.columns = self.section("columns") or b""
        self.digits = self.section("digits") or b""
        want(len(self.columns) == self.template.body_bytes[True], "V13", "bytes of columns are left over")
        want(len(self.digits) == self.template.digits_bytes, "V13", "bytes of digits are left over")
        self.decoded_columns, self.inflated_chunks = {}, {}
        self.slices, self.stored, rest_bytes, self.ranges = read_frame_index(
            self.section("frameIndex"), self.section("frameChecks") or b"", self.slice_count, self.length_of("frames")
        )
        self.rest = self.section("pixelRest") or b""
        want(len(self.rest) == rest_bytes, "V28", f"pixelRest of {len(self.rest)} bytes, wanted {rest_bytes}")
        self.read_originals()

    def length_of(self, name):
        return self.sections[name].length if name in self.sections else 0

    def part(self, offset, length):
        end = offset + length
        return self.front[offset:end] if end <= len(self.front) else self.read(offset, length)

    def section(self, name):
        """A section's bytes, checked and inflated; None where there is none."""
        row = self.sections.get(name)
        if row is None:
            return None
        data = self.part(row.offset, row.length)
        want(zlib.crc32(data) == row.crc, "V11", f"section {name} does not have its checksum")
        return inflate(data, row.inflated, name) if row.encoding == ZSTD else data

    def chunk(self, number):
        if number not in self.inflated_chunks:
            chunk = self.template.chunks[number]
            data = self.part(self.sections["blobs" if chunk.blob else "values"].offset + chunk.offset, chunk.length)
            want(zlib.crc32(data) == chunk.crc, "V11", f"chunk {number} does not have its checksum")
            prefix = vocabulary() if chunk.behind_vocabulary else b""
            self.inflated_chunks[number] = inflate(data, chunk.inflated, f"chunk {number}", prefix)
        return self.inflated_chunks[number]

    def column(self, number):
        if number not in self.decoded_columns:
            place = self.template.places[number]
            if place.chunk is None:
                bodies = self.columns if place.apart else self.template.bodies
                data = bodies[place.body_at : place.body_at + place.body_bytes]
            else:
                data = self.chunk(place.chunk)
            body = Cursor(data, f"column {number}")
            digits = Cursor(self.digits[place.digits_at : place.digits_at + place.digits_bytes], f"digits {number}")
            self.decoded_columns[number] = read_column(
                body, digits, self.template.entries_of[number], ranges=self.ranges
            )
            body.done()
            digits.done()
        return self.decoded_columns[number]

    def value(self, node, entry):
        """The raw bytes of an element."""
        if node.kind in (CONSTANT, COMMON_CONSTANT):
            return node.constant
        return self.chunk(node.chunk) if node.kind == CONSTANT_CHUNK else self.column(node.column)[entry]

    @staticmethod
    def item_rows(node, entry):
        return range(node.items.rows) if node.starts is None else range(node.starts[entry], node.starts[entry + 1])

    # --- restoring (§8) ---

    def read_originals(self):
        cursor = Cursor(self.section("manifest"), "manifest")
        n = cursor.varint()
        want(n == self.slice_count, "V17", f"a manifest of {n} files for {self.slice_count} slices")
        self.sizes = read_naturals(cursor, n, SAFE, "V15")
        known = read_naturals(cursor, n, 1, "V16")
        self.reports = [
            [(cursor.text(), cursor.text()) for _ in range(count)] for count in read_naturals(cursor, n, 255, "V16")
        ]
        body = Cursor(cursor.bytes(cursor.count(1)), "file names")
        digits = Cursor(cursor.bytes(len(cursor.data) - cursor.at), "file names")
        self.names = [utf8(name, "file names") for name in read_column(body, digits, n)] if n else []
        body.done()
        digits.done()
        digests = self.section("digests") or b""
        self.digests = [digests[32 * i : 32 * i + 32] if known[i] else None for i in range(n)]
        self.patches, self.streams = {}, {}
        if "patches" in self.sections:
            cursor, last = Cursor(self.section("patches"), "patches"), -1
            for _ in range(cursor.count(2)):
                last = self.ascending(cursor.varint(), last)
                count = cursor.count(3)
                self.patches[last] = [
                    (cursor.varint(), cursor.varint(), cursor.bytes(cursor.count(1))) for _ in range(count)
                ]
            cursor.done()
        if "streams" in self.sections:
            cursor, last = Cursor(self.section("streams"), "streams"), -1
            rows = [(cursor.varint(), cursor.varint()) for _ in range(cursor.count(2))]
            for number, length in rows:
                last = self.ascending(number, last)
                self.streams[last] = cursor.bytes(length)
            cursor.done()
        self.attachments = []
        if "attachments" in self.sections:
            cursor = Cursor(self.section("attachments"), "attachments")
            for _ in range(cursor.count(2)):
                self.attachments.append((cursor.text(), cursor.bytes(cursor.count(1))))
            cursor.done()

    def ascending(self, number, last):
        want(last < number < self.slice_count, "V29", f"slice {number} behind {last}, of {self.slice_count}")
        return number

    def header(self, row):
        """§8.2 and §8.3: the file without the value of Pixel Data."""
        out, pixel_offset, data_offset = bytearray(), None, None
        for node, entry in self.template.table.present(row):
            if not node.is_element:
                out += self.value(node, entry)
                continue
            if data_offset is None and node.tag[0] != 2:
                data_offset = len(out)
            if node.kind == PIXELS:
                undefined = node.flags & UNDEFINED_LENGTH
                out += element_header(node, 0xFFFFFFFF if undefined else self.slices[row].value_bytes)
                want(pixel_offset is None, "V19", f"slice {row} has Pixel Data twice")
                pixel_offset = len(out)
            else:
                out += self.element(node, entry)
        patch = self.patches.get(row)
        if patch:
            made, at = bytearray(), 0
            for copy, skip, insert in patch:
                want(at + copy + skip <= len(out), "V29", f"the patch of slice {row} is longer than the header")
                made += out[at : at + copy] + insert
                at += copy + skip
            out = made + out[at:]
        return Header(bytes(out), pixel_offset, len(out) if data_offset is None else data_offset)

    def element(self, node, entry):
        if node.items is None:
            value = self.value(node, entry)
            if not node.flags & UNDEFINED_LENGTH:
                return element_header(node, len(value)) + value
            order = ">" if node.flags & BIG_ENDIAN else "<"
            return element_header(node, 0xFFFFFFFF) + value + struct.pack(order + "HHI", 0xFFFE, 0xE0DD, 0)
        order = ">" if node.flags & BIG_ENDIAN and node.vr != b"UN" else "<"
        out = bytearray()
        for row in self.item_rows(node, entry):
            item = b"".join(self.element(child, child_entry) for child, child_entry in node.items.present(row))
            if node.items.layouts[node.items.layout_of[row]].undefined_length:
                out += struct.pack(order + "HHI", 0xFFFE, 0xE000, 0xFFFFFFFF) + item
                out += struct.pack(order + "HHI", 0xFFFE, 0xE00D, 0)
            else:
                out += struct.pack(order + "HHI", 0xFFFE, 0xE000, len(item)) + item
        if not node.flags & UNDEFINED_LENGTH:
            return element_header(node, len(out)) + out
        return element_header(node, 0xFFFFFFFF) + out + struct.pack(order + "HHI", 0xFFFE, 0xE0DD, 0)

    def stored_frame(self, number):
        """The bytes of a stored frame, checked."""
        found = self.stored[number]
        data = self.part(self.sections["frames"].offset + found.offset, found.length)
        want(zlib.crc32(data) == found.crc, "V11", f"stored frame {number} does not have its checksum")
        return data

    def frame(self, number):
        """The bytes of a frame as Pixel Data has them; None where it is HTJ2K."""
        data, found = self.stored_frame(number), self.stored[number]
        if found.coding == VERBATIM:
            return data
        if found.coding in (HTJ2K, HTJ2K_WORDS):
            return None
        want(found.shape is not None, "V25", f"stored frame {number} has no shape")
        size = (frame_bits(found.shape) + 7) // 8
        if found.coding == FRAME_ZSTD:
            return inflate(data, size, f"stored frame {number}")
        want(len(data) == size, "V25", f"stored frame {number} has {len(data)} bytes, wanted {size}")
        return data

    def pixel_value(self, row):
        found = self.slices[row]
        frames = [self.frame(number) for number in found.frames]
        if None in frames:
            return None
        rest = self.rest[found.rest_at : found.rest_at + found.rest_bytes]
        return encapsulated_value(found, frames, rest) if found.kind == ENCAPSULATED else native_value(found, frames, rest)

    def restore(self, row):
        """§8: the file of a slice; None where that takes an HTJ2K decoder."""
        header = self.header(row)
        if row in self.streams:
            return header.data[: header.data_offset] + self.streams[row]
        data = header.data
        if header.pixel_offset is not None:
            value = self.pixel_value(row)
            if value is None:
                return None
            data = data[: header.pixel_offset] + value + data[header.pixel_offset :]
        if not self.is_deflated(row):
            return data
        stream = zlib.compressobj(9, wbits=-15)
        deflated = stream.compress(data[header.data_offset :]) + stream.flush()
        return data[: header.data_offset] + deflated + b"\0" * (len(deflated) % 2)

    def is_deflated(self, row):
        for node, entry in self.template.table.present(row):
            if node.is_element and node.tag == (0x0002, 0x0010):
                return self.value(node, entry).rstrip(b"\0 ") in DEFLATED
        return False

    # --- what the commands do ---

    def row_values(self, table, row):
        """A row as tag → [VR, value], where a sequence's value is its items."""
        values = {}
        for node, entry in table.present(row):
            tag = "%04X%04X" % node.tag
            if not node.is_element:
                tag = "preamble" if node.tag == (0, 0) else "trailing"
            if node.items is not None:
                value = [self.row_values(node.items, item) for item in self.item_rows(node, entry)]
            else:
                value = None if node.kind == PIXELS else readable(self.value(node, entry))
            values.setdefault(tag, [node.vr.decode("latin-1").strip("\0"), value])
        return values

    def values(self):
        """tag → VR, whether it is shared, and its value or the values of the slices (null: the slice lacks it)."""
        rows = [self.row_values(self.template.table, row) for row in range(self.slice_count)]
        tags = sorted({tag for row in rows for tag in row}, key=lambda tag: (tag == "trailing", tag != "preamble", tag))
        merged = {}
        for tag in tags:
            found = [row.get(tag) for row in rows]
            vr = next(element[0] for element in found if element)
            if all(element == found[0] for element in found):
                merged[tag] = {"vr": vr, "shared": True, "value": found[0][1]}
            else:
                merged[tag] = {"vr": vr, "shared": False, "values": [element and element[1] for element in found]}
        return merged

    def check(self):
        """Every checksum and every invariant; returns what was looked at."""
        trailer = self.read(self.size - 32, 32)
        magic, size, head_bytes, head_crc, _, crc = struct.unpack("<8sQIIII", trailer)
        want(zlib.crc32(trailer[:28]) == crc and magic == b"DCBSEND\n", "V9", "the trailer does not have its checksum")
        same = (size, head_bytes, head_crc) == (self.size, len(self.head), struct.unpack("<I", self.head[-4:])[0])
        want(same, "V9", "the trailer does not say what the head says")
        self.check_v1_header()
        for name, row in self.sections.items():
            if row.encoding != CONTAINER:
                self.section(name)
        for number in range(len(self.template.chunks)):
            self.chunk(number)
        for number in range(len(self.template.places)):
            self.column(number)
        for number in range(len(self.stored)):
            self.stored_frame(number)
        counts = {"slices": self.slice_count, "frames": len(self.stored), "restored": 0, "needs HTJ2K": 0, "changed": 0}
        for row in range(self.slice_count):
            if self.digests[row] is None:
                counts["changed"] += 1
                continue
            data = self.restore(row)
            if data is None:
                counts["needs HTJ2K"] += 1
                continue
            identical = len(data) == self.sizes[row] and hashlib.sha256(data).digest() == self.digests[row]
            want(identical, "V31", f"slice {row} is not restored: {len(data)} bytes, wanted {self.sizes[row]}")
            counts["restored"] += 1
        return counts

    def check_v1_header(self):
        fields = struct.unpack_from("<13Q", self.head, 12)
        names = ("v1Status", "v1Meta", "v1Space", "v1PixelHeader", "v1FrameOffsets", "v1FrameLengths")
        for k, name in enumerate(names):
            row = self.sections.get(name)
            wanted = (row.offset, row.length) if row else (116, 8) if name == "v1Meta" else (116, 0)
            want(fields[2 * k : 2 * k + 2] == wanted, "V10", f"the header has {name} at {fields[2 * k : 2 * k + 2]}")
        for name in names[4:]:
            row = self.sections.get(name)
            want((row.length if row else 0) == 8 * fields[12], "V10", f"{name} for {fields[12]} frames")


def element_header(node, length):
    order = ">" if node.flags & BIG_ENDIAN else "<"
    if node.flags & IMPLICIT:
        return struct.pack(order + "HHI", *node.tag, length)
    if node.vr in SHORT_VRS:
        want(length <= 0xFFFF, "V19", f"a value of {length} bytes for a 16-bit length")
        return struct.pack(order + "HH2sH", *node.tag, node.vr, length)
    return struct.pack(order + "HH2sHI", *node.tag, node.vr, 0, length)


def readable(value):
    """Bytes as text where they are ASCII, and as hex where they are not."""
    text = value.rstrip(b"\0 ")
    return text.decode("ascii") if all(32 <= byte < 127 for byte in text) else "hex:" + value.hex()


def inside(folder, name, taken):
    """V30: a path in the folder, for a name that can be anything."""
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    path = os.path.join(folder, *[part.replace("\0", "_").replace(":", "_") for part in parts or ["file"]])
    while path.lower() in taken:
        path += "_"
    taken.add(path.lower())
    return path


def main(arguments):
    commands = {"values": 2, "headers": 3, "files": 3, "check": 2}
    if not arguments or commands.get(arguments[0]) != len(arguments):
        print(__doc__, file=sys.stderr)
        return 2
    command, path = arguments[:2]
    try:
        with Cube(path) as cube:
            if command == "values":
                print(json.dumps(cube.values(), indent=1))
            elif command == "check":
                print(json.dumps(cube.check()))
            else:
                taken = set()
                for row in range(cube.slice_count):
                    data = cube.header(row).data if command == "headers" else cube.restore(row)
                    name = f"{row:04}.header" if command == "headers" else cube.names[row]
                    target = inside(arguments[2], name, taken)
                    if data is None:
                        print(f"{name}: left out, its frames are HTJ2K", file=sys.stderr)
                        continue
                    os.makedirs(os.path.dirname(target), exist_ok=True)
                    with open(target, "wb") as out:
                        out.write(data)
    except Refused as error:
        print(f"{path}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
