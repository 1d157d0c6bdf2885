"""Rooms across the policies of one run: what one records, a guarantee of another knows."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

import recpol_check
from recpol.analysis.program import program
from recpol.analysis.rooms import RoomName
from recpol.base.source import Source
from recpol.prove import rooms
from recpol.semantics.rooms import same_room
from shells import Shell

HOST = """\
policy host
locale en-GB
store calls {{ url "s3://acme-recordings/calls/" credentials env S3_KEYS }}
on ice {{ answer notice: say "The meeting is recorded." record {scope} {{ connect conference "{room}" }} }}
announce notice before recording
"""

GUEST = """\
policy guest
locale en-GB
on ice {{ answer hello: say "Welcome." lobby: connect conference "{room}" }}
{guarantee}
"""

NEVER = 'never record lobby because "guests are not recorded"'


def files(host: str, guest: str, *, scope: str = "conference", guarantee: str = NEVER) -> dict[str, str]:
    return {
        "host.recpol": HOST.format(room=host, scope=scope),
        "guest.recpol": GUEST.format(room=guest, guarantee=guarantee),
    }


def test_a_room_that_another_policy_records(shell: Shell) -> None:
    done = shell("lint", ".", files=files("board", "board"))
    assert done.status == 1
    assert "`never record lobby` is broken" in done.out
    assert "another caller, by `on ice` of the policy `host`, records the room to `calls`" in done.out
    assert "host.recpol:4" in done.out
    assert shell("lint", "guest.recpol").status == 0, "alone it knows nothing of the host"


def test_compile_and_explain_say_the_same(shell: Shell, tmp_path: Path) -> None:
    done = shell("compile", ".", "-o", "build", files=files("board", "board"))
    assert done.status == 1
    assert (tmp_path / "build" / "host" / "ice.json").exists()
    assert not (tmp_path / "build" / "guest").exists()
    told = shell("explain", "host.recpol", "guest.recpol", "--format", "text").out
    assert "of the policy `host`" in told


def test_one_participant_that_is_recorded_records_the_room(shell: Shell) -> None:
    done = shell("lint", ".", files=files("board", "board", scope="call"))
    assert "`never record lobby` is broken" in done.out


@pytest.mark.parametrize(
    ("host", "guest"), [("board", "lobby"), ("board", "board-{{ call.callid }}"), ("a-{{ env.X }}", "b-{{ env.X }}")]
)
def test_rooms_that_cannot_be_one(shell: Shell, host: str, guest: str) -> None:
    done = shell("lint", ".", files=files(host, guest))
    assert (done.status, "guarantee" in done.out) == (0, False)


@pytest.mark.parametrize(
    ("host", "guest"), [("board", "Board"), ("board", "{{ env.ROOM }}"), ("{{ env.ROOM }}", "board")]
)
def test_rooms_that_may_be_one(shell: Shell, host: str, guest: str) -> None:
    done = shell("lint", ".", files=files(host, guest))
    assert done.status == 0
    assert "`never record lobby` cannot be proven" in done.out
    assert "of the policy `host`" in done.out


def test_the_same_placeholder_is_the_same_room(shell: Shell) -> None:
    done = shell("lint", ".", files=files("{{ env.ROOM }}", "{{ env.ROOM }}"))
    assert "`never record lobby` is broken" in done.out


def test_a_proof_knows_the_other_policies_of_the_run(shell: Shell) -> None:
    done = shell("prove", ".", files=files("board", "board"))
    assert done.status == 1
    assert "`never record lobby` is broken" in done.err
    assert "`never record lobby` is proven" in shell("prove", "guest.recpol").err


def test_a_room_of_the_calls_own_rests_on_no_assumption(shell: Shell) -> None:
    own = files("board", "own-{{ call.callid }}")
    assert "room-is-ours" not in shell("prove", "guest.recpol", files=own).out
    assert "no other call comes into it" in shell("explain", "guest.recpol", "--format", "text").out.replace("\n", " ")
    assert "room-is-ours" in shell("prove", "guest.recpol", files=files("board", "lobby")).out
    defaulted = files("board", "own-{{ call.callid | default('x') }}")
    assert "room-is-ours" in shell("prove", "guest.recpol", files=defaulted).out


SURVEY = """policy survey
locale en-GB
%s
store calls { url "s3://acme-recordings/calls/" credentials env S3_KEYS }
on callout customer { call pstn "{{ start.number }}" cli +442079460100 }
on ace customer { notice: menu { prompt "Yes is 1, no is 2." barge no key 1 -> agreed key 2 -> declined } }
on pie agreed { record call { connect conference "%s" } }
on pie declined { talk: connect conference "%s" }
on pie otherwise { hangup }
never record talk
announce notice before recording
"""
UNIQUE = 'unique "{{ start.id }}"'
ID = "survey-{{ start.id }}"


def test_a_room_named_by_a_unique_value_belongs_to_one_call(shell: Shell) -> None:
    done = shell("prove", "survey.recpol", files={"survey.recpol": SURVEY % (UNIQUE, ID, ID)})
    assert (done.status, done.err.count("is proven")) == (0, 2)
    assert done.out.count('"starts-are-unique"') == 2
    assert "room-is-ours" not in done.out
    told = shell("explain", "survey.recpol", "--format", "text").out.replace("\n", " ")
    assert "a value that the backend gives to one call alone" in " ".join(told.split())
    broken = shell("lint", "survey.recpol", files={"survey.recpol": SURVEY % ("", ID, ID)})
    assert "`never record talk` is broken" in broken.out


@pytest.mark.parametrize(
    ("agreed", "declined", "proven"),
    [
        (ID, ID, True),
        ("{{ env.LINE }}-{{ start.id }}", "{{ env.LINE }}-{{ start.id }}", True),
        ("{{ start.id }}{{ start.number }}", "{{ start.id }}{{ start.number }}", False),  # 1 and 23, or 12 and 3
        ("{{ start.id }}-{{ call.cli }}", "{{ start.id }}-{{ call.cli }}", False),
        ("{{ start.id | default('x') }}", "{{ start.id | default('x') }}", False),
        ("{{ start.id | e164 }}", "{{ start.id | e164 }}", False),
        (ID, "survey-{{ start.number }}", False),
        (ID, "survey-5", False),
        (ID, "{{ start.id }}", False),  # an id may begin so
        (ID, "lobby", True),
    ],
)
def test_a_unique_value_is_no_more_than_it_is(shell: Shell, agreed: str, declined: str, proven: bool) -> None:
    done = shell("prove", "survey.recpol", files={"survey.recpol": SURVEY % (UNIQUE, agreed, declined)})
    assert ("`never record talk` is proven" in done.err) is proven, done.err


def test_a_value_is_unique_in_its_own_policy_alone(shell: Shell) -> None:
    """Another policy has values of its own, which may be the same."""
    two = {"survey.recpol": SURVEY % (UNIQUE, "a-{{ start.id }}", ID)}
    two["other.recpol"] = (SURVEY % (UNIQUE, ID, "b-{{ start.id }}")).replace("policy survey", "policy other")
    assert "`never record talk` is proven" in shell("prove", "survey.recpol", files=two).err
    done = shell("lint", ".")
    assert "`never record talk`" in done.out
    assert "of the policy `other`" in done.out


def test_a_proof_that_rests_on_unique_values_needs_them_in_the_manifest(shell: Shell, tmp_path: Path) -> None:
    shell("compile", "survey.recpol", files={"survey.recpol": SURVEY % (UNIQUE, ID, ID)})
    proof = json.loads(shell("prove", "survey.recpol").out)["policies"][0]
    folder = tmp_path / "build" / "survey"
    kept = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert json.loads(kept["manifest.json"])["unique"] == ["start.id"]
    assert all(line.startswith("holds: ") for line in recpol_check.check(recpol_check.Folder("survey", kept), proof))
    without = json.dumps({k: v for k, v in json.loads(kept["manifest.json"]).items() if k != "unique"}).encode()
    proof["documents"]["manifest.json"] = hashlib.sha256(without).hexdigest()
    with pytest.raises(recpol_check.Refused, match="another caller records the room"):
        recpol_check.check(recpol_check.Folder("survey", {**kept, "manifest.json": without}), proof)
    granted = json.loads(shell("prove", "survey.recpol").out)["policies"][0]
    with pytest.raises(recpol_check.Refused, match="not granted"):
        recpol_check.check(recpol_check.Folder("survey", kept), granted, frozenset({"starts-are-unique"}))


def test_another_caller_joins(shell: Shell) -> None:
    text = """\
