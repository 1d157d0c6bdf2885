"""`recpol init`: an empty folder to a project that compiles.

Invariant: a file that is there is never changed. Where one file cannot be written, none is left.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from contextlib import suppress

from recpol.cli.arguments import Arguments
from recpol.cli.console import say
from recpol.settings.config import FILE_NAME
from recpol.workspace.cannotrun import CannotRun, in_words
from recpol.workspace.files import here, shown

_DETAILS = """\
Writes recpol.yaml, policies/support-line.recpol with its tests, and .gitignore; a file that is there stays as it is.
"""

_SCHEMAS = "https://raw.githubusercontent.com/recpol/recpol/main/schemas"

SETTINGS = f"""\
# yaml-language-server: $schema={_SCHEMAS}/config.schema.json
# The settings of this folder of recording policies. Everything here is optional.

include: policies            # where the policies are
out: build                   # where `recpol compile` writes
targets: [svaml1]            # the dialects of SVAML to write; `recpol targets` says what each can say

vars:                        # values of {{{{ var.NAME }}}}, filled in when a policy is compiled
  BUCKET: acme-recordings-test

environments:                # chosen with `recpol compile --env prod`
  prod:
    vars:
      BUCKET: acme-recordings

# rules:                     # other severities for rules; `recpol rule` lists them
#   unused-store: error
# strict: true               # warnings fail too
"""

POLICY = """\
# A support line: callers hear that their talk is recorded, and the talk with the agent is.
policy support-line
locale en-US

# Where recordings go. The secret itself is never written here: SINCH_S3_CREDENTIALS is an environment variable of
# the service that answers the callbacks, and its value is KEY:SECRET:REGION.
store calls {
  url          "s3://{{ var.BUCKET }}/support/"
  credentials  env SINCH_S3_CREDENTIALS
  format       mp3
  notify       yes
}

# The reply to an incoming call.
on ice {
  answer
  notice: say "Welcome. Your call will be recorded."
  agent: connect pstn +46850020000
}

# What is recorded: the segment labelled `agent`, which is the talk, and not the notice.
record agent

# What must always be true, whoever changes the policy later.
announce notice before recording because "callers are told first"
"""

TESTS = f"""\
# yaml-language-server: $schema={_SCHEMAS}/policytest.schema.json
# Calls, and what is recorded of them: `recpol test` plays each against the policy of the same name.
tests:
  - name: the talk with the agent is on tape, the notice is not
    call: answer; hang up
    recorded: agent
    not-recorded: notice
    files: 1
"""

IGNORED = """\
# what recpol compile writes
/build/
"""

_NEXT = """\
  recpol lint        check the policy
  recpol compile     write its SVAML into build/
  recpol test        play the calls of its tests"""

_TESTED = "policies/support-line.test.yaml"

FILES = {
    FILE_NAME: SETTINGS,
    "policies/support-line.recpol": POLICY,
    _TESTED: TESTS,
    ".gitignore": IGNORED,
}


def arguments() -> Arguments:
    """What the command takes."""
    parser = Arguments("init", "Begin a project: settings, and one policy with tests to start from.", _DETAILS)
    parser.option(
        "folder", nargs="?", default=".", metavar="DIR", help="the folder, made where it is missing; default: ."
    )
    return parser


def main(words: Sequence[str]) -> int:
    """Run the command and return its exit status; raises `CannotRun`."""
    options = arguments().read(words)
    cwd = here()
    folder = os.path.abspath(os.path.join(cwd, options.folder))
    if os.path.lexists(os.path.join(folder, FILE_NAME)):
        name = shown(os.path.join(folder, FILE_NAME), cwd)
        raise CannotRun(f"there is a project already: `{name}`", "name another folder, or go on with `recpol lint`")
    made: list[str] = []
    try:
        done = [_put(folder, name, cwd, made) for name in FILES]
    except BaseException:
        for path in made:
            with suppress(OSError):
                os.unlink(path)
        raise
    say("\n".join(done))  # when all is written, for it fails where nobody reads
    say("\nNow:")
    if folder != cwd:
        say(f"  cd {shlex.quote(shown(folder, cwd))}")
    say(_NEXT)
    return 0


def _put(folder: str, name: str, cwd: str, made: list[str]) -> str:
    """Write a file of a project unless it is there, add it to what was `made`, and return what to say of it.

    Raises `CannotRun`.
    """
    path = os.path.join(folder, *name.split("/"))
    called = shown(path, cwd)
    if name == _TESTED and os.path.join(os.path.dirname(path), "support-line.recpol") not in made:
        return (
            f"kept  {called}, which was there" if os.path.lexists(path) else f"left out {called}: the policy is yours"
        )
    top = os.path.realpath(folder)
    if os.path.commonpath([top, os.path.realpath(os.path.dirname(path))]) != top:
        raise CannotRun(f"cannot write `{called}`: a link leads out of the project", "remove the link")
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "x", encoding="utf-8", newline="\n") as file:
            made.append(path)
            file.write(FILES[name])
    except (FileExistsError, NotADirectoryError):
        if not os.path.isdir(os.path.dirname(path)):
            message = f"cannot write `{called}`: a part of the path is a file, not a folder"
            raise CannotRun(message, "choose another folder, or move that file away") from None
        return f"kept  {called}, which was there"
    except OSError as problem:
        raise CannotRun(f"cannot write `{called}`: {in_words(problem)}", "choose another folder") from None
    return f"wrote {called}"
