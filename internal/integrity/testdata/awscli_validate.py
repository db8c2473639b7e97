"""Runs the AWS CLI's own `cloudtrail validate-logs` over a bucket given as JSON.

Nothing here decides about validity: the bucket and the key list are handed to
the classes of awscli.customizations.cloudtrail.validation, and what the command
prints is passed on. Input, on stdin:

    {"trail_arn", "region", "account", "bucket", "start", "end", "keys": <list-public-keys output>,
     "objects": {"<key>": {"data": "<base64>", "metadata": {...}}}}

Exit status 42 means that the AWS CLI's Python package is not installed.
"""

import base64
import io
import json
import sys

try:
    from awscli.customizations.cloudtrail import validation
    from botocore.exceptions import ClientError
except ImportError as err:
    print(err, file=sys.stderr)
    sys.exit(42)


class CloudTrail:
    """Stands for the CloudTrail client."""

    def __init__(self, keys):
        self.keys = keys

    def list_public_keys(self, **_):
        return self.keys


class S3:
    """Stands for the S3 client and for the provider that makes one."""

    def __init__(self, bucket, objects):
        self.bucket, self.objects = bucket, objects

    def get_client(self, _bucket):
        return self

    def get_paginator(self, _operation):
        return self

    def paginate(self, Bucket, Marker, Prefix):
        keys = sorted(k for k in self.objects if Bucket == self.bucket and k > Marker and k.startswith(Prefix))
        return Pages(keys)

    def get_object(self, Bucket, Key):
        if Bucket != self.bucket or Key not in self.objects:
            raise ClientError({"Error": {"Code": "NoSuchKey", "Message": "no such key"}}, "GetObject")
        found = self.objects[Key]
        return {"Body": io.BytesIO(base64.b64decode(found["data"])), "Metadata": found.get("metadata", {})}


class Pages:
    def __init__(self, keys):
        self.keys = keys

    def search(self, _expression):
        return iter(self.keys)


def main():
    case = json.load(sys.stdin)
    s3 = S3(case["bucket"], case["objects"])
    command = validation.CloudTrailValidateLogs.__new__(validation.CloudTrailValidateLogs)
    validation.CloudTrailValidateLogs.__init__(command, None)
    command.trail_arn = case["trail_arn"]
    command.account_id = case["account"]
    command.is_verbose = True
    command.start_time = validation.normalize_date(validation.parse_date(case["start"]))
    command.end_time = validation.normalize_date(validation.parse_date(case["end"]))
    command.s3_bucket = case["bucket"]
    command.s3_prefix = case.get("prefix")
    command._source_region = case["region"]
    command.s3_client_provider = s3
    command.cloudtrail_client = CloudTrail(case["keys"])
    command.organization_client = None
    sys.stderr = sys.stdout
    command._call()


main()
