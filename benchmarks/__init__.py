"""Benchmarks: problems x contenders -> a table with ratios to the peers.

``python -m benchmarks NAME`` runs one problem at reduced size, ``--full`` at the
size its claim is made for; the name of a room runs all its problems, ``all`` every
problem there is. A case runs in a process of its own with pinned threads; inside it
the contenders take turns, so that noise of the machine hits all of them alike.
``--width avx2`` holds a processor with AVX-512 to the vectors of most others; its
results lie beside those of all the processor can, and all say which they are.
"""
