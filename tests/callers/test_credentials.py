"""The caller's own credentials: each header goes to its upstream alone, and nowhere else."""

import re
import tomllib
from base64 import b64encode

import pytest
import structlog

from gateway.app import Gateway
from gateway.callers.credentials import HEADERS, Credentials
from gateway.check import check_all
from gateway.settings import Settings
from gateway.upstreams import ADAPTERS, Line
from gateway.upstreams.line import MOST_SIZES, Sizes
from resolvers.errors import UpstreamUnauthenticated
from resolvers.identity import Upstream

pytestmark = pytest.mark.anyio

ONE_OF_EACH = """{
  organization(id: "acme") {
    losant: members(upstreams: [LOSANT]) { totalCount }
    nks: members(upstreams: [NKS]) { totalCount }
    clickhouse: members(upstreams: [CLICKHOUSE]) { totalCount }
    customizations { theme }
  }
}"""
FIELDS = {"losant": "losant", "nks": "nks", "clickhouse": "clickhouse", "locktera": "customizations"}
GOOD = {
    "Losant-Authorization": "Bearer LOSANT_API_TOKEN",
    "Nks-Authorization": "Bearer NKS_API_TOKEN",
    "Locktera-Authorization": "Bearer LOCKTERA_API_KEY",
    "ClickHouse-Authorization": f"Basic {b64encode(b'CH_KEY_ID:CH_KEY_SECRET').decode()}",
}
RENAME = """mutation($input: UpdateOrganizationInput!) {
  updateOrganization(input: $input) { organization { key } userErrors { code } }
}"""


def by_callers(sandbox, *names: str) -> str:
    """The sandbox's settings, with these upstreams left to the callers' credentials, and without the gateway's own."""
    toml = sandbox.settings_toml()
    for name in names:
        toml = toml.replace(f"[upstreams.{name}]", f'[upstreams.{name}]\ncredentials = "caller"')
        if name == "clickhouse":
            toml = re.sub(r"\[\[upstreams\.clickhouse\.keys\]\]\n(?:\w+ = .*\n)+", "", toml)
        else:
            toml = re.sub(rf'(\[upstreams\.{name}\]\n(?:\w+ = .*\n)*?)token = ".*"\n', r"\1", toml)
    return toml


@pytest.fixture
def graph(graphs, untouched_sandbox):
    return graphs(by_callers(untouched_sandbox, *FIELDS))


@pytest.fixture
def door(graph, doors):
    return doors(graph.gateway)


def sent(graph) -> dict[str, set[str]]:
    """The values of `Authorization` that each upstream was sent."""
    return {
        name: {request["headers"].get("authorization", "") for request in application.state.faults.requests}
        for name, application in graph.sandbox.applications.items()
    }


async def test_each_credential_is_sent_to_its_own_upstream_as_authorization(graph, door) -> None:
    answer = (await door.post(ONE_OF_EACH, GOOD)).json()

    assert "errors" not in answer
    assert sent(graph) == {name: {GOOD[HEADERS[Upstream(name)]]} for name in FIELDS}


async def test_no_upstream_is_sent_anything_else_of_the_request(graph, door) -> None:
    further = {
        "Cookie": "COOKIE=1",
        "X-Forwarded-For": "10.0.0.1",
        "X-Secret": "SECRET",
        "Proxy-Authorization": "PROXY",
    }
    await door.post(ONE_OF_EACH, {**GOOD, **further})

    for name, application in graph.sandbox.applications.items():
        assert application.state.faults.requests
        for request in application.state.faults.requests:
            headers = request["headers"]
            assert not {header.lower() for header in (*further, *GOOD)} & headers.keys()
            others = [value for header, value in GOOD.items() if header != HEADERS[Upstream(name)]]
            assert not [value for value in (*others, *further.values()) if value in str(request)]


