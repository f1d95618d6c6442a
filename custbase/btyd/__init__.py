"""Models of purchases until customers leave, fitted by maximum likelihood."""

from ._beta_geo_model import BetaGeoModel
from ._gamma_gamma_model import GammaGammaModel
from ._modified_beta_geo_model import ModifiedBetaGeoModel
from ._pareto_nbd_model import ParetoNBDModel
from ._shifted_beta_geo_model import ShiftedBetaGeoModel

__all__ = [
    "BetaGeoModel",
    "GammaGammaModel",
    "ModifiedBetaGeoModel",
    "ParetoNBDModel",
    "ShiftedBetaGeoModel",
]
