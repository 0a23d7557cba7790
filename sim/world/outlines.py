"""The outlines of countries for maps."""

import functools

import numpy as np

from sim.world.countries import codes, country
from sim.world.tables import stored_map
from sim.world.ties import Floats


@functools.cache
def geometry() -> dict[str, tuple[Floats, ...]]:
    """Return the outline of each country by code: rings of points [n, 2] (degrees, longitude first).

    Holes are rings too (fill by the even-odd rule). A country too small for a shape is a ring of one point.
    Some lands that are no country of the tables (Antarctica, Greenland) are included.
    """
    outline = {}
    for shape in stored_map()["features"]:
        parts = shape["geometry"]["coordinates"]
        outline[shape["properties"]["iso3"]] = tuple(np.array(ring) for part in parts for ring in part)
    for code in codes():
        if code not in outline:
            outline[code] = (np.array([[country(code).longitude, country(code).latitude]]),)
    return outline
