"""Two versions of a policy to what differs between them, as somebody on a call would notice it.

    compare(old, new)     two programs to a `Comparison`: what is recorded, told, promised and proven differently

Invariant: what is said of recordings comes from walking all calls of both versions side by side; none is listed.
"""
