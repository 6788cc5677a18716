import io

from rich.console import Console, RenderableType

from gateway.check import UpstreamCheck
from gateway.cli.banner import Origin, heading, upstream_table
from gateway.settings import Settings
from resolvers.identity import Upstream

REAL = {"upstreams": {"nks": {"token": "S3CRET-nks"}}, "organizations": {f"org-{n}": {"nks": n} for n in range(1, 8)}}


def printed(renderable: RenderableType, width: int = 200) -> list[str]:
    console = Console(file=io.StringIO(), width=width, highlight=False)
    console.print(renderable)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def headed(origin: Origin | None = None, **tables: object) -> str:
    settings = Settings.model_validate(tables)
    return "\n".join(printed(heading(settings, origin or Origin("gateway.toml"), "http://127.0.0.1:8000")))


def test_in_production_there_is_no_graphiql() -> None:
    assert "GraphiQL" not in headed(profile="production")
    assert "GraphQL   http://127.0.0.1:8000/graphql\n" in headed(profile="production")


def test_the_first_few_linked_organizations_are_named() -> None:
    assert "Linked    7 organizations: org-1, org-2, org-3, org-4, …\n" in headed(**REAL)
    assert "no organizations" in headed()


def test_the_settings_own_warnings_are_shown() -> None:
    links = {"acme": {"nks": 2}}
    assert "! organizations.acme links to nks, but upstreams.nks has no token.\n" in headed(organizations=links)


def test_every_address_is_said_to_be_listened_on() -> None:
    assert "every other address of this machine" in headed(server={"host": "0.0.0.0"})  # noqa: S104  it is the case
    assert "every other address" not in headed()


def test_the_table_says_the_state_of_each_upstream_in_words_and_what_to_do() -> None:
    url = "http://localhost"
    lines = printed(
        upstream_table(
            [
                UpstreamCheck(Upstream.LOSANT, url, configured=True, said="Yes.", reachable=True, authenticated=True),
                UpstreamCheck(
                    Upstream.NKS, url, configured=True, said="No.", remedy="Do.", reachable=True, authenticated=False
                ),
                UpstreamCheck(Upstream.LOCKTERA, url, configured=True, said="[red]", remedy="Try.", reachable=False),
                UpstreamCheck(Upstream.CLICKHOUSE, url, configured=False, said="None.", remedy="Set."),
            ]
        )
    )
    assert [line.split() for line in lines] == [
        ["Upstream", "Address", "State", "Seen"],
        ["Losant", url, "ready", "Yes."],
        ["NKS", url, "refused", "No."],
        ["Locktera", url, "not", "ready", "[red]"],
        ["ClickHouse", "Cloud", url, "not", "set", "None."],
        [],
        ["What", "to", "do"],
        ["NKS:", "Do."],
        ["Locktera:", "Try."],
        [],
        ["Only", "where", "you", "use", "it"],
        ["ClickHouse", "Cloud:", "Set."],
    ]


def test_without_any_credential_setting_one_is_what_to_do() -> None:
    checks = [UpstreamCheck(Upstream.NKS, "http://localhost", configured=False, said="None.", remedy="Set.")]
    assert printed(upstream_table(checks))[2:] == ["", "What to do", "NKS: Set."]


def test_warnings_stand_between_the_table_and_what_to_do() -> None:
    checks = [UpstreamCheck(Upstream.NKS, "http://localhost", configured=False, said="None.", remedy="Set.")]
    assert printed(upstream_table(checks, ["acme leads nowhere."]))[2:4] == ["", "! acme leads nowhere."]


def test_it_fits_a_narrow_terminal() -> None:
    checks = [UpstreamCheck(Upstream.NKS, "https://api.nks.netapp.io", configured=False, said="word " * 40)]
    assert all(len(line) <= 80 for line in printed(upstream_table(checks), width=80))