@pytest.mark.parametrize("name", FIELDS)
async def test_one_that_is_missing_fails_its_upstreams_fields_alone_and_asks_nothing(graph, door, name) -> None:
    header = HEADERS[Upstream(name)]
    answer = (await door.post(ONE_OF_EACH, {each: value for each, value in GOOD.items() if each != header})).json()

    data = answer["data"]["organization"]
    (error,) = answer["errors"]
    assert (error["extensions"]["code"], error["extensions"]["upstream"]) == (
        "UPSTREAM_UNAUTHENTICATED",
        name.upper(),
    )
    assert f"Send the header {header}: `" in error["message"]
    assert error["path"] == ["organization", FIELDS[name]]
    assert [field for field in FIELDS.values() if data[field] in (None, {"totalCount": None})] == [FIELDS[name]]
    assert sent(graph)[name] == set()


@pytest.mark.parametrize("header", list(GOOD)[:3])
@pytest.mark.parametrize("write", ["{}", "Bearer {}", "bearer   {}", "  BEARER {} \t"])
async def test_a_token_may_come_alone_or_with_its_scheme(graph, door, header, write) -> None:
    token = GOOD[header].removeprefix("Bearer ")
    answer = (await door.post(ONE_OF_EACH, {**GOOD, header: write.format(token)})).json()

    assert "errors" not in answer
    assert sent(graph)[header.partition("-")[0].lower()] == {f"Bearer {token}"}


SECRET = "s3cr3tPart"
MALFORMED = [
    "",
    " ",
    "Bearer",
    "Basic",
    f"Digest {SECRET}",
    f"Bearer {SECRET} {SECRET}",
    f"Bearer {SECRET}, Bearer {SECRET}",
    f"Bearer {SECRET}\xe9",
    f"Bearer {SECRET}\x7f",
    f"Bearer {SECRET}\tx",
    f"Bearer {SECRET}{'x' * 8192}",
    f"{SECRET}\r\nX-Injected: 1",
    f"{SECRET}\x00",
]


@pytest.mark.parametrize("upstream", Upstream)
@pytest.mark.parametrize("value", MALFORMED)
def test_one_of_another_form_is_refused_and_not_shown(upstream, value) -> None:
    credentials = Credentials({HEADERS[upstream].lower(): value}, Upstream)
    with pytest.raises(UpstreamUnauthenticated) as caught:
        credentials.authorization(upstream)

    assert caught.value.upstream is upstream
    assert HEADERS[upstream] in caught.value.message
    assert SECRET not in caught.value.message


@pytest.mark.parametrize("value", [SECRET, f"CH_KEY:{SECRET}", f"Token {SECRET}"])
def test_clickhouse_wants_the_whole_value(value) -> None:
    with pytest.raises(UpstreamUnauthenticated, match="`Basic` and the base64 of KEY_ID:KEY_SECRET"):
        Credentials({"clickhouse-authorization": value}, Upstream).authorization(Upstream.CLICKHOUSE)


@pytest.mark.parametrize("upstream", [Upstream.LOSANT, Upstream.NKS, Upstream.LOCKTERA])
def test_basic_is_for_clickhouse_alone(upstream) -> None:
    with pytest.raises(UpstreamUnauthenticated):
        Credentials({HEADERS[upstream].lower(): "Basic eDp5"}, Upstream).authorization(upstream)


def test_the_longest_credential_is_eight_kibibytes() -> None:
    token = "x" * (8192 - len("Bearer "))

    assert Credentials({"nks-authorization": f"Bearer {token}"}, Upstream).authorization(Upstream.NKS).endswith(token)
    with pytest.raises(UpstreamUnauthenticated):
        Credentials({"nks-authorization": f"Bearer {token}x"}, Upstream).authorization(Upstream.NKS)


async def test_two_headers_of_one_name_are_refused(graph, door) -> None:
    answer = (await door.post(ONE_OF_EACH, [*GOOD.items(), ("Nks-Authorization", "Bearer other")])).json()

    assert [error["extensions"]["upstream"] for error in answer["errors"]] == ["NKS"]
    assert sent(graph)["nks"] == set()


