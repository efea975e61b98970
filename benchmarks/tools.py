"""The programs that no Python package carries: from the system's packages, or left out."""

from __future__ import annotations

import os
import shutil
import subprocess

PACKAGES = {"nginx": "nginx-light", "wrk": "wrk", "h2load": "nghttp2-client"}
os.environ["PATH"] = f"{os.environ.get('PATH', '')}:/usr/sbin"  # where Debian has nginx


def install() -> None:
    """Install what is missing where that can be done without asking: as root on Debian."""
    wanted = [PACKAGES[tool] for tool in missing()]
    if wanted and os.geteuid() == 0 and shutil.which("apt-get"):
        environ = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for arguments in (["update"], ["install", "--no-install-recommends", *wanted]):
            subprocess.run(["apt-get", "-qq", "-y", *arguments], env=environ)


def missing() -> list[str]:
    """Return the programs that are not here: what needs them is left out."""
    return [tool for tool in PACKAGES if shutil.which(tool) is None]


def said() -> str:
    """Return one line about what is missing; empty: nothing is."""
    if not missing():
        return ""
    packages = " ".join(PACKAGES[tool] for tool in missing())
    return (
        f"NOT INSTALLED: {', '.join(missing())}. Figures of serving that need them are left out; "
        f"as root: apt-get install {packages}"
    )
