"""What goes into a packaged rkviz: everything that was collected, less what nobody reaches.

The spec asks `is_wanted` for every collected file. What is dropped stands here as patterns on the
place in the package; that nothing imported was dropped, `check_package.py` finds out by running
the package.
"""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COLLECTED = ROOT / "build" / "collected.txt"
"""Written by the spec: which files the modules and libraries of a package are copies of."""

UNUSED_MODULES = (
    # PyInstaller follows every import it reads, also those inside functions nobody calls.
    "IPython", "OpenGL", "cupy", "jax", "matplotlib", "numba", "pandas", "pytest", "scipy",
    "setuptools", "pkg_resources", "sympy", "tensorflow", "tkinter", "torch",
    "unittest", "lib2to3", "ensurepip", "test", "distutils", "idlelib", "turtledemo",
    "PIL.ImageTk", "PIL.ImageQt", "PIL._imagingtk", "PIL._avif", "PIL.AvifImagePlugin",
    "numpy.f2py", "numpy.distutils", "numpy.testing", "numpy._core.tests",
    "onnx.backend", "onnx.reference", "onnx.tools", "onnx.test",
    "onnxruntime.quantization", "onnxruntime.tools", "onnxruntime.transformers",
    "onnxruntime.datasets", "onnxruntime.backend",
    "pyqtgraph.examples", "pyqtgraph.opengl", "pyqtgraph.console", "pyqtgraph.jupyter",
    "pyqtgraph.flowchart", "pyqtgraph.dockarea",
    "PySide6.QtNetwork", "PySide6.QtQml", "PySide6.QtQuick", "PySide6.QtQuickWidgets",
    "PySide6.QtDesigner", "PySide6.QtHelp", "PySide6.QtPrintSupport", "PySide6.QtSql",
    "PySide6.QtTest", "PySide6.QtUiTools", "PySide6.QtXml", "PySide6.QtConcurrent",
    "PySide6.QtDBus",
    # What builds the manual lies in the same environment.
    "yaml", "jinja2", "markdown", "markupsafe", "mkdocs", "watchdog",
    # Files of these kinds are none of ours, and readline is under the GPL.
    "bz2", "_bz2", "lzma", "_lzma", "readline", "curses", "_curses", "_uuid",
    # rkviz never goes to the network, so it brings nothing to go there with.
    "_ssl", "ssl", "_hashlib",
)  # fmt: skip
"""Left out before collecting; importing one in the package is an ImportError."""

_UNWANTED = (
    # Qt: other windows than ours, other languages, themes that draw in another toolkit.
    r"PySide6/(Qt/)?qml/",
    r"PySide6/(Qt/)?translations/(?!qtbase_zh_CN\.qm$)",
    r"PySide6/(Qt/)?plugins/(platformthemes/libqgtk3|platforminputcontexts/libqtvirtualkeyboard)",
    r"PySide6/(Qt/)?plugins/(egldeviceintegrations|generic|networkinformation|tls|qmltooling)/",
    r"PySide6/(Qt/)?plugins/(printsupport|sqldrivers|virtualkeyboard|assetimporters)/",
    r"PySide6/(Qt/)?plugins/imageformats/(lib)?q(gif|icns|tga|tiff|wbmp|webp|pdf)\b",
    r"PySide6/(Qt/)?plugins/platforms/(lib)?q(eglfs|linuxfb|minimalegl|vnc|vkkhrdisplay)\b",
    r"PySide6/(Qt/lib/)?(lib)?Qt6?(Qml|Quick|Designer|Help|Test|Sql|PrintSupport|Virtual|Eglfs)",
    r"PySide6/(Qt/lib/)?(lib)?Qt6?(WaylandCompositor|EglFSDevice|Pdf|ShaderTools|Labs|Network\b)",
    r"PySide6/(opengl32sw|d3dcompiler_47)\.dll$",
    # onnxruntime: the C library is inside its Python module once more.
    r"onnxruntime/capi/libonnxruntime\.",
    r"onnxruntime/(datasets|tools|transformers|quantization|backend)/",
    r"onnx/(backend|reference|test|tools|bin)/",
    r"onnx/.*\.(proto|proto3|in|h|cc|hpp|md|pb)$",
    r"pyqtgraph/(examples|colors/maps|icons/.*\.(?!svg)|.*\.(ui|pyi))",
    r"numpy/_core/_(multiarray|operand_flag|rational|struct_ufunc|umath)_tests\.",
    r"numpy/.*(/tests/|\.pyi$|/include/|\.(a|lib|h|pxd)$)",
    r"pillow\.libs/(libavif|libaom|libsvtav1|libdav1d)",
    # From the machine that builds: what every desktop has, in the versions its drivers fit.
    r"lib(stdc\+\+|gcc_s|EGL|GL|GLX|GLdispatch|OpenGL|drm|gbm|glib-2\.0|gthread-2\.0)\.so",
    r"lib(X11|X11-xcb|xcb|xcb-(glx|randr|render|shape|shm|sync|xfixes|xkb)|Xau|Xdmcp|Xext)\.so",
    r"lib(xkbcommon|wayland-[a-z]+|dbus-1|fontconfig|freetype|expat|systemd|z|bsd|md|pcre.*)\.so",
    r".*\.dist-info/(sboms/|RECORD|INSTALLER|WHEEL|REQUESTED|direct_url\.json$|top_level\.txt$)",
)
_UNWANTED_PATTERN = re.compile("|".join(f"(?:{pattern})" for pattern in _UNWANTED))


def is_wanted(place: str) -> bool:
    """Whether a collected file stays; `place` is where it lies in the package, with / or \\."""
    return _UNWANTED_PATTERN.match(place.replace("\\", "/")) is None


def resources() -> list[tuple[str, str]]:
    """(file, folder in the package) of everything under rkviz/ that is not Python.

    Raises FileNotFoundError where the network of the demo was not fetched.
    """
    network = ROOT / "rkviz" / "demo" / "network"
    if not any(network.glob("*.onnx")):
        raise FileNotFoundError(f"{network} holds no network; run packaging/fetch_demo.py.")
    found: list[tuple[str, str]] = []
    for path in sorted((ROOT / "rkviz").rglob("*")):
        hidden = path.suffix in (".py", ".pyc") or "__pycache__" in path.parts
        if path.is_file() and not hidden:
            found.append((str(path), path.parent.relative_to(ROOT).as_posix()))
    return found


def version() -> str:
    """`rkviz.__version__` without importing rkviz; the one place it is written down."""
    text = (ROOT / "rkviz" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "([^"]+)"$', text, re.MULTILINE)
    assert found is not None, "rkviz/__init__.py states no version"
    return found[1]
