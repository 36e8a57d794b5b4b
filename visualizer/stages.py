"""The ten stages of the cycle, in the order in which a request that nothing stops goes through them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stage:
    """One part of the cycle: its name on the wire, its number from 1 and its title on the page."""

    name: str
    number: int
    title: str


CLIENT_REQUEST = "client_request"
SERVER_REQUEST = "server_request"
REQUEST_MIDDLEWARE = "request_middleware"
URL_RESOLVER = "url_resolver"
VIEW = "view"
TEMPLATE = "template"
RESPONSE = "response"
RESPONSE_MIDDLEWARE = "response_middleware"
SERVER_RESPONSE = "server_response"
CLIENT_RESPONSE = "client_response"

STAGES = (
    Stage(CLIENT_REQUEST, 1, "Client request"),
    Stage(SERVER_REQUEST, 2, "Server, in"),
    Stage(REQUEST_MIDDLEWARE, 3, "Request middleware"),
    Stage(URL_RESOLVER, 4, "URL resolver"),
    Stage(VIEW, 5, "View"),
    Stage(TEMPLATE, 6, "Template"),
    Stage(RESPONSE, 7, "Response"),
    Stage(RESPONSE_MIDDLEWARE, 8, "Response middleware"),
    Stage(SERVER_RESPONSE, 9, "Server, out"),
    Stage(CLIENT_RESPONSE, 10, "Client response"),
)
