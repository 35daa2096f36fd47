"""Temperatures in degrees Celsius: a thermometer measures tenths, so limits are compared in tenths.

A sum of floats such as 36.6 + 0.7 is a little more than 37.3 and is the same temperature. The gate's page has the same
rules in `services/checkpoint/page/temperature.js`.
"""

from math import floor


def tenths(degrees_c: float) -> int:
    """Return a temperature in whole tenths of a degree; half a tenth counts upwards."""
    return floor(degrees_c * 10 + 0.5)


def exceeds(degrees_c: float, limit_c: float, at_limit: bool = False) -> bool:
    """Whether a temperature lies over the limit; with `at_limit` the limit itself does too."""
    return tenths(degrees_c) + at_limit > tenths(limit_c)


def lies_within(degrees_c: float, range_c: tuple[float, float]) -> bool:
    """Whether a temperature lies in a range, whose ends belong to it. False for what is no finite number."""
    low, high = range_c
    return low - 1 < degrees_c < high + 1 and tenths(low) <= tenths(degrees_c) <= tenths(high)
