from collections.abc import Callable

from gateway.settings import Settings

Read = Callable[..., Settings]
Said = Callable[..., list[str]]
ONE = "2b0f6d1e-9c4a-4b77-8e21-6f5d3c9a7b10"
TWO = "2b0f6d1e-9c4a-4b77-8e21-6f5d3c9a7b11"


def _key(organization: str) -> str:
    return f'[[upstreams.clickhouse.keys]]\norganization = "{organization}"\nkey_id = "a"\nkey_secret = "b"\n'


def test_several_processes_need_a_cache_that_they_share(said: Said, read: Read) -> None:
    for line in (*said("[server]\nworkers = 2"), *said('[server]\nworkers = 2\n[cache]\nurl = ""')):
        assert line.startswith("gateway.toml:2: server.workers: several processes keep their promises together")
        assert line.endswith("set cache.url, or leave this at 1")
    [line] = said(GATEWAY_SERVER__WORKERS="2")
    assert line.startswith("GATEWAY_SERVER__WORKERS: several processes")

    assert read('[server]\nworkers = 2\n[cache]\nurl = "valkey://127.0.0.1:6379/0"').server.workers == 2


def test_nothing_can_be_trusted_without_a_manifest(said: Said, read: Read) -> None:
    rest = "nothing could run without registered documents; name their file in documents.manifest, or leave it out"
    for text in ("[documents]\ntrusted_only = true", '[documents]\ntrusted_only = true\nmanifest = ""'):
        assert said(text) == [f"gateway.toml:2: documents.trusted_only: {rest}"]
    assert said(GATEWAY_DOCUMENTS__TRUSTED_ONLY="true") == [f"GATEWAY_DOCUMENTS__TRUSTED_ONLY: {rest}"]

    documents = read("documents.trusted_only = true", GATEWAY_DOCUMENTS__MANIFEST="manifest.json").documents
    assert (documents.trusted_only, documents.manifest) == (True, "manifest.json")


def test_one_native_id_cannot_be_linked_twice(said: Said) -> None:
    text = f"""\
[organizations.a]
losant = "575ed6e87ae143cd83dc4aa8"
nks = 2
locktera = "org-1"
clickhouse = "{ONE}"
[organizations.b]
losant = "575ED6E87AE143CD83DC4AA8"
nks = "02"
locktera = "org-1"
clickhouse = "{ONE.upper()}"
"""
    rest = "is linked by organizations.a already; one organization can have it"
    assert said(text) == [
        f"gateway.toml:7: organizations.b.losant: 575ed6e87ae143cd83dc4aa8 {rest}",
        f"gateway.toml:8: organizations.b.nks: 2 {rest}",
        f"gateway.toml:9: organizations.b.locktera: org-1 {rest}",
        f"gateway.toml:10: organizations.b.clickhouse: {ONE} {rest}",
    ]


def test_ids_that_differ_or_live_in_different_upstreams_are_no_repeat(read: Read) -> None:
    text = '[organizations.a]\nnks = 2\nlocktera = "Org"\n[organizations.b]\nnks = 3\nlocktera = "org"\n'
    assert len(read(f'{text}[organizations.c]\nlocktera = "2"').organizations) == 3


def test_an_organization_has_one_key(said: Said, read: Read) -> None:
    repeated = f"upstreams.clickhouse.keys[1].organization: {ONE} has a key already; give one key per organization"
    assert said(_key(ONE) + _key(ONE.upper())) == [f"gateway.toml:6: {repeated}"]
    assert len(read(_key(ONE) + _key(TWO)).upstreams.clickhouse.keys) == 2


def test_a_link_to_an_upstream_without_a_token_is_a_warning(read: Read) -> None:
    settings = read("[organizations.acme]\nnks = 2", GATEWAY_UPSTREAMS__LOSANT__TOKEN="t")
    assert settings.warnings == ("organizations.acme links to nks, but upstreams.nks has no token.",)


def test_a_link_to_clickhouse_without_a_key_is_a_warning(read: Read) -> None:
    text = f'[organizations.acme]\nclickhouse = "{ONE}"\n'
    assert read(text).warnings == ("organizations.acme links to clickhouse, but upstreams.clickhouse has no key.",)
    assert read(text + _key(TWO)).warnings == (
        "organizations.acme links to clickhouse, but upstreams.clickhouse.keys has no key for it.",
    )
    assert read(text + _key(ONE)).warnings == ()


def test_a_link_to_locktera_need_not_stand_in_its_list(read: Read) -> None:
    text = '[upstreams.locktera]\ntoken = "t"\norganizations = ["org-1"]\n[organizations.acme]\nlocktera = "org-2"'
    assert read(text).warnings == ()


def test_many_links_make_one_warning(read: Read) -> None:
    text = "".join(f"[organizations.o{number}]\nnks = {number}\n" for number in range(1, 7))
    assert read(text).warnings == (
        "organizations.o1, organizations.o2, organizations.o3 and 3 more link to nks, but upstreams.nks has no token.",
    )
