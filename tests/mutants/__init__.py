"""Mutants: small faults, put into what is compiled or into what compiles it, which translation checking must see.

`documents` changes documents and manifests of compiled policies in every field, `lowering` the lowering's own source,
`corpus` gives the policies, and `survivors` lists what is not seen, each with the reason why it does no harm.
`python -m mutants` (`make mutants`) tries all of them and prints a table; `tests/test_mutants.py` tries a sample.

After DeMillo, Lipton and Sayward, "Hints on test data selection" (IEEE Computer 11/4, 1978).
"""
