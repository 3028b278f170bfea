"""WeasyPrint's native libraries and a font: the system's, by apt as root, or unpacked beside the venv without root."""

import ctypes
import os
import shutil
import subprocess
from pathlib import Path
from xml.sax.saxutils import escape

from environment import say

LIBRARIES = [
    "libgobject-2.0.so.0",
    "libpango-1.0.so.0",
    "libpangoft2-1.0.so.0",
    "libharfbuzz.so.0",
    "libharfbuzz-subset.so.0",
    "libfontconfig.so.1",
]
PACKAGES = ["libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0", "fonts-dejavu-core"]
FONT_FOLDERS = ["/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts"]
PATIENCE = 300  # seconds for one apt call

FONTS_CONF = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>/usr/share/fonts</dir>
  <dir>{folder}/usr/share/fonts</dir>
  <include ignore_missing="yes">{folder}/etc/fonts/conf.d</include>
  <cachedir>{folder}/cache</cachedir>
</fontconfig>
"""


def provide(root: Path) -> dict[str, str]:
    """Return the variables under which a PDF can be written; empty when none are needed, or when it cannot.

    The second case is told in one line, and is no failure: HTML, JSON and CSV need none of this.
    """
    if on_system():
        return {}
    folder = root / ".native"
    if (folder / "complete").exists():
        return _variables(folder)
    if not shutil.which("apt-get"):
        problem = "install Pango with HarfBuzz, fontconfig and a font with your system's package manager"
    elif os.geteuid() == 0:
        problem = _install()
        if not problem and on_system():
            return {}
    else:
        problem = _unpack(folder)
        if not problem:
            return _variables(folder)
    say(f"PDF off: {problem or 'the libraries do not load'}; HTML, JSON and CSV are written")
    return {}


def on_system() -> bool:
    """Whether the system itself has every library and at least one font."""
    try:
        for name in LIBRARIES:
            ctypes.CDLL(name)
    except OSError:
        return False
    folders = [Path(name).expanduser() for name in FONT_FOLDERS]
    return any(file.suffix.lower() in {".ttf", ".otf", ".ttc"} for folder in folders for file in folder.rglob("*"))


def _install() -> str:
    """As root. Returns what a person has to do when it failed."""
    say(f"installing for PDF with apt: {' '.join(PACKAGES)}")
    install = ["install", "-y", "--no-install-recommends", *PACKAGES]
    if _apt([], install) is None and (_apt([], ["update"]) is None or _apt([], install) is None):
        return f"apt-get install {' '.join(PACKAGES)} did not work"
    return ""


def _unpack(folder: Path) -> str:
    """Without root: fetch the packages that the system lacks and unpack them into `folder`."""
    by_hand = f"ask for: apt-get install {' '.join(PACKAGES)}"
    if not shutil.which("dpkg-deb"):
        return by_hand
    say(f"unpacking for PDF beside the venv: {' '.join(PACKAGES)}")
    downloads = folder / "archives"
    try:
        shutil.rmtree(folder, ignore_errors=True)
        downloads.mkdir(parents=True)
    except OSError as problem:
        return f"cannot write {folder} ({problem.strerror}); {by_hand}"
    plan = ["install", "-s", "--no-install-recommends", *PACKAGES]
    options: list[str] = []
    listing = _apt(options, plan)
    if listing is None:  # no package lists on this machine yet: fetch them into a folder of our own
        options = _own_lists(folder)
        listing = _apt(options, plan) if _apt(options, ["update"]) is not None else None
    wanted = [line.split()[1] for line in (listing or "").splitlines() if line.startswith("Inst ")]
    if listing is None or (wanted and _apt(options, ["download", *wanted], cwd=downloads) is None):
        return f"the packages could not be fetched; {by_hand}"
    for archive in sorted(downloads.glob("*.deb")):
        if subprocess.run(["dpkg-deb", "-x", archive, folder], capture_output=True, check=False).returncode:
            return f"{archive.name} could not be unpacked; {by_hand}"
    for leftover in (downloads, folder / "lists", folder / "apt-cache"):
        shutil.rmtree(leftover, ignore_errors=True)
    (folder / "fonts.conf").write_text(FONTS_CONF.format(folder=escape(str(folder))))
    (folder / "complete").touch()
    return ""


def _own_lists(folder: Path) -> list[str]:
    """Options with which apt works without root, beside the system's own state (which it still reads)."""
    for name in ("lists/partial", "apt-cache/archives/partial"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    return [
        "-o",
        f"Dir::State::Lists={folder}/lists",
        "-o",
        f"Dir::Cache={folder}/apt-cache",
        "-o",
        "Debug::NoLocking=1",
        "-o",
        "APT::Sandbox::User=",
    ]


def _apt(options: list[str], arguments: list[str], cwd: Path | None = None) -> str | None:
    """Standard output of one apt-get call, None when it failed."""
    retry = ["-o", "Acquire::Retries=2", "-o", "Acquire::http::Timeout=20", "-o", "Acquire::https::Timeout=20"]
    variables = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
    try:
        result = subprocess.run(
            ["apt-get", "-q", *retry, *options, *arguments],
            env=variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PATIENCE,
            cwd=cwd,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return result.stdout if result.returncode == 0 else None


def _variables(folder: Path) -> dict[str, str]:
    libraries = [str(path) for pattern in ("usr/lib/*-linux-*", "lib/*-linux-*") for path in folder.glob(pattern)]
    before = os.environ.get("LD_LIBRARY_PATH")
    found = {"LD_LIBRARY_PATH": ":".join([*libraries, *([before] if before else [])])}
    if "FONTCONFIG_FILE" not in os.environ:
        found["FONTCONFIG_FILE"] = str(folder / "fonts.conf")
    return found
