"""Writing a file all or nothing: whoever reads it sees the old content or the new one."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from pathlib import Path

from rkviz.errors import RkvizError

_ADVICE = {
    errno.ENOENT: "its folder does not exist; create the folder or choose another one",
    errno.ENOTDIR: "its folder does not exist; create the folder or choose another one",
    errno.ENOSPC: "the disk is full; free some space or choose another disk",
    errno.EDQUOT: "your disk quota is used up; free some space or choose another disk",
    errno.EACCES: "writing there is not permitted; choose another folder, or close the program "
    "that has the file open",
    errno.EPERM: "writing there is not permitted; choose another folder",
    errno.EROFS: "the disk is read-only; choose another folder",
    errno.EISDIR: "it is a folder; choose a file name",
    errno.ENAMETOOLONG: "the name is too long; choose a shorter one",
}


def write_atomically(
    path: Path, data: bytes | str, error: type[RkvizError], encoding: str = "utf-8"
) -> None:
    """Replace the content of `path` by `data` (text in `encoding`), or leave everything as it was.

    The bytes go to a new file in the same folder, are forced to the disk, and take the name of
    `path` in one step. The permissions of a file that was there are kept; a link keeps pointing
    to the file that is written. Raises `error` with one sentence when that is not possible.
    """
    try:
        content = data.encode(encoding) if isinstance(data, str) else data
    except UnicodeEncodeError as cause:
        broken = cause.object[cause.start : cause.end]
        raise error(
            f"{path} cannot be written: {broken!r} is not a character of any file encoding; "
            "rename what carries it."
        ) from None
    try:
        target = Path(os.path.realpath(path))
        temporary = target.parent / f".{secrets.token_hex(8)}.part"
        mode = _mode_to_keep(target)
        try:
            _write_new(temporary, content, mode)
            temporary.replace(target)
        finally:
            with contextlib.suppress(OSError):
                temporary.unlink()
    except OSError as cause:
        reason = _ADVICE.get(cause.errno or 0, cause.strerror or str(cause))
        raise error(f"{path} cannot be written: {reason}.") from None
    except ValueError:
        raise error(
            f"{str(path)!r} cannot be written: no file name may hold that character; choose "
            "another name."
        ) from None


def _mode_to_keep(target: Path) -> int | None:
    """The permissions of a file to be replaced; raises OSError when it must not be."""
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    # Replacing asks the folder for permission, not the file: a protected file would be lost.
    if not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    return stat.S_IMODE(mode)


def _write_new(path: Path, content: bytes, mode: int | None) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    if mode is not None:
        path.chmod(mode)
