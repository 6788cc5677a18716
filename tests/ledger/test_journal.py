"""One operation's pages of the ledger."""

import asyncio

import pytest
import strawberry

from gateway.ledger.journal import Journal, Ledger
from gateway.wire.call import Call
from resolvers.errors import BadUserInput
from resolvers.identity import Upstream
from resolvers.lifetimes import DeleteOrganizationInput, DeleteOrganizationPayload
from resolvers.writing import UserError

pytestmark = pytest.mark.anyio

CALL = Call(Upstream.LOSANT, "org.delete", "DELETE", "/orgs/1")


def given(key="key", name="Acme"):
    return DeleteOrganizationInput(
        organization_id=strawberry.ID("acme"), upstream=Upstream.LOSANT, confirm_name=name, client_mutation_id=key
    )


class Deletion:
    """A write that counts how often it is made, and fails as it is told."""

    def __init__(self, journal, status=200, failure=None):
        self.journal = journal
        self.status = status
        self.failure = failure
        self.made = 0

    async def __call__(self):
        number = await self.journal.sending(CALL)
        self.made += 1
        await asyncio.sleep(0)
        if self.failure:
            raise self.failure
        self.journal.answered(number, self.status)
        return DeleteOrganizationPayload(deleted_organization_id=strawberry.ID(f"deleted-{self.made}"))


async def delete(journal, act, **members):
    return await journal.once(
        "deleteOrganization", "deleteOrganization", given(**members), DeleteOrganizationPayload, act
    )


@pytest.fixture
async def ledger():
    ledger = Ledger(None)
    yield ledger
    await ledger.close()


async def test_callers_do_not_share_keys(ledger):
    acts = []
    for caller in ("one", "other", "one"):
        journal = Journal(ledger, caller, None)
        acts.append(Deletion(journal))
        payload = await delete(journal, acts[-1])
        assert payload.deleted_organization_id == "deleted-1"
    assert [act.made for act in acts] == [1, 1, 0]


async def test_callers_do_not_share_headers(ledger):
    acts = []
    for caller in ("one", "other", "one"):
        journal = Journal(ledger, caller, "header")
        acts.append(Deletion(journal))
        await delete(journal, acts[-1], key=None)
    assert [act.made for act in acts] == [1, 1, 0]


async def test_a_mistake_behind_a_sent_call_leaves_the_outcome_unknown(ledger):
    journal = Journal(ledger, "caller", None)
    act = Deletion(journal, failure=RuntimeError("a mistake"))
    with pytest.raises(RuntimeError, match="a mistake"):
        await delete(journal, act)

    again = await delete(Journal(ledger, "caller", None), act)

    [error] = again.user_errors
    assert error.code.name == "OUTCOME_UNKNOWN"
    assert error.upstream is Upstream.LOSANT
    assert "Check Losant: DELETE /orgs/1." in error.message
    assert act.made == 1


async def test_a_mistake_before_anything_was_sent_leaves_the_key_free(ledger):
    journal = Journal(ledger, "caller", None)

    async def wrong():
        raise RuntimeError("a mistake")

    with pytest.raises(RuntimeError, match="a mistake"):
        await delete(journal, wrong)
    act = Deletion(journal)
    assert (await delete(journal, act)).user_errors == []
    assert act.made == 1


async def test_an_expected_failure_becomes_a_user_error_and_leaves_the_key_free_where_nothing_was_sent(ledger):
    journal = Journal(ledger, "caller", None)

    def refuse():
        raise BadUserInput("Not so.", field=("confirmName",))

    refused = await delete(journal, refuse)
    assert [(error.code.name, error.message, error.field) for error in refused.user_errors] == [
        ("BAD_USER_INPUT", "Not so.", ["confirmName"])
    ]
    assert refused.client_mutation_id == "key"
    act = Deletion(journal)
    made = await delete(journal, act)
    assert made.deleted_organization_id == "deleted-1"
    assert made.client_mutation_id == "key"


async def test_an_expected_failure_of_what_was_sent_is_told_again_and_not_tried_again(ledger):
    journal = Journal(ledger, "caller", None)
    act = Deletion(journal, failure=BadUserInput("Not so."))
    first, again = await delete(journal, act), await delete(journal, act)
    assert [error.message for error in first.user_errors] == ["Not so."]
    assert again == first
    assert act.made == 1


async def test_an_answer_that_cannot_be_kept_does_not_leave_the_key_running(ledger):
    journal = Journal(ledger, "caller", None)

    async def odd():
        journal.answered(await journal.sending(CALL), 200)
        return DeleteOrganizationPayload(deleted_organization_id=object())

    with pytest.raises(TypeError):
        await delete(journal, odd)
    again = await delete(journal, odd)
    assert [error.code.name for error in again.user_errors] == ["OUTCOME_UNKNOWN"]


async def test_a_write_outside_of_a_mutation_is_a_mistake_of_ours(ledger):
    with pytest.raises(RuntimeError, match="outside of a mutation"):
        await Journal(ledger, "caller", None).sending(CALL)


async def test_a_mistake_in_an_abandoned_write_is_logged(ledger, capsys):
    journal = Journal(ledger, "caller", None)
    going = asyncio.Event()

    async def slow():
        await journal.sending(CALL)
        going.set()
        await asyncio.sleep(0.05)
        raise RuntimeError("a late mistake")

    asking = asyncio.ensure_future(delete(journal, slow))
    await going.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await asyncio.sleep(0.1)

    said = capsys.readouterr()
    assert "a write failed after its caller had gone away" in said.out + said.err
    assert "a late mistake" in said.out + said.err


async def test_expected_failures_are_kept_as_answers_where_something_was_sent(ledger):
    journal = Journal(ledger, "caller", None)
    made = 0

    async def refused():
        nonlocal made
        made += 1
        journal.answered(await journal.sending(CALL), 400)
        return DeleteOrganizationPayload(user_errors=[UserError.of(BadUserInput("No.", field=("a", "b")))])

    first = await delete(journal, refused)
    again = await delete(journal, refused)
    assert again == first
    assert again.user_errors[0].field == ["a", "b"]
    assert made == 1


async def test_of_writes_that_nobody_can_ask_for_again_it_is_kept_that_they_were_made_but_no_answer(ledger):
    journal = Journal(ledger, "caller", None)
    act = Deletion(journal)
    for number in (1, 2):
        assert (await delete(journal, act, key=None)).deleted_organization_id == f"deleted-{number}"

    entries = ledger.store.entries()
    assert [(entry.mutation, entry.state, entry.payload) for entry in entries] == [
        ("deleteOrganization", "done", b"")
    ] * 2
    assert [len(await ledger.pages.sent(entry)) for entry in entries] == [1, 1]


async def test_another_input_is_a_conflict_also_while_the_first_call_runs(ledger):
    journal, other = Journal(ledger, "caller", None), Journal(ledger, "caller", None)
    release = asyncio.Event()

    async def slow():
        journal.answered(await journal.sending(CALL), 200)
        await release.wait()
        return DeleteOrganizationPayload(deleted_organization_id=strawberry.ID("x"))

    running = asyncio.ensure_future(delete(journal, slow))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    [same] = (await delete(other, slow)).user_errors
    [different] = (await delete(other, slow, name="Another")).user_errors
    release.set()
    await running
    assert (same.code.name, same.retryable) == ("CONFLICT", True)
    assert (different.code.name, different.retryable) == ("CONFLICT", False)
