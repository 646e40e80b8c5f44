"""Where a packaged rkviz begins; the same as the `rkviz` command."""

import multiprocessing
import os
import sys

from rkviz.cli import main

if __name__ == "__main__":
    # A child process of a packaged program starts the program once more; this ends that one.
    multiprocessing.freeze_support()
    # PyInstaller's start points these at the package; a browser or Python we start is not in it.
    # Our own Qt finds its plugins without: the wheel carries a qt.conf.
    if sys.platform == "linux":
        os.environ.pop("QT_PLUGIN_PATH", None)
        os.environ.pop("QML2_IMPORT_PATH", None)
        before = os.environ.pop("LD_LIBRARY_PATH_ORIG", None)
        os.environ.pop("LD_LIBRARY_PATH", None)
        if before is not None:
            os.environ["LD_LIBRARY_PATH"] = before
    sys.exit(main())
