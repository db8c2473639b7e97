SELECT
  "recipientaccountid" AS account,
  "awsregion" AS region,
  CASE WHEN regexp_like("eventtime", '^[0-9]{4}-[0-9]{2}-[0-9]{2}T') THEN substr("eventtime", 1, 10) END AS day,
  CASE WHEN ("eventsource" IS NULL AND "eventname" IS NULL) THEN 'no record' WHEN ("eventsource" IN ('identitystore-scim.amazonaws.com', 'identitystore.amazonaws.com', 'sso-directory.amazonaws.com') OR "eventsource" IN ('sso.amazonaws.com', 'identity-sync.amazonaws.com') AND NOT regexp_like("eventname", '^(Get|List|Describe|Authenticate$|Federate$|Logout$)') OR regexp_like(lower("eventname"), 'bearertoken|provisioningtenant')) THEN "eventsource" END AS source,
  CASE WHEN ("eventsource" IN ('identitystore-scim.amazonaws.com', 'identitystore.amazonaws.com', 'sso-directory.amazonaws.com') OR "eventsource" IN ('sso.amazonaws.com', 'identity-sync.amazonaws.com') AND NOT regexp_like("eventname", '^(Get|List|Describe|Authenticate$|Federate$|Logout$)') OR regexp_like(lower("eventname"), 'bearertoken|provisioningtenant')) THEN json_format(CAST(map_filter(MAP(ARRAY['eventVersion', 'userIdentity', 'eventTime', 'eventSource', 'eventName', 'awsRegion', 'requestParameters', 'responseElements', 'eventID', 'readOnly', 'resources', 'recipientAccountId'], ARRAY[CAST("eventversion" AS JSON), CAST("useridentity" AS JSON), CAST("eventtime" AS JSON), CAST("eventsource" AS JSON), CAST("eventname" AS JSON), CAST("awsregion" AS JSON), coalesce(TRY(json_parse("requestparameters")), CAST("requestparameters" AS JSON)), coalesce(TRY(json_parse("responseelements")), CAST("responseelements" AS JSON)), CAST("eventid" AS JSON), CAST("readonly" AS JSON), CAST("resources" AS JSON), CAST("recipientaccountid" AS JSON)]), (k, v) -> v IS NOT NULL) AS JSON)) END AS record,
  min(CASE WHEN regexp_like("eventtime", '^[0-9]{4}-[0-9]{2}-[0-9]{2}T') THEN "eventtime" END) AS first_time,
  max(CASE WHEN regexp_like("eventtime", '^[0-9]{4}-[0-9]{2}-[0-9]{2}T') THEN "eventtime" END) AS last_time,
  CAST(count(*) AS varchar) AS records,
  CAST(approx_distinct(CASE WHEN "eventsource" NOT IN ('identitystore-scim.amazonaws.com', 'identitystore.amazonaws.com', 'sso-directory.amazonaws.com', 'sso.amazonaws.com', 'identity-sync.amazonaws.com') THEN "eventsource" END) AS varchar) AS foreign_sources
FROM "odd""name"."o'brien; DROP TABLE x --"
WHERE true
GROUP BY 1, 2, 3, 4, 5
