"""What the customers of each segment are like, and a name for it."""

from __future__ import annotations

from typing import Any, NamedTuple

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from .._inputs import refuse_lazy_frame

# A trait sets a segment apart from half a standard deviation of the ranks on (the average
# member is ahead of 64 % of all customers); from one and a quarter on (86 %) it is "very" high.
NOTABLE = 0.5
EXTREME = 1.25
MAX_TRAITS = 5
# A category must hold this share of all customers, and two of them, to speak for a segment:
# identifiers and rare spellings never do.
COMMON = 0.05
# Nor does one whose share in the segment is within so many standard errors of chance.
CHANCE_ERRORS = 2.0

# A column named after one of these is counted: many or few rather than high or low.
_COUNTED = frozenset(
    {"clicks", "complaints", "contacts", "invoices", "items", "orders", "products", "purchases"}
    | {"quantity", "refunds", "returns", "transactions", "visits", "days", "weeks", "months"}
)
_SPELLING = {"complains": "complaints"}


class Trait(NamedTuple):
    """How one segment differs in one column, in standard deviations and in words."""

    contrast: float
    label: str  # in a name: "very high money spent"
    text: str  # in a list: "high money_spent (+1.8 sd)"
    value: str = ""  # typical value, where the label does not hold it


class ColumnProfile(NamedTuple):
    """One described column: its part of the table and the traits, one a segment."""

    table: dict[str, pd.Series]
    traits: list[Trait]


def as_described_frame(describe: Any) -> pd.DataFrame:
    """Make a pandas frame of what is to be described; nameless columns are x0, x1, ..."""
    frame = _as_pandas(describe)
    if frame.columns.empty:
        raise ValueError(
            "describe must have at least one column; got none. Select what to describe, or leave "
            "describe out to describe X itself."
        )
    refuse_repeated_columns(frame.columns.map(str), "describe")
    plain = {name: _as_plain_column(column) for name, column in frame.items()}
    return pd.DataFrame(plain, index=frame.index)


def _as_plain_column(column: pd.Series) -> pd.Series:
    """Numbers and dates that are kept as objects, in types of pandas' own."""
    if column.dtype.kind != "O" and not isinstance(column.dtype, pd.ArrowDtype):
        return column
    match pd.api.types.infer_dtype(column, skipna=True):
        case "date" | "datetime":
            return pd.to_datetime(column.astype(object))
        case "decimal" | "integer" | "floating" | "mixed-integer-float":
            return column.astype(np.float64)
    return column


def refuse_repeated_columns(columns: pd.Index, argument: str) -> None:
    """Raise if columns of a frame share a name."""
    if repeated := columns[columns.duplicated()].unique().tolist():
        shown = ", ".join(map(repr, repeated[:5])) + (", ..." if len(repeated) > 5 else "")
        raise ValueError(
            f"{argument} must have distinct column names; got {shown} more than once. "
            "Rename or drop the repeated ones."
        )


def check_same_rows(X: Any, describe: Any, labels: np.ndarray) -> None:
    """Raise unless what is described holds the rows of `X`; without an index they count."""
    if (n_rows := len(describe)) != len(labels):
        raise ValueError(
            f"describe must have the rows of X: X has {len(labels)} rows, describe {n_rows}."
        )
    indexed = isinstance(X, pd.DataFrame) and isinstance(describe, pd.DataFrame | pd.Series)
    if indexed and not X.index.equals(describe.index):
        raise ValueError(
            "describe must have the index of X, row by row: use describe.loc[X.index], or reset "
            "the index of both if the rows do correspond."
        )


def _as_pandas(describe: Any) -> pd.DataFrame:
    """Bring an array, a frame or one column of any library into pandas."""
    if isinstance(describe, pd.DataFrame):
        return describe
    refuse_lazy_frame(describe, "describe")
    column = nw.from_native(describe, pass_through=True, allow_series=True)
    if isinstance(column, nw.Series):
        nameless = column.name is None or column.name == ""
        return _as_pandas((column.alias("x0") if nameless else column).to_frame().to_native())
    if isinstance(describe, np.ndarray | list | tuple):
        values = np.asarray(describe)
        if values.ndim != 2:
            raise ValueError(
                "describe must have two dimensions, one row a customer; "
                f"got {values.ndim} dimension(s)."
            )
        return pd.DataFrame(values, columns=[f"x{i}" for i in range(values.shape[1])])
    # Columns of any other frame (polars, pyarrow) are arrays as far as numpy is concerned.
    names = getattr(describe, "column_names", getattr(describe, "columns", None))
    if names is None:
        raise TypeError(
            f"describe must be an array or a frame in memory; got {type(describe).__name__}."
        )
    arrays = {name: np.asarray(describe[name]) for name in names}
    # Columns of lists may come as matrices, which pandas would not take.
    return pd.DataFrame({name: a if a.ndim == 1 else list(a) for name, a in arrays.items()})


