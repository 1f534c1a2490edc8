"""Says who it is by boto3's default chain, which provider that was, until when, and gets a registry password."""

import json
import sys

import boto3
from botocore.exceptions import BotoCoreError, ClientError

try:
    session = boto3.Session()
    credentials = session.get_credentials()
    identity = session.client("sts").get_caller_identity()
    (registry,) = session.client("ecr").get_authorization_token()["authorizationData"]
    output = {
        "account": identity["Account"],
        "arn": identity["Arn"],
        "method": credentials.method,
        "expires": credentials._expiry_time.isoformat(),
        "login": registry["authorizationToken"],
    }
except (BotoCoreError, ClientError) as error:
    output = {"error": str(error)}
json.dump(output, sys.stdout)
