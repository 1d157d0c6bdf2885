"""Rules about the credentials of stores.

Invariant: no message holds a part of a credential, and a finding whose place covers one is marked `secret`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from recpol.analysis.program import Program
from recpol.base.finding import Finding, Fix, Note
from recpol.base.placeholder import Placeholder
from recpol.base.source import Span
from recpol.platform.storage import AWS_REGION, AZURE_KEY, S3_CREDENTIAL_PARTS, Storage
from recpol.rules.edits import free_name, write
from recpol.rules.notation import Notation
from recpol.rules.policy.destination import LATER, KnownText, all_stores, destinations, written
from recpol.rules.rule import VALUES, VALUES_OF_ALL, shared_rule
from recpol.syntax import tree


def _text(store: tree.Store) -> tree.Text | None:
    """The credentials of a store where they are written as a string."""
    field = store.field("credentials")
    value = field.value if field is not None and isinstance(field.value, tree.Text) else None
    return None if value is None or value.value == "env" else value  # `"env" NAME` is syntax-error's


def _stores(program: Program) -> Iterator[tuple[tree.Store, Storage, KnownText | None]]:
    """Every store whose URL names a storage, with the storage and its credentials where they are a string."""
    for store, at in destinations(program):
        if at.storage is not None:
            value = _text(store)
            yield store, at.storage, None if value is None else written(program, value)


def _form(storage: Storage) -> str:
    return f"`{storage.form}`" if ":" in storage.form else storage.form


@shared_rule("error", binding=True, covers=("R04", "R06"), lifted=VALUES)
def missing_credentials(program: Program, say: Notation) -> Iterator[Finding]:
    """A store without the credentials that its storage demands.

    Amazon S3 and Azure need them (Recording page), and the current API and Voice API v2 demand them for every storage.
    Without them the upload fails after the call, and the platform documents no event that would tell.

    Wrong:
    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/desk/" }
    on ice { record { connect pstn +46850020000 } }
    ```

    Right:
    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/desk/" credentials env S3_CREDENTIALS }
    on ice { record { connect pstn +46850020000 } }
    ```
    """
    for store, at in destinations(program):
        field = store.field("credentials")
        value = _text(store)
        if at.storage is None or at.scheme is None:
            if value is not None and not written(program, value).text.strip():
                yield Finding(
                    say.has_empty_credentials(store.name.text),
                    value.span,
                    help=f"write {say.credentials_later}, or leave {say.credentials_line} out where the storage "
                    "needs none",
                )
            continue
        always = next((target.needs_credentials for target in program.targets if target.needs_credentials), None)
        if at.storage.credentials != "required" and (always is None or at.storage.credentials == "none"):
            continue
        missing = field is None and not any(isinstance(one, tree.Broken) for one in store.fields)
        if missing or (value is not None and not written(program, value).text.strip()):
            yield Finding(
                say.has_no_credentials(store.name.text),
                store.name.span if value is None else value.span,
                notes=(Note(at.scheme.span, "this storage demands them"),),
                why=f"{at.storage.title} demands {_form(at.storage)} ({at.storage.source})"
                if at.storage.credentials == "required"
                else f"recordings have no destination without credentials ({always})",
                help=say.add_credentials,
            )


@shared_rule("error", covers=("R22",), lifted=VALUES_OF_ALL, most="warning")
def literal_credentials(program: Program, say: Notation) -> Iterator[Finding]:
    """A secret that is written in the policy.

    Whoever reads the policy, its history or the compiled output can use it. `credentials env NAME` leaves a placeholder
    in the output, which is filled when the reply is sent. Give the key the right to write and nothing else: Sinch never
    asks to read (Recording page).

    Wrong:
    ```recpol
    policy desk
    store calls {
      url "s3://acme-recordings/desk/"
      credentials "AKIAIOSFODNN7EXAMPLE:wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY:eu-central-1"
    }
    on ice { record { connect pstn +46850020000 } }
    ```

    Right:
    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/desk/" credentials env S3_CREDENTIALS }
    on ice { record { connect pstn +46850020000 } }
    ```

    ```recpol
    policy desk
    store calls {
      url "s3://acme-recordings/desk/"
      credentials "{{ env.AWS_KEY }}:{{ env.AWS_SECRET }}:eu-central-1"
    }
    on ice { record { connect pstn +46850020000 } }
    ```
    """
    known = {store.name.span: storage for store, storage, _ in _stores(program)}
    for store in all_stores(program):
        text, storage = _text(store), known.get(store.name.span)
        if text is None or (storage is not None and storage.credentials == "none"):
            continue  # where none are wanted, drive-credentials speaks
        known_now = _literal(storage, written(program, text))
        secret = known_now or _literal(storage, written(program, text, defaults=True))
        if secret is not None and secret[0].strip():
            place = secret[1]
            variable = "{{" in place.text
            what = "from a variable is written to the output" if variable else f"is written in {say.here}"
            if known_now is None:
                what = "in `default` is written to the output"
            yield Finding(
                f"a secret {what}",
                place,
                why=f"{say.readers} can use it",
                help=f"write {say.credentials_later}, and make a new key: this one is no longer a secret",
                secret=True,
                fixes=() if variable else _named_later(program, store, text, place, say),
            )


def _named_later(program: Program, store: tree.Store, text: tree.Text, secret: Span, say: Notation) -> tuple[Fix, ...]:
    """The fix that leaves a secret out of the policy, under a name that nothing else in it has."""
    whole = secret == text.span
    wanted = re.sub(r"[^A-Z0-9]+", "_", store.name.text.upper()).strip("_") + ("_CREDENTIALS" if whole else "_SECRET")
    name = free_name(program.source, wanted)
    title = f"store the secret as `{name}` first: this takes it out of the file"
    place, written_ = say.from_environment(name, text) if whole else (secret, f"{{{{ env.{name} }}}}")
    return write(place, written_, title=title)


def _literal(storage: Storage | None, value: KnownText) -> tuple[str, Span] | None:
    """The part of credentials that is a secret and is known when compiling, and its place."""
    if value.known:
        return value.text, value.node.span
    parts = value.text.split(":")
    # Where all three parts can be told apart, only the middle one is secret.
    three = storage is not None and storage.scheme == "s3" and len(parts) == S3_CREDENTIAL_PARTS
    if three and LATER not in parts[1]:
        start = len(parts[0]) + 1
        return parts[1], value.span(start, start + len(parts[1]))
    return None


@shared_rule("error", covers=("R05", "R06"), lifted=VALUES_OF_ALL)
def credentials_shape(program: Program, say: Notation) -> Iterator[Finding]:
    """Credentials that do not have the form of their storage.

    For Amazon S3 they are `AwsAccessKey:AwsSecretKey:AwsRegion`, three parts with colons between them (Recording page).
    For Azure they are the storage account's access key: not a connection string, not a shared access signature.

    What only looks unlikely, such as a region that is not like `eu-central-1`, is a warning.

    Wrong:
    ```recpol
    policy desk
    store calls {
      url "s3://acme-recordings/desk/"
      # allow literal-credentials: the example key of Amazon's documentation
      credentials "AKIAIOSFODNN7EXAMPLE:wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
    }
    on ice { record { connect pstn +46850020000 } }
    ```

    Right:
    ```recpol
    policy desk
    store calls {
      url "s3://acme-recordings/desk/"
      # allow literal-credentials: the example key of Amazon's documentation
      credentials "AKIAIOSFODNN7EXAMPLE:wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY:eu-central-1"
    }
    on ice { record { connect pstn +46850020000 } }
    ```
    """
    for _, storage, value in _stores(program):
        if value is None or not value.text.strip():
            continue
        if not value.known:
            assumed = written(program, value.node, defaults=True)
            value = assumed if assumed.known and assumed.text.strip() else value
        if storage.scheme == "s3":
            yield from _s3_shape(storage, value, say)
        elif storage.scheme == "azure" and value.known and not AZURE_KEY.fits(value.text):
            yield Finding(
                "this does not look like an access key of Azure",
                value.node.span,
                why=f"it takes {storage.form} ({say.source_of(storage)}), which is {AZURE_KEY.sentence}",
                help="copy the key from `Access keys` of the storage account",
                severity="warning",
                secret=True,
            )


def _s3_shape(storage: Storage, value: KnownText, say: Notation) -> Iterator[Finding]:
    parts = value.text.split(":")
    count = len(parts)
    # A value known later may bring colons of its own: then there are at least as many parts as can be seen.
    if count > S3_CREDENTIAL_PARTS or (value.known and count < S3_CREDENTIAL_PARTS):
        missing = ": the region is missing" if count == S3_CREDENTIAL_PARTS - 1 else ""
        many = "one part" if count == 1 else f"{count} parts"
        yield Finding(
            f"credentials for S3 have three parts, and these have {many}{missing}",
            value.node.span,
            why=f"the form is `{storage.form}` ({say.credentials_source})",
            help=f"write `{storage.form}`, or better {say.credentials_later}",
            secret=True,
        )
    elif value.known:
        start = 0
        for number, part in enumerate(parts):
            place = value.part(start, start + len(part))
            start += len(part) + 1
            name = storage.form.split(":")[number]
            if not part or part != "".join(part.split()):
                problem = "has a blank in it" if part else "is empty"
                span = place.span if part else value.node.span
                yield Finding(f"the part `{name}` {problem}", span, help=f"write `{storage.form}`", secret=True)
            elif number == S3_CREDENTIAL_PARTS - 1 and not AWS_REGION.fits(part):
                yield Finding(
                    "the last part does not look like a region of Amazon's",
                    place.span,
                    why=f"the form is `{storage.form}` ({say.credentials_source})",
                    help="write the region of the bucket, such as `eu-central-1`",
                    severity="warning",
                    secret=True,
                )


@shared_rule("error", lifted=VALUES_OF_ALL)
def credentials_from_call(program: Program, say: Notation) -> Iterator[Finding]:
    """Credentials that are taken from the callback.

    What comes with a callback was sent by the caller or can be read by those who handle the call. A secret belongs to
    the deployment: `env`.

    Wrong:
    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/desk/" credentials "{{ call.custom }}" }
    on ice { record { connect pstn +46850020000 } }
    ```

    Right:
    ```recpol
    policy desk
    store calls { url "s3://acme-recordings/desk/" credentials env S3_CREDENTIALS }
    on ice { record { connect pstn +46850020000 } }
    ```
    """
    for store in all_stores(program):
        value = _text(store)
        for piece in value.pieces if value is not None else ():
            if value is not None and isinstance(piece, Placeholder) and piece.scope == "call":
                yield Finding(
                    f"a secret does not come with the call: `{piece.scope}.{piece.name}`",
                    value.part(piece.start, piece.end),
                    why="the fields of a callback tell who calls whom, and callers can choose some of them",
                    help=f"write {say.credentials_later}",
                )


@shared_rule("warning", covers=("R09",), targets=lambda target: any(s.credentials == "none" for s in target.storages))
def drive_credentials(program: Program, say: Notation) -> Iterator[Finding]:
    """Credentials for Sinch Drive, which takes none.

    Sinch Drive belongs to the account (Recording page). A secret that is sent for nothing can only leak.

    Wrong:
    ```recpol
    policy desk
    store calls { url "sdrive://" credentials env DRIVE_KEY }
    on ice { answer record { tones "1" connect pstn +46850020000 } }
    ```

    Right:
    ```recpol
    policy desk
    store calls { url "sdrive://" }
    on ice { answer record { tones "1" connect pstn +46850020000 } }
    ```
    """
    for store, storage, value in _stores(program):
        field = store.field("credentials")
        if field is not None and storage.credentials == "none":
            yield Finding(
                f"{storage.title} takes no credentials",
                field.value.span,
                why=f"its URL is all that is documented ({storage.source})",
                help=f"delete {say.credentials_line}",
                secret=value is not None,
                fixes=say.without_field(field.span, value is None),
            )
