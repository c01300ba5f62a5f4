"""Build what readers download from the sources beside it: `./run embed`, or `./run embed --check` to compare only.

The modules become one script, names are shortened, comments and spaces go (esbuild, then terser, both from npm). The
result lies in `static/dist/` and is committed, so that nobody who installs or runs the service needs Node. `SOURCES`
names what it was built from: a test refuses sources that have changed since, on a machine without npm too.
"""

import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

STATIC: Final = Path(__file__).parent / "static"
DIST: Final = STATIC / "dist"
SOURCES: Final = "SOURCES"
TOOLS: Final = ("--package=esbuild@0.28.2", "--package=terser@5.51.4")
SHAPE: Final = ("--target=es2022", "--charset=utf8", "--log-level=warning")
ALONE: Final = ("count.js", "texts.*.js", "*.css")
"""What is served by itself; every other module goes into embed.js."""


def sources() -> dict[str, str]:
    """Return the hash of every source, by name."""
    files = (path for path in STATIC.iterdir() if path.suffix in {".js", ".css"})
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(files)}


def listed() -> str:
    """Write the hashes as the built folder keeps them."""
    return "".join(f"{digest}  {name}\n" for name, digest in sources().items())


def build(folder: Path) -> None:
    """Build everything into a folder. Raises `CalledProcessError` where npm or a tool fails."""
    alone = [str(path) for pattern in ALONE for path in sorted(STATIC.glob(pattern))]
    _run("esbuild", *alone, "--minify", f"--outdir={folder}", *SHAPE)
    bundle = folder / "embed.js"
    _run(
        "esbuild",
        str(STATIC / "embed.js"),
        "--bundle",
        "--minify",
        "--format=iife",
        f"--outfile={bundle}",
        *SHAPE,
    )
    _run(
        "terser", str(bundle), "--compress", "passes=3", "--mangle", "--ecma", "2020", "--output", str(bundle)
    )
    (folder / SOURCES).write_text(listed(), encoding="utf-8")


def _run(*command: str) -> None:
    subprocess.run(["npm", "exec", "--yes", *TOOLS, "--", *command], check=True)  # noqa: S603, S607 - our own words


def main(arguments: list[str]) -> None:
    """Build in place, or say what would differ."""
    if arguments not in ([], ["--check"]):
        sys.exit("usage: ./run embed [--check]")
    if not arguments:
        DIST.mkdir(exist_ok=True)
        for old in DIST.iterdir():
            old.unlink()
        build(DIST)
        return
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        build(folder)
        names = {path.name for path in (*folder.iterdir(), *DIST.iterdir())}
        stale = sorted(name for name in names if _content(folder / name) != _content(DIST / name))
    if stale:
        sys.exit(f"not what the sources build: {', '.join(stale)}; run ./run embed and commit")


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


if __name__ == "__main__":
    main(sys.argv[1:])