async def test_a_header_for_an_upstream_with_the_gateways_credential_is_not_read(graphs, doors) -> None:
    graph = graphs()
    answer = (await doors(graph.gateway).post(ONE_OF_EACH, dict.fromkeys(GOOD, "Bearer mine"))).json()

    assert "errors" not in answer
    assert not any("mine" in value for values in sent(graph).values() for value in values)


async def test_upstreams_of_both_kinds_live_side_by_side(graphs, doors, untouched_sandbox) -> None:
    graph = graphs(by_callers(untouched_sandbox, "nks"))
    answer = (await doors(graph.gateway).post(ONE_OF_EACH)).json()

    assert [error["extensions"]["upstream"] for error in answer["errors"]] == ["NKS"]
    assert sent(graph)["losant"] == {"Bearer LOSANT_API_TOKEN"}


async def test_a_credential_that_the_upstream_refuses_is_told_as_such(door) -> None:
    answer = (await door.post(ONE_OF_EACH, {**GOOD, "Losant-Authorization": f"Bearer {SECRET}"})).json()

    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "UPSTREAM_UNAUTHENTICATED"
    assert error["message"] == "Losant refuses the credential."


async def test_no_answer_log_or_repr_shows_a_credential(graph, door, capsys, caplog) -> None:
    header = f"Bearer {SECRET}"
    with structlog.testing.capture_logs() as lines:
        for headers in (dict.fromkeys(GOOD, header), {**dict.fromkeys(GOOD, f"{header} {SECRET}")}):
            response = await door.post(ONE_OF_EACH, headers)
            listed = await door.post("{ organizations { totalCount incomplete { message } } }", headers)
            assert SECRET not in f"{response.text}{response.headers}{listed.text}"
            context = graph.gateway.surroundings(headers={name.lower(): value for name, value in headers.items()})
            context.adapters[Upstream.LOSANT]
            assert SECRET not in f"{context!r}{vars(context)!r}{vars(context.adapters[Upstream.LOSANT])!r}"
    assert SECRET not in f"{lines}{caplog.text}{capsys.readouterr()}"


def test_a_credentials_mark_tells_callers_apart_and_nothing_more() -> None:
    marks = {
        Credentials(headers, Upstream).mark()
        for headers in (
            {},
            {"losant-authorization": SECRET},
            {"nks-authorization": SECRET},
            {"losant-authorization": SECRET, "nks-authorization": SECRET},
            {"losant-authorization": f"{SECRET}x"},
        )
    }

    assert len(marks) == 5
    assert not any(SECRET in mark for mark in marks)
    assert Credentials({"nks-authorization": "a"}, [Upstream.LOSANT]).mark() == ""


def test_what_a_line_remembers_of_a_credential_is_bounded_and_no_secret() -> None:
    sizes = Sizes()
    for number in range(MOST_SIZES + 50):
        sizes.see(("Authorization", f"Bearer {SECRET}-{number}"), number)
        assert sizes.seen(("Authorization", f"Bearer {SECRET}-0")) in (0, None)

    assert len(sizes) == MOST_SIZES
    assert sizes.seen(("Authorization", f"Bearer {SECRET}-{MOST_SIZES + 49}")) == MOST_SIZES + 49
    assert sizes.seen(("Authorization", f"Bearer {SECRET}-1")) is None
    assert SECRET not in repr([getattr(sizes, name) for name in Sizes.__slots__])


async def test_the_size_of_a_list_is_remembered_for_its_own_credential_only(graph) -> None:
    def adapter(token: str):
        return graph.gateway.surroundings(headers={"losant-authorization": token}).adapters[Upstream.LOSANT]

    mine = adapter("LOSANT_API_TOKEN")
    async for _ in mine.listing():
        pass

    line: Line = vars(mine)["_line"]
    assert line.sizes.seen(mine.credential()) == 60
    assert line.sizes.seen(adapter("another").credential()) is None


