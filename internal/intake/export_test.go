package intake

// AppendNested is what turns the text of a nested column into JSON.
var AppendNested = appendNested
