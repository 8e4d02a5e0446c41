"""A provider that is not in seedance_nb: the smallest one that a studio can work with."""
