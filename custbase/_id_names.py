"""Evidence of ids from the words of a column name."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

# Words without endings: of each role those that no shop sells, then those that some do.
STEMS = {
    "customers": (
        "cust|customer|user|client|buyer|shopper|visitor|consumer|household|uid|msno|kund|kaufer"
        "|benutzer|nutzer|usuari|utilisateur|klant|gebruiker|utent|klient|musteri"
        "|клиент|покупатель|пользователь|客户|客戶|用户|用戶|顾客|顧客",
        "cid|member|account|person|people|subscriber|guest|patron|viewer|reader|listener|player"
        "|reviewer|student|investor|donor|patient|passenger|card|loyalty|cookie|device|mitglied",
    ),
    "orders": (
        "invoiceno|orderno",
        "sid|order|session|basket|cart|invoice|receipt|transaction|ticket|visit|trip|purchase"
        "|bestellung|rechnung|pedid|commande|factur",
    ),
    "items": (
        "pid|iid|prod|product|produkt|produit|produt|prodott|item|article|artikel|articul"
        "|articol|artig|sku|asin|isbn|ean|upc|gtin|urun|товар|продукт|商品|产品|產品|製品",
        "stock|material|good|title|show|merchandise|movie|film|song|track|artist|book|game|video"
        "|part|course",
    ),
    "times": ("timestamp|datetime", "date|time|day|week|month|datum|fecha"),
    "amounts": ("price|quantity|qty|amount|rating|preis|menge", "total|count|value|sale|score"),
}
ENDINGS = "(?:s|es|e|en|n|o|os|a|as|i)?"
WORDS = {
    role: tuple(re.compile(f"(?:{stems}){ENDINGS}") for stems in both)
    for role, both in STEMS.items()
}
MACHINE_MARK = re.compile(r"ids?|u?uid|guid|idx|[sfpn]k")
MARKS = (
    rf"{MACHINE_MARK.pattern}|numbers?|num|nummer|numero|no|nr|nbr|name|key|code?|codigo|kod|ref|index|hash"
    r"|编号|編號|番号"
)
MARK = re.compile(MARKS)
GLUED = re.compile(f"(?:id|num|cod)(?P<last>.+)|(?P<first>.+?)(?:{MARKS})")
FILLERS = {"full", "unique", "dim", "fact", "hashed", "encoded", "anonymous", "the"}
# RecBole writes the type of a column after its name.
TYPE = re.compile(r":(?:token|float)(?:_seq)?$")
HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
NO_LETTER = re.compile(r"[\W_]+")
# Points of a word that some shops sell, of one that none does, and more beside "id" and such.
WEAK, STRONG, BESIDE_ID = 2, 7, 4
# Points of an id of nobody knows what: people write "photo id", and machines "photo_id".
UNKNOWN_ID = 4


class Name(NamedTuple):
    """What a name says: a key of `STEMS` or "", and how clearly, in points."""

    role: str
    points: int


def read_name(name: object) -> Name:
    """Read the words of a column name.

    Parameters
    ----------
    name : object
        Names other than texts say nothing.

    Returns
    -------
    Name
        Of the last word, if all words are known.
    """
    if not isinstance(name, str):
        return Name("", 0)
    words = [part for word in _split(name) for part in _unglue(word)]
    rest = [word for word in words if not MARK.fullmatch(word)] or words
    is_marked = len(rest) < len(words)
    if is_marked and len(rest) == 2 and len(rest[0]) <= 2:
        rest = rest[1:]  # "c_", "ss_" and such tell the table.
    found = [_find_role(word) for word in rest]
    if found and all(points for _, points in found):
        role, points = found[-1]
        return Name(role, points + BESIDE_ID * (is_marked and role not in {"times", "amounts"}))
    is_id = " " not in name and any(MACHINE_MARK.fullmatch(w) for w in (*words[:1], *words[-1:]))
    return Name("", UNKNOWN_ID * is_id)


def _split(name: str) -> list[str]:
    """Words in lower case and without accents, from camel case too."""
    parts = NO_LETTER.split(HUMP.sub(" ", TYPE.sub("", name)))
    if not name.isascii():
        parts = NO_LETTER.split(_fold(" ".join(parts)))
    return [part.lower() for part in parts if part and part.lower() not in FILLERS]


def _unglue(word: str) -> list[str]:
    """Split "custkey" and "codcliente", but not "casino": what remains must be known."""
    cut = None if _find_role(word)[1] else GLUED.fullmatch(word)
    if cut and _find_role(cut["first"] or cut["last"])[1]:
        return [cut["first"] or cut["last"], "id"]
    return [word]


def _fold(text: str) -> str:
    """Letters in lower case, without accents."""
    letters = unicodedata.normalize("NFKD", text).casefold()
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _find_role(word: str) -> tuple[str, int]:
    """Role and points of a word; no points if it is none of ours."""
    for role, (strong, weak) in WORDS.items():
        if strong.fullmatch(word):
            return role, STRONG
        if weak.fullmatch(word):
            return role, WEAK
    return "", 0
