"""What a number format is: schemes, parameters and the integer arithmetic. Knows no graph."""

from rkviz.numerics.params import QuantParams, params_from_range
from rkviz.numerics.schemes import QuantScheme

__all__ = ["QuantParams", "QuantScheme", "params_from_range"]
