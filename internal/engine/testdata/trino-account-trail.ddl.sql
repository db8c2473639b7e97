-- The catalogue needs hive.non-managed-table-writes-enabled=true to define it,
-- hive.partition-projection-enabled=true and hive.ignore-absent-partitions=true to read it.
CREATE TABLE IF NOT EXISTS "hive"."default"."cloudtrail_logs" (
  line varchar,
  account varchar WITH (partition_projection_type = 'enum', partition_projection_values = ARRAY['111122223333']),
  region varchar WITH (partition_projection_type = 'enum', partition_projection_values = ARRAY['us-east-2']),
  day varchar WITH (
    partition_projection_type = 'date',
    partition_projection_format = 'yyyy/MM/dd',
    partition_projection_range = ARRAY['2025/06/01', 'NOW'],
    partition_projection_interval = 1,
    partition_projection_interval_unit = 'DAYS')
)
WITH (
  format = 'TEXTFILE',
  external_location = 's3://example-trail/AWSLogs/',
  partitioned_by = ARRAY['account', 'region', 'day'],
  partition_projection_enabled = true,
  partition_projection_location_template = 's3://example-trail/AWSLogs/${account}/CloudTrail/${region}/${day}'
)