async def test_the_list_shows_what_each_callers_credentials_see(graph, door) -> None:
    query = "{ organizations(first: 100, upstreams: [CLICKHOUSE, LOCKTERA]) { nodes { key } totalCount } }"
    alone = (await door.post(query, {})).json()
    with_both = (await door.post(query, GOOD)).json()

    assert [error["extensions"]["code"] for error in alone["errors"]] == ["UPSTREAM_UNAUTHENTICATED"] * 2
    assert alone["data"]["organizations"]["totalCount"] is None
    assert "errors" not in with_both
    assert graph.calls == ["clickhouse GET /v1/organizations", "locktera GET /v1/org"]


async def test_a_write_without_its_credential_is_a_user_error_and_sends_nothing(written_graphs, doors) -> None:
    graph = written_graphs(by_callers(written_graphs("").sandbox, *FIELDS))
    given = {"organizationId": "acme", "name": "Heron", "upstreams": ["NKS"]}
    answer = (await doors(graph.gateway).post(RENAME, {}, input=given)).json()

    assert answer["data"]["updateOrganization"]["userErrors"] == [{"code": "UPSTREAM_UNAUTHENTICATED"}]
    assert graph.writes == []


async def test_an_idempotency_key_is_its_credentials_own(written_graphs, doors) -> None:
    graph = written_graphs(by_callers(written_graphs("").sandbox, *FIELDS))
    door = doors(graph.gateway)
    given = {"organizationId": "acme", "name": "Heron", "upstreams": ["NKS"], "clientMutationId": "once"}
    codes = []
    for token in ("NKS_API_TOKEN", "NKS_API_TOKEN", "another", "NKS_API_TOKEN"):
        answer = (await door.post(RENAME, {"Nks-Authorization": token}, input=given)).json()
        codes.append([error["code"] for error in answer["data"]["updateOrganization"]["userErrors"]])

    assert codes == [[], [], ["UPSTREAM_UNAUTHENTICATED"], []]
    assert [line for line, _ in graph.writes] == ["nks PATCH /orgs/2"] * 2


async def test_such_an_upstream_counts_as_configured_and_is_not_asked_at_start(graph, door) -> None:
    services = (await door.post("{ upstreams { upstream configured state } }")).json()["data"]["upstreams"]
    surroundings = graph.gateway.surroundings()
    checks = await check_all([surroundings.adapters[adapter.upstream] for adapter in ADAPTERS])

    assert [service["configured"] for service in services] == [True] * 4
    assert {service["state"] for service in services} == {"UP"}
    assert [(check.good, check.reachable) for check in checks] == [(True, None)] * 4
    assert graph.calls == []


async def test_the_gateways_own_credential_is_never_sent_in_a_callers_place(untouched_sandbox, graphs, doors) -> None:
    toml = untouched_sandbox.settings_toml()
    for name in FIELDS:
        toml = toml.replace(f"[upstreams.{name}]", f'[upstreams.{name}]\ncredentials = "caller"')
    settings = Settings.model_validate(tomllib.loads(toml))
    graph = graphs(toml)
    answer = (await doors(graph.gateway).post(ONE_OF_EACH)).json()

    assert len(answer["errors"]) == 4
    assert graph.calls == []
    assert [warning for warning in settings.warnings if "not used" in warning] == [
        'upstreams.losant.token is not used: credentials is "caller".',
        'upstreams.nks.token is not used: credentials is "caller".',
        'upstreams.locktera.token is not used: credentials is "caller".',
        'upstreams.clickhouse.keys are not used: credentials is "caller".',
    ]


def test_a_gateway_with_callers_credentials_alone_is_no_sandbox() -> None:
    settings = Settings.model_validate({"upstreams": {"losant": {"credentials": "caller"}}})

    assert isinstance(Gateway(settings), Gateway)
    assert settings.configured_upstreams == ("losant",)
    assert not settings.names_no_upstream
    assert settings.exposed_upstreams == ()
