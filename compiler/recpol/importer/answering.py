"""Replies to ACE that answer one connect alone, to the labels of these connects.

Such a reply is called `ace.LABEL.json`, and no reply says which connect has the label. A manifest says after which
reply the ACE comes; a reply has one action, and that is the connect.

Invariant: no connect is guessed. Where a manifest does not name exactly one, the reply to ACE is refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from recpol.base.finding import Finding
from recpol.base.jsontree import JsonScalar
from recpol.importer.given import GivenReplies
from recpol.importer.refused import refusal
from recpol.svaml.document import DocumentReply
from recpol.targets.filenames import reply_file


def labels_of(read: GivenReplies, manifest: object) -> tuple[dict[str, str], list[Finding]]:
    """The labels of connects, by the files of the replies that dial, and the replies to ACE whose connect is not known.

    What answers a callout has the callout's name, and needs no manifest.
    """
    alone = {
        file: reply
        for file, reply in read.replies.items()
        if reply.event == "ace" and reply.label and reply_file("callout", reply.label) not in read.callouts
    }
    after = _after(manifest)
    answered = Counter(dial for file in alone for dial in after.get(file, ()))
    labels: dict[str, str] = {}
    found: list[Finding] = []
    for file, reply in alone.items():
        dials = after.get(file, ())
        if manifest is None:
            wrong = f"no reply says which connect `{reply.label}` is"
            help_ = "add the manifest, call the file `ace.json` if it answers all, or write `on ace LABEL` by hand"
        else:
            wrong, help_ = _wrong(read, reply.label, dials, answered), "compile again, or write `on ace LABEL` by hand"
        if wrong:
            begin = reply.object.span
            found.append(refusal(begin.source.span(begin.start, begin.start + 1), wrong, help_))
        else:
            labels[dials[0]] = reply.label
    return labels, found


def _after(manifest: object) -> dict[str, tuple[str, ...]]:
    """From the file of a reply to ACE to those after which it comes; what is not as a manifest has it tells nothing."""
    found: dict[str, dict[str, None]] = {}
    listed = manifest.get("replies") if isinstance(manifest, dict) else None
    for entry in listed if isinstance(listed, list) else ():
        answers = entry.get("answers") if isinstance(entry, dict) else None
        for answer in answers if isinstance(answers, list) else ():
            dials = answer.get("after") if isinstance(answer, dict) and answer.get("event") == "ace" else None
            if isinstance(dials, list):
                found.setdefault(str(entry.get("file")), {}).update(dict.fromkeys(map(str, dials)))
    return {file: tuple(dials) for file, dials in found.items()}


def _wrong(read: GivenReplies, label: str, dials: Sequence[str], answered: Mapping[str, int]) -> str:
    """Why the replies that a manifest names do not say which connect has a label; empty where they do."""
    if not dials:
        return f"the manifest does not say which connect `{label}` is"
    if len(dials) > 1:
        return f"the manifest names the connects of {len(dials)} replies for `{label}`, and one has a label"
    (dial,) = dials
    named = f"the manifest says that `{label}` is the connect of `{dial}`"
    if dial not in read.replies:
        return f"{named}, which is not among these documents"
    if not _gets_ace(read.replies[dial]):
        return f"{named}, and no ACE comes after that"
    return f"{named}, and of another label too" if answered[dial] > 1 else ""


def _gets_ace(reply: DocumentReply) -> bool:
    """Whether a reply dials somebody, and ACE tells that they answer."""
    action = reply.action
    node = None if action is None else action.object
    if action is None or node is None or action.is_a not in ("ConnectPstn", "ConnectSip"):
        return False
    quiet = node.find("suppressCallbacks")
    return not (quiet is not None and isinstance(quiet.value, JsonScalar) and quiet.value.true)
