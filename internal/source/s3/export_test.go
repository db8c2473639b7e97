package s3

// What a page of a listing is read as: here, and from the SDK.
type (
	Page   = page
	Object = object
)

var (
	ReadPage = readPage
	PageOf   = pageOf
)