policy club
locale en-GB
store calls { url "s3://acme-recordings/calls/" credentials env S3_KEYS }
on ice { answer menu { prompt "1 to 3." key 1 -> host key 2 -> guest key 3 -> own } }
on pie host { record conference { connect conference "club" } }
on pie guest { guest: connect conference "club" { phase aside } }
on pie own { own: connect conference "{{ call.callid }}" }
on pie otherwise { hangup }
"""
    done = shell(
        "simulate", "club.recpol", "press 2; another joins by pie host; begin aside", files={"club.recpol": text}
    )
    assert done.status == 0
    assert "another caller comes into the room by `on pie host`" in done.out
    assert "guest: the conversation" in done.out
    assert done.out.count("recorded to calls (file 1, the whole room)") == 2
    apart = shell("simulate", "club.recpol", "press 3; another joins by pie own")
    assert apart.status == 1
    assert "`another joins by pie own` cannot happen here" in apart.err
    assert shell("simulate", "club.recpol", "press 2; another joins by pie nobody").status == 1
    assert "without a reply" in shell("simulate", "club.recpol", "press 2; another joins by host").err


def test_who_joins_is_told_before_the_recording_of_another_policy(shell: Shell) -> None:
    late = files("board", "board", guarantee="announce hello before recording")
    assert shell("lint", ".", files=late).status == 0
    silent = {**late, "guest.recpol": late["guest.recpol"].replace("answer hello", "hello")}
    done = shell("lint", ".", files=silent)
    assert "of the policy `host`" in done.out


def test_policies_are_compared_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has a room of its own; comparing each with each would be forty thousand comparisons."""
    programs = [program(Source(f"{n}.recpol", HOST.format(room=f"room-{n}", scope="conference"))) for n in range(200)]
    compared: list[int] = []
    real = same_room

    def counting(mine: RoomName | None, theirs: RoomName | None) -> bool | None:
        compared.append(1)
        return real(mine, theirs)

    monkeypatch.setattr(rooms, "same_room", counting)
    assert all(not one.elsewhere for one in rooms.side_by_side(programs))
    assert len(compared) <= 2 * len(programs)


