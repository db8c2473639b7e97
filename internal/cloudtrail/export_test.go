package cloudtrail

// OracleDecode is the decoder that Decode is measured by.
var OracleDecode = oracleDecode
