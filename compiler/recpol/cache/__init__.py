"""What runs came to, kept in a folder of the user, so that a run that would come to the same says it at once.

`recall` is asked first, before anything of the compiler is loaded; `keep` notes a run that has ended. What is kept of a
run is what it asked the disk and was told (`recpol.workspace.disk`), what it said, and its exit status.

Invariant: nothing is recalled unless every answer of the disk, the code of recpol and of its libraries, the arguments,
the environment and the interpreter are as they were, and the day makes no difference. Whatever is wrong with the folder
or with a file in it is as if nothing had been kept.
"""

OPTION = "--no-cache"
"""With this word in a command line nothing is looked for in the cache, and nothing is kept."""
