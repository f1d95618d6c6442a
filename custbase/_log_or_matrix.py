"""Tell logs of purchases from matrices of customers and items, by names and by values."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

# What logs call the two columns, without accents; the second of each only beside "id" and such.
CUSTOMER = (
    r"[uc]id|customers?|users?|clients?|buyers?|shoppers?|visitors?|consumers?|kunden?|nutzer|benutzer"
    r"|clientes?|usuarios?|utilisateurs?|klant(?:en)?|gebruikers?|utent[ei]|klient|musteri"
    r"|клиент|покупатель|пользователь|客户|客戶|用户|用戶|顾客|顧客"
)
SOMEBODY = (
    r"members?|accounts?|households?|persons?|people|subscribers?|guests?|viewers?|readers?"
    r"|listeners?|players?|reviewers?|cards?|loyalty|cookies?|devices?|cust|mitglieds?"
)
ITEM = (
    r"[pi]id|products?|items?|articles?|skus?|asin|isbn|ean|upc|gtin|stockcode|movies?|films?|songs?"
    r"|tracks?|artists?|books?|games?|videos?|artikel|produkte?|produits?|productos?|articulos?"
    r"|prodott[oi]|articol[oi]|produtos?|artigos?|producten|urun|товар|продукт|商品|产品|產品|製品"
)
SOMETHING = r"prod|stock|material|materials?|goods?|titles?|shows?|merchandise"
MARK = r"ids?|uid|uuid|number|num|no|nr|nummer|key|code|ref|idx|index|hash|numero|编号|編號|番号"
LIKE_CUSTOMER = re.compile(f"(?:{CUSTOMER})")
LIKE_ITEM = re.compile(f"(?:{ITEM})")
CUSTOMER_ID = re.compile(
    f"(?:id|num|uid)(?:{CUSTOMER})|(?:full)?(?:{CUSTOMER}|{SOMEBODY})(?:unique)?(?:{MARK})"
)
ITEM_ID = re.compile(f"(?:id|num)(?:{ITEM})|(?:{ITEM}|{SOMETHING})(?:{MARK})")
NO_LETTER = re.compile(r"[\W_]+")
# Of a matrix of more columns, items may well be called "User" and "Movie".
LOG_COLUMNS = 20

# Frames of so many columns and rows are looked at for numbers of customers and of items.
FEW_COLUMNS = 10
MANY_ROWS = 20


def refuse_log(X: Any, argument: str) -> None:
    """Raise if the column names of a frame are those of a log of purchases.

    Parameters
    ----------
    X : object
        What the user gave for a matrix; other things than frames pass.
    argument : str
        How the user knows it.

    Raises
    ------
    ValueError
        If columns are called like customers and items, or one like ids of customers.
    """
    frame = nw.from_native(X, pass_through=True)
    if not isinstance(frame, nw.DataFrame):
        return
    columns = [name for name in frame.columns if isinstance(name, str)]
    plain = {name: _simplify(name) for name in columns}
    ids = [name for name in columns if CUSTOMER_ID.fullmatch(plain[name])]
    customers, items = list(ids), []
    if ids or len(columns) <= LOG_COLUMNS:
        items += [name for name in columns if ITEM_ID.fullmatch(plain[name])]
    if len(columns) <= LOG_COLUMNS:
        customers += [name for name in columns if LIKE_CUSTOMER.fullmatch(plain[name])]
        items += [name for name in columns if LIKE_ITEM.fullmatch(plain[name])]
    if customers and items:
        raise ValueError(
            f"{argument} must have one row per customer and one column per item; with the columns "
            f"{customers[0]!r} and {items[0]!r} it looks like a log. "
            f"InteractionEncoder({customers[0]!r}, {items[0]!r}).fit_transform(log) makes a matrix "
            "of it."
        )
    if ids:
        raise ValueError(
            f"{argument} must have one row per customer and one column per item; with the column "
            f"{ids[0]!r} it looks like a log. InteractionEncoder makes a matrix of a log; "
            f".set_index({ids[0]!r}) takes ids of customers out of a matrix."
        )


def refuse_numbers_of_log(cells: Any, argument: str) -> None:
    """Raise if two columns of a dense matrix hold numbers of customers and of items.

    Names may say nothing, and arrays have none. What nobody has is 0: matrices of few columns
    are full of zeros, or of small counts, or of amounts that hardly ever repeat. Numbers that
    name something are whole, never 0, repeat, and are large or spread evenly.

    Parameters
    ----------
    cells : ndarray or sparse matrix of shape (n_rows, n_columns)
        Finite numbers; sparse ones pass.
    argument : str
        How the user knows it.

    Raises
    ------
    ValueError
        If it looks like a log.
    """
    if not isinstance(cells, np.ndarray):
        return
    n_rows, n_columns = cells.shape
    if n_rows < MANY_ROWS or not 2 <= n_columns <= FEW_COLUMNS:
        return
    whole = [column for column in cells.T if _may_name(column)]
    if len(whole) >= 2 and any(map(_names_something, whole)):
        first = ", ".join(f"{value:.15g}" for value in cells[0])
        raise ValueError(
            f"{argument} must have one row per customer and one column per item; it looks like a "
            f"log, for at least two of its {n_columns} columns hold numbers that name customers or "
            f"items (row 0: {first}). InteractionEncoder makes a matrix of a log; a matrix of "
            "amounts passes as scipy.sparse.csr_array(X)."
        )


def _simplify(name: str) -> str:
    """Letters and digits of a name, in lower case and without accents."""
    if not name.isascii():
        name = unicodedata.normalize("NFKD", name).casefold()
    return NO_LETTER.sub("", name.lower())


def _may_name(column: np.ndarray) -> bool:
    """Tell whether numbers are whole, of many kinds, and almost never 0."""
    if column.min() < 0 or np.mean(column == 0) > 0.01 or (column != np.floor(column)).any():
        return False
    return len(np.unique(column)) >= 10


def _names_something(column: np.ndarray) -> bool:
    """Tell whether whole numbers repeat, and are numbered through rather than counted."""
    # Amounts are often rounded, to tens for instance; what names something is not.
    if column.max() < 2**53:
        column = column / np.gcd.reduce(column.astype(np.int64))
    low, high, n_distinct = column.min(), column.max(), len(np.unique(column))
    if n_distinct > 0.7 * len(column):
        return False
    share = n_distinct / (high - low + 1)
    is_even = np.histogram(column, bins=10)[0].min() >= 0.03 * len(column)
    if low >= 100:
        return bool(share <= 0.1 or (n_distinct >= 20 and is_even))
    return bool(n_distinct >= 200 and share >= 0.5 and is_even)