def profile_segments(frame: pd.DataFrame, labels: np.ndarray, ids: np.ndarray) -> pd.DataFrame:
    """Describe every segment: one row each, in the order of their ids; noise (-1) is left out."""
    n_rows = len(labels)
    frame, labels = frame[labels >= 0], labels[labels >= 0]
    index = pd.Index(np.asarray(ids, dtype=np.int64), name="segment")
    size = np.bincount(index.get_indexer(pd.Index(labels)), minlength=len(index))
    columns = [
        _profile_column(frame[name].reset_index(drop=True), str(name), labels, index)
        for name in frame.columns
    ]
    traits = [
        sorted(
            (trait for trait in row if abs(trait.contrast) >= NOTABLE),
            key=lambda trait: -abs(trait.contrast),
        )[:MAX_TRAITS]
        for row in zip(*(column.traits for column in columns), strict=True)
    ]
    table = {
        "name": name_segments(index, size, traits, n_rows),
        "size": size,
        "share": size / n_rows,
        "sets_apart": [_sets_apart(n, row) for n, row in zip(size, traits, strict=True)],
    }
    head = pd.DataFrame(table, index=index)
    return pd.concat([head, *(pd.DataFrame(column.table) for column in columns)], axis=1)


def name_segments(
    index: pd.Index, size: np.ndarray, traits: list[list[Trait]], n_rows: int
) -> list[str]:
    """Short distinct names from the two traits that set each segment apart most."""
    if len(size) == 1:
        return ["All customers" if size[0] == n_rows else "All customers but noise"]
    names = [
        _sentence(row[:2]) if n else "No customers" for n, row in zip(size, traits, strict=True)
    ]
    # Namesakes differ by degree: say the strongest trait's typical value, or else the id.
    for row, namesake in enumerate(_repeated(names)):
        if namesake and traits[row] and traits[row][0].value:
            strongest, *others = traits[row][:2]
            label = f"{strongest.label} ({strongest.value})"
            names[row] = _sentence([strongest._replace(label=label), *others])
    for row, namesake in enumerate(_repeated(names)):
        if namesake:
            names[row] += f" (segment {index[row]})"
    return names


def _repeated(names: list[str]) -> list[bool]:
    """Tell which names occur more than once."""
    return [names.count(name) > 1 for name in names]


def _sentence(traits: list[Trait]) -> str:
    """Labels of traits, joined and with a capital."""
    text = ", ".join(trait.label for trait in traits) or "average customers"
    return text[:1].upper() + text[1:]


def _sets_apart(size: int, traits: list[Trait]) -> str:
    """Traits in words, strongest first."""
    if not size:
        return "no customers"
    return ", ".join(trait.text for trait in traits) or "close to the average customer"


def _profile_column(
    values: pd.Series, name: str, labels: np.ndarray, index: pd.Index
) -> ColumnProfile:
    """Describe one column by its kind: yes or no, a number, a point in time, or a category."""
    kind = values.dtype
    if pd.api.types.infer_dtype(values, skipna=True) == "boolean":
        return _profile_yes_no(values, name, labels, index)
    if pd.api.types.is_numeric_dtype(kind):
        words = ("few", "many") if _is_counted(name) else ("low", "high")
        return _profile_numbers(values.astype(np.float64), name, words, labels, index)
    if pd.api.types.is_datetime64_any_dtype(kind):
        return _profile_numbers(values, name, ("early", "late"), labels, index)
    if pd.api.types.is_timedelta64_dtype(kind):
        return _profile_numbers(values, name, ("short", "long"), labels, index)
    return _profile_categories(values, name, labels, index)


def _contrast(values: pd.Series, labels: np.ndarray, index: pd.Index) -> pd.Series:
    """(Mean rank in the segment - mean rank of all) / standard deviation; 0 for a constant."""
    ranks = values.rank()
    shift = ranks.groupby(labels).mean().reindex(index) - ranks.mean()
    spread = ranks.std(ddof=0)
    return shift / spread if spread > 0 else shift * 0.0


