"""Asks for a token with azure-identity as an author's own step would: its defaults and the AZURE_* variables, no options."""

import json
import sys

from azure.core.exceptions import ClientAuthenticationError
from azure.identity import WorkloadIdentityCredential

try:
    output = {"token": WorkloadIdentityCredential().get_token(sys.argv[1]).token}
except ClientAuthenticationError as error:
    output = {"error": str(error)}
json.dump(output, sys.stdout)