TWIN = "policy desk\non ice { connect pstn +46850020000 }\n"


def test_two_policies_of_one_name_are_found_by_every_command_that_writes_by_name(shell: Shell, tmp_path: Path) -> None:
    files = {"a/desk.recpol": TWIN, "b/desk.recpol": TWIN, "c.recpol": TWIN.replace("desk", "other")}
    for words in (("lint", "."), ("compile", ".", "-o", "build"), ("prove", ".", "-o", "proof.json")):
        done = shell(*words, files=files)
        assert done.status == 1, words
        said = done.out + done.err
        assert said.count("two policies are named `desk`") == 1
        assert "b/desk.recpol:1:8" in said
        assert "a/desk.recpol:1:8" in said
        assert "rule: duplicate-name" in said
    assert not (tmp_path / "build" / "desk").exists()
    assert shell("lint", "a", "c.recpol").status == 0
    tenants = {"recpol.yaml": "tenants:\n  one: {}\n  two: {}\n"}
    assert shell("lint", ".", files=tenants).out.count("two policies are named `desk`") == 1


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_third_policy_of_the_name_is_told_beside_the_first(shell: Shell, jobs: str) -> None:
    files = {f"{folder}/desk.recpol": TWIN for folder in "abc"}
    done = shell("lint", "--no-cache", "--jobs", jobs, "--output-format", "json", ".", files=files)
    found = [(one["file"], one["rule"]) for one in json.loads(done.out)["findings"]]
    assert found == [("b/desk.recpol", "duplicate-name"), ("c/desk.recpol", "duplicate-name")]
