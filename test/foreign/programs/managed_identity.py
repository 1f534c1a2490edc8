"""Asks for a token with azure-identity as a step with a managed identity would: its defaults and the variables, no options. Tells its hash."""

import hashlib
import json
import sys

from azure.core.exceptions import ClientAuthenticationError
from azure.identity import DefaultAzureCredential, ManagedIdentityCredential

credential = DefaultAzureCredential() if sys.argv[1] == "default" else ManagedIdentityCredential()
try:
    token = credential.get_token(sys.argv[2])
    output = {"sha256": hashlib.sha256(token.token.encode()).hexdigest(), "expiresAt": token.expires_on * 1000}
except ClientAuthenticationError as error:
    output = {"error": str(error)}
json.dump(output, sys.stdout)
