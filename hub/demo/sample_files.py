"""Tiny attachments made in code: a PDF, a compound file as Word 97 writes and a JPEG, each with its real structure."""

from __future__ import annotations

import struct

_SECTOR = 512
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def pdf(*lines: str) -> bytes:
    """A PDF of one page with these lines (ISO 32000-1). ASCII only."""
    shown = " T* ".join(f"({line.translate(_ESCAPES)}) Tj" for line in lines)
    drawing = f"BT /F1 12 Tf 16 TL 72 760 Td {shown} ET".encode("ascii")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawing), drawing),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    made, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, start=1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    made += b"".join(b"%010d 00000 n \n" % place for place in places)
    made += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(made)


_ESCAPES = str.maketrans({"(": r"\(", ")": r"\)", "\\": r"\\"})


def compound_file(stream: str, text: str) -> bytes:
    """A compound file (MS-CFB, version 3) with one stream: the container of .doc and .msg.

    Args:
        stream: Name of the stream, e.g. ``WordDocument``.
        text: What is in it; no more than 4,000 characters.
    """
    data = text.encode("latin-1").ljust(4096, b"\0")
    chain = [_FAT, _END, *range(3, 2 + len(data) // _SECTOR), _END]
    fat = struct.pack("<128I", *chain, *[_FREE] * (128 - len(chain)))
    directory = _entry("Root Entry", 5, child=1, start=_END, size=0) + _entry(stream, 2, child=_FREE, start=2, size=len(data))
    header = struct.pack(
        "<8s16s5H6x9I", bytes.fromhex("d0cf11e0a1b11ae1"), b"", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, _END, 0, _END, 0
    )
    header += struct.pack("<109I", 0, *[_FREE] * 108)
    return header + fat + directory.ljust(_SECTOR, b"\0") + data


def _entry(name: str, kind: int, *, child: int, start: int, size: int) -> bytes:
    encoded = (name + "\0").encode("utf-16-le")
    return struct.pack(
        "<64sHBB3I16sI8s8sIQ", encoded, len(encoded), kind, 1, _FREE, _FREE, child, b"", 0, b"", b"", start, size
    )


def jpeg(blocks: int = 4) -> bytes:
    """A square grey JPEG (ITU-T T.81, baseline) of ``blocks`` times eight pixels."""
    side = 8 * blocks
    jfif = _segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0")
    quantization = _segment(0xDB, b"\0" + b"\1" * 64)
    frame = _segment(0xC0, struct.pack(">BHHB3B", 8, side, side, 1, 1, 0x11, 0))
    # Both Huffman tables know one symbol, with code 0: no difference from the block before, and end of block.
    tables = _segment(0xC4, b"\x00\1" + bytes(16)) + _segment(0xC4, b"\x10\1" + bytes(16))
    scan = _segment(0xDA, b"\1\1\0\0\x3f\0")
    data = bytes(-(-blocks * blocks * 2 // 8))
    return b"\xff\xd8" + jfif + quantization + frame + tables + scan + data + b"\xff\xd9"


def _segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body
