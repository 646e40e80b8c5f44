"""Makes the data of ICU, which Qt brings for every language of the world, fit what rkviz shows.

English and Chinese stay, and all that knows no language: characters, encodings, time zones. The
program code of ICU and Qt is not touched. Needs gcc; without it the data stays whole.
"""

from __future__ import annotations

import re
import shutil
import struct
import subprocess
import tempfile
from pathlib import Path

_KEPT = re.compile(
    r"(coll|curr|lang|region|unit|zone|rbnf|brkitr)/((root|en|zh(_\w+)?|pool|res_index)\.res|.*\.icu)$"
    r"|(root|en|en_US|zh(_\w+)?|pool|res_index)\.res$"
    # Encodings of Chinese and of western Europe; those of Unicode are in the program code.
    r"|(gb18030|gb2312\w*|ibm-(1386|1375|5348|5471)_[\w-]*|noop\w*|windows-(936|950)\S*)\.cnv$"
    # Without a language: tables of characters, numbers, calendars and zones.
    r"|(?![a-z]{2,3}(_\w+)?\.res$)(?!unames\.icu$)[^/]*(?<!\.cnv)$"
)
_FORMAT = b"CmnD"
_HEADER_UP_TO_FORMAT = 12
_ALIGNMENT = 16


def shrink(library: Path) -> None:
    """Replace libicudata.so.NN by one with less in it, where gcc is at hand."""
    if shutil.which("gcc") is None:
        return
    content = library.read_bytes()
    data = reduced(content[content.index(_FORMAT) - _HEADER_UP_TO_FORMAT :])
    number = library.name.rpartition(".")[2]
    with tempfile.TemporaryDirectory() as folder:
        source, packed = Path(folder) / "data.s", Path(folder) / "data.dat"
        packed.write_bytes(data)
        source.write_text(
            f'.section .rodata,"a",@progbits\n.globl icudt{number}_dat\n'
            f".type icudt{number}_dat, @object\n.balign {_ALIGNMENT}\nicudt{number}_dat:\n"
            f'.incbin "{packed}"\n.size icudt{number}_dat, .-icudt{number}_dat\n'
            '.section .note.GNU-stack,"",@progbits\n',
            encoding="ascii",
        )
        subprocess.run(
            ["gcc", "-shared", "-nostdlib", f"-Wl,-soname,{library.name}", "-o", str(library),
             str(source)],
            check=True,
        )  # fmt: skip


def reduced(data: bytes) -> bytes:
    """The common data file of ICU ("CmnD") at the start of `data`, less what is not kept.

    A header whose first 16 bits are its length, then at that place: the number of items, a pair
    (place of the name, place of the content) for each, the names, the contents. Places count from
    the end of the header; names are sorted. See ICU's source, icu4c/source/common/ucmndata.h.
    """
    (start,) = struct.unpack_from("<H", data)
    (count,) = struct.unpack_from("<I", data, start)
    places = [struct.unpack_from("<2I", data, start + 4 + 8 * item) for item in range(count)]
    names = [data[start + at : data.index(b"\0", start + at)] for at, _ in places]
    # How long the last item is, the format does not say; it is Zulu and not kept.
    ends = [*(at for _, at in places[1:]), len(data)]
    kept = [
        (name, data[start + at : start + end])
        for name, (_, at), end in zip(names, places, ends, strict=True)
        if _KEPT.match(name.decode("ascii").partition("/")[2])
    ]
    table, text, content = b"", b"", b""
    first_name = 4 + 8 * len(kept)
    first_content = _aligned(first_name + sum(len(name) + 1 for name, _ in kept))
    for name, item in kept:
        table += struct.pack("<2I", first_name + len(text), first_content + len(content))
        text += name + b"\0"
        content += item.ljust(_aligned(len(item)), b"\0")
    body = (struct.pack("<I", len(kept)) + table + text).ljust(first_content, b"\0")
    return data[:start] + body + content


def _aligned(size: int) -> int:
    return -(-size // _ALIGNMENT) * _ALIGNMENT
