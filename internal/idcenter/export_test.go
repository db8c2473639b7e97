package idcenter

// Order is the sorted map inside, for a test of its own.
type Order = order[int]

// Fold is how names are compared.
var Fold = fold
