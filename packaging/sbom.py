"""The software bill of materials of a package: CycloneDX 1.6, JSON."""

from __future__ import annotations

import json
import os
import platform
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from contents import version
from fetch_demo import MEMBER, NETWORK_SHA256, REQUIREMENT
from system_libraries import SystemPackage
from third_party import Component, bundled

_SPACE = uuid.UUID("6f1a8f0e-6d0c-5c63-9d6e-2f5b6a1f4a55")


def bill(builders: Sequence[str] = (), system: Sequence[SystemPackage] = ()) -> dict[str, Any]:
    """The document; the same versions and the same SOURCE_DATE_EPOCH give the same document.

    `builders` are distributions of which a package holds a part, `system` packages of the Linux
    it was built on. What a wheel says was compiled into it stands inside its entry.
    """
    parts = bundled(*builders)
    entries = [*(_library(part) for part in parts), _python(), _qt(parts), _network()]
    entries += [_system(package) for package in system]
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
    inside = [item for file in part.bills for item in _compiled_in(file)]
    if inside:
        entry["components"] = inside
    return entry


def _compiled_in(file: Path) -> list[dict[str, Any]]:
    """Libraries of another document: what names them, without its references among them."""
    kept = ("type", "name", "version", "purl", "licenses")
    document = json.loads(file.read_text(encoding="utf-8"))
    itself = document["metadata"]["component"]["name"].lower()
    return [
        {name: item[name] for name in kept if name in item}
        for item in document.get("components", ())
        if item["type"] == "library" and item["name"].lower() != itself
    ]


def _system(package: SystemPackage) -> dict[str, Any]:
    address = f"pkg:deb/{package.distribution}/{package.name}@{quote(package.version)}"
    return {
        "type": "library",
        "bom-ref": address,
        "name": package.name,
        "version": package.version,
        "purl": address,
        "licenses": [{"license": {"name": f"licences/{package.name}/copyright"}}],
    }


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
