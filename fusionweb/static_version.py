"""A word for the content of the static files, which stands in their addresses: browsers may keep them for ever."""

from collections.abc import Iterable
from hashlib import blake2s
from pathlib import Path


def version_of(folders: Iterable[tuple[str, Path]]) -> str:
    """Return twelve hexadecimal digits that change with the content or the name of any file in the folders."""
    digest = blake2s(digest_size=6)
    for prefix, folder in folders:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            digest.update(f"{prefix}/{path.relative_to(folder)}\n".encode())
            digest.update(blake2s(path.read_bytes()).digest())
    return digest.hexdigest()
