"""The decorator of every compiled kernel, and where compiled code is cached."""

import hashlib
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numba

# Where kernels and the constants they use are written.
COMPILED = (
    "choice_rules.py",
    "compiled.py",
    "draws.py",
    "metrics.py",
    "parameters.py",
    "setting.py",
    "state.py",
    "phases/*.py",
)


def source_digest(*patterns: str) -> str:
    """Return 16 hexadecimal digits that change with the Python sources of the package, or those of some patterns."""
    package = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted({path for pattern in patterns or ("**/*.py",) for path in package.glob(pattern)}):
        digest.update(path.relative_to(package).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _cache_root() -> Path:
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "displace" / "compiled"


# Numba notices a change in the file of a kernel, but not in the files of the kernels it calls: a folder
# for each state of the source makes a stale kernel impossible, and lets worker processes share one cache.
if "NUMBA_CACHE_DIR" not in os.environ:
    numba.config.CACHE_DIR = str(_cache_root() / source_digest(*COMPILED))

# Compiled code counts who holds an array, at every call and for every array handed over, which costs far more than
# most questions. A kernel that makes no arrays and returns none needs no counting: the caller holds them.
_compiled: Callable[..., Any] = partial(numba.njit, cache=True, nogil=True, error_model="numpy")
kernel: Callable[..., Any] = partial(_compiled, _nrt=False)
# One that makes arrays: called once a week, not in a loop.
allocating = _compiled
# A kernel written into its caller: where it is asked in a loop, so that wide tuples need not be handed over each time
# and the processor can take several steps at once.
inlined: Callable[..., Any] = partial(kernel, forceinline=True)
