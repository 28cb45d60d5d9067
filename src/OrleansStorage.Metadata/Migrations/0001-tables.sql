CREATE TABLE buckets (
    name {text} NOT NULL,
    bucket_id {int64} NOT NULL,
    owner_id {text} NOT NULL,
    created_ms {int64} NOT NULL,
    PRIMARY KEY (name)
){clustered};

CREATE TABLE bucket_ids (
    bucket_id {int64} NOT NULL,
    name {text} NOT NULL,
    PRIMARY KEY (bucket_id)
){rowid};

CREATE TABLE objects (
    bucket_id {int64} NOT NULL,
    object_key {bytes} NOT NULL,
    size_bytes {int64} NOT NULL,
    etag {text} NOT NULL,
    modified_ms {int64} NOT NULL,
    owner_id {text} NOT NULL,
    checksum_algorithm {int64},
    checksum_type {int64},
    checksum_value {text},
    upload_id {text},
    parts_count {int64},
    headers {bytes},
    recipe {bytes},
    PRIMARY KEY (bucket_id, object_key)
){rowid};

CREATE TABLE uploads (
    bucket_id {int64} NOT NULL,
    object_key {bytes} NOT NULL,
    upload_id {text} NOT NULL,
    initiated_ms {int64} NOT NULL,
    owner_id {text} NOT NULL,
    checksum_algorithm {int64},
    checksum_type {int64},
    headers {bytes},
    PRIMARY KEY (bucket_id, object_key, upload_id)
){rowid};

CREATE TABLE parts (
    bucket_id {int64} NOT NULL,
    upload_id {text} NOT NULL,
    number {int64} NOT NULL,
    size_bytes {int64} NOT NULL,
    etag {text} NOT NULL,
    modified_ms {int64} NOT NULL,
    checksum_algorithm {int64},
    checksum_value {text},
    recipe {bytes},
    PRIMARY KEY (bucket_id, upload_id, number)
){rowid};

CREATE TABLE garbage (
    released_ms {int64} NOT NULL,
    garbage_id {int64} NOT NULL,
    recipe {bytes},
    bucket_id {int64},
    upload_id {text},
    PRIMARY KEY (released_ms, garbage_id)
){rowid};

CREATE TABLE owners (
    owner {text} NOT NULL,
    epoch {int64} NOT NULL,
    holder {int64} NOT NULL,
    settled {int64} NOT NULL,
    PRIMARY KEY (owner)
){clustered};

CREATE TABLE silos (
    incarnation {int64} NOT NULL,
    name {text} NOT NULL,
    started_ms {int64} NOT NULL,
    renewals {int64} NOT NULL,
    PRIMARY KEY (incarnation)
){rowid};

CREATE TABLE takeovers (
    incarnation {int64} NOT NULL,
    owner {text} NOT NULL,
    epoch {int64} NOT NULL,
    PRIMARY KEY (incarnation, owner, epoch)
){clustered};

CREATE TABLE pools (
    name {text} NOT NULL,
    protection {text} NOT NULL,
    tier {text} NOT NULL,
    created_ms {int64} NOT NULL,
    PRIMARY KEY (name)
){clustered};

CREATE TABLE stripe_groups (
    group_id {int64} NOT NULL,
    pool {text} NOT NULL,
    epoch {int64} NOT NULL,
    members {text} NOT NULL,
    PRIMARY KEY (group_id)
){rowid};

CREATE TABLE devices (
    device_id {text} NOT NULL,
    silo {text} NOT NULL,
    path {text} NOT NULL,
    tier {text} NOT NULL,
    capacity_bytes {int64} NOT NULL,
    fault_domain {text} NOT NULL,
    PRIMARY KEY (device_id)
){clustered};

-- Recipes are lists of ids: compressing them costs time and saves nothing.
--postgres: ALTER TABLE objects ALTER COLUMN recipe SET STORAGE EXTERNAL;
--postgres: ALTER TABLE parts ALTER COLUMN recipe SET STORAGE EXTERNAL;
--postgres: ALTER TABLE garbage ALTER COLUMN recipe SET STORAGE EXTERNAL;
