"""The programs that no Python package carries: from the system's packages, or left out."""

from __future__ import annotations

import os
import shutil
import subprocess

PACKAGES = {"nginx": "nginx-light", "wrk": "wrk", "h2load": "nghttp2-client"}
os.environ["PATH"] = f"{os.environ.get('PATH', '')}:/usr/sbin"  # where Debian has nginx


def install() -> None:
    """Install what is missing where that can be done without asking: as root on Debian."""
    wanted = [PACKAGES[tool] for tool in _missing(PACKAGES)]
    if wanted and os.geteuid() == 0 and shutil.which("apt-get"):
        environ = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for arguments in (["update"], ["install", "--no-install-recommends", *wanted]):
            subprocess.run(["apt-get", "-qq", "-y", *arguments], env=environ)


def left_out(needs: dict[str, tuple[str, ...]]) -> dict[str, str]:
    """Return measurement → the sentence that says why it is left out."""
    said = {}
    for name, tools in needs.items():
        if missing := _missing(tools):
            packages = " ".join(PACKAGES[tool] for tool in missing)
            said[name] = f"{name} is left out: no {', '.join(missing)} (apt-get install {packages})"
    return said


def _missing(tools: object) -> list[str]:
    return [tool for tool in tools if shutil.which(tool) is None]  # type: ignore[attr-defined]
