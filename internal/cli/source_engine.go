package cli

// engineSchemes are the query engines.
var engineSchemes = []scheme{}
