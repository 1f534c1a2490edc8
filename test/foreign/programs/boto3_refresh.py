"""Says who it is with a profile, and with which key again when, by this client's own clock, the session of an hour has three minutes left."""

import datetime
import json
import sys

import boto3

session = boto3.Session(profile_name=sys.argv[1])
credentials = session.get_credentials()
first = credentials.get_frozen_credentials().access_key
credentials._time_fetcher = lambda: datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=57)
second = credentials.get_frozen_credentials().access_key
identity = session.client("sts").get_caller_identity()
json.dump({"arn": identity["Arn"], "method": credentials.method, "keys": [first, second]}, sys.stdout)
