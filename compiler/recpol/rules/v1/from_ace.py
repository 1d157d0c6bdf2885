"""A rule about calls that may not be recorded: those whose recording begins in a reply that can get lost."""

from __future__ import annotations

from collections.abc import Iterator

from recpol.analysis.dialled import gets_ace
from recpol.base.finding import Finding
from recpol.platform.sources import CALLBACK_PAGE
from recpol.rules.rule import application_rule, meant
from recpol.rules.v1.callouts import ace_not_asked
from recpol.svaml.application import Application
from recpol.svaml.lifted import Lifted


@application_rule("info", covers=("F08",), settled=meant)
def recorded_from_ace(application: Application) -> Iterator[Finding]:
    r"""A recording that begins in the reply to ACE alone, and so not at all where that reply is late or lost.

    Without a reply to ACE the platform connects the call (Callback API page), and nobody records it. The flag on the
    connect in the reply to ICE records the same conversation without that risk. It is reported as information: where
    the recording depends on what is known only when the call is answered, ACE is the right place. It takes the replies
    to both callbacks: those inside a callout, or those of one application in one run.

    Wrong:
    ```json
    {
      "method": "customCallout",
      "customCallout": {
        "ice": "{\"action\": {\"name\": \"connectPstn\", \"number\": \"+46850020000\"}}",
        "ace":
      "{\"action\":{\"name\":\"continue\",\"record\":true,\"recordingOptions\":{\"destinationUrl\":\"{{ env.TO }}\"}}}",
        "enableAce": true
      }
    }
    ```

    Right:
    ```json ice
    {
      "action": {
        "name": "ConnectPstn",
        "number": "+46850020000",
        "record": true,
        "recordingOptions": {"destinationUrl": "s3://acme-calls/", "credentials": "{{ env.S3_CREDENTIALS }}"}
      }
    }
    ```
    """
    first = application.of("ice")
    if not first or not all(_leaves_it(lifted) for _, _, lifted in first):
        return
    for document, _, lifted in application.of("ace"):
        if ace_not_asked(document) is not None:
            continue  # callout-callbacks says that it may never come
        for _, span in list(lifted.recorded())[:1]:
            yield Finding(
                "where the reply to ACE gets lost, this call is not recorded",
                span,
                why=f"without a reply to ACE the call is connected all the same ({CALLBACK_PAGE})",
                help="record by the flag on the connect in the reply to ICE, if every such call is to be recorded",
            )


def _leaves_it(lifted: Lifted) -> bool:
    """Whether a reply to ICE connects a call that ACE is sent for, and does not record it."""
    action = next((handler.action for handler in lifted.program.handlers), None)  # none where there are too many steps
    return action is not None and gets_ace(action) and not lifted.program.decided(action).call_stores
