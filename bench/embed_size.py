"""What readers download for a comment box: gzip bytes of our scripts and styles beside Isso's, Waline's and Artalk's.

Ours are the files as the service serves them; theirs are the bundles that they publish, fetched from the registries
into a folder that is thrown away. All are packed the same way (gzip -9), so the ratios at the end do not depend on a
server. Counted is what a page with a box loads: the scripts with the largest catalogue of texts, and the styles; beside
it the script that fills counts on list pages, where there is one of its own. Pictures and the comments are not counted.
Waline's slim bundle leaves Vue, marked and others to the page, so it is no whole.

Run: `./run bench embed_size`. Needs npm and pip; a registry that does not answer leaves its lines out.
"""

import logging
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

sys.path.insert(0, str(Path(__file__).parents[1]))
from moderation.app import create_app
from moderation.settings import Settings
from tests.http.embed.downloads import CATALOGUES, COUNT, SCRIPTS, STYLES, gzipped


@dataclass(frozen=True)
class Bundle:
    """One client: the files that a page loads, by their end in the package."""

    name: str
    scripts: Sequence[str]
    styles: Sequence[str]
    count: str | None = None


@dataclass(frozen=True)
class Size:
    name: str
    version: str
    script: int
    style: int
    count: int | None


PEERS: Mapping[tuple[str, str], Sequence[Bundle]] = {
    ("pip", "isso"): (
        Bundle("Isso", ("js/embed.min.js",), ("css/isso.css",), "js/count.min.js"),
    ),
    ("npm", "@waline/client"): (
        Bundle("Waline", ("dist/waline.js",), ("dist/waline.css",), "dist/comment.js"),
        Bundle("Waline slim, without Vue", ("dist/slim.js",), ("dist/waline.css",)),
    ),
    ("npm", "artalk"): (
        Bundle("Artalk", ("dist/Artalk.js",), ("dist/Artalk.css",)),
        Bundle("Artalk Lite", ("dist/ArtalkLite.js",), ("dist/ArtalkLite.css",)),
    ),
}  # fmt: skip


def main() -> None:
    """Print the table, then what each peer weighs in multiples of ours."""
    mine = ours()
    sizes = [mine]
    for (registry, package), bundles in PEERS.items():
        with tempfile.TemporaryDirectory(prefix="moderation-bench-") as folder:
            try:
                version, files = fetch(registry, package, Path(folder))
            except (OSError, subprocess.SubprocessError) as error:
                print(f"left out: {package} ({error})", file=sys.stderr)
                continue
            sizes += [weigh(bundle, version, files) for bundle in bundles]

    print("| client | version | JS | CSS | together | × ours | script of list pages |")
    print("|---|---|---:|---:|---:|---:|---:|")
    for size in sizes:
        whole = size.script + size.style
        ratio = whole / (mine.script + mine.style)
        count = "–" if size.count is None else f"{size.count:,}"
        print(
            f"| {size.name} | {size.version} | {size.script:,} | {size.style:,} | {whole:,} | {ratio:.1f} | {count} |"
        )


def ours() -> Size:
    """Weigh what the service serves, through the whole application."""
    settings = Settings(
        database_url="sqlite://", secret_key="for measuring only, " * 3, limits_url="memory://"
    )
    client = create_app(settings).test_client()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))

    def weight(address: str) -> int:
        answer = client.get(address)
        if answer.status_code != 200:
            raise SystemExit(f"{address} answers {answer.status_code}")
        return gzipped(answer.data)

    return Size(
        "ours",
        "this tree",
        sum(map(weight, SCRIPTS)) + max(map(weight, CATALOGUES.values())),
        sum(map(weight, STYLES)),
        weight(COUNT),
    )


def fetch(registry: str, package: str, folder: Path) -> tuple[str, Callable[[str], bytes]]:
    """Fetch a package as its registry has it; return its version and a reader of its files. Nothing of it is run."""
    fetching: dict[str, list[str]] = {
        "npm": ["npm", "pack", "--silent", "--ignore-scripts", package],
        "pip": [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", package],
    }
    subprocess.run(fetching[registry], cwd=folder, check=True, capture_output=True, timeout=120)
    (archive,) = folder.iterdir()
    unpacked = folder / "unpacked"
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            wheel.extractall(unpacked)
    else:
        with tarfile.open(archive) as opened:
            opened.extractall(unpacked, filter="data")
    (version,) = re.findall(r"-(\d[\w.]*?)(?=-|\.tgz$|\.tar\.gz$)", archive.name)[:1]

    def read(end: str) -> bytes:
        (path,) = (one for one in unpacked.rglob(Path(end).name) if one.as_posix().endswith(f"/{end}"))
        return path.read_bytes()

    return version, read


def weigh(bundle: Bundle, version: str, files: Callable[[str], bytes]) -> Size:
    """Weigh one published client."""
    return Size(
        bundle.name,
        version,
        sum(gzipped(files(name)) for name in bundle.scripts),
        sum(gzipped(files(name)) for name in bundle.styles),
        None if bundle.count is None else gzipped(files(bundle.count)),
    )


if __name__ == "__main__":
    main()
