"""Log-in: POST /auth/user gives a token for an e-mail address and a password."""

from starlette.exceptions import HTTPException

from gateway.sandbox.chance import hexadecimal
from gateway.sandbox.losant.bodies import LOGIN, closed
from gateway.sandbox.losant.calls import Call
from gateway.sandbox.losant.records import Record, Records


class Sessions:
    """Users with a password can log in; their own token is given unless scopes are asked for."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def authenticate(self, call: Call) -> Record:
        """Give a token."""
        body = closed(call.body, LOGIN, "credentials", required=("email", "password"))
        store = self._records.store
        login = store.get("losant.login", body["email"].lower())
        if login is None or login["password"] != body["password"]:
            raise HTTPException(401, "Invalid email or password")
        token = login["token"]
        if scopes := body.get("requestedScopes"):
            token = hexadecimal(64, "losant.token", store.next_number("losant.token"))
            store.put("losant.token", token, {"userId": login["userId"], "scopes": scopes})
        return {"userId": login["userId"], "token": token, "needsToVerifyEmail": False}
