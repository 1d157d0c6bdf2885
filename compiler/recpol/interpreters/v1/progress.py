"""What one document has done so far: its sounds, its recorder, its problems and what it depends on.

Invariant: a recorder changes here alone, so that each change that is not documented becomes a problem or an assumption.
"""

from __future__ import annotations

from collections.abc import Mapping

from recpol.base.record import Record, field, replace
from recpol.calls.deeds import Deed, DeedKind, Manner
from recpol.calls.trace import Heard, Recorder, Recording, Sound, SoundKind
from recpol.interpreters.assumptions import Assumption
from recpol.interpreters.v1 import forms
from recpol.interpreters.v1.dialects import DialectFacts
from recpol.interpreters.v1.forms import FormBody
from recpol.interpreters.v1.menus import Menus


class ReplyProgress(Record, frozen=False):
    """What one document has done so far; made and used up within one reply or request. A call has one call recording at
    a time here.

    `dialect`: what the document is read as. `entry`: the call recording that must have survived from an earlier reply,
    if one runs.
    `instructed`: an instruction started or stopped a recording. `menus`: those of the RunMenu that was run.
    """

    dialect: DialectFacts
    recorder: Recorder
    entry: tuple[Recording, ...] = ()
    heard: list[Heard] = field(default_factory=list)
    deeds: list[Deed] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    assumptions: set[Assumption] = field(default_factory=set)
    instructed: bool = False
    menus: Menus | None = None

    def do(self, kind: DeedKind, manner: Manner = ()) -> None:
        """Do something, heard or not, with the recorder as it is."""
        self.deeds.append(Deed(kind, manner, self.recorder.calls, self.recorder.conference))

    def hear(self, kind: SoundKind, *content: str, manner: Manner = ()) -> None:
        """Hear a sound with the recorder as it is."""
        self.do(kind, manner)
        self.hear_sound(Sound(kind, content))

    def hear_sound(self, sound: Sound) -> None:
        """Hear a sound whose deed is told apart."""
        self.heard.append(Heard(sound, self.recorder.calls, self.recorder.conference))
        if self.entry and self.recorder.calls == self.entry:
            self.assumptions.add("recorder-survives")

    def start(self, options: object, where: str) -> None:
        """Start the call recording; `where` names the place in messages."""
        pairs, problems = forms.recording_options(options, where)
        self.problems += problems
        if self.recorder.calls:
            self.problems.append(f"{where} starts a call recording while one runs, which is not documented")
            return
        number = self.recorder.started + 1
        self.recorder = replace(self.recorder, calls=(Recording(number, pairs),), started=number)

    def stop(self, where: str) -> None:
        """Stop the call recording."""
        if not self.recorder.calls:
            self.problems.append(f"{where} stops a call recording while none runs, which is not documented")
            return
        if self.recorder.calls == self.entry:
            self.assumptions.add("recorder-survives")
        self.recorder = replace(self.recorder, calls=())

    def start_conference(self, options: object, where: str) -> None:
        """Start the recording of the conference that the action connects to."""
        pairs, problems = forms.recording_options(options, where)
        self.problems += problems
        self.assumptions |= {"conference-already-recorded", "conference-recording-enabled"}
        if self.recorder.calls:
            self.assumptions.add("both-recorders")
        if self.recorder.conference is None:
            self.recorder = replace(self.recorder, conference=Recording(1, pairs))

    def text(self, body: FormBody, name: str, where: str, *, needed: bool = True) -> str | None:
        """A text property, or none and a problem where it is needed."""
        value = body.get(name)
        if isinstance(value, str):
            return value
        if needed or value is not None:
            self.problems.append(f"{where} has no text in `{name}`")
        return None

    def name(self, body: FormBody, table: Mapping[str, frozenset[str]], where: str) -> str | None:
        """The name of an instruction or action as `table` writes it, or none and a problem."""
        written = body.get("name")
        found = forms.known(written, table)
        if found is None:
            self.problems.append(f"{where} has the unknown name {forms.shown(written)}")
        elif isinstance(written, str) and not forms.seen(written):
            self.assumptions.add("names-in-any-case")
        return found
