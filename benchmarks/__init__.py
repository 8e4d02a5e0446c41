"""Figures against peers, as ratios of one run; `python -m benchmarks` runs all of them."""
