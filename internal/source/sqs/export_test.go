package sqs

// RecordIn is recordIn for the fuzz target.
var RecordIn = recordIn
