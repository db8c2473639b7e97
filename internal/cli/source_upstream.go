package cli

// upstreamSchemes are the identity providers and the governance product.
var upstreamSchemes = []scheme{}
