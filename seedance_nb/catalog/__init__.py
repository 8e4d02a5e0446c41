"""What each provider's models take and make, and whether a request fits.

The facts are in `data/<provider>.toml`, one file a provider, each with its sources. Prices are
dated differently and live in `seedance_nb.prices`. Nothing here asks a provider: a rule that only
the service can judge, such as moderation, is not among the problems that `check` finds.
"""

from seedance_nb.catalog._check import CODES, check, offer_problems
from seedance_nb.catalog._door import Door, door
from seedance_nb.catalog._facts import Input, Limit, Limits, Model, Parameter, ProviderFacts, Range, Rate, Way
from seedance_nb.catalog._length import longest
from seedance_nb.catalog._limits import limits
from seedance_nb.catalog._load import model, model_id, provider, providers
from seedance_nb.catalog._mentions import prompt_for
from seedance_nb.catalog._ratios import candidate_ratios, size

__all__ = [
    "CODES",
    "Door",
    "Input",
    "Limit",
    "Limits",
    "Model",
    "Parameter",
    "ProviderFacts",
    "Range",
    "Rate",
    "Way",
    "candidate_ratios",
    "check",
    "door",
    "limits",
    "longest",
    "model",
    "model_id",
    "offer_problems",
    "prompt_for",
    "provider",
    "providers",
    "size",
]
