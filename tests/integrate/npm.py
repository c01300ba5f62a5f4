"""Packages from the npm registry and the programs they bring, in a folder that goes with the run."""

import shutil
import subprocess
from pathlib import Path

from tests.conftest import missing

INSTALL_SECONDS = 180


def install(folder: Path, *packages: str) -> Path:
    """Install packages; skips, or fails where node is required, when there is no npm or no registry answers it."""
    npm = shutil.which("npm")
    if npm is None:
        missing("node", "there is no npm")
    command = [
        npm or "npm",
        "install",
        "--silent",
        "--no-save",
        "--no-package-lock",
        "--ignore-scripts",
        *packages,
    ]
    try:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=INSTALL_SECONDS)
    except (OSError, subprocess.SubprocessError) as error:
        missing("node", f"npm did not install {', '.join(packages)}: {error}")
    return folder


def run(folder: Path, *command: str) -> str:
    """Run a program of the packages; what it says on failure is the failure."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
