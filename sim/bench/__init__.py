"""The verification bench: what theory says must come out exactly, beside what the program gives.

A check is a function that yields rows, registered under the name of its item; the command only prints them.
"""

from sim.bench import choices, closed_forms, limits, politics
from sim.bench.registry import CHECKS, Check, Row, rows_of

__all__ = ["CHECKS", "Check", "Row", "choices", "closed_forms", "limits", "politics", "rows_of"]
