SELECT
  "recipientaccountid" AS account,
  "awsregion" AS region,
  CASE WHEN regexp_like(date_format("eventtime", '%Y-%m-%dT%H:%i:%sZ'), '^[0-9]{4}-[0-9]{2}-[0-9]{2}T') THEN substr(date_format("eventtime", '%Y-%m-%dT%H:%i:%sZ'), 1, 10) END AS day,
  CASE WHEN ("eventsource" IS NULL AND "eventname" IS NULL) THEN 'no record' WHEN ("eventsource" IN ('identitystore-scim.amazonaws.com', 'identitystore.amazonaws.com', 'sso-directory.amazonaws.com') OR "eventsource" IN ('sso.amazonaws.com', 'identity-sync.amazonaws.com') AND NOT regexp_like("eventname", '^(Get|List|Describe|Authenticate$|Federate$|Logout$)') OR regexp_like(lower("eventname"), 'bearertoken|provisioningtenant')) AND (date_format("eventtime", '%Y-%m-%dT%H:%i:%sZ') >= '2026-10-01T09:00:00Z' AND date_format("eventtime", '%Y-%m-%dT%H:%i:%sZ') <= '2026-11-20T00:00:00Z' OR date_format("eventtime", '%Y-%m-%dT%H:%i:%sZ') IS NULL OR NOT regexp_like(date_format("eventtime", '%Y-%m-%dT%H:%i:%sZ'), '^[0-9]{4}-')) THEN "eventsource" END AS source,
  CASE WHEN ("eventsource" IN ('identitystore-scim.amazonaws.com', 'identitystore.amazonaws.com', 'sso-directory.amazonaws.com') OR "eventsource" IN ('sso.amazonaws.com', 'identity-sync.amazonaws.com') AND NOT regexp_like("eventname", '^(Get|List|Describe|Authenticate$|Federate$|Logout$)') OR regexp_like(lower("eventname"), 'bearertoken|provisioningtenant')) AND (date_format("eventtime", '%Y-%m-%dT%H:%i:%sZ') >= '2026-10-01T09:00:00Z' AND date_format("eventtime", '%Y-%m-%dT%H:%i:%sZ') <= '2026-11-20T00:00:00Z' OR date_format("eventtime", '%Y-%m-%dT%H:%i:%sZ') IS NULL OR NOT regexp_like(date_format("eventtime", '%Y-%m-%dT%H:%i:%sZ'), '^[0-9]{4}-')) THEN "eventjson" END AS record,
  min(CASE WHEN regexp_like(date_format("eventtime", '%Y-%m-%dT%H:%i:%sZ'), '^[0-9]{4}-[0-9]{2}-[0-9]{2}T') THEN date_format("eventtime", '%Y-%m-%dT%H:%i:%sZ') END) AS first_time,
  max(CASE WHEN regexp_like(date_format("eventtime", '%Y-%m-%dT%H:%i:%sZ'), '^[0-9]{4}-[0-9]{2}-[0-9]{2}T') THEN date_format("eventtime", '%Y-%m-%dT%H:%i:%sZ') END) AS last_time,
  CAST(count(*) AS varchar) AS records,
  CAST(approx_distinct(CASE WHEN "eventsource" NOT IN ('identitystore-scim.amazonaws.com', 'identitystore.amazonaws.com', 'sso-directory.amazonaws.com', 'sso.amazonaws.com', 'identity-sync.amazonaws.com') THEN "eventsource" END) AS varchar) AS foreign_sources
FROM 0a1b2c3d-1111-4222-8333-0123456789ab
WHERE "eventtime" >= TIMESTAMP '2026-10-01 00:00:00' AND "eventtime" < TIMESTAMP '2026-11-22 00:00:00'
  AND ("awsregion" = 'us-east-2' OR ("eventsource" IS NULL AND "eventname" IS NULL))
GROUP BY 1, 2, 3, 4, 5
