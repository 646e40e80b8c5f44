"""Lays a packaged rkviz out as a Debian package and builds it with dpkg-deb.

The same input and the same SOURCE_DATE_EPOCH give the same file.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from contents import ROOT, version
from third_party import HERE

_FONTS = "fonts-"
_CONTROL = """\
Package: rkviz
Version: {version}
Architecture: {architecture}
Maintainer: The rkviz authors <rkviz@users.noreply.github.com>
Installed-Size: {size_kib}
Depends: {depends}
Recommends: {recommends}
Section: devel
Priority: optional
Homepage: https://github.com/rkviz/rkviz
Description: quantization of vision networks for Rockchip RV1126 boards
 Opens an ONNX, TensorFlow Lite or RKNN network, quantizes it the way the
 NPU does, and shows for every layer what that costs and why: error, range,
 type, time. Types and ranges are changed with a click and written back for
 the vendor's toolkit. Nothing is sent anywhere.
"""


def requirements() -> tuple[list[str], list[str]]:
    """(Depends, Recommends) from apt-packages.txt: libraries and fonts, alternatives kept.

    What the package brings itself is left out.
    """
    brought = re.compile(r"libxcb-(cursor|icccm|image|keysyms|render-util)\d|libxkbcommon-x11")
    depends: list[str] = []
    recommends: list[str] = []
    for line in (HERE / "apt-packages.txt").read_text(encoding="utf-8").splitlines():
        text = " ".join(line.partition("#")[0].split())
        if text and not brought.match(text):
            (recommends if text.startswith(_FONTS) else depends).append(text)
    return depends, recommends


def needed_glibc(program: Path) -> str:
    """The newest glibc a symbol of the libraries in `program` is of, such as "2.35".

    Needs objdump; the libraries are those of wheels and of the Python that built the package.
    """
    files = [str(path) for path in program.rglob("*.so*") if path.is_file()]
    shown = subprocess.run(["objdump", "-T", *files], capture_output=True, text=True, check=False)
    found = {(int(a), int(b)) for a, b in re.findall(r"GLIBC_(\d+)\.(\d+)", shown.stdout)}
    return "{}.{}".format(*max(found))


def build_deb(program: Path, icons: Path, papers: Path, target: Path) -> Path:
    """Write the .deb into `target` and return it.

    `program` is the folder to be /usr/lib/rkviz, `icons` holds NNxNN.png, `papers` what goes to
    /usr/share/doc/rkviz. Needs dpkg-deb; raises subprocess.CalledProcessError.
    """
    tree = target / "deb"
    shutil.rmtree(tree, ignore_errors=True)
    shutil.copytree(program, tree / "usr" / "lib" / "rkviz", symlinks=True)
    _place(tree, icons, papers)
    size_kib = sum(
        -(-path.lstat().st_size // 1024) for path in tree.rglob("*") if not path.is_dir()
    )
    architecture = _said("dpkg", "--print-architecture")
    depends, recommends = requirements()
    depends = [f"libc6 (>= {needed_glibc(program)})", "libstdc++6 (>= 11)", *depends]
    control = tree / "DEBIAN"
    control.mkdir()
    (control / "control").write_text(
        _CONTROL.format(
            version=version(),
            architecture=architecture,
            size_kib=size_kib,
            depends=", ".join(depends),
            recommends=", ".join(recommends),
        ),
        encoding="utf-8",
    )
    for script in ("postinst", "postrm"):
        shutil.copyfile(HERE / "linux" / "postinst", control / script)
        (control / script).chmod(0o755)
    _same_everywhere(tree)
    file = target / f"rkviz_{version()}_{architecture}.deb"
    subprocess.run(
        ["dpkg-deb", "--root-owner-group", "-Zxz", "--build", str(tree), str(file)],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    shutil.rmtree(tree)
    return file


def _place(tree: Path, icons: Path, papers: Path) -> None:
    share = tree / "usr" / "share"
    files = {
        share / "applications" / "rkviz.desktop": HERE / "linux" / "rkviz.desktop",
        share / "mime" / "packages" / "rkviz.xml": HERE / "linux" / "rkviz-mime.xml",
        share / "man" / "man1" / "rkviz.1": HERE / "linux" / "rkviz.1",
        share / "icons/hicolor/scalable/apps/rkviz.svg": ROOT
        / "rkviz/gui/resources/icons/rkviz.svg",
    }
    for picture in icons.glob("*x*.png"):
        files[share / "icons" / "hicolor" / picture.stem / "apps" / "rkviz.png"] = picture
    for place, file in files.items():
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, place)
    subprocess.run(["gzip", "-9n", str(share / "man" / "man1" / "rkviz.1")], check=True)
    shutil.copytree(papers, share / "doc" / "rkviz")
    (tree / "usr" / "bin").mkdir()
    (tree / "usr" / "bin" / "rkviz").symlink_to("../lib/rkviz/rkviz")


def _same_everywhere(tree: Path) -> None:
    """One time and the usual permissions for every file, whoever builds."""
    seconds = int(os.environ["SOURCE_DATE_EPOCH"])
    for path in (tree, *tree.rglob("*")):
        if not path.is_symlink():
            runs = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if runs else 0o644)
        os.utime(path, (seconds, seconds), follow_symlinks=False)


def _said(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
