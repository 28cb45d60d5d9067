"""Cases of the S3 API, asked with boto3. Usage: boto3_cases.py CASE BUCKET; the bucket is made and removed here.

Works with boto3 from 1.26 on; what an older one cannot send is sent as a plain signed request.
"""
import base64
import hashlib
import io
import os
import sys
import urllib.error
import urllib.request
import zlib

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.auth import SigV4Auth, S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.client import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

ENDPOINT = os.environ["S3_ENDPOINT"]
MIB = 1 << 20
CASES = {}


def case(function):
    CASES[function.__name__] = function
    return function


def client():
    config = Config(
        signature_version="s3v4", s3={"addressing_style": "path"}, retries={"max_attempts": 1}, read_timeout=60)
    return boto3.client("s3", endpoint_url=ENDPOINT, region_name="us-east-1", config=config)


def pattern(size, seed=1):
    """Bytes that differ at every offset that matters: SHA-256 in counter mode."""
    blocks = (hashlib.sha256(b"%d:%d" % (seed, n)).digest() for n in range(size // 32 + 1))
    return b"".join(blocks)[:size]


def fails(status, code, call, *args, **kwargs):
    try:
        answer = call(*args, **kwargs)
    except ClientError as error:
        got = (error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]["Code"])
        assert got == (status, code), "expected %s %s, got %s %s: %s" % (status, code, *got, error)
        return error.response
    raise AssertionError("expected %s %s, but it succeeded: %s" % (status, code, answer))


def same(actual, expected):
    if actual != expected:
        raise AssertionError("expected %.2000r\ngot      %.2000r" % (expected, actual))


def body(answer):
    return answer["Body"].read()


def plain(method, url, data=None, headers=None):
    """A request without boto3. Returns status, headers and body, also of an error."""
    request = urllib.request.Request(url, data=data, headers=headers or {}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def signed(method, path, data=b"", headers=None, send=None):
    """A request signed in its headers, with headers that this boto3 may not know. `send` replaces the signed body."""
    credentials = Credentials(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
    request = AWSRequest(method=method, url=ENDPOINT + path, data=data, headers=headers or {})
    S3SigV4Auth(credentials, "s3", "us-east-1").add_auth(request)
    every = {"Content-Type": "application/xml"} if method == "POST" else {}
    every.update(dict(request.headers))
    return plain(method, ENDPOINT + path, data if send is None else send, every)


@case
def presigned_get_and_put(s3, bucket):
    key = "dir/ä +&%.txt"
    put = s3.generate_presigned_url("put_object", {"Bucket": bucket, "Key": key, "ContentType": "text/plain"}, 300)
    status, headers, _ = plain("PUT", put, b"presigned", {"Content-Type": "text/plain"})
    same(status, 200)
    same(headers["ETag"], '"%s"' % hashlib.md5(b"presigned").hexdigest())
    get = s3.generate_presigned_url(
        "get_object", {"Bucket": bucket, "Key": key, "ResponseContentDisposition": "attachment; filename=x"}, 300)
    status, headers, data = plain("GET", get)
    same((status, data, headers["Content-Type"]), (200, b"presigned", "text/plain"))
    same(headers["Content-Disposition"], "attachment; filename=x")
    # The method, the key and every query parameter are signed.
    same(plain("DELETE", get)[0], 403)
    same(plain("GET", get.replace("filename%3Dx", "filename%3Dy"))[0], 403)
    assert b"<Code>SignatureDoesNotMatch</Code>" in plain("GET", get.replace("dir", "rid"))[2]
    status, _, data = plain("GET", get.split("?")[0])
    same(status, 403)
    assert b"<Code>AccessDenied</Code>" in data, data
    head = s3.generate_presigned_url("head_object", {"Bucket": bucket, "Key": key}, 300)
    same(plain("HEAD", head)[0], 200)


@case
def presigned_post_is_not_implemented(s3, bucket):
    post = s3.generate_presigned_post(bucket, "by-form.txt", ExpiresIn=300)
    boundary = "----form"
    fields = "".join(
        '--%s\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (boundary, name, value)
        for name, value in post["fields"].items())
    form = (fields + '--%s\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nbytes\r\n--%s--\r\n' % (
        boundary, boundary)).encode()
    status, _, data = plain(
        "POST", post["url"], form, {"Content-Type": "multipart/form-data; boundary=" + boundary})
    same(status, 501)
    assert b"<Code>NotImplemented</Code>" in data, data
    fails(404, "404", s3.head_object, Bucket=bucket, Key="by-form.txt")


@case
def multipart_out_of_order(s3, bucket):
    key = "parts"
    parts = {1: pattern(5 * MIB, 1), 2: pattern(5 * MIB + 7, 2), 900: pattern(5 * MIB, 3), 10000: pattern(11, 4)}
    upload = s3.create_multipart_upload(Bucket=bucket, Key=key, ContentType="a/b", Metadata={"k": "v"})["UploadId"]
    fails(404, "404", s3.head_object, Bucket=bucket, Key=key)
    etags = {}
    for number in (10000, 2, 1, 900):
        etags[number] = s3.upload_part(
            Bucket=bucket, Key=key, UploadId=upload, PartNumber=number, Body=parts[number])["ETag"]
        same(etags[number], '"%s"' % hashlib.md5(parts[number]).hexdigest())
    # A part that is uploaded again replaces the first one.
    parts[2] = pattern(5 * MIB + 9, 5)
    etags[2] = s3.upload_part(Bucket=bucket, Key=key, UploadId=upload, PartNumber=2, Body=parts[2])["ETag"]
    listed = s3.list_parts(Bucket=bucket, Key=key, UploadId=upload)["Parts"]
    same([(p["PartNumber"], p["Size"], p["ETag"]) for p in listed], [(n, len(parts[n]), etags[n]) for n in sorted(parts)])
    done = s3.complete_multipart_upload(Bucket=bucket, Key=key, UploadId=upload, MultipartUpload={
        "Parts": [{"PartNumber": n, "ETag": etags[n]} for n in sorted(parts)]})
    md5s = b"".join(hashlib.md5(parts[n]).digest() for n in sorted(parts))
    same(done["ETag"], '"%s-4"' % hashlib.md5(md5s).hexdigest())
    got = s3.get_object(Bucket=bucket, Key=key)
    same((got["ContentType"], got["Metadata"], got["ETag"]), ("a/b", {"k": "v"}, done["ETag"]))
    assert body(got) == b"".join(parts[n] for n in sorted(parts)), "the object differs from its parts"
    # Parts are numbered anew in the object.
    second = s3.get_object(Bucket=bucket, Key=key, PartNumber=2)
    same((second["PartsCount"], second["ContentLength"]), (4, len(parts[2])))
    assert body(second) == parts[2]
    s3.put_object(Bucket=bucket, Key="some", Body=b"x")
    # Only some of the parts that were uploaded become the object.
    upload = s3.create_multipart_upload(Bucket=bucket, Key="some")["UploadId"]
    first = s3.upload_part(Bucket=bucket, Key="some", UploadId=upload, PartNumber=3, Body=b"only this")["ETag"]
    s3.upload_part(Bucket=bucket, Key="some", UploadId=upload, PartNumber=4, Body=b"not this")
    same(body(s3.get_object(Bucket=bucket, Key="some")), b"x")
    s3.complete_multipart_upload(Bucket=bucket, Key="some", UploadId=upload, MultipartUpload={
        "Parts": [{"PartNumber": 3, "ETag": first}]})
    same(body(s3.get_object(Bucket=bucket, Key="some")), b"only this")


@case
def multipart_errors(s3, bucket):
    where = {"Bucket": bucket, "Key": "bad"}
    upload = s3.create_multipart_upload(**where)["UploadId"]
    small = s3.upload_part(**where, UploadId=upload, PartNumber=1, Body=b"small")["ETag"]
    last = s3.upload_part(**where, UploadId=upload, PartNumber=2, Body=b"last")["ETag"]

    def complete(*parts, **kwargs):
        listed = [{"PartNumber": number, "ETag": etag} for number, etag in parts]
        return s3.complete_multipart_upload(
            **where, **{"UploadId": upload, "MultipartUpload": {"Parts": listed}, **kwargs})

    fails(400, "EntityTooSmall", complete, (1, small), (2, last))
    fails(400, "InvalidPartOrder", complete, (2, last), (1, small))
    fails(400, "InvalidPart", complete, (1, '"%s"' % ("0" * 32)))
    fails(400, "InvalidPart", complete, (7, small))
    fails(400, "MalformedXML", complete)
    fails(404, "NoSuchUpload", complete, (1, small), UploadId="no-such-upload")
    fails(404, "NoSuchUpload", s3.upload_part, **where, UploadId="no-such-upload", PartNumber=1, Body=b"x")
    fails(404, "NoSuchUpload", s3.upload_part, Bucket=bucket, Key="other", UploadId=upload, PartNumber=1, Body=b"x")
    fails(400, "InvalidArgument", s3.upload_part, **where, UploadId=upload, PartNumber=0, Body=b"x")
    fails(400, "InvalidArgument", s3.upload_part, **where, UploadId=upload, PartNumber=10001, Body=b"x")
    # Nothing of that ended the upload.
    complete((1, small))
    same(body(s3.get_object(**where)), b"small")
    fails(404, "NoSuchUpload", s3.abort_multipart_upload, **where, UploadId=upload)


@case
def multipart_listing_and_abort(s3, bucket):
    uploads = []
    for n in range(7):
        key = "up/%d/ü" % (n % 4)
        uploads.append((key, s3.create_multipart_upload(Bucket=bucket, Key=key)["UploadId"]))
    s3.upload_part(Bucket=bucket, Key=uploads[0][0], UploadId=uploads[0][1], PartNumber=1, Body=b"part")
    seen, marker = [], {}
    while True:
        page = s3.list_multipart_uploads(Bucket=bucket, MaxUploads=3, **marker)
        seen += [(u["Key"], u["UploadId"]) for u in page.get("Uploads", [])]
        if not page["IsTruncated"]:
            break
        marker = {"KeyMarker": page["NextKeyMarker"], "UploadIdMarker": page["NextUploadIdMarker"]}
    same(sorted(seen), sorted(uploads))
    same([key for key, _ in seen], sorted(key for key, _ in uploads))
    grouped = s3.list_multipart_uploads(Bucket=bucket, Prefix="up/", Delimiter="/")
    same([p["Prefix"] for p in grouped["CommonPrefixes"]], ["up/0/", "up/1/", "up/2/", "up/3/"])
    same(s3.list_objects_v2(Bucket=bucket)["KeyCount"], 0)
    for key, upload in uploads:
        s3.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=upload)
    same(s3.list_multipart_uploads(Bucket=bucket).get("Uploads", []), [])
    fails(404, "NoSuchUpload", s3.list_parts, Bucket=bucket, Key=uploads[0][0], UploadId=uploads[0][1])


@case
def managed_transfer(s3, bucket):
    data = pattern(40 * MIB + 333, 9)
    config = TransferConfig(multipart_threshold=8 * MIB, multipart_chunksize=6 * MIB, max_concurrency=8)
    s3.upload_fileobj(io.BytesIO(data), bucket, "managed", Config=config)
    assert s3.head_object(Bucket=bucket, Key="managed")["ETag"].endswith('-7"')
    back = io.BytesIO()
    s3.download_fileobj(bucket, "managed", back, Config=config)
    assert back.getvalue() == data, "the object differs"
    s3.copy({"Bucket": bucket, "Key": "managed"}, bucket, "managed copy", Config=config)
    back = io.BytesIO()
    s3.download_fileobj(bucket, "managed copy", back, Config=config)
    assert back.getvalue() == data, "the copy differs"


@case
def copy_object(s3, bucket):
    source = "from/ü +%&'.bin"
    data = pattern(300_000, 3)
    s3.put_object(Bucket=bucket, Key=source, Body=data, ContentType="x/y", Metadata={"a": "1"})
    done = s3.copy_object(Bucket=bucket, Key="kept", CopySource={"Bucket": bucket, "Key": source})
    etag = '"%s"' % hashlib.md5(data).hexdigest()
    same(done["CopyObjectResult"]["ETag"], etag)
    kept = s3.get_object(Bucket=bucket, Key="kept")
    same((kept["ContentType"], kept["Metadata"]), ("x/y", {"a": "1"}))
    assert body(kept) == data
    s3.copy_object(Bucket=bucket, Key="replaced", CopySource={"Bucket": bucket, "Key": source},
                   MetadataDirective="REPLACE", ContentType="p/q", Metadata={"b": "2"})
    replaced = s3.head_object(Bucket=bucket, Key="replaced")
    same((replaced["ContentType"], replaced["Metadata"]), ("p/q", {"b": "2"}))
    # The copy is an object of its own.
    s3.delete_object(Bucket=bucket, Key=source)
    assert body(s3.get_object(Bucket=bucket, Key="kept")) == data
    s3.copy_object(Bucket=bucket, Key="kept", CopySource={"Bucket": bucket, "Key": "kept"},
                   MetadataDirective="REPLACE", Metadata={"c": "3"})
    same(s3.head_object(Bucket=bucket, Key="kept")["Metadata"], {"c": "3"})
    assert body(s3.get_object(Bucket=bucket, Key="kept")) == data
    onto_itself = {"Bucket": bucket, "Key": "kept", "CopySource": {"Bucket": bucket, "Key": "kept"}}
    fails(400, "InvalidRequest", s3.copy_object, **onto_itself)
    fails(404, "NoSuchKey", s3.copy_object, Bucket=bucket, Key="x", CopySource={"Bucket": bucket, "Key": "not-there"})
    fails(404, "NoSuchBucket", s3.copy_object, Bucket=bucket, Key="x", CopySource={"Bucket": bucket + "-no", "Key": "k"})
    conditions = {"Bucket": bucket, "Key": "x", "CopySource": {"Bucket": bucket, "Key": "kept"}}
    fails(412, "PreconditionFailed", s3.copy_object, **conditions, CopySourceIfMatch='"%s"' % ("0" * 32))
    fails(412, "PreconditionFailed", s3.copy_object, **conditions, CopySourceIfNoneMatch=etag)
    s3.copy_object(**conditions, CopySourceIfMatch=etag)


@case
def copy_part_ranges(s3, bucket):
    data = pattern(12 * MIB, 6)
    s3.put_object(Bucket=bucket, Key="source", Body=data)
    where = {"Bucket": bucket, "Key": "pieced"}
    upload = s3.create_multipart_upload(**where)["UploadId"]
    ranges = [(MIB, 7 * MIB), (0, 5 * MIB - 1), (11 * MIB, 12 * MIB - 1)]
    parts = []
    for number, (first, last) in enumerate(ranges, 1):
        answer = s3.upload_part_copy(
            **where, UploadId=upload, PartNumber=number, CopySource={"Bucket": bucket, "Key": "source"},
            CopySourceRange="bytes=%d-%d" % (first, last))
        same(answer["CopyPartResult"]["ETag"], '"%s"' % hashlib.md5(data[first:last + 1]).hexdigest())
        parts.append({"PartNumber": number, "ETag": answer["CopyPartResult"]["ETag"]})
    beyond = {"CopySource": {"Bucket": bucket, "Key": "source"}, "CopySourceRange": "bytes=0-%d" % (12 * MIB)}
    try:
        s3.upload_part_copy(**where, UploadId=upload, PartNumber=9, **beyond)
        raise AssertionError("a range beyond the end of the source was copied")
    except ClientError as error:
        status, code = error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]["Code"]
        assert (status, code) in ((400, "InvalidArgument"), (416, "InvalidRange")), error
    s3.complete_multipart_upload(**where, UploadId=upload, MultipartUpload={"Parts": parts})
    assert body(s3.get_object(**where)) == b"".join(data[first:last + 1] for first, last in ranges)


@case
def conditional_writes(s3, bucket):
    path = "/%s/conditional" % bucket
    status, headers, _ = signed("PUT", path, b"first", {"If-None-Match": "*"})
    same(status, 200)
    first = headers["ETag"]
    status, _, data = signed("PUT", path, b"second", {"If-None-Match": "*"})
    same(status, 412)
    assert b"<Code>PreconditionFailed</Code>" in data, data
    same(body(s3.get_object(Bucket=bucket, Key="conditional")), b"first")
    same(signed("PUT", path, b"wrong", {"If-Match": '"%s"' % ("0" * 32)})[0], 412)
    status, headers, _ = signed("PUT", path, b"second", {"If-Match": first})
    same(status, 200)
    same(signed("PUT", path, b"third", {"If-Match": first})[0], 412)
    same(body(s3.get_object(Bucket=bucket, Key="conditional")), b"second")
    status, _, data = signed("PUT", path + "-not-there", b"x", {"If-Match": first})
    same(status, 404)
    assert b"<Code>NoSuchKey</Code>" in data, data
    # The end of an upload is a write like any other.
    where = {"Bucket": bucket, "Key": "conditional"}
    upload = s3.create_multipart_upload(**where)["UploadId"]
    etag = s3.upload_part(**where, UploadId=upload, PartNumber=1, Body=b"part")["ETag"]
    xml = ("<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>%s</ETag></Part>"
           "</CompleteMultipartUpload>" % etag).encode()
    query = path + "?uploadId=" + upload
    same(signed("POST", query, xml, {"If-None-Match": "*"})[0], 412)
    same(body(s3.get_object(**where)), b"second")
    s3.delete_object(**where)
    same(signed("POST", query, xml, {"If-None-Match": "*"})[0], 200)
    same(body(s3.get_object(**where)), b"part")


@case
def conditional_reads(s3, bucket):
    where = {"Bucket": bucket, "Key": "read"}
    etag = s3.put_object(**where, Body=b"content")["ETag"]
    other = '"%s"' % ("0" * 32)
    modified = s3.head_object(**where)["LastModified"]
    same(body(s3.get_object(**where, IfMatch=etag)), b"content")
    fails(412, "PreconditionFailed", s3.get_object, **where, IfMatch=other)
    fails(304, "304", s3.get_object, **where, IfNoneMatch=etag)
    same(body(s3.get_object(**where, IfNoneMatch=other)), b"content")
    fails(304, "304", s3.get_object, **where, IfModifiedSince=modified)
    fails(412, "PreconditionFailed", s3.get_object, **where, IfUnmodifiedSince=modified.replace(year=2001))
    fails(412, "412", s3.head_object, **where, IfMatch=other)
    fails(304, "304", s3.head_object, **where, IfNoneMatch=etag)


@case
def ranged_reads(s3, bucket):
    size = 9 * MIB + 5
    data = pattern(size, 7)
    s3.put_object(Bucket=bucket, Key="ranges", Body=data)
    edges = [0, 1, 65535, 65536, 4 * MIB - 1, 4 * MIB, 8 * MIB, size - 1]
    for first in edges:
        for length in (1, 2, 65536, 5 * MIB):
            last = first + length - 1
            got = s3.get_object(Bucket=bucket, Key="ranges", Range="bytes=%d-%d" % (first, last))
            expected = data[first:last + 1]
            assert body(got) == expected, (first, last)
            same(got["ContentRange"], "bytes %d-%d/%d" % (first, min(last, size - 1), size))
            same(got["ResponseMetadata"]["HTTPStatusCode"], 206)
    assert body(s3.get_object(Bucket=bucket, Key="ranges", Range="bytes=-77")) == data[-77:]
    assert body(s3.get_object(Bucket=bucket, Key="ranges", Range="bytes=-%d" % (size + 10))) == data
    assert body(s3.get_object(Bucket=bucket, Key="ranges", Range="bytes=%d-" % (size - 3))) == data[-3:]
    fails(416, "InvalidRange", s3.get_object, Bucket=bucket, Key="ranges", Range="bytes=%d-" % size)
    # What is not a range of bytes is ignored.
    assert body(s3.get_object(Bucket=bucket, Key="ranges", Range="bytes=9-3")) == data
    assert body(s3.get_object(Bucket=bucket, Key="ranges", Range="lines=1-2")) == data
    s3.put_object(Bucket=bucket, Key="empty", Body=b"")
    fails(416, "InvalidRange", s3.get_object, Bucket=bucket, Key="empty", Range="bytes=0-0")
    same(body(s3.get_object(Bucket=bucket, Key="empty")), b"")


@case
def listing_pages(s3, bucket):
    keys = ["dir%02d/sub/key %04d" % (n % 25, n) for n in range(2400)] + ["top-%03d" % n for n in range(110)]
    put_all(s3, bucket, keys)
    keys.sort(key=lambda key: key.encode())

    pages = list(s3.get_paginator("list_objects_v2").paginate(Bucket=bucket))
    same([p["KeyCount"] for p in pages], [1000, 1000, 510])
    same([o["Key"] for p in pages for o in p["Contents"]], keys)

    folders, tops, pages = [], [], 0
    for page in s3.get_paginator("list_objects_v2").paginate(
            Bucket=bucket, Delimiter="/", PaginationConfig={"PageSize": 10}):
        assert page["KeyCount"] <= 10
        folders += [p["Prefix"] for p in page.get("CommonPrefixes", [])]
        tops += [o["Key"] for o in page.get("Contents", [])]
        pages += 1
    same(folders, ["dir%02d/" % n for n in range(25)])
    same(tops, [key for key in keys if key.startswith("top")])
    same(pages, 14)

    within = s3.list_objects_v2(Bucket=bucket, Prefix="dir07/s", Delimiter="/")
    same([p["Prefix"] for p in within["CommonPrefixes"]], ["dir07/sub/"])
    assert "Contents" not in within
    after = s3.list_objects_v2(Bucket=bucket, StartAfter="top-100")
    same([o["Key"] for o in after["Contents"]], ["top-%03d" % n for n in range(101, 110)])
    none = s3.list_objects_v2(Bucket=bucket, MaxKeys=0)
    same((none["KeyCount"], none["IsTruncated"]), (0, False))
    nothing = s3.list_objects_v2(Bucket=bucket, Prefix="nothing/")
    same((nothing["KeyCount"], nothing["IsTruncated"], nothing.get("Contents")), (0, False, None))
    odd = s3.list_objects_v2(Bucket=bucket, Prefix="dir", Delimiter="sub/key", MaxKeys=1000)
    same([p["Prefix"] for p in odd["CommonPrefixes"]], ["dir%02d/sub/key" % n for n in range(25)])


@case
def listing_v1(s3, bucket):
    keys = ["a/1", "a/2", "b", "c/1", "d", "e/f/g", "z"]
    put_all(s3, bucket, keys)
    pages = list(s3.get_paginator("list_objects").paginate(Bucket=bucket, PaginationConfig={"PageSize": 2}))
    same([o["Key"] for p in pages for o in p["Contents"]], keys)
    seen, marker = [], ""
    while True:
        page = s3.list_objects(Bucket=bucket, Delimiter="/", MaxKeys=2, Marker=marker)
        seen += [o["Key"] for o in page.get("Contents", [])] + [p["Prefix"] for p in page.get("CommonPrefixes", [])]
        if not page["IsTruncated"]:
            break
        marker = page["NextMarker"]
    same(sorted(seen), ["a/", "b", "c/", "d", "e/", "z"])
    owned = s3.list_objects(Bucket=bucket, Prefix="a/")["Contents"]
    same([(o["Key"], o["Size"], o["StorageClass"]) for o in owned], [("a/1", 3, "STANDARD"), ("a/2", 3, "STANDARD")])


@case
def unicode_keys(s3, bucket):
    keys = [
        "ascii", "with space", "plus+and%25", "a//b", "/leading", "trailing/", "dots/./../x", "ünïcödé", "u\u0308",
        "\u00fc", "日本語/キー", "\U0001F680", "\uffee", "\ufb01", "tab\there", "new\nline", "quote\"'<>&", "back\\slash",
        "x" * 1024, "é" * 512, "?query=no&x", "#hash", "a:b;c,d", "~", "\u200d", "%2F", "%", "+", " ",
    ]
    for number, key in enumerate(keys):
        s3.put_object(Bucket=bucket, Key=key, Body=b"%d" % number)
    listed = [o["Key"] for p in s3.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, PaginationConfig={"PageSize": 5}) for o in p["Contents"]]
    same(listed, sorted(keys, key=lambda key: key.encode()))
    for number, key in enumerate(keys):
        same(body(s3.get_object(Bucket=bucket, Key=key)), b"%d" % number)
    fails(400, "KeyTooLongError", s3.put_object, Bucket=bucket, Key="x" * 1025, Body=b"")
    for key in keys:
        s3.delete_object(Bucket=bucket, Key=key)
    same(s3.list_objects_v2(Bucket=bucket)["KeyCount"], 0)


