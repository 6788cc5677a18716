"""NetApp Kubernetes Service's organizations API, in state and manners."""

from starlette.routing import BaseRoute, Route

from gateway.sandbox.clock import Clock
from gateway.sandbox.nks.account import Account
from gateway.sandbox.nks.calls import routes
from gateway.sandbox.nks.errors import error
from gateway.sandbox.nks.logos import MEDIA, Logos
from gateway.sandbox.nks.members import Invites, Members
from gateway.sandbox.nks.orgs import Orgs
from gateway.sandbox.nks.records import Records
from gateway.sandbox.nks.teams import Teams, Workspaces
from gateway.sandbox.stand_in import StandIn
from gateway.sandbox.store import Store
from gateway.sandbox.world.nks import build


def stand_in(store: Store, clock: Clock) -> StandIn:
    """NKS, with its four documented operations on organizations and those around them."""
    switches = {"serve_logos": False, "own_limit": False}
    records = Records(store, clock, switches)
    logos = Logos(records)
    orgs = Orgs(records, logos)
    members, invites = Members(records), Invites(records)
    teams, workspaces = Teams(records), Workspaces(records)
    account = Account(records)
    org = "/orgs/{pk}"
    paths: list[BaseRoute] = [
        *routes(store, "/orgs", get=orgs.all, post=orgs.create),
        *routes(store, org, get=orgs.get, patch=orgs.patch),
        *routes(store, f"{org}/members", get=members.all),
        *routes(store, f"{org}/members/{{member}}", get=members.get, delete=members.remove),
        *routes(store, f"{org}/invites", get=invites.all, post=invites.create),
        *routes(store, f"{org}/teams", get=teams.all, post=teams.create),
        *routes(store, f"{org}/teams/{{team}}", get=teams.get, patch=teams.patch, delete=teams.delete),
        *routes(store, f"{org}/workspaces", get=workspaces.all, post=workspaces.create),
        *routes(store, f"{org}/workspaces/{{workspace}}", get=workspaces.get, delete=workspaces.delete),
        *routes(store, "/rest-auth/user/", get=account.user),
        *routes(store, "/userprofile", get=account.profiles),
        *routes(store, "/userprofile/{username}", patch=account.edit),
        *routes(store, "/user/subscription", get=account.subscription),
        *routes(store, "/user/invoices", get=account.invoices),
        *routes(store, "/user/invoices/{pk}", get=account.invoice),
        Route(f"/{MEDIA}{{name}}", logos.serve),
    ]
    return StandIn("nks", paths, error, build, switches)
