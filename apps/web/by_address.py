"""Views of what an address names: they get the thing itself, and who may not have it gets a 404."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404
from django.http.response import HttpResponseBase

from apps.accounts.models import User
from apps.web.requests import SignedInRequest

View = Callable[..., HttpResponseBase]


def found_by(find: Callable[[User, Any], Any], argument: str, noun: str) -> Callable[[View], View]:
    """Return a decorator that gives a view what ``find`` returns for a person and the id in the address.

    ``argument`` is the id's name in the address. ``find`` raises ``DoesNotExist`` for what there is not, and likewise
    for what the person may not have: nobody can tell one from the other.
    """

    def find_or_404(user: User, address: Any) -> Any:
        try:
            return find(user, address)
        except ObjectDoesNotExist:
            raise Http404(f"There is no such {noun}.") from None

    def decorated(view: View) -> View:
        @wraps(view)
        @login_required
        def found(request: SignedInRequest, **arguments: Any) -> HttpResponseBase:
            address = arguments.pop(argument)
            thing = find_or_404(request.user, address)
            try:
                return view(request, thing, **arguments)
            except ObjectDoesNotExist:
                find_or_404(request.user, address)  # it may have been deleted meanwhile
                raise

        return found

    return decorated
