"""The queueing theory that the plan stands on: pure formulas, times in seconds, rates a second."""

import math

QUANTILE = 0.99


def mean_wait(busy: float, second_moment: float, rate: float) -> float:
    """Return the mean wait at one server (Pollaczek and Khinchine, M/G/1): rate x E[S^2] / (2 (1 - busy))."""
    return rate * second_moment / (2 * (1 - busy)) if busy < 1 else math.inf


def wait_quantile(busy: float, mean: float, quantile: float = QUANTILE) -> float:
    """Return the wait that `quantile` of all stay under: exponential for those who wait (Kingman, heavy traffic)."""
    if busy >= 1:
        return math.inf
    return max(0.0, mean / busy * math.log(busy / (1 - quantile)))


def in_system(rate: float, seconds: float) -> float:
    """Return how many are there at a time (Little's law)."""
    return rate * seconds


def busiest(load: float, processes: int, callers: float) -> float:
    """Return the load of the busiest of the processes when callers keep their connections.

    Each process has a binomial share of the callers; one in a hundred such shares is 2.33 standard deviations over.
    """
    spread = math.sqrt(max(0, processes - 1) / callers)
    return load / processes * (1 + 2.33 * spread)


def lag(arriving: float, handled: float, seconds: float) -> float:
    """Return how much waits after that long of more arriving than is handled."""
    return max(0.0, arriving - handled) * seconds


def drain_s(waiting: float, arriving: float, handled: float) -> float:
    """Return how long it takes until what waits is gone, while less arrives than is handled."""
    return waiting / (handled - arriving) if handled > arriving else math.inf


def rate_for_drain(rush: float, usual: float, rush_s: float, within_s: float) -> float:
    """Return the least rate of handling at which the lag of a rush is gone `within_s` after it.

    From (rush - rate) rush_s = (rate - usual) within_s.
    """
    return (rush * rush_s + usual * within_s) / (rush_s + within_s)


def touched(drawn: float, bins: float) -> float:
    """Return how many of the bins meet at least one of those drawn at random, on average."""
    return bins * -math.expm1(drawn * math.log1p(-1 / bins)) if bins > 1 else 1.0
