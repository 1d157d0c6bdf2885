"""For the tests of those who use recpol: a platform that plays calls against a server, over HTTP."""
