#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes statistics_reference.h: data, and what SciPy says of it.

    ./statistics_reference.py >statistics_reference.h

Made with SciPy 1.10.1 and NumPy 1.24.2 of Debian 12. What SciPy lacks (the
correction of Yue and Wang, Benjamini and Hochberg) is written here as the
papers have it, with arrays, not as the program does it.
"""

import sys

import numpy
import scipy
from scipy import stats

EDGES = [0, 512, 1024, 2048, 3072, 5120, 9216, 17408]


def pairs():
    """Names, and pairs of arrays: few and many, with ties and without."""
    random = numpy.random.default_rng(20231030)
    time = numpy.arange(30.0)
    yield "rising", time, 0.2 * time + random.normal(size=30)
    yield "still", numpy.arange(24.0), random.normal(size=24)
    x = numpy.round(random.normal(size=60), 1)
    yield "ties", x, numpy.round(0.5 * x + random.normal(size=60), 0)
    x = random.lognormal(size=200)
    yield "curved", x, -numpy.log(x) + random.normal(size=200)
    wander = numpy.zeros(60)
    for i in range(1, 60):
        wander[i] = 0.8 * wander[i - 1] + random.normal()
    yield "wandering", numpy.arange(60.0), wander
    yield "eight", numpy.array([0, 1, 2, 4, 5, 7, 8, 9.0]), random.normal(size=8)


def inflation_of(time, value):
    """Yue and Wang's, of AR(1), of the ranks of what Sen's slope leaves."""
    n = len(value)
    slope = stats.theilslopes(value, time)[0]
    centred = stats.rankdata(value - slope * time) - (n + 1) / 2
    r = (centred[1:] * centred[:-1]).sum() / (centred**2).sum()
    r = min(max((n * r + 2) / (n - 4), 0), 0.95)
    lags = numpy.arange(1, n)
    return 1 + 2 * ((1 - lags / n) * r**lags).sum()


def mann_kendall(time, value):
    """Two-sided p with the continuity correction, and the inflation."""
    n = len(value)
    order = numpy.sign(value[None, :] - value[:, None])
    score = order[numpy.triu_indices(n, 1)].sum()
    ties = numpy.unique(value, return_counts=True)[1]
    variance = n * (n - 1) * (2 * n + 5) - (ties * (ties - 1) * (2 * ties + 5)).sum()
    inflation = inflation_of(time, value)
    z = (abs(score) - (score != 0)) / numpy.sqrt(variance / 18 * inflation)
    return min(1, 2 * stats.t.sf(z, max(n / inflation - 2, 1))), inflation


def benjamini_hochberg(p):
    p = numpy.asarray(p)
    order = numpy.argsort(p)
    scaled = p[order] * len(p) / numpy.arange(1, len(p) + 1)
    adjusted = numpy.empty(len(p))
    adjusted[order] = numpy.minimum.accumulate(scaled[::-1])[::-1].clip(max=1)
    return adjusted


def number(value):
    return "NAN" if numpy.isnan(value) else repr(float(value))


def array(name, values):
    rows = [number(v) for v in values]
    text = ""
    line = "\t"
    for row in rows:
        if len(line) + len(row) > 60:
            text += line.rstrip() + "\n"
            line = "\t"
        line += row + ", "
    return f"static const double {name}[] = {{\n{text}{line.rstrip()}\n}};\n"


def pair_cases():
    out, table = "", ""
    for name, x, y in pairs():
        out += array(f"{name}_x", x) + "\n" + array(f"{name}_y", y) + "\n"
        is_time = bool(numpy.all(numpy.diff(x) > 0))
        sen, p, inflation = [numpy.nan] * 4, numpy.nan, numpy.nan
        if is_time:
            p, inflation = mann_kendall(x, y)
            limit = stats.t.ppf(0.975, max(len(x) / inflation - 2, 1))
            # SciPy's interval is as wide as is asked of it.
            alpha = 2 * stats.norm.sf(limit * numpy.sqrt(inflation))
            sen = stats.theilslopes(y, x, alpha)
        values = [
            stats.pearsonr(x, y)[0],
            stats.spearmanr(x, y)[0],
            stats.kendalltau(x, y)[0],
            sen[0],
            sen[2],
            sen[3],
            p,
            inflation,
        ]
        numbers = ",\n\t  ".join(number(v) for v in values)
        table += f'\t{{ "{name}", {name}_x, {name}_y, {len(x)},\n\t  {numbers} }},\n'
    return (
        out
        + "/* NAN where x is no time. */\n"
        + "static const struct {\n\tconst char *name;\n\tconst double *x, *y;\n"
        + "\tsize_t n;\n\tdouble pearson, spearman, kendall, slope, low, high, p,\n"
        + "\t\tinflation;\n} pair_cases[] = {\n"
        + table
        + "};\n"
    )


def spread(counts, n_points):
    """Points that stand for samples spread evenly inside their bins."""
    points, weights = [], []
    for i, count in enumerate(counts):
        low, high = EDGES[i], EDGES[i + 1]
        points += list(low + (numpy.arange(n_points) + 0.5) / n_points * (high - low))
        weights += [count / n_points] * n_points
    return points, weights


def tally_cases():
    random = numpy.random.default_rng(1)
    table = ""
    for _ in range(6):
        a, b = random.integers(0, 40, size=7), random.integers(0, 40, size=7)
        a[random.integers(0, 7)] = 0
        middle = numpy.arange(7)
        ks = stats.ks_2samp(numpy.repeat(middle, a), numpy.repeat(middle, b))
        (pa, wa), (pb, wb) = spread(a, 4000), spread(b, 4000)
        distance = stats.wasserstein_distance(pa, pb, wa, wb)
        rows = [", ".join(str(v) for v in counts) for counts in (a, b)]
        table += f"\t{{ {{ {rows[0]} }}, {{ {rows[1]} }},\n"
        table += f"\t  {number(ks.statistic)}, {number(distance)} }},\n"
    return (
        "static const struct {\n\tuint64_t a[7], b[7];\n"
        "\tdouble ks, wasserstein_ns;\n} tally_cases[] = {\n" + table + "};\n"
    )


def main():
    random = numpy.random.default_rng(5)
    p = numpy.concatenate([random.uniform(size=25), random.uniform(size=5) / 500])
    edges = ", ".join(str(edge) for edge in EDGES)
    versions = f"SciPy {scipy.__version__}, NumPy {numpy.__version__}"
    sys.stdout.write(
        "/* SPDX-License-Identifier: GPL-2.0-or-later */\n"
        f"/* Made by statistics_reference.py with {versions}. */\n"
        "/* clang-format off */\n"
        "#ifndef TESTS_UNIT_STATISTICS_REFERENCE_H\n"
        "#define TESTS_UNIT_STATISTICS_REFERENCE_H\n\n"
        "#include <math.h>\n#include <stddef.h>\n#include <stdint.h>\n\n"
        + pair_cases()
        + "\n"
        + f"static uint64_t tally_edges[] = {{ {edges} }};\n\n"
        + tally_cases()
        + "\n"
        + array("fdr_p", p)
        + "\n"
        + array("fdr_q", benjamini_hochberg(p))
        + "\n#endif\n"
    )


if __name__ == "__main__":
    main()