@case
def metadata_and_headers(s3, bucket):
    where = {"Bucket": bucket, "Key": "meta"}
    fields = {
        "ContentType": "text/plain; charset=utf-8", "ContentEncoding": "gzip", "ContentLanguage": "de, en",
        "ContentDisposition": 'attachment; filename="x.txt"', "CacheControl": "no-store, max-age=7",
        "Metadata": {"one": "1", "two-words": "a b  c", "empty": ""},
    }
    s3.put_object(**where, Body=b"x", **fields)
    head = s3.head_object(**where)
    same({name: head[name] for name in fields}, fields)
    same((head["ContentLength"], head["AcceptRanges"]), (1, "bytes"))
    overridden = s3.get_object(**where, ResponseContentType="a/b", ResponseCacheControl="private")
    same((overridden["ContentType"], overridden["CacheControl"]), ("a/b", "private"))
    s3.put_object(**where, Body=b"y")
    plain_head = s3.head_object(**where)
    same((plain_head["Metadata"], plain_head["ContentType"]), ({}, "binary/octet-stream"))
    status, _, data = signed("PUT", "/%s/much" % bucket, b"", {"x-amz-meta-a": "v" * 2100})
    same(status, 400)
    assert b"<Code>MetadataTooLarge</Code>" in data, data


