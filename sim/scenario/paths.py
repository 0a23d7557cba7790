"""Dotted paths to the values of a scenario, as `--set` and the arms of an experiment write them."""

from sim.declare import UnknownName
from sim.scenario.reading import Node

NAMING = ("instrument", "name", "code", "country")  # keys by which an item of a list may be called


def _is_open(walked: tuple[str, ...]) -> bool:
    """Return whether a mapping may get keys that it does not have yet."""
    return (
        walked in (("sources",), ("world", "override"))
        or walked[:2] == ("world", "override")
        or (walked[:1] == ("workforces",) and walked[-1] == "languages")
    )


def _names(item: Node) -> list[str]:
    """Return what an item of a list may be called."""
    return [str(item.mapping[key].value) for key in NAMING if key in item.mapping]


def replaced(node: Node, steps: list[str], value: Node, walked: tuple[str, ...]) -> Node:
    """Return a tree of nodes with the value at a path replaced."""
    if not steps:
        return value
    step, *rest = steps
    if node.value is None and walked:
        return Node({step: replaced(Node(None, node.place), rest, value, (*walked, step))}, node.place)
    if isinstance(node.value, dict):
        chosen = [*node.value] if step == "*" else [step]
        if step != "*" and step not in node.value and not _is_open(walked):
            valid = [".".join((*walked, key)) for key in node.value]
            raise UnknownName("path", ".".join((*walked, step)), valid)
        entries = {
            key: replaced(node.value.get(key, Node(None, node.place)), rest, value, (*walked, key)) for key in chosen
        }
        return node.with_entries(**entries)
    called = [i for i, item in enumerate(node.items) if step in ("*", str(i), *_names(item))]
    if not called:
        valid = [".".join((*walked, name)) for item in node.items for name in _names(item)]
        raise UnknownName("path", ".".join((*walked, step)), valid)
    changed = list(node.items)
    for i in called:
        changed[i] = replaced(changed[i], rest, value, (*walked, str(i)))
    return Node(tuple(changed), node.place, node.key)