def _profile_numbers(
    values: pd.Series, name: str, words: tuple[str, str], labels: np.ndarray, index: pd.Index
) -> ColumnProfile:
    """Describe a column of numbers or dates by means and medians."""
    groups = values.groupby(labels)
    typical = groups.median().reindex(index)
    contrast = _contrast(values, labels, index)
    traits = []
    for z, value in zip(contrast, typical, strict=True):
        word = words[z > 0]
        degree = "very " if abs(z) >= EXTREME else ""
        label, text = f"{degree}{word} {_words(name)}", f"{word} {name} ({z:+.1f} sd)"
        traits.append(Trait(z, label, text, _rounded(value)))
    table = {
        f"mean_{name}": groups.mean().reindex(index),
        f"typical_{name}": typical,
        f"contrast_{name}": contrast,
    }
    return ColumnProfile(table, traits)


def _profile_yes_no(
    values: pd.Series, name: str, labels: np.ndarray, index: pd.Index
) -> ColumnProfile:
    """Describe a column of yes and no by the share of yes."""
    numbers = pd.Series(values.astype("boolean").to_numpy(dtype=np.float64, na_value=np.nan))
    share, overall = numbers.groupby(labels).mean().reindex(index), numbers.mean()
    contrast = _contrast(numbers, labels, index)
    traits = []
    for z, p in zip(contrast, share, strict=True):
        word, has, all_have = ("yes", p, overall) if z > 0 else ("no", 1 - p, 1 - overall)
        text = f"{name} {word} ({has:.0%}, all {all_have:.0%})"
        traits.append(Trait(z, f"{_words(name)} {word}", text))
    typical = (share > 0.5).astype("boolean").mask(share.isna())
    table = {f"mean_{name}": share, f"typical_{name}": typical, f"contrast_{name}": contrast}
    return ColumnProfile(table, traits)


def _profile_categories(
    values: pd.Series, name: str, labels: np.ndarray, index: pd.Index
) -> ColumnProfile:
    """Describe a column of categories by its counts in every segment."""
    try:
        codes, categories = pd.factorize(values)
    except (TypeError, NotImplementedError) as error:
        raise ValueError(
            f"describe: column {name!r} must hold single values; it holds lists, dicts or the "
            "like. Drop it, or give what matters of it in columns of their own."
        ) from error
    known = codes >= 0
    counts = np.zeros((len(index), len(categories)))
    np.add.at(counts, (index.get_indexer(pd.Index(labels[known])), codes[known]), 1.0)
    overall = counts.sum(axis=0)
    typical = [categories[int(row.argmax())] if row.any() else None for row in counts]
    table = {f"typical_{name}": pd.Series(typical, index=index, dtype=object).infer_objects()}

    common = np.flatnonzero((overall >= max(2.0, COMMON * known.sum())) & (overall < known.sum()))
    if not common.size:
        return ColumnProfile(table, [Trait(np.nan, "", "")] * len(index))
    # The contrast of the column that holds 1 where the category occurs.
    size = np.maximum(counts.sum(axis=1), 1.0)[:, None]
    expected = overall[common] / known.sum()
    shares = counts[:, common] / size
    contrasts = (shares - expected) / np.sqrt(expected * (1 - expected))
    contrasts[contrasts < CHANCE_ERRORS / np.sqrt(size)] = 0.0
    traits = []
    for row, best in enumerate(contrasts.argmax(axis=1)):
        label = f"{_words(name)} {categories[common[best]]}"
        text = (
            f"{name} {categories[common[best]]} ({shares[row, best]:.0%}, all {expected[best]:.0%})"
        )
        traits.append(Trait(contrasts[row, best], label, text))
    return ColumnProfile(table, traits)


def _rounded(value: Any) -> str:
    """Three digits of a number, or all before the point; the day of a date."""
    if pd.isna(value):
        return ""
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, pd.Timedelta):
        return f"{value / pd.Timedelta(days=1):.3g} days"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _words(name: str) -> str:
    """A column's name as words."""
    return " ".join(_SPELLING.get(word, word) for word in name.replace("_", " ").split())


def _is_counted(name: str) -> bool:
    """Tell whether a column's name says that it holds counts."""
    return not _COUNTED.isdisjoint(_words(name).lower().split())
