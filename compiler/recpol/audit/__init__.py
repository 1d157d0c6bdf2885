"""Policies to the page that somebody reads who has to answer for them.

    facts(compilation, …)    one policy to everything that the page says of it, as data
    page(policies, …)        all of them to one HTML file

Invariant: what a policy does not say is told as not stated, never guessed.
"""
