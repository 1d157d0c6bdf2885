"""What a JSON document is: a reply, a Manage Call body, a callout with replies inside, commands, or something else.

`svaml.read` makes it. A document comes with what it was lifted to: the same tree that policies have, made once.

Invariant: a document holds all of the file, understood or not; what is not understood is of kind `other`.
"""

from __future__ import annotations

from recpol.base.finding import Finding
from recpol.base.jsontree import JsonNode, JsonScalar, Member, Object
from recpol.base.record import Record, field
from recpol.base.source import Source
from recpol.base.typing import Literal
from recpol.platform.shape import Form, ReplyRole
from recpol.platform.targets import Target
from recpol.svaml.lifted import Lifted
from recpol.svaml.v2.commands import CommandScript

DocumentCallback = Literal["ice", "ace", "pie", "manage", "dice", "notify"]
DocumentKind = Literal["reply", "callout", "form", "v2", "event", "conference", "other"]


class ReplyPart(Record):
    """One thing in a list of instructions or in the place of the action; `role` is where it stands.

    `name` is its name as it is written, `form` what that name means in this role, `other` what it means in the other.
    """

    role: ReplyRole
    node: JsonNode
    name: JsonScalar | None = None
    form: Form | None = None
    other: Form | None = None

    @property
    def object(self) -> Object | None:
        """The part, if it is an object at all."""
        return self.node if isinstance(self.node, Object) else None

    @property
    def is_a(self) -> str:
        """The name of its form, empty where it has none in its role."""
        return "" if self.form is None else self.form.name


class DocumentReply(Record):
    """One reply: its object, the callback it answers (None: there is no telling), and its parts.

    `label` is the name of a PIE or Manage Call reply, from the file's name. `inline` is true inside a callout.
    """

    object: Object
    event: DocumentCallback | None
    label: str
    instructions: tuple[ReplyPart, ...]
    action: ReplyPart | None
    inline: bool = False

    @property
    def parts(self) -> tuple[ReplyPart, ...]:
        """The instructions, then the action."""
        return self.instructions if self.action is None else (*self.instructions, self.action)


class Callout(Record):
    """The body of a callout request: which kind it is, its object, and the member that holds it."""

    method: str
    member: Member

    @property
    def object(self) -> Object | None:
        """The body, if it is an object."""
        return self.member.value if isinstance(self.member.value, Object) else None


class Document(Record):
    """One JSON file. `broken` is why it, or a reply inside a callout, is no JSON; `tree` is None if the file is none.

    `chosen` is what the user said that it is; `guessed` is true where the file's name told the callback. A document of
    Voice API v2 has `scripts` in the place of `replies`. `lifted` has the tree of each reply, or the one tree
    of all scripts; `request` that of the body of a callout. `target` is what recpol compiled it to, if it is the output
    of a policy: the policy says what is meant, and its own lint finds what is doubtful about it.
    """

    source: Source
    tree: JsonNode | None
    kind: DocumentKind
    replies: tuple[DocumentReply, ...] = ()
    callout: Callout | None = None
    broken: tuple[Finding, ...] = ()
    chosen: str = ""
    guessed: bool = False
    scripts: tuple[CommandScript, ...] = ()
    lifted: tuple[Lifted, ...] = field(default=(), repr=False)
    request: Lifted | None = field(default=None, repr=False)
    target: Target | None = None
