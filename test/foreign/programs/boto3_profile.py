"""Says who it is with a profile of the shared files, and in which region."""

import json
import sys

import boto3

session = boto3.Session(profile_name=sys.argv[1])
identity = session.client("sts").get_caller_identity()
json.dump({"arn": identity["Arn"], "region": session.region_name}, sys.stdout)
