"""How concentrated amounts are over places, and where their middle lies; places are the last axis [..., C]."""

import numpy as np
import numpy.typing as npt
from scipy.special import xlogy

from sim.estimators.pairs import Floats

EARTH_RADIUS = 6371.0  # km, mean
FOOTPRINT_SHARE = 0.01  # a place counts from this share of all on


def shares_of(amounts: npt.ArrayLike) -> Floats:
    """Return the share of each place; nan where there is nothing at all."""
    amount = np.asarray(amounts, dtype=np.float64)
    total = amount.sum(axis=-1, keepdims=True)
    found: Floats = np.divide(amount, total, out=np.full_like(amount, np.nan), where=total > 0)
    return found


def herfindahl(amounts: npt.ArrayLike) -> Floats:
    """Return the Herfindahl-Hirschman index: 1 = all in one place, 1/n = evenly over n; nan for nothing."""
    return np.asarray((shares_of(amounts) ** 2).sum(axis=-1))


def entropy(amounts: npt.ArrayLike) -> Floats:
    """Return Shannon's entropy in nats: 0 = all in one place, ln n = evenly over n; nan for nothing."""
    share = shares_of(amounts)
    return np.asarray(-xlogy(share, share).sum(axis=-1))


def gini(amounts: npt.ArrayLike) -> Floats:
    """Return the Gini coefficient over all places: 0 = evenly over all n, (n - 1)/n = all in one; nan for nothing."""
    share = np.sort(shares_of(amounts), axis=-1)
    n = share.shape[-1]
    return np.asarray(((2.0 * np.arange(1, n + 1) - n - 1.0) * share).sum(axis=-1) / n)


def footprint(amounts: npt.ArrayLike, least: float = FOOTPRINT_SHARE) -> Floats:
    """Return the number of places that hold at least `least` of all; nan for nothing."""
    share = shares_of(amounts)
    return np.where(np.isnan(share).any(axis=-1), np.nan, (share >= least).sum(axis=-1))


def centroid(amounts: npt.ArrayLike, latitude: Floats, longitude: Floats) -> Floats:
    """Return the middle of amounts on the sphere as (latitude, longitude) in degrees [..., 2]; nan without one.

    The mean of the places' unit vectors, weighted by amount and drawn out to the surface.
    """
    north, east = np.radians(latitude), np.radians(longitude)
    points = np.column_stack([np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)])
    middle = shares_of(amounts) @ points
    length = np.linalg.norm(middle, axis=-1)
    middle = np.where((length > 1e-9)[..., None], middle, np.nan)
    across = np.hypot(middle[..., 0], middle[..., 1])
    degrees: Floats = np.degrees(
        np.stack([np.arctan2(middle[..., 2], across), np.arctan2(middle[..., 1], middle[..., 0])], axis=-1)
    )
    return degrees


def centroid_shift(before: npt.ArrayLike, after: npt.ArrayLike, latitude: Floats, longitude: Floats) -> Floats:
    """Return how far (km, great circle) the middle of the amounts lies from where it was."""
    one, other = (np.radians(centroid(amounts, latitude, longitude)) for amounts in (before, after))
    half = np.sin((other[..., 0] - one[..., 0]) / 2.0) ** 2
    half += np.cos(one[..., 0]) * np.cos(other[..., 0]) * np.sin((other[..., 1] - one[..., 1]) / 2.0) ** 2
    return np.asarray(2.0 * EARTH_RADIUS * np.arcsin(np.sqrt(np.minimum(1.0, half))))
