"""The least that a live check can cost: a token and two round trips, with nothing imported.

Reads the same variables as the auditor.
"""

import http.client
import json
import os
import ssl
from urllib.parse import urlencode, urlsplit

_JSON = {"Accept": "application/json"}


def connected(url: str, context: ssl.SSLContext) -> http.client.HTTPSConnection:
    """Make a connection to the host of an address."""
    parts = urlsplit(url)
    return http.client.HTTPSConnection(parts.hostname or "", parts.port, context=context)


def main() -> None:
    """Sign in with a secret, then read twice over one connection."""
    given = os.environ
    graph_url = given["CONSENT_AUDITOR_GRAPH_URL"]
    context = ssl.create_default_context(cafile=given["SSL_CERT_FILE"])
    form = {
        "grant_type": "client_credentials",
        "client_id": given["AZURE_CLIENT_ID"],
        "client_secret": given["AZURE_CLIENT_SECRET"],
        "scope": f"{graph_url}/.default",
    }
    entra = connected(given["AZURE_AUTHORITY_HOST"], context)
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    path = f"/{given['AZURE_TENANT_ID']}/oauth2/v2.0/token"
    entra.request("POST", path, urlencode(form), kind)
    token = json.load(entra.getresponse())["access_token"]
    graph = connected(graph_url, context)
    for _ in range(2):
        headers = {**_JSON, "Authorization": f"Bearer {token}"}
        graph.request("GET", "/v1.0/organization?$select=id", headers=headers)
        answer = graph.getresponse()
        json.load(answer)
        if answer.status != http.HTTPStatus.OK:
            msg = f"Graph answered {answer.status}"
            raise RuntimeError(msg)


if __name__ == "__main__":
    main()
