"""Fields that several forms share: amounts of money."""

from decimal import Decimal
from typing import Any

from django import forms


class AmountField(forms.DecimalField):
    """US dollars; a stored amount is shown without the zeros that the database adds: ``0``, ``2.5``, ``100``."""

    def prepare_value(self, value: Any) -> Any:
        return f"{value.normalize():f}" if isinstance(value, Decimal) and value.is_finite() else value
