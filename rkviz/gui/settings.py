"""What the window remembers between starts; a damaged file costs nothing but the memory."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from pathlib import Path

from PySide6.QtCore import QSettings

from rkviz import places
from rkviz.gui.language import LANGUAGES
from rkviz.picture.colour_scale import PALETTES

THEMES = ("system", "light", "dark")
THREADS = ("1", "2", "4", "8", "all")
_RECENT_LIMIT = 10


class Settings:
    """Typed access to an INI file that holds nothing but strings."""

    def __init__(self, path: Path | None = None) -> None:
        file = path or places.settings_file()
        self._store = QSettings(str(file), QSettings.Format.IniFormat)

    @property
    def language(self) -> str:
        """A code of LANGUAGES; empty for what the system speaks."""
        return self._choice("language", tuple(LANGUAGES), "")

    @language.setter
    def language(self, code: str) -> None:
        self._store.setValue("language", code)

    @property
    def theme(self) -> str:
        return self._choice("theme", THEMES, "system")

    @theme.setter
    def theme(self, name: str) -> None:
        self._store.setValue("theme", name)

    @property
    def palette(self) -> str:
        """The colours of errors, a key of PALETTES."""
        return self._choice("palette", tuple(PALETTES), "default")

    @palette.setter
    def palette(self, name: str) -> None:
        self._store.setValue("palette", name)

    @property
    def threads(self) -> str:
        """One of THREADS; empty where none was chosen."""
        return self._choice("threads", THREADS, "")

    @threads.setter
    def threads(self, name: str) -> None:
        self._store.setValue("threads", name)

    @property
    def live(self) -> bool:
        return self._choice("live", ("yes", "no"), "yes") == "yes"

    @live.setter
    def live(self, live: bool) -> None:
        self._store.setValue("live", "yes" if live else "no")

    @property
    def moves(self) -> bool:
        """Whether boxes and panels slide to their places."""
        return self._choice("moves", ("yes", "no"), "yes") == "yes"

    @moves.setter
    def moves(self, moves: bool) -> None:
        self._store.setValue("moves", "yes" if moves else "no")

    @property
    def recent_files(self) -> tuple[Path, ...]:
        """The latest first; files may have gone since."""
        try:
            entries = json.loads(self._text("recent_files"))
        except (ValueError, RecursionError):
            return ()
        if not isinstance(entries, list):
            return ()
        good = [entry for entry in entries if isinstance(entry, str) and entry.strip("\0")]
        return tuple(Path(entry) for entry in good[:_RECENT_LIMIT] if "\0" not in entry)

    def add_recent_file(self, path: Path) -> None:
        self._store.sync()  # another window may have added some
        others = [entry for entry in self.recent_files if entry != path]
        kept = [str(entry) for entry in (path, *others)][:_RECENT_LIMIT]
        self._store.setValue("recent_files", json.dumps(kept))

    def forget_recent_files(self) -> None:
        self._store.remove("recent_files")

    @property
    def last_folder(self) -> Path | None:
        """Where the user chose a file the last time; None before that."""
        text = self._text("last_folder")
        return Path(text) if text and "\0" not in text else None

    def keep_last_folder(self, folder: Path) -> None:
        self._store.setValue("last_folder", str(folder))

    def layout(self, name: str) -> bytes:
        """Bytes kept by `keep_layout`; empty when there are none that can be read."""
        try:
            return b64decode(self._text(f"layout/{name}"), validate=True)
        except (Base64Error, ValueError):
            return b""

    def keep_layout(self, name: str, data: bytes) -> None:
        self._store.setValue(f"layout/{name}", b64encode(data).decode("ascii"))

    def write(self) -> None:
        """Put everything on disk now; without a word when that is not possible."""
        self._store.sync()

    def _text(self, key: str) -> str:
        value = self._store.value(key, "")
        return value if isinstance(value, str) else ""

    def _choice(self, key: str, known: tuple[str, ...], default: str) -> str:
        text = self._text(key)
        return text if text in known else default
