"""Purchase models in many digits: the formulas as they are published, by mpmath."""

from __future__ import annotations

from mpmath import exp, gamma, hyp2f1, log, loggamma, mpf

NUDGE = mpf(10) ** -30  # 0/0 is a limit


def log_beta(a, b):
    return loggamma(a) + loggamma(b) - loggamma(a + b)


def beta_geo_parts(params, x, recency, T, first):
    """Likelihood of a customer who is alive at T, and of one who is gone."""
    r, alpha, a, b = params
    coins = x + first
    common = gamma(r + x) / gamma(r) * alpha**r
    alive = common * exp(log_beta(a, b + coins) - log_beta(a, b)) / (alpha + T) ** (r + x)
    gone = mpf(0)
    if coins:
        share = exp(log_beta(a + 1, b + coins - 1) - log_beta(a, b))
        gone = common * share / (alpha + recency) ** (r + x)
    return alive, gone


def beta_geo_count(params, x, T, t, first):
    """Expected purchases of a customer who is alive, by Gauss' function."""
    r, alpha, a, b = params
    a = a + NUDGE if a == 1 else a
    coins, n = b + x + first, r + x
    z = t / (alpha + T + t)
    # Euler's transformation: the series of the other one converges too slowly.
    gauss = hyp2f1(a + coins - 1 - n, a - 1, a + coins - 1, z, maxterms=10**6)
    left = (1 - z) ** (a - 1) * gauss
    return (a + coins - 1) / (a - 1) * (1 - left)


def tail(alpha, p, beta, q, start):
    """Integral of (alpha + t)^-p (beta + t)^-q over t from start on."""
    n, high = p + q - 1, max(alpha, beta)
    power = q if alpha >= beta else p
    z = abs(alpha - beta) / (high + start)
    # Euler's transformation: the series of the other one converges too slowly.
    gauss = (1 - z) ** (1 - power) * hyp2f1(1, n + 1 - power, n + 1, z, maxterms=10**6)
    return gauss / (n * (high + start) ** n)


def pareto_parts(params, x, recency, T):
    """Likelihood of a customer who is alive at T, and of one who is gone."""
    r, alpha, s, beta = params
    common = gamma(r + x) / gamma(r) * alpha**r * beta**s
    alive = common / ((alpha + T) ** (r + x) * (beta + T) ** s)
    integral = tail(alpha, r + x, beta, s + 1, recency) - tail(alpha, r + x, beta, s + 1, T)
    return alive, common * s * integral


def pareto_count(params, x, T, t):
    """Expected purchases of a customer who is alive."""
    r, alpha, s, beta = params
    s = s + NUDGE if s == 1 else s
    ratio = ((beta + T) / (beta + T + t)) ** (s - 1)
    return (r + x) * (beta + T) / ((alpha + T) * (s - 1)) * (1 - ratio)


def pareto_any(params, x, T, after, t):
    """Probability that a customer who is alive buys after `after` and until t."""
    r, alpha, s, beta = params
    n, a, b = r + x, alpha + T, beta + T
    integral = tail(a, n + 1, b + after, s, 0) - tail(a, n + 1, b + after, s, t - after)
    return n * a**n * b**s * integral


def beta_geo_any(params, x, T, after, t, first):
    """Probability that a customer who is alive buys after `after` and until t."""
    r, alpha, a, b = params
    n, known, both = r + x, alpha + T, a + b + x + first
    length = t - after
    begin = hyp2f1(n, a, both, -after / known)
    end = hyp2f1(n, a, both, -after / (known + length)) / (1 + length / known) ** n
    return begin - end


def gamma_gamma_log(params, x, z):
    """Log-likelihood of a mean value."""
    p, q, v = params
    return (
        loggamma(p * x + q) - loggamma(p * x) - loggamma(q) + q * log(v)
        + (p * x - 1) * log(z) + p * x * log(x) - (p * x + q) * log(x * z + v)
    )  # fmt: skip
