"""Is a recommender any good: interactions that it learns from, and others that it has to find.

Every split gives history and held-out interactions as matrices of one shape, users by
items: X and y of recommenders, whose ``fit`` ignores y. ``GridSearchCV`` of scikit-learn
takes the pair, with folds of users; ``GridSearchCV(recommender, {})`` is a cross-validation.
``cross_validate`` itself refuses sparse y: give it ``held_out.toarray()`` where memory allows.
"""

from ._split_by_time import split_by_time
from ._split_items import split_items
from ._split_last_out import split_last_out
from ._split_users import split_users

__all__ = ["split_by_time", "split_items", "split_last_out", "split_users"]
