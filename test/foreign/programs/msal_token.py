"""Asks for a token with msal as its documentation shows for a federated credential: the assertion in the place of a secret."""

import json
import os
import sys

import msal

with open(os.environ["AZURE_FEDERATED_TOKEN_FILE"], encoding="ascii") as file:
    assertion = file.read()

client = msal.ConfidentialClientApplication(
    os.environ["AZURE_CLIENT_ID"],
    authority=f"https://login.microsoftonline.com/{os.environ['AZURE_TENANT_ID']}",
    client_credential={"client_assertion": assertion},
)
json.dump(client.acquire_token_for_client([sys.argv[1]]), sys.stdout)
