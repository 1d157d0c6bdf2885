"""Replies to callbacks, lifted into the tree that policies have."""
