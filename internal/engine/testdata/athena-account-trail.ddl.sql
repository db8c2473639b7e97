CREATE EXTERNAL TABLE IF NOT EXISTS `default`.`cloudtrail_logs` (
  `eventversion` string,
  `useridentity` struct<
    type:string, principalid:string, arn:string, accountid:string, invokedby:string, accesskeyid:string,
    username:string, credentialid:string, identityprovider:string,
    onbehalfof:struct<userid:string, identitystorearn:string>,
    sessioncontext:struct<
      attributes:struct<mfaauthenticated:string, creationdate:string>,
      sessionissuer:struct<type:string, principalid:string, arn:string, accountid:string, username:string>,
      sourceidentity:string, ec2roledelivery:string,
      webidfederationdata:struct<federatedprovider:string, attributes:map<string,string>>>>,
  `eventtime` string,
  `eventsource` string,
  `eventname` string,
  `awsregion` string,
  `sourceipaddress` string,
  `useragent` string,
  `errorcode` string,
  `errormessage` string,
  `requestparameters` string,
  `responseelements` string,
  `additionaleventdata` string,
  `requestid` string,
  `eventid` string,
  `readonly` string,
  `resources` array<struct<arn:string, accountid:string, type:string>>,
  `eventtype` string,
  `apiversion` string,
  `managementevent` string,
  `recipientaccountid` string,
  `serviceeventdetails` string,
  `sharedeventid` string,
  `vpcendpointid` string,
  `vpcendpointaccountid` string,
  `eventcategory` string,
  `addendum` struct<reason:string, updatedfields:string, originalrequestid:string, originaleventid:string>,
  `annotation` string,
  `eventcontext` string,
  `sessioncredentialfromconsole` string,
  `edgedevicedetails` string,
  `tlsdetails` struct<tlsversion:string, ciphersuite:string, clientprovidedhostheader:string>
)
PARTITIONED BY (`account` string, `region` string, `day` string)
ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe'
STORED AS INPUTFORMAT 'com.amazon.emr.cloudtrail.CloudTrailInputFormat'
OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'
LOCATION 's3://example-trail/AWSLogs/'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.account.type' = 'enum',
  'projection.account.values' = '111122223333',
  'projection.region.type' = 'enum',
  'projection.region.values' = 'us-east-2',
  'projection.day.type' = 'date',
  'projection.day.format' = 'yyyy/MM/dd',
  'projection.day.range' = '2025/06/01,NOW',
  'projection.day.interval' = '1',
  'projection.day.interval.unit' = 'DAYS',
  'storage.location.template' = 's3://example-trail/AWSLogs/${account}/CloudTrail/${region}/${day}'
)
