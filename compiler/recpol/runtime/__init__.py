"""The policy at work: callbacks in, compiled documents out, and a ledger of what was due and what came.

`wire` reads and signs requests, `build` loads what `recpol compile` wrote, `routes` finds the document for a callback,
`core` answers, `expectations` says which recordings a document makes due, `ledger` remembers, `checks` compares,
`manage` sends Manage Call requests, and `app` serves all of it over HTTP.

Invariant: nothing here knows the compiler; it reads the manifest and the documents, as any other backend would.
"""