@case
def checksums(s3, bucket):
    data = pattern(100_000, 8)
    path = "/%s/sums" % bucket
    md5 = base64.b64encode(hashlib.md5(data).digest()).decode()
    sha256 = base64.b64encode(hashlib.sha256(data).digest()).decode()
    crc32 = base64.b64encode(zlib.crc32(data).to_bytes(4, "big")).decode()
    same(signed("PUT", path, data, {"Content-MD5": md5})[0], 200)
    for header, value, code in (
            ("Content-MD5", base64.b64encode(hashlib.md5(b"other").digest()).decode(), b"BadDigest"),
            ("Content-MD5", "no base64", b"InvalidDigest"),
            ("x-amz-checksum-crc32", base64.b64encode(b"0000").decode(), b"BadDigest"),
            ("x-amz-checksum-sha256", base64.b64encode(b"0" * 32).decode(), b"BadDigest")):
        status, _, answer = signed("PUT", path, b"x" + data, {header: value})
        same((status, header, b"<Code>%s</Code>" % code in answer), (400, header, True))
    status, _, answer = signed("PUT", path, data, send=data[:-1] + b"?")
    same((status, b"<Code>XAmzContentSHA256Mismatch</Code>" in answer), (400, True))
    same(body(s3.get_object(Bucket=bucket, Key="sums")), data)
    for name, value in (("crc32", crc32), ("sha256", sha256)):
        status, headers, _ = signed("PUT", path, data, {"x-amz-checksum-" + name: value})
        same((status, headers["x-amz-checksum-" + name]), (200, value))
        status, headers, answer = signed("GET", path, headers={"x-amz-checksum-mode": "ENABLED"})
        same((status, headers["x-amz-checksum-" + name], answer == data), (200, value, True))
        _, headers, _ = signed("GET", path)
        same(headers["x-amz-checksum-" + name], None)
    # The library's own: a trailing checksum over a body in signed or unsigned chunks.
    for algorithm in ("CRC32", "SHA1", "SHA256"):
        s3.put_object(Bucket=bucket, Key="library", Body=io.BytesIO(data), ChecksumAlgorithm=algorithm)
        got = s3.get_object(Bucket=bucket, Key="library", ChecksumMode="ENABLED")
        same(body(got), data)
        assert got.get("Checksum" + algorithm), got


