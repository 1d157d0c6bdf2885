"""Documents of Voice API v2, lifted into the tree that policies have."""
