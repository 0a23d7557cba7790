"""What every test shares: one fixed way of drawing examples, and pictures without a screen."""

import matplotlib
from hypothesis import HealthCheck, settings

matplotlib.use("Agg")

# The same examples on every machine and in every run: a test that fails once fails always. No deadline,
# because the first example of a test may have to compile a kernel.
settings.register_profile(
    "fixed",
    derandomize=True,
    database=None,
    deadline=None,
    print_blob=False,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("fixed")
