"""What a request will cost, from dated prices and a token count that equals the bill's.

Prices are rows in `data/<provider>.toml`, each with its source, the first day it applies and the day it
was read; rows of your own go before them. A quote is a forecast; what a task did cost is settled
elsewhere, from what the provider reports.
"""

from seedance_nb.money import Fx
from seedance_nb.prices._fx import convert, fx
from seedance_nb.prices._load import price, rows
from seedance_nb.prices._own import override
from seedance_nb.prices._quote import quote
from seedance_nb.prices._tokens import minimum_tokens, plain_tokens, tokens

__all__ = ["Fx", "convert", "fx", "minimum_tokens", "override", "plain_tokens", "price", "quote", "rows", "tokens"]