@case
def delete_objects(s3, bucket):
    keys = ["k%04d & <ü>" % n for n in range(1200)]
    put_all(s3, bucket, keys)
    gone = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in keys[:1000]]})
    same([d["Key"] for d in gone["Deleted"]], keys[:1000])
    same(gone.get("Errors", []), [])
    same([o["Key"] for o in s3.list_objects_v2(Bucket=bucket)["Contents"]], keys[1000:])
    # What is not there counts as deleted.
    again = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": keys[0]}, {"Key": keys[1000]}]})
    same([d["Key"] for d in again["Deleted"]], [keys[0], keys[1000]])
    quiet = s3.delete_objects(Bucket=bucket, Delete={"Quiet": True, "Objects": [{"Key": keys[1001]}]})
    same(quiet.get("Deleted", []), [])
    fails(404, "404", s3.head_object, Bucket=bucket, Key=keys[1001])
    many = {"Objects": [{"Key": "n%d" % n} for n in range(1001)]}
    fails(400, "MalformedXML", s3.delete_objects, Bucket=bucket, Delete=many)
    same(s3.delete_object(Bucket=bucket, Key="never there")["ResponseMetadata"]["HTTPStatusCode"], 204)


@case
def error_codes(s3, bucket):
    missing = bucket + "-missing"
    error = fails(404, "NoSuchKey", s3.get_object, Bucket=bucket, Key="missing ü")
    same(error["Error"]["Key"], "missing ü")
    assert error["ResponseMetadata"]["RequestId"], error
    fails(404, "NoSuchBucket", s3.get_object, Bucket=missing, Key="x")
    fails(404, "NoSuchBucket", s3.put_object, Bucket=missing, Key="x", Body=b"x")
    fails(404, "NoSuchBucket", s3.list_objects_v2, Bucket=missing)
    fails(404, "NoSuchBucket", s3.delete_bucket, Bucket=missing)
    fails(404, "404", s3.head_bucket, Bucket=missing)
    fails(400, "InvalidArgument", s3.list_objects_v2, Bucket=bucket, ContinuationToken="not a token of ours")
    status, _, data = signed("PUT", "/Bad_Bucket_Name")
    same((status, b"<Code>InvalidBucketName</Code>" in data), (400, True))
    status, _, data = signed("GET", "/%s?list-type=2&max-keys=many" % bucket)
    same((status, b"<Code>InvalidArgument</Code>" in data), (400, True))
    broken = b"<Delete><Object>"
    md5 = base64.b64encode(hashlib.md5(broken).digest()).decode()
    status, _, data = signed("POST", "/%s?delete" % bucket, broken, {"Content-MD5": md5})
    same((status, b"<Code>MalformedXML</Code>" in data), (400, True))

    def as_user(access, secret):
        return boto3.client(
            "s3", endpoint_url=ENDPOINT, region_name="us-east-1", aws_access_key_id=access,
            aws_secret_access_key=secret, config=Config(s3={"addressing_style": "path"}))

    fails(403, "InvalidAccessKeyId", as_user("NOBODYSKEY0000000000", "x" * 40).list_objects_v2, Bucket=bucket)
    fails(403, "SignatureDoesNotMatch",
          as_user(os.environ["AWS_ACCESS_KEY_ID"], "x" * 40).list_objects_v2, Bucket=bucket)
    status, _, data = plain("GET", "%s/%s" % (ENDPOINT, bucket))
    same((status, b"<Code>AccessDenied</Code>" in data), (403, True))
    # A request from the past is refused, however well it is signed.
    request = AWSRequest(method="GET", url="%s/%s" % (ENDPOINT, bucket))
    request.headers["x-amz-content-sha256"] = hashlib.sha256(b"").hexdigest()
    credentials = Credentials(os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
    auth = SigV4Auth(credentials, "s3", "us-east-1")
    request.context["timestamp"] = "20200101T000000Z"
    request.headers["X-Amz-Date"] = "20200101T000000Z"
    text = auth.string_to_sign(request, auth.canonical_request(request))
    auth._inject_signature_to_request(request, auth.signature(text, request))
    status, _, data = plain("GET", "%s/%s" % (ENDPOINT, bucket), headers=dict(request.headers))
    same((status, b"<Code>RequestTimeTooSkewed</Code>" in data), (403, True))


@case
def post_with_the_content_type_of_curl(s3, bucket):
    """`curl --data` and many HTTP libraries call every POST a form; S3 looks at the query instead."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    s3.put_object(Bucket=bucket, Key="doomed", Body=b"x")
    xml = b"<Delete><Object><Key>doomed</Key></Object></Delete>"
    md5 = base64.b64encode(hashlib.md5(xml).digest()).decode()
    same(signed("POST", "/%s?delete" % bucket, xml, {**form, "Content-MD5": md5})[0], 200)
    fails(404, "404", s3.head_object, Bucket=bucket, Key="doomed")
    same(signed("POST", "/%s/key?uploads" % bucket, b"", form)[0], 200)
    same(len(s3.list_multipart_uploads(Bucket=bucket)["Uploads"]), 1)


@case
def expect_continue_on_one_connection(s3, bucket):
    """A body that is a file is sent with `Expect: 100-continue`. After a final answer that no `100 Continue` came before,
    botocore takes the next answer on that connection for headers and waits for ever, so such an answer must either follow
    a `100 Continue` or close the connection, as S3's do."""
    one = boto3.client("s3", endpoint_url=ENDPOINT, region_name="us-east-1", config=Config(
        s3={"addressing_style": "path"}, retries={"max_attempts": 0}, read_timeout=10, max_pool_connections=1))
    data = pattern(5000)

    def put_and_get(key):
        one.put_object(Bucket=bucket, Key=key, Body=io.BytesIO(data))
        same(body(one.get_object(Bucket=bucket, Key=key)), data)

    put_and_get("first")
    one.put_object(Bucket=bucket, Key="empty", Body=io.BytesIO(b""))
    one.put_object(Bucket=bucket, Key="after empty", Body=io.BytesIO(data))
    put_and_get("after empty")
    fails(404, "NoSuchBucket", one.put_object, Bucket=bucket + "-missing", Key="x", Body=io.BytesIO(data))
    one.put_object(Bucket=bucket, Key="after a refusal", Body=io.BytesIO(data))
    put_and_get("after a refusal")
    refused = {"Bucket": bucket, "Key": "x", "UploadId": "no-such-upload", "PartNumber": 1, "Body": io.BytesIO(data)}
    fails(404, "NoSuchUpload", one.upload_part, **refused)
    one.put_object(Bucket=bucket, Key="after a refused part", Body=io.BytesIO(data))
    put_and_get("after a refused part")


@case
def bucket_lifecycle(s3, bucket):
    assert bucket in [b["Name"] for b in s3.list_buckets()["Buckets"]]
    s3.head_bucket(Bucket=bucket)
    same(s3.get_bucket_location(Bucket=bucket)["LocationConstraint"], None)
    try:
        # In us-east-1, making what one owns already is no error.
        s3.create_bucket(Bucket=bucket)
    except ClientError as error:
        same(error.response["Error"]["Code"], "BucketAlreadyOwnedByYou")
    s3.put_object(Bucket=bucket, Key="x", Body=b"x")
    fails(409, "BucketNotEmpty", s3.delete_bucket, Bucket=bucket)
    s3.delete_object(Bucket=bucket, Key="x")
    s3.delete_bucket(Bucket=bucket)
    fails(404, "404", s3.head_bucket, Bucket=bucket)
    assert bucket not in [b["Name"] for b in s3.list_buckets()["Buckets"]]
    s3.create_bucket(Bucket=bucket)
    same(s3.list_objects_v2(Bucket=bucket)["KeyCount"], 0)


def put_all(s3, bucket, keys):
    from concurrent.futures import ThreadPoolExecutor
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: s3.put_object(Bucket=bucket, Key=key, Body=key.encode()), keys))


def remove(s3, bucket):
    for upload in s3.list_multipart_uploads(Bucket=bucket).get("Uploads", []):
        s3.abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        objects = [{"Key": o["Key"]} for o in page.get("Contents", [])]
        if objects:
            s3.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})
    s3.delete_bucket(Bucket=bucket)


def main():
    function, bucket = CASES[sys.argv[1]], sys.argv[2]
    s3 = client()
    s3.create_bucket(Bucket=bucket)
    function(s3, bucket)
    remove(s3, bucket)


if __name__ == "__main__":
    main()
