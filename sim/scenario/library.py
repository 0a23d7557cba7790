"""Where files are found: shipped ones by name, one's own by path; and how a file builds on another."""

import re
from pathlib import Path
from typing import Literal, NamedTuple

from sim.declare import UnknownName
from sim.scenario.checking import hint, shown
from sim.scenario.problems import Place, fatal
from sim.scenario.reading import Node, read_file

Shelf = Literal["scenarios", "experiments"]
SHELVES: tuple[Shelf, ...] = ("scenarios", "experiments")
PACKAGE = Path(__file__).parents[1]
ENDINGS = (".yaml", ".yml")
LONGEST_CHAIN = 10  # files that build on each other
LONGEST_PATH = 200  # characters
OUTSIDE = "leads out of this file's folder: name a .yaml file beside or below it"


def shelf_folder(shelf: Shelf) -> Path:
    """Return the folder of the shipped files: in the installed package, or in the checkout around it."""
    installed = PACKAGE / "library" / shelf
    return installed if installed.is_dir() else PACKAGE.parent / shelf


def names(shelf: Shelf = "scenarios") -> tuple[str, ...]:
    """Return the names of the shipped scenarios or experiments, in alphabetical order."""
    return tuple(sorted(path.stem for path in shelf_folder(shelf).glob("*.yaml")))


def find(name: str, shelf: Shelf = "scenarios") -> Path:
    """Return the file of a shipped scenario or experiment, or raise UnknownName."""
    if name not in names(shelf):
        raise UnknownName(shelf.removesuffix("s"), name, names(shelf))
    return shelf_folder(shelf) / f"{name}.yaml"


class Entry(NamedTuple):
    """What a list of shipped files says of one of them."""

    shelf: Shelf
    name: str
    about: str
    status: str
    path: Path


def catalogue() -> tuple[Entry, ...]:
    """Return all shipped scenarios and experiments, unchecked and without building anything."""
    return tuple(_entry(shelf, name) for shelf in SHELVES for name in names(shelf))


def _entry(shelf: Shelf, name: str) -> Entry:
    path = find(name, shelf)
    node = with_parents(read_file(path), path, shelf)
    about = str(node.mapping["about"].value) if "about" in node.mapping else ""
    while "scenario" in node.mapping:
        path = parent_path(node.mapping["scenario"], path, "scenarios")
        node = with_parents(read_file(path), path, "scenarios")
    status = str(node.mapping["status"].value) if "status" in node.mapping else "stylised"
    return Entry(shelf, name, " ".join(about.split()), status, find(name, shelf))


def located(path_or_name: str | Path, *shelves: Shelf) -> Path:
    """Return the file at a path, or the shipped one of that name on the first shelf that has it."""
    asked = str(path_or_name)
    if isinstance(path_or_name, Path) or asked.endswith(ENDINGS) or "/" in asked or "\\" in asked:
        return Path(path_or_name)
    for shelf in shelves:
        if asked in names(shelf):
            return find(asked, shelf)
    known = [name for shelf in shelves for name in names(shelf)]
    kind = " or ".join(shelf.removesuffix("s") for shelf in shelves)
    raise fatal(Place(asked), f"there is no {kind} of this name{hint(asked, known)}; a file is given by its path")


def shown_path(path: Path) -> str:
    """Return a path as messages show it: relative if it lies below the working folder."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_absolute() and path.is_relative_to(here) else str(path)


def parent_path(named: Node, origin: Path | None, shelf: Shelf) -> Path:
    """Return the file that a file names: a shipped one by name, or one beside or below it by path."""
    if not isinstance(named.value, str) or not named.value:
        raise fatal(named.place, f"a file is named by a text, not {shown(named.value)}")
    asked = named.value
    if not asked.endswith(ENDINGS) and "/" not in asked and "\\" not in asked:
        try:
            return find(asked, shelf)
        except UnknownName as error:
            said = f"{error}; a file of your own is named by its path, ending in .yaml"
            raise fatal(named.place, said) from error
    inside = re.fullmatch(r"[\w .-]+(?:/[\w .-]+)*\.ya?ml", asked) and ".." not in asked.split("/")
    if not inside or len(asked) > LONGEST_PATH:
        raise fatal(named.place, f"{shown(asked)} {OUTSIDE}")
    if origin is None:
        raise fatal(named.place, f"'{asked}': a text that is not in a file can only build on shipped names")
    path = origin.parent / asked
    try:
        if not path.resolve().is_relative_to(origin.parent.resolve()):
            raise fatal(named.place, f"{shown(asked)} {OUTSIDE}")
        if path.is_file():
            return path
    except (OSError, RuntimeError) as error:  # a name too long for the disk, links in a circle
        raise fatal(named.place, f"{shown(asked)} cannot be read: {error}") from error
    beside = [file.name for file in sorted(origin.parent.glob("*.yaml")) if file != origin]
    raise fatal(named.place, f"there is no file {shown(asked)}{hint(asked, beside)}")


def with_parents(node: Node, origin: Path | None, shelf: Shelf, below: tuple[Path, ...] = ()) -> Node:
    """Return a file merged into the one that it extends, and so on; only its own name counts."""
    named = node.mapping.get("extends")
    if named is None:
        return node
    chain = (*below, origin.resolve()) if origin else below
    path = parent_path(named, origin, shelf)
    if path.resolve() in chain:
        circle = " -> ".join(file.stem for file in (*chain[chain.index(path.resolve()) :], path))
        raise fatal(named.place, f"'extends' goes round in a circle: {circle}")
    if len(chain) >= LONGEST_CHAIN:
        raise fatal(named.place, f"at most {LONGEST_CHAIN} files may build on each other")
    parent = with_parents(read_file(path, shown_path(path)), path, shelf, chain)
    return merged(parent.without("name", "about"), node.without("extends"))


WHOLE = ("budget", "strategy", "rule")  # mappings that replace each other as lists do
WAYS = ("countries", "region", "body", "all", "imagined")  # choosing countries anew drops the parent's choice


def merged(under: Node, over: Node) -> Node:
    """Return two mappings as one: mappings merge, everything else of `over` replaces what `under` has."""
    if not isinstance(under.value, dict) or not isinstance(over.value, dict):
        return over
    entries = dict(under.value)
    if any(way in over.value for way in WAYS):
        entries = {key: node for key, node in entries.items() if key not in WAYS}
    for key, node in over.value.items():
        entries[key] = merged(entries[key], node) if key in entries and key not in WHOLE else node
    return Node(entries, over.place, over.key)
