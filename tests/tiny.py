"""A spec that is checked in no time, for tests of what is done with one."""

TINY = """\
incspec: 1
name: Tiny
input: [3, 16, 16]
params: {classes: 10, width: 8}
blocks:
  stem:
    params: {n: 4}
    expect: [4, 8, 8]
    body: [3x3 conv n stride 2]
network: [stem, concat: [[1x1 conv width], [identity]], global_avg_pool, linear classes]
"""
