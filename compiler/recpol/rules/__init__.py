"""Rules: each one function from a program to findings, whose name is the rule's name and whose docstring is its
page."""
