"""Text to syntax: the LALR table, the lexer and the parser that runs the table.

Invariant: parsing never fails and never reports. What could not be read is in the result, as data.
"""
