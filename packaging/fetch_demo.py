"""Fetches the network of the demo into rkviz/demo/network/ (ignored by git).

The PP-OCRv4 text detector lies in a wheel on the Python package index; the wheel is pinned,
checked against its SHA-256 and never installed. Where the network is there already, nothing
happens. See NOTICE for its origin and licence.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

REQUIREMENT = "rapidocr-onnxruntime==1.4.4"
WHEEL_SHA256 = "971d7d5f223a7a808662229df1ef69893809d8457d834e6373d3854bc1782cbf"
MEMBER = "rapidocr_onnxruntime/models/ch_PP-OCRv4_det_infer.onnx"
NETWORK_SHA256 = "d2a7720d45a54257208b1e13e36a8479894cb74155a5efe29462512d42f49da9"
FETCHED = Path(__file__).resolve().parent.parent / "rkviz" / "demo" / "network"


def main() -> int:
    target = FETCHED / Path(MEMBER).name
    if target.exists() and _sha256(target.read_bytes()) == NETWORK_SHA256:
        return 0
    print(f"fetching the demo network ({REQUIREMENT}, 15 MB)", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        wheel = _download(Path(folder))
        if wheel is None:
            return 1
        with zipfile.ZipFile(wheel) as archive:
            network = archive.read(MEMBER)
    FETCHED.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(f".{os.getpid()}")
    partial.write_bytes(network)
    partial.replace(target)
    return 0


def _download(folder: Path) -> Path | None:
    """The checked wheel in `folder`, or None after saying on stderr why there is none.

    `--ignore-requires-python`: the wheel's code stops at Python 3.12, the network in it does not.
    """
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--disable-pip-version-check", "--ignore-requires-python", "--only-binary=:all:"]
    command += ["--dest", str(folder), REQUIREMENT]
    if subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode:
        print("pip could not download it; is the package index reachable?", file=sys.stderr)
        return None
    wheel = next(folder.glob("*.whl"))
    if _sha256(wheel.read_bytes()) != WHEEL_SHA256:
        print(f"{wheel.name} is not the file that was pinned; it is not used.", file=sys.stderr)
        return None
    return wheel


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    raise SystemExit(main())
