"""The software bill of materials of a package: CycloneDX 1.6, JSON.

python packaging/sbom.py FILE
"""

from __future__ import annotations

import json
import os
import platform
import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from contents import version
from fetch_demo import MEMBER, NETWORK_SHA256, REQUIREMENT
from third_party import Component, components, locked

_SPACE = uuid.UUID("6f1a8f0e-6d0c-5c63-9d6e-2f5b6a1f4a55")


def bill() -> dict[str, Any]:
    """The document; the same versions and the same SOURCE_DATE_EPOCH give the same document."""
    parts = components([name for name in locked("requirements.txt") if name != "setuptools"])
    entries = [*(_library(part) for part in parts), _python(), _qt(parts), _network()]
    itself = {
        "type": "application",
        "bom-ref": f"rkviz@{version()}",
        "name": "rkviz",
        "version": version(),
        "licenses": [{"license": {"id": "Apache-2.0"}}],
    }
    seed = json.dumps([itself, entries], sort_keys=True)
    seconds = int(os.environ.get("SOURCE_DATE_EPOCH", "0"))
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(_SPACE, seed)}",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(seconds, UTC).isoformat(),
            "component": itself,
        },
        "components": entries,
        "dependencies": _dependencies(str(itself["bom-ref"]), entries, parts),
    }


def _library(part: Component) -> dict[str, Any]:
    name = part.name.lower().replace("_", "-")
    address = f"pkg:pypi/{name}@{part.version}"
    entry: dict[str, Any] = {
        "type": "library",
        "bom-ref": address,
        "name": part.name,
        "version": part.version,
        "purl": address,
        "licenses": [{"expression": part.licence}],
    }
    if part.homepage:
        entry["externalReferences"] = [{"type": "website", "url": part.homepage}]
    return entry


def _python() -> dict[str, Any]:
    number = platform.python_version()
    return {
        "type": "platform",
        "bom-ref": f"python@{number}",
        "name": "CPython",
        "version": number,
        "cpe": f"cpe:2.3:a:python:python:{number}:*:*:*:*:*:*:*",
        "licenses": [{"expression": "PSF-2.0"}],
    }


def _qt(parts: list[Component]) -> dict[str, Any]:
    number = next(part.version for part in parts if part.name.lower().startswith("pyside6"))
    return {
        "type": "framework",
        "bom-ref": f"qt@{number}",
        "name": "Qt",
        "version": number,
        "cpe": f"cpe:2.3:a:qt:qt:{number}:*:*:*:*:*:*:*",
        "licenses": [{"expression": "LGPL-3.0-only"}],
    }


def _network() -> dict[str, Any]:
    return {
        "type": "machine-learning-model",
        "bom-ref": "demo-network",
        "name": Path(MEMBER).name,
        "version": REQUIREMENT.partition("==")[2],
        "hashes": [{"alg": "SHA-256", "content": NETWORK_SHA256}],
        "licenses": [{"expression": "Apache-2.0"}],
    }


def _dependencies(
    itself: str, entries: list[dict[str, Any]], parts: list[Component]
) -> list[dict[str, Any]]:
    places = {part.name.lower().replace("_", "-"): _library(part)["bom-ref"] for part in parts}
    found: list[dict[str, Any]] = [
        {"ref": itself, "dependsOn": sorted(entry["bom-ref"] for entry in entries)}
    ]
    for part in parts:
        needs = (name.lower().replace("_", "-") for name in part.needs)
        known = sorted({places[name] for name in needs if name in places})
        found.append({"ref": _library(part)["bom-ref"], "dependsOn": known})
    return found


if __name__ == "__main__":
    text = json.dumps(bill(), indent=2, ensure_ascii=False) + "\n"
    Path(sys.argv[1]).write_text(text, encoding="utf-8")
