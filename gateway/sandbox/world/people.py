"""Made-up people. Acme's are the same with every vendor; others are drawn by name."""

from typing import NamedTuple

from gateway.sandbox.chance import hexadecimal, pick


class Person(NamedTuple):
    """A name and an address."""

    first: str
    last: str
    email: str


ACME: tuple[Person, ...] = (
    Person("Grace", "Lindqvist", "grace.lindqvist@acme.example"),
    Person("Mateo", "Ferrari", "mateo.ferrari@acme.example"),
    Person("Priya", "Raman", "priya.raman@acme.example"),
    Person("Jonas", "Weber", "jonas.weber@acme.example"),
    Person("Amara", "Diallo", "amara.diallo@acme.example"),
    Person("Kenji", "Watanabe", "kenji.watanabe@acme.example"),
    Person("Sofia", "Petrova", "sofia.petrova@acme.example"),
    Person("Liam", "O'Connor", "liam.oconnor@acme.example"),
    Person("Noor", "Haddad", "noor.haddad@acme.example"),
    Person("Elena", "Marín", "elena.marin@acme.example"),
    Person("Tomasz", "Zieliński", "tomasz.zielinski@acme.example"),
    Person("Ruth", "Abebe", "ruth.abebe@acme.example"),
)

_FIRST = (
    "Ada", "Bilal", "Carla", "Dmitri", "Esra", "Felix", "Gita", "Hugo", "Iris", "Jamal", "Kira", "Luca", "Mei", "Nils",
    "Olga", "Pedro", "Quinn", "Rosa", "Sami", "Tove", "Uma", "Viktor", "Wanda", "Ximena", "Yusuf", "Zoe",
)  # fmt: skip
_LAST = (
    "Adler", "Bakker", "Costa", "Dumas", "Eriksen", "Fontaine", "Greco", "Hansen", "Ivanov", "Jensen", "Kaya",
    "Larsen", "Meyer", "Novak", "Okoye", "Park", "Quispe", "Rossi", "Silva", "Tanaka", "Ueda", "Vargas", "Wójcik",
    "Yilmaz", "Zhang",
)  # fmt: skip
_PLAIN = str.maketrans("óíńé", "oine")


def person(domain: str, number: int) -> Person:
    """The person with a number at a domain; addresses are unique within the domain."""
    first, last = pick(_FIRST, domain, number, "first"), pick(_LAST, domain, number, "last")
    local = f"{first}.{last}".lower().translate(_PLAIN)
    return Person(first, last, f"{local}.{number}@{domain}")


def avatar(email: str) -> str:
    """The address of a picture, as Gravatar writes it."""
    return f"https://www.gravatar.com/avatar/{hexadecimal(32, 'avatar', email)}"
