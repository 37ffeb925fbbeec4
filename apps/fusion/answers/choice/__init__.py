"""Choose what an answer concludes: all that may be it is weighed by what stands around it, and one is chosen.

An answer in the words of an assistant has many numbers, names and literals: those that were given, those of its steps,
checks, asides and of cases that are not asked about. No single place holds the conclusion. So each candidate
(:mod:`number_signs`, :mod:`name_signs`, :mod:`letters`, :mod:`outputs`) is described by signs (:mod:`surroundings` has
those that all share), and the sum of their weights (:mod:`weights`), fitted on labelled answers, says how likely it is
it (:mod:`choosing`). Where none is clearly the likeliest, none is chosen.
"""
