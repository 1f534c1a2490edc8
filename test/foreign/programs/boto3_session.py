"""Exchanges the token by hand, then asks who it is and for a registry password with boto3's default credential chain."""

import json
import os
import sys

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

with open(os.environ["AWS_WEB_IDENTITY_TOKEN_FILE"], encoding="ascii") as file:
    token = file.read()

try:
    assumed = boto3.client("sts", config=Config(signature_version=UNSIGNED)).assume_role_with_web_identity(
        RoleArn=os.environ["AWS_ROLE_ARN"], RoleSessionName="by-hand", WebIdentityToken=token, DurationSeconds=900
    )
    identity = boto3.client("sts").get_caller_identity()
    (registry,) = boto3.client("ecr").get_authorization_token()["authorizationData"]
    output = {
        "assumed": assumed["AssumedRoleUser"]["Arn"],
        "subject": assumed["SubjectFromWebIdentityToken"],
        "arn": identity["Arn"],
        "endpoint": registry["proxyEndpoint"],
        "login": registry["authorizationToken"],
    }
except ClientError as error:
    output = {"code": error.response["Error"]["Code"], "error": str(error)}
json.dump(output, sys.stdout)
