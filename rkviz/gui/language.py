"""English and Chinese: translations read from the .ts file itself, switched at once."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QObject, QTranslator

from rkviz.gui.resources import translation_file

LANGUAGES = {"en": "English", "zh_CN": "简体中文"}
"""Code -> the language's name in itself."""

_OWNER_NAME = "rkviz-translator"


def system_language() -> str:
    """The language to begin with: Chinese on a Chinese system, English elsewhere."""
    spoken = QLocale.system().uiLanguages()
    return "zh_CN" if spoken and spoken[0].lower().startswith("zh") else "en"


def read_translations(path: Path) -> dict[tuple[str, str], str]:
    """(context, source) -> finished translation, from a .ts file of Qt Linguist."""
    found: dict[tuple[str, str], str] = {}
    for context in ET.parse(path).getroot().iter("context"):
        name = context.findtext("name", "")
        for entry in context.iter("message"):
            translation = entry.find("translation")
            if translation is not None and translation.text and not translation.get("type"):
                found[name, entry.findtext("source", "")] = translation.text
    return found


def current_language() -> str:
    """The language that `apply_language` switched to last."""
    app = QCoreApplication.instance()
    found = app.findChildren(TsTranslator, _OWNER_NAME) if app is not None else []
    return found[-1].language if found else "en"


class TsTranslator(QTranslator):
    """Looks strings up in a .ts file, so that nothing has to be compiled before a start."""

    def __init__(self, path: Path, language: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.language = language
        self._known = read_translations(path)

    def isEmpty(self) -> bool:
        return not self._known

    def translate(
        self,
        context: str,
        source: str,
        disambiguation: str | None = None,
        n: int = -1,
    ) -> str | None:
        return self._known.get((context, source))


def apply_language(app: QCoreApplication, language: str) -> None:
    """Show `language` everywhere from now on; widgets get LanguageChange events.

    Raises KeyError for a language that is not in LANGUAGES.
    """
    LANGUAGES[language]
    for translator in app.findChildren(QTranslator, _OWNER_NAME):
        app.removeTranslator(translator)
        translator.setObjectName("")
        translator.deleteLater()
    if language == "en":
        return
    of_qt = QTranslator(app)
    of_qt.setObjectName(_OWNER_NAME)
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if of_qt.load(f"qtbase_{language}", folder):
        app.installTranslator(of_qt)
    ours = TsTranslator(translation_file(language), language, app)
    ours.setObjectName(_OWNER_NAME)
    app.installTranslator(ours)
