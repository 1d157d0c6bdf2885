"""Calls: what happens in one and what is heard and recorded of it, in words that know neither policies nor SVAML."""
