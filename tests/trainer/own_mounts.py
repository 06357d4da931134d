"""A mount namespace of one's own, to see what a machine lacks: room on its disk, a library."""

import subprocess

from parts import require_or_skip

UNSHARE = ["unshare", "--user", "--map-root-user", "--mount"]


def require_mounts(folder):
    """Skip where a tmpfs may not be mounted on `folder` in a namespace of one's own."""
    probe = [*UNSHARE, "mount", "-t", "tmpfs", "tmpfs", str(folder)]
    allowed = subprocess.run(probe, capture_output=True).returncode == 0
    require_or_skip(allowed, "leave to mount in a namespace of one's own (unshare)")


def hidden(path, words, empty):
    """Run `words` where the file `path` is as empty as the file `empty`."""
    mounted = 'mount --bind "$1" "$2"; shift 2; exec "$@"'
    shell = [*UNSHARE, "sh", "-ec", mounted, "sh", str(empty), str(path)]
    return subprocess.run([*shell, *map(str, words)], capture_output=True, text=True)
